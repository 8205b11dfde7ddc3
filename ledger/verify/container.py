"""V1: the files, read once, bounded, and equal to the manifest.

A pack comes from somebody who may want to deceive or to harm: it may hold links that lead out of
it, devices, files without end, and names that read differently elsewhere. So the directory is
walked without following anything, every name is checked against the format before its file is
opened, and every size against a bound before it is read. The bytes that were hashed are the bytes
that later checks see; attachments alone are hashed and let go, as nothing else needs them.

Cites: FORMAT §5, §6 V1.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final

from ledger.evidence.grammar import Malformed
from ledger.evidence.pack import (
    CHECKPOINT,
    LOG,
    MANIFEST,
    SCHEDULE,
    Kind,
    Manifest,
    load_manifest,
    read_path,
)
from ledger.verify.report import Tally

__all__ = ["Attachment", "Container", "is_log_name", "open_log", "open_pack"]

_KIB: Final = 1024
_MIB: Final = 1024 * _KIB
_LARGEST: Final[Mapping[Kind, int]] = {
    "manifest": 1024 * _MIB,
    "checkpoint": 512 * _KIB,
    "time-stamp": 512 * _KIB,
    "schedule": 2 * _MIB,
    "readme": _MIB,
    "log": 2 * _MIB,
    "record": 4 * _MIB,
    "opening": 4 * _MIB,
    "consistency": 4 * _KIB,
    "extent": 512 * _KIB,
    "law": 16 * _MIB,
    "attachment": 1024 * _MIB,
    "derived": 64 * _MIB,
}
"""Bytes that a file of each kind may have. The format asks for bounds and leaves them to us."""
_MOST_FILES_IN_PART: Final = 65_535
_MOST_FILES: Final = 5_000_000
_DEEPEST: Final = 8
_LOG_NAME: Final = re.compile(
    r"checkpoint|schedule|keys|checkpoints/(?:0|[1-9][0-9]{0,15})(?:\.tsr)?"
    r"|tile/(?:entries|[0-9]{1,2})/(?:x[0-9]{3}/)*[0-9]{3}(?:\.p/[1-9][0-9]{0,2})?"
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """What is known of an attachment after it was read and let go."""

    sha256: bytes
    size: int


@dataclass(slots=True)
class Container:
    """The files of a pack or log by path, and its manifest if it has one."""

    manifest: Manifest | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)

    @property
    def scope(self) -> str:
        """`event`, `case`, `ledger`, or `log` for a published log without a pack around it."""
        return "log" if self.manifest is None else self.manifest.scope

    @property
    def log_prefix(self) -> str:
        """What stands before the names of the log's files here: `log/`, or nothing."""
        return "" if self.manifest is None else f"{LOG}/"

    def log_files(self) -> dict[str, bytes]:
        """Return the files of the log directory by their names in it."""
        return {
            path.removeprefix(self.log_prefix): data
            for path, data in self.files.items()
            if path.startswith(self.log_prefix)
        }


class _Refused(Exception):
    """A file may not be read; carries the code and the sentence of the finding."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def is_log_name(name: str) -> bool:
    """Tell whether a log directory has a file of this name. Pure."""
    return _LOG_NAME.fullmatch(name) is not None


def open_log(root: Path, tally: Tally) -> Container:
    """Read a published log directory; files that are no part of a log are left alone.

    Raises: OSError when a directory cannot be listed: then nothing could be checked.
    """
    container = Container()
    for name, entry in _walk(root, tally, is_log_name):
        _take(container, name, entry, "log", tally)
    for name in (CHECKPOINT, SCHEDULE):
        if name not in container.files:
            tally.add("V1.missing", "A file that every published log has is missing.", name)
    return container


def open_pack(root: Path, tally: Tally) -> Container | None:
    """Read a pack directory; None when its manifest says nothing usable.

    Raises: OSError when a directory cannot be listed: then nothing could be checked.
    """
    manifest = _manifest(root, tally)
    if manifest is None:
        return None
    container = Container(manifest)
    present: set[str] = set()
    most = _MOST_FILES if manifest.scope == "ledger" else _MOST_FILES_IN_PART
    for name, entry in _walk(root, tally):
        present.add(name)
        if len(present) > most:
            tally.add("V1.too-many-files", "The pack holds more files than a pack may.", ".")
            break
        if name == MANIFEST or not _is_listed(name, manifest, tally):
            continue
        _take(container, name, entry, read_path(name).kind, tally)
    _check_listed(container, manifest, present, tally)
    return container


def _manifest(root: Path, tally: Tally) -> Manifest | None:
    path = root / MANIFEST
    try:
        data = _read(path, path.lstat(), _LARGEST["manifest"])
    except FileNotFoundError:
        tally.add("V1.manifest-missing", "The pack has no manifest.", MANIFEST)
        return None
    except OSError:
        tally.add("V1.unreadable", "The manifest cannot be read.", MANIFEST)
        return None
    except _Refused as refused:
        tally.add(refused.code, refused.sentence, MANIFEST)
        return None
    try:
        return load_manifest(data)
    except Malformed as exc:
        tally.add("V1.manifest-malformed", f"The manifest is refused: {exc}.", MANIFEST)
        return None


def _is_listed(name: str, manifest: Manifest, tally: Tally) -> bool:
    if name in manifest.files:
        return True
    tally.add("V1.unlisted", "A file is in the pack but not in its manifest.", _printable(name))
    return False


def _check_listed(
    container: Container, manifest: Manifest, present: set[str], tally: Tally
) -> None:
    """Compare what was read with the manifest, and both with what the scope needs."""
    for path, digest in manifest.files.items():
        kind = read_path(path).kind
        unfit = "log" if manifest.scope != "ledger" else "consistency"
        if kind == unfit or (kind == "log" and not is_log_name(path.removeprefix(f"{LOG}/"))):
            tally.add("V1.not-for-scope", "A file does not belong in a pack of this scope.", path)
        if path not in present:
            tally.add("V1.missing", "A file that the manifest lists is missing.", path)
        elif _digest(container, path) not in (None, digest):
            tally.add("V1.differs", "A file differs from what the manifest says.", path)
    for path in (CHECKPOINT, SCHEDULE):
        if path not in manifest.files:
            tally.add("V1.missing", "A file that every pack has is missing.", path)


def _digest(container: Container, path: str) -> bytes | None:
    """Return the SHA-256 of a file as it was read; None when it was refused, and told so."""
    if path in container.attachments:
        return container.attachments[path].sha256
    data = container.files.get(path)
    return None if data is None else sha256(data).digest()


def _take(container: Container, name: str, path: Path, kind: Kind, tally: Tally) -> None:
    """Read one file into the container, or say why not."""
    try:
        if kind == "attachment":
            container.attachments[name] = _hash(path, path.lstat(), _LARGEST[kind])
        else:
            container.files[name] = _read(path, path.lstat(), _LARGEST[kind])
    except _Refused as refused:
        tally.add(refused.code, refused.sentence, name)
    except OSError:
        tally.add("V1.unreadable", "A file cannot be read.", name)


def _walk(
    root: Path, tally: Tally, wanted: Callable[[str], bool] | None = None
) -> Iterator[tuple[str, Path]]:
    """Give name and path of every file below a directory, sorted, following no link.

    With `wanted`, files of other names are passed over in silence.

    Raises: OSError when a directory cannot be listed: then nothing could be checked.
    """
    waiting = [("", root)]
    while waiting:
        prefix, directory = waiting.pop()
        for entry in sorted(os.scandir(directory), key=lambda one: one.name):
            name = f"{prefix}{entry.name}"
            if entry.is_symlink():
                tally.add("V1.link", "A link is not a file; it was not followed.", _printable(name))
            elif not entry.is_dir(follow_symlinks=False):
                if wanted is None or wanted(name):
                    yield name, Path(entry.path)
            elif name.count("/") >= _DEEPEST:
                tally.add("V1.path", "A directory lies deeper than a pack goes.", _printable(name))
            else:
                waiting.append((f"{name}/", Path(entry.path)))


def _read(path: Path, status: os.stat_result, largest: int) -> bytes:
    """Return the bytes of an ordinary file.

    Raises: _Refused; OSError.
    """
    _check_ordinary(status, largest)
    with path.open("rb") as file:
        # Bounded again: the size was that of a moment ago.
        return file.read(largest)


def _hash(path: Path, status: os.stat_result, largest: int) -> Attachment:
    """Return what an ordinary file hashes to, without keeping it in memory.

    Raises: _Refused; OSError.
    """
    _check_ordinary(status, largest)
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").digest()
        return Attachment(digest, file.tell())


def _check_ordinary(status: os.stat_result, largest: int) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise _Refused("V1.link", "A link is not a file; it was not followed.")
    if not stat.S_ISREG(status.st_mode):
        raise _Refused("V1.special-file", "Something that is not an ordinary file was not opened.")
    if status.st_size > largest:
        raise _Refused("V1.too-large", "A file is larger than its kind may be.")


def _printable(name: str) -> str:
    """Return a name from a hostile directory so that it can do nothing to a terminal."""
    return "".join(one if " " <= one <= "~" else f"\\u{ord(one):04x}" for one in name[:200])
