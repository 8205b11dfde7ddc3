"""The signature algorithms of the format, as yes or no.

Ed25519 is RFC 8032, cofactorless, S < L, which is what the library does; what it does not do is
refuse keys that are not canonical or of small order, under which one signature fits many messages.
With the [fast] extra ed25519-dalek is asked first, and what it does not take is asked here again.
ML-DSA-44 signatures have an empty context. Passkeys sign by Ed25519, or by ECDSA on P-256 with
SHA-256, spelled in DER. All functions are total: a key or signature of the wrong length is simply
not a good one.

Cites: FORMAT introduction and §1 "key"; RFC 8032 §5.1.7; FIPS 204.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeAlias

import cryptography
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from ledger.evidence.assertion import Algorithm
from ledger.evidence.grammar import Malformed, check_signing_key
from ledger.verify import dalek

__all__ = [
    "CHECKED_WITH",
    "Fits",
    "check_assertion",
    "check_ed25519",
    "check_mldsa44",
    "fits_under",
]

Fits: TypeAlias = Callable[[bytes, bytes], bool]
"""Tells of a message and a signature (64 bytes) whether they fit one key. Total."""
_OWN: Final = f"cryptography {cryptography.__version__}"
CHECKED_WITH: Final = f"{dalek.USED}, and {_OWN} where it refuses" if dalek.USED else _OWN
"""What checks Ed25519 signatures here, for the report."""


def check_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature (64 bytes) over a message fits a public key (32 bytes). Total."""
    fits = fits_under(public)
    return fits is not None and fits(message, signature)


def check_mldsa44(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature (2420 bytes) over a message fits a key (1312 bytes). Total."""
    key = _ready_mldsa44(public)
    if key is None:
        return False
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def check_assertion(algorithm: Algorithm, public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a passkey's signature fits its key: a point (65 bytes) or 32 bytes. Total."""
    if algorithm == "EdDSA":
        return check_ed25519(public, message, signature)
    try:
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public)
        key.verify(signature, message, ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def _ready_mldsa44(public: bytes) -> MLDSA44PublicKey | None:
    """Return the key ready for use, or None when it is none."""
    try:
        return MLDSA44PublicKey.from_public_bytes(public)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def fits_under(public: bytes) -> Fits | None:
    """Return what answers for signatures under a key, or None when the format refuses the key."""
    try:
        key = Ed25519PublicKey.from_public_bytes(check_signing_key(public))
    except Malformed:
        return None

    def fits(message: bytes, signature: bytes) -> bool:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    takes = dalek.taken_under(public) if dalek.USED else None
    if takes is None:
        return fits
    # Of R that is of small order it says no, and the format nothing.
    return lambda message, signature: takes(message, signature) or fits(message, signature)
