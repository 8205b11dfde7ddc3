"""The law as the program knows it: each value beside its citation, source and confidence; what is
different between two laws; what a deadline comes to. Nothing here is of any case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from ledger.domain.law.difference import difference
from ledger.domain.law.pack import Law, PackRefused, names, resolve
from ledger.domain.law.provisions import DeadlineRule
from ledger.domain.law.reckoning import NoLimit, Reckoning, reckon
from ledger.domain.law.rules import rule_versions
from ledger.domain.law.shown import shown_rows
from ledger.errors import BadRequest
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.room.cases import page_of
from ledger.web.room.forms import instant
from ledger.web.room.wording import confidence_words, plain
from ledger.web.visit import Visit

IN_FORCE = "in-force"
ON_A_PAGE = 40
CHANGES_ON_A_PAGE = 30
_TOLD = frozenset(
    (
        *("sentence", "citation", "source", "confidence", "place", "layer", "overridden_by", "id"),
        *("requirements", "last_checked"),
    )
)


def show(visit: Visit) -> Response:
    """A law, a library's own first; without a choice the one in force."""
    asked = visit.request.query_params.get("pack", IN_FORCE)
    law, first = law_named(visit, asked), page_of(visit) * ON_A_PAGE
    every = shown_rows(law, None)
    rows = [
        {
            "kind": kind,
            "holds": holds,
            "id": row.id,
            "value": _value(msgspec.to_builtins(row)),
            "sentence": row.sentence,
            "citation": row.citation,
            "source": plain(row.source),
            "confidence": confidence_words(row.confidence),
            "layer": row.layer,
            "overridden_by": row.overridden_by,
            "from": row.effective_from,
            "to": row.effective_to,
        }
        for kind, holds, row in every[first : first + ON_A_PAGE]
    ]
    pages = range((len(every) + ON_A_PAGE - 1) // ON_A_PAGE)
    told = {
        "law": law,
        "digest": law.digest().hex(),
        "rows": rows,
        "pages": pages,
        "page": first // ON_A_PAGE,
        **_choices(asked),
    }
    return render(visit, "room/law.html", told)


def compare(visit: Visit) -> Response:
    """What is different between two laws."""
    query = visit.request.query_params
    before, after = query.get("before", IN_FORCE), query.get("after", IN_FORCE)
    every = difference(law_named(visit, before), law_named(visit, after))
    first = page_of(visit) * CHANGES_ON_A_PAGE
    changes = [
        {
            "what": one.what,
            "kind": one.kind,
            "id": one.id,
            "before": [_in_words(part) for part in one.before],
            "after": [_in_words(part) for part in one.after],
        }
        for one in every[first : first + CHANGES_ON_A_PAGE]
    ]
    pages = range((len(every) + CHANGES_ON_A_PAGE - 1) // CHANGES_ON_A_PAGE)
    told = {
        **_choices(before),
        "after": after,
        "changes": changes,
        "count": len(every),
        "pages": pages,
        "page": first // CHANGES_ON_A_PAGE,
    }
    return render(visit, "room/law-difference.html", told)


def deadline(visit: Visit) -> Response:
    """What a deadline comes to from a day or an instant, with its sources and what moved it."""
    query = visit.request.query_params
    asked = query.get("pack", IN_FORCE)
    law = law_named(visit, asked)
    told: dict[str, Any] = {
        **_choices(asked),
        "rules": [(one.id, one.sentence) for one in law.deadlines_on(None)],
        "rule": query.get("rule"),
        "start": query.get("from", ""),
        "found": None,
        "said": None,
    }
    if told["rule"] and told["start"]:
        try:
            found = _reckoned(visit, law, told["rule"], told["start"])
            told["found"] = found
            told["confidence"] = confidence_words(found.confidence)
        except BadRequest as error:
            told["said"] = str(error)
    return render(visit, "room/law-deadline.html", told)


def _reckoned(visit: Visit, law: Law, name: str, start: str) -> Reckoning:
    """Reckon a deadline. Raises: BadRequest."""
    at = instant(start, visit.site.home.zone)
    rule: DeadlineRule | None = law.find_deadline(name, at.date())
    if rule is None:
        raise BadRequest("This law has no such deadline on that day.")
    closed_on = visit.site.register.office().office.closed_on
    try:
        return reckon(law, rule, at, on=at.date(), closed_on=closed_on)
    except (NoLimit, ValueError, OverflowError, LookupError) as error:
        raise BadRequest("That deadline cannot be counted from this alone.") from error


def law_named(visit: Visit, name: str) -> Law:
    """The law of a pack of this program, or the one in force. Raises: BadRequest."""
    if name == IN_FORCE:
        return visit.site.register.office().law
    if name not in names():
        raise BadRequest("There is no such pack. Choose one of the list.")
    try:
        return resolve(name, rule_versions())
    except PackRefused as error:
        raise BadRequest("That pack cannot be used.") from error


def _choices(asked: str) -> dict[str, Any]:
    return {"packs": (IN_FORCE, *names()), "asked": asked}


def _value(row: Mapping[str, Any]) -> str:
    """What a row holds besides its words and its source."""
    parts = [
        f"{plain(name)}: {_text(value)}"
        for name, value in row.items()
        if name not in _TOLD
        and value not in (None, [], (), "")
        and not name.startswith("effective")
    ]
    return "; ".join(parts)


def _in_words(part: object) -> str:
    told = msgspec.to_builtins(part)
    if not isinstance(told, dict):
        return str(told)
    head = f"{told.get('sentence', '')} ({told.get('citation', '')})" if "sentence" in told else ""
    return "; ".join(filter(None, (head, _value(told))))


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        return ", ".join(f"{plain(name)} {_text(one)}" for name, one in value.items())
    return plain(value) if isinstance(value, str) and len(value) < 40 else str(value)


DOORS = (
    Door("GET", "/law", "read-office", show),
    Door("GET", "/law/difference", "read-office", compare),
    Door("GET", "/law/deadline", "read-office", deadline),
)
