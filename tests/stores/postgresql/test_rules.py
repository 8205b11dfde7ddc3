"""The rules that the tables keep by themselves: those of SQLite's triggers, whoever writes."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import IntegrityError, UniqueViolation

from tests.stores.postgresql.consortium import Consortium

Connection = psycopg.Connection[Any]

EVENT = (
    "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
    " VALUES (%s, %s, 'r', '\\x00')"
)
COMMITMENT = (
    "INSERT INTO commitments (stream, seq, commitment, received, not_before)"
    " VALUES (%s, %s, %s, 1, 1) RETURNING position"
)
ERASED = "INSERT INTO erased VALUES (%s, %s, 'record:1', '\\x00')"


@pytest.fixture
def vault(consortium: Consortium, schema: str) -> Any:
    """The vault of a library of this test's own, as its service sees it."""
    consortium.make("vault", schema)
    with consortium.connect("vault", schema=schema) as connection:
        yield connection


@pytest.fixture
def owned(consortium: Consortium, schema: str, vault: Connection) -> Any:
    """The same vault, as its owner sees it."""
    with consortium.owner("vault", schema) as connection:
        yield connection


@pytest.fixture
def keystore(consortium: Consortium, schema: str) -> Any:
    """The keystore of a library of this test's own."""
    consortium.make("keystore", schema)
    with consortium.connect("keystore", schema=schema) as connection:
        yield connection


def refuses(connection: Connection, statement: str, values: tuple[object, ...] = ()) -> str:
    """Expect that a rule refuses a statement; gives the SQLSTATE."""
    with pytest.raises(IntegrityError) as found, connection.transaction():
        connection.execute(statement.encode(), values)
    return str(found.value.sqlstate)


def one(connection: Connection, query: str, values: tuple[object, ...] = ()) -> Any:
    """The first column of the only row of a query."""
    rows = connection.execute(query.encode(), values).fetchall()
    assert len(rows) == 1
    return rows[0][0]


# ---- rows ----


def test_a_row_stays_as_it_was_appended(vault: Connection, owned: Connection) -> None:
    """Neither service nor owner changes or deletes a row of a stream that was not erased."""
    stream = uuid4()
    vault.execute(EVENT, (stream, 1))
    refuses(owned, "UPDATE stored_events SET state = '\\x01'")
    refuses(owned, "DELETE FROM stored_events")
    assert refuses(vault, "DELETE FROM stored_events").startswith("23")
    assert one(vault, "SELECT state FROM stored_events WHERE originator_id = %s", (stream,)) == (
        b"\x00"
    )


@pytest.mark.parametrize(("scope", "goes"), [("personal", False), ("both", True)])
def test_rows_go_only_with_a_stream_that_was_erased_whole(
    vault: Connection, scope: str, goes: bool
) -> None:
    """From its mark on a stream takes no rows; only where all of it was erased, rows go."""
    stream, neighbour = uuid4(), uuid4()
    vault.execute(EVENT, (stream, 1))
    vault.execute(EVENT, (neighbour, 1))
    vault.execute(ERASED, (stream, scope))
    refuses(vault, EVENT, (stream, 2))
    delete = "DELETE FROM stored_events WHERE originator_id = %s"
    if goes:
        vault.execute(delete, (stream,))
    else:
        refuses(vault, delete, (stream,))
    refuses(vault, delete, (neighbour,))
    assert one(vault, "SELECT COUNT(*) FROM stored_events") == (1 if goes else 2)


def test_a_version_is_taken_once(vault: Connection) -> None:
    """Of two rows in the same place the second is refused."""
    stream = uuid4()
    vault.execute(EVENT, (stream, 1))
    with pytest.raises(UniqueViolation):
        vault.execute(EVENT, (stream, 1))


# ---- the lane ----


def test_a_commitment_gets_its_slot_once(vault: Connection, owned: Connection) -> None:
    """It waits, it gets a slot, and from then on nothing about it changes."""
    position = one(vault, COMMITMENT, (uuid4(), 1, b"c"))
    place = "UPDATE commitments SET tick = %s, promised = 3, issued_at = 'now' WHERE position = %s"
    refuses(vault, place, (None, position))
    refuses(owned, "UPDATE commitments SET tick = 2, received = 0")
    refuses(owned, "UPDATE commitments SET tick = 2, commitment = 'd'")
    vault.execute(place, (2, position))
    refuses(vault, place, (3, position))
    refuses(vault, place, (2, position))
    refuses(owned, "DELETE FROM commitments")


def test_a_commitment_is_made_once(vault: Connection) -> None:
    """Neither the same bytes nor the same place stand twice in the lane."""
    stream = uuid4()
    vault.execute(COMMITMENT, (stream, 1, b"c"))
    refuses(vault, COMMITMENT, (uuid4(), 1, b"c"))
    refuses(vault, COMMITMENT, (stream, 1, b"d"))


def test_a_tick_is_never_opened_again(vault: Connection) -> None:
    """What the lane knows to be closed or running only grows, and there is one lane."""
    vault.execute("UPDATE lane SET closed = 3, running = 4")
    vault.execute("UPDATE lane SET closed = greatest(closed, 2)")
    refuses(vault, "UPDATE lane SET closed = 2")
    refuses(vault, "UPDATE lane SET running = 3")
    assert one(vault, "SELECT (closed, running)::text FROM lane") == "(3,4)"


def test_the_head_never_goes_back(vault: Connection, owned: Connection) -> None:
    """The count of writes only grows, the owner's hand or not, and there is one head."""
    vault.execute("UPDATE head SET writes = writes + 1")
    refuses(vault, "UPDATE head SET writes = writes - 1")
    refuses(owned, "UPDATE head SET position = -1")
    refuses(owned, "INSERT INTO head VALUES (2, 0, 0)")
    refuses(owned, "INSERT INTO head VALUES (1, 0, 0)")


# ---- what has few values ----


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO erased VALUES ('{0}', 'some', 'r:1', '')",
        "INSERT INTO wraps VALUES ('{0}', '2026-01', 'other', '', 1)",
        "INSERT INTO wraps VALUES ('{0}', '2026-01', 'open', '', 2)",
        "INSERT INTO waits VALUES (999, '{0}', 1)",
    ],
)
def test_a_store_takes_no_values_that_mean_nothing(vault: Connection, statement: str) -> None:
    """A scope, a kind, a flag, a reference that the program does not know never comes in."""
    refuses(vault, statement.format(UUID(int=1)))


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO fences VALUES ('{0}', 'some', '')",
        "INSERT INTO wraps VALUES ('{0}', '2026-01', 'open', '', 1)",
    ],
)
def test_a_keystore_takes_no_values_that_mean_nothing(keystore: Connection, statement: str) -> None:
    """No scope that it does not know, and no wrap under a month that has no key."""
    refuses(keystore, statement.format(UUID(int=1)))


# ---- the keystore ----


def test_a_destroyed_month_never_has_a_key_again(keystore: Connection) -> None:
    """Its name is not used again: an old wrap must never meet a new key."""
    keystore.execute("INSERT INTO month_keys VALUES ('2026-01', 'k')")
    keystore.execute("INSERT INTO destroyed_months VALUES ('2026-01')")
    keystore.execute("DELETE FROM month_keys WHERE month = '2026-01'")
    refuses(keystore, "INSERT INTO month_keys VALUES ('2026-01', 'k')")
    refuses(
        keystore, "INSERT INTO month_keys VALUES ('2026-01', 'k') ON CONFLICT (month) DO NOTHING"
    )


def test_a_month_under_which_wraps_lie_keeps_its_key(keystore: Connection) -> None:
    """They must be moved first, or they would open for nobody."""
    keystore.execute("INSERT INTO month_keys VALUES ('2026-01', 'k')")
    keystore.execute("INSERT INTO wraps VALUES (%s, '2026-01', 'open', 'w', 1)", (uuid4(),))
    refuses(keystore, "DELETE FROM month_keys")
