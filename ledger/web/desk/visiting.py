"""The desk page: one page on which a visit is logged, and the page that answers a save."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from starlette.responses import Response

from keys.errors import KeysError
from ledger.domain.fields import parse_reference
from ledger.errors import LedgerError, Unavailable
from ledger.evidence.grammar import format_instant
from ledger.register.intake import receivers
from ledger.web.desk.saving import Saved, local_text, save
from ledger.web.desk.script import ladder, script_of
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.problems import answer_failure
from ledger.web.site import Side
from ledger.web.visit import Visit

DESK: frozenset[Side] = frozenset({"desk"})
PRESENTED = (
    ("nothing", "Nothing on paper"),
    ("search-warrant", "A paper like picture A"),
    ("administrative-warrant", "A paper like picture B"),
    ("other-investigatory-document", "Another paper"),
    ("not-sure", "Not sure"),
)
"""The five choices, each with what it is called: what is seen, and nothing concluded."""
SEEN = (("yes", "Yes"), ("no", "No"), ("cannot-tell", "Can’t tell"))
MODES = (
    ("in-person", "In person"),
    ("telephone", "By telephone"),
    ("mail", "By letter"),
    ("e-mail", "By e-mail"),
)
AGENCIES = (
    ("city", "City"),
    ("county", "County"),
    ("state", "State"),
    ("federal", "Federal"),
    ("unknown", "I don’t know"),
)
RUNGS = {"director": "Director", "deputy": "Stands in", "counsel": "Counsel"}
BY_SCRIPT = "x-desk"
"""The header by which the page's script asks: it wants a sentence, and no page."""


def desk(visit: Visit) -> Response:
    """The desk page. The time is taken now."""
    return _page(visit)


def drill(visit: Visit) -> Response:
    """The same page, for practice."""
    return _page(visit, is_drill=True)


def more(visit: Visit) -> Response:
    """The desk page for what is added to a visit; its reference stands in no address."""
    about = parse_reference(visit.form.text("about") or "")
    return _page(visit, about=about, is_drill=visit.form.text("drill") is not None)


def keep(visit: Visit) -> Response:
    """Save, and answer with the page that says what happens next."""
    return answered(visit, lambda: saved_page(visit, save(visit)))


def answered(visit: Visit, work: Callable[[], Response]) -> Response:
    """Do what was asked; the page's script is answered with a problem where it did not work, so
    that it can keep the text where it was written.
    """
    if BY_SCRIPT not in visit.request.headers:
        return work()
    try:
        work()
    except (LedgerError, KeysError) as error:
        return answer_failure(visit, error, "data")
    return Response(status_code=204)


def saved_page(visit: Visit, saved: Saved, lines: tuple[Mapping[str, str], ...] = ()) -> Response:
    """The page after a save: the reference, who has it, what may be said; made to be printed."""
    site, fields = visit.site, saved.act.fields
    zone = site.home.zone
    office = site.register.office().office
    apart = bool(fields.get("not_to_director"))
    try:
        has_it = receivers(office, without_director=apart)
    except Unavailable:  # who received it left the office since
        has_it = ()
    shown = {
        "reference": saved.receipt.case,
        "is_drill": saved.is_drill,
        "at": None if saved.act.occurred_at is None else told_time(visit, saved.act.occurred_at),
        "written_at": told_time(visit, site.clock()),
        "fields": fields,
        "has_it": has_it,
        "lines": lines,
        "script": script_of(visit),
        "choices": dict((*PRESENTED, *SEEN, *MODES, *AGENCIES)),
        "zone": str(zone),
        "branch": saved.act.branch,
    }
    return render(visit, "desk/saved.html", shown)


def told_time(visit: Visit, at: datetime) -> str:
    """An instant in the library's zone, as people write it."""
    return at.astimezone(visit.site.home.zone).strftime("%Y-%m-%d %H:%M:%S")


def common(visit: Visit, **more: object) -> dict[str, object]:
    """What each form of the desk knows: when it was opened, the words, whom to call."""
    site = visit.site
    now = site.clock()
    office = site.register.office().office
    return {
        "opened": format_instant(now),
        "at": local_text(now, site.home.zone),
        "zone": str(site.home.zone),
        "script": script_of(visit),
        "ladder": ladder(office, visit.desk_settings),
        "rungs": RUNGS,
        "can_save": site.desk is not None or visit.signed_in is not None,
        "branch": None if visit.branch is None else visit.branch.name,
        "is_drill": False,
        "about": None,
        **more,
    }


def _page(visit: Visit, **more: object) -> Response:
    choices = {"presented": PRESENTED, "seen": SEEN, "modes": MODES, "agencies": AGENCIES}
    return render(visit, "desk/desk.html", common(visit, **choices, **more))


DOORS = (
    Door("GET", "/desk", "log-visit", desk, sides=DESK),
    Door("POST", "/desk", "log-visit", keep, sides=DESK),
    Door("GET", "/desk/drill", "log-visit", drill, sides=DESK),
    Door("POST", "/desk/more", "log-visit", more, sides=DESK),
)
