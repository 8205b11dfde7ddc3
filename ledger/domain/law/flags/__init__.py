"""Flags: what counsel should look at. A fact is never refused; where it jars with the law it is
flagged.

Pure and total, derived from the case under the law that each record pinned. A flag carries how sure
we are of its provision, so that a number which nobody confirmed is never shown as settled.
"""

from collections.abc import Callable, Iterator

from ledger.domain.case import Case
from ledger.domain.law.deadlines import Reading
from ledger.domain.law.flags import accounts
from ledger.domain.law.flags.approvals import of_approvals
from ledger.domain.law.flags.exigent import of_waivers
from ledger.domain.law.flags.flag import Flag
from ledger.domain.law.flags.gags import of_gags, of_seals
from ledger.domain.law.flags.holds import of_holds
from ledger.domain.law.flags.papers import of_papers
from ledger.domain.law.flags.warrants import of_warrants

__all__ = ["Flag", "flags"]

FLAGGING: tuple[Callable[[Case, Reading], Iterator[Flag]], ...] = (
    of_papers,
    of_warrants,
    of_gags,
    of_seals,
    of_approvals,
    accounts.of_notices,
    accounts.of_consents,
    accounts.of_complaints,
    accounts.of_conflicts,
    accounts.of_purges,
    of_waivers,
    of_holds,
)
"""One function for each part of a case that may jar."""


def flags(case: Case, reading: Reading) -> tuple[Flag, ...]:
    """Every flag of a case, in the order of the records. Pure. Total for the laws that packs
    resolve to.
    """
    found = [one for flagging in FLAGGING for one in flagging(case, reading)]
    order = {recorded.ref: place for place, recorded in enumerate(case.records)}
    return tuple(sorted(found, key=lambda f: (order[f.ref], f.name)))
