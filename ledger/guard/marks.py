"""Marks: what the agent is shown in the place of tokens, with covers among them.

A token falls on one of 51,200 marks, `u64be(token[:8]) mod 51,200`, and 1,024 marks stand at any
moment: those of held tokens, and covers as many as are left. Both doors of the guard, one answer
for a token and the whole list, tell the same; so nobody learns by asking both what neither tells.

A cover stands in a place of its own. Each place has one cover after the other, each of a random
mark and of a random number of whole days, beginning at a random second: all of it by the chance of
`GuardKeys.chance`, so that nothing has to be kept. Covers come and go at all hours, as holds do.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count

from keys.guard import GuardKeys
from ledger.guard.numbers import number

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""No cover is older; before it every place has its first one."""
_DAY = 86_400


def mark_of(token: bytes) -> int:
    """The mark on which a token falls."""
    return int.from_bytes(token[:8]) % number("marks")


def cover(keys: GuardKeys, place: int, at: datetime) -> int:
    """The mark that covers in a place at a moment."""
    least, most = number("cover_least"), number("cover_most")
    left = int((at - BEGINNING).total_seconds())
    chance = memoryview(keys.chance(place, 8 * (2 + max(left, 0) // (least * _DAY) + 1)))
    # The first one had begun some time before the beginning.
    left += int.from_bytes(chance[:8]) % (least * _DAY)
    for start in count(8, 8):
        lasts = least + int.from_bytes(chance[start : start + 4]) % (most - least + 1)
        left -= lasts * _DAY
        if left < 0:
            break
    return int.from_bytes(chance[start + 4 : start + 8]) % number("marks")


def marked(keys: GuardKeys, tokens: Iterable[bytes], at: datetime) -> tuple[int, ...]:
    """The marks that stand at a moment, ascending: always the same number of them."""
    standing = {mark_of(token) for token in tokens}
    for place in count():
        if len(standing) >= number("marked"):
            break
        standing.add(cover(keys, place, at))
    return tuple(sorted(standing))
