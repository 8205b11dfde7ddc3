"""Confirming by passkey at the room's door: what is asked, what is taken and shown (T-39, T-41).

The authenticator is one in software; `tests/browser/test_approving.py` asks one through a browser.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode

import pytest

from ledger.errors import RequestRefused
from ledger.register.acts import OFFICE, Receipt
from tests.authenticator import Authenticator
from tests.register.approved import approve, enrol, leaving
from tests.web.room.conftest import ROOM, House, Person, sent_back

MARAS = Authenticator("mara", rp="localhost", origin=ROOM)
TOMS = Authenticator("tom", "EdDSA", rp="localhost", origin=ROOM)
UNCONFIRMED = "mara has not confirmed this approval with a passkey yet."
CHALLENGE = re.compile(r'data-challenge="([\w-]+)"')


@pytest.fixture
def approval(house: House, opened: str) -> Receipt:
    """An approval of mara's, who has a passkey, as tom has."""
    enrol(house.ledger.do, MARAS, "mara", "tom")
    enrol(house.ledger.do, TOMS, "tom", "mara")
    return approve(house.ledger.do, opened)


def answered(key: Authenticator, e: str, **bent: object) -> dict[str, str | list[str]]:
    """What the page's script sends once a passkey answered for a record."""
    made = key.approved(bytes.fromhex(e), **bent)  # type: ignore[arg-type]  # any part may be bent
    credential = str(key.enrolled("-")["credential"])
    sent = {name: str(value) for name, value in made.items() if name != "passkey"}
    return {**sent, "credential": credential}


def page_of(person: Person, approval: Receipt) -> tuple[str, str]:
    """Go from the case to the page that asks for a passkey; gives its address and its text."""
    path = person.go(approval.case)
    found = re.search(rf'href="({re.escape(path)}/confirm/\d+)"', person.get(path).text)
    assert found is not None
    page = person.get(found[1])
    assert page.status_code == 200, page.text
    return found[1], page.text


def confirmed(house: House, approval: Receipt) -> int:
    """How many confirmations the case holds."""
    return house.ledger.types("mara", approval.case).count("passkey-approved.v1")


def test_t39_a_session_alone_lets_nothing_out_and_the_passkey_does(
    house: House, approval: Receipt
) -> None:
    """T-39: what mara approved leaves at no door before her passkey confirmed it; it waits among
    what needs her, and then the case says who confirmed it, when, and that it fits.
    """
    mara = house.at("room", "mara")
    assert "Waiting for your passkey" in mara.get("/").text
    with pytest.raises(RequestRefused) as refused:
        house.ledger.do("mara", "disclose", approval.case, leaving(approval))
    assert [one.sentence for one in refused.value.provisions] == [UNCONFIRMED]
    given = {**leaving(approval), "records": "3"}
    form = mara.fill(f"{mara.go(approval.case)}/do/disclose", **given).text  # type: ignore[arg-type]  # texts and lists
    assert UNCONFIRMED in form
    path, page = page_of(mara, approval)
    e = approval.records[0].e
    asked = CHALLENGE.search(page)
    assert asked is not None
    challenge = urlsafe_b64decode(f"{asked[1]}=")
    client = urlsafe_b64decode(str(answered(MARAS, e)["client_data"]))
    assert asked[1].encode() in client
    assert len(challenge) == 32
    done = mara.post(path, {**sent_back(page), **answered(MARAS, e)})
    assert done.status_code == 303
    shown = mara.get(path.partition("/confirm")[0]).text
    assert "Confirmed with a passkey by mara on 19 Jun 2026" in shown
    assert "Checked now: the passkey answered for this record." in shown
    assert "Confirm with your passkey" not in shown
    assert "Waiting for your passkey" not in mara.get("/").text
    house.ledger.do("mara", "disclose", approval.case, leaving(approval))


def test_t39_a_session_cannot_revoke_its_way_round(house: House, approval: Receipt) -> None:
    """T-39: whoever revokes the passkey at a stolen session is asked for one all the same, and is
    told what that takes.
    """
    house.ledger.do("mara", "revoke-passkey", OFFICE, {"passkey": MARAS.passkey})
    with pytest.raises(RequestRefused):
        house.ledger.do("mara", "disclose", approval.case, leaving(approval))
    _, page = page_of(house.at("room", "mara"), approval)
    assert "None of your passkeys is in force." in page
    assert "data-challenge" not in page


@pytest.mark.parametrize(
    "bent",
    [
        {"flags": 0x01},
        {"flags": 0x04},
        {"origin": "https://evil.example"},
        {"rp": "evil.example"},
        {"kind": "webauthn.create"},
        {"crossed": True},
    ],
    ids=["unverified", "absent", "elsewhere", "another-rp", "an-enrolment", "in-a-frame"],
)
def test_t41_an_answer_that_does_not_fit_records_nothing(
    house: House, approval: Receipt, bent: dict[str, object]
) -> None:
    """T-41: no verified person, another place, another question: a sentence, and no record."""
    mara = house.at("room", "mara")
    path, page = page_of(mara, approval)
    sent = {**sent_back(page), **answered(MARAS, approval.records[0].e, **bent)}
    told = mara.post(path, sent)
    assert told.status_code == 400
    assert "The passkey did not approve this record. Try again." in told.text
    assert confirmed(house, approval) == 0


def test_t41_no_other_record_person_or_second_time(house: House, approval: Receipt) -> None:
    """T-41: an answer for another record, of another person's passkey, or heard before, records
    nothing; the form that is sent twice is recorded once.
    """
    mara, e = house.at("room", "mara"), approval.records[0].e
    path, page = page_of(mara, approval)
    other = answered(MARAS, house.ledger.look("mara", approval.case).case.records[0].e)
    for sent, status in (
        ({**other, "of": e}, 400),
        (answered(TOMS, e), 403),
        ({**answered(TOMS, e), "credential": answered(MARAS, e)["credential"]}, 400),
        ({"of": e}, 400),
        ({**answered(MARAS, e), "credential": "\u00fc\0"}, 400),
        ({**answered(MARAS, e), "client_data": "AA"}, 400),
        ({**answered(MARAS, e), "of": "x"}, 400),
    ):
        assert mara.post(path, {**sent_back(page), **sent}).status_code == status
        assert confirmed(house, approval) == 0
    good = {**sent_back(page), **answered(MARAS, e)}
    assert [mara.post(path, good).status_code for _ in range(2)] == [303, 303]
    replayed = {**good, "command_id": "ab" * 16}
    told = mara.post(path, replayed)
    assert told.status_code == 403
    assert "You have approved this record with a passkey already." in told.text
    assert "Here is nothing for you to confirm" in told.text
    assert confirmed(house, approval) == 1


def test_a_case_that_went_on_is_no_obstacle(house: House, approval: Receipt) -> None:
    """The record that is confirmed stays as it is, whatever was recorded since."""
    mara, e = house.at("room", "mara"), approval.records[0].e
    path, page = page_of(mara, approval)
    fact = {"person": "tom", "channel": "telephone", "outcome": "no-answer"}
    house.ledger.do("kim", "attempt-contact", approval.case, fact)
    assert mara.post(path, {**sent_back(page), **answered(MARAS, e)}).status_code == 303


def test_a_passkey_that_waits_is_shown_to_who_may_assent(house: House) -> None:
    """Tom finds mara's among what needs him, with the digest by which she can tell him whose it is;
    mara is not asked about her own.
    """
    house.ledger.do("mara", "enrol-passkey", OFFICE, MARAS.enrolled("mara"))
    tom, mara = house.at("room", "tom"), house.at("room", "mara")
    assert "Passkey enrolled, by mara" in tom.get("/").text
    assert f"Passkey enrolled: mara, {MARAS.passkey[:16]}" in tom.get("/office").text
    assert "I checked who this is, and agree" in tom.get("/office").text
    assert "Passkey enrolled" not in mara.get("/").text


def test_nobody_confirms_for_another_and_no_page_is_there_for_what_is_not(
    house: House, approval: Receipt
) -> None:
    """Tom is offered nothing that mara decided; a number of no record is nothing at all."""
    path, _ = page_of(house.at("room", "mara"), approval)
    number = path.rpartition("/")[2]
    tom = house.at("room", "tom")
    own = tom.go(approval.case)
    assert "Confirm with your passkey" not in tom.get(own).text
    assert "data-challenge" not in tom.get(f"{own}/confirm/{number}").text
    for other in ("99", "0", "x", "01"):
        assert tom.get(f"{own}/confirm/{other}").status_code == 404
