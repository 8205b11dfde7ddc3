"""Looks among sealed matters: what recording one writes, who reads it, and who looks meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from keys.recovery import RecoveryIdentity
from ledger.domain.office import Recorded
from ledger.register.custody import Custody
from ledger.register.looked import looks_of
from tests.register.library import START, Library
from tests.register.test_recovery import SEED, recoverable, seal


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library with a recovery identity, which the tests of this file share."""
    library = recoverable(tmp_path_factory.mktemp("library") / "home", RecoveryIdentity(SEED))
    yield library
    library.home.close()


def look(library: Library, name: str) -> None:
    """Look at the list of sealed matters, a minute later."""
    library.now += timedelta(minutes=1)
    library.register.looking(library.people[name], "duty", vault=True).sealed_references()


def looks_by(library: Library, name: str, *, seen_by: str) -> list[Recorded]:
    """Somebody's looks, as another person sees them."""
    ring = library.people[seen_by]
    found = looks_of(library.home, Custody(library.home), ring, START)
    return [one for one in found if one.recorded_by == name]


def test_a_look_writes_keys_only_where_the_office_changed(shared: Library) -> None:
    """The second look leaves the keystore as it is; the first after an appointment lets the new
    counsel read the looks, those before among them.
    """
    seal(shared)
    look(shared, "mara")
    before = shared.home.keystore.version()
    look(shared, "mara")
    assert shared.home.keystore.version() == before
    shared.enrol("otto", "counsel")
    assert looks_by(shared, "mara", seen_by="otto") == []
    look(shared, "mara")
    assert looks_by(shared, "mara", seen_by="otto") == looks_by(shared, "mara", seen_by="tom")
    assert len(looks_by(shared, "mara", seen_by="otto")) == 3
