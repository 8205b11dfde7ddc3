"""The transparency report in the room: its draft, what the law says of it, and publishing it once.

A draft is for who reads cases; everybody else reads what was published, when it was (the command
line's rule). What is published is the draft that was shown: a case may have changed it meanwhile.
"""

from __future__ import annotations

import json
from hashlib import sha256

from starlette.responses import RedirectResponse, Response

from ledger.domain.events import ReportPublished
from ledger.errors import BadRequest, NotPermitted
from ledger.register.acts import OFFICE, Act
from ledger.register.considering import Considered, consider
from ledger.register.exposure import READING_ROLES
from ledger.reporting import NO_DRAFT, draft, kept, publish, published
from ledger.web.doors import Door
from ledger.web.visit import Visit

CHANGED = "The figures changed since the draft was shown. Nothing was published. Look again."


def drafted(visit: Visit, period: str) -> dict[str, object]:
    """What the page of statistics tells of a period of which no published report was asked for."""
    site, service = visit.site, visit.site.register.reader(None)
    if not READING_ROLES & visit.standings:
        out = next((one for one in published(service) if one.period == period), None)
        if out is None:
            return {"said": NO_DRAFT}
        return {"report": json.loads(kept(site.home, service, out)), "is_draft": False}
    try:
        data = draft(site.home, service, period)
        digest = sha256(data).hexdigest()
        return {
            "report": json.loads(data),
            "digest": digest,
            "found": _considered(visit, period, digest),
        }
    except BadRequest as error:
        return {"said": str(error)}


def _considered(visit: Visit, period: str, digest: str) -> Considered | None:
    """What the law says of publishing it now; None for whom no role lets do it."""
    site, keyring = visit.site, visit.person.keyring
    act = Act(ReportPublished.COMMAND, {"period": period, "sha256": digest}, OFFICE)
    try:
        return consider(site.home, site.register.office(), None, keyring, act, site.clock())
    except NotPermitted:
        return None


def send_out(visit: Visit) -> Response:
    """Publish the draft that was shown.

    Raises:
        BadRequest: it is another one by now, or of no period.
        RequestRefused, NotPermitted: as for any act.
    """
    site, sent = visit.site, visit.form
    period, shown = sent.text("period") or "", sent.text("digest") or ""
    made = draft(site.home, site.register.reader(None), period)
    if sha256(made).hexdigest() != shown:
        raise BadRequest(CHANGED)
    done = publish(site.home, site.register, visit.person.keyring, period)
    return RedirectResponse(f"/statistics?period={done.period}&published=yes", 303)


DOORS = (Door("POST", "/statistics", "act", send_out),)
