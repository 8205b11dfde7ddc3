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
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import given as for_all

from ledger.domain.fields import format_reference
from ledger.domain.law.deadlines import Reading
from ledger.domain.office import Recorded, replay_office
from ledger.projections.definitions import DEFINITIONS, OFFICE, Told
from ledger.projections.definitions.definition import subject_of
from ledger.stores.opening import Where
from ledger.stores.place import Place, schema_of
from tests.domain.given import JCL, OFFICE_STREAM, law_of, records
from tests.domain.strategies import STREAM, histories
from tests.domain.test_office_twin import PEOPLE, Story, stories, told
from tests.postgresql.programs import VERSIONS, Version
from tests.projections.library import Library
from tests.projections.plain import PlainLedger, at_stream

HISTORIES = int(os.environ.get("LEDGER_HISTORIES", "500"))
SHARED = 60
"""How many of the histories are put on every database."""


@cache
def collected(many: int) -> list[list[Recorded]]:
    """So many histories, the same for all who ask in this run."""
    found: list[list[Recorded]] = []

    @settings(
        max_examples=many,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @for_all(history=histories())
    def collect(history: list[Recorded]) -> None:
        found.append(history)

    collect()
    return found


def at_every_cut(found: Sequence[Sequence[Recorded]]) -> dict[str, tuple[int, list[Recorded]]]:
    """Each history once for every point at which it can be cut, as a case of its own; with the
    number of records that come first.
    """
    return {
        format_reference(number * 32 + k): (
            k,
            at_stream(history, STREAM, f"{number * 32 + k:032x}"),
        )
        for number, history in enumerate(found, start=1)
        for k in range(len(history) + 1)
    }


def grow(plain: PlainLedger, cases: Mapping[str, tuple[int, Sequence[Recorded]]]) -> None:
    """Catch up where every case has come to its cut, and again at its end."""
    plain.put({reference: case[:k] for reference, (k, case) in cases.items()})
    plain.runner().catch_up()
    plain.put({reference: case[k:] for reference, (k, case) in cases.items()})
    plain.runner().catch_up()


def test_rows_that_grew_over_any_cut_follow_from_the_records(tmp_path: Path) -> None:
    """For every definition of a case, at every cut of five hundred histories; and one rebuild over
    them all gives every row as it was.
    """
    plain = PlainLedger(tmp_path / "open.db")
    cases = at_every_cut(collected(HISTORIES))
    assert len(cases) > HISTORIES
    plain.put({})
    plain.runner().catch_up()
    grow(plain, cases)
    assert all(one.progress.stopped is None for one in plain.runner().status())
    grown, rows = plain.digests(), plain.rows()
    if not is_rebuilt_as(plain, grown):
        rebuilt = plain.rows()
        wrong = {key for view in rows for key, _ in {*rows[view]} ^ {*rebuilt[view]}}
        raise AssertionError([cases[subject_of(key)] for key in sorted(wrong)[:1]])
    plain.store.close()


def is_rebuilt_as(plain: PlainLedger, grown: Mapping[str, str]) -> bool:
    """Rebuild everything, and say whether it is what had grown."""
    plain.runner().rebuild(DEFINITIONS)
    return plain.digests() == grown


@settings(max_examples=60, deadline=None, derandomize=True)
@for_all(story=stories())
def test_rows_of_the_office_follow_from_any_story(story: Story) -> None:
    """Whatever is done with keys, roles and the custodian, each row rests on records of the office,
    and says of every role and key that is held now that nothing has ended it.
    """
    acts = records(told(story), JCL, OFFICE_STREAM)
    reading = Told.impersonal(OFFICE, acts, Reading(law_of, "America/Denver"))
    office = replay_office(acts)
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


def digests_at(where: Where) -> dict[str, str]:
    """What the shared histories come to in a store, grown; and it is the same rebuilt."""
    plain = PlainLedger(where)
    plain.runner().catch_up()
    grow(plain, at_every_cut(collected(SHARED)))
    grown = plain.digests()
    assert is_rebuilt_as(plain, grown)
    plain.store.close()
    return grown


def test_every_database_comes_to_the_same_digests(
    ledger_servers: Callable[[Version], str], tmp_path: Path
) -> None:
    """The same histories in a file and on both versions of the server."""
    schema = schema_of("projections.example")
    servers = [Place("open", ledger_servers(version), schema) for version in VERSIONS]
    in_file = digests_at(tmp_path / "open.db")
    others = [digests_at(server) for server in servers]
    assert others == [in_file, in_file]
    # Those of the office are empty here, and all that is empty is alike.
    assert len(set(in_file.values())) >= 5


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
