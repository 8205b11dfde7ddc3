"""What the service keeps in memory of open cases never differs from what lies on the disk."""

from __future__ import annotations

import gc
import os
import shutil
import threading
from collections.abc import Mapping
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import fields

from keys.keyring import create
from ledger.errors import (
    AppendConflict,
    CommandReused,
    EvidenceCorrupt,
    NotFound,
    NotPermitted,
)
from ledger.register import answers, reading
from ledger.register.acts import OFFICE, Act
from ledger.register.custody import Custody, Openable
from ledger.register.kept import CaseFile, Kept, Stream
from ledger.register.reading import Reader
from ledger.register.records import read_stream
from ledger.register.seal import unseal
from ledger.stores.store import Row, Store
from ledger.stores.unchanged import SETTLED_NANOSECONDS, Unchanged
from tests.register.ledgers import Ledger
from tests.register.test_tampering import change
from tests.register.test_triage import CONTACT, SEALING, kept_sealed


@pytest.fixture
def opened(ledger: Ledger) -> str:
    """The reference of an open case, of which the service has one fact in memory."""
    reference = ledger.visit()
    ledger.do("mara", "open", reference)
    ledger.do("kim", "attempt-contact", reference, CONTACT)
    return reference


def service(ledger: Ledger) -> Reader:
    """The reader that lives as long as the register."""
    return ledger.register._service


def kept(ledger: Ledger) -> Kept:
    """What the service keeps."""
    found = service(ledger).streams.kept
    assert found is not None
    return found


def in_memory(ledger: Ledger, reference: str) -> CaseFile:
    """A case as the register would decide on it now."""
    found = service(ledger).open_case(reference)
    assert found is not None
    return found


def on_disk(ledger: Ledger, reference: str) -> CaseFile:
    """The same case, read by a reader that has nothing in memory."""
    return ledger.register.reader(None).case(reference)


def beside_of(ledger: Ledger) -> Ledger:
    """The same ledger once more, as another program has it, while this one stays open."""
    return Ledger.at(ledger.path, ledger.people, ledger.clock)


def check_equal(one: CaseFile, other: CaseFile) -> None:
    """Two files say the same, field by field; the stores may be opened twice."""
    for field in fields(CaseFile):
        if field.name not in ("streams", "head"):
            assert getattr(one, field.name) == getattr(other, field.name), field.name
    for ours, theirs in zip(one.streams, other.streams, strict=True):
        for field in fields(Stream):
            if field.name != "store":
                assert getattr(ours, field.name) == getattr(theirs, field.name), field.name
        for ours_at, theirs_at in zip(ours.unsealed, theirs.unsealed, strict=True):
            # Equal instants may have other offsets, and then other dates.
            for at in ("occurred_at", "recorded_at"):
                assert str(getattr(ours_at.record, at)) == str(getattr(theirs_at.record, at))
    assert one.head is one.streams[-1]


def count_unsealed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note the seq of every row that is decrypted from now on."""
    seen: list[int] = []

    def counting(origin: str, row: object, secrets: object) -> object:
        seen.append(row.seq)  # type: ignore[attr-defined]  # a Row
        return unseal(origin, row, secrets)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr("ledger.register.records.unseal", counting)
    return seen


FACTS: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("attempt-contact", CONTACT),
    ("request-counsel-review", {"counsel": "tom"}),
    (
        "receive-request",
        {"requester": "law-enforcement", "categories": ["circulation"], "subject": "Badge 7."},
    ),
)


def test_memory_equals_the_disk_after_every_act(ledger: Ledger, opened: str) -> None:
    """Also with personal values, with an instant that was given in another zone, with a join."""
    east = timezone(timedelta(hours=11))
    for command, said in FACTS:
        ledger.clock.turn(minutes=1)
        at = (ledger.clock() - timedelta(seconds=30)).astimezone(east)
        act = Act(command, dict(said), opened, occurred_at=at)
        ledger.register.handle(ledger.people["kim"], act)
        check_equal(in_memory(ledger, opened), on_disk(ledger, opened))
    ledger.visit("pat", opened)
    ledger.do("mara", "open", opened)
    check_equal(in_memory(ledger, opened), on_disk(ledger, opened))


def test_an_act_opens_nothing_that_it_knows(
    ledger: Ledger, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the case is, an act in it decrypts no row; another program's record, just it."""
    seen = count_unsealed(monkeypatch)
    for _ in range(5):
        ledger.do("kim", "attempt-contact", opened, CONTACT)
    assert seen == []
    beside = beside_of(ledger)
    beside.do("pat", "attempt-contact", opened, CONTACT)
    seen.clear()
    ledger.do("kim", "attempt-contact", opened, CONTACT)
    newest = in_memory(ledger, opened).head
    assert newest is not None
    assert seen == [newest.last.record.seq - 1]
    beside.home.close()


def test_two_programs_take_turns(ledger: Ledger, opened: str) -> None:
    """Each writes after the other's newest record, and both end with the same case."""
    beside = beside_of(ledger)
    for turn in range(6):
        (ledger if turn % 2 else beside).do("kim", "attempt-contact", opened, CONTACT)
    assert ledger.types("kim", opened).count("contact-attempted.v1") == 7
    check_equal(in_memory(ledger, opened), in_memory(beside, opened))
    beside.home.close()


def test_no_answer_comes_from_memory(ledger: Ledger, opened: str) -> None:
    """Who was given a role by another program may act at once, and who lost it may not: a record
    and a refusal both rest on the office as it is.
    """
    beside = beside_of(ledger)
    role = {"person": "pat", "role": "staff"}
    ledger.do("pat", "attempt-contact", opened, CONTACT)
    beside.do("mara", "end-role", OFFICE, role)
    with pytest.raises(NotPermitted):
        ledger.do("pat", "attempt-contact", opened, CONTACT)
    granted = beside.do("mara", "grant-role", OFFICE, role)
    beside.do("tom", "assent", OFFICE, {"of": granted.records[0].e})
    ledger.do("pat", "attempt-contact", opened, CONTACT)
    assert ledger.types("pat", opened).count("contact-attempted.v1") == 3
    beside.home.close()


def test_a_known_case_is_acted_in_without_reading_it(
    ledger: Ledger, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Office and case are known, and the append sees whether they still are: no row is asked for.
    The same command again is answered from the disk, and is no second record.
    """
    ledger.do("kim", "attempt-contact", opened, CONTACT)
    asked: list[bytes] = []
    real = Store.committed_and_rows

    def counted(self: Store, stream: bytes, **after: int) -> tuple[int, tuple[Row, ...]]:
        asked.append(stream)
        return real(self, stream, **after)

    monkeypatch.setattr(Store, "committed_and_rows", counted)
    done = ledger.do("kim", "attempt-contact", opened, CONTACT, command_id=b"c" * 16)
    assert asked == []
    again = ledger.do("kim", "attempt-contact", opened, CONTACT, command_id=b"c" * 16)
    assert again == done
    with pytest.raises(CommandReused):
        ledger.do("kim", "request-counsel-review", opened, {"counsel": "tom"}, command_id=b"c" * 16)


def test_threads_of_one_program_share_what_is_kept(ledger: Ledger, opened: str) -> None:
    """Records of several threads at once are all there, in one chain, and memory has them all."""
    failed: list[Exception] = []

    def act(person: str) -> None:
        done = 0
        while done < 5:
            try:
                ledger.do(person, "attempt-contact", opened, CONTACT)
                done += 1
            except AppendConflict:
                continue
            except Exception as error:
                failed.append(error)
                return

    threads = [threading.Thread(target=act, args=(one,)) for one in ("kim", "pat", "mara")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    file = in_memory(ledger, opened)
    assert [r.type for r in file.case.records].count("contact-attempted.v1") == 16
    check_equal(file, on_disk(ledger, opened))


def test_nothing_sealed_is_kept(ledger: Ledger, opened: str) -> None:
    """Neither acts in a sealed case nor reading it leave any of its streams with the service."""
    sealed = kept_sealed(ledger)
    ledger.do("mara", "attempt-contact", sealed, CONTACT)
    assert ledger.look("mara", sealed).sealed
    streams = kept(ledger)._streams
    assert streams
    assert all(one.store.name == "open" for one in streams.values())
    with pytest.raises(NotFound):
        ledger.do("kim", "attempt-contact", sealed, CONTACT)
    assert service(ledger).open_case(sealed) is None


def test_a_case_that_goes_on_under_another_stream_is_read_anew(ledger: Ledger, opened: str) -> None:
    """When a visit joins, the old head is closed; the next act stands in the new stream."""
    before = in_memory(ledger, opened).head
    ledger.visit("pat", opened)
    ledger.do("mara", "open", opened)
    ledger.do("kim", "attempt-contact", opened, CONTACT)
    after = in_memory(ledger, opened).head
    assert before is not None
    assert after is not None
    assert after.id != before.id
    assert before.id in after.continued


def test_a_stream_whose_key_is_gone_is_forgotten(ledger: Ledger, opened: str) -> None:
    """Once another program destroyed the key, the case is not open any more, not even in memory."""
    head = in_memory(ledger, opened).head
    assert head is not None
    beside = beside_of(ledger)
    with beside.home.keystore.database.writing() as cursor:
        cursor.execute("DELETE FROM wraps WHERE stream = ?", (head.id.hex(),))
    beside.home.close()
    assert service(ledger).open_case(opened) is None
    assert kept(ledger).stream(head.id) is None
    assert kept(ledger).file(opened) is None
    with pytest.raises(NotFound):
        ledger.do("kim", "attempt-contact", opened, CONTACT)


def test_a_key_that_has_gone_out_of_a_part_takes_the_case_with_it(
    ledger: Ledger, opened: str
) -> None:
    """A case is forgotten as soon as one of the streams that it continues is."""
    (intake, *_), head = in_memory(ledger, opened).streams, in_memory(ledger, opened).head
    assert head is not None
    with ledger.home.keystore.database.writing() as cursor:
        cursor.execute("DELETE FROM wraps WHERE stream = ?", (intake.id.hex(),))
    assert service(ledger).open_case(opened) is None
    assert kept(ledger).file(opened) is None
    assert kept(ledger).stream(head.id) is not None


def test_a_row_altered_after_it_was_read_is_found_by_the_next_program(
    ledger: Ledger, opened: str
) -> None:
    """This process goes on from what it verified; whatever reads the disk finds the change."""
    head = in_memory(ledger, opened).head
    assert head is not None
    change(
        ledger.path / "open.db",
        "UPDATE stored_events SET state = zeroblob(4200)"
        " WHERE originator_id = ? AND originator_version = 1",
        head.id.hex(),
    )
    ledger.do("kim", "attempt-contact", opened, CONTACT)
    with pytest.raises(EvidenceCorrupt):
        on_disk(ledger, opened)
    with pytest.raises(EvidenceCorrupt):
        ledger.reopened().do("kim", "attempt-contact", opened, CONTACT)


def test_a_last_row_taken_away_is_found_at_once(ledger: Ledger, opened: str) -> None:
    """The append does not fit, so everything is read again, and the gap shows."""
    head = in_memory(ledger, opened).head
    assert head is not None
    change(
        ledger.path / "open.db",
        "DELETE FROM stored_events WHERE originator_id = ? AND originator_version = ?",
        *(head.id.hex(), head.last.record.seq),
    )
    with pytest.raises(EvidenceCorrupt):
        ledger.do("kim", "attempt-contact", opened, CONTACT)


def test_a_row_that_does_not_follow_what_is_known_is_refused(ledger: Ledger, opened: str) -> None:
    """A new row is held against the head in memory: an older row in its place does not open."""
    head = in_memory(ledger, opened).head
    assert head is not None
    change(
        ledger.path / "open.db",
        "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
        " SELECT originator_id, originator_version + 1, topic, state FROM stored_events"
        " WHERE originator_id = ? AND originator_version = ?",
        *(head.id.hex(), head.last.record.seq),
    )
    with pytest.raises(EvidenceCorrupt):
        ledger.do("kim", "attempt-contact", opened, CONTACT)


def test_a_closed_home_can_be_used_again(ledger: Ledger, opened: str) -> None:
    """Stores that were closed are opened anew, and nothing goes to the closed ones."""
    ledger.home.close()
    ledger.do("kim", "attempt-contact", opened, CONTACT)
    head = in_memory(ledger, opened).head
    assert head is not None
    assert head.store is ledger.home.open


def test_only_so_many_records_are_kept(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """The streams that did not change for the longest are let go; their cases are read anew."""
    references = []
    monkeypatch.setattr(service(ledger).streams, "kept", Kept(most_records=12))
    for _ in range(4):
        references.append(ledger.visit())
        ledger.do("mara", "open", references[-1])
        ledger.do("kim", "attempt-contact", references[-1], CONTACT)
    held = kept(ledger)
    assert sum(len(one.records) for one in held._streams.values()) == held._records <= 12
    assert held.file(references[0]) is None
    assert held.file(references[-1]) is not None
    check_equal(in_memory(ledger, references[0]), on_disk(ledger, references[0]))


def test_keys_on_their_way_are_moved_by_the_next_act(
    ledger: Ledger, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where an opening left its keys in the open store, an act in the case finds and moves them."""
    reference = ledger.visit()
    monkeypatch.setattr("ledger.register.custody.Custody.settle_soon", lambda *_, **__: None)
    ledger.do("mara", "open", reference)
    assert ledger.home.open.wraps()
    monkeypatch.undo()
    ledger.do("kim", "attempt-contact", reference, CONTACT)
    assert not ledger.home.open.wraps()
    check_equal(in_memory(ledger, reference), on_disk(ledger, reference))


def test_the_key_of_answers_goes_with_its_keyring() -> None:
    """What is derived from an unlocked keyring is in memory no longer than the keyring."""
    gc.collect()
    before = len(answers._secrets)
    ring = create("vera", b"", throw_away=True)
    assert answers._secret(ring) == answers._secret(ring)
    assert len(answers._secrets) == before + 1
    del ring
    gc.collect()
    assert len(answers._secrets) == before


def test_office_acts_are_decided_on_the_newest_office(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An office act that was decided before another one came in between is decided again."""
    real = reading.Reader.office_stream
    done: list[int] = []

    def later(self: Reader) -> Stream:
        if not done:
            done.append(1)
            end = Act("end-role", {"person": "pat", "role": "staff"}, OFFICE)
            ledger.register.handle(ledger.people["mara"], end)
        return real(self)

    monkeypatch.setattr(reading.Reader, "office_stream", later)
    ledger.do("mara", "end-role", OFFICE, {"person": "kim", "role": "staff"})
    office = ledger.register.office()
    newest = service(ledger).office_stream().last.record
    assert newest.office.seq == office.head.seq - 1
    assert not office.office.roles_of("kim") | office.office.roles_of("pat")


# ---- files ----


def test_a_file_is_read_again_when_it_changed(tmp_path: Path) -> None:
    """Written anew, replaced, or taken away: each shows; a file that is the same is not read."""
    path, read = tmp_path / "note", []

    def make(_: Path, data: bytes) -> bytes:
        read.append(data)
        return data

    known = Unchanged(make)
    old = path.with_suffix(".old")
    path.write_bytes(b"one")
    past = path.stat().st_mtime_ns - 10 * SETTLED_NANOSECONDS
    os.utime(path, ns=(past, past))
    # Young by its change time still: it is read each time.
    assert [known.read(path), known.read(path)] == [b"one", b"one"]
    assert len(read) == 2
    shutil.copy2(path, old)
    old.write_bytes(b"two")
    old.replace(path)
    assert known.read(path) == b"two"
    path.unlink()
    with pytest.raises(FileNotFoundError):
        known.read(path)


def test_a_settled_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a moment what was made of a file is kept, until anything about the file differs."""
    monkeypatch.setattr("ledger.stores.unchanged.SETTLED_NANOSECONDS", -1)
    path, read = tmp_path / "note", []

    def make(_: Path, data: bytes) -> bytes:
        read.append(data)
        return data

    known = Unchanged(make)
    path.write_bytes(b"one")
    assert [known.read(path), known.read(path)] == [b"one", b"one"]
    assert len(read) == 1
    path.write_bytes(b"three")
    assert known.read(path) == b"three"
    assert len(read) == 2


def test_an_altered_checkpoint_is_found_by_the_next_act(ledger: Ledger, opened: str) -> None:
    """What was verified once is verified again when the file is another one."""
    ledger.tick(days=2)
    ledger.do("kim", "attempt-contact", opened, CONTACT)
    path = ledger.home.log_directory / "checkpoint"
    origin, size, rest = path.read_bytes().split(b"\n", 2)
    path.write_bytes(b"\n".join((origin, size.replace(b"2", b"3"), rest)))
    with pytest.raises(EvidenceCorrupt):
        ledger.do("kim", "attempt-contact", opened, CONTACT)


def test_one_moment_holds_for_all_that_an_act_reads(ledger: Ledger, opened: str) -> None:
    """Inside a snapshot another program's record is not there yet; after it, it is."""
    head = in_memory(ledger, opened).head
    assert head is not None
    beside = beside_of(ledger)
    with ledger.home.open.snapshot():
        before = ledger.home.open.last_seq(head.id)
        beside.do("pat", "attempt-contact", opened, CONTACT)
        assert ledger.home.open.last_seq(head.id) == before
        place = (ledger.home.origin, ledger.home.open, head.id, head.secrets)
        assert len(read_stream(*place)) == before
    assert ledger.home.open.last_seq(head.id) == before + 1
    beside.home.close()


def test_a_sealed_matter_more_costs_an_open_case_nothing(
    ledger: Ledger, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An act in an open case opens no sealed stream, not even for those who may."""
    ledger.do("mara", "keep-sealed", ledger.visit(), SEALING)
    asked: list[object] = []
    real = Custody.openable

    def openable(self: Custody, *args: Any, **kwargs: Any) -> Openable:
        asked.append(args)
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Custody, "openable", openable)
    ledger.do("mara", "attempt-contact", opened, CONTACT)
    assert asked == []
    ledger.look("mara", opened)
    assert asked
