"""The pages to which the types of problems lead: what went wrong, and what to do."""

from __future__ import annotations

from starlette.responses import Response

from ledger.errors import NotFound
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.problems import PROBLEMS
from ledger.web.visit import Visit

WHAT_TO_DO: dict[str, str] = {
    "sign-in-needed": "Sign in, then do it again. You may have been away for too long.",
    "not-signed-in": "Check the name and the passphrase. Who decides or advises signs in at the"
    " room’s address. After ten tries in five minutes you have to wait.",
    "token-refused": "The token was cut, is too old, or was made for another ledger; or it was sent"
    " to the room, which takes none. Ask the director or the custodian for a new one.",
    "foreign-request": "Open the page again and do it from there. A program that uses your session"
    " sends its word in X-CSRF.",
    "too-many": "Wait as long as Retry-After says, then go on more slowly.",
    "too-slow": "The line broke off or is very slow. Send it again, an act with the same"
    " Idempotency-Key.",
    "too-large": "Send less at once. Nothing was saved.",
    "not-done-here": "The address is right, but it does not take this. Allow names what it takes.",
    "not-found": "There is nothing there that is open to you. Check the reference.",
    "refused-by-law": "The law in force says no. Each provision that stands against the act is"
    " listed with its source. Nothing was saved. Ask counsel.",
    "not-permitted": "Somebody with another role does this. Ask the custodian.",
    "key-reused": "The Idempotency-Key was sent before with another act. Draw a new one.",
    "version-needed": "Look at the case first, and send its ETag in If-Match, so that you act on"
    " what you saw.",
    "version-moved": "Somebody acted in the case after you looked. Look at it again, then decide"
    " whether you still want to do this. Nothing was saved.",
    "changed-meanwhile": "Others kept writing at the same moment. Look again and repeat it, with"
    " the same Idempotency-Key.",
    "outcome-unknown": "Repeat it with the same Idempotency-Key: it is recorded once, whether or"
    " not it was recorded now.",
    "unavailable": "Something that the program needs does not answer. Nothing was acknowledged. Try"
    " again soon; if it stays so, call whoever runs the program.",
    "evidence-corrupt": "What is stored is not what was signed. Stop writing, and call counsel.",
    "bad-request": "What was sent does not fit. The sentence says what to mend. Nothing was saved.",
    "keys": "A passphrase or a key does not fit what it was tried on.",
    "failed": "It did not work. The sentence says why.",
}
_BY_NAME = {name: (status, title) for name, status, title in PROBLEMS.values()}


def problem(visit: Visit) -> Response:
    """What a kind of problem means. Raises: NotFound."""
    name = visit.request.path_params["name"]
    if name not in _BY_NAME:
        raise NotFound
    status, title = _BY_NAME[name]
    told = {"title": title, "status_code": status, "sentence": WHAT_TO_DO[name]}
    return render(visit, "problem.html", told)


DOORS = (Door("GET", "/help/problems/{name}", "look-around", problem),)
