"""V13 and V14: what a receiver brings along, compared with what the log holds.

Openings of every leaf show that nothing hides in the log but covers and tombstones. A receipt is
the ledger's promise that a commitment is in the log after a tick; somebody outside kept it, and so
it can be held against the log.

Cites: FORMAT §4 "Receipt", §5 "Openings", §6 V13, V14.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ledger.evidence.grammar import Malformed
from ledger.evidence.pack import opening_path
from ledger.evidence.receipt import Receipt
from ledger.verify.leaves import Proven
from ledger.verify.log import Log, verify_note
from ledger.verify.report import Outcome, Tally
from ledger.verify.trust import Trust

__all__ = ["LARGEST_RECEIPT", "check_accounted", "check_receipts"]

LARGEST_RECEIPT: Final = 512 * 1024
"""Bytes; more than any note of one text and a hundred lines needs."""


def check_accounted(log: Log, proven: Proven, tally: Tally) -> None:
    """Run V13: every leaf is opened, and no cover stands for two leaves."""
    tally.ran("V13")
    size = log.checkpoint.size
    closed = size - len(proven.stood)
    if closed:
        first = next(index for index in range(size) if index not in proven.stood)
        what = "One leaf is" if closed == 1 else f"{closed} leaves are"
        sentence = f"{what} opened neither as a record nor as a cover nor as erased."
        tally.add("V13.unopened", sentence, opening_path(first))
    seen: set[tuple[int, int]] = set()
    for index, cover in sorted(proven.covers.items()):
        if (cover.tick, cover.k) in seen:
            sentence = "Two leaves are opened as the same cover of the same tick."
            tally.add("V13.cover-doubled", sentence, opening_path(index))
        seen.add((cover.tick, cover.k))


def check_receipts(
    receipts: Sequence[bytes], trust: Trust, log: Log | None, proven: Proven | None, tally: Tally
) -> None:
    """Run V14 on the notes that the receiver brought; `proven` None in a published log."""
    reasons: list[str] = []
    for number, data in enumerate(receipts, 1):
        try:
            receipt = _load(data, trust)
        except Malformed as exc:
            sentence = f"Receipt {number} of those brought is not one of this ledger: {exc}."
            tally.add("V14.receipt-refused", sentence, ".")
            continue
        kept = _is_kept(receipt, log, proven)
        if isinstance(kept, str):
            reasons.append(f"of receipt {number} {kept}")
        elif not kept:
            sentence = f"Receipt {number} of those brought promises what the log does not hold."
            tally.add("V14.broken", sentence, ".")
    if reasons:
        tally.skip("; ".join(reasons), "V14", outcome=Outcome.COULD_NOT_RUN)
    else:
        tally.ran("V14")


def _load(data: bytes, trust: Trust) -> Receipt:
    if len(data) > LARGEST_RECEIPT:
        raise Malformed("a receipt is longer than receipts are")
    receipt = Receipt.load(verify_note(data, trust.receipt))
    if receipt.origin != trust.origin:
        raise Malformed("a receipt is of another ledger")
    return receipt


def _is_kept(receipt: Receipt, log: Log | None, proven: Proven | None) -> bool | str:
    """Tell whether a promise was kept, or in words why that cannot be told."""
    if log is None or log.schedule is None:
        return "nothing can be told without checkpoint and schedule"
    promised = log.schedule.size_after(receipt.tick)
    if promised > log.checkpoint.size:
        return "the tick is not due yet at this size of the log"
    if log.entries is not None:
        index = log.entries.find(receipt.commitment)
        return index is not None and index < promised
    index = None if proven is None else proven.commitments.get(receipt.commitment)
    if index is None:
        return "the commitment is not shown here"
    return index < promised
