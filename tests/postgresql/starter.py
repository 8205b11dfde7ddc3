"""A program that starts a server and waits to be killed.

    python starter.py VERSION

It writes one line when the server answers: the folder, the server's process id, the owner of
its data, and its major version.
"""

from __future__ import annotations

import json
import sys

from tests.postgresql.programs import VERSIONS, Version, chosen, found
from tests.postgresql.server import Server
from tests.postgresql.site import opened


def main(version: Version) -> None:
    """Start, tell, wait."""
    with opened(chosen(version, found())) as site:
        server = Server.started(site)
        told = {
            "folder": str(site.folder),
            "pid": server.pid,
            "owner": server.data.stat().st_uid,
            "major": site.programs.major,
        }
        print(json.dumps(told), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(next(version for version in VERSIONS if version == sys.argv[1]))
