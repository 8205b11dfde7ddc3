"""The log as a directory of static files: tiles of hashes, bundles of entries.

A tile holds up to 256 hashes of one level; the tile level above hashes only full tiles, so eight
levels of the tree lie between two tile levels. A tile at the right edge is partial and named by
its width. Files once named by a checkpoint never change, so any web server can serve them.

Whoever publishes or reads a log imports this module. Files in a directory are untrusted: a reader
checks their length only, and their content is worth what the root over it is worth.

Cites: FORMAT §4 "Static directory"; C2SP tlog-tiles.
"""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ledger.evidence.grammar import Malformed
from ledger.evidence.merkle import HashAt, root_of_joined

__all__ = [
    "TILE_WIDTH",
    "Tile",
    "TileMissing",
    "TileReader",
    "WouldRewrite",
    "entries_path",
    "files_for",
    "parse_tile",
    "publish",
    "tile_path",
]

TILE_WIDTH = 256
"""Hashes in a full tile, entries in a full bundle."""

_TILE_HEIGHT = 8
_HASH_BYTES = 32
_ENTRY_PREFIX = (32).to_bytes(2, "big")
_WIDTH = re.compile(r"[1-9][0-9]{0,2}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*")
_TILE = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_TOP = 7
"""The highest level of tiles: a log has no more than 2**64 entries."""
_KEPT = re.compile(r"checkpoints/(?:0|[1-9][0-9]*)")
_CACHED_TILES = 512
_AT_ONCE = 8
"""How many files are written at the same time."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Which hashes of which level of tiles a tile holds; with `is_bundle`, which entries."""

    is_bundle: bool
    level: int
    first: int
    end: int

    def is_beyond(self, size: int) -> bool:
        """Tell whether a log of this size does not have all of it."""
        return self.end > size >> (self.level * _TILE_HEIGHT)


class TileMissing(Malformed):
    """A file that the tree needs is not in the directory, or cannot be read."""


class WouldRewrite(Malformed):
    """A checkpoint of the same size is already published, and more than lines below it is other.

    Publishing must stop at once: the log would speak with two tongues.
    """


def tile_path(level: int, index: int, width: int) -> str:
    """Return the name of a tile of hashes; `width` is 256 for a full one.

    Sample: ``tile/0/x001/x234/067.p/12``

    Raises: Malformed.
    """
    if not 0 <= level <= 63:
        raise Malformed("a tile level is not from 0 to 63")
    return f"tile/{level}/{_index_path(index)}{_width_suffix(width)}"


def entries_path(index: int, width: int) -> str:
    """Return the name of a bundle of entries; `width` is 256 for a full one.

    Sample: ``tile/entries/000.p/128``

    Raises: Malformed.
    """
    return f"tile/entries/{_index_path(index)}{_width_suffix(width)}"


def parse_tile(name: str) -> Tile | None:
    """Read the name of a tile or a bundle; None for any other, also where it is spelt otherwise."""
    found = _TILE.fullmatch(name)
    if found is None:
        return None
    index, width = int(re.sub(r"[x/]", "", found[2])), int(found[3] or TILE_WIDTH)
    is_bundle = found[1] == "entries"
    level = 0 if is_bundle else int(found[1])
    if width > TILE_WIDTH or level > _TOP:
        return None
    canonical = entries_path(index, width) if is_bundle else tile_path(level, index, width)
    first = index * TILE_WIDTH
    return Tile(is_bundle, level, first, first + width) if name == canonical else None


def files_for(
    old_size: int, new_size: int, hash_at: HashAt, entry_at: Callable[[int], bytes]
) -> Iterator[tuple[str, bytes]]:
    """Give every tile and bundle that a log of `new_size` has and one of `old_size` had not.

    `entry_at` is asked for each entry of the bundles that change, also for older ones.

    Raises: Malformed, and what the readers raise.
    """
    if not 0 <= old_size <= new_size:
        raise Malformed("a log cannot shrink")
    if old_size == new_size:
        return
    for index, width in _changed(old_size, new_size):
        start = index * TILE_WIDTH
        bundle = b"".join(_bundled(entry_at(start + offset)) for offset in range(width))
        yield entries_path(index, width), bundle
    level, old, new = 0, old_size, new_size
    while new > old:
        for index, width in _changed(old, new):
            start = index * TILE_WIDTH
            hashes = (hash_at(level * _TILE_HEIGHT, start + offset) for offset in range(width))
            yield tile_path(level, index, width), b"".join(hashes)
        level, old, new = level + 1, old >> _TILE_HEIGHT, new >> _TILE_HEIGHT


class TileReader:
    """Reads hashes and entries from a published directory.

    A wider tile of the same place begins with a narrower one, so the widest that is there is
    read. Up to 512 files are kept in memory.
    """

    def __init__(self, directory: Path | str) -> None:
        """Stand on a directory; nothing is read yet."""
        self._directory = Path(directory)
        self._cache: OrderedDict[str, bytes] = OrderedDict()

    def hash_at(self, level: int, index: int) -> bytes:
        """Return the hash of the complete subtree at a level of the tree (not of the tiles).

        Raises: TileMissing, Malformed.
        """
        tile_level, above = divmod(level, _TILE_HEIGHT)
        # The hashes under this one lie in one tile: at most 128 of them, aligned to their number.
        tile, offset = divmod(index << above, TILE_WIDTH)
        count = 1 << above
        data = self._read(tile_path(tile_level, tile, TILE_WIDTH), offset + count, _HASH_BYTES)
        return root_of_joined(data[offset * _HASH_BYTES : (offset + count) * _HASH_BYTES])

    def entry(self, i: int) -> bytes:
        """Return the entry at an index of the log (32 bytes).

        Raises: TileMissing, Malformed.
        """
        bundle, offset = divmod(i, TILE_WIDTH)
        step = len(_ENTRY_PREFIX) + _HASH_BYTES
        data = self._read(entries_path(bundle, TILE_WIDTH), offset + 1, step)
        framed = _slice(data, offset, step)
        if not framed.startswith(_ENTRY_PREFIX):
            raise Malformed("an entry of a bundle is not 32 bytes long")
        return framed[len(_ENTRY_PREFIX) :]

    def _read(self, path: str, needed: int, step: int) -> bytes:
        """Return a file with at least `needed` items of `step` bytes each."""
        data = self._cache.get(path)
        # A partial tile in memory may have been followed by a wider one on disk.
        if data is None or len(data) < needed * step:
            data = _load_widest(self._directory / path, needed, step)
            self._cache[path] = data
        self._cache.move_to_end(path)
        if len(self._cache) > _CACHED_TILES:
            self._cache.popitem(last=False)
        return data


def publish(directory: Path | str, files: Iterable[tuple[str, bytes]]) -> None:
    """Write files of a log so that a reader, or a crash, never finds one without what it needs.

    Each file is written whole beside its place, synced and renamed, and its directory synced.
    All others come before ``checkpoints/<size>``, and ``checkpoint`` comes last. One process
    publishes at a time.

    Raises: WouldRewrite before anything is written; Malformed for a name that leaves the
        directory; OSError.
    """
    root = Path(directory)
    ranked: tuple[list[tuple[str, bytes]], ...] = ([], [], [])
    for name, data in files:
        if not _NAME.fullmatch(name):
            raise Malformed("a file to publish has a name that is not one of a log")
        if _KEPT.fullmatch(name):
            _check_kept(root / name, data)
        ranked[_rank(name)].append((name, data))
    if not root.is_dir():
        root.mkdir(parents=True)
        sync_directory(root.parent)
    for group in ranked:
        # Syncing directories once for each group keeps the order and spares hundreds of syncs.
        touched = _write(root, group)
        for folder in sorted(touched | {above for one in touched for above in _above(root, one)}):
            sync_directory(folder)


def _index_path(index: int) -> str:
    if index < 0:
        raise Malformed("a tile index is negative")
    parts = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        parts.append(f"x{index % 1000:03}")
    return "/".join(reversed(parts))


def _width_suffix(width: int) -> str:
    if not 1 <= width <= TILE_WIDTH:
        raise Malformed("a tile's width is not from 1 to 256")
    return "" if width == TILE_WIDTH else f".p/{width}"


def _changed(old: int, new: int) -> Iterator[tuple[int, int]]:
    """Give (index, width) of the tiles of one level that differ between two numbers of hashes."""
    for index in range(old // TILE_WIDTH, -(-new // TILE_WIDTH)):
        yield index, min(TILE_WIDTH, new - index * TILE_WIDTH)


def _bundled(entry: bytes) -> bytes:
    if len(entry) != _HASH_BYTES:
        raise Malformed("an entry of the log is not 32 bytes")
    return _ENTRY_PREFIX + entry


def _slice(data: bytes, place: int, step: int) -> bytes:
    return data[place * step : (place + 1) * step]


def _load_widest(full: Path, needed: int, step: int) -> bytes:
    """Read the full file, or else the widest partial one, if it has as many items as needed."""
    data = _read_exact(full, TILE_WIDTH * step)
    if data is not None:
        return data
    partial = full.with_name(full.name + ".p")
    try:
        names = os.listdir(partial)
    except OSError as exc:
        raise TileMissing("a tile of the log is missing") from exc
    widths = [int(name) for name in names if _WIDTH.fullmatch(name)]
    width = max((width for width in widths if width < TILE_WIDTH), default=0)
    data = _read_exact(partial / str(width), width * step) if width >= needed else None
    if data is None:
        raise TileMissing("a tile of the log is missing")
    return data


def _read_exact(path: Path, length: int) -> bytes | None:
    """Return a file of exactly this length, or None if there is none."""
    try:
        with path.open("rb") as file:
            # One byte more shows that a file is too long, however long it is.
            data = file.read(length + 1)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise TileMissing("a tile of the log cannot be read") from exc
    if len(data) != length:
        raise Malformed("a tile of the log has the wrong length")
    return data


def _check_kept(path: Path, data: bytes) -> None:
    """Refuse when another checkpoint is already kept under the same size. Below its lines those
    of witnesses may be added.

    Raises: WouldRewrite.
    """
    if path.exists() and not data.startswith(path.read_bytes()):
        raise WouldRewrite("another checkpoint of this size is already published")


def _rank(name: str) -> int:
    if name == "checkpoint":
        return 2
    return 1 if name.startswith("checkpoints/") else 0


def _write(root: Path, files: Iterable[tuple[str, bytes]]) -> set[Path]:
    """Write files whole, sync each and move it to its place; return their directories."""
    places = {root / name: data for name, data in files}
    # A kept checkpoint is the same, but a crash may have come before its directory was synced.
    fresh = [
        (target, data)
        for target, data in places.items()
        if not (_KEPT.fullmatch(target.relative_to(root).as_posix()) and _is_there(target, data))
    ]
    # Several at once: a disk serves many syncs in hardly more time than one.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda one: _write_one(*one), fresh))
    return {target.parent for target in places}


def _is_there(path: Path, data: bytes) -> bool:
    return path.exists() and path.read_bytes() == data


def _write_one(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # The leading dot keeps it out of what readers ask for; a rest of a crash is overwritten.
    fresh = target.with_name(f".{target.name}.new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, target)


def _above(root: Path, folder: Path) -> Iterator[Path]:
    """Give the directories between a folder and the root, inclusive: they may be new too."""
    while folder != root:
        folder = folder.parent
        yield folder


def sync_directory(folder: Path) -> None:
    """Make the names in a directory durable. The keys have their own, since they know no ledger."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
