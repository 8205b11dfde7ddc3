"""The pages that stand in the head of every page, for whoever may open them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ledger.web.access import Action, Standing, may
from ledger.web.site import Side


@dataclass(frozen=True)
class PageLink:
    """A page, the word for it, and the action that it needs."""

    path: str
    words: str
    action: Action
    sides: frozenset[Side]


LINKS: tuple[PageLink, ...] = (
    PageLink("/cases", "Cases", "read-cases", frozenset({"desk", "room"})),
    PageLink("/desk", "Log a visit", "log-visit", frozenset({"desk"})),
    PageLink("/desk/pads", "Paper pads", "act", frozenset({"desk", "room"})),
    PageLink("/desk/drills", "Practice at the desk", "decide", frozenset({"room"})),
)
"""In the order in which they are shown."""


def pages_for(side: Side, standings: Collection[Standing]) -> list[PageLink]:
    """The pages that somebody with these standings finds on this side."""
    return [one for one in LINKS if side in one.sides and may(standings, one.action)]
