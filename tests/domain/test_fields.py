"""Case references, the small grammars of what a field may hold, and what is said of them."""

from __future__ import annotations

from typing import Annotated, Any, get_args, get_origin

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec import Meta, Struct
from msgspec.structs import fields

from ledger.domain import events as e
from ledger.domain import fields as f
from ledger.domain import office_events as o
from ledger.domain.codec import EVENT_TYPES, BadFields, propose
from ledger.domain.fields import format_reference, parse_reference
from ledger.domain.wanted import misfit, wanted
from tests.domain import examples as ex
from tests.domain.given import ref

NUMBERS = st.integers(0, 2**40 - 1)


@for_all(number=NUMBERS)
def test_a_reference_reads_back_however_it_is_typed(number: int) -> None:
    """Small letters, missing hyphens and blanks around do not matter."""
    reference = format_reference(number)
    assert parse_reference(reference) == reference
    assert parse_reference(f"  {reference.lower()}\t") == reference
    assert parse_reference(reference.replace("-", "")) == reference


@for_all(number=NUMBERS, place=st.sampled_from([0, 1, 2, 3, 5, 6, 7, 8]), digit=st.integers(1, 31))
def test_one_wrong_digit_is_found(number: int, place: int, digit: int) -> None:
    """The check character finds every single digit that was misread."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    reference = format_reference(number)
    other = alphabet[(alphabet.index(reference[place]) + digit) % 32]
    assert parse_reference(f"{reference[:place]}{other}{reference[place + 1 :]}") is None


@for_all(number=NUMBERS)
def test_letters_that_look_like_digits_are_taken_for_them(number: int) -> None:
    """O reads as 0, I and L as 1, but never in the check character."""
    reference = format_reference(number)
    digits = reference[:-1]
    for digit, letter in (("0", "O"), ("1", "I"), ("1", "l")):
        assert parse_reference(digits.replace(digit, letter) + reference[-1]) == reference


@pytest.mark.parametrize(
    "text", ["", "7K3M", "7K3M-9Q2D", "7K3M-9Q2D-Ü", "7U3M-9Q2D-P", "7K3M 9Q2D P", "7K3M--9Q2D-P"]
)
def test_what_cannot_be_a_reference_is_none(text: str) -> None:
    """Too short, a strange letter, U among the digits, or blanks inside."""
    assert parse_reference(text) is None


@pytest.mark.parametrize(
    ("number", "reference"),
    [
        (0, "0000-0000-0"),
        (31, "0000-000Z-Z"),
        (36, "0000-0014-U"),
        (37, "0000-0015-0"),
        (2**40 - 1, "ZZZZ-ZZZZ-F"),
    ],
)
def test_references_are_crockfords_base32(number: int, reference: str) -> None:
    """Five bits a digit, most significant first, and the remainder by 37 as check character."""
    assert format_reference(number) == reference


# --- What a field wants, in words ---------------------------------------------------------------

NOTED = {name: kind for name, kind in vars(f).items() if get_origin(kind) is Annotated}
EVERY_FIELD = [
    pytest.param(kind, field.encode_name, field.type, id=f"{tag}-{field.encode_name}")
    for tag, kind in sorted(EVENT_TYPES.items())
    for field in fields(kind)
]


def test_every_kind_of_field_says_in_words_what_it_takes() -> None:
    """The words stand beside the type, and no pattern stands among them."""
    described = {"PersonId", "LocalDate", "Instant", "RecordRef", "SigningKey", "PersonalDocument"}
    assert described < set(NOTED)
    for kind in NOTED.values():
        said = wanted(kind)
        assert said[0].islower() or said[0].isdigit()
        assert not set(said) & set("^$[]{}\\`") - set("^")
        assert "Expected" not in said


def test_whatever_has_a_pattern_has_words_for_it() -> None:
    """Also inside other types, and in a field that has a type of its own."""
    patterns = [meta for kind in EVENT_TYPES.values() for meta in metas_of(kind) if meta.pattern]
    assert len(patterns) > 100
    assert [meta.pattern for meta in patterns if not meta.description] == []


def metas_of(kind: Any) -> list[Meta]:
    """The notes on a type and on all that it holds."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        return [meta for field in fields(kind) for meta in metas_of(field.type)]
    inside = [meta for one in get_args(kind) if one != kind for meta in metas_of(one)]
    return [*(note for note in get_args(kind) if isinstance(note, Meta)), *inside]


@pytest.mark.parametrize(("kind", "name", "annotation"), EVERY_FIELD)
def test_a_field_that_does_not_fit_says_what_it_takes(
    kind: type[e.Event], name: str, annotation: Any
) -> None:
    """For a person: neither a pattern nor the word of a machine, and nothing of what was typed."""
    said = misfit(kind, f"Expected `str` matching regex '^x$' - at `$.{name}`")
    assert said == f"{name} takes {wanted(annotation)}"
    assert "another value" not in said
    assert "regex" not in said


SHOWN = [
    (o.CustodianNotReached, {"person": "Jane Doe", "attempts": []}, "person takes a short name"),
    (o.CustodianNotReached, {"person": "jane", "attempts": ["x"]}, "attempts takes the reference"),
    (o.AbsenceRecorded, {"person": "jane", "from": "2026-03-09T09:00:00"}, "from takes an instant"),
    (
        e.ContactAttempted,
        {"person": "jane", "channel": "pigeon"},
        "channel takes one of: telephone",
    ),
    (
        e.CircumstancesRecorded,
        {"request": ref(1), "subject_age": 121},
        "subject_age takes a whole number from 0 to 120",
    ),
    (
        e.HoldPlaced,
        {"request": ref(1), "categories": []},
        "categories takes a list, each of it one of: registration",
    ),
    (
        e.InstrumentReceived,
        {"kind": "subpoena", "issuer": "clerk", "document": {"sha256": "Jane"}},
        "document.sha256 takes a digest: 32 bytes as 64 hexadecimal digits",
    ),
    (
        e.EventCorrected,
        {"of": ref(1), "names": ["x"], "values": {"Jane Doe": 1}},
        "values takes fields with their right values",
    ),
    (
        e.EventCorrected,
        {"of": ref(1), "names": ["x"], "values": {"x": {}}},
        "values takes fields with their right values",
    ),
    (e.IntakeSaved, {"about": ex.REFERENCE, "presents": "Jane"}, "presents takes one of: "),
    (e.IntakeSaved, {"about": "Jane"}, "about takes the reference of a case"),
    (e.IntakeSaved, {"about": ex.REFERENCE, "not_to_director": "Jane"}, "takes true or false"),
    (e.PurgeRunCompleted, {"purged": ["Jane"]}, "purged takes an object of category, count"),
    (o.LedgerRestored, {"incarnation": "Jane"}, "incarnation takes an incarnation: 16 bytes"),
]


@pytest.mark.parametrize(("kind", "given", "saying"), SHOWN)
def test_what_was_typed_is_answered_in_words(
    kind: type[e.Event], given: dict[str, Any], saying: str
) -> None:
    """`--reviewed-by "Jane Doe"` is told what a name looks like, and is not repeated."""
    with pytest.raises(BadFields) as caught:
        propose(kind, given)
    assert saying in str(caught.value)
    assert "Jane" not in str(caught.value)
    assert "regex" not in str(caught.value)


def test_what_is_no_mapping_at_all_is_told_as_it_is() -> None:
    """Such an error names no field."""
    assert misfit(e.IntakeSaved, "Expected `object`, got `int`") == "Expected `object`, got `int`"
