"""Any valid event, built from the fields of its Struct alone; and any sequence of records.

The generator reads the types as msgspec does, so that an event added tomorrow is tried tomorrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any, get_args

from hypothesis import strategies as st
from msgspec import Struct, inspect
from msgspec.structs import replace

from ledger.domain import events as e
from ledger.domain import office_events as o
from ledger.domain.codec import EVENT_TYPES, propose, split, tag_of
from ledger.domain.events import Event
from ledger.domain.fields import Digest, RecordRef
from ledger.domain.office import Recorded
from tests.domain.given import AUDITOR, CUSTODIAN, STAFF, ZONES, law

Strategy = st.SearchStrategy[Any]
Special = Mapping[str, Strategy]
"""A strategy of its own for the texts of one pattern, so that references meet what is there."""

STREAM = "c0ffee00c0ffee00c0ffee00c0ffee00"
LONGEST = 12
_TEXT = st.characters(exclude_categories=["Cs"])
_FIRST, _LAST = datetime(1970, 1, 2), datetime(2199, 12, 30)


def pattern_of(kind: object) -> str:
    """Give the pattern of an annotated text, such as `RecordRef`."""
    return str(next(meta.pattern for meta in get_args(kind)[1:] if meta.pattern))


def instants() -> st.SearchStrategy[datetime]:
    """Any whole second of UTC that a library will ever record."""
    return st.datetimes(_FIRST, _LAST, timezones=st.just(UTC)).map(
        lambda at: at.replace(microsecond=0)
    )


@cache
def events(kind: type[Event], *, nearby: bool = False) -> st.SearchStrategy[Event]:
    """Any valid event of one type; `nearby` lets its references meet records of a sequence."""
    return _fields(kind, NEARBY if nearby else {}).map(lambda fields: propose(kind, fields))


@cache
def any_event(*, nearby: bool = False) -> st.SearchStrategy[Event]:
    """Any valid event of any type."""
    return st.sampled_from(sorted(EVENT_TYPES)).flatmap(
        lambda tag: events(EVENT_TYPES[tag], nearby=nearby)
    )


def _fields(kind: type[Struct], special: Special) -> Strategy:
    """Any fields of a Struct; optional ones may be left out."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    named = {field.encode_name: _value(field.type, special) for field in info.fields}
    required = {field.encode_name for field in info.fields if field.required}
    return st.fixed_dictionaries(
        {name: value for name, value in named.items() if name in required},
        optional={name: value for name, value in named.items() if name not in required},
    )


def _value(kind: inspect.Type, special: Special) -> Strategy:
    match kind:
        case inspect.Metadata(type=inner):
            return _value(inner, special)
        case inspect.UnionType(types=types):
            return st.one_of([_value(one, special) for one in types])
        case inspect.NoneType():
            return st.none()
        case inspect.BoolType():
            return st.booleans()
        case inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case inspect.IntType(ge=least, le=most):
            return st.integers(least or 0, most if most is not None else 2**53 - 1)
        case inspect.StrType():
            return _text(kind, special)
        case inspect.DateTimeType():
            return instants()
        case inspect.DateType():
            return st.dates()
        case inspect.StructType(cls=cls):
            return _fields(cls, special)
        case inspect.TupleType(item_types=types):
            return st.tuples(*(_value(one, special) for one in types))
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return st.lists(_value(item, special), min_size=kind.min_length or 0, max_size=3)
        case inspect.DictType(key_type=key, value_type=value):
            return st.dictionaries(_value(key, special), _value(value, special), max_size=3)
        case _:
            raise AssertionError(f"No strategy for {kind}: add it here.")


_LONGEST = 10_000
"""More than a strategy makes where the type has no limit of its own."""


def _text(kind: inspect.StrType, special: Special) -> Strategy:
    if kind.pattern is None:
        most = min(kind.max_length or 20, 20)
        return st.text(_TEXT, min_size=kind.min_length or 0, max_size=most)
    if kind.pattern in special:
        return special[kind.pattern]
    longest = kind.max_length or _LONGEST
    return st.from_regex(kind.pattern, fullmatch=True).filter(lambda text: len(text) <= longest)


# --- Sequences of records ----------------------------------------------------------------------


def _e(number: int) -> str:
    return sha256(f"record {number}".encode()).hexdigest()


_NUMBERS = st.integers(1, LONGEST + 1)
NEARBY: Special = {
    pattern_of(RecordRef): _NUMBERS.map(lambda number: f"{STREAM}:{number}"),
    pattern_of(Digest): _NUMBERS.map(_e),
}
"""References and digests that mostly name records of the same sequence, and sometimes nothing."""

_IN_A_CASE = sorted(
    {kind for kind in EVENT_TYPES.values() if kind.__module__.startswith(f"{e.__name__}.")}
    | {o.Assented, o.CustodianNotReached, o.StreamClosed, o.RoleEnded},
    key=lambda kind: kind.__name__,
)


@st.composite
def corrections(draw: st.DrawFn, before: Sequence[Recorded] = ()) -> e.EventCorrected:
    """A correction by values of another event, usually of the type of the record that it names."""
    of, kind = draw(NEARBY[pattern_of(RecordRef)]), draw(st.sampled_from(_IN_A_CASE))
    if before and draw(st.integers(1, 4)) > 1:
        wrong = draw(st.sampled_from(before))
        of, kind = wrong.ref, type(wrong.event)
    core, personal = split(draw(events(kind, nearby=True)))
    values = {name: core[name] for name in draw(_some(core)) if _is_plain(core[name])}
    texts = {name: personal[name] for name in draw(_some(personal)) if _is_plain(personal[name])}
    fields = {"of": of, "names": sorted({*values, *texts}), "reason": "Misread."}
    return propose(e.EventCorrected, {**fields, "values": values, "personal_values": texts})


def _some(fields: Mapping[str, Any]) -> st.SearchStrategy[set[str]]:
    return st.sets(st.sampled_from(sorted(fields)), max_size=2) if fields else st.just(set())


def _is_plain(value: object) -> bool:
    """Whether a correction can carry the value: a scan is received anew instead."""
    many = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return many or isinstance(value, str | int)


NAMES = {
    "request": (e.RequestReceived, e.CounselReviewRequested, e.PreservationRequested),
    "instrument": (e.InstrumentReceived,),
    "approval": (e.ApprovalGranted, e.WaiverAuthorised),
    "waiver": (e.WaiverAuthorised,),
    "asserted": (e.ExigentRequestAsserted,),
    "disclosure": (e.DisclosureMade,),
    "order": (e.InstrumentReceived,),
    "hold": (e.HoldPlaced,),
    "consent": (e.ConsentGiven,),
    "complaint": (e.ComplaintReceived,),
    "video": (e.VideoLocated,),
    "gag": (e.GagServed,),
}
"""What the references of each name are usually of."""


@st.composite
def histories(draw: st.DrawFn) -> list[Recorded]:
    """Any records in any order, under any laws; references often hit, and often what they mean.

    Each history draws from a few types only, so that long stories about one thing come up.
    """
    few = draw(st.sets(st.sampled_from(_IN_A_CASE), min_size=1, max_size=4))
    named: set[type[Event]] = {
        one for kind in few for field in kind.__struct_fields__ for one in NAMES.get(field, ())
    }
    kinds = sorted(few | named, key=lambda kind: kind.__name__)
    made: list[Recorded] = []
    for number in range(1, draw(st.integers(0, LONGEST)) + 1):
        kind = draw(st.sampled_from(kinds))
        is_correction = kind is e.EventCorrected
        event = draw(corrections(tuple(made)) if is_correction else events(kind, nearby=True))
        made.append(draw(_recorded(number, _aimed(draw, event, made))))
    return made


def _aimed(draw: st.DrawFn, event: Event, before: list[Recorded]) -> Event:
    """Let references name what they are usually of, three times out of four."""
    corrections = [one.e for one in before if isinstance(one.event, e.EventCorrected)]
    if isinstance(event, o.Assented) and corrections:
        return o.Assented(of=draw(st.sampled_from(corrections)))
    for name, kinds in NAMES.items():
        fitting = [one.ref for one in before if isinstance(one.event, kinds)]
        if name in event.__struct_fields__ and fitting and draw(st.integers(1, 4)) > 1:
            event = replace(event, **{name: draw(st.sampled_from(fitting))})
    return event


@st.composite
def _recorded(draw: st.DrawFn, number: int, event: Event) -> Recorded:
    signer = draw(st.sampled_from([CUSTODIAN, STAFF, AUDITOR]))
    at = draw(instants())
    return Recorded(
        ref=f"{STREAM}:{number}",
        e=_e(number),
        event=event,
        type=tag_of(event),
        occurred_at=at,
        recorded_at=at,
        actor=signer,
        recorded_by=signer,
        role=draw(st.sampled_from(["custodian", "designee", "counsel", "staff"])),
        under=None,
        law=law(draw(st.sampled_from(sorted(ZONES)))).digest().hex(),
    )
