"""The log that the independent readers judge."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.cli.demonstration import Demonstration


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger that the demonstration leaves behind, as `demo --home` does."""
    place = tmp_path_factory.mktemp("independent") / "home"
    said: list[str] = []
    assert Demonstration(place, said.append).run() == 0, "\n".join(said)
    return place


@pytest.fixture(scope="session")
def log(home: Path) -> Path:
    """Its published log."""
    return home / "log"


@pytest.fixture(scope="session")
def size(log: Path) -> int:
    """How many entries the newest checkpoint promises."""
    return int((log / "checkpoint").read_text().splitlines()[1])
