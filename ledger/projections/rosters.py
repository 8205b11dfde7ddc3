"""Who knows of a sealed matter, and who of them is named to the agency that asks. Pure.

Cites: 18 U.S.C. 2709(c)(2): (A) whom one may tell, (C) that they are told of the duty, (D) whom the
agency hears of; DESIGN §4.7.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from ledger.domain.case import Case
from ledger.domain.events import CaseKeptSealed, IntakeSaved, ToldGround
from ledger.domain.parts import Member

CLAUSES: dict[ToldGround, str] = {
    "needed-to-comply": "(i)",
    "attorney": "(ii)",
    "otherwise-permitted": "(iii)",
}
"""The clause of 18 U.S.C. 2709(c)(2)(A) under which somebody was told."""


class Line(Struct, frozen=True, kw_only=True):
    """One person: how they come to know, since when, until when they could open the matter, on
    which ground, and when they were told of the duty; None where that is not on record.
    """

    person: str
    how: str
    since: datetime
    until: datetime | None = None
    ground: ToldGround | None = None
    duty_notice_at: datetime | None = None
    task: str | None = None


def roster_lines(case: Case) -> tuple[Line, ...]:
    """Everybody who is on record as knowing, for those who may open the matter. Pure."""
    return (*_by_themselves(case), *(_told(case, member) for member in case.roster))


def agency_lines(case: Case, gag: str) -> tuple[Line, ...]:
    """The agency's copy: whom it is told of that asks who knows of its gag, and nothing else.

    No attorney is in it, nobody who was told of another gag, and nothing that was told besides;
    neither gap nor number shows that somebody was left out. Pure.
    """
    return tuple(
        Line(
            person=member.person,
            how="told",
            since=member.at,
            ground=member.ground,
            duty_notice_at=member.told_at,
        )
        for member in case.identified(gag)
    )


def _by_themselves(case: Case) -> Iterator[Line]:
    """Who knows without having been told: who took the visit, sealed the matter, or could read it
    while it stood open.
    """
    for recorded in map(case.shown, case.records):
        match recorded.event:
            case IntakeSaved():
                yield Line(
                    person=recorded.recorded_by, how="took the visit", since=recorded.recorded_at
                )
            case CaseKeptSealed() as sealing:
                by, at = recorded.recorded_by, recorded.recorded_at
                yield Line(person=by, how="sealed the matter", since=at)
                for person in sealing.exposed or ():
                    yield Line(person=person, how="could read it while open", since=at, until=at)
            case _:
                continue


def _told(case: Case, member: Member) -> Line:
    left = None if member.removed is None else case.record(member.removed)
    if member.ground is None:
        how = "let in by recovery"
    elif member.task is not None:
        how = "knows a task"
    else:
        how = "opens the matter" if member.opens else "was told of the duty"
    return Line(
        person=member.person,
        how=how,
        since=member.at,
        until=None if left is None else left.occurred_at,
        ground=member.ground,
        duty_notice_at=member.told_at,
        task=member.task,
    )
