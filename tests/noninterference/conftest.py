"""Doors are knocked at thousands of times."""

from __future__ import annotations

from tests.signatures import remembered_signatures as remembered_signatures
