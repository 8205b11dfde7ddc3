"""Nothing of a server outlives the tests that started it, however these end.

    python watcher.py FOLDER PID

Waits until process PID is gone, then ends every PostgreSQL process that belongs to FOLDER, frees
its shared memory and removes FOLDER. A process of its own rather than a signal that the kernel
sends on the parent's death: that signal comes when the starting *thread* ends, does not reach the
children of a stopped server, and would leave the folder. PID is watched by a pidfd, not by the end
of a pipe, because a forked child would keep the pipe open.

Only the standard library, because it runs under an isolated Python.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

PROGRAMS = ("postgres", "initdb", "pg_basebackup", "pg_rewind")
PATIENCE_SECONDS = 30
PAUSE_SECONDS = 0.02


def watch(folder: Path) -> subprocess.Popen[bytes]:
    """Start a watcher over a folder, on behalf of this process.

    It has a session of its own: an interrupt at the terminal, which ends the tests, does not end
    it. Whoever has cleared the folder himself ends the watcher.
    """
    return subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, str(folder), str(os.getpid())],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def running(mark: str) -> list[int]:
    """Give the ids of the PostgreSQL processes that carry a mark, `FOLDER` or `FOLDER/SERVER`.

    A server carries it among its arguments, its children in their titles, as the server's name.
    These may be read by everybody; where a process stands may not even be read by every root.
    """
    word = re.compile(rb"\b" + re.escape(mark.encode()) + rb"\b")
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _has(pid, word)]


def _has(pid: int, word: re.Pattern[bytes]) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    program = os.path.basename(os.fsdecode(command.partition(b"\0")[0]))
    ours = program in PROGRAMS or command.startswith(b"postgres: ")
    return ours and word.search(command) is not None


def send(mark: str, number: signal.Signals) -> bool:
    """Send a signal to each process that carries a mark; say whether there was one.

    Each is held by a pidfd and looked at again, so that a number that was given to a stranger
    meanwhile is not hit.
    """
    word = re.compile(rb"\b" + re.escape(mark.encode()) + rb"\b")
    reached = False
    for pid in running(mark):
        with suppress(ProcessLookupError):
            held = os.pidfd_open(pid)
            try:
                if _has(pid, word):
                    signal.pidfd_send_signal(held, number)
                    reached = True
            finally:
                os.close(held)
    return reached


def end(mark: str) -> None:
    """Kill every process that carries a mark, also one that is stopped, until there is none.

    Raises:
        TimeoutError: one cannot be killed.
    """
    last = time.monotonic() + PATIENCE_SECONDS
    while send(mark, signal.SIGKILL):
        if time.monotonic() > last:
            raise TimeoutError(f"{mark} does not die")
        time.sleep(PAUSE_SECONDS)


def clear(folder: Path) -> None:
    """End what belongs to a folder, free its shared memory, remove it."""
    end(folder.name)
    for lock in folder.glob("*/data/postmaster.pid"):
        free_shared_memory(lock)
    shutil.rmtree(folder, ignore_errors=True)


def free_shared_memory(lock: Path) -> None:
    """Free the segment that a killed server left: the seventh line of its lock names it.

    It is removed only if key and number are still those, and nobody is attached.
    """
    lines = lock.read_text().splitlines()
    if len(lines) < 7:
        return
    key, number = lines[6].split()
    for row in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]:
        fields = row.split()
        if fields[:2] == [key, number] and fields[6] == "0":
            subprocess.run(["ipcrm", "-m", number], check=False, capture_output=True)


def main(folder: Path, pid: int) -> None:
    """Wait for the end of a process, then clear up after it."""
    with suppress(ProcessLookupError):
        held = os.pidfd_open(pid)
        # Not our parent any more: it died before we held it, and the number may be another's.
        if os.getppid() == pid:
            waiting = select.poll()
            waiting.register(held, select.POLLIN)
            waiting.poll()
    clear(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
