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


BOTH_SIDES: frozenset[Side] = frozenset({"desk", "room"})
LINKS: tuple[PageLink, ...] = (
    PageLink("/desk", "Log a visit", "log-visit", frozenset({"desk"})),
    PageLink("/", "Now", "read-cases", frozenset({"room"})),
    PageLink("/cases", "Cases", "read-cases", BOTH_SIDES),
    PageLink("/deadlines", "Deadlines", "read-cases", BOTH_SIDES),
    PageLink("/holds", "Holds", "read-cases", BOTH_SIDES),
    PageLink("/register", "Register", "read-cases", BOTH_SIDES),
    PageLink("/papers", "Papers", "decide", BOTH_SIDES),
    PageLink("/query", "Somebody asks", "act", BOTH_SIDES),
    PageLink("/tasks", "Tasks", "read-tasks", frozenset({"room"})),
    PageLink("/looks", "Looks", "read-looks", frozenset({"room"})),
    PageLink("/verify", "Proof", "decide", BOTH_SIDES),
    PageLink("/statistics", "Statistics", "read-statistics", BOTH_SIDES),
    PageLink("/board", "Board", "read-statistics", BOTH_SIDES),
    PageLink("/office", "Office", "read-office", BOTH_SIDES),
    PageLink("/erasures", "Erasures", "decide", BOTH_SIDES),
    PageLink("/guard", "Guard", "administer", BOTH_SIDES),
    PageLink("/law", "Law", "read-office", BOTH_SIDES),
    PageLink("/desk/pads", "Paper pads", "act", frozenset({"desk", "room"})),
    PageLink("/desk/drills", "Practice at the desk", "decide", frozenset({"room"})),
)
"""In the order in which they are shown."""


def pages_for(side: Side, standings: Collection[Standing]) -> list[PageLink]:
    """The pages that somebody with these standings finds on this side."""
    return [one for one in LINKS if side in one.sides and may(standings, one.action)]
