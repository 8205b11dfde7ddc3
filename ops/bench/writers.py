"""Where the time of many writers goes on PostgreSQL: the server looks at itself every few
milliseconds while they write, and says what their transactions are at.

Writers that wait go together in one transaction (`ledger.stores.together`), and one writes at a
time: so at each moment there is one thing that all of them wait for.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from threading import Thread

from ceilings import Work, together
from figures import Figure

from ledger.stores.store import Store
from tests.postgresql.server import Server

_LOOK = """
DO $$ BEGIN
  FOR look IN 1..500 LOOP
    PERFORM pg_stat_clear_snapshot();
    INSERT INTO seen SELECT COALESCE(
      (SELECT concat_ws(':', state, wait_event_type, wait_event) FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND state <> 'idle'
       ORDER BY state = 'active' DESC LIMIT 1), 'none');
    PERFORM pg_sleep(0.002);
  END LOOP;
END $$
"""
_KINDS: Mapping[str, str] = {
    "active": "the server's processor",
    "active:IO": "the disk, mostly the log's flush",
    "active:Lock": "a lock of the server",
    "active:LWLock": "a lock of the server",
}
"""What a look found, by its first words. Where nobody is at anything, or the server waits for the
next statement, it is our program's turn.
"""
OURS = "our program"
WORK = "writers"
"""The work of which these figures are parts."""


def writer_figures(
    server: Server, store: Store, works: Sequence[Work], appends: int
) -> Iterator[Figure]:
    """The parts of one append, in microseconds; how many go together; and our processor's time."""
    seen: Counter[str] = Counter()
    watching = Thread(target=_look, args=(server, seen))
    watching.start()
    before, began, spent = _turns(store), time.perf_counter(), time.process_time()
    rounds = 0
    while watching.is_alive():
        together(works, appends)
        rounds += 1
    many = rounds * appends * len(works)
    each = 1e6 * (time.perf_counter() - began) / many
    processor = 1e6 * (time.process_time() - spent) / many
    for kind, count in sorted(seen.items()):
        share = count / seen.total()
        yield _part(kind, share * each, each)
    yield _part("processor time of our program, whatever is waited for", processor, each)
    groups = _turns(store) - before
    yield Figure("appends that go together", many / groups, "", "", 0, 0, work=WORK)


def _part(name: str, value: float, each: float) -> Figure:
    return Figure(name, value, "us", "all of one append", each, value / each, work=WORK)


def _look(server: Server, seen: Counter[str]) -> None:
    with closing(server.connect()) as connection:
        connection.autocommit = True
        connection.execute("CREATE TEMPORARY TABLE seen (what text)")
        connection.execute(_LOOK)
        for what, count in connection.execute("SELECT what, count(*) FROM seen GROUP BY what"):
            first = ":".join(what.split(":")[:2])
            seen[_KINDS.get(first, OURS)] += count


def _turns(store: Store) -> int:
    """How many transactions have written to a store so far."""
    return int(store.database.ask("SELECT writes FROM head")[0][0])
