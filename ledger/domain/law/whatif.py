"""What would be different in a case if another law had held. A view, and never more than that.

The law at the act governs (DESIGN §7): nothing here changes what was decided. Both sides are
derived alike, from the same records, so that what is told is the law's doing alone. Who may act is
asked of the office as it stands now, on both sides; what changed there meanwhile tells nothing.

Pure. The command line may import this module.
"""

from collections.abc import Iterator
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.context import Broken
from ledger.domain.decide import against
from ledger.domain.events import Decision
from ledger.domain.evolve import evolve
from ledger.domain.law.deadlines import Deadline, Reading, deadlines
from ledger.domain.law.flags import Flag, flags
from ledger.domain.law.pack import Law
from ledger.domain.office import Office


class Judged(Struct, frozen=True, kw_only=True):
    """A decision of which the two laws think differently: what stands against it under the other
    law and did not then, and what stood against it then and would not.
    """

    ref: str
    type: str
    against: tuple[Broken, ...]
    no_longer: tuple[Broken, ...]


class Moved(Struct, frozen=True, kw_only=True):
    """A deadline that one law has and the other has not, or has at another date."""

    rule: str
    trigger: str
    then: Deadline | None
    under_other: Deadline | None


class WhatIf(Struct, frozen=True, kw_only=True):
    """All that would be different, in the order of the records and of the dates."""

    decisions: tuple[Judged, ...]
    flags_gone: tuple[Flag, ...]
    flags_new: tuple[Flag, ...]
    deadlines: tuple[Moved, ...]


def what_if(case: Case, other: Law, reading: Reading, office: Office) -> WhatIf:
    """Compare a case under the laws that its records pin with the same under another law. Pure.

    Raises:
        NoSuchRule: this program lacks a rule that a pinned law asks for.
    """
    other_reading = replace(reading, law_of=lambda _digest: other)
    was, would_be = flags(case, reading), flags(case, other_reading)
    return WhatIf(
        decisions=tuple(_judged(case, office, reading, other_reading)),
        flags_gone=tuple(one for one in was if _name(one) not in map(_name, would_be)),
        flags_new=tuple(one for one in would_be if _name(one) not in map(_name, was)),
        deadlines=tuple(_moved(deadlines(case, reading), deadlines(case, other_reading))),
    )


def _judged(case: Case, office: Office, reading: Reading, other: Reading) -> Iterator[Judged]:
    before = Case()
    for recorded in case.records:
        if isinstance(recorded.event, Decision):
            then = against(before, recorded, office, reading.law_of, reading.zone)
            under_other = against(before, recorded, office, other.law_of, other.zone)
            new, gone = _without(under_other, then), _without(then, under_other)
            if new or gone:
                yield Judged(ref=recorded.ref, type=recorded.type, against=new, no_longer=gone)
        before = evolve(before, recorded)


def _without(some: tuple[Broken, ...], others: tuple[Broken, ...]) -> tuple[Broken, ...]:
    rules = {one.rule for one in others}
    return tuple(one for one in some if one.rule not in rules)


def _moved(was: tuple[Deadline, ...], would_be: tuple[Deadline, ...]) -> Iterator[Moved]:
    old, new = {one.id: one for one in was}, {one.id: one for one in would_be}
    for id in dict.fromkeys([*old, *new]):
        then, under_other = old.get(id), new.get(id)
        one = then or under_other
        if one is not None and _dates(then) != _dates(under_other):
            yield Moved(rule=one.rule, trigger=one.trigger, then=then, under_other=under_other)


def _name(flag: Flag) -> tuple[str, str]:
    return flag.name, flag.ref


def _dates(row: Deadline | None) -> tuple[date, date, date] | None:
    return None if row is None else (row.nominal_on, row.rolled_on, row.effective_on)
