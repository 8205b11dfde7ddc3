"""A founded ledger in which everybody is enrolled, to be backed up, erased and restored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from keys.keyring import Keyring
from tests.register.ledgers import Clock, Ledger, cast, found_ledger


@pytest.fixture(scope="session")
def people() -> dict[str, Keyring]:
    """Everybody's keyrings, unlocked."""
    return cast()


@pytest.fixture(scope="session")
def template(people: dict[str, Keyring], tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A founded ledger in which everybody is enrolled; closed, to be copied."""
    path = tmp_path_factory.mktemp("founded") / "home"
    ledger = found_ledger(path, people, Clock())
    ledger.home.close()
    return ledger


@pytest.fixture
def ledger(template: Ledger, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of this test's own."""
    copy = template.copied(tmp_path / "home")
    yield copy
    copy.home.close()
