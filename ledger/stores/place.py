"""Where on a server of PostgreSQL one store of one library is kept.

The administrator names the server and a prefix, `postgresql://host/PREFIX`; database and role of
each store are PREFIX_open and so on, and each library has a schema of its own in each of them
(`ops/postgres/README.md`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

StoreName = Literal["open", "inbox", "vault", "keystore", "log"]
STORE_NAMES: tuple[StoreName, ...] = ("open", "inbox", "vault", "log", "keystore")


@dataclass(frozen=True, slots=True)
class Place:
    """One store of one library: its `name`, the server, and the library's schema."""

    name: StoreName
    url: str
    schema: str
    needs_standby: bool = False
    """Whether nothing is signed unless a standby has confirmed it."""


def schema_of(origin: str) -> str:
    """The schema of the library whose log has this origin: `lib_` and 16 hex."""
    return f"lib_{hashlib.sha256(origin.encode()).hexdigest()[:16]}"
