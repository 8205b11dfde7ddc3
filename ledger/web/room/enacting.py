"""Putting a law in force in the room: what changes, what the law says of it, and then the record.

Nothing is recorded by asking. What is recorded is the difference that was shown: if another law
came into force meanwhile it is shown again.
"""

from __future__ import annotations

import os
from datetime import date

from starlette.responses import RedirectResponse, Response

from ledger.activating import activation
from ledger.domain.calendar import local_date
from ledger.domain.law.pack import names
from ledger.domain.office_events import PackActivated
from ledger.errors import BadRequest, LedgerError, NotPermitted
from ledger.register.acts import OFFICE, Act
from ledger.register.considering import consider
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.room.laws import law_named
from ledger.web.visit import Visit

CHANGED = "Another law came into force meanwhile. Nothing was recorded. Look again."
SHOWN = 30
"""So many changes stand on the page; the rest a link away."""


def ask(visit: Visit) -> Response:
    """Which law is to be in force, and who reviewed it as a lawyer."""
    return _page(visit, {})


def send(visit: Visit) -> Response:
    """Show what changes and what the law says of it, or record what was shown.

    Raises: as `Register.handle`.
    """
    sent, site = visit.form, visit.site
    given = {name: sent.text(name) or "" for name in ("pack", "reviewed_by", "reviewed_on")}
    view, keyring = site.register.office(), visit.person.keyring
    try:
        law = law_named(visit, given["pack"])
        fields = activation(
            site.home, view.law, law, given["reviewed_by"], _day(given["reviewed_on"])
        )
        number = bytes.fromhex(sent.text("command_id") or os.urandom(16).hex())
        act = Act(PackActivated.COMMAND, fields, OFFICE, command_id=number)
        # Under its digest, where the rule reads it to compare; a law that is kept is not in force.
        site.home.keep_law(law)
        found = consider(site.home, view, None, keyring, act, site.clock())
    except (BadRequest, NotPermitted, ValueError) as error:
        said = str(error) if isinstance(error, LedgerError) else "The form lost its number."
        return _page(visit, {**given, "said": said}, status=400)
    shown = {**given, "found": found, "changes": fields["difference"]}
    if sent.text("step") != "record" or found.against:
        return _page(visit, {**shown, "before": view.law.digest().hex()})
    if sent.text("before") != view.law.digest().hex():
        return _page(
            visit, {**shown, "before": view.law.digest().hex(), "said": CHANGED}, status=409
        )
    visit.act(act, expected=view.version)
    return RedirectResponse("/law", 303)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest("Say on which day it was reviewed.") from None


def _page(visit: Visit, told: dict[str, object], *, status: int = 200) -> Response:
    today = local_date(visit.site.clock(), visit.site.home.config.zone)
    empty = {"pack": "", "reviewed_by": "", "reviewed_on": "", "found": None, "said": None}
    known = {"packs": names(), "today": today, "changes": (), "before": "", "most": SHOWN}
    return render(visit, "room/enact.html", {**empty, **known, **told}, status=status)


DOORS = (
    Door("GET", "/law/activate", "decide", ask, sides=frozenset({"room"})),
    Door("POST", "/law/activate", "decide", send, sides=frozenset({"room"})),
)
