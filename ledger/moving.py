"""Moving a ledger's stores to a server, or back into files. Keys, log, law and people stay.

A copy is of one moment and leaves the ledger where it is. A move keeps everybody waiting while it
copies, closes the old stores for ever and then lets `ledger.json` name the new place; programs that
still run on the old one are refused every write, and say so.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace

from keys.files import write_private
from ledger.config import Config, dump_config, where
from ledger.errors import BadRequest, Unavailable
from ledger.home import Home
from ledger.register.locks import quiet
from ledger.stores.place import STORE_NAMES
from ledger.stores.transfer import Digests, check_address, destination, one_moment, transfer

FILES = "files"
_FROM_SERVER = (
    "This ledger is on a server. To bring it to another one, move it into files first: disclosure-"
    "ledger store copy files --switch"
)


@dataclass(frozen=True, slots=True)
class Copied:
    """The digests of everything that was copied, and whether the ledger moved there."""

    digests: Digests
    switched: bool


def copy_stores(home: Home, to: str, *, switch: bool = False) -> Copied:
    """Copy all stores to a server's address, or to `files` in the home; with `switch` move there.

    Raises:
        BadRequest: the ledger is there already, something else is, or the address is none.
        EvidenceCorrupt: a store is damaged, or the copy differs; nothing was kept of it.
        Unavailable: somebody keeps on writing, or the disk or the server refuses.
    """
    new = _config(home.config, to)
    home.close()
    places = {name: where(home.path, new, name) for name in STORE_NAMES}
    try:
        with ExitStack() as stack:
            target = stack.enter_context(destination(home.path, places))
            with quiet(home.path):
                moment = stack.enter_context(one_moment(home.stores, keep=switch))
                if switch:
                    found = transfer(moment, target, lambda: _switch(home, new))
            if not switch:
                found = transfer(moment, target)
    except OSError as error:
        raise Unavailable("The stores cannot be copied there now. Repeat it.") from error
    return Copied(found, switch)


def _config(now: Config, to: str) -> Config:
    store = None if to == FILES else to
    if store == now.store:
        raise BadRequest("The ledger is kept there already.")
    if store is not None:
        check_address(store)
        if now.store is not None:
            raise BadRequest(_FROM_SERVER)
    return replace(now, store=store)


def _switch(home: Home, new: Config) -> None:
    write_private(home.path / "ledger.json", dump_config(new))
    home.config = new
