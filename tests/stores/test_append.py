"""An append: one transaction, conditional, repeatable, never undone."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import pytest

from ledger.errors import AppendConflict, CommandReused
from ledger.stores.store import CommandRow, Entry, Placing, Row, Store, Terms, Wrap
from tests.stores.lanes import Lane, at, new_stream


def rows_of(stream: bytes, *seqs: int) -> list[Row]:
    """Rows of a stream with these seqs."""
    return [Row(stream, seq, f"state {seq}".encode()) for seq in seqs]


# ---- conditions ----


def test_of_many_writers_on_one_stream_one_wins(opened: Callable[[], Store]) -> None:
    """Six connections append the same seq at once: one row is kept, the others get a conflict."""
    stores = [opened() for _ in range(6)]
    stream = new_stream()
    start = threading.Barrier(6)
    outcomes: list[str] = []

    def write(store: Store, state: bytes) -> None:
        start.wait()
        try:
            store.append([Row(stream, 1, state)], Terms(conditions=(at(stream, 0),)))
            outcomes.append(state.decode())
        except AppendConflict:
            outcomes.append("conflict")

    threads = [
        threading.Thread(target=write, args=(store, f"writer {number}".encode()))
        for number, store in enumerate(stores)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (kept,) = stores[0].rows(stream)
    assert sorted(outcomes) == sorted([kept.state.decode(), *["conflict"] * 5])
    stores[0].append([Row(new_stream(), 1, b"next")], Terms())
    assert [position for position, _ in stores[0].page(0, 9)] == [1, 2]


def test_an_append_holds_only_at_the_head_that_it_was_decided_at(store: Store) -> None:
    """A condition on another stream, such as the office, refuses what was decided too early."""
    office, case = new_stream(), new_stream()
    store.append(rows_of(office, 1, 2), Terms())
    store.append(rows_of(case, 1), Terms(conditions=(at(case, 0), at(office, 2))))
    store.append(rows_of(office, 3), Terms(conditions=(at(office, 2),)))
    with pytest.raises(AppendConflict):
        store.append(rows_of(case, 2), Terms(conditions=(at(case, 1), at(office, 2))))
    assert store.last_seq(case) == 1


def test_a_refused_append_leaves_nothing_behind(store: Store, lane: Lane) -> None:
    """Rows, commitments, answer, label, heads and wraps come together or not at all."""
    first, second = new_stream(), new_stream()
    store.append(rows_of(second, 1), Terms())
    with pytest.raises(AppendConflict):
        lane.append(
            1,
            (first, 1),
            (second, 1),
            command=CommandRow("c", b"asked", b"answered"),
            label=("7K3M-9Q2D-X", first),
            continued=[bytes(32)],
            wraps=[Wrap(first, "2026-01", "open", b"wrap")],
        )
    assert store.rows(first) == ()
    assert store.pending(first, 1) is None
    assert store.answer("c") is None
    assert store.labels() == ()
    assert not store.is_continued(bytes(32))
    assert store.wraps() == ()


def test_a_closed_stream_is_continued_at_most_once(store: Store) -> None:
    """A second stream that continues the same head is refused, whatever its own id is."""
    first, second, head = new_stream(), new_stream(), b"e" * 32
    store.append(rows_of(first, 1), Terms(conditions=(at(first, 0),), continued=[head]))
    with pytest.raises(AppendConflict):
        store.append(rows_of(second, 1), Terms(conditions=(at(second, 0),), continued=[head]))
    assert store.is_continued(head)
    assert store.rows(second) == ()


def test_taking_over_rows_twice_changes_nothing(store: Store) -> None:
    """Copied rows keep their bytes, go on where a copy broke off, and make no commitments."""
    stream = new_stream()
    rows = rows_of(stream, 1, 2, 3)
    store.copy_in(rows[:1], store.documents)
    store.copy_in(rows, store.documents)
    store.copy_in(rows, store.documents)
    assert store.rows(stream) == tuple(rows)
    assert store.pending(stream, 2) is None
    assert store.committed_seq(stream) == 0


def test_an_append_may_rest_on_any_number_of_records(store: Store) -> None:
    """1,200 records that each rest on one of 1,200 others, and on the one before them, go together:
    none stands before what it rests on. The same number of conditions is judged whole.
    """
    lane = Lane(store, quota=1_000, delay=3)
    streams = [new_stream() for _ in range(1_200)]
    lane.append(1, *((stream, 1) for stream in streams))
    late, conditions = new_stream(), [at(stream, 1) for stream in streams]
    entries = [
        Entry(os.urandom(32), ((stream, 1), *([(late, seq - 1)] if seq > 1 else [])))
        for seq, stream in enumerate(streams, start=1)
    ]
    placing = Placing(entries, lane.window(1), lane.slots)
    terms = Terms(placing=placing, conditions=conditions)
    placed = store.append(rows_of(late, *range(1, 1_201)), terms)
    assert [lane.tick(stream) for stream in streams] == [1] * 1_000 + [2] * 200
    assert [one.tick for one in placed] == [2] * 800 + [3] * 400
    store.append(rows_of(streams[-1], 2), Terms())
    with pytest.raises(AppendConflict):
        store.append(rows_of(new_stream(), 1), Terms(conditions=conditions))


# ---- commands ----


def test_the_same_command_has_one_answer(store: Store) -> None:
    """The second append under a command id is refused whole; the first one's answer stays."""
    stream, other = new_stream(), new_stream()
    command = CommandRow("c1", b"asked", b"answered")
    store.append(rows_of(stream, 1), Terms(command=command))
    with pytest.raises(AppendConflict):
        store.append(rows_of(other, 1), Terms(command=command))
    assert store.answer("c1") == command
    assert store.rows(other) == ()


def test_a_command_id_stands_for_one_act(store: Store) -> None:
    """The same id with other contents is a reuse, and is refused whole."""
    stream, other = new_stream(), new_stream()
    store.append(rows_of(stream, 1), Terms(command=CommandRow("c1", b"asked", b"a")))
    with pytest.raises(CommandReused):
        store.append(rows_of(other, 1), Terms(command=CommandRow("c1", b"else", b"a")))
    assert store.rows(other) == ()


# ---- positions ----


def test_a_failed_append_uses_no_position(store: Store) -> None:
    """Positions are dense in the order of commits, so that a reader can count on them."""
    first, second = new_stream(), new_stream()
    store.append(rows_of(first, 1), Terms())
    with pytest.raises(AppendConflict):
        store.append(rows_of(second, 1, 2), Terms(conditions=(at(second, 7),)))
    store.append(rows_of(second, 1), Terms())
    assert [position for position, _ in store.page(0, 10)] == [1, 2]


# ---- finding again ----


def test_a_label_leads_to_its_newest_stream(store: Store) -> None:
    """A case that was continued is found at its newest stream; each stream knows its label."""
    old, new, plain = new_stream(), new_stream(), new_stream()
    for stream in (old, new):
        store.append(rows_of(stream, 1), Terms(label=("1J6F-4QV5-0", stream)))
    store.append(rows_of(plain, 1), Terms())
    assert store.labelled("1J6F-4QV5-0") == new
    assert store.labels() == (("1J6F-4QV5-0", new),)
    assert store.label_of(old) == "1J6F-4QV5-0"
    assert store.label_of(plain) is None
    assert store.labelled("7K3M-9Q2D-X") is None
    assert store.streams() == (old, new, plain)


def test_a_page_goes_on_where_the_last_one_ended(store: Store) -> None:
    """Rows are read in the order of their positions, each once."""
    stream = new_stream()
    rows = rows_of(stream, 1, 2, 3)
    store.append(rows, Terms())
    assert store.page(0, 2) == ((1, rows[0]), (2, rows[1]))
    assert store.page(2, 2) == ((3, rows[2]),)
    assert store.rows(stream, after=1, limit=1) == (rows[1],)
