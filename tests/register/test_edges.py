"""The edges of the write path: what hardly ever happens is met with a sentence, not a crash."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from keys.keyring import create
from keys.secrets import StreamSecrets
from ledger.domain.codec import UnknownEvent, join
from ledger.domain.office_events import StreamClosed
from ledger.errors import AppendConflict, BadRequest, EvidenceCorrupt, NotFound, Unavailable
from ledger.evidence.grammar import to_base64
from ledger.evidence.schedule import Epoch
from ledger.register import records
from ledger.register.acts import Act
from ledger.register.custody import Custody
from ledger.register.lanes import anywhere, in_the_open, quota
from ledger.register.locks import exclusive
from ledger.register.seal import personal_digests, seal, unseal
from ledger.register.triage import Triage
from ledger.register.writing import Signing, VaultWriter, new_stream
from tests.register.ledgers import Ledger, check_sound
from tests.register.test_tampering import change
from tests.register.test_triage import CONTACT, SEALING, kept_sealed


@pytest.fixture
def custody(ledger: Ledger) -> Custody:
    """The custody of the ledger's keys."""
    return Custody(ledger.home)


# ---- what cannot be recorded ----


@pytest.mark.parametrize("words", ["half a pair: \ud83d", "\udc00"])
def test_half_a_character_is_refused_and_nothing_is_saved(ledger: Ledger, words: str) -> None:
    """A text that no format can hold is the caller's to mend."""
    with pytest.raises(BadRequest, match="half of a character"):
        ledger.visit("kim", fields={"words": words})
    assert ledger.home.inbox.streams() == ()


def test_fields_that_do_not_fit_are_named(ledger: Ledger) -> None:
    """A visit with a mode that nobody knows is refused with the field's name."""
    with pytest.raises(BadRequest, match="mode"):
        ledger.visit("kim", fields={"mode": "by pigeon"})


def test_a_stream_whose_people_were_erased_takes_no_record(ledger: Ledger) -> None:
    """Nothing new about a person can be salted with a secret that was destroyed."""
    erased = StreamSecrets(bytes(32), None)
    with pytest.raises(Unavailable, match="erased"):
        personal_digests(erased, new_stream(), 1, {"words": "x"})


# ---- keys ----


def test_an_audience_has_one_to_seven_people(ledger: Ledger, custody: Custody) -> None:
    """Nobody at all, and nine people, are refused; so is one who never brought sealing keys."""
    names = [f"person-{number}" for number in range(9)]
    rings = {name: create(name, b"", throw_away=True) for name in names}
    for name, ring in rings.items():
        ledger.home.keystore.put_public_keys(name, ring.public.dump())
    office = ledger.register.office().office
    enrolled = office.signing_keys(["mara"])["mara"]
    nine = {name: to_base64(ring.public.signing) for name, ring in rings.items()}
    for audience in ({}, nine):
        with pytest.raises(BadRequest):
            custody.sealed_wrap(new_stream(), StreamSecrets.generate(), audience, ledger.clock())
    with pytest.raises(BadRequest, match="no sealing key"):
        custody.public_keys("nobody", enrolled)


def test_a_wrap_of_an_erased_stream_does_not_arrive(ledger: Ledger, custody: Custody) -> None:
    """A fence that was raised while a wrap was on its way stands; the wrap is dropped."""
    reference = kept_sealed(ledger)
    head = ledger.look("mara", reference).head
    assert head is not None
    wrap = ledger.home.keystore.wrap(head.id)
    assert wrap is not None
    with ledger.home.keystore.database.writing() as cursor:
        cursor.execute("DELETE FROM wraps WHERE stream = ?", (head.id.hex(),))
        cursor.execute("INSERT INTO fences VALUES (?,'both',x'00')", (head.id.hex(),))
    with ledger.home.vault.database.writing() as cursor:
        row = (head.id.hex(), wrap.month, wrap.kind, wrap.wrap)
        cursor.execute("INSERT INTO wraps VALUES (?,?,?,?,1)", row)
    custody.settle(ledger.home.vault)
    assert ledger.home.vault.wraps() == ()
    assert ledger.home.keystore.wrap(head.id) is None


def test_a_newer_wrap_is_not_dropped_for_an_older_one(ledger: Ledger, custody: Custody) -> None:
    """What came while a wrap was being moved is still on its way afterwards."""
    secrets, stream = StreamSecrets.generate(), new_stream()
    old, new = (custody.open_wrap(stream, secrets, ledger.clock()) for _ in range(2))
    with ledger.home.open.database.writing() as cursor:
        cursor.execute(
            "INSERT INTO wraps VALUES (?,?,?,?,1)", (stream.hex(), new.month, new.kind, new.wrap)
        )
    ledger.home.open.settled(old)
    assert ledger.home.open.wraps(stream) == (new,)
    custody.settle(ledger.home.open)
    assert ledger.home.keystore.wrap(stream) == new


def test_what_was_opened_before_is_not_opened_from_memory_after_a_change(
    ledger: Ledger, custody: Custody
) -> None:
    """A long-running program that once opened a stream finds nothing once the audience changed."""
    secrets, stream = StreamSecrets.generate(), new_stream()
    keys = ledger.register.office().office.signing_keys(["mara", "tom"])
    mara, tom = ledger.people["mara"], ledger.people["tom"]
    custody.keep_sealed(stream, secrets, keys, ledger.clock())
    assert custody.secrets(stream, tom) == secrets
    elsewhere = Custody(ledger.home)
    elsewhere.keep_sealed(stream, secrets, {"mara": keys["mara"]}, ledger.clock())
    assert custody.secrets(stream, mara) == secrets
    with pytest.raises(NotFound):
        custody.secrets(stream, tom)
    custody.forget(stream)
    assert custody.secrets(stream, mara) == secrets


def test_keys_without_records_harm_nobody(ledger: Ledger, custody: Custody) -> None:
    """Keys that were kept for an act which then failed are passed over by every reader."""
    keys = ledger.register.office().office.signing_keys(["mara"])
    custody.keep_sealed(new_stream(), StreamSecrets.generate(), keys, ledger.clock())
    reference = ledger.visit()
    assert ledger.types("mara", reference) == ["intake-saved.v1"]
    with pytest.raises(NotFound):
        ledger.register.reader(ledger.people["mara"]).stream(new_stream())
    ledger.register.reader(ledger.people["mara"]).streams_shown()


# ---- records ----


def test_a_record_of_an_unknown_type_is_not_passed_over(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that does not know a type says so, instead of folding the case without it."""
    reference = ledger.visit()
    ledger.do("mara", "open", reference)

    def unknown(*_: object) -> None:
        raise UnknownEvent("case-opened.v9")

    monkeypatch.setattr(records, "join", unknown)
    with pytest.raises(EvidenceCorrupt, match="unknown here"):
        ledger.reopened().look("kim", reference)
    assert join("stream-closed.v1", {}, {}) == StreamClosed()


def test_a_record_that_names_another_place_is_found(ledger: Ledger) -> None:
    """A row that opens, and whose signed record says that it belongs elsewhere, is refused."""
    reference = ledger.visit()
    (intake,) = ledger.look("mara", reference).intakes
    opened = intake.unsealed[0]
    moved = replace(opened.record, origin="ledger.other.example")
    sealed = seal(moved, {}, intake.secrets, ledger.people["kim"])
    with pytest.raises(EvidenceCorrupt):
        unseal(ledger.home.origin, sealed.row, intake.secrets)


def test_a_case_stream_that_broke_off_takes_no_record(ledger: Ledger) -> None:
    """Between the closing and the opening of a sealed case only triage can go on."""
    reference = kept_sealed(ledger)
    file = ledger.look("mara", reference)
    assert file.head is not None
    writer, register = VaultWriter(ledger.home), ledger.register
    triage = Triage(ledger.home, register.custody, writer)
    signing = Signing(ledger.people["mara"], "custodian", None, register.office(), ledger.clock())
    places = triage._places([file.head], ledger.home.vault)
    writer.close(places, Act("open", {}, reference), signing)
    assert writer.close((), Act("open", {}, reference), signing) == ()
    with pytest.raises(AppendConflict):
        ledger.do("mara", "attempt-contact", reference, CONTACT)
    ledger.do("mara", "keep-sealed", reference, SEALING)
    ledger.do("mara", "attempt-contact", reference, CONTACT)
    check_sound(ledger)


# ---- lanes, locks, files ----


def test_a_record_that_no_lane_took_holds_nothing_back(ledger: Ledger) -> None:
    """Whatever names an unknown record waits for nothing; whether it may is not asked here. On the
    open side nobody can tell an unknown record from a sealed one, so there it waits for the tick.
    """
    assert anywhere(ledger.home)(new_stream(), 1) == 0
    assert in_the_open(ledger.home)(new_stream(), 1) is None


@pytest.mark.parametrize(
    ("sealed", "desk", "vault"), [(0, 0, 0), (1, 1, 0), (2, 1, 1), (64, 16, 48)]
)
def test_the_shares_of_the_sealed_lane_add_up(
    ledger: Ledger, sealed: int, desk: int, vault: int
) -> None:
    """However few slots the sealed lane has, desk and vault together never have more."""
    epoch = Epoch(0, ledger.clock(), 3_600, 5, sealed, 2)
    assert (quota("inbox", epoch), quota("vault", epoch)) == (desk, vault)
    assert quota("open", epoch) == 5


def test_a_lock_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    """Without the ledger's folder nobody works on it."""
    with (
        pytest.raises(Unavailable, match="folder"),
        exclusive(tmp_path / "no" / "x.lock", "looking"),
    ):
        pytest.fail("there is no lock to hold")


def test_a_damaged_place_is_named_as_such(ledger: Ledger) -> None:
    """A stream id or a label that is none is damage, not a defect of the program."""
    reference = ledger.visit()
    ledger.do("mara", "open", reference)
    ledger.home.close()
    for statement in (
        "UPDATE labels SET stream = 'zz'",
        "UPDATE stored_events SET originator_id = 'zz' WHERE rowid = 1",
    ):
        change(ledger.path / "open.db", statement)
    ledger = ledger.reopened()
    with pytest.raises(EvidenceCorrupt):
        ledger.home.open.labelled(reference)
    with pytest.raises(EvidenceCorrupt):
        ledger.home.open.page(0, 10)


def test_a_wrap_under_a_damaged_name_opens_for_nobody(ledger: Ledger) -> None:
    """It is reported as damaged, and everything else is read."""
    reference = ledger.visit()
    with ledger.home.keystore.database.writing() as cursor:
        cursor.execute("INSERT INTO wraps VALUES ('zz', '2026-06', 'sealed', ?, 1)", (bytes(64),))
    file = ledger.look("mara", reference)
    assert file.damaged == (b"zz",)


def test_a_stored_answer_that_was_altered_is_found(ledger: Ledger) -> None:
    """A repeated command is not answered with what somebody wrote into the store."""
    act = Act("intake", {"mode": "mail"})
    ledger.register.handle(ledger.people["kim"], act)
    ledger.home.close()
    raw = sqlite3.connect(ledger.path / "inbox.db")
    raw.execute("DROP TRIGGER commands_UPDATE")
    raw.execute("UPDATE commands SET answer = zeroblob(LENGTH(answer))")
    raw.commit()
    raw.close()
    ledger = ledger.reopened()
    with pytest.raises(EvidenceCorrupt, match="answer"):
        ledger.register.handle(ledger.people["kim"], act)
