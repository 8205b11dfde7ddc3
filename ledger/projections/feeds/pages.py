"""A page of a feed and the cursor that leads to the next one.

A cursor is opaque and sealed: it tells nothing, and one that was made up, or is of another feed or
ledger, is refused with one sentence whatever is wrong with it (threats T-43).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keys.errors import Undecipherable
from keys.feeds import FeedKeys
from ledger.errors import BadRequest
from ledger.projections.feeds.cloudevents import event
from ledger.projections.feeds.entries import shown
from ledger.projections.feeds.log import Feed
from ledger.stores.feeds import Entry, FeedRows

MOST = 100
"""The most entries of one page."""

NO_CURSOR = (
    "This is no cursor of this feed. Go on from the last one that you were given, or begin anew."
)


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, the cursor that leads on after them, and the chain at their end."""

    feed: Feed
    entries: tuple[Entry, ...]
    following: str
    chain: bytes

    def told(self, origin: str) -> Mapping[str, Any]:
        """The page as one object."""
        return {**self._around(origin), "entries": [shown(one) for one in self.entries]}

    def cloudevents(self, origin: str) -> Mapping[str, Any]:
        """The page with a batch of CloudEvents in the place of the entries."""
        return {
            **self._around(origin),
            "batch": [event(origin, self.feed, one) for one in self.entries],
        }

    def _around(self, origin: str) -> Mapping[str, Any]:
        return {
            "origin": origin,
            "feed": self.feed,
            "next": self.following,
            "chain": self.chain.hex(),
        }


def position_of(keys: FeedKeys, rows: FeedRows, feed: Feed, cursor: str | None) -> int:
    """The position after which to read on; 0 without a cursor.

    Raises:
        BadRequest: it is no cursor of this feed, or of one that was longer than this.
    """
    if cursor is None:
        return 0
    try:
        position = keys.position(feed, cursor)
    except Undecipherable as error:
        raise BadRequest(NO_CURSOR) from error
    if position > rows.head(feed).position:
        # The ledger was restored from a backup; who read further holds what is no more.
        raise BadRequest(NO_CURSOR)
    return position


def page(keys: FeedKeys, rows: FeedRows, feed: Feed, after: int, limit: int) -> Page:
    """At most `limit` entries of a feed, which may be 1 to 100.

    Raises:
        BadRequest: the limit is another.
    """
    if not 1 <= limit <= MOST:
        raise BadRequest(f"A page has 1 to {MOST} entries.")
    return up_to(keys, rows, feed, after, after + limit)


def up_to(keys: FeedKeys, rows: FeedRows, feed: Feed, after: int, last: int) -> Page:
    """The entries after one position, as far as another one or the feed's end."""
    entries = rows.entries(feed, after, last - after)
    end = entries[-1].position if entries else after
    return Page(feed, entries, keys.cursor(feed, end), rows.chain(feed, end))
