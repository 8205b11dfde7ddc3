"""Where the vault process of a person listens: a socket in a folder of the person's own account.

Who looks at the machine's files can tell that somebody has the vault unlocked, and whose account it
is (tier T2, threats §1.6); nobody else can. Whatever the folder is, it must be ours alone: a name
that another account took is never used, neither to listen nor to hand anything over.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import tempfile
from hashlib import sha256
from pathlib import Path

from ledger.errors import Unavailable

_TAKEN = (
    "The folder in which the vault's process would listen belongs to somebody else, or is open to"
    " others. Set XDG_RUNTIME_DIR to a folder of your own."
)


def runtime_folder() -> Path:
    """The folder for what lives as long as a session; it need not be there."""
    given = os.environ.get("XDG_RUNTIME_DIR")
    if given:
        return Path(given) / "disclosure-ledger"
    return Path(tempfile.gettempdir()) / f"disclosure-ledger-{os.geteuid()}"


def socket_path(home: Path, person: str) -> Path:
    """The socket of a person's vault process for one home. Its name says neither."""
    name = sha256(f"{home.resolve()}\0{person}".encode()).hexdigest()[:16]
    return runtime_folder() / f"{name}.sock"


def make_folder(folder: Path) -> None:
    """Make the folder of a socket, mode 0700.

    Raises:
        Unavailable: it cannot be made, or is not ours alone.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            "The folder in which the vault's process listens cannot be made."
        ) from error
    if not is_ours(folder):
        raise Unavailable(_TAKEN)


def is_ours(folder: Path) -> bool:
    """Whether a folder is there, is this account's, and open to nobody else."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    mine = found.st_uid == os.geteuid() and not found.st_mode & 0o077
    return mine and stat.S_ISDIR(found.st_mode)


def is_of_this_account(peer: socket.socket) -> bool:
    """Whether the process at the other end of a connection runs under our account."""
    size = struct.calcsize("3i")
    _, account, _ = struct.unpack(
        "3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    )
    return bool(account == os.geteuid())
