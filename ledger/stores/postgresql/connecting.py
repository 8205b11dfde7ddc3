"""Connecting to PostgreSQL: which server, database, role and settings a store's connections have.

The administrator's URL names hosts and a prefix; the rest is said here, for each connection. A
password never stands in the URL, which is shown and kept: libpq finds it in the password file, or
the server asks for a certificate or for the account of the operating system.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from psycopg.abc import Buffer, PQGen
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Format

from ledger.errors import BadRequest, Unavailable
from ledger.stores.database import WAIT_SECONDS
from ledger.stores.place import Place

T = TypeVar("T")
Connection = psycopg.Connection[Any]

CONNECT_SECONDS = 5
STATEMENT_SECONDS = 30
"""How long the server works at one statement. Its wait for a standby at COMMIT is not counted."""
ANSWER_SECONDS = 35
"""How long an answer is waited for: also for a standby's, which no setting of the server limits,
and that of a server which stands still and whose sockets are open.
"""
LOOK_SECONDS = 0.1
"""How often whoever waits for an answer looks at the clock."""
ABANDONED_SECONDS = 60
"""How long a transaction may stand idle before the server ends it: its lock stops every writer."""

DEFAULTS = {
    # After a failover the standby that was promoted is found, and a server that only reads refused.
    "target_session_attrs": "read-write",
    "connect_timeout": str(CONNECT_SECONDS),
    "application_name": "disclosure-ledger",
    "client_encoding": "UTF8",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
_SHOWN = (
    "Leave the password out of the store's address, which is kept and shown. Put it into the"
    " password file (PGPASSFILE, mode 0600), or let the server ask for a certificate."
)
_SECRETS = frozenset({"password", "sslpassword", "oauth_client_secret"})
_UNREACHED = (
    "No database server answers at the store's address. See that it runs and can be reached from"
    " here."
)
# What a server says while a connection is made has no code, only words; they are its own English.
_REFUSALS = {
    "read-only": "Only a standby answers at the store's address, which takes no writes. Start or"
    " promote the primary.",
    "hot standby": "Only a standby answers at the store's address, which takes no writes. Start or"
    " promote the primary.",
    "does not exist": "The server lacks the database or the role {role}. Let the administrator run"
    " ops/postgres/cluster.sql with this prefix.",
    "password": "The server refuses the password of {role}, or wants one that is not there. Put it"
    " into the password file (PGPASSFILE, mode 0600).",
    "pg_hba.conf": "The server lets {role} not in from here: its pg_hba.conf has no line for it.",
    "authentication": "The server lets {role} not in: it takes this account or certificate for"
    " somebody else.",
    "permission denied": "The role {role} may not enter its database. Let the administrator run"
    " ops/postgres/cluster.sql again.",
    "too many": "The server has no connection left for {role}. Raise max_connections.",
}
_NO_PREFIX = (
    "The address lacks the databases' prefix: postgresql://HOST/PREFIX (ops/postgres/README.md)."
)


def parse_url(url: str) -> dict[str, Any]:
    """Read an address of a server, postgresql://HOST[,HOST]/PREFIX[?…]; `dbname` is the prefix.

    Raises:
        BadRequest: it is none, lacks the prefix, or holds a password.
    """
    try:
        found = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        # The driver's own sentence may repeat the address.
        raise BadRequest("This is no address of a server: postgresql://HOST/PREFIX") from error
    if _SECRETS & found.keys():
        raise BadRequest(_SHOWN)
    if not found.get("dbname"):
        raise BadRequest(_NO_PREFIX)
    return dict(found)


def prefix_of(place: Place) -> str:
    """What the names of the databases and roles begin with."""
    return str(parse_url(place.url)["dbname"])


def parameters(place: Place, role: str | None = None) -> dict[str, Any]:
    """What a connection to a store's database is made with.

    `role` is the last part of the role's name, PREFIX_role; without one it is the store's own.
    """
    asked = parse_url(place.url)
    prefix = asked["dbname"]
    settings = {
        "search_path": place.schema,
        "lock_timeout": f"{WAIT_SECONDS}s",
        "statement_timeout": f"{STATEMENT_SECONDS}s",
        "idle_in_transaction_session_timeout": f"{ABANDONED_SECONDS}s",
        "timezone": "UTC",
        # That no standby has a commit is only warned of; whoever keeps warnings back would have it
        # acknowledged.
        "client_min_messages": "warning",
    }
    options = [asked.get("options", "")] + [
        f"-c {name}={value}" for name, value in settings.items()
    ]
    return {
        **DEFAULTS,
        **asked,
        "dbname": f"{prefix}_{place.name}",
        "user": f"{prefix}_{role or place.name}",
        "options": " ".join(options).strip(),
    }


@contextmanager
def connected(place: Place, role: str | None = None) -> Iterator[Connection]:
    """Lend a connection of its own, outside any transaction. `role` is as for `parameters`.

    Raises:
        Unavailable: there is none to be had; the sentence says what to do.
    """
    asked = parameters(place, role)
    try:
        connection: Connection = psycopg.connect(**asked, autocommit=True)
    except psycopg.Error as error:
        raise Unavailable(_why(str(error)).format(role=asked["user"])) from error
    with connection:
        yield connection


@contextmanager
def patient(place: Place, role: str | None = None) -> Iterator[Connection]:
    """Lend a connection for long work: no statement, and no pause between two, ends by itself.

    Raises:
        Unavailable: there is none to be had; the sentence says what to do.
    """
    with connected(place, role) as connection:
        # Others are copied while this one waits, and a large table takes its time.
        connection.execute(b"SET idle_in_transaction_session_timeout = 0")
        connection.execute(b"SET statement_timeout = 0")
        yield connection


def _why(said: str) -> str:
    found = (sentence for words, sentence in _REFUSALS.items() if words in said)
    return next(found, _UNREACHED)


class Impatient(psycopg.Connection[Any]):
    """A connection that is lost when the server does not answer for `ANSWER_SECONDS`.

    It is cut on this side alone. A server that waits for a standby goes on doing so, and until the
    standby has a commit nobody is shown it: asked to give up, the server would show it at once.
    """

    def wait(
        self, gen: PQGen[T], interval: float = LOOK_SECONDS, timeout: float | None = None
    ) -> T:
        """Wait as the driver does, but not for ever."""
        return super().wait(_not_for_ever(gen, self._cut), interval, timeout)

    def _cut(self) -> None:
        with suppress(OSError), socket.socket(fileno=os.dup(self.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)


def _not_for_ever(waiting: PQGen[T], cut: Callable[[], None]) -> PQGen[T]:
    """Do what the driver's own generator does, and cut its line when it has waited too long."""
    until = time.monotonic() + ANSWER_SECONDS
    try:
        wanted = next(waiting)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > until:
                cut()
            wanted = waiting.send(ready)
    except StopIteration as end:
        found: T = end.value
        return found


class _Hex(Loader):
    """A stream's id comes as 32 hex, as it does from SQLite."""

    def load(self, data: Buffer) -> str:
        return bytes(data).decode().replace("-", "")


class _BinaryHex(_Hex):
    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        return bytes(data).hex()


def configure(connection: Connection) -> None:
    """Set up a new connection: every transaction is begun by our own word."""
    connection.autocommit = True
    connection.prepare_threshold = 0
    connection.adapters.register_loader("uuid", _Hex)
    connection.adapters.register_loader("uuid", _BinaryHex)
