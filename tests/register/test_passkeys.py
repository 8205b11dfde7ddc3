"""Approval by passkey at the register's door (T-41), with a real authenticator in software."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace

from keys.assertions import Answer, is_good
from ledger.errors import BadRequest, LedgerError, RequestRefused
from ledger.evidence.assertion import challenge_of, is_for
from ledger.register import judging
from ledger.register.acts import OFFICE, Receipt
from ledger.register.passkeys import is_confirmed
from tests.authenticator import ORIGIN, RP, Authenticator
from tests.register.approved import acting, approve, enrol, leaving
from tests.register.library import Library

MARAS = Authenticator("mara")
TOMS = Authenticator("tom", "EdDSA")


def decided(library: Library) -> tuple[str, str]:
    """Open a case, and give its reference and the digest of the decision to open it."""
    case = library.visit()
    return case, library.act("mara", "open", case).records[0].e


def test_t41_an_assertion_approves_one_record_once(library: Library, tmp_path: Path) -> None:
    """T-41: no other record, place, site or person, no unverified one, and never twice."""
    enrol(acting(library), MARAS, "mara", "tom")
    enrol(acting(library), TOMS, "tom", "mara")
    case, e = decided(library)
    _, other = decided(library)
    record = bytes.fromhex(e)
    bad = (
        MARAS.approved(bytes.fromhex(other), of=record),
        MARAS.approved(record, flags=0x01),
        MARAS.approved(record, origin="https://evil.example"),
        MARAS.approved(record, rp="evil.example"),
        {**TOMS.approved(record), "passkey": MARAS.passkey},
    )
    for fields in bad:
        with pytest.raises(BadRequest, match="did not approve"):
            library.act("mara", "approve-by-passkey", case, **fields)
    for fields in (
        Authenticator("stray").approved(record),
        TOMS.approved(record),
        MARAS.approved(bytes.fromhex(other)),
    ):
        with pytest.raises(RequestRefused):
            library.act("mara", "approve-by-passkey", case, **fields)
    good = MARAS.approved(record)
    library.act("mara", "approve-by-passkey", case, **good)
    library.act("tom", "approve-by-passkey", case, **TOMS.approved(record))
    with pytest.raises(RequestRefused):
        library.act("mara", "approve-by-passkey", case, **good)
    file = library.case("mara", case)
    assert file.case.passkey_approvals == ((e, "mara"), (e, "tom"))
    library.tick()
    assert library.verified(tmp_path).exit_code == 0


def test_t41_the_door_asks_two_readers_and_each_refuses_by_itself() -> None:
    """T-41: what one implementation overlooks, the other sees: record, person, place, site."""
    e, public = sha256(b"a record").digest(), MARAS.public[-65:]
    taken = []
    for challenge, bent in (
        (challenge_of(e), {}),
        (challenge_of(sha256(b"another").digest()), {}),
        (challenge_of(e), {"flags": 0x01}),
        (challenge_of(e), {"origin": "https://evil.example"}),
        (challenge_of(e), {"rp": "evil.example"}),
    ):
        made = MARAS.answer(challenge, **bent)
        parts = (made.authenticator_data, made.client_data)
        told = Answer(MARAS.credential, *parts, made.signature)
        theirs = is_good(told, challenge_of(e), public, rp=RP, origins=[ORIGIN])
        taken.append((theirs, is_for(e, RP, [ORIGIN], *parts)))
    assert taken == [(True, True), *[(False, False)] * 4]


def test_t41_what_was_recorded_is_checked_whenever_it_is_shown(library: Library) -> None:
    """What fits stays good when its passkey is revoked; in another's name, or for another record,
    it is no confirmation.
    """
    enrol(acting(library), MARAS, "mara", "tom")
    case, e = decided(library)
    library.act("mara", "approve-by-passkey", case, **MARAS.approved(bytes.fromhex(e)))
    library.act("mara", "revoke-passkey", OFFICE, passkey=MARAS.passkey)
    office, records = library.register.office().office, library.case("mara", case).case.records
    said = records[-1]
    assert is_confirmed(office, said)
    assert not is_confirmed(office, replace(said, recorded_by="tom"))
    assert not is_confirmed(office, replace(said, event=replace(said.event, of="ab" * 32)))
    assert not is_confirmed(office, replace(said, event=replace(said.event, signature="AA==")))
    assert not is_confirmed(office, records[0])


def test_t39_a_service_that_lets_out_what_nobody_confirmed_is_found_offline(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-39: what was confirmed leaves and replays; where a dishonest program asked nobody, whoever
    replays the decisions sees it.
    """
    do = acting(library)
    enrol(do, MARAS, "mara", "tom")
    cases = [library.visit() for _ in range(2)]
    for case in cases:
        library.act("mara", "open", case)
    good, bad = (approve(do, case) for case in cases)
    library.act("mara", "approve-by-passkey", good.case, **approved_with(MARAS, good))
    do("mara", "disclose", good.case, leaving(good))
    assert library.verified(tmp_path).exit_code == 0
    with pytest.raises(RequestRefused):
        do("mara", "disclose", bad.case, leaving(bad))
    with monkeypatch.context() as dishonest:
        dishonest.setattr(judging, "against", lambda *_: ())
        do("mara", "disclose", bad.case, leaving(bad))
    report = library.verified(tmp_path, by="kim")
    assert {one.code for one in report.faults} == {"V15.not-allowed"}, report.text()


def approved_with(key: Authenticator, decision: Receipt) -> dict[str, object]:
    """The fields of a confirmation of what was decided."""
    return {**key.approved(bytes.fromhex(decision.records[0].e))}


def test_t41_a_revoked_passkey_approves_nothing(library: Library) -> None:
    """T-41: a passkey is in force from a second person's assent until it is revoked."""
    case, e = decided(library)
    made = library.act("mara", "enrol-passkey", OFFICE, **MARAS.enrolled("mara"))
    approval = MARAS.approved(bytes.fromhex(e))
    with pytest.raises(RequestRefused):
        library.act("mara", "approve-by-passkey", case, **approval)
    library.act("tom", "assent", OFFICE, of=made.records[0].e)
    library.act("mara", "revoke-passkey", OFFICE, passkey=MARAS.passkey)
    with pytest.raises(RequestRefused):
        library.act("mara", "approve-by-passkey", case, **approval)


def test_a_passkey_is_enrolled_by_its_person_once(library: Library) -> None:
    """Nobody enrols one for another person, twice, or with a key that no verifier can read."""
    for fields in (
        TOMS.enrolled("tom"),
        MARAS.enrolled("mara", origins=["https://z.example", "https://a.example"]),
        MARAS.enrolled("mara", origins=["https://evil.example"]),
        MARAS.enrolled("mara", algorithm="EdDSA"),
    ):
        with pytest.raises(LedgerError):
            library.act("mara", "enrol-passkey", OFFICE, **fields)
    enrol(acting(library), MARAS, "mara", "tom")
    with pytest.raises(RequestRefused):
        library.act("mara", "enrol-passkey", OFFICE, **MARAS.enrolled("mara"))
