"""Pages aside from cases: the standard answer, tasks, the board's page."""

from __future__ import annotations

import os
from typing import get_args

from starlette.responses import RedirectResponse, Response

from ledger.domain.events import PriorDisclosureQueryAnswered, TaskReported
from ledger.domain.fields import Mode
from ledger.errors import BadRequest, NotFound
from ledger.register.acts import Act
from ledger.register.querying import answer_query, wording
from ledger.verify import verify as check
from ledger.vocabulary import schema
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.room.wording import moment, plain
from ledger.web.visit import Visit

ASKERS = tuple(schema(PriorDisclosureQueryAnswered)["properties"]["asker"]["enum"])
OUTCOMES = tuple(schema(TaskReported)["properties"]["outcome"]["enum"])
MODES: tuple[str, ...] = get_args(Mode)


# ---- the one answer ----


def query(visit: Visit) -> Response:
    """The words for everybody who asks whether a record was disclosed."""
    return _query(visit, saved=False)


def save_query(visit: Visit) -> Response:
    """Record that somebody asked and was told the words. Nothing is looked up, and the page that
    follows is the same whoever asked.

    Raises: as `answer_query`.
    """
    site, sent = visit.site, visit.form
    said = wording(site.home, site.register.office(), site.clock())
    fields = {name: sent.text(name) for name in ("asker", "mode", "query")}
    given = {name: text for name, text in fields.items() if text is not None}
    answer_query(site.register, visit.person.keyring, said, given)
    return _query(visit, saved=True)


def _query(visit: Visit, *, saved: bool) -> Response:
    site = visit.site
    said = wording(site.home, site.register.office(), site.clock())
    choices = {
        "askers": [(one, plain(one)) for one in ASKERS],
        "modes": [(one, plain(one)) for one in MODES],
    }
    return render(visit, "room/query.html", {"said": said, "saved": saved, **choices})


# ---- tasks ----


def tasks(visit: Visit) -> Response:
    """The tasks that the person was given, and those that they gave."""
    reader = visit.site.register.looking(visit.person.keyring, "duty", vault=True)
    found = [reader.case(one).case.task for one in reader.sealed_references()]
    rows = [
        {
            "event": one.event,
            "handle": visit.site.sessions.handles.of(visit.person.person, one.event.reference),
            "state": plain("ended" if one.ended else one.reported or "given"),
            "is_mine": one.event.person == visit.person.person and not one.ended,
        }
        for one in found
        if one is not None
    ]
    outcomes = [(one, plain(one)) for one in OUTCOMES]
    return render(visit, "room/tasks.html", {"tasks": rows, "outcomes": outcomes})


def report_task(visit: Visit) -> Response:
    """Say what became of a task. Raises: NotFound; as `Register.handle`."""
    sent, keyring = visit.form, visit.person.keyring
    handles = visit.site.sessions.handles
    reference = handles.reference(visit.person.person, sent.text("task") or "")
    if reference is None:
        raise NotFound
    said = {name: sent.text(name) for name in ("outcome", "words")}
    fields = {name: text for name, text in said.items() if text is not None}
    act = Act("report-task", fields, reference, command_id=_command_id(visit))
    visit.site.register.handle(keyring, act, vault=True)
    return RedirectResponse("/tasks", 303)


# ---- the board ----


def board(visit: Visit) -> Response:
    """For the board: whether the log is whole and on time. Nothing of any case."""
    return _board(visit, checked=False)


def check_log(visit: Visit) -> Response:
    """The same, with the published log checked now by the verifier."""
    return _board(visit, checked=True)


def _board(visit: Visit, *, checked: bool) -> Response:
    home, now = visit.site.home, visit.site.clock()
    newest, built = home.newest_checkpoint(), home.logbook.last_tick()
    due = home.schedule.due(built + 1)
    report = None
    if checked:
        try:
            trust = (home.path / "trust.json").read_bytes()
        except OSError as error:
            raise BadRequest("The trust file cannot be read.") from error
        report = check(home.log_directory, trust)
    told = {
        "origin": home.origin,
        "fingerprint": home.fingerprint,
        "size": 0 if newest is None else newest.size,
        "tick": built,
        "next": moment(due, home.zone),
        "is_late": now > due,
        "report": report,
    }
    return render(visit, "room/board.html", told)


def _command_id(visit: Visit) -> bytes:
    try:
        found = bytes.fromhex(visit.form.text("command_id") or "")
    except ValueError:
        found = b""
    return found if len(found) == 16 else os.urandom(16)


DOORS = (
    Door("GET", "/query", "act", query),
    Door("POST", "/query", "act", save_query),
    Door("GET", "/tasks", "read-tasks", tasks, sides=frozenset({"room"})),
    Door("POST", "/tasks", "read-tasks", report_task, sides=frozenset({"room"})),
    Door("GET", "/board", "read-statistics", board),
    Door("POST", "/board", "read-statistics", check_log),
)
