"""Eight hours of a library, in so many minutes:  python -m tests.soak FOLDER --minutes 60

Writes FOLDER/soak.json and prints a short table. Exit 0: nobody met an error, and everything that
is checked at the end holds. 1: not so. README.md says what is played and what the figures mean.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from tests.soak.day import Day, play
from tests.soak.table import table


def main() -> int:
    """Play a day, and tell of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("folder", type=Path, help="a new folder, for the ledger and the figures")
    minutes = float(os.environ.get("LEDGER_SOAK_MINUTES", "60"))
    parser.add_argument("--minutes", type=float, default=minutes, help="how long it takes")
    parser.add_argument("--hours", type=float, default=8.0, help="how long it is")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True)
    told = play(Day(asked.folder.resolve(), asked.minutes, asked.hours, asked.seed))
    text = json.dumps(told, indent=1, sort_keys=True)
    (asked.folder / "soak.json").write_text(f"{text}\n", encoding="utf-8")
    print(table(told))
    return 1 if told["errors"] or told["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
