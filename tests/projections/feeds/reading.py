"""A ledger's feeds as a consumer finds them, and cases to fill them with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from ledger.evidence import jcs
from ledger.feeding import feed_keys, feed_log
from ledger.projections.feeds.log import Feed, FeedLog
from ledger.projections.feeds.pages import page, position_of
from tests.register.ledgers import Ledger
from tests.register.test_triage import CONTACT, GAG, SEALING

WORDS = "Who sat at the third terminal?"


def opened(ledger: Ledger) -> str:
    """An open case with a visit's words and a call."""
    reference = ledger.visit("kim", fields={"words": WORDS})
    ledger.do("mara", "open", reference)
    ledger.do("kim", "attempt-contact", reference, CONTACT)
    return reference


def sealed_late(ledger: Ledger, reference: str) -> None:
    """A gag was served at the desk, and Mara sealed the case that stood open."""
    ledger.visit("pat", reference, GAG)
    ledger.do("mara", "keep-sealed", reference, SEALING)


def log_of(ledger: Ledger) -> FeedLog:
    """The feeds as a program finds them that starts."""
    return feed_log(ledger.home, ledger.register.reader(None))


def pages(
    ledger: Ledger, feed: Feed = "cases", after: str | None = None, limit: int = 100
) -> Iterator[dict[str, Any]]:
    """Every page from a cursor on, as JSON, with an empty one at the end."""
    log_of(ledger).catch_up(feed)
    keys, rows = feed_keys(ledger.home), ledger.home.feeds
    while True:
        found = page(keys, rows, feed, position_of(keys, rows, feed, after), limit)
        told = json.loads(json.dumps(found.told(ledger.home.origin)))
        yield told
        if not told["entries"]:
            return
        after = told["next"]


def entries(ledger: Ledger, feed: Feed = "cases") -> list[dict[str, Any]]:
    """Every entry of a feed."""
    return [one for told in pages(ledger, feed) for one in told["entries"]]


def types(ledger: Ledger) -> list[str]:
    """What the entries of cases tell of, in order: types of records, drops, and what is gone."""
    bodies = [one.get("body", {"kind": "gone"}) for one in entries(ledger)]
    return [one.get("type", one["kind"]).partition(".")[0] for one in bodies]


def check_chain(told: list[dict[str, Any]], chain: bytes = bytes(32), last: int = 0) -> bytes:
    """See that entries are dense and each digest is of its body; gives the chain at the end."""
    for one in told:
        assert one["position"] == last + 1
        last = one["position"]
        digest = bytes.fromhex(one["digest"])
        if "dropped" in one:
            assert one.keys() == {"position", "digest", "dropped"}
        else:
            assert sha256(bytes.fromhex(one["nonce"]) + jcs.dump(one["body"])).digest() == digest
        chain = sha256(b"dl.feed.v1" + chain + digest).digest()
    return chain
