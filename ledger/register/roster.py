"""The roster: who should be able to open a sealed matter, by its records and the office now. Pure.

    who sealed it, the custodian, who was added and who was let in by recovery, and counsel
    of a task: its person, those who could open its matter as it was given, and the custodian

Counsel is in by their office, from the first record of everything that is sealed: they triage
nothing, and attest to all of it. Left out are: who was removed; who is recused; and the custodian
and the directors where a visit was logged as "not to the director".

Whoever is recused sees nothing of the matter by their own word, by counsel's, or once two others
said so, of whom one may decide. A colleague's word alone ends deciding and not seeing: else one
person could take a matter from its custodian (ADR 0016).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from keys.secrets import AUDIENCE
from ledger.domain.case import Case
from ledger.domain.events import (
    AudienceMemberRemoved,
    CaseKeptSealed,
    Event,
    IntakeSaved,
    RecusalRecorded,
    TaskGiven,
)
from ledger.domain.office import Office
from ledger.errors import BadRequest

COUNSEL = "counsel"
FULL = "All seven places of this matter's audience are taken, with those of counsel."
DECIDING = frozenset({"custodian", "director", "designee", "counsel"})


def sealed_reference(first: Event) -> str | None:
    """The reference of the matter whose sealed stream begins with this event, if one does."""
    match first:
        case TaskGiven():
            return first.reference
        case CaseKeptSealed() | AudienceMemberRemoved() | RecusalRecorded():
            return first.reference
        case _:
            return None


def matter_begun(first: Event) -> str | None:
    """The reference of the matter whose stream, or waiting visit, begins with this event; a drill
    is no visit.
    """
    if isinstance(first, IntakeSaved):
        return None if first.drill else first.about
    return sealed_reference(first)


def kept_from(case: Case, office: Office) -> frozenset[str]:
    """Those from whom a visit of the case was kept, or a task: "not to the director"."""
    if not _is_not_to_director(case):
        return frozenset()
    return frozenset({*custodian_of(office), *office.holders("director")})


def is_apart(case: Case, office: Office) -> bool:
    """Whether the custodian of the day has no part in a matter, and so does not hear of it."""
    return _is_not_to_director(case) or office.custodian in case.removed | recused(case)


def _is_not_to_director(case: Case) -> bool:
    saved = (one.event for one in case.records if isinstance(one.event, IntakeSaved | TaskGiven))
    return any(one.not_to_director for one in saved)


def recused(case: Case) -> frozenset[str]:
    """Those who see nothing of the matter, because it is their own."""
    said = _said(case)
    return frozenset(one for one in said if _shuts_out(one, said[one]))


def recuses(case: Case, event: RecusalRecorded, recorded_by: str, role: str) -> bool:
    """Whether a recusal that is about to be recorded ends what the person sees."""
    return _shuts_out(event.person, {**_said(case).get(event.person, {}), recorded_by: role})


def _said(case: Case) -> dict[str, dict[str, str]]:
    """Who is recused by whose word, and in which role that was said."""
    said: dict[str, dict[str, str]] = {}
    for one in case.records:
        if isinstance(one.event, RecusalRecorded):
            said.setdefault(one.event.person, {})[one.recorded_by] = one.role
    return said


def _shuts_out(person: str, said: Mapping[str, str]) -> bool:
    roles = {*said.values()}
    return person in said or COUNSEL in roles or (len(said) > 1 and bool(DECIDING & roles))


def roster(case: Case, office: Office) -> tuple[str, ...]:
    """Everybody who should be able to open a sealed matter now, by their names."""
    sealers = [r.recorded_by for r in case.records if isinstance(r.event, CaseKeptSealed)]
    given = () if case.task is None else (case.task.event.person, *case.task.event.readers)
    # A task does not say who was recused in its matter: whoever keeps that names its counsel.
    by_office = () if case.task is not None else office.holders(COUNSEL)
    people = [*given, *sealers, *custodian_of(office), *case.audience, *by_office]
    return without(people, case, office)


def without(people: Iterable[str], case: Case, office: Office) -> tuple[str, ...]:
    """People, each once, but for those who were removed from a matter or have no part in it."""
    out = case.removed | recused(case) | kept_from(case, office)
    return tuple(one for one in dict.fromkeys(people) if one not in out)


def seats(office: Office, people: Iterable[str]) -> dict[str, str]:
    """The readers of a stream: these people and recovery, each with the key (`Office.readers`).

    Raises:
        BadRequest: they are more than the places.
    """
    keys = office.signing_keys(dict.fromkeys(people))
    if len(keys) > AUDIENCE:
        raise BadRequest(FULL)
    return office.readers(keys)


def fitting(office: Office, people: Iterable[str]) -> dict[str, str]:
    """As `seats`, where nothing may be refused: whoever comes last goes without a place."""
    return office.readers([*office.signing_keys(dict.fromkeys(people))][:AUDIENCE])


def custodian_of(office: Office) -> tuple[str, ...]:
    """The custodian, if there is one."""
    return () if office.custodian is None else (office.custodian,)
