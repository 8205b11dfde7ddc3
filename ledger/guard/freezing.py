"""Freezing records in the system that would destroy them: what is to be done there, and undone.

An adapter is asked for each of the three steps. The printed one gives a page for a person: whoever
does what it says attests it, with what they read back (`FreezeAttested`). A release restores what
was set before the first freeze, and only where nothing else keeps the records: whether a sealed
hold does, nobody who prints the page may know, so the page has the guard asked for each record, and
what it retains stays as it is.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Protocol

from msgspec import Struct

from ledger.counted import counted
from ledger.domain.case import Case
from ledger.domain.events import FreezeAttested, System
from ledger.domain.form import Form
from ledger.domain.parts import Hold
from ledger.domain.toml import parse_toml


class Page(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How records are frozen in one system, in words for the person who does it."""

    system: System
    name: str
    traps: tuple[str, ...]
    freeze: tuple[str, ...]
    verify: tuple[str, ...]
    release: tuple[str, ...]


class _Pages(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    page: tuple[Page, ...]


_FORM = Form[_Pages](_Pages)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One step for a person: what it is, and its lines."""

    title: str
    lines: tuple[str, ...]


class Adapter(Protocol):
    """What freezes records in one system, or has somebody do it."""

    def freeze(self, hold: Hold) -> Instruction:
        """Keep the records of a hold from destruction."""

    def verify(self, hold: Hold) -> Instruction:
        """Read back whether they are kept."""

    def release(self, hold: Hold, prior_state: str | None) -> Instruction:
        """Restore what was set before, for what nothing else keeps; None where nobody noted it."""


class Printed:
    """The adapter of a system that people work by hand."""

    def __init__(self, system: System) -> None:
        self._page = next(one for one in pages() if one.system == system)

    def freeze(self, hold: Hold) -> Instruction:
        """See `Adapter.freeze`."""
        noted = "Before you change anything: write down how it is set now, field by field."
        return self._told("freeze", hold, (noted, *self._page.freeze, *self._page.traps), "frozen")

    def verify(self, hold: Hold) -> Instruction:
        """See `Adapter.verify`."""
        return self._told("verify", hold, self._page.verify, "verified")

    def release(self, hold: Hold, prior_state: str | None) -> Instruction:
        """See `Adapter.release`."""
        lines = (
            "Ask the guard for each record (agent.py ask). What it retains you leave as it is, and"
            " you ask again on another day. Do not ask why.",
            f"Set before the first freeze: {prior_state or 'nobody noted it; ask counsel'}",
            *self._page.release,
        )
        return self._told("release", hold, lines, "released")

    def _told(self, what: str, hold: Hold, lines: tuple[str, ...], step: str) -> Instruction:
        count = len(hold.event.tokens or ())
        records = (
            f"{counted(count, 'record')}, by token" if count else "the records that the hold names"
        )
        attest = (
            f"Then attest: do REFERENCE attest-freeze, with hold {hold.ref}, system"
            f" {self._page.system}, step {step}, what you read back, and as prior_state what was"
            " set before."
        )
        title = f"{what.capitalize()} in {self._page.name}: {records}"
        return Instruction(title, (*lines, attest))


@cache
def pages() -> tuple[Page, ...]:
    """The page of every system."""
    text = (files("ledger.guard") / "pages.toml").read_text(encoding="utf-8")
    return _FORM.convert(parse_toml(text)).page


def prior_state(case: Case, hold: Hold, system: System) -> str | None:
    """How a system was set before the first freeze of what a hold covers, as far as this case
    knows: a later hold's "before" is an earlier hold's freeze.
    """
    frozen = [one for each in _with(case, hold) for one in each.freezes if _is_frozen(one.event)]
    first = min(
        (one for one in frozen if one.event.system == system), key=lambda one: one.at, default=None
    )
    return None if first is None else first.event.prior_state


def still_kept_by(case: Case, hold: Hold) -> tuple[str, ...]:
    """The other holds of this case that go on keeping something of what a hold covers."""
    return tuple(one.ref for one in _with(case, hold) if one is not hold and one.released is None)


def _with(case: Case, hold: Hold) -> Iterator[Hold]:
    """The holds of a case that cover something that this one covers. Where one of two names no
    tokens, their classes decide.
    """
    for one in case.holds:
        tokens, own = set(one.event.tokens or ()), set(hold.event.tokens or ())
        by_tokens = not tokens or not own or bool(tokens & own)
        if by_tokens and set(one.event.categories) & set(hold.event.categories):
            yield one


def _is_frozen(event: FreezeAttested) -> bool:
    return event.step == "frozen"
