"""Pages, cursors and CloudEvents: what a consumer is given, and what is refused."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from keys.feeds import CURSOR_CHARACTERS, FeedKeys
from keys.master import MasterKey
from ledger.errors import BadRequest
from ledger.feeding import feed_keys
from ledger.projections.feeds.log import FEEDS
from ledger.projections.feeds.pages import MOST, NO_CURSOR, page, position_of
from tests.projections.feeds.reading import log_of, opened, pages, sealed_late
from tests.register.ledgers import Ledger
from tests.register.test_triage import CONTACT


def test_who_reads_on_gets_what_came_since(ledger: Ledger) -> None:
    """The cursor of the last page stays good, however long the consumer stays away."""
    reference = opened(ledger)
    *_, last = pages(ledger)
    assert last["entries"] == []
    ledger.clock.turn(days=30)
    ledger.do("kim", "attempt-contact", reference, CONTACT)
    (first, *_) = pages(ledger, after=last["next"])
    assert [one["position"] for one in first["entries"]] == [5]


def test_t43_no_cursor_that_was_not_given_for_this_feed_is_taken(ledger: Ledger) -> None:
    """T-43: made up, changed in any place, another feed's, another ledger's, of more than there is:
    one sentence, the same for all.
    """
    opened(ledger)
    keys, rows = feed_keys(ledger.home), ledger.home.feeds
    log_of(ledger).catch_up("cases")
    good = keys.cursor("cases", 3)
    assert len(good) == CURSOR_CHARACTERS
    assert position_of(keys, rows, "cases", good) == 3
    other = FeedKeys(MasterKey(bytes(32)), ledger.home.origin)
    elsewhere = FeedKeys(ledger.home.master, "ledger.other.example")
    forged = [
        *("", "é", "3", "=" * 48, "A" * 48, good[:-4], f"{good}AAAA", f" {good}"),
        *(f"{good[:n]}{'A' if good[n] != 'A' else 'B'}{good[n + 1 :]}" for n in range(48)),
        urlsafe_b64encode((3).to_bytes(8)).decode(),
        urlsafe_b64encode(b'{"feed":"cases","position":3}').decode(),
        keys.cursor("office", 3),
        other.cursor("cases", 3),
        elsewhere.cursor("cases", 3),
        keys.cursor("cases", 5),
    ]
    for cursor in forged:
        with pytest.raises(BadRequest) as refused:
            position_of(keys, rows, "cases", cursor)
        assert str(refused.value) == NO_CURSOR


def test_a_cursor_tells_nothing() -> None:
    """Two of one place have next to nothing in common: no byte of them is the position's."""
    keys = FeedKeys(MasterKey(bytes(32)), "ledger.oak.example")
    first, second = (keys.cursor("cases", 7, entropy=draw) for draw in (bytes, b"\7".__mul__))
    assert sum(a == b for a, b in zip(first, second, strict=True)) < 8


@pytest.mark.parametrize("limit", [0, MOST + 1, -1])
def test_a_page_has_one_to_a_hundred_entries(ledger: Ledger, limit: int) -> None:
    """The edges are let through, what lies beyond is refused."""
    keys, rows = feed_keys(ledger.home), ledger.home.feeds
    with pytest.raises(BadRequest, match="1 to 100"):
        page(keys, rows, "cases", 0, limit)
    log_of(ledger).catch_up("office")
    lengths = [len(page(keys, rows, "office", 0, n).entries) for n in (1, MOST)]
    assert lengths == [1, rows.head("office").position]


def test_cloudevents_are_read_by_their_own_library(ledger: Ledger) -> None:
    """Every entry of both feeds, with what was dropped: required attributes, ids that are unique
    and stay, the time of the record, and the entry itself as data.
    """
    reference, other = opened(ledger), opened(ledger)
    for feed in FEEDS:
        log_of(ledger).catch_up(feed)
    sealed_late(ledger, reference)
    seen: dict[str, Any] = {}
    for feed in FEEDS:
        log_of(ledger).catch_up(feed)
        found = page(feed_keys(ledger.home), ledger.home.feeds, feed, 0, MOST)
        told = json.loads(json.dumps(found.cloudevents(ledger.home.origin)))
        plain = json.loads(json.dumps(found.told(ledger.home.origin)))
        assert (told["next"], told["chain"]) == (plain["next"], plain["chain"])
        for sent, entry in zip(told["batch"], plain["entries"], strict=True):
            event = JSONFormat().read(CloudEvent, json.dumps(sent))
            assert (event.get_specversion(), event.get_source()) == ("1.0", ledger.home.origin)
            assert event.get_data() == entry
            assert event.get_type().startswith("ledger.")
            seen[event.get_id()] = event
    assert len(seen) == sum(ledger.home.feeds.head(feed).position for feed in FEEDS)
    first, drop, gone = (seen[f"{ledger.home.origin}/cases/{n}"] for n in (7, 9, 1))
    assert (first.get_type(), first.get_subject()) == ("ledger.case-opened.v1", other)
    assert first.get_time() == ledger.clock.now
    assert (drop.get_type(), drop.get_subject()) == ("ledger.dropped", reference)
    assert (gone.get_type(), gone.get_subject()) == ("ledger.gone", None)
