"""The pages that stand in the head of every page, for whoever may open them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ledger.web.access import Action, Standing, may
from ledger.web.site import Side


@dataclass(frozen=True)
class PageLink:
    """A page, the word for it, and the action that it needs."""

    path: str
    words: str
    action: Action
    sides: frozenset[Side]
    is_in_head: bool = True
    """Whether it stands in the head; the others stand on a page of their own."""


BOTH_SIDES: frozenset[Side] = frozenset({"desk", "room"})
LINKS: tuple[PageLink, ...] = (
    PageLink("/desk", "Log a visit", "log-visit", frozenset({"desk"})),
    PageLink("/", "Now", "read-cases", frozenset({"room"})),
    PageLink("/cases", "Cases", "read-cases", BOTH_SIDES),
    PageLink("/deadlines", "Deadlines", "read-cases", BOTH_SIDES),
    PageLink("/glass", "Look where it cannot wait", "read-cases", frozenset({"room"}), False),
    PageLink("/holds", "Holds", "read-cases", BOTH_SIDES, False),
    PageLink("/register", "Register", "read-cases", BOTH_SIDES, False),
    PageLink("/papers", "Papers", "decide", BOTH_SIDES, False),
    PageLink("/query", "Somebody asks", "act", BOTH_SIDES),
    PageLink("/tasks", "Tasks", "read-tasks", frozenset({"room"})),
    PageLink("/looks", "Looks", "read-looks", frozenset({"room"})),
    PageLink("/verify", "Proof", "decide", BOTH_SIDES),
    PageLink("/more", "More", "read-office", BOTH_SIDES),
    PageLink("/statistics", "Statistics", "read-statistics", BOTH_SIDES, False),
    PageLink("/board", "Board", "read-statistics", BOTH_SIDES, False),
    PageLink("/office", "Office", "read-office", BOTH_SIDES, False),
    PageLink("/erasures", "Erasures", "decide", BOTH_SIDES, False),
    PageLink("/passkeys", "Your passkeys", "manage-own-keys", BOTH_SIDES, False),
    PageLink("/guard", "Guard", "administer", BOTH_SIDES, False),
    PageLink("/law", "Law", "read-office", BOTH_SIDES, False),
    PageLink("/desk/pads", "Paper pads", "act", frozenset({"desk", "room"}), False),
    PageLink("/desk/drills", "Practice at the desk", "decide", frozenset({"room"}), False),
)
"""In the order in which they are shown."""


@lru_cache(maxsize=64)
def pages_for(
    side: Side, standings: frozenset[Standing], *, in_head: bool = True
) -> tuple[PageLink, ...]:
    """The pages that somebody with these standings finds on this side, in the head or elsewhere."""
    found = (one for one in LINKS if side in one.sides and may(standings, one.action))
    return tuple(one for one in found if one.is_in_head is in_head)
