"""Feeds are logs: dense, chained, in the order of acceptance, and of nothing that is sealed."""

from __future__ import annotations

import json
from contextlib import suppress
from threading import Thread

import pytest

from ledger.errors import AppendConflict, EvidenceCorrupt, NotFound
from ledger.projections.feeds.check import Checker
from ledger.projections.feeds.log import FEEDS, FeedLog, OpenRecords
from ledger.register import triage
from ledger.stores.feeds import Head
from tests.projections.feeds.reading import (
    WORDS,
    check_chain,
    entries,
    log_of,
    opened,
    pages,
    sealed_late,
    types,
)
from tests.register.ledgers import Ledger
from tests.register.test_triage import CONTACT, agree_to_open
from tests.upkeep.matters import NOTICE, closed_case, erase, finish

STORY = ["intake-saved", "stream-closed", "case-opened", "contact-attempted"]


def test_an_opened_case_tells_its_history_in_order_with_its_own_dates(ledger: Ledger) -> None:
    """The visit of the morning stands before the opening of the afternoon, dated as it was."""
    reference = ledger.visit("kim", fields={"words": WORDS})
    assert entries(ledger) == []
    ledger.clock.turn(hours=5)
    ledger.do("mara", "open", reference)
    ledger.do("kim", "attempt-contact", reference, CONTACT)
    told = entries(ledger)
    assert types(ledger) == STORY
    dates = [one["body"]["recorded_at"] for one in told]
    assert dates[0] == "2026-06-19T20:00:00Z"
    assert set(dates[1:]) == {"2026-06-20T01:00:00Z"}
    assert {one["body"]["reference"] for one in told} == {reference}


def test_no_entry_holds_anything_personal(ledger: Ledger) -> None:
    """Neither words nor their digests: what was said at the desk stays in the case."""
    opened(ledger)
    assert WORDS not in json.dumps(entries(ledger))
    assert entries(ledger)[0]["body"]["event"].keys().isdisjoint({"words", "personal"})


def test_positions_are_dense_and_the_chain_follows_from_the_entries(ledger: Ledger) -> None:
    """Page by page or at once, in each feed: what a consumer computes is what the page says."""
    for _ in range(2):
        opened(ledger)
    for feed in FEEDS:
        chain, last = bytes(32), 0
        for told in pages(ledger, feed, limit=3):
            chain = check_chain(told["entries"], chain, last)
            last += len(told["entries"])
            assert told["chain"] == chain.hex()
        assert last > 7
    assert {one["body"].get("reference") for one in entries(ledger, "office")} == {None}


def test_cases_stand_in_the_order_in_which_their_records_were_accepted(ledger: Ledger) -> None:
    """Two cases in turns; however often the feed caught up in between, it is the same."""
    first, second = opened(ledger), opened(ledger)
    for number, reference in enumerate((first, second, first)):
        ledger.do("kim", "attempt-contact", reference, CONTACT)
        if number:
            log_of(ledger).catch_up("cases")
    told = [one["body"]["reference"] for one in entries(ledger)]
    assert told == [first] * 4 + [second] * 4 + [first, second, first]


def test_a_sealed_matter_has_no_entry(ledger: Ledger) -> None:
    """Neither a waiting visit nor a matter that was kept sealed is in any feed."""
    reference = closed_case(ledger, sealed=True)
    waiting = ledger.visit("kim")
    told = json.dumps([entries(ledger, feed) for feed in FEEDS])
    assert reference not in told
    assert waiting not in told


def test_rows_of_an_opening_that_broke_off_have_no_entry(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The visit's rows were copied and then the machine stopped: nothing is told until the opening
    comes to its end, and then everything once.
    """
    reference = ledger.visit("kim")
    with monkeypatch.context() as patch:
        patch.setattr(triage, "new_place", _stopped)
        with suppress(OSError):
            ledger.do("mara", "open", reference)
    ledger = ledger.reopened()
    assert ledger.home.open.page(0, 500)[-1][1].stream != ledger.home.config.office
    assert entries(ledger) == []
    ledger.do("mara", "open", reference)
    assert types(ledger) == STORY[:3]


def _stopped(*_: object, **__: object) -> None:
    raise OSError("the machine stopped")


# ---- drops ----


def test_what_is_sealed_late_is_dropped_and_a_late_reader_learns_nothing(ledger: Ledger) -> None:
    """Positions and digests stay, so that the chain still holds; one entry says what was dropped,
    and nothing says which entries were the case's.
    """
    other, reference = opened(ledger), opened(ledger)
    before = entries(ledger)
    sealed_late(ledger, reference)
    after = entries(ledger)
    assert [one["digest"] for one in after[: len(before)]] == [one["digest"] for one in before]
    check_chain(after)
    assert types(ledger) == [*STORY, *["gone"] * 4, "dropped"]
    assert after[-1]["body"] == {"kind": "dropped", "reference": reference}
    assert reference not in json.dumps(after[:-1])
    assert other in json.dumps(after)
    rows = ledger.home.open.database.ask(
        "SELECT * FROM feed_entries WHERE feed = 'cases' ORDER BY position"
    )
    assert [reference in repr(tuple(row)) for row in rows] == [False] * 8 + [True]


def test_a_case_that_is_sealed_and_opened_again_is_told_anew(ledger: Ledger) -> None:
    """Its history comes once more, after the drop, with what happened while it was sealed."""
    reference = opened(ledger)
    log_of(ledger).catch_up("cases")
    sealed_late(ledger, reference)
    log_of(ledger).catch_up("cases")
    ledger.do("mara", "add-audience-member", reference, {"person": "tom", **NOTICE})
    (gag,) = ledger.look("mara", reference).case.live_gags()
    lifted = {"gag": gag.ref, "evidence": "agency-letter", "evidence_on": "2026-06-19"}
    ledger.do("mara", "lift-gag", reference, lifted)
    agree_to_open(ledger, reference, "tom")
    ledger.do("mara", "open", reference)
    told = entries(ledger)
    check_chain(told)
    again = [one["body"] for one in told[5:]]
    assert types(ledger)[:5] == [*["gone"] * 4, "dropped"]
    kept = [one.ref for one in ledger.look("kim", reference).case.records]
    assert [one["ref"] for one in again] == kept


def test_an_erased_case_is_dropped_and_people_alone_are_not(ledger: Ledger) -> None:
    """Erasing names changes no entry, because none holds a name; erasing the case drops it."""
    reference = closed_case(ledger, words=WORDS)
    before = entries(ledger)
    erase(ledger, reference, "personal")
    told = entries(ledger)
    assert told[: len(before)] == before
    assert types(ledger)[len(before) :] == ["stream-closed"]
    erase(ledger, reference, "both")
    check_chain(entries(ledger))
    assert types(ledger) == [*["gone"] * len(told), "dropped"]
    assert entries(ledger)[: len(before)] != before


def test_what_stands_after_one_stream_was_erased_is_told_again(ledger: Ledger) -> None:
    """Of a case whose visit alone is erased, the opening and what followed are told anew."""
    reference = closed_case(ledger)
    first = ledger.look("mara", reference).streams[0].id
    log_of(ledger).catch_up("cases")
    fields = {"stream": first.hex(), "secrets": "both"}
    asked = ledger.do("mara", "erase-stream", "office", fields)
    ledger.do("tom", "assent", "office", {"of": asked.records[-1].e})
    finish(ledger)
    told = types(ledger)
    assert told[-3:] == ["dropped", "case-opened", "case-closed"]
    assert set(told[:-3]) == {"gone"}


def test_a_dropped_entry_cannot_be_made_again_with_the_master_key_alone(ledger: Ledger) -> None:
    """Two feeds keys of the same ledger give the nonce for the stream's secret and no other."""
    reference = opened(ledger)
    log = log_of(ledger)
    (first, *_) = log.records.case(reference)
    nonce = log.keys.nonce("cases", 1, first.commitment, first.core)
    assert entries(ledger)[0]["nonce"] == nonce.hex()
    assert log.keys.nonce("cases", 1, first.commitment, bytes(32)) != nonce


# ---- several writers, and those who come between ----


def test_many_writers_apply_nothing_twice(ledger: Ledger) -> None:
    """Eight threads fill one feed at the same time: each record is told once."""
    for _ in range(3):
        opened(ledger)
    logs = [log_of(ledger) for _ in range(8)]
    threads = [Thread(target=log.catch_up, args=("cases",)) for log in logs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = entries(ledger)
    check_chain(told)
    assert len({one["body"]["ref"] for one in told}) == len(told) == 12


def test_a_case_that_is_sealed_while_it_is_read_is_not_told(ledger: Ledger) -> None:
    """The case was read, then it was sealed, then the entries were to be added: they are not."""
    reference = opened(ledger)
    log = log_of(ledger)
    kept = log.records.case(reference)

    def sealing(_: str) -> object:
        if ledger.home.open.labelled(reference) is not None:
            sealed_late(ledger, reference)
        return kept

    records = OpenRecords(log.records.office_stream, log.records.office, sealing)  # type: ignore[arg-type]  # gives what was read
    FeedLog(log.store, log.rows, records, log.keys).catch_up("cases")
    assert entries(ledger) == []


def test_a_record_that_cannot_be_read_stops_the_feed_before_it(ledger: Ledger) -> None:
    """Nothing is skipped: once it is mended, everything is told."""
    opened(ledger)
    log = log_of(ledger)

    def broken(_: str) -> object:
        raise EvidenceCorrupt("altered")

    def lost(_: str) -> object:
        raise NotFound

    def cut_short(reference: str) -> object:
        return log.records.case(reference)[:-1]

    faults = ((broken, EvidenceCorrupt), (lost, NotFound), (cut_short, EvidenceCorrupt))
    for fault, error in faults:
        records = OpenRecords(log.records.office_stream, log.records.office, fault)  # type: ignore[arg-type]  # gives less
        with pytest.raises(error):
            FeedLog(log.store, log.rows, records, log.keys).catch_up("cases")
        assert log.rows.read_to("cases") == 0
    assert types(ledger) == STORY


def test_who_added_first_wins(ledger: Ledger) -> None:
    """Entries after an end that is not the end any more are refused, and nothing changes."""
    opened(ledger)
    log = log_of(ledger)
    log.catch_up("cases")
    before = entries(ledger)
    found = log.rows.entries("cases", 0, 1)
    with pytest.raises(AppendConflict):
        log.rows.add("cases", Head(), 9, found)
    assert entries(ledger) == before


# ---- the rows ----


ALTERED = {
    "source": "'0123456789abcdef0123456789abcdef:1'",
    "reference": "'7K3M-9Q2D-X'",
    "digest": "zeroblob(32)",
    "nonce": "zeroblob(16)",
    "body": "CAST('x' AS BLOB)",
    "chain": "zeroblob(32)",
    "position": "99",
}


def test_an_altered_cell_of_a_feed_is_found_and_named(ledger: Ledger) -> None:
    """Whichever column of whichever entry, be it dropped, of a case, the drop's own or the last: it
    is told where; and so is an entry that was taken away, and how far the feed has read.
    """
    references = [opened(ledger), opened(ledger)]
    log = log_of(ledger)
    log.catch_up("cases")
    sealed_late(ledger, references[0])
    ledger.do("kim", "attempt-contact", references[1], CONTACT)
    for feed in FEEDS:
        log.catch_up(feed)
        assert Checker(log).first_difference(feed) is None
    with ledger.home.open.database.writing() as cursor:
        for verb in ("UPDATE", "DELETE"):
            cursor.execute(f"DROP TRIGGER feed_entries_{verb}")
    for position in (2, 6, 9, 10):
        for column, value in ALTERED.items():
            change = f"UPDATE feed_entries SET {column} = {value}"
            where = f"feed = 'cases' AND position = {position}"
            assert f"entry {position}, " in altered(log, f"{change} WHERE {where}")
    for change, name in (
        ("DELETE FROM feed_entries WHERE feed = 'cases' AND position = 10", "missing"),
        ("DELETE FROM feed_entries WHERE feed = 'office' AND position = 3", "entry 3, position"),
        ("UPDATE feed_tracking SET position = position - 1", "how far it was read"),
    ):
        assert name in altered(log, change)


def altered(log: FeedLog, change: str) -> str:
    """What is found of a change, which is then taken back."""
    with log.store.database.writing() as cursor:
        tables = ("feed_entries", "feed_tracking")
        for table in tables:
            cursor.execute(f"CREATE TABLE {table}_kept AS SELECT * FROM {table}")
        cursor.execute(change)
    found = [Checker(log).first_difference(feed) for feed in FEEDS]
    with log.store.database.writing() as cursor:
        for table in tables:
            cursor.execute(f"DELETE FROM {table}")
            cursor.execute(f"INSERT INTO {table} SELECT * FROM {table}_kept")
            cursor.execute(f"DROP TABLE {table}_kept")
    return next((one for one in found if one is not None), "nothing")
