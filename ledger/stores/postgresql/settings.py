"""What a PostgreSQL server must be set to, and what a program's role in it must not be.

`check` looks and says; it changes nothing. What `ops/postgres/cluster.sql` sets for a database can
be lost by a restore or undone by hand, and what stands in `postgresql.conf` it cannot set. Any role
may ask: what a server hides from it is judged by what can be seen of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ledger.stores.postgresql.connecting import Connection

Severity = Literal["unsafe", "leak", "note"]

OLDEST_VERSION = 15


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not as it should be: a code that never changes, and what to do.

    `unsafe`: acknowledged events can be lost, or rules be broken. `leak`: the server writes down or
    shows what it should not. `note`: worth knowing.
    """

    code: str
    severity: Severity
    sentence: str


@dataclass(frozen=True, slots=True)
class _Setting:
    """One setting: the values that are right, and what to do about others."""

    severity: Severity
    right: frozenset[str]
    sentence: str


def _one_of(severity: Severity, sentence: str, *right: str) -> _Setting:
    return _Setting(severity, frozenset(right), sentence)


_IN_FILE = "Set {name} = {right} in postgresql.conf and restart the server."
_RELOAD = "Set {name} = {right} in postgresql.conf and reload the server."
_AGAIN = "Run ops/postgres/cluster.sql again: it sets {name} = {right} for this database."

SETTINGS: Mapping[str, _Setting] = {
    # An acknowledged event survives a power cut.
    "fsync": _one_of("unsafe", _IN_FILE, "on"),
    "full_page_writes": _one_of("unsafe", _RELOAD, "on"),
    "synchronous_commit": _one_of("unsafe", _AGAIN, "on", "remote_apply"),
    "zero_damaged_pages": _one_of("unsafe", _RELOAD, "off"),
    "ignore_checksum_failure": _one_of("unsafe", _RELOAD, "off"),
    "autovacuum": _one_of("unsafe", _RELOAD, "on"),
    "data_checksums": _one_of("note", "Stop the server and run pg_checksums --enable.", "on"),
    # Triggers hold only while they fire.
    "session_replication_role": _one_of("unsafe", _RELOAD, "origin"),
    "server_encoding": _one_of("unsafe", "Make the database anew with the encoding UTF8.", "UTF8"),
    # Nothing of a statement, a value or a moment of work stands in the server's log.
    "log_statement": _one_of("leak", _AGAIN, "none"),
    "log_duration": _one_of("leak", _AGAIN, "off"),
    "log_min_duration_statement": _one_of("leak", _AGAIN, "-1"),
    "log_min_duration_sample": _one_of("leak", _AGAIN, "-1"),
    "log_transaction_sample_rate": _one_of("leak", _AGAIN, "0"),
    "log_parameter_max_length": _one_of("leak", _AGAIN, "0"),
    "log_parameter_max_length_on_error": _one_of("leak", _AGAIN, "0"),
    "log_error_verbosity": _one_of("leak", _AGAIN, "terse"),
    "log_min_error_statement": _one_of("leak", _AGAIN, "panic"),
    "log_lock_waits": _one_of("leak", _AGAIN, "off"),
    "log_temp_files": _one_of("leak", _AGAIN, "-1"),
    "debug_print_parse": _one_of("leak", _AGAIN, "off"),
    "debug_print_rewritten": _one_of("leak", _AGAIN, "off"),
    "debug_print_plan": _one_of("leak", _AGAIN, "off"),
    "log_parser_stats": _one_of("leak", _AGAIN, "off"),
    "log_planner_stats": _one_of("leak", _AGAIN, "off"),
    "log_executor_stats": _one_of("leak", _AGAIN, "off"),
    "log_statement_stats": _one_of("leak", _AGAIN, "off"),
    "log_autovacuum_min_duration": _one_of("leak", _RELOAD, "-1"),
    "log_checkpoints": _one_of("leak", _RELOAD, "off"),
    # A list on newer servers, a switch on older ones.
    "log_connections": _one_of("leak", _RELOAD, "off", ""),
    "log_disconnections": _one_of("leak", _RELOAD, "off"),
    # The library that was preloaded would write plans down, or keep statements.
    "auto_explain.log_min_duration": _one_of("leak", _AGAIN, "-1"),
    "pg_stat_statements.track": _one_of("leak", _AGAIN, "none"),
}
"""A setting that a server does not have, or does not show, is passed over."""

_OPEN_STORES = ("_open", "_log")
"""Databases of which a list of statements tells nothing that is sealed."""


@dataclass(frozen=True, slots=True)
class _Fact:
    """Something besides settings: a query that gives true when it is so, and what to do."""

    code: str
    severity: Severity
    query: str
    sentence: str


FACTS = (
    _Fact(
        "role-superuser",
        "unsafe",
        "SELECT rolsuper FROM pg_roles WHERE rolname = current_user",
        "This role is a superuser. Let the program connect as the role of its store.",
    ),
    _Fact(
        "role-powers",
        "unsafe",
        "SELECT rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication"
        " FROM pg_roles WHERE rolname = current_user",
        "This role may make roles or databases, replicate, or pass by row security."
        " Run ops/postgres/cluster.sql again: it takes that away.",
    ),
    _Fact(
        "role-owner",
        "unsafe",
        "SELECT EXISTS (SELECT FROM pg_class WHERE relkind IN ('r', 'p')"
        " AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)"
        " AND pg_has_role(current_user, relowner, 'MEMBER'))",
        "This role owns tables, or may become their owner. Let the program connect as the role of"
        " its store; only migrations are for the owner's member.",
    ),
    _Fact(
        "role-predefined",
        "unsafe",
        "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname LIKE 'pg\\_%'"
        " AND rolname <> 'pg_database_owner' AND pg_has_role(current_user, oid, 'MEMBER'))",
        "This role is a member of a role that PostgreSQL brings (pg_monitor and so on), which shows"
        " or allows more than a store's program needs. REVOKE that role from it.",
    ),
    _Fact(
        "role-creates",
        "unsafe",
        "SELECT has_database_privilege(current_database(), 'CREATE')"
        " OR has_database_privilege(current_database(), 'TEMPORARY')",
        "This role may make schemas or temporary tables in this database."
        " Run ops/postgres/cluster.sql again: it takes that away.",
    ),
    _Fact(
        "public-connects",
        "leak",
        "SELECT EXISTS (SELECT FROM pg_database WHERE datallowconn"
        " AND has_database_privilege('public', datname, 'CONNECT'))",
        "Every role may connect to some database of this server, and look at the whole server from"
        " there. REVOKE CONNECT ON DATABASE … FROM PUBLIC for each.",
    ),
    _Fact(
        "server-shown",
        "leak",
        "SELECT has_function_privilege('public', 'pg_catalog.pg_stat_get_activity(integer)',"
        " 'EXECUTE') OR has_function_privilege('public', 'pg_catalog.pg_lock_status()', 'EXECUTE')"
        " OR has_function_privilege('public', 'pg_catalog.pg_current_wal_lsn()', 'EXECUTE')",
        "From this database every role sees how busy the others are."
        " Run ops/postgres/cluster.sql again: an upgrade or a restore has undone it.",
    ),
    _Fact(
        "standby",
        "note",
        "SELECT pg_is_in_recovery()",
        "This server is a standby: it takes no writes until it is promoted.",
    ),
    _Fact(
        "read-only",
        "unsafe",
        "SELECT NOT pg_is_in_recovery()"
        " AND current_setting('default_transaction_read_only')::boolean",
        "Transactions are read-only by default. Set default_transaction_read_only = off.",
    ),
)


def check(connection: Connection) -> tuple[Finding, ...]:
    """Give everything of a server, a database and a role that is not as it should be.

    Ask as the role, and on the database, that the program uses.

    Raises:
        psycopg.Error: the server cannot be asked.
    """
    return (*_of_version(connection), *_of_settings(connection), *_of_facts(connection))


def _of_version(connection: Connection) -> Iterator[Finding]:
    if connection.info.server_version // 10000 < OLDEST_VERSION:
        sentence = f"This server is older than PostgreSQL {OLDEST_VERSION}. Upgrade it."
        yield Finding("version-old", "unsafe", sentence)


def _of_settings(connection: Connection) -> Iterator[Finding]:
    rows = connection.execute(
        "SELECT name, setting FROM pg_settings WHERE name = ANY (%s)", (list(SETTINGS),)
    ).fetchall()
    secret = not connection.info.dbname.endswith(_OPEN_STORES)
    for name, value in sorted(rows):
        wanted = SETTINGS[name]
        if value in wanted.right or (name == "pg_stat_statements.track" and not secret):
            continue
        right = " or ".join(sorted(wanted.right - {""}))
        sentence = f"{name} is {value}. {wanted.sentence.format(name=name, right=right)}"
        yield Finding(f"setting-{name.replace('_', '-')}", wanted.severity, sentence)


def _of_facts(connection: Connection) -> Iterator[Finding]:
    for fact in FACTS:
        row = connection.execute(fact.query.encode()).fetchone()
        if row is not None and row[0]:
            yield Finding(fact.code, fact.severity, fact.sentence)
