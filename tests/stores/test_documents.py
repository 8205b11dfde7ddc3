"""Documents in a store, of every kind of database: written with their record, gone when erased."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger.errors import AppendConflict, Unavailable
from ledger.stores.checking import check_store
from ledger.stores.database import IntegrityError
from ledger.stores.documents import Part
from ledger.stores.erased import Mark
from ledger.stores.opening import Where
from ledger.stores.place import StoreName
from ledger.stores.store import Condition, Row, Store, Terms
from tests.stores.lanes import new_stream


def parts_of(stream: bytes, seq: int, many: int) -> list[Part]:
    """Parts of a record's document, each of another content."""
    return [Part(stream, seq, number, b"%d" % number * 999) for number in range(many)]


def test_a_document_is_written_with_its_record_or_not_at_all(store: Store) -> None:
    """Both are there, or neither: where the append is refused, and where its parts fail."""
    stream = new_stream()
    store.append([Row(stream, 1, b"state")], Terms(parts=parts_of(stream, 1, 40)))
    assert store.documents.count(stream, 1) == 40
    assert store.documents.part(stream, 1, 39) == b"39" * 999
    assert store.documents.part(stream, 1, 40) is None
    late = Terms(conditions=(Condition(stream, 0),), parts=parts_of(stream, 2, 3))
    with pytest.raises(AppendConflict):
        store.append([Row(stream, 2, b"state")], late)
    twice = [*parts_of(stream, 2, 3), *parts_of(stream, 2, 1)]
    with pytest.raises(AppendConflict):
        store.append([Row(stream, 2, b"state")], Terms(parts=twice))
    assert (store.last_seq(stream), store.documents.count(stream, 2)) == (1, 0)


def test_documents_are_taken_over_with_their_rows(store: Store) -> None:
    """Those that follow a row go with those that follow it, and no others."""
    stream, rows = new_stream(), []
    for seq in (1, 2, 3):
        rows.append(Row(stream, seq, b"state"))
        store.append(rows[-1:], Terms(parts=parts_of(stream, seq, seq)))
    found = list(store.documents.parts(stream, 2, 3))
    assert found == [*parts_of(stream, 2, 2), *parts_of(stream, 3, 3)]
    assert list(store.documents.parts(stream, 2, 3)) == found


def test_documents_never_change_and_go_only_with_people(store: Store) -> None:
    """The database itself refuses to change or to lose a part, until its stream is marked; then it
    takes no more.
    """
    stream, other = new_stream(), new_stream()
    for one in (stream, other):
        store.append([Row(one, 1, b"state")], Terms(parts=parts_of(one, 1, 2)))
    for statement in ("UPDATE documents SET state = ''", "DELETE FROM documents"):
        # On a server the role has no right to change one at all.
        with pytest.raises((IntegrityError, Unavailable)), store.database.writing() as cursor:
            cursor.execute(statement)
    with pytest.raises(IntegrityError):
        store.documents.remove(stream)
    store.erased.add(Mark(stream, "personal", f"{other.hex()}:1", bytes(32)), ())
    more = Terms(parts=[Part(stream, 1, 2, b"more")])
    with pytest.raises(AppendConflict):
        store.append([Row(other, 2, b"state")], more)
    store.documents.remove(stream)
    store.documents.remove(stream)
    assert not store.documents.is_held(stream)
    assert store.documents.count(other, 1) == 2


def test_parts_without_their_record_are_found(
    store: Store, where: Callable[[StoreName], Where]
) -> None:
    """The program never leaves any; should somebody, the check says so."""
    stream = new_stream()
    store.append([Row(stream, 1, b"state")], Terms(parts=parts_of(stream, 1, 2)))
    assert "documents-astray" not in _codes(where)
    with store.database.writing() as cursor:
        cursor.execute(
            "INSERT INTO documents (stream, seq, part, state) VALUES (?,?,?,?)",
            (new_stream().hex(), 1, 0, b"x"),
        )
    assert "documents-astray" in _codes(where)


def _codes(where: Callable[[StoreName], Where]) -> set[str]:
    return {one.code for one in check_store(where("open"), "open").problems}
