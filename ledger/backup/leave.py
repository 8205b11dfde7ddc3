"""Leaving: all of a ledger in one folder of open formats, with which another machine goes on.

    LEAVING/README.txt          what lies where, and how each is written
    LEAVING/evidence/           a pack (FORMAT §5) of log, office and open cases, for verify.pyz
    LEAVING/views/NAME.jsonl    what the projections show of what stands open; nothing personal
    LEAVING/stores/NAME/        every row of every table (`ledger.backup.lines`)
    LEAVING/stores/tables.json  how many rows each has, and their digest, as `store check` shows it
    LEAVING/home/               law packs, the log's files, people's keyrings, the log's keys
    LEAVING/office              who may act and what was erased (`ledger.backup.office`)
    LEAVING/master-key          the master key, in slots for custodian, counsel and recovery
    LEAVING/manifest.json       the digest of every file, sealed under that key

Records, documents and secrets lie in `stores` as the ledger keeps them: who holds the folder alone
opens nothing personal and nothing sealed. Everything is as it was at one moment. A ledger that is
to be closed takes no row from that moment on. Cites: ADR 0034.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Final

from keys.aead import label
from keys.files import make_folder, whole_folder, write_new
from keys.secrets import seal_slots
from ledger.backup.lines import lines_of, rows_as_lines
from ledger.backup.make import MASTER_KEY, check_target, copy_files
from ledger.backup.manifest import LEAVING, Manifest, digests
from ledger.backup.office import copy_office
from ledger.errors import Unavailable
from ledger.export import export_ledger
from ledger.home import Home
from ledger.projecting import open_rows
from ledger.projections.definitions import DEFINITIONS
from ledger.register.custody import Custody
from ledger.register.locks import quiet
from ledger.register.reading import Reader
from ledger.stores.place import StoreName
from ledger.stores.tables import POSITION, TABLES, Side
from ledger.stores.tables import digests as table_digests
from ledger.stores.transfer import one_moment

HOME, EVIDENCE, STORES, VIEWS = "home", "evidence", "stores", "views"
OFFICE_COPY, MASTER, COUNTED = "office", "master-key", "tables.json"
CONTEXT: Final = label("leaving-master-key")


@dataclass(frozen=True, slots=True)
class Left:
    """A ledger that left: the size of its log, the number of files, whether it was closed here."""

    size: int
    files: int
    closed: bool


def leave(home: Home, target: Path, at: datetime, *, close: bool = False) -> Left:
    """Write everything into the new or empty folder `target`; with `close` nothing is ever recorded
    here again. The folder is whole, or is not there.

    Raises:
        BadRequest: the folder is not empty or lies in the ledger's own; nothing was published yet;
            nobody is there to whom the master key could be sealed.
        Unavailable: a store is busy, or the disk refuses; nothing is left behind.
        EvidenceCorrupt: a store is damaged.
    """
    check_target(home, target)
    size = home.published().size
    custody = Custody(home)
    with suppress(Unavailable):
        custody.settle(*home.row_stores)
    service = Reader(home, custody)
    sealed = _sealed_master(home, custody, service)
    views = {one.name: open_rows(home, service, one, lambda: at) for one in DEFINITIONS}
    try:
        with ExitStack() as kept:
            waiting = kept.enter_context(ExitStack())
            waiting.enter_context(quiet(home.path))
            moment = kept.enter_context(one_moment(home.stores, keep=close))
            with whole_folder(target) as partial:
                copy_files(home.path, partial / HOME)
                write_new(partial / OFFICE_COPY, copy_office(home, at))
                waiting.close()
                export_ledger(home, partial / EVIDENCE)
                write_new(partial / MASTER, sealed)
                _write_views(partial / VIEWS, views)
                _write_stores(partial / STORES, moment.sides)
                guide = files("ledger.backup").joinpath("leaving.txt").read_bytes()
                write_new(partial / "README.txt", guide)
                found = digests(partial)
                told = (home.origin, home.config.incarnation, at, size, found)
                Manifest(LEAVING, os.urandom(16).hex(), *told).write(partial, home.master)
            # Only now: a ledger that is closed and left nothing behind would be lost.
            for name, stop in moment.stops.items():
                stop.fence(name)
    except OSError as error:
        raise Unavailable("The folder cannot be written there now. Nothing was kept.") from error
    return Left(size, len(found), close)


def _sealed_master(home: Home, custody: Custody, service: Reader) -> bytes:
    people, recovery = custody.readers(service.office().office.attesters())
    try:
        key = (home.path / MASTER_KEY).read_bytes()
    except OSError as error:
        raise Unavailable("The master key cannot be read now.") from error
    return seal_slots(key, people, CONTEXT, recovery=recovery)


def _write_views(folder: Path, views: Mapping[str, Iterable[object]]) -> None:
    make_folder(folder)
    for name, rows in views.items():
        write_new(folder / f"{name}.jsonl", rows_as_lines(rows))


def _write_stores(folder: Path, sides: Mapping[StoreName, Side]) -> None:
    counted = {}
    for name, side in sides.items():
        make_folder(folder / name)
        for table in TABLES[name]:
            write_new(folder / name / f"{table.name}.jsonl", lines_of(side, table))
        held = any(POSITION in table.columns for table in TABLES[name])
        counted[name] = {
            "last_position": side.last_position() if held else 0,
            "tables": {one: asdict(told) for one, told in table_digests(side, name).items()},
        }
    write_new(folder / COUNTED, json.dumps(counted, indent=1).encode())
