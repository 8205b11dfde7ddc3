"""Whatever is altered in a table of the projections is found, and named."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from ledger import projecting
from ledger.errors import Unavailable
from ledger.projections.checking import Difference, first_difference
from ledger.projections.definitions import CASES, DEADLINES, DEFINITIONS, HISTORY, Definition
from ledger.projections.source import Source
from ledger.stores.tables import TABLES
from tests.projections.library import Library, new_library


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A ledger with rows of every definition; each test puts back what it alters."""
    library = new_library(tmp_path_factory.mktemp("full") / "home")
    library.eventful()
    library.runner().catch_up()
    yield library
    library.home.close()


@pytest.fixture(scope="module")
def reading(full: Library) -> Source:
    """Where the rows are derived from again."""
    return projecting.source(full.home, full.register.reader(None))


def found(full: Library, reading: Source, *asked: Definition) -> Difference | None:
    """What checking finds first."""
    return first_difference(reading, full.home.projected, asked or DEFINITIONS)


def write(full: Library, statement: str, *values: object) -> None:
    """Alter a table by hand."""
    with full.home.open.database.writing() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount


def put_row(full: Library, view: str, key: str, row: str) -> None:
    """Write another text into a stored row."""
    write(full, "UPDATE projected SET row = ? WHERE view = ? AND key = ?", row, view, key)


def test_what_nobody_altered_is_whole(full: Library, reading: Source) -> None:
    """Every definition has a row, and all of them are what follows from the records."""
    assert {view for view, rows in full.stored().items() if rows} == {
        one.tag for one in DEFINITIONS
    }
    assert found(full, reading) is None


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda one: one.name)
def test_every_field_of_a_row_is_named_that_was_altered(
    full: Library, reading: Source, definition: Definition
) -> None:
    """Another value, one that is missing and one too many: each is told with row and field."""
    key, row = full.stored()[definition.tag][-1]
    told = json.loads(row)
    for field, value in told.items():
        less = {name: one for name, one in told.items() if name != field}
        for altered in ({**told, field: [value]}, less):
            put_row(full, definition.tag, key, json.dumps(altered, sort_keys=True))
            difference = found(full, reading, definition)
            assert difference == Difference(definition.tag, key, "altered", field)
            assert field in difference.sentence
    for text, what, named in (
        (json.dumps({**told, "more": 1}), "altered", "more"),
        (json.dumps(told, indent=1), "spelling", ""),
        ("[]", "altered", ""),
        ("{", "altered", ""),
    ):
        put_row(full, definition.tag, key, text)
        assert found(full, reading, definition) == Difference(definition.tag, key, what, named)
    put_row(full, definition.tag, key, row)
    assert found(full, reading, definition) is None


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda one: one.name)
def test_a_row_that_is_missing_moved_or_too_many_is_named(
    full: Library, reading: Source, definition: Definition
) -> None:
    """A row is as much part of the state by being there as by what it says."""
    view = definition.tag
    key, row = full.stored()[view][0]
    write(full, "DELETE FROM projected WHERE view = ? AND key = ?", view, key)
    assert found(full, reading, definition) == Difference(view, key, "missing")
    put = "INSERT INTO projected VALUES (?,?,?)"
    write(full, put, view, key, row)
    for more in (f"{key} more", "0000-0000-0", "zzz", "office of nobody"):
        write(full, put, view, more, row)
        assert found(full, reading, definition) == Difference(view, more, "extra")
        write(full, "DELETE FROM projected WHERE view = ? AND key = ?", view, more)
    write(full, "UPDATE projected SET view = 'other.v1' WHERE view = ? AND key = ?", view, key)
    assert found(full, reading) == Difference("other.v1", "", "unknown")
    write(full, "UPDATE projected SET view = ? WHERE view = 'other.v1'", view)
    assert found(full, reading) is None


ALTERED = {
    "position": "4",
    "build": "7",
    "under": "'0'",
    "stopped_at": "4",
    "stopped_since": "'2026-01-01T00:00:00Z'",
    "stopped_kind": "'KeyError'",
    "seal": "'0'",
}


def test_every_cell_of_a_line_of_progress_is_guarded(full: Library, reading: Source) -> None:
    """Whoever alters one cell alone, in whatever kind of value, is found."""
    columns = next(table.columns for table in TABLES["open"] if table.name == "progress")
    assert {"view", *ALTERED} == set(columns)
    before = full.home.open.database.ask("SELECT * FROM progress WHERE view = ?", (CASES.tag,))
    for column, value in ALTERED.items():
        for cell in (value, f"{value} || 'x'"):
            write(full, f"UPDATE progress SET {column} = {cell} WHERE view = ?", CASES.tag)
            assert found(full, reading) == Difference(CASES.tag, "", "progress"), column
            write(full, "DELETE FROM progress WHERE view = ?", CASES.tag)
            write(full, f"INSERT INTO progress VALUES ({','.join('?' * 8)})", *before[0])
    write(full, "UPDATE progress SET view = 'cases.v99' WHERE view = ?", CASES.tag)
    assert found(full, reading) == Difference("cases.v99", "", "unknown")
    write(full, "UPDATE progress SET view = ? WHERE view = 'cases.v99'", CASES.tag)
    assert found(full, reading) is None


def test_rows_beside_the_others_are_named(full: Library, reading: Source) -> None:
    """What somebody began to make anew, or wrote there by hand, does not go unnoticed."""
    write(full, "INSERT INTO rebuilding VALUES (?,?,?)", CASES.tag, "0000-0000-0", "{}")
    assert found(full, reading) == Difference(CASES.tag, "0000-0000-0", "unfinished")
    write(full, "DELETE FROM rebuilding")
    assert found(full, reading) is None


def test_no_stored_row_holds_anything_personal(full: Library) -> None:
    """The consent of Ann Lo is there, and her name is not."""
    stored = full.stored()
    assert stored["consents.v1"]
    assert "Ann Lo" not in str(stored)


# ---- at which moment ----


def test_rows_are_checked_as_of_where_they_have_come(library: Library) -> None:
    """What was recorded since is neither missing nor a mistake."""
    reference = library.held()
    library.runner().catch_up()
    library.act("attempt-contact", reference, person="abel", channel="mobile", outcome="reached")
    library.opened()
    reading = projecting.source(library.home, library.register.reader(None))
    assert found(library, reading) is None
    library.runner([CASES]).catch_up()
    assert found(library, reading) is None
    assert library.runner().progress(HISTORY) != library.runner().progress(CASES)


def test_what_waits_to_be_made_anew_is_not_checked(library: Library) -> None:
    """Before the first run, and after a closure, there is nothing that could be called whole."""
    library.held()
    reading = projecting.source(library.home, library.register.reader(None))
    with pytest.raises(Unavailable, match="projection run"):
        found(library, reading, DEADLINES)
    library.runner().catch_up()
    library.act("close-library", "office", from_on="2026-01-15", reason="weather")
    library.runner([one for one in DEFINITIONS if one.subject == "office"]).catch_up()
    assert found(library, reading, DEADLINES) is None
    runner = library.runner()
    runner.catch_up()
    assert found(library, reading) is None
