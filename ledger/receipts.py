"""Was a promise kept? What somebody can ask who holds a receipt and a copy of the published log.

The verifier judges (V14); this module puts its judgement into words for the holder and adds where
the entry stands. It needs no home of a ledger and no service, so that a stranger can ask as well:
`python -m ledger.verify LOG --trust FILE --receipt FILE` gives the same judgement.

Imports the evidence room and the verifier only. Cites: FORMAT §4 "Receipt", §6 V14.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.grammar import Malformed, format_instant
from ledger.evidence.merkle import Tree, verify_inclusion
from ledger.evidence.pack import CHECKPOINT, LOG, MANIFEST, SCHEDULE
from ledger.evidence.receipt import Receipt
from ledger.evidence.schedule import Schedule
from ledger.evidence.tiles import TileReader
from ledger.verify import Outcome, Report, verify
from ledger.verify import trust as trust_file
from ledger.verify.log import verify_note

__all__ = ["BROKEN", "KEPT", "NOT_KNOWN", "Promise", "check_promise"]

KEPT: Final = 0
BROKEN: Final = 1
NOT_KNOWN: Final = 2

_EVIDENCE: Final = (
    "Keep the receipt and this copy of the log as they are, and give copies of both to counsel and"
    " to the board: together they prove it to anybody."
)
_RENEW: Final = (
    "If the library says that the log's keys were changed, renew your trust file first:"
    " disclosure-ledger trust renew. Then ask again."
)
_OTHER_KEYS: Final = frozenset({"V2.checkpoint-refused", "V2.schedule-refused"})


@dataclass(frozen=True, slots=True)
class Promise:
    """What became of a receipt. `exit_code` is KEPT, BROKEN or NOT_KNOWN.

    `state` is one word for programs: kept, not-due, not-shown, broken, refused, log-not-intact or
    unusable. `tick` is the promised one, `index` the leaf of a kept one.
    """

    state: str
    exit_code: int
    sentence: str
    tick: int | None = None
    due: str | None = None
    index: int | None = None
    size: int | None = None


def check_promise(note: bytes, path: Path, trust: bytes, now: datetime) -> Promise:
    """Hold a receipt against a published log, or a pack, at `path`. Total.

    `now` only words the answer about a tick that the copy of the log does not reach.
    """
    report = verify(path, trust, receipts=(note,))
    if report.unusable:
        return Promise("unusable", NOT_KNOWN, f"Nothing could be checked: {report.unusable}")
    codes = {one.code for one in report.faults}
    if "V14.receipt-refused" in codes:
        return Promise(
            "refused",
            BROKEN,
            "This is not a receipt of this ledger: its signature does not hold under the trusted"
            " keys, or it was changed. It promises nothing.",
        )
    known = trust_file.load(trust)
    receipt = Receipt.load(verify_note(note, known.receipt))
    if "V14.broken" in codes:
        return Promise(
            "broken",
            BROKEN,
            f"BROKEN: the ledger promised this entry by tick {receipt.tick}, and the log does not"
            f" hold it there. {_EVIDENCE}",
            tick=receipt.tick,
        )
    if report.faults:
        sentence = (
            f"What was checked is not intact, and proves nothing: {report.faults[0].sentence}"
        )
        advice = _RENEW if codes & _OTHER_KEYS else _EVIDENCE
        return Promise("log-not-intact", BROKEN, f"{sentence} {advice}", tick=receipt.tick)
    return _told(receipt, path, known, report, now)


def _told(
    receipt: Receipt, path: Path, known: trust_file.Trust, report: Report, now: datetime
) -> Promise:
    folder = path / LOG if (path / MANIFEST).exists() and (path / LOG).is_dir() else path
    try:
        checkpoint = known.verify_checkpoint((folder / CHECKPOINT).read_bytes()).checkpoint
        schedule = Schedule.load(verify_note((folder / SCHEDULE).read_bytes(), known.log))
    except (OSError, Malformed):
        # A zip: what it proves is told, where the entry stands is not.
        return _without_place(receipt, report)
    due = format_instant(schedule.due(receipt.tick))
    promised = schedule.size_after(receipt.tick)
    if promised > checkpoint.size:
        return _not_due(receipt, checkpoint, schedule.due(receipt.tick), now)
    index = _find(folder, receipt.commitment, promised)
    if index is None or not _is_proven(folder, receipt.commitment, index, checkpoint):
        return _without_place(receipt, report)
    return Promise(
        "kept",
        KEPT,
        f"Kept: the entry stands in the log since tick {schedule.tick_of(index)}, at index"
        f" {index}; promised was tick {receipt.tick}. The path to the signed root holds.",
        tick=receipt.tick,
        due=due,
        index=index,
        size=checkpoint.size,
    )


def _not_due(receipt: Receipt, checkpoint: Checkpoint, due: datetime, now: datetime) -> Promise:
    when = format_instant(due)
    sentence = (
        f"Not due yet: the entry is promised by tick {receipt.tick}, which is due at {when}. Ask"
        " again with a copy of the log made after that."
        if now < due
        else f"This copy of the log ends before tick {receipt.tick}, which was due at {when}. Fetch"
        " a newer copy and ask again. If the library publishes none, ask it why."
    )
    return Promise("not-due", NOT_KNOWN, sentence, receipt.tick, when, None, checkpoint.size)


def _without_place(receipt: Receipt, report: Report) -> Promise:
    ran = any(one.name == "V14" and one.outcome is Outcome.RAN for one in report.checks)
    if ran:
        sentence = f"Kept: the entry stands in the log by tick {receipt.tick}, as promised."
        return Promise("kept", KEPT, sentence, tick=receipt.tick)
    sentence = (
        "This pack does not show the entry, or ends before its tick. Ask again with a copy of the"
        " published log."
    )
    return Promise("not-shown", NOT_KNOWN, sentence, tick=receipt.tick)


def _find(folder: Path, commitment: bytes, end: int) -> int | None:
    reader = TileReader(folder)
    try:
        found = (index for index in range(end) if reader.entry(index) == commitment)
        return next(found, None)
    except Malformed:
        return None


def _is_proven(folder: Path, commitment: bytes, index: int, checkpoint: Checkpoint) -> bool:
    """Check the path from the entry to the root, made from the tiles and from nothing else."""
    try:
        path = Tree(TileReader(folder).hash_at).inclusion_proof(index, checkpoint.size)
    except Malformed:
        return False
    return verify_inclusion(commitment, index, checkpoint.size, path, checkpoint.root)
