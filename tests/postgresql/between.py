"""A line between a client and a server that is cut at the worst moment: around COMMIT.

It listens on a Unix socket in a folder of its own, and passes everything on. A trap is sprung once,
by the first COMMIT of any connection; earlier ones were cut, because a statement that the server
knows by heart is not spelt out again.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

from tests.postgresql.ledgers import PREFIX
from tests.postgresql.server import PORT, Server

Trap = Literal["on the way there", "on the way back"]
_CHUNK = 65_536
# The server's own word ends with a zero; the word to it may be followed by anything.
_ASKED = b"COMMIT"
_WORDS: dict[Trap, bytes] = {"on the way there": _ASKED, "on the way back": b"COMMIT\0"}


class Between:
    """One line, over which any number of connections go."""

    def __init__(self, folder: Path, server: Server) -> None:
        """Listen in a folder, on behalf of a server."""
        name = f".s.PGSQL.{PORT}"
        self._behind = str(server.folder / name)
        self.address = f"postgresql:///{PREFIX}?host={folder}"
        self._trap: Trap | None = None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._serving: list[threading.Thread] = []
        self.sprung = 0
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / name))
        self._listening.listen(64)
        self._begin(self._accept)

    def lay(self, trap: Trap) -> None:
        """Cut every connection, and then the first that commits: before the server gets the word,
        or when it has committed and says so.
        """
        self.cut()
        self._trap = trap

    def cut(self) -> None:
        """Cut every connection."""
        with self._lock:
            for one in self._open:
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Cut every connection and take no more."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()
        for one in self._serving:
            one.join()

    def _begin(self, work: Callable[..., None], *given: object) -> None:
        self._serving.append(threading.Thread(target=work, args=given))
        self._serving[-1].start()

    def _accept(self) -> None:
        # Closing is what ends this.
        with suppress(OSError):
            while True:
                self._begin(self._serve, self._listening.accept()[0])

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.connect(self._behind)
            with self._lock:
                self._open.add(client)
            try:
                self._pass_on(client, server)
            finally:
                with self._lock:
                    self._open.remove(client)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        ways: dict[socket.socket, tuple[socket.socket, Trap]] = {
            client: (server, "on the way there"),
            server: (client, "on the way back"),
        }
        # The server also says COMMIT when a snapshot ends, which nobody asks for in this word.
        is_asked = False
        while True:
            for source in select.select(ways, (), ())[0]:
                target, way = ways[source]
                data = source.recv(_CHUNK)
                is_asked |= source is client and _ASKED in data
                if not data or (is_asked and self._is_cut(way, data)):
                    return
                target.sendall(data)

    def _is_cut(self, way: Trap, data: bytes) -> bool:
        with self._lock:
            is_cut = self._trap == way and _WORDS[way] in data
            if is_cut:
                self._trap, self.sprung = None, self.sprung + 1
        return is_cut
