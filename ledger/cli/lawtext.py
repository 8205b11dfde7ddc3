"""A law as text of a hundred columns: what a lawyer reads beside the statute.

Each row is an entry: citation and standing, the sentence, and what the program takes from it. What
nobody confirmed carries a question mark in the margin and the word UNVERIFIED; what is partly
confirmed a tilde. Law as a policy quotes it stands beside the law as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import zip_longest
from textwrap import wrap

from ledger.counted import counted
from ledger.domain.calendar import Holidays
from ledger.domain.law.difference import Change, Part
from ledger.domain.law.pack import Identity, Law
from ledger.domain.law.provisions import (
    Basis,
    DeadlineRule,
    Provision,
    Quotation,
    TimeProvision,
    Value,
)
from ledger.domain.law.resolved import AnyRow, governing
from ledger.domain.law.shown import KINDS, shown_rows

WIDTH = 100
_COLUMN = 46
_MARKS = {"verified": " ", "partly": "~", "unverified": "?"}
_STANDING = {"verified": "verified", "partly": "partly verified", "unverified": "UNVERIFIED"}
_LEGEND = (
    "In the margin: ? nobody has confirmed this; ~ partly confirmed. This is engineering research,"
    " not legal advice."
)


def law_lines(law: Law, on: date | None) -> list[str]:
    """Write a whole law."""
    day = "with the days in force where they are known" if on is None else f"as on {on}"
    lines = [f"THE LAW OF {law.name}, {day}", f"digest {law.digest().hex()}", *wrapped(_LEGEND)]
    rows = shown_rows(law, on)
    for layer in reversed(law.layers):
        own = [(holds, row) for _, holds, row in rows if row.layer == layer.name]
        lines += ["", *_layer_lines(layer, on)]
        for holds, row in own:
            lines += ["", *_entry(law, row, holds)]
    lines += ["", *(line for one in law.calendars for line in _calendar_lines(one))]
    return lines


def change_lines(before: Law, after: Law, changes: Sequence[Change]) -> list[str]:
    """Write the difference of two laws."""
    if not changes:
        return [f"{before.name} and {after.name} say the same."]
    counts = [f"{sum(c.what == what for c in changes)} {what}" for what in _WHATS]
    lines = [f"From {before.name} to {after.name}: {', '.join(counts)}", *wrapped(_LEGEND)]
    for change in changes:
        lines += ["", f"{_WHATS[change.what]} {change.kind} {change.id}"]
        for word, law, parts in (
            ("before:", before, change.before),
            ("after:", after, change.after),
        ):
            for part in parts:
                lines += wrapped(f"{word:<8}{_part_text(law, part)}", 4, hang=12)
    return lines


_WHATS = {"added": "+", "removed": "-", "changed": "*"}


# --- One layer, one row ------------------------------------------------------------------------


def _layer_lines(layer: Identity, on: date | None) -> list[str]:
    since = f", in force from {layer.effective_from}" if layer.effective_from else ""
    until = f", until {layer.effective_to}" if layer.effective_to else ""
    reviewed = (
        f"Reviewed by {layer.reviewed_by} on {layer.reviewed_on}." if layer.reviewed_by else None
    )
    lines = ["=" * WIDTH, *wrapped(layer.title)]
    lines.append(f"{layer.name}, version {layer.version}{since}{until}")
    bodies = f"For: {layer.institution_type}" if layer.institution_type else None
    zone = f"Zone: {layer.zone}" if layer.zone else None
    first, last = layer.effective_from or date.min, layer.effective_to or date.max
    outside = f"NOT IN FORCE ON {on}; below is what gives no day from which it holds."
    within = on is None or first <= on <= last
    for text in (None if within else outside, bodies, zone, reviewed, layer.note):
        lines += wrapped(text) if text else []
    return [*lines, "=" * WIDTH]


def _entry(law: Law, row: AnyRow, holds: bool) -> list[str]:
    standing = _standing(row)
    head = f"{_MARKS[row.confidence]} {row.citation}"
    gap = WIDTH - len(head) - len(standing)
    lines = (
        [f"{head}{' ' * gap}{standing}"] if gap >= 2 else [*wrapped(head), f"{standing:>{WIDTH}}"]
    )
    if isinstance(row, Quotation):
        lines += _side_by_side(row)
    else:
        lines += wrapped(row.sentence, 4)
    listed = f" [{', '.join(row.requirements)}]" if row.requirements else ""
    lines += wrapped(f"{KINDS[type(row)]} {row.id}: {_taken(law, row)}{listed}", 6, hang=8)
    for text in _remarks(law, row, holds):
        lines += wrapped(text, 6, hang=8)
    return lines


def _side_by_side(row: Quotation) -> list[str]:
    """Law as the policy quotes it, left; as it is, right."""
    left = [
        *_column(f"AS QUOTED, {row.standing.upper()}:"),
        *_column(row.wording),
        *_column(f"({row.quoted_in}; {row.vintage})"),
    ]
    right = [*_column("AS IT STANDS:"), *_column(row.sentence)]
    return [
        f"    {one:<{_COLUMN}} | {other}".rstrip()
        for one, other in zip_longest(left, right, fillvalue="")
    ]


def _remarks(law: Law, row: AnyRow, holds: bool) -> Iterator[str]:
    if isinstance(row, Basis) and row.beyond_statute:
        yield "BEYOND THE STATUTE: permitted by local policy, no statutory exception found."
    if row.overridden_by is not None:
        yield f"Laid over by {row.overridden_by}."
    elif not holds:
        yield "Not in force any more, or not the wording in force."
    if isinstance(row, DeadlineRule) and (unsure := _unsure(law, row)):
        yield f"Rests on what nobody has confirmed: {', '.join(unsure)}."
    if holds:
        rows = (*law.values, *law.all_bases, *law.time_rules, *law.all_deadlines)
        for one in rows:
            if type(one) is type(row) and one.id == row.id and one.overridden_by is not None:
                yield f"Lies over {one.layer}: {_taken(law, one)} ({one.citation})."
    if row.effective_from or row.effective_to:
        since = f" from {row.effective_from}" if row.effective_from else ""
        until = f" until {row.effective_to}" if row.effective_to else ""
        yield f"In force{since}{until}."
    if row.last_checked:
        yield f"Read in the text as of {row.last_checked}."
    if row.note:
        yield f"Note: {row.note}"


def _calendar_lines(calendar: Holidays) -> list[str]:
    head = f"Calendar {calendar.name}, version {calendar.version}: {calendar.title}"
    lines = [*wrapped(f"{head} ({calendar.citation})")]
    unsure = [day.name for day in calendar.days if day.confidence != "verified"]
    if unsure:
        lines += wrapped(f"? Not fully confirmed: {', '.join(unsure)}", 2, hang=4)
    return lines


# --- In a few words ----------------------------------------------------------------------------


def _standing(row: Provision) -> str:
    return f"{row.source.replace('_', ' ')}, {_STANDING[row.confidence]}"


def _taken(law: Law, row: AnyRow) -> str:
    """What the program takes from a row."""
    match row:
        case Value():
            since = f", from {row.measured_from}" if row.measured_from else ""
            return f"{_value(row)}{since}"
        case Basis():
            return _basis(row)
        case TimeProvision():
            days = row.short_period_days
            short = f", and skips them in periods under {counted(days, 'day')}" if days else ""
            off = ", ".join(row.rolls_off) or "nothing"
            return f"rolls off {off}{short}; calendar {row.calendar}"
        case DeadlineRule():
            return _deadline(law, row)
        case Quotation():
            return f"about {row.concerns}"


def _value(row: Value) -> str:
    if isinstance(row.value, bool):
        return "yes" if row.value else "no"
    if isinstance(row.value, tuple):
        return ", ".join(row.value) or "none"
    if isinstance(row.value, str):
        return row.value
    unit = "" if row.unit == "count" else f" {row.unit.replace('_', ' ')}"
    return f"{row.value}{unit.removesuffix('s') if row.value == 1 else unit}"


_WILL = {
    "request": "the user's own request",
    "consent": "the user's own request, or a consent of the user in any form",
    "written-consent": "the user's own request, or a written consent of the user",
}


def _basis(row: Basis) -> str:
    papers = " or ".join(row.instruments) or "no paper asked for"
    will = f", but {_WILL[row.will]}" if row.will else ""
    word = ", on the custodian's word, which says why" if row.rests_on == "custodians-word" else ""
    issuer = f", issued by {row.issuer_required}" if row.issuer_required else ""
    finding = f", finding {' or '.join(row.finding_required)}" if row.finding_required else ""
    scope = f"; scope: {row.scope}" if row.scope else ""
    whom = f"; for {' or '.join(row.requesters)}" if row.requesters else ""
    restates = f"; restates {row.counterpart}" if row.counterpart else ""
    return f"{row.effect}; {papers}{will}{word}{issuer}{finding}{whom}{scope}{restates}"


_ENDS = {
    "through": "to the end of the last day",
    "before": "before the last day",
    "after": "once the last day has ended",
    "whole-days": "the first and the last day left out",
}


def _deadline(law: Law, row: DeadlineRule) -> str:
    values = [governing(law.values, id, None) for id in row.counts]
    counted = " + ".join(_value(value) for value in values if value) or "a date that is given"
    rule = row.time_rule or row.calendar or "the library's calendar"
    face = f"; or the {' or '.join(row.earlier_of)} date, if earlier" if row.earlier_of else ""
    if not row.counts:
        return f"{row.kind}: the {' or '.join(row.earlier_of)} date"
    return f"{row.kind}: {counted} from {row.measured_from} by {rule}, {_ENDS[row.ends]}{face}"


def _unsure(law: Law, row: DeadlineRule) -> list[str]:
    values = [governing(law.values, id, None) for id in row.counts]
    rule = governing(law.time_rules, row.time_rule or "", None)
    return [one.id for one in (*values, rule) if one and one.confidence == "unverified"]


def _part_text(law: Law, part: Part) -> str:
    match part:
        case int():
            return f"version {part}"
        case Identity():
            return f"version {part.version}: {part.title}"
        case Holidays():
            return f"version {part.version}: {part.title}"
        case _:
            return f"{_taken(law, part)} ({part.citation}; {_standing(part)})"


# --- Lines -------------------------------------------------------------------------------------


def wrapped(text: str, indent: int = 0, hang: int | None = None) -> list[str]:
    """Break a text into lines of `WIDTH` columns; those after the first stand in by `hang`."""
    return wrap(
        text,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent if hang is None else hang),
        break_on_hyphens=False,
    )


def _column(text: str) -> Iterable[str]:
    return wrap(text, _COLUMN, break_on_hyphens=False)
