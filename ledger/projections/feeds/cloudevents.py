"""Entries of a feed as CloudEvents 1.0, JSON format, structured, in batches.

    id       origin/feed/position, the same for ever        source   the ledger's origin
    type     ledger.<tag of the record>, ledger.dropped     subject  the case's reference
    time     when it was recorded                            data     the entry as in a page

Cites: CloudEvents 1.0.2, §3 and the JSON Event Format §4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger.projections.feeds.entries import shown
from ledger.stores.feeds import Entry


def event(origin: str, feed: str, entry: Entry) -> dict[str, Any]:
    """One entry as an event."""
    data = shown(entry)
    # Of what was dropped nothing is known but its place.
    body: Mapping[str, Any] = data.get("body", {"kind": "gone"})
    kind = body["type"] if body["kind"] == "record" else body["kind"]
    made = {
        "specversion": "1.0",
        "id": f"{origin}/{feed}/{entry.position}",
        "source": origin,
        "type": f"ledger.{kind}",
        "subject": body.get("reference"),
        "time": body.get("recorded_at"),
        "datacontenttype": "application/json",
        "data": data,
    }
    return {name: value for name, value in made.items() if value is not None}
