"""The command `python -m ledger.verify PATH --trust FILE …`, as FORMAT §7 names it.

Exit 0: intact for the reported scope. 1: findings. 2: trust or arguments cannot be used, or a check
that was asked for could not run. The first line printed is the one sentence that a reader needs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ledger.verify import Report, verify
from ledger.verify.brought import LARGEST_RECEIPT

_MOST_JOBS = 256
_LARGEST_TRUST = 4 * 1024 * 1024
_LARGEST_PINNED = 512 * 1024


def main(arguments: Sequence[str] | None = None, prog: str = "python -m ledger.verify") -> int:
    """Verify, print the report and return the exit code. `prog` is how this was called."""
    parser = _parser(prog)
    asked = parser.parse_args(arguments)
    if (asked.before is None) != (asked.before_trust is None):
        parser.error("--before and --before-trust go together")
    report = _verify(asked)
    sys.stdout.write(report.json() if asked.json else report.text())
    return report.exit_code


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Verify an evidence pack, or a published log, of a disclosure ledger.",
        epilog="Exit: 0 intact, 1 findings, 2 could not be checked.",
    )
    parser.add_argument(
        "path", metavar="PATH", type=Path, help="the pack (directory or zip) or the log"
    )
    parser.add_argument(
        "--trust",
        metavar="FILE",
        type=Path,
        required=True,
        help="what you already know of the ledger; never taken from the pack",
    )
    parser.add_argument(
        "--openings",
        metavar="PATH",
        type=Path,
        help="directory of openings that you may see and the pack does not show",
    )
    parser.add_argument(
        "--receipt",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="a receipt that you were given; may be repeated",
    )
    parser.add_argument(
        "--pinned",
        metavar="FILE",
        type=Path,
        help="a checkpoint, or the line of a card, that somebody kept elsewhere",
    )
    parser.add_argument(
        "--before",
        metavar="PATH",
        type=Path,
        help="evidence of the ledger that this one follows, with --before-trust",
    )
    parser.add_argument(
        "--before-trust",
        metavar="FILE",
        type=Path,
        help="what you already know of the ledger before",
    )
    parser.add_argument(
        "--replay",
        action="store_true",
        help="put every decision before the rules again, and derive what the pack claims of its"
        " cases (needs the [replay] extra)",
    )
    parser.add_argument(
        "--jobs", metavar="N", type=_positive, help="processes that read a large pack"
    )
    parser.add_argument("--json", action="store_true", help="print the report for a program")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number <= _MOST_JOBS:
        raise argparse.ArgumentTypeError(f"is not from 1 to {_MOST_JOBS}")
    return number


def _verify(asked: argparse.Namespace) -> Report:
    try:
        trust_bytes = _read(asked.trust, _LARGEST_TRUST)
    except (OSError, ValueError):
        return Report("evidence", "", unusable="the trust file cannot be read.")
    try:
        # One byte more than a receipt may have shows that it is too long.
        notes = [_read(one, LARGEST_RECEIPT + 1) for one in asked.receipt]
    except (OSError, ValueError):
        return Report("evidence", "", unusable="a receipt cannot be read.")
    try:
        pinned = None if asked.pinned is None else _read(asked.pinned, _LARGEST_PINNED)
    except (OSError, ValueError):
        return Report("evidence", "", unusable="the pinned checkpoint cannot be read.")
    before = None
    try:
        if asked.before is not None:
            before = asked.before, _read(asked.before_trust, _LARGEST_TRUST)
    except (OSError, ValueError):
        why = "the trust file of the ledger before cannot be read."
        return Report("evidence", "", unusable=why)
    try:
        return verify(
            asked.path,
            trust_bytes,
            openings=asked.openings,
            receipts=notes,
            pinned=pinned,
            before=before,
            replay=asked.replay,
            jobs=asked.jobs,
        )
    except Exception as exc:
        # Evidence must never end in a traceback. No input is known that comes here; what does is
        # a fault of this program or of the machine, and says nothing about the evidence.
        return Report("evidence", "", unusable=f"the verifier failed ({type(exc).__name__}).")


def _read(path: Path, largest: int) -> bytes:
    with path.open("rb") as file:
        return file.read(largest)


if __name__ == "__main__":
    sys.exit(main())
