"""V9: what must be said when somebody signed who was not allowed to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.evidence.jcs import Json
from ledger.evidence.pack import law_path
from tests.drafts import (
    LAWS,
    START,
    Draft,
    act,
    assent,
    enrolment,
    instant,
    key_digest,
)
from tests.verify.acts import (
    LAW_1,
    NEXT,
    announcement,
    case_record,
    ending,
    forged_head,
    founded_otherwise,
    founding_of,
    late,
    older_head,
    revocation,
    with_epoch,
)
from tests.verify.cases import (
    Case,
    add,
    amend,
    both,
    case,
    check,
    drop,
    redraft,
    with_file,
    without_file,
)


def look(name: str) -> Draft:
    """Draft a look of Ben's, in a stream that such may begin."""
    said: Json = {"reason": "web", "matters": []}
    return Draft(name, "other", "sealed-looked.v1", 6, "ben", "counsel", said)


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
        "V9.superseded V9.too-late",
        late(revocation("ben", 3), case_record("late", "ben", "counsel")),
    ),
    case(
        "ended-role", "A role that ended is not held.", "V9.role-not-held",
        add(ending("cleo", "staff", 6), case_record("after", "cleo", "staff")),
    ),
    case(
        "ended-role-under-old-head", "A former official must not act under an old head for ever.",
        "V9.superseded V9.too-late",
        late(ending("ben", "counsel", 3), case_record("late", "ben", "counsel")),
    ),
    case(
        "looks-that-waited", "Looks wait for a place that nobody else needs, and are no sign of"
        " anything when the key was revoked meanwhile.", "V9.superseded",
        late(revocation("ben", 3), look("looked"), look("looked-again")), scope="ledger",
    ),
    case(
        "look-in-a-case", "What a case holds had its place in time, whatever it calls itself.",
        "V9.superseded V9.too-late",
        late(revocation("ben", 3), case_record("late", "ben", "counsel"), look("looked")),
        scope="ledger",
    ),
    case(
        "ended-appointment-under-old-head", "An appointment that ended allows nothing for ever.",
        "V9.superseded V9.too-late V9.role-not-held",
        late(
            ending("cleo", "designee", 3),
            case_record("late", "cleo", "staff", under="designee"),
        ),
    ),
    case(
        "under-an-assent", "An assent allows nothing to its signer.", "V9.under-unfit",
        redraft("decided", under="assent-enrol-cleo"),
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
        "office-falls", "A stream cannot go back to an older office.",
        "V9.head-falls V9.superseded",
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
        "counsel-enrols-a-stranger", "Counsel gives new keys to who had some, and to nobody else.",
        "V9.may-not",
        add(Draft("new", "office", "key-enrolled.v1", 6, "ben", "counsel", enrolment("dan"))),
    ),
    case(
        "counsel-enrols-a-desk", "A desk's key is the director's business.", "V9.may-not",
        add(Draft("new", "office", "key-enrolled.v1", 6, "ben", "counsel",
                  enrolment("cleo", "desk", key="cleo-new"))),
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
        "epoch-assented-too-late", "It holds from its assent, and is announced from there.",
        "V9.epoch-too-soon",
        with_epoch(
            announcement(replace(NEXT, start=START + timedelta(days=35)), 4),
            assent("assent-epoch", "announce", 6),
            epoch=replace(NEXT, start=START + timedelta(days=35)),
        ),
    ),
    case(
        "other-version", "Nobody can tell what another version gives or takes.",
        "V9.event-malformed",
        add(Draft("later", "office", "role-ended.v2", 6, "ada", "director",
                  {"person": "ben", "role": "staff"})),
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


@pytest.mark.parametrize("one", HOSTILE, ids=lambda one: one.name)
def test_whoever_was_not_allowed_is_found(one: Case, tmp_path: Path) -> None:
    """A record that was signed without right is named, and nothing else is."""
    check(one, tmp_path)
