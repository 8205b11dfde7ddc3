"""What is fuzzed: a reader of bytes that somebody else made, and what may come of reading.

    bytes ─► read ─► taken: None, or the bytes that it is spelt with
                 └─► refused: by an error that the reader's own text names

Whatever else comes out is a finding: another error, another spelling of what was taken, more time
than `LONGEST_SECONDS`, or more memory than `within_memory` leaves.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import thread_time

LONGEST_SECONDS = 1.0
"""Processor time that one reading may take."""
MOST_MEBIBYTES = 512
"""Memory that a reading may take beside what was in use before."""


class Finding(AssertionError):
    """A reader did what it may not do."""


@dataclass(frozen=True, slots=True)
class Target:
    """A reader, what it may refuse with, and what it takes or nearly takes."""

    read: Callable[[bytes], bytes | None]
    """Gives None where what it reads has no one spelling."""
    refuses: tuple[type[Exception], ...]
    seeds: Callable[[], Iterable[bytes]]


def attempt(target: Target, data: bytes) -> bool:
    """Let a target read; tells whether it took the bytes.

    Raises:
        Finding: it took too long, or what it took is spelt otherwise.
        Exception: whatever the target may not refuse with.
    """
    began = thread_time()
    try:
        again = target.read(data)
        is_taken = True
    except target.refuses:
        again, is_taken = None, False
    if (took := thread_time() - began) > LONGEST_SECONDS:
        raise Finding(f"reading {len(data)} bytes took {took:.1f} s")
    if again is not None and again != data:
        raise Finding("what was taken is spelt otherwise")
    return is_taken


@contextmanager
def within_memory(mebibytes: int = MOST_MEBIBYTES) -> Iterator[None]:
    """Let this process take so much more memory and no more; beyond it stands a MemoryError."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    used = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmData"))
    resource.setrlimit(resource.RLIMIT_DATA, ((used + mebibytes * 1024) * 1024, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)
