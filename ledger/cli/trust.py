"""Commands on trust files: what a verifier must hold, and new ones after the log's keys changed."""

from __future__ import annotations

import os
from pathlib import Path

from cyclopts import App

from ledger.cli.app import session
from ledger.errors import BadRequest

trust = App(name="trust", help="Trust files: show this ledger's, renew one that you hold.")
LARGEST = 4 * 1024 * 1024


@trust.command
def show() -> int:
    """Show what whoever checks this ledger must hold."""
    from ledger.trusting import BELONGS, home_trust

    s = session()
    known, members = home_trust(s.home)
    lines = [
        f"ledger: {known.origin}",
        f"fingerprint: {known.founded.hex()}",
        *(f"signs: {one.name}+{one.key_id.hex()}" for one in known.log),
        *(f"signed receipts: {one.name}+{one.key_id.hex()}" for one in known.receipt),
        *(
            f"retired at size {one.size}: {one.vkey.name}+{one.vkey.key_id.hex()}"
            for one in known.retired
        ),
        "",
        BELONGS,
    ]
    s.answer({"trust": members}, lines)
    return 0


@trust.command
def renew(new: Path, *, trust: Path) -> int:
    """Make a new trust file out of one that you hold, after checking the log and the office.

    Parameters
    ----------
    new
        Where to write the new file; nothing may be there yet.
    trust
        The trust file that you hold. It comes from elsewhere, not from the ledger's folder.
    """
    from ledger.trusting import BELONGS
    from ledger.trusting import renew as renewed

    s = session()
    try:
        with trust.open("rb") as file:
            old = file.read(LARGEST)
    except OSError as error:
        raise BadRequest("The old trust file cannot be read.") from error
    made = renewed(s.home, old)
    try:
        with open(new, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(made.data)
    except OSError as error:
        raise BadRequest(f"{new} cannot be written, or is there already.") from error
    lines = [
        f"Checked with the keys of your old file up to size {made.vouched}, and with the new ones"
        " to the end.",
        "The keys have changed." if made.changed else "The keys are the same as in your old file.",
        BELONGS,
    ]
    s.answer({"changed": made.changed, "vouched": made.vouched, "file": str(new)}, lines)
    return 0
