"""Ticks: always the same size, always in order, each promise kept, whatever happens in between."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from ledger.errors import EvidenceCorrupt, Unavailable
from ledger.evidence.merkle import Tree, root_of
from ledger.evidence.tiles import TileReader
from ledger.register.acts import Receipt
from ledger.sequencer.checkpoints import CheckpointSigner
from ledger.sequencer.ticks import Sequencer
from tests.register.library import TERMS, Library

ENTRIES = TERMS.open + TERMS.sealed


def places(library: Library, receipt: Receipt) -> list[int]:
    """The leaves of a receipt's records, as the custodian opens them."""
    return [leaf for one in receipt.records if (leaf := library.leaf("mara", one.ref)) is not None]


def test_every_tick_has_the_same_size_whatever_was_recorded(library: Library) -> None:
    """An empty tick and a busy one add the same number of entries."""
    quiet = library.tick(hours=2)
    for _ in range(3):
        library.visit()
    busy = library.tick(hours=2)
    assert [one.size for one in (*quiet, *busy)] == [ENTRIES * n for n in range(1, 5)]


def test_nothing_happens_before_a_tick_is_due(library: Library) -> None:
    """Running early, or twice, publishes nothing; no act causes a tick."""
    assert library.tick() == ()
    library.visit()
    assert library.tick() == ()
    assert len(library.tick(hours=1)) == 1
    assert library.tick() == ()


def test_three_days_down_are_caught_up_in_order(library: Library) -> None:
    """The ticks missed are built one by one, and the log has the size that its schedule says."""
    done = library.tick(days=3)
    assert [one.tick for one in done] == list(range(1, 73))
    assert library.home.logbook.size() == 72 * ENTRIES
    assert {one.due.minute for one in done} == {5}


def test_every_promise_is_kept_and_order_holds_under_overflow(library: Library) -> None:
    """Sixty visits where a tick takes four: each record is in the log by its promised tick."""
    receipts = [library.act("kim", "intake", mode="mail") for _ in range(60)]
    promised = [one.records[0].tick for one in receipts]
    assert promised.count(None) > 0
    library.tick(hours=30)
    for receipt in receipts:
        (ref,) = (one.ref for one in receipt.records)
        stream, _, seq = ref.partition(":")
        pending = library.home.inbox.pending(bytes.fromhex(stream), int(seq))
        assert pending is not None
        assert pending.tick is not None
        assert pending.promised is not None
        leaf = library.leaf("mara", ref)
        assert leaf is not None
        assert leaf // ENTRIES + 1 == pending.tick <= pending.promised


def test_a_records_place_never_precedes_what_it_rests_on(library: Library) -> None:
    """Predecessor, continued streams and office head are in an earlier tick or the same one."""
    reference = library.visit()
    library.act(
        "mara", "keep-sealed", reference, ground="gag", citation="x", review_on="2026-12-01"
    )
    library.act("mara", "record-gag", reference, source="other")
    library.tick(hours=8)
    file = library.case("mara", reference)
    ticks = {
        record.ref: (library.leaf("mara", record.ref) or 0) // ENTRIES
        for stream in file.streams
        for record in stream.records
    }
    for stream in file.streams:
        own = [ticks[record.ref] for record in stream.records]
        assert own == sorted(own)
    first, second = file.streams
    assert ticks[first.records[-1].ref] <= ticks[second.records[0].ref]


def test_the_log_on_disk_is_the_log_that_was_signed(library: Library) -> None:
    """Root from the bundles, and a consistency proof from every older checkpoint, hold."""
    done = library.tick(hours=9)
    reader = TileReader(library.home.log_directory)
    entries = [reader.entry(index) for index in range(done[-1].size)]
    assert root_of(entries) == done[-1].root
    tree = Tree(reader.hash_at)
    assert [tree.root(one.size) for one in done] == [one.root for one in done]


def test_a_crash_between_signing_and_publishing_publishes_the_same_note(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was signed and not shown is shown unchanged at the next run; nothing is signed twice."""
    original = Sequencer._write
    calls: list[int] = []

    def failing(self: Sequencer, files: list[tuple[str, bytes]]) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise Unavailable("power cut")
        original(self, files)

    monkeypatch.setattr(Sequencer, "_write", failing)
    with pytest.raises(Unavailable):
        library.tick(hours=1)
    monkeypatch.undo()
    signed = library.home.path / "signer.json"
    before = signed.read_bytes()
    again = library.reopened()
    again.tick()
    assert signed.read_bytes() == before
    newest = again.home.log_directory / "checkpoint"
    signer = CheckpointSigner(signed, again.home.origin, again.home.log_keys)
    assert newest.read_bytes() == signer.state.note
    again.home.close()


@pytest.mark.parametrize("crash", [1, 3])
def test_a_crash_before_signing_is_caught_up(
    library: Library, monkeypatch: pytest.MonkeyPatch, crash: int
) -> None:
    """A tick that is in the logbook and not yet published is published by the next run."""
    original = Sequencer._write
    calls: list[int] = []

    def failing(self: Sequencer, files: list[tuple[str, bytes]]) -> None:
        calls.append(1)
        if len(calls) == crash:
            raise Unavailable("power cut")
        original(self, files)

    monkeypatch.setattr(Sequencer, "_write", failing)
    if crash == 3:
        library.tick(hours=1)
    with pytest.raises(Unavailable):
        library.tick(hours=2)
    monkeypatch.undo()
    again = library.reopened()
    again.tick(hours=1 if crash == 1 else 0)
    assert again.home.logbook.last_tick() == 3
    assert (again.home.log_directory / "checkpoints" / str(3 * ENTRIES)).exists()
    again.home.close()


def test_the_signer_refuses_what_is_no_extension(library: Library) -> None:
    """A smaller size, the same size, another history, a lost memory: nothing is signed."""
    library.tick(hours=2)
    path = library.home.path / "signer.json"
    signer = CheckpointSigner(path, library.home.origin, library.home.log_keys)
    state = signer.state
    for size, root in ((state.size - 1, state.root), (state.size, state.root)):
        with pytest.raises(EvidenceCorrupt):
            signer.sign(size, root, (), library.now)
    with pytest.raises(EvidenceCorrupt):
        signer.sign(state.size + ENTRIES, b"\7" * 32, (b"\7" * 32,), library.now)
    assert signer.state == state
    path.unlink()
    with pytest.raises(Unavailable):
        signer.sign(state.size + ENTRIES, b"\7" * 32, (), library.now)


def test_an_entry_slipped_into_the_logbook_stops_the_signer(library: Library) -> None:
    """When older entries or tiles were altered, the next tick is not signed."""
    library.tick(hours=1)
    tile = library.home.log_directory / "tile" / "0" / "000.p" / str(ENTRIES)
    data = bytearray(tile.read_bytes())
    data[5] ^= 1
    tile.write_bytes(bytes(data))
    with pytest.raises(EvidenceCorrupt):
        library.tick(hours=1)
    assert (
        CheckpointSigner(
            library.home.path / "signer.json", library.home.origin, library.home.log_keys
        ).state.size
        == ENTRIES
    )


def test_a_clock_set_back_repeats_no_tick_and_keeps_time_rising(library: Library) -> None:
    """A day back: no tick is built twice, and recorded times do not fall within a stream."""
    reference = library.visit()
    library.act("mara", "open", reference)
    library.tick(hours=5)
    library.now -= timedelta(days=1)
    assert library.tick() == ()
    library.act(
        "mara", "attempt-contact", reference, person="tom", channel="mobile", outcome="reached"
    )
    records = library.case("mara", reference).case.records
    assert records[-1].recorded_at >= records[-2].recorded_at


def test_two_worlds_with_different_secrets_have_logs_of_one_shape(library: Library) -> None:
    """Sizes, file names and lengths of the published log tell nothing of sealed work."""
    library.tick(hours=2)
    quiet = shape(library)
    for _ in range(8):
        library.visit()
    library.tick(hours=2)
    busy = shape(library)
    assert len(busy) > len(quiet)
    widths = {name.rpartition("/")[2]: size for name, size in busy.items() if ".p/" in name}
    assert {int(width) % ENTRIES for width in widths if int(width) < 256} <= {0, 256 % ENTRIES}


def shape(library: Library) -> dict[str, int]:
    """The files of the published log and their sizes."""
    log = library.home.log_directory
    return {
        path.relative_to(log).as_posix(): path.stat().st_size
        for path in log.rglob("*")
        if path.is_file()
    }


def test_what_was_received_late_is_not_slipped_into_an_earlier_tick(
    library: Library, tmp_path: Path
) -> None:
    """Ten hours without a tick, then many visits: none claims a place before it was written."""
    library.now += timedelta(hours=10)
    for _ in range(14):
        library.visit()
    library.tick()
    assert library.verified(tmp_path).faults == ()


def test_a_backlog_in_one_lane_holds_back_what_rests_on_it(
    library: Library, tmp_path: Path
) -> None:
    """The closing of a visit that still waits for a slot waits behind it, in the other lane."""
    references = [library.act("kim", "intake", mode="mail").case for _ in range(60)]
    library.act("mara", "open", references[-1])
    library.tick(hours=20)
    report = library.verified(tmp_path)
    assert report.faults == ()
    streams = library.case("mara", references[-1]).streams
    leaves = [library.leaf("mara", record.ref) for one in streams for record in one.records]
    ticks = [leaf // ENTRIES for leaf in leaves if leaf is not None]
    assert ticks == sorted(ticks)
    assert len(ticks) == 3


def test_two_sequencers_do_not_get_in_each_others_way(library: Library) -> None:
    """Three runs at once build each tick once, and none of them fails."""
    library.now += timedelta(hours=6)
    outcomes: list[int] = []

    def run() -> None:
        mine = library.reopened_beside()
        attesters = mine.register.office().office.attesters()
        outcomes.append(len(Sequencer(mine.home, attesters).run(mine.now)))
        mine.home.close()

    threads = [Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [0, 0, 6]
