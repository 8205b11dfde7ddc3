"""The checks: what one person sees of a case at a moment, compared with what the file says.

The views are those of every other door (`ledger.projections.definitions`, `ledger.domain.law`),
read with the person's own keyring. Everybody is asked to look among sealed matters too: whether
they find one is then up to their keys alone, and not to a door that was kind enough not to ask.
What a check shows of a sealed matter is a look, and recorded as at any other door.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never

import msgspec

from keys.keyring import Keyring
from ledger.domain.case import Case
from ledger.domain.law.deadlines import Reading, deadlines
from ledger.domain.law.flags import flags
from ledger.errors import NotFound
from ledger.home import Home
from ledger.projections.definitions import HISTORY, Told
from ledger.projections.rosters import agency_lines, roster_lines
from ledger.register.handle import Register
from ledger.register.intake import new_reference
from ledger.register.reading import CaseFile
from ledger.scenario.file import DeadlineRow, HistoryRow, Row, Then, matched
from ledger.scenario.glass import about
from ledger.scenario.logkeys import Copy, judged
from ledger.scenario.report import listed

NOTHING = "nothing: no such case is open to this person"


@dataclass(frozen=True, slots=True)
class Look:
    """One person's look into the ledger; `cases`, `records` and `copies` are known by the file's
    local names.
    """

    home: Home
    register: Register
    keyring: Keyring
    cases: Mapping[str, str]
    records: Mapping[str, str]
    copies: dict[str, Copy]
    clock: Callable[[], datetime]

    def differs(self, then: Then) -> tuple[str, str] | None:
        """Give what was expected and what is seen, in words, where the two differ."""
        if then.absent:
            return self._present(then)
        rows = matched(then, self.records)
        try:
            seen = self._seen(then)
        except NotFound:
            return described(rows), NOTHING
        if fits(then, rows, seen):
            return None
        return f"{_how(then)} {described(rows)}", described(seen, rows)

    def flags(self, name: str) -> frozenset[str] | None:
        """The names of the flags of a case; None when it is not open to this person."""
        try:
            return self._flags(name)
        except NotFound:
            return None

    def _flags(self, name: str | None) -> frozenset[str]:
        return frozenset(flag.name for flag in flags(self._case(name), self._reading))

    def cases_seen(self) -> tuple[str, ...]:
        """The local names of the cases of this file that the person sees."""
        reader = self.register.reader(self.keyring, vault=True)
        sealed = reader.sealed_references()
        for reference in sealed:
            self._record(reader.case(reference))
        seen = {*sealed, *(label for label, _ in self.home.open.labels())}
        return tuple(name for name, reference in self.cases.items() if reference in seen)

    def _seen(self, then: Then) -> Sequence[object]:
        match then.view:
            case "cases":
                return self.cases_seen()
            case "state":
                return (self._case(then.case).state,)
            case "history":
                return self._history(then.case)
            case "deadlines":
                return deadlines(self._case(then.case), self._reading)
            case "flags":
                return sorted(self._flags(then.case))
            case "audience":
                return self._case(then.case).audience
            case "roster":
                return [f"{one.person}: {one.how}" for one in roster_lines(self._case(then.case))]
            case "glass":
                now = self.clock()
                custody, reference = self.register.custody, self.cases[then.case or ""]
                broken = about(self.home, custody, self.keyring, reference)
                return [f"{one.record.recorded_by}: {one.state(now)}" for one in broken]
            case "agency-copy":
                return self._agency_copy(self._case(then.case))
            case "log":
                return judged(self.home, then, self.copies, self.clock())
            case _:
                assert_never(then.view)

    def _history(self, name: str | None) -> Sequence[object]:
        told = Told(self.cases[name or ""], self._case(name).records, self._reading)
        return tuple(HISTORY.rows(told).values())

    def _agency_copy(self, case: Case) -> Sequence[str]:
        """Whom the agency is told of that asks who knows of the first gag of a case."""
        asked = [one.ref for one in case.gags[:1]]
        return [f"{one.person}: {one.ground}" for gag in asked for one in agency_lines(case, gag)]

    def _present(self, then: Then) -> tuple[str, str] | None:
        """Absent is: answered in every way as a reference that never was."""
        name = then.case or ""
        if name in self.cases_seen():
            return "no such case", f"{name} in the list of cases"
        never = new_reference()
        for vault in (False, True):
            sealed = self._answer(self.cases[name], vault=vault)
            if sealed is None:
                return "no such case", f"{name}, open to this person"
            if sealed != self._answer(never, vault=vault):
                return "the answer for a case that never was", sealed
        return None

    def _answer(self, reference: str, *, vault: bool) -> str | None:
        """How a case is not found, kind of error and sentence; None when it is found."""
        try:
            self.register.reader(self.keyring, vault=vault).case(reference)
        except NotFound as error:
            return f"{type(error).__name__}: {error}"
        return None

    def _case(self, name: str | None) -> Case:
        file = self.register.reader(self.keyring, vault=True).case(self.cases[name or ""])
        self._record(file)
        return file.case

    def _record(self, file: CaseFile) -> None:
        if file.sealed:
            self.register.looks(self.keyring, "review").at(file)

    @property
    def _reading(self) -> Reading:
        return self.register.reader(self.keyring, vault=True).reading()


def fits(then: Then, rows: Sequence[Row], seen: Sequence[object]) -> bool:
    """Whether what is seen is what was expected.

    Histories and deadlines have an order; flags, cases, audiences and rosters are sets.
    """
    if then.contains is not None:
        return all(any(_fits(row, one) for one in seen) for row in rows)
    if then.view in ("flags", "cases", "audience", "roster", "agency-copy", "glass", "log"):
        return set(rows) == set(seen)
    return len(rows) == len(seen) and all(map(_fits, rows, seen))


def _fits(row: Row, seen: object) -> bool:
    if isinstance(row, str):
        return row == (seen["type"] if isinstance(seen, dict) else seen)
    return all(_equal(wanted, _value(seen, key)) for key, wanted in _given(row).items())


def _equal(wanted: object, got: object) -> bool:
    if isinstance(wanted, dict) and isinstance(got, dict):
        return all(_equal(item, got.get(key)) for key, item in wanted.items())
    return _plain(wanted) == _plain(got)


def _plain(value: object) -> object:
    """Bring instants, days and lists into the one form in which both sides are compared."""
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
    plain: object = msgspec.to_builtins(value)
    return list(plain) if isinstance(plain, tuple) else plain


def _given(row: Row) -> dict[str, object]:
    """The keys that a row of the file gives, with what it says of them."""
    keys = () if isinstance(row, str) else row.__struct_fields__
    values = {key: getattr(row, key) for key in keys}
    return {key: value for key, value in values.items() if value is not msgspec.UNSET}


def _value(seen: object, key: str) -> object:
    return seen.get(key) if isinstance(seen, dict) else getattr(seen, key)


def _how(then: Then) -> str:
    return "at least" if then.contains is not None else "exactly"


def described(rows: Sequence[object], asked: Sequence[Row] = ()) -> str:
    """Write rows for a person; of a full row, only the keys that were asked for."""
    keys: dict[str, dict[str, None]] = {}
    for key, value in (given for row in asked for given in _given(row).items()):
        keys.setdefault(key, {}).update(dict.fromkeys(value if isinstance(value, dict) else ()))
    return listed(_described(row, keys) for row in rows)


def _described(row: object, keys: Mapping[str, Mapping[str, None]]) -> str:
    if isinstance(row, str):
        return row
    if isinstance(row, HistoryRow | DeadlineRow):
        return " ".join(_pair(key, value) for key, value in _given(row).items())
    # A row of a view is told by its name first, then by what was asked of it.
    name = "type" if isinstance(row, dict) else "rule"
    told = [_pair(key, _value(row, key), keys[key]) for key in keys if key != name]
    return " ".join([str(_value(row, name)), *told])


def _pair(key: str, value: object, inner: Iterable[str] = ()) -> str:
    if isinstance(value, dict):
        fields = {field: value.get(field) for field in (inner or value)}
        return " ".join(_pair(f"{key}.{field}", item) for field, item in fields.items())
    return f"{key}={_plain(value)}"
