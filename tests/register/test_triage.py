"""Triage: a visit becomes an open case or is kept sealed; and what is sealed, opens by two."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest

from ledger.domain.events import CaseKeptSealed
from ledger.errors import AppendConflict, BadRequest, LedgerError, NotFound, RequestRefused
from ledger.register.acts import OFFICE, Act
from ledger.register.audience import Audience
from ledger.register.reading import CaseFile
from ledger.register.triage import Triage
from ledger.register.writing import Signing, VaultWriter
from tests.register.ledgers import Ledger, check_sound

SEALING = {"ground": "gag", "citation": "18 U.S.C. 2709(c)", "review_on": "2026-09-19"}
GAG = {"facts": [{"record-gag": {"source": "national-security-letter"}}]}
CONTACT = {"person": "tom", "channel": "telephone", "outcome": "no-answer"}


def kept_sealed(ledger: Ledger, person: str = "mara") -> str:
    """A visit that this person kept sealed."""
    reference = ledger.visit("kim")
    ledger.do(person, "keep-sealed", reference, SEALING)
    return reference


def refusals(refused: pytest.ExceptionInfo[RequestRefused]) -> list[str]:
    """The names of the rules that stood against an act."""
    return [one.rule for one in refused.value.provisions]  # type: ignore[attr-defined]  # Broken


def agree_to_open(ledger: Ledger, reference: str, second: str) -> None:
    """Mara proposes the opening, another assents."""
    proposed = ledger.do("mara", "propose-opening", reference, {"citation": "release letter"})
    ledger.do(second, "assent", reference, {"of": proposed.records[0].e}, vault=True)


# ---- opening a visit ----


def test_an_opened_visit_is_read_by_the_staff(ledger: Ledger) -> None:
    """What was sealed is read with its old records, and goes on in a stream of the open store."""
    reference = ledger.visit("kim", fields={"words": "Who had the terminal?"})
    with pytest.raises(NotFound):
        ledger.do("kim", "attempt-contact", reference, CONTACT)
    ledger.do("mara", "open", reference)
    ledger.do("kim", "attempt-contact", reference, CONTACT)
    assert ledger.types("pat", reference) == [
        "intake-saved.v1",
        "stream-closed.v1",
        "case-opened.v1",
        "contact-attempted.v1",
    ]
    file = ledger.look("kim", reference)
    assert not file.sealed
    assert [stream.store.name for stream in file.streams] == ["open", "open"]
    check_sound(ledger)


def test_the_service_reads_an_opened_case_at_once(ledger: Ledger) -> None:
    """Projections find no moment at which the case is open and its older streams are not."""
    reference = ledger.visit()
    ledger.do("mara", "open", reference)
    assert len(ledger.register.reader(None).case(reference).case.records) == 3


def test_envelopes_and_commitments_stay_the_same_when_opened(ledger: Ledger) -> None:
    """The rows move as they are: same ciphertext, one commitment, which the inbox made."""
    reference = ledger.visit()
    (intake,) = ledger.look("mara", reference).intakes
    before = ledger.home.inbox.rows(intake.id)
    ledger.do("mara", "open", reference)
    assert ledger.home.open.rows(intake.id)[:1] == before
    assert ledger.home.open.pending(intake.id, 1) is None
    assert ledger.home.inbox.pending(intake.id, 1) is not None


def test_a_second_visit_joins_an_open_case(ledger: Ledger) -> None:
    """Opening a waiting visit ends the open stream and the visit's, and one stream follows both."""
    reference = ledger.visit()
    ledger.do("mara", "open", reference)
    ledger.do("kim", "attempt-contact", reference, CONTACT)
    assert ledger.visit("pat", reference) == reference
    assert len(ledger.look("mara", reference).intakes) == 1
    assert "intake-saved.v1" in ledger.types("kim", reference)
    assert ledger.types("kim", reference).count("intake-saved.v1") == 1
    ledger.do("mara", "open", reference)
    assert ledger.types("kim", reference).count("intake-saved.v1") == 2
    assert ledger.look("mara", reference).intakes == ()
    head = ledger.look("kim", reference).head
    assert head is not None
    assert len(head.continued) == 2
    check_sound(ledger)


def test_an_open_case_without_a_waiting_visit_is_not_opened_again(ledger: Ledger) -> None:
    """There is nothing to triage, and the person is told so."""
    reference = ledger.visit()
    ledger.do("mara", "open", reference)
    with pytest.raises(BadRequest, match="stands open already"):
        ledger.do("mara", "open", reference)


def test_staff_decide_nothing_about_a_visit(ledger: Ledger) -> None:
    """Kim saved it, and cannot even tell that it waits."""
    reference = ledger.visit("kim")
    for command in ("open", "keep-sealed"):
        with pytest.raises(NotFound):
            ledger.do("kim", command, reference, SEALING if command == "keep-sealed" else None)


# ---- keeping sealed ----


def test_what_is_kept_sealed_is_read_by_who_kept_it(ledger: Ledger) -> None:
    """Mara and counsel read it; Olga, who could open the visit until then, and others cannot."""
    reference = kept_sealed(ledger)
    for person in ("mara", "tom"):
        assert ledger.types(person, reference)[-1] == "case-kept-sealed.v1"
    for person in ("olga", "kim", "pat"):
        with pytest.raises(NotFound):
            ledger.look(person, reference)
    assert ledger.home.open.labelled(reference) is None
    check_sound(ledger)


def test_a_second_visit_joins_a_sealed_case(ledger: Ledger) -> None:
    """Kept sealed again, the visit becomes a part of the case; the roster stays what it was."""
    reference = kept_sealed(ledger)
    ledger.do(
        "mara",
        "add-audience-member",
        reference,
        {"person": "tom", "ground": "attorney", "duty_notice_at": "2026-06-19T20:00:00Z"},
    )
    ledger.visit("pat", reference)
    ledger.do("mara", "keep-sealed", reference, SEALING)
    for person in ("mara", "tom"):
        assert ledger.types(person, reference).count("intake-saved.v1") == 2
    with pytest.raises(NotFound):
        ledger.look("olga", reference)
    check_sound(ledger)


def test_a_designee_who_seals_anew_keeps_the_roster(ledger: Ledger) -> None:
    """In Mara's absence Olga, who is on the roster, takes in a second visit; Mara is not lost."""
    reference = kept_sealed(ledger)
    notice = {"ground": "needed-to-comply", "duty_notice_at": "2026-06-19T20:00:00Z"}
    ledger.do("mara", "add-audience-member", reference, {"person": "olga", **notice})
    window = {"from": "2026-06-19T00:00:00Z", "until": "2026-07-01T00:00:00Z"}
    ledger.do("mara", "record-absence", OFFICE, {"person": "mara", **window})
    ledger.visit("pat", reference)
    ledger.do("olga", "keep-sealed", reference, SEALING)
    assert ledger.types("mara", reference).count("case-kept-sealed.v1") == 2
    assert ledger.types("olga", reference).count("case-kept-sealed.v1") == 2
    check_sound(ledger)


def test_a_sealed_case_names_the_date_on_which_it_is_looked_at_again(ledger: Ledger) -> None:
    """Without a date or an end nothing is kept sealed, and the visit waits on."""
    reference = ledger.visit()
    with pytest.raises(RequestRefused) as refused:
        ledger.do("mara", "keep-sealed", reference, {"ground": "gag", "citation": "x"})
    assert refusals(refused) == ["sealing_is_bounded_v1"]
    assert len(ledger.look("olga", reference).intakes) == 1


# ---- opening what was sealed ----


def test_opening_a_sealed_matter_takes_two_people(ledger: Ledger) -> None:
    """Mara alone cannot; once she proposed it and Tom assented, the staff read all of it."""
    reference = kept_sealed(ledger)
    with pytest.raises(RequestRefused) as refused:
        ledger.do("mara", "open", reference)
    assert refusals(refused) == ["opening_takes_two_v1"]
    ledger.do(
        "mara",
        "add-audience-member",
        reference,
        {"person": "tom", "ground": "attorney", "duty_notice_at": "2026-06-19T20:00:00Z"},
    )
    agree_to_open(ledger, reference, "tom")
    ledger.do("mara", "open", reference)
    assert ledger.types("kim", reference)[-1] == "case-opened.v1"
    assert "case-kept-sealed.v1" in ledger.types("pat", reference)
    check_sound(ledger)


def test_nobody_opens_a_matter_while_a_gag_binds(ledger: Ledger) -> None:
    """Two people agree and it stays shut, until it is recorded on paper how the gag ended."""
    reference = ledger.visit("kim", fields=GAG)
    ledger.do("mara", "keep-sealed", reference, SEALING)
    ledger.do(
        "mara",
        "add-audience-member",
        reference,
        {"person": "tom", "ground": "attorney", "duty_notice_at": "2026-06-19T20:00:00Z"},
    )
    agree_to_open(ledger, reference, "tom")
    with pytest.raises(RequestRefused) as refused:
        ledger.do("mara", "open", reference)
    assert "no_gag_binds_v1" in refusals(refused)
    (gag,) = ledger.look("mara", reference).case.gags
    lifted = {"gag": gag.ref, "evidence": "agency-letter", "evidence_on": "2026-06-19"}
    ledger.do("mara", "lift-gag", reference, lifted)
    ledger.do("mara", "open", reference)
    assert ledger.types("kim", reference)[-1] == "case-opened.v1"
    check_sound(ledger)


@pytest.mark.parametrize("sealed", [False, True])
def test_a_waiting_visit_that_holds_a_gag_is_not_opened_with_the_case(
    ledger: Ledger, sealed: bool
) -> None:
    """What triage makes a part of the case is judged with it, even if nobody had read it yet."""
    if sealed:
        reference = kept_sealed(ledger)
        ledger.do(
            "mara",
            "add-audience-member",
            reference,
            {"person": "tom", "ground": "attorney", "duty_notice_at": "2026-06-19T20:00:00Z"},
        )
        agree_to_open(ledger, reference, "tom")
    else:
        reference = ledger.visit()
        ledger.do("mara", "open", reference)
    ledger.visit("kim", reference, GAG)
    with pytest.raises(RequestRefused) as refused:
        ledger.do("mara", "open", reference)
    assert refusals(refused) == ["no_gag_binds_v1"]
    assert len(ledger.look("mara", reference).intakes) == 1
    check_sound(ledger)


def test_what_is_written_in_an_open_case_rests_on_nothing_sealed(ledger: Ledger) -> None:
    """A waiting visit is no part of the case that acts are judged by; only triage sees it so."""
    reference = ledger.visit()
    ledger.do("mara", "open", reference)
    ledger.visit("kim", reference, GAG)
    file = ledger.look("mara", reference)
    assert file.case.gags == ()
    assert len(file.whole.gags) == 1


# ---- two at once ----


def test_of_two_triages_at_once_one_wins(ledger: Ledger) -> None:
    """Mara opens what Olga keeps sealed at the same moment: one stream follows, never two. What was
    opened first may be sealed after, with those who could read it meanwhile; never the other way.
    """
    reference = ledger.visit()
    window = {"from": "2026-06-19T00:00:00Z", "until": "2026-07-01T00:00:00Z"}
    ledger.do("mara", "record-absence", OFFICE, {"person": "mara", **window})
    start = threading.Barrier(2)
    failures: list[LedgerError] = []

    def act(person: str, command: str, fields: dict[str, object]) -> None:
        own = Ledger.at(ledger.path, ledger.people, ledger.clock)
        start.wait()
        try:
            own.do(person, command, reference, fields)
        except LedgerError as error:
            failures.append(error)
        own.home.close()

    threads = [
        threading.Thread(target=act, args=("mara", "open", {})),
        threading.Thread(target=act, args=("olga", "keep-sealed", SEALING)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not failures:
        sealed = ledger.look("olga", reference).case.sealed
        assert sealed is not None
        assert sealed.event.exposed
    assert len(failures) <= 1
    check_sound(ledger)


def test_a_triage_decided_on_an_old_view_conflicts(ledger: Ledger) -> None:
    """Whoever read the visit before another triaged it cannot carry out theirs any more."""
    reference = ledger.visit()
    old = ledger.look("olga", reference)
    register = ledger.register
    ledger.do("mara", "open", reference)
    view = register.office()
    signing = Signing(ledger.people["olga"], "custodian", None, view, ledger.clock())
    event = CaseKeptSealed(
        reference=reference, ground="gag", citation="x", review_on=ledger.clock().date()
    )
    triage = Triage(ledger.home, register.custody, VaultWriter(ledger.home))
    with pytest.raises(AppendConflict):
        triage.carry_out(old, event, Act("keep-sealed", {}, reference), signing)
    assert ledger.types("kim", reference)[-1] == "case-opened.v1"
    check_sound(ledger)


def test_a_matter_that_is_opened_while_its_roster_grows_stays_open(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrapping for the roster never seals again what somebody else has just opened."""
    reference = kept_sealed(ledger)
    notice = {"ground": "attorney", "duty_notice_at": "2026-06-19T20:00:00Z"}
    ledger.do("mara", "add-audience-member", reference, {"person": "tom", **notice})
    agree_to_open(ledger, reference, "tom")
    other = Ledger.at(ledger.path, ledger.people, ledger.clock)
    opening = threading.Thread(target=other.do, args=("mara", "open", reference))
    real = Audience.admit

    def admit(self: Audience, file: CaseFile, person: str, signing: Signing) -> None:
        # The roster was read. Whoever opens the matter now must be waited for, or must wait.
        opening.start()
        opening.join(timeout=1)
        real(self, file, person, signing)

    monkeypatch.setattr(Audience, "admit", admit)
    with suppress(RequestRefused):
        ledger.do("mara", "add-audience-member", reference, {"person": "olga", **notice})
    opening.join()
    assert "case-opened.v1" in ledger.reopened().types("pat", reference)
    check_sound(ledger).home.close()
    other.home.close()
