"""What goes together goes in few statements, of which there are few kinds, each known by heart."""

from __future__ import annotations

from collections.abc import Callable

from ledger.stores.place import Place
from ledger.stores.postgresql.transaction import LARGEST_PART, USUAL_PART, _in_parts
from ledger.stores.store import Store
from tests.postgresql.programs import Version

INSERT = "INSERT INTO t VALUES (?,?)"


def test_rows_that_go_together_go_in_few_statements() -> None:
    """Each row goes once and in its order; as many as usually come are one statement, and more are
    few, so that the server knows each kind by heart.
    """
    kinds = set()
    for many in range(1, 3 * LARGEST_PART):
        rows = [(f"{number}", number) for number in range(many)]
        parts = list(_in_parts(INSERT, rows))
        assert [value for _, values in parts for value in values] == [
            value for row in rows for value in row
        ]
        assert all(2 * statement.count("(?,?)") == len(values) for statement, values in parts)
        assert len(parts) == 1 or many > USUAL_PART
        kinds |= {statement for statement, _ in parts}
    assert len(kinds) <= USUAL_PART + 2


def test_what_is_no_list_of_values_goes_row_by_row() -> None:
    """A statement that does not end in a list of values is said once for each row."""
    statement = "INSERT INTO t SELECT a, ? FROM u WHERE b = ?"
    rows = [(1, 2), (3, 4), (5, 6)]
    assert list(_in_parts(statement, rows)) == [(statement, [*row]) for row in rows]


READ = "SELECT tick FROM commitments"


def test_who_has_read_knows_the_statements_by_heart(
    ledger_servers: Callable[[Version], str], schema: str
) -> None:
    """After a snapshot a connection still has the statements that it prepared for it."""
    store = Store(Place("open", ledger_servers("newest"), schema), create=True)
    try:
        with store.database.reading() as cursor:
            cursor.execute(READ)
        prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement = ?"
        assert store.database.ask(prepared, (READ,)) == [(1,)]
    finally:
        store.close()
