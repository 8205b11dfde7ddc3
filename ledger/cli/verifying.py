"""Commands that check evidence: packs, logs, receipts, and what somebody kept elsewhere.

The verifier is imported by the command that needs it.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from ledger.cli.app import session
from ledger.cli.proof import LARGEST_CHECKPOINT, LARGEST_TRUST, read_file, trusted
from ledger.cli.session import write_answer
from ledger.errors import BadRequest

receipt = App(name="receipt", help="Receipts: was a promise kept?")
LARGEST_RECEIPT = 512 * 1024


def check(
    path: Path | None = None,
    *,
    keep: Path | None = None,
    openings: Path | None = None,
    receipts: Annotated[tuple[Path, ...], Parameter(name="--receipt", negative="")] = (),
    trust: Path | None = None,
    pinned: Path | None = None,
    before: Path | None = None,
    before_trust: Path | None = None,
    replay: Annotated[bool, Parameter(negative="")] = False,
    reveal: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Check a pack or a log offline; without one, export what may be shown and check that.

    Parameters
    ----------
    path
        A pack or a copy of the published log.
    keep
        Without PATH: keep the evidence pack in this empty folder.
    openings
        With PATH: the openings that go with the pack. Without: an empty folder in which those that
        you may see are kept. Either way every entry of the log must then be accounted for.
    receipts
        A receipt that you were given; may be repeated.
    trust
        A trust file from elsewhere; without it, the one in the ledger's own folder, which proves
        less.
    pinned
        A checkpoint, or the line of a card, that somebody kept elsewhere: in the board's minutes.
    before
        Evidence of the ledger that this one follows: a pack, or a copy of its log.
    before_trust
        The trust file of that ledger.
    replay
        Put every decision before the rules of the law that it pins, and derive what the pack claims
        of its cases.
    reveal
        Without PATH: lay open personal values too, so that their digests are checked.
    """
    from ledger.trusting import check_reached
    from ledger.verify import verify

    s = session()
    known = trusted(s, trust)
    notes = [read_file(one, LARGEST_RECEIPT, "A receipt cannot be read.") for one in receipts]
    kept = None
    if pinned is not None:
        kept = read_file(pinned, LARGEST_CHECKPOINT, "The pinned checkpoint cannot be read.")
    older = _before(before, before_trust)
    judge = partial(
        verify, openings=openings, receipts=notes, pinned=kept, before=older, replay=replay
    )
    if path is not None:
        report = judge(path, known)
    else:
        if kept is not None:
            # A pack may be older than what is pinned; the ledger itself may not.
            check_reached(s.home, known, kept)
        from ledger.cli.packing import write_pack

        with tempfile.TemporaryDirectory(prefix="ledger-pack-") as scratch:
            target = keep or Path(scratch) / "pack"
            write_pack(s, target, openings, reveal=reveal, stays=keep is not None)
            report = judge(target, known)
    s.on_the_beat()
    write_answer(report.json() if s.as_json else report.text())
    return report.exit_code


def _before(evidence: Path | None, trust: Path | None) -> tuple[Path, bytes] | None:
    """Evidence of the ledger before, with its trust file. Raises: BadRequest."""
    if evidence is None and trust is None:
        return None
    if evidence is None or trust is None:
        raise BadRequest("--before and --before-trust go together.")
    what = "The trust file of the ledger before cannot be read."
    return evidence, read_file(trust, LARGEST_TRUST, what)


@receipt.command(name="check")
def check_receipt(
    file: Path,
    *,
    log: Path | None = None,
    pack: Path | None = None,
    trust: Path | None = None,
) -> int:
    """Tell whether the promise of a receipt was kept.

    Exit: 0 kept, 1 broken or no receipt of this ledger, 2 not due yet or not to be told.

    Parameters
    ----------
    file
        The receipt.
    log
        A copy of the published log; without it, the ledger's own.
    pack
        An evidence pack, in the place of a log.
    trust
        A trust file from elsewhere; without it, the one in the ledger's own folder, which proves
        less.
    """
    from ledger.receipts import check_promise

    s = session()
    if log is not None and pack is not None:
        raise BadRequest("Name a log or a pack, not both.")
    note = read_file(file, LARGEST_RECEIPT + 1, "The receipt cannot be read.")
    place = log or pack or s.home.log_directory
    told = check_promise(note, place, trusted(s, trust), s.now())
    data = {
        "state": told.state,
        "tick": told.tick,
        "due": told.due,
        "index": told.index,
        "size": told.size,
        "sentence": told.sentence,
    }
    s.answer(data, [told.sentence])
    return told.exit_code
