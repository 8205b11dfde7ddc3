"""Killed without warning: nothing that was acknowledged is lost, and everything goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from keys.keyring import Keyring
from ledger.errors import NotFound
from ledger.evidence.grammar import format_position
from ledger.leaves import root_at
from ledger.register import eraser
from tests.postgresql.ledgers import address, set_up
from tests.postgresql.programs import Version
from tests.postgresql.server import Server
from tests.postgresql.site import Site
from tests.register.ledgers import Clock, Ledger, check_sound, found_ledger, open_streams
from tests.register.test_every_fault import answered
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("LEDGER_KILLS", "50"))
"""How often the process is killed: 50 times in every run; a longer soak is asked for (1000)."""
SERVER_LIVES = 5
"""How many processes a server outlives; tests/stores/test_connections.py kills 50 more."""
LOOKS = {"files": 6, "server": 3}
"""How often the whole ledger is examined on the way."""


@pytest.fixture
def server(postgres_sites: Callable[[Version], Site]) -> Iterator[Server]:
    """A server of the newest version that is set up for ledgers, to be killed."""
    made = Server.started(postgres_sites("newest"))
    set_up(made)
    yield made
    made.stop()


@pytest.mark.parametrize("kind", ["files", "server"])
def test_what_is_killed_loses_nothing_that_was_acknowledged(
    kind: str, request: pytest.FixtureRequest, people: dict[str, Keyring], tmp_path: Path
) -> None:
    """A process that saves, triages, seals late, erases and ticks is killed at random moments, and
    now and then the server that keeps its stores, if one does: each acknowledged record and each
    published root is there, a repeated command has the same receipt, no erased case is back, none
    that was sealed is open, and all of the ledger is sound.
    """
    server: Server | None = None
    if kind == "files":
        ledger: Ledger = request.getfixturevalue("ledger")
    else:
        server = request.getfixturevalue("server")
        ledger = found_ledger(tmp_path / "home", people, Clock(), store=address(server))
    for name in ("mara", "tom", "kim", "pat"):
        ledger.home.keyring_path(name).write_bytes(ledger.people[name].dump(b""))
    ledger.home.close()
    log = tmp_path / "acknowledged"
    log.touch()
    spare = subprocess.Popen(
        [sys.executable, __file__.replace("test_killed", "worker"), str(ledger.path), str(log)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert spare.stdin is not None
    assert spare.stdout is not None
    random = Random(20260619)
    for kill in range(KILLS):
        spare.stdin.write(f"{kill}\n")
        spare.stdin.flush()
        worker = int(spare.stdout.readline())
        come(log, random.randrange(1, 8 if server is None else 4))
        time.sleep(random.uniform(0, 0.05))
        if server is not None and kill % SERVER_LIVES == 0:
            server.kill()
            server.restart()
            come(log, random.randrange(1, 4))
            time.sleep(random.uniform(0, 0.05))
        os.kill(worker, signal.SIGKILL)
        assert spare.stdout.readline() == "gone\n"
        if (kill + 1) % max(1, KILLS // LOOKS[kind]) == 0:
            ledger = ledger.reopened()
            check_kept(ledger, log)
            ledger = check_sound(ledger)
            check_repeated(ledger, log)
            ledger.home.close()
    spare.stdin.close()
    assert spare.wait(30) == 0
    spare.stdout.close()
    assert log.read_text().count("tick") >= KILLS // 10
    assert log.read_text().count("erased") >= KILLS // 25


def come(log: Path, more: int) -> None:
    """Wait until so many more acts were acknowledged."""
    wanted = log.read_bytes().count(b"\n") + more
    wait_until(lambda: log.read_bytes().count(b"\n") >= wanted, "the worker goes on")


def check_kept(ledger: Ledger, log: Path) -> None:
    """Look for each acknowledged record, its command's answer, and each published root."""
    # The last line may have been cut by the kill.
    lines = [line.split(" ") for line in log.read_text().splitlines() if line.count(" ") == 3]
    eraser.finish(ledger.home, ledger.register.office(), None, ledger.clock())
    kept = {
        record.ref: record.e
        for stream in open_streams(ledger).values()
        for record in stream.records
    }
    stones = {
        format_position(one.stream, one.seq): one.e.hex()
        for store in ledger.stores()
        for mark in store.erased.marks()
        for one in store.erased.tombstones(mark.stream)
    }
    assert not stones.keys() & kept.keys()
    kept |= stones
    for person, second, third, fourth in lines:
        if person == "erased":
            with pytest.raises(NotFound):
                ledger.look("mara", second)
        elif person == "sealed":
            assert ledger.look("mara", second).sealed
            with pytest.raises(NotFound):
                ledger.register.reader(ledger.people["pat"]).case(second)
        elif person == "tick":
            size = ledger.home.schedule.size_after(int(second))
            newest = ledger.home.newest_checkpoint()
            assert newest is not None
            assert bytes.fromhex(third) == root_at(ledger.home, newest, size)
        else:
            assert kept[third] == fourth
            assert answered(ledger, person, bytes.fromhex(second))


def check_repeated(ledger: Ledger, log: Path) -> None:
    """Repeat the newest visits under their command numbers: the receipts are the same."""
    lines = [line.split(" ") for line in log.read_text().splitlines() if line.count(" ") == 3]
    for person, command_id, ref, e in [one for one in lines if one[0] == "kim"][-5:]:
        visit = {"mode": "in-person"}
        again = ledger.do(person, "intake", None, visit, command_id=bytes.fromhex(command_id))
        assert [(one.ref, one.e) for one in again.records] == [(ref, e)]
        assert (
            again.records
            == ledger.do(
                person, "intake", None, visit, command_id=bytes.fromhex(command_id)
            ).records
        )
