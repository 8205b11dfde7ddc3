"""Machines at the door: a bearer token, and the one standing that it gives (threats T-40).

Only the desk's program knows tokens: it has no vault, so no token is of use to open one.
"""

from __future__ import annotations

from limits import RateLimitItemPerMinute

from ledger.tokens import Tokens
from ledger.web.failures import TokenRefused
from ledger.web.visit import Visit

FROM_ADDRESS = RateLimitItemPerMinute(600)
"""Requests with a token in one minute from one address, counted before the token is looked for."""
BY_TOKEN = RateLimitItemPerMinute(120)
"""Requests in one minute with one token."""


def bear(visit: Visit) -> None:
    """Let a request that bears a token stand for what the token is for.

    Raises:
        TokenRefused: it bears something else, or a token that is not good, or not here.
        TooMany: it comes too often.
    """
    if "authorization" not in visit.request.headers:
        return
    peer = visit.request.client
    visit.site.limits.check(FROM_ADDRESS, "token-from", peer.host if peer else "")
    visit.site.limits.check(BY_TOKEN, "token", bear_on(visit))


def bear_on(visit: Visit) -> str:
    """As `bear`, for a request that was let in before and goes on; gives the token's name, or
    nothing where there is none. Raises: TokenRefused.
    """
    given = visit.request.headers.get("authorization")
    if given is None:
        return ""
    kind, _, token = given.partition(" ")
    if kind.lower() != "bearer" or visit.site.side != "desk":
        raise TokenRefused
    found = Tokens(visit.site.home, visit.site.clock).find(token.strip())
    if found is None:
        raise TokenRefused
    visit.extra |= {found.scope.removesuffix(":read")}
    return found.name
