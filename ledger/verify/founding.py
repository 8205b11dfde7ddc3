"""V9, the beginning: the founding record that the receiver trusts, and what it settles for good.

Cites: FORMAT §1 "Founding", §6 V9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from ledger.evidence.acts import LedgerFounded, parse_event
from ledger.evidence.grammar import Malformed
from ledger.evidence.rights import OWN_CUSTODY
from ledger.verify.facts import ERASED, PENDING, SIGNED, Fact, Ground, Row, fact_of
from ledger.verify.judge import Founding
from ledger.verify.report import Tally

__all__ = ["find_founding", "is_signed"]


def find_founding(
    founded: bytes, rows: Iterable[Row], grounds: Mapping[int, Ground], unfit: frozenset[int],
    tally: Tally,
) -> tuple[Fact, Founding] | None:  # fmt: skip
    """Return the founding record that the receiver trusts, with what it says."""
    row = next((row for row in rows if row.e == founded and not row.flags & ERASED), None)
    if row is None:
        sentence = "The founding that the receiver trusts is not shown: nobody's right is proven."
        tally.add("V9.founding-not-shown", sentence, "records")
        return None
    one = fact_of(row, grounds[row.ground], is_signed=is_signed(row, unfit))
    try:
        event = parse_event(one.type, one.event)
    except Malformed:
        event = None
    if not isinstance(event, LedgerFounded) or one.seq != 1 or one.ground.office_seq != 0:
        sentence = "What the receiver trusts as the founding is not a founding record."
        tally.add("V9.founding-malformed", sentence, one.place)
        return None
    if not _is_signed_by_founder(one, event):
        sentence = "The founding record is not signed by one of the founders."
        tally.add("V9.founding-unsigned", sentence, one.place)
        return None
    return one, Founding(one.stream, one.e, event, one.ground.recorded_by)


def is_signed(row: Row, unfit: frozenset[int]) -> bool:
    """Tell whether the signature of a row fits the key that it names."""
    return bool(row.flags & SIGNED) or (bool(row.flags & PENDING) and row.leaf not in unfit)


def _is_signed_by_founder(one: Fact, event: LedgerFounded) -> bool:
    ground = one.ground
    return one.is_signed and any(
        (founder.person, founder.role) == (ground.recorded_by, ground.role)
        and sha256(founder.key).hexdigest() == ground.key
        and (ground.attested == "own-device") == (founder.custody in OWN_CUSTODY)
        for founder in event.founders
    )
