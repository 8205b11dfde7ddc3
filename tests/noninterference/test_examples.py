"""Chosen pairs of worlds are the same to whoever is not cleared."""

from __future__ import annotations

import pytest

from tests.noninterference.examples import EXAMPLES, KNOWN, told


@pytest.mark.parametrize("name", EXAMPLES)
def test_whoever_is_not_cleared_sees_the_same(name: str) -> None:
    """All that lies there, and all that doors answer, is equal with and without sealed matters."""
    assert told(EXAMPLES[name]) == []


@pytest.mark.xfail(strict=True, reason="the product leaks here: see README.md, 'What leaks'")
@pytest.mark.parametrize("name", KNOWN)
def test_where_the_product_is_known_to_leak(name: str) -> None:
    """Each of these is to be mended; then it moves to the examples above."""
    assert told(KNOWN[name]) == []
