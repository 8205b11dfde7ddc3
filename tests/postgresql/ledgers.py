"""A server as the administrator sets it up for ledgers (ops/postgres/README.md)."""

from __future__ import annotations

import os
import subprocess

from tests.house.tree import ROOT
from tests.postgresql.server import Server

PREFIX = "ledger"


def set_up(server: Server, prefix: str = PREFIX) -> None:
    """Run cluster.sql as an administrator does.

    Raises:
        subprocess.CalledProcessError: psql gave up.
    """
    command = [
        *(str(server.site.programs.folder / "psql"), "-X", "-q"),
        *("-v", f"prefix={prefix}", "-f", str(ROOT / "ops/postgres/cluster.sql")),
        server.conninfo(),
    ]
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    subprocess.run(command, env=environment, capture_output=True, check=True)


def address(*servers: Server, prefix: str = PREFIX) -> str:
    """The address of servers, as `--store` takes it."""
    return f"postgresql:///{prefix}?host={','.join(str(one.folder) for one in servers)}"
