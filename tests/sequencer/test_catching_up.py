"""Many missed ticks: caught up together, and each as it would have been."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ledger.leaves import covers
from ledger.sequencer import ticks as module
from ledger.sequencer.checkpoints import CheckpointSigner
from ledger.sequencer.ticks import AT_ONCE
from tests.register.ledgers import Ledger
from tests.sequencer.test_publishing import check_log

DAYS = 60


def counted(patch: pytest.MonkeyPatch, place: object, name: str, calls: Counter[str]) -> None:
    """Count the calls of a real step."""
    real = getattr(place, name)

    def step(*given: Any, **named: Any) -> Any:
        calls[name] += 1
        return real(*given, **named)

    patch.setattr(place, name, step)


def test_sixty_silent_days_cost_few_writes_and_one_signature(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many ticks were missed, they are sealed, kept and signed together; every entry is a
    record or a cover that its attester can open.
    """
    for _ in range(3):
        ledger.visit()
    calls = Counter[str]()
    database = type(ledger.home.open.database)
    for place, name in ((database, "writing"), (CheckpointSigner, "sign"), (module, "seal_seed")):
        counted(monkeypatch, place, name, calls)
    done = ledger.tick(days=DAYS)
    monkeypatch.undo()
    chunks = -(-len(done) // AT_ONCE)
    assert (len(done), chunks) == (DAYS * 24, 3)
    assert (calls["sign"], calls["seal_seed"]) == (1, chunks)
    assert calls["writing"] <= 4 * chunks + 6
    asked = "SELECT commitment FROM commitments"
    records = [bytes(row[0]) for one in ledger.stores() for row in one.database.ask(asked)]
    size = ledger.home.logbook.size()
    opened = dict(covers(ledger.home, ledger.people["tom"], size))
    hidden = {ledger.home.logbook.leaf_of(entry) for entry in records}
    assert opened.keys() | hidden == set(range(size))
    assert not opened.keys() & hidden
    assert check_log(ledger) == 1
