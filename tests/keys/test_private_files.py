"""Files that only their owner may read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from keys.files import (
    NotPrivate,
    is_open_to_others,
    read_private,
    sync_directory,
    write_new,
    write_private,
)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_only_the_owner_may_read_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    """A private file has mode 0600 under every umask."""
    before = os.umask(umask)
    try:
        write_private(tmp_path / "ring", b"data")
    finally:
        os.umask(before)
    assert _mode(tmp_path / "ring") == 0o600
    assert read_private(tmp_path / "ring", 10) == b"data"


def test_replacing_tightens_a_file_that_others_could_read(tmp_path: Path) -> None:
    """A file that was readable by others is private once it is written again."""
    path = tmp_path / "ring"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert (path.read_bytes(), _mode(path)) == (b"new", 0o600)


def test_what_must_not_be_replaced_stays(tmp_path: Path) -> None:
    """Without leave to replace, an existing file stays and nothing is left beside it."""
    path = tmp_path / "key"
    path.write_bytes(b"old")
    with pytest.raises(FileExistsError):
        write_private(path, b"new", replace=False)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["key"]


@pytest.mark.parametrize("step", ["rename", "fsync", "fchmod"])
def test_a_fault_before_the_name_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A full or failing disk leaves the old file whole and no second copy of the new one."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "ring"
    write_private(path, b"old")
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space"):
        write_private(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["ring"]


def test_the_data_are_on_disk_before_the_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data are synced before the rename and the directory after it, so a crash shows one whole."""
    steps: list[str] = []
    fsync, rename = os.fsync, os.rename

    def noted_fsync(descriptor: int) -> None:
        kind = "directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "data"
        steps.append(kind)
        fsync(descriptor)

    def noted_rename(old: Path, new: Path) -> None:
        steps.append("name")
        rename(old, new)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "rename", noted_rename)
    write_private(tmp_path / "ring", b"data")
    assert steps == ["data", "name", "directory"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o700, 0o644, 0o200, 0o4600])
def test_a_file_that_others_may_use_is_not_read(tmp_path: Path, mode: int) -> None:
    """Any mode but 0600 and 0400 is refused before a byte is read."""
    path = tmp_path / "key"
    path.write_bytes(b"data")
    path.chmod(mode)
    with pytest.raises(NotPrivate):
        read_private(path, 10)


def test_a_pipe_or_a_directory_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    """A named pipe does not stop the start for ever, and a directory is no file."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "directory").mkdir(0o600)
    for name in ("pipe", "directory"):
        with pytest.raises(NotPrivate):
            read_private(tmp_path / name, 10)


def test_no_more_is_read_than_asked(tmp_path: Path) -> None:
    """Of a file that is too long, one byte more than allowed is read, and no more."""
    write_private(tmp_path / "ring", b"x" * 100)
    assert len(read_private(tmp_path / "ring", 10)) == 11


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700, 0o640, 0o604, 0o620, 0o602, 0o610, 0o601])
def test_a_file_is_open_to_others_when_anybody_but_its_owner_has_a_right(
    tmp_path: Path, mode: int
) -> None:
    """Each right of anybody else is one too many. What is missing is open to nobody."""
    path = tmp_path / "ring"
    assert not is_open_to_others(path)
    path.write_bytes(b"data")
    path.chmod(mode)
    assert is_open_to_others(path) is (mode & 0o077 != 0)


def test_a_new_file_takes_nothing_elses_place(tmp_path: Path) -> None:
    """It is written whole with mode 0600, and where something is, it is left as it is."""
    path = tmp_path / "copy"
    write_new(path, b"first")
    sync_directory(tmp_path)
    with pytest.raises(FileExistsError):
        write_new(path, b"second")
    assert (path.read_bytes(), _mode(path)) == (b"first", 0o600)
