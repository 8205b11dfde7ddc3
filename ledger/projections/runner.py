"""The runner: stored rows catch up with the open store, page by page, and are made anew.

    page of the store ─► subjects that changed ─► each read once ─► rows of every definition ─┐
                          rows and progress of all of them, in one transaction  ◄─────────────┘

A definition that fails, or meets a record that cannot be read, stops before that record and says
so; it never skips, and the others go on. Whoever runs again goes on where it stopped. A definition
that was changed, or whose rows depend on closures that are others now, is made anew, subject by
subject and beside its old rows. Rebuilding gives the same rows as catching up (tested).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256

from ledger.domain.law.deadlines import Reading
from ledger.errors import AppendConflict, EvidenceCorrupt, Unavailable
from ledger.evidence.grammar import format_instant
from ledger.projections.definitions import DEFINITIONS, Definition, Row
from ledger.projections.definitions.definition import read
from ledger.projections.source import Source
from ledger.stores.projected import Progress, Projected, Step, Stopped

PAGE = 500
BATCH = 2_000
"""How many rows are written at once where all are made anew."""

Failed = tuple[int, str]
"""Before which position a definition stopped, and the kind of the error."""

_STOPPED = "The projection {name} has stopped. Look: projection status; then: projection run"
_CORRUPT = "A record of an open case cannot be read. Stop writing and call counsel."
_NOT_MADE = "Another program makes the projection {name} anew. Try again."
_TO_REBUILD = "How far the projection {name} has read was altered. Run: projection rebuild {name}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one definition has come; `behind` is how many positions follow."""

    definition: Definition
    progress: Progress
    behind: int


class Runner:
    """Keeps the stored rows of one ledger up to date."""

    def __init__(
        self,
        source: Source,
        projected: Projected,
        clock: Callable[[], datetime],
        definitions: Sequence[Definition] = DEFINITIONS,
    ) -> None:
        """`clock` gives the instant, in UTC, that is noted where a definition stops."""
        self._source = source
        self._projected = projected
        self._clock = clock
        self._definitions = definitions

    # ---- catching up ----

    def catch_up(self) -> int:
        """Project whatever is new; gives the number of records read.

        Raises:
            EvidenceCorrupt: the office cannot be read, or a line of progress was altered.
            Unavailable: the store cannot be read or written now.
        """
        reading = self._source.records.reading()
        known = self._projected.progress()
        at = {one: known.get(one.tag, Progress(one.tag)) for one in self._definitions}
        for one in at:
            if at[one].is_altered:
                raise EvidenceCorrupt(_TO_REBUILD.format(name=one.name))
        old = [one for one in at if is_old(one, at[one], reading)]
        if old:
            self.rebuild(old)
            known = self._projected.progress()
        left, count = list(self._definitions), 0
        while left and (many := self._page(left, known, reading)):
            count += many
            known = self._projected.progress()
        return count

    def _page(self, left: list[Definition], known: Mapping[str, Progress], reading: Reading) -> int:
        """Project one page for those that have read the least, by the progress of all that is
        `known`; who fails is taken out of `left`.
        """
        # Who is not made yet, or was made anew by somebody who knows of other closures, waits.
        at = {one: known[one.tag] for one in left if one.tag in known}
        left[:] = [one for one in at if not is_old(one, at[one], reading)]
        least = min((at[one].position or 0 for one in left), default=0)
        group = {one: at[one] for one in left if at[one].position == least}
        page = self._source.store.page(least, PAGE) if group else ()
        if not page:
            return 0
        positions = [position for position, _ in page]
        made, failed = self._made(group, self._source.changed(page), reading, positions[-1])
        steps = [
            Step(before, _moved(before, positions, failed.get(one), self._clock), made[one])
            for one, before in group.items()
        ]
        left[:] = [one for one in left if one not in failed]
        with suppress(AppendConflict):
            # Where another runner was faster, it did this page, and we go on where it came.
            self._projected.apply([one for one in steps if one.before != one.after])
        return len(page)

    def _made(
        self,
        group: Iterable[Definition],
        changed: Mapping[str, int],
        reading: Reading,
        upto: int,
    ) -> tuple[dict[Definition, dict[str, str | None]], dict[Definition, Failed]]:
        """What changes in the rows of each definition, and which of them fail."""
        made: dict[Definition, dict[str, str | None]] = {one: {} for one in group}
        failed: dict[Definition, Failed] = {}
        for subject, position in changed.items():
            asked = [one for one in made if one not in failed and one.is_of(subject)]
            rows, wrong = self._rows(asked, subject, reading, upto)
            failed |= {one: (position, kind) for one, kind in wrong.items()}
            tags = [one.tag for one in rows]
            old = self._projected.of_subject(subject, tags) if rows else {}
            for one, new in rows.items():
                made[one] |= _changes(old.get(one.tag, {}), new)
        return made, failed

    def _rows(
        self, asked: Sequence[Definition], subject: str, reading: Reading, upto: int
    ) -> tuple[dict[Definition, Mapping[str, str]], dict[Definition, str]]:
        """The rows of a subject, which is read once, and the kinds of the errors that came up."""
        if not asked:
            return {}, {}
        try:
            told = self._source.told(subject, reading, upto)
        except Unavailable:
            raise
        except Exception as error:
            return {}, dict.fromkeys(asked, type(error).__name__)
        rows: dict[Definition, Mapping[str, str]] = {}
        wrong: dict[Definition, str] = {}
        for one in asked:
            try:
                rows[one] = {} if told is None else one.spelt(told)
            except Exception as error:
                wrong[one] = type(error).__name__
        return rows, wrong

    # ---- making anew ----

    def rebuild(self, definitions: Sequence[Definition]) -> None:
        """Make definitions anew, subject by subject; until that is done, their old rows are read.

        One that fails keeps its old rows and says where it stopped. One that somebody else begins
        to make anew meanwhile is left to them.

        Raises: as `catch_up`.
        """
        reading, upto = self._source.records.reading(), self._source.store.last_position()
        making = {one: self._projected.begin(one.tag) for one in definitions}
        rows: dict[Definition, dict[str, str]] = {one: {} for one in making}
        for subject in self._source.subjects():
            asked = [one for one in making if one.is_of(subject)]
            found, wrong = self._rows(asked, subject, reading, upto)
            for one, kind in wrong.items():
                self._stop(one, (self._source.first_position(subject), kind))
                del making[one], rows[one]
            for one, new in found.items():
                rows[one] |= new
            if sum(map(len, rows.values())) >= BATCH:
                self._write(making, rows)
        self._write(making, rows)
        for one, begun in making.items():
            after = replace(begun, position=upto, under=_under(one, reading), stopped=None)
            self._finish(one, begun, after)

    def _write(
        self, making: dict[Definition, Progress], rows: dict[Definition, dict[str, str]]
    ) -> None:
        for one, begun in tuple(making.items()):
            try:
                self._projected.build(begun, rows[one])
                rows[one] = {}
            except AppendConflict:
                # Somebody else has begun to make it anew.
                del making[one], rows[one]

    def _finish(self, definition: Definition, begun: Progress, after: Progress) -> None:
        others = [
            view
            for view in self._projected.views()
            if view != begun.view and view.startswith(f"{definition.name}.v")
        ]
        with suppress(AppendConflict):
            self._projected.finish(begun, after, others)

    def _stop(self, definition: Definition, failed: Failed) -> None:
        at = self.progress(definition)
        with suppress(AppendConflict):
            self._projected.apply([Step(at, _stopped(at, failed, self._clock), {})])

    # ---- reading ----

    def rows(self, definition: Definition) -> Iterator[Row]:
        """The rows of a definition, in the order of their keys.

        Raises:
            EvidenceCorrupt: it stopped at a record that cannot be read.
            Unavailable: it stopped, or is just being made for the first time.
        """
        self.check(definition)
        return (read(row) for _, row in self._projected.rows(definition.tag))

    def check(self, definition: Definition) -> None:
        """See that the rows of a definition can be relied on. Raises: as `rows`."""
        at = self.progress(definition)
        if at.stopped is not None:
            if at.stopped.kind == EvidenceCorrupt.__name__:
                raise EvidenceCorrupt(_CORRUPT)
            raise Unavailable(_STOPPED.format(name=definition.name))
        if at.position is None:
            raise Unavailable(_NOT_MADE.format(name=definition.name))

    def progress(self, definition: Definition) -> Progress:
        """How far a definition has come."""
        return self._progress((definition,))[definition]

    def status(self) -> tuple[Standing, ...]:
        """How far every definition has come."""
        found, last = self._progress(), self._source.store.last_position()
        return tuple(
            Standing(one, at, max(0, last - (at.position or 0))) for one, at in found.items()
        )

    def _progress(self, asked: Sequence[Definition] = ()) -> dict[Definition, Progress]:
        known = self._projected.progress()
        return {one: known.get(one.tag, Progress(one.tag)) for one in asked or self._definitions}


@lru_cache(maxsize=4)
def closures(closed_on: frozenset[date]) -> str:
    """A digest of the days on which the library is shut, which may move a date in any case."""
    days = "\n".join(sorted(str(day) for day in closed_on))
    return sha256(days.encode()).hexdigest()[:16]


def _under(definition: Definition, reading: Reading) -> str:
    return "" if definition.subject == "office" else closures(reading.closed_on)


def is_old(definition: Definition, at: Progress, reading: Reading) -> bool:
    """Whether rows were never made, or under other closures than those of today."""
    return at.position is None or at.under != _under(definition, reading)


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str | None]:
    gone: dict[str, str | None] = dict.fromkeys(key for key in old if key not in new)
    return gone | {key: row for key, row in new.items() if old.get(key) != row}


def _moved(
    at: Progress,
    positions: Sequence[int],
    failed: Failed | None,
    clock: Callable[[], datetime],
) -> Progress:
    """The progress after a page, or before the record at which it stopped."""
    if failed is None:
        return replace(at, position=positions[-1], stopped=None)
    done = [position for position in positions if position < failed[0]]
    return _stopped(replace(at, position=done[-1] if done else at.position), failed, clock)


def _stopped(at: Progress, failed: Failed, clock: Callable[[], datetime]) -> Progress:
    position, kind = failed
    known = at.stopped
    same = known is not None and (known.at, known.kind) == failed
    since = known.since if known is not None and same else format_instant(clock())
    return replace(at, stopped=Stopped(position, since, kind))
