"""Replace a file so that what stood in it is destroyed; remove one so that it stays away.

A rename leaves the old bytes on the disk, unnamed. Here the old file keeps a second name until the
new one is in its place, is then overwritten and removed; a crash in between is mended by the next
call. On flash memory and copying file systems the medium may keep older copies, and backups do:
that cannot be mended by a program, and the runbooks say so.
"""

from __future__ import annotations

import os
from pathlib import Path

from keys.files import write_private


def rewrite(path: Path, data: bytes) -> None:
    """Write `data` to `path`, whole and durably, and destroy what stood there.

    Raises:
        OSError: the disk refuses; `path` holds what it held, or `data`.
    """
    destroy_rest(path)
    if path.exists():
        os.link(path, _rest(path), follow_symlinks=False)
    write_private(path, data)
    destroy_rest(path)


def destroy_rest(path: Path) -> None:
    """Destroy what a crash left of an earlier content of `path`. Idempotent.

    Raises:
        OSError: the disk refuses.
    """
    rest = _rest(path)
    if not (rest.exists() and path.exists()):
        return
    # While both names stand for one file, nothing was replaced yet, and nothing may be destroyed.
    if not os.path.samefile(path, rest):
        with rest.open("r+b") as file:
            file.write(bytes(os.fstat(file.fileno()).st_size))
            file.flush()
            os.fsync(file.fileno())
    remove(rest)


def remove(path: Path) -> None:
    """Remove a file durably. Idempotent; its bytes are not overwritten.

    Raises:
        OSError: the disk refuses.
    """
    path.unlink(missing_ok=True)
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _rest(path: Path) -> Path:
    return path.with_name(f".{path.name}.old")
