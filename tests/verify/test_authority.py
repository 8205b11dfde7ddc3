"""V9: what must be said when somebody signed who was not allowed to, and what must pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.evidence.jcs import Json
from ledger.evidence.pack import law_path
from ledger.evidence.record import OfficeHead
from ledger.evidence.schedule import Epoch
from tests.drafts import (
    LAWS,
    START,
    Draft,
    act,
    assent,
    enrolment,
    epoch_json,
    instant,
    key_digest,
)
from tests.forge import Forge
from tests.verify.cases import (
    Bend,
    Case,
    add,
    amend,
    at_head,
    both,
    case,
    check,
    drop,
    redraft,
    with_file,
    without_file,
)

LAW_1 = sha256(LAWS[1]).digest()


def case_record(name: str, by: str, role: str, tick: int = 6, **more: object) -> Draft:
    """Draft a record in a case stream of its own."""
    return Draft(name, "other", "note-taken.v1", tick, by, role, **more)  # type: ignore[arg-type]


def late(ending: Draft, by: str, role: str, *, tick: int = 6, head: str = "absence") -> Bend:
    """End something, and let a record reach the log afterwards under an older office head."""

    def bend(forge: Forge) -> None:
        forge.drop("assent-request")
        forge.drafts.insert(forge.drafts.index(forge.draft("intake")), ending)
        drafted = case_record("late", by, role, tick)
        drafted.change = lambda record: replace(at_head(forge, head)(record), law=LAW_1)
        forge.add(drafted)

    return bend


def older_head(name: str, head: str) -> Bend:
    """Make a record name an older office head, with the law of that time."""

    def bend(forge: Forge) -> None:
        change = at_head(forge, head)
        forge.draft(name).change = lambda record: replace(change(record), law=LAW_1)

    return bend


def revocation(of: str, tick: int) -> Draft:
    """Draft the revocation of somebody's key by Ada."""
    return act(f"revoke-{of}", "key-revoked", tick, {"key": key_digest(of).hex()})


def ending(person: str, role: str, tick: int) -> Draft:
    """Draft the end of a role by Ada."""
    return act(f"end-{person}-{role}", "role-ended", tick, {"person": person, "role": role})


def announcement(epoch: Epoch, tick: int) -> Draft:
    """Draft the announcement of an epoch."""
    return act("announce", "epoch-announced", tick, {"epoch": epoch_json(epoch)})


NEXT = Epoch(96, START + timedelta(days=40), 3600, 16, 16, 24)


def with_epoch(*drafts: Draft, epoch: Epoch = NEXT) -> Bend:
    """Let the schedule go on with another epoch, and let its first tick pass."""

    def bend(forge: Forge) -> None:
        forge.epochs.append(epoch)
        forge.ticks = 7
        forge.add(*drafts)

    return bend


def founded_otherwise(forge: Forge) -> None:
    """Let the founding record name another first epoch than the schedule has."""
    forge.founded_epoch = replace(forge.epochs[0], delay=9)


def forged_head(seq: int) -> OfficeHead:
    """Return a head that the office never had."""
    return OfficeHead(seq, bytes([7]) * 32)


MALLORY = {"key": key_digest("mallory")}
HOSTILE = [
    case(
        "forged-signature", "Ben's key signs what names Cleo's.", "V9.signature",
        redraft("request", sign_as="ben"),
    ),
    case(
        "unknown-key", "A stranger's key was never enrolled.", "V9.key-unknown",
        both(amend("request", **MALLORY), redraft("request", sign_as="mallory")),
    ),
    case(
        "borrowed-name", "Cleo signs and says that Ben wrote it down.",
        "V9.key-of-another V9.role-not-held", amend("request", recorded_by="ben"),
    ),
    case(
        "borrowed-role", "Cleo signs as director, which she is not.", "V9.role-not-held",
        amend("request", role="director"),
    ),
    case(
        "enrolment-without-assent", "One person alone cannot bring in a key.", "V9.key-unknown",
        drop("assent-enrol-cleo"),
    ),
    case(
        "enrolment-assented-by-its-signer", "Two keys are not two people.", "V9.key-unknown",
        redraft("assent-enrol-cleo", by="ada", role="director"),
    ),
    case(
        "role-without-assent", "One person alone cannot grant a role.",
        "V9.role-not-held V9.under-unfit", drop("assent-grant-cleo"),
    ),
    case(
        "desk-assents", "A desk never counts as the second person.", "V9.desk-limits",
        add(
            act("enrol-dan", "key-enrolled", 6, enrolment("dan")),
            Draft("desk-says-yes", "office", "assented.v1", 6, "desk-1", "desk",
                  lambda forge: {"of": forge.made["enrol-dan"].e.hex()}),
        ),
    ),
    case(
        "desk-decides", "A desk signs intakes only.", "V9.desk-limits",
        add(case_record("by-desk", "desk-1", "desk")),
    ),
    case(
        "desk-for-another", "At a desk the actor is the desk; initials are a claim.",
        "V9.desk-limits", amend("intake", actor="cleo"),
    ),
    case(
        "desk-in-another-role", "A desk has the role desk only.",
        "V9.desk-limits", amend("intake", role="staff"),
    ),
    case(
        "desk-ended", "A desk whose role was ended brings in nothing more.", "V9.role-not-held",
        add(
            ending("desk-1", "desk", 6),
            Draft("again", "again", "intake-saved.v1", 6, "desk-1", "desk"),
        ),
    ),
    case(
        "revoked-key", "A key signs nothing after its revocation.", "V9.key-unknown",
        add(revocation("cleo", 6), case_record("after", "cleo", "staff")),
    ),
    case(
        "revoked-key-under-old-head", "A stolen key could sign for ever under an old head.",
        "V9.too-late", late(revocation("ben", 3), "ben", "counsel"),
    ),
    case(
        "ended-role", "A role that ended is not held.", "V9.role-not-held",
        add(ending("cleo", "staff", 6), case_record("after", "cleo", "staff")),
    ),
    case(
        "ended-role-under-old-head", "A former official must not act under an old head for ever.",
        "V9.too-late", late(ending("ben", "counsel", 3), "ben", "counsel"),
    ),
    case(
        "former-custodian", "Only the person designated last is custodian.",
        "V9.role-not-held V9.under-unfit",
        add(act("next-custodian", "custodian-designated", 5, {"person": "ben"})),
    ),
    case(
        "designee-alone", "A designee acts in an absence, and names it.", "V9.designee-alone",
        redraft("opened", under=None),
    ),
    case(
        "designee-by-appointment", "An appointment alone does not let a designee act.",
        "V9.designee-alone", redraft("opened", under="designee"),
    ),
    case(
        "absence-over", "The absence ended before the designee acted.", "V9.under-unfit",
        redraft("absence", event={"person": "ada", "from": instant(0), "until": instant(1)}),
    ),
    case(
        "absence-to-come", "The absence had not begun when the designee acted.", "V9.under-unfit",
        redraft("absence", event={"person": "ada", "from": instant(9), "until": instant(19)}),
    ),
    case(
        "absence-of-a-bystander", "Nobody needs a designee for somebody without the office.",
        "V9.under-unfit",
        redraft("absence", event={"person": "ben", "from": instant(1), "until": instant(9)}),
    ),
    case(
        "designation-of-another", "The designation that is named is somebody else's.",
        "V9.under-unfit", redraft("decided", under="designee"),
    ),
    case(
        "delegation-of-another", "A delegation allows the person whom it names.", "V9.under-unfit",
        both(
            add(act("delegated", "delegation-recorded", 5,
                    {"person": "cleo", "until": instant(9)})),
            add(case_record("by-ben", "ben", "counsel", under="delegated")),
        ),
    ),
    case(
        "delegation-over", "A delegation has an end.", "V9.under-unfit",
        both(
            add(act("delegated", "delegation-recorded", 5, {"person": "ben", "until": instant(4)})),
            add(case_record("by-ben", "ben", "counsel", under="delegated")),
        ),
    ),
    case(
        "under-nothing", "What is named as allowing the act is not shown.", "V9.under-not-shown",
        amend("request", under=f"{'ab' * 16}:1"),
    ),
    case(
        "under-any-record", "A record of another kind allows nothing.", "V9.under-unfit",
        redraft("decided", under="request"),
    ),
    case(
        "under-own-appointment-ended", "A designee whose appointment ended is none.",
        "V9.role-not-held", both(
            lambda forge: forge.drafts.insert(
                forge.drafts.index(forge.draft("intake")), ending("cleo", "designee", 3)
            ),
        ),
    ),
    case(
        "invented-head", "The office was never as the record says.", "V9.head-differs",
        amend("decided", office=forged_head(12)),
    ),
    case(
        "future-head", "The office head lies beyond what the office has.", "V9.head-not-shown",
        amend("decided", office=forged_head(99)),
    ),
    case(
        "office-forgets-itself", "An office record rests on its own previous head.",
        "V9.head-differs V9.under-unfit", amend("absence", office=forged_head(4)),
    ),
    case(
        "office-falls", "A stream cannot go back to an older office.", "V9.head-falls",
        older_head("decided", "designee"),
    ),
    case(
        "other-law", "The law in force at the head decides, not the one that suits.",
        "V9.law-differs", amend("request", law=sha256(LAWS[2]).digest()),
    ),
    case(
        "law-rewritten", "The law file is not the one that was in force.", "V9.law-file-differs",
        alter=with_file(law_path(LAW_1), b'{"pack":"rewritten"}'),
    ),
    case(
        "law-missing", "Without the law nobody can check a decision.", "V9.law-missing",
        alter=without_file(law_path(LAW_1)),
    ),
    case(
        "boasted-custody", "Cleo's key is kept by the service.", "V9.attested",
        amend("request", attested="own-device"),
    ),
    case(
        "other-founding", "The receiver knows another ledger.", "V9.founding-not-shown",
        scope="ledger", founded="ab" * 32,
    ),
    case(
        "founding-by-a-stranger", "The founding must be signed by a founder.",
        "V9.founding-unsigned", redraft("founded", sign_as="mallory"),
    ),
    case(
        "founding-in-another-role", "A founder signs the founding in the role it gives.",
        "V9.founding-unsigned", amend("founded", role="counsel"),
    ),
    case(
        "founding-malformed", "A founding has two founders.", "V9.founding-malformed",
        redraft("founded", event={"founders": []}),
    ),
    case(
        "countersigned-by-the-same", "The second signature must be the other founder's.",
        "V9.misplaced V9.not-countersigned",
        redraft("countersigned", by="ada", role="director"),
    ),
    case(
        "not-countersigned", "One person alone founds nothing.", "V9.not-countersigned",
        drop("countersigned"),
    ),
    case(
        "countersigns-another", "The countersignature names another founding.",
        "V9.misplaced V9.not-countersigned",
        redraft("countersigned", event={"founded": "ab" * 32}),
    ),
    case(
        "founded-again", "A ledger is founded once.", "V9.misplaced",
        add(act("again", "ledger-founded", 6, lambda forge: founding_of(forge))),
    ),
    case(
        "enrolled-twice", "A key is enrolled once, for one person.", "V9.key-enrolled-twice",
        add(act("again", "key-enrolled", 6, enrolment("dan", key="cleo"))),
    ),
    case(
        "staff-grants", "Only director and custodian grant roles.", "V9.may-not",
        add(Draft("coup", "office", "role-granted.v1", 6, "cleo", "staff",
                  {"person": "cleo", "role": "director"})),
    ),
    case(
        "staff-closes", "Staff do not close streams.", "V9.may-not",
        redraft("close-intake", role="staff", under=None),
    ),
    case(
        "staff-revokes-another", "One may revoke one's own key only.", "V9.may-not",
        add(Draft("mischief", "office", "key-revoked.v1", 6, "cleo", "staff",
                  {"key": key_digest("ben").hex()})),
    ),
    case(
        "staff-revokes-nobody", "A key that nobody has is nobody's own.", "V9.may-not",
        add(Draft("mischief", "office", "key-revoked.v1", 6, "cleo", "staff",
                  {"key": "ab" * 32})),
    ),
    case(
        "staff-erases", "Erasure is for director and custodian.", "V9.may-not",
        add(Draft("mischief", "office", "stream-erased.v1", 6, "cleo", "staff",
                  {"stream": "ab" * 16, "secrets": "both", "records": []})),
    ),
    case(
        "law-in-a-case", "The law changes in the office stream only.", "V9.misplaced",
        add(Draft("sneaky", "other", "pack-activated.v1", 6, "ada", "director",
                  {"law": "ab" * 32})),
    ),
    case(
        "erasure-in-a-case", "An erasure stands in the office or the vault office.",
        "V9.misplaced",
        add(Draft("sneaky", "other", "stream-erased.v1", 6, "ada", "director",
                  {"stream": "ab" * 16, "secrets": "both", "records": []})),
    ),
    case(
        "malformed-act", "An act that cannot be read changes nothing.", "V9.event-malformed",
        add(act("odd", "role-ended", 6, {"person": "cleo", "role": "staff", "why": "none"})),
    ),
    case(
        "other-first-epoch", "The schedule begins as the founders said.",
        "V9.epoch-first-differs", founded_otherwise,
    ),
    case(
        "epoch-unannounced", "The schedule changes only when announced.",
        "V9.epoch-unannounced", with_epoch(),
    ),
    case(
        "epoch-not-assented", "One person alone does not change the schedule.",
        "V9.epoch-unannounced", with_epoch(announcement(NEXT, 5)),
    ),
    case(
        "epoch-too-soon", "A change is announced 30 days before.", "V9.epoch-too-soon",
        with_epoch(
            announcement(replace(NEXT, start=START + timedelta(days=34)), 5),
            assent("assent-epoch", "announce", 5),
            epoch=replace(NEXT, start=START + timedelta(days=34)),
        ),
    ),
]  # fmt: skip


def founding_of(forge: Forge) -> Json:
    """Return the event of the founding once more."""
    return forge.made["founded"].record.event


LOCAL = {
    "enrol-dan": Draft("enrol-dan", "case", "key-enrolled.v1", 6, "ada", "director",
                       enrolment("dan")),
    "grant-dan": Draft("grant-dan", "case", "role-granted.v1", 6, "ada", "director",
                       {"person": "dan", "role": "counsel"}),
    "assent-enrol": assent("assent-enrol", "enrol-dan", 6, stream="case"),
    "assent-grant": assent("assent-grant", "grant-dan", 6, stream="case"),
    "by-dan": Draft("by-dan", "case", "advice-given.v1", 6, "dan", "counsel"),
}  # fmt: skip


def local(*names: str, then: tuple[Draft, ...] = ()) -> Bend:
    """Engage Dan as counsel in the case itself, by those of the steps that are named."""
    return both(drop("closed"), add(*(replace(LOCAL[name]) for name in names), *then))


ENGAGED = ("enrol-dan", "assent-enrol", "grant-dan", "assent-grant", "by-dan")
ADVICE = Draft("advice", "advice", "advice-given.v1", 6, "dan", "counsel", continues=("by-dan",))
MATTER = [
    case("engaged", "Counsel engaged in the matter acts in it.", "", local(*ENGAGED)),
    case(
        "engaged-and-continued", "What the matter allows, its continuation allows.", "",
        local(*ENGAGED, then=(ADVICE,)), scope="ledger",
    ),
    case(
        "engaged-elsewhere", "What a matter allows holds in that matter only.",
        "V9.key-unknown", local(*ENGAGED, then=(replace(ADVICE, continues=()),)), scope="ledger",
    ),
    case(
        "engaged-after-the-head", "A stream relies on what stood before the head it continues.",
        "V9.key-unknown",
        local(*ENGAGED, then=(replace(ADVICE, continues=("decided",)),)), scope="ledger",
    ),
    case(
        "engaged-without-assent", "The matter too needs a second person.", "V9.key-unknown",
        local("enrol-dan", "grant-dan", "assent-grant", "by-dan"),
    ),
    case(
        "engaged-without-role", "A key without a role is not enough.", "V9.role-not-held",
        local("enrol-dan", "assent-enrol", "grant-dan", "by-dan"),
    ),
    case(
        "engagement-ended", "The matter can end what it gave.", "V9.role-not-held",
        local(
            *ENGAGED[:-1],
            then=(
                Draft("end", "case", "role-ended.v1", 6, "ada", "director",
                      {"person": "dan", "role": "counsel"}),
                LOCAL["by-dan"],
            ),
        ),
    ),
    case(
        "office-role-ended-here", "The matter can end for itself what the office gave.",
        "V9.role-not-held",
        both(
            drop("closed"),
            add(
                Draft("end", "case", "role-ended.v1", 6, "ada", "director",
                      {"person": "cleo", "role": "staff"}),
                Draft("more", "case", "note-taken.v1", 6, "cleo", "staff"),
            ),
        ),
    ),
    case(
        "key-revoked-here", "The matter can refuse a key that the office knows.",
        "V9.key-unknown",
        both(
            drop("closed"),
            add(
                Draft("end", "case", "key-revoked.v1", 6, "ada", "director",
                      {"key": key_digest("cleo").hex()}),
                Draft("more", "case", "note-taken.v1", 6, "cleo", "staff"),
            ),
        ),
    ),
    case(
        "office-enrolment-assented-here", "An assent that a matter caused may stand in it.", "",
        both(
            drop("closed"),
            add(
                act("enrol-dan", "key-enrolled", 6, enrolment("dan")),
                act("grant-dan", "role-granted", 6, {"person": "dan", "role": "counsel"}),
                LOCAL["assent-enrol"], LOCAL["assent-grant"], LOCAL["by-dan"],
            ),
        ),
    ),
    case(
        "not-reached", "A designee acts when the ladder was climbed in vain.", "",
        both(
            drop("closed"),
            add(
                Draft("ladder", "case", "custodian-not-reached.v1", 6, "cleo", "staff",
                      {"person": "ada", "attempts": [f"{'ab' * 16}:1"]}),
                Draft("stand-in", "case", "note-taken.v1", 6, "cleo", "designee", under="ladder"),
            ),
        ),
    ),
    case(
        "bystander-not-reached", "That somebody else was not reached allows nothing.",
        "V9.under-unfit",
        both(
            drop("closed"),
            add(
                Draft("ladder", "case", "custodian-not-reached.v1", 6, "cleo", "staff",
                      {"person": "ben", "attempts": []}),
                Draft("stand-in", "case", "note-taken.v1", 6, "cleo", "designee", under="ladder"),
            ),
        ),
    ),
]  # fmt: skip

GOOD = [
    case(
        "revoked-key-in-time", "What was under way when a key was revoked still counts.", "",
        late(revocation("ben", 4), "ben", "counsel"), scope="ledger",
    ),
    case(
        "own-key-revoked", "Everybody may revoke a key of their own.", "",
        add(Draft("lost", "office", "key-revoked.v1", 6, "cleo", "staff",
                  {"key": key_digest("cleo").hex()})),
    ),
    case(
        "own-role-ended", "Everybody may lay down a role.", "",
        add(Draft("leave", "office", "role-ended.v1", 6, "cleo", "staff",
                  {"person": "cleo", "role": "staff"})),
    ),
    case(
        "role-granted-again", "A role can be given back.", "",
        add(
            ending("cleo", "staff", 5),
            act("again", "role-granted", 5, {"person": "cleo", "role": "staff"}),
            assent("assent-again", "again", 5),
            case_record("after", "cleo", "staff"),
        ),
        scope="ledger",
    ),
    case(
        "custodian-ends", "A custodian can lay down the office.", "V9.role-not-held V9.under-unfit",
        add(
            act("end", "role-ended", 5, {"person": "ada", "role": "custodian"}),
            act("anew", "custodian-designated", 6, {"person": "ben"}),
        ),
    ),
    case(
        "delegated", "A delegation lets the person whom it names act.", "",
        add(
            act("delegated", "delegation-recorded", 5,
                {"person": "ben", "until": instant(9), "scope": "requests"}),
            case_record("by-ben", "ben", "counsel", under="delegated"),
        ),
        scope="ledger",
    ),
    case(
        "appointed", "A designee may name the appointment when acting otherwise.", "",
        add(case_record("by-cleo", "cleo", "staff", under="designee")),
        scope="ledger",
    ),
    case(
        "epoch-announced", "A schedule changes when two people said so in time.", "",
        with_epoch(announcement(NEXT, 5), assent("assent-epoch", "announce", 5)),
    ),
]  # fmt: skip


@pytest.mark.parametrize("one", HOSTILE, ids=lambda one: one.name)
def test_whoever_was_not_allowed_is_found(one: Case, tmp_path: Path) -> None:
    """A record that was signed without right is named, and nothing else is."""
    check(one, tmp_path)


@pytest.mark.parametrize("one", MATTER, ids=lambda one: one.name)
def test_a_matter_may_bring_in_its_own_people(one: Case, tmp_path: Path) -> None:
    """Acts in a matter's stream count there and in what continues it, and nowhere else."""
    check(one, tmp_path)


@pytest.mark.parametrize("one", GOOD, ids=lambda one: one.name)
def test_rightful_acts_pass(one: Case, tmp_path: Path) -> None:
    """Whoever had the right when the record was decided is not accused later."""
    check(one, tmp_path)
