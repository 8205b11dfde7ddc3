"""What still lies in the files of a store, whether its tables have it or not."""

from __future__ import annotations

from pathlib import Path


def remains(path: Path) -> bytes:
    """Everything that lies in the files of the store at `path`."""
    files = [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]
    return b"".join(file.read_bytes() for file in files if file.exists())
