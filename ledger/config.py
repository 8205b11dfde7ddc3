"""`ledger.json`: what a program must know before it can read a home, and where its stores are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

from ledger.domain.fields import StreamId
from ledger.domain.form import Form
from ledger.errors import BadRequest
from ledger.stores.opening import Where
from ledger.stores.place import Place, StoreName, schema_of


@dataclass(frozen=True, slots=True)
class Config:
    """What `ledger.json` says."""

    origin: str
    zone: str
    pack: str
    office: bytes
    vault_office: bytes
    incarnation: str | None = None
    """Drawn when this home was restored from a backup; None in one that never was."""
    store: str | None = None
    """The address of the server that keeps the stores, without a password; None for files."""
    needs_standby: bool = False
    """Whether nothing is signed unless a standby of that server has confirmed it."""


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file, as it lies there."""

    origin: str
    zone: str
    pack: str
    office: StreamId
    vault_office: StreamId
    incarnation: str | None = None
    store: str | None = None
    needs_standby: bool = False


_FILE = Form[_File](_File)


def load_config(path: Path) -> Config:
    """What `ledger.json` of the home at `path` says.

    Raises:
        BadRequest: there is no ledger, or the file is damaged.
    """
    try:
        found = _FILE.parse((path / "ledger.json").read_bytes())
    except OSError as error:
        raise BadRequest(
            f"There is no ledger in {path}. Make one with: disclosure-ledger --home {path} init"
        ) from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadRequest(
            f"{path / 'ledger.json'} is damaged. Bring it back from a backup; do not run init."
        ) from error
    return Config(
        found.origin,
        found.zone,
        found.pack,
        bytes.fromhex(found.office),
        bytes.fromhex(found.vault_office),
        found.incarnation,
        found.store,
        found.needs_standby,
    )


def dump_config(config: Config) -> bytes:
    """Write what `ledger.json` says."""
    optional = {
        "incarnation": config.incarnation,
        "store": config.store,
        "needs_standby": config.needs_standby or None,
    }
    return json.dumps(
        {
            "origin": config.origin,
            "zone": config.zone,
            "pack": config.pack,
            "office": config.office.hex(),
            "vault_office": config.vault_office.hex(),
            **{name: value for name, value in optional.items() if value is not None},
        },
        indent=1,
    ).encode()


def where(path: Path, config: Config, name: StoreName) -> Where:
    """Where a store of the home at `path` is kept, by its configuration."""
    if config.store is None:
        return path / f"{name}.db"
    return Place(name, config.store, schema_of(config.origin), config.needs_standby)
