"""The database files: how they are opened, and what happens when one does not play along."""

from __future__ import annotations

import resource
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from eventsourcing.sqlite import SQLiteConnection

from ledger.errors import EvidenceCorrupt, Unavailable
from ledger.stores import pool
from ledger.stores import sqlite as seam
from ledger.stores.database import IntegrityError
from ledger.stores.keystore import Fence, Keystore, Wrap
from ledger.stores.logbook import Logbook, Tick
from ledger.stores.schema import SCHEMAS
from ledger.stores.sqlite import SQLiteDatabase, open_file
from ledger.stores.store import Row, Store, Terms
from tests.faults import failing_commit
from tests.stores.lanes import at, new_stream

SETTINGS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "secure_delete": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "cache_size": -8_000,
    "wal_autocheckpoint": 4_000,
}


def append(store: Store, stream: bytes | None = None, size: int = 100) -> bytes:
    """Append one row of a new stream, or of the one given."""
    stream = stream or new_stream()
    seq = store.last_seq(stream) + 1
    store.append([Row(stream, seq, bytes(size))], Terms(conditions=(at(stream, seq - 1),)))
    return stream


def file_of(store: Store) -> SQLiteDatabase:
    """The file of a store, with all that the library's datastore has."""
    assert isinstance(store.database, SQLiteDatabase)
    return store.database


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new store in a file."""
    made = Store(tmp_path / "open.db", create=True)
    yield made
    made.close()


# ---- opening ----


@pytest.mark.parametrize("commit", [True, False])
def test_every_connection_is_durable_and_guarded(tmp_path: Path, commit: bool) -> None:
    """Whichever connection of the pool is lent, for reading or writing, has all our settings."""
    datastore = open_file(tmp_path / "open.db", SCHEMAS["open"], create=True)
    with datastore.get_connection(commit=False), datastore.get_connection(commit=commit) as second:
        raw = second._sqlite_conn
        found = {name: raw.execute(f"PRAGMA {name}").fetchone()[0] for name in SETTINGS}
    datastore.close()
    assert found == SETTINGS


def test_only_the_owner_reads_the_files(tmp_path: Path) -> None:
    """The database, its log and its index are made with mode 0600, whatever the umask."""
    store = Store(tmp_path / "vault.db", create=True)
    append(store)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    store.close()
    assert modes == {"vault.db": 0o600, "vault.db-wal": 0o600, "vault.db-shm": 0o600}


@pytest.mark.parametrize("kind", [Store, Keystore, Logbook])
def test_a_missing_file_is_not_made_anew(tmp_path: Path, kind: Callable[[Path], object]) -> None:
    """Opening a ledger whose store is gone says so: an empty one would look like losing all."""
    with pytest.raises(Unavailable, match=r"open\.db is missing"):
        kind(tmp_path / "open.db")
    assert not (tmp_path / "open.db").exists()


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    """Nothing can be made in a folder that does not exist."""
    with pytest.raises(Unavailable):
        Store(tmp_path / "no" / "open.db", create=True)


def test_the_write_ahead_log_of_lone_appends_does_not_grow(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes into the file after so many commits, and is written over from its beginning."""
    monkeypatch.setattr(seam, "COMMITS", 10)
    log, sizes = tmp_path / "open.db-wal", []
    for _ in range(3):
        for _ in range(10):
            append(store)
        sizes.append(log.stat().st_size)
    assert sizes[2] < 2 * sizes[0]


# ---- writing waits its turn ----


def test_a_writer_waits_instead_of_failing(tmp_path: Path) -> None:
    """A second connection that wants to read and write waits for the first; neither fails."""
    one, two = (Store(tmp_path / "open.db", create=True) for _ in range(2))
    entered, done = threading.Event(), threading.Event()

    def late() -> None:
        entered.wait()
        append(two)
        done.set()

    thread = threading.Thread(target=late)
    thread.start()
    with one.database.writing() as cursor:
        cursor.execute("SELECT COUNT(*) FROM stored_events")
        entered.set()
        time.sleep(0.1)
        # A deferred transaction of the other would have taken its snapshot by now and failed.
        assert not done.is_set()
        cursor.execute("INSERT INTO labels (label, stream) VALUES ('x', 'y')")
    thread.join()
    assert done.is_set()
    one.close()
    two.close()


def test_a_lock_that_is_never_freed_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that keeps the write lock makes others give up after a while, not wait for ever."""
    monkeypatch.setattr(seam, "WAIT_SECONDS", 0.1)
    monkeypatch.setattr(pool, "WAIT_SECONDS", 0.1)
    one, two = (Store(tmp_path / "open.db", create=True) for _ in range(2))
    with one.database.writing(), pytest.raises(Unavailable, match="nothing was recorded"):
        append(two)
    with one.database.writing(), pytest.raises(Unavailable, match="nothing was recorded"):
        append(one)
    assert append(two)
    one.close()
    two.close()


def test_a_connection_that_cannot_be_made_does_not_end_all_writing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After one failure to open the file, as when handles run out, the next append succeeds."""
    resident = file_of(store)._resident
    assert resident is not None
    resident.close()
    real = pool.GuardedPool._create_connection

    def fail(_: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(pool.GuardedPool, "_create_connection", fail)
    with pytest.raises(Unavailable):
        append(store)
    monkeypatch.setattr(pool.GuardedPool, "_create_connection", real)
    assert append(store)


def test_a_statement_is_compiled_once(store: Store) -> None:
    """A store that has appended once appends again without compiling any SQL."""
    compiled: list[object] = []

    def noting(*what: object) -> int:
        compiled.append(what)
        return sqlite3.SQLITE_OK

    resident = file_of(store)._resident
    assert resident is not None
    # SQLite asks this while it compiles, and at no other time.
    resident._sqlite_conn.set_authorizer(noting)
    append(store)
    assert compiled
    compiled.clear()
    append(store)
    assert not compiled


# ---- the disk does not play along ----


def test_a_full_disk_refuses_the_append_and_keeps_what_is_there(store: Store) -> None:
    """Nothing of the append is kept, reading goes on, and writing goes on when there is room."""
    stream = append(store)
    with file_of(store).get_connection(commit=False) as one:
        pages = one._sqlite_conn.execute("PRAGMA page_count").fetchone()[0]
        one._sqlite_conn.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(Unavailable, match="nothing was recorded"):
        append(store, stream, size=100_000)
    assert store.last_seq(stream) == 1
    with file_of(store).get_connection(commit=False) as one:
        one._sqlite_conn.execute("PRAGMA max_page_count=1000000")
    append(store, stream, size=100_000)
    assert store.last_seq(stream) == 2


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Let the operating system refuse every write beyond a size, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_the_system_refuses_is_not_acknowledged(store: Store, tmp_path: Path) -> None:
    """Every append either raised `Unavailable` or is there afterwards, also for a new program."""
    acknowledged = []
    with no_file_beyond((tmp_path / "open.db-wal").stat().st_size + 60_000):
        for _ in range(20):
            try:
                acknowledged.append(append(store, size=5_000))
            except Unavailable:
                break
        else:
            pytest.fail("the limit was never reached")
    again = append(store)
    fresh = Store(tmp_path / "open.db")
    assert acknowledged
    assert set(fresh.streams()) >= {*acknowledged, again}
    fresh.close()


def test_a_read_only_store_is_read_and_not_written(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing can be written, what is there can still be read."""
    stream = append(store)
    monkeypatch.setattr(pool, "PRAGMAS", (*pool.PRAGMAS, "PRAGMA query_only=ON"))
    closed = Store(tmp_path / "open.db")
    with pytest.raises(Unavailable, match="nothing was recorded"):
        append(closed, stream)
    with pytest.raises(Unavailable):
        closed.close_ticks(range(1, 2), None)  # type: ignore[arg-type]  # never asked
    assert len(closed.rows(stream)) == 1
    closed.close()


def test_a_damaged_file_is_corrupt_and_not_merely_unavailable(tmp_path: Path) -> None:
    """What cannot be right is told from what cannot be reached."""
    path = tmp_path / "open.db"
    store = Store(path, create=True)
    for _ in range(50):
        append(store, size=4_000)
    store.close()
    data = bytearray(path.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    path.write_bytes(bytes(data))
    damaged = Store(path)
    with pytest.raises(EvidenceCorrupt, match="damaged"):
        damaged.streams()
    with pytest.raises(EvidenceCorrupt, match="damaged"):
        damaged.rows(new_stream())
    damaged.close()


def test_a_file_that_is_no_database_is_corrupt(tmp_path: Path) -> None:
    """A file of other bytes in a store's place is found on the first use."""
    path = tmp_path / "open.db"
    path.touch(mode=0o600)
    path.write_bytes(b"these are not the pages of a database\n" * 200)
    store = Store(path)
    with pytest.raises(EvidenceCorrupt):
        store.streams()
    store.close()


# ---- two faults of a commit ----


@pytest.mark.parametrize("persisted", [False, True])
def test_a_failed_commit_says_that_it_is_not_certain(
    store: Store, tmp_path: Path, persisted: bool
) -> None:
    """Whoever is told so repeats the act; the store itself holds all of it or nothing."""
    stream = new_stream()
    fault = failing_commit(1, persisted=persisted)
    with fault, pytest.raises(Unavailable, match="not certain"):
        append(store, stream)
    fresh = Store(tmp_path / "open.db")
    assert fresh.last_seq(stream) == store.last_seq(stream) == (1 if persisted else 0)
    fresh.close()
    append(store, stream)
    assert store.last_seq(stream) == (2 if persisted else 1)


def test_a_connection_that_cannot_roll_back_is_not_lent_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection in an unknown state is closed; the next append gets a fresh one."""
    broken = file_of(store)._resident
    assert broken is not None

    class Stuck:
        in_transaction = True

        def rollback(self) -> None:
            raise sqlite3.OperationalError("disk I/O error")

    def abandon(connection: SQLiteConnection) -> None:
        real = connection._sqlite_conn
        connection._sqlite_conn = Stuck()  # type: ignore[assignment]  # a double
        connection._sqlite_conn.close = real.close  # type: ignore[method-assign]  # a double
        give_up(connection)

    give_up = seam._abandon
    monkeypatch.setattr(seam, "_abandon", abandon)
    with pytest.raises(RuntimeError), store.database.writing():
        raise RuntimeError("the caller changed its mind")
    assert broken.closed
    assert append(store)


def test_closing_a_store_does_not_pull_it_away_from_who_reads(store: Store) -> None:
    """A thread that is reading while the program ends comes to its end; then its file is closed."""
    stream = append(store)
    with store.database.reading() as cursor:
        lent = file_of(store)._resident
        assert lent is not None
        store.close()
        cursor.execute(
            "SELECT COUNT(*) FROM stored_events WHERE originator_id = ?", (stream.hex(),)
        )
        assert cursor.fetchone()[0] == 1
        during = lent.closed
    assert (during, lent.closed) == (False, True)
    with pytest.raises(Unavailable):
        store.streams()


# ---- the keystore and the logbook ----


def test_an_erased_stream_takes_no_keys(tmp_path: Path) -> None:
    """After its fence stands, no wrap of a stream is kept, and the fence stays."""
    keystore = Keystore(tmp_path / "keystore.db", create=True)
    stream = new_stream()
    keystore.add_month_key("2026-01", b"wrapped")
    keystore.add_fence(Fence(stream, "both", b"e"))
    with pytest.raises(Unavailable, match="erased"):
        keystore.put_wrap(Wrap(stream, "2026-01", "sealed", b"wrap"))
    with pytest.raises(IntegrityError), keystore.database.writing() as cursor:
        cursor.execute("DELETE FROM fences")
    assert keystore.fence(stream) == "both"
    assert keystore.wrap(stream) is None
    keystore.close()


def test_of_two_fences_the_wider_one_counts(tmp_path: Path) -> None:
    """Whether one stream is asked for or all of them."""
    keystore = Keystore(tmp_path / "keystore.db", create=True)
    whole, people = new_stream(), new_stream()
    for stream, scope in ((whole, "personal"), (whole, "both"), (people, "personal")):
        keystore.add_fence(Fence(stream, scope, b"e"))
    assert keystore.scopes() == {whole: "both", people: "personal"}
    assert {one: keystore.fence(one) for one in (whole, people)} == keystore.scopes()
    keystore.close()


def test_the_first_month_key_counts(tmp_path: Path) -> None:
    """Two programs that make a month's key at once use the one that was kept first."""
    keystore = Keystore(tmp_path / "keystore.db", create=True)
    assert keystore.add_month_key("2026-01", b"one") == b"one"
    assert keystore.add_month_key("2026-01", b"two") == b"one"
    keystore.close()


def test_a_wrap_never_lies_under_a_month_that_has_no_key(tmp_path: Path) -> None:
    """The tables hold month keys and wraps together."""
    keystore = Keystore(tmp_path / "keystore.db", create=True)
    with pytest.raises(IntegrityError):
        keystore.put_wrap(Wrap(new_stream(), "2026-01", "open", b"wrap"))
    keystore.close()


def test_a_tick_follows_the_last_one_or_is_refused(tmp_path: Path) -> None:
    """The logbook takes no tick twice, none out of order, and no entry a second time."""
    logbook = Logbook(tmp_path / "log.db", create=True)
    logbook.add_ticks([Tick(1, 0, [b"a" * 32, b"b" * 32], b"seed")])
    for tick, first, entries in (
        (1, 0, [b"c" * 32, b"d" * 32]),
        (3, 2, [b"c" * 32, b"d" * 32]),
        (2, 4, [b"c" * 32, b"d" * 32]),
        (2, 2, [b"b" * 32, b"c" * 32]),
    ):
        with pytest.raises(EvidenceCorrupt):
            logbook.add_ticks([Tick(tick, first, entries, b"seed")])
    assert (logbook.last_tick(), logbook.size()) == (1, 2)
    assert logbook.leaf_of(b"b" * 32) == 1
    assert logbook.leaf_of(b"c" * 32) is None
    assert logbook.seeds(1) == b"seed"
    assert logbook.seeds(2) is None
    logbook.close()


@pytest.mark.parametrize("table", ["ticks", "entries"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET rowid = 9", "DELETE FROM {}"])
def test_the_logbook_is_append_only(tmp_path: Path, table: str, verb: str) -> None:
    """What a tick held can be read and not changed."""
    logbook = Logbook(tmp_path / "log.db", create=True)
    logbook.add_ticks([Tick(1, 0, [b"a" * 32], b"seed")])
    with pytest.raises(IntegrityError), logbook.database.writing() as cursor:
        cursor.execute(verb.format(table))
    with logbook.database.reading() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table}")
        assert cursor.fetchone()[0] == 1
    logbook.close()
