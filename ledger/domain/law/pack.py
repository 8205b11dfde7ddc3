"""Law packs: read layers, and lay them over each other into the law of one library.

A layer is one TOML file: `us` < `us-co` < `us-co/lcld`. A later layer adds rows, or overrides rows
of the same id; an overridden row stays in the resolved law and says by which layer. A local policy
may never replace a basis of the law: it adds one of its own, which shows where it goes beyond the
statute (domain 0.2). Whatever a row names (a rule of time, a calendar, another row) must be there.

The rules, the register and the replaying verifier may import this module, and through it what a
resolved law is made of. It reads this program's package data and nothing else.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from ledger.domain.calendar import Holidays
from ledger.domain.form import Form, T
from ledger.domain.law.provisions import (
    OPEN_DAYS,
    PERIODS,
    Basis,
    DeadlineRule,
    PackName,
    Quotation,
    TimeProvision,
    Value,
)
from ledger.domain.law.resolved import (
    AnyRow,
    Identity,
    Law,
    NotInLaw,
    PackRefused,
    Row,
    load_resolved,
)
from ledger.domain.toml import NotToml, parse_toml

__all__ = [
    "Basis",
    "DeadlineRule",
    "Identity",
    "Law",
    "NotInLaw",
    "Pack",
    "PackRefused",
    "Quotation",
    "TimeProvision",
    "Value",
    "lineage",
    "load_pack",
    "load_resolved",
    "merge",
    "names",
    "resolve",
    "resolve_own",
]


_LAW = frozenset({"statute", "rule", "case", "order"})
"""Sources that bind a library from outside; policies and our defaults are not among them."""
_PACKS = files("ledger.domain.law") / "packs"
_CALENDARS = files("ledger.domain.law") / "calendars"
_TEMPLATE = "template.toml"
_TO_FILL = re.compile("[‹›]")
"""What stands between these quotes in the template is for the library to fill."""
_ROW = re.compile(r"^\s*\[\[\s*(value|basis|time_rule|deadline|quotation)\s*\]\]", re.MULTILINE)


class Pack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One layer as its file has it: rows in the order of their source."""

    identity: Identity
    values: tuple[Value, ...] = field(default=(), name="value")
    bases: tuple[Basis, ...] = field(default=(), name="basis")
    time_rules: tuple[TimeProvision, ...] = field(default=(), name="time_rule")
    deadlines: tuple[DeadlineRule, ...] = field(default=(), name="deadline")
    quotations: tuple[Quotation, ...] = field(default=(), name="quotation")


_NAME = Form[str](PackName)
_PACK = Form[Pack](Pack)
_CALENDAR = Form[Holidays](Holidays)


def resolve(name: str, rules: Mapping[str, int] | None = None) -> Law:
    """Resolve a pack of this program with the layers below it.

    `rules` gives each rule of the caller its version; the mapping becomes part of the digest.

    Raises: PackRefused.
    """
    return merge([_pack(layer) for layer in lineage(name)], rules or {})


def resolve_own(data: bytes, rules: Mapping[str, int] | None = None) -> Law:
    """Resolve a library's own pack, as its file has it, over the packs of this program.

    Raises: PackRefused; also for a file that would replace the law of a state or of the country.
    """
    own = load_pack(data)
    if "/" not in own.identity.name:
        raise PackRefused(f"{own.identity.name} is no library's own pack: us-co/lcld would be one.")
    below = lineage(own.identity.name)[:-1]
    return merge([*(_pack(layer) for layer in below), own], rules or {})


def names() -> tuple[str, ...]:
    """List the packs of this program, lower layers first."""
    return tuple(sorted(_names(_PACKS), key=lambda name: (len(lineage(name)), name)))


def lineage(name: str) -> tuple[str, ...]:
    """List a pack and the layers below it, lowest first: us, us-mo, us-mo/jcl.

    Raises: PackRefused for what is not a pack's name.
    """
    try:
        _NAME.convert(name)
    except msgspec.ValidationError:
        raise PackRefused(f"{name!r} is not the name of a pack.") from None
    state, _, institution = name.partition("/")
    country = state.partition("-")[0]
    return tuple(dict.fromkeys([country, state, *([name] if institution else [])]))


@lru_cache(maxsize=64)
def load_pack(data: bytes) -> Pack:
    """Read one layer from TOML, strictly. What was read once is kept: a file is slow to parse.

    Raises: PackRefused, saying where the file is wrong.
    """
    pack = _from_toml(data, _PACK)
    name = pack.identity.name
    if any(row.place or row.layer or row.overridden_by for rows in _kinds(pack) for row in rows):
        raise PackRefused(f"{name}: a file may not say which layer a row is of, or its place.")
    for rows in _kinds(pack):
        _check_once(name, rows)
    return _placed(pack, _ROW.findall(data.decode()))


def _kinds(
    pack: Pack,
) -> tuple[tuple[Value | Basis | TimeProvision | DeadlineRule | Quotation, ...], ...]:
    return (pack.values, pack.bases, pack.time_rules, pack.deadlines, pack.quotations)


def _placed(pack: Pack, kinds: Sequence[str]) -> Pack:
    """Number the rows as they follow each other in the file, which its tables alone do not tell."""

    def placed(rows: tuple[Row, ...], kind: str) -> tuple[Row, ...]:
        places = [place for place, one in enumerate(kinds, start=1) if one == kind]
        if len(places) != len(rows):
            raise PackRefused(
                f"{pack.identity.name}: begin each row with its kind on a line of its own."
            )
        return tuple(replace(row, place=place) for row, place in zip(rows, places, strict=True))

    return replace(
        pack,
        values=placed(pack.values, "value"),
        bases=placed(pack.bases, "basis"),
        time_rules=placed(pack.time_rules, "time_rule"),
        deadlines=placed(pack.deadlines, "deadline"),
        quotations=placed(pack.quotations, "quotation"),
    )


def merge(packs: Sequence[Pack], rules: Mapping[str, int]) -> Law:
    """Lay packs over each other, lowest first, and check that what they name is there.

    Raises: PackRefused.
    """
    found = tuple(pack.identity.name for pack in packs)
    if not packs or found != lineage(found[-1]):
        raise PackRefused(f"These layers do not lie over each other: {', '.join(found)}.")
    time_rules = _layered((p.identity.name, p.time_rules) for p in packs)
    values = _layered((p.identity.name, p.values) for p in packs)
    deadlines = _layered((p.identity.name, p.deadlines) for p in packs)
    named = [row.calendar for row in time_rules]
    named += [row.calendar for row in deadlines if row.calendar is not None]
    named += [v.word for v in values if v.unit == "calendar"]
    law = Law(
        format="disclosure-ledger/law/v1",
        name=found[-1],
        layers=tuple(pack.identity for pack in packs),
        calendars=tuple(_calendars(named)),
        rules=dict(sorted(rules.items())),
        values=values,
        all_bases=_layered((p.identity.name, p.bases) for p in packs),
        time_rules=time_rules,
        all_deadlines=deadlines,
        quotations=_layered((p.identity.name, p.quotations) for p in packs),
    )
    _check_bases(law)
    _check_names(law, set(named))
    for rule in law.all_deadlines:
        _check_deadline(law, rule)
    # Building a Struct validates nothing, so what will be pinned is decoded once before it is used.
    return load_resolved(law.dump())


def _layered(layers: Iterable[tuple[str, tuple[Row, ...]]]) -> tuple[Row, ...]:
    """Mark each row with its layer and with the next layer that lays its own over it."""
    stacked = list(layers)
    rows: list[Row] = []
    for height, (layer, own) in enumerate(stacked):
        above = {row.id: name for name, later in reversed(stacked[height + 1 :]) for row in later}
        rows += [replace(row, layer=layer, overridden_by=above.get(row.id)) for row in own]
    return tuple(rows)


def _check_once(layer: str, rows: tuple[AnyRow, ...]) -> None:
    """Refuse two rows of one id in a layer whose days in force meet: one day has one law."""
    spans = sorted(
        (row.id, row.effective_from or date.min, row.effective_to or date.max) for row in rows
    )
    for (id, _, ends_on), (next_id, begins_on, _) in pairwise(spans):
        if id == next_id and begins_on <= ends_on:
            raise PackRefused(f"{layer}: {id} stands twice for the same day.")


def _check_bases(law: Law) -> None:
    """Keep policy apart from law: it adds bases, and what it calls their counterpart is law. Each
    says what it rests on: a paper, a requester, the user's will, or the custodian's word.
    """
    of_law = {basis.id for basis in law.all_bases if basis.source in _LAW}
    for basis in law.all_bases:
        if basis.source not in _LAW and basis.id in of_law:
            raise PackRefused(
                f"{basis.layer}: {basis.id} may not replace a basis of the law; "
                "give it an id of its own and name its counterpart."
            )
        if basis.counterpart is not None and basis.counterpart not in of_law:
            raise PackRefused(f"{basis.layer}: the counterpart of {basis.id} is no basis of law.")
        if not (basis.instruments or basis.requesters or basis.rests_on):
            raise PackRefused(
                f"{basis.layer}: {basis.id} asks for no paper and names no requester; say in"
                " rests_on whether it rests on the user's will or on the custodian's word."
            )


def _check_names(law: Law, calendars: set[str]) -> None:
    """Refuse a law whose rows name a rule, a calendar or a row that it does not hold."""
    missing = calendars - {calendar.name for calendar in law.calendars}
    rules = {row.id for row in law.time_rules}
    missing |= {v.word for v in law.values if v.unit == "time_rule"} - rules
    missing |= {row.time_rule for row in law.all_deadlines if row.time_rule is not None} - rules
    missing |= {id for row in law.all_deadlines for id in row.counts} - {v.id for v in law.values}
    known = {row.id for row in law.values} | {row.id for row in law.all_bases}
    missing |= {quotation.concerns for quotation in law.quotations} - known
    if missing:
        raise PackRefused(f"{law.name} names what it does not hold: {', '.join(sorted(missing))}.")


def _check_deadline(law: Law, rule: DeadlineRule) -> None:
    """Refuse a deadline whose values have not one unit of time, or whose unit nothing counts."""
    units = {value.unit for value in law.values if value.id in rule.counts}
    where = f"{rule.layer}: the deadline {rule.id}"
    if rule.counts and (len(units) != 1 or not units <= PERIODS):
        raise PackRefused(f"{where} counts {', '.join(sorted(units))}, which is no one period.")
    if units <= OPEN_DAYS:
        if rule.time_rule is not None:
            raise PackRefused(f"{where} counts no days to which a rule of time applies.")
        if units and rule.calendar is None and law.find("time.calendar") is None:
            raise PackRefused(f"{where} names no calendar, and the law has no time.calendar.")
    elif rule.calendar is not None:
        raise PackRefused(f"{where} takes its calendar from its rule of time.")
    elif rule.time_rule is None:
        raise PackRefused(f"{where} names no rule of time by which it is counted.")
    if "hours" in units and (rule.earlier_of or rule.ends in {"before", "whole-days"}):
        raise PackRefused(f"{where} ends at an instant, which no date or whole day can limit.")
    if rule.direction == "backward" and units != {"days"}:
        raise PackRefused(f"{where} counts back what is no number of days.")
    if any(value.id in rule.counts and value.number < 1 for value in law.values):
        raise PackRefused(f"{where} counts a value of nothing.")


def _from_toml(data: bytes, form: Form[T]) -> T:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PackRefused(f"This is no text in UTF-8: see line {line}.") from None
    if unfilled := _TO_FILL.search(text):
        line = text.count("\n", 0, unfilled.start()) + 1
        raise PackRefused(f"Line {line} is not filled yet: see what stands between ‹ and ›.")
    try:
        return form.convert(parse_toml(text))
    except (NotToml, msgspec.ValidationError) as error:
        raise PackRefused(str(error)) from None


def _pack(name: str) -> Pack:
    file = _PACKS.joinpath(*f"{name}.toml".split("/"))
    if not file.is_file():
        raise PackRefused(f"There is no pack named {name}.")
    pack = load_pack(file.read_bytes())
    if pack.identity.name != name:
        raise PackRefused(f"The file of {name} says that it is {pack.identity.name}.")
    return pack


def _calendars(named: Iterable[str]) -> Iterable[Holidays]:
    """Read the calendars of these names, once each; a missing one is reported by `_check_names`."""
    for name in dict.fromkeys(named):
        file = _CALENDARS / f"{name}.toml"
        if file.is_file():
            calendar = _load_calendar(file.read_bytes())
            if calendar.name != name:
                raise PackRefused(
                    f"The file of the calendar {name} says that it is {calendar.name}."
                )
            yield calendar


@lru_cache(maxsize=64)
def _load_calendar(data: bytes) -> Holidays:
    return _from_toml(data, _CALENDAR)


def _names(folder: Traversable, under: str = "") -> Iterable[str]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _names(entry, f"{entry.name}/")
        elif entry.name.endswith(".toml") and entry.name != _TEMPLATE:
            yield under + entry.name.removesuffix(".toml")
