"""Stores that are copied from one kind of database to the other, and closed behind it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest

from ledger.errors import LedgerError, Unavailable
from ledger.stores.opening import Where, open_database
from ledger.stores.place import STORE_NAMES, Place, StoreName, schema_of
from ledger.stores.store import Store
from ledger.stores.transfer import Digests, destination, one_moment, transfer
from tests.postgresql.programs import VERSIONS, Version
from tests.stores.lanes import Lane, new_stream

Stores = Mapping[StoreName, Where]
_numbers = count(1)


@pytest.fixture(params=VERSIONS)
def places(request: pytest.FixtureRequest, ledger_servers: Callable[[Version], str]) -> Stores:
    """The places of a library of its own, on a server of each version; nothing is there yet."""
    url, schema = ledger_servers(request.param), schema_of(f"transfer/{next(_numbers)}")
    return {name: Place(name, url, schema) for name in STORE_NAMES}


def files(folder: Path) -> Stores:
    """The files of a folder, which may not be there yet."""
    folder.mkdir(exist_ok=True)
    return {name: folder / f"{name}.db" for name in STORE_NAMES}


def made(stores: Stores) -> Stores:
    """Make empty stores."""
    for name, where in stores.items():
        open_database(where, name, create=True).close()
    return stores


def moved(source: Stores, to: Stores, folder: Path) -> Digests:
    """Copy stores and close the old ones."""
    with (
        destination(folder, to) as target,
        one_moment(source, keep=True) as moment,
    ):
        return transfer(moment, target, lambda: None)


AS_IT_MAY_BE = """
INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state)
VALUES (1, '{a}', 1, 'r', x'01'), (2, '{b}', 1, 'r', x'02'), (3, '{a}', 2, 'r', x''),
       (4, '{b}', 2, 'r', x'04'), (5, '{b}', 3, 'r', zeroblob(70000)), (6, '{b}', 4, 'r', x'06');
WITH RECURSIVE n(part) AS (SELECT 0 UNION ALL SELECT part + 1 FROM n WHERE part < 39)
    INSERT INTO documents SELECT '{a}', 2, part, zeroblob(65564) FROM n;
INSERT INTO commitments VALUES
    (2, '{a}', 1, x'a1', 5, 6, 7, 8, '2026-06-19T20:00:00+00:00'),
    (9, '{a}', 2, x'a2', 5, 6, NULL, NULL, NULL);
INSERT INTO waits VALUES (9, '{b}', 1), (9, '{a}', 1);
UPDATE lane SET closed = 3, running = 4;
INSERT INTO commands VALUES ('ü\t\\N', x'5c4e', x'00');
INSERT INTO labels VALUES (3, 'K', '{a}'), (4, 'Ä', '{b}');
INSERT INTO continued VALUES (x'ff');
INSERT INTO wraps VALUES ('{a}', '2026-06', 'open', x'77', 1);
INSERT INTO erased VALUES ('{b}', 'both', 'x:1', x'ee'), ('{a}', 'personal', 'x:2', x'ee');
INSERT INTO tombstones VALUES ('{b}', 1, x'b1', x'e1'), ('{b}', 10, x'b1', x'e1');
DELETE FROM stored_events WHERE originator_id = '{b}';
"""


def test_positions_gaps_and_counters_are_kept_there_and_back(
    places: Stores, tmp_path: Path
) -> None:
    """What was erased leaves its gaps, the last position of all included, and the next row comes
    after it; numbers of labels and commitments go on where they were.
    """
    source = made(files(tmp_path / "one"))
    a, b = new_stream(), new_stream()
    with closing(sqlite3.connect(tmp_path / "one" / "vault.db")) as raw, raw:
        raw.executescript(AS_IT_MAY_BE.format(a=a.hex(), b=b.hex()))
    before = moved(source, places, tmp_path)
    assert before["vault"]["stored_events"].rows == 2
    assert before["vault"]["documents"].rows == 40
    back = files(tmp_path / "two")
    assert moved(places, back, tmp_path / "two") == before
    with closing(sqlite3.connect(tmp_path / "two" / "vault.db")) as raw:
        assert raw.execute("SELECT rowid FROM stored_events").fetchall() == [(1,), (3,)]
        assert raw.execute("SELECT max(position) FROM labels").fetchone() == (4,)
    check_goes_on(Store(back["vault"]))


def test_the_next_row_on_the_server_comes_after_all(places: Stores, tmp_path: Path) -> None:
    """No position and no number is given twice after a move."""
    source = made(files(tmp_path / "one"))
    a, b = new_stream(), new_stream()
    with closing(sqlite3.connect(tmp_path / "one" / "vault.db")) as raw, raw:
        raw.executescript(AS_IT_MAY_BE.format(a=a.hex(), b=b.hex()))
    moved(source, places, tmp_path)
    check_goes_on(Store(places["vault"]))


def check_goes_on(store: Store) -> None:
    """Append one row more, with a label, and look where it is."""
    with closing(store):
        stream = new_stream()
        Lane(store).append(9, (stream, 1), label=("new", stream))
        assert [position for position, _ in store.page(0, 10)] == [1, 3, 7]
        numbers = "SELECT max(position) FROM"
        assert store.database.ask(f"{numbers} labels")[0][0] == 5
        assert store.database.ask(f"{numbers} commitments")[0][0] == 10


@pytest.mark.parametrize("way", ["to files", "to a server"])
def test_whatever_was_acknowledged_is_in_the_move(places: Stores, tmp_path: Path, way: str) -> None:
    """Threads record as fast as they can while the stores are moved away under them: each row that
    was acknowledged is in the copy, no other one is, and nobody records in the old stores again.
    """
    inside = files(tmp_path / "files")
    source, to = (made(places), inside) if way == "to files" else (made(inside), places)
    stores = [Store(source["open"]) for _ in range(2)]
    acknowledged: list[int] = []
    refused: list[LedgerError] = []
    begun = Event()

    def record(store: Store) -> None:
        lane, stream = Lane(store, quota=100_000), new_stream()
        with suppress(StopIteration):
            for seq in count(1):
                try:
                    lane.append(1, (stream, seq))
                except LedgerError as error:
                    refused.append(error)
                    return
                acknowledged.append(seq)
                if len(acknowledged) > 20:
                    begun.set()

    threads = [Thread(target=record, args=(store,)) for store in (*stores, *stores)]
    for thread in threads:
        thread.start()
    assert begun.wait(60)
    before = moved(source, to, tmp_path / "files")
    for thread in threads:
        thread.join(60)
    assert [type(one) for one in refused] == [Unavailable] * 4
    assert all("tart this program again" in str(one) for one in refused)
    assert before["open"]["stored_events"].rows == len(acknowledged)
    with closing(Store(to["open"])) as store:
        assert [position for position, _ in store.page(0, 100_000)] == [
            *range(1, len(acknowledged) + 1)
        ]
    for store in stores:
        assert len(store.page(0, 100_000)) == len(acknowledged)
        store.close()


def test_a_moment_is_one_for_all_stores_of_a_server(places: Stores) -> None:
    """Rows that go to one store and then to the next are never seen in the second one alone."""
    made(places)
    first, second = Store(places["open"]), Store(places["vault"])
    ended = Event()

    def record() -> None:
        one, two, stream = Lane(first, quota=10_000), Lane(second, quota=10_000), new_stream()
        for seq in count(1):
            if ended.is_set():
                return
            one.append(1, (stream, seq))
            two.append(1, (stream, seq))

    thread = Thread(target=record)
    thread.start()
    seen = []
    for _ in range(10):
        with one_moment(places) as moment:
            counted = [moment.sides[name].last_position() for name in ("open", "vault")]
            assert counted[0] - counted[1] in (0, 1)
            seen.append(counted[1])
    ended.set()
    thread.join(60)
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]
    first.close()
    second.close()


def test_one_place_is_filled_by_one_program(places: Stores, tmp_path: Path) -> None:
    """Who founds or copies to a place keeps it for himself until he is done."""
    with (
        destination(tmp_path, places),
        pytest.raises(Unavailable, match="Another program"),
        destination(tmp_path, places),
    ):
        pass
    with destination(tmp_path, places) as target:
        assert not target.is_filled()
