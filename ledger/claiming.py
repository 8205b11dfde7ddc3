"""Claiming: what a pack says of each case that it shows (FORMAT §5, `derived/`).

State, flags and deadlines are derived from the very records that are shown, and from nothing
personal in them; so whoever replays the pack must come to the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from msgspec.structs import replace

from ledger.domain.derived import DEFINITION, derive
from ledger.domain.law.deadlines import Reading
from ledger.domain.office import replay_office
from ledger.evidence.derived import Claims, derived_path, dump, lineage
from ledger.evidence.record import Continued
from ledger.home import OpenHome
from ledger.register.records import recorded
from ledger.register.seal import Unsealed

Read = Callable[[bytes], Iterable[Unsealed]]
"""Gives the records of a stream that the pack shows, in their order."""


def claims(
    home: OpenHome, continues: Mapping[bytes, tuple[Continued, ...]], read: Read
) -> Iterator[tuple[str, bytes]]:
    """Give name and bytes of each file: one for every stream that no other of them continues.

    `continues` has each stream that the pack shows, the office's left out. A case is read when its
    file is made, and let go; so it does not matter how many there are.
    """
    office = replay_office(map(recorded, read(home.config.office)))
    continued = {one.stream for heads in continues.values() for one in heads}
    for stream in sorted(continues.keys() - continued):
        order = lineage(stream, lambda one: continues.get(one, ()))
        shown = (one for one, _ in order if one in continues)
        rows = (row for one in shown for row in read(one))
        yield derived_path(stream), _claimed(home, rows, office.closed_on)


def _claimed(home: OpenHome, rows: Iterable[Unsealed], closed_on: frozenset[date]) -> bytes:
    zone = home.config.zone
    bare = (recorded(replace(one, personal=None)) for one in rows)
    derived = derive(bare, Reading(home.law_of, zone, closed_on))
    return dump(Claims(DEFINITION, zone, derived.state, derived.flags, derived.deadlines))
