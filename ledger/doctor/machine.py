"""The machine and what lies on it: files, clock, stores, backups, a restore, room on the disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from keys.files import is_open_to_others
from ledger.backup.last import last_made
from ledger.checking import check_stores
from ledger.counted import counted
from ledger.doctor.patient import Patient, found
from ledger.errors import LedgerError
from ledger.register.restored import check_confirmed
from ledger.stores.checking import Problem
from ledger.stores.place import Place

BACKUP_DAYS = 2
"""A backup is made each night; one night may fail."""
CLOCKS_SECONDS = 120
"""The server's clock and this machine's lie at most so far apart."""
PUBLIC = frozenset({"log", "law"})
"""Folders of a home that anybody may read."""


def files(patient: Patient) -> Iterator[Problem]:
    """Nobody else may read what lies in a home; the keys and the trust file are there."""
    home = patient.home
    for path in sorted(_private(home.path)):
        if is_open_to_others(path):
            name = path.relative_to(home.path)
            yield found("readable", f"Others may read {name}. Run: chmod 600 {path}")
    try:
        _ = home.log_keys
    except LedgerError as error:
        yield found("keys", f"{error} Bring back your copy: ops/runbooks/backup-and-restore.md.")
    try:
        _ = home.fingerprint
    except LedgerError as error:
        yield found("trust", str(error))


def _private(home: Path) -> Iterator[Path]:
    for path in home.iterdir():
        if path.is_file():
            yield path
        elif path.is_dir() and path.name not in PUBLIC:
            yield from (one for one in path.rglob("*") if one.is_file())


def clock(patient: Patient) -> Iterator[Problem]:
    """The clock is not behind what was recorded, and goes as the server's does."""
    home, now = patient.home, patient.now
    newest = patient.register.reader(None).office_stream().records[-1].recorded_at
    if now < newest:
        yield found(
            "clock-behind",
            f"The clock says {now:%Y-%m-%d %H:%M} UTC and is behind what was recorded. Set it, and"
            " let the machine keep it by itself: timedatectl set-ntp true",
        )
    place = home.where("open")
    if isinstance(place, Place):
        from ledger.stores.postgresql.connecting import connected

        with connected(place) as connection:
            row = connection.execute("SELECT EXTRACT(EPOCH FROM clock_timestamp())").fetchone()
        apart = abs(float(row[0]) - now.timestamp()) if row is not None else 0.0
        if apart > CLOCKS_SECONDS:
            yield found(
                "clock-apart",
                f"The server's clock and this machine's lie {counted(round(apart), 'second')}"
                " apart. Let both keep time by themselves.",
            )


def stores(patient: Patient) -> Iterator[Problem]:
    """Each store can be read and holds what was written."""
    for one in check_stores(patient.home):
        yield from one.problems
    config = patient.home.config
    if config.store is not None and not config.needs_standby:
        yield found(
            "standby",
            "One server alone keeps this ledger: what it loses is lost back to the last backup. Add"
            " a standby that confirms: ops/postgres/README.md.",
        )


def backups(patient: Patient) -> Iterator[Problem]:
    """A backup was made within two days."""
    made = last_made(patient.home.path)
    if made is None:
        yield found("backup-none", "No backup was ever made from here. Run: backup FOLDER")
    elif patient.now - made > timedelta(days=BACKUP_DAYS):
        yield found(
            "backup-old",
            f"The last backup was made on {patient.day(made)}. See that its timer runs.",
        )


def restore(patient: Patient) -> Iterator[Problem]:
    """A restore was confirmed by a person."""
    office = patient.register.office().office
    try:
        check_confirmed(patient.home, office)
    except LedgerError as error:
        yield found("restore-waits", str(error))


def disk(patient: Patient) -> Iterator[Problem]:
    """There is room for what comes."""
    free = shutil.disk_usage(patient.home.path).free
    if free < patient.free_bytes:
        yield found(
            "disk-full",
            f"{free >> 20} MiB are left on the ledger's disk. Make room before visits are refused.",
        )
