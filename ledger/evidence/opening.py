"""The openings of an evidence pack: what stands behind a leaf of the log.

A leaf hides its record. An opening shows what it is: a record whose envelope stands beside it, a
cover, or the tombstone of a record that was erased with its stream. Openings are untrusted input:
`load_opening` says how they are spelled, `ledger.verify` whether they are true.

Exporter and verifier use these names through `ledger.evidence.pack`. Cites: FORMAT §3.3, §5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
    format_position,
    parse_hex,
    parse_position,
    to_base64,
)
from ledger.evidence.jcs import Json

__all__ = [
    "CoverOpening",
    "Document",
    "ErasedOpening",
    "Opening",
    "RecordOpening",
    "Revealed",
    "document_of",
    "dump_opening",
    "load_opening",
    "parse_stream",
]


def parse_stream(text: str) -> bytes:
    """Return the stream that is written in 32 hex digits.

    Raises: Malformed, also for the all-zero stream.
    """
    stream = parse_hex(text, 16)
    if not any(stream):
        raise Malformed("a stream is all zero")
    return stream


@dataclass(frozen=True, slots=True)
class Revealed:
    """One personal field laid open: its salt (32 bytes) and its value."""

    salt: bytes
    value: Json


@dataclass(frozen=True, slots=True)
class RecordOpening:
    """Ties a leaf to the record whose envelope stands beside it.

    Sample: ``{"blind":"<64 hex>","path":["<base64>"],"personal":{"note":{"salt":"<64 hex>",
    "value":"…"}},"seq":3,"stream":"<32 hex>"}``

    `path` is the inclusion proof, leaf end first; None (the key is absent) in scope ledger, where
    the root is recomputed from all entries. `personal` is always there, and empty when nothing is
    revealed.
    """

    blind: bytes
    stream: bytes
    seq: int
    path: tuple[bytes, ...] | None
    personal: Mapping[str, Revealed]


@dataclass(frozen=True, slots=True)
class CoverOpening:
    """Shows that a leaf is cover `k` of a tick: ``{"blind":"…","cover":{"k":0,"tick":1}}``."""

    tick: int
    k: int
    blind: bytes


@dataclass(frozen=True, slots=True)
class ErasedOpening:
    """The tombstone of a record that was erased with its stream.

    Sample: ``{"blind":"<64 hex>","e":"<64 hex>","erased":"<32 hex>:41","seq":3,
    "stream":"<32 hex>"}``

    `erased` is the place (stream, seq) of the erasure's record; the others give the commitment.
    """

    erased: tuple[bytes, int]
    blind: bytes
    stream: bytes
    seq: int
    e: bytes


Opening = RecordOpening | CoverOpening | ErasedOpening


def dump_opening(opening: Opening) -> bytes:
    """Write an opening in its one spelling.

    Raises: Malformed when it breaks a rule that ``load_opening`` keeps.
    """
    value = _spell(opening)
    _opening(value)
    return jcs.dump(value)


def _spell(opening: Opening) -> Json:
    blind = opening.blind.hex()
    if isinstance(opening, CoverOpening):
        return {"cover": {"tick": opening.tick, "k": opening.k}, "blind": blind}
    place: dict[str, Json] = {"stream": opening.stream.hex(), "seq": opening.seq, "blind": blind}
    if isinstance(opening, ErasedOpening):
        return {**place, "erased": format_position(*opening.erased), "e": opening.e.hex()}
    path = {} if opening.path is None else {"path": [to_base64(step) for step in opening.path]}
    personal: dict[str, Json] = {
        name: {"salt": shown.salt.hex(), "value": shown.value}
        for name, shown in opening.personal.items()
    }
    return {**place, **path, "personal": personal}


def load_opening(data: bytes) -> Opening:
    """Read an untrusted opening.

    Raises: Malformed.
    """
    return _opening(jcs.load(data))


def _opening(value: Json) -> Opening:
    members = object_of(value, "opening")
    if "cover" in members:
        return _cover(members)
    if "erased" in members:
        return _erased(members)
    keys = {"blind", "stream", "seq", "personal"} | ({"path"} & members.keys())
    exact_object(members, keys, "opening")
    path = None
    if "path" in members:
        steps = items(members["path"], "opening.path")
        path = tuple(read_base64(step, "opening.path", 32) for step in steps)
    shown = object_of(members["personal"], "opening.personal")
    personal = {name: _revealed(one) for name, one in shown.items()}
    return RecordOpening(*_place(members), path, personal)


def _cover(value: Json) -> CoverOpening:
    members = exact_object(value, {"cover", "blind"}, "opening")
    cover = exact_object(members["cover"], {"tick", "k"}, "opening.cover")
    tick = integer(cover["tick"], "opening.cover.tick", least=1)
    k = integer(cover["k"], "opening.cover.k")
    return CoverOpening(tick, k, read_hex(members["blind"], "opening.blind", 32))


def _erased(value: Json) -> ErasedOpening:
    members = exact_object(value, {"erased", "blind", "stream", "seq", "e"}, "opening")
    erased = read(members["erased"], "opening.erased", parse_position)
    return ErasedOpening(erased, *_place(members), read_hex(members["e"], "opening.e", 32))


def _place(members: Mapping[str, Json]) -> tuple[bytes, bytes, int]:
    blind = read_hex(members["blind"], "opening.blind", 32)
    stream = read(members["stream"], "opening.stream", parse_stream)
    return blind, stream, integer(members["seq"], "opening.seq", least=1)


def _revealed(value: Json) -> Revealed:
    members = exact_object(value, {"salt", "value"}, "opening.personal")
    return Revealed(read_hex(members["salt"], "opening.personal.salt", 32), members["value"])


@dataclass(frozen=True, slots=True)
class Document:
    """What a personal field holds for a file: ``{"sha256":"<64 hex>","size":9,"type":"…"}``."""

    sha256: bytes
    size: int
    media_type: str


def document_of(value: Json) -> Document | None:
    """Read a revealed value as the description of a document; None when it is another value."""
    try:
        members = exact_object(value, {"sha256", "size", "type"}, "document")
        digest = read_hex(members["sha256"], "document.sha256", 32)
        size = integer(members["size"], "document.size")
        return Document(digest, size, text(members["type"], "document.type"))
    except Malformed:
        return None
