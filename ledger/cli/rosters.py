"""Who knows of a sealed matter: for its roster, and as the agency's copy. It can be printed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from cyclopts import Parameter

from ledger.cli.app import session
from ledger.domain.case import Case
from ledger.domain.office import Office
from ledger.errors import BadRequest
from ledger.projections.rosters import CLAUSES, Line, agency_lines, roster_lines
from ledger.register.reading import CaseFile
from ledger.register.roster import COUNSEL, without

AGENCY = "Persons to whom the disclosure was made (18 U.S.C. 2709(c)(2)(D))"


def roster(
    ref: str,
    *,
    agency: Annotated[bool, Parameter(negative="")] = False,
    gag: str | None = None,
) -> int:
    """Show who knows of a sealed matter: on which ground, since when, and told of the duty when.

    Parameters
    ----------
    ref
        The matter's reference.
    agency
        The copy for the agency that asks; it names no attorney. Record what you gave with
        `record-roster-given`.
    gag
        The record of the gag that the agency asks about, where the matter has more than one.
    """
    s = session()
    file = s.reader().case(ref)
    answer: dict[str, object]
    if agency:
        asked = _gag(file.case, gag)
        shown = agency_lines(file.case, asked)
        answer, heading = {"gag": asked}, [AGENCY, ""]
    else:
        shown = roster_lines(file.case)
        counsel = _by_office(s.register.office().office, file)
        answer = {"reference": file.reference, "by_office": counsel}
        heading = [f"{file.reference}: who knows of it", ""]
        heading += [f"{one}  opens the matter by office, as counsel" for one in counsel]
    s.answer(
        {**answer, "roster": msgspec.to_builtins(shown)},
        [*heading, *(_line(one, agency=agency) for one in shown)],
    )
    return 0


def _by_office(office: Office, file: CaseFile) -> list[str]:
    """Counsel who opens a sealed matter, and was not told of it by anybody."""
    if not file.sealed:
        return []
    others = without(office.holders(COUNSEL), file.whole, office)
    return [one for one in others if one not in file.case.audience]


def _gag(case: Case, named: str | None) -> str:
    known = [one.ref for one in case.gags]
    if named is None and len(known) == 1:
        return known[0]
    if named is None or named not in known:
        raise BadRequest("Name the gag that the agency asks about: --gag RECORD.")
    return named


def _line(one: Line, *, agency: bool) -> str:
    ground = "" if one.ground is None else f"  {CLAUSES[one.ground]} {one.ground}"
    told = f"  told of the duty {_moment(one.duty_notice_at)}"
    if agency:
        return f"{one.person}{ground}{told}"
    until = "" if one.until is None else f" until {_moment(one.until)}"
    task = "" if one.task is None else f"  task {one.task}"
    return f"{one.person}  {one.how} since {_moment(one.since)}{until}{ground}{told}{task}"


def _moment(at: datetime | None) -> str:
    return "not on record" if at is None else at.isoformat().replace("+00:00", "Z")
