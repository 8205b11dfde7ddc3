"""RFC 6962 trees, proofs of inclusion and consistency, and the names of tiles."""

from __future__ import annotations

import re

from .crypto import sha256
from .grammar import Bad, unbase64

EMPTY = sha256(b"")
ENTRY = 34
WIDTH = 256
_TILE = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/([1-9][0-9]{0,2}))?"
)


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry as a leaf."""
    return sha256(b"\x00", entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two nodes into their parent."""
    return sha256(b"\x01", left, right)


class Tree:
    """All levels of whole nodes over a list of entries, so that any older root is quick."""

    def __init__(self, entries: list[bytes]) -> None:
        self.levels: list[list[bytes]] = [[leaf_hash(e) for e in entries]]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append(
                [node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
            )

    @property
    def size(self) -> int:
        """Return how many leaves there are."""
        return len(self.levels[0])

    def root(self, size: int) -> bytes:
        """Return the root of the first `size` leaves."""
        if size > self.size or size < 0:
            raise Bad("beyond the tree")
        result: bytes | None = None
        for level in range(size.bit_length()):
            if size >> level & 1:
                node = self.levels[level][(size >> level) - 1]
                result = node if result is None else node_hash(node, result)
        return EMPTY if result is None else result


def inclusion_holds(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Verify an inclusion proof by RFC 9162, section 2.1.3.2."""
    if index >= size or index < 0 or len(path) > 64:
        return False
    fn, sn, result = index, size - 1, leaf
    for item in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            result = node_hash(item, result)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            result = node_hash(result, item)
        fn >>= 1
        sn >>= 1
    return sn == 0 and result == root


def consistency_holds(
    old: int, old_root: bytes, new: int, new_root: bytes, path: list[bytes]
) -> bool:
    """Verify a consistency proof by RFC 9162, section 2.1.4.2."""
    if old > new or old < 0 or len(path) > 128:
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY
    if not path:
        return False
    proof = list(path)
    if old & (old - 1) == 0:
        proof.insert(0, old_root)
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    fr = sr = proof[0]
    for item in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(item, fr), node_hash(item, sr)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            sr = node_hash(sr, item)
        fn >>= 1
        sn >>= 1
    return sn == 0 and fr == old_root and sr == new_root


def proof_lines(raw: bytes) -> list[bytes]:
    """Read a consistency file: one base64 hash a line."""
    if not raw:
        return []
    if not raw.endswith(b"\n"):
        raise Bad("no newline at the end")
    try:
        lines = raw[:-1].decode("ascii").split("\n")
    except UnicodeDecodeError as exc:
        raise Bad("not ASCII") from exc
    if len(lines) > 128:
        raise Bad("proof too long")
    return [unbase64(line, 32) for line in lines]


def tile_path(level: int | str, index: int, width: int) -> str:
    """Name a tile. The level is a number or `entries`."""
    digits = f"{index % 1000:03d}"
    index //= 1000
    while index:
        digits = f"x{index % 1000:03d}/{digits}"
        index //= 1000
    tail = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{digits}{tail}"


def parse_tile_path(path: str) -> tuple[int | str, int, int]:
    """Read a tile's name into level, index and width."""
    match = _TILE.fullmatch(path)
    if not match or len(path) > 100:
        raise Bad("no tile")
    level: int | str = match[1] if match[1] == "entries" else int(match[1])
    index = int(match[2].replace("x", "").replace("/", ""))
    width = int(match[3]) if match[3] else WIDTH
    if (isinstance(level, int) and level > 7) or tile_path(level, index, width) != path:
        raise Bad("tile named otherwise")
    if match[3] and width >= WIDTH:
        raise Bad("tile too wide")
    return level, index, width


def tiles_of(size: int) -> list[tuple[int | str, int, int]]:
    """List the tiles that a tree of this size needs."""
    result: list[tuple[int | str, int, int]] = []
    count, level = size, 0
    while count:
        for index in range((count + WIDTH - 1) // WIDTH):
            width = min(WIDTH, count - index * WIDTH)
            if level == 0:
                result.append(("entries", index, width))
            result.append((level, index, width))
        count //= WIDTH
        level += 1
    return result


def tile_bytes(
    tree: Tree, entries: list[bytes], level: int | str, index: int, width: int
) -> bytes | None:
    """Compute what a tile must hold, or None where the tree does not reach."""
    if level == "entries":
        part = entries[index * WIDTH : index * WIDTH + width]
        return b"".join(b"\x00\x20" + e for e in part) if len(part) == width else None
    if isinstance(level, str):
        raise Bad("no such level")
    if level * 8 >= len(tree.levels):
        return None
    part = tree.levels[level * 8][index * WIDTH : index * WIDTH + width]
    return b"".join(part) if len(part) == width else None
