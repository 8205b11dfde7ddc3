"""One hostile pack before it is written: what it is made of, and what must be found in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.verify.report import NOTICES
from tests.forge import Files


@dataclass(frozen=True, slots=True)
class Evidence:
    """A folder of `packs/`. `parts` are `pack`, `log`, `openings`, `before` (files) or single
    files."""

    name: str
    why: str
    codes: frozenset[str]
    parts: Mapping[str, Files | bytes]
    trust: bytes
    may: frozenset[str] = frozenset()
    """Codes of consequences, which a verifier may name or not."""
    unanswered: bool = False
    """Whether a check that was asked for cannot run."""
    replay: bool = False
    """Whether V15 is asked for (level 2)."""

    @property
    def exit(self) -> int:
        """What a verifier must exit with."""
        return 1 if self.codes - NOTICES else 2 if self.unanswered else 0
