"""Commands about the law that this program knows: what a deadline comes to, and why.

Like those of `lawbook`, but for putting a law in force, they need no ledger and no key: they read
the packs, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from difflib import get_close_matches
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from cyclopts import App, Parameter

from ledger.cli.app import session
from ledger.cli.lawbook import activate, diff, meant_by, read_law, show
from ledger.domain.law.pack import Law
from ledger.domain.law.provisions import DeadlineRule
from ledger.domain.law.reckoning import NoLimit, Reckoning, reckon
from ledger.errors import BadRequest

law = App(name="law", help="The law as this program knows it, with source and confidence.")
law.command(show)
law.command(diff)
law.command(activate)
law.command(
    "ledger.cli.lawcover:coverage",
    name="coverage",
    help="Show what the program does for each sentence of the policies.",
)
law.command(
    "ledger.cli.whatif:case_under",
    name="what-if",
    help="Show what would be different in a case under another law; nothing is recorded.",
)

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?")
_SHAPE = "Write it as 2026-06-19T21:30:00-06:00, or a day alone as 2026-06-19."


@law.command
def deadline(
    pack: str,
    rule: str | None = None,
    *,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    zone: str | None = None,
    with_: Annotated[
        tuple[str, ...], Parameter(name="--with", consume_multiple=1, negative="")
    ] = (),
) -> int:
    """Reckon one deadline, with its sources and what moved it; without RULE list what there is.
    This is no legal advice.

    Parameters
    ----------
    pack
        The law of whom: us, us-co, us-mo/jcl; or a file of a law.
    rule
        The deadline: preservation, subpoena-objection
    from_
        When it began: 2026-06-19T21:30:00-06:00, or a day where no hours are counted.
    zone
        Whose days count: America/Denver; without it the day as it is written.
    with_
        A date that limits too: compliance=2026-11-20
    """
    found = read_law(pack)
    if rule is None:
        return _list(found)
    if from_ is None:
        raise BadRequest(f"Say from when it runs, with --from. {_SHAPE}")
    start, name = _start(from_, zone)
    on = start.date() if isinstance(start, datetime) else start
    wanted = _rule(found, rule, on)
    given = _given(wanted, with_)
    try:
        reckoning = reckon(found, wanted, start, on=on, given=given)
    except NoLimit:
        raise BadRequest(f"{_takes(wanted)} Give one with --with.") from None
    except OverflowError:
        raise BadRequest("This would end after the last year of the calendar, 9999.") from None
    except ValueError:
        raise BadRequest(f"{rule} counts hours, and {from_} is no instant. {_SHAPE}") from None
    answer = _answer(found, reckoning)
    answer |= {"from": from_, "from_on": str(on), "zone": name, "with": _dates(given)}
    session().answer(answer, _lines(reckoning, answer))
    return 0


# --- What was asked for ------------------------------------------------------------------------


def _rule(under: Law, id: str, on: date) -> DeadlineRule:
    found = under.find_deadline(id, on)
    if found is None:
        there = [row.id for row in under.deadlines_on(on)]
        meant = meant_by(get_close_matches(id, there, n=1))
        raise BadRequest(
            f"On {on} {under.name} has no deadline {id}.{meant} It has: {', '.join(there)}."
        )
    return found


def _list(under: Law) -> int:
    """Say which deadlines a law has now, and from what each runs."""
    rows = under.deadlines_on(None)
    data = [
        {"rule": row.id, "measured_from": row.measured_from, "sentence": row.sentence}
        for row in rows
    ]
    lines = [f"{row.id}, from {row.measured_from}\n  {row.sentence}" for row in rows]
    session().answer({"pack": under.name, "deadlines": data}, lines)
    return 0


def _start(text: str, zone: str | None) -> tuple[date, str]:
    """Read when it began, as an instant in the zone whose days count, or as a local day."""
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text), zone_named(zone).key if zone is not None else "local"
        if not _INSTANT.fullmatch(text):
            raise ValueError
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{text} is no day and no instant. {_SHAPE}") from None
    if at.tzinfo is None and zone is None:
        raise BadRequest(f"{text} has no zone, so nobody knows its day. {_SHAPE}")
    if at.tzinfo is None and zone is not None:
        at = _on_the_wall(at, zone_named(zone))
    if zone is None:
        return at, "UTC" if text.endswith("Z") else text[-len("+00:00") :]
    try:
        return at.astimezone(zone_named(zone)), zone
    except OverflowError:
        raise BadRequest(f"{text} lies outside the calendar of {zone}.") from None


def _on_the_wall(at: datetime, zone: ZoneInfo) -> datetime:
    """Give the moment at which clocks there showed this. Raises: BadRequest where none did, or
    where they did twice.
    """
    first, second = (at.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise BadRequest(f"Clocks in {zone.key} changed at {at}: give the offset too. {_SHAPE}")
    return first


def zone_named(name: str) -> ZoneInfo:
    """Give a zone by its name. Raises: BadRequest, naming those that are meant most likely."""
    there = available_timezones()
    if name in there:
        return ZoneInfo(name)
    near = get_close_matches(name, sorted(there), n=4, cutoff=0.5)
    usual = ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"]
    raise BadRequest(
        f"There is no zone {name}. There are, for example: {', '.join(near or usual)}."
    )


def _given(rule: DeadlineRule, pairs: Iterable[str]) -> dict[str, date]:
    given: dict[str, date] = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        if name not in rule.earlier_of:
            raise BadRequest(f"{rule.id} takes no date of {name}. {_takes(rule)}")
        if name in given:
            raise BadRequest(f"The date of {name} is given twice.")
        try:
            given[name] = date.fromisoformat(text if _DATE.fullmatch(text) else "")
        except ValueError:
            raise BadRequest(f"{pair} names no date. Write {name}=2026-11-20.") from None
    return given


def _takes(rule: DeadlineRule) -> str:
    if not rule.earlier_of:
        return "It takes no date but the one from which it runs."
    return f"{rule.id} takes: {', '.join(f'{name}=DATE' for name in rule.earlier_of)}."


# --- What is answered --------------------------------------------------------------------------


def _answer(under: Law, found: Reckoning) -> dict[str, object]:
    rule = found.rule
    return {
        "pack": under.name,
        "law": under.digest().hex(),
        "rule": rule.id,
        "rule_version": f"{rule.layer}@{under.version_of(rule)}",
        "sentence": rule.sentence,
        "note": rule.note,
        "kind": rule.kind,
        "measured_from": rule.measured_from,
        "ends": rule.ends,
        "direction": rule.direction,
        "unit": found.unit,
        "values": [
            {
                "id": value.id,
                "value": value.number,
                "unit": value.unit,
                "citation": value.citation,
                "confidence": value.confidence,
            }
            for value in found.values
        ],
        "cites": list(found.cites),
        "source_type": rule.source,
        "confidence": found.confidence,
        "nominal": found.nominal.isoformat(),
        "rolled": found.rolled.isoformat(),
        "effective": found.effective.isoformat(),
        "why": list(found.why),
    }


def _dates(given: dict[str, date]) -> dict[str, str]:
    return {name: str(on) for name, on in given.items()}


def _lines(found: Reckoning, answer: dict[str, object]) -> list[str]:
    rule = found.rule
    counted = " + ".join(f"{value.number} {value.unit.replace('_', ' ')}" for value in found.values)
    return [
        f"{answer['effective']}  {rule.id} ({rule.kind}), {answer['pack']}",
        f"  {rule.sentence}",
        *([f"  Counted: {counted} from {rule.measured_from}."] if counted else []),
        f"  Nominal {answer['nominal']}, rolled {answer['rolled']}.",
        *(f"  {sentence}" for sentence in found.why),
        *(f"  {cite}" for cite in found.cites),
        f"  Source: {rule.source.replace('_', ' ')}. Confidence: {found.confidence}.",
        *([f"  {rule.note}"] if rule.note else []),
    ]
