"""Handles: what stands in an address of the room in the place of a case's reference.

An address is kept by browsers, and shows on screens. So a case's address is a keyed digest that
only this program can lead back, made anew whenever it starts, of another look for each person; the
same for sealed cases and for open ones. A handle that was never given out leads nowhere.
"""

from __future__ import annotations

import hmac
import os

HANDLE_CHARACTERS = 32


class Handles:
    """The handles of one program, in its memory only. Several threads may use them."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._given: dict[tuple[str, str], str] = {}
        self._known: dict[tuple[str, str], str] = {}

    def of(self, person: str, reference: str) -> str:
        """The handle of a case that is shown to a person, 32 hex."""
        given = self._given.get((person, reference))
        if given is not None:
            return given
        made = hmac.digest(self._key, f"{person}\0{reference}".encode(), "sha256").hex()
        handle = made[:HANDLE_CHARACTERS]
        self._known[person, handle] = reference
        self._given[person, reference] = handle
        return handle

    def reference(self, person: str, handle: str) -> str | None:
        """The reference for which this person was given a handle; None for any other text."""
        return self._known.get((person, handle))
