"""The log while the vault cannot be read: nobody notices, and nothing of what is sealed is lost."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest

from ledger.errors import OutcomeUnknown, Unavailable
from ledger.stores.store import Slots, Store
from ledger.verify import verify
from tests.register.ledgers import Ledger, check_sound
from tests.register.test_triage import CONTACT, kept_sealed

HOUR = {"hours": 1}


def taken_away(ledger: Ledger) -> Path:
    """Put the vault out of reach, as a disk that failed; gives where it is."""
    ledger.home.close()
    away = ledger.path / "away.db"
    (ledger.path / "vault.db").rename(away)
    return away


def brought_back(ledger: Ledger, away: Path) -> None:
    """Put it where it was."""
    ledger.home.close()
    away.rename(ledger.path / "vault.db")


@pytest.fixture
def soon(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A ledger in which what is sealed gets the first slot that is free."""
    assert ledger.register._sealed is not None
    for writer in (ledger.register._writer, ledger.register._sealed._writer):
        monkeypatch.setattr(writer, "_choose", min)
    return ledger


def unpublished(ledger: Ledger) -> set[int | None]:
    """The ticks of what the vault committed to and the log does not hold."""
    with closing(connect(ledger.path / "vault.db")) as vault:
        rows = vault.execute("SELECT commitment, tick FROM commitments").fetchall()
    return {tick for one, tick in rows if ledger.home.logbook.leaf_of(bytes(one)) is None}


def findings(ledger: Ledger, *receipts: str) -> set[str]:
    """What a stranger finds, who brings receipts."""
    trust = (ledger.path / "trust.json").read_bytes()
    notes = [one.encode() for one in receipts]
    report = verify(ledger.home.log_directory, trust, receipts=notes)
    return {one.code for one in report.findings}


def test_ticks_are_built_without_a_vault_that_cannot_be_read(ledger: Ledger) -> None:
    """Open records and desk saves get their ticks; the log is as long as it always is, and only the
    timer's own program is told that something was not read.
    """
    ledger.tick(**HOUR)
    away = taken_away(ledger)
    saved = ledger.do("kim", "intake")
    sequencer = ledger.sequencer()
    ledger.clock.turn(hours=3)
    built = sequencer.run(ledger.clock())
    assert len(built) == 3
    assert not sequencer.is_whole
    assert findings(ledger, *(one.note for one in saved.records if one.note)) == set()
    brought_back(ledger, away)
    assert ledger.sequencer().run(ledger.clock()) == ()
    check_sound(ledger, made_up=True)


def test_what_missed_its_tick_moves_on_and_its_promise_is_kept(soon: Ledger) -> None:
    """Slots in ticks that went by without the vault are made up for, in their order."""
    ledger = soon
    reference = kept_sealed(ledger)
    receipts = [
        one.note
        for _ in range(4)
        for one in ledger.do("mara", "attempt-contact", reference, CONTACT).records
        if one.note is not None
    ]
    away = taken_away(ledger)
    ledger.tick(**HOUR)
    brought_back(ledger, away)
    assert ledger.home.logbook.last_tick() in unpublished(ledger)
    ledger.tick(hours=30)
    assert unpublished(ledger) == set()
    assert findings(ledger, *receipts) == set()
    check_sound(ledger, made_up=True)


def test_a_vault_that_failed_as_its_tick_was_closed_loses_nothing(
    soon: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tick was closed for it, and the program was told that it was not: the next run looks."""
    ledger = soon
    reference = kept_sealed(ledger)
    for _ in range(4):
        ledger.do("mara", "attempt-contact", reference, CONTACT)
    real = Store.close_ticks

    def failing(store: Store, ticks: range, slots: Slots) -> tuple[tuple[bytes, ...], ...]:
        done = real(store, ticks, slots)
        if store.name == "vault":
            raise OutcomeUnknown
        return done

    monkeypatch.setattr(Store, "close_ticks", failing)
    ledger.tick(hours=2)
    monkeypatch.undo()
    assert ledger.home.logbook.last_tick() - 1 in unpublished(ledger)
    ledger.tick(hours=30)
    assert unpublished(ledger) == set()
    check_sound(ledger, made_up=True)


@pytest.mark.parametrize("asked", ["is_waited_in", "pending"])
def test_a_busy_open_store_is_no_unread_vault(
    soon: Ledger, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    """The log waits for it, and nothing of the vault is displaced: neither where it is asked
    whether anybody waits, nor where the vault's lane asks for what its records rest on.
    """
    ledger = soon
    kept_sealed(ledger)
    before = ledger.home.logbook.last_tick()
    real, closing_ticks = getattr(Store, asked), Store.close_ticks

    def busy(store: Store, *given: object) -> object:
        if store.name == "inbox":
            raise Unavailable("The store cannot be read now.")
        return real(store, *given)

    def resting(store: Store, ticks: range, slots: Slots) -> tuple[tuple[bytes, ...], ...]:
        if store.name == "vault":
            slots.elsewhere(bytes(16), 1)
        return closing_ticks(store, ticks, slots)

    monkeypatch.setattr(Store, asked, busy)
    monkeypatch.setattr(Store, "close_ticks", resting)
    sequencer = ledger.sequencer()
    ledger.clock.turn(hours=2)
    with pytest.raises(Unavailable, match="cannot be read now"):
        sequencer.run(ledger.clock())
    assert sequencer.is_whole
    assert ledger.home.logbook.last_tick() == before
    monkeypatch.undo()
    ledger.tick(hours=1)
    assert {tick for tick in unpublished(ledger) if tick and tick <= before + 3} == set()
    check_sound(ledger)


def test_a_case_that_is_just_being_opened_is_waited_for(ledger: Ledger) -> None:
    """It goes on from what the vault closed, which no tick may hold later than it (FORMAT §4)."""
    reference = ledger.visit()
    ledger.do("mara", "open", reference)
    waiting = ledger.home.open.labelled(reference)
    assert waiting is not None
    pending = ledger.home.open.pending(waiting, 1)
    assert pending is not None
    assert pending.tick is not None
    away = taken_away(ledger)
    with pytest.raises(Unavailable, match="A store cannot be read now"):
        ledger.tick(hours=30)
    assert ledger.home.logbook.last_tick() == pending.tick - 1
    brought_back(ledger, away)
    ledger.sequencer().run(ledger.clock())
    assert findings(ledger) == set()
    check_sound(ledger, made_up=True)


def test_the_timer_tells_its_log_and_nobody_else(
    ledger: Ledger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is the usual one; one line of the log says that a store was not read, and not
    which.
    """
    from ledger.cli import session as sessions
    from ledger.cli.app import run

    ledger.tick(**HOUR)
    taken_away(ledger)
    ledger.clock.turn(hours=1)
    monkeypatch.setattr(sessions, "now", ledger.clock)
    assert run(["--home", str(ledger.path), "--json", "tick"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["published"] == [2]
    lines = [json.loads(line) for line in told.err.splitlines()]
    assert [(one["event"], one["level"]) for one in lines] == [
        ("tick-published", "info"),
        ("store-unread", "error"),
    ]
    assert "vault" not in told.err
