"""Commands on the receipts that people hold."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from ledger.cli.app import session
from ledger.cli.proof import LARGEST_RECEIPT, read_file, trusted
from ledger.errors import BadRequest

receipt = App(name="receipt", help="Receipts: was a promise kept?")


@receipt.command(name="check")
def check_receipt(
    file: Path,
    *,
    log: Path | None = None,
    pack: Path | None = None,
    trust: Path | None = None,
) -> int:
    """Tell whether the promise of a receipt was kept.

    Exit: 0 kept, 1 broken or no receipt of this ledger, 2 not due yet or not to be told.

    Parameters
    ----------
    file
        The receipt.
    log
        A copy of the published log; without it, the ledger's own.
    pack
        An evidence pack, in the place of a log.
    trust
        A trust file from elsewhere; without it, the one in the ledger's own folder, which proves
        less.
    """
    from ledger.receipts import check_promise

    s = session()
    if log is not None and pack is not None:
        raise BadRequest("Name a log or a pack, not both.")
    note = read_file(file, LARGEST_RECEIPT + 1, "The receipt cannot be read.")
    place = log or pack or s.home.log_directory
    told = check_promise(note, place, trusted(s, trust), s.now())
    data = {
        "state": told.state,
        "tick": told.tick,
        "due": told.due,
        "index": told.index,
        "size": told.size,
        "sentence": told.sentence,
    }
    s.answer(data, [told.sentence])
    return told.exit_code
