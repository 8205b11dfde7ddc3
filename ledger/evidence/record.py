"""What a person signs: one record of one stream.

``load`` refuses whatever is not the one spelling of a well-formed record, and ``dump`` puts what
it writes through the same checks. Whether the signature, the signer's role, the chain and the law
are right is not asked here: that needs other records, and the verifier asks it (V9 to V11).
The fields of ``event`` belong to the record's type and are not looked into either.

Sample, in reading order; stored sorted and without white space:

    {"v":1,"origin":"ledger.lonecone.example","stream":"<32 hex>","seq":3,"prev":"<64 hex>",
     "continues":[],"type":"request-received.v1","occurred_at":"2026-06-19T03:30:00Z", …}

Anyone may import this module. Cites: FORMAT §1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from ledger.evidence import jcs
from ledger.evidence.fields import (
    exact_object,
    integer,
    items,
    object_of,
    read,
    read_base64,
    read_hex,
    text,
)
from ledger.evidence.grammar import (
    Malformed,
    check_branch,
    check_origin,
    check_person,
    check_role,
    check_type,
    format_instant,
    parse_instant,
    parse_position,
    to_base64,
)
from ledger.evidence.merkle import EMPTY_ROOT

__all__ = [
    "ZERO_HASH",
    "ZERO_STREAM",
    "Continued",
    "OfficeHead",
    "Record",
    "TreeHead",
    "dump",
    "load",
]

ZERO_STREAM = bytes(16)
"""The stream that no record has; covers have it."""
ZERO_HASH = bytes(32)
"""Stands for "nothing before"."""

_PRECISIONS = frozenset({"exact", "approximate", "unknown"})
_BASES = frozenset({"first-hand", "reported", "reconstructed"})
_ATTESTED = frozenset({"own-device", "service"})


@dataclass(frozen=True)
class Continued:
    """A stream that this one continues, at the head it had."""

    stream: bytes
    head: bytes
    """E of its last record that counts."""


@dataclass(frozen=True)
class OfficeHead:
    """The head of the office stream under which an act was decided; seq 0 before the first."""

    seq: int
    head: bytes


@dataclass(frozen=True)
class TreeHead:
    """The newest published checkpoint that the writer knew; size 0 before the first."""

    size: int
    root: bytes


@dataclass(frozen=True)
class Record:
    """One record. Instants are aware UTC; hashes and ids are raw bytes."""

    origin: str
    stream: bytes
    seq: int
    prev: bytes
    """E of the stream's previous record, zeros at seq 1."""
    continues: tuple[Continued, ...]
    type: str
    occurred_at: datetime
    occurred_precision: str
    """``exact``, ``approximate`` or ``unknown``."""
    basis: str
    """``first-hand``, ``reported`` or ``reconstructed``."""
    recorded_at: datetime
    actor: str
    """Who did it. A claim, until that person assents, when somebody else recorded it."""
    recorded_by: str
    """Who wrote it down and signs."""
    role: str
    """The signer's."""
    under: str | None
    """``stream:seq`` of what allowed the actor to act for another, or None."""
    branch: str | None
    attested: str
    """``own-device`` or ``service``."""
    office: OfficeHead
    law: bytes
    """SHA-256 of the resolved pack in force."""
    head: TreeHead
    command: bytes
    """16 random bytes, the same for all records of one command."""
    key: bytes
    """SHA-256 of the signer's Ed25519 public key."""
    event: Mapping[str, jcs.Json]
    personal: Mapping[str, bytes]
    """The digests of the fields that are absent from ``event``."""


_KEYS = frozenset(field.name for field in fields(Record)) | {"v"}


def dump(record: Record) -> bytes:
    """Write a record in its one spelling, checked as ``load`` checks.

    Raises: Malformed.
    """
    value = _value(record)
    _record(value)
    return jcs.dump(value)


def load(data: bytes) -> Record:
    """Read a record whose envelope's commitment is already proven in the tree.

    Raises: Malformed.
    Cites: FORMAT §1; "Check before parse".
    """
    return _record(jcs.load(data))


def _value(record: Record) -> dict[str, jcs.Json]:
    return {
        "v": 1,
        "origin": record.origin,
        "stream": record.stream.hex(),
        "seq": record.seq,
        "prev": record.prev.hex(),
        "continues": [
            {"stream": one.stream.hex(), "head": one.head.hex()} for one in record.continues
        ],
        "type": record.type,
        "occurred_at": format_instant(record.occurred_at),
        "occurred_precision": record.occurred_precision,
        "basis": record.basis,
        "recorded_at": format_instant(record.recorded_at),
        "actor": record.actor,
        "recorded_by": record.recorded_by,
        "role": record.role,
        "under": record.under,
        "branch": record.branch,
        "attested": record.attested,
        "office": {"seq": record.office.seq, "head": record.office.head.hex()},
        "law": record.law.hex(),
        "head": {"size": record.head.size, "root": to_base64(record.head.root)},
        "command": record.command.hex(),
        "key": record.key.hex(),
        "event": record.event,
        "personal": {field: digest.hex() for field, digest in record.personal.items()},
    }


def _record(value: jcs.Json) -> Record:
    """Build a record from its JSON value. Every rule that one record alone can break is here."""
    got = exact_object(value, _KEYS, "record")
    if integer(got["v"], "record.v") != 1:
        raise Malformed("record.v is not 1")
    event = object_of(got["event"], "record.event")
    stream, seq, prev, continues = _place(got)
    return Record(
        origin=read(got["origin"], "record.origin", check_origin),
        stream=stream,
        seq=seq,
        prev=prev,
        continues=continues,
        type=read(got["type"], "record.type", check_type),
        occurred_at=read(got["occurred_at"], "record.occurred_at", parse_instant),
        occurred_precision=_one_of(got, "occurred_precision", _PRECISIONS),
        basis=_one_of(got, "basis", _BASES),
        recorded_at=read(got["recorded_at"], "record.recorded_at", parse_instant),
        actor=read(got["actor"], "record.actor", check_person),
        recorded_by=read(got["recorded_by"], "record.recorded_by", check_person),
        role=read(got["role"], "record.role", check_role),
        under=_under(got["under"]),
        branch=_branch(got["branch"]),
        attested=_one_of(got, "attested", _ATTESTED),
        office=_office(got["office"]),
        law=read_hex(got["law"], "record.law", 32),
        head=_head(got["head"]),
        command=read_hex(got["command"], "record.command", 16),
        key=read_hex(got["key"], "record.key", 32),
        event=event,
        personal=_personal(got["personal"], event),
    )


def _place(
    got: Mapping[str, jcs.Json],
) -> tuple[bytes, int, bytes, tuple[Continued, ...]]:
    """Read where the record stands: its stream, seq, prev and what it continues."""
    stream = _stream(got["stream"], "record.stream")
    seq = integer(got["seq"], "record.seq", least=1)
    prev = read_hex(got["prev"], "record.prev", 32)
    if (prev == ZERO_HASH) != (seq == 1):
        raise Malformed("record.prev is zeros exactly at seq 1")
    continues = tuple(_continued(item) for item in items(got["continues"], "record.continues"))
    if continues and seq != 1:
        raise Malformed("record.continues is empty after seq 1")
    # A stream that continues itself, or another one twice, would have no single past.
    if len({stream, *(one.stream for one in continues)}) != len(continues) + 1:
        raise Malformed("record.continues names its own stream, or one stream twice")
    return stream, seq, prev, continues


def _continued(value: jcs.Json) -> Continued:
    got = exact_object(value, {"stream", "head"}, "record.continues[]")
    head = read_hex(got["head"], "record.continues[].head", 32)
    if head == ZERO_HASH:
        raise Malformed("record.continues[].head names no record")
    return Continued(stream=_stream(got["stream"], "record.continues[].stream"), head=head)


def _stream(value: jcs.Json, where: str) -> bytes:
    stream = read_hex(value, where, 16)
    if stream == ZERO_STREAM:
        raise Malformed(f"{where} is all zero, as only covers have it")
    return stream


def _under(value: jcs.Json) -> str | None:
    if value is None:
        return None
    read(value, "record.under", parse_position)
    return text(value, "record.under")


def _branch(value: jcs.Json) -> str | None:
    return None if value is None else read(value, "record.branch", check_branch)


def _office(value: jcs.Json) -> OfficeHead:
    got = exact_object(value, {"seq", "head"}, "record.office")
    seq = integer(got["seq"], "record.office.seq")
    head = read_hex(got["head"], "record.office.head", 32)
    if (head == ZERO_HASH) != (seq == 0):
        raise Malformed("record.office.head is zeros exactly at seq 0")
    return OfficeHead(seq=seq, head=head)


def _head(value: jcs.Json) -> TreeHead:
    got = exact_object(value, {"size", "root"}, "record.head")
    size = integer(got["size"], "record.head.size")
    root = read_base64(got["root"], "record.head.root", 32)
    if (root == EMPTY_ROOT) != (size == 0):
        raise Malformed("record.head.root is the empty root exactly at size 0")
    return TreeHead(size=size, root=root)


def _personal(value: jcs.Json, event: Mapping[str, jcs.Json]) -> dict[str, bytes]:
    got = object_of(value, "record.personal")
    # The same field in both would have two values, of which a reader might show either.
    if got.keys() & event.keys():
        raise Malformed("record.personal names a field that record.event also has")
    return {field: read_hex(digest, "record.personal[]", 32) for field, digest in got.items()}


def _one_of(got: Mapping[str, jcs.Json], key: str, permitted: frozenset[str]) -> str:
    found = text(got[key], f"record.{key}")
    if found not in permitted:
        raise Malformed(f"record.{key} is none of its permitted words")
    return found
