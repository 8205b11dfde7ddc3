"""JSON has one spelling, and reading it never fails in another way than by refusing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.evidence import jcs
from ledger.evidence.grammar import Malformed

KEYS = st.text("abcXYZ019_", min_size=1, max_size=6)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
SCALARS = st.none() | st.booleans() | INTEGERS | TEXTS


def nested(depth: int) -> st.SearchStrategy[Any]:
    """Return values of at most this depth."""
    if depth == 1:
        return SCALARS
    inner = nested(depth - 1)
    return SCALARS | st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)


@given(nested(4))
def test_what_is_written_reads_back(value: jcs.Json) -> None:
    """A value reads back as itself, and is spelt as RFC 8785 would spell it."""
    data = jcs.dump(value)
    assert jcs.load(data) == value
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert data == plain.encode()


@given(nested(3), st.data())
def test_a_changed_byte_is_refused_or_says_something_else(
    value: jcs.Json, data: st.DataObject
) -> None:
    """No byte of a JSON text can be changed without effect."""
    good = jcs.dump(value)
    place = data.draw(st.integers(0, len(good) - 1))
    changed = bytearray(good)
    changed[place] ^= data.draw(st.integers(1, 255))
    try:
        other = jcs.load(bytes(changed))
    except Malformed:
        return
    # True == 1 in Python, so that spellings are compared and not values.
    assert jcs.dump(other) == changed != good


@given(
    st.binary(max_size=40) | st.text('{}[]",:0123456789.eE-\\u "tfn', max_size=40).map(str.encode)
)
def test_reading_any_bytes_gives_a_value_or_a_refusal(data: bytes) -> None:
    """Whatever is read, it is spelt the one way or refused."""
    try:
        value = jcs.load(data)
    except Malformed:
        return
    assert jcs.dump(value) == data


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_deep_nesting_is_refused_and_does_not_exhaust_the_stack(opening: bytes) -> None:
    """A million brackets are refused like any other wrong text."""
    with pytest.raises(Malformed):
        jcs.load(opening * 1_000_000)


def test_depth_counts_every_value() -> None:
    """Seven arrays around a number are 8 levels; one array more is too many."""
    assert jcs.load(b"[[[[[[[1]]]]]]]") == [[[[[[[1]]]]]]]
    assert jcs.load(b"[[[[[[[[]]]]]]]]")
    with pytest.raises(Malformed, match="deeper"):
        jcs.load(b"[[[[[[[[1]]]]]]]]")


def test_a_value_that_contains_itself_is_refused() -> None:
    """Writing stops at the depth limit, also for a value without end."""
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(Malformed, match="deeper"):
        jcs.dump(endless)


@pytest.mark.parametrize(
    "value",
    [1.0, b"ab", {"a": {1, 2}}, {1: 2}, {"a-b": 1}, {"é": 1}, {"": 1}, 2**53, [-(2**53)], "\ud800"],
    ids=str,
)
def test_what_the_format_has_not_cannot_be_written(value: Any) -> None:
    """Floats, bytes, sets, other keys, large integers and lone surrogates are refused."""
    with pytest.raises(Malformed):
        jcs.dump(value)


def test_tuples_are_written_as_arrays() -> None:
    """Frozen values hold tuples, and are spelt like lists."""
    assert jcs.dump({"b": (1, 2), "a": ()}) == b'{"a":[],"b":[1,2]}'


def test_a_refusal_does_not_quote_what_was_read() -> None:
    """Evidence holds what must not reach a log file, so refusals carry none of it."""
    for data in (
        b'{"patron":"Jane Roe"',
        b'"Jane Roe\xff"',
        b'{"Jane Roe":1}',
        b'["Jane Roe",1.5]',
    ):
        with pytest.raises(Malformed) as caught:
            jcs.load(data)
        assert "Jane" not in str(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
