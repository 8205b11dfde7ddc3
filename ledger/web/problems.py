"""Failures as the web tells them: a problem of RFC 9457 for programs, a page for people.

Each problem's type is an address of this program at which a person finds it explained.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

import msgspec
from starlette.responses import Response

from keys.errors import KeysError
from ledger import errors
from ledger.outcomes import failure_of
from ledger.web import failures
from ledger.web.doors import Kind
from ledger.web.pages import render
from ledger.web.visit import Visit

PROBLEMS: dict[type[Exception], tuple[str, int, str]] = {
    failures.SignInNeeded: ("sign-in-needed", 401, "Sign in first"),
    failures.NotSignedIn: ("not-signed-in", 401, "Nobody was let in"),
    failures.TokenRefused: ("token-refused", 401, "That token opens nothing"),
    failures.VersionNeeded: ("version-needed", 428, "Say which version you saw"),
    failures.ForeignRequest: ("foreign-request", 403, "Not from our pages"),
    failures.TooMany: ("too-many", 429, "Too many tries"),
    failures.TooLarge: ("too-large", 413, "Too large"),
    failures.TooSlow: ("too-slow", 408, "Too slow"),
    failures.NotDoneHere: ("not-done-here", 405, "Not done here"),
    errors.NotFound: ("not-found", 404, "Nothing there"),
    errors.RequestRefused: ("refused-by-law", 403, "The law in force says no"),
    errors.NotPermitted: ("not-permitted", 403, "Not for your role"),
    errors.CommandReused: ("key-reused", 422, "This key was used for something else"),
    errors.VersionMoved: ("version-moved", 412, "The case went on since you looked"),
    errors.AppendConflict: ("changed-meanwhile", 409, "Somebody else was first"),
    errors.OutcomeUnknown: ("outcome-unknown", 503, "Not certain whether it was recorded"),
    errors.Unavailable: ("unavailable", 503, "Not now"),
    errors.EvidenceCorrupt: ("evidence-corrupt", 500, "Stored evidence is not what was signed"),
    errors.BadRequest: ("bad-request", 400, "Something has to be mended"),
    KeysError: ("keys", 400, "A key does not fit"),
    errors.LedgerError: ("failed", 400, "It did not work"),
}
"""The first that fits, from the particular to the general: name of the type, status, title."""
_encode = msgspec.json.Encoder(order="sorted").encode


def problem_of(error: Exception) -> tuple[str, int, str]:
    """The name, status and title of a failure of ours.

    Raises:
        TypeError: the error is none of ours: a defect, which must show as one.
    """
    for kind, found in PROBLEMS.items():
        if isinstance(error, kind):
            return found
    raise TypeError("not an error of ours") from error


def answer_failure(visit: Visit, error: Exception, kind: Kind) -> Response:
    """Answer with a failure of ours. Raises: TypeError, as `problem_of`."""
    name, status, title = problem_of(error)
    headers = _headers(error, status)
    provisions, sentence = provisions_of(error), sentence_of(visit, error)
    if kind == "page":
        told = {"name": name, "title": title, "sentence": sentence, "provisions": provisions}
        return render(visit, "failed.html", told, status=status, headers=headers)
    problem: dict[str, Any] = {
        "type": f"/help/problems/{name}",
        "title": title,
        "status": status,
        "detail": sentence,
    }
    if provisions:
        problem["provisions"] = provisions
    return Response(_encode(problem), status, headers, "application/problem+json")


def sentence_of(visit: Visit, error: Exception) -> str:
    """What a failure says, without where on the machine the ledger lies: an operator is told that
    by the command line, and nobody else needs it.
    """
    return str(error).replace(str(visit.site.home_path), "the ledger’s folder")


def answer_plainly(visit: Visit, error: Exception) -> Response:
    """Answer with a failure of ours in one line, where no page can be made."""
    _, status, title = problem_of(error)
    return Response(
        f"{title}. {sentence_of(visit, error)}\n", status, media_type="text/plain; charset=utf-8"
    )


def _headers(error: Exception, status: int) -> dict[str, str]:
    """What a program needs to go on."""
    if isinstance(error, failures.TooMany):
        return {"Retry-After": str(error.seconds)}
    if isinstance(error, errors.VersionMoved):
        return {"ETag": etag_of(error.version)}
    return {"WWW-Authenticate": "Bearer"} if status == 401 else {}


def etag_of(version: bytes) -> str:
    """The entity tag of a version, which is opaque to everybody else (RFC 9110 §8.8.3)."""
    return f'"{urlsafe_b64encode(version).decode().rstrip("=")}"'


def provisions_of(error: Exception) -> tuple[dict[str, str], ...]:
    """Everything that stands against an act that was refused; () for any other failure."""
    return failure_of(error).provisions if isinstance(error, errors.RequestRefused) else ()
