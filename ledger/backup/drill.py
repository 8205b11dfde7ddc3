"""The drill of erasure: an old backup is restored apart, and what was erased is tried there.

    restore apart, without an office copy ─► try every erased stream with a person's keys ─► remove

The office copy, which would have everything erased anew, is left out on purpose: what is tried is
what somebody could do who has the backup, the master key and a keyring, and does not care. So a
keystore part that should have been destroyed long ago is tried as any other.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from keys.files import make_folder
from keys.keyring import Keyring
from ledger.backup.restore import Brought, restore
from ledger.domain.office import Recorded
from ledger.errors import EvidenceCorrupt, NotFound, Unavailable
from ledger.home import Home, opened
from ledger.register.custody import Custody
from ledger.register.destroyed import asked
from ledger.register.locks import exclusive

APART = ".erasure-drill"
LOCK = "drill.lock"


def opened_again(
    home: Home,
    backup: Path,
    keyring: Keyring,
    erased: Iterable[Recorded],
    at: datetime,
    *,
    keystore: Path | None = None,
) -> tuple[Recorded, ...]:
    """Which of these erasures a backup undoes, with the keys of one person; nothing is left of it.

    Raises:
        BadRequest: it is no backup of this ledger.
        Unavailable: somebody else tries one, or what was restored cannot be removed; as `restore`.
        EvidenceCorrupt: as `restore`.
    """
    # Two at a time would remove each other's.
    alone = exclusive(home.path / LOCK, "trying a backup for what was erased", patience=0)
    with alone, _apart(place_of(home)) as apart:
        brought = Brought(without_office=True)
        target, master = apart / "ledger", home.path / "master.key"
        restore(backup, target, master, brought, at, keystore=keystore, is_drill=True)
        with opened(target) as old:
            custody = Custody(old)
            return tuple(one for one in erased if _opens(old, custody, keyring, one))


def place_of(home: Home) -> Path:
    """Where a drill restores: beside the ledger, on a disk that may hold what the ledger holds."""
    return home.path.resolve().parent / APART


@contextmanager
def _apart(folder: Path) -> Iterator[Path]:
    """A folder for the length of a block; what a killed drill left in its place is removed."""
    _remove(folder)
    try:
        make_folder(folder)
    except OSError as error:
        raise Unavailable(f"{folder} cannot be written now. Nothing was tried.") from error
    try:
        yield folder
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if os.path.lexists(folder):
        raise Unavailable(f"{folder} holds a ledger with its keys. Remove it by hand; try again.")


def _opens(old: Home, custody: Custody, keyring: Keyring, erasure: Recorded) -> bool:
    """Whether the secrets that were to be destroyed are found, and there is something to open."""
    stream, scope = asked(erasure)
    try:
        secrets = custody.secrets(stream, keyring, old.row_stores)
    except (NotFound, EvidenceCorrupt):
        # A wrap that does not open, for want of its month's key, is as good as none.
        return False
    holds = any(store.last_seq(stream) for store in old.row_stores)
    return holds and (scope == "both" or secrets.personal is not None)
