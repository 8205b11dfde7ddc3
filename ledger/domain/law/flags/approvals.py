"""Approvals whose basis is not the statute's, or asks for nothing that anybody could look at."""

from collections.abc import Iterator

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.law.deadlines import LawThen, Reading
from ledger.domain.law.flags.flag import Flag, flag, house_flag
from ledger.domain.parts import Approval


def of_approvals(case: Case, reading: Reading) -> Iterator[Flag]:
    """What jars about the approvals of a case."""
    for approval in case.approvals:
        yield from _of_approval(approval, reading.then(approval))


def _of_approval(approval: Approval, then: LawThen) -> Iterator[Flag]:
    basis = then.law.find_basis(approval.event.basis, then.on)
    if basis is None:
        # No approval is recorded so, but a basis or a day may have been corrected since.
        yield house_flag(
            "basis-not-in-law",
            approval.ref,
            "The law that was in force on that day lists no such basis.",
            "domain §5.4.1 no. 17",
        )
        return
    if basis.beyond_statute:
        yield flag("permitted-by-policy-only", approval.ref, basis)
    if basis.rests_on == "custodians-word":
        yield replace(
            flag("rests-on-custodians-word", approval.ref, basis),
            sentence=f"This rests on the custodian's word alone. {basis.sentence}",
        )
