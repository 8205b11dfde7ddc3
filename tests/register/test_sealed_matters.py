"""Visits, triage, rosters and advice: who can open what, and from when on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ledger.errors import (
    AppendConflict,
    BadRequest,
    CommandReused,
    NotFound,
    NotPermitted,
    RequestRefused,
)
from ledger.register.acts import OFFICE, Act
from ledger.register.handle import place_after
from ledger.register.intake import new_reference
from tests.register.library import Library

SEALING = {"ground": "gag", "citation": "18 U.S.C. 2709(c)", "review_on": "2026-12-14"}


def sealed(library: Library) -> tuple[str, str]:
    """A matter that mara keeps sealed under a gag; gives its reference and the gag's place."""
    reference = library.visit()
    library.act("mara", "keep-sealed", reference, **SEALING)
    return reference, library.ref(
        "mara", "record-gag", reference, source="national-security-letter"
    )


def test_what_the_desk_saved_only_triagers_and_counsel_can_open(library: Library) -> None:
    """The clerk, a colleague and the desk find nothing; custodian, designee and counsel do."""
    reference = library.visit("kim")
    for name in ("kim", "ola", "front"):
        with pytest.raises(NotFound):
            library.case(name, reference, vault=True)
    for name in ("mara", "ines", "tom"):
        assert library.case(name, reference).case.state == "received"


def test_a_visit_may_be_kept_from_the_director(library: Library) -> None:
    """A visit marked "not to the director" opens for the other triagers and counsel only."""
    reference = library.visit("kim", not_to_director=True)
    with pytest.raises(NotFound):
        library.case("mara", reference)
    for name in ("ines", "tom"):
        assert library.case(name, reference).intakes


def test_a_desk_signs_visits_and_nothing_else(library: Library) -> None:
    """The desk's own key logs a visit without facts; facts and other acts are refused."""
    assert library.act("front", "intake", mode="in-person").case
    with pytest.raises(BadRequest):
        library.visit("front")
    with pytest.raises(NotFound):
        library.act("front", "close", new_reference(), outcome="executed")


def test_opening_gives_the_case_to_the_staff(library: Library, tmp_path: Path) -> None:
    """After triage everybody on the staff reads the visit, and the service too, without a key."""
    reference = library.visit()
    library.act("mara", "open", reference)
    for name in ("kim", "ola"):
        assert library.case(name, reference).case.state == "under-decision"
    assert [r.type for r in library.reader(None).case(reference).case.records][
        -1
    ] == "case-opened.v1"
    assert library.verified(tmp_path, "ola").exit_code == 0


def test_a_later_visit_joins_its_case_when_it_is_triaged_again(library: Library) -> None:
    """A second save about an open case waits sealed, and opening again merges it."""
    reference = library.visit()
    library.act("mara", "open", reference)
    with pytest.raises(BadRequest):
        library.act("mara", "open", reference)
    library.act("kim", "intake", reference, mode="telephone")
    assert len(library.case("mara", reference).intakes) == 1
    assert len(library.case("ola", reference).case.records) == 4
    library.act("mara", "open", reference)
    assert len(library.case("ola", reference).case.records) == 8


def test_a_person_on_the_roster_opens_the_matter_from_then_on(library: Library) -> None:
    """Before the duty notice ola finds nothing; after it, all of it; of another matter, nothing."""
    reference, gag = sealed(library)
    other, _ = sealed(library)
    with pytest.raises(NotFound):
        library.case("ola", reference, vault=True)
    notice = {"ground": "needed-to-comply", "gag": gag, "duty_notice_at": library.now}
    library.act("mara", "add-audience-member", reference, person="ola", **notice)
    assert len(library.case("ola", reference, vault=True).case.records) == 6
    with pytest.raises(NotFound):
        library.case("ola", other, vault=True)


def test_the_custodian_keeps_what_a_designee_sealed(library: Library) -> None:
    """A designee who seals in an absence, and adds somebody, does not lock the custodian out."""
    away = {"from": library.now, "until": library.now + timedelta(days=2)}
    library.act("mara", "record-absence", OFFICE, person="mara", **away)
    reference = library.visit()
    library.act("ines", "keep-sealed", reference, **SEALING)
    notice = {"ground": "attorney", "duty_notice_at": library.now}
    library.act("ines", "add-audience-member", reference, person="tom", **notice)
    for name in ("mara", "ines", "tom"):
        assert library.case(name, reference).case.sealed is not None


def test_a_sealed_matter_opens_when_the_gag_fell_and_two_people_agreed(
    library: Library, tmp_path: Path
) -> None:
    """Neither the gag's fall nor one person opens it; the history then shows its first dates."""
    reference, gag = sealed(library)
    notice = {"ground": "attorney", "gag": gag, "duty_notice_at": library.now}
    library.act("mara", "add-audience-member", reference, person="tom", **notice)
    proposal = library.act("mara", "propose-opening", reference, citation="18 U.S.C. 3511")
    library.act("tom", "assent", reference, of=proposal.records[0].e)
    with pytest.raises(RequestRefused, match="refused"):
        library.act("mara", "open", reference)
    lifted = {"gag": gag, "evidence": "agency-letter", "evidence_on": "2026-09-14"}
    library.act("tom", "lift-gag", reference, **lifted)
    first_at = library.case("mara", reference).case.records[0].occurred_at
    library.act("mara", "open", reference)
    assert library.case("ola", reference).case.records[0].occurred_at == first_at
    assert library.verified(tmp_path, "kim").exit_code == 0


def test_advice_is_for_counsel_and_the_custodian_of_its_own_case(library: Library) -> None:
    """Privileged text lies in a stream of its own; another case and other people do not show it."""
    first, second = library.visit(), library.visit()
    for reference in (first, second):
        library.act("mara", "open", reference)
        asked = library.ref("mara", "request-counsel-review", reference, counsel="tom")
        library.act("tom", "give-advice", reference, request=asked, advice=f"On {reference}")
    for name in ("mara", "tom"):
        (advice,) = library.case(name, first).advice
        assert getattr(advice.records[0].event, "advice", "") == f"On {first}"
    assert library.case("kim", first, vault=True).advice == ()


def test_a_sealed_reference_is_answered_as_one_that_never_existed(library: Library) -> None:
    """The same error, the same words, for reading and for every act."""
    reference, _ = sealed(library)
    said = []
    for one in (reference, new_reference(), "not a reference"):
        with pytest.raises(NotFound) as shown:
            library.case("kim", one, vault=True)
        with pytest.raises(NotFound) as refused:
            library.act("kim", "close", one, outcome="withdrawn")
        said.append((str(shown.value), str(refused.value)))
    assert len(set(said)) == 1


def test_office_acts_stay_in_the_office_and_case_acts_in_cases(library: Library) -> None:
    """A gag cannot be put into the open office stream, nor a role into a case."""
    reference = library.visit()
    library.act("mara", "open", reference)
    with pytest.raises(BadRequest):
        library.act("mara", "record-gag", OFFICE, source="other")
    with pytest.raises(BadRequest):
        library.act("mara", "grant-role", reference, person="kim", role="counsel")
    facts = [{"record-absence": {"person": "mara", "from": library.now, "until": library.now}}]
    with pytest.raises(BadRequest):
        library.act("kim", "intake", facts=facts)


def test_a_revoked_key_and_a_role_not_held_sign_nothing(library: Library) -> None:
    """Revocation holds at once; a role that a person does not hold cannot be chosen."""
    reference = library.visit()
    library.act("mara", "open", reference)
    fields: dict[str, object] = {"person": "mara", "channel": "mobile", "outcome": "no-answer"}
    act = Act("attempt-contact", fields, reference, role="custodian")
    with pytest.raises(NotPermitted):
        library.register.handle(library.people["kim"], act)
    digest = library.people["kim"].key_id.hex()
    library.act("mara", "revoke-key", OFFICE, key=digest)
    with pytest.raises(NotPermitted):
        library.visit("kim")


def test_the_same_command_is_carried_out_once(library: Library) -> None:
    """A retry gives the same answer, in each store; other contents under its number are refused."""
    fields: dict[str, object] = {"mode": "mail"}
    act = Act("intake", fields, command_id=b"i" * 16)
    first, again = (library.register.handle(library.people["kim"], act) for _ in range(2))
    assert (first.case, first.records) == (again.case, again.records)
    library.act("mara", "open", first.case)
    other = Act("intake", {"mode": "served"}, command_id=b"i" * 16)
    with pytest.raises(CommandReused):
        library.register.handle(library.people["kim"], other)
    assert len(library.case("mara", first.case).case.records) == 3


def test_a_closed_stream_takes_no_more(library: Library) -> None:
    """After the successor stands, nobody writes behind the closing record."""
    reference = library.visit()
    before = library.case("mara", reference)
    library.act("mara", "open", reference)
    after = library.case("mara", reference)
    assert before.intakes[0].id in {stream.id for stream in after.streams}
    assert after.streams[0].last.record.type == "stream-closed.v1"
    with pytest.raises(AppendConflict):
        place_after(after.streams[0])


def test_counsel_takes_places_and_more_people_than_places_are_refused(library: Library) -> None:
    """Of seven places custodian and three counsel take four: the fourth colleague finds none, and a
    recusal needs none. A visit is saved all the same, and each of its readers has one.
    """
    for name in ("una", "vera"):
        library.enrol(name, "counsel")
    reference, _ = sealed(library)
    told = {"ground": "needed-to-comply", "duty_notice_at": library.now}
    for name in ("kim", "ola", "ines"):
        library.act("mara", "add-audience-member", reference, person=name, **told)
    library.enrol("zoe", "staff")
    with pytest.raises(BadRequest, match="with those of counsel"):
        library.act("mara", "add-audience-member", reference, person="zoe", **told)
    library.enrol("wim", "counsel")
    library.act("mara", "record-recusal", reference, person="mara", reason="relative")
    for name in ("kim", "ola", "ines", "tom", "una", "vera", "wim"):
        assert library.case(name, reference, vault=True).case.sealed is not None
    for name in ("oona", "piet", "rosa"):
        library.enrol(name, "staff", "designee")
    visit = library.visit("kim")
    for name in library.people.keys() - {"front"}:
        seen = visit in library.reader(name, vault=True).sealed_references()
        assert seen is (name in {"mara", "tom", "una", "vera", "wim", "ines", "oona"})
