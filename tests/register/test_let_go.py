"""Removal and recusal: what a person kept opens nothing of what follows, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from keys.secrets import StreamSecrets
from ledger.domain.events import AudienceMemberRemoved, RecusalRecorded
from ledger.errors import BadRequest, EvidenceCorrupt, LedgerError, NotFound, RequestRefused
from ledger.export import export_ledger
from ledger.register.access import Access
from ledger.register.acts import OFFICE
from ledger.register.seal import unseal
from ledger.verify import verify
from tests.register.ledgers import Ledger, check_offline, check_sound
from tests.register.test_triage import CONTACT, SEALING, kept_sealed, refusals

NOTICE = {"ground": "needed-to-comply", "duty_notice_at": "2026-06-19T20:00:00Z"}
NOT_NEEDED = {"reason": "not-needed-any-more"}


def told(ledger: Ledger, *people: str) -> str:
    """A sealed matter of which these people were told."""
    reference = kept_sealed(ledger)
    for person in people:
        ledger.do("mara", "add-audience-member", reference, {"person": person, **NOTICE})
    return reference


def remembered(ledger: Ledger, person: str, reference: str) -> dict[bytes, StreamSecrets]:
    """The secrets of every stream of a matter, as this person can note them down."""
    return {one.id: one.secrets for one in ledger.look(person, reference).streams}


# ---- removal ----


def test_who_is_removed_finds_nothing_and_the_others_go_on(ledger: Ledger, tmp_path: Path) -> None:
    """Kim's next look answers as for a matter that never was; Pat and Mara read on."""
    reference = told(ledger, "kim", "pat")
    before = ledger.types("kim", reference)
    ledger.do("mara", "remove-audience-member", reference, {"person": "kim", **NOT_NEEDED})
    with pytest.raises(NotFound):
        ledger.look("kim", reference)
    with pytest.raises(NotFound):
        ledger.do("kim", "attempt-contact", reference, CONTACT, vault=True)
    ledger.do("pat", "attempt-contact", reference, CONTACT, vault=True)
    assert ledger.types("mara", reference)[len(before) :] == [
        "stream-closed.v1",
        "audience-member-removed.v1",
        "contact-attempted.v1",
    ]
    assert ledger.types("pat", reference) == ledger.types("mara", reference)
    ledger = check_sound(ledger)
    check_offline(ledger, tmp_path / "pack")


def test_the_removal_is_the_first_record_of_what_follows(ledger: Ledger) -> None:
    """It is recorded where who was removed cannot read it, and names the matter."""
    reference = told(ledger, "kim")
    old = ledger.look("mara", reference).streams
    done = ledger.do("mara", "remove-audience-member", reference, {"person": "kim", **NOT_NEEDED})
    assert [one.type for one in done.records] == ["audience-member-removed.v1"]
    file = ledger.look("mara", reference)
    assert file.head is not None
    assert [one.id for one in file.streams] == [*(one.id for one in old), file.head.id]
    first = file.head.records[0].event
    assert isinstance(first, AudienceMemberRemoved)
    assert (first.person, first.reference) == ("kim", reference)
    assert file.case.audience == ()


def test_old_keys_and_remembered_secrets_open_nothing_that_follows(
    template: Ledger, tmp_path: Path
) -> None:
    """Kim has her keyring, a copy of the keystore of then, and every stream's secrets noted down:
    she reads what she could read, and not one record more.
    """
    ledger = template.copied(tmp_path / "home")
    reference = told(ledger, "kim", "pat")
    noted = remembered(ledger, "kim", reference)
    known = ledger.types("kim", reference)
    ledger.home.close()
    shutil.copy(ledger.path / "keystore.db", tmp_path / "keystore.db")
    ledger = ledger.reopened()
    ledger.do("mara", "remove-audience-member", reference, {"person": "kim", **NOT_NEEDED})
    for _ in range(3):
        ledger.do("mara", "attempt-contact", reference, CONTACT)
    head = ledger.look("mara", reference).head
    assert head is not None
    assert head.id not in noted
    for secrets in noted.values():
        for row in ledger.home.vault.rows(head.id):
            with pytest.raises(EvidenceCorrupt):
                unseal(ledger.home.origin, row, secrets)
    ledger.home.close()
    thief = ledger.copied(tmp_path / "thief")
    thief.home.close()
    shutil.copy(tmp_path / "keystore.db", thief.path / "keystore.db")
    thief = thief.reopened()
    with pytest.raises(LedgerError):
        thief.look("kim", reference)
    reader = thief.register.reader(thief.people["kim"], vault=True)
    read = [r.type for one in noted for r in reader.stream(one).records]
    assert sorted(read) == sorted([*known, "stream-closed.v1"])
    with pytest.raises(NotFound):
        reader.stream(head.id)
    thief.home.close()


def test_a_person_told_of_one_matter_opens_no_other_by_a_removal(ledger: Ledger) -> None:
    """Kim leaves the first matter and stays in the second; of a third she never hears."""
    first, second, third = told(ledger, "kim"), told(ledger, "kim"), told(ledger, "pat")
    ledger.do("mara", "remove-audience-member", first, {"person": "kim", **NOT_NEEDED})
    assert ledger.types("kim", second)
    for reference in (first, third):
        with pytest.raises(NotFound):
            ledger.look("kim", reference)


def test_who_was_removed_can_be_told_again(ledger: Ledger) -> None:
    """A new duty notice lets Kim in again, to what was written in between too."""
    reference = told(ledger, "kim")
    ledger.do("mara", "remove-audience-member", reference, {"person": "kim", **NOT_NEEDED})
    ledger.do("mara", "add-audience-member", reference, {"person": "kim", **NOTICE})
    assert ledger.types("kim", reference) == ledger.types("mara", reference)
    check_sound(ledger)


def test_wrapping_anew_does_not_bring_back_who_left(ledger: Ledger) -> None:
    """When keys are renewed the audience is worked out again: Kim and Tom stay outside."""
    reference = told(ledger, "kim", "tom", "pat")
    ledger.do("mara", "remove-audience-member", reference, {"person": "kim", **NOT_NEEDED})
    for person in ("mara", "pat"):
        relative = {"person": "tom", "reason": "relative"}
        ledger.do(person, "record-recusal", reference, relative, vault=True)
    Access(ledger.home, ledger.register, ledger.clock).rewrap(ledger.people["mara"])
    for person in ("kim", "tom"):
        with pytest.raises(NotFound):
            ledger.look(person, reference)
    assert ledger.types("pat", reference) == ledger.types("mara", reference)


def test_a_later_visit_joins_the_matter_without_who_left(ledger: Ledger) -> None:
    """A second visit about the matter is kept sealed for those who are left, no more."""
    reference = told(ledger, "kim", "pat")
    ledger.do("mara", "remove-audience-member", reference, {"person": "kim", **NOT_NEEDED})
    ledger.visit("kim", reference)
    ledger.do("mara", "keep-sealed", reference, SEALING)
    with pytest.raises(NotFound):
        ledger.look("kim", reference)
    assert ledger.types("pat", reference).count("intake-saved.v1") == 2
    check_sound(ledger)


def test_an_act_repeated_after_the_removal_is_not_answered(ledger: Ledger) -> None:
    """Kim repeats what she did while she was told; she is answered as for no such case."""
    reference = told(ledger, "kim")
    again = b"k" * 16
    ledger.do("kim", "attempt-contact", reference, CONTACT, vault=True, command_id=again)
    ledger.do("mara", "remove-audience-member", reference, {"person": "kim", **NOT_NEEDED})
    with pytest.raises(NotFound):
        ledger.do("kim", "attempt-contact", reference, CONTACT, vault=True, command_id=again)


# ---- recusal ----


def test_who_sealed_a_matter_can_be_recused(ledger: Ledger) -> None:
    """Olga sealed it in Mara's absence. By Mara's word she decides nothing more; once counsel says
    so too she sees nothing of it.
    """
    window = {"from": "2026-06-19T00:00:00Z", "until": "2026-07-01T00:00:00Z"}
    ledger.do("mara", "record-absence", OFFICE, {"person": "mara", **window})
    reference = kept_sealed(ledger, "olga")
    ledger.do("mara", "record-recusal", reference, {"person": "olga", "reason": "relative"})
    assert ledger.types("olga", reference)[-1] == "recusal-recorded.v1"
    ledger.do("tom", "record-recusal", reference, {"person": "olga", "reason": "relative"})
    with pytest.raises(NotFound):
        ledger.look("olga", reference)
    with pytest.raises(NotFound):
        ledger.do("olga", "keep-sealed", reference, SEALING)
    assert ledger.types("mara", reference)[-1] == "recusal-recorded.v1"
    with pytest.raises(RequestRefused) as refused:
        ledger.do("mara", "add-audience-member", reference, {"person": "olga", **NOTICE})
    assert refusals(refused) == ["has_a_part_v1"]
    check_sound(ledger)


@pytest.mark.parametrize("by", ["mara", "tom"])
def test_the_custodian_can_be_recused(ledger: Ledger, by: str, tmp_path: Path) -> None:
    """By herself or by counsel; counsel goes on, and she is told nothing of what follows."""
    reference = told(ledger, "tom", "pat")
    asked = ledger.do("mara", "request-counsel-review", reference, {"counsel": "tom"})
    advice = {"request": asked.records[0].ref, "advice": "Comply."}
    ledger.do("tom", "give-advice", reference, advice)
    assert ledger.look("mara", reference).advice
    again = b"r" * 16
    fields = {"person": "mara", "reason": "subject"}
    done = ledger.do(by, "record-recusal", reference, fields, command_id=again)
    with pytest.raises(NotFound):
        ledger.look("mara", reference)
    assert ledger.do(by, "record-recusal", reference, fields, command_id=again) == done
    ledger.do("tom", "attempt-contact", reference, CONTACT)
    ledger.do("tom", "give-advice", reference, advice)
    assert ledger.types("pat", reference)[-2:] == ["recusal-recorded.v1", "contact-attempted.v1"]
    mine = ledger.register.reader(ledger.people["mara"], vault=True).streams_shown()
    sealed = [one for one in mine if one.store.name == "vault"]
    assert sealed == []
    check_sound(ledger)


def test_a_colleagues_word_shuts_nobody_out(ledger: Ledger) -> None:
    """Pat, who is on the roster, says that Mara has a part in it: she does not decide any more, and
    is not locked out by it; by her own word she is.
    """
    reference = told(ledger, "pat", "tom")
    ledger.do(
        "pat", "record-recusal", reference, {"person": "mara", "reason": "interest"}, vault=True
    )
    assert ledger.types("mara", reference)[-1] == "recusal-recorded.v1"
    with pytest.raises(RequestRefused) as refused:
        ledger.do("mara", "close", reference, {"outcome": "withdrawn"})
    assert "has_part_in_matter_v1" in refusals(refused)
    ledger.do("mara", "record-recusal", reference, {"person": "mara", "reason": "interest"})
    with pytest.raises(NotFound):
        ledger.look("mara", reference)


def test_two_words_end_what_somebody_sees_if_one_of_them_may_decide(ledger: Ledger) -> None:
    """Two colleagues lock nobody out, and who says it twice is one; counsel alone does, and whoever
    decides does when another said it too.
    """
    first, second = told(ledger, "pat", "kim"), told(ledger, "pat", "kim")
    says = {"person": "mara", "reason": "interest"}
    for person in ("pat", "kim", "pat"):
        ledger.do(person, "record-recusal", first, says, vault=True)
    assert ledger.types("mara", first).count("recusal-recorded.v1") == 3
    ledger.do("tom", "record-recusal", first, says)
    says = {"person": "kim", "reason": "interest"}
    for _ in range(2):
        ledger.do("mara", "record-recusal", second, says)
    assert ledger.types("kim", second).count("recusal-recorded.v1") == 2
    ledger.do("pat", "record-recusal", second, says, vault=True)
    for person, reference in (("mara", first), ("kim", second)):
        with pytest.raises(NotFound):
            ledger.look(person, reference)
    check_sound(ledger)


def test_a_matter_keeps_a_reader(ledger: Ledger) -> None:
    """Counsel left, and only Mara opens it: nobody recuses the last reader, nothing is written."""
    reference = kept_sealed(ledger)
    ledger.do("mara", "remove-audience-member", reference, {"person": "tom", "reason": "other"})
    with pytest.raises(NotFound):
        ledger.look("tom", reference)
    before = ledger.types("mara", reference)
    with pytest.raises(BadRequest, match="Nobody would be left"):
        ledger.do("mara", "record-recusal", reference, {"person": "mara", "reason": "subject"})
    assert ledger.types("mara", reference) == before
    ledger.do("mara", "add-audience-member", reference, {"person": "tom", **NOTICE})
    ledger.do("mara", "record-recusal", reference, {"person": "mara", "reason": "subject"})
    assert ledger.types("tom", reference)[-1] == "recusal-recorded.v1"


def test_a_recusal_of_somebody_outside_is_a_record_like_any_other(ledger: Ledger) -> None:
    """Kim was never told; in an open case too the record stands where the others stand."""
    sealed = kept_sealed(ledger)
    opened = ledger.visit()
    ledger.do("mara", "open", opened)
    for reference in (sealed, opened):
        streams = len(ledger.look("mara", reference).streams)
        ledger.do("mara", "record-recusal", reference, {"person": "kim", "reason": "other"})
        file = ledger.look("mara", reference)
        assert len(file.streams) == streams
        assert isinstance(file.case.records[-1].event, RecusalRecorded)
    assert ledger.types("kim", opened)


# ---- both, and the verifier ----


def story(ledger: Ledger) -> str:
    """A case is sealed late, and goes on without two people."""
    reference = ledger.visit("kim")
    ledger.do("mara", "open", reference)
    ledger.do("kim", "attempt-contact", reference, CONTACT)
    ledger.tick(days=1)
    ledger.do("mara", "keep-sealed", reference, SEALING)
    for one in ("tom", "pat", "olga"):
        ledger.do("mara", "add-audience-member", reference, {"person": one, **NOTICE})
    ledger.do("mara", "remove-audience-member", reference, {"person": "pat", **NOT_NEEDED})
    ledger.do("tom", "record-recusal", reference, {"person": "olga", "reason": "interest"})
    ledger.do("tom", "attempt-contact", reference, CONTACT)
    return reference


def test_who_is_cleared_verifies_all_of_it(ledger: Ledger, tmp_path: Path) -> None:
    """Every leaf is accounted for, and every decision is judged again."""
    story(ledger)
    check_offline(ledger, tmp_path / "pack")


def test_who_is_not_cleared_verifies_the_office_and_sees_no_more(
    ledger: Ledger, tmp_path: Path
) -> None:
    """What Kim once read is shown to nobody now, and no check stumbles over it."""
    story(ledger)
    ledger.tick(days=5)
    reader = ledger.register.reader(ledger.people["kim"])
    shown = export_ledger(ledger.home, tmp_path / "pack", reveal=True)
    assert shown == len(reader.office_stream().records)
    trust = (ledger.path / "trust.json").read_bytes()
    assert verify(tmp_path / "pack", trust, replay=True).faults == ()
