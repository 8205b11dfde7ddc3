"""Tasks of sealed matters: their people learn the task, and nothing of the matter."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from keys.recovery import RecoveryIdentity
from ledger.domain.events import TaskAssigned
from ledger.errors import BadRequest, NotFound, RequestRefused
from ledger.register.access import Access
from ledger.register.acts import OFFICE, Act
from ledger.register.eraser import finish
from ledger.register.erasure import VAULT_OFFICE
from tests.register.library import Library
from tests.register.test_recovery import SEED, agree, readers_of, recoverable
from tests.register.test_sealed_matters import SEALING, sealed

TASK = "Keep backup set 12 until told otherwise."


def assigned(library: Library, reference: str, by: str = "mara", **fields: object) -> str:
    """Assign kim a task; gives the task's own reference."""
    told = {"ground": "needed-to-comply", "duty_notice_at": library.now, "task": TASK}
    library.act(by, "assign-task", reference, person="kim", **told, **fields)
    record = library.case(by, reference).case.records[-1].event
    assert isinstance(record, TaskAssigned)
    assert record.own_reference is not None
    return record.own_reference


def test_a_task_opens_to_its_person_and_its_keepers_alone(library: Library, tmp_path: Path) -> None:
    """kim reads the task and nothing else; mara and counsel read it too; colleagues do not."""
    reference, gag = sealed(library)
    task = assigned(library, reference, gag=gag)
    seen = library.reader("kim", vault=True)
    assert seen.sealed_references() == (task,)
    found = seen.case(task).case
    assert found.task is not None
    assert (found.task.event.task, found.task.event.readers) == (TASK, ("mara", "tom"))
    assert library.case("mara", task).case.state == "task-given"
    for name in ("ola", "ines"):
        with pytest.raises(NotFound):
            library.case(name, task, vault=True)
    with pytest.raises(NotFound):
        library.case("kim", reference, vault=True)
    for name in ("kim", "mara"):
        assert library.verified(tmp_path, name).exit_code == 0


def test_a_task_names_nothing_of_its_matter(library: Library) -> None:
    """In all that kim's keys open there is neither reference, gag, stream, requester nor ground."""
    reference, gag = sealed(library)
    matter = library.case("mara", reference)
    task = assigned(library, reference, gag=gag)
    (stream,) = library.case("kim", task, vault=True).streams
    (record,) = stream.unsealed
    assert (record.record.continues, record.record.under) == ((), None)
    text = record.envelope.decode() + repr(record.personal)
    hidden = [reference, gag.partition(":")[0], "gag", "needed-to-comply", "2709", "law-enf"]
    hidden += [one.id.hex() for one in (*matter.streams, *matter.intakes)]
    assert [one for one in hidden if one in text] == []


def test_a_task_that_is_assigned_twice_by_one_command_is_one(library: Library) -> None:
    """Repeating it changes nothing; that neither half stands alone, `test_every_fault` tries."""
    reference, _ = sealed(library)
    told = {"ground": "needed-to-comply", "duty_notice_at": library.now, "task": TASK}
    act = Act("assign-task", {"person": "kim", **told}, reference)
    done = library.register.handle(library.people["mara"], act)
    again = library.register.handle(library.people["mara"], act)
    assert done.records == again.records
    assert len(library.reader("kim", vault=True).sealed_references()) == 1


def test_its_person_reports_and_the_keeper_ends_it(library: Library) -> None:
    """Both stand in the task; after its end it is closed, and kim still reads what it was."""
    task = assigned(library, sealed(library)[0])
    report = Act("report-task", {"outcome": "done", "words": "Copied to shelf 4."}, task)
    library.register.handle(library.people["kim"], report, vault=True)
    end = Act("end-task", {"reason": "done"}, task)
    with pytest.raises(RequestRefused):
        library.register.handle(library.people["kim"], end, vault=True)
    library.act("mara", "end-task", task, reason="done")
    library.act("mara", "close", task, outcome="executed")
    assert library.case("kim", task, vault=True).case.closed == "executed"
    with pytest.raises(NotFound):
        library.act("ola", "report-task", task, outcome="done")


def test_a_task_never_comes_into_the_open_store(library: Library) -> None:
    """The custodian alone cannot open it, nor seal it as a matter of its own."""
    task = assigned(library, sealed(library)[0])
    for command, fields in (("open", {}), ("keep-sealed", SEALING)):
        with pytest.raises(RequestRefused):
            library.act("mara", command, task, **fields)
    assert library.home.open.labelled(task) is None


def test_what_was_kept_from_the_director_stays_so_in_its_tasks(library: Library) -> None:
    """ines, who sealed it, gives the task; mara opens it neither now nor after wrapping anew."""
    away = {"from": library.now, "until": library.now + timedelta(days=2)}
    library.act("mara", "record-absence", OFFICE, person="mara", **away)
    reference = library.visit("kim", not_to_director=True)
    library.act("ines", "keep-sealed", reference, **SEALING)
    task = assigned(library, reference, by="ines")
    for name in ("kim", "ines"):
        Access(library.home, library.register, lambda: library.now).rewrap(library.people[name])
        for reader, finds in (("kim", True), ("ines", True), ("mara", False)):
            there = task in library.reader(reader, vault=True).sealed_references()
            assert there is finds, (name, reader)


def test_a_designee_names_no_ladder_of_the_matter_in_a_task(library: Library) -> None:
    """A stand-in who acts on calls that are on record in the matter records the absence first."""
    reference = library.visit()
    call = {"person": "mara", "channel": "mobile", "outcome": "no-answer"}
    ladder = {"facts": [{"attempt-contact": call}]}
    rung = library.ref("ines", "intake", reference, **ladder)
    reached = {"record-custodian-not-reached": {"person": "mara", "attempts": [rung]}}
    library.act("ines", "intake", reference, facts=[reached])
    library.act("ines", "keep-sealed", reference, **SEALING)
    with pytest.raises(BadRequest, match="absence in the office first"):
        assigned(library, reference, by="ines")
    assert library.reader("kim", vault=True).sealed_references() == ()


def test_a_task_wrapped_anew_opens_to_the_same_people(library: Library) -> None:
    """Also where its own person does it, with nothing of the matter in reach."""
    task = assigned(library, sealed(library)[0])
    for name in ("kim", "mara"):
        Access(library.home, library.register, lambda: library.now).rewrap(library.people[name])
        assert library.case("kim", task, vault=True).case.task is not None
        assert library.case("mara", task).case.task is not None
    with pytest.raises(NotFound):
        library.case("ines", task)


def test_counsel_who_came_later_is_let_into_tasks_with_their_matters(library: Library) -> None:
    """Who keeps the matter wraps anew; the person of the task cannot, and changes nothing."""
    reference, _ = sealed(library)
    task = assigned(library, reference)
    library.enrol("vera", "counsel")
    for name, sees in (("kim", False), ("mara", True)):
        Access(library.home, library.register, lambda: library.now).rewrap(library.people[name])
        assert (task in library.reader("vera").sealed_references()) is sees
    recusal = {"person": "tom", "reason": "relative"}
    library.act("tom", "record-recusal", reference, **recusal)
    other = assigned(library, reference)
    Access(library.home, library.register, lambda: library.now).rewrap(library.people["mara"])
    with pytest.raises(NotFound):
        library.case("tom", other)
    assert library.case("vera", other).case.task is not None


def test_a_task_is_recovered_like_a_matter_and_stays_so(tmp_path: Path) -> None:
    """dora is let into the task; wrapping anew by its person leaves her in."""
    identity = RecoveryIdentity(SEED)
    kept = recoverable(tmp_path / "home", identity)
    task = assigned(kept, sealed(kept)[0])
    agree(kept, "dora")
    access = Access(kept.home, kept.register, lambda: kept.now)
    assert access.recover(kept.people["dora"], identity, task) == ()
    assert access.rewrap(kept.people["kim"]) == ()
    assert readers_of(kept, task) == {"mara", "kim", "dora", "tom"}
    kept.home.close()


def test_a_task_is_erased_by_two_people_once_it_has_ended(library: Library) -> None:
    """Counsel is there to look; what goes on is not erased, and what was opens to nobody."""
    task = assigned(library, sealed(library)[0])
    stream = library.case("tom", task).streams[-1].id.hex()
    erase = {"stream": stream, "secrets": "both"}
    with pytest.raises(RequestRefused, match="refused"):
        library.act("mara", "erase-stream", VAULT_OFFICE, **erase)
    library.act("mara", "end-task", task, reason="done")
    library.act("mara", "close", task, outcome="executed")
    proposed = library.act("mara", "erase-stream", VAULT_OFFICE, **erase)
    library.act("tom", "assent", VAULT_OFFICE, of=proposed.records[0].e)
    done = finish(library.home, library.register.office(), library.people["tom"], library.now)
    assert [one.state for one in done] == ["done"]
    for name in ("kim", "mara", "tom"):
        with pytest.raises(NotFound):
            library.case(name, task, vault=True)
