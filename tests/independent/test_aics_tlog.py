"""The published log, judged by PyPI `aics-tlog`: tiles, proofs and every Ed25519 signature."""

from __future__ import annotations

import shutil
from pathlib import Path

import aics_tlog
import pytest

from tests.independent.published import vkeys


def read(path: Path) -> aics_tlog.Checkpoint:
    """A checkpoint as the tool reads it."""
    return aics_tlog.parse_checkpoint(aics_tlog.parse_note(path.read_bytes()).text)


def test_every_tile_and_entry_belongs_to_the_signed_root(log: Path) -> None:
    """The audit walks the whole tree, not its right edge alone."""
    head = read(log / "checkpoint")
    reader = aics_tlog.FileSystemTileReader(log)
    audited = aics_tlog.audit_tiles(reader, head.size, head.root)
    assert (audited.size, audited.bundles) == (head.size, -(-head.size // 256))
    assert aics_tlog.tree_root_from_tiles(reader, head.size) == head.root


def test_inclusion_and_consistency_hold(log: Path) -> None:
    """Entries are proven in the newest root, and every older checkpoint is its prefix."""
    head = read(log / "checkpoint")
    reader = aics_tlog.FileSystemTileReader(log)
    for index in range(0, head.size, 13):
        entry = aics_tlog.read_entry(reader, index, head.size)
        proof = aics_tlog.inclusion_proof_from_tiles(reader, index, head.size)
        assert aics_tlog.verify_leaf_inclusion(entry, index, head.size, proof, head.root)
    for path in (log / "checkpoints").iterdir():
        older = read(path)
        proof = aics_tlog.consistency_proof_from_tiles(reader, older.size, head.size)
        assert aics_tlog.verify_consistency(older.size, head.size, older.root, head.root, proof)


def test_every_checkpoint_is_signed_by_the_log(log: Path) -> None:
    """The Ed25519 line of each checkpoint verifies; the tool knows no ML-DSA-44 and passes it."""
    key = aics_tlog.parse_vkey(vkeys(log)[0])
    for path in (log / "checkpoints").iterdir():
        result = aics_tlog.verify_checkpoint(aics_tlog.parse_note(path.read_bytes()), key)
        assert (result.ok, result.log_ok, result.size) == (True, True, int(path.name))


@pytest.mark.parametrize("name", ["tile/entries/000", "tile/0/000", "checkpoint"])
def test_one_changed_byte_is_found(log: Path, tmp_path: Path, name: str) -> None:
    """A log of which one byte was changed is refused."""
    copy = tmp_path / "log"
    shutil.copytree(log, copy)
    data = bytearray((copy / name).read_bytes())
    data[17] ^= 1
    (copy / name).write_bytes(bytes(data))
    key = aics_tlog.parse_vkey(vkeys(log)[0])
    try:
        note = aics_tlog.parse_note((copy / "checkpoint").read_bytes())
        head = aics_tlog.parse_checkpoint(note.text)
        aics_tlog.audit_tiles(aics_tlog.FileSystemTileReader(copy), head.size, head.root)
        accepted = aics_tlog.verify_checkpoint(note, key).ok
    except (ValueError, aics_tlog.TileMissingError, aics_tlog.TileVerificationError):
        accepted = False
    assert not accepted
