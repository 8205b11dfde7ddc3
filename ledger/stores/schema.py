"""The tables of each database, as SQLite makes them.

`ops/postgres/migrations` makes the same for PostgreSQL, with roles besides: who changes a table
here changes it there. What only grows is guarded by triggers, whatever the program above does.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["EARLIER", "SCHEMAS"]


def _append_only(*tables: str, verbs: tuple[str, ...] = ("UPDATE", "DELETE")) -> Iterator[str]:
    for table in tables:
        for verb in verbs:
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {table}_{verb} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, 'append-only'); END"
            )


_EVENTS = (
    # The library's table. Rows of erased streams go, so that a counter sees that no id is used
    # twice; tables that only grow need none.
    "CREATE TABLE IF NOT EXISTS stored_events (rowid INTEGER PRIMARY KEY AUTOINCREMENT,"
    " originator_id TEXT NOT NULL, originator_version INTEGER NOT NULL, topic TEXT NOT NULL,"
    " state BLOB NOT NULL, UNIQUE (originator_id, originator_version))",
    # Commands have random keys. In the order of their keys each would cost a page of its own, and
    # the long rows would part pages all the time: so only their keys are kept in that order.
    "CREATE TABLE IF NOT EXISTS commands (command TEXT NOT NULL PRIMARY KEY,"
    " request BLOB NOT NULL, answer BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS labels (position INTEGER PRIMARY KEY,"
    " label TEXT NOT NULL, stream TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS labels_label ON labels (label)",
    "CREATE INDEX IF NOT EXISTS labels_stream ON labels (stream)",
    # Heads of closed streams that were continued: each at most once (FORMAT §1).
    "CREATE TABLE IF NOT EXISTS continued (head BLOB PRIMARY KEY) WITHOUT ROWID",
    # Wraps on their way into the keystore: written with the records that they belong to.
    "CREATE TABLE IF NOT EXISTS wraps (stream TEXT PRIMARY KEY, month TEXT NOT NULL,"
    " kind TEXT NOT NULL CHECK (kind IN ('open', 'sealed')), wrap BLOB NOT NULL,"
    " personal INTEGER NOT NULL CHECK (personal IN (0, 1)))",
    *_append_only("stored_events", verbs=("UPDATE",)),
    *_append_only("commands", "labels", "continued"),
)

_LANE = (
    # No two commitments are alike: each is a digest over its stream and seq, which are a key, and
    # the logbook takes none twice. To see to it here as well would cost each append one more page;
    # PostgreSQL, where that costs little beside the round trips, does see to it.
    "CREATE TABLE IF NOT EXISTS commitments (position INTEGER PRIMARY KEY,"
    " stream TEXT NOT NULL, seq INTEGER NOT NULL, commitment BLOB NOT NULL,"
    " received INTEGER NOT NULL, not_before INTEGER NOT NULL,"
    " tick INTEGER, promised INTEGER, issued_at TEXT,"
    " UNIQUE (stream, seq))",
    "CREATE INDEX IF NOT EXISTS commitments_tick ON commitments (tick)",
    # What a waiting commitment waits for besides a slot. Empty but for an overflow.
    "CREATE TABLE IF NOT EXISTS waits (position INTEGER NOT NULL REFERENCES commitments,"
    " stream TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (position, stream, seq))"
    " WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS lane (one INTEGER PRIMARY KEY CHECK (one = 1),"
    " closed INTEGER NOT NULL, running INTEGER NOT NULL)",
    "INSERT OR IGNORE INTO lane VALUES (1, 0, 0)",
    # The one change in a commitment's life: it gets its slot.
    "CREATE TRIGGER IF NOT EXISTS commitments_UPDATE BEFORE UPDATE ON commitments"
    " WHEN OLD.tick IS NOT NULL OR NEW.tick IS NULL OR NEW.position IS NOT OLD.position"
    " OR NEW.stream IS NOT OLD.stream OR NEW.seq IS NOT OLD.seq"
    " OR NEW.commitment IS NOT OLD.commitment OR NEW.received IS NOT OLD.received"
    " OR NEW.not_before IS NOT OLD.not_before"
    " BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    *_append_only("commitments", "lane", verbs=("DELETE",)),
    "CREATE TRIGGER IF NOT EXISTS lane_UPDATE BEFORE UPDATE ON lane"
    " WHEN NEW.closed < OLD.closed OR NEW.running < OLD.running"
    " BEGIN SELECT RAISE(ABORT, 'a tick is never opened again'); END",
)

_ERASED = (
    "CREATE TABLE IF NOT EXISTS erased (stream TEXT NOT NULL,"
    " scope TEXT NOT NULL CHECK (scope IN ('personal', 'both')), record TEXT NOT NULL,"
    " e BLOB NOT NULL, PRIMARY KEY (stream, scope)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS tombstones (stream TEXT NOT NULL, seq INTEGER NOT NULL,"
    " blind BLOB NOT NULL, e BLOB NOT NULL, PRIMARY KEY (stream, seq)) WITHOUT ROWID",
    *_append_only("erased", "tombstones"),
    "CREATE TRIGGER IF NOT EXISTS stored_events_INSERT BEFORE INSERT ON stored_events"
    " WHEN EXISTS (SELECT 1 FROM erased WHERE stream = NEW.originator_id)"
    " BEGIN SELECT RAISE(ABORT, 'erased'); END",
    "CREATE TRIGGER IF NOT EXISTS stored_events_DELETE BEFORE DELETE ON stored_events"
    " WHEN NOT EXISTS (SELECT 1 FROM erased WHERE stream = OLD.originator_id AND scope = 'both')"
    " BEGIN SELECT RAISE(ABORT, 'append-only'); END",
)

_DOCUMENTS = (
    # The bytes of attached documents, part by part (`keys.documents`): written in the transaction
    # of the record that describes them, gone when the people in their stream are.
    "CREATE TABLE IF NOT EXISTS documents (stream TEXT NOT NULL, seq INTEGER NOT NULL,"
    " part INTEGER NOT NULL, state BLOB NOT NULL, PRIMARY KEY (stream, seq, part))",
    *_append_only("documents", verbs=("UPDATE",)),
    "CREATE TRIGGER IF NOT EXISTS documents_INSERT BEFORE INSERT ON documents"
    " WHEN EXISTS (SELECT 1 FROM erased WHERE stream = NEW.stream)"
    " BEGIN SELECT RAISE(ABORT, 'erased'); END",
    "CREATE TRIGGER IF NOT EXISTS documents_DELETE BEFORE DELETE ON documents"
    " WHEN NOT EXISTS (SELECT 1 FROM erased WHERE stream = OLD.stream)"
    " BEGIN SELECT RAISE(ABORT, 'append-only'); END",
)

_ROWS = (*_EVENTS, *_LANE, *_ERASED, *_DOCUMENTS)

_PROJECTED = (
    "CREATE TABLE IF NOT EXISTS projected (view TEXT NOT NULL, key TEXT NOT NULL,"
    " row TEXT NOT NULL, PRIMARY KEY (view, key)) WITHOUT ROWID",
    # Rows that are made anew, until they take the place of those that are read.
    "CREATE TABLE IF NOT EXISTS rebuilding (view TEXT NOT NULL, key TEXT NOT NULL,"
    " row TEXT NOT NULL, PRIMARY KEY (view, key)) WITHOUT ROWID",
    # How far each view has read; `progress` has taken the place of `tracking`.
    "DROP TABLE IF EXISTS tracking",
    "CREATE TABLE IF NOT EXISTS progress (view TEXT PRIMARY KEY, position INTEGER,"
    " build INTEGER NOT NULL, under TEXT NOT NULL, stopped_at INTEGER, stopped_since TEXT,"
    " stopped_kind TEXT, seal TEXT NOT NULL) WITHOUT ROWID",
)

_FEEDS = (
    "CREATE TABLE IF NOT EXISTS feed_entries (feed TEXT NOT NULL, position INTEGER NOT NULL,"
    " source TEXT, reference TEXT, digest BLOB NOT NULL, nonce BLOB, body BLOB,"
    " chain BLOB NOT NULL, PRIMARY KEY (feed, position), UNIQUE (source, feed))",
    "CREATE INDEX IF NOT EXISTS feed_entries_reference ON feed_entries (reference)",
    # What was dropped and not told yet: nearly always nothing.
    "CREATE INDEX IF NOT EXISTS feed_entries_untold ON feed_entries (feed)"
    " WHERE body IS NULL AND reference IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS feed_tracking (feed TEXT PRIMARY KEY,"
    " position INTEGER NOT NULL) WITHOUT ROWID",
    *_append_only("feed_entries", verbs=("DELETE",)),
    # The one change in an entry's life: it is dropped, and later its case is no more named.
    "CREATE TRIGGER IF NOT EXISTS feed_entries_UPDATE BEFORE UPDATE ON feed_entries"
    " WHEN NEW.feed IS NOT OLD.feed OR NEW.position IS NOT OLD.position"
    " OR NEW.digest IS NOT OLD.digest OR NEW.chain IS NOT OLD.chain"
    " OR NEW.source IS NOT NULL OR NEW.nonce IS NOT NULL OR NEW.body IS NOT NULL"
    " OR (NEW.reference IS NOT NULL AND NEW.reference IS NOT OLD.reference)"
    " BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    "CREATE TABLE IF NOT EXISTS webhooks (name TEXT PRIMARY KEY, feed TEXT NOT NULL,"
    " sealed BLOB NOT NULL, position INTEGER NOT NULL, tick INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS webhook_letters (webhook TEXT NOT NULL REFERENCES webhooks,"
    " first INTEGER NOT NULL, last INTEGER NOT NULL, tries INTEGER NOT NULL,"
    " due INTEGER NOT NULL, outcome TEXT NOT NULL, dead INTEGER NOT NULL CHECK (dead IN (0, 1)),"
    " PRIMARY KEY (webhook, first)) WITHOUT ROWID",
)

_GUARD = (
    "CREATE TABLE IF NOT EXISTS guard_list (one INTEGER PRIMARY KEY CHECK (one = 1),"
    " list BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS guard_agents (name TEXT PRIMARY KEY,"
    " digest BLOB NOT NULL UNIQUE, since TEXT NOT NULL) WITHOUT ROWID",
)

_TOKENS = (
    "CREATE TABLE IF NOT EXISTS tokens (name TEXT PRIMARY KEY, digest BLOB NOT NULL UNIQUE,"
    " scope TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL, used TEXT) WITHOUT ROWID",
)

_KEYSTORE = (
    "CREATE TABLE IF NOT EXISTS month_keys (month TEXT PRIMARY KEY, wrapped BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS destroyed_months (month TEXT PRIMARY KEY) WITHOUT ROWID",
    # A destroyed month's name is not used again: an old wrap must never meet a new key.
    "CREATE TRIGGER IF NOT EXISTS month_keys_INSERT BEFORE INSERT ON month_keys"
    " WHEN EXISTS (SELECT 1 FROM destroyed_months WHERE month = NEW.month)"
    " BEGIN SELECT RAISE(ABORT, 'destroyed'); END",
    "CREATE TABLE IF NOT EXISTS wraps (stream TEXT PRIMARY KEY, month TEXT NOT NULL"
    " REFERENCES month_keys, kind TEXT NOT NULL CHECK (kind IN ('open', 'sealed')),"
    " wrap BLOB NOT NULL, personal INTEGER NOT NULL CHECK (personal IN (0, 1)))",
    "CREATE TABLE IF NOT EXISTS fences (stream TEXT NOT NULL,"
    " scope TEXT NOT NULL CHECK (scope IN ('personal', 'both')), digest BLOB NOT NULL,"
    " PRIMARY KEY (stream, scope)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS people (person TEXT NOT NULL, public BLOB NOT NULL,"
    " PRIMARY KEY (person, public)) WITHOUT ROWID",
    *_append_only("fences", "destroyed_months"),
)

_LOGBOOK = (
    "CREATE TABLE IF NOT EXISTS ticks (tick INTEGER PRIMARY KEY, first INTEGER NOT NULL,"
    " seeds BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS entries (leaf INTEGER PRIMARY KEY, entry BLOB NOT NULL UNIQUE)",
    *_append_only("ticks", "entries"),
)

SCHEMAS = {
    "open": (*_ROWS, *_PROJECTED, *_FEEDS, *_GUARD, *_TOKENS),
    "inbox": _ROWS,
    "vault": _ROWS,
    "keystore": _KEYSTORE,
    "log": _LOGBOOK,
}
"""The statements that make each database, by its name. Running them again changes nothing."""

EARLIER = {
    "commands": (
        "CREATE TABLE commands (command TEXT PRIMARY KEY,"
        " request BLOB NOT NULL, answer BLOB NOT NULL) WITHOUT ROWID"
    ),
    "commitments": (
        "CREATE TABLE commitments (position INTEGER PRIMARY KEY,"
        " stream TEXT NOT NULL, seq INTEGER NOT NULL, commitment BLOB NOT NULL UNIQUE,"
        " received INTEGER NOT NULL, not_before INTEGER NOT NULL,"
        " tick INTEGER, promised INTEGER, issued_at TEXT,"
        " UNIQUE (stream, seq))"
    ),
}
"""Tables as version 0.1.0 made them, as SQLite writes it down; the same statements serve both."""
