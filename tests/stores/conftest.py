"""Stores without a ledger around them: lanes with a simple schedule, rows of any bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.stores.store import Store
from tests.stores.lanes import Lane


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new store."""
    made = Store(tmp_path / "open.db", create=True)
    yield made
    made.close()


@pytest.fixture
def lane(store: Store) -> Lane:
    """The store's lane: two slots a tick, a delay of two ticks."""
    return Lane(store)
