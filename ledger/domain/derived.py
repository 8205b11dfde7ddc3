"""What follows from the records of a case: its state, flags and deadlines, as plain rows.

The exporter claims it and the replaying verifier derives it again, both through here, so that one
definition serves both (FORMAT §5, `derived/`). Nothing personal goes in: what is told of a case is
the same before and after a person was erased.

Pure. Imports nothing but the domain.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ledger.domain.codec import join, split
from ledger.domain.evolve import replay
from ledger.domain.law.deadlines import LawOf, deadlines
from ledger.domain.law.flags import flags
from ledger.domain.office import Recorded

DEFINITION = 1
"""Counted up when a released program derives something else from the same records."""

Row = dict[str, Any]  # Plain JSON, as msgspec.to_builtins gives it.


class Derived(Struct, frozen=True, kw_only=True):
    """State, flags and deadlines of a case. A row has `ref`, the record that it is about, and
    `name`; a field that is None is left out.
    """

    state: str
    flags: tuple[Row, ...]
    deadlines: tuple[Row, ...]


def derive(
    records: Iterable[Recorded], law_of: LawOf, zone: str, closed_on: frozenset[date] = frozenset()
) -> Derived:
    """Derive from the records of a case, in their order. Pure.

    `closed_on` are the days on which the library was recorded as shut. Total for the laws that
    packs resolve to. Personal values count for nothing here.
    """
    case = replay(impersonal(one) for one in records)
    due = deadlines(case, law_of, zone, closed_on)
    return Derived(
        state=case.state,
        flags=tuple(_row(one, ref="ref", name="name") for one in flags(case, law_of, zone)),
        deadlines=tuple(_row(one, ref="trigger", name="rule") for one in due),
    )


def impersonal(recorded: Recorded) -> Recorded:
    """Give a record as it reads once its personal values are gone. Pure."""
    core, personal = split(recorded.event)
    return replace(recorded, event=join(recorded.type, core, {})) if personal else recorded


def _row(thing: Struct, *, ref: str, name: str) -> Row:
    """Tell a flag or a deadline, with the fields that say what it is under their common names."""
    told = msgspec.to_builtins(thing)
    told = {"ref": told.pop(ref), "name": told.pop(name), **told}
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in told.items()
        if value is not None
    }
