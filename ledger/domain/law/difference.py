"""What is different between two laws, row by row: what a reviewer reads before one is activated.

Rows are compared by kind and name. Only what holds in a law counts, dated wordings included: a row
over which a later layer has laid its own is no difference, nor is the layer from which a row comes
or its place in a file. Pure. Commands, rules and the register may import this module.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ledger.domain.calendar import Holidays
from ledger.domain.law.resolved import AnyRow, Identity, Law

Part = AnyRow | Identity | Holidays | int
"""A row, a layer, a calendar, or the version of a rule."""
Kind = Literal["layer", "calendar", "rule", "value", "basis", "time-rule", "deadline", "quotation"]
Parts = Mapping[tuple[Kind, str], tuple[Part, ...]]


class Change(Struct, frozen=True, kw_only=True):
    """One name under which two laws differ; several parts where the law has a wording by dates."""

    what: Literal["added", "removed", "changed"]
    kind: Kind
    id: str
    before: tuple[Part, ...]
    after: tuple[Part, ...]

    @property
    def line(self) -> str:
        """The change in a few words, as the record of an activation carries it."""
        return f"{self.what} {self.kind} {self.id}"


def difference(before: Law, after: Law) -> tuple[Change, ...]:
    """List the changes from one law to another, in the order of the earlier law, then of the later.

    Pure. Total.
    """
    old, new = _parts(before), _parts(after)
    return tuple(
        Change(what=_what(key, old, new), kind=key[0], id=key[1], before=was, after=now)
        for key in dict.fromkeys([*old, *new])
        if (was := old.get(key, ())) != (now := new.get(key, ()))
    )


def _what(key: tuple[Kind, str], old: Parts, new: Parts) -> Literal["added", "removed", "changed"]:
    if key not in old:
        return "added"
    return "changed" if key in new else "removed"


def _parts(law: Law) -> Parts:
    found: dict[tuple[Kind, str], tuple[Part, ...]] = {}
    found |= {("layer", layer.name): (layer,) for layer in law.layers}
    found |= {("calendar", one.name): (one,) for one in law.calendars}
    found |= {("rule", name): (version,) for name, version in law.rules.items()}
    kinds: tuple[tuple[Kind, tuple[AnyRow, ...]], ...] = (
        ("value", law.values),
        ("basis", law.all_bases),
        ("time-rule", law.time_rules),
        ("deadline", law.all_deadlines),
        ("quotation", law.quotations),
    )
    for kind, rows in kinds:
        for row in rows:
            if row.overridden_by is None:
                bare = replace(row, layer=None, place=None)
                found[kind, row.id] = (*found.get((kind, row.id), ()), bare)
    return found
