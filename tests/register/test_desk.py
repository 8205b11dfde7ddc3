"""A visit at the desk: saved whole, sealed at once, read by nobody who did not have to."""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from contextlib import closing
from datetime import timedelta

import pytest

from keys.keyring import create
from ledger.errors import BadRequest, NotFound, NotPermitted, Unavailable
from ledger.register.acts import OFFICE
from ledger.register.custody import Custody
from ledger.register.intake import new_reference
from ledger.register.sealedreading import SealedReader
from tests.register.ledgers import Ledger, by_two, check_sound

FACTS = {
    "mode": "in-person",
    "words": "They asked who had used the terminal.",
    "facts": [
        {"record-encounter": {"mode": "in-person", "agency_level": "federal", "agency": "FBI"}},
        {"record-gag": {"source": "national-security-letter"}},
    ],
}


def test_nobody_at_the_desk_can_read_what_was_saved(ledger: Ledger) -> None:
    """Neither the desk, who saved it nor other staff opens a visit; triagers and counsel do."""
    for saver in ("desk-main", "kim"):
        reference = ledger.visit(saver)
        for person in ("desk-main", "kim", "pat"):
            with pytest.raises(NotFound):
                ledger.look(person, reference)
        for person in ("mara", "olga", "tom"):
            assert ledger.types(person, reference) == ["intake-saved.v1"]


def test_a_visit_is_saved_with_its_facts(ledger: Ledger) -> None:
    """What a person signed in saw goes into the visit's own stream, in their words."""
    reference = ledger.visit("kim", fields=FACTS)
    case = ledger.look("mara", reference).case
    assert [one.type for one in case.records] == [
        "intake-saved.v1",
        "agent-encounter-recorded.v1",
        "gag-served.v1",
    ]
    assert case.records[0].event.words == FACTS["words"]  # type: ignore[attr-defined]  # intake
    assert len(case.live_gags()) == 1
    check_sound(ledger)


def test_a_desk_adds_no_facts(ledger: Ledger) -> None:
    """A desk is nobody: what it saves says only that somebody came."""
    with pytest.raises(BadRequest, match="A desk saves the visit only"):
        ledger.visit("desk-main", fields=FACTS)


@pytest.mark.parametrize(
    "facts",
    [
        {"record-gag": {}},
        [{"record-gag": {}, "record-encounter": {}}],
        [{"approve": {}}],
        [{"record-absence": {"person": "mara"}}],
        [{"enrol-key": {}}],
        [{"record-gag": []}],
        [{"record-gag": {"source": "hearsay"}}],
        ["record-gag"],
    ],
)
def test_only_facts_of_a_visit_go_into_a_visit(ledger: Ledger, facts: object) -> None:
    """Decisions, the office's affairs and what does not fit are refused, and nothing is saved."""
    with pytest.raises(BadRequest):
        ledger.visit("kim", fields={"facts": facts})
    assert ledger.home.inbox.streams() == ()


def test_a_reference_is_taken_as_it_comes_and_never_looked_up(ledger: Ledger) -> None:
    """A visit may name any reference; whether it exists makes no difference in what is answered."""
    known, unknown = ledger.visit(), new_reference()
    assert ledger.visit("kim", known) == known
    assert ledger.visit("kim", unknown) == unknown
    with pytest.raises(BadRequest, match="not a case reference"):
        ledger.visit("kim", "7K3M-9Q2D-Z")
    assert len(ledger.look("mara", known).intakes) == 2


def test_what_the_director_shall_not_see_goes_to_the_designees(ledger: Ledger) -> None:
    """The desk's wish holds: Olga opens the visit, Mara does not."""
    reference = ledger.visit(fields={"not_to_director": True})
    assert ledger.types("olga", reference) == ["intake-saved.v1"]
    with pytest.raises(NotFound):
        ledger.look("mara", reference)


def test_the_desks_wish_is_never_quietly_broken(ledger: Ledger) -> None:
    """Without a designee such a visit goes to counsel; never, for want of others, to Mara."""
    ledger.do("mara", "end-role", OFFICE, {"person": "olga", "role": "designee"})
    reference = ledger.visit(fields={"not_to_director": True})
    assert ledger.types("tom", reference) == ["intake-saved.v1"]
    with pytest.raises(NotFound):
        ledger.look("mara", reference)
    ledger.do("mara", "end-role", OFFICE, {"person": "tom", "role": "counsel"})
    with pytest.raises(Unavailable):
        ledger.visit(fields={"not_to_director": True})


def test_a_designee_whose_key_is_gone_does_not_stop_the_desk(ledger: Ledger) -> None:
    """Visits are sealed to those who have keys now; one who left receives nothing any more."""
    key = ledger.people["olga"].key_id.hex()
    ledger.do("mara", "revoke-key", OFFICE, {"key": key})
    reference = ledger.visit()
    assert ledger.types("mara", reference) == ["intake-saved.v1"]
    with pytest.raises(NotPermitted):
        ledger.look("olga", reference)
    with pytest.raises(NotFound):
        SealedReader(ledger.home, Custody(ledger.home), ledger.people["olga"]).case(reference)


def test_a_designee_without_sealing_keys_does_not_stop_the_desk(ledger: Ledger) -> None:
    """Whoever was enrolled and whose sealing keys an older keystore lacks receives nothing yet."""
    rosa = create("rosa", b"", throw_away=True)
    ledger.home.keystore.put_public_keys("rosa", rosa.public.dump())
    key = b64encode(rosa.public.signing).decode()
    by_two(ledger, "enrol-key", {"person": "rosa", "key": key})
    ledger.do("mara", "appoint-designee", OFFICE, {"person": "rosa"})
    with closing(sqlite3.connect(ledger.path / "keystore.db")) as database, database:
        database.execute("DELETE FROM people WHERE person = 'rosa'")
    assert ledger.types("mara", ledger.visit()) == ["intake-saved.v1"]


def test_without_anybody_to_receive_it_no_visit_is_saved(ledger: Ledger) -> None:
    """A visit that nobody could ever open would be lost; the desk is told so."""
    ledger.do("mara", "end-role", OFFICE, {"person": "olga", "role": "designee"})
    ledger.do("mara", "end-role", OFFICE, {"person": "mara", "role": "custodian"})
    with pytest.raises(Unavailable, match="Keep it on paper"):
        ledger.visit()


def test_the_keys_of_a_visit_are_made_for_enrolled_keys_only(ledger: Ledger) -> None:
    """Whoever can write to the keystore cannot add themselves to an audience under a known name."""
    impostor = create("mara", b"", throw_away=True)
    ledger.home.keystore.put_public_keys("mara", impostor.public.dump())
    reference = ledger.visit()
    with pytest.raises(NotFound):
        SealedReader(ledger.home, Custody(ledger.home), impostor).case(reference)
    assert ledger.types("mara", reference) == ["intake-saved.v1"]


def test_a_visit_says_when_it_was_recorded_whatever_the_clock_does(ledger: Ledger) -> None:
    """With a clock that was set back by a day a visit is recorded no earlier than the office."""
    head = ledger.register.office().last_at
    ledger.clock.turn(days=-1)
    reference = ledger.visit()
    assert ledger.look("mara", reference).case.records[0].recorded_at == head
    ledger.clock.turn(days=1, hours=1)
    later = ledger.visit()
    assert ledger.look("mara", later).case.records[0].recorded_at == head + timedelta(hours=1)
