"""The guard's list in clear: which tokens are retained, and by what tags.

    list = u16be(pairs) || u32be(renewed on) || pairs || zeros up to the length of all places
    pair = token (32) || tag (32) || u32be(until)

Days are counted as Python does (`date.toordinal`). `until` is the last day of a pledge: of tokens
that stand here because a hold with them is about to be recorded. It is 0 for a hold's own.

Pure.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace

_HEAD, _PAIR = struct.Struct(">HI"), struct.Struct(">32s32sI")


@dataclass(frozen=True, slots=True)
class Pair:
    """That a token is retained, by what, and until when where that ends by itself."""

    token: bytes
    tag: bytes
    until: int = 0


@dataclass(frozen=True, slots=True)
class Retained:
    """All that is retained; a token stands here once for each hold that covers it."""

    pairs: tuple[Pair, ...] = ()
    renewed_on: int = 0

    @property
    def tokens(self) -> frozenset[bytes]:
        """What is retained, by whichever hold."""
        return frozenset(pair.token for pair in self.pairs)

    def having(
        self, tag: bytes, tokens: Iterable[bytes], places: int, until: int = 0
    ) -> tuple[Retained, tuple[bytes, ...]]:
        """The list in which exactly these tokens stand by a tag, as far as there are places; with
        the tokens for which there is none. No other tag's are touched.
        """
        others = tuple(pair for pair in self.pairs if pair.tag != tag)
        wanted = tuple(dict.fromkeys(tokens))
        room = max(places - len(others), 0)
        own = tuple(Pair(token, tag, until) for token in wanted[:room])
        # In one order, so that two lists that retain the same are equal.
        pairs = sorted((*others, *own), key=lambda one: (one.tag, one.token))
        return replace(self, pairs=tuple(pairs)), wanted[room:]

    def renewed(self, on: int) -> Retained:
        """The list on a new day, without the pledges that have ended."""
        standing = tuple(pair for pair in self.pairs if not 0 < pair.until < on)
        return Retained(standing, on)

    def dump(self, places: int) -> bytes:
        """Write it; what is written has one length, whatever is retained."""
        pairs = b"".join(_PAIR.pack(one.token, one.tag, one.until) for one in self.pairs)
        data = _HEAD.pack(len(self.pairs), self.renewed_on) + pairs
        return data.ljust(_HEAD.size + places * _PAIR.size, b"\0")


def load(data: bytes) -> Retained:
    """Read what `dump` wrote.

    Raises:
        struct.error: it is none.
    """
    count, renewed_on = _HEAD.unpack_from(data)
    starts = (_HEAD.size + n * _PAIR.size for n in range(count))
    return Retained(tuple(Pair(*_PAIR.unpack_from(data, start)) for start in starts), renewed_on)
