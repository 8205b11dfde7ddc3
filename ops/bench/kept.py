"""Ledgers whose every record was made through the register: making projections anew, and the page
of one case, beside a growing number of others.

They lie in memory where there is room: neither figure waits for a disk, and making them does.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from figures import Figure, of_curve
from ledgers import CROWDED, FACT, IN_A_CASE
from projections import rebuild_figure
from web import page_figures

from ledger.register.acts import Act
from tests.web.served import library_of_today

MEMORY = Path("/dev/shm")  # noqa: S108 - a private folder is made below it.
RECORD_BYTES = 10_000
"""What a record takes of a home at most, with its command and its place in the projections."""


def kept_figures(scratch: Path, records: int, rounds: int, asked: int) -> Iterator[Figure]:
    """Both, for a ledger of about so many records; each page is `asked` for so often in a turn."""
    folder = Path(tempfile.mkdtemp(prefix="ledger-bench-", dir=_roomy(scratch, records)))
    try:
        case, shown = _filled(folder / "home", records)
        yield of_curve(rebuild_figure(folder / "home", shown, rounds), "rebuild", shown)
        yield from page_figures(folder / "home", case, shown, rounds, asked)
    finally:
        shutil.rmtree(folder)


def _roomy(scratch: Path, records: int) -> Path:
    """Memory, where the system has such a folder with room in it."""
    if not os.access(MEMORY, os.W_OK):
        return scratch
    return MEMORY if shutil.disk_usage(MEMORY).free > 2 * records * RECORD_BYTES else scratch


def _filled(path: Path, records: int) -> tuple[str, int]:
    """A home of today with so many records in open cases, ticks among them; gives the reference of
    the last case, and how many records the open store has.
    """
    ticks = records // CROWDED.open + 2
    library = library_of_today(path, days=1 + ticks // 24, terms=CROWDED)
    mara, case = library.people["mara"], ""
    for made in range(0, records, IN_A_CASE):
        if made % CROWDED.open < IN_A_CASE <= made:
            library.tick(hours=1)
        case = library.register.handle(mara, Act("intake", {})).case
        library.register.handle(mara, Act("open", {}, case))
        for _ in range(min(IN_A_CASE, records - made) - 3):
            library.register.handle(mara, Act("attempt-contact", FACT, case))
    shown = library.home.open.last_position()
    library.home.close()
    return case, shown
