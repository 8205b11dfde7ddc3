"""What a case page tells of each record: who, in which role, under what, which law; its proof."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from ledger.domain.events import Event
from ledger.domain.fields import personal_fields
from ledger.domain.office import Office, Recorded
from ledger.domain.passkey_events import PasskeyApproved
from ledger.evidence.commitment import blind, commit
from ledger.home import Home, OpenHome
from ledger.projections.definitions import Told
from ledger.projections.definitions.history import Happened, in_order
from ledger.register.kept import Stream
from ledger.register.passkeys import is_confirmed
from ledger.stores.pending import Pending
from ledger.stores.store import Store
from ledger.web.room.wording import event_title, label_of, moment, plain


class Value(msgspec.Struct, frozen=True):
    """One field of a record. `record` is the number of the record that it names, if it does."""

    label: str
    text: str
    is_personal: bool = False
    record: int | None = None
    is_plain: bool = False
    """Whether the text is of plain letters, in which nothing can hide."""


class Confirmed(msgspec.Struct, frozen=True):
    """Who confirmed a record with a passkey, when, and whether the answer fits, checked now."""

    by: str
    at: str
    is_good: bool


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One record as a page shows it; instants are in the library's zone, in words."""

    number: int
    ref: str
    title: str
    kind: str
    occurred: str
    recorded: str
    said: str
    by: str
    role: str
    under: str
    pack: str
    law: str
    citation: str | None
    approved_by: str | None
    assented_by: str | None
    confirmed: tuple[Confirmed, ...]
    corrected_by: int | None
    values: tuple[Value, ...]
    proof: str
    is_advice: bool = False
    e: str = ""


def entries(
    told: Told, advice: Sequence[Recorded], proofs: Mapping[str, str], office: Office
) -> list[Entry]:
    """The records of a case and the advice on it, in order, numbered from 1 on."""
    happened = list(in_order(told))
    more = Told(told.reference, tuple(advice), told.reading)
    happened += in_order(more) if advice else ()
    numbers = {one.recorded.ref: number for number, one in enumerate(happened, start=1)}
    # A record is named by its place, or by its digest.
    numbers |= {one.recorded.e: number for number, one in enumerate(happened, start=1)}
    confirmed = _confirmed(told, office)
    zone = ZoneInfo(told.reading.zone)
    given = {one.ref for one in advice}
    return [
        _entry(
            one,
            numbers,
            zone,
            proofs.get(one.recorded.ref, ""),
            confirmed,
            is_advice=one.recorded.ref in given,
        )
        for one in happened
    ]


def _entry(
    happened: Happened,
    numbers: Mapping[str, int],
    zone: ZoneInfo,
    proof: str,
    confirmed: Mapping[str, tuple[Confirmed, ...]],
    *,
    is_advice: bool,
) -> Entry:
    recorded = happened.recorded
    by = recorded.actor
    if recorded.recorded_by != recorded.actor:
        by = f"{recorded.actor}, recorded by {recorded.recorded_by}"
    said = [one for one in (recorded.precision, recorded.basis) if one not in _USUAL]
    return Entry(
        number=numbers[recorded.ref],
        ref=recorded.ref,
        title=event_title(recorded.type),
        kind=recorded.type,
        occurred=moment(recorded.occurred_at, zone),
        recorded=moment(recorded.recorded_at, zone),
        said=", ".join(map(plain, said)),
        by=by,
        role=recorded.role,
        under=_under(recorded.under, numbers),
        pack=happened.pack,
        law=recorded.law,
        citation=happened.citation,
        approved_by=happened.approved_by,
        assented_by=happened.assented_by,
        confirmed=confirmed.get(recorded.e, ()),
        corrected_by=numbers.get(happened.correction or ""),
        values=tuple(values_of(recorded, numbers, zone)),
        proof=proof,
        is_advice=is_advice,
        e=recorded.e,
    )


_USUAL = ("exact", "first-hand")
_BYTES = ("authenticator_data", "client_data", "signature", "passkey")
"""What a passkey answered: nobody reads it; the record that it approves says what came of it."""
_NOT_SHOWN = frozenset({"reference", "about", "own_reference", "facts", *_BYTES})


def _confirmed(told: Told, office: Office) -> dict[str, tuple[Confirmed, ...]]:
    """By the digest of a record, who confirmed it with a passkey, in order."""
    zone = ZoneInfo(told.reading.zone)
    found: dict[str, tuple[Confirmed, ...]] = {}
    for one in told.records:
        if isinstance(one.event, PasskeyApproved):
            at, is_good = moment(one.recorded_at, zone), is_confirmed(office, one)
            said = Confirmed(one.recorded_by, at, is_good)
            found[one.event.of] = (*found.get(one.event.of, ()), said)
    return found


def _under(under: str | None, numbers: Mapping[str, int]) -> str:
    if under is None:
        return ""
    number = numbers.get(under)
    return "a recorded absence" if number is None else f"record {number} of this case"


def values_of(recorded: Recorded, numbers: Mapping[str, int], zone: ZoneInfo) -> Iterator[Value]:
    """The fields of a record that hold something, with their labels."""
    event = recorded.event
    personal = _personal(type(event))
    for name in event.__struct_fields__:
        found = getattr(event, name)
        if found in (None, (), False) or name in _NOT_SHOWN:
            continue
        number = numbers.get(found) if isinstance(found, str) else None
        text = in_words(found, zone)
        is_plain = text.isascii() and text.isprintable()
        yield Value(label_of(name), text, name in personal, number, is_plain)


@cache
def _personal(kind: type[Event]) -> frozenset[str]:
    return personal_fields(kind)


def in_words(value: object, zone: ZoneInfo) -> str:
    """A value as a person reads it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case datetime():
            return moment(value, zone)
        case date():
            return value.isoformat()
        case str() if value.islower() and " " not in value and len(value) < 40:
            return plain(value)
        case str():
            return value
        case tuple() | list():
            return ", ".join(in_words(one, zone) for one in value)
        case dict():
            return "; ".join(f"{label_of(k)}: {in_words(v, zone)}" for k, v in value.items())
        case msgspec.Struct():
            return in_words(_plain(value), zone)
        case _:
            return str(value)


def _plain(value: msgspec.Struct) -> Any:
    return msgspec.to_builtins(value)


# ---- proof ----


def proofs_of(home: OpenHome, streams: Sequence[Stream], *, is_cleared: bool) -> dict[str, str]:
    """For each record, in a sentence, where the log holds it, or by when it was promised to.

    Which entry holds it turns on what else its tick holds, and in which tick a sealed record lies
    on what else was sealed: both are for `is_cleared` only. The tick of a record of the open lane
    turns on open records alone.
    """
    made = {
        f"{one.id.hex()}:{seq}": commit(blind(one.secrets.core, one.id, seq), one.id, seq, each.e)
        for one in streams
        for seq, each in enumerate(one.unsealed, start=1)
    }
    leaves = home.logbook.leaves_of(tuple(made.values()))
    newest = home.newest_checkpoint()
    size = 0 if newest is None else newest.size
    promised = _promised(home, streams) if len(leaves) < len(made) else {}
    in_the_open = {one.id.hex() for one in streams if home.open.pending(one.id, 1) is not None}
    return {
        ref: _held(home, leaves[entry], size, _shown(ref, in_the_open, is_cleared=is_cleared))
        if entry in leaves
        else _awaited(home, promised.get(ref))
        for ref, entry in made.items()
    }


Shown = Literal["nothing", "tick", "entry"]
"""How much of a record's place in the log somebody is told."""


def _shown(ref: str, in_the_open: Collection[str], *, is_cleared: bool) -> Shown:
    if is_cleared:
        return "entry"
    return "tick" if ref.partition(":")[0] in in_the_open else "nothing"


def _promised(home: OpenHome, streams: Sequence[Stream]) -> dict[str, Pending]:
    """What each store that can be asked here knows of commitments on their way."""
    return {
        f"{one.stream.hex()}:{one.seq}": one
        for store in _stores(home)
        for stream in streams
        for one in store.pendings(stream.id)
    }


def _stores(home: OpenHome) -> tuple[Store, ...]:
    return home.row_stores if isinstance(home, Home) else (home.open, home.inbox)


def _held(home: OpenHome, leaf: int, size: int, told: Shown) -> str:
    if leaf >= size:
        return "Built into the log, and published with the next tick."
    if told == "nothing":
        return f"In the log of {size} entries."
    tick = home.schedule.tick_of(leaf)
    since = f"since tick {tick}, {moment(home.schedule.due(tick), home.zone)}"
    entry = f" as entry {leaf + 1}" if told == "entry" else ""
    return f"In the log of {size} entries{entry}, {since}."


def _awaited(home: OpenHome, pending: Pending | None) -> str:
    if pending is not None and pending.promised is not None:
        due = home.schedule.due(pending.promised)
        return f"Promised by tick {pending.promised}, {moment(due, home.zone)}."
    return "Not in the log yet."
