"""V1: the files of a pack or log, bounded, and equal to the manifest.

A pack comes from somebody who may want to deceive or to harm, and it may be large. So every name is
checked against the format before its file is opened, every size against a bound before it is read
(`sources.py`), and nothing is held that can be read when it is needed: records and openings are
compared with the manifest where they are proven (`leaves.py`), tiles where the tree is (`tree.py`),
and what only has a digest is hashed and let go. Each file is compared once, whoever reads it.

Cites: FORMAT §5, §6 V1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from ledger.evidence.grammar import Malformed
from ledger.evidence.pack import CHECKPOINT, LOG, MANIFEST, SCHEDULE, Kind, Scope, read_path
from ledger.verify.listing import Listing, scan
from ledger.verify.report import Tally
from ledger.verify.sources import Attachment, Refused, Source, printable

__all__ = ["LARGEST", "Container", "is_log_name", "open_log", "open_openings", "open_pack"]

_KIB: Final = 1024
_MIB: Final = 1024 * _KIB
LARGEST: Final[Mapping[Kind, int]] = {
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
_HELD: Final[frozenset[Kind]] = frozenset(
    {"checkpoint", "time-stamp", "schedule", "consistency", "extent"}
)
"""Small files that checks read by name; all others are read where they are needed, or hashed."""
_MOST_FILES_IN_PART: Final = 65_535
_MOST_FILES: Final = 5_000_000
_LOG_NAME: Final = re.compile(
    r"checkpoint|schedule|keys|checkpoints/(?:0|[1-9][0-9]{0,15})(?:\.tsr)?"
    r"|tile/(?:entries|[0-9]{1,2})/(?:x[0-9]{3}/)*[0-9]{3}(?:\.p/[1-9][0-9]{0,2})?"
)


@dataclass(slots=True)
class Container:
    """A pack, or a log without a pack around it, as far as it was read."""

    source: Source
    tally: Tally
    listing: Listing | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    """The files that are held, by path."""
    hashed: dict[str, Attachment] = field(default_factory=dict)
    """What is known of those that were hashed and let go."""
    unread: dict[str, Kind] = field(default_factory=dict)
    """The files of the log that are there and that nobody has read yet."""

    @property
    def scope(self) -> Scope | None:
        """What the pack is about; None for a published log without a pack around it."""
        return None if self.listing is None else self.listing.manifest.scope

    @property
    def is_whole(self) -> bool:
        """Tell whether all entries of the log are here."""
        return self.scope in (None, "ledger")

    @property
    def log_prefix(self) -> str:
        """What stands before the names of the log's files here: `log/`, or nothing."""
        return "" if self.listing is None else f"{LOG}/"

    def log_names(self) -> list[str]:
        """Return the names, in the log, of its files that nobody has read yet; sorted."""
        prefix = self.log_prefix
        return sorted(path[len(prefix) :] for path in self.unread if path.startswith(prefix))

    def log_file(self, name: str) -> bytes | None:
        """Read a file of the log by its name in it, once; None when there is none to read."""
        path = f"{self.log_prefix}{name}"
        if path in self.files:
            return self.files[path]
        return self._read(path, self.unread.pop(path)) if path in self.unread else None

    def read_rest(self) -> None:
        """Compare the files of the log that no check has asked for."""
        for path in sorted(self.unread):
            self._read(path, self.unread[path])
        self.unread.clear()

    def take(self, path: str, kind: Kind) -> None:
        """Read, hash or note a file that is there, as its kind asks."""
        if kind == "log" and path not in (CHECKPOINT, SCHEDULE):
            self.unread[path] = kind
        elif kind in _HELD or kind == "log":
            data = self._read(path, kind)
            if data is not None:
                self.files[path] = data
        else:
            self._hash(path, kind)

    def differs(self, path: str) -> None:
        """Say that a file is not the one that was listed."""
        self.tally.add("V1.differs", "A file differs from what the manifest says.", path)

    def _read(self, path: str, kind: Kind) -> bytes | None:
        """Read a file and compare it with the manifest; None when it may not be read."""
        try:
            data = self.source.read(path, LARGEST[kind])
        except Refused as refused:
            self.tally.add(refused.code, refused.sentence, path)
        except OSError:
            self.tally.add("V1.unreadable", "A file cannot be read.", path)
        else:
            if self.listing is not None and self._listed(path) != sha256(data).digest():
                self.differs(path)
            return data
        return None

    def _hash(self, path: str, kind: Kind) -> None:
        try:
            found = self.source.hash(path, LARGEST[kind])
        except Refused as refused:
            self.tally.add(refused.code, refused.sentence, path)
        except OSError:
            self.tally.add("V1.unreadable", "A file cannot be read.", path)
        else:
            self.hashed[path] = found
            if self._listed(path) != found.sha256:
                self.differs(path)

    def _listed(self, path: str) -> bytes | None:
        return None if self.listing is None else self.listing.manifest.files[path]


def is_log_name(name: str) -> bool:
    """Tell whether a log directory has a file of this name. Pure."""
    return _LOG_NAME.fullmatch(name) is not None


def open_log(source: Source, tally: Tally) -> Container:
    """Open a published log; files that are no part of a log are left alone.

    Raises: OSError when a directory cannot be listed: then nothing could be checked.
    """
    container = Container(source, tally)
    for names in container.source.names(tally):
        for name in filter(is_log_name, names):
            container.take(name, "log")
    for name in (CHECKPOINT, SCHEDULE):
        if name not in container.files:
            tally.add("V1.missing", "A file that every published log has is missing.", name)
    return container


def open_pack(source: Source, tally: Tally, *, is_zip: bool = False) -> Container | None:
    """Open a pack; None when its manifest says nothing usable.

    Raises: OSError when a directory cannot be listed: then nothing could be checked.
    """
    listing = _listing(source, tally)
    if listing is None:
        return None
    if listing.manifest.scope == "openings":
        tally.add("V1.not-for-scope", "Openings go beside a pack and are none.", MANIFEST)
        return None
    if listing.manifest.scope == "ledger" and is_zip:
        tally.add("V1.zip", "Only a part of a ledger can be packed as a zip.", ".")
        return None
    container = Container(source, tally, listing)
    _fill(container, listing)
    for path in (CHECKPOINT, SCHEDULE):
        if path not in listing.manifest.files:
            tally.add("V1.missing", "A file that every pack has is missing.", path)
    return container


def open_openings(pack: Container, source: Source, tally: Tally) -> Container | None:
    """Open what the receiver brings to a pack of scope ledger; None when it is not usable.

    Law files and attachments are taken into the pack; records and openings stay beside it.

    Raises: OSError when a directory cannot be listed: then nothing could be checked.
    """
    listing = _listing(source, tally)
    if listing is None or pack.listing is None:
        return None
    if listing.manifest.scope != "openings":
        tally.add("V1.not-for-scope", "What was brought as openings is a pack.", MANIFEST)
        return None
    held = pack.listing.manifest
    if listing.manifest.origin != held.origin:
        tally.add("V1.origin", "The openings are of another ledger than the pack.", MANIFEST)
        return None
    brought = Container(source, tally, listing)
    _fill(brought, listing)
    both = [
        path
        for path, digest in listing.manifest.files.items()
        if path in held.files and (read_path(path).kind != "law" or held.files[path] != digest)
    ]
    for path in (*both, *pack.listing.leaves.both(listing.leaves)):
        tally.add("V1.in-both", "A file is both in the pack and in the openings.", path)
    fit = {path: found for path, found in brought.hashed.items() if _is_for(path, "openings")}
    pack.hashed = fit | pack.hashed
    return brought


def _listing(source: Source, tally: Tally) -> Listing | None:
    try:
        with source.open(MANIFEST, LARGEST["manifest"]) as file:
            return scan(file)
    except FileNotFoundError:
        tally.add("V1.manifest-missing", "There is no manifest.", MANIFEST)
    except OSError:
        tally.add("V1.unreadable", "The manifest cannot be read.", MANIFEST)
    except Refused as refused:
        tally.add(refused.code, refused.sentence, MANIFEST)
    except Malformed as exc:
        tally.add("V1.manifest-malformed", f"The manifest is refused: {exc}.", MANIFEST)
    return None


def _fill(container: Container, listing: Listing) -> None:
    """Read what the manifest lists, and say what differs from it."""
    present: set[str] = set()
    for name in _other_names(container, listing):
        if name in listing.manifest.files:
            present.add(name)
            container.take(name, read_path(name).kind)
        elif name != MANIFEST:
            sentence = "A file is in the pack but not in its manifest."
            container.tally.add("V1.unlisted", sentence, printable(name))
    scope = listing.manifest.scope
    for path in listing.manifest.files:
        if not _is_for(path, scope):
            sentence = "A file does not belong in a pack of this scope."
            container.tally.add("V1.not-for-scope", sentence, path)
    absent = (path for path in listing.manifest.files if path not in present)
    for path in (*absent, *listing.leaves.missing()):
        container.tally.add("V1.missing", "A file that the manifest lists is missing.", path)


def _other_names(container: Container, listing: Listing) -> Iterator[str]:
    """Mark the leaves that are there and name all other files, up to as many as a pack may have."""
    is_part = listing.manifest.scope in ("event", "case")
    most = _MOST_FILES_IN_PART if is_part else _MOST_FILES
    count = 0
    for names in container.source.names(container.tally):
        # One more than there may be is looked at as well.
        yield from listing.leaves.see_all(names[: most + 1 - count])
        count += len(names)
        if count > most:
            sentence = "The pack holds more files than a pack may."
            container.tally.add("V1.too-many-files", sentence, ".")
            return


def _is_for(path: str, scope: Scope) -> bool:
    """Tell whether a file has its place in a container of this scope. Pure."""
    kind = read_path(path).kind
    if scope == "openings":
        return kind in _OPENINGS
    if kind == "log":
        return scope == "ledger" and is_log_name(path.removeprefix(f"{LOG}/"))
    return kind != "consistency" or scope != "ledger"
