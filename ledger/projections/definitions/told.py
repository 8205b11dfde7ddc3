"""What a definition is told: the records of one case, or of the office, and how they are read.

Stored rows are made from records without their personal values, so that no row ever holds one, and
every row is the same before and after a person was erased.

Pure. Imports nothing but the domain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from ledger.domain.case import Case
from ledger.domain.derived import impersonal
from ledger.domain.evolve import replay
from ledger.domain.law.deadlines import Deadline, Reading, deadlines
from ledger.domain.law.flags import Flag, flags
from ledger.domain.office import Recorded
from ledger.domain.office_events import Assented
from ledger.domain.parts import Part

OFFICE = "office"
"""The name of the one subject that is no case."""


@dataclass(frozen=True)
class Told:
    """The records of a subject in their order. `reference` is the case's, or `OFFICE`."""

    reference: str
    records: tuple[Recorded, ...]
    reading: Reading

    @classmethod
    def impersonal(cls, reference: str, records: Iterable[Recorded], reading: Reading) -> Told:
        """Tell records as they read once their personal values are gone."""
        return cls(reference, tuple(map(impersonal, records)), reading)

    @classmethod
    def folded(cls, reference: str, case: Case, reading: Reading) -> Told:
        """Tell a case that was folded already, personal values and all: it is not folded again."""
        told = cls(reference, case.records, reading)
        vars(told)["case"] = case
        return told

    @cached_property
    def case(self) -> Case:
        """The records folded."""
        return replay(self.records)

    @cached_property
    def shown(self) -> tuple[Recorded, ...]:
        """The records with the corrections that are in effect."""
        return tuple(map(self.case.shown, self.records))

    @cached_property
    def deadlines(self) -> tuple[Deadline, ...]:
        """Every deadline of the case, earliest first."""
        return deadlines(self.case, self.reading)

    @cached_property
    def flags(self) -> tuple[Flag, ...]:
        """What counsel should look at."""
        return flags(self.case, self.reading)

    @cached_property
    def assents(self) -> Mapping[str, Recorded]:
        """Who agreed to a record, by the digest that was agreed to; of several the last."""
        return {one.event.of: one for one in self.records if isinstance(one.event, Assented)}

    @cached_property
    def parts(self) -> Mapping[str, Part]:
        """The things in the case, by the records that brought them."""
        fields = (getattr(self.case, name) for name in Case.__struct_fields__)
        things = (one for value in fields for one in _things(value))
        return {one.ref: one for one in things}

    def pack(self, law: str) -> str:
        """The name and version of a resolved pack by its digest, such as us-co/lcld@2."""
        if law not in self._packs:
            last = self.reading.law_of(law).layers[-1]
            self._packs[law] = f"{last.name}@{last.version}"
        return self._packs[law]

    @cached_property
    def _packs(self) -> dict[str, str]:
        # Many records pin one law, and each look at a law is a look at its file.
        return {}

    def law_at(self, ref: str | None) -> dict[str, str | None]:
        """The law that a record pinned, as a row names it."""
        place = None if ref is None else self._places.get(ref)
        if place is None:
            return {"law": None, "pack": None}
        law = self.records[place].law
        return {"law": law, "pack": self.pack(law)}

    def rests_on(self, *refs: str | None) -> list[str]:
        """These records with those that they and what they brought name, and the corrections that
        are in effect on any of them; in the order of the records.
        """
        found = {ref for ref in refs if ref is not None and ref in self._places}
        found |= {one for ref in tuple(found) for one in self._named(ref)}
        found |= {by for wrong, by in self.case.corrected if wrong in found}
        agreed = (self.assents.get(self.records[self._places[ref]].e) for ref in found)
        found |= {one.ref for one in agreed if one is not None}
        return sorted(found, key=self._places.__getitem__)

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {one.ref: place for place, one in enumerate(self.records)}

    def _named(self, ref: str) -> Iterator[str]:
        thing = self.parts.get(ref) or self.records[self._places[ref]].event
        return (one for one in _texts(msgspec.to_builtins(thing)) if one in self._places)


def _things(value: object) -> Iterator[Part]:
    for one in value if isinstance(value, tuple) else (value,):
        if isinstance(one, Part):
            yield one


def _texts(value: Any) -> Iterator[str]:
    """Every text in plain JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for one in value.values() for text in _texts(one))
    elif isinstance(value, list | tuple):
        yield from (text for one in value for text in _texts(one))
