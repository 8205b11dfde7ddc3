"""Broken glass in a scenario: somebody looks outside of their ordinary course, another answers."""

from __future__ import annotations

from collections.abc import Iterator

from keys.keyring import Keyring
from ledger.domain.events import Event
from ledger.domain.glass import Glass
from ledger.domain.vault_events import GlassBroken, GlassConfirmed, SealedLooked
from ledger.errors import NotFound
from ledger.home import Home
from ledger.register.custody import Custody
from ledger.register.glass import answer, glass_of, reason_of
from ledger.scenario.file import BREAK_GLASS, Step
from ledger.scenario.stage import Stage


def by_glass(stage: Stage, keyring: Keyring, step: Step, reference: str) -> tuple[str]:
    """Break the glass for a case, or answer for the last time that it was; gives the type of what
    was recorded.

    Raises:
        NotFound: the case, or a break of the glass for it, is not open to this person.
        NotPermitted, RequestRefused: as at the command line.
    """
    if step.do == BREAK_GLASS:
        reason = reason_of(step.with_)
        reader = stage.register.looking(keyring, "duty", vault=True, glass=reason)
        reader.case(reference)
        return (_type(GlassBroken if reader.broke_glass else SealedLooked),)
    newest = max(
        about(stage.home, stage.register.custody, keyring, reference),
        default=None,
        key=lambda one: one.due_at,
    )
    if newest is None:
        raise NotFound
    answer(stage.register, keyring, newest, step.with_)
    return (_type(GlassConfirmed),)


def about(home: Home, custody: Custody, keyring: Keyring, reference: str) -> Iterator[Glass]:
    """Each time that the glass was broken for a case, as this person sees it."""
    seen = glass_of(home, custody, keyring)
    return (one for one in seen if reference in one.event.matters)


def _type(kind: type[Event]) -> str:
    return str(kind.__struct_config__.tag)
