"""The runner: open projections catch up with the open store, page by page.

Rows and position change in one transaction. A page that cannot be projected stops the runner, which
says so; it never skips. Rebuilding from nothing gives the same rows as catching up (tested).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from hashlib import sha256

from ledger.domain.case import Case
from ledger.domain.law.deadlines import Reading
from ledger.errors import NotFound
from ledger.projections.views import VIEWS, Row, View
from ledger.stores.projected import Projected
from ledger.stores.store import Store

CaseOf = Callable[[str], Case]
"""Reads an open case by its reference, as the service."""

PAGE = 500


class Runner:
    """Keeps the stored views of one ledger's open cases up to date."""

    def __init__(
        self, store: Store, projected: Projected, case_of: CaseOf, reading: Reading
    ) -> None:
        self._store = store
        self._projected = projected
        self._case_of = case_of
        self._reading = reading

    def catch_up(self) -> int:
        """Project whatever is new; gives the number of records read.

        Raises:
            EvidenceCorrupt: a record cannot be read; the position stays before it.
        """
        return sum(self._catch_up(view) for view in VIEWS)

    def rebuild(self, view: View) -> None:
        """Drop the view's rows and project every record again."""
        self._projected.forget(self._tag(view))
        self._catch_up(view)

    def rows(self, view: View) -> tuple[Row, ...]:
        """The rows of a view, in the order of their keys."""
        return tuple(json.loads(row) for _, row in self._projected.rows(self._tag(view)))

    def _tag(self, view: View) -> str:
        """The name of a view's rows: another one whenever the library's closures are others, since
        they may move a date in any case.
        """
        days = "\n".join(sorted(str(day) for day in self._reading.closed_on))
        return f"{view.tag}.{sha256(days.encode()).hexdigest()[:16]}" if days else view.tag

    def _catch_up(self, view: View) -> int:
        tag = self._tag(view)
        if not self._projected.position(tag):
            self._drop_others(view, tag)
        read = 0
        while page := self._store.page(self._projected.position(tag), PAGE):
            references = self._references(row.stream for _, row in page)
            changes: dict[str, str | None] = {}
            for reference in references:
                changes |= self._changes(view, tag, reference)
            self._projected.apply(tag, page[-1][0], changes)
            read += len(page)
        return read

    def _drop_others(self, view: View, tag: str) -> None:
        """Drop what was made by another definition, or when the closures were others."""
        for other in self._projected.views():
            if other != tag and other.startswith(f"{view.name}.v"):
                self._projected.forget(other)

    def _references(self, streams: Iterable[bytes]) -> list[str]:
        """The cases that changed. A stream without a label is the office's, or not yet a case's."""
        found = (self._store.label_of(stream) for stream in dict.fromkeys(streams))
        return list(dict.fromkeys(label for label in found if label is not None))

    def _changes(self, view: View, tag: str, reference: str) -> dict[str, str | None]:
        old = self._projected.keys(tag, reference)
        stream = self._store.labelled(reference)
        if stream is None or self._store.erased.mark(stream) is not None:
            # The case was erased, or is open no more: nothing of it is left to show.
            return dict.fromkeys(old)
        try:
            case = self._case_of(reference)
        except NotFound:
            if self._store.labelled(reference) is not None:
                raise
            # It was sealed in this very moment.
            return dict.fromkeys(old)
        rows = view.rows(reference, case, self._reading)
        removed: dict[str, str | None] = dict.fromkeys(old)
        return removed | {key: json.dumps(row, sort_keys=True) for key, row in rows.items()}
