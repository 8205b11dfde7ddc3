"""The runner: open projections catch up with the open store, page by page.

Rows and position change in one transaction. A page that cannot be projected stops the runner, which
says so; it never skips. Rebuilding from nothing gives the same rows as catching up (tested).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from ledger.domain.case import Case
from ledger.domain.law.deadlines import LawOf
from ledger.projections.views import VIEWS, Row, View
from ledger.stores.projected import Projected
from ledger.stores.store import Store

CaseOf = Callable[[str], Case]
"""Reads an open case by its reference, as the service."""

PAGE = 500


class Runner:
    """Keeps the stored views of one ledger's open cases up to date."""

    def __init__(
        self, store: Store, projected: Projected, case_of: CaseOf, law_of: LawOf, zone: str
    ) -> None:
        self._store = store
        self._projected = projected
        self._case_of = case_of
        self._law_of = law_of
        self._zone = zone

    def catch_up(self) -> int:
        """Project whatever is new; gives the number of records read.

        Raises:
            EvidenceCorrupt: a record cannot be read; the position stays before it.
        """
        return sum(self._catch_up(view) for view in VIEWS)

    def rebuild(self, view: View) -> None:
        """Drop the view's rows and project every record again."""
        self._projected.forget(view.tag)
        self._catch_up(view)

    def rows(self, view: View) -> tuple[Row, ...]:
        """The rows of a view, in the order of their keys."""
        return tuple(json.loads(row) for _, row in self._projected.rows(view.tag))

    def _catch_up(self, view: View) -> int:
        read = 0
        while page := self._store.page(self._projected.position(view.tag), PAGE):
            references = self._references(row.stream for _, row in page)
            changes: dict[str, str | None] = {}
            for reference in references:
                changes |= self._changes(view, reference)
            self._projected.apply(view.tag, page[-1][0], changes)
            read += len(page)
        return read

    def _references(self, streams: Iterable[bytes]) -> list[str]:
        """The cases that changed. A stream without a label is the office's, or not yet a case's."""
        found = (self._store.label_of(stream) for stream in dict.fromkeys(streams))
        return list(dict.fromkeys(label for label in found if label is not None))

    def _changes(self, view: View, reference: str) -> dict[str, str | None]:
        old = self._projected.keys(view.tag, reference)
        stream = self._store.labelled(reference)
        if stream is not None and self._store.erased.mark(stream) is not None:
            # The case was erased: nothing of it is left to show.
            return dict.fromkeys(old)
        rows = view.rows(reference, self._case_of(reference), self._law_of, self._zone)
        removed: dict[str, str | None] = dict.fromkeys(old)
        return removed | {key: json.dumps(row, sort_keys=True) for key, row in rows.items()}
