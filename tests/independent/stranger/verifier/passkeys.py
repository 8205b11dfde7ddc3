"""Passkeys: the keys that the office enrols, and whether an assertion approves a record."""

from __future__ import annotations

import base64
import re
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from .crypto import check_signing_key, ed25519_verifies, sha256
from .grammar import Bad, unbase64

P256_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
ED25519_HEAD = bytes.fromhex("302a300506032b6570032100")
LABEL = b"disclosure-ledger/v1/approval\x00"
_RP = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
_PORT = re.compile(r"(:[1-9][0-9]{0,4})?")
_HOST = re.compile(r"[a-z0-9.-]+")


def _p256(raw: bytes) -> ec.EllipticCurvePublicKey:
    """Return a key from an uncompressed point."""
    if len(raw) != 65 or raw[0] != 4:
        raise Bad("point")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError:
        raise Bad("point") from None


def _tail(algorithm: Any, key: bytes) -> bytes:
    """Return what follows the fixed head of a SubjectPublicKeyInfo."""
    for name, head in (("ES256", P256_HEAD), ("EdDSA", ED25519_HEAD)):
        if algorithm == name and key[: len(head)] == head:
            return key[len(head) :]
    raise Bad("passkey")


def _origin_fits(origin: Any, rp: str) -> bool:
    """Say whether an origin is one of this rp."""
    if not isinstance(origin, str):
        return False
    scheme, mark, rest = origin.partition("://")
    host, colon, port = rest.partition(":")
    if not mark or not _PORT.fullmatch(colon + port) or not _HOST.fullmatch(host):
        return False
    if scheme != "https" and (scheme, host) != ("http", "localhost"):
        return False
    return host == rp or host.endswith("." + rp)


def check_enrolled(event: dict[str, Any]) -> None:
    """Refuse an enrolment whose key, rp or origins are not as they must be."""
    raw = _tail(event["algorithm"], unbase64(event["key"]))
    if event["algorithm"] == "ES256":
        _p256(raw)
    else:
        check_signing_key(raw)
    rp, origins = event["rp"], event["origins"]
    if not isinstance(rp, str) or len(rp) > 253 or not _RP.fullmatch(rp):
        raise Bad("rp")
    if not isinstance(origins, list) or not 1 <= len(origins) <= 8:
        raise Bad("origins")
    if not all(_origin_fits(one, rp) for one in origins) or origins != sorted(set(origins)):
        raise Bad("origins")


def challenge(e: str) -> bytes:
    """Return the challenge for the record with this E."""
    return sha256(LABEL, bytes.fromhex(e))


def _client_fits(data: bytes, e: str, origins: list[str]) -> bool:
    """Say whether a browser at one of the origins was asked to approve this record."""
    asked = base64.urlsafe_b64encode(challenge(e)).decode().rstrip("=")
    for origin in origins:
        start = '{"type":"webauthn.get","challenge":"' + asked + '","origin":"' + origin
        start += '","crossOrigin":false'
        if data == (start + "}").encode() or data.startswith((start + ",").encode()):
            return True
    return False


def _authenticator_fits(data: bytes, rp: str) -> bool:
    """Say whether an authenticator verified the person for this rp."""
    flags = data[32]
    return (
        data[:32] == sha256(rp.encode())
        and flags & 0x45 == 0x05
        and (not flags & 0x10 or bool(flags & 0x08))
        and (len(data) > 37) == bool(flags & 0x80)
    )


def approves(enrolled: dict[str, Any], event: dict[str, Any]) -> bool:
    """Say whether an assertion by an enrolled passkey approves the record that it names."""
    data = unbase64(event["authenticator_data"])
    client = unbase64(event["client_data"])
    signature = unbase64(event["signature"])
    if not _client_fits(client, event["of"], enrolled["origins"]):
        return False
    if not _authenticator_fits(data, enrolled["rp"]):
        return False
    raw = _tail(enrolled["algorithm"], unbase64(enrolled["key"]))
    message = data + sha256(client)
    if enrolled["algorithm"] == "EdDSA":
        return ed25519_verifies(raw, signature, message)
    try:
        _p256(raw).verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
