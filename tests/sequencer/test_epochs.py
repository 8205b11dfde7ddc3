"""Other places for the log: agreed by two people in time, then in everybody's schedule."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ledger.errors import BadRequest, RequestRefused, Unavailable
from ledger.evidence.grammar import format_instant
from ledger.evidence.schedule import NOTICE
from ledger.founding import Terms
from ledger.register.acts import OFFICE
from ledger.sequencer import epochs
from ledger.sequencer.epochs import Announced, Asked, Epochs
from ledger.verify import verify
from tests.register.ledgers import DAILY, Ledger, check_sound
from tests.sequencer.handing_over import judged, trust_of

MORE = Asked(sealed=256)


@pytest.fixture
def terms() -> Terms:
    """As on one PC: a tick a day, 64 places in each lane."""
    return DAILY


def announce(ledger: Ledger, asked: Asked = MORE) -> Announced:
    """Mara announces other places."""
    return epochs.announce(
        ledger.home, ledger.register, ledger.people["mara"], asked, ledger.clock()
    )


def agree(ledger: Ledger, asked: Asked = MORE) -> Announced:
    """Mara announces, Tom assents."""
    done = announce(ledger, asked)
    ledger.do("tom", "assent", OFFICE, {"of": done.e})
    return done


def states(ledger: Ledger) -> list[epochs.State]:
    """How far each agreed announcement came."""
    found = Epochs(ledger.home, ledger.register.reader(None))
    office = ledger.register.office().office
    return [found.state(one, ledger.clock()) for one in office.epochs]


def sealed(ledger: Ledger) -> list[int]:
    """The sealed places of each epoch of the published schedule."""
    return [one.sealed for one in ledger.home.schedule.epochs]


def turned_to(ledger: Ledger, instant: datetime) -> None:
    """The clock stands at an instant, and the timer ran."""
    ledger.clock.now = instant
    ledger.tick()


def test_places_agreed_in_time_come_on_their_day(ledger: Ledger, tmp_path: Path) -> None:
    """The schedule has the epoch from the assent's tick on, the log its size from its start on."""
    ledger.tick(days=1)
    done = agree(ledger)
    assert (states(ledger), sealed(ledger)) == (["agreed"], [64])
    ledger.tick(days=1)
    assert (states(ledger), sealed(ledger)) == (["published"], [64, 256])
    assert ledger.home.schedule.epochs[1] == done.epoch
    turned_to(ledger, done.epoch.start)
    assert ledger.home.published().size == done.epoch.first_size
    reference = ledger.visit()
    ledger.tick(days=1)
    assert ledger.home.published().size == done.epoch.first_size + 64 + 256
    ledger.do("mara", "open", reference)
    ledger.tick(days=4)
    report = judged(ledger, tmp_path / "pack")
    assert (report.findings, report.exit_code) == ((), 0)
    assert verify(ledger.home.log_directory, trust_of(ledger)).exit_code == 0
    check_sound(ledger)


def test_a_program_that_runs_already_reads_the_new_schedule(ledger: Ledger) -> None:
    """A register opened before promises the ticks of the new epoch as they will be."""
    beside = Ledger.at(ledger.path, ledger.people, ledger.clock)
    assert sealed(beside) == [64]
    ledger.tick(days=1)
    done = agree(ledger)
    ledger.tick(days=1)
    assert sealed(beside) == [64, 256]
    ledger.clock.now = done.epoch.start - timedelta(hours=1)
    ledger.tick()
    receipts = [beside.do("desk-main", "intake").records[0].note for _ in range(40)]
    ledger.tick(days=5)
    notes = [one.encode() for one in receipts if one is not None]
    report = verify(ledger.home.log_directory, trust_of(ledger), receipts=notes)
    assert (len(notes), report.findings, report.exit_code) == (40, (), 0)
    beside.home.close()


def test_fewer_places_hold_what_was_promised_before(ledger: Ledger, tmp_path: Path) -> None:
    """Whoever records before the day of the change reserves places that the smaller ticks have."""
    ledger.tick(days=1)
    done = agree(ledger, Asked(open=8, sealed=8))
    ledger.tick(days=1)
    ledger.clock.now = done.epoch.start - timedelta(hours=1)
    ledger.tick()
    for _ in range(12):
        ledger.visit()
    ledger.tick(days=9)
    report = judged(ledger, tmp_path / "pack")
    assert (report.findings, report.exit_code) == ((), 0)
    check_sound(ledger)


def test_hours_may_follow_days(ledger: Ledger, tmp_path: Path) -> None:
    """With the period the promise changes, and each receipt keeps that of its own time."""
    ledger.tick(days=1)
    done = agree(ledger, Asked(open=16, sealed=16, period_seconds=3600, delay=24))
    ledger.tick(days=1)
    ledger.clock.now = done.epoch.start - timedelta(minutes=10)
    ledger.tick()
    ledger.visit()
    turned_to(ledger, done.epoch.start + timedelta(hours=3))
    ledger.visit()
    ledger.tick(hours=26)
    report = judged(ledger, tmp_path / "pack")
    assert (report.findings, report.exit_code) == ((), 0)
    check_sound(ledger)


def test_one_person_changes_no_places(ledger: Ledger) -> None:
    """Staff announce nothing; without a second person's assent the log stays as it is."""
    ledger.tick(days=1)
    with pytest.raises(RequestRefused):
        epochs.announce(ledger.home, ledger.register, ledger.people["kim"], MORE, ledger.clock())
    first = announce(ledger)
    assert announce(ledger) == first
    turned_to(ledger, first.epoch.start + timedelta(days=1))
    assert sealed(ledger) == [64]
    assert announce(ledger).epoch.start > first.epoch.start


def test_an_assent_that_comes_too_late_changes_nothing(ledger: Ledger, tmp_path: Path) -> None:
    """It is refused at the door; made by hand it lapses, and others may be announced."""
    ledger.tick(days=1)
    done = announce(ledger)
    (one,) = epochs.waiting(ledger.register.office().office)
    ledger.clock.now = done.until - timedelta(seconds=1)
    epochs.check_in_time(ledger.home.schedule, one.event, ledger.clock())
    ledger.clock.now = done.until
    with pytest.raises(BadRequest, match="too late"):
        epochs.check_in_time(ledger.home.schedule, one.event, ledger.clock())
    ledger.do("tom", "assent", OFFICE, {"of": done.e})
    ledger.tick(days=3)
    assert (states(ledger), sealed(ledger)) == (["lapsed"], [64])
    again = agree(ledger)
    ledger.tick(days=1)
    assert (states(ledger), sealed(ledger)) == (["lapsed", "published"], [64, 256])
    turned_to(ledger, again.epoch.start + timedelta(days=2))
    assert judged(ledger, tmp_path / "pack").exit_code == 0


def test_an_assent_at_the_last_call_counts(ledger: Ledger, tmp_path: Path) -> None:
    """Up to the very second before, verifiers find the notice kept."""
    ledger.tick(days=1)
    done = announce(ledger)
    ledger.clock.now = done.until - timedelta(seconds=1)
    ledger.do("tom", "assent", OFFICE, {"of": done.e})
    ledger.tick(seconds=1)
    assert states(ledger) == ["published"]
    turned_to(ledger, done.epoch.start + timedelta(days=2))
    assert judged(ledger, tmp_path / "pack").exit_code == 0


def test_a_timer_that_slept_through_the_notice_changes_nothing(ledger: Ledger) -> None:
    """Once a receipt may have promised a tick of the new epoch, the old places stay."""
    ledger.tick(days=1)
    done = agree(ledger)
    ledger.clock.now = done.epoch.start - timedelta(days=1)
    ledger.visit()
    ledger.tick()
    assert (states(ledger), sealed(ledger)) == (["lapsed"], [64])
    ledger.tick(days=5)
    check_sound(ledger)


def test_a_clock_that_was_ahead_holds_places_back(ledger: Ledger) -> None:
    """What was recorded by it stands in ticks to come, which keep the places that they have."""
    ledger.tick(days=1)
    now = ledger.clock()
    done = agree(ledger)
    ledger.clock.now = done.epoch.start
    reference = ledger.visit()
    ledger.clock.now = now
    ledger.tick(days=1)
    assert (states(ledger), sealed(ledger)) == (["lapsed"], [64])
    turned_to(ledger, done.epoch.start + timedelta(days=5))
    assert ledger.types("mara", reference) == ["intake-saved.v1"]
    check_sound(ledger)


def test_what_is_asked_for_must_be_other_places_in_time(ledger: Ledger) -> None:
    """Too few, too many, the same, too soon and far away are refused with a sentence each."""
    ledger.tick(days=1)
    now = ledger.clock()
    refused = {
        "from 4 to 4096": Asked(sealed=3),
        "from 4 to 4096 places": Asked(open=4097),
        "the log has": Asked(open=64, sealed=64),
        "30 days' notice": replace(MORE, start=now + timedelta(days=30)),
        "next year": replace(MORE, start=now + timedelta(days=400)),
    }
    for words, asked in refused.items():
        with pytest.raises(BadRequest, match=words):
            announce(ledger, asked)
    earliest = epochs.earliest_start(ledger.home.schedule, now)
    done = announce(ledger, replace(MORE, start=earliest))
    assert earliest <= done.epoch.start < earliest + timedelta(days=1)
    assert done.until > now
    assert done.epoch.start - done.until >= NOTICE


def test_agreed_places_are_not_announced_over(ledger: Ledger) -> None:
    """While an agreement waits for its tick another would be counted from the wrong size."""
    ledger.tick(days=1)
    agree(ledger)
    with pytest.raises(BadRequest, match="next tick"):
        announce(ledger, Asked(sealed=512))
    ledger.tick(days=1)
    later = agree(ledger, Asked(sealed=512))
    ledger.tick(days=1)
    assert sealed(ledger) == [64, 256, 512]
    assert later.epoch.start > ledger.home.schedule.epochs[1].start


def test_an_announcement_by_hand_that_does_not_follow_is_never_published(ledger: Ledger) -> None:
    """Agreed or not: what does not fit the schedule lapses, and the log goes on."""
    ledger.tick(days=1)
    start = (ledger.clock() + timedelta(days=60)).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = {"first_size": 7, "start": start, "period_seconds": 1, "open": 9, "sealed": 9}
    act = {"epoch": {**fields, "delay": 0}}
    made = ledger.do("mara", "announce-epoch", OFFICE, act).records[0]
    ledger.do("tom", "assent", OFFICE, {"of": made.e})
    ledger.tick(days=1)
    assert (states(ledger), sealed(ledger)) == (["lapsed"], [64])


@pytest.mark.parametrize(
    "other",
    [{"sealed": 1_000_000}, {"open": 0}, {"period_seconds": 1}, {"delay": 0}, {"delay": 30}],
)
def test_places_that_no_log_could_live_with_are_never_published(
    ledger: Ledger, other: dict[str, int]
) -> None:
    """Two people may agree by hand on anything; what would fill the disk comes to nothing."""
    ledger.tick(days=1)
    usual = epochs.following(ledger.home.schedule, MORE, ledger.clock())
    fields = {**asdict(usual), **other, "start": format_instant(usual.start)}
    made = ledger.do("mara", "announce-epoch", OFFICE, {"epoch": fields}).records[0]
    ledger.do("tom", "assent", OFFICE, {"of": made.e})
    ledger.tick(days=1)
    assert (states(ledger), sealed(ledger)) == (["lapsed"], [64])


def test_an_announcement_of_the_past_stops_nobody(ledger: Ledger) -> None:
    """One that names a day before the log began is too late, and others are announced over it."""
    ledger.tick(days=1)
    for start in ("0001-01-01T00:00:00Z", "2026-01-01T00:00:00Z"):
        fields = {"first_size": 128, "start": start, "period_seconds": 60, "open": 9, "sealed": 9}
        ledger.do("mara", "announce-epoch", OFFICE, {"epoch": {**fields, "delay": 2}})
        (one,) = epochs.waiting(ledger.register.office().office)
        with pytest.raises(BadRequest, match="too late"):
            epochs.check_in_time(ledger.home.schedule, one.event, ledger.clock())
    assert agree(ledger).epoch.sealed == 256


def test_a_schedule_that_was_not_written_is_written_by_the_next_run(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tick before it stands; nothing is lost when the folder could not be written."""
    ledger.tick(days=1)
    agree(ledger)

    def fails(*_: object) -> None:
        raise OSError(28, "full")

    with monkeypatch.context() as patched:
        patched.setattr(epochs, "publish", fails)
        with pytest.raises(Unavailable, match="cannot be read or written"):
            ledger.tick(days=1)
    assert sealed(ledger) == [64]
    assert states(ledger) == ["due"]
    ledger.tick()
    assert (states(ledger), sealed(ledger)) == (["published"], [64, 256])
