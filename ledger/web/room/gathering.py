"""What a person may see of all cases at once: stored rows of what stands open, and what is sealed
to them folded in memory, once for all that a page shows of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ledger.domain.calendar import local_date
from ledger.errors import EvidenceCorrupt, NotFound
from ledger.projecting import open_rows
from ledger.projections.definitions import Definition, Row, Told
from ledger.register.reading import CaseFile, Reader
from ledger.web.visit import Visit


@dataclass
class Gathered:
    """The cases of one visitor. Sealed ones are read when they are first asked for; each look is
    recorded by the reader.
    """

    visit: Visit
    reader: Reader
    damaged: int = field(default=0, init=False)
    """How many sealed matters of theirs cannot be read."""
    _made: dict[str, list[Row]] = field(default_factory=dict, init=False)

    @cached_property
    def sealed(self) -> tuple[CaseFile, ...]:
        """Every sealed case, task and waiting visit that the person opens."""
        found: list[CaseFile] = []
        for reference in self.reader.sealed_references():
            try:
                found.append(self.reader.case(reference))
            except (EvidenceCorrupt, NotFound):
                self.damaged += 1
        return tuple(found)

    @cached_property
    def _told(self) -> Sequence[Told]:
        if not self.sealed:
            return ()
        reading = self.reader.reading()
        return [Told.folded(one.reference, one.case, reading) for one in self.sealed]

    def rows(self, definition: Definition) -> list[Row]:
        """The rows of a definition, in no order, in a list of the caller's own."""
        if definition.tag not in self._made:
            self._made[definition.tag] = self._make(definition)
        return [*self._made[definition.tag]]

    def _make(self, definition: Definition) -> list[Row]:
        site = self.visit.site
        rows = open_rows(site.home, site.register.reader(None), definition, site.clock)
        if definition.subject == "office":
            return rows
        shown = {row["reference"] for row in rows}
        for told in self._told:
            if told.reference not in shown:
                rows += definition.rows(told).values()
        return rows

    @property
    def today(self) -> str:
        """The local day, as rows write it."""
        site = self.visit.site
        return local_date(site.clock(), site.home.config.zone).isoformat()
