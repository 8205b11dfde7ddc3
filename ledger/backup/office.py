"""The office copy: what a restored ledger must not forget, in one small sealed file.

A backup is as old as it is. What was decided in the office since then must hold all the same: a key
that was revoked, a role that ended, a stream that was erased. So the newest office is copied apart,
whenever it has changed: its rows with their places in the log, the law packs, people's sealing
keys, and every erasure with its tombstones. It is sealed under the master key, opens no case, and
brings no key of any stream: restoring it can take away, and never give back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from keys.aead import label
from keys.errors import KeysError
from keys.files import write_private
from ledger.errors import BadRequest, EvidenceCorrupt
from ledger.evidence import jcs
from ledger.evidence.grammar import (
    Malformed,
    format_instant,
    parse_base64,
    parse_instant,
    to_base64,
)
from ledger.evidence.jcs import Json
from ledger.home import ROW_STORES, Home
from ledger.stores.adopting import Adopted, TickOf, adopt_rows, rows_with_places
from ledger.stores.erased import Mark, Tombstone
from ledger.stores.store import Store

FORMAT = "disclosure-ledger/office-copy/v1"
_CONTEXT = label("office-copy")


@dataclass(frozen=True, slots=True)
class Erasure:
    """One mark of an erased stream, in which store it stands, and its tombstones."""

    store: str
    mark: Mark
    tombstones: tuple[Tombstone, ...]


@dataclass(frozen=True, slots=True)
class OfficeCopy:
    """An office as it was at a moment: rows by store, law packs by digest, people's keys.

    `checkpoint` is the newest that was published then: a restored log may not be shorter.
    """

    origin: str
    made_at: datetime
    checkpoint: bytes | None
    rows: Mapping[str, tuple[Adopted, ...]]
    laws: Mapping[str, bytes]
    people: tuple[tuple[str, bytes], ...]
    erasures: tuple[Erasure, ...]


def copy_office(home: Home, at: datetime) -> bytes:
    """Make an office copy of a ledger as it is now."""
    streams = {"open": home.config.office, "vault": home.config.vault_office}
    newest = home.log_directory / "checkpoint"
    value: Json = {
        "format": FORMAT,
        "origin": home.origin,
        "made_at": format_instant(at),
        "checkpoint": to_base64(newest.read_bytes()) if newest.exists() else None,
        "rows": {
            name: [_row(one) for one in rows_with_places(home.store(name), stream)]
            for name, stream in streams.items()
        },
        "laws": {
            f"l{path.stem}": to_base64(path.read_bytes())
            for path in sorted((home.path / "law").glob("*.json"))
        },
        "people": [[name, to_base64(public)] for name, public in home.keystore.everybody()],
        "erasures": [
            _erasure(name, home.store(name), mark)
            for name in ROW_STORES
            for mark in home.store(name).erased.marks()
        ],
    }
    return home.master.encrypt(jcs.dump(value), _CONTEXT)


def load_office(home: Home, data: bytes) -> OfficeCopy:
    """Open an office copy of this ledger.

    Raises:
        BadRequest: it is none, it was changed, or it is another ledger's.
    """
    try:
        value = jcs.load(home.master.decrypt(data, _CONTEXT))
        copied = _loaded(value)
    except (KeysError, Malformed, LookupError, TypeError, ValueError) as error:
        raise BadRequest("This is no office copy of this ledger, or it was changed.") from error
    if copied.origin != home.origin:
        raise BadRequest("This office copy is another ledger's.")
    return copied


def adopt_office(home: Home, copied: OfficeCopy, tick_of: TickOf) -> int:
    """Take an office copy over into a restored home; gives how many open records were new.

    Idempotent. Nothing that is there is changed: where both have a record, it must be the same.

    Raises:
        EvidenceCorrupt: the two tell different stories.
        Unavailable: a store cannot be written now.
    """
    for digest, law in copied.laws.items():
        target = home.path / "law" / f"{digest}.json"
        if not target.exists():
            write_private(target, law)
    for person, public in copied.people:
        home.keystore.put_public_keys(person, public)
    built, new = home.logbook.last_tick(), 0
    for name, rows in copied.rows.items():
        store = home.store(name)
        if name == "vault" and home.keystore.wrap(home.config.vault_office) is None:
            # Begun after this keystore was copied: nobody could read it, or write after it.
            continue
        missing = _missing(store, rows)
        adopt_rows(store, missing, tick_of, built)
        # Of the vault's office nobody is told here, not even how much was recorded there.
        new += len(missing) if name == "open" else 0
    for one in copied.erasures:
        home.store(one.store).erased.add(one.mark, one.tombstones)
    return new


def _missing(store: Store, rows: tuple[Adopted, ...]) -> tuple[Adopted, ...]:
    if not rows:
        return ()
    known = store.rows(rows[0].stream)
    for one, row in zip(known, rows, strict=False):
        if one.state != row.state:
            raise EvidenceCorrupt("The office copy and this backup tell different stories.")
    return rows[len(known) :]


# ---- spelling ----


def _row(one: Adopted) -> Json:
    return [
        one.stream.hex(),
        one.seq,
        to_base64(one.state),
        one.commitment.hex(),
        one.received,
        one.not_before,
        one.tick,
        one.promised,
        one.issued_at,
    ]


def _erasure(name: str, store: Store, mark: Mark) -> Json:
    stones = store.erased.tombstones(mark.stream) if mark.scope == "both" else ()
    return {
        "store": name,
        "stream": mark.stream.hex(),
        "scope": mark.scope,
        "record": mark.record,
        "e": mark.e.hex(),
        "tombstones": [[one.seq, one.blind.hex(), one.e.hex()] for one in stones],
    }


def _loaded(value: Json) -> OfficeCopy:
    # The seal has shown that this program wrote it; what does not fit is another version's.
    if not isinstance(value, dict) or value["format"] != FORMAT:
        raise Malformed("another format")
    rows, laws = _object(value["rows"]), _object(value["laws"])
    newest = value["checkpoint"]
    return OfficeCopy(
        origin=str(value["origin"]),
        made_at=parse_instant(str(value["made_at"])),
        checkpoint=None if newest is None else parse_base64(str(newest), None),
        rows={name: tuple(_adopted(one) for one in _list(some)) for name, some in rows.items()},
        laws={name[1:]: parse_base64(str(text), None) for name, text in laws.items()},
        people=tuple(
            (str(one[0]), parse_base64(str(one[1]), None))
            for one in map(_list, _list(value["people"]))
        ),
        erasures=tuple(_loaded_erasure(_object(one)) for one in _list(value["erasures"])),
    )


def _adopted(value: Json) -> Adopted:
    stream, seq, state, commitment, received, not_before, tick, promised, issued_at = _list(value)
    return Adopted(
        bytes.fromhex(str(stream)),
        int(str(seq)),
        parse_base64(str(state), None),
        bytes.fromhex(str(commitment)),
        int(str(received)),
        int(str(not_before)),
        None if tick is None else int(str(tick)),
        None if promised is None else int(str(promised)),
        None if issued_at is None else str(issued_at),
    )


def _loaded_erasure(value: Mapping[str, Json]) -> Erasure:
    stream = bytes.fromhex(str(value["stream"]))
    mark = Mark(stream, str(value["scope"]), str(value["record"]), bytes.fromhex(str(value["e"])))
    stones = tuple(
        Tombstone(stream, int(str(seq)), bytes.fromhex(str(blind)), bytes.fromhex(str(e)))
        for seq, blind, e in map(_list, _list(value["tombstones"]))
    )
    return Erasure(str(value["store"]), mark, stones)


def _object(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise Malformed("no object")
    return value


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise Malformed("no list")
    return value
