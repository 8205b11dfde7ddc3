"""The office as its records tell it: keys, roles, absences, law."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from ledger.domain import erasure_events as x
from ledger.domain import office_events as o
from ledger.domain.codec import propose
from ledger.domain.events import Event
from ledger.domain.office import Office, Recorded, replay_office
from ledger.evidence.note import ED25519, VKey
from tests.domain import accounts as ac
from tests.domain import examples as ex
from tests.domain.given import (
    JCL,
    OFFICE_STREAM,
    Said,
    digest,
    key_of,
    local,
    public_key,
    records,
    ref,
    said,
)

ORIGIN = "ledger.lonecone.example"
DIRECTOR, SECOND, THIRD, DESK = "maya", "ines", "priya", "front-desk"


def founder(person: str, role: str, custody: str) -> dict[str, str]:
    """One of the first two people."""
    return {"person": person, "key": key_of(person).key, "custody": custody, "role": role}


FOUNDED = propose(
    o.LedgerFounded,
    {
        "epoch": {
            "first_size": 0,
            "start": "2026-01-05T16:00:00Z",
            "period_seconds": 86_400,
            "open": 64,
            "sealed": 64,
            "delay": 2,
        },
        "founders": [
            {
                "person": DIRECTOR,
                "key": key_of(DIRECTOR).key,
                "custody": "device",
                "role": "director",
            },
            {"person": SECOND, "key": key_of(SECOND).key, "custody": "service", "role": "counsel"},
        ],
        "log": [VKey(ORIGIN, ED25519, public_key("log")).dump()],
        "receipt": VKey(f"{ORIGIN}/receipt", ED25519, public_key("receipt")).dump(),
        "vault_office": "d" * 32,
    },
)


def told(*events: Event | Said) -> list[Recorded]:
    """Make the office's records; the founding is the first."""
    return records([FOUNDED, *events], JCL, OFFICE_STREAM)


def office(*events: Event | Said) -> Office:
    """Fold the founding and these records."""
    return replay_office(told(*events))


def by(person: str, event: Event) -> Said:
    """Say an event by a person of the office."""
    return said(event, by=person, role="director")


def assents(person: str, number: int) -> Said:
    """A person assents to the n-th record of the office; the founding is the first."""
    return by(person, o.Assented(of=digest(number, OFFICE_STREAM)))


def enrolled(person: str, principal: Any = "person") -> Said:
    """The director enrols somebody's key."""
    return by(DIRECTOR, o.KeyEnrolled(person=person, key=key_of(person).key, principal=principal))


def granted(person: str, role: str) -> Said:
    """The director grants somebody a role."""
    return by(DIRECTOR, o.RoleGranted(person=person, role=role))


# --- Founding ---------------------------------------------------------------------------------


def test_two_people_hold_key_and_role_from_the_founding() -> None:
    """Founders need nobody's assent; the founding's own pack is the law."""
    founded = office()
    assert founded.founded == FOUNDED
    assert founded.roles_of(DIRECTOR) == {"director"}
    assert founded.roles_of(SECOND) == {"counsel"}
    assert founded.is_person(DIRECTOR)
    key = founded.key_of(DIRECTOR)
    assert key is not None
    assert key.custody == "device"
    assert founded.law == told()[0].law


def test_a_second_founding_gives_nobody_anything() -> None:
    """A ledger is founded once."""
    other = propose(
        o.LedgerFounded,
        {
            **{"epoch": FOUNDED.epoch, "log": [], "receipt": "x", "vault_office": "e" * 32},
            "founders": [founder(one, "director", "service") for one in ("mallory", "trent")],
        },
    )
    assert office(other) == office()


def test_before_the_founding_nobody_is_anybody() -> None:
    """An empty office has no people, no roles, no law."""
    empty = Office()
    assert not empty.is_person(DIRECTOR)
    assert empty.roles_of(DIRECTOR) == frozenset()
    assert empty.key_of(DIRECTOR) is None
    assert empty.holders("director") == ()
    assert empty.law == ""


# --- Enrolment and roles take two -------------------------------------------------------------


def test_a_key_signs_once_a_second_person_assents() -> None:
    """Between enrolment and assent the key signs nothing."""
    waiting = office(enrolled(THIRD))
    assert waiting.key_of(THIRD) is None
    assert len(waiting.awaiting_assent) == 1
    holding = office(enrolled(THIRD), assents(SECOND, 2))
    assert holding.is_person(THIRD)
    assert holding.awaiting_assent == ()


def test_a_role_is_held_once_a_second_person_assents() -> None:
    """So it is with a role."""
    assert office(granted(THIRD, "staff")).roles_of(THIRD) == frozenset()
    assert office(granted(THIRD, "staff"), assents(SECOND, 2)).roles_of(THIRD) == {"staff"}


@pytest.mark.parametrize("who", [DIRECTOR, "stranger", DESK, THIRD])
def test_the_second_person_is_another_enrolled_person(who: str) -> None:
    """Not the proposer, not a stranger, not a desk, and not somebody who still waits herself."""
    desk = (enrolled(DESK, "desk"), assents(SECOND, 2))
    before = office(*desk, enrolled(THIRD), granted("kim", "staff"))
    after = office(*desk, enrolled(THIRD), granted("kim", "staff"), assents(who, 5))
    assert after == before
    assert office(*desk, enrolled(THIRD), granted("kim", "staff"), assents(SECOND, 5)).roles_of(
        "kim"
    ) == {"staff"}


def test_an_assent_to_something_else_enrols_nobody() -> None:
    """Assent to the founding, or to nothing, leaves the enrolment waiting."""
    assert office(enrolled(THIRD), assents(SECOND, 1)) == office(enrolled(THIRD))
    assert office(enrolled(THIRD), assents(SECOND, 9)) == office(enrolled(THIRD))


def test_a_wrong_assent_does_not_use_up_the_right_one() -> None:
    """After the proposer's own assent another person's still counts."""
    assert office(enrolled(THIRD), assents(DIRECTOR, 2), assents(SECOND, 2)).is_person(THIRD)


def test_a_desk_holds_its_role_from_its_enrolment_and_is_no_person() -> None:
    """A desk needs no grant (FORMAT §1); what it signs is a visit."""
    folded = office(enrolled(DESK, "desk"), assents(SECOND, 2))
    assert folded.roles_of(DESK) == {"desk"}
    assert not folded.is_person(DESK)
    assert folded.holders("desk") == (DESK,)


def test_a_key_is_enrolled_once() -> None:
    """The first enrolment stays, waiting or not, whoever claims the key later."""
    stolen = by(SECOND, o.KeyEnrolled(person="mallory", key=key_of(THIRD).key))
    assert office(enrolled(THIRD), stolen) == office(enrolled(THIRD))
    held = office(enrolled(THIRD), assents(SECOND, 2), stolen, assents(DIRECTOR, 4))
    assert held.key_of("mallory") is None


def test_the_newest_live_key_signs() -> None:
    """A person who enrols a second key signs with it, and with the first when it is revoked."""
    newer = o.KeyEnrolled(person=SECOND, key=key_of("new").key, custody="hardware")
    both = (by(DIRECTOR, newer), assents(SECOND, 2))
    found = office(*both).key_of(SECOND)
    assert found is not None
    assert found.custody == "hardware"
    revoked = office(*both, by(DIRECTOR, o.KeyRevoked(key=key_of("new").digest))).key_of(SECOND)
    assert revoked is not None
    assert revoked.key == key_of(SECOND).key


# --- Endings ----------------------------------------------------------------------------------


def test_a_revoked_key_signs_nothing_more() -> None:
    """Its digest is remembered; the others go on signing."""
    gone = office(by(DIRECTOR, o.KeyRevoked(key=key_of(SECOND).digest)))
    assert gone.key_of(SECOND) is None
    assert not gone.is_person(SECOND)
    assert gone.is_person(DIRECTOR)
    found = gone.key_with(key_of(SECOND).digest)
    assert found is not None
    assert found.revoked


def test_a_key_that_was_revoked_while_it_waited_never_signs() -> None:
    """Assent cannot bring back what was revoked before it."""
    folded = office(
        enrolled(THIRD), by(DIRECTOR, o.KeyRevoked(key=key_of(THIRD).digest)), assents(SECOND, 2)
    )
    assert folded.key_of(THIRD) is None
    assert folded.knows_key(key_of(THIRD).key)


def test_a_role_that_ended_while_it_waited_is_never_held() -> None:
    """Nor does assent bring back a grant that was ended; a new grant does."""
    ended = (granted(THIRD, "staff"), by(DIRECTOR, o.RoleEnded(person=THIRD, role="staff")))
    assert office(*ended, assents(SECOND, 2)).roles_of(THIRD) == frozenset()
    assert office(*ended, granted(THIRD, "staff"), assents(SECOND, 4)).roles_of(THIRD) == {"staff"}


def test_ending_one_role_leaves_the_others() -> None:
    """The counsel who is also auditor stops being one of them."""
    both = (granted(SECOND, "auditor"), by(THIRD, o.RoleEnded(person=SECOND, role="counsel")))
    waiting = office(*both)
    assert waiting.roles_of(SECOND) == frozenset()
    assert len(waiting.awaiting_assent) == 1


# --- Custodian and designees ------------------------------------------------------------------


def test_the_board_designates_one_custodian() -> None:
    """The next designation ends the one before."""
    first = by(SECOND, o.CustodianDesignated(person=DIRECTOR))
    folded = office(first)
    assert folded.roles_of(DIRECTOR) == {"director", "custodian"}
    folded = office(first, by(SECOND, o.CustodianDesignated(person=THIRD)))
    assert folded.roles_of(DIRECTOR) == {"director"}
    assert folded.custodian == THIRD


def test_a_custodian_by_grant_gives_way_to_one_by_designation() -> None:
    """Held or waiting, the former custodian's role ends, by whatever act it came."""
    held = (granted(THIRD, "custodian"), assents(SECOND, 2))
    assert office(*held).holders("custodian") == ()  # Nobody of that name has a key yet.
    assert "custodian" in office(*held).roles_of(THIRD)
    designation = by(SECOND, o.CustodianDesignated(person=DIRECTOR))
    assert office(*held, designation).roles_of(THIRD) == frozenset()
    waiting = office(granted(THIRD, "custodian"), designation, assents(SECOND, 2))
    assert waiting.roles_of(THIRD) == frozenset()


def test_a_custodian_may_step_down() -> None:
    """Then nobody is custodian, until somebody is designated."""
    designated = by(SECOND, o.CustodianDesignated(person=DIRECTOR))
    down = o.RoleEnded(person=DIRECTOR, role="custodian")
    assert office(designated, by(DIRECTOR, down)).custodian is None
    for other in (
        o.RoleEnded(person=SECOND, role="custodian"),
        o.RoleEnded(person=DIRECTOR, role="director"),
    ):
        assert office(designated, enrolled(THIRD), by(DIRECTOR, other)).custodian == DIRECTOR


def test_designees_are_several_and_end_one_by_one() -> None:
    """Jefferson County in Colorado has two designees (R-03)."""
    two = [by(DIRECTOR, o.DesigneeAppointed(person=one)) for one in (SECOND, DIRECTOR)]
    assert office(*two).holders("designee") == (SECOND, DIRECTOR)
    ended = office(*two, by(DIRECTOR, o.RoleEnded(person=SECOND, role="designee")))
    assert ended.designees == {DIRECTOR}
    assert ended.roles_of(SECOND) == {"counsel"}


def test_custodian_and_counsel_attest() -> None:
    """They can later open the log's covers, each with the key that they sign with."""
    assert office().attesters() == {SECOND: key_of(SECOND).key}
    designated = by(SECOND, o.CustodianDesignated(person=DIRECTOR))
    assert list(office(designated).attesters()) == [SECOND, DIRECTOR]
    revoked = by(DIRECTOR, o.KeyRevoked(key=key_of(SECOND).digest))
    assert list(office(designated, revoked).attesters()) == [DIRECTOR]


def test_at_most_seven_attest() -> None:
    """A cover's seed has seven places for people; none goes to somebody whose key was revoked."""
    many = [f"counsel-{number}" for number in range(10)]
    acts: list[Said] = []
    for one in many:
        number = len(acts) + 2
        acts += [enrolled(one), granted(one, "counsel")]
        acts += [assents(SECOND, number), assents(SECOND, number + 1)]
    assert list(office(*acts).attesters()) == many[:7]
    revoked = by(DIRECTOR, o.KeyRevoked(key=key_of(many[0]).digest))
    assert list(office(*acts, revoked).attesters()) == many[1:8]
    found = office(*acts).signing_keys([many[9], "nobody"])
    assert found == {many[9]: key_of(many[9]).key}


# --- Absences and law -------------------------------------------------------------------------


# The night on which the clocks go back: 1 November 2026 has an hour twice.
LEFT, BACK = local("2026-10-31 20:00"), local("2026-11-01 06:00")


@pytest.mark.parametrize(
    ("at", "away"),
    [
        (LEFT - timedelta(seconds=1), False),
        (LEFT, True),
        (BACK - timedelta(seconds=1), True),
        (BACK, False),
        (BACK + timedelta(days=1), False),
    ],
)
def test_an_absence_covers_its_window(at: Any, away: bool) -> None:
    """From its first moment until just before its last: eleven hours, one of which came twice."""
    assert timedelta(hours=11) == BACK - LEFT
    folded = office(o.AbsenceRecorded(person=DIRECTOR, from_=LEFT, until=BACK))
    found = folded.absence_of(DIRECTOR, at)
    assert (found is not None) is away
    assert found is None or found.ref == ref(2, OFFICE_STREAM)
    assert folded.absence_of(SECOND, at) is None


def test_of_two_absences_the_one_that_covers_is_found() -> None:
    """A designee acts under the absence of that day, not under last year's."""
    folded = office(
        o.AbsenceRecorded(person=DIRECTOR, from_=local("2025-07-01"), until=local("2025-07-15")),
        o.AbsenceRecorded(person=DIRECTOR, from_=LEFT, until=BACK),
    )
    found = folded.absence_of(DIRECTOR, LEFT)
    assert found is not None
    assert found.ref == ref(3, OFFICE_STREAM)


def test_a_pack_is_law_from_its_activation() -> None:
    """The law changes with the record that activates it."""
    activated = o.PackActivated(law="ab" * 32, pack="us-mo/jcl 2", reviewed_by=SECOND)
    assert office(activated).law == "ab" * 32


def test_closures_add_up_day_by_day() -> None:
    """Nine days from 24 December 2026 reach into the new year; a day may be closed twice."""
    folded = office(
        o.LibraryClosed(from_on=date(2026, 12, 24), days=9, reason="own-holiday"),
        o.LibraryClosed(from_on=date(2027, 1, 1), reason="own-holiday"),
        o.LibraryClosed(from_on=date(2027, 1, 12), reason="weather"),
    )
    assert len(folded.closed_on) == 10
    assert min(folded.closed_on) == date(2026, 12, 24)
    assert {date(2027, 1, 1), date(2027, 1, 12)} <= folded.closed_on
    assert date(2027, 1, 2) not in folded.closed_on


def test_a_closure_ends_with_the_calendar() -> None:
    """A closure that was typed for never stops no fold."""
    folded = office(o.LibraryClosed(from_on=date(9999, 12, 31), days=366, reason="other"))
    assert folded.closed_on == frozenset({date(9999, 12, 31)})


ERASED = x.StreamErased(
    stream="5e" * 16, secrets="both", records=(x.ErasedRecord(seq=1, e="3a" * 32),)
)


def test_an_erasure_is_in_force_from_the_second_persons_assent() -> None:
    """Who proposed it cannot assent to it; until another did, nothing may be destroyed."""
    assent = o.Assented(of=digest(2, OFFICE_STREAM))
    alone = office(ERASED, said(assent, by=DIRECTOR))
    assert (alone.erasures, [one.event for one in alone.awaiting_assent]) == ((), [ERASED])
    both = office(ERASED, said(assent, by=SECOND))
    assert ([one.event for one in both.erasures], both.awaiting_assent) == ([ERASED], ())


def test_a_restored_ledger_knows_its_newest_incarnation() -> None:
    """After a second restore the first one's confirmation counts no more."""
    restored = [
        o.LedgerRestored(
            incarnation=name * 32, size=4, root="5d" * 32, known_size=8, office_copy=True
        )
        for name in ("a", "b")
    ]
    assert office().incarnation is None
    assert office(*restored).incarnation == "b" * 32


def test_counsels_newest_text_is_the_standard_answer() -> None:
    """Each version takes the place of the one before; a ledger begins without any."""
    texts = [ac.standard_answer(1), ac.standard_answer(2, wording="Nothing is said to anybody.")]
    assert office().standard_answer is None
    assert office(*texts).standard_answer == texts[1]


def test_what_is_nobodys_authority_changes_nothing() -> None:
    """A countersignature, or a fact that strayed into the office, is kept by its stream only."""
    countersigned = o.FoundingCountersigned(founded=digest(1, OFFICE_STREAM))
    assert office(countersigned, ex.request(), o.StreamClosed()) == office()


def test_a_record_knows_its_stream() -> None:
    """The stream is the part of a reference before its number."""
    assert told()[0].stream == OFFICE_STREAM
