"""The event-sourcing library alone, on SQLite, beside a growing number of events as long as our
rows: one more saved, and one read and decoded.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median
from uuid import uuid4

from ceilings import PlainLibrary, taken
from ledgers import IN_A_CASE
from peers import TIMES, Peer

AT_ONCE = 5_000
"""How many events are stored with one commit."""
MOST_READ = 20_000
PAGE = 500


def library_peers(scratch: Path, sizes: Sequence[int], rounds: int) -> Iterator[Peer]:
    """Both, beside so many events each."""
    for size in sizes:
        folder = scratch / f"library-{size}"
        folder.mkdir()
        plain = PlainLibrary.in_file(folder)
        _fill(plain, size)
        save = plain.writer(is_long=True)
        saved = median(taken(save, TIMES // 2).wall for _ in range(rounds))
        yield Peer("eventsourcing", "append", size, 1e6 * saved)
        yield Peer("eventsourcing", "rebuild", size, 1e6 * _read(plain, min(size, MOST_READ)))
        plain.close()
        shutil.rmtree(folder)


def _fill(plain: PlainLibrary, size: int) -> None:
    """Store copies of one event, in cases of their own."""
    plain.writer(is_long=True)()
    recorder = plain.application.recorder
    found = recorder.select_notifications(start=1, limit=PAGE)[-1]
    copies = (
        replace(found, originator_id=case, originator_version=version)
        for case in iter(uuid4, None)
        for version in range(1, IN_A_CASE + 1)
    )
    for first in range(0, size, AT_ONCE):
        recorder.insert_events(list(islice(copies, min(AT_ONCE, size - first))))


def _read(plain: PlainLibrary, many: int) -> float:
    """Processor's seconds for reading and decoding one of the first so many events."""
    began = time.process_time()
    for start in range(1, many + 1, PAGE):
        for one in plain.application.recorder.select_notifications(start=start, limit=PAGE):
            plain.application.mapper.to_domain_event(one)
    return (time.process_time() - began) / many
