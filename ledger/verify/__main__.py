"""The command `python -m ledger.verify PATH --trust FILE [--json]`.

Exit 0: intact for the reported scope. 1: findings. 2: trust or arguments cannot be used, or a check
that was asked for could not run. The first line printed is the one sentence that a reader needs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ledger.verify import Report, verify

_LARGEST_TRUST = 4 * 1024 * 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify, print the report and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m ledger.verify",
        description="Verify an evidence pack, or a published log, of a disclosure ledger.",
        epilog="Exit: 0 intact, 1 findings, 2 could not be checked.",
    )
    parser.add_argument("path", metavar="PATH", type=Path, help="directory of the pack or log")
    parser.add_argument(
        "--trust",
        metavar="FILE",
        type=Path,
        required=True,
        help="what you already know of the ledger; never taken from the pack",
    )
    parser.add_argument("--json", action="store_true", help="print the report for a program")
    asked = parser.parse_args(arguments)
    report = _verify(asked.path, asked.trust)
    sys.stdout.write(report.json() if asked.json else report.text())
    return report.exit_code


def _verify(path: Path, trust: Path) -> Report:
    try:
        with trust.open("rb") as file:
            trust_bytes = file.read(_LARGEST_TRUST)
    except (OSError, ValueError):
        return Report("evidence", "", unusable="the trust file cannot be read.")
    try:
        return verify(path, trust_bytes)
    except Exception as exc:
        # Evidence must never end in a traceback. No input is known that comes here; what does is
        # a fault of this program or of the machine, and says nothing about the evidence.
        return Report("evidence", "", unusable=f"the verifier failed ({type(exc).__name__}).")


if __name__ == "__main__":
    sys.exit(main())
