"""The command line: `disclosure-ledger`."""

from __future__ import annotations

import io
import resource
import sys


def main() -> None:
    """Run the command line; the console script's entry."""
    from ledger.cli.app import run

    # A core file would hold what is open to whoever runs this (threats §1.3).
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Citations have signs, as §, that not every encoding has; its terminal shows codes.
            stream.reconfigure(errors="backslashreplace")
    raise SystemExit(run())
