"""`ledger.json`: what a program must know before it can read a home, and where its stores are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

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


def load_config(path: Path) -> Config:
    """What `ledger.json` of the home at `path` says.

    Raises:
        BadRequest: there is no ledger.
    """
    try:
        raw = json.loads((path / "ledger.json").read_text())
        return Config(
            raw["origin"],
            raw["zone"],
            raw["pack"],
            bytes.fromhex(raw["office"]),
            bytes.fromhex(raw["vault_office"]),
            raw.get("incarnation"),
            raw.get("store"),
            raw.get("needs_standby", False),
        )
    except (OSError, ValueError, KeyError) as error:
        raise BadRequest(
            f"There is no ledger in {path}. Make one with: disclosure-ledger --home {path} init"
        ) from error


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
