"""V1: a pack or log from somebody who may want to deceive or to harm."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.evidence.pack import attachment_path, dump_manifest, manifest_of, record_path
from ledger.verify import Report, container, verify
from ledger.verify.report import Tally
from ledger.verify.sources import Folder
from tests.forge import Files, Forge, World, relist, write
from tests.verify.cases import Case, case, check, with_file

Harm = Callable[[Path], None]


@pytest.fixture(scope="module")
def world() -> World:
    """The good ledger."""
    return Forge().build()


def codes(report: Report) -> set[str]:
    """Return the codes that a report holds."""
    return {one.code for one in report.findings}


def manifest_with(files: Files, **changes: str) -> Files:
    """Change words of the manifest as text."""
    text = files["manifest.json"].decode()
    for old, new in changes.items():
        text = text.replace(old, new)
    return {**files, "manifest.json": text.encode()}


LISTS = [
    case("changed", "A file is not the one that was listed.", "V1.differs",
         alter=lambda files, _: {**files, "README.txt": b"Trust me."}),
    case("unlisted", "A file was slipped in.", "V1.unlisted",
         alter=lambda files, _: {**files, "derived/more.json": b"{}"}),
    case("unlisted-record", "A record that is not listed is not read.", "V1.unlisted",
         alter=lambda files, _: {**files, record_path(1000): b"\xff"}),
    case("odd-name", "A name that no pack has is not read.", "V1.unlisted",
         alter=lambda files, _: {**files, "records/x.exe": b""}),
    case("taken-away", "A file is gone.", "V1.missing",
         alter=lambda files, _: {k: v for k, v in files.items() if k != "README.txt"}),
    case("no-manifest", "Without a manifest nothing says what belongs.", "V1.manifest-missing",
         alter=lambda files, _: {k: v for k, v in files.items() if k != "manifest.json"}),
    case("loose-manifest", "A manifest has one spelling.", "V1.manifest-malformed",
         alter=lambda files, _: {**files, "manifest.json": files["manifest.json"] + b"\n"}),
    case("other-format", "A manifest of another format is not guessed at.",
         "V1.manifest-malformed",
         alter=lambda files, _: manifest_with(files, **{"pack/v1": "pack/v2"})),
    case("other-scope", "A scope that is not known is not guessed at.", "V1.manifest-malformed",
         alter=lambda files, _: manifest_with(files, **{'"case"': '"full"'})),
    case("other-origin", "The pack is of another ledger.", "V1.origin",
         alter=lambda files, _: relist(files, origin="elsewhere.example")),
    case("log-in-a-part", "A part pack has no log.", "V1.not-for-scope",
         alter=with_file("log/checkpoint", b"")),
    case("proof-in-a-whole", "A ledger pack has no proofs.", "V1.not-for-scope",
         alter=with_file("consistency/16", b""), scope="ledger"),
    case("stranger-in-the-log", "A log directory has its own names.", "V1.not-for-scope",
         alter=with_file("log/robots.txt", b""), scope="ledger"),
    case("no-tile", "A name in the log that is nearly a tile's is none.",
         "V1.not-for-scope V7.tile-differs", alter=with_file("log/tile/9999", b""),
         scope="ledger"),
    case("no-schedule", "A pack has a schedule.", "V1.missing",
         alter=lambda files, _: relist({k: v for k, v in files.items() if k != "schedule"})),
    case("no-checkpoint", "A pack has a checkpoint.", "V1.missing",
         alter=lambda files, _: relist({k: v for k, v in files.items() if k != "checkpoint"})),
]  # fmt: skip


@pytest.mark.parametrize("one", LISTS, ids=lambda one: one.name)
def test_the_container_equals_its_manifest(one: Case, tmp_path: Path) -> None:
    """What is listed is there, what is there is listed, and both suit the scope."""
    check(one, tmp_path)


def link(path: str) -> Harm:
    """Replace a file by a link to itself elsewhere."""

    def harm(root: Path) -> None:
        target = root / path
        outside = root.parent / "outside"
        outside.write_bytes(target.read_bytes())
        target.unlink()
        target.symlink_to(outside)

    return harm


def linked_directory(root: Path) -> None:
    """Replace a directory by a link to it elsewhere."""
    (root / "law").rename(root.parent / "law")
    (root / "law").symlink_to(root.parent / "law")


def pipe(path: str) -> Harm:
    """Replace a file by a pipe, which nobody ever writes to."""

    def harm(root: Path) -> None:
        (root / path).unlink()
        os.mkfifo(root / path)

    return harm


def directory(path: str) -> Harm:
    """Replace a file by a directory."""

    def harm(root: Path) -> None:
        (root / path).unlink()
        (root / path).mkdir()

    return harm


def deep(root: Path) -> None:
    """Dig a directory that never ends."""
    (root / "/".join("a" * 12)).mkdir(parents=True)


def hostile_name(root: Path) -> None:
    """Name a file so that printing it would change the reader's screen."""
    (root / "\x1b[2Jé").write_bytes(b"")


HARMS: dict[str, tuple[Harm, set[str]]] = {
    "linked file": (link("README.txt"), {"V1.link", "V1.missing"}),
    "linked manifest": (link("manifest.json"), {"V1.link"}),
    "linked directory": (linked_directory, {"V1.link", "V1.missing", "V9.law-missing"}),
    "pipe": (pipe("README.txt"), {"V1.special-file"}),
    "pipe as manifest": (pipe("manifest.json"), {"V1.special-file"}),
    "directory as file": (directory("README.txt"), {"V1.missing"}),
    "directory as manifest": (directory("manifest.json"), {"V1.special-file"}),
    "endless directory": (deep, {"V1.path"}),
    "hostile name": (hostile_name, {"V1.unlisted"}),
}


@pytest.mark.parametrize("name", HARMS)
def test_nothing_outside_or_out_of_bounds_is_read(name: str, world: World, tmp_path: Path) -> None:
    """Links, devices and endless directories are named, not followed."""
    harm, expected = HARMS[name]
    root = write(world.pack("case", ("case", "intake")), tmp_path / "pack")
    harm(root)
    report = verify(root, world.trust())
    assert codes(report) == expected
    assert report.exit_code == 1
    assert report.text().replace("\n", "").isprintable()


def test_a_file_larger_than_its_kind_is_not_read(world: World, tmp_path: Path) -> None:
    """Sizes are bounded before a file is opened, so a pack cannot fill the memory."""
    root = write(world.pack("case", ("case",)), tmp_path)
    os.truncate(root / "README.txt", 2**40)
    assert "V1.too-large" in codes(verify(root, world.trust()))


def test_a_pack_of_too_many_files_is_not_read_to_its_end(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number of files is bounded as well."""
    monkeypatch.setattr(container, "_MOST_FILES_IN_PART", 5)
    root = write(world.pack("case", ("case",)), tmp_path)
    assert "V1.too-many-files" in codes(verify(root, world.trust()))


@pytest.mark.parametrize("name", ["README.txt", "manifest.json"])
def test_a_file_that_cannot_be_read_is_named(
    name: str, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails is no traceback either."""
    root = write(world.pack("case", ("case",)), tmp_path)
    whole = os.open

    def failing(path: str, flags: int, **more: Any) -> int:
        if path.endswith(f"/{name}"):
            raise PermissionError(13, "Permission denied")
        return whole(path, flags, **more)

    monkeypatch.setattr(os, "open", failing)
    report = verify(root, world.trust())
    assert codes(report) == {"V1.unreadable"}
    assert report.exit_code == 1


def test_paths_that_lead_out_are_never_listed() -> None:
    """No manifest can name a file outside the pack."""
    for path in ("../secret", "/etc/passwd", "log/../../x", "derived/a\\b", "law/é.json", ""):
        with pytest.raises(ValueError, match="path"):
            dump_manifest(manifest_of("a.example", "ledger", (), {path: b""}))


def test_attachments_are_hashed_and_let_go(world: World, tmp_path: Path) -> None:
    """An attachment's digest is compared, whatever its size."""
    files = world.pack("case", ("case",))
    name = next(path for path in files if path.startswith("attachments/"))
    root = write({**files, name: b"another"}, tmp_path)
    assert codes(verify(root, world.trust())) == {"V1.differs", "V12.attachment-differs"}
    assert name == attachment_path(bytes.fromhex(name.rpartition("/")[2]))


def test_small_files_are_read_many_at_once(tmp_path: Path) -> None:
    """What is small and ordinary is read in one run; all else is left to a closer look."""
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "small").write_bytes(b"one")
    (inside / "large").write_bytes(bytes(10))
    (inside / "folder").mkdir()
    (inside / "link").symlink_to("small")
    names = ("small", "large", "folder", "link", "absent")
    assert Folder(str(tmp_path)).read_each("inside", names, 10) == [b"one", None, None, None, None]
    assert Folder(str(tmp_path)).read_each("absent", names, 10) == [None] * 5
    # A file of another kind anywhere, and nothing is opened before each name was looked at.
    os.mkfifo(tmp_path / "pipe")
    walked = Folder(str(tmp_path))
    list(walked.names(Tally()))
    assert walked.read_each("inside", names, 10) == [None] * 5
