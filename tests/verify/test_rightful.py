"""V9: acts that hold in one matter only, and rightful acts that nobody may be accused of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.drafts import (
    Draft,
    act,
    assent,
    enrolment,
    instant,
    key_digest,
)
from tests.forge import Forge
from tests.verify.acts import (
    NEXT,
    announcement,
    case_record,
    ending,
    late,
    revocation,
    with_epoch,
)
from tests.verify.cases import (
    Bend,
    Case,
    add,
    both,
    case,
    check,
    drop,
    redraft,
)

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
LADDER = Draft("ladder", "first", "custodian-not-reached.v1", 4, "cleo", "staff",
               {"person": "ada", "attempts": []})  # fmt: skip


def joined(*continues: str) -> Bend:
    """Let a designee, under a ladder in one stream, close two and continue some of them."""

    def bend(forge: Forge) -> None:
        place = forge.drafts.index(forge.draft("close-intake"))
        closing = replace(forge.draft("close-intake"), name="close-first", stream="first")
        forge.drafts[place:place] = [replace(LADDER), closing]
        for name in ("close-first", "close-intake", "opened"):
            forge.draft(name).under = "ladder"
        forge.draft("opened").continues = continues

    return bend


MATTER = [
    case(
        "closed-together", "What allows the opening of a case allows closing all it continues.", "",
        joined("close-first", "close-intake"),
    ),
    case(
        "closed-apart", "What stands in another matter allows nothing here.", "V9.under-unfit",
        joined("close-first"),
    ),
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
        "revoked-key-in-time", "What was under way when a key was revoked still counts.",
        "V9.superseded",
        late(revocation("ben", 4), case_record("late", "ben", "counsel")), scope="ledger",
    ),
    case(
        "replaced-by-counsel", "Else the only director who lost a passphrase were lost.", "",
        add(Draft("new", "office", "key-enrolled.v1", 6, "ben", "counsel",
                  enrolment("cleo", key="cleo-new")),
            Draft("agreed", "office", "assented.v1", 6, "ada", "director",
                  lambda forge: {"of": forge.made["new"].e.hex()})),
    ),
    case(
        "own-key-revoked", "Everybody may revoke a key of their own.", "",
        add(Draft("lost", "office", "key-revoked.v1", 6, "cleo", "staff",
                  {"key": key_digest("cleo").hex()})),
    ),
    case(
        "staff-closes", "Whoever holds a role may close what triage has read.", "",
        redraft("close-intake", role="staff", under=None),
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


@pytest.mark.parametrize("one", MATTER, ids=lambda one: one.name)
def test_a_matter_may_bring_in_its_own_people(one: Case, tmp_path: Path) -> None:
    """Acts in a matter's stream count there and in what continues it, and nowhere else."""
    check(one, tmp_path)


@pytest.mark.parametrize("one", GOOD, ids=lambda one: one.name)
def test_rightful_acts_pass(one: Case, tmp_path: Path) -> None:
    """Whoever had the right when the record was decided is not accused later."""
    check(one, tmp_path)
