"""Moving a ledger's stores between files and a server, as they all were at one moment.

    stop everybody for an instant, pin a reader to each ─► fill the new stores ─► compare digests
        ─► when the ledger moves: close the old stores for ever ─► settle the new ones ─► switch

A copy that breaks off, however it does, leaves marked what it began; the next one removes that and
begins anew. When the ledger moves, nobody writes to the old stores from the pinned moment on, until
they are closed for ever; so whatever was acknowledged is in the copy, and nothing is acknowledged
that is not. From the first store that is closed until the switch a move can only be finished: by
the same command.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ledger.errors import BadRequest, EvidenceCorrupt, LedgerError
from ledger.evidence.tiles import sync_directory
from ledger.stores.copying import FileSide, check_file, copy_whole, new_file, read_file, stop_file
from ledger.stores.opening import Where
from ledger.stores.place import STORE_NAMES, Place, StoreName
from ledger.stores.tables import Digest, Side, digests

PARTIAL = ".stores.partial"
"""The folder in a home in which new files are made whole."""

Digests = Mapping[StoreName, Mapping[str, Digest]]

_DIFFERS = (
    "What was copied differs from what was there: {store}, {table}. Nothing was kept of the copy."
    " Stop writing and call counsel."
)
_TAKEN = (
    "There is something else already: another ledger's stores, or this one's at another moment."
    " Nothing was changed. Move it away first (ops/runbooks/moving-to-postgresql.md)."
)


class Reading(Side, Protocol):
    """A side of which it is said when it is pinned."""

    def pin(self) -> None:
        """From here on read the store as it is now."""

    def is_fenced(self) -> bool:
        """Whether the store was closed for ever, because the ledger moved."""


class Stop(Protocol):
    """A store to which nobody else writes until this is over."""

    def fence(self, name: StoreName, /) -> None:
        """Close the store for ever: it is read, and refuses every row from now on. Idempotent."""


class Destination(Protocol):
    """All places of a new home for the stores, held against other copies."""

    def is_filled(self) -> bool:
        """Whether whole stores are there already.

        Raises:
            BadRequest: what is there cannot be a copy of a ledger's stores.
        """

    def begin(self) -> None:
        """Remove what a copy left that broke off, and make the stores, marked as unfinished."""

    def receive(self, name: StoreName, source: Side) -> Mapping[str, Digest]:
        """Fill one store; gives its digests as they are read there."""

    def digests(self, name: StoreName) -> Mapping[str, Digest]:
        """The digests of a store that is there."""

    def settle(self) -> None:
        """Take the marks away: from now on the stores can be used."""

    def abandon(self) -> None:
        """Remove what was begun."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Sides that all read the same moment; and the stops, while they are kept."""

    sides: Mapping[StoreName, Reading]
    stops: Mapping[StoreName, Stop] = field(default_factory=dict)


@contextmanager
def one_moment(stores: Mapping[StoreName, Where], *, keep: bool = False) -> Iterator[Moment]:
    """Read all stores as they are at one moment; with `keep` nobody writes until the block ends.

    Raises:
        Unavailable: a store is missing, or somebody keeps on writing to it.
        EvidenceCorrupt: a store is damaged.
    """
    with ExitStack() as readers:
        sides = {name: readers.enter_context(reading(where)) for name, where in stores.items()}
        with ExitStack() as stopped:
            stops = {
                name: stopped.enter_context(_stop(where, fencing=keep))
                for name, where in stores.items()
            }
            for side in sides.values():
                side.pin()
            if keep:
                yield Moment(sides, stops)
                return
        yield Moment(sides)


def reading(where: Where) -> AbstractContextManager[Reading]:
    """One store's side, which is not pinned yet.

    Raises:
        Unavailable: it is missing, or the server refuses.
    """
    if isinstance(where, Path):
        return read_file(where)
    from ledger.stores.postgresql.copying import read_place

    return read_place(where)


def _stop(where: Where, *, fencing: bool) -> AbstractContextManager[Stop]:
    if isinstance(where, Path):
        return stop_file(where)
    from ledger.stores.postgresql.copying import stop_place

    return stop_place(where, fencing=fencing)


@contextmanager
def destination(folder: Path, stores: Mapping[StoreName, Where]) -> Iterator[Destination]:
    """The new home of stores: files in `folder`, or places on a server.

    Raises:
        Unavailable: somebody else copies to there, or the server refuses.
    """
    places = [where for where in stores.values() if isinstance(where, Place)]
    if not places:
        yield Files(folder, list(stores))
        return
    from ledger.stores.postgresql.copying import held

    with held(places) as found:
        yield found


def check_address(url: str) -> None:
    """See that a server's address may be kept and shown, and that the server can be used.

    Raises:
        BadRequest: it is none, or holds a password.
        Unavailable: the server cannot be reached, or refuses the role that makes tables.
    """
    from ledger.stores.postgresql.copying import check_server

    check_server(url)


@contextmanager
def new_stores(url: str, schema: str) -> Iterator[None]:
    """Make the stores of a ledger on a server that is founded in this block; if it is not, they are
    removed.

    Raises:
        BadRequest: a ledger of this name is there already, or the address is none.
        Unavailable: the server refuses.
    """
    from ledger.stores.postgresql.copying import claimed

    with claimed([Place(name, url, schema) for name in STORE_NAMES]):
        yield


def transfer(
    moment: Moment, target: Destination, switch: Callable[[], None] | None = None
) -> Digests:
    """Copy all stores, or see that the same copy is there already; gives the digests of all tables.

    With `switch`, for which the moment keeps its stops, the old stores are closed for ever before
    it is called.

    Raises:
        BadRequest: something else is there.
        EvidenceCorrupt: the copy differs, or a store is damaged.
        Unavailable: a store or its place cannot be used now.
    """
    expected = {name: digests(side, name) for name, side in moment.sides.items()}
    is_there = target.is_filled()
    try:
        if is_there and expected != {name: target.digests(name) for name in expected}:
            raise BadRequest(_TAKEN)
        if not is_there:
            target.begin()
            for name, side in moment.sides.items():
                _compare(name, expected[name], target.receive(name, side))
        for name, stop in moment.stops.items() if switch is not None else ():
            stop.fence(name)
        if not is_there:
            target.settle()
    except BaseException:
        if not is_there:
            # What cannot be removed now stays marked, and is removed by the next copy.
            with suppress(LedgerError, OSError):
                target.abandon()
        raise
    if switch is not None:
        switch()
    return expected


def _compare(name: str, expected: Mapping[str, Digest], found: Mapping[str, Digest]) -> None:
    for table, one in expected.items():
        if found[table] != one:
            raise EvidenceCorrupt(_DIFFERS.format(store=name, table=table))


def to_file(side: Side, name: StoreName, target: Path) -> None:
    """Copy one side into a new file, as a program that keeps files would have it.

    Raises:
        Unavailable: the disk refuses.
        EvidenceCorrupt: the store is damaged, or the copy differs.
    """
    if isinstance(side, FileSide):
        copy_whole(side, target)
        return
    with new_file(target, name) as made:
        made.fill(side, name)
        _compare(name, digests(side, name), digests(made, name))


class Files:
    """Files in a folder, made whole in another one; see `Destination`.

    Nothing is found under a store's name before all are whole. While the other folder is there,
    whatever is found is the work of a copy that broke off.
    """

    def __init__(self, folder: Path, names: list[StoreName]) -> None:
        self._folder = folder
        self._partial = folder / PARTIAL
        self._names = names

    def is_filled(self) -> bool:
        """Whether all files are there."""
        found = [self._file(name).exists() for name in self._names]
        if self._partial.exists() or not any(found):
            return False
        if not all(found) or any(self._is_fenced(name) for name in self._names):
            raise BadRequest(_TAKEN)
        return True

    def begin(self) -> None:
        """Make the folder anew."""
        self.abandon()
        self._partial.mkdir(mode=0o700)
        sync_directory(self._folder)

    def receive(self, name: StoreName, source: Side) -> Mapping[str, Digest]:
        """Make one file."""
        path = self._partial / f"{name}.db"
        to_file(source, name, path)
        with read_file(path) as side:
            return digests(side, name)

    def digests(self, name: StoreName) -> Mapping[str, Digest]:
        """The digests of a file that is there."""
        with read_file(self._file(name)) as side:
            check_file(side)
            return digests(side, name)

    def settle(self) -> None:
        """Give the files their names."""
        sync_directory(self._partial)
        for name in self._names:
            os.rename(self._partial / f"{name}.db", self._file(name))
        sync_directory(self._folder)
        self._partial.rmdir()
        sync_directory(self._folder)

    def abandon(self) -> None:
        """Remove the folder, and what was given its name already."""
        if self._partial.exists():
            for name in self._names:
                self._file(name).unlink(missing_ok=True)
            shutil.rmtree(self._partial)

    def _file(self, name: StoreName) -> Path:
        return self._folder / f"{name}.db"

    def _is_fenced(self, name: StoreName) -> bool:
        with read_file(self._file(name)) as side:
            return side.is_fenced()


__all__ = [
    "PARTIAL",
    "Destination",
    "Digests",
    "Files",
    "Moment",
    "check_address",
    "destination",
    "new_stores",
    "one_moment",
    "reading",
    "to_file",
    "transfer",
]
