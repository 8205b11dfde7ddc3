"""What a person is told, and what a program gets, when something does not go as asked.

The one table from errors to exit codes (and, later, HTTP statuses). Exit codes:
0 good · 1 a proof failed · 2 usage · 3 nothing there to read · 4 refused by rule or role · 5 not
now.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from keys.errors import KeysError
from ledger import errors

GOOD, PROOF_FAILED, USAGE, NOT_THERE, REFUSED, NOT_NOW = range(6)

EXIT_CODES: dict[type[Exception], int] = {
    errors.BadRequest: USAGE,
    errors.CommandReused: USAGE,
    errors.NotFound: NOT_THERE,
    errors.NotPermitted: REFUSED,
    errors.RequestRefused: REFUSED,
    errors.AppendConflict: NOT_NOW,
    errors.VersionMoved: NOT_NOW,
    errors.Unavailable: NOT_NOW,
    errors.EvidenceCorrupt: PROOF_FAILED,
    KeysError: USAGE,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure as a person meets it: the sentence, the provisions if the law refused, the code."""

    exit_code: int
    sentence: str
    provisions: tuple[dict[str, str], ...] = field(default=())


def failure_of(error: Exception) -> Failure:
    """Translate an error of ours. Total over `LedgerError` and `KeysError`.

    Raises:
        TypeError: the error is none of ours: a defect, which must show as one.
    """
    for kind, code in EXIT_CODES.items():
        if isinstance(error, kind):
            return Failure(code, str(error), _provisions(error))
    raise TypeError("not an error of ours") from error


def _provisions(error: Exception) -> tuple[dict[str, str], ...]:
    if not isinstance(error, errors.RequestRefused):
        return ()
    return tuple(
        {name: str(getattr(one, name)) for name in ("sentence", "citation", "source", "confidence")}
        for one in error.provisions
    )
