"""What upkeep's tests do with backups: make one, restore one, and bring what is known since."""

from __future__ import annotations

from pathlib import Path

from ledger.backup.make import back_up
from ledger.backup.office import copy_office
from ledger.backup.restore import Brought, Restored, restore
from tests.register.ledgers import Ledger

WITHOUT = Brought(without_office=True)


def saved(ledger: Ledger, path: Path) -> Path:
    """A backup of the ledger as it is now."""
    back_up(ledger.home, path, ledger.clock())
    return path


def restored(
    ledger: Ledger, backup: Path, brought: Brought, name: str = "new", keystore: Path | None = None
) -> tuple[Ledger, Restored]:
    """The ledger that comes out of a backup, beside the one that there is."""
    target = ledger.path.with_name(name)
    key = ledger.path / "master.key"
    done = restore(backup, target, key, brought, ledger.clock(), keystore=keystore)
    return Ledger.at(target, ledger.people, ledger.clock), done


def brought(ledger: Ledger) -> Brought:
    """Everything that the current ledger knows and a restore may be given."""
    return Brought(log=ledger.home.log_directory, office=copy_office(ledger.home, ledger.clock()))
