"""Compute and check the Merkle tree of the log.

The tree of RFC 6962 over entries of 32 bytes each (any bytes are hashed alike). A *level* counts
from the leaves: the hash at (level, index) covers the entries from index·2^level up to
(index+1)·2^level, and exists once all of them do. Proofs are built as RFC 6962 §2.1 says and
checked as RFC 9162 §2.1.3.2 and §2.1.4.2 say; the checks are total and answer yes or no.

Anyone may import this module. Cites: FORMAT §4; RFC 6962 §2.1; RFC 9162 §2.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from struct import Struct
from typing import TypeAlias

from ledger.evidence.grammar import Malformed

__all__ = [
    "EMPTY_ROOT",
    "LEAF_BYTES",
    "Frontier",
    "GrowingTree",
    "HashAt",
    "Tree",
    "leaf_hash",
    "leaf_hashes",
    "node_hash",
    "pair_hashes",
    "root_of",
    "root_of_joined",
    "verify_consistency",
    "verify_inclusion",
]

EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without entries."""

HashAt: TypeAlias = Callable[[int, int], bytes]
"""Reads the hash of the complete subtree at (level, index)."""

LEAF_BYTES = 33
"""What is hashed for one entry of 32 bytes: a zero byte, which parts leaves from nodes, and it."""
_LEAF = Struct(f"{LEAF_BYTES}s")
_HASH_BYTES = 32
_PAIR = Struct(f"{2 * _HASH_BYTES}s")
_NODE = sha256(b"\x01")
"""What every node begins with. A copy of it is made sooner than a new hash."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees side by side."""
    return sha256(b"\x01" + left + right).digest()


def leaf_hashes(leaves: bytes | memoryview) -> list[bytes]:
    """Return the hash of each entry; joined, each as a leaf, which is a zero byte and the entry."""
    return [sha256(leaf).digest() for (leaf,) in _LEAF.iter_unpack(leaves)]


def pair_hashes(hashes: Sequence[bytes]) -> list[bytes]:
    """Return the hash of each two subtrees side by side; an odd last one is left out."""
    rest = iter(hashes)
    return [
        sha256(b"\x01" + left + right).digest() for left, right in zip(rest, rest, strict=False)
    ]


def root_of_joined(hashes: bytes) -> bytes:
    """Return the hash over subtrees side by side, joined; their number is a power of two."""
    while len(hashes) > _HASH_BYTES:
        above = []
        for (pair,) in _PAIR.iter_unpack(hashes):
            node = _NODE.copy()
            node.update(pair)
            above.append(node.digest())
        hashes = b"".join(above)
    return hashes


class Frontier:
    """The right edge of a growing tree: enough to append and to give the root.

    Holds one hash for each bit that is set in its size, largest subtree first, so that appending
    and memory are O(log size).
    """

    def __init__(self) -> None:
        """Begin with the empty tree."""
        self._size = 0
        self._hashes: list[bytes] = []

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self._size

    def append(self, entry: bytes) -> None:
        """Add one entry on the right."""
        current, carry = leaf_hash(entry), self._size
        while carry & 1:
            current = node_hash(self._hashes.pop(), current)
            carry >>= 1
        self._hashes.append(current)
        self._size += 1

    def root(self) -> bytes:
        """Return the root over all entries so far."""
        return _fold_right(self._hashes)

    def dump(self) -> tuple[bytes, ...]:
        """Return the hashes, largest subtree first; with the size they are the whole state."""
        return tuple(self._hashes)

    @classmethod
    def load(cls, size: int, hashes: Sequence[bytes]) -> Frontier:
        """Continue from a size and the hashes that ``dump`` gave.

        Raises: Malformed when they do not fit each other.
        """
        if size < 0 or len(hashes) != size.bit_count():
            raise Malformed("a frontier does not have one hash for each bit of its size")
        if not _all_hashes(hashes):
            raise Malformed("a frontier holds a hash that is not 32 bytes")
        frontier = cls()
        frontier._size, frontier._hashes = size, list(hashes)
        return frontier


def root_of(entries: Iterable[bytes]) -> bytes:
    """Return the root over these entries."""
    frontier = Frontier()
    for entry in entries:
        frontier.append(entry)
    return frontier.root()


class Tree:
    """Roots and proofs of a tree whose complete subtrees `hash_at` can read."""

    def __init__(self, hash_at: HashAt) -> None:
        """Stand on a reader of complete subtrees, such as ``TileReader.hash_at``."""
        self._hash_at = hash_at

    def root(self, size: int) -> bytes:
        """Return the root over the first `size` entries.

        Raises: Malformed for a negative size, and what the reader raises.
        """
        if size < 0:
            raise Malformed("a tree has a negative size")
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return the path from entry `index` to the root over `size` entries, leaf end first.

        Raises: Malformed when the index is not below the size.
        Cites: RFC 6962 §2.1.1.
        """
        if not 0 <= index < size:
            raise Malformed("an inclusion proof is asked for an entry outside the tree")
        path: list[bytes] = []
        low, high = 0, size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low = middle
        return tuple(reversed(path))

    def consistency_proof(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the tree of size `old` is a prefix of that of size `new`.

        Nothing needs proving from the empty tree or for equal sizes: the proof is empty.

        Raises: Malformed when the sizes are not in order.
        Cites: RFC 6962 §2.1.2.
        """
        if not 0 <= old <= new:
            raise Malformed("a consistency proof is asked for sizes that are not in order")
        if old in (0, new):
            return ()
        path: list[bytes] = []
        low, high, known = 0, new, True
        while old != high:
            middle = low + _split(high - low)
            if old <= middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low, known = middle, False
        if not known:
            path.append(self._range(low, high))
        return tuple(reversed(path))

    def _range(self, low: int, high: int) -> bytes:
        """Return the hash over entries `low` to `high`, without `high` itself."""
        hashes = []
        while low < high:
            level = (high - low).bit_length() - 1
            hashes.append(self._hash_at(level, low >> level))
            low += 1 << level
        return _fold_right(hashes)


class GrowingTree:
    """New entries on top of an older tree: serves every hash and entry of the whole.

    The older part is only read where it is needed, so that a tick of a log with millions of
    entries costs in proportion to the tick. Without an older part it is a tree in memory.
    """

    def __init__(self, size: int = 0, hash_at: HashAt | None = None) -> None:
        """Stand on the first `size` entries, whose complete subtrees `hash_at` reads."""
        if size and hash_at is None:
            raise Malformed("a tree cannot stand on entries that nothing can read")
        self._base_size = size
        self._base = hash_at
        self._size = size
        self._entries: list[bytes] = []
        self._known: dict[tuple[int, int], bytes] = {}

    @property
    def size(self) -> int:
        """How many entries there are, the older ones included."""
        return self._size

    def append(self, entry: bytes) -> None:
        """Add one entry on the right, and all subtrees that it completes."""
        self._entries.append(entry)
        level, index, current = 0, self._size, leaf_hash(entry)
        self._known[level, index] = current
        while index & 1:
            current = node_hash(self.hash_at(level, index - 1), current)
            level, index = level + 1, index >> 1
            self._known[level, index] = current
        self._size += 1

    def hash_at(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree.

        Raises: Malformed when its entries are not all there, and what the older reader raises.
        """
        known = self._known.get((level, index))
        if known is None:
            if self._base is None or (index + 1) << level > self._base_size:
                raise Malformed("a subtree is asked for whose entries are not all there")
            known = self._known[level, index] = self._base(level, index)
        return known

    def entry(self, index: int) -> bytes:
        """Return one of the new entries by its place in the whole tree.

        Raises: Malformed when it is not one of them.
        """
        if not self._base_size <= index < self._size:
            raise Malformed("an entry is asked for that was not appended here")
        return self._entries[index - self._base_size]

    def root(self) -> bytes:
        """Return the root over all entries."""
        return Tree(self.hash_at).root(self._size)


def verify_inclusion(
    entry: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Tell whether `path` proves that `entry` stands at `index` in the tree of that root.

    Size and root must come from a verified checkpoint. Total.

    Cites: RFC 9162 §2.1.3.2.
    """
    if not 0 <= index < size or not _all_hashes((*path, root)):
        return False
    fn, sn, current = index, size - 1, leaf_hash(entry)
    for sibling in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            current = node_hash(sibling, current)
            fn, sn = _skip_left_edge(fn, sn)
        else:
            current = node_hash(current, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and current == root


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Tell whether `path` proves that the old tree is a prefix of the new one.

    Every tree continues the empty one, and a tree continues itself; both need an empty path.
    Sizes and roots must come from verified checkpoints. Total.

    Cites: RFC 9162 §2.1.4.2.
    """
    if not 0 <= old_size <= new_size or not _all_hashes((*path, old_root, new_root)):
        return False
    if new_size == 0 and new_root != EMPTY_ROOT:
        return False
    if old_size == new_size:
        return not path and old_root == new_root
    if old_size == 0:
        return not path and old_root == EMPTY_ROOT
    # A tree that is one complete subtree is its own first step, so proofs leave it out.
    steps = (old_root, *path) if old_size & (old_size - 1) == 0 else tuple(path)
    # An empty path proves nothing here (RFC 9162 §2.1.4.2 step 1).
    return bool(path) and _climb(old_size, new_size, steps) == (old_root, new_root)


def _climb(old_size: int, new_size: int, steps: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Return both roots that the steps lead to, or None when their number is wrong."""
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = steps[0]
    for step in steps[1:]:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            fr, sr = node_hash(step, fr), node_hash(step, sr)
            fn, sn = _skip_left_edge(fn, sn)
        else:
            sr = node_hash(sr, step)
        fn, sn = fn >> 1, sn >> 1
    return (fr, sr) if sn == 0 else None


def _skip_left_edge(fn: int, sn: int) -> tuple[int, int]:
    """Pass the levels on which a right-edge node has no sibling."""
    while fn and not fn & 1:
        fn, sn = fn >> 1, sn >> 1
    return fn, sn


def _split(size: int) -> int:
    """Return the largest power of two that is smaller than size (size > 1)."""
    return 1 << ((size - 1).bit_length() - 1)


def _fold_right(hashes: Sequence[bytes]) -> bytes:
    """Join complete subtrees, largest first, into the hash over them all."""
    if not hashes:
        return EMPTY_ROOT
    current = hashes[-1]
    for left in reversed(hashes[:-1]):
        current = node_hash(left, current)
    return current


def _all_hashes(hashes: Iterable[bytes]) -> bool:
    return all(len(one) == _HASH_BYTES for one in hashes)
