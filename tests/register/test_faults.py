"""Faults: an act that fails at any step leaves nothing half-done that repeating does not mend."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import (
    AppendConflict,
    BadRequest,
    EvidenceCorrupt,
    LedgerError,
    NotFound,
    Unavailable,
)
from ledger.home import Home
from ledger.register.acts import Act
from ledger.register.seal import unseal
from ledger.stores.keystore import Keystore
from ledger.stores.store import Row, Store
from tests.faults import failing
from tests.register.library import Library
from tests.register.test_sealed_matters import SEALING

ROOT = Path(__file__).parents[2]
WRITES = ((Store, "append"), (Keystore, "put_wrap"), (Keystore, "add_month_key"))


@contextlib.contextmanager
def power_cut(after: int, *, persisted: bool) -> Iterator[None]:
    """Let `after` writes of stores and keystore through; the next one fails, if there is one."""
    with failing(after + 1, WRITES, lambda: Unavailable("power cut"), after=persisted) as fault:
        try:
            yield
        except LedgerError:
            assert not fault.due


def repeat(library: Library, reference: str, command: str) -> None:
    """Carry out the same act again, as the person would; it may be done already."""
    with contextlib.suppress(BadRequest, AppendConflict):
        library.act("mara", command, reference)


@pytest.mark.parametrize("persisted", [False, True])
@pytest.mark.parametrize("step", range(9))
def test_an_opening_that_fails_at_any_write_can_be_repeated(
    library: Library, tmp_path: Path, step: int, persisted: bool
) -> None:
    """Two visits are opened; whichever write fails, repeating gives one open, intact case."""
    reference = library.visit()
    library.act("kim", "intake", reference, mode="telephone")
    with power_cut(step, persisted=persisted):
        library.act("mara", "open", reference)
    again = library.reopened()
    repeat(again, reference, "open")
    case = again.case("ola", reference).case
    assert sorted(r.type for r in case.records) == [
        "case-opened.v1",
        "intake-saved.v1",
        "intake-saved.v1",
        "request-received.v1",
        "stream-closed.v1",
        "stream-closed.v1",
    ]
    assert again.verified(tmp_path).faults == ()
    again.home.close()


@pytest.mark.parametrize("persisted", [False, True])
@pytest.mark.parametrize("step", range(7))
def test_a_sealing_that_fails_at_any_write_can_be_repeated(
    library: Library, tmp_path: Path, step: int, persisted: bool
) -> None:
    """Whichever write fails while a visit is kept sealed, repeating gives one sealed matter."""
    reference = library.visit()
    fields = {"ground": "gag", "citation": "18 U.S.C. 2709(c)", "review_on": "2026-12-14"}
    with power_cut(step, persisted=persisted):
        library.act("mara", "keep-sealed", reference, **fields)
    again = library.reopened()
    if again.case("mara", reference).case.sealed is None:
        again.act("mara", "keep-sealed", reference, **fields)
    file = again.case("mara", reference)
    assert [r.type for r in file.case.records].count("case-kept-sealed.v1") == 1
    with pytest.raises(NotFound):
        again.case("kim", reference, vault=True)
    assert again.verified(tmp_path).faults == ()
    again.home.close()


def test_advice_that_was_not_recorded_leaves_no_keys(library: Library) -> None:
    """Keys come with the record or not at all: nobody tries those of nothing for ever."""
    reference = library.visit()
    library.act("mara", "keep-sealed", reference, **SEALING)
    asked = library.ref("mara", "request-counsel-review", reference, counsel="tom")
    before = library.home.keystore.sealed_wraps()
    lost = failing(1, WRITES[:1], lambda: Unavailable("power cut"), after=False)
    with lost, pytest.raises(Unavailable):
        library.act("tom", "give-advice", reference, request=asked, advice="Wait.")
    assert (library.home.keystore.sealed_wraps(), library.home.vault.wraps()) == (before, ())
    library.act("tom", "give-advice", reference, request=asked, advice="Wait.")
    assert len(library.case("mara", reference).advice) == 1


@pytest.mark.parametrize("persisted", [False, True])
def test_a_visit_whose_answer_was_lost_is_not_saved_twice(
    library: Library, persisted: bool
) -> None:
    """The desk repeats the same command: one visit, whether or not the first had been kept."""
    act = Act("intake", {"mode": "in-person"}, command_id=b"v" * 16)
    kim = library.people["kim"]
    with power_cut(1, persisted=persisted):
        library.register.handle(kim, act)
    again = library.reopened()
    again.register.handle(kim, act)
    assert len(again.reader("mara").sealed_references()) == 1
    again.home.close()


@pytest.mark.parametrize("column", ["state", "originator_id", "originator_version"])
def test_an_altered_row_is_named_and_the_rest_stays_readable(library: Library, column: str) -> None:
    """A changed or moved row is evidence of tampering; other cases are read as before."""
    spoilt, sound = library.visit(), library.visit()
    for reference in (spoilt, sound):
        library.act("mara", "open", reference)
    head = library.case("mara", spoilt).head
    assert head is not None
    rows = head.store.rows(head.id)
    library.home.close()
    connection = sqlite3.connect(library.home.path / "open.db")
    connection.execute("DROP TRIGGER stored_events_UPDATE")
    changed: dict[str, object] = {
        "state": rows[0].state[:99] + bytes([rows[0].state[99] ^ 1]) + rows[0].state[100:],
        "originator_id": library.case("mara", sound).streams[0].id.hex(),
        "originator_version": 77,
    }
    library.home.close()
    connection.execute(
        f"UPDATE stored_events SET {column} = ? WHERE originator_id = ?",
        (changed[column] if column != "originator_id" else (b"\5" * 16).hex(), head.id.hex()),
    )
    connection.commit()
    connection.close()
    again = Library(Home(library.home.path), library.people, library.now)
    with pytest.raises((EvidenceCorrupt, NotFound)):
        again.case("mara", spoilt)
    assert again.case("mara", sound).case.opened
    again.home.close()


def test_a_row_moved_to_another_place_does_not_open(library: Library) -> None:
    """Ciphertext is bound to its stream and seq."""
    reference = library.visit()
    library.act("mara", "open", reference)
    library.act(
        "mara", "attempt-contact", reference, person="tom", channel="mobile", outcome="reached"
    )
    head = library.case("mara", reference).head
    assert head is not None
    first, second = head.store.rows(head.id)
    for row in (Row(head.id, 1, second.state), Row(b"\6" * 16, 1, first.state)):
        with pytest.raises(EvidenceCorrupt):
            unseal(library.home.origin, row, head.secrets)


def test_a_missing_row_is_noticed_before_anything_is_built_on_it(library: Library) -> None:
    """When a middle record is gone, reading and acting stop: a hold or gag may have been in it."""
    reference = library.visit()
    library.act("mara", "open", reference)
    call = {"person": "tom", "channel": "mobile", "outcome": "no-answer"}
    for _ in range(3):
        library.act("mara", "attempt-contact", reference, **call)
    head = library.case("mara", reference).head
    assert head is not None
    library.home.close()
    connection = sqlite3.connect(library.home.path / "open.db")
    connection.execute("DROP TRIGGER stored_events_DELETE")
    connection.execute(
        "DELETE FROM stored_events WHERE originator_id = ? AND originator_version = 2",
        (head.id.hex(),),
    )
    connection.commit()
    connection.close()
    again = Library(Home(library.home.path), library.people, library.now)
    with pytest.raises(EvidenceCorrupt):
        again.act("mara", "attempt-contact", reference, **call)
    again.home.close()


def test_a_forged_checkpoint_stops_writing(library: Library) -> None:
    """A checkpoint or schedule on disk that the log's keys did not sign is never written down."""
    library.tick(hours=1)
    newest = library.home.log_directory / "checkpoint"
    newest.write_bytes(newest.read_bytes().replace(b"\n40\n", b"\n9999\n"))
    with pytest.raises(EvidenceCorrupt):
        library.visit()


def test_a_failed_opening_leaves_the_visit_with_its_triagers(library: Library) -> None:
    """After a crash in the middle, staff still find nothing and the custodian may decide anew."""
    reference = library.visit()
    with power_cut(3, persisted=False):
        library.act("mara", "open", reference)
    again = library.reopened()
    with pytest.raises(NotFound):
        again.case("ola", reference, vault=True)
    shown = [r.type for s in again.reader("ola").streams_shown() for r in s.records]
    assert "intake-saved.v1" not in shown
    sealing = {"ground": "gag", "citation": "18 U.S.C. 2709(c)", "review_on": "2026-12-14"}
    again.act("mara", "keep-sealed", reference, **sealing)
    assert again.case("mara", reference).case.sealed is not None
    with pytest.raises(NotFound):
        again.case("ola", reference, vault=True)
    again.home.close()
