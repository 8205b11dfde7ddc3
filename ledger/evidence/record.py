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

from collections.abc import Callable, Mapping
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
    _check(record)
    return jcs.dump(_value(record))


def load(data: bytes) -> Record:
    """Read a record whose envelope's commitment is already proven in the tree.

    Raises: Malformed.
    Cites: FORMAT §1; "Check before parse".
    """
    record = _record(jcs.load(data))
    _check(record)
    return record


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
    """Give each value of a JSON object its type."""
    got = exact_object(value, _KEYS, "record")
    if integer(got["v"], "record.v") != 1:
        raise Malformed("record.v is not 1")
    office = exact_object(got["office"], {"seq", "head"}, "record.office")
    head = exact_object(got["head"], {"size", "root"}, "record.head")
    return Record(
        origin=text(got["origin"], "record.origin"),
        stream=read_hex(got["stream"], "record.stream", 16),
        seq=integer(got["seq"], "record.seq"),
        prev=read_hex(got["prev"], "record.prev", 32),
        continues=tuple(_continued(item) for item in items(got["continues"], "record.continues")),
        type=text(got["type"], "record.type"),
        occurred_at=read(got["occurred_at"], "record.occurred_at", parse_instant),
        occurred_precision=text(got["occurred_precision"], "record.occurred_precision"),
        basis=text(got["basis"], "record.basis"),
        recorded_at=read(got["recorded_at"], "record.recorded_at", parse_instant),
        actor=text(got["actor"], "record.actor"),
        recorded_by=text(got["recorded_by"], "record.recorded_by"),
        role=text(got["role"], "record.role"),
        under=_text_or_none(got["under"], "record.under"),
        branch=_text_or_none(got["branch"], "record.branch"),
        attested=text(got["attested"], "record.attested"),
        office=OfficeHead(
            seq=integer(office["seq"], "record.office.seq"),
            head=read_hex(office["head"], "record.office.head", 32),
        ),
        law=read_hex(got["law"], "record.law", 32),
        head=TreeHead(
            size=integer(head["size"], "record.head.size"),
            root=read_base64(head["root"], "record.head.root", 32),
        ),
        command=read_hex(got["command"], "record.command", 16),
        key=read_hex(got["key"], "record.key", 32),
        event=object_of(got["event"], "record.event"),
        personal={
            field: read_hex(digest, "record.personal[]", 32)
            for field, digest in object_of(got["personal"], "record.personal").items()
        },
    )


def _continued(value: jcs.Json) -> Continued:
    got = exact_object(value, {"stream", "head"}, "record.continues[]")
    return Continued(
        stream=read_hex(got["stream"], "record.continues[].stream", 16),
        head=read_hex(got["head"], "record.continues[].head", 32),
    )


def _text_or_none(value: jcs.Json, where: str) -> str | None:
    return None if value is None else text(value, where)


# ---- the rules ----

_GRAMMARS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("origin", check_origin),
    ("type", check_type),
    ("actor", check_person),
    ("recorded_by", check_person),
    ("role", check_role),
    ("under", parse_position),
    ("branch", check_branch),
)
_OPTIONAL = frozenset({"under", "branch"})
_WORDS = (
    ("occurred_precision", frozenset({"exact", "approximate", "unknown"})),
    ("basis", frozenset({"first-hand", "reported", "reconstructed"})),
    ("attested", frozenset({"own-device", "service"})),
)
_LENGTHS = (("stream", 16), ("prev", 32), ("law", 32), ("command", 16), ("key", 32))


def _check(record: Record) -> None:
    """Refuse a record that breaks a rule which one record alone can break. Every such rule is here,
    for what was read and for what is to be written; instants keep theirs in being spelt.
    """
    for name, check in _GRAMMARS:
        found = getattr(record, name)
        if found is not None or name not in _OPTIONAL:
            read(found, f"record.{name}", check)
    for name, permitted in _WORDS:
        if getattr(record, name) not in permitted:
            raise Malformed(f"record.{name} is none of its permitted words")
    for name, length in _LENGTHS:
        if len(getattr(record, name)) != length:
            raise Malformed(f"record.{name} is not {length} bytes")
    _check_place(record)
    _check_heads(record.office, record.head)
    for digest in record.personal.values():
        _check_length(digest, 32, "record.personal[]")
    # The same field in both would have two values, of which a reader might show either.
    if record.personal.keys() & record.event.keys():
        raise Malformed("record.personal names a field that record.event also has")


def _check_length(data: bytes, length: int, where: str) -> None:
    if len(data) != length:
        raise Malformed(f"{where} is not {length} bytes")


def _check_place(record: Record) -> None:
    """Check where the record stands: its stream, seq, prev and what it continues."""
    integer(record.seq, "record.seq", least=1)
    if (record.prev == ZERO_HASH) != (record.seq == 1):
        raise Malformed("record.prev is zeros exactly at seq 1")
    if record.continues and record.seq != 1:
        raise Malformed("record.continues is empty after seq 1")
    for one in record.continues:
        _check_length(one.stream, 16, "record.continues[].stream")
        _check_length(one.head, 32, "record.continues[].head")
        if one.head == ZERO_HASH:
            raise Malformed("record.continues[].head names no record")
    streams = {record.stream, *(one.stream for one in record.continues)}
    if ZERO_STREAM in streams:
        raise Malformed("a stream of the record is all zero, as only covers have it")
    # A stream that continues itself, or another one twice, would have no single past.
    if len(streams) != len(record.continues) + 1:
        raise Malformed("record.continues names its own stream, or one stream twice")


def _check_heads(office: OfficeHead, head: TreeHead) -> None:
    integer(office.seq, "record.office.seq")
    _check_length(office.head, 32, "record.office.head")
    if (office.head == ZERO_HASH) != (office.seq == 0):
        raise Malformed("record.office.head is zeros exactly at seq 0")
    integer(head.size, "record.head.size")
    _check_length(head.root, 32, "record.head.root")
    if (head.root == EMPTY_ROOT) != (head.size == 0):
        raise Malformed("record.head.root is the empty root exactly at size 0")
