"""Passkeys: the keys that the office enrols, and whether an assertion approves a record.

Written anew from FORMAT §1 alone, after the product's verifier was there. P-256 is worked out here
in whole numbers, so that no library stands on both sides.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from .commitment import label
from .crypto import check_signing_key, ed25519_verifies, sha256
from .grammar import Bad, unbase64

# The curve y² = x³ - 3x + b over the field of p elements; g has the order n.
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_HEADS = {
    "ES256": bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200"),
    "EdDSA": bytes.fromhex("302a300506032b6570032100"),
}
_RP = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")
_ORIGIN = re.compile(r"(?:https://([a-z0-9.-]+)|http://(localhost))(?::[1-9][0-9]{0,4})?")
_PRESENT, _VERIFIED, _MAY_COPY, _COPIED, _WITH_KEY, _WITH_MORE = 1, 4, 8, 16, 64, 128

Point = tuple[int, int] | None
"""None is the point at infinity."""


# ---- the curve ----


def _sum(one: Point, two: Point) -> Point:
    """Add two points of the curve."""
    if one is None or two is None:
        return one or two
    (x1, y1), (x2, y2) = one, two
    if x1 == x2:
        if (y1 + y2) % _P == 0:
            return None
        slope = 3 * (x1 * x1 - 1) * pow(2 * y1, -1, _P) % _P
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, _P) % _P
    x = (slope * slope - x1 - x2) % _P
    return x, (slope * (x1 - x) - y1) % _P


def _times(number: int, point: Point) -> Point:
    """Add a point to itself so many times."""
    found: Point = None
    while number:
        if number & 1:
            found = _sum(found, point)
        point, number = _sum(point, point), number >> 1
    return found


def _point(raw: bytes) -> tuple[int, int]:
    """Read an uncompressed point: 04, x, y, each below p, and on the curve."""
    x, y = int.from_bytes(raw[1:33], "big"), int.from_bytes(raw[33:], "big")
    if len(raw) != 65 or raw[0] != 4 or x >= _P or y >= _P:
        raise Bad("not an uncompressed point")
    if (y * y - x * x * x + 3 * x - _B) % _P:
        raise Bad("not on the curve")
    return x, y


def _pair(der: bytes) -> tuple[int, int] | None:
    """Read `SEQUENCE { r INTEGER, s INTEGER }` in DER: one spelling, and nothing behind it."""
    if len(der) < 8 or der[0] != 0x30 or der[1] != len(der) - 2:
        return None
    numbers, rest = [], der[2:]
    while rest:
        size = rest[1] if len(rest) > 2 and rest[0] == 2 else 0
        body, rest = rest[2 : 2 + size], rest[2 + size :]
        if not 1 <= size <= 33 or len(body) != size:
            return None
        number = int.from_bytes(body, "big", signed=True)
        if size != number.bit_length() // 8 + 1:
            return None
        numbers.append(number)
    return (numbers[0], numbers[1]) if len(numbers) == 2 else None


def _ecdsa_verifies(key: bytes, signature: bytes, message: bytes) -> bool:
    """Verify ECDSA with SHA-256; s may be in either half."""
    pair = _pair(signature)
    if pair is None or not all(0 < one < _N for one in pair):
        return False
    r, s = pair
    hashed, inverse = int.from_bytes(sha256(message), "big"), pow(s, -1, _N)
    found = _sum(_times(hashed * inverse % _N, _G), _times(r * inverse % _N, _point(key)))
    return found is not None and found[0] % _N == r


# ---- enrolment ----


def _key(algorithm: Any, text: Any) -> bytes:
    """Return a point of 65 bytes or an Ed25519 key of 32, out of its SubjectPublicKeyInfo."""
    head, der = _HEADS.get(algorithm) if isinstance(algorithm, str) else None, unbase64(text)
    if head is None or not der.startswith(head):
        raise Bad("not a key of this algorithm")
    raw = der[len(head) :]
    if algorithm == "EdDSA":
        return check_signing_key(raw)
    _point(raw)
    return raw


def _belongs(origin: Any, rp: str) -> bool:
    """Say whether an address is well spelled, and its host the domain or below it."""
    found = _ORIGIN.fullmatch(origin) if isinstance(origin, str) else None
    host = "" if found is None else found[1] or found[2]
    return host == rp or host.endswith(f".{rp}")


def check_enrolled(event: dict[str, Any]) -> None:
    """Refuse an enrolment whose key, domain or addresses the format does not allow."""
    _key(event["algorithm"], event["key"])
    rp, origins = event["rp"], event["origins"]
    if not isinstance(rp, str) or len(rp) > 253 or not _RP.fullmatch(rp):
        raise Bad("not a domain")
    if not isinstance(origins, list) or not 1 <= len(origins) <= 8:
        raise Bad("not 1 to 8 origins")
    if not all(_belongs(one, rp) for one in origins) or sorted(set(origins)) != origins:
        raise Bad("origins that do not belong, or are not ascending")


# ---- approval ----


def challenge(e: str) -> bytes:
    """Return what a passkey is asked to sign, for the record with this E in hex."""
    return sha256(label("approval"), bytes.fromhex(e))


def _asked(client: bytes, e: str, origins: list[str]) -> bool:
    """Say whether the browser was asked for this record at one of these addresses, in no frame."""
    spelled = base64.urlsafe_b64encode(challenge(e)).decode("ascii").rstrip("=")
    for origin in origins:
        begun = f'{{"type":"webauthn.get","challenge":"{spelled}","origin":"{origin}"'
        head = f'{begun},"crossOrigin":false'.encode("ascii")
        rest = client[len(head) :]
        if client.startswith(head) and (rest == b"}" or rest.startswith(b",")):
            return True
    return False


def _verified(data: bytes, rp: str) -> bool:
    """Say whether the authenticator knew the domain, and saw and verified its holder."""
    if len(data) < 37 or data[:32] != hashlib.sha256(rp.encode("ascii")).digest():
        return False
    flags = data[32]
    if not flags & _PRESENT or not flags & _VERIFIED or flags & _WITH_KEY:
        return False
    if flags & _COPIED and not flags & _MAY_COPY:
        return False
    return (len(data) > 37) == bool(flags & _WITH_MORE)


def approves(enrolled: dict[str, Any], event: dict[str, Any]) -> bool:
    """Say whether an assertion by this enrolled passkey approves the record that it names."""
    data, client = unbase64(event["authenticator_data"]), unbase64(event["client_data"])
    asked = _asked(client, event["of"], enrolled["origins"])
    if not asked or not _verified(data, enrolled["rp"]):
        return False
    key, signature = _key(enrolled["algorithm"], enrolled["key"]), unbase64(event["signature"])
    verifies = ed25519_verifies if enrolled["algorithm"] == "EdDSA" else _ecdsa_verifies
    return verifies(key, signature, data + sha256(client))
