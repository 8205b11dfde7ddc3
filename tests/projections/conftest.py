"""A new ledger for each test that acts in one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.projections.library import Library, new_library


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A founded ledger under Missouri's law."""
    made = new_library(tmp_path / "home")
    yield made
    made.home.close()
