"""What a pack claims of a case, held against what follows from the records.

Each difference is a finding with the record, the field, what follows and what is claimed. Values
are quoted, because they are words of the law and dates and nobody's personal data; whatever a
hostile file holds is cut and made harmless first.

Cites: FORMAT §5 (`derived/`), §6 V15.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from typing import Final, NamedTuple

from ledger.domain.derived import Derived
from ledger.evidence.derived import Claims
from ledger.evidence.jcs import Json

__all__ = ["Difference", "compare", "say"]

_MOST: Final = 100
"""Differences that are told of one case."""
_LONGEST: Final = 80
_Row = Mapping[str, Json]


class Difference(NamedTuple):
    """One thing that is claimed otherwise: code, sentence, and the record; empty for the case."""

    code: str
    sentence: str
    ref: str


def compare(claims: Claims, derived: Derived) -> list[Difference]:
    """Return how claims differ from what follows; at most a hundred differences. Pure."""
    found = _all(claims, derived)
    told = list(islice(found, _MOST))
    for more in islice(found, 1):
        told.append(Difference(more.code, "There are more differences than these.", ""))
    return told


def _all(claims: Claims, derived: Derived) -> Iterator[Difference]:
    if claims.state != derived.state:
        sentence = _sentence("The case", "state", derived.state, claims.state)
        yield Difference("V15.state-differs", sentence, "")
    for code, what, follow, claimed in (
        ("V15.flag-differs", "flag", derived.flags, claims.flags),
        ("V15.deadline-differs", "deadline", derived.deadlines, claims.deadlines),
    ):
        some = False
        for ref, sentence in _rows(what, follow, claimed):
            some = True
            yield Difference(code, sentence, ref)
        if not some and list(follow) != list(claimed):
            yield Difference(code, f"The {what}s are claimed in another order.", "")


def _rows(what: str, follow: Sequence[_Row], claimed: Sequence[_Row]) -> Iterator[tuple[str, str]]:
    """Give record and sentence of each difference between rows of the same record and name."""
    ours, theirs = _grouped(follow), _grouped(claimed)
    for key in sorted(ours.keys() | theirs.keys()):
        ref, name = key
        title = f"The {what} {say(name)}"
        for one, other in zip_longest(ours.get(key, ()), theirs.get(key, ())):
            if one is None:
                yield ref, f"{title} is claimed and does not follow from the records."
            elif other is None:
                yield ref, f"{title} follows from the records and is not claimed."
            else:
                yield from ((ref, sentence) for sentence in _fields(title, one, other))


def _grouped(rows: Sequence[_Row]) -> Mapping[tuple[str, str], list[_Row]]:
    found: defaultdict[tuple[str, str], list[_Row]] = defaultdict(list)
    for row in rows:
        found[str(row["ref"]), str(row["name"])].append(row)
    return found


def _fields(title: str, one: _Row, other: _Row) -> Iterator[str]:
    for name in sorted(one.keys() | other.keys()):
        if _spell(one.get(name)) != _spell(other.get(name)):
            yield _sentence(title, say(name), one.get(name), other.get(name))


def _sentence(title: str, name: str, expected: Json, got: Json) -> str:
    expected, got = say(_spell(expected)), say(_spell(got))
    return f"{title} is claimed with another {name}: expected {expected}, got {got}."


def _spell(value: Json) -> str:
    """Spell a value; by their spellings values are told apart, because in Python 1 equals True."""
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


def say(text: str) -> str:
    """Return a text so that it can do nothing to a terminal, and is no longer than a line. Pure."""
    shown = "".join(one if one.isprintable() else "?" for one in text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
