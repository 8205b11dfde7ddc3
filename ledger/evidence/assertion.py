"""What a passkey signs, and what must stand in it; the signature itself is checked elsewhere.

A passkey signs `authenticatorData ‖ SHA-256(clientDataJSON)`. The second is JSON that a browser
wrote, in one spelling up to `crossOrigin` (WebAuthn §5.8.1.1), so it is compared and never parsed:
a member that comes twice deceives nobody. Nor is a key parsed: a SubjectPublicKeyInfo of the two
algorithms is a fixed head and the key's own bytes.

Pure. Anyone may import this module. Cites: FORMAT §1 "Passkeys"; WebAuthn Level 2 §5.8.1.2, §6.1;
RFC 5480 §2; RFC 8410 §4.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, Literal, TypeAlias

from ledger.evidence.commitment import label
from ledger.evidence.grammar import Malformed, check_signing_key

__all__ = [
    "Algorithm",
    "answers",
    "challenge_of",
    "check_origins",
    "check_public",
    "check_rp",
    "is_for",
    "public_of",
    "raw_key",
    "signed_bytes",
]

Algorithm: TypeAlias = Literal["ES256", "EdDSA"]

_HEADS: Final[dict[Algorithm, bytes]] = {
    "ES256": bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200"),
    "EdDSA": bytes.fromhex("302a300506032b6570032100"),
}
_P: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
"""The curve P-256 is y² = x³ − 3x + b modulo p (SP 800-186 §3.2.1.3)."""
_RP: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
_ORIGIN: Final = re.compile(
    r"(?:https://(?P<host>[a-z0-9.-]+)|http://(?P<local>localhost))(?::[1-9][0-9]{0,4})?"
)
_LONGEST_RP: Final = 253
_MOST_ORIGINS: Final = 8

_HASH: Final = 32
_FIXED: Final = 37
"""Bytes of authenticator data without extensions: a hash, flags and a counter."""
_PRESENT: Final = 0x01
_VERIFIED: Final = 0x04
_MAY_BE_COPIED: Final = 0x08
_IS_COPIED: Final = 0x10
_HAS_KEY: Final = 0x40
_HAS_MORE: Final = 0x80


def challenge_of(e: bytes) -> bytes:
    """Return the 32 bytes that a passkey is asked to sign for the record with this E. Pure."""
    return sha256(label("approval") + e).digest()


def signed_bytes(authenticator_data: bytes, client_data: bytes) -> bytes:
    """Return the message under a passkey's signature. Pure."""
    return authenticator_data + sha256(client_data).digest()


def is_for(
    e: bytes, rp: str, origins: Sequence[str], authenticator_data: bytes, client_data: bytes
) -> bool:
    """Tell whether an assertion approves the record with this E: it answers that record's
    challenge. Total.
    """
    return answers(challenge_of(e), rp, origins, authenticator_data, client_data)


def answers(
    challenge: bytes, rp: str, origins: Sequence[str], authenticator_data: bytes, client_data: bytes
) -> bool:
    """Tell whether an assertion answers a challenge, by somebody who was verified.

    It does when the browser asked for this challenge at one of the origins, in no foreign frame,
    and the authenticator answered for this rp to a present and verified person. Total.
    """
    asked = any(_begins(client_data, challenge, origin) for origin in origins)
    return asked and _is_answered(authenticator_data, rp)


def _begins(client_data: bytes, challenge: bytes, origin: str) -> bool:
    asked = urlsafe_b64encode(challenge).rstrip(b"=").decode("ascii")
    head = (
        f'{{"type":"webauthn.get","challenge":"{asked}","origin":"{origin}","crossOrigin":false'
    ).encode("ascii")
    rest = client_data[len(head) :]
    return client_data.startswith(head) and (rest == b"}" or rest[:1] == b",")


def _is_answered(data: bytes, rp: str) -> bool:
    if len(data) < _FIXED or data[:_HASH] != sha256(rp.encode("ascii")).digest():
        return False
    flags = data[_HASH]
    if flags & _IS_COPIED and not flags & _MAY_BE_COPIED:
        return False
    is_whole = (len(data) > _FIXED) == bool(flags & _HAS_MORE)
    return flags & (_PRESENT | _VERIFIED | _HAS_KEY) == _PRESENT | _VERIFIED and is_whole


def raw_key(algorithm: Algorithm, public: bytes) -> bytes:
    """Return the point (65 bytes) or Ed25519 key (32 bytes) of a key that was checked. Pure."""
    return public[len(_HEADS[algorithm]) :]


def public_of(raw: bytes) -> tuple[Algorithm, bytes]:
    """Return the algorithm of a raw key, by its length, and its SubjectPublicKeyInfo (DER).

    Raises: Malformed.
    """
    algorithm: Algorithm = "EdDSA" if len(raw) == 32 else "ES256"
    return algorithm, check_public(algorithm, _HEADS[algorithm] + raw)


def check_public(algorithm: Algorithm, public: bytes) -> bytes:
    """Return a SubjectPublicKeyInfo (DER) in its one spelling, its key a good one.

    Raises: Malformed.
    """
    if not public.startswith(_HEADS[algorithm]):
        raise Malformed("key is no SubjectPublicKeyInfo of its algorithm")
    raw = raw_key(algorithm, public)
    if algorithm == "EdDSA":
        check_signing_key(raw)
    elif not _is_point(raw):
        raise Malformed("key is no uncompressed point of P-256")
    return public


def _is_point(raw: bytes) -> bool:
    x, y = int.from_bytes(raw[1:33]), int.from_bytes(raw[33:])
    if len(raw) != 65 or raw[0] != 4 or max(x, y) >= _P:
        return False
    return (y * y - (x**3 - 3 * x + _B)) % _P == 0


def check_rp(rp: str) -> str:
    """Return an rp id: a domain in small letters, at most 253 bytes.

    Raises: Malformed.
    """
    if len(rp) > _LONGEST_RP or not _RP.fullmatch(rp):
        raise Malformed("rp is no domain")
    return rp


def check_origins(rp: str, origins: Sequence[str]) -> tuple[str, ...]:
    """Return 1 to 8 origins, ascending, each once, each of the rp's domain or below it.

    Raises: Malformed.
    """
    if not 1 <= len(origins) <= _MOST_ORIGINS or list(origins) != sorted(set(origins)):
        raise Malformed(f"origins are not 1 to {_MOST_ORIGINS}, ascending, each once")
    for origin in origins:
        found = _ORIGIN.fullmatch(origin)
        host = found and (found["host"] or found["local"])
        if not host or not (host == rp or host.endswith(f".{rp}")):
            raise Malformed("an origin is not of the rp")
    return tuple(origins)
