"""V7 for a whole log: the tree rebuilt from its entries, and every file compared with it.

Scope ledger and a published log on its own bring all entries. The root that they give must be the
signed one; every tile, also the partial ones of the past, and every kept checkpoint must be what
the entries give. Held are the entries and one hash for each 256 of them; files are read one by one.
Nothing here follows a number from a file without checking it first.

Cites: FORMAT §4 "Static directory", §6 V7; RFC 6962 §2.1; C2SP tlog-tiles.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import pairwise, starmap
from operator import ge, itemgetter
from struct import Struct
from typing import Final

from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.grammar import Malformed
from ledger.evidence.merkle import LEAF_BYTES, Tree, leaf_hashes, node_hash, pair_hashes
from ledger.evidence.pack import CHECKPOINT
from ledger.evidence.schedule import Schedule
from ledger.evidence.tiles import TILE_WIDTH, Tile, entries_path, parse_tile, tile_path
from ledger.verify.container import Container
from ledger.verify.report import Tally
from ledger.verify.trust import Trust

__all__ = ["Entries", "check_tree"]

_ENTRY_BYTES: Final = 34
_LEAF: Final = Struct(f"{LEAF_BYTES}s")
_HEIGHT: Final = 8
"""The level of the tree whose hashes are held: one for each full tile of entries."""
_PREFIX: Final = b"\x00\x20"
"""The length of an entry, which stands before each in a file of entries. Without its second byte it
is what a leaf of the tree begins with.
"""
_KEPT: Final = re.compile(r"checkpoints/(0|[1-9][0-9]{0,15})")


class Entries:
    """All entries of a log, and the hashes of its subtrees of 256 entries and more."""

    def __init__(self, leaves: bytes | bytearray, sizes: Iterable[int] = ()) -> None:
        """Hash the tree over these leaves, joined, of which each is a zero byte and an entry; each
        tile once, also where the roots of many `sizes` will be asked for.
        """
        self._data = leaves
        self.size = len(leaves) // LEAF_BYTES
        self._newest: tuple[int, list[list[bytes]]] = (-1, [])
        """The tile that was hashed last, and its hashes by level."""
        self._tiles: list[bytes] = []
        """What each full tile of the lowest level hashes to."""
        self._levels: list[list[bytes]] = [[]]
        self._roots: dict[int, bytes] = {}
        wanted = sorted(size for size in set(sizes) if size <= self.size)
        for index in range(-(-self.size >> _HEIGHT)):
            end = (index + 1) << _HEIGHT
            if end <= self.size:
                self._take(index)
            here = wanted[: bisect_right(wanted, end)]
            for size in here:
                self.root(size)
            del wanted[: len(here)]

    def holds(self, index: int, entry: bytes) -> bool:
        """Tell whether an entry (32 bytes) stands at an index."""
        return self._data.startswith(entry, index * LEAF_BYTES + 1)

    def leaves(self, first: int, end: int) -> Iterator[bytes]:
        """Give some entries, which must be there, each after the zero byte of a leaf."""
        return map(itemgetter(0), _LEAF.iter_unpack(self._joined(first, end)))

    def _joined(self, first: int, end: int) -> memoryview:
        return memoryview(self._data)[first * LEAF_BYTES : end * LEAF_BYTES]

    def hash_at(self, level: int, index: int) -> bytes:
        """Return the hash of the complete subtree at (level, index), which must exist."""
        if level >= _HEIGHT:
            return self._levels[level - _HEIGHT][index]
        below = _HEIGHT - level
        tile = index >> below
        return self._hashed(tile)[level][index - (tile << below)]

    def hashes(self, level: int, first: int, end: int) -> list[bytes]:
        """Return the hashes of some complete subtrees in one tile of a level that tiles have."""
        if level:
            return self._levels[level - _HEIGHT][first:end]
        tile = first >> _HEIGHT
        start = tile << _HEIGHT
        return self._hashed(tile)[0][first - start : end - start]

    def width(self, level: int) -> int:
        """Return how many complete subtrees a level has."""
        return self.size >> level

    def find(self, entry: bytes) -> int | None:
        """Return the first place of an entry; None when the log does not have it."""
        at = self._data.find(entry)
        while at >= 0 and at % LEAF_BYTES != 1:
            at = self._data.find(entry, at + 1)
        return None if at < 0 else at // LEAF_BYTES

    def root(self, size: int) -> bytes:
        """Return the root over the first `size` entries, which must be there."""
        if size not in self._roots:
            self._roots[size] = Tree(self.hash_at).root(size)
        return self._roots[size]

    def is_tile(self, level: int, first: int, end: int, data: bytes) -> bool:
        """Tell whether a tile of a level holds the hashes of these subtrees."""
        number, rest = divmod(first, TILE_WIDTH)
        if level == 0 and rest == 0 and end == first + TILE_WIDTH:
            # They were computed once; no more is kept of them than this.
            return sha256(data).digest() == self._tiles[number]
        return data == b"".join(self.hashes(level, first, end))

    def _take(self, index: int) -> None:
        """Hash the entries of a full tile, and note what the tile is, and what it completes."""
        below = self._hashed(index)
        self._tiles.append(sha256(b"".join(below[0])).digest())
        self._levels[0].append(below[_HEIGHT][0])
        level = 0
        while index & 1:
            left, right = self._levels[level][-2:]
            level, index = level + 1, index >> 1
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(node_hash(left, right))

    def _hashed(self, tile: int) -> list[list[bytes]]:
        """Hash the entries of a tile, full or not, level by level; or give what was given last."""
        if self._newest[0] != tile:
            end = min((tile + 1) << _HEIGHT, self.size)
            levels = [leaf_hashes(self._joined(tile << _HEIGHT, end))]
            while len(levels[-1]) > 1:
                levels.append(pair_hashes(levels[-1]))
            self._newest = tile, levels
        return self._newest[1]


def check_tree(
    container: Container,
    trust: Trust,
    schedule: Schedule | None,
    checkpoint: Checkpoint,
    tally: Tally,
) -> Entries | None:
    """Rebuild the tree from its entries and compare every file of the log with it.

    Returns the entries when they give the root of the verified checkpoint, else None.
    """
    tally.ran("V7")
    leaves = _load_leaves(container, checkpoint.size)
    if leaves is None:
        return None
    kept = (_KEPT.fullmatch(name) for name in container.log_names())
    tree = Entries(leaves, (int(found[1]) for found in kept if found is not None))
    if tree.root(checkpoint.size) != checkpoint.root:
        sentence = "The entries of the log do not give the root that was signed."
        tally.add("V7.root-differs", sentence, CHECKPOINT)
        return None
    _check_tiles(container, tree)
    _check_rest(container, trust, tree, checkpoint)
    if schedule is not None:
        _check_ascending(tree, schedule, tally)
    return tree


def _add(container: Container, code: str, sentence: str, name: str) -> None:
    """Note a finding about a file of the log."""
    container.tally.add(code, sentence, f"{container.log_prefix}{name}")


def _load_leaves(container: Container, size: int) -> bytearray | None:
    leaves = bytearray()
    for index in range(-(-size // TILE_WIDTH)):
        width = min(TILE_WIDTH, size - index * TILE_WIDTH)
        name = entries_path(index, width)
        data = container.log_file(name)
        if data is None:
            _add(container, "V7.entries-missing", "Entries of the log are missing.", name)
            return None
        found = _leaves_in(data, width)
        if found is None:
            _add(container, "V7.entries-malformed", "A file of entries is malformed.", name)
            return None
        leaves += found
    return leaves


def _leaves_in(data: bytes, width: int) -> bytearray | None:
    """Return the entries of a bundle as leaves, joined; None when it does not hold so many."""
    if len(data) != width * _ENTRY_BYTES:
        return None
    if any(data[at::_ENTRY_BYTES] != bytes([one]) * width for at, one in enumerate(_PREFIX)):
        return None
    leaves = bytearray(data)
    del leaves[1::_ENTRY_BYTES]
    return leaves


def _check_tiles(container: Container, tree: Entries) -> None:
    """Compare each newest tile of hashes with what the entries give."""
    level, count = 0, tree.size
    while count:
        for start in range(0, count, TILE_WIDTH):
            end = min(start + TILE_WIDTH, count)
            name = tile_path(level, start // TILE_WIDTH, end - start)
            data = container.log_file(name)
            if data is None:
                _add(container, "V7.tile-missing", "A tile of the log is missing.", name)
            elif not tree.is_tile(level * _HEIGHT, start, end, data):
                sentence = "A tile of the log differs from its entries."
                _add(container, "V7.tile-differs", sentence, name)
        level, count = level + 1, count >> _HEIGHT


def _check_rest(container: Container, trust: Trust, tree: Entries, checkpoint: Checkpoint) -> None:
    """Check kept checkpoints, the newest among them, and partial tiles that a log may keep."""
    names = container.log_names()
    newest = f"checkpoints/{checkpoint.size}"
    if newest not in names:
        sentence = "The newest checkpoint is not among the kept ones."
        _add(container, "V7.kept-missing", sentence, newest)
    for name in names:
        kept = _KEPT.fullmatch(name)
        if kept is not None:
            _check_kept(container, trust, tree, name, int(kept[1]))
        elif name.startswith("tile/"):
            tile = parse_tile(name)
            if tile is not None and tile.is_beyond(tree.size):
                # Tiles are published before the checkpoint that needs them; a pack has none.
                is_right = container.scope is None
            else:
                is_right = tile is not None and container.log_file(name) == _held(tile, tree)
            if not is_right:
                sentence = "A tile of the log differs from its entries."
                _add(container, "V7.tile-differs", sentence, name)


def _held(tile: Tile, tree: Entries) -> bytes:
    """Return what a tile of this log holds."""
    if tile.is_bundle:
        return b"".join(_PREFIX + leaf[1:] for leaf in tree.leaves(tile.first, tile.end))
    return b"".join(tree.hashes(tile.level * _HEIGHT, tile.first, tile.end))


def _check_kept(
    container: Container, trust: Trust, tree: Entries, name: str, named_size: int
) -> None:
    """Check one checkpoint that the log has kept."""
    try:
        kept = trust.verify_checkpoint(container.log_file(name) or b"").checkpoint
    except Malformed as exc:
        sentence = f"A kept checkpoint is not what the trusted keys signed: {exc}."
        _add(container, "V2.kept-refused", sentence, name)
        return
    if kept.size != named_size or kept.size > tree.size:
        _add(container, "V7.kept-misplaced", "A kept checkpoint has another size.", name)
    elif tree.root(kept.size) != kept.root:
        sentence = "A kept checkpoint is not a prefix of this log: the log was rewritten."
        _add(container, "V7.kept-differs", sentence, name)


def _check_ascending(tree: Entries, schedule: Schedule, tally: Tally) -> None:
    """Check that entries strictly ascend within each tick, so that no order tells anything."""
    ends = [*(later.first_size for later in schedule.epochs[1:]), tree.size]
    for epoch, end in zip(schedule.epochs, ends, strict=True):
        stop = min(end, tree.size)
        for start in range(epoch.first_size, stop, epoch.entries):
            leaves = tree.leaves(start, min(start + epoch.entries, tree.size))
            if any(starmap(ge, pairwise(leaves))):
                sentence = "The entries of a tick are not in ascending order."
                tally.add("V7.not-ascending", sentence, f"entries from {start}")
