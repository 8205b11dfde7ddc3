"""Wrap a signed record: a DSSE envelope with exactly one Ed25519 signature.

The envelope's bytes are what is committed to, stored and exported; they never change. This module
neither signs nor verifies, it says over which bytes both are done. ``load`` does not look into
the payload: a record is parsed only after its envelope's commitment is proven in the tree.

Sample: ``{"payload":"eyJ…","payloadType":"application/vnd.disclosure-ledger.record.v1+json",
"signatures":[{"keyid":"<64 hex>","sig":"<base64, 64 bytes>"}]}`` without white space.

Anyone may import this module. Cites: FORMAT §2; DSSE v1.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ledger.evidence import jcs
from ledger.evidence.fields import exact_object, items, read_base64, read_hex, text
from ledger.evidence.grammar import Malformed, to_base64

__all__ = ["PAYLOAD_TYPE", "Envelope", "digest", "dump", "load", "signing_input"]

PAYLOAD_TYPE = "application/vnd.disclosure-ledger.record.v1+json"
_KEYID_BYTES = 32
_SIGNATURE_BYTES = 64
_PREAMBLE = b"DSSEv1 %d %s " % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode("ascii"))


@dataclass(frozen=True)
class Envelope:
    """A record's bytes with the signature over them. Nothing in it is trusted yet."""

    payload: bytes
    """The record as ``record.dump`` wrote it."""
    keyid: bytes
    """SHA-256 of the signer's 32-byte Ed25519 public key, as the record's ``key``."""
    signature: bytes
    """64 bytes over ``signing_input(payload)``."""


def signing_input(payload: bytes) -> bytes:
    """Return the bytes that are signed: DSSE's pre-authentication encoding.

    Pure.
    Cites: DSSE v1, protocol, PAE.
    """
    return b"%s%d %s" % (_PREAMBLE, len(payload), payload)


def dump(envelope: Envelope) -> bytes:
    """Write an envelope in its one spelling.

    Raises: Malformed.
    """
    if (len(envelope.keyid), len(envelope.signature)) != (_KEYID_BYTES, _SIGNATURE_BYTES):
        raise Malformed("an envelope's keyid or signature is not 32 and 64 bytes")
    # As `jcs.dump` spells it: nothing in here has to be sorted, checked or escaped.
    return (
        f'{{"payload":"{to_base64(envelope.payload)}","payloadType":"{PAYLOAD_TYPE}","signatures":'
        f'[{{"keyid":"{envelope.keyid.hex()}","sig":"{to_base64(envelope.signature)}"}}]}}'
    ).encode("ascii")


def load(data: bytes) -> Envelope:
    """Read an envelope, refusing every other spelling; the payload stays bytes.

    Raises: Malformed.
    """
    members = exact_object(jcs.load(data), {"payload", "payloadType", "signatures"}, "envelope")
    if text(members["payloadType"], "envelope.payloadType") != PAYLOAD_TYPE:
        raise Malformed("envelope.payloadType is another type")
    signatures = items(members["signatures"], "envelope.signatures")
    if len(signatures) != 1:
        raise Malformed("envelope.signatures does not hold exactly one")
    signature = exact_object(signatures[0], {"keyid", "sig"}, "envelope.signatures[0]")
    return Envelope(
        payload=read_base64(members["payload"], "envelope.payload", None),
        keyid=read_hex(signature["keyid"], "envelope.signatures[0].keyid", _KEYID_BYTES),
        signature=read_base64(signature["sig"], "envelope.signatures[0].sig", _SIGNATURE_BYTES),
    )


def digest(envelope_bytes: bytes) -> bytes:
    """Return E, the name by which records refer to this one (32 bytes)."""
    return hashlib.sha256(envelope_bytes).digest()
