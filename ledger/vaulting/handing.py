"""Handing a command over to the vault's process, and what comes back.

    4 bytes, the length of what follows, big-endian; then one JSON object in UTF-8

Asked: {"words": […], "folder": "…", "input": "…"}, or {"lock": true}.
Answered: {"code": n, "out": "…", "err": "…"}.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ledger.errors import Unavailable
from ledger.vaulting.place import is_of_this_account, is_ours

LARGEST = 64 * 1024 * 1024
_BROKE_OFF = (
    "The vault's process ended before it answered. Whether the command was carried out is not"
    " certain: look before you repeat it."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A command to be run: its words, the folder in which its paths are meant, and its input."""

    words: Sequence[str] = ()
    folder: str = "/"
    input: str = ""
    lock: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """What a command gave: its exit code, its data and its messages."""

    code: int
    out: str = ""
    err: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A connection to a vault process."""

    peer: socket.socket

    def ask(self, asked: Asked) -> Answered:
        """Have a command run; waits as long as it takes.

        Raises:
            Unavailable: the process ended meanwhile.
        """
        try:
            send(self.peer, asked)
            return Answered(**receive(self.peer))
        except (OSError, ValueError, TypeError) as error:
            raise Unavailable(_BROKE_OFF) from error


def reach(path: Path) -> Line | None:
    """The vault process that listens at a socket; None where none of this account's does."""
    if not is_ours(path.parent):
        return None
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        peer.connect(str(path))
    except OSError:
        peer.close()
        return None
    if not is_of_this_account(peer):
        peer.close()
        return None
    return Line(peer)


def send(peer: socket.socket, message: Asked | Answered) -> None:
    """Send one message."""
    data = json.dumps(asdict(message)).encode()
    peer.sendall(struct.pack(">I", len(data)) + data)


def receive(peer: socket.socket) -> dict[str, Any]:
    """Receive the members of one message.

    Raises:
        ValueError: it is none.
        OSError: the other end is gone.
    """
    (size,) = struct.unpack(">I", _exactly(peer, 4))
    if size > LARGEST:
        raise ValueError("too long")
    found = json.loads(_exactly(peer, size))
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _exactly(peer: socket.socket, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = peer.recv(min(size, 1 << 20))
        if not part:
            raise ConnectionResetError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
