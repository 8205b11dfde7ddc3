"""Signatures and hashes. Ed25519 keys are canonical and not of small order."""

from __future__ import annotations

import functools
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from .grammar import Bad

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_SQRT_M1 = pow(2, (_P - 1) // 4, _P)
MLDSA44_PUBLIC = 1312
MLDSA44_SIGNATURE = 2420


def sha256(*parts: bytes) -> bytes:
    """Hash the joined parts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def _recover_x(y: int, sign: int) -> int | None:
    """Find the x of a point, or None where there is none."""
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _SQRT_M1 % _P
    if (x * x - square) % _P:
        return None
    if x == 0 and sign:
        return None
    return _P - x if x & 1 != sign else x


def _add(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    """Add two points of the curve in affine coordinates."""
    x1, y1 = one
    x2, y2 = two
    t = _D * x1 * x2 * y1 * y2 % _P
    x3 = (x1 * y2 + x2 * y1) * pow(1 + t, _P - 2, _P) % _P
    y3 = (y1 * y2 + x1 * x2) * pow(1 - t, _P - 2, _P) % _P
    return x3, y3


@functools.lru_cache(maxsize=4096)
def is_signing_key(raw: bytes) -> bool:
    """Say whether the bytes are an Ed25519 key that the format allows."""
    if len(raw) != 32:
        return False
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= _P:
        return False
    x = _recover_x(y, sign)
    if x is None:
        return False
    point = (x, y)
    for _ in range(3):
        point = _add(point, point)
    return point != (0, 1)


def ed25519_verifies(key: bytes, signature: bytes, message: bytes) -> bool:
    """Verify an Ed25519 signature, with S below the order."""
    if len(signature) != 64 or not is_signing_key(key):
        return False
    if int.from_bytes(signature[32:], "little") >= _L:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def mldsa44_verifies(key: bytes, signature: bytes, message: bytes) -> bool:
    """Verify an ML-DSA-44 signature with an empty context."""
    if len(signature) != MLDSA44_SIGNATURE or len(key) != MLDSA44_PUBLIC:
        return False
    try:
        MLDSA44PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def check_signing_key(raw: bytes) -> bytes:
    """Return an Ed25519 key or refuse it."""
    if not is_signing_key(raw):
        raise Bad("Ed25519 key refused")
    return raw
