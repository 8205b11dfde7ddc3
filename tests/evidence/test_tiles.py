"""A published log can be read by others, and a crash never leaves it in want of a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.tiles import tile_path as other_tile_path

from ledger.evidence import tiles
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.grammar import Malformed
from ledger.evidence.merkle import GrowingTree, Tree, root_of, verify_inclusion
from ledger.evidence.tiles import TileMissing, TileReader, WouldRewrite, files_for, publish
from tests.vectors.samples import LOG, LOG_VKEY, ORIGIN, fixed, signed_note

ENTRIES = [fixed(f"entry {index}") for index in range(1000)]
STEPS = (0, 1, 3, 255, 256, 257, 511, 512, 600, 1000)


def grow(directory: Path, old: int, new: int) -> None:
    """Publish the step of a log from one size to another, reading what is already there."""
    reader = TileReader(directory)
    grown = GrowingTree(old, reader.hash_at)
    for entry in ENTRIES[old:new]:
        grown.append(entry)
    text = Checkpoint(ORIGIN, new, grown.root()).dump()
    signed = signed_note(text, LOG, LOG_VKEY).dump()
    heads = [("checkpoint", signed), (f"checkpoints/{new}", signed)]
    step = files_for(old, new, grown.hash_at, lambda index: ENTRIES[index])
    publish(directory, [*heads, *step])


@given(st.integers(0, 63), st.integers(0, 10**10), st.integers(1, 256))
def test_names_are_those_of_another_implementation(level: int, index: int, width: int) -> None:
    """Tiles and bundles have the names that an independent library gives them."""
    partial = width % 256
    assert tiles.tile_path(level, index, width) == "/".join(other_tile_path(level, index, partial))
    assert tiles.entries_path(index, width) == "/".join(other_tile_path(-1, index, partial))


def test_the_example_of_the_specification_has_its_names() -> None:
    """Index 1234067, and the tiles of a log of 70,000 entries, are named as C2SP says."""
    assert tiles.tile_path(0, 1234067, 256) == "tile/0/x001/x234/067"
    assert tiles.tile_path(63, 1000, 255) == "tile/63/x001/000.p/255"
    sizes = {
        path: len(data) for path, data in files_for(0, 70_000, lambda _l, _i: bytes(32), entry)
    }
    level_0 = [path for path in sizes if path.startswith("tile/0/")]
    assert (len(level_0), level_0[-1]) == (274, "tile/0/273.p/112")
    assert [path for path in sizes if path.startswith(("tile/1/", "tile/2/"))] == [
        "tile/1/000",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]
    assert sizes["tile/0/272"] == 8192
    assert sizes["tile/entries/273.p/112"] == 112 * 34


def entry(_index: int) -> bytes:
    """Return an entry where its content does not matter."""
    return bytes(32)


@pytest.mark.parametrize(
    ("level", "index", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)]
)
def test_a_tile_outside_the_layout_has_no_name(level: int, index: int, width: int) -> None:
    """Levels run from 0 to 63, indexes from 0, widths from 1 to 256."""
    with pytest.raises(Malformed):
        tiles.tile_path(level, index, width)


def test_a_log_that_grows_in_steps_reads_back(tmp_path: Path) -> None:
    """After every step each hash, entry, root and proof read from files is right."""
    reader = TileReader(tmp_path)
    for old, new in pairwise(STEPS):
        grow(tmp_path, old, new)
        assert Tree(reader.hash_at).root(new) == root_of(ENTRIES[:new])
        assert Tree(reader.hash_at).root(old) == root_of(ENTRIES[:old])
        assert [reader.entry(index) for index in range(new)] == ENTRIES[:new]
        for level in range(new.bit_length()):
            for index in range(new >> level)[-3:]:
                low, high = index << level, (index + 1) << level
                assert reader.hash_at(level, index) == root_of(ENTRIES[low:high])


def test_an_independent_implementation_reads_the_directory(tmp_path: Path) -> None:
    """Another tlog library finds the same root, entries and proofs in the files."""
    for old, new in pairwise(STEPS):
        grow(tmp_path, old, new)
        other = TilesReader(LocalBackend(tmp_path))
        other.set_size(new)
        mine = Tree(TileReader(tmp_path).hash_at)
        assert other.get_checkpoint().root_hash == other.calculate_root_hash() == mine.root(new)
        for index in {0, new // 2, new - 1}:
            path = mine.inclusion_proof(index, new)
            assert other.get_entry(index) == ENTRIES[index]
            assert tuple(other.get_inclusion_proof(index, new).node_hashes) == path
            assert verify_inclusion(ENTRIES[index], index, new, path, mine.root(new))
        if old:
            proof = other.get_consistency_proof(old, new).node_hashes
            assert tuple(proof) == mine.consistency_proof(old, new)


def test_a_step_names_only_what_is_new() -> None:
    """A step gives the tiles at the right edge, and none when nothing was added."""
    names = [path for path, _ in files_for(512, 513, lambda _l, _i: bytes(32), entry)]
    assert names == ["tile/entries/002.p/1", "tile/0/002.p/1"]
    assert list(files_for(7, 7, lambda _l, _i: bytes(32), entry)) == []
    for old, new in ((2, 1), (-1, 1)):
        with pytest.raises(Malformed):
            list(files_for(old, new, lambda _l, _i: bytes(32), entry))


def test_an_entry_of_another_length_is_not_published() -> None:
    """Entries are 32 bytes."""
    with pytest.raises(Malformed, match="32 bytes"):
        list(files_for(0, 1, lambda _l, _i: bytes(32), lambda _index: bytes(31)))


def test_a_missing_file_is_named_as_missing(tmp_path: Path) -> None:
    """What is not there is a refusal of its own, also where a partial tile is too narrow."""
    reader = TileReader(tmp_path)
    asks: list[Callable[[], bytes]] = [
        lambda: reader.hash_at(0, 3),
        lambda: reader.hash_at(2, 0),
        lambda: reader.hash_at(9, 1),
        lambda: reader.entry(3),
    ]
    for ask in asks:
        with pytest.raises(TileMissing):
            ask()
    grow(tmp_path, 0, 3)
    for ask in asks:
        with pytest.raises(TileMissing):
            ask()
    (tmp_path / "tile/0/000.p/200").mkdir()
    with pytest.raises(TileMissing, match="cannot be read"):
        reader.hash_at(0, 100)
    (tmp_path / "tile/0/000.p/200").rmdir()
    (tmp_path / "tile/0/000.p/999").write_bytes(b"")
    (tmp_path / "tile/0/000.p/note").write_bytes(b"")
    assert TileReader(tmp_path).hash_at(1, 0) == root_of(ENTRIES[:2])


def test_a_partial_tile_is_narrower_than_a_full_one(tmp_path: Path) -> None:
    """A full tile under the name of a partial one is not a file of the layout."""
    grow(tmp_path, 0, 3)
    (tmp_path / "tile/0/000.p/256").write_bytes(bytes(8192))
    assert TileReader(tmp_path).hash_at(0, 2) == root_of(ENTRIES[2:3])


def test_a_tile_that_vanishes_between_listing_and_reading_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old partial tiles may be deleted at any moment; that is no crash."""
    grow(tmp_path, 0, 3)
    monkeypatch.setattr(os, "listdir", lambda _path: ["77"])
    with pytest.raises(TileMissing):
        TileReader(tmp_path).hash_at(0, 0)


@pytest.mark.parametrize(
    "spoil",
    [lambda data: data[:-1], lambda data: data + b"\x00", lambda _data: b""],
    ids=["short", "long", "empty"],
)
def test_a_file_of_another_length_is_refused(
    tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    """The name of a tile says how long it is."""
    grow(tmp_path, 0, 3)
    for name in ("tile/0/000.p/3", "tile/entries/000.p/3"):
        path = tmp_path / name
        path.write_bytes(spoil(path.read_bytes()))
    for ask in (
        TileReader(tmp_path).hash_at,
        lambda _level, index: TileReader(tmp_path).entry(index),
    ):
        with pytest.raises(Malformed, match="length"):
            ask(0, 0)


def test_a_bundle_with_another_entry_length_is_refused(tmp_path: Path) -> None:
    """Each entry stands behind its length, and that is 32."""
    grow(tmp_path, 0, 3)
    path = tmp_path / "tile/entries/000.p/3"
    data = bytearray(path.read_bytes())
    data[35] ^= 1
    path.write_bytes(data)
    reader = TileReader(tmp_path)
    assert reader.entry(0) == ENTRIES[0]
    with pytest.raises(Malformed, match="32 bytes long"):
        reader.entry(1)


def test_a_reader_keeps_a_bounded_number_of_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading a whole log does not keep the whole log in memory."""
    monkeypatch.setattr(tiles, "_CACHED_TILES", 2)
    grow(tmp_path, 0, 1000)
    reader = TileReader(tmp_path)
    assert [reader.entry(index) for index in range(1000)] == ENTRIES
    assert len(reader._cache) == 2


def test_a_kept_checkpoint_is_never_rewritten(tmp_path: Path) -> None:
    """Publishing another checkpoint of a kept size fails before anything is written."""
    grow(tmp_path, 0, 3)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    grow(tmp_path, 0, 3)
    with pytest.raises(WouldRewrite):
        publish(tmp_path, [("tile/0/000.p/9", b"x"), ("checkpoints/3", b"another")])
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "name", ["../x", "/x", "a/../b", "", "a//b", ".hidden", "a/.", "A", "a\\b"]
)
def test_a_name_that_leaves_the_directory_is_refused(tmp_path: Path, name: str) -> None:
    """Files are published below the directory of the log only."""
    with pytest.raises(Malformed):
        publish(tmp_path / "log", [(name, b"")])
    assert list(tmp_path.iterdir()) == []


def test_what_a_checkpoint_needs_is_durable_before_it_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file is synced before it is renamed, and all directories before the checkpoint; those
    that need nothing of each other are written at the same time.
    """
    log: list[str] = []
    sync, replace = os.fsync, os.replace

    def spied_sync(descriptor: int) -> None:
        place = os.readlink(f"/proc/self/fd/{descriptor}").removeprefix(f"{tmp_path}/")
        log.append(f"sync {place}")
        sync(descriptor)

    def spied_replace(fresh: Path, target: Path) -> None:
        log.append(f"rename {target.relative_to(tmp_path)}")
        replace(fresh, target)

    monkeypatch.setattr(os, "fsync", spied_sync)
    monkeypatch.setattr(os, "replace", spied_replace)
    publish(
        tmp_path / "log",
        [("checkpoint", b"c"), ("checkpoints/1", b"c"), ("tile/0/000.p/1", b"t"), ("keys", b"k")],
    )
    tile = ["sync log/tile/0/000.p/.1.new", "rename log/tile/0/000.p/1"]
    keys = ["sync log/.keys.new", "rename log/keys"]
    at_once = log[1:5]
    assert [one for one in at_once if one in tile] == tile
    assert [one for one in at_once if one in keys] == keys
    assert [log[0], *log[5:]] == [
        f"sync {tmp_path}",
        "sync log",
        "sync log/tile",
        "sync log/tile/0",
        "sync log/tile/0/000.p",
        "sync log/checkpoints/.1.new",
        "rename log/checkpoints/1",
        "sync log",
        "sync log/checkpoints",
        "sync log/.checkpoint.new",
        "rename log/checkpoint",
        "sync log",
    ]


@pytest.mark.parametrize("persisted", [False, True], ids=["not persisted", "persisted"])
@pytest.mark.parametrize("step", range(6))
def test_a_failure_at_any_file_leaves_a_log_that_reads_and_can_be_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, persisted: bool
) -> None:
    """Whichever rename fails, before or after taking effect, the log stays readable."""
    grow(tmp_path, 0, 257)
    renames = 0
    replace = os.replace

    def failing_replace(fresh: Path, target: Path) -> None:
        nonlocal renames
        renames += 1
        if renames == step + 1:
            if persisted:
                replace(fresh, target)
            raise OSError("disk full")
        replace(fresh, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", failing_replace)
        with pytest.raises(OSError, match="disk full"):
            grow(tmp_path, 257, 520)
    check_whole(tmp_path)
    grow(tmp_path, 257, 520)
    check_whole(tmp_path)


def check_whole(directory: Path) -> None:
    """Check everything that the directory's checkpoint promises."""
    text = (directory / "checkpoint").read_text("utf-8").split("\n\n")[0] + "\n"
    head, reader = Checkpoint.load(text), TileReader(directory)
    assert Tree(reader.hash_at).root(head.size) == head.root
    assert root_of(reader.entry(index) for index in range(head.size)) == head.root
