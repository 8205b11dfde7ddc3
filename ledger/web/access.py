"""Who may do what at the web's door: one function, and whatever it does not name is denied.

A visitor has standings: `anybody`, `branch` at a branch's PC, `feed:NAME` or `projection:NAME` for
a machine's token, and for a person who is signed in `person` and each of their roles. Here is
decided which door opens at all; what the law and the register say of an act comes after that, and
is never decided here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from ledger.register.exposure import READING_ROLES
from ledger.register.handle import CLEARED_ROLES
from ledger.web.site import Side

Standing = str
Action = Literal[
    "look-around",
    "sign-in",
    "sign-out",
    "log-visit",
    "read-cases",
    "act",
    "read-tasks",
    "read-office",
    "read-statistics",
    "read-looks",
    "advise",
    "decide",
    "administer",
    "manage-own-keys",
    "read-feed",
    "read-office-feed",
    "read-projection",
    "read-log",
]
PEOPLE: frozenset[Standing] = frozenset({"person"})
NAMED: frozenset[Standing] = frozenset({"feed", "projection"})
"""Of these a token's standing names one: `feed:cases`, `projection:deadlines`."""
_READERS = frozenset(READING_ROLES)
ALLOWED: Mapping[str, frozenset[Standing]] = {
    "look-around": frozenset({"anybody"}),
    "sign-in": frozenset({"anybody"}),
    "sign-out": PEOPLE,
    "log-visit": frozenset({"branch"}) | _READERS,
    "read-cases": _READERS,
    "act": _READERS,
    "read-tasks": PEOPLE,
    "read-office": PEOPLE,
    "read-statistics": _READERS | {"auditor"},
    "read-looks": frozenset({"counsel", "custodian", "director"}),
    "advise": frozenset({"counsel"}),
    "decide": frozenset(CLEARED_ROLES),
    "administer": frozenset({"custodian", "director"}),
    "manage-own-keys": PEOPLE,
    "read-feed": frozenset({"feed"}) | _READERS,
    "read-office-feed": frozenset({"feed"}) | PEOPLE,
    "read-projection": frozenset({"projection"}) | _READERS,
    "read-log": frozenset({"anybody"}),
}
"""Each action and the standings of which one is enough."""

ELSEWHERE: Mapping[Side, frozenset[Standing]] = {
    "desk": frozenset(CLEARED_ROLES),
    "room": frozenset({"branch", "feed", "projection"}),
}
"""Standings that count for nothing at a side. Whoever is cleared is not let in at the desk, and
branches and machines have nothing to do with the room: this is what holds if they were.
"""


def standings_at(side: Side, standings: Collection[Standing]) -> frozenset[Standing]:
    """What of somebody's standings counts at a side."""
    return frozenset(one for one in standings if one.partition(":")[0] not in ELSEWHERE[side])


def may(standings: Collection[Standing], action: str, of: str = "") -> bool:
    """Whether somebody with these standings may do this; `of` names the one feed or projection that
    it is done to, for which a token's standing must be. Total; unknown actions are denied.
    """
    listed = ALLOWED.get(action, frozenset())
    enough = listed - NAMED | {f"{kind}:{of}" for kind in listed & NAMED}
    return not enough.isdisjoint(standings)
