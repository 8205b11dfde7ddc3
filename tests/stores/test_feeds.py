"""The rows of feeds: added in order, dropped with what they tell of, on every kind of database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ledger.errors import AppendConflict, EvidenceCorrupt
from ledger.stores.database import IntegrityError
from ledger.stores.erased import Mark
from ledger.stores.feeds import EMPTY, Entry, FeedRows, Head
from ledger.stores.store import Row, Store, Terms
from ledger.stores.webhooks import Letter, Webhook, WebhookRows

FIRST, SECOND = b"1" * 16, b"2" * 16
CASES = {"AAAA": FIRST, "BBBB": SECOND}


def entry(position: int, reference: str | None) -> Entry:
    """The entry at a position, of a case's record with that seq; or one that tells of a drop."""
    source = None if reference is None else f"{CASES[reference].hex()}:{position}"
    mark = bytes([position])
    return Entry(position, source, reference, mark * 32, mark * 16, mark * 9, mark * 31 + b"c")


def filled(store: Store) -> FeedRows:
    """Two open cases, and a feed that tells of each twice."""
    for label, stream in CASES.items():
        store.append([Row(stream, 1, b"row")], Terms(label=(label, stream)))
    rows = FeedRows(store.database)
    entries = [entry(n, label) for n, label in enumerate(("AAAA", "BBBB", "BBBB", "AAAA"), 1)]
    rows.add("cases", Head(), 2, entries[:3])
    rows.add("cases", rows.head("cases"), 2, entries[3:])
    return rows


def gone(rows: FeedRows) -> list[int]:
    """The positions of what was dropped."""
    return [one.position for one in rows.entries("cases", 0, 9) if one.body is None]


def test_entries_are_given_back_as_they_were_added(store: Store) -> None:
    """Page by page, with the end of the feed and how far it was read; another feed is another."""
    rows = filled(store)
    assert rows.entries("cases", 1, 2) == (entry(2, "BBBB"), entry(3, "BBBB"))
    assert rows.head("cases") == Head(4, entry(4, "AAAA").chain)
    assert (rows.read_to("cases"), rows.read_to("office")) == (2, 0)
    assert rows.head("office") == Head(0, EMPTY)
    assert rows.has("cases", f"{FIRST.hex()}:4")
    assert not rows.has("office", f"{FIRST.hex()}:4")
    assert (rows.chain("cases", 0), rows.chain("cases", 2)) == (EMPTY, entry(2, "BBBB").chain)
    with pytest.raises(EvidenceCorrupt):
        rows.chain("cases", 5)


def test_entries_follow_the_end_and_tell_nothing_twice(store: Store) -> None:
    """Who read an older end, and who tells of a record that was told, is refused; a position of the
    store is never given back.
    """
    rows = filled(store)
    for head, one in ((Head(3, EMPTY), entry(4, "BBBB")), (rows.head("cases"), entry(4, "AAAA"))):
        with pytest.raises(AppendConflict):
            rows.add("cases", head, 9, [one])
    rows.add("cases", rows.head("cases"), 1, [])
    assert rows.read_to("cases") == 2
    assert rows.head("cases").position == 4


def test_a_withdrawn_case_is_dropped_in_the_same_moment(store: Store) -> None:
    """Body, nonce and source go; the reference stays until the feed has said so, and what was read
    of the case before is added no more.
    """
    rows = filled(store)
    store.withdraw({FIRST})
    assert (gone(rows), rows.untold("cases")) == ([1, 4], ("AAAA",))
    with pytest.raises(AppendConflict):
        rows.add("cases", rows.head("cases"), 3, [entry(5, "AAAA")])
    rows.add("cases", rows.head("cases"), 2, [entry(5, None)], told="AAAA")
    assert rows.untold("cases") == ()
    kept = [(one.position, one.reference) for one in rows.entries("cases", 0, 9)]
    assert kept == [(1, None), (2, "BBBB"), (3, "BBBB"), (4, None), (5, None)]
    assert {one.digest for one in rows.entries("cases", 0, 1)} == {b"\1" * 32}


def test_a_case_of_which_a_stream_was_erased_is_dropped(store: Store) -> None:
    """Whoever drops it repeats it without harm; of an erased stream nothing is added any more."""
    rows = filled(store)
    store.erased.add(Mark(SECOND, "both", "office:1", b"e" * 32), ())
    with pytest.raises(AppendConflict):
        rows.add("cases", rows.head("cases"), 3, [entry(5, "BBBB")])
    for _ in range(2):
        rows.drop(SECOND)
        assert gone(rows) == [2, 3]
    assert rows.untold("cases") == ("BBBB",)
    third = b"3" * 16
    store.append([Row(third, 1, b"row")], Terms(label=("BBBB", third)))
    other = replace(entry(5, "BBBB"), source=f"{third.hex()}:1")
    with pytest.raises(AppendConflict):
        rows.add("cases", rows.head("cases"), 3, [other])
    rows.add("cases", rows.head("cases"), 3, [other], told="BBBB")
    assert [store.seq_at(SECOND, position) for position in (1, 2)] == [0, 1]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM feed_entries",
        "UPDATE feed_entries SET body = digest",
        "UPDATE feed_entries SET body = NULL",
        "UPDATE feed_entries SET source = NULL, nonce = NULL, body = NULL, reference = 'CCCC'",
        "UPDATE feed_entries SET source = NULL, nonce = NULL, body = NULL, digest = chain",
    ],
)
def test_the_database_itself_lets_an_entry_be_dropped_and_nothing_else(
    opened: Callable[[], Store], change: str
) -> None:
    """Whatever a program tries; on a server the missing right says no before the trigger does."""
    store = opened()
    rows = filled(store)
    before = rows.entries("cases", 0, 9)
    with pytest.raises(Exception) as refused, store.database.writing() as cursor:  # noqa: PT011 - two kinds
        cursor.execute(change)
    assert isinstance(refused.value, IntegrityError) or "refuses this role" in str(refused.value)
    assert rows.entries("cases", 0, 9) == before


def test_letters_wait_for_their_receiver_until_it_takes_them(store: Store) -> None:
    """A webhook has one name; a tick is claimed once; letters stay until they are taken, and go
    with the webhook.
    """
    rows = WebhookRows(store.database)
    one = Webhook("a", "cases", b"sealed", 0, 3)
    assert [rows.add(one), rows.add(one)] == [True, False]
    assert [rows.claim("a", tick) for tick in (3, 4, 4, 3, 6)] == [False, True, False, False, True]
    letters = [Letter("a", 1, 50), Letter("a", 51, 60)]
    rows.write(letters)
    rows.write(letters[:1])
    assert rows.all() == (Webhook("a", "cases", b"sealed", 60, 6),)
    failed = Letter("a", 51, 60, tries=2, due=9, outcome="refused", is_dead=True)
    rows.keep(failed)
    assert rows.letters("a") == (letters[0], failed)
    rows.took(letters[:1])
    assert rows.letters("a") == (failed,)
    assert rows.letters("b") == ()
    assert [rows.remove("a"), rows.remove("a")] == [True, False]
    assert (rows.all(), rows.letters("a")) == ((), ())


def test_who_was_removed_meanwhile_gets_no_letters_and_nobody_stumbles(store: Store) -> None:
    """Whoever claimed it before may still write: there is nothing to write to; nothing to write or
    to forget is no transaction.
    """
    rows = WebhookRows(store.database)
    rows.add(Webhook("a", "cases", b"sealed", 0, 3))
    assert rows.claim("a", 4)
    assert rows.remove("a")
    rows.write([Letter("a", 1, 50)])
    assert (rows.all(), rows.letters("a")) == ((), ())
    before = store.database.version()
    rows.write([])
    rows.took([])
    assert store.database.version() == before
