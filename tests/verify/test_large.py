"""Large packs: read by several processes, in blocks, the short way; the answer is the same."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing import Pipe
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.evidence.pack import (
    Scope,
    opening_path,
    record_path,
)
from ledger.evidence.schedule import Epoch, Schedule
from ledger.verify import Report, facts, leaves, listing, records, verify, workers
from ledger.verify import __main__ as command
from ledger.verify.facts import Row, Rows
from ledger.verify.moments import Clock
from tests.forge import Files, Forge, World, relist, write
from tests.verify.test_brought import parted

Bend = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(scope="module")
def world() -> World:
    """The good ledger."""
    return Forge().build()


def many_parts(patch: pytest.MonkeyPatch) -> None:
    """Let even a small pack have many parts and shares."""
    patch.setattr(listing, "_SHARE", 5)
    patch.setattr(listing, "_BLOCK", 700)
    patch.setattr(workers, "_WORTH_IT", 2)
    patch.setattr(records, "_SHARES", 3)
    patch.setattr(facts, "_IN_MEMORY", 64)
    patch.setattr(leaves, "_IDLE", 2)


def told(report: Report) -> list[tuple[str, str]]:
    """Return what a report says, in an order of its own."""
    return sorted((one.code, one.place) for one in report.findings)


# ---- processes ---------------------------------------------------------------------------------


def harmed(files: Files, world: World) -> Files:
    """Bend records, openings and digests of a pack in many ways."""
    made = [world.made(name) for name in ("request", "intake", "decided", "absence", "closed")]
    first, second, third, fourth, fifth = (one.index for one in made)
    bent = {
        **files,
        record_path(first): files[record_path(second)],
        opening_path(third): b"{}",
        record_path(fourth): files[record_path(fourth)][:-1],
    }
    del bent[opening_path(fifth)]
    return relist(bent)


@pytest.mark.parametrize("learnt", [0, 4096])
@pytest.mark.parametrize("scope", ["case", "ledger"])
@pytest.mark.parametrize("alter", [lambda files, _: files, harmed], ids=["good", "harmed"])
def test_several_processes_find_what_one_finds(
    alter: Callable[[Files, World], Files],
    scope: Scope,
    learnt: int,
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However the work is shared, and whatever was known beforehand, the report is one."""
    files = world.pack(scope, ("case", "intake") if scope == "case" else ())
    root = write(alter(files, world), tmp_path)
    alone = verify(root, world.trust(), jobs=1)
    many_parts(monkeypatch)
    monkeypatch.setattr(workers, "_FIRST_LEAVES", learnt)
    for jobs in (1, 3):
        shared = verify(root, world.trust(), jobs=jobs)
        assert told(shared) == told(alone)
        assert shared.json() == alone.json() or alone.exit_code == 1
        assert shared.shown == alone.shown


def test_a_signature_whose_key_comes_late_is_checked(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record may be read before the enrolment of its key; it is not forgotten."""
    forge = Forge()
    forge.draft("request").sign_as = "ben"
    bent = forge.build()
    root = write(bent.pack("ledger"), tmp_path)
    many_parts(monkeypatch)
    monkeypatch.setattr(workers, "_FIRST_LEAVES", 0)
    for jobs in (1, 2):
        report = verify(root, bent.trust(), jobs=jobs)
        assert [one.code for one in report.findings] == ["V9.signature"]


def test_openings_are_joined_by_every_process(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record in one container may have its opening in the other."""
    pack, openings = parted(world)
    index = world.made("founded").index
    path = opening_path(index)
    moved = relist({**openings, path: pack[path]})
    left = relist({name: data for name, data in pack.items() if name != path})
    sealed = world.made("request").index
    swapped = relist({**left, record_path(sealed): openings[record_path(sealed)]})
    rest = relist({name: data for name, data in moved.items() if name != record_path(sealed)})
    write(swapped, tmp_path / "pack")
    write(rest, tmp_path / "openings")
    many_parts(monkeypatch)
    for jobs in (1, 2):
        report = verify(tmp_path / "pack", world.trust(), openings=tmp_path / "openings", jobs=jobs)
        assert (told(report), report.exit_code) == ([], 0)
    both = relist({**rest, record_path(index): pack[record_path(index)]})
    write(both, tmp_path / "openings")
    report = verify(tmp_path / "pack", world.trust(), openings=tmp_path / "openings")
    assert told(report) == [("V1.in-both", record_path(index))]


def test_a_brought_record_may_belong_to_the_packs_opening(world: World, tmp_path: Path) -> None:
    """The other way round: the pack opens a leaf whose record the receiver brings."""
    pack, openings = parted(world)
    index = world.made("request").index
    path = opening_path(index)
    write(relist({**pack, path: openings[path]}), tmp_path / "pack")
    rest = relist({name: data for name, data in openings.items() if name != path})
    write(rest, tmp_path / "openings")
    asked = {"openings": tmp_path / "openings"}
    assert told(verify(tmp_path / "pack", world.trust(), **asked)) == []  # type: ignore[arg-type] # one name
    (tmp_path / "pack" / path).unlink()
    report = verify(tmp_path / "pack", world.trust(), **asked)  # type: ignore[arg-type] # one name
    assert ("V1.missing", path) in told(report)
    assert ("V7.opening-missing", record_path(index)) in told(report)


def test_a_process_ends_when_nobody_asks(world: World, tmp_path: Path) -> None:
    """A process reads what it is asked for, checks what had to wait, and goes."""
    write(world.pack("ledger"), tmp_path)
    kept: list[leaves.LeafReader] = []
    with pytest.MonkeyPatch.context() as patch:
        first = workers.Crew.__init__

        def keeping(crew: workers.Crew, reader: leaves.LeafReader, jobs: int) -> None:
            kept.append(reader)
            first(crew, reader, jobs)

        patch.setattr(workers.Crew, "__init__", keeping)
        assert verify(tmp_path, world.trust(), jobs=1).exit_code == 0
    here, there = Pipe()
    other, unused = Pipe()
    thread = threading.Thread(target=workers._work, args=(kept[0], there, other))
    thread.start()
    here.send(((0, 0), []))
    assert here.recv().records == 19
    here.send(([(7, "ab" * 32, b"", b"")], [("ab" * 32, bytes(32))]))
    assert here.recv() == [7]
    here.close()
    there.close() if not thread.is_alive() else None
    unused.close()
    thread.join(timeout=30)
    assert not thread.is_alive()


def test_the_command_takes_a_number_of_processes(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever shares a machine may ask for fewer processes, and for a possible number only."""
    root = write(world.pack("ledger"), tmp_path / "pack")
    (tmp_path / "trust.json").write_bytes(world.trust())
    asked = [str(root), "--trust", str(tmp_path / "trust.json"), "--jobs"]
    assert command.main([*asked, "1"]) == 0
    for wrong in ("0", "many", "1000"):
        with pytest.raises(SystemExit):
            command.main([*asked, wrong])
    assert "--jobs" in capsys.readouterr().err
    assert workers.processors() >= 1


# ---- time and rows -------------------------------------------------------------------------------


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Draw a schedule of one to three epochs."""
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 10**6)))
    size, epochs = 0, []
    for _ in range(draw(st.integers(1, 3))):
        period, opened, sealed = (draw(st.integers(1, 90)) for _ in range(3))
        epochs.append(Epoch(size, start, period, opened, sealed, draw(st.integers(0, 5))))
        ticks = draw(st.integers(1, 9))
        size += ticks * (opened + sealed)
        start += timedelta(seconds=ticks * period + draw(st.integers(0, 500)))
    return Schedule("a.example", tuple(epochs))


@settings(max_examples=200)
@given(schedule=schedules(), index=st.integers(0, 3000), seconds=st.integers(-5000, 5000))
def test_the_clock_says_what_the_schedule_says(
    schedule: Schedule, index: int, seconds: int
) -> None:
    """In whole seconds the answers are the same, only sooner."""
    clock, start = Clock(schedule), datetime(1970, 1, 1, tzinfo=UTC)
    tick = schedule.tick_of(index)
    assert clock.tick_of(index) == tick
    assert clock.size_before(tick) == schedule.size_after(tick - 1)
    assert clock.delay(tick) == schedule.epoch_of(tick).delay
    at = schedule.epochs[-1].start + timedelta(seconds=seconds)
    assert clock.running((at - start) // timedelta(seconds=1)) == schedule.running_tick(at)


@settings(max_examples=200)
@given(
    schedule=schedules(),
    index=st.integers(0, 3000),
    size=st.integers(0, 3000),
    seconds=st.integers(-5000, 5000),
    span=st.integers(0, 900),
)
def test_a_leaf_is_in_time_when_the_schedule_says_so(
    schedule: Schedule, index: int, size: int, seconds: int, span: int
) -> None:
    """The three questions of V11 about a leaf and the time of its record, asked at once."""
    start = datetime(1970, 1, 1, tzinfo=UTC)
    earliest = schedule.epochs[-1].start + timedelta(seconds=seconds)
    latest = earliest + timedelta(seconds=span)
    tick, running = schedule.tick_of(index), schedule.running_tick(latest)
    wanted = (
        size <= schedule.size_after(tick - 1)
        and schedule.running_tick(earliest) <= tick
        and tick <= running + schedule.epoch_of(running).delay
    )
    first, last = ((at - start) // timedelta(seconds=1) for at in (earliest, latest))
    assert Clock(schedule).is_in_time(index, size, first, last) == wanted


def test_rows_come_back_as_they_were_kept() -> None:
    """Stream by stream, by seq, a record before a tombstone that claims its place."""
    rows = Rows(2)
    kept = [
        Row(
            bytes(32), bytes(32), bytes([1]) * 16, seq, leaf, 3, -62_135_596_800, 2**53 - 1, flags,
            tail,
        )
        for seq, leaf, flags, tail in (
            (2, 9, 0, b""), (1, 8, facts.ERASED, b"x:1"), (1, 2**53 - 1, facts.SIGNED, b"[]"),
        )
    ]  # fmt: skip
    rows.add(1, b"".join(facts.dump_row(row) for row in kept))
    assert rows.streams(0) == {}
    assert rows.streams(1) == {bytes([1]) * 16: [kept[2], kept[1], kept[0]]}
    rows.close()


def test_the_collector_of_garbage_is_left_as_it_was(world: World, tmp_path: Path) -> None:
    """It rests during a verification, and afterwards runs again if it ran before."""
    write(world.pack("ledger"), tmp_path)
    assert gc.isenabled()
    verify(tmp_path, world.trust())
    assert gc.isenabled()
    gc.disable()
    try:
        verify(tmp_path, world.trust())
        assert not gc.isenabled()
    finally:
        gc.enable()
