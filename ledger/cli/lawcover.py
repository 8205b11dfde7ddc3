"""What the program does for each sentence of the five policies, in the order of their texts.

It needs no ledger and no key. A director or a lawyer reads it beside the policy: what the program
refuses, dates, records or shows, and what it leaves to people, with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import get_args

import msgspec

from ledger.cli.app import session
from ledger.cli.lawtext import WIDTH, wrapped
from ledger.counted import counted
from ledger.domain.law.coverage import (
    LISTED,
    Coverage,
    Policy,
    PolicyKey,
    Treated,
    Treatment,
    parse_coverage,
)
from ledger.errors import BadRequest

_MARGIN = 22
_LEGEND = (
    "enforced: the program refuses what would break it. timed: it reckons the date. recorded: it"
    " has a record for it, and flags what jars. shown: it stands in the law that the program shows."
    " human: people keep it. out-of-scope: it is about something else than requests and"
    " disclosures. The sentences are not the policies' own words, and none is legal advice."
)


def coverage(policy: str | None = None) -> int:
    """Show what the program does for each sentence of the policies, in the order of their texts.

    Parameters
    ----------
    policy
        One policy: 000 to 004. Without it, all five.
    """
    read = load_coverage()
    chosen = [one for one in read.policies if policy in (None, one.key)]
    if not chosen:
        raise BadRequest(f"There is no policy {policy}. There are: {', '.join(_keys())}.")
    data = {
        "policies": [_data(read, one) for one in chosen],
        "treated": len(read.requirements),
        "listed": LISTED,
        "counts": _counts(read.requirements),
    }
    session().answer(data, list(_lines(read, chosen)))
    return 0


def load_coverage() -> Coverage:
    """Read all rows as they ship with this program; it takes some hundredths of a second."""
    folder = files("ledger.domain.law") / "requirements"
    return parse_coverage(file.read_text(encoding="utf-8") for file in folder.iterdir())


def _keys() -> tuple[str, ...]:
    return get_args(PolicyKey)


def _data(read: Coverage, policy: Policy) -> dict[str, object]:
    return {
        "policy": policy.key,
        "title": policy.title,
        "pack": policy.pack,
        "requirements": [
            {**msgspec.to_builtins(row), "place": row.at[policy.key]} for row in read.of(policy)
        ],
    }


def _counts(rows: Iterable[Treated]) -> dict[str, int]:
    found = Counter(row.treated for row in rows)
    return {one: found[one] for one in get_args(Treatment) if found[one]}


# --- For reading -------------------------------------------------------------------------------


def _lines(read: Coverage, policies: Iterable[Policy]) -> Iterator[str]:
    yield from wrapped(_LEGEND)
    for policy in policies:
        rows = read.of(policy)
        yield from ("", "=" * WIDTH, f"{policy.key}  {policy.title}", "=" * WIDTH)
        for place in policy.places:
            yield from ("", f"-- {place}")
            for row in rows:
                if row.at[policy.key] == place:
                    yield from _entry(row)
        yield from ("", *wrapped(f"In this policy: {_counted(rows)}."))
    yield from ("", *wrapped(f"Of all policies: {_counted(read.requirements)}."))
    yield f"{len(read.requirements)} of {LISTED}"


def _entry(row: Treated) -> Iterator[str]:
    head = f"{row.id:<7}{row.treated.upper()}"
    yield from wrapped(f"{head:<{_MARGIN}}{row.sentence}", hang=_MARGIN)
    yield from wrapped(f"> {row.how}", _MARGIN, hang=_MARGIN + 2)


def _counted(rows: tuple[Treated, ...]) -> str:
    counts = ", ".join(f"{number} {what}" for what, number in _counts(rows).items())
    return f"{counted(len(rows), 'requirement')}, {counts}"
