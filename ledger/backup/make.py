"""Backup: everything of one ledger as it was at one moment, in two parts that are kept apart.

    DIR/ledger/    rows, log and its memory, law, people's keyrings: opens nothing by itself
    DIR/keystore/  the wraps: short-lived, because erasing means destroying keys

**The master key is in neither.** It is copied by hand, on paper or as a sealed credential; whoever
holds it with both parts and a person's keyring can read what that person can.

The moment. The sequencer, triage and the moving of keys are kept waiting; then no store can be
written for an instant, in which all of them are pinned. The published log and the signer's memory
are copied while the sequencer waits. So the rows are never older than the log: a log that knew of
ticks whose records are missing would look like a ledger from which somebody took records away. The
other way round is harmless: what is not in the log yet is pending. And every wrap lies in the
keystore or, on its way, beside its record: no record is without its keys.

The folder is made whole under another name and then renamed, so that a backup is all there or is
not there. It holds files of SQLite whatever the stores are kept in.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from keys.files import make_folder, whole_folder, write_new
from ledger.backup.last import remember
from ledger.backup.manifest import KEYSTORE, LEDGER, Manifest, digests
from ledger.errors import BadRequest, Unavailable
from ledger.home import Home
from ledger.register.custody import Custody
from ledger.register.locks import quiet
from ledger.stores.place import STORE_NAMES
from ledger.stores.transfer import PARTIAL, one_moment, to_file

KEYSTORE_FILE = "keystore.db"
MASTER_KEY = "master.key"
NEVER = frozenset({MASTER_KEY, *(f"{name}.db" for name in STORE_NAMES)})
"""What is not copied as a file: databases have their own way, the master key has none."""
_BESIDE = (".lock", "-wal", "-shm", "-journal", ".tmp", ".restoring")


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made: its id, the size of its log, the number of its files."""

    backup: str
    size: int
    files: int


def back_up(home: Home, target: Path, at: datetime) -> Made:
    """Make a backup in the new or empty folder `target`.

    Raises:
        BadRequest: the folder is not empty, or lies in the ledger's own.
        Unavailable: a store is busy or the disk refuses; nothing is left behind.
        EvidenceCorrupt: a store is damaged; an older backup must not be replaced by this one.
    """
    check_target(home, target)
    with suppress(Unavailable):
        # A wrap on its way in this ledger part would overtake newer ones in a newer keystore part.
        Custody(home).settle(*home.row_stores)
    try:
        with whole_folder(target) as partial:
            made = _make(home, partial, at)
    except OSError as error:
        raise Unavailable("The backup cannot be written there now. Nothing was kept.") from error
    remember(home.path, at, made.size)
    return made


def check_target(home: Home, target: Path) -> None:
    """See that a copy of the ledger may be made there.

    Raises:
        BadRequest: it is not empty, or lies in the ledger's own folder.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadRequest(f"{target} is not an empty folder. Choose one.")
    if target.resolve().is_relative_to(home.path.resolve()):
        raise BadRequest("A copy does not belong into the ledger's own folder.")


def _make(home: Home, partial: Path, at: datetime) -> Made:
    ledger, keystore = partial / LEDGER, partial / KEYSTORE
    for part in (ledger, keystore):
        make_folder(part)
    master = home.master
    with ExitStack() as stack:
        with quiet(home.path):
            moment = stack.enter_context(one_moment(home.stores))
            copy_files(home.path, ledger)
            newest = home.newest_checkpoint()
        for name, side in moment.sides.items():
            part = keystore if name == "keystore" else ledger
            to_file(side, name, part / f"{name}.db")
    backup, size = os.urandom(16).hex(), 0 if newest is None else newest.size
    files = 0
    for part in (ledger, keystore):
        found = digests(part)
        manifest = Manifest(
            part.name, backup, home.origin, home.config.incarnation, at, size, found
        )
        manifest.write(part, master)
        files += len(found)
    return Made(backup, size, files)


def copy_files(home: Path, part: Path) -> None:
    """Copy what lies beside the stores, the master key aside."""
    for path in _plain_files(home):
        target = part / path.relative_to(home)
        make_folder(target.parent)
        write_new(target, path.read_bytes())


def _plain_files(home: Path) -> Iterator[Path]:
    for path in sorted(home.rglob("*")):
        name = path.name
        top = path.parent == home
        if not path.is_file() or path.is_symlink() or name.startswith("."):
            continue
        if path.parent.name == PARTIAL:
            continue
        if not (top and (name in NEVER or name.endswith(_BESIDE))):
            yield path
