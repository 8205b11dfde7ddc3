"""The law: what a pack says, what differs, which one is in force."""

from __future__ import annotations

from cyclopts import App

from ledger.cli.lawbook import activate, diff, show

law = App(name="law", help="Read the law packs, compare them, put one in force.")
law.command(show)
law.command(diff)
law.command(activate)
