"""Open deadlines as a calendar that any program can subscribe to, and that tells nothing else.

A calendar is shown on lock screens, shared with assistants and kept by others: each entry has a
date and one constant sentence. No reference, no rule, nothing of a case. Cites: RFC 5545.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from icalendar import Calendar, Event

from keys.feeds import FeedKeys

SUMMARY = "A date in the disclosure ledger: open it to see."
PRODUCER = "-//disclosure-ledger//calendar 1//EN"


def calendar(keys: FeedKeys, rows: Iterable[Mapping[str, Any]], now: datetime) -> bytes:
    """The open ones of the rows of deadlines as an iCalendar, each with its UID until it moves."""
    made = Calendar()
    made.add("prodid", PRODUCER)
    made.add("version", "2.0")
    for uid, day in sorted(_open(keys, rows)):
        event = Event()
        event.add("uid", uid)
        event.add("dtstamp", now)
        event.add("dtstart", day)
        event.add("summary", SUMMARY)
        # It is no meeting: nobody is shown as busy.
        event.add("transp", "TRANSPARENT")
        event.add("class", "PRIVATE")
        made.add_component(event)
    data: bytes = made.to_ical()
    return data


def _open(keys: FeedKeys, rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, date]]:
    for row in rows:
        if row["status"] == "open":
            place = f"{row['reference']} {row['id']} {row['rolled_on']}"
            yield keys.name("deadline", place), date.fromisoformat(row["effective_on"])
