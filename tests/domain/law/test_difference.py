"""The difference of two laws, which a reviewer reads before one of them is put in force."""

from datetime import date

import pytest

from ledger.domain.law.difference import Change, difference
from ledger.domain.law.pack import names, resolve
from ledger.domain.law.provisions import Value


def changes(before: str, after: str) -> dict[tuple[str, str], Change]:
    """Give the changes between two packs by kind and name."""
    found = difference(resolve(before), resolve(after))
    assert len({(one.kind, one.id) for one in found}) == len(found)
    return {(one.kind, one.id): one for one in found}


@pytest.mark.parametrize("name", names())
def test_a_law_does_not_differ_from_itself(name: str) -> None:
    """The same pack, resolved twice, says the same."""
    assert difference(resolve(name), resolve(name)) == ()


def test_a_librarys_law_adds_to_its_states() -> None:
    """What the policy adds, what it lays over the law, and the layer itself."""
    found = changes("us-mo", "us-mo/jcl")
    assert found["layer", "us-mo/jcl"].what == "added"
    assert found["basis", "exigent-waiver"].line == "added basis exigent-waiver"
    asked = found["value", "preservation.who_may_ask"]
    words = [row.value for row in (*asked.before, *asked.after) if isinstance(row, Value)]
    assert (asked.what, words) == (
        *("changed",),
        [("governmental-entity",), ("local-agent", "state-agent", "federal-agent")],
    )
    assert not any(one.what == "removed" for one in found.values())
    assert ("value", "gag.audience") not in found


def test_the_other_way_round_what_was_added_is_removed() -> None:
    """Added and removed are each other's mirror, and changed is changed both ways."""
    there, back = changes("us-co", "us-dc"), changes("us-dc", "us-co")
    mirror = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {key: mirror[one.what] for key, one in there.items()} == {
        key: one.what for key, one in back.items()
    }
    assert {one.what for one in there.values()} == set(mirror)


def test_every_wording_by_dates_is_compared() -> None:
    """Colorado's penalty has two wordings, the District's one."""
    penalty = changes("us-co", "us-dc")["value", "penalty.offence_class"]
    assert [row.effective_to for row in penalty.before if isinstance(row, Value)] == [
        date(2022, 2, 28),
        None,
    ]
    assert len(penalty.after) == 1


def test_calendars_and_rule_versions_are_compared_too() -> None:
    """A decision rests on them as much as on the rows."""
    before, after = resolve("us", {"a": 1, "b": 1}), resolve("us-dc", {"a": 2, "c": 1})
    lines = {one.line for one in difference(before, after)}
    assert {"changed rule a", "removed rule b", "added rule c", "added calendar us-dc"} <= lines
    assert "added layer us-dc" in lines
