"""Ticks under any load: every promise kept, in every order that binds; covers; one at a time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from keys.errors import NotInAudience
from keys.keyring import Keyring
from keys.secrets import open_slots
from ledger.domain.events import ContactAttempted
from ledger.errors import BadRequest, EvidenceCorrupt, Unavailable
from ledger.evidence.commitment import cover, cover_blind
from ledger.founding import Terms
from ledger.register import locks
from ledger.register.acts import OFFICE, Act
from ledger.register.handle import place_after
from ledger.register.lanes import anywhere, slots, window_of
from ledger.register.writing import Appending, Signing, Writer
from ledger.sequencer.covers import COVER_CONTEXT
from ledger.sequencer.ticks import Sequencer
from ledger.stores.store import Entry, Placing, Row, Slots, Store
from ledger.stores.store import Terms as AppendTerms
from tests.register.ledgers import Clock, Ledger, by_two, check_sound, found_ledger
from tests.register.test_triage import CONTACT, SEALING
from tests.sequencer.conftest import HOURLY

K = HOURLY.open + HOURLY.sealed


def opened_case(ledger: Ledger) -> str:
    """The reference of an open case."""
    reference = ledger.visit()
    ledger.do("mara", "open", reference)
    return reference


# ---- what a tick is ----


def test_no_act_causes_a_tick(ledger: Ledger) -> None:
    """A day of acts publishes nothing while no timer runs."""
    for _ in range(5):
        ledger.clock.turn(hours=5)
        ledger.visit()
    assert ledger.home.logbook.last_tick() == 0
    assert not (ledger.home.log_directory / "checkpoint").exists()


def test_a_clock_set_back_repeats_and_skips_nothing(ledger: Ledger) -> None:
    """After a day backwards nothing is built until the clock has caught up."""
    assert len(ledger.tick(hours=3)) == 3
    assert ledger.tick(days=-1) == ()
    ledger.visit()
    assert ledger.tick(hours=23) == ()
    assert [one.tick for one in ledger.tick(hours=2)] == [4]
    check_sound(ledger)


def test_the_covers_open_for_the_attesters_only(ledger: Ledger) -> None:
    """Whatever is no record is a cover of its tick; Mara and Tom can show so, Kim cannot."""
    ledger.visit()
    (published,) = ledger.tick(hours=1)
    seed_wrap = ledger.home.logbook.seeds(1)
    assert seed_wrap is not None
    context = COVER_CONTEXT + (1).to_bytes(8, "big")
    seed = open_slots(seed_wrap, ledger.people["tom"], context)
    covers = {cover(cover_blind(seed, 1, k), k) for k in range(K)}
    entries = set(ledger.home.logbook.entries(0, published.size))
    records = entries - covers
    made = [store.close_ticks(range(1, 2), _slots(ledger, store))[0] for store in ledger.stores()]
    assert records == {entry for lane in made for entry in lane}
    with pytest.raises(NotInAudience):
        open_slots(seed_wrap, ledger.people["kim"], context)


def _slots(ledger: Ledger, store: Store) -> Slots:
    built = ledger.home.logbook.last_tick()
    return slots(store.name, ledger.home.schedule, min, built, anywhere(ledger.home))


def test_an_attester_who_left_does_not_stop_the_log(ledger: Ledger) -> None:
    """Covers are sealed to who is enrolled now; with nobody left the log waits for a person."""
    ledger.do("mara", "revoke-key", OFFICE, {"key": ledger.people["tom"].key_id.hex()})
    assert len(ledger.tick(hours=1)) == 1
    ledger.clock.turn(hours=1)
    with pytest.raises(BadRequest):
        Sequencer(ledger.home, {}).run(ledger.clock())
    assert len(ledger.tick()) == 1


# ---- too much ----


def test_five_hundred_sealed_entries_change_nothing_in_the_open(
    people: dict[str, Keyring], tmp_path: Path
) -> None:
    """In one world the vault is flooded, in the other nothing sealed happens: ticks and the open
    store's places are the same, and every sealed promise is kept in the end.
    """
    wide = Terms(period_seconds=3_600, open=30, sealed=64, delay=2)
    template = found_ledger(tmp_path / "template", people, Clock(), wide)
    places = []
    for flood in (0, 501):
        ledger = template.copied(tmp_path / f"{flood}")
        # Where an opened case begins rests on its visit's place, which is drawn: not here.
        ledger.register._writer = Writer(ledger.home, choose=max)
        reference = opened_case(ledger)
        sealed = ledger.visit()
        ledger.do("mara", "keep-sealed", sealed, SEALING)
        places.append(_open_places(ledger, reference, sealed, flood))
        if flood:
            assert any(tick is None for tick in _sealed_ticks(ledger))
            ledger.tick(hours=12)
            ledger = check_sound(ledger)
            assert None not in _sealed_ticks(ledger)
        ledger.home.close()
    assert places[0] == places[1]


def _sealed_ticks(ledger: Ledger) -> list[int | None]:
    """Where every record of the vault stands; None for those that wait."""
    vault = ledger.home.vault
    found = [
        vault.pending(stream, seq)
        for stream in vault.streams()
        for seq in range(1, vault.committed_seq(stream) + 1)
    ]
    return [one.tick for one in found if one is not None]


def _open_places(ledger: Ledger, reference: str, sealed: str, flood: int) -> list[object]:
    """Act in the open while the vault is flooded; give what can be seen of the open lane."""
    seen: list[object] = []
    for _ in range(3):
        for _ in range(4):
            (one,) = ledger.do("kim", "attempt-contact", reference, CONTACT).records
            stream, _, seq = one.ref.partition(":")
            pending = ledger.home.open.pending(bytes.fromhex(stream), int(seq))
            assert pending is not None
            seen.append((pending.tick, pending.promised, pending.issued_at))
        _flood(ledger, sealed, flood // 3)
        (published,) = ledger.tick(hours=1)
        seen.append((published.tick, published.size))
    return seen


def _flood(ledger: Ledger, sealed: str, many: int) -> None:
    """Append many records to a sealed case and to others at once, without reading them back."""
    if not many:
        return
    head = ledger.look("mara", sealed).head
    assert head is not None
    signing = Signing(
        ledger.people["mara"], "custodian", None, ledger.register.office(), ledger.clock()
    )
    events = [ContactAttempted(person="tom", channel="telephone", outcome="no-answer")] * many
    Writer(ledger.home).append(Appending(place_after(head), events), Act("flood", {}), signing)


def test_an_office_that_overflows_holds_back_what_rests_on_it(ledger: Ledger) -> None:
    """While the newest office record waits for a slot, a visit that names it waits too, however
    free the desk's own lane is; then both come, in this order.
    """
    for _ in range(50):
        by_two(ledger, "grant-role", {"person": "pat", "role": "auditor"})
    office = ledger.register.office().head
    stream = ledger.home.config.office
    waiting = ledger.home.open.pending(stream, office.seq)
    assert waiting is not None
    assert waiting.tick is None
    reference = ledger.visit("kim")
    (intake,) = ledger.look("mara", reference).intakes
    visit = ledger.home.inbox.pending(intake.id, 1)
    assert visit is not None
    assert visit.tick is None
    ledger.do("mara", "open", reference)
    ledger = check_sound(ledger)
    ledger.tick(hours=1)
    ledger.tick(hours=1)
    ledger = check_sound(ledger)
    placed, held = (
        ledger.home.open.pending(stream, office.seq),
        ledger.home.inbox.pending(intake.id, 1),
    )
    assert placed is not None
    assert held is not None
    assert placed.tick is not None
    assert held.tick is not None
    assert placed.tick <= held.tick
    ledger.tick(hours=6)
    check_sound(ledger)


# ---- any load ----


@pytest.mark.parametrize("seed", range(3))
def test_under_random_load_every_promise_and_order_holds(ledger: Ledger, seed: int) -> None:
    """Visits, triages, facts, office acts, too many at once, a sequencer that sleeps for hours, a
    clock that jumps back: in the end each record is in the log, not late and not too early.
    """
    random = Random(seed)
    opened: list[str] = [opened_case(ledger)]
    sealed: list[str] = []
    for _ in range(8):
        for _ in range(random.choice((1, 2, 9))):
            match random.randrange(5):
                case 0:
                    ledger.visit("kim", random.choice([None, *opened]))
                case 1:
                    reference = ledger.visit()
                    ledger.do("mara", "open", reference)
                    opened.append(reference)
                case 2:
                    reference = ledger.visit()
                    ledger.do("mara", "keep-sealed", reference, SEALING)
                    sealed.append(reference)
                case 3:
                    ledger.do("pat", "attempt-contact", random.choice(opened), CONTACT)
                case _ if sealed:
                    ledger.do("mara", "attempt-contact", random.choice(sealed), CONTACT)
                case _:
                    by_two(ledger, "grant-role", {"person": "pat", "role": "auditor"})
        if random.random() < 0.6:
            ledger.tick(hours=random.choice((0, 1, 1, 3)))
        elif random.random() < 0.3:
            ledger.clock.turn(hours=-2)
    ledger.tick(hours=25)
    ledger = check_sound(ledger)
    _check_all_in(ledger)


def _check_all_in(ledger: Ledger) -> None:
    for store in ledger.stores():
        for stream in store.streams():
            for seq in range(1, store.committed_seq(stream) + 1):
                pending = store.pending(stream, seq)
                assert (
                    pending is None or ledger.home.logbook.leaf_of(pending.commitment) is not None
                )


def test_a_late_sequencer_makes_the_same_log(template: Ledger, tmp_path: Path) -> None:
    """The same acts, once with a sequencer every two hours and once with none until the end: the
    same records stand in the same ticks under the same promises.
    """
    worlds = []
    for prompt in (True, False):
        ledger = template.copied(tmp_path / f"{prompt}")
        ledger.register._writer = Writer(ledger.home, choose=max)
        attesters = ledger.register.office().office.attesters()
        receipts = []
        reference = opened_case(ledger)
        for burst in (0, 14, 1, 0, 5, 9):
            for _ in range(burst):
                receipts.append(ledger.do("pat", "intake").records[0])
            ledger.do("kim", "attempt-contact", reference, CONTACT)
            ledger.clock.turn(hours=2)
            if prompt:
                Sequencer(ledger.home, attesters, choose=max).run(ledger.clock())
        ledger.clock.turn(hours=8)
        Sequencer(ledger.home, attesters, choose=max).run(ledger.clock())
        ledger = check_sound(ledger)
        worlds.append([_standing(ledger, one.ref) for one in receipts])
        worlds[-1] += [_standing(ledger, r.ref) for r in ledger.look("kim", reference).case.records]
        ledger.home.close()
    assert worlds[0] == worlds[1]
    assert not all(receipt.note for receipt in receipts), "nobody ever waited"


def _standing(ledger: Ledger, ref: str) -> tuple[object, ...]:
    stream, _, seq = ref.partition(":")
    pending = ledger.pending(bytes.fromhex(stream), int(seq))
    assert pending is not None
    return (pending.tick, pending.promised, pending.issued_at)


def test_sealed_places_are_drawn_evenly(template: Ledger, tmp_path: Path) -> None:
    """Of six hundred lone visits about a third falls to each tick of the window; open acts always
    take the first.
    """
    ledger = template.copied(tmp_path / "home")
    schedule = ledger.home.schedule
    drawn: list[int] = []

    def choose(free: Sequence[int]) -> int:
        tick = Random(os.urandom(8)).choice(list(free))
        drawn.append(tick - free[0])
        return tick

    store = Store(tmp_path / "vault.db", create=True)
    built = ledger.home.logbook.last_tick()
    outside = slots("vault", schedule, choose, built, anywhere(ledger.home))
    for running in range(10, 610):
        window = window_of("vault", schedule, running * 3)
        rows = [Row(os.urandom(16), 1, b"state")]
        placing = Placing([Entry(os.urandom(32))], window, outside)
        store.append(rows, AppendTerms(placing=placing))
    store.close()
    ledger.home.close()
    counts = [drawn.count(offset) for offset in range(3)]
    assert sum(counts) == 600
    assert min(counts) > 140


# ---- one at a time, and what does not fit ----


def test_a_second_sequencer_waits_outside(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one publishes, another is turned away; nothing is built twice."""
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.05)
    ledger.clock.turn(hours=1)
    with (
        locks.exclusive(ledger.path / "sequencer.lock", "publishing the log"),
        pytest.raises(Unavailable, match="publishing the log"),
    ):
        ledger.sequencer().run(ledger.clock())
    assert len(ledger.tick()) == 1


@pytest.mark.parametrize("name", ["open", "inbox"])
def test_a_lane_with_too_many_entries_stops_the_log(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A store that gives more than its quota was tampered with; nothing of it is published, and the
    sentence is the same whichever it is.
    """
    crowd(monkeypatch, name)
    with pytest.raises(EvidenceCorrupt, match="more entries"):
        ledger.tick(hours=1)
    assert ledger.home.logbook.last_tick() == 0


def test_a_vault_with_too_many_entries_is_not_read_and_stops_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that stopped would show that there is something in the vault (ADR 0019)."""
    crowd(monkeypatch, "vault")
    published = ledger.tick(hours=1)
    assert ledger.home.logbook.last_tick() == 1
    terms = ledger.home.schedule.epoch_of(1)
    assert [one.size for one in published] == [terms.entries]


def crowd(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let a store give more entries for each tick than any lane may hold."""
    real = Store.close_ticks

    def crowded(self: Store, ticks: range, outside: Slots) -> tuple[tuple[bytes, ...], ...]:
        many = 31 if self.name == name else 0
        return tuple(
            (*found, *(os.urandom(32) for _ in range(many))) for found in real(self, ticks, outside)
        )

    monkeypatch.setattr(Store, "close_ticks", crowded)


def test_the_same_clock_in_another_world_publishes_the_same_files(
    template: Ledger, tmp_path: Path
) -> None:
    """With sealed activity or without: the same files, of the same sizes, at the same ticks."""
    seen = []
    for sealed in (False, True):
        ledger = template.copied(tmp_path / f"{sealed}")
        reference = opened_case(ledger)
        for hour in range(8):
            ledger.do("kim", "attempt-contact", reference, CONTACT)
            if sealed:
                for _ in range(hour):
                    other = ledger.visit("kim")
                    ledger.do("mara", "keep-sealed", other, SEALING)
                    ledger.do("mara", "attempt-contact", other, CONTACT)
            ledger.tick(hours=1)
        folder = ledger.home.log_directory
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        seen.append([(str(path.relative_to(folder)), path.stat().st_size) for path in files])
        ledger.home.close()
    assert seen[0] == seen[1]
