"""The law of one library, resolved: what the rules ask, and the bytes that records pin.

It holds the layers, the calendars, the versions of the rules and every row, the overridden ones
included, in one canonical spelling. Its SHA-256 is what each record names, so that the law at the
act stays the law of the act (DESIGN §7). It is written by `pack.merge` and read back from evidence.

The pack, the rules, the register and the replaying verifier may import this module. Pure.
"""

from datetime import date
from hashlib import sha256
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from ledger.domain.calendar import Holidays
from ledger.domain.form import Form
from ledger.domain.law.provisions import (
    Basis,
    DeadlineRule,
    PackName,
    Provision,
    Quotation,
    Text,
    TimeProvision,
    Value,
)

RuleVersion = Annotated[int, Meta(ge=1)]
RuleName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_]+$")]
Row = TypeVar("Row", Value, Basis, TimeProvision, DeadlineRule, Quotation)
AnyRow = Value | Basis | TimeProvision | DeadlineRule | Quotation


class PackRefused(ValueError):
    """A pack or a resolved law cannot be used; the text says why, for the person who edits it."""


class NotInLaw(LookupError):
    """The law in force holds no such row on that day."""


class Identity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which layer this is, for whom, since when, and who has read it as a lawyer.

    `institution_type` says for which libraries it is written, in the words of their law.
    """

    name: PackName
    title: Text
    version: Annotated[int, Meta(ge=1)]
    institution_type: Text | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    supersedes: Text | None = None
    reviewed_by: Text | None = None
    reviewed_on: date | None = None
    zone: Text | None = None
    note: Text | None = None


class Law(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The law of one library, resolved. Rows stand lowest layer first, each with its layer.

    Where a look-up takes `on`, it is the local day of the act; None asks for what has no known end.
    """

    format: Literal["disclosure-ledger/law/v1"]
    name: PackName
    layers: tuple[Identity, ...]
    calendars: tuple[Holidays, ...]
    rules: dict[RuleName, RuleVersion]
    values: tuple[Value, ...]
    all_bases: tuple[Basis, ...] = field(name="bases")
    time_rules: tuple[TimeProvision, ...]
    all_deadlines: tuple[DeadlineRule, ...] = field(default=(), name="deadlines")
    quotations: tuple[Quotation, ...] = ()

    @property
    def zone(self) -> str | None:
        """The zone of the institution; None where the ledger must bring its own."""
        return next((layer.zone for layer in reversed(self.layers) if layer.zone), None)

    @property
    def bases(self) -> tuple[Basis, ...]:
        """The bases that hold now, in the order of their sources."""
        return self.bases_on(None)

    def bases_on(self, on: date | None) -> tuple[Basis, ...]:
        """List the bases that hold on a day, in the order of their sources."""
        return tuple(b for b in self.all_bases if b is governing(self.all_bases, b.id, on))

    def basis(self, id: str, on: date | None = None) -> Basis:
        """Give the basis with this id. Raises: NotInLaw."""
        return _required(governing(self.all_bases, id, on), "basis", id)

    def find_basis(self, id: str, on: date | None = None) -> Basis | None:
        """Give the basis with this id, or None where this law lists none."""
        return governing(self.all_bases, id, on)

    def value(self, id: str, on: date | None = None) -> Value:
        """Give the value with this id, of the highest layer that has it. Raises: NotInLaw."""
        return _required(self.find(id, on), "value", id)

    def find(self, id: str, on: date | None = None) -> Value | None:
        """Give the value with this id, or None where this law is silent."""
        return governing(self.values, id, on)

    def section(self, prefix: str, on: date | None = None) -> tuple[Value, ...]:
        """List the values that hold under a prefix (`desk`), in the order of their sources."""
        return tuple(
            v for v in self.values if v.id.startswith(f"{prefix}.") and v is self.find(v.id, on)
        )

    def overridden(self, id: str) -> tuple[Provision, ...]:
        """List the rows with this id over which a later layer has laid its own."""
        rows: tuple[Value | Basis, ...] = (*self.values, *self.all_bases)
        return tuple(row for row in rows if row.id == id and row.overridden_by is not None)

    def time_rule(self, id: str, on: date | None = None) -> TimeProvision:
        """Give the provision on counting with this id. Raises: NotInLaw."""
        return _required(governing(self.time_rules, id, on), "time rule", id)

    def deadlines_on(self, on: date | None) -> tuple[DeadlineRule, ...]:
        """List the deadline rules that hold on a day, in the order of their sources."""
        rows = self.all_deadlines
        return tuple(row for row in rows if row is governing(rows, row.id, on))

    def deadline(self, id: str, on: date | None = None) -> DeadlineRule:
        """Give the rule of the deadline with this id. Raises: NotInLaw."""
        return _required(self.find_deadline(id, on), "deadline", id)

    def find_deadline(self, id: str, on: date | None = None) -> DeadlineRule | None:
        """Give the rule of the deadline with this id, or None where this law is silent."""
        return governing(self.all_deadlines, id, on)

    def federal_deadline(self, id: str, on: date | None = None) -> DeadlineRule:
        """Give the rule of the lowest layer, over which a state may have laid its own.

        Raises: NotInLaw.
        """
        federal = tuple(row for row in self.all_deadlines if row.layer == self.layers[0].name)
        return _required(governing(federal, id, on), "federal deadline", id)

    def version_of(self, row: Provision) -> int:
        """Give the version of the layer that brought a row of this law."""
        return next(layer.version for layer in self.layers if layer.name == row.layer)

    def holidays(self, name: str | None = None) -> Holidays:
        """Give a calendar; without a name, the one on which this library counts working days.

        Raises: NotInLaw.
        """
        wanted = name or self.value("time.calendar").word
        found = next((c for c in self.calendars if c.name == wanted), None)
        if found is None:
            raise NotInLaw(f"The law in force has no calendar {wanted}.")
        return found

    def dump(self) -> bytes:
        """Write the law in its one spelling (RFC 8785 as FORMAT restricts it)."""
        return msgspec.json.encode(self, order="sorted")

    def digest(self) -> bytes:
        """Give the 32 bytes that records pin."""
        return sha256(self.dump()).digest()


_LAW = Form[Law](Law)


def load_resolved(data: bytes) -> Law:
    """Read a resolved law that a record pinned, and refuse every other spelling of it.

    Raises: PackRefused.
    """
    try:
        law = _LAW.parse(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PackRefused(f"This is not a resolved law: {error}") from None
    if law.dump() != data:
        raise PackRefused("The resolved law is not in its one spelling.")
    return law


def governing(rows: tuple[Row, ...], id: str, on: date | None) -> Row | None:
    """Give the row of the highest layer that is in force; rows stand lowest layer first."""
    return next((row for row in reversed(rows) if row.id == id and row.in_force(on)), None)


def _required(row: Row | None, kind: str, id: str) -> Row:
    if row is None:
        raise NotInLaw(f"The law in force has no {kind} {id} on that day.")
    return row
