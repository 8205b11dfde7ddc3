"""Taking JSON apart refuses what has another type, and says where."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger.evidence import fields
from ledger.evidence.grammar import Malformed, check_person
from ledger.evidence.jcs import Json


@pytest.mark.parametrize(
    "take",
    [
        lambda: fields.object_of([], "here"),
        lambda: fields.exact_object({"a": 1}, {"a", "b"}, "here"),
        lambda: fields.exact_object({"a": 1, "b": 2}, {"a"}, "here"),
        lambda: fields.items({}, "here"),
        lambda: fields.items("ab", "here"),
        lambda: fields.text(1, "here"),
        lambda: fields.integer(True, "here"),
        lambda: fields.integer("1", "here"),
        lambda: fields.integer(0, "here", least=1),
        lambda: fields.integer(2**53, "here"),
        lambda: fields.read("A", "here", check_person),
        lambda: fields.read_hex("ab", "here", 2),
        lambda: fields.read_base64("ab", "here", None),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(take: Callable[[], object]) -> None:
    """Every refusal begins with the name of the place."""
    with pytest.raises(Malformed, match=r"^here"):
        take()


def test_right_values_are_returned() -> None:
    """What has the right type comes back as it is."""
    value: Json = {"a": [1, "x"], "b": "ab", "c": "qw=="}
    got = fields.exact_object(value, {"a", "b", "c"}, "here")
    assert fields.items(got["a"], "here") == (1, "x")
    assert fields.read_hex(got["b"], "here", 1) == b"\xab"
    assert fields.read_base64(got["c"], "here", 1) == b"\xab"
    assert fields.integer(2**53 - 1, "here") == 2**53 - 1
    assert fields.integer(1, "here", least=1) == 1
