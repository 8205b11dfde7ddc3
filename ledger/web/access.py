"""Who may do what at the web's door: one function, and whatever it does not name is denied.

A visitor has standings: `anybody`, `branch` at a branch's PC, `feed:NAME` for a machine's token,
and for a person who is signed in `person` and each of their roles. Here is decided which door opens
at all; what the law and the register say of an act comes after that, and is never decided here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from ledger.register.exposure import READING_ROLES
from ledger.register.handle import CLEARED_ROLES

Standing = str
Action = Literal[
    "look-around",
    "sign-in",
    "sign-out",
    "log-visit",
    "see-duties",
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
    "read-log",
]
PEOPLE: frozenset[Standing] = frozenset({"person"})
_READERS = frozenset(READING_ROLES)
ALLOWED: Mapping[str, frozenset[Standing]] = {
    "look-around": frozenset({"anybody"}),
    "sign-in": frozenset({"anybody"}),
    "sign-out": PEOPLE,
    "log-visit": frozenset({"branch"}) | _READERS,
    "see-duties": PEOPLE,
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
    "read-log": frozenset({"anybody"}),
}
"""Each action and the standings of which one is enough."""


def may(standings: Collection[Standing], action: str) -> bool:
    """Whether somebody with these standings may do this. Total; unknown actions are denied."""
    return not ALLOWED.get(action, frozenset()).isdisjoint(standings)
