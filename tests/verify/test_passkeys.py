"""V9: an approval by passkey is proven by its assertion, offline, or it is said that it is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ledger.evidence.jcs import Json
from tests.authenticator import Authenticator
from tests.drafts import Draft, act, assent
from tests.forge import Forge
from tests.verify.acts import LAW_1
from tests.verify.cases import Bend, Case, add, at_head, both, case, check, drop

ADAS = Authenticator("ada")
BENS = Authenticator("ben", "EdDSA")
STRAY = Authenticator("stray")


def enrolling(key: Authenticator = ADAS, by: str = "ada", name: str = "passkey") -> Draft:
    """Draft the enrolment of a passkey by its person."""
    role = {"ada": "director", "ben": "counsel"}[by]
    return Draft(name, "office", "passkey-enrolled.v1", 5, by, role, key.enrolled(by))


def approval(
    key: Authenticator = ADAS, by: str = "ada", of: str = "decided", **bent: object
) -> Draft:
    """Draft the approval of a record by a passkey; `signed` names the record really signed."""
    signed = str(bent.pop("signed", of))

    def event(forge: Forge) -> Json:
        return key.approved(forge.made[signed].e, of=forge.made[of].e, **bent)

    role = {"ada": "director", "ben": "counsel"}[by]
    return Draft(f"approved-{by}", "case", "passkey-approved.v1", 6, by, role, event)


ENROLLED = (enrolling(), assent("assent-passkey", "passkey", 5))
REVOKED = Draft("revoke", "office", "passkey-revoked.v1", 5, "ada", "director",
                {"passkey": ADAS.passkey})  # fmt: skip


def approved(*before: Draft, **bent: object) -> Bend:
    """Let a decision be approved by passkey, after these acts of the office."""
    return both(drop("closed"), add(*(before or ENROLLED), approval(**bent)))  # type: ignore[arg-type] # any part may be bent


def late_approval(forge: Forge) -> None:
    """Approve, long after the passkey was revoked, under an office head from before."""
    forge.drop("closed", "assent-request")
    place = forge.drafts.index(forge.draft("intake"))
    two = (*ENROLLED, REVOKED)
    forge.drafts[place:place] = [replace(one, tick=2) for one in two]
    last = approval()
    last.change = lambda record: replace(at_head(forge, "assent-passkey")(record), law=LAW_1)
    last.stream, last.tick = "other", 6
    forge.add(last)


PASSKEYS = [
    case("approved-by-passkey", "A person's own passkey approved what is named.", "", approved()),
    case(
        "approved-by-ed25519", "The other algorithm of passkeys is as good.", "",
        approved(enrolling(BENS, "ben"), assent("assent-passkey", "passkey", 5, by="ada"),
                 key=BENS, by="ben"),
    ),
    case(
        "approved-with-more", "A browser may add members, an authenticator extensions.", "",
        approved(more=b',"hint":1', extensions=b"\xa0", flags=0x9D),
    ),
    case(
        "approval-of-another-record", "The passkey was asked to approve another record.",
        "V9.assertion-refused", approved(signed="request"),
    ),
    case(
        "approval-unverified", "The authenticator did not verify who held it.",
        "V9.assertion-refused", approved(flags=0x01),
    ),
    case(
        "approval-not-present", "Nobody touched the authenticator.",
        "V9.assertion-refused", approved(flags=0x04),
    ),
    case(
        "approval-from-elsewhere", "The browser was at an address that was not enrolled.",
        "V9.assertion-refused", approved(origin="https://ledger.lonecone.example.evil.example"),
    ),
    case(
        "approval-for-another-rp", "The authenticator answered for another site.",
        "V9.assertion-refused", approved(rp="evil.example"),
    ),
    case(
        "approval-in-a-frame", "The page stood in a frame of a foreign one.",
        "V9.assertion-refused", approved(crossed=True),
    ),
    case(
        "approval-at-enrolment", "What was signed is an enrolment, no approval.",
        "V9.assertion-refused", approved(kind="webauthn.create"),
    ),
    case(
        "approval-of-a-copy", "A passkey that cannot be copied says that it was.",
        "V9.assertion-refused", approved(flags=0x15),
    ),
    case(
        "approval-with-a-tail", "Bytes follow where no extension is announced.",
        "V9.assertion-refused", approved(extensions=b"\xa0"),
    ),
    case(
        "approval-with-a-key", "An assertion carries no key.",
        "V9.assertion-refused", approved(flags=0x45),
    ),
    case(
        "passkey-forged", "Another authenticator signed.", "V9.assertion-refused",
        both(approved(), lambda forge: _signed_by(forge, STRAY)),
    ),
    case(
        "passkey-forged-ed25519", "Another authenticator signed.", "V9.assertion-refused",
        both(
            approved(enrolling(BENS, "ben"), assent("assent-passkey", "passkey", 5, by="ada"),
                     key=BENS, by="ben"),
            lambda forge: _signed_by(forge, STRAY, "approved-ben"),
        ),
    ),
    case(
        "passkey-unknown", "Nobody enrolled this passkey.", "V9.passkey-unknown",
        approved(key=STRAY),
    ),
    case(
        "passkey-without-assent", "A passkey too needs a second person.", "V9.passkey-unknown",
        approved(enrolling()),
    ),
    case(
        "passkey-of-another", "Ben cannot approve with Ada's passkey.", "V9.passkey-unknown",
        approved(by="ben"),
    ),
    case(
        "passkey-revoked", "A passkey approves nothing after its revocation.",
        "V9.passkey-unknown", approved(*ENROLLED, replace(REVOKED)),
    ),
    case(
        "passkey-revoked-under-old-head", "Nor long afterwards under an older head.",
        "V9.superseded V9.too-late", late_approval, scope="ledger",
    ),
    case(
        "passkey-enrolled-twice", "A passkey is enrolled once.", "V9.passkey-enrolled-twice",
        add(*ENROLLED, enrolling(name="again")),
    ),
    case(
        "passkey-by-another", "Nobody enrols a passkey for somebody else.", "V9.may-not",
        add(act("passkey", "passkey-enrolled", 5, BENS.enrolled("ben"))),
    ),
    case(
        "passkey-in-a-matter", "Passkeys are enrolled in the office.", "V9.misplaced",
        both(drop("closed"), add(replace(enrolling(), stream="case", tick=6))),
    ),
    case(
        "own-passkey-revoked", "Whoever holds a passkey may revoke it.", "",
        add(
            enrolling(BENS, "ben"), assent("assent-passkey", "passkey", 5, by="ada"),
            Draft("revoke", "office", "passkey-revoked.v1", 5, "ben", "counsel",
                  {"passkey": BENS.passkey}),
        ),
    ),
    case(
        "passkey-revoked-by-staff", "Not everybody may revoke a passkey.", "V9.may-not",
        add(*ENROLLED, Draft("revoke", "office", "passkey-revoked.v1", 5, "cleo", "staff",
                             {"passkey": ADAS.passkey})),
    ),
    case(
        "no-passkey-revoked", "What was never enrolled is nobody's own.", "V9.may-not",
        add(Draft("revoke", "office", "passkey-revoked.v1", 5, "cleo", "staff",
                  {"passkey": ADAS.passkey})),
    ),
]  # fmt: skip


def _signed_by(forge: Forge, other: Authenticator, name: str = "approved-ada") -> None:
    """Put another authenticator's assertion in place of the enrolled one's."""
    draft = forge.draft(name)
    made = draft.event

    def event(forge: Forge) -> Json:
        assert callable(made)
        told = made(forge)
        assert isinstance(told, dict)
        theirs = other.approved(forge.made["decided"].e)
        return {**theirs, "passkey": told["passkey"]}

    draft.event = event


@pytest.mark.parametrize("one", PASSKEYS, ids=lambda one: one.name)
def test_t41_an_approval_by_passkey_is_proven_offline(one: Case, tmp_path: Path) -> None:
    """Only an assertion of the signer's own passkey, over this record's challenge, passes."""
    check(one, tmp_path)


def test_a_report_says_how_many_confirmations_hold_and_what_they_prove(tmp_path: Path) -> None:
    """Counsel reads the count, how many are the signer's own answer, and where the proof ends; of
    what a ledger does not have, nothing is said.
    """
    by_name = {one.name: one for one in PASSKEYS}
    good = by_name["approved-by-passkey"].report(tmp_path / "good")
    words = " ".join(good.text().split())
    assert "Confirmations with a passkey: 1. Answered by the signer's own passkey, for" in words
    assert "that very record: 1." in words
    assert "not what the holder was shown." in words
    assert '"passkey_approvals": 1' in good.json()
    bad = by_name["approval-unverified"].report(tmp_path / "bad").text()
    assert "for that very record: 0." in bad
    assert "passkey" not in by_name["passkey-by-another"].report(tmp_path / "none").text()
