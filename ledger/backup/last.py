"""When the last backup was made: what this home remembers of it, for whoever asks how it is.

    {"made_at":"2026-06-19T02:15:00Z","size":1200}

Where it lies is not written down: a thief of this machine need not know.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from keys.files import write_private
from ledger.evidence.grammar import Malformed, format_instant, parse_instant

LAST = "last-backup.json"


def remember(home: Path, at: datetime, size: int) -> None:
    """Write down that a backup was made, with its log's size.

    A backup that was made is one, whether or not this can be written.
    """
    with suppress(OSError):
        write_private(
            home / LAST, json.dumps({"made_at": format_instant(at), "size": size}).encode()
        )


def last_made(home: Path) -> datetime | None:
    """When the last one was made; None where nobody can tell."""
    try:
        return parse_instant(str(json.loads((home / LAST).read_bytes())["made_at"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError, Malformed):
        return None
