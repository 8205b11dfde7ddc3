"""Acting: who may, what is recorded when, what a repetition gives, and who gives way to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from keys.keyring import create
from ledger.errors import AppendConflict, BadRequest, CommandReused, NotPermitted
from ledger.evidence.note import SignedNote
from ledger.evidence.receipt import Receipt as ReceiptText
from ledger.register.acts import OFFICE, Act
from ledger.register.writing import Writer
from tests.register.ledgers import Ledger, by_two, check_sound, enrol
from tests.register.test_triage import CONTACT, kept_sealed


@pytest.fixture
def opened(ledger: Ledger) -> str:
    """The reference of an open case."""
    reference = ledger.visit()
    ledger.do("mara", "open", reference)
    return reference


def state_fact(ledger: Ledger, reference: str, person: str = "kim", **more: Any) -> Act:
    """An act that states that somebody was telephoned."""
    return Act("attempt-contact", CONTACT, reference, **more)


# ---- keys ----


def test_a_revoked_key_signs_nothing_any_more(ledger: Ledger, opened: str) -> None:
    """Once Kim's key is revoked she is refused; what she signed before stands."""
    ledger.do("kim", "attempt-contact", opened, CONTACT)
    ledger.do("mara", "revoke-key", OFFICE, {"key": ledger.people["kim"].key_id.hex()})
    with pytest.raises(NotPermitted, match="revoked"):
        ledger.do("kim", "attempt-contact", opened, CONTACT)
    with pytest.raises(NotPermitted):
        ledger.visit("kim")
    assert ledger.types("pat", opened)[-1] == "contact-attempted.v1"
    check_sound(ledger)


def test_a_key_of_the_same_name_is_another_key(ledger: Ledger, opened: str) -> None:
    """Whoever makes a keyring that calls itself mara is not Mara."""
    act = state_fact(ledger, opened)
    with pytest.raises(NotPermitted):
        ledger.register.handle(create("mara", b"", throw_away=True), act)
    with pytest.raises(NotPermitted):
        ledger.register.handle(create("nobody", b"", throw_away=True), act)


def test_a_new_key_takes_the_old_ones_place(ledger: Ledger) -> None:
    """After Olga's key was replaced by two people, visits are sealed to the new one."""
    old = ledger.people["olga"]
    ledger.do("mara", "revoke-key", OFFICE, {"key": old.key_id.hex()})
    ledger.people = {**ledger.people, "olga": create("olga", b"", throw_away=True)}
    enrol(ledger, "olga", None)
    reference = ledger.visit()
    assert ledger.types("olga", reference) == ["intake-saved.v1"]


# ---- repeating ----


@pytest.mark.parametrize("place", ["desk", "open", "sealed", "office", "triage"])
def test_a_repeated_command_gets_the_same_answer(ledger: Ledger, opened: str, place: str) -> None:
    """However often it is sent, by a program that starts anew, it is recorded once."""
    person, act = {
        "desk": ("kim", Act("intake", {"mode": "mail"})),
        "open": ("kim", state_fact(ledger, opened)),
        "sealed": ("mara", state_fact(ledger, kept_sealed(ledger))),
        "office": ("mara", Act("end-role", {"person": "pat", "role": "staff"}, OFFICE)),
        "triage": ("mara", Act("open", {}, ledger.visit())),
    }[place]
    first = ledger.register.handle(ledger.people[person], act)
    ledger = ledger.reopened()
    again = ledger.register.handle(ledger.people[person], act)
    assert again.records == first.records
    assert first.records[0].note is not None
    check_sound(ledger)


@pytest.mark.parametrize(
    "changes",
    [
        {"fields": {**CONTACT, "outcome": "reached"}},
        {"command": "refer-agent", "fields": {"to": "mara", "outcome": "reached"}},
        {"precision": "approximate"},
        {"basis": "reported"},
        {"actor": "pat"},
        {"branch": "norwood"},
    ],
)
def test_a_command_number_stands_for_one_act(
    ledger: Ledger, opened: str, changes: dict[str, Any]
) -> None:
    """The same number with anything else in the act is refused, and nothing is recorded."""
    act = state_fact(ledger, opened)
    ledger.register.handle(ledger.people["kim"], act)
    with pytest.raises(CommandReused):
        ledger.register.handle(ledger.people["kim"], replace(act, **changes))
    assert ledger.types("kim", opened).count("contact-attempted.v1") == 1


def test_two_people_may_use_the_same_number(ledger: Ledger, opened: str) -> None:
    """A number is a person's own, so that none can be taken away from anybody."""
    act = state_fact(ledger, opened)
    ledger.register.handle(ledger.people["kim"], act)
    ledger.register.handle(ledger.people["pat"], act)
    assert ledger.types("kim", opened).count("contact-attempted.v1") == 2


# ---- giving way ----


def before_writing(
    monkeypatch: pytest.MonkeyPatch, times: int, what: Callable[[], object]
) -> list[int]:
    """Let something happen just before each of the next appends."""
    real = Writer.append
    done: list[int] = []

    def append(self: Writer, *args: Any, **kwargs: Any) -> Any:
        if len(done) < times:
            done.append(len(done))
            monkeypatch.setattr(Writer, "append", real)
            what()
            monkeypatch.setattr(Writer, "append", append)
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Writer, "append", append)
    return done


def test_who_was_second_decides_again(
    ledger: Ledger, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pat's record comes between Kim's reading and writing: Kim's follows it, unasked."""
    before_writing(monkeypatch, 1, lambda: ledger.do("pat", "attempt-contact", opened, CONTACT))
    ledger.do("kim", "attempt-contact", opened, CONTACT)
    assert ledger.types("kim", opened).count("contact-attempted.v1") == 2
    check_sound(ledger)


def test_what_was_decided_under_another_office_is_decided_again(
    ledger: Ledger, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pat's role ends between reading and writing: Pat is refused, not recorded."""
    end = {"person": "pat", "role": "staff"}
    before_writing(monkeypatch, 1, lambda: ledger.do("mara", "end-role", OFFICE, end))
    with pytest.raises(NotPermitted):
        ledger.do("pat", "attempt-contact", opened, CONTACT)
    assert "contact-attempted.v1" not in ledger.types("kim", opened)


def test_who_is_always_second_is_told_so(
    ledger: Ledger, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After three tries in vain nothing was recorded, and the person looks again."""
    done = before_writing(
        monkeypatch, 3, lambda: ledger.do("pat", "attempt-contact", opened, CONTACT)
    )
    with pytest.raises(AppendConflict):
        ledger.do("kim", "attempt-contact", opened, CONTACT)
    assert len(done) == 3
    assert ledger.types("kim", opened).count("contact-attempted.v1") == 3


def test_a_sealed_act_says_that_the_office_moved(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Across stores the append cannot be conditional; the change is flagged instead."""
    reference = kept_sealed(ledger)
    end = {"person": "pat", "role": "staff"}
    before_writing(monkeypatch, 1, lambda: ledger.do("mara", "end-role", OFFICE, end))
    assert ledger.do("mara", "attempt-contact", reference, CONTACT).office_changed
    assert not ledger.do("mara", "attempt-contact", reference, CONTACT).office_changed
    check_sound(ledger)


# ---- what a record says of its own making ----


@pytest.mark.parametrize(
    "changes",
    [
        {"branch": "Norwood Branch"},
        {"actor": "The Director"},
        {"precision": "roughly"},
        {"basis": "hearsay"},
        {"under": "the board"},
    ],
)
def test_what_cannot_be_recorded_is_the_callers_mistake(
    ledger: Ledger, opened: str, changes: dict[str, str]
) -> None:
    """A word that is none of the format's is refused as such, and nothing is written."""
    with pytest.raises(BadRequest):
        ledger.register.handle(
            ledger.people["kim"],
            replace(state_fact(ledger, opened), **changes),
        )
    assert "contact-attempted.v1" not in ledger.types("kim", opened)


def test_time_never_runs_backwards(ledger: Ledger, opened: str) -> None:
    """With a clock set back by a day every record is dated no earlier than what is known."""
    ledger.do("kim", "attempt-contact", opened, CONTACT)
    published = ledger.tick(days=2)
    ledger.clock.turn(days=-1)
    assert ledger.tick() == ()
    ledger.do("kim", "attempt-contact", opened, CONTACT)
    reference = ledger.visit()
    last_due = published[-1].due
    assert ledger.look("kim", opened).case.records[-1].recorded_at == last_due
    assert ledger.look("mara", reference).case.records[-1].recorded_at == last_due
    ledger.clock.turn(days=1, hours=1)
    ledger.do("kim", "attempt-contact", opened, CONTACT)
    times = [record.recorded_at for record in ledger.look("kim", opened).case.records]
    assert times == sorted(times)
    assert times[-1] == last_due + timedelta(hours=1)
    ledger.tick(days=4)
    check_sound(ledger)


def test_a_successor_is_not_dated_before_what_it_follows(ledger: Ledger) -> None:
    """The clock is set back between closing a visit and opening the case."""
    ledger.clock.turn(hours=5)
    reference = ledger.visit("kim")
    ledger.clock.turn(hours=-5)
    ledger.do("mara", "open", reference)
    times = [record.recorded_at for record in ledger.look("kim", reference).case.records]
    assert times == sorted(times)


# ---- receipts ----


def test_a_receipt_names_the_commitment_and_the_promise(ledger: Ledger, opened: str) -> None:
    """It is signed, names the tick two after the running one, and the time of the record."""
    (one,) = ledger.do("kim", "attempt-contact", opened, CONTACT).records
    assert one.note is not None
    text = ReceiptText.load(SignedNote.parse(one.note.encode()).text)
    stream, _, seq = one.ref.partition(":")
    pending = ledger.pending(bytes.fromhex(stream), int(seq))
    assert pending is not None
    assert (text.commitment, text.tick, text.issued) == (
        pending.commitment,
        one.tick,
        ledger.clock(),
    )
    assert one.tick == ledger.home.schedule.running_tick(ledger.clock()) + 2


def test_whoever_waits_gets_the_receipt_later(ledger: Ledger) -> None:
    """Forty-eight visits fill the desk's share of three ticks; the next one's receipt follows."""
    acts = [Act("intake", {}) for _ in range(49)]
    receipts = [ledger.register.handle(ledger.people["kim"], act) for act in acts]
    assert all(receipt.records[0].note for receipt in receipts[:48])
    waiting = receipts[48].records[0]
    assert (waiting.tick, waiting.note) == (None, None)
    ledger.tick(days=1)
    again = ledger.register.handle(ledger.people["kim"], acts[48]).records[0]
    assert again.tick == 4
    assert again.note is not None
    text = ReceiptText.load(SignedNote.parse(again.note.encode()).text)
    assert text.issued == ledger.home.schedule.due(1)
    ledger.tick(days=4)
    check_sound(ledger)


def test_a_desk_that_is_flooded_delays_nobody_else(ledger: Ledger) -> None:
    """The desk's share is its own: with a flood of visits the vault's receipts come at once."""
    reference = kept_sealed(ledger)
    for _ in range(60):
        ledger.visit("kim")
    receipt = ledger.do("mara", "attempt-contact", reference, CONTACT)
    assert receipt.records[0].tick == 3
    by_two(ledger, "grant-role", {"person": "pat", "role": "auditor"})
