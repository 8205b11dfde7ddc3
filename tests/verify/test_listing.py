"""The manifest read in blocks: another way to the same answer."""

from __future__ import annotations

import random
from io import BytesIO

import pytest

from ledger.evidence import jcs
from ledger.evidence.grammar import Malformed
from ledger.evidence.pack import (
    Manifest,
    dump_manifest,
    load_manifest,
    opening_path,
    read_path,
    record_path,
)
from ledger.verify import listing
from ledger.verify.listing import Leaves, entries_of, scan
from tests.forge import ORIGIN
from tests.verify.test_soak import mutant


def manifest(count: int) -> bytes:
    """Write a manifest of many leaves, of which two in three have a record."""
    paths = [opening_path(index) for index in range(count)]
    paths += [record_path(index) for index in range(count) if index % 3]
    files = dict.fromkeys(sorted([*paths, "README.txt", "schedule"]), bytes(32))
    return dump_manifest(Manifest(ORIGIN, "ledger", (), files))


@pytest.mark.parametrize("block", [150, 1000, 2**20])
def test_a_manifest_read_in_blocks_lists_the_same(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every entry is in exactly one part, each record in the part of its opening."""
    monkeypatch.setattr(listing, "_BLOCK", block)
    monkeypatch.setattr(listing, "_SHARE", 16)
    data = manifest(200)
    found, whole = scan(BytesIO(data)), load_manifest(data)
    entries: dict[str, bytes] = dict(found.manifest.files)
    for part in found.parts:
        opened = [one for some in entries_of(BytesIO(data), part.openings) for one in some]
        shown = [one for some in entries_of(BytesIO(data), part.records) for one in some]
        assert len(opened) <= 16
        assert {path[8:-10] for path, _ in shown} <= {path[9:-5] for path, _ in opened}
        entries |= {
            path.decode(): bytes.fromhex(digest.decode()) for path, digest in opened + shown
        }
    assert entries == whole.files


def test_a_manifest_is_refused_exactly_when_the_strict_reader_refuses() -> None:
    """Reading in blocks is another way to the same answer, whatever stands in the file."""
    dice = random.Random(3)
    data = manifest(12)
    agreed = 0
    for _ in range(4000):
        bent = mutant(data, dice, [data])
        answers = []
        for read in (lambda new: load_manifest(new).origin, lambda new: scan(BytesIO(new))):
            try:
                read(bent)
                answers.append(True)
            except Malformed:
                answers.append(False)
        assert answers[0] == answers[1], bent
        agreed += answers[0]
    assert 0 < agreed < 4000
    for odd in (b"", b'{"files":[]}', b'{"files":[' + b"x" * 3000, b'{"files":["'):
        with pytest.raises(Malformed):
            scan(BytesIO(odd))


@pytest.mark.parametrize(
    "paths",
    [
        ["records/01.dsse.json"], ["records/9007199254740992.dsse.json"], ["openings/x.json"],
        ["manifest.json"], ["a b"], ["zzz"], ["schedule", "README.txt"], ["schedule", "schedule"],
    ],
)  # fmt: skip
def test_a_path_that_no_pack_has_is_refused(paths: list[str]) -> None:
    """Names are checked in blocks as they are one by one."""
    listed = [{"path": path, "sha256": "00" * 32} for path in paths]
    head: dict[str, jcs.Json] = {"format": "disclosure-ledger/pack/v1", "origin": ORIGIN,
                                 "scope": "ledger", "subject": []}  # fmt: skip
    data = jcs.dump({**head, "files": listed})
    for read in (load_manifest, lambda new: scan(BytesIO(new))):
        with pytest.raises(Malformed):
            read(data)


@pytest.mark.parametrize("between", ["\n", "\0", '\\"', "\\n"])
def test_two_names_in_one_are_refused(between: str) -> None:
    """Whatever a list of names is read with, a name that looks like two is none."""
    paths = ["openings/1.json", opening_path(5)]
    data = dump_manifest(Manifest(ORIGIN, "ledger", (), dict.fromkeys(paths, bytes(32))))
    harm = data.replace(b"openings/5.json", f"openings/5.json{between}openings/6.json".encode())
    for read in (load_manifest, lambda new: scan(BytesIO(new))):
        with pytest.raises(Malformed):
            read(harm)


def test_records_alone_are_a_part_too() -> None:
    """A pack that opens nothing still has its records compared."""
    files = {record_path(index): bytes(32) for index in (3, 4)}
    data = dump_manifest(Manifest(ORIGIN, "ledger", (), dict(sorted(files.items()))))
    (part,) = scan(BytesIO(data)).parts
    assert [len(one) for one in entries_of(BytesIO(data), part.records)] == [2]
    assert list(entries_of(BytesIO(data), part.openings)) == []


def test_leaves_far_out_are_remembered_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """No log has so many leaves, but a hostile list may name them, and memory is spared."""
    monkeypatch.setattr(listing, "_NEAR", 8)
    found, other = Leaves(), Leaves()
    found.list("record", [])
    found.list("record", [3, 2**40])
    found.list("opening", [3, 5])
    found.list("opening", [2**40])
    other.list("opening", [3])
    other.list("record", [2**40])
    assert set(found.missing()) == {
        record_path(3), record_path(2**40), opening_path(3), opening_path(5), opening_path(2**40),
    }  # fmt: skip
    assert list(found.both(other)) == [opening_path(3), record_path(2**40)]
    assert found.see("record", 2**40)
    assert found.see("opening", 5)
    assert not found.see("record", 5)
    assert not found.see("opening", 2**41)
    assert found.has("record", 2**40)
    assert not found.has("opening", 3)
    assert set(found.missing()) == {record_path(3), opening_path(3), opening_path(2**40)}


def test_paths_are_told_apart() -> None:
    """Leaves have names of their own; everything else is another file."""
    assert listing.leaf_name(record_path(7)) == ("record", 7)
    assert listing.leaf_name(opening_path(0)) == ("opening", 0)
    for name in ("records/7.json", "openings/7.dsse.json", "records/07.dsse.json", "x/7.json"):
        assert listing.leaf_name(name) is None
    assert read_path(record_path(7)).kind == "record"
