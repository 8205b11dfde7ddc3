"""JSON has one spelling, and reading it never fails in another way than by refusing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import example, given, settings
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


ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}
ANYTHING = st.recursive(
    SCALARS | st.integers(-(2**54), 2**54) | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text("aZ_0é\"\\", max_size=3) | st.integers(0, 3), inner, max_size=3)
        | st.dictionaries(KEYS, inner, max_size=3).map(MappingProxyType)
    ),
    max_leaves=12,
)  # fmt: skip


def spelt_out(value: Any, depth: int = 1) -> str:
    """Spell a value by the letter of RFC 8785 and of our limits, with no encoder's help."""
    match value:
        case _ if depth > 8:
            raise Malformed("too deep")
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case int() if abs(value) < 2**53:
            return str(value)
        case str():
            value.encode()
            control = {chr(n): f"\\u{n:04x}" for n in range(32)} | ESCAPES
            return '"' + "".join(control.get(one, one) for one in value) + '"'
        case list() | tuple():
            return "[" + ",".join(spelt_out(one, depth + 1) for one in value) + "]"
        case Mapping() if all(isinstance(key, str) and is_name(key) for key in value):
            parts = (f'"{key}":{spelt_out(value[key], depth + 1)}' for key in sorted(value))
            return "{" + ",".join(parts) + "}"
        case _:
            raise Malformed("outside")


def is_name(key: str) -> bool:
    """Tell whether a key is made of ASCII letters, digits and underscores."""
    return bool(key) and key.isascii() and key.replace("_", "a").isalnum()


def read_out(data: bytes) -> Any:
    """Read whatever the standard library reads, and keep what was spelt in the one way."""
    value = json.loads(data.decode())
    if spelt_out(value) != data.decode():
        raise Malformed("another spelling")
    return value


@pytest.mark.no_cover  # The examples above and below reach every line.
@settings(max_examples=600)
@given(ANYTHING)
@example([[[[[[[1]]]]]]])
@example([[[[[[[{"a": ""}]]]]]]])
@example({1: 2})
@example({None: 2, "a": 1})
def test_what_is_written_is_what_the_text_of_the_rules_says(value: Any) -> None:
    """The quick encoder spells each value as the rules do letter by letter, or both refuse."""
    try:
        expected = spelt_out(value).encode()
    except ValueError:
        with pytest.raises(Malformed):
            jcs.dump(value)
    else:
        assert jcs.dump(value) == expected


@pytest.mark.no_cover  # As above.
@settings(max_examples=600)
@given(ANYTHING, st.data())
def test_what_is_read_is_what_the_text_of_the_rules_says(value: Any, data: st.DataObject) -> None:
    """A good text, and one with bytes put in or cut off, is read as by the rules, or refused."""
    plain = json.dumps(
        value, ensure_ascii=False, sort_keys=False, separators=(",", ":"), default=dict
    )
    raw = plain.encode("utf-8", "surrogatepass")
    place = data.draw(st.integers(0, len(raw)))
    for one in (raw, raw[:place] + data.draw(st.binary(max_size=2)) + raw[place:], raw[:place]):
        try:
            expected = read_out(one)
        except ValueError:
            with pytest.raises(Malformed):
                jcs.load(one)
        else:
            assert repr(jcs.load(one)) == repr(expected)


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


@pytest.mark.parametrize(
    "data", [b'{"a":1,"a":1}', b'{"b":1,"a":1}', b"[1234567890123456789]", b"[1.5]", b"[NaN]"]
)
def test_another_spelling_or_number_is_refused(data: bytes) -> None:
    """A key twice, keys out of order, a long integer, a fraction and no number are refused."""
    with pytest.raises(Malformed):
        jcs.load(data)


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
