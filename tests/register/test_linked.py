"""Links between matters: what stands sealed is linked from within, and from nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import BadRequest, NotFound
from ledger.register.acts import OFFICE
from ledger.register.intake import new_reference
from tests.register.library import Library
from tests.register.test_sealed_matters import sealed


def opened(library: Library) -> str:
    """A visit that stands open; gives its reference."""
    reference = library.visit()
    library.act("mara", "open", reference)
    return reference


def test_two_open_cases_are_linked(library: Library, tmp_path: Path) -> None:
    """The link stands in the one, names the other, and the ledger verifies."""
    one, other = opened(library), opened(library)
    library.act("mara", "link-case", one, to=other, relation="same-facts")
    assert library.case("kim", one).case.records[-1].type == "case-linked.v1"
    assert library.case("kim", other).case.records[-1].type == "case-opened.v1"
    assert library.verified(tmp_path).exit_code == 0


def test_an_open_case_names_no_sealed_one(library: Library) -> None:
    """Even the director, who may see both, is answered as for a reference that never was."""
    reference, _ = sealed(library)
    one = opened(library)
    answers = set()
    for to in (reference, new_reference()):
        with pytest.raises(NotFound) as told:
            library.act("mara", "link-case", one, to=to, relation="follow-up")
        answers.add(str(told.value))
    assert len(answers) == 1
    assert library.case("kim", one).case.records[-1].type == "case-opened.v1"


def test_a_sealed_matter_names_an_open_one(library: Library) -> None:
    """There the link shows nothing to anybody who may not see it."""
    reference, _ = sealed(library)
    one = opened(library)
    library.act("mara", "link-case", reference, to=one, relation="follow-up")
    assert library.case("mara", reference, vault=True).case.records[-1].type == "case-linked.v1"
    assert library.case("kim", one).case.records[-1].type == "case-opened.v1"


def test_upkeep_stands_in_the_office_and_nowhere_else(library: Library, tmp_path: Path) -> None:
    """A drill is no case, and a purge run names no matter; a blocked purge is the matter's own."""
    one = opened(library)
    drill = {"kind": "warrant", "participants": 4, "result": "as-written"}
    with pytest.raises(BadRequest):
        library.act("kim", "record-drill", one, **drill)
    library.act("kim", "record-drill", OFFICE, **drill)
    with pytest.raises(BadRequest):
        library.act(
            "kim",
            "record-purge-blocked",
            OFFICE,
            hold=f"{'0' * 32}:1",
            category="circulation",
            due_on="2026-09-30",
        )
    assert library.verified(tmp_path).exit_code == 0


def test_who_left_a_roster_is_off_it(library: Library) -> None:
    """The record says so at once; that the keys follow is the sealing's own work."""
    reference, gag = sealed(library)
    told = {"ground": "needed-to-comply", "gag": gag, "duty_notice_at": library.now}
    library.act("mara", "add-audience-member", reference, person="ola", **told)
    library.act("mara", "remove-audience-member", reference, person="ola", reason="recused")
    case = library.case("mara", reference, vault=True).case
    assert case.audience == ()
    assert [member.person for member in case.roster] == ["ola"]
