"""The command line: `disclosure-ledger`."""

from __future__ import annotations


def main() -> None:
    """Run the command line; the console script's entry."""
    from ledger.cli.app import run

    raise SystemExit(run())
