"""The primary is killed under load, a standby takes over, and the clients go on by themselves.

At least 3,000 commands are acknowledged on the way. Most of them are appends with a command number
to a store beside the ledger's own (`client.py` says why); several hundred are acts through the
register, at the desk and in cases, while the log ticks.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from keys.keyring import Keyring
from ledger.errors import Unavailable
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.merkle import Tree, verify_consistency
from ledger.evidence.note import SignedNote
from ledger.evidence.tiles import TileReader
from ledger.founding import Terms
from ledger.stores.store import Store
from tests.postgresql.cluster import Cluster
from tests.postgresql.ledgers import address, set_up
from tests.postgresql.programs import Version
from tests.postgresql.server import Server
from tests.postgresql.site import Site
from tests.register.client import CONTACT, beside
from tests.register.ledgers import (
    Clock,
    Ledger,
    check_offline,
    check_sound,
    found_ledger,
    open_streams,
)
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
VERSIONS = os.environ.get("LEDGER_FAILOVERS", "newest").split()
"""On which versions the failover is tried: `newest oldest` for both."""
COMMANDS = 3_000
PROCESSES, ACTING, SAVING = 2, 3, 8
OFTEN = Terms(period_seconds=86_400, open=128, sealed=64, delay=2)
REPEATED = 40
"""How many of the certain acts are repeated, besides all that were not."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A line of client.py."""

    who: str
    command: str
    ref: str
    e: str
    case: str
    tries: int
    uncertain: int


@pytest.fixture(params=VERSIONS)
def doomed(
    request: pytest.FixtureRequest, postgres_sites: Callable[[Version], Site]
) -> Iterator[Cluster]:
    """A primary and two standbys, set up for ledgers."""
    cluster = Cluster(postgres_sites(request.param))
    set_up(cluster.primary)
    yield cluster
    cluster.stop()


@pytest.fixture
def served(doomed: Cluster, people: dict[str, Keyring], tmp_path: Path) -> Iterator[Ledger]:
    """A ledger there, and a store beside it. It signs nothing without a standby."""
    url = address(*doomed.servers.values())
    origin, path = "ledger.failover.example", tmp_path / "home"
    made = found_ledger(path, people, Clock(), OFTEN, store=url, origin=origin, needs_standby=True)
    for name in ("mara", "kim", "pat"):
        made.home.keyring_path(name).write_bytes(people[name].dump(b""))
    Store(beside(made.home), create=True).close()
    yield made
    made.home.close()


def test_a_standby_takes_over_under_load(
    served: Ledger, doomed: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of all commands that were acknowledged before, during and after the failover none is lost and
    none was carried out twice; the log goes on from its last checkpoint, and no history forks.
    """
    file = tmp_path / "acknowledged"
    file.touch()
    with clients(served.path, file), ticking(served) as ticks:
        come(file, COMMANDS // 3)
        wait_until(lambda: ticks() >= 2, "the log ticks")
        pinned = newest(served)
        # Stopped in its tracks first: whoever commits at that moment never hears what became of it.
        doomed.primary.pause()
        doomed.kill_primary()
        at_kill = len(lines(file))
        doomed.promote()
        published = ticks()
        come(file, COMMANDS)
        wait_until(lambda: ticks() >= published + 2, "the log ticks again")
    done = lines(file)
    uncertain = [one for one in done if one.uncertain]
    acts = [one for one in done if one.who != "store"]
    with capsys.disabled():
        print(
            f"\n{len(done)} commands acknowledged, {at_kill} before the kill; {len(acts)} of them"
            f" acts; {sum(one.tries > 1 for one in done)} begun again,"
            f" {len(uncertain)} not certain at first"
        )
    assert len(done) >= COMMANDS
    assert len({one.command for one in done}) == len(done)
    assert len(acts) >= 200
    check_saved(served, [one for one in done if one.who == "store"])
    ledger = check_acts(served.reopened(), acts)
    check_log_goes_on(ledger, pinned)
    check_offline(ledger, tmp_path / "pack", pinned)
    doomed.rejoin("zero")
    check_same(doomed)


# ---- the load ----


@contextmanager
def clients(path: Path, file: Path) -> Iterator[None]:
    """Let clients work for the length of a block; each must end well."""
    program = [sys.executable, "-X", "faulthandler", str(ROOT / "tests/register/client.py")]
    given = [str(path), str(file), str(ACTING), str(SAVING)]
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [*program, *given],
                    cwd=ROOT,
                    env={**os.environ, "PYTHONPATH": str(ROOT)},
                    stdin=subprocess.PIPE,
                )
            )
            for _ in range(PROCESSES)
        ]
        try:
            yield
            for one in started:
                one.communicate(timeout=120)
            assert [one.returncode for one in started] == [0] * PROCESSES
        finally:
            for one in started:
                one.kill()


@contextmanager
def ticking(ledger: Ledger) -> Iterator[Callable[[], int]]:
    """Let the log tick for the length of a block; gives how many ticks were published."""
    published: list[int] = []
    ends, failures = threading.Event(), []

    def tick() -> None:
        try:
            while not ends.wait(0.5):
                try:
                    done = ledger.tick(days=1)
                except Unavailable:
                    continue
                published.extend(one.tick for one in done)
        except BaseException as error:
            failures.append(error)
            raise

    ticker = threading.Thread(target=tick)
    ticker.start()
    try:
        yield lambda: len(published)
    finally:
        ends.set()
        ticker.join()
    assert failures == []
    assert published == sorted(set(published))


def lines(file: Path) -> list[Acknowledged]:
    """Everything that was acknowledged so far."""
    split = [line.split(" ") for line in file.read_text().splitlines()]
    return [
        Acknowledged(who, command, ref, e, case, int(tries), int(uncertain))
        for who, command, ref, e, case, tries, uncertain in split
    ]


def come(file: Path, wanted: int) -> None:
    """Wait until so many commands were acknowledged."""
    wait_until(lambda: file.read_bytes().count(b"\n") >= wanted, f"{wanted} commands")


def newest(ledger: Ledger) -> bytes:
    """The newest published checkpoint, as it lies there."""
    return (ledger.path / "log" / "checkpoint").read_bytes()


# ---- what must hold afterwards ----


def check_saved(ledger: Ledger, saved: list[Acknowledged]) -> None:
    """Each append is there once, with its answer; positions are dense, and nothing else is there:
    clients end only when everything that they began was acknowledged.
    """
    with closing(Store(beside(ledger.home))) as store:
        rows = store.page(0, len(saved) + 1)
        assert [position for position, _ in rows] == list(range(1, len(saved) + 1))
        assert {row.stream.hex() for _, row in rows} == {one.ref for one in saved}
        for one in saved[:: len(saved) // 200]:
            answer = store.answer(one.command)
            assert answer is not None
            assert answer.answer.hex() == one.ref


def check_acts(ledger: Ledger, acts: list[Acknowledged]) -> Ledger:
    """Every act is there, chained; repeated, it has the same receipt and writes nothing."""
    ledger = check_sound(ledger)
    streams = open_streams(ledger).values()
    kept = {record.ref: record.e for stream in streams for record in stream.records}
    assert {one.ref: one.e for one in acts}.items() <= kept.items()
    counts = []
    for _ in range(2):
        for store in ledger.stores():
            rows = store.page(0, store.last_position() + 1)
            assert [position for position, _ in rows] == list(range(1, len(rows) + 1))
            counts.append(len(rows))
        sample = [one for one in acts if one.uncertain] + acts[:: len(acts) // REPEATED]
        for one in sample:
            check_repeated(ledger, one)
    assert counts[:3] == counts[3:]
    return ledger


def check_repeated(ledger: Ledger, one: Acknowledged) -> None:
    """Repeat an act under its number."""
    command, case, fields = {
        "kim": ("intake", None, {"mode": "in-person"}),
        "mara": ("open", one.case, {}),
        "pat": ("attempt-contact", one.case, CONTACT),
    }[one.who]
    receipt = ledger.do(one.who, command, case, fields, command_id=bytes.fromhex(one.command))
    assert (receipt.records[-1].ref, receipt.records[-1].e) == (one.ref, one.e)


def check_log_goes_on(ledger: Ledger, pinned: bytes) -> None:
    """The checkpoint from before the failover is a beginning of the newest one."""
    before, after = (
        Checkpoint.load(SignedNote.parse(note).text) for note in (pinned, newest(ledger))
    )
    assert 0 < before.size < after.size
    tree = Tree(TileReader(ledger.home.log_directory).hash_at)
    proof = tree.consistency_proof(before.size, after.size)
    assert verify_consistency(before.size, before.root, after.size, after.root, proof)


def check_same(cluster: Cluster) -> None:
    """The server that was killed, and came back, has what the others have."""
    old, new = cluster.servers["zero"], cluster.primary
    expected = contents(new)
    assert expected
    wait_until(lambda: contents(old) == expected, "the old primary has the new history")


def contents(server: Server) -> list[object]:
    """Digests of all rows and commands on a server."""
    tables = (
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE tablename IN ('stored_events', 'commands', 'commitments', 'entries') ORDER BY 1"
    )
    found: list[object] = []
    for name in ("open", "inbox", "vault", "log"):
        with server.connect(f"ledger_{name}") as connection:
            for (table,) in connection.execute(tables).fetchall():
                digest = f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY t)) FROM {table} t"
                found.append((name, table, connection.execute(digest.encode()).fetchone()))
    return found
