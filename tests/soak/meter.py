"""What the programs take of the machine while they run: memory, files, threads."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, linear_regression
from typing import Any

from ledger.web.site import Side

PARTS = {"VmRSS": "resident_kib", "RssAnon": "own_kib", "Threads": "threads"}
TENTH = 10
LISTENS = "0A"
"""As Linux writes that state of a socket."""
FEWEST = 20
"""With fewer samples nothing is said of a life."""


@dataclass
class Life:
    """One process from its start to its end: seconds since the soak's start, and what it took."""

    pid: int
    samples: list[tuple[float, dict[str, int]]] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """Of each figure the means of the first and the last tenth, the most, and the slope in an
        hour over the second half, when everything that is kept has been filled.
        """
        count = len(self.samples)
        told: dict[str, Any] = {"pid": self.pid, "samples": count}
        if count < FEWEST:
            return told
        told["seconds"] = round(self.samples[-1][0] - self.samples[0][0])
        at = [seconds for seconds, _ in self.samples]
        for name in self.samples[0][1]:
            values = [sample[name] for _, sample in self.samples]
            tenth = max(1, count // TENTH)
            slope, _ = linear_regression(at[count // 2 :], values[count // 2 :])
            told[name] = {
                "first_tenth": round(fmean(values[:tenth])),
                "last_tenth": round(fmean(values[-tenth:])),
                "most": max(values),
                "slope_an_hour": round(slope * 3_600),
            }
        return told


class Meter:
    """The lives of the programs of a soak, by what they are."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._lives: dict[str, list[Life]] = defaultdict(list)

    def look(self, name: str, pid: int) -> None:
        """Look at a process once; one that has ended just now is passed over."""
        try:
            sample = of_process(pid)
        except (OSError, KeyError):
            return
        lives = self._lives[name]
        if not lives or lives[-1].pid != pid:
            lives.append(Life(pid))
        lives[-1].samples.append((time.monotonic() - self._started, sample))

    def figures(self) -> dict[str, Any]:
        """Each life of each program."""
        return {name: [one.told() for one in lives] for name, lives in self._lives.items()}

    def series(self) -> dict[str, Any]:
        """Every sample of resident memory: seconds, KiB."""
        return {
            name: [[[round(at), one["resident_kib"]] for at, one in life.samples] for life in lives]
            for name, lives in self._lives.items()
        }


def of_process(pid: int) -> dict[str, int]:
    """What a process takes now. Raises: OSError, KeyError, where it has ended."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines()
    told = {line.partition(":")[0]: line.split()[1] for line in lines if len(line.split()) > 1}
    found = {ours: int(told[theirs]) for theirs, ours in PARTS.items()}
    return {**found, "files": len(list(Path(f"/proc/{pid}/fd").iterdir()))}


def side_of(pid: int, inodes: Mapping[Side, str]) -> Side | None:
    """Which of the two programs a process is: each holds the socket that it was given."""
    held = set(_held(pid))
    return next((side for side, inode in inodes.items() if f"socket:[{inode}]" in held), None)


def _held(pid: int) -> Iterator[str]:
    """What a process holds open; what it closes meanwhile is passed over, and so is its end."""
    with suppress(OSError):
        for one in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                yield os.readlink(one)


def listening(port: int) -> str:
    """The inode of the socket that listens at a port of this machine. Raises: LookupError."""
    for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
        words = line.split()
        if int(words[1].rpartition(":")[2], 16) == port and words[3] == LISTENS:
            return words[9]
    raise LookupError(port)
