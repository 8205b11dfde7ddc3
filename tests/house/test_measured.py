"""Coverage is measured where the suite says so and nowhere else: it makes a test cost far more."""

from __future__ import annotations

import sys

import pytest


def test_a_file_that_is_not_named_is_not_measured() -> None:
    """No measuring follows the lines of this test, in whichever process it runs."""
    assert sys.gettrace() is None


@pytest.mark.no_cover
def test_a_test_that_only_repeats_is_not_measured() -> None:
    """No measuring follows the lines of a test that says so of itself."""
    assert sys.gettrace() is None
