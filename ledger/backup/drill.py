"""The drill of erasure: an old backup is restored apart, and what was erased is tried there.

    restore apart, without an office copy ─► try every erased stream with a person's keys ─► remove

The office copy, which would have everything erased anew, is left out on purpose: what is tried is
what somebody could do who has the backup, the master key and a keyring, and does not care.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from keys.keyring import Keyring
from ledger.backup.restore import Brought, restore
from ledger.domain.office import Recorded
from ledger.errors import EvidenceCorrupt, NotFound
from ledger.home import Home, opened
from ledger.register.custody import Custody
from ledger.register.destroyed import asked

APART = ".erasure-drill"


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
        BadRequest: it is no backup of this ledger, or its keystore part is too old to be used.
        EvidenceCorrupt, Unavailable: as `restore`.
    """
    # Beside the ledger, on a disk that may hold what the ledger holds.
    apart, master = home.path.parent / APART, home.path / "master.key"
    with _removed(apart):
        restore(backup, apart, master, Brought(without_office=True), at, keystore=keystore)
        with opened(apart) as old:
            custody = Custody(old)
            return tuple(one for one in erased if _opens(old, custody, keyring, one))


@contextmanager
def _removed(folder: Path) -> Iterator[None]:
    """Remove a folder after a block, and before it what a killed drill left there."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
