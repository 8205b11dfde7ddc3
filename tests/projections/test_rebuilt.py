"""Rebuilt equals grown: at every point at which a history can be cut, on every database.

Each history is put into the store as often as it can be cut: the case of cut k gets its first k
records, the runner catches up, then it gets the rest, and the runner catches up again. So every row
was grown over every cut, and must be what follows from the records alone.

* Every definition, 500 histories, SQLite, the real runner and tables, records without cryptography.
* The same bytes on PostgreSQL, and once more in one rebuild: equal digests (fewer histories).
* A ledger with cryptography, acts of real people: `test_runner`, `test_a_real_ledger…` below.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all

from ledger.domain.fields import format_reference
from ledger.domain.law.deadlines import Reading
from ledger.domain.office import Office, Recorded, evolve_office
from ledger.projections.definitions import DEFINITIONS, OFFICE, Told
from ledger.stores.place import Place, schema_of
from tests.domain.given import JCL, OFFICE_STREAM, law_of, records
from tests.domain.strategies import STREAM, histories
from tests.domain.test_office_twin import PEOPLE, Story, stories, told
from tests.postgresql.programs import VERSIONS, Version
from tests.projections.library import Library
from tests.projections.plain import PlainLedger, at_stream

HISTORIES = int(os.environ.get("LEDGER_HISTORIES", "500"))
SHARED = 40
"""How many of the histories are put on every database."""
_numbers = count(1)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainLedger]:
    """One store for all histories: each is a case of its own there."""
    made = PlainLedger(tmp_path_factory.mktemp("plain") / "open.db")
    yield made
    made.store.close()


def cut(plain: PlainLedger, history: Sequence[Recorded], number: int) -> dict[str, list[Recorded]]:
    """Put a history into the store once for every cut, and catch up at the cut and at the end."""
    cases: dict[str, list[Recorded]] = {}
    for k in range(len(history) + 1):
        stream = f"{number * 32 + k:032x}"
        reference = format_reference(number * 32 + k)
        cases[reference] = at_stream(history, STREAM, stream)
    cuts = tuple(enumerate(cases.items()))
    plain.put({reference: case[:k] for k, (reference, case) in cuts})
    plain.runner().catch_up()
    plain.put({reference: case[k:] for k, (reference, case) in cuts})
    plain.runner().catch_up()
    return cases


@settings(
    max_examples=HISTORIES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@for_all(history=histories())
def test_rows_that_grew_over_any_cut_follow_from_the_records(
    plain: PlainLedger, history: list[Recorded]
) -> None:
    """For every definition of a case, at every cut of five hundred histories."""
    cases = cut(plain, history, next(_numbers))
    reading = plain.reading()
    for reference, case in cases.items():
        stored = plain.projected.of_subject(reference)
        told_all = Told.impersonal(reference, case, reading)
        for one in DEFINITIONS if case else ():
            if one.subject == "case":
                assert stored.get(one.tag, {}) == one.spelt(told_all), one.name


def test_all_of_them_made_anew_are_what_had_grown(plain: PlainLedger) -> None:
    """One rebuild over every case of the histories before gives every row as it was."""
    grown = plain.digests()
    assert len([*plain.projected.rows("history.v1")]) > HISTORIES
    plain.runner().rebuild(DEFINITIONS)
    assert plain.digests() == grown


@settings(max_examples=60, deadline=None, derandomize=True)
@for_all(story=stories())
def test_rows_of_the_office_follow_from_any_story(story: Story) -> None:
    """Whatever is done with keys, roles and the custodian, each row rests on records of the office,
    and says of every role and key that is held now that nothing has ended it.
    """
    acts = records(told(story), JCL, OFFICE_STREAM)
    reading = Told.impersonal(OFFICE, acts, Reading(law_of, "America/Denver"))
    office = Office()
    for one in acts:
        office = evolve_office(office, one)
    rows = {one.name: one.rows(reading) for one in DEFINITIONS if one.subject == "office"}
    for row in (row for found in rows.values() for row in found.values()):
        assert row["records"]
        assert set(row["records"]) <= {one.ref for one in acts}
    held = {
        (row["person"], row["role"])
        for row in rows["authority"].values()
        if row["kind"] == "role" and row["until_at"] is None
    }
    assert held == {(name, role) for name in PEOPLE for role in office.roles_of(name)}
    signing = [row["sha256"] for row in rows["keys"].values() if row["revoked_at"] is None]
    assert sorted(signing) == sorted(key.digest for key in office.keys if not key.revoked)


# ---- on every database ----


@pytest.fixture(scope="module")
def shared() -> list[list[Recorded]]:
    """The histories that every database gets."""
    found: list[list[Recorded]] = []

    @settings(
        max_examples=SHARED,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @for_all(history=histories())
    def collect(history: list[Recorded]) -> None:
        found.append(history)

    collect()
    return found


@pytest.fixture(scope="module")
def in_files(
    shared: list[list[Recorded]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The digests that the shared histories have in a file."""
    made = PlainLedger(tmp_path_factory.mktemp("shared") / "open.db")
    for number, history in enumerate(shared, start=1):
        cut(made, history, number)
    digests = made.digests()
    made.store.close()
    return digests


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_comes_to_the_same_digests(
    version: Version,
    ledger_servers: Callable[[Version], str],
    shared: list[list[Recorded]],
    in_files: dict[str, str],
) -> None:
    """The same histories, grown and rebuilt on PostgreSQL, give the digests of the file."""
    place = Place("open", ledger_servers(version), schema_of("projections.example"))
    made = PlainLedger(place)
    for number, history in enumerate(shared, start=1):
        cut(made, history, number)
    assert made.digests() == in_files
    made.runner().rebuild(DEFINITIONS)
    assert made.digests() == in_files
    made.store.close()


# ---- a real ledger ----


def test_a_real_ledger_is_made_anew_as_it_grew(library: Library) -> None:
    """With keys, signatures and people: caught up after some acts, then rebuilt from nothing."""
    library.held()
    library.runner().catch_up()
    library.eventful()
    library.opened()
    library.runner().catch_up()
    grown = library.stored()
    library.runner().rebuild(DEFINITIONS)
    assert library.stored() == grown
    library.home.projected.forget()
    library.runner().catch_up()
    assert library.stored() == grown
