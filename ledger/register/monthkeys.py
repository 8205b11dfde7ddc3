"""The names of month keys, and which of several keys of one month is in use.

    2026-06                       the month's first key
    2026-06.20260619T200000Z      one that was begun later, because all copies of something under
                                  the keys before it must die: a case was sealed late

The newest key of a month takes what comes. Names sort in the order in which keys were begun. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

KEY_NAME = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])(?:\.[0-9]{8}T[0-9]{6}Z)?")
_BEGUN = "%Y%m%dT%H%M%SZ"


def month_of(name: str) -> str:
    """The month of a key, `YYYY-MM`."""
    return name.partition(".")[0]


def key_context(name: str) -> bytes:
    """What the wrap of a month key is bound to."""
    return b"month-key\0" + name.encode()


def newest_keys(names: Iterable[str]) -> frozenset[str]:
    """The newest key of each month."""
    newest: dict[str, str] = {}
    for name in sorted(names):
        newest[month_of(name)] = name
    return frozenset(newest.values())


def later_key(name: str, at: datetime) -> str:
    """The name of a key that is begun at the instant `at`, in the place of the one named.

    Where the clock stands still or was set back, it is one second later than the one named.
    """
    begun = at if (last := _begun_at(name)) is None else max(at, last + timedelta(seconds=1))
    return f"{month_of(name)}.{begun.astimezone(UTC):{_BEGUN}}"


def superseded(names: Iterable[str], by: datetime) -> tuple[str, ...]:
    """The keys in whose place another was begun at the instant `by` or before, in order."""
    found: list[str] = []
    ordered = sorted(names)
    for name, following in pairwise(ordered):
        begun = _begun_at(following)
        if month_of(name) == month_of(following) and begun is not None and begun <= by:
            found.append(name)
    return tuple(found)


def _begun_at(name: str) -> datetime | None:
    begun = name.partition(".")[2]
    return datetime.strptime(begun, _BEGUN).replace(tzinfo=UTC) if begun else None
