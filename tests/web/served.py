"""A ledger served by the two real programs, as an operator starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from keys.files import write_private
from ledger.founding import Terms
from ledger.scenario.stage import THROW_AWAY
from ledger.web.site import Side
from tests.house.tree import ROOT
from tests.register.library import TERMS, Library, found_library
from tests.waiting import wait_until

PATIENCE_SECONDS = 60
FREE = ("--desk", "127.0.0.1:0", "--room", "127.0.0.1:0")
"""Any ports that are free: tests run beside each other."""
PASSPHRASE = THROW_AWAY.decode()
"""Everybody's."""


@dataclass
class Served:
    """Both programs of a home, up and answering. `said` is where their standard error goes."""

    process: subprocess.Popen[str]
    origins: dict[Side, str]
    said: Path

    def children(self) -> list[int]:
        """The ids of the two programs."""
        pid = self.process.pid
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        return [int(one) for one in text.split()]

    def end(self) -> int:
        """Ask for the end, as an operator does; gives the exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)


def serve_words(home: Path, *options: str) -> list[str]:
    """The command that serves a home."""
    program = [sys.executable, "-P", "-m", "ledger.cli", "--json", "--home", str(home)]
    return [*program, "serve", *options]


def environment() -> dict[str, str]:
    """What programs of this tree are started with."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@contextmanager
def served(
    home: Path,
    options: Sequence[str] = (*FREE, "--desk-person", "front"),
    env: Mapping[str, str] | None = None,
) -> Iterator[Served]:
    """Serve a home for the length of a block; `env` is another environment than `environment()`."""
    with tempfile.NamedTemporaryFile("w+", prefix="ledger-served-") as said:
        process = subprocess.Popen(
            serve_words(home, *options),
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            env=environment() if env is None else env,
        )
        with process:
            try:
                line = process.stdout.readline() if process.stdout is not None else ""
                assert line, Path(said.name).read_text(encoding="utf-8")
                one = Served(process, json.loads(line)["serving"], Path(said.name))
                for origin in one.origins.values():
                    if origin.startswith("http:"):
                        wait_until(partial(is_ready, origin), f"{at_port(origin)} is up")
                yield one
            finally:
                process.terminate()
                try:
                    process.wait(PATIENCE_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()


def is_ready(origin: str) -> bool:
    """Whether a program answers and can read its stores."""
    try:
        with urllib.request.urlopen(f"{origin}/readyz", timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - an address of our own.
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def at_port(origin: str) -> str:
    """The port of an origin."""
    return origin.rpartition(":")[2]


def library_of_today(
    path: Path,
    *,
    origin: str = "ledger.fern.example",
    store: str | None = None,
    days: float = 1,
    terms: Terms = TERMS,
    needs_standby: bool = False,
) -> Library:
    """A founded library whose clock is the machine's, for programs that have no other: it was
    founded `days` ago, and everybody's keyring lies in its home.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    start = now - timedelta(days=days)
    made = found_library(
        path, start=start, origin=origin, store=store, terms=terms, needs_standby=needs_standby
    )
    for name, keyring in made.people.items():
        write_private(made.home.keyring_path(name), keyring.dump(THROW_AWAY))
    return made
