"""V7 for a whole log: the tree rebuilt from its entries, and every file compared with it.

Scope ledger and a published log on its own bring all entries. The root that they give must be the
signed one; every tile, also the partial ones of the past, and every kept checkpoint must be what
the entries give. Nothing here follows a number from a file without checking it first.

Cites: FORMAT §4 "Static directory", §6 V7; RFC 6962 §2.1; C2SP tlog-tiles.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.grammar import Malformed
from ledger.evidence.merkle import Tree, leaf_hash, node_hash
from ledger.evidence.pack import CHECKPOINT
from ledger.evidence.schedule import Schedule
from ledger.evidence.tiles import TILE_WIDTH, entries_path, files_for, tile_path
from ledger.verify.container import Container
from ledger.verify.report import Tally
from ledger.verify.trust import Trust

__all__ = ["Entries", "check_tree"]

_HASH_BYTES: Final = 32
_ENTRY_BYTES: Final = 34
_PREFIX: Final = b"\x00\x20"
"""The length of an entry, which stands before each in a file of entries."""
_TILE: Final = re.compile(
    r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)
_KEPT: Final = re.compile(r"checkpoints/(0|[1-9][0-9]{0,15})")


class Entries:
    """All entries of a log, and the hashes of their complete subtrees, level by level."""

    def __init__(self, entries: list[bytes]) -> None:
        """Hash the tree over these entries (32 bytes each)."""
        self.entries = entries
        level = [leaf_hash(entry) for entry in entries]
        self._levels = [b"".join(level)]
        while len(level) > 1:
            pairs = zip(level[::2], level[1::2], strict=False)
            level = [node_hash(left, right) for left, right in pairs]
            self._levels.append(b"".join(level))
        self._roots: dict[int, bytes] = {}

    def hash_at(self, level: int, index: int) -> bytes:
        """Return the hash of the complete subtree at (level, index), which must exist."""
        return self._levels[level][index * _HASH_BYTES : (index + 1) * _HASH_BYTES]

    def width(self, level: int) -> int:
        """Return how many complete subtrees a level has."""
        return len(self.entries) >> level

    def find(self, entry: bytes) -> int | None:
        """Return the first place of an entry; None when the log does not have it."""
        return next((place for place, one in enumerate(self.entries) if one == entry), None)

    def root(self, size: int) -> bytes:
        """Return the root over the first `size` entries, which must be there."""
        if size not in self._roots:
            self._roots[size] = Tree(self.hash_at).root(size)
        return self._roots[size]


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of a log by their names in it, and where to report what is wrong with them."""

    by_name: Mapping[str, bytes]
    prefix: str
    tally: Tally

    def add(self, code: str, sentence: str, name: str) -> None:
        """Note a finding about one file."""
        self.tally.add(code, sentence, f"{self.prefix}{name}")


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
    files = _Files(container.log_files(), container.log_prefix, tally)
    entries = _load_entries(files, checkpoint.size)
    if entries is None:
        return None
    tree = Entries(entries)
    if tree.root(checkpoint.size) != checkpoint.root:
        sentence = "The entries of the log do not give the root that was signed."
        tally.add("V7.root-differs", sentence, CHECKPOINT)
        return None
    _check_files(files, tree)
    _check_kept(files, trust, tree, checkpoint)
    if schedule is not None:
        _check_ascending(tree, schedule, tally)
    return tree


def _load_entries(files: _Files, size: int) -> list[bytes] | None:
    entries: list[bytes] = []
    while len(entries) < size:
        index, width = len(entries) // TILE_WIDTH, min(TILE_WIDTH, size - len(entries))
        name = entries_path(index, width)
        data = files.by_name.get(name)
        if data is None:
            files.add("V7.entries-missing", "Entries of the log are missing.", name)
            return None
        framed = [data[at : at + _ENTRY_BYTES] for at in range(0, len(data), _ENTRY_BYTES)]
        if len(data) != width * _ENTRY_BYTES or any(one[:2] != _PREFIX for one in framed):
            files.add("V7.entries-malformed", "A file of entries is malformed.", name)
            return None
        entries += [one[2:] for one in framed]
    return entries


def _check_files(files: _Files, tree: Entries) -> None:
    """Compare each tile with what the entries give, and name those that should be there."""
    needed = files_for(0, len(tree.entries), tree.hash_at, tree.entries.__getitem__)
    checked: set[str] = set()
    for name, data in needed:
        checked.add(name)
        if name not in files.by_name:
            files.add("V7.tile-missing", "A tile of the log is missing.", name)
        elif files.by_name[name] != data:
            files.add("V7.tile-differs", "A tile of the log differs from its entries.", name)
    for name in sorted(files.by_name.keys() - checked):
        # What is left are partial tiles of the past, which a log may keep.
        if name.startswith("tile/") and files.by_name[name] != _older_tile(name, tree):
            files.add("V7.tile-differs", "A tile of the log differs from its entries.", name)


def _older_tile(name: str, tree: Entries) -> bytes | None:
    """Return what a tile should hold; None when the log has no such tile."""
    found = _TILE.fullmatch(name)
    if found is None:
        return None
    index, width = int(re.sub(r"[x/]", "", found[2])), int(found[3] or TILE_WIDTH)
    start = index * TILE_WIDTH
    is_bundle = found[1] == "entries"
    level = 0 if is_bundle else int(found[1]) * 8
    if width > TILE_WIDTH or start + width > tree.width(level):
        return None
    if name != (entries_path(index, width) if is_bundle else tile_path(level // 8, index, width)):
        return None
    places = range(start, start + width)
    if is_bundle:
        return b"".join(_PREFIX + tree.entries[place] for place in places)
    return b"".join(tree.hash_at(level, place) for place in places)


def _check_kept(files: _Files, trust: Trust, tree: Entries, checkpoint: Checkpoint) -> None:
    """Check every checkpoint that the log has kept; the newest is always among them."""
    newest = f"checkpoints/{checkpoint.size}"
    if newest not in files.by_name:
        files.add("V7.kept-missing", "The newest checkpoint is not among the kept ones.", newest)
    for name in sorted(files.by_name):
        found = _KEPT.fullmatch(name)
        if found is None:
            continue
        try:
            kept = trust.verify_checkpoint(files.by_name[name])
        except Malformed as exc:
            sentence = f"A kept checkpoint is not what the trusted keys signed: {exc}."
            files.add("V2.kept-refused", sentence, name)
            continue
        size = kept.checkpoint.size
        if size != int(found[1]) or size > checkpoint.size:
            files.add("V7.kept-misplaced", "A kept checkpoint has another size.", name)
        elif tree.root(size) != kept.checkpoint.root:
            sentence = "A kept checkpoint is not a prefix of this log: the log was rewritten."
            files.add("V7.kept-differs", sentence, name)


def _check_ascending(tree: Entries, schedule: Schedule, tally: Tally) -> None:
    """Check that entries strictly ascend within each tick, so that no order tells anything."""
    size = len(tree.entries)
    ends = [*(later.first_size for later in schedule.epochs[1:]), size]
    for epoch, end in zip(schedule.epochs, ends, strict=True):
        for start in range(epoch.first_size, min(end, size), epoch.entries):
            tick = tree.entries[start : start + epoch.entries]
            if any(left >= right for left, right in pairwise(tick)):
                sentence = "The entries of a tick are not in ascending order."
                tally.add("V7.not-ascending", sentence, f"entries from {start}")
