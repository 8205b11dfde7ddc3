"""Envelopes and the records within them, each in one spelling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import jcs, merkle
from .crypto import ed25519_verifies
from .grammar import (
    ZERO64,
    Bad,
    instant,
    is_count,
    is_hex32,
    is_hex64,
    is_instant,
    is_origin,
    is_person,
    is_role,
    is_stream,
    is_type,
    position,
    unbase64,
)

PAYLOAD_TYPE = "application/vnd.disclosure-ledger.record.v1+json"
_KEYS = {
    "v",
    "origin",
    "stream",
    "seq",
    "prev",
    "continues",
    "type",
    "occurred_at",
    "occurred_precision",
    "basis",
    "recorded_at",
    "actor",
    "recorded_by",
    "role",
    "under",
    "branch",
    "attested",
    "office",
    "law",
    "head",
    "command",
    "key",
    "event",
    "personal",
}


@dataclass(frozen=True)
class Envelope:
    """A DSSE envelope with its one signature."""

    payload: bytes
    keyid: str
    signature: bytes

    def verifies(self, key: bytes) -> bool:
        """Verify the signature under a key."""
        return ed25519_verifies(key, self.signature, signing_input(self.payload))


def signing_input(payload: bytes) -> bytes:
    """Build what DSSE signs."""
    kind = PAYLOAD_TYPE.encode("ascii")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def parse_envelope(raw: bytes) -> Envelope:
    """Read an envelope in its one spelling."""
    value = jcs.exact(jcs.decode(raw), {"payload", "payloadType", "signatures"})
    if value["payloadType"] != PAYLOAD_TYPE:
        raise Bad("another payload type")
    signatures = value["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise Bad("not exactly one signature")
    signed = jcs.exact(signatures[0], {"keyid", "sig"})
    if not is_hex64(signed["keyid"]):
        raise Bad("no key id")
    return Envelope(unbase64(value["payload"]), signed["keyid"], unbase64(signed["sig"], 64))


def _continues(value: Any, seq: int, stream: str) -> None:
    """Check `continues`."""
    if not isinstance(value, list) or (value and seq != 1):
        raise Bad("continues")
    streams = set()
    for item in value:
        jcs.exact(item, {"stream", "head"})
        if not is_stream(item["stream"]) or item["stream"] == stream:
            raise Bad("continues no other stream")
        if not is_hex64(item["head"]) or item["head"] == ZERO64:
            raise Bad("continues no head")
        streams.add(item["stream"])
    if len(streams) != len(value):
        raise Bad("continues a stream twice")


def _places(record: dict[str, Any]) -> None:
    """Check the places that a record names: prev, office, head, under."""
    if not is_hex64(record["prev"]) or (record["prev"] == ZERO64) != (record["seq"] == 1):
        raise Bad("prev")
    office = jcs.exact(record["office"], {"seq", "head"})
    if not is_count(office["seq"]) or not is_hex64(office["head"]):
        raise Bad("office")
    if (office["seq"] == 0) != (office["head"] == ZERO64):
        raise Bad("office")
    head = jcs.exact(record["head"], {"size", "root"})
    if not is_count(head["size"]):
        raise Bad("head")
    if (head["size"] == 0) != (unbase64(head["root"], 32) == merkle.EMPTY):
        raise Bad("head")
    if record["under"] is not None:
        position(record["under"])


def parse_record(raw: bytes) -> dict[str, Any]:
    """Read a record in its one spelling and check every field that the format defines."""
    record = jcs.exact(jcs.decode(raw), _KEYS)
    if type(record["v"]) is not int or record["v"] != 1:
        raise Bad("version")
    if not is_origin(record["origin"]) or not is_stream(record["stream"]):
        raise Bad("origin or stream")
    if not is_count(record["seq"], 1) or not is_type(record["type"]):
        raise Bad("seq or type")
    _continues(record["continues"], record["seq"], record["stream"])
    _places(record)
    if not is_instant(record["occurred_at"]) or not is_instant(record["recorded_at"]):
        raise Bad("instant")
    if record["occurred_precision"] not in ("exact", "approximate", "unknown"):
        raise Bad("precision")
    if record["basis"] not in ("first-hand", "reported", "reconstructed"):
        raise Bad("basis")
    if not is_person(record["actor"]) or not is_person(record["recorded_by"]):
        raise Bad("person")
    if not is_role(record["role"]):
        raise Bad("role")
    if record["branch"] is not None and not is_person(record["branch"]):
        raise Bad("branch")
    if record["attested"] not in ("own-device", "service"):
        raise Bad("attested")
    if not is_hex64(record["law"]) or not is_hex32(record["command"]):
        raise Bad("law or command")
    if not is_hex64(record["key"]):
        raise Bad("key")
    event, personal = record["event"], record["personal"]
    if not isinstance(event, dict) or not isinstance(personal, dict):
        raise Bad("event or personal")
    if set(event) & set(personal) or not all(is_hex64(v) for v in personal.values()):
        raise Bad("personal")
    return record


@dataclass
class Rec:
    """A record that is proven in the log, with all that a check wants to know of it."""

    index: int
    e: str
    envelope: Envelope
    data: dict[str, Any]
    stream: str
    seq: int
    tick: int
    opening: dict[str, Any]
    good: bool = True

    @property
    def place(self) -> str:
        """Return `stream:seq`."""
        return f"{self.stream}:{self.seq}"

    @property
    def type(self) -> str:
        """Return the record's type."""
        return str(self.data["type"])

    @property
    def event(self) -> dict[str, Any]:
        """Return the record's event."""
        event: dict[str, Any] = self.data["event"]
        return event

    @property
    def signer(self) -> str:
        """Return who signed."""
        return str(self.data["recorded_by"])

    @property
    def office_seq(self) -> int:
        """Return the seq of the office head under which the act was decided."""
        return int(self.data["office"]["seq"])

    @property
    def occurred(self) -> int:
        """Return when the act is said to have occurred."""
        return instant(self.data["occurred_at"])

    @property
    def recorded(self) -> int:
        """Return when the record is said to have been written."""
        return instant(self.data["recorded_at"])
