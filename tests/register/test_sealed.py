"""What is sealed: absent for all but its roster, in words, in effects and in what is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ledger.errors import LedgerError, NotFound, RequestRefused
from ledger.register.intake import new_reference
from ledger.stores.keystore import Keystore
from ledger.stores.store import Store
from tests.register.ledgers import Ledger, check_sound
from tests.register.test_triage import CONTACT, SEALING, agree_to_open, kept_sealed

NOTICE = {"ground": "attorney", "duty_notice_at": "2026-06-19T20:00:00Z"}


@contextmanager
def traced() -> Iterator[list[tuple[str, str]]]:
    """Note every question that is put to a store or the keystore, by name."""
    calls: list[tuple[str, str]] = []
    with pytest.MonkeyPatch.context() as patch:
        for kind in (Store, Keystore):
            for name in [n for n, value in vars(kind).items() if callable(value) and n[0] != "_"]:
                patch.setattr(kind, name, _noting(getattr(kind, name), name, calls))
        yield calls


def _noting(
    real: Callable[..., Any], name: str, calls: list[tuple[str, str]]
) -> Callable[..., Any]:
    def noting(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append((getattr(self, "name", "keystore"), name))
        return real(self, *args, **kwargs)

    return noting


def outcome(ledger: Ledger, person: str, command: str, reference: str) -> tuple[object, ...]:
    """How an act ends: the error, its words, and every question that was asked on the way."""
    fields = {"attempt-contact": CONTACT, "keep-sealed": SEALING, "close": {"outcome": "withdrawn"}}
    with traced() as calls:
        try:
            ledger.do(person, command, reference, fields.get(command, {}))
        except LedgerError as error:
            return (type(error), str(error), error.args, error.__cause__, tuple(calls))
    raise AssertionError("the act was carried out")


# ---- absence ----


@pytest.mark.parametrize("person", ["kim", "pat", "olga"])
@pytest.mark.parametrize("command", ["attempt-contact", "open", "keep-sealed", "close"])
def test_a_sealed_reference_is_met_like_one_that_does_not_exist(
    ledger: Ledger, person: str, command: str
) -> None:
    """For whoever is not on the roster the two differ in nothing: error, words, questions asked."""
    sealed = kept_sealed(ledger)
    ledger.look("mara", sealed)
    for warm in (sealed, new_reference()):
        outcome(ledger, person, command, warm)
    met = outcome(ledger, person, command, sealed)
    assert met == outcome(ledger, person, command, new_reference())
    assert met[0] is NotFound


def test_staff_are_served_without_a_look_into_the_vault(ledger: Ledger) -> None:
    """Reading a case, for who is not cleared, asks the open store and the keystore only."""
    reference = ledger.visit()
    ledger.do("mara", "open", reference)
    with traced() as calls:
        ledger.register.reader(ledger.people["kim"]).case(reference)
        with pytest.raises(NotFound):
            ledger.register.reader(ledger.people["kim"]).case(new_reference())
    assert {name for name, _ in calls} == {"open", "keystore"}


def test_nothing_that_is_no_reference_is_found(ledger: Ledger) -> None:
    """Words that cannot be a reference are not found, like one that is wrong in one sign."""
    reference = kept_sealed(ledger)
    wrong = reference[:-1] + ("0" if reference[-1] != "0" else "1")
    for words in (wrong, "", "x", "office ", "7K3M-9Q2D"):
        with pytest.raises(NotFound):
            ledger.look("mara", words)


def test_sealed_references_are_listed_for_who_opens_them(ledger: Ledger) -> None:
    """Mara sees the waiting visit and the sealed case, Olga the visit, Kim nothing."""
    sealed = kept_sealed(ledger)
    waiting = ledger.visit()
    opened = ledger.visit()
    ledger.do("mara", "open", opened)

    def listed(person: str) -> set[str]:
        reader = ledger.register.reader(ledger.people[person], vault=True)
        return set(reader.sealed_references())

    assert listed("mara") == {sealed, waiting}
    assert listed("olga") == {waiting}
    assert listed("kim") == set()
    assert ledger.register.reader(None, vault=True).sealed_references() == ()


def test_everybody_is_shown_the_streams_that_open_to_them(ledger: Ledger) -> None:
    """The office and open cases are shown to staff; sealed ones to their roster besides."""
    kept_sealed(ledger)
    reference = ledger.visit()
    ledger.do("mara", "open", reference)
    staff = ledger.register.reader(ledger.people["kim"]).streams_shown()
    cleared = ledger.register.reader(ledger.people["mara"]).streams_shown()
    assert len(staff) == 3
    assert len(cleared) == 5
    with pytest.raises(NotFound):
        ledger.register.reader(ledger.people["kim"]).stream(cleared[-1].id)


# ---- the roster ----


def test_whoever_is_added_opens_the_earlier_streams_too(ledger: Ledger) -> None:
    """Before, Kim finds nothing; afterwards she reads the visit and all that followed."""
    reference = kept_sealed(ledger)
    ledger.do("mara", "attempt-contact", reference, CONTACT)
    with pytest.raises(NotFound):
        ledger.look("kim", reference)
    ledger.do("mara", "add-audience-member", reference, {"person": "kim", **NOTICE})
    assert ledger.types("kim", reference) == ledger.types("mara", reference)
    with pytest.raises(NotFound):
        ledger.look("pat", reference)
    check_sound(ledger)


def test_who_is_added_to_one_matter_finds_no_other(ledger: Ledger) -> None:
    """Being told of one sealed matter opens nothing of another."""
    first, second = kept_sealed(ledger), kept_sealed(ledger)
    ledger.do("mara", "add-audience-member", first, {"person": "kim", **NOTICE})
    assert ledger.types("kim", first)
    with pytest.raises(NotFound):
        ledger.look("kim", second)


def test_staff_on_the_roster_act_in_the_matter_when_they_ask_for_it(ledger: Ledger) -> None:
    """Their role alone never makes anybody look into the vault for them."""
    reference = kept_sealed(ledger)
    ledger.do("mara", "add-audience-member", reference, {"person": "kim", **NOTICE})
    with pytest.raises(NotFound):
        ledger.do("kim", "attempt-contact", reference, CONTACT)
    ledger.do("kim", "attempt-contact", reference, CONTACT, vault=True)
    assert ledger.types("mara", reference)[-1] == "contact-attempted.v1"


def test_staff_open_no_vault_content_however_they_ask(ledger: Ledger) -> None:
    """Looking among sealed matters is no privilege: without a slot there is nothing to see."""
    reference = kept_sealed(ledger)
    file = ledger.look("mara", reference)
    reader = ledger.register.reader(ledger.people["kim"], vault=True)
    for stream in file.streams:
        with pytest.raises(NotFound):
            reader.stream(stream.id)
    with pytest.raises(NotFound):
        ledger.do("kim", "propose-opening", reference, {"citation": "x"}, vault=True)


# ---- advice ----


@pytest.fixture
def advised(ledger: Ledger) -> tuple[Ledger, str]:
    """A sealed case with Tom and Kim on its roster, in which Tom gave advice."""
    reference = kept_sealed(ledger)
    for person in ("tom", "kim"):
        ledger.do("mara", "add-audience-member", reference, {"person": person, **NOTICE})
    ledger.do("mara", "request-counsel-review", reference, {"counsel": "tom"})
    (review,) = ledger.look("mara", reference).case.reviews
    ledger.do("tom", "give-advice", reference, {"request": review.ref, "advice": "Comply."})
    return ledger, reference


def test_advice_is_read_by_counsel_and_the_custodian_only(advised: tuple[Ledger, str]) -> None:
    """The roster learns that counsel answered only from what counsel records in the case."""
    ledger, reference = advised
    for person in ("tom", "mara"):
        (advice,) = ledger.look(person, reference).advice
        assert advice.records[0].event.advice == "Comply."  # type: ignore[attr-defined]  # advice
    assert ledger.look("kim", reference).advice == ()
    assert "advice-given.v1" not in ledger.types("kim", reference)
    check_sound(ledger)


def test_advice_stays_privileged_when_the_case_is_opened(advised: tuple[Ledger, str]) -> None:
    """The advice stream does not move: staff who read the opened case find none."""
    ledger, reference = advised
    agree_to_open(ledger, reference, "tom")
    ledger.do("mara", "open", reference)
    assert ledger.look("pat", reference).advice == ()
    assert len(ledger.look("tom", reference).advice) == 1
    assert ledger.home.open.streams().count(ledger.look("tom", reference).advice[0].id) == 0


def test_advice_belongs_to_its_own_case(advised: tuple[Ledger, str]) -> None:
    """Another case of the same people shows none of it."""
    ledger, _ = advised
    other = kept_sealed(ledger)
    assert ledger.look("mara", other).advice == ()


def test_only_counsel_gives_advice(advised: tuple[Ledger, str]) -> None:
    """Mara may read it, and cannot write it."""
    ledger, reference = advised
    (review,) = ledger.look("mara", reference).case.reviews
    with pytest.raises(RequestRefused):
        ledger.do("mara", "give-advice", reference, {"request": review.ref, "advice": "No."})
