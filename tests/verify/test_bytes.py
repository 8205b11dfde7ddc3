"""Every change of a byte, every missing, swapped or doubled file is found; nothing crashes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.evidence.pack import MANIFEST, Scope, opening_path, read_path, record_path
from ledger.verify import Report, verify
from tests.drafts import Draft, good_drafts
from tests.forge import Files, Forge, World, relist, write
from tests.verify.memory import InMemory

SMALL = 320
"""Bytes; in smaller files every byte is changed, in larger ones one in `STRIDE`."""
EVERY = os.environ.get("LEDGER_EVERY_BYTE") == "1"
"""The opt-in soak: every byte of every file, about half an hour."""
STRIDE = 1 if EVERY else 29
UNPROTECTED = ("README.txt", "derived/state.json")
"""Nothing but the manifest speaks of these."""


def small(kind: type[Forge] = Forge) -> World:
    """A ledger of two founders and one short case, with few entries."""
    wanted = ("founded", "countersigned", "custodian")
    drafts = [one for one in good_drafts() if one.name in wanted]
    note = Draft("note", "case", "note-taken.v1", 2, "ada", "custodian", {"n": 1}, {"who": "x"})
    forge = kind([*drafts, note])
    forge.ticks = 2
    forge.epochs = [replace(forge.epochs[0], open=2, sealed=2)]
    return forge.build()


@pytest.fixture(scope="module")
def world() -> World:
    """The small ledger."""
    return small()


def shown(world: World, scope: Scope) -> Files:
    """Return the small ledger's pack of a scope."""
    names = {"event": ("note",), "case": ("case",), "ledger": ()}
    return world.pack(scope, names[scope])


def changes(files: Files, *, most: int = 1) -> Iterator[tuple[str, bytes]]:
    """Give each file with one byte changed, position by position, in steps of at least `most`."""
    for path, data in files.items():
        step = max(most, 1 if len(data) <= SMALL else STRIDE)
        if path == MANIFEST:
            step = 1 if EVERY else 5
        for place in range(len(path) % step, len(data), step):
            flipped = data[place] ^ (1 << place % 8)
            yield path, data[:place] + bytes([flipped]) + data[place + 1 :]


def bad(root: Path, files: Files, world: World) -> Report:
    """Verify files that must not pass."""
    report = verify(write(files, root), world.trust())
    assert report.exit_code in (1, 2)
    return report


class Bench:
    """Files in memory, of which one after the other is replaced and restored."""

    def __init__(self, patch: pytest.MonkeyPatch, root: Path, files: Files, world: World) -> None:
        """Hold good files, which are intact, from a disk too."""
        self.files, self.trust = files, world.trust()
        assert verify(write(files, root), self.trust).exit_code == 0
        self.verifier = InMemory(patch)
        assert self.exit_code({}) == 0

    def exit_code(self, changed: Files) -> int:
        """Return the exit code with some files replaced."""
        return self.verifier.verify({**self.files, **changed}, self.trust).exit_code


@pytest.mark.no_cover
@pytest.mark.parametrize("scope", ["event", "case", "ledger"])
def test_every_changed_byte_of_a_pack_is_found(
    scope: Scope, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No byte of a pack can change without a finding."""
    files = shown(world, scope)
    bench = Bench(monkeypatch, tmp_path, files, world)
    # The manifest's digests find these, so that few are tried; the manifest's own bytes are more.
    for path, data in changes(files, most=STRIDE):
        assert bench.exit_code({path: data}) in (1, 2), path


@pytest.mark.no_cover
@pytest.mark.parametrize("scope", ["case", "ledger"])
def test_every_changed_byte_is_found_without_the_manifest(
    scope: Scope, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever also adapts the manifest is found by what the bytes say."""
    files = shown(world, scope)
    bench = Bench(monkeypatch, tmp_path, files, world)
    for path, data in changes(files):
        if path != MANIFEST and path not in UNPROTECTED:
            fresh = relist({**files, path: data})
            assert bench.exit_code({path: data, MANIFEST: fresh[MANIFEST]}) in (1, 2), path


@pytest.mark.no_cover
def test_every_changed_byte_of_a_published_log_is_found(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log directory protects itself, without any manifest."""
    files = world.log()
    bench = Bench(monkeypatch, tmp_path, files, world)
    for path, data in changes(files):
        assert bench.exit_code({path: data}) in (1, 2), path


@pytest.mark.parametrize("scope", ["event", "case", "ledger"])
def test_every_missing_file_is_found(scope: Scope, world: World, tmp_path: Path) -> None:
    """No file can be taken away, from the pack or from its list."""
    files = shown(world, scope)
    for number, path in enumerate(files):
        rest = {name: data for name, data in files.items() if name != path}
        bad(tmp_path / f"{number}", rest, world)
        # Which checkpoints of the past were signed, nobody can tell from those that are kept.
        past = f"log/checkpoints/{world.before}"
        is_needed = path not in (MANIFEST, past, *UNPROTECTED)
        # A leaf that nobody opens is no fault: it is counted as not shown.
        is_cover = path in {opening_path(index) for index in world.forge.covers}
        if is_needed and not is_cover:
            bad(tmp_path / f"{number}-relisted", relist(rest), world)


def test_every_swapped_pair_of_files_is_found(world: World, tmp_path: Path) -> None:
    """Each file has its own place."""
    files = shown(world, "ledger")
    kinds = ("record", "opening", "extent", "log")
    for kind in kinds:
        of_kind = [path for path in files if read_path(path).kind == kind]
        for number, (one, other) in enumerate(combinations(of_kind, 2)):
            if files[one] != files[other]:
                swapped = relist({**files, one: files[other], other: files[one]})
                bad(tmp_path / f"{kind}-{number}", swapped, world)


def test_every_doubled_record_is_found(world: World, tmp_path: Path) -> None:
    """A record cannot stand at a second leaf."""
    files = shown(world, "case")
    for made in world.forge.made.values():
        for index in world.forge.covers:
            copy = {
                record_path(index): files[record_path(made.index)],
                opening_path(index): files[opening_path(made.index)],
            }
            bad(tmp_path / f"{made.index}-{index}", relist({**files, **copy}), world)


ANY = small()
PATHS = sorted(set(shown(ANY, "case")) | set(shown(ANY, "ledger")))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from([path for path in PATHS if path not in UNPROTECTED]),
    data=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            ),
            max_leaves=8,
        ).map(lambda value: repr(value).replace("'", '"').encode("utf-8", "surrogatepass")),
        st.text(max_size=60).map(lambda text: f"{text}\n\n— {text}\n".encode("utf-8", "replace")),
    ),
    is_listed=st.booleans(),
)
def test_any_bytes_as_any_file_give_a_report(
    path: str, data: bytes, is_listed: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever stands in a file, the verifier answers, and does not call it intact."""
    files = {**shown(ANY, "ledger" if path.startswith("log/") else "case"), path: data}
    if is_listed and path != MANIFEST:
        files = relist(files)
    root = tmp_path_factory.mktemp("any")
    bad(root, files, ANY)
