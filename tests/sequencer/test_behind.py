"""Looks wait behind acts: however often somebody looks, no act or receipt comes later for it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from ledger.evidence.rights import LOOKS
from ledger.founding import Terms
from ledger.home import Home
from ledger.register.acts import OFFICE
from ledger.register.handle import Register
from ledger.register.lanes import quota
from ledger.register.looked import Looked, Waiting, waiting_looks
from ledger.stores.pending import Pending
from tests.register.ledgers import (
    START,
    Clock,
    Ledger,
    cast,
    check_offline,
    check_sound,
    found_ledger,
    open_streams,
)

NARROW = Terms(period_seconds=86_400, open=8, sealed=4, delay=2)
VAULT = 3
"""Places of the vault in a tick."""


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger with three places a day in the vault, that has published its first days."""
    one = found_ledger(tmp_path / "home", cast(), Clock(), NARROW)
    one.tick(days=4)
    assert quota("vault", one.home.schedule.epoch_of(1)) == VAULT
    return one


def look(ledger: Ledger, times: int, person: str = "mara") -> None:
    """Let somebody look, each time in a run of its own."""
    for _ in range(times):
        ledger.register.looking(ledger.people[person], "duty").sealed_references()


def looks(ledger: Ledger) -> list[Pending]:
    """The commitments of all looks, in the order in which they came."""
    found = [
        ledger.pending(stream, opened.record.seq)
        for (_, stream), one in open_streams(ledger).items()
        for opened in one.unsealed
        if opened.record.type == "sealed-looked.v1"
    ]
    return sorted((one for one in found if one is not None), key=lambda one: one.seq)


def test_a_look_reserves_nothing_and_takes_what_a_tick_has_left(ledger: Ledger) -> None:
    """Until its tick closes a look has no place; then it has the first that nobody else wanted."""
    look(ledger, 5)
    assert [one.tick for one in looks(ledger)] == [None] * 5
    ledger.tick(days=1)
    first = ledger.home.logbook.last_tick()
    assert [one.tick for one in looks(ledger)] == [first] * VAULT + [None, None]
    ledger.tick(days=1)
    assert [one.tick for one in looks(ledger)] == [first] * VAULT + [first + 1] * 2
    check_sound(ledger)


def test_a_busy_reader_delays_no_act(ledger: Ledger, tmp_path: Path) -> None:
    """T-57: with many looks before it, an act of the vault has its receipt at once."""
    reference = ledger.visit("kim")
    look(ledger, 40)
    sealing = {"ground": "gag", "citation": "18 U.S.C. 2709(c)", "review_on": "2026-12-01"}
    kept = ledger.do("mara", "keep-sealed", reference, sealing)
    running = ledger.home.schedule.running_tick(ledger.clock())
    assert {one.tick for one in kept.records} == {running + NARROW.delay}
    assert all(one.note for one in kept.records)
    check_offline(check_sound(ledger), tmp_path / "pack")


def test_looks_that_still_wait_when_their_right_ends_are_no_fault(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Whose role and key end while their looks wait is not said to have signed too late."""
    look(ledger, 20, "tom")
    look(ledger, 20, "pat")
    ledger.do("mara", "end-role", OFFICE, {"person": "pat", "role": "staff"})
    ledger.do("mara", "revoke-key", OFFICE, {"key": ledger.people["tom"].key_id.hex()})
    ledger.tick(days=12)
    last = max(one.tick or 0 for one in looks(ledger))
    assert last > ledger.home.schedule.running_tick(START) + 5 + NARROW.delay
    check_offline(ledger, tmp_path / "pack")


def test_only_looks_wait_behind_all_others() -> None:
    """A stream in which records may wait without end begins with what a verifier knows it by."""
    assert {kind.__struct_config__.tag for kind in get_args(Looked)} == LOOKS


def test_a_late_sequencer_puts_no_look_before_it_was_made(ledger: Ledger, tmp_path: Path) -> None:
    """Ticks that are caught up hold only what had come by then."""
    ledger.clock.turn(days=3)
    look(ledger, 2)
    running = ledger.home.schedule.running_tick(ledger.clock())
    ledger.tick(days=2)
    assert [one.tick for one in looks(ledger)] == [running, running]
    check_offline(check_sound(ledger), tmp_path / "pack")


def test_counsel_is_told_when_there_are_more_looks_than_places(ledger: Ledger) -> None:
    """Not while they wait as long as acts do; from then on how many do, and since when, until the
    last one stands in the log.
    """

    def waiting() -> Waiting | None:
        return waiting_looks(ledger.home, ledger.register.custody, ledger.people["tom"])

    ledger.clock.turn(minutes=1)
    began = ledger.clock()
    look(ledger, 10 * VAULT)
    ledger.tick(days=NARROW.delay + 1)
    assert waiting() is None
    ledger.tick(days=1)
    assert waiting() == Waiting(6 * VAULT, began)
    ledger.tick(days=6)
    assert waiting() is None


def test_looks_change_no_published_size(ledger: Ledger) -> None:
    """Who watches the log sees ticks of one size, whoever looks at what."""
    before = ledger.home.logbook.size()
    look(ledger, 30)
    ledger.tick(days=3)
    assert ledger.home.logbook.size() == before + 3 * (NARROW.open + NARROW.sealed)


def test_two_processes_of_one_person_go_on_with_one_stream(ledger: Ledger) -> None:
    """Whoever looks twice at once looks again for the end of the stream, and loses no look."""
    look(ledger, 1)
    other_home = Home(ledger.path)
    other = Register(other_home, ledger.clock)
    mine = ledger.register.looks(ledger.people["mara"], "duty")
    theirs = other.looks(ledger.people["mara"], "duty")
    for one in (mine, theirs, mine):
        one.record(())
    other_home.close()
    assert [one.seq for one in looks(ledger)] == [1, 2, 3, 4]
