"""Ledgers that tick every hour with few slots, so that lanes overflow soon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from keys.keyring import Keyring
from ledger.founding import Terms
from tests.register.ledgers import Clock, Ledger, cast, found_ledger

HOURLY = Terms(period_seconds=3_600, open=30, sealed=8, delay=2)


@pytest.fixture(scope="session")
def people() -> dict[str, Keyring]:
    """Everybody's keyrings, unlocked."""
    return cast()


@pytest.fixture(scope="session")
def template(people: dict[str, Keyring], tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A founded ledger in which everybody is enrolled; closed, to be copied."""
    path = tmp_path_factory.mktemp("founded") / "home"
    ledger = found_ledger(path, people, Clock(), HOURLY)
    ledger.home.close()
    return ledger


@pytest.fixture
def ledger(template: Ledger, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of this test's own."""
    copy = template.copied(tmp_path / "home")
    yield copy
    copy.home.close()
