"""V1: the files, read once, bounded, and equal to the manifest.

A pack comes from somebody who may want to deceive or to harm: it may hold links that lead out of
it, devices, files without end, and names that read differently elsewhere. So the directory is
walked without following anything, every name is checked against the format before its file is
opened, and every size against a bound before it is read. The bytes that were hashed are the bytes
that later checks see; attachments alone are hashed and let go, as nothing else needs them.

Cites: FORMAT §5, §6 V1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
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
    Scope,
    load_manifest,
    read_path,
)
from ledger.verify.report import Tally
from ledger.verify.sources import Attachment, Folder, Refused, Source, printable

__all__ = ["Container", "is_log_name", "join_openings", "open_log", "open_pack"]

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
"""Bytes that a file of each kind may have (FORMAT §5)."""
_OPENINGS: Final[frozenset[Kind]] = frozenset({"record", "opening", "law", "attachment"})
_MOST_FILES_IN_PART: Final = 65_535
_MOST_FILES: Final = 5_000_000
_LOG_NAME: Final = re.compile(
    r"checkpoint|schedule|keys|checkpoints/(?:0|[1-9][0-9]{0,15})(?:\.tsr)?"
    r"|tile/(?:entries|[0-9]{1,2})/(?:x[0-9]{3}/)*[0-9]{3}(?:\.p/[1-9][0-9]{0,2})?"
)


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


def is_log_name(name: str) -> bool:
    """Tell whether a log directory has a file of this name. Pure."""
    return _LOG_NAME.fullmatch(name) is not None


def open_log(root: Path, tally: Tally) -> Container:
    """Read a published log directory; files that are no part of a log are left alone.

    Raises: OSError when a directory cannot be listed: then nothing could be checked.
    """
    container = Container()
    source = Folder(root)
    for name in source.names(tally, is_log_name):
        _take(container, name, source, "log", tally)
    for name in (CHECKPOINT, SCHEDULE):
        if name not in container.files:
            tally.add("V1.missing", "A file that every published log has is missing.", name)
    return container


def open_pack(source: Source, tally: Tally) -> Container | None:
    """Read a pack; None when its manifest says nothing usable.

    Raises: OSError when a directory cannot be listed: then nothing could be checked.
    """
    manifest = _manifest(source, tally)
    if manifest is None:
        return None
    if manifest.scope == "openings":
        tally.add("V1.not-for-scope", "Openings go beside a pack and are none.", MANIFEST)
        return None
    if manifest.scope == "ledger" and not isinstance(source, Folder):
        tally.add("V1.zip", "Only a part of a ledger can be packed as a zip.", ".")
        return None
    container = Container(manifest)
    _fill(container, manifest, source, tally)
    for path in (CHECKPOINT, SCHEDULE):
        if path not in manifest.files:
            tally.add("V1.missing", "A file that every pack has is missing.", path)
    return container


def join_openings(container: Container, root: Path, tally: Tally) -> bool:
    """Read the receiver's openings into a pack of scope ledger; tell whether there were any.

    Raises: OSError when a directory cannot be listed: then nothing could be checked.
    """
    source = Folder(root)
    manifest = _manifest(source, tally)
    if manifest is None or container.manifest is None:
        return False
    if manifest.scope != "openings":
        tally.add("V1.not-for-scope", "What was brought as openings is a pack.", MANIFEST)
        return False
    if manifest.origin != container.manifest.origin:
        tally.add("V1.origin", "The openings are of another ledger than the pack.", MANIFEST)
        return False
    brought = Container(manifest)
    _fill(brought, manifest, source, tally)
    for path, digest in manifest.files.items():
        held = container.manifest.files.get(path)
        if held is not None and (read_path(path).kind != "law" or held != digest):
            tally.add("V1.in-both", "A file is both in the pack and in the openings.", path)
    fit = {path: data for path, data in brought.files.items() if _is_brought(path)}
    container.files = fit | container.files
    container.attachments = brought.attachments | container.attachments
    return True


def _fill(container: Container, manifest: Manifest, source: Source, tally: Tally) -> None:
    """Read what the manifest lists, and say what differs from it."""
    present: set[str] = set()
    most = _MOST_FILES_IN_PART if manifest.scope in ("event", "case") else _MOST_FILES
    for name in source.names(tally):
        present.add(name)
        if len(present) > most:
            tally.add("V1.too-many-files", "The pack holds more files than a pack may.", ".")
            break
        if name == MANIFEST or not _is_listed(name, manifest, tally):
            continue
        _take(container, name, source, read_path(name).kind, tally)
    _check_listed(container, manifest, present, tally)


def _manifest(source: Source, tally: Tally) -> Manifest | None:
    try:
        return load_manifest(source.read(MANIFEST, _LARGEST["manifest"]))
    except FileNotFoundError:
        tally.add("V1.manifest-missing", "There is no manifest.", MANIFEST)
    except OSError:
        tally.add("V1.unreadable", "The manifest cannot be read.", MANIFEST)
    except Refused as refused:
        tally.add(refused.code, refused.sentence, MANIFEST)
    except Malformed as exc:
        tally.add("V1.manifest-malformed", f"The manifest is refused: {exc}.", MANIFEST)
    return None


def _is_listed(name: str, manifest: Manifest, tally: Tally) -> bool:
    if name in manifest.files:
        return True
    tally.add("V1.unlisted", "A file is in the pack but not in its manifest.", printable(name))
    return False


def _check_listed(
    container: Container, manifest: Manifest, present: set[str], tally: Tally
) -> None:
    """Compare what was read with the manifest, and both with what the scope needs."""
    for path, digest in manifest.files.items():
        kind = read_path(path).kind
        if not _is_for(path, kind, manifest.scope):
            tally.add("V1.not-for-scope", "A file does not belong in a pack of this scope.", path)
        if path not in present:
            tally.add("V1.missing", "A file that the manifest lists is missing.", path)
        elif _digest(container, path) not in (None, digest):
            tally.add("V1.differs", "A file differs from what the manifest says.", path)


def _is_for(path: str, kind: Kind, scope: Scope) -> bool:
    """Tell whether a file has its place in a container of this scope. Pure."""
    if scope == "openings":
        return _is_brought(path)
    if kind == "log":
        return scope == "ledger" and is_log_name(path.removeprefix(f"{LOG}/"))
    return kind != "consistency" or scope != "ledger"


def _is_brought(path: str) -> bool:
    return read_path(path).kind in _OPENINGS


def _digest(container: Container, path: str) -> bytes | None:
    """Return the SHA-256 of a file as it was read; None when it was refused, and told so."""
    if path in container.attachments:
        return container.attachments[path].sha256
    data = container.files.get(path)
    return None if data is None else sha256(data).digest()


def _take(container: Container, name: str, source: Source, kind: Kind, tally: Tally) -> None:
    """Read one file into the container, or say why not."""
    try:
        if kind == "attachment":
            container.attachments[name] = source.hash(name, _LARGEST[kind])
        else:
            container.files[name] = source.read(name, _LARGEST[kind])
    except Refused as refused:
        tally.add(refused.code, refused.sentence, name)
    except OSError:
        tally.add("V1.unreadable", "A file cannot be read.", name)
