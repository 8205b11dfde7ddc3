"""Checking: every stored row is derived again from the records, and the first difference named.

Rows are derived as of the position up to which their view has read, so it does not matter whether
somebody caught up meanwhile; nothing is written. Digests that anybody could make anew guard the
lines of progress against a cell that was altered alone; rows need none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from ledger.domain.law.deadlines import Reading
from ledger.domain.office import replay_office
from ledger.errors import Unavailable
from ledger.evidence import jcs
from ledger.projections.definitions import OFFICE, Definition
from ledger.projections.definitions.definition import read, subject_of
from ledger.projections.runner import is_old
from ledger.projections.source import Source
from ledger.stores.projected import Progress, Projected

NO_FIELD = ""
_RUN_FIRST = "The projection {name} waits to be made anew. Run: projection run"
_WORDS = {
    "missing": "is missing",
    "extra": "follows from no record",
    "altered": "says otherwise than the records",
    "spelling": "is not in its one spelling",
    "progress": "does not hold together: how far it has read was altered",
    "unknown": "is none that this program makes",
    "state": "does not stand in the state that was signed",
    "unfinished": "was left by somebody who did not finish making it anew",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not what follows: in which view, under which key, and how it differs.

    `field` is the field of the row, empty where the whole row differs.
    """

    view: str
    key: str
    what: str
    field: str = NO_FIELD

    @property
    def sentence(self) -> str:
        """The difference in words; it quotes no content."""
        place = f"{self.view}, row {self.key}" if self.key else self.view
        field = f", field {self.field}" if self.field else ""
        return f"{place}{field}: {_WORDS[self.what]}."


def first_difference(
    source: Source, projected: Projected, definitions: Sequence[Definition]
) -> Difference | None:
    """The first row of these definitions that is not what follows from the records.

    Raises:
        Unavailable: one was never made, or waits to be made anew; the store cannot be read.
        EvidenceCorrupt: a record cannot be read.
    """
    return next(_differences(source, projected, definitions), None)


def _differences(
    source: Source, projected: Projected, definitions: Sequence[Definition]
) -> Iterator[Difference]:
    progress = projected.progress()
    for one in definitions:
        if one.tag in progress and progress[one.tag].is_altered:
            yield Difference(one.tag, "", "progress")
    yield from _strangers(projected, definitions)
    at = {one: progress.get(one.tag, Progress(one.tag)) for one in definitions}
    for position in sorted({line.position or 0 for line in at.values()}):
        group = [one for one, line in at.items() if (line.position or 0) == position]
        yield from _of_group(source, projected, {one: at[one] for one in group}, position)


def _strangers(projected: Projected, definitions: Sequence[Definition]) -> Iterator[Difference]:
    """Rows of views that nobody makes, and rows beside the others that nobody made an end of."""
    names = {one.name for one in definitions}
    tags = {one.tag for one in definitions}
    for view in projected.views():
        is_asked = view.partition(".")[0] in names or len(definitions) > 1
        if is_asked and view not in tags:
            yield Difference(view, "", "unknown")
        if view in tags:
            left = projected.rows(view, "rebuilding")
            yield from (Difference(view, key, "unfinished") for key, _ in left)


def _of_group(
    source: Source, projected: Projected, at: Mapping[Definition, Progress], position: int
) -> Iterator[Difference]:
    """Compare definitions that have come equally far, subject by subject."""
    reading = reading_at(source, position)
    for one, line in at.items():
        if is_old(one, line, reading):
            raise Unavailable(_RUN_FIRST.format(name=one.name))
    count = dict.fromkeys(at, 0)
    for subject in source.subjects():
        asked = [one for one in at if one.is_of(subject)]
        told = source.told(subject, reading, position) if asked else None
        tags = [one.tag for one in asked]
        stored = projected.of_subject(subject, tags) if asked else {}
        for one in asked:
            expected = {} if told is None else one.spelt(told)
            count[one] += len(expected)
            yield from compare(one.tag, expected, stored.get(one.tag, {}))
    for one in at:
        yield from _of_nothing(source, projected, one, count[one])


def reading_at(source: Source, position: int) -> Reading:
    """How cases were read when the office had come to a position."""
    reading = source.records.reading()
    told = source.told(OFFICE, reading, position)
    office = replay_office(() if told is None else told.records)
    return Reading(reading.law_of, reading.zone, office.closed_on)


def _of_nothing(
    source: Source, projected: Projected, definition: Definition, count: int
) -> Iterator[Difference]:
    """Rows under keys of no subject that there ever was."""
    if sum(1 for _ in projected.rows(definition.tag)) == count:
        return
    rows = projected.rows(definition.tag)
    for subject, found in groupby(rows, lambda row: subject_of(row[0])):
        is_known = subject == OFFICE if definition.subject == "office" else source.knows(subject)
        if not is_known:
            yield from (Difference(definition.tag, key, "extra") for key, _ in found)


def compare(
    view: str, expected: Mapping[str, str], stored: Mapping[str, str]
) -> Iterator[Difference]:
    """Every difference between rows that follow and rows that are there, in the order of keys."""
    for key in sorted(expected.keys() | stored.keys()):
        if key not in stored:
            yield Difference(view, key, "missing")
        elif key not in expected:
            yield Difference(view, key, "extra")
        elif stored[key] != expected[key]:
            yield _altered(view, key, expected[key], stored[key])


def _altered(view: str, key: str, expected: str, stored: str) -> Difference:
    try:
        ours, theirs = read(expected), read(stored)
    except (ValueError, RecursionError):
        return Difference(view, key, "altered")
    for field in sorted(ours.keys() | theirs.keys()):
        if field not in ours or field not in theirs or not _same(ours[field], theirs[field]):
            return Difference(view, key, "altered", field)
    return Difference(view, key, "spelling")


def _same(one: jcs.Json, other: jcs.Json) -> bool:
    """Whether two values are spelt alike; in Python 1 equals True and 1.0."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
