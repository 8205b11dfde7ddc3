"""A disk that forgets what was not synced, below SQLite as the product uses it.

SQLite reaches files through a layer of its own (a VFS). For as long as a block lasts, the one that
it uses here is its own with one step more: whatever it syncs is noted, with the content that the
file has then. Between two syncs the power may go. What lies on the disk afterwards is then what was
synced last, and of what was written since any part or none, sector by sector.

Sectors are written whole, which SQLite asks of a drive without battery too. Files that are not
SQLite's are taken as they are: what the product does with them is tried in
`tests/upkeep/test_every_step.py`.

Cites: SQLite, "The SQLite OS Interface or VFS"; "Atomic Commit In SQLite", §2 and §3.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_void_p
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

Contents = Mapping[str, bytes]
"""What files hold, by their paths."""
SECTOR_BYTES = 512
_OK = 0
_ENDINGS = (".db", ".db-wal", ".db-journal")
"""Of the files of a database; its index (`-shm`) is made anew after the power went."""

_Sync = CFUNCTYPE(c_int, c_void_p, c_int)
_Delete = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
# A name is SQLite's own memory and stays that: it keeps the address, and options stand behind it.
_Open = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)


class _Vfs(Structure):
    """sqlite3_vfs, in its third version."""

    _fields_ = (
        *(("version", c_int), ("file_bytes", c_int), ("longest", c_int), ("next", c_void_p)),
        *(("name", c_char_p), ("data", c_void_p), ("open", _Open), ("delete", _Delete)),
        ("rest", c_void_p * 14),
    )


class _Methods(Structure):
    """sqlite3_io_methods, in its third version."""

    _fields_ = (
        *(("version", c_int), ("before", c_void_p * 4), ("sync", _Sync)),
        ("rest", c_void_p * 13),
    )


class _File(Structure):
    _fields_ = (("methods", POINTER(_Methods)),)


@dataclass(frozen=True, slots=True)
class Moment:
    """One at which the power may go: what was synced by then, and what was written."""

    synced: Contents
    written: Contents

    def lost(self) -> Contents:
        """What is there if nothing but what was synced is."""
        return self.synced

    def torn(self, chance: Random) -> Contents:
        """What is there if of all else some sectors are."""
        return {
            path: _mixed(chance, self.synced.get(path, b""), data)
            for path, data in self.written.items()
        }


def _mixed(chance: Random, old: bytes, new: bytes) -> bytes:
    length = chance.choice((len(old), len(new)))
    mixed = bytearray(old[:length].ljust(length, b"\0"))
    for at in range(0, length, SECTOR_BYTES):
        if chance.randrange(2):
            mixed[at : at + SECTOR_BYTES] = new[at : min(at + SECTOR_BYTES, length)]
    return bytes(mixed[:length])


@dataclass
class Disk:
    """What a folder's databases would hold if the power went now; and whenever it could have gone.

    `moments` are those right before each sync, when most is written and not there for certain.
    """

    folder: Path
    moments: list[Moment] = field(default_factory=list)
    _synced: dict[str, bytes] = field(default_factory=dict)
    _unlinked: set[str] = field(default_factory=set)
    """Deleted, but their folder was not synced since: they may come back."""

    def now(self) -> Moment:
        """This moment."""
        written = self.written()
        others = {path: data for path, data in written.items() if not _is_of_database(path)}
        return Moment({**others, **self._synced}, written)

    def written(self) -> dict[str, bytes]:
        """What every file holds."""
        every = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in every if path.suffix != ".db-shm"}

    def syncs(self, path: str) -> None:
        """Take note that a file is about to be synced."""
        if path in self:
            self.moments.append(self.now())

    def synced(self, path: str) -> None:
        """Take note that a file was synced; with a new one SQLite syncs the folder."""
        if path in self:
            if path not in self._synced or path in self._unlinked:
                self._unlinked.discard(path)
                self._forget(self._unlinked)
            self._synced[path] = Path(path).read_bytes()

    def deleted(self, path: str, *, is_synced: bool) -> None:
        """Take note that a file was deleted, and whether its folder was synced then."""
        self._unlinked.add(path)
        if is_synced:
            self._forget(self._unlinked)

    def _forget(self, paths: set[str]) -> None:
        for path in paths:
            self._synced.pop(path, None)
        paths.clear()

    def __contains__(self, path: str) -> bool:
        return Path(path).is_relative_to(self.folder)

    def lay_out(self, contents: Contents, target: Path) -> Path:
        """Make the folder as it is found after the power went."""
        for path, data in contents.items():
            held = target / Path(path).relative_to(self.folder)
            held.parent.mkdir(parents=True, exist_ok=True)
            held.touch(mode=0o600)
            held.write_bytes(data)
        return target


def _is_of_database(path: str) -> bool:
    return path.endswith(_ENDINGS)


@contextmanager
def forgetting(folder: Path) -> Iterator[Disk]:
    """Let whatever SQLite opens in the block be on a disk that forgets."""
    disk = Disk(folder)
    for path in filter(_is_of_database, disk.written()):
        disk.synced(path)
    layer = _Layer(disk)
    layer.take_over()
    try:
        yield disk
    finally:
        layer.give_back()


_KEPT: list[_Layer] = []
"""A connection that was never closed still calls through the layer that it was opened by."""


class _Layer:
    """SQLite's own layer with one step more."""

    def __init__(self, disk: Disk) -> None:
        _KEPT.append(self)
        self._disk = disk
        # The same library that Python's own module uses: what is changed here is changed there.
        self._library = ctypes.CDLL("libsqlite3.so.0")
        self._library.sqlite3_vfs_find.restype = POINTER(_Vfs)
        self._own: ctypes._Pointer[_Vfs] = self._library.sqlite3_vfs_find(None)
        self._vfs = _Vfs.from_buffer_copy(self._own.contents)
        self._vfs.name = b"forgetting"
        self._vfs.open, self._vfs.delete = _Open(self._opened), _Delete(self._deleted)
        self._paths: dict[int, str] = {}
        self._methods: dict[int, tuple[_Methods, Callable[[int, int], int]]] = {}
        self._sync = _Sync(self._synced)

    def take_over(self) -> None:
        """Be what SQLite opens files by."""
        assert self._library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1) == _OK

    def give_back(self) -> None:
        """Let it open files by its own again."""
        assert self._library.sqlite3_vfs_register(self._own, 1) == _OK
        assert self._library.sqlite3_vfs_unregister(ctypes.byref(self._vfs)) == _OK

    def _opened(self, _vfs: int, name: int | None, file: int, flags: int, out: int) -> int:
        code: int = self._own.contents.open(
            ctypes.cast(self._own, c_void_p).value, name, file, flags, out
        )
        if code == _OK and name is not None:
            self._paths[file] = ctypes.string_at(name).decode()
            held = _File.from_address(file)
            held.methods = ctypes.pointer(self._with_step(held.methods))
        return code

    def _with_step(self, methods: ctypes._Pointer[_Methods]) -> _Methods:
        address = ctypes.addressof(methods.contents)
        if address not in self._methods:
            made = _Methods.from_buffer_copy(methods.contents)
            self._methods[address] = made, _Sync.from_buffer_copy(methods.contents.sync)
            made.sync = self._sync
        return self._methods[address][0]

    def _synced(self, file: int, flags: int) -> int:
        ours = ctypes.addressof(_File.from_address(file).methods.contents)
        real = next(own for made, own in self._methods.values() if ctypes.addressof(made) == ours)
        path = self._paths[file]
        self._disk.syncs(path)
        code = real(file, flags)
        if code == _OK:
            self._disk.synced(path)
        return code

    def _deleted(self, _vfs: int, name: bytes, sync: int) -> int:
        code: int = self._own.contents.delete(ctypes.cast(self._own, c_void_p).value, name, sync)
        if code == _OK:
            self._disk.deleted(name.decode(), is_synced=bool(sync))
        return code
