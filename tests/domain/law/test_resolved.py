"""The bytes of a resolved law, which a record pins by their digest."""

import json
from collections.abc import Callable
from hashlib import sha256
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.law.pack import PackRefused, load_resolved, names, resolve
from ledger.evidence import jcs


@pytest.mark.parametrize("name", names())
def test_the_resolved_law_has_one_spelling(name: str) -> None:
    """The bytes are those of the evidence format: it reads them and would write the same."""
    data = resolve(name, {"warrant_daytime_v1": 1, "hold_active_v1": 1}).dump()
    assert jcs.dump(jcs.load(data)) == data


@pytest.mark.parametrize("name", names())
def test_the_resolved_law_holds_no_null_and_is_shallow(name: str) -> None:
    """Absent is not null, and the deepest thing (a day of a calendar) stands at depth five."""
    value = json.loads(resolve(name).dump())
    assert _depth(value) == 5 < jcs.MAX_DEPTH
    assert not _has_null(value)


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max((_depth(item) for item in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((_depth(item) for item in value), default=0)
    return 0


def _has_null(value: object) -> bool:
    if isinstance(value, dict):
        return any(_has_null(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_null(item) for item in value)
    return value is None


@pytest.mark.parametrize("name", names())
def test_a_resolved_law_comes_back_as_it_was(name: str) -> None:
    """What was pinned loads to an equal law with equal bytes and equal digest."""
    law = resolve(name, {"a_v1": 1})
    again = load_resolved(law.dump())
    assert again == law
    assert again.digest() == law.digest() == sha256(law.dump()).digest()


def test_the_resolved_law_names_layers_calendars_and_rules_with_versions() -> None:
    """What a decision rested on can be told from the bytes alone."""
    value = json.loads(resolve("us-co/lcld", {"zebra_v2": 2, "ant_v1": 1}).dump())
    assert [(layer["name"], layer["version"]) for layer in value["layers"]] == [
        ("us", 1),
        ("us-co", 1),
        ("us-co/lcld", 1),
    ]
    assert [(row["name"], row["version"]) for row in value["calendars"]] == [
        ("us-federal", 1),
        ("us-co", 1),
    ]
    assert value["rules"] == {"ant_v1": 1, "zebra_v2": 2}


def test_another_rule_version_is_another_law() -> None:
    """The digest pins the rules as well as the rows."""
    digests = {
        resolve("us").digest(),
        resolve("us", {"a_v1": 1}).digest(),
        resolve("us", {"a_v1": 2}).digest(),
        resolve("us-co").digest(),
    }
    assert len(digests) == 4


@pytest.mark.parametrize("rules", [{"a-b": 1}, {"a": 0}, {"": 1}])
def test_a_rule_has_a_plain_name_and_a_version_from_one(rules: dict[str, int]) -> None:
    """Names become keys of the canonical form, so they are letters, digits and underscores."""
    with pytest.raises(PackRefused):
        resolve("us", rules)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b" " + data,
        lambda data: data + b"\n",
        lambda data: data.replace(b'"rules":{}', b'"rules": {}'),
        lambda data: data.replace(b'"rules":{}', b'"rules":{},"surprise":1'),
        lambda data: data.replace(b'law/v1"', b'law/v2"'),
        lambda data: data.replace(b'"layer":"us"', b'"layer":null', 1),
        lambda data: data[:-1],
        lambda data: b"",
        lambda data: b"\xff" + data,
    ],
)
def test_another_spelling_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    """One spelling: white space, unknown fields, null for absent and other formats are refused."""
    data = resolve("us").dump()
    assert spoil(data) != data
    with pytest.raises(PackRefused):
        load_resolved(spoil(data))


@given(
    rules=st.dictionaries(
        st.from_regex(r"[a-z][a-z_]{0,20}_v[1-9]", fullmatch=True), st.integers(1, 99), max_size=6
    ),
    name=st.sampled_from(names()),
    seed=st.randoms(use_true_random=False),
)
def test_resolving_is_deterministic(rules: dict[str, int], name: str, seed: Random) -> None:
    """The same pack and rules give the same digest, in whatever order the rules are given."""
    shuffled = list(rules.items())
    seed.shuffle(shuffled)
    assert resolve(name, rules).digest() == resolve(name, dict(shuffled)).digest()
