"""Containers of files: a directory, a zip, or (for tests) memory. Nothing follows a link."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import BinaryIO, Protocol

from . import layout
from .report import Report, Unusable

_CHUNK = 1 << 20


class Unreadable(Exception):
    """A file cannot be read. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Container(Protocol):
    """What the checks ask of a container. `kind` is pack, log or zip."""

    kind: str
    files: dict[str, int]

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes, or raise `Unreadable`."""

    def digest(self, path: str, limit: int) -> str:
        """Return a file's SHA-256, or raise `Unreadable`."""


def kind_of_directory(names: set[str]) -> str:
    """Return pack or log. What is neither is unusable."""
    kind = layout.recognise(names)
    if kind is None:
        raise Unusable("neither a pack nor a log")
    return kind


class Memory:
    """A container in memory."""

    def __init__(self, content: dict[str, bytes]) -> None:
        self.kind = kind_of_directory({path.split("/")[0] for path in content})
        self.content = content
        self.files = {path: len(data) for path, data in content.items()}

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes."""
        data = self.content[path]
        if len(data) > limit:
            raise Unreadable("V1.too-large")
        return data

    def digest(self, path: str, limit: int) -> str:
        """Return a file's SHA-256."""
        return hashlib.sha256(self.read(path, limit)).hexdigest()


class Directory:
    """A directory. It was listed once, and only regular files of that list are opened."""

    def __init__(self, root: str, files: dict[str, int], kind: str = "pack") -> None:
        self.kind = kind
        self.root = root
        self.files = files

    def _open(self, path: str) -> BinaryIO:
        """Open a regular file without following a link at any step."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        here = -1
        try:
            here = os.open(self.root, flags | os.O_DIRECTORY)
            steps = path.split("/")
            for step in steps[:-1]:
                below = os.open(step, flags | os.O_DIRECTORY, dir_fd=here)
                os.close(here)
                here = below
            fd = os.open(steps[-1], flags | os.O_NONBLOCK, dir_fd=here)
        except (OSError, ValueError) as exc:
            raise Unreadable("V1.unreadable") from exc
        finally:
            if here >= 0:
                os.close(here)
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise Unreadable("V1.special-file")
        return os.fdopen(fd, "rb")

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes, at most `limit` of them."""
        with self._open(path) as file:
            if os.fstat(file.fileno()).st_size > limit:
                raise Unreadable("V1.too-large")
            try:
                data = file.read(limit + 1)
            except OSError as exc:
                raise Unreadable("V1.unreadable") from exc
        if len(data) > limit:
            raise Unreadable("V1.too-large")
        return data

    def digest(self, path: str, limit: int) -> str:
        """Return a file's SHA-256, reading it in pieces."""
        digest, total = hashlib.sha256(), 0
        with self._open(path) as file:
            if os.fstat(file.fileno()).st_size > limit:
                raise Unreadable("V1.too-large")
            try:
                while piece := file.read(_CHUNK):
                    total += len(piece)
                    if total > limit:
                        raise Unreadable("V1.too-large")
                    digest.update(piece)
            except OSError as exc:
                raise Unreadable("V1.unreadable") from exc
        return digest.hexdigest()


def _shown(path: str) -> str:
    """Make a path from the file system printable."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


def list_directory(root: str, report: Report, kind: str | None = None) -> Directory:
    """List a directory. What is no regular file or plain directory is a finding.

    Without a kind it is recognised by its names.
    """
    if kind is None:
        try:
            kind = kind_of_directory(set(os.listdir(root)))
        except OSError as exc:
            raise Unusable(f"cannot read {root}") from exc
    files: dict[str, int] = {}
    todo = [""]
    count = 0
    while todo:
        base = todo.pop()
        try:
            with os.scandir(os.path.join(root, base) if base else root) as items:
                for item in items:
                    count += 1
                    if count > layout.MOST_FILES:
                        report.find("V1.too-many-files")
                        return Directory(root, files, kind)
                    path = f"{base}/{item.name}" if base else item.name
                    if kind == "log" and layout.is_foreign(path):
                        continue
                    if _classify(item, path, files, report) and _enter(path, kind, report):
                        todo.append(path)
        except OSError:
            report.find("V1.unreadable", _shown(base) or ".")
    return Directory(root, files, kind)


def _enter(path: str, kind: str, report: Report) -> bool:
    """Say whether a directory may be there."""
    if layout.may_be_directory(path, kind == "log"):
        return True
    report.find("V1.path", path)
    return False


def _classify(item: os.DirEntry[str], path: str, files: dict[str, int], report: Report) -> bool:
    """Take one entry of a directory. Return True where it is a directory itself."""
    try:
        info = item.stat(follow_symlinks=False)
    except OSError:
        report.find("V1.unreadable", _shown(path))
        return False
    if stat.S_ISLNK(info.st_mode):
        report.find("V1.link", _shown(path))
    elif not layout.well_formed(path):
        report.find("V1.path", _shown(path))
    elif stat.S_ISDIR(info.st_mode):
        return True
    elif stat.S_ISREG(info.st_mode):
        files[path] = info.st_size
    else:
        report.find("V1.special-file", path)
    return False
