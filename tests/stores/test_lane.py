"""The lane: quotas, windows, promises and order, on time, late, and when too much comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.stores.store import Store, Window
from tests.stores.lanes import START, Lane, new_stream

# ---- slots ----


def test_the_open_lane_takes_the_earliest_free_slot(lane: Lane) -> None:
    """Two slots a tick: the third entry of a tick stands in the next one."""
    streams = [new_stream() for _ in range(5)]
    for stream in streams:
        lane.append(1, (stream, 1))
    assert [lane.tick(stream) for stream in streams] == [1, 1, 2, 2, 3]


def test_a_sealed_lane_draws_among_the_ticks_with_a_free_slot(store: Store) -> None:
    """What is drawn among is every tick of the window that has room, and nothing else."""
    drawn: list[list[int]] = []

    class Drawing(Lane):
        def choose(self, free: Sequence[int]) -> int:
            drawn.append(list(free))
            return free[len(free) // 2]

    lane = Drawing(store, quota=1, at_random=True)
    streams = [new_stream() for _ in range(3)]
    for stream in streams:
        lane.append(4, (stream, 1))
    assert drawn == [[4, 5, 6], [4, 6], [4]]
    assert [lane.tick(stream) for stream in streams] == [5, 6, 4]


def test_every_receipt_promises_the_same_delay(lane: Lane) -> None:
    """The promise is the running tick and D, wherever in the window the entry stands."""
    first, second = new_stream(), new_stream()
    lane.append(3, (first, 1), (second, 1))
    for stream in (first, second):
        pending = lane.store.pending(stream, 1)
        assert pending is not None
        assert (pending.promised, pending.issued_at) == (5, START + timedelta(hours=2))


def test_nothing_enters_a_closed_tick(lane: Lane) -> None:
    """An append that was on its way while its tick was closed stands in the next one."""
    late = new_stream()
    lane.close(1)
    lane.append(1, (late, 1))
    assert lane.tick(late) == 2


def test_nothing_enters_a_tick_of_the_logbook(lane: Lane) -> None:
    """A store that was restored from a backup does not fill ticks that were built since."""
    late = new_stream()
    replace(lane, built=2).append(1, (late, 1))
    assert lane.tick(late) == 3


def test_closing_a_tick_again_gives_the_same(lane: Lane) -> None:
    """After a crash the sequencer closes a tick a second time and gets the same entries."""
    streams = [new_stream() for _ in range(3)]
    lane.append(1, *((stream, 1) for stream in streams))
    first = lane.close(1)
    assert len(first) == 2
    assert lane.close(1) == first


def test_quotas_change_where_an_epoch_begins(store: Store) -> None:
    """A window that reaches into the next epoch keeps that epoch's quota there."""

    class TwoEpochs(Lane):
        def window(self, running: int) -> Window:
            quotas = tuple(2 if tick < 3 else 1 for tick in range(running, running + 3))
            return Window(running, quotas, datetime.fromisoformat("2026-01-05T12:00:00Z"))

    lane = TwoEpochs(store)
    streams = [new_stream() for _ in range(6)]
    for stream in streams:
        lane.append(1, (stream, 1))
    assert [lane.tick(stream) for stream in streams] == [1, 1, 2, 2, 3, None]


# ---- order ----


def test_no_record_stands_before_its_predecessor(store: Store) -> None:
    """In a lane that draws at random a stream's records still stand in their order."""
    lane = Lane(store, at_random=True)
    stream = new_stream()
    lane.append(1, (stream, 1))
    lane.append(1, (stream, 2), after=((stream, 1),))
    assert (lane.tick(stream, 1), lane.tick(stream, 2)) == (3, 3)
    other = new_stream()
    lane.append(2, (other, 1), after=((stream, 2),))
    tick = lane.tick(other)
    assert tick is not None
    assert tick >= 3


def test_a_record_waits_for_one_of_another_store_that_waits(lane: Lane) -> None:
    """While what it rests on has no tick, it has none either, however free its own lane is."""
    office, sealed, later = new_stream(), new_stream(), new_stream()
    waiting = replace(lane, elsewhere={(office, 9): None})
    waiting.append(1, (sealed, 1), after=((office, 9),))
    waiting.append(1, (later, 1), after=((sealed, 1),))
    waiting.close(1)
    assert (lane.tick(sealed), lane.tick(later)) == (None, None)
    placed = replace(lane, elsewhere={(office, 9): 4})
    placed.close(2)
    assert (lane.tick(sealed), lane.tick(later)) == (4, 4)
    pending = lane.store.pending(sealed, 1)
    assert pending is not None
    assert (pending.promised, pending.issued_at) == (5, START + timedelta(hours=2))


def test_a_record_that_rests_on_an_unknown_one_waits_for_nothing(lane: Lane) -> None:
    """Whether such a record may be written at all is not the lane's to judge."""
    stream = new_stream()
    lane.append(1, (stream, 1), after=((new_stream(), 7),))
    assert lane.tick(stream) == 1


def test_a_window_that_ended_before_its_predecessor_has_none(lane: Lane) -> None:
    """An entry whose predecessor stands beyond its window waits until the window reaches it."""
    first, second = new_stream(), new_stream()
    lane.append(5, (first, 1))
    lane.append(1, (second, 1), after=((first, 1),))
    assert lane.tick(second) is None
    lane.close(3)
    assert lane.tick(second) == 5


# ---- waiting ----


def test_who_waits_is_served_in_the_order_of_arrival(lane: Lane) -> None:
    """Six slots are promised at once; whoever comes later waits and gets the slots that open."""
    streams = [new_stream() for _ in range(9)]
    for stream in streams:
        lane.append(1, (stream, 1))
    assert [lane.tick(stream) for stream in streams[6:]] == [None, None, None]
    lane.close(1)
    assert [lane.tick(stream) for stream in streams[6:]] == [4, 4, None]
    lane.close(2)
    assert lane.tick(streams[8]) == 5


def test_a_newcomer_does_not_overtake_who_waits(lane: Lane) -> None:
    """Where the sequencer is late, the clock opens slots, and who waits has the first of them."""
    early = [new_stream() for _ in range(7)]
    for stream in early:
        lane.append(1, (stream, 1))
    late = new_stream()
    lane.append(2, (late, 1))
    assert (lane.tick(early[6]), lane.tick(late)) == (4, 4)
    pending = lane.store.pending(early[6], 1)
    assert pending is not None
    # As it would have been: issued when the second tick began to run, not when somebody came.
    assert (pending.promised, pending.issued_at) == (4, START + timedelta(hours=1))


def test_a_clock_that_ran_ahead_starves_nobody(lane: Lane) -> None:
    """After one entry of a wrong far future, those that wait are still served."""
    streams = [new_stream() for _ in range(7)]
    for stream in streams[:6]:
        lane.append(1, (stream, 1))
    lane.append(400, (new_stream(), 1))
    lane.append(1, (streams[6], 1))
    assert lane.tick(streams[6]) is None
    lane.close(1)
    assert lane.tick(streams[6]) == 4


def test_who_comes_late_is_not_placed_before_it_came(lane: Lane) -> None:
    """In catching up, an entry of a later day gets no slot of an earlier one."""
    for _ in range(6):
        lane.append(5, (new_stream(), 1))
    waiting = new_stream()
    lane.append(5, (waiting, 1))
    for tick in range(1, 5):
        lane.close(tick)
        assert lane.tick(waiting) is None
    lane.close(5)
    assert lane.tick(waiting) == 8


# ---- any load ----

ARRIVALS = st.lists(
    st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 40)), min_size=1, max_size=60
)
"""How many ticks pass, whether the sequencer runs on time, and on which earlier record it rests."""


@settings(max_examples=40)
@given(
    arrivals=ARRIVALS, quota=st.integers(1, 3), at_random=st.booleans(), seed=st.integers(0, 2**32)
)
def test_under_any_load_quotas_promises_and_order_hold(
    arrivals: list[tuple[int, bool, int]], quota: int, at_random: bool, seed: int
) -> None:
    """However many come, and however late the sequencer is: no tick has too many, nobody stands
    after the promised tick, before arrival, or before what the record rests on, and all get in.
    """
    random = Random(seed)

    class Drawing(Lane):
        def choose(self, free: Sequence[int]) -> int:
            return random.choice(free)

    with TemporaryDirectory() as folder:
        store = Store(Path(folder) / "vault.db", create=True)
        lane = Drawing(store, quota=quota, at_random=at_random)
        came: list[tuple[bytes, int, bytes | None]] = []
        running, closed = 1, 0
        for passed, on_time, rests_on in arrivals:
            running += passed
            if on_time:
                for tick in range(closed + 1, running):
                    lane.close(tick)
                closed = max(closed, running - 1)
            stream = new_stream()
            before = came[rests_on][0] if rests_on < len(came) else None
            lane.append(running, (stream, 1), after=() if before is None else ((before, 1),))
            came.append((stream, running, before))
        built = {tick: lane.close(tick) for tick in range(1, running + len(came) + 4)}
        _check(lane, quota, came, built)
        store.close()


def _check(
    lane: Lane,
    quota: int,
    came: list[tuple[bytes, int, bytes | None]],
    built: dict[int, tuple[bytes, ...]],
) -> None:
    ticks: dict[bytes, int] = {}
    for stream, arrived, before in came:
        pending = lane.store.pending(stream, 1)
        assert pending is not None
        assert pending.tick is not None
        assert pending.promised is not None
        assert arrived <= pending.tick <= pending.promised
        assert pending.commitment in built[pending.tick]
        if before is not None:
            assert ticks[before] <= pending.tick
        ticks[stream] = pending.tick
    assert max(Counter(ticks.values()).values()) <= quota
    assert sum(len(entries) for entries in built.values()) == len(came)


@settings(max_examples=30)
@given(
    arrivals=st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=50),
    quota=st.integers(1, 3),
    at_random=st.booleans(),
)
def test_caught_up_late_every_tick_is_as_it_would_have_been(
    arrivals: list[tuple[int, bool]], quota: int, at_random: bool
) -> None:
    """The same arrivals with a sequencer on time, and with one that comes at the very end: every
    entry stands in the same tick, with the same promise and the same instant of issue.
    """
    with TemporaryDirectory() as folder:
        worlds = []
        for name in ("prompt", "late"):
            (Path(folder) / name).mkdir()
            lane = Lane(Store(Path(folder) / name / "open.db", create=True), quota, 2, at_random)
            worlds.append(_live(lane, arrivals, prompt=name == "prompt"))
            lane.store.close()
    assert worlds[0] == worlds[1]


def _live(lane: Lane, arrivals: list[tuple[int, bool]], *, prompt: bool) -> list[object]:
    """Let entries come, with a sequencer that runs at every tick or only at the end."""
    running = 1
    streams: list[bytes] = []
    for number, (passed, rests) in enumerate(arrivals):
        if prompt:
            for tick in range(running, running + passed):
                lane.close(tick)
        running += passed
        stream = number.to_bytes(16, "big")
        lane.append(running, (stream, 1), after=((streams[-1], 1),) if rests and streams else ())
        streams.append(stream)
    for tick in range(running if prompt else 1, running + len(streams) + 4):
        lane.close(tick)
    seen = [lane.store.pending(stream, 1) for stream in streams]
    return [(one.tick, one.promised, one.issued_at) for one in seen if one is not None]


def test_two_stores_do_not_see_each_others_load(tmp_path: Path) -> None:
    """How full the vault is changes nothing in where the open store's entries stand."""
    ticks = []
    for load in (0, 50):
        folder = tmp_path / str(load)
        folder.mkdir()
        vault = Lane(Store(folder / "vault.db", create=True))
        public = Lane(Store(folder / "open.db", create=True))
        for _ in range(load):
            vault.append(1, (new_stream(), 1))
        streams = [new_stream() for _ in range(9)]
        for stream in streams:
            public.append(1, (stream, 1))
        for tick in (1, 2, 3):
            public.close(tick)
            vault.close(tick)
        ticks.append([public.tick(stream) for stream in streams])
        vault.store.close()
        public.store.close()
    assert ticks[0] == ticks[1] == [1, 1, 2, 2, 3, 3, 4, 4, 5]


@pytest.mark.parametrize("delay", [0, 24])
def test_any_delay_works(store: Store, delay: int) -> None:
    """With no delay at all an entry has one tick; with a long one it has many."""
    lane = Lane(store, quota=1, delay=delay)
    streams = [new_stream() for _ in range(delay + 2)]
    for stream in streams:
        lane.append(1, (stream, 1))
    assert [lane.tick(stream) for stream in streams] == [*range(1, delay + 2), None]
