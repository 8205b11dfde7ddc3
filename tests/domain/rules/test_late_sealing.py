"""Sealing what stands open, and who is not told."""

from __future__ import annotations

from msgspec.structs import replace as changed

from ledger.domain.events import Event
from tests.domain import accounts as ac
from tests.domain import examples as ex
from tests.domain.given import COUNSEL, CUSTODIAN, DESIGNEE, LCLD, STAFF, Given, given, law


def test_what_stands_open_is_sealed_with_those_who_could_read_it() -> None:
    """A late sealing says who could; what never stood open could be read by nobody."""
    exposed = ex.kept_sealed(exposed=(CUSTODIAN, STAFF))
    opened = given(ex.intake(), ex.opened())
    opened.when(exposed).then()
    opened.when(ex.kept_sealed()).then_refused("not_open_yet_v2", citing="threats §1.7")
    for story in (given(ex.intake()), given(ex.intake(), ex.opened(), exposed)):
        story.when(exposed).then_refused("not_open_yet_v2")
        story.when(ex.kept_sealed(ground="privilege")).then()


def test_under_an_older_law_what_stood_open_was_not_sealed() -> None:
    """A decision is judged again by the rules of the law that it pins."""
    older = changed(law(LCLD), rules={**law(LCLD).rules, "not_open_yet": 1})
    story = given(ex.intake(), ex.opened()).when(ex.kept_sealed(), in_force=older)
    assert [one.rule for one in story.broken] == ["not_open_yet_v1"]
    given(ex.intake()).when(ex.kept_sealed(), in_force=older).then()


def test_who_has_no_part_in_the_matter_is_not_told() -> None:
    """Who is recused joins no roster; anybody else does."""
    recused = given(ex.intake(), ex.kept_sealed(), ac.recusal(STAFF))
    recused.when(ex.member(STAFF)).then_refused("has_a_part_v1", citing="§5.5.2")
    recused.when(ex.member(DESIGNEE)).then()


def sealed(*more: Event) -> Given:
    """A matter that is kept sealed, and what followed."""
    return given(ex.intake(), ex.kept_sealed(), *more)


def test_counsel_is_on_the_roster_by_their_office_and_leaves_it_once() -> None:
    """Nobody told them, and they can be removed; so not where they left, or have no part in it."""
    sealed().when(ac.removed(COUNSEL)).then()
    for gone in (ac.removed(COUNSEL), ac.recusal(COUNSEL)):
        sealed(gone).when(ac.removed(COUNSEL)).then_refused("on_the_roster_v2")
    again = sealed(ac.removed(COUNSEL), ex.member(COUNSEL, ground="attorney"))
    assert again.case.removed == frozenset()
    again.when(ac.removed(COUNSEL)).then()


def test_a_law_of_before_lets_counsel_stay() -> None:
    """The first version of the rule knows of nobody who is on the roster by their office."""
    older = changed(law(LCLD), rules={**law(LCLD).rules, "on_the_roster": 1})
    story = sealed().when(ac.removed(COUNSEL), in_force=older)
    assert [one.rule for one in story.broken] == ["on_the_roster_v1"]
