"""What people and programs are told when something does not go as asked."""

from __future__ import annotations

import pytest

import keys.errors
from ledger import errors
from ledger.domain.context import Broken
from ledger.outcomes import EXIT_CODES, REFUSED, failure_of


def kinds(base: type[Exception]) -> set[type[Exception]]:
    """Every error below a base."""
    return {one for kind in base.__subclasses__() for one in (kind, *kinds(kind))}


def test_every_error_of_ours_has_an_exit_code() -> None:
    """No error that a person can meet falls through the table."""
    for kind in kinds(errors.LedgerError) | kinds(keys.errors.KeysError):
        assert any(issubclass(kind, known) for known in EXIT_CODES), kind


def test_a_foreign_error_shows_as_a_defect() -> None:
    """What is none of ours is not dressed up as a sentence."""
    with pytest.raises(TypeError):
        failure_of(ValueError("x"))


def test_a_refusal_carries_its_provisions() -> None:
    """A refusal by law gives sentence, citation, source and confidence of each provision."""
    broken = Broken(
        rule="r", sentence="No.", citation="RSMo 182.817", source="statute", confidence="verified"
    )
    failure = failure_of(errors.RequestRefused((broken,)))
    assert failure.exit_code == REFUSED
    assert failure.provisions == (
        {
            "sentence": "No.",
            "citation": "RSMo 182.817",
            "source": "statute",
            "confidence": "verified",
        },
    )


def test_not_found_says_no_more_than_that() -> None:
    """The sentence names neither the reference nor a reason."""
    assert failure_of(errors.NotFound()).sentence == "No case with that reference is open to you."
