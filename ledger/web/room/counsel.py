"""Counsel's room: what instruments lack, looks and broken glass, proof in plain words, attestation.

What is shown and recorded here is what the command line shows and records, by the same functions.
"""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

from starlette.responses import RedirectResponse, Response

from ledger.attesting import Attesting
from ledger.counted import counted
from ledger.domain.fields import parse_reference
from ledger.domain.office import Recorded
from ledger.domain.vault_events import GlassBroken, SealedLooked
from ledger.errors import BadRequest, NotPermitted
from ledger.export import export_ledger, export_openings
from ledger.home import Home
from ledger.projecting import definition_of
from ledger.projections.definitions import Row
from ledger.register.glass import answer, glass_of, reason_of
from ledger.register.looked import MORE_THAN_PLACES, looks_of, waiting_looks
from ledger.register.looking import ONLY_DESIGNEE
from ledger.verify import Report
from ledger.verify import verify as check
from ledger.web.addresses import case_path
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.room import cases
from ledger.web.room.gathering import Gathered
from ledger.web.room.wording import day, moment, plain
from ledger.web.site import Side
from ledger.web.visit import Visit

SEES = frozenset({"counsel", "custodian"})
LOOKED_BACK = timedelta(days=7)
CLOSED = (
    "of the log stay closed to you, so they cannot be accounted for. Whoever was counsel when they"
    " were made opens them. Nothing else is said against the log by that."
)
ROOM: frozenset[Side] = frozenset({"room"})
ELEMENTS = (
    ("judge_signed", "Signed by a judge"),
    ("issuer", "Who issued it"),
    ("finding", "What the judge found"),
    ("issued_on", "Issued on"),
    ("comply_by_on", "To be obeyed by"),
    ("execute_by_on", "To be carried out by"),
    ("categories", "What it asks for"),
    ("nondisclosure_clause", "Forbids to tell"),
    ("authenticity", "Is it genuine"),
    ("contested", "Contested"),
    ("void", "Void, because it"),
)
"""What is looked for in a paper, in the order of the check-list."""


def papers(visit: Visit) -> Response:
    """The check-list of every paper: what was seen in it, and what it lacks."""
    seen = Gathered(visit, visit.reader())
    rows = sorted(
        seen.rows(definition_of("instruments")), key=lambda row: row["received_at"], reverse=True
    )
    told = [
        {
            "reference": row["reference"],
            "path": case_path(visit, row["reference"]),
            "kind": plain(row["kind"]),
            "received": row["received_at"][:10],
            "checks": [(words, _seen(row, name)) for name, words in ELEMENTS],
            "defects": [plain(one) for one in row["defects"]],
            "flags": row["flags"],
        }
        for row in rows
    ]
    return render(visit, "room/papers.html", {"papers": told})


def _seen(row: Row, name: str) -> str:
    found = row[name]
    if found is None or found in ([], "unknown", "cannot-tell"):
        return "not known"
    if isinstance(found, bool):
        return "yes" if found else "no"
    if name.endswith("_on"):
        return day(date.fromisoformat(str(found)))
    return ", ".join(map(plain, found)) if isinstance(found, list) else plain(str(found))


# ---- looks, and glass ----


def looks(visit: Visit) -> Response:
    """Who looked among sealed matters in the last week, and who broke the glass ever.

    Raises: NotPermitted.
    """
    home = _vault_home(visit)
    if not SEES & visit.person.roles:
        raise NotPermitted("Only counsel and the custodian see who looked.")
    site, keyring = visit.site, visit.person.keyring
    site.register.looks(keyring, "review").record(())
    found = looks_of(home, site.register.custody, keyring, site.clock() - LOOKED_BACK)
    now = site.clock()
    broken = [
        {
            "person": one.record.recorded_by,
            "at": moment(one.record.recorded_at, home.zone),
            "due": moment(one.due_at, home.zone),
            "way": plain(one.event.way),
            "reason": one.event.reason,
            "shown": one.event.matters,
            "state": plain(one.state(now)),
            "by": None if one.answered is None else one.answered.recorded_by,
            "e": one.record.e,
            "may_answer": one.answered is None and one.record.recorded_by != visit.person.person,
        }
        for one in glass_of(home, site.register.custody, keyring)
    ]
    rows = [_look(home, one) for one in found if isinstance(one.event, SealedLooked | GlassBroken)]
    told: dict[str, object] = {"looks": rows[::-1], "broken": broken[::-1], "waiting": None}
    if waits := waiting_looks(home, site.register.custody, keyring):
        since = moment(waits.since, home.zone)
        told["waiting"] = MORE_THAN_PLACES.format(number=waits.number, since=since)
    return render(visit, "room/looks.html", told)


def _look(home: Home, one: Recorded) -> dict[str, object]:
    event = one.event
    return {
        "at": moment(one.recorded_at, home.zone),
        "person": one.recorded_by,
        "role": one.role,
        "reason": plain(event.reason) if isinstance(event, SealedLooked) else "broken glass",
        "shown": event.matters if isinstance(event, SealedLooked | GlassBroken) else (),
    }


def answer_look(visit: Visit) -> Response:
    """Answer for another person's look outside of their ordinary course.

    Raises:
        BadRequest: there is no such record among those that the visitor sees.
        NotPermitted: the visitor sees none.
    """
    home, sent = _vault_home(visit), visit.form
    if not SEES & visit.person.roles:
        raise NotPermitted("Only counsel and the custodian answer for who looked.")
    register, keyring, of = visit.site.register, visit.person.keyring, sent.text("of")
    seen = glass_of(home, register.custody, keyring)
    found = next((one for one in seen if one.record.e == of), None)
    if found is None:
        raise BadRequest("There is no such record among those that you see.")
    fields = {"outcome": sent.text("outcome"), "words": sent.text("words")}
    said = {name: text for name, text in fields.items() if text is not None}
    answer(register, keyring, found, said)
    return RedirectResponse("/looks", 303)


def ask_glass(visit: Visit) -> Response:
    """The form in which somebody says why they look outside of their ordinary course."""
    # FORMAT §1: then there is no role in which the reason could be signed (ADR 0016).
    says_no = ONLY_DESIGNEE if visit.person.roles == {"designee"} else None
    return render(visit, "room/glass.html", {"says_no": says_no})


def break_glass(visit: Visit) -> Response:
    """Show a visit that is not the visitor's to read now; the reason is recorded before.

    Raises: NotFound; BadRequest, without a reason.
    """
    exact = parse_reference(visit.form.text("reference") or "")
    if exact is None:
        raise BadRequest(cases.NO_REFERENCE)
    why = reason_of({"reason": visit.form.text("reason") or ""})
    reader = visit.reader(glass=why)
    view = cases.view_of(visit, reader, reader.case(exact))
    told = {**cases.told_of(visit, reader, view), "broke_glass": reader.broke_glass}
    return render(visit, "room/case.html", told)


# ---- proof ----


def ask_proof(visit: Visit) -> Response:
    """The page on which everything that may be shown is checked."""
    return render(visit, "room/verify.html", {"report": None, "attested": None, "said": None})


def verify(visit: Visit) -> Response:
    """Export what may be shown to everybody, and let the verifier judge it, now."""
    visit.reader()
    home = visit.site.home
    with tempfile.TemporaryDirectory(prefix="ledger-pack-") as scratch:
        target = Path(scratch) / "pack"
        export_ledger(home, target)
        report = check(target, _trust(home.path), replay=True)
    return render(visit, "room/verify.html", {**told_of(report), "attested": None, "said": None})


def verify_all(visit: Visit) -> Response:
    """The same with what counsel opens besides: then every entry of the log is accounted for.

    Where some entries stay closed to this person nothing is judged: the verifier would take each of
    them for one that nobody can account for. All that is opened counts as shown, as an export does.
    """
    home, reader = _vault_home(visit), visit.reader("export")
    reader.sealed_references()
    said, found = None, None
    with tempfile.TemporaryDirectory(prefix="ledger-pack-") as scratch:
        pack, openings = Path(scratch) / "pack", Path(scratch) / "openings"
        export_ledger(home, pack)
        opened = export_openings(home, reader, visit.person.keyring, pack, openings)
        if opened.closed:
            said = f"{counted(opened.closed, 'entry')} {CLOSED}"
        else:
            found = check(pack, _trust(home.path), openings=openings, replay=True)
    told = {"report": None} if found is None else told_of(found)
    return render(visit, "room/verify.html", {**told, "attested": None, "said": said})


def _trust(path: Path) -> bytes:
    try:
        return (path / "trust.json").read_bytes()
    except OSError as error:
        raise BadRequest("The trust file cannot be read.") from error


def told_of(report: Report) -> dict[str, object]:
    """A report of the verifier in the parts in which it tells itself."""
    return {
        "report": report,
        "checks": [(one.name, one.outcome.value, one.reason) for one in report.checks],
        "text": report.text().split("\n\n"),
    }


def attest(visit: Visit) -> Response:
    """Attest to the log for the last period that ended; counsel's act alone.

    Raises: as `Attesting.attest`.
    """
    home, keyring = _vault_home(visit), visit.person.keyring
    told: dict[str, object] = {"report": None, "attested": None, "said": None}
    try:
        done = Attesting(home, visit.site.register, keyring, visit.site.clock).attest()
    except BadRequest as error:
        return render(visit, "room/verify.html", {**told, "said": str(error)}, status=400)
    size = counted(done.size, "entry")
    told["attested"] = f"Attested: period {done.period}, a log of {size}."
    return render(visit, "room/verify.html", told)


def _vault_home(visit: Visit) -> Home:
    """The vault's side. Raises: NotPermitted, at the desk's program."""
    home = visit.site.home
    if not isinstance(home, Home):
        raise NotPermitted("That is done at the room’s address.")
    return home


DOORS = (
    Door("GET", "/papers", "read-cases", papers),
    Door("GET", "/looks", "read-looks", looks, sides=ROOM),
    Door("POST", "/looks", "read-looks", answer_look, sides=ROOM),
    Door("GET", "/glass", "read-cases", ask_glass, sides=ROOM),
    Door("POST", "/glass", "read-cases", break_glass, sides=ROOM),
    Door("GET", "/verify", "read-cases", ask_proof),
    Door("POST", "/verify", "read-cases", verify),
    Door("POST", "/verify/all", "advise", verify_all, sides=ROOM),
    Door("POST", "/attest", "advise", attest, sides=ROOM),
)
