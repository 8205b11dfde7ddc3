"""What is wrong with one library's schema on a server: its tables, its settings, its state."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.errors import Unavailable
from ledger.stores.place import Place
from ledger.stores.postgresql import settings
from ledger.stores.postgresql.connecting import connected
from ledger.stores.postgresql.copying import UNFINISHED, PlaceSide
from ledger.stores.postgresql.database import translated
from ledger.stores.postgresql.migrations import check_migrated
from ledger.stores.postgresql.settings import Severity

_BUSY = "The store cannot be read now."
_UNFINISHED = (
    "A founding or a copy to here has not come to its end. Do not use it: the next one removes it."
)
_SILENT = (
    "Triggers that keep rows from being changed were switched off. Somebody with an administrator's"
    " rights did that: stop writing and call counsel."
)
_MISSING = (
    "This library's schema is missing on the server. Restore the server's databases, or restore a"
    " backup into files and copy them here (ops/runbooks/moving-to-postgresql.md)."
)
_TRIGGERS = (
    "SELECT EXISTS (SELECT FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
    " WHERE relnamespace = to_regnamespace(?) AND tgenabled <> 'O')"
)

Found = tuple[str, Severity, str]
"""A code, how bad it is, and what to do."""


def problems(place: Place) -> Iterator[Found]:
    """Everything that is not as it should be, seen as the service.

    Raises:
        Unavailable: the server cannot be reached or asked, or the tables are other ones.
    """
    with connected(place) as connection, translated(_BUSY):
        for finding in settings.check(connection):
            yield finding.code, finding.severity, finding.sentence
        side = PlaceSide(place, connection)
        if side.mark() == UNFINISHED:
            yield "unfinished", "unsafe", _UNFINISHED
        if side.ask(_TRIGGERS, (place.schema,))[0][0]:
            yield "triggers-off", "unsafe", _SILENT
        check_there(side)
        check_migrated(connection, place.name, place.schema)


def check_there(side: PlaceSide) -> None:
    """See that the library's schema was ever made.

    Raises:
        Unavailable: it was not, or it is gone.
    """
    if not side.ask("SELECT to_regnamespace(?) IS NOT NULL", (side.place.schema,))[0][0]:
        raise Unavailable(_MISSING)


def check_place(place: Place) -> None:
    """See that a store is on its server, so that bringing it up to date does not make an empty one.

    Raises:
        Unavailable: it is not, or the server refuses.
    """
    with connected(place) as connection:
        check_there(PlaceSide(place, connection))
