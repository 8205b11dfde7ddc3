"""V13 and V14: what a receiver brings along, compared with what the log holds.

Openings of every leaf show that nothing hides in the log but covers and tombstones. A receipt is
the ledger's promise that a commitment is in the log after a tick; somebody outside kept it, and so
it can be held against the log.

Cites: FORMAT §4 "Receipt", §5 "Openings", §6 V13, V14.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ledger.evidence.grammar import Malformed
from ledger.evidence.pack import opening_path
from ledger.evidence.receipt import Receipt
from ledger.evidence.schedule import Schedule
from ledger.verify.book import COVER
from ledger.verify.log import Log, verify_note
from ledger.verify.moments import Clock
from ledger.verify.report import Outcome, Tally
from ledger.verify.trust import Trust

__all__ = ["LARGEST_RECEIPT", "Receipts", "check_accounted"]

LARGEST_RECEIPT: Final = 512 * 1024
"""Bytes; more than any note of one text and a hundred lines needs."""


def check_accounted(
    size: int, schedule: Schedule | None, stood: bytearray, covers: Sequence[bytes], tally: Tally
) -> None:
    """Run V13: every leaf is opened, and no cover stands for two leaves.

    `stood` has a byte for each leaf, which is 1 where its commitment was opened.
    """
    tally.ran("V13")
    closed = stood.count(0)
    if closed:
        what = "One leaf is" if closed == 1 else f"{closed} leaves are"
        sentence = f"{what} opened neither as a record nor as a cover nor as erased."
        tally.add("V13.unopened", sentence, opening_path(stood.find(0)))
    # Within its own tick a cover has a place of its own, of which there are as many as leaves;
    # one that is shown in another tick was named as such by V7.
    taken = bytearray(size)
    clock = None if schedule is None else Clock(schedule)
    doubled: list[int] = []
    for index, tick, k in (one for block in covers for one in COVER.iter_unpack(block)):
        place = -1 if clock is None or tick < 1 else clock.size_before(tick) + k
        if clock is not None and 0 <= place < size and clock.tick_of(place) == tick:
            if taken[place]:
                doubled.append(index)
            taken[place] = 1
    for index in sorted(doubled):
        sentence = "Two leaves are opened as the same cover of the same tick."
        tally.add("V13.cover-doubled", sentence, opening_path(index))


class Receipts:
    """The promises that a receiver was given."""

    def __init__(self, notes: Sequence[bytes], trust: Trust, tally: Tally) -> None:
        """Read those that the ledger signed; others are findings."""
        self._tally = tally
        self._receipts: dict[int, Receipt] = {}
        for number, data in enumerate(notes, 1):
            try:
                self._receipts[number] = _load(data, trust)
            except Malformed as exc:
                sentence = f"Receipt {number} of those brought is not one of this ledger: {exc}."
                tally.add("V14.receipt-refused", sentence, ".")

    @property
    def commitments(self) -> frozenset[bytes]:
        """What they promise."""
        return frozenset(one.commitment for one in self._receipts.values())

    def check(self, log: Log | None, shown: Mapping[bytes, int]) -> None:
        """Run V14; `shown` are the leaves of promised commitments that a part pack opens."""
        reasons: list[str] = []
        for number, receipt in self._receipts.items():
            kept = _is_kept(receipt, log, shown)
            if isinstance(kept, str):
                reasons.append(f"of receipt {number} {kept}")
            elif not kept:
                sentence = f"Receipt {number} of those brought promises what the log does not hold."
                self._tally.add("V14.broken", sentence, ".")
        if reasons:
            self._tally.skip("; ".join(reasons), "V14", outcome=Outcome.COULD_NOT_RUN)
        else:
            self._tally.ran("V14")


def _load(data: bytes, trust: Trust) -> Receipt:
    if len(data) > LARGEST_RECEIPT:
        raise Malformed("a receipt is longer than receipts are")
    receipt = Receipt.load(verify_note(data, trust.receipt))
    if receipt.origin != trust.origin:
        raise Malformed("a receipt is of another ledger")
    return receipt


def _is_kept(receipt: Receipt, log: Log | None, shown: Mapping[bytes, int]) -> bool | str:
    """Tell whether a promise was kept, or in words why that cannot be told."""
    if log is None or log.schedule is None:
        return "nothing can be told without checkpoint and schedule"
    promised = log.schedule.size_after(receipt.tick)
    if promised > log.checkpoint.size:
        return "the tick is not due yet at this size of the log"
    if log.entries is not None:
        index = log.entries.find(receipt.commitment)
        return index is not None and index < promised
    found = shown.get(receipt.commitment)
    return "the commitment is not shown here" if found is None else found < promised
