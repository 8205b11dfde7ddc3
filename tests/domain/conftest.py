"""The sentence given(...).when(...).then(...) explains its failures like any other assertion."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.domain.given")
