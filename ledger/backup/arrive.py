"""Arriving: a ledger on an empty machine, made from a folder with which it left another one.

    open the master key ─► check the seal and every file ─► lay out ─► fill the stores ─► compare
        ─► as after a restore: adopt, erase again, rename into place ─► a person confirms

An altered or half folder is refused before anything is made. Keys are in it, so that it is refused
when it is as old as an old keystore part (`ledger.backup.restore`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from keys.errors import KeysError
from keys.files import make_folder, whole_folder, write_new
from keys.keyring import Keyring
from keys.master import MasterKey
from keys.secrets import open_slots
from ledger.backup.leave import CONTEXT, COUNTED, EVIDENCE, HOME, MASTER, OFFICE_COPY, STORES
from ledger.backup.lines import rows_in
from ledger.backup.manifest import LEAVING, Manifest, read_part
from ledger.backup.restore import Brought, Restored, begin, bring_up, check_age
from ledger.errors import BadRequest, EvidenceCorrupt, NotPermitted, Unavailable
from ledger.stores.copying import new_file
from ledger.stores.place import STORE_NAMES, StoreName
from ledger.stores.tables import POSITION, TABLES, Digest, digests
from ledger.verify import verify

_NONE = "{folder} is not a folder with which a ledger left."
_DIFFERS = (
    "What was made differs from what left: {store}, {table}. Nothing was kept. Bring another copy."
)
_UNREADABLE = "The tables in this folder cannot be read. Nothing was kept. Bring another copy."


def keyring_in(folder: Path, person: str) -> Path:
    """Where a person's keyring lies in a folder with which a ledger left.

    Raises:
        BadRequest: it is none.
    """
    if not (folder / MASTER).is_file():
        raise BadRequest(_NONE.format(folder=folder))
    return folder / HOME / "people" / f"{person}.keyring"


def arrive(
    folder: Path,
    target: Path,
    keyring: Keyring,
    at: datetime,
    *,
    trust: bytes | None = None,
    checkpoint: bytes | None = None,
) -> Restored:
    """Make the ledger in the new folder `target`. Nothing is recorded there until it is confirmed.

    `trust` is a trust file from elsewhere: the seal proves no more than that somebody made the
    folder who had the master key, or drew another one. `checkpoint` is the newest that anybody
    holds: what the folder lacks of it is known then.

    Raises:
        BadRequest: the folder is none of these, too old, or half; `target` is not empty.
        NotPermitted: the master key was not sealed to this person.
        EvidenceCorrupt: a file differs from the manifest, is missing, or is there unasked; or the
            folder shows another ledger than the one that is trusted.
        Unavailable: the disk refuses; nothing was made.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadRequest(f"{target} is not an empty folder. Choose one with --home.")
    key = _master_key(folder, keyring)
    try:
        master = MasterKey(bytes.fromhex(key.decode("ascii")))
    except (KeysError, ValueError) as error:
        raise BadRequest(_NONE.format(folder=folder)) from error
    manifest = read_part(folder, LEAVING, master)
    check_age(manifest, at)
    if trust is not None:
        _check_trusted(folder, trust)
    try:
        with whole_folder(target) as partial:
            _lay_out(folder / HOME, manifest, partial)
            _fill(folder / STORES, partial)
            incarnation = begin(partial, key)
            brought = Brought(checkpoint, office=(folder / OFFICE_COPY).read_bytes())
            return bring_up(partial, incarnation, brought, at)
    except OSError as error:
        raise Unavailable("The ledger cannot be made there now. Nothing was made.") from error


def _check_trusted(folder: Path, trust: bytes) -> None:
    """See that evidence and log are those of the ledger that the receiver trusts."""
    for part in (folder / EVIDENCE, folder / HOME / "log"):
        report = verify(part, trust)
        if report.unusable:
            raise BadRequest(f"Your trust file cannot be used here: {report.unusable}")
        if report.exit_code != 0:
            raise EvidenceCorrupt(f"Nothing was made. {report.headline}")


def _master_key(folder: Path, keyring: Keyring) -> bytes:
    try:
        key = open_slots((folder / MASTER).read_bytes(), keyring, CONTEXT)
    except OSError as error:
        raise BadRequest(_NONE.format(folder=folder)) from error
    except KeysError as error:
        raise NotPermitted(
            "The master key in this folder is not sealed to you. Custodian and counsel open it."
        ) from error
    return key


def _lay_out(home: Path, manifest: Manifest, partial: Path) -> None:
    for name in manifest.files:
        first, _, path = name.partition("/")
        if first == HOME:
            make_folder((partial / path).parent)
            write_new(partial / path, (home / path).read_bytes())


def _fill(stores: Path, partial: Path) -> None:
    try:
        counted: Mapping[str, Any] = json.loads((stores / COUNTED).read_bytes())
        for name in STORE_NAMES:
            _fill_one(stores / name, name, partial / f"{name}.db", counted[name])
    except (LookupError, TypeError, ValueError, OverflowError, RecursionError) as error:
        # The seal does not say who made the folder: what it has for rows may be anything.
        raise EvidenceCorrupt(_UNREADABLE) from error


def _fill_one(folder: Path, name: StoreName, target: Path, told: Mapping[str, Any]) -> None:
    with new_file(target, name) as made:
        for table in TABLES[name]:
            made.take(table, rows_in(folder / f"{table.name}.jsonl", table))
            if POSITION in table.columns:
                made.count_from(told["last_position"])
        for table_name, found in digests(made, name).items():
            if found != Digest(**told["tables"][table_name]):
                raise EvidenceCorrupt(_DIFFERS.format(store=name, table=table_name))
