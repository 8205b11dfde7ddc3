"""The logbook: what ticks put into the log, read page by page."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from ledger.evidence.merkle import root_of
from ledger.stores import logbook as logbooks
from ledger.stores.logbook import Logbook, Tick
from ledger.stores.opening import Where
from ledger.stores.place import StoreName


def test_the_root_at_a_size_is_the_same_whatever_the_pages(
    where: Callable[[StoreName], Where], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages that end within the log, with it, and after it; of a longer log nothing is known."""
    entries = [bytes([n]) * 32 for n in range(6)]
    with closing(Logbook(where("log"), create=True)) as logbook:
        logbook.add_ticks([Tick(1, 0, entries[:3], b"seed"), Tick(2, 3, entries[3:], b"seed")])
        for page in (4, 6, 100):
            monkeypatch.setattr(logbooks, "PAGE", page)
            for size in range(7):
                assert [*logbook.entries_below(size)] == entries[:size]
                assert logbook.root_at(size) == root_of(entries[:size])
            assert logbook.root_at(7) is None
