"""Case references, and the small grammars of what a field may hold."""

from __future__ import annotations

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from ledger.domain.fields import format_reference, parse_reference

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
