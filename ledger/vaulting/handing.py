"""Handing a command over to the vault's process, and what comes back.

    4 bytes, the length of what follows, big-endian; then one JSON object in UTF-8

Asked: {"words": […], "folder": "…", "input": "…"}, or {"lock": true}.
Answered: {"code": n, "out": "…", "err": "…"}.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from ledger.errors import Unavailable
from ledger.vaulting.place import is_of_this_account, is_ours

T = TypeVar("T")
LARGEST = 64 * 1024 * 1024
_BROKE_OFF = (
    "The vault's process ended before it answered. Whether the command was carried out is not"
    " certain: look before you repeat it."
)


class Asked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A command to be run: its words, the folder in which its paths are meant, and its input."""

    words: tuple[str, ...] = ()
    folder: str = "/"
    input: str = ""
    lock: bool = False


class Answered(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
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
            return receive(self.peer, Answered)
        except (OSError, ValueError, msgspec.MsgspecError) as error:
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


def send(peer: socket.socket, message: msgspec.Struct) -> None:
    """Send one message."""
    data = msgspec.json.encode(message)
    peer.sendall(struct.pack(">I", len(data)) + data)


def receive(peer: socket.socket, kind: type[T]) -> T:
    """Receive one message.

    Raises:
        ValueError, msgspec.MsgspecError: it is none.
        OSError: the other end is gone.
    """
    (size,) = struct.unpack(">I", _exactly(peer, 4))
    if size > LARGEST:
        raise ValueError("too long")
    return msgspec.json.decode(_exactly(peer, size), type=kind)


def _exactly(peer: socket.socket, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = peer.recv(min(size, 1 << 20))
        if not part:
            raise ConnectionResetError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
