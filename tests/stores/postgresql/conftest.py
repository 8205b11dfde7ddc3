"""One server a version that is set up as in earnest, for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from ledger.stores.place import schema_of
from tests.postgresql.programs import Version
from tests.postgresql.site import Site
from tests.stores.postgresql.consortium import Consortium, running

_numbers = count(1)


@pytest.fixture(scope="package")
def consortium(
    postgres_version: Version, postgres_sites: Callable[[Version], Site]
) -> Iterator[Consortium]:
    """A consortium with one library, whose tables are made."""
    with running(postgres_sites(postgres_version)) as made:
        yield made


@pytest.fixture
def schema() -> str:
    """The schema of a library of this test's own; nothing is made yet."""
    return schema_of(f"ledger{next(_numbers)}.lonecone.example")
