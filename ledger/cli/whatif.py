"""A case as another law would have it: for a question, never for an answer."""

from __future__ import annotations

import msgspec

from ledger.cli.app import session
from ledger.cli.lawbook import read_law
from ledger.domain.context import Broken
from ledger.domain.law.deadlines import Deadline
from ledger.domain.law.pack import NotInLaw
from ledger.domain.law.rules import NoSuchRule
from ledger.domain.law.whatif import WhatIf, what_if
from ledger.errors import BadRequest


def case_under(reference: str, *, pack: str) -> int:
    """Show what would be different in a case under another law; nothing of it is recorded.

    Parameters
    ----------
    reference
        The case's reference.
    pack
        The other law: a pack (us-mo/jcl), a library's own file (.toml), or a resolved law (.json).
    """
    s = session()
    other = read_law(pack)
    reader = s.reader()
    file = reader.case(reference)
    try:
        found = what_if(file.case, other, reader.reading(), reader.office().office)
    except (NoSuchRule, NotInLaw) as error:
        # A resolved law may come from a newer program, or from one that asked less of it.
        raise BadRequest(f"{pack} does not fit the rules of this program. {error}") from error
    data = {
        "reference": file.reference,
        "pack": other.name,
        "law": other.digest().hex(),
        **msgspec.to_builtins(found),
    }
    s.answer(data, [f"{file.reference} if {other.name} had held:", *_lines(found)])
    return 0


def _lines(found: WhatIf) -> list[str]:
    lines = []
    for one in found.decisions:
        lines.append(f"  {one.type} {one.ref}")
        lines += [f"    no longer against it: {_told(no)}" for no in one.no_longer]
        lines += [f"    against it: {_told(no)}" for no in one.against]
    lines += [f"  no longer flagged {one.name}: {one.sentence}" for one in found.flags_gone]
    lines += [
        f"  flagged {one.name}: {one.sentence} ({one.citation}, {one.confidence})"
        for one in found.flags_new
    ]
    lines += [
        f"  {one.rule}: {_date(one.then)} becomes {_date(one.under_other)}"
        for one in found.deadlines
    ]
    return lines or ["  Nothing would be different."]


def _told(no: Broken) -> str:
    return f"{no.sentence} ({no.citation}, {no.confidence})"


def _date(row: Deadline | None) -> str:
    return "none" if row is None else f"{row.effective_on} ({row.confidence})"
