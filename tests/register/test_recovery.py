"""Who opens sealed matters when keys or people change: recovery, wrapping anew, revoked keys.

The recovery identity stands here as a ceremony gives it; capsules are tried in tests/keys.
"""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from keys.aead import label
from keys.errors import NotInAudience
from keys.keyring import Keyring, create
from keys.recovery import RecoveryIdentity
from keys.secrets import open_slots
from ledger.domain.office import RECOVERY
from ledger.domain.office_events import AccessRecovered
from ledger.domain.vault_events import GlassBroken, SealedLooked
from ledger.errors import BadRequest, EvidenceCorrupt, NotFound, NotPermitted, RequestRefused
from ledger.founding import Founding, Recovery, found
from ledger.home import Home
from ledger.register.access import DAMAGED, NO_PLACE, Access
from ledger.register.acts import OFFICE, Act
from ledger.register.custody import Custody
from ledger.register.erasure import VAULT_OFFICE
from ledger.register.handle import Register
from ledger.register.looked import looks_of
from ledger.sequencer.covers import COVER_CONTEXT
from tests.register.library import START, TERMS, Library
from tests.register.test_sealed_matters import SEALING

SEED = bytes(range(32))


@pytest.fixture
def identity() -> RecoveryIdentity:
    """The identity that k holders brought together."""
    return RecoveryIdentity(SEED)


@pytest.fixture
def kept(tmp_path: Path, identity: RecoveryIdentity) -> Iterator[Library]:
    """A library with a recovery identity."""
    library = recoverable(tmp_path / "home", identity)
    yield library
    library.home.close()


def recoverable(path: Path, identity: RecoveryIdentity) -> Library:
    """Found a library with a recovery identity; vera and dora are directors too."""
    rings = {name: create(name, b"", throw_away=True) for name in ("mara", "tom")}
    founders = ((rings["mara"], "director"), (rings["tom"], "counsel"))
    place = ("ledger.fern.example", "America/Denver", "us-co/lcld")
    founding = Founding(*place, founders, TERMS, Recovery(identity.public, 3, 2))
    library = Library(found(path, founding, START), dict(rings))
    library.enrol("kim", "staff")
    library.enrol("ines", "staff", "designee")
    library.enrol("vera", "director")
    library.enrol("dora", "director")
    return library


def access(library: Library) -> Access:
    """The office's hands on what is sealed."""
    return Access(library.home, library.register, lambda: library.now)


def agree(library: Library, person: str, by: str = "vera", and_by: str = "kim") -> str:
    """Two people agree on a recovery for somebody; gives the proposal's digest."""
    proposed = library.act(by, "propose-recovery", OFFICE, person=person).records[0].e
    library.act(and_by, "assent", OFFICE, of=proposed)
    return proposed


def seal(library: Library, **visit: object) -> str:
    """A visit that mara keeps sealed, or ines where it is kept from mara."""
    reference = library.visit("kim", **visit)
    library.act("mara", "keep-sealed", reference, **SEALING)
    return reference


def lose_keys(library: Library, name: str) -> Keyring:
    """Give somebody a new key, which dora enrols and tom assents to; gives the lost one."""
    lost, ring = library.people[name], create(name, b"", throw_away=True)
    library.home.keystore.put_public_keys(name, ring.public.dump())
    key = base64.b64encode(ring.public.signing).decode()
    done = library.act("dora", "enrol-key", OFFICE, person=name, key=key)
    library.act("tom", "assent", OFFICE, of=done.records[0].e)
    library.act("dora", "revoke-key", OFFICE, key=lost.key_id.hex())
    library.people[name] = ring
    return lost


def readers_of(library: Library, reference: str) -> set[str]:
    """Everybody whose keyring opens the matter."""
    found = set()
    for name in library.people:
        try:
            library.case(name, reference, vault=True)
        except (NotFound, NotPermitted):
            continue
        found.add(name)
    return found


# --- The permanent slot -------------------------------------------------------------------------


def test_recovery_is_a_reader_of_all_that_is_sealed(
    kept: Library, identity: RecoveryIdentity
) -> None:
    """A waiting visit, a matter with its streams, advice, and a cover seed: each opens to it."""
    waiting, reference = kept.visit("kim"), seal(kept)
    asked = kept.ref("mara", "request-counsel-review", reference, counsel="tom")
    kept.act("tom", "give-advice", reference, request=asked, advice="Wait.")
    everything = {
        stream for store in (kept.home.vault, kept.home.inbox) for stream in store.streams()
    }
    custody = Custody(kept.home)
    stores = (kept.home.open, kept.home.vault, kept.home.inbox)
    assert set(custody.openable(identity, stores).streams) == everything
    assert len(everything) == 4
    assert waiting != reference
    kept.tick(hours=2)
    slots = kept.home.logbook.seeds(1)
    assert slots is not None
    assert len(open_slots(slots, identity, COVER_CONTEXT + (1).to_bytes(8, "big"))) == 32


def test_the_identity_opens_no_month_key_and_no_open_stream(
    kept: Library, identity: RecoveryIdentity
) -> None:
    """It is one slot in a wrap under the month's key: when that is destroyed, it opens nothing."""
    reference = seal(kept)
    (stream, *_) = Custody(kept.home).openable(identity, (kept.home.vault,)).streams
    wrap = kept.home.keystore.wrap(stream)
    assert wrap is not None
    context = kept.home.origin.encode() + b"\0" + stream
    with pytest.raises(Exception, match=r"eight slots|not sealed"):
        open_slots(wrap.wrap, identity, context)
    with pytest.raises(Exception, match=r"eight slots|not sealed"):
        open_slots(wrap.wrap, identity, label("wrap-sealed") + context)
    month = kept.home.keystore.month_key(wrap.month)
    assert month is not None
    with pytest.raises(NotInAudience):
        identity.open_slot(month, b"month-key\0" + wrap.month.encode())
    assert kept.case("mara", reference).sealed


def test_an_exchanged_recovery_key_stops_sealing(kept: Library, identity: RecoveryIdentity) -> None:
    """Another key under the name in the keystore reads nothing: nothing is sealed to it."""
    reference = seal(kept)
    thief = RecoveryIdentity.draw()
    kept.home.keystore.put_public_keys(RECOVERY, thief.public.dump())
    kept.home.keystore.put_public_keys(RECOVERY, b"something else")
    later = seal(kept)
    custody = Custody(kept.home)
    assert not custody.openable(thief, (kept.home.vault,)).streams
    assert len(custody.openable(identity, (kept.home.vault,)).streams) == 4
    announced = kept.register.office().office.recovery
    assert announced is not None
    with pytest.raises(EvidenceCorrupt):
        custody.recovery_key("ab" * 32)
    with pytest.raises(NotPermitted, match="another ledger"):
        access(kept).check_identity(thief)
    assert {reference, later} <= set(kept.reader("mara").sealed_references())


# --- Recovery in earnest ------------------------------------------------------------------------


def test_a_recovery_takes_two_people_and_the_identity(
    kept: Library, identity: RecoveryIdentity
) -> None:
    """Without agreement, with one person's word, or with another identity: nothing happens."""
    reference = seal(kept)
    vera = kept.people["vera"]
    with pytest.raises(NotPermitted, match="agreed on"):
        access(kept).recover(vera, identity)
    proposed = kept.act("vera", "propose-recovery", OFFICE, person="vera").records[0].e
    with pytest.raises(RequestRefused):
        kept.act("vera", "assent", OFFICE, of=proposed)
    with pytest.raises(NotPermitted, match="agreed on"):
        access(kept).recover(vera, identity)
    kept.act("kim", "assent", OFFICE, of=proposed)
    with pytest.raises(NotPermitted, match="another ledger"):
        access(kept).recover(vera, RecoveryIdentity.draw())
    with pytest.raises(NotPermitted):
        access(kept).recover(kept.people["tom"], identity)
    assert readers_of(kept, reference) == {"mara", "tom"}
    assert access(kept).recover(vera, identity) == ()
    assert readers_of(kept, reference) == {"mara", "tom", "vera"}


def test_a_recovery_stands_in_each_matter_and_names_none_in_the_office(
    kept: Library, identity: RecoveryIdentity
) -> None:
    """Everybody of a matter sees who was let in; the office says that it was used, once."""
    reference, waiting = seal(kept), kept.visit("kim")
    proposal = agree(kept, "vera")
    access(kept).recover(kept.people["vera"], identity)
    for name, one in (("mara", reference), ("mara", waiting), ("vera", waiting)):
        last = kept.case(name, one).whole.records[-1]
        assert (last.type, last.recorded_by) == ("access-recovered.v1", "vera")
        assert getattr(last.event, "proposal", None) == proposal
    office = [one.type for one in kept.reader(None).office_stream().records]
    assert office[-3:] == ["recovery-proposed.v1", "assented.v1", "recovery-used.v1"]
    with pytest.raises(NotPermitted, match="agreed on"):
        access(kept).recover(kept.people["vera"], identity)


def test_whom_recovery_let_in_stays_in(kept: Library, identity: RecoveryIdentity) -> None:
    """The next change of a roster, and triage of the visit, do not shut them out again."""
    reference, waiting = seal(kept), kept.visit("kim")
    agree(kept, "vera")
    access(kept).recover(kept.people["vera"], identity)
    member = {"ground": "needed-to-comply", "duty_notice_at": START.isoformat()}
    kept.act("mara", "add-audience-member", reference, person="dora", **member)
    kept.act("mara", "keep-sealed", waiting, **SEALING)
    assert readers_of(kept, reference) == {"mara", "tom", "vera", "dora"}
    assert readers_of(kept, waiting) == {"mara", "tom", "vera"}


def test_one_matter_alone_is_recovered(kept: Library, identity: RecoveryIdentity) -> None:
    """The one that is named opens; a reference of nothing is not found, and uses nothing up."""
    one, other = seal(kept), seal(kept)
    agree(kept, "vera")
    for nothing in ("0000-0000-0", "no reference"):
        with pytest.raises(NotFound):
            access(kept).recover(kept.people["vera"], identity, nothing)
    assert access(kept).recover(kept.people["vera"], identity, one.lower()) == ()
    assert readers_of(kept, one) == {"mara", "tom", "vera"}
    assert readers_of(kept, other) == {"mara", "tom"}


def test_what_was_kept_from_the_director_stays_so(
    kept: Library, identity: RecoveryIdentity
) -> None:
    """Recovering everything for a director gives no visit that was logged "not to the director"."""
    hidden, other = kept.visit("kim", not_to_director=True), kept.visit("kim")
    agree(kept, "dora")
    access(kept).recover(kept.people["dora"], identity)
    assert "dora" in readers_of(kept, other)
    assert readers_of(kept, hidden) == {"ines", "tom"}
    agree(kept, "dora")
    with pytest.raises(NotFound):
        access(kept).recover(kept.people["dora"], identity, hidden)
    kept.enrol("una", "counsel")
    agree(kept, "una")
    access(kept).recover(kept.people["una"], identity, hidden)
    assert readers_of(kept, hidden) == {"ines", "tom", "una"}


def test_a_recovery_that_broke_off_goes_on(
    kept: Library, identity: RecoveryIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A matter that was done is not recorded twice; the proposal is used up only at the end."""
    one, other = seal(kept), seal(kept)
    agree(kept, "vera")
    done = access(kept)
    let_in = done._let_in
    calls: list[object] = []

    def breaks_off(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == 2:
            raise OSError("the machine stopped")
        let_in(*arguments)  # type: ignore[arg-type] # Passed on as it came.

    monkeypatch.setattr(done, "_let_in", breaks_off)
    with pytest.raises(OSError, match="stopped"):
        done.recover(kept.people["vera"], identity)
    assert access(kept).recover(kept.people["vera"], identity) == ()
    for reference in (one, other):
        types = [record.type for record in kept.case("vera", reference).case.records]
        assert types.count("access-recovered.v1") == 1


def test_a_full_roster_takes_nobody_more(kept: Library, identity: RecoveryIdentity) -> None:
    """Seven people read the matter, counsel among them: an eighth is refused with a sentence, which
    is a look and breaks no glass; other matters go on.
    """
    reference = seal(kept)
    names = [f"reader-{number}" for number in range(5)]
    for name in names:
        kept.enrol(name, "staff")
        member = {"ground": "needed-to-comply", "duty_notice_at": START.isoformat()}
        kept.act("mara", "add-audience-member", reference, person=name, **member)
    other = seal(kept)
    agree(kept, "vera")
    with pytest.raises(BadRequest, match="seven places"):
        access(kept).recover(kept.people["vera"], identity, reference)
    assert access(kept).recover(kept.people["vera"], identity) == (NO_PLACE,)
    looks = looks_of(kept.home, Custody(kept.home), kept.people["tom"], START)
    told = [one.event for one in looks if not isinstance(one.event, AccessRecovered)]
    refused = SealedLooked(reason="duty", matters=(reference,))
    assert told == [refused, GlassBroken(way="recovery", matters=(other,))]
    assert readers_of(kept, reference) == {"mara", "tom", *names}
    assert readers_of(kept, other) == {"mara", "vera", "tom"}
    kept.act("mara", "designate-custodian", OFFICE, person="dora")
    assert access(kept).rewrap(kept.people["mara"]) == (NO_PLACE,)
    assert readers_of(kept, reference) == {"mara", "tom", *names}
    assert readers_of(kept, other) == {"mara", "vera", "tom", "dora"}


def test_all_that_was_recovered_is_verified_offline(
    kept: Library, identity: RecoveryIdentity, tmp_path: Path
) -> None:
    """A stranger's check of everything that mara sees finds nothing wrong."""
    seal(kept)
    kept.visit("kim")
    agree(kept, "mara", by="tom", and_by="vera")
    access(kept).recover(kept.people["mara"], identity)
    report = kept.verified(tmp_path)
    assert report.faults == (), report.text()


def propose_an_erasure(library: Library) -> str:
    """Begin the vault's office, with a proposal to erase a closed sealed matter."""
    reference = seal(library)
    library.act("mara", "close", reference, outcome="not-disclosed")
    stream = library.case("mara", reference).streams[-1].id.hex()
    library.act("mara", "erase-stream", VAULT_OFFICE, stream=stream, secrets="personal")
    return reference


def opens_vault_office(library: Library, name: str) -> bool:
    """Whether somebody's keyring opens the vault's office."""
    custody = Custody(library.home)
    stores = (library.home.open, library.home.vault, library.home.inbox)
    found = custody.openable(library.people[name], stores).streams
    return library.home.config.vault_office in found


def test_the_vaults_office_stays_with_counsel_and_custodian(
    kept: Library, identity: RecoveryIdentity
) -> None:
    """Wrapping anew keeps its readers; recovery lets a director in, and no designee."""
    propose_an_erasure(kept)
    kept.enrol("rosa", "staff", "designee")
    assert access(kept).rewrap(kept.people["mara"]) == ()
    readers = {name for name in kept.people if opens_vault_office(kept, name)}
    assert readers == {"mara", "tom"}
    for name in ("rosa", "dora"):
        agree(kept, name)
        access(kept).recover(kept.people[name], identity)
    assert not opens_vault_office(kept, "rosa")
    assert opens_vault_office(kept, "dora")
    assert access(kept).rewrap(kept.people["tom"]) == ()
    assert opens_vault_office(kept, "dora")


def test_the_vaults_office_goes_on_after_a_recovery(
    kept: Library, identity: RecoveryIdentity, tmp_path: Path
) -> None:
    """What recovery wrote there is no erasure; everything still verifies."""
    propose_an_erasure(kept)
    agree(kept, "mara")
    access(kept).recover(kept.people["mara"], identity)
    propose_an_erasure(kept)
    assert kept.verified(tmp_path).faults == ()


# --- New keys -----------------------------------------------------------------------------------


def test_a_colleague_lets_a_new_key_in_and_the_lost_one_out(kept: Library) -> None:
    """Wrapped for today's keys, the matter opens to the new key and to the old one no more."""
    reference = seal(kept)
    lost = lose_keys(kept, "mara")
    assert readers_of(kept, reference) == {"tom"}
    assert access(kept).rewrap(kept.people["tom"]) == ()
    assert readers_of(kept, reference) == {"mara", "tom"}
    custody = Custody(kept.home)
    assert not custody.openable(lost, (kept.home.vault, kept.home.inbox)).streams


def test_wrapping_anew_gives_nobody_a_right(kept: Library) -> None:
    """Who was not on the roster before is not on it afterwards, and nothing is recorded."""
    reference, waiting = seal(kept), kept.visit("kim")
    before = (readers_of(kept, reference), readers_of(kept, waiting))
    records = len(kept.case("mara", reference).case.records)
    for name in ("mara", "ines", "tom", "kim"):
        assert access(kept).rewrap(kept.people[name]) == ()
    assert (readers_of(kept, reference), readers_of(kept, waiting)) == before
    assert before == ({"mara", "tom"}, {"mara", "ines", "tom"})
    assert len(kept.case("mara", reference).case.records) == records


def test_advice_stays_with_its_author_and_the_custodian(kept: Library) -> None:
    """Wrapping anew does not show counsel's advice to the rest of the roster."""
    reference = seal(kept)
    member = {"ground": "attorney", "duty_notice_at": START.isoformat()}
    kept.act("mara", "add-audience-member", reference, person="dora", **member)
    asked = kept.ref("mara", "request-counsel-review", reference, counsel="tom")
    kept.act("tom", "give-advice", reference, request=asked, advice="Wait.")
    assert access(kept).rewrap(kept.people["mara"]) == ()
    seen = {name: len(kept.case(name, reference).advice) for name in ("mara", "tom", "dora")}
    assert seen == {"mara": 1, "tom": 1, "dora": 0}


def test_a_damaged_stream_keeps_no_other_from_being_wrapped(
    kept: Library, identity: RecoveryIdentity
) -> None:
    """What cannot be read is left as it is and said; the rest goes on."""
    spoilt, whole = seal(kept), seal(kept)
    (head, *_) = (kept.case("mara", spoilt).streams[-1],)
    kept.home.close()
    with closing(sqlite3.connect(kept.home.path / "keystore.db")) as database, database:
        database.execute("UPDATE wraps SET wrap = X'00' WHERE stream = ?", (head.id.hex(),))
    database.close()
    kept.home = Home(kept.home.path)
    kept.register = Register(kept.home, lambda: kept.now)
    agree(kept, "vera")
    assert access(kept).recover(kept.people["vera"], identity) == (DAMAGED,)
    assert access(kept).rewrap(kept.people["mara"]) == (DAMAGED,)
    assert "vera" in readers_of_one(kept, whole)


def readers_of_one(library: Library, reference: str) -> Mapping[str, bool]:
    """Who opens a matter that is whole, beside one that is damaged."""
    found = {}
    for name, ring in library.people.items():
        reader = library.register.reader(ring, vault=True)
        if reference in reader.sealed_references():
            found[name] = True
    return found


def test_a_waiting_visit_goes_to_seven_and_who_opens_it_keeps_it(kept: Library) -> None:
    """More triagers than places: whoever wraps anew stays in, and the last one waits."""
    waiting = kept.visit("kim")
    names = [f"reader-{number}" for number in range(7)]
    for name in names:
        kept.enrol(name, "staff", "designee")
    assert access(kept).rewrap(kept.people["ines"]) == ()
    assert readers_of(kept, waiting) == {"ines", "mara", "tom", *names[:4]}


def test_a_visit_that_nobody_may_triage_keeps_its_reader(kept: Library) -> None:
    """Without a custodian and designees a visit stays with whoever opens it, and with counsel."""
    waiting = kept.visit("kim")
    for name in ("ines", "mara"):
        role = "designee" if name == "ines" else "custodian"
        kept.act("dora", "end-role", OFFICE, person=name, role=role)
    assert access(kept).rewrap(kept.people["mara"]) == ()
    assert readers_of(kept, waiting) == {"mara", "tom"}


# --- A register that runs for long --------------------------------------------------------------


def test_a_revoked_key_is_refused_at_once_by_a_register_that_runs_already(kept: Library) -> None:
    """Another process revokes; the very next act and look of the running one are refused."""
    reference = seal(kept)
    running = kept.register
    tom = kept.people["tom"]
    running.handle(tom, Act("intake", {}))
    assert reference in running.reader(tom).sealed_references()
    other = Home(kept.home.path)
    key = kept.register.office().office.key_of("tom")
    assert key is not None
    revoke = Act("revoke-key", {"key": key.digest}, OFFICE)
    Register(other, lambda: kept.now).handle(kept.people["mara"], revoke)
    other.close()
    with pytest.raises(NotPermitted, match="revoked"):
        running.handle(tom, Act("intake", {}))
    with pytest.raises(NotPermitted, match="revoked"):
        running.reader(tom)
    with pytest.raises(NotPermitted, match="revoked"):
        access(kept).rewrap(tom)
    assert readers_of(kept, reference) == {"mara"}


def test_the_older_of_two_live_keys_signs_nothing(kept: Library) -> None:
    """From the assent to a new key on, the running register takes the new one only."""
    old = kept.people["vera"]
    kept.enrol("vera")
    with pytest.raises(NotPermitted):
        kept.register.handle(old, Act("intake", {}))
    assert kept.register.handle(kept.people["vera"], Act("intake", {})).records


def test_a_key_that_nobody_showed_to_hold_is_not_enrolled(kept: Library) -> None:
    """An enrolment needs public keys that the new key itself endorsed."""
    ring = create("eve", b"", throw_away=True)
    key = base64.b64encode(ring.public.signing).decode()
    for person, public in (("eve", None), ("eve", create("eve", b"", throw_away=True).public)):
        if public is not None:
            kept.home.keystore.put_public_keys(person, public.dump())
        with pytest.raises(BadRequest, match="somebody holds it"):
            kept.act("mara", "enrol-key", OFFICE, person=person, key=key)
    kept.home.keystore.put_public_keys("eve", ring.public.dump())
    assert kept.act("mara", "enrol-key", OFFICE, person="eve", key=key).records
