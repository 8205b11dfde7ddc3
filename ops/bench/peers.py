"""Peers: what others take for the same, run by a Python that has them. The library on which the
product stands is measured in `alone`.

    python3 -m venv /tmp/peers
    /tmp/peers/bin/pip install pymerkle umadb
    python3 ops/go.py bench --page --peers /tmp/peers/bin/python

pymerkle's licence is the GPL: so it stands in no lock of ours and nothing of ours imports it. This
file is a program of its own, which knows nothing of the product and prints what it measures, a line
of JSON each; `measured` reads them. What is not installed is left out, and said.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

BATCH = 500
IN_A_CASE = 20
TIMES = 200
LEAF_BYTES = 32


class Peer(NamedTuple):
    """What one takes, in microseconds."""

    by: str
    work: str
    size: int
    value: float


def measured(
    python: Path, sizes: Sequence[int], row_bytes: int, scratch: Path
) -> tuple[list[Peer], list[str]]:
    """Run this file with another Python, for events as long as our rows; gives what it measured,
    and sentences on what it left out.
    """
    words = [str(python), __file__, str(scratch), str(row_bytes), *map(str, sizes)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            lines = process.communicate()[0].splitlines()
        except BaseException:
            # It has a server of its own to stop.
            process.terminate()
            raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)
    told = [json.loads(line) for line in lines]
    return (
        [Peer(**one) for one in told if "left_out" not in one],
        [one["left_out"] for one in told if "left_out" in one],
    )


def main() -> None:
    """Measure what is installed, at each size."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    scratch, row_bytes, *sizes = sys.argv[1:]
    for name, measure in (("pymerkle", _pymerkle), ("umadb", _umadb)):
        try:
            peer = import_module(name)
        except ImportError:
            print(json.dumps({"left_out": f"{name} is not installed there."}), flush=True)
            continue
        for size in map(int, sizes):
            with tempfile.TemporaryDirectory(dir=scratch) as folder:
                for one in measure(peer, size, int(row_bytes), Path(folder)):
                    print(json.dumps(one._asdict()), flush=True)


def _pymerkle(pymerkle: Any, size: int, *_: object) -> Iterator[Peer]:
    """A tree in memory, its root, and proofs out of it."""
    entries = [os.urandom(LEAF_BYTES) for _ in range(size)]
    began = time.perf_counter()
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for entry in entries:
        tree.append_entry(entry)
    tree.get_root()
    yield Peer("pymerkle", "root", size, 1e6 * (time.perf_counter() - began) / size)
    places = iter(range(1, size + 1, max(1, size // TIMES)))
    proof = _each(lambda: tree.prove_inclusion(next(places)), min(size, TIMES))
    yield Peer("pymerkle", "proof", size, proof)


def _umadb(umadb: Any, size: int, row_bytes: int, folder: Path) -> Iterator[Peer]:
    """One append under its condition, beside so many events as long as our rows."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        at = f"127.0.0.1:{free.getsockname()[1]}"
    program = str(Path(sys.executable).with_name("umadb"))
    words = [program, "--listen", at, "--db-path", str(folder / "uma.db")]
    drawn = os.urandom(row_bytes)

    def event(case: str) -> object:
        return umadb.Event("ContactAttempted", drawn, [case], uuid4())

    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            client = _connected(umadb, at)
            for first in range(0, size, BATCH):
                numbers = range(first, min(first + BATCH, size))
                client.append([event(f"case-{number // IN_A_CASE}") for number in numbers])
            query = umadb.Query([umadb.QueryItem([], ["ours"])])

            def append() -> None:
                held = umadb.AppendCondition(query, client.head())
                client.append([event("ours")], held)

            yield Peer("UmaDB", "append", size, _each(append, TIMES))
        finally:
            server.terminate()


def _connected(umadb: Any, at: str) -> Any:
    """A client, once the server answers."""
    for _ in range(200):
        try:
            client = umadb.Client(f"http://{at}")
            client.head()
        except (umadb.TransportError, OSError):
            time.sleep(0.05)
        else:
            return client
    raise TimeoutError("UmaDB's server did not come up")


def _each(work: Callable[[], object], times: int) -> float:
    """Microseconds for one, on average."""
    began = time.perf_counter()
    for _ in range(times):
        work()
    return 1e6 * (time.perf_counter() - began) / times


if __name__ == "__main__":
    main()
