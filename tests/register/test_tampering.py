"""What somebody changes behind the program's back is found, is named, and hides nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from ledger.errors import EvidenceCorrupt, NotFound
from ledger.register.acts import OFFICE
from ledger.register.custody import Custody
from ledger.register.seal import unseal
from ledger.stores.store import Row
from tests.register.ledgers import Ledger
from tests.register.test_triage import CONTACT, SEALING, kept_sealed

Change = Callable[[object], object]


def flipped(value: object) -> object:
    """A value with one byte changed, somewhere in it."""
    if isinstance(value, bytes):
        place = Random(len(value)).randrange(len(value))
        return value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]
    if isinstance(value, int):
        return value + 1
    assert isinstance(value, str)
    return value[:-1] + ("0" if value[-1] != "0" else "1")


def change(path: Path, statement: str, *values: object) -> None:
    """Change a file as an administrator can: without our settings, past the triggers."""
    raw = sqlite3.connect(path)
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    done = raw.execute(statement, values)
    assert done.rowcount != 0, "nothing was changed"
    raw.commit()
    raw.close()


def read(path: Path, query: str, *values: object) -> tuple[object, ...]:
    """One row of a file."""
    raw = sqlite3.connect(path)
    row = raw.execute(query, values).fetchone()
    raw.close()
    assert row is not None
    return tuple(row)


@pytest.fixture
def two(ledger: Ledger) -> tuple[Ledger, str, str]:
    """Two open cases of a few records each: one that somebody alters, and another."""
    references = []
    for _ in range(2):
        reference = ledger.visit()
        ledger.do("mara", "open", reference)
        for _ in range(2):
            ledger.do("kim", "attempt-contact", reference, CONTACT)
        references.append(reference)
    ledger.home.close()
    return ledger, references[0], references[1]


def head_of(ledger: Ledger, reference: str) -> str:
    """The newest stream of an open case, as its file names it."""
    (stream,) = read(
        ledger.path / "open.db",
        "SELECT stream FROM labels WHERE label = ? ORDER BY position DESC",
        reference,
    )
    return str(stream)


# ---- rows of the open store ----


@pytest.mark.parametrize("column", ["originator_id", "originator_version", "topic", "state"])
@pytest.mark.parametrize("seq", [1, 2, 3])
def test_one_changed_byte_of_a_row_is_found(
    two: tuple[Ledger, str, str], column: str, seq: int
) -> None:
    """In whichever column, in the first, a middle or the last row; the other case is read on."""
    ledger, altered, other = two
    stream = head_of(ledger, altered)
    where = "WHERE originator_id = ? AND originator_version = ?"
    (value,) = read(
        ledger.path / "open.db", f"SELECT {column} FROM stored_events {where}", stream, seq
    )
    new = 4 if column == "originator_version" else flipped(value)
    change(
        ledger.path / "open.db",
        f"UPDATE stored_events SET {column} = ? {where}",
        *(new, stream, seq),
    )
    ledger = ledger.reopened()
    with pytest.raises(EvidenceCorrupt):
        ledger.look("kim", altered)
    with pytest.raises(EvidenceCorrupt):
        ledger.do("kim", "attempt-contact", altered, CONTACT)
    assert ledger.types("kim", other)[-1] == "contact-attempted.v1"
    ledger.do("kim", "attempt-contact", other, CONTACT)


def test_every_changed_byte_of_a_ciphertext_is_found(two: tuple[Ledger, str, str]) -> None:
    """Two hundred places all over a row, the lengths in front of it among them."""
    ledger, altered, _ = two
    stream = bytes.fromhex(head_of(ledger, altered))
    (row, *_) = ledger.home.open.rows(stream)
    reader = ledger.register.reader(None)
    secrets = Custody(ledger.home).secrets(stream, None)
    places = [*range(8), *Random(1).sample(range(8, len(row.state)), 190), len(row.state) - 1]
    for place in places:
        state = bytearray(row.state)
        state[place] ^= 1 << (place % 8)
        with pytest.raises(EvidenceCorrupt):
            unseal(ledger.home.origin, Row(stream, 1, bytes(state)), secrets)
    assert reader.stream(stream).records


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM stored_events WHERE originator_id = ? AND originator_version = 1",
        "DELETE FROM stored_events WHERE originator_id = ? AND originator_version = 2",
        "DELETE FROM stored_events WHERE originator_id = ? AND originator_version = 3",
        "UPDATE stored_events SET state = CAST(state AS TEXT) WHERE originator_id = ?",
        "UPDATE stored_events SET originator_version = 'x' || originator_version"
        " WHERE originator_id = ?",
    ],
)
def test_a_row_taken_away_or_of_another_kind_is_found(
    two: tuple[Ledger, str, str], statement: str
) -> None:
    """The first, a middle and the last record are missed; so is a row that is no bytes."""
    ledger, altered, other = two
    change(ledger.path / "open.db", statement, head_of(ledger, altered))
    ledger = ledger.reopened()
    with pytest.raises(EvidenceCorrupt):
        ledger.look("kim", altered)
    assert ledger.types("kim", other)


def test_two_rows_exchanged_are_found(two: tuple[Ledger, str, str]) -> None:
    """Within a stream, each row is bound to its seq."""
    ledger, altered, _ = two
    stream = head_of(ledger, altered)
    for old, new in ((2, 99), (3, 2), (99, 3)):
        change(
            ledger.path / "open.db",
            "UPDATE stored_events SET originator_version = ?"
            " WHERE originator_id = ? AND originator_version = ?",
            *(new, stream, old),
        )
    with pytest.raises(EvidenceCorrupt):
        ledger.reopened().look("kim", altered)


def test_a_row_in_another_streams_place_is_found(two: tuple[Ledger, str, str]) -> None:
    """A ciphertext copied over another case's row, of the same seq, does not open there."""
    ledger, altered, other = two
    (state,) = read(
        ledger.path / "open.db",
        "SELECT state FROM stored_events WHERE originator_id = ? AND originator_version = 2",
        head_of(ledger, other),
    )
    change(
        ledger.path / "open.db",
        "UPDATE stored_events SET state = ? WHERE originator_id = ? AND originator_version = 2",
        *(state, head_of(ledger, altered)),
    )
    ledger = ledger.reopened()
    with pytest.raises(EvidenceCorrupt):
        ledger.look("kim", altered)
    assert ledger.types("kim", other)


def test_a_copied_stream_that_was_cut_short_is_found(two: tuple[Ledger, str, str]) -> None:
    """An opened visit has no commitments in the open store; the next stream names its end."""
    ledger, altered, _ = two
    (intake,) = ledger.look("kim", altered).streams[:1]
    ledger.home.close()
    change(
        ledger.path / "open.db",
        "DELETE FROM stored_events WHERE originator_id = ? AND originator_version = 2",
        intake.id.hex(),
    )
    with pytest.raises(EvidenceCorrupt, match="cut short"):
        ledger.reopened().look("kim", altered)


@pytest.mark.parametrize("column", ["originator_id", "originator_version", "topic", "state"])
def test_one_changed_byte_in_the_office_stops_everything(ledger: Ledger, column: str) -> None:
    """Nobody acts under an office that cannot be read whole."""
    office = ledger.home.config.office.hex()
    ledger.home.close()
    where = "WHERE originator_id = ? AND originator_version = 5"
    (value,) = read(ledger.path / "open.db", f"SELECT {column} FROM stored_events {where}", office)
    change(
        ledger.path / "open.db",
        f"UPDATE stored_events SET {column} = ? {where}",
        *(9_999 if column == "originator_version" else flipped(value), office),
    )
    ledger = ledger.reopened()
    with pytest.raises(EvidenceCorrupt):
        ledger.register.office()
    with pytest.raises(EvidenceCorrupt):
        ledger.visit()


# ---- rows and keys of sealed streams ----


@pytest.fixture
def sealed(ledger: Ledger) -> tuple[Ledger, str, str]:
    """Two sealed cases, one to be altered; and a waiting visit."""
    return ledger, kept_sealed(ledger), kept_sealed(ledger)


def heads(ledger: Ledger, reference: str) -> bytes:
    """The newest stream of a sealed case."""
    head = ledger.look("mara", reference).head
    assert head is not None
    ledger.home.close()
    return head.id


@pytest.mark.parametrize("column", ["originator_id", "originator_version", "topic", "state"])
def test_a_changed_sealed_row_is_found_and_hides_no_other(
    sealed: tuple[Ledger, str, str], column: str
) -> None:
    """The case whose first record cannot be read is damaged, not absent; the other is read on."""
    ledger, altered, other = sealed
    stream = heads(ledger, altered).hex()
    where = "WHERE originator_id = ? AND originator_version = 1"
    (value,) = read(ledger.path / "vault.db", f"SELECT {column} FROM stored_events {where}", stream)
    change(
        ledger.path / "vault.db",
        f"UPDATE stored_events SET {column} = ? {where}",
        *(flipped(value), stream),
    )
    ledger = ledger.reopened()
    file = ledger.look("mara", other)
    assert len(file.damaged) == 1
    assert file.case.records[-1].type == "case-kept-sealed.v1"
    assert ledger.register.reader(ledger.people["mara"]).sealed_references()
    with pytest.raises(NotFound):
        ledger.look("kim", altered)
    with pytest.raises(EvidenceCorrupt):
        ledger.register.reader(ledger.people["mara"]).streams_shown()


@pytest.mark.parametrize("column", ["stream", "month", "kind", "wrap"])
def test_a_changed_wrap_is_found_and_hides_no_other(
    sealed: tuple[Ledger, str, str], column: str
) -> None:
    """Whichever column of the keystore's row: the matter is damaged, every other one is read."""
    ledger, altered, other = sealed
    stream = heads(ledger, altered).hex()
    (value,) = read(
        ledger.path / "keystore.db", f"SELECT {column} FROM wraps WHERE stream = ?", stream
    )
    change(
        ledger.path / "keystore.db",
        f"UPDATE wraps SET {column} = ? WHERE stream = ?",
        *("open" if column == "kind" else flipped(value), stream),
    )
    ledger = ledger.reopened()
    file = ledger.look("mara", other)
    assert file.case.records[-1].type == "case-kept-sealed.v1"
    # A wrap that calls itself open is not among the sealed ones; what it follows still misses it.
    assert len(file.damaged) == (0 if column == "kind" else 1)
    with pytest.raises(EvidenceCorrupt):
        ledger.look("mara", altered)


@pytest.mark.parametrize("column", ["stream", "month", "wrap"])
def test_a_changed_wrap_of_an_open_case_is_found(two: tuple[Ledger, str, str], column: str) -> None:
    """An open case whose key was altered says so; the other is read on."""
    ledger, altered, other = two
    stream = head_of(ledger, altered)
    (value,) = read(
        ledger.path / "keystore.db", f"SELECT {column} FROM wraps WHERE stream = ?", stream
    )
    change(
        ledger.path / "keystore.db",
        f"UPDATE wraps SET {column} = ? WHERE stream = ?",
        *(flipped(value), stream),
    )
    ledger = ledger.reopened()
    with pytest.raises((EvidenceCorrupt, NotFound)) as found:
        ledger.look("kim", altered)
    assert (found.type is NotFound) == (column == "stream")
    assert ledger.types("kim", other)


def test_a_visit_that_was_taken_away_is_missed(ledger: Ledger) -> None:
    """Its keys and its commitment are there, its rows are not: that is no absence."""
    reference = ledger.visit()
    (intake,) = ledger.look("mara", reference).intakes
    ledger.home.close()
    change(
        ledger.path / "inbox.db",
        "DELETE FROM stored_events WHERE originator_id = ?",
        intake.id.hex(),
    )
    with pytest.raises(EvidenceCorrupt):
        ledger.reopened().look("mara", reference)


def test_a_damaged_stream_stops_triage(sealed: tuple[Ledger, str, str]) -> None:
    """While nobody can say to which case it belongs, no visit is opened or sealed."""
    ledger, altered, _ = sealed
    waiting = ledger.visit()
    stream = heads(ledger, altered).hex()
    change(
        ledger.path / "vault.db",
        "DELETE FROM stored_events WHERE originator_id = ? AND originator_version = 1",
        stream,
    )
    ledger = ledger.reopened()
    for command, fields in (("open", {}), ("keep-sealed", SEALING)):
        with pytest.raises(EvidenceCorrupt):
            ledger.do("mara", command, waiting, fields)


def test_the_month_keys_are_told_apart(ledger: Ledger) -> None:
    """A month key that was altered, or put in another month's place, opens nothing."""
    reference = ledger.visit()
    ledger.home.close()
    (value,) = read(ledger.path / "keystore.db", "SELECT wrapped FROM month_keys")
    change(ledger.path / "keystore.db", "UPDATE month_keys SET wrapped = ?", flipped(value))
    with pytest.raises(EvidenceCorrupt):
        ledger.reopened().look("mara", reference)
    change(
        ledger.path / "keystore.db",
        "UPDATE month_keys SET wrapped = ?, month = '2026-07'",
        value,
    )
    with pytest.raises(EvidenceCorrupt):
        ledger.reopened().look("mara", reference)


def test_altered_public_keys_are_found(ledger: Ledger) -> None:
    """Nothing is sealed to keys that their owner has not endorsed."""
    ledger.home.close()
    for person in ("mara", "olga"):
        (value,) = read(
            ledger.path / "keystore.db", "SELECT public FROM people WHERE person = ?", person
        )
        assert isinstance(value, bytes)
        place = value.index(b'"sealing":"') + 40
        new = value[:place] + (b"A" if value[place : place + 1] != b"A" else b"B")
        change(
            ledger.path / "keystore.db",
            "UPDATE people SET public = ? WHERE person = ?",
            *(new + value[place + 1 :], person),
        )
    ledger = ledger.reopened()
    with pytest.raises(EvidenceCorrupt, match="sealing keys"):
        ledger.visit()


def test_a_lost_office_key_is_corrupt(ledger: Ledger) -> None:
    """Without the key of the office nobody may act, and it is not called an absence."""
    ledger.home.close()
    change(
        ledger.path / "keystore.db",
        "DELETE FROM wraps WHERE stream = ?",
        ledger.home.config.office.hex(),
    )
    ledger = ledger.reopened()
    with pytest.raises(EvidenceCorrupt, match="no key of the office"):
        ledger.do("mara", "assent", OFFICE, {"of": "0" * 64})


def test_another_master_key_opens_nothing(ledger: Ledger) -> None:
    """A home with a foreign master key refuses at once; it does not call everything absent."""
    ledger.home.close()
    (ledger.path / "master.key").write_text("7" * 64 + "\n")
    with pytest.raises(EvidenceCorrupt):
        ledger.reopened().register.office()
