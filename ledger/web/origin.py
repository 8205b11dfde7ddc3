"""Whether a request was made by this program's own pages (T-56); asked before who makes it.

Browsers say where a request comes from (`Sec-Fetch-Site`, `Origin`). What changes something must
come from here, or from a program that is no browser, brings no cookie and sends no form.
"""

from __future__ import annotations

import hmac

from starlette.requests import Request

from ledger.web.failures import ForeignRequest
from ledger.web.visit import Visit

OF_FORMS = frozenset({"", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
"""The types of what any page may have a browser send anywhere (Fetch, §2.2.2), and none."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def check_host(visit: Visit) -> None:
    """See that the request was meant for this program: names of others may point here too.

    Raises:
        ForeignRequest: it names another host.
    """
    host = visit.request.headers.get("host", "")
    if not any(origin.partition("://")[2] == host for origin in visit.site.origins):
        raise ForeignRequest


def check_origin(visit: Visit) -> None:
    """See that what changes something comes from a page of ours.

    Raises:
        ForeignRequest: it does not, or does not say.
    """
    request = visit.request
    if request.method in SAFE:
        return
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if origin is None and site is None and not request.cookies and _is_a_programs(request):
        return
    # A form of a page that sends no referrer, as ours, names no origin: `null` (Fetch §3.2). What
    # the browser then says of the site no page can write.
    is_ours = origin in visit.site.origins or (origin == "null" and site == "same-origin")
    if not is_ours or site not in (None, "same-origin"):
        raise ForeignRequest


def _is_a_programs(request: Request) -> bool:
    """Whether no page of another site can have made a request, not even in a browser too old to say
    where it comes from: such a page sends neither another type than forms have, nor a token.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return "authorization" in request.headers or kind not in OF_FORMS


def check_form(visit: Visit) -> None:
    """See that a form of somebody who is signed in carries their session's word.

    Raises:
        ForeignRequest: it does not.
    """
    if visit.request.method in SAFE:
        return
    who = visit.signed_in
    if who is None:
        return
    given = visit.request.headers.get("x-csrf") or visit.form.text("csrf") or ""
    if not hmac.compare_digest(given.encode(), who.csrf.encode()):
        raise ForeignRequest
