"""Check signatures with the library that the verifier uses."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from ledger.evidence.note import VKey


def check_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether an Ed25519 signature fits."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def check_mldsa44(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether an ML-DSA-44 signature fits."""
    try:
        MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def check_note(vkey: VKey, message: bytes, signature: bytes) -> bool:
    """Tell whether a note's plain Ed25519 signature fits."""
    return check_ed25519(vkey.public, message, signature)
