"""Linking a PC to a branch: a code that was made at the command line is typed on it, once."""

from __future__ import annotations

from limits import RateLimitItemPerMinute
from starlette.responses import RedirectResponse, Response

from ledger.errors import BadRequest
from ledger.web.branches import COOKIE, LINK_SECONDS, link
from ledger.web.desk.visiting import DESK
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.visit import Visit

TRIES = RateLimitItemPerMinute(10, 5)
"""Ten codes in five minutes from one address; a code has 40 random bits and lives for ten."""
NO_CODE = "That code does not fit: it may be mistyped, used, or older than ten minutes."


def ask(visit: Visit) -> Response:
    """The page that asks for the code."""
    return render(visit, "desk/link.html")


def enter(visit: Visit) -> Response:
    """Link the PC. Raises: BadRequest; TooMany."""
    peer = visit.request.client
    visit.site.limits.check(TRIES, "link", peer.host if peer else "")
    code = visit.form.text("code") or ""
    token = link(visit.site.home_path, code, visit.site.clock())
    if token is None:
        raise BadRequest(NO_CODE)
    answer = RedirectResponse("/desk", 303)
    answer.set_cookie(
        COOKIE, token, max_age=LINK_SECONDS, secure=True, httponly=True, samesite="strict"
    )
    return answer


DOORS = (
    Door("GET", "/desk/link", "look-around", ask, sides=DESK),
    Door("POST", "/desk/link", "look-around", enter, sides=DESK),
)
