"""What a verification looked at: for the report, which says what was not.

Cites: FORMAT §6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from ledger.evidence.act_types import Before

__all__ = ["NOTHING_SHOWN", "Period", "PeriodState", "Replayed", "Shown"]

PeriodState: TypeAlias = Literal["present", "late", "missing", "awaited"]


@dataclass(frozen=True, slots=True)
class Period:
    """What became of counsel's attestation for one period, which ended at the instant `until`."""

    period: int
    until: str
    state: PeriodState
    place: str
    """Where it stands; empty where there is none."""


@dataclass(slots=True)
class Replayed:
    """How much V15 looked at, and what nobody can ask any more."""

    decisions: int = 0
    """Decisions that were put before the rules."""
    withheld: int = 0
    """Of them, those of which a rule asks what is withheld or erased."""
    erased: int = 0
    """Decisions that rest on what was erased."""
    elsewhere: int = 0
    """Decisions of the office on matters that are not shown."""
    cases: int = 0
    """Cases whose claimed state was compared."""
    unclaimed: int = 0
    """Cases of which the pack claims nothing."""

    def lines(self) -> list[str]:
        """Say what was not asked, for a person."""
        told = [f"Decisions put before the rules: {self.decisions}; cases compared: {self.cases}."]
        for count, what in (
            (self.withheld, "Decisions of which a personal value that a rule asks for is withheld"),
            (self.erased, "Decisions that cannot be replayed, since what they rest on was erased"),
            (self.elsewhere, "Decisions of the office on matters that are not shown here"),
            (self.unclaimed, "Cases of which the pack claims no state"),
        ):
            told += [f"{what}: {count}."] if count else []
        return told


@dataclass(frozen=True, slots=True)
class Shown:
    """How much was looked at. What is not shown was not checked."""

    entries: int = 0
    records: int = 0
    covers: int = 0
    tombstones: int = 0
    claimed_actors: int = 0
    """Records whose actor is somebody else's claim, without that person's assent."""
    passkey_approvals: int = 0
    """Records by which somebody confirmed another one with a passkey."""
    absent_documents: int = 0
    """Documents that are described in revealed values and not attached."""
    unknown_types: Mapping[str, int] = field(default_factory=dict)
    """Types whose fields this verifier does not judge, and how often they occur."""
    attested: tuple[Period, ...] = ()
    """The periods that ended, in their order; none where no office was judged."""
    before: Before | None = None
    """The ledger that this one follows, as its founding says."""
    replayed: Replayed | None = None
    """None where nobody asked for it, or nothing could be replayed."""

    @property
    def unopened(self) -> int:
        """How many leaves of the log stay closed to the reader."""
        return max(0, self.entries - self.records - self.covers - self.tombstones)


NOTHING_SHOWN: Final = Shown()
