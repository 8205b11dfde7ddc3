"""What a pack claims to follow from the records of a case: `derived/<stream>.json`.

A claim proves nothing. Who has the rules can derive the same and compare (V15); who has not reads
it as the word of whoever made the pack.

Sample: ``{"deadlines":[],"definition":1,"flags":[],"format":"disclosure-ledger/derived/v1",
"state":"received","zone":"America/Denver"}``

Exporter and replaying verifier import this module. Cites: FORMAT §5, §6 V15.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.evidence import jcs
from ledger.evidence.fields import exact_object, integer, items, object_of, read, text
from ledger.evidence.grammar import Malformed, parse_position
from ledger.evidence.jcs import Json
from ledger.evidence.opening import parse_stream
from ledger.evidence.record import Continued

__all__ = ["FORMAT", "Claims", "claimed_stream", "derived_path", "dump", "lineage", "load"]

FORMAT: Final = "disclosure-ledger/derived/v1"
_KEYS: Final = frozenset({"deadlines", "definition", "flags", "format", "state", "zone"})


@dataclass(frozen=True, slots=True)
class Claims:
    """State, flags and deadlines of a case, as claimed.

    `definition` numbers the rules of deriving; days are counted in `zone`, an IANA name. Each row
    has at least `ref`, the record (stream:seq) that it is about, and `name`.
    """

    definition: int
    zone: str
    state: str
    flags: Sequence[Mapping[str, Json]]
    deadlines: Sequence[Mapping[str, Json]]


def derived_path(stream: bytes) -> str:
    """Name the file of what follows from the case that ends with this stream."""
    return f"derived/{stream.hex()}.json"


def claimed_stream(rest: str) -> bytes:
    """Return the stream that a name below `derived/` stands for.

    Raises: Malformed.
    """
    name, ending, nothing = rest.partition(".json")
    if not ending or nothing:
        raise Malformed("a file in derived/ is not named by a stream")
    return parse_stream(name)


def dump(claims: Claims) -> bytes:
    """Write claims in their one spelling.

    Raises: Malformed when they break a rule that `load` keeps.
    """
    value: dict[str, Json] = {
        "format": FORMAT,
        "definition": claims.definition,
        "zone": claims.zone,
        "state": claims.state,
        "flags": list(claims.flags),
        "deadlines": list(claims.deadlines),
    }
    _claims(value)
    return jcs.dump(value)


def load(data: bytes) -> Claims:
    """Read untrusted claims.

    Raises: Malformed.
    """
    return _claims(jcs.load(data))


def _claims(value: Json) -> Claims:
    got = exact_object(value, _KEYS, "derived")
    if got["format"] != FORMAT:
        raise Malformed("derived.format is not the one of this version")
    return Claims(
        definition=integer(got["definition"], "derived.definition", least=1),
        zone=text(got["zone"], "derived.zone"),
        state=text(got["state"], "derived.state"),
        flags=_rows(got["flags"], "derived.flags"),
        deadlines=_rows(got["deadlines"], "derived.deadlines"),
    )


def _rows(value: Json, where: str) -> tuple[Mapping[str, Json], ...]:
    return tuple(_row(one, where) for one in items(value, where))


def _row(value: Json, where: str) -> Mapping[str, Json]:
    row = object_of(value, where)
    if not {"ref", "name"} <= row.keys():
        raise Malformed(f"{where} holds a row without ref or name")
    read(row["ref"], where, parse_position)
    text(row["name"], where)
    return row


# ---- the records of a case ----


def lineage(
    stream: bytes, continues: Callable[[bytes], Sequence[Continued]]
) -> tuple[tuple[bytes, bytes | None], ...]:
    """Return the streams of the case that ends with one, in the order in which they are folded.

    Before a stream come those that it continues, in the order in which its first record names them,
    each with all those before it and once. With each comes the E up to which it counts; with the
    stream itself None, for all of it. Pure.
    """
    order: list[tuple[bytes, bytes | None]] = []
    met = {stream}
    # Depth first without recursion: how deep streams follow each other is for others to choose.
    waiting: list[tuple[bytes, bytes | None, bool]] = [(stream, None, False)]
    while waiting:
        one, head, is_done = waiting.pop()
        if is_done:
            order.append((one, head))
            continue
        waiting.append((one, head, True))
        for before in reversed(continues(one)):
            if before.stream not in met:
                met.add(before.stream)
                waiting.append((before.stream, before.head, False))
    return tuple(order)
