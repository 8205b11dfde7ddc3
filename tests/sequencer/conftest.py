"""Ledgers that tick every hour with few slots, so that lanes overflow soon."""

from __future__ import annotations

import pytest

from ledger.founding import Terms

HOURLY = Terms(period_seconds=3_600, open=30, sealed=8, delay=2)


@pytest.fixture
def terms() -> Terms:
    """Thirty open slots and eight sealed ones in the hour."""
    return HOURLY
