"""Numbers in sentences for people."""

from __future__ import annotations

_PLURALS = {"entry": "entries", "copy": "copies"}


def counted(number: int, one: str) -> str:
    """A number with what it counts, named by its singular: 1 entry, 2 entries."""
    return f"{number} {one if number == 1 else _PLURALS.get(one, f'{one}s')}"
