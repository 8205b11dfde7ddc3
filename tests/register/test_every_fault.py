"""Whichever call fails on the way, the ledger is sound afterwards and the act is repeated."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import CommandReused, Unavailable
from ledger.register.acts import OFFICE, Act
from ledger.register.answers import known_answer
from ledger.stores import sqlite as seam
from ledger.stores.keystore import Keystore
from ledger.stores.pool import GuardedPool
from ledger.stores.store import Store
from tests.faults import Crash, Fault, failing, failing_commit
from tests.register.ledgers import Ledger, check_offline, check_sound
from tests.register.test_triage import CONTACT, GAG, SEALING, agree_to_open

NOTICE = {"ground": "attorney", "duty_notice_at": "2026-06-19T20:00:00Z"}


CALLS = [
    (kind, name)
    for kind in (Store, Keystore)
    for name, real in vars(kind).items()
    if callable(real) and not name.startswith("_") and name != "close"
]


def failing_call(nth: int) -> AbstractContextManager[Fault]:
    """Make the nth call to any store or to the keystore fail, reading or writing."""
    return failing(nth, CALLS, lambda: Unavailable("The store cannot be used now."), after=False)


# ---- acts, each from a ledger that is ready for it ----


def visit_saved(ledger: Ledger) -> tuple[str, dict[str, Any]]:
    """A new visit."""
    return "intake", {"person": "kim", "case": None, "fields": {"mode": "telephone"}}


def visit_opened(ledger: Ledger) -> tuple[str, dict[str, Any]]:
    """A waiting visit is opened."""
    return "open", {"person": "mara", "case": ledger.visit("kim"), "fields": {}}


def visit_sealed(ledger: Ledger) -> tuple[str, dict[str, Any]]:
    """A waiting visit is kept sealed."""
    return "keep-sealed", {"person": "mara", "case": ledger.visit(), "fields": SEALING}


def visits_joined(ledger: Ledger) -> tuple[str, dict[str, Any]]:
    """A second and a third visit join an open case."""
    reference = ledger.visit()
    ledger.do("mara", "open", reference)
    ledger.visit("kim", reference)
    ledger.visit("pat", reference)
    return "open", {"person": "mara", "case": reference, "fields": {}}


def sealed_visits_joined(ledger: Ledger) -> tuple[str, dict[str, Any]]:
    """A second visit joins a sealed case."""
    reference = ledger.visit()
    ledger.do("mara", "keep-sealed", reference, SEALING)
    ledger.visit("kim", reference)
    return "keep-sealed", {"person": "mara", "case": reference, "fields": SEALING}


def sealed_opened(ledger: Ledger) -> tuple[str, dict[str, Any]]:
    """A sealed case is opened, together with a waiting visit."""
    reference = ledger.visit()
    ledger.do("mara", "keep-sealed", reference, SEALING)
    ledger.do("mara", "add-audience-member", reference, {"person": "tom", **NOTICE})
    agree_to_open(ledger, reference, "tom")
    ledger.visit("kim", reference)
    return "open", {"person": "mara", "case": reference, "fields": {}}


def opened_sealed_late(ledger: Ledger) -> tuple[str, dict[str, Any]]:
    """An open case is sealed, together with a waiting visit that brought a gag."""
    reference = ledger.visit()
    ledger.do("mara", "open", reference)
    ledger.visit("kim", reference, GAG)
    return "keep-sealed", {"person": "mara", "case": reference, "fields": SEALING}


def sealed_late_opened(ledger: Ledger) -> tuple[str, dict[str, Any]]:
    """A case that was sealed late is opened again."""
    reference = ledger.visit()
    ledger.do("mara", "open", reference)
    ledger.do("mara", "keep-sealed", reference, SEALING)
    ledger.do("mara", "add-audience-member", reference, {"person": "tom", **NOTICE})
    agree_to_open(ledger, reference, "tom")
    return "open", {"person": "mara", "case": reference, "fields": {}}


def member_recused(ledger: Ledger) -> tuple[str, dict[str, Any]]:
    """Counsel, who is on a roster and gave advice, is recused; a removal goes the same way."""
    reference = ledger.visit()
    ledger.do("mara", "keep-sealed", reference, SEALING)
    ledger.do("mara", "add-audience-member", reference, {"person": "tom", **NOTICE})
    asked = ledger.do("mara", "request-counsel-review", reference, {"counsel": "tom"})
    advice = {"request": asked.records[0].ref, "advice": "Comply."}
    ledger.do("tom", "give-advice", reference, advice)
    fields = {"person": "tom", "reason": "relative"}
    return "record-recusal", {"person": "mara", "case": reference, "fields": fields}


def fact_stated(ledger: Ledger) -> tuple[str, dict[str, Any]]:
    """A fact in an open case."""
    reference = ledger.visit()
    ledger.do("mara", "open", reference)
    return "attempt-contact", {"person": "kim", "case": reference, "fields": CONTACT}


def sealed_fact_stated(ledger: Ledger) -> tuple[str, dict[str, Any]]:
    """A fact in a sealed case."""
    reference = ledger.visit()
    ledger.do("mara", "keep-sealed", reference, SEALING)
    return "attempt-contact", {"person": "mara", "case": reference, "fields": CONTACT}


def advice_given(ledger: Ledger) -> tuple[str, dict[str, Any]]:
    """Counsel's advice, in a stream of its own."""
    reference = ledger.visit()
    ledger.do("mara", "open", reference)
    ledger.do("mara", "request-counsel-review", reference, {"counsel": "tom"})
    (review,) = ledger.look("mara", reference).case.reviews
    fields = {"request": review.ref, "advice": "Refuse."}
    return "give-advice", {"person": "tom", "case": reference, "fields": fields}


def task_assigned(ledger: Ledger) -> tuple[str, dict[str, Any]]:
    """A task of a sealed case, in a stream of its own."""
    reference = ledger.visit()
    ledger.do("mara", "keep-sealed", reference, SEALING)
    fields = {"person": "pat", "task": "Keep backup set 12.", **NOTICE}
    return "assign-task", {"person": "mara", "case": reference, "fields": fields}


def office_changed(ledger: Ledger) -> tuple[str, dict[str, Any]]:
    """A role ends."""
    fields = {"person": "pat", "role": "staff"}
    return "end-role", {"person": "mara", "case": OFFICE, "fields": fields}


def answered(ledger: Ledger, person: str, command_id: bytes) -> bool:
    """Whether a command was carried out, as far as the stores know."""
    act = Act("any", {}, command_id=command_id)
    try:
        return known_answer(ledger.people[person], act, ledger.stores()) is not None
    except CommandReused:
        return True


Ready = Callable[[Ledger], tuple[str, dict[str, Any]]]
TRIAGES: tuple[Ready, ...] = (
    visit_opened,
    visit_sealed,
    visits_joined,
    sealed_visits_joined,
    sealed_opened,
    opened_sealed_late,
    sealed_late_opened,
)
ACTS: tuple[Ready, ...] = (
    *TRIAGES,
    visit_saved,
    fact_stated,
    sealed_fact_stated,
    advice_given,
    task_assigned,
    office_changed,
    member_recused,
)


def carry_out(ledger: Ledger, act: tuple[str, dict[str, Any]], command_id: bytes) -> Any:
    """Do the act under a command id."""
    command, of = act
    return ledger.do(of["person"], command, of["case"], of["fields"], command_id=command_id)


def check_done_once(ledger: Ledger, act: tuple[str, dict[str, Any]], receipt: Any) -> None:
    """The act is recorded once, where it belongs, and nothing else is."""
    ledger = ledger.reopened()
    assert len(receipt.records) == 1
    kind, command = receipt.records[0].type, act[0]
    reference = act[1]["case"]
    if command == "intake":
        assert len(ledger.home.inbox.streams()) == 1
    elif command == "give-advice":
        assert len(ledger.look("tom", reference).advice) == 1
    elif reference == OFFICE:
        last = ledger.register.reader(None).office_stream().records[-2:]
        assert [record.type for record in last].count(kind) == 1
    else:
        file = ledger.look("mara", reference)
        assert file.intakes == ()
        ref = receipt.records[0].ref
        assert [record.ref for record in file.case.records].count(ref) == 1
        if command == "assign-task":
            tasks = ledger.register.reader(ledger.people["pat"], vault=True)
            assert len(tasks.sealed_references()) == 1
        if not file.sealed:
            assert ledger.types("pat", reference) == ledger.types("mara", reference)
        # Keys that could not be moved at once are moved by the next timer.
        ledger.tick()
        assert not any(store.wraps() for store in ledger.stores())
    ledger.home.close()


@pytest.mark.parametrize("persisted", [False, True], ids=["not-persisted", "persisted"])
@pytest.mark.parametrize("ready", ACTS, ids=lambda ready: ready.__name__)
def test_every_commit_may_fail_and_the_act_is_repeated(
    template: Ledger, tmp_path: Path, ready: Ready, persisted: bool
) -> None:
    """One commit after the other fails; each time all is sound, and repeating is harmless."""
    prepared = template.copied(tmp_path / "ready")
    act = ready(prepared)
    for nth in range(1, 100):
        ledger = prepared.copied(tmp_path / f"{nth}")
        command_id = os.urandom(16)
        with failing_commit(nth, persisted=persisted) as fault, suppress(Unavailable):
            carry_out(ledger, act, command_id)
        if fault.due:
            ledger.home.close()
            break
        ledger = check_sound(ledger)
        again = carry_out(ledger, act, command_id)
        assert carry_out(ledger, act, command_id).records == again.records
        # The next act finishes whatever the keystore could not take then.
        if act[1]["case"] not in (None, OFFICE):
            ledger.do("mara", "attempt-contact", act[1]["case"], CONTACT)
        if nth == 1:
            check_offline(ledger, tmp_path / "pack")
        if nth % 3 == 0:
            ledger = check_sound(ledger)
        check_done_once(ledger, act, again)
    else:
        pytest.fail("the faults never came to an end")
    assert nth > 1


@pytest.mark.parametrize("ready", [visit_opened, visit_sealed], ids=lambda ready: ready.__name__)
def test_every_call_of_a_triage_may_fail(template: Ledger, tmp_path: Path, ready: Ready) -> None:
    """The nth call to a store or the keystore fails, for every n; then the act is done again.

    It makes no difference whether it is repeated under its old command number or a new one.
    """
    prepared = template.copied(tmp_path / "ready")
    act = ready(prepared)
    for nth in range(1, 500):
        ledger = prepared.copied(tmp_path / f"{nth}")
        command_id = os.urandom(16)
        done = None
        with failing_call(nth) as fault, suppress(Unavailable):
            done = carry_out(ledger, act, command_id)
        if fault.due:
            ledger.home.close()
            break
        if done is None:
            recorded = answered(ledger, "mara", command_id)
            done = carry_out(ledger, act, command_id if recorded or nth % 2 else os.urandom(16))
        ledger.do("mara", "attempt-contact", act[1]["case"], CONTACT)
        if nth % 4 == 0:
            ledger = check_sound(ledger)
        check_done_once(ledger, act, done)
    else:
        pytest.fail("the faults never came to an end")
    assert nth > 20


def test_an_opening_that_broke_off_can_be_kept_sealed_instead(
    template: Ledger, tmp_path: Path
) -> None:
    """Between closing and opening nothing was decided on record; whoever comes next decides."""
    prepared = template.copied(tmp_path / "ready")
    command, of = visit_opened(prepared)
    seen = set()
    for nth in range(1, 12):
        ledger = prepared.copied(tmp_path / f"{nth}")
        with failing(nth, [(seam, "_commit")], Crash, after=True) as fault, suppress(Crash):
            carry_out(ledger, (command, of), os.urandom(16))
        ledger = ledger.reopened()
        if fault.due or ledger.home.open.labelled(of["case"]) is not None:
            ledger.home.close()
            break
        seen.add(ledger.look("mara", of["case"]).case.records[-1].type)
        ledger.do("mara", "keep-sealed", of["case"], SEALING)
        assert ledger.types("mara", of["case"])[-1] == "case-kept-sealed.v1"
        check_sound(ledger).home.close()
    assert seen == {"intake-saved.v1", "stream-closed.v1"}


@pytest.mark.parametrize("name", ["open", "inbox", "vault", "keystore"])
def test_a_store_that_takes_nothing_acknowledges_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """With one read-only file each act either succeeds whole or says that it did not."""
    reference = ledger.visit("kim")
    ledger.do("mara", "keep-sealed", ledger.visit(), SEALING)
    ledger.home.close()
    real = GuardedPool._create_connection

    def read_only(pool: GuardedPool) -> Any:
        connection = real(pool)
        if Path(pool.db_name).stem == name:
            connection._sqlite_conn.execute("PRAGMA query_only=ON")
        return connection

    monkeypatch.setattr(GuardedPool, "_create_connection", read_only)
    ledger = ledger.reopened()
    outcomes = {}
    for command, person, case, fields in (
        ("intake", "kim", None, {}),
        ("keep-sealed", "mara", reference, SEALING),
        ("end-role", "mara", OFFICE, {"person": "pat", "role": "staff"}),
    ):
        try:
            ledger.do(person, command, case, fields)
            outcomes[command] = True
        except Unavailable:
            outcomes[command] = False
    monkeypatch.setattr(GuardedPool, "_create_connection", real)
    ledger = check_sound(ledger)
    # A keystore that takes nothing delays no act: the keys lie with the records until it does.
    assert outcomes == {
        "intake": name != "inbox",
        # Triage first waits for the keys of earlier acts to arrive, so that none overtakes another.
        "keep-sealed": name not in ("vault", "keystore"),
        "end-role": name != "open",
    }
    assert len(ledger.home.inbox.streams()) == 2 + outcomes["intake"]
    assert ("staff" in ledger.register.office().office.roles_of("pat")) != outcomes["end-role"]


@pytest.mark.parametrize("persisted", [True, False])
def test_an_unknown_outcome_is_resolved_by_the_commands_own_row(
    ledger: Ledger, persisted: bool
) -> None:
    """A commit that fails, whether it came through or not, is answered with one record's receipt:
    the act looks for its own row before it tries again.
    """
    reference = ledger.visit("kim")
    ledger.do("mara", "open", reference)
    before = len(ledger.look("mara", reference).case.records)
    with failing_commit(1, persisted=persisted) as fault:
        done = ledger.do("mara", "attempt-contact", reference, CONTACT)
    assert not fault.due
    records = ledger.look("mara", reference).case.records
    assert len(records) == before + 1
    assert done.records[0].type == records[-1].type
