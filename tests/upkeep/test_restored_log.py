"""After a restore: the log never forks, and what is lost is said."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from keys.keyring import Keyring
from ledger.backup.adopt import adopt_log
from ledger.backup.office import copy_office
from ledger.backup.restore import Brought, confirm
from ledger.domain.office_events import LedgerRestored
from ledger.errors import (
    BadRequest,
    EvidenceCorrupt,
    Unavailable,
)
from ledger.evidence.merkle import root_of
from ledger.evidence.note import SignedNote
from ledger.evidence.receipt import Receipt
from ledger.register import locks
from ledger.sequencer.ticks import LOCK
from ledger.stores.store import Store
from tests.register.ledgers import Clock, Ledger, check_sound, found_ledger
from tests.sequencer.handing_over import agree
from tests.upkeep.test_backup import brought, restored, saved

# ---- the log never forks ----


def test_what_was_published_since_is_taken_over(ledger: Ledger, tmp_path: Path) -> None:
    """The log goes on from the newest checkpoint: the old one is its prefix, no tick is built
    twice, and what waited for a slot has the one that it got.
    """
    for _ in range(70):
        ledger.visit("kim")
    ledger.tick(days=1)
    backup = saved(ledger, tmp_path / "backup")
    waiting = sum(_waits(store) for store in ledger.stores())
    assert waiting > 0
    ledger.tick(days=2)
    ledger.visit("kim")
    ledger.tick(days=3)
    newest = ledger.home.newest_checkpoint()
    assert newest is not None
    again, done = restored(ledger, backup, brought(ledger))
    assert (done.ticks, done.known_size) == (5, newest.size)
    assert again.home.newest_checkpoint() == newest
    confirm(again.home, again.register, again.people["mara"], None)
    again.tick(days=3)
    again = check_sound(again)
    grown = again.home.newest_checkpoint()
    assert grown is not None
    assert root_of(again.home.logbook.entries(0, newest.size)) == newest.root
    assert grown.size > newest.size
    again.home.close()


def _waits(store: Store) -> int:
    with store.database.reading() as cursor:
        cursor.execute("SELECT COUNT(*) FROM commitments WHERE tick IS NULL")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("copied", [False, True], ids=["checkpoint", "office-copy"])
def test_a_newer_checkpoint_elsewhere_stops_the_log_until_it_is_brought(
    ledger: Ledger, tmp_path: Path, copied: bool
) -> None:
    """Who brings the checkpoint alone, or an office copy that holds it, cannot confirm; with the
    published log, it goes on.
    """
    ledger.tick(days=1)
    backup = saved(ledger, tmp_path / "backup")
    ledger.tick(days=2)
    note = (ledger.home.log_directory / "checkpoint").read_bytes()
    alone = Brought(office=copy_office(ledger.home, ledger.clock()))
    given = alone if copied else Brought(checkpoint=note, without_office=True)
    again, done = restored(ledger, backup, given)
    assert done.known_size > done.size
    with pytest.raises(BadRequest, match="Bring the published log"):
        confirm(again.home, again.register, again.people["mara"], None)
    with pytest.raises(Unavailable):
        again.tick(days=1)
    assert adopt_log(again.home, ledger.home.log_directory) == 2
    assert adopt_log(again.home, ledger.home.log_directory) == 0
    confirm(again.home, again.register, again.people["mara"], None)
    again.tick(days=1)
    check_sound(again).home.close()


def test_another_logs_checkpoint_is_refused(
    ledger: Ledger, people: dict[str, Keyring], tmp_path: Path
) -> None:
    """A ledger of the same name with other keys, and a file that is none."""
    other = found_ledger(tmp_path / "other", people, Clock())
    other.tick(days=1)
    backup = saved(ledger, tmp_path / "backup")
    note = (other.home.log_directory / "checkpoint").read_bytes()
    for given in (note, b"no note"):
        with pytest.raises(BadRequest, match="no checkpoint that this log"):
            restored(ledger, backup, Brought(checkpoint=given, without_office=True))
    office = copy_office(other.home, other.clock())
    for data in (office, b"x", copy_office(ledger.home, ledger.clock())[:-1]):
        with pytest.raises(BadRequest, match="no office copy"):
            restored(ledger, backup, Brought(office=data))
    other.home.close()


def test_a_log_that_forked_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    """A backup whose log goes on differently from the published one is no prefix of it."""
    ledger.tick(days=1)
    twin = ledger.copied(tmp_path / "twin")
    ledger = ledger.reopened()
    twin.tick(days=2)
    ledger.tick(days=1)
    backup = saved(ledger, tmp_path / "backup")
    with pytest.raises(EvidenceCorrupt, match="another history"):
        restored(ledger, backup, Brought(log=twin.home.log_directory, without_office=True))
    twin.home.close()
    ledger.home.close()


@pytest.mark.parametrize("name", ["checkpoint", "schedule", "tile/entries/000.p/128"])
def test_a_published_log_that_is_not_whole_is_refused(
    ledger: Ledger, tmp_path: Path, name: str
) -> None:
    """A copy that lacks a file is not taken for the log."""
    backup = saved(ledger, tmp_path / "backup")
    ledger.tick(days=1)
    copy = tmp_path / "copy"
    shutil.copytree(ledger.home.log_directory, copy)
    (copy / name).unlink()
    with pytest.raises(BadRequest, match=r"not whole|no checkpoint"):
        restored(ledger, backup, Brought(log=copy, without_office=True))


# ---- what is lost ----


def test_receipts_of_lost_records_are_listed(ledger: Ledger, tmp_path: Path) -> None:
    """A receipt whose record the backup has is fine; one of a lost record is put on record."""
    kept = ledger.do("kim", "intake", None, {}).records[0].note
    backup = saved(ledger, tmp_path / "backup")
    lost = ledger.do("kim", "intake", None, {}).records[0].note
    assert kept is not None
    assert lost is not None
    given = Brought(without_office=True, receipts=(kept.encode(), lost.encode()))
    again, done = restored(ledger, backup, given)
    wanted = Receipt.load(SignedNote.parse(lost.encode()).text).commitment
    assert done.lost == (wanted,)
    confirm(again.home, again.register, again.people["mara"], None)
    (last,) = again.register.reader(None).office_stream().records[-1:]
    assert isinstance(last.event, LedgerRestored)
    assert last.event.lost == (wanted.hex(),)
    again.home.close()
    for bad in (b"no note", (ledger.home.log_directory / "schedule").read_bytes()):
        with pytest.raises(BadRequest, match="none of this ledger"):
            restored(ledger, backup, replace(given, receipts=(bad,)), "other")


def test_a_log_is_not_taken_over_while_a_tick_is_built(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Logbook and signer have one writer at a time, also among upkeep and the timer."""
    ledger.tick(days=1)
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.0)
    with (
        locks.exclusive(ledger.path / LOCK, "publishing the log"),
        pytest.raises(Unavailable, match="publishing the log"),
    ):
        adopt_log(ledger.home, ledger.home.log_directory)
    assert adopt_log(ledger.home, ledger.home.log_directory) == 0


def test_a_backup_from_before_a_roll_over_says_that_it_lacks_the_keys(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Older keys would sign alone again, unnoticed; a backup from after it lacks nothing."""
    ledger.tick(days=1)
    before = saved(ledger, tmp_path / "before")
    agree(ledger)
    ledger.tick(days=3)
    after = saved(ledger, tmp_path / "after")
    for backup, lacks in ((before, True), (after, False)):
        again, done = restored(ledger, backup, brought(ledger), name=f"new-{lacks}")
        assert done.lacks_log_keys is lacks
        again.home.close()
