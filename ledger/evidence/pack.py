"""The evidence pack: the names of its files, its proofs and its manifest (openings: `opening.py`).

A pack is a directory that a stranger can check offline. This file knows the spelling of its parts
and nothing of their truth: all that is read here is untrusted input, strictly parsed, and judged by
`ledger.verify`. The exporter writes with `dump_…` and the verifier reads with `load_…`; both apply
the same rules, so that nothing is exported that could not be read back. Kept here: one spelling for
everything, unknown keys refused, and a file's place in the pack following from its name alone.

Exporter and verifier import this module. Cites: FORMAT §5.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final, Literal, get_args

from ledger.evidence import jcs
from ledger.evidence.archive import write_zip
from ledger.evidence.fields import exact_object, items, read, read_hex, text
from ledger.evidence.grammar import (
    Malformed,
    check_origin,
    parse_base64,
    parse_decimal,
    parse_hex,
    parse_position,
    to_base64,
)
from ledger.evidence.jcs import Json
from ledger.evidence.opening import (
    CoverOpening,
    Document,
    ErasedOpening,
    Opening,
    RecordOpening,
    Revealed,
    document_of,
    dump_opening,
    load_opening,
    parse_stream,
)

__all__ = [
    "CHECKPOINT", "FORMAT", "LOG", "MANIFEST", "README", "SCHEDULE", "TIME_STAMP",
    "CoverOpening", "Document", "ErasedOpening", "Kind", "Manifest", "Opening", "PackPath",
    "RecordOpening", "Revealed", "Scope",
    "attachment_path", "consistency_path", "document_of", "dump_consistency", "dump_manifest",
    "dump_opening", "extent_path", "law_path", "load_consistency", "load_manifest",
    "load_opening", "manifest_of", "opening_path", "parse_stream", "read_path", "record_path",
    "write_zip",
]  # fmt: skip

FORMAT: Final = "disclosure-ledger/pack/v1"
MANIFEST: Final = "manifest.json"
CHECKPOINT: Final = "checkpoint"
TIME_STAMP: Final = "checkpoint.tsr"
SCHEDULE: Final = "schedule"
README: Final = "README.txt"
LOG: Final = "log"

Scope = Literal["event", "case", "ledger", "openings"]
"""What a container is about; `openings` go beside a pack of scope ledger."""
Kind = Literal[
    "manifest", "checkpoint", "time-stamp", "schedule", "readme", "log", "record", "opening",
    "consistency", "extent", "law", "attachment", "derived",
]  # fmt: skip

_PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9._-]{1,128}(?:/[A-Za-z0-9._-]{1,128}){0,7}")
_MAX_PROOF: Final = 64
_FIXED: Final[Mapping[str, Kind]] = {
    MANIFEST: "manifest",
    CHECKPOINT: "checkpoint",
    TIME_STAMP: "time-stamp",
    SCHEDULE: "schedule",
    README: "readme",
}


def record_path(index: int) -> str:
    """Name the file of the envelope whose commitment is leaf `index`."""
    return f"records/{index}.dsse.json"


def opening_path(index: int) -> str:
    """Name the file of the opening of leaf `index`."""
    return f"openings/{index}.json"


def consistency_path(size: int) -> str:
    """Name the file of the proof from tree size `size` to the pack's checkpoint."""
    return f"consistency/{size}"


def extent_path(stream: bytes) -> str:
    """Name the file of a stream's signed extent."""
    return f"extents/{stream.hex()}"


def law_path(digest: bytes) -> str:
    """Name the file of the resolved law pack with this SHA-256."""
    return f"law/{digest.hex()}.json"


def attachment_path(digest: bytes) -> str:
    """Name the file of a document with this SHA-256."""
    return f"attachments/{digest.hex()}"


@dataclass(frozen=True, slots=True)
class PackPath:
    """What a path in a pack stands for.

    `number` is the leaf index of a record or opening and the tree size of a proof; `digest` is the
    stream of an extent and the SHA-256 of a law file or attachment; `rest` is the path below
    `log/` or `derived/`. Each is empty where the kind has none.
    """

    kind: Kind
    number: int = 0
    digest: bytes = b""
    rest: str = ""


_Reader = Callable[[str], PackPath]
# Directory, what every name in it ends with, and how the part between is read.
_DIRECTORIES: Final[tuple[tuple[str, str, _Reader], ...]] = (
    ("records/", ".dsse.json", lambda name: PackPath("record", number=parse_decimal(name))),
    ("openings/", ".json", lambda name: PackPath("opening", number=parse_decimal(name))),
    ("consistency/", "", lambda name: PackPath("consistency", number=parse_decimal(name))),
    ("extents/", "", lambda name: PackPath("extent", digest=parse_stream(name))),
    ("law/", ".json", lambda name: PackPath("law", digest=parse_hex(name, 32))),
    ("attachments/", "", lambda name: PackPath("attachment", digest=parse_hex(name, 32))),
    ("derived/", "", lambda name: PackPath("derived", rest=name)),
    ("log/", "", lambda name: PackPath("log", rest=name)),
)


@lru_cache(maxsize=65_536)
def read_path(path: str) -> PackPath:
    """Say what a path stands for. Pure; remembered, because every check asks.

    Raises: Malformed when no file of that name belongs in a pack.
    """
    if _PLAIN_PATH.fullmatch(path) is None or {".", ".."} & set(path.split("/")):
        raise Malformed("a path in the pack is not a plain relative path of ASCII names")
    if path in _FIXED:
        return PackPath(_FIXED[path])
    for directory, ending, reader in _DIRECTORIES:
        if path.startswith(directory) and path.endswith(ending):
            return reader(path[len(directory) : len(path) - len(ending)])
    raise Malformed("a path in the pack names no kind of file that belongs there")


def dump_consistency(path: tuple[bytes, ...]) -> bytes:
    """Write a consistency proof: one base64 hash a line."""
    return b"".join(to_base64(step).encode("ascii") + b"\n" for step in path)


def load_consistency(data: bytes) -> tuple[bytes, ...]:
    """Read an untrusted consistency proof of 1 to 64 hashes.

    Raises: Malformed.
    """
    lines = data.split(b"\n", _MAX_PROOF)
    if lines.pop() != b"" or not lines:
        raise Malformed("a consistency proof is not 1 to 64 lines, each ended")
    if not data.isascii():
        raise Malformed("a consistency proof holds a byte that is not ASCII")
    return tuple(parse_base64(line.decode("ascii"), 32) for line in lines)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a pack says that it holds.

    Sample: ``{"files":[{"path":"README.txt","sha256":"<64 hex>"}],"format":"disclosure-ledger/…",
    "origin":"ledger.lonecone.example","scope":"case","subject":["<32 hex>"]}``

    `subject` is ascending without repetition: `stream:seq` for scope event, streams in hex for
    scope case, empty for ledger and openings. `files` maps each path but the manifest's own to the
    SHA-256 (32 bytes) of its bytes, ascending by path.
    """

    origin: str
    scope: Scope
    subject: tuple[str, ...]
    files: Mapping[str, bytes]

    @property
    def streams(self) -> tuple[bytes, ...]:
        """The streams that the pack is about, in order; none for ledger and openings."""
        return tuple(sorted({parse_stream(one.partition(":")[0]) for one in self.subject}))

    @property
    def records(self) -> tuple[tuple[bytes, int], ...]:
        """The records (stream, seq) that a pack of scope event is about; else none."""
        return tuple(parse_position(one) for one in self.subject if ":" in one)


def manifest_of(
    origin: str, scope: Scope, subject: tuple[str, ...], files: Mapping[str, bytes]
) -> Manifest:
    """Describe the given files (path to content) in the order that the format wants."""
    digests = {path: sha256(files[path]).digest() for path in sorted(files)}
    return Manifest(origin, scope, tuple(sorted(set(subject))), digests)


def dump_manifest(manifest: Manifest) -> bytes:
    """Write a manifest in its one spelling.

    Raises: Malformed when it breaks a rule that ``load_manifest`` keeps.
    """
    listed: tuple[Json, ...] = tuple(
        {"path": path, "sha256": digest.hex()} for path, digest in manifest.files.items()
    )
    value: Json = {
        "format": FORMAT,
        "origin": manifest.origin,
        "scope": manifest.scope,
        "subject": manifest.subject,
        "files": listed,
    }
    _manifest(value)
    return jcs.dump(value)


def load_manifest(data: bytes) -> Manifest:
    """Read an untrusted manifest.

    Raises: Malformed.
    """
    return _manifest(jcs.load(data))


def _manifest(value: Json) -> Manifest:
    keys = {"format", "origin", "scope", "subject", "files"}
    members = exact_object(value, keys, "manifest")
    if members["format"] != FORMAT:
        raise Malformed("manifest.format is not one that this version knows")
    origin = read(members["origin"], "manifest.origin", check_origin)
    scope = next((name for name in get_args(Scope) if name == members["scope"]), None)
    if scope is None:
        raise Malformed("manifest.scope is none of event, case, ledger and openings")
    subject = _subject(scope, members["subject"])
    return Manifest(origin, scope, subject, _files(members["files"]))


def _subject(scope: Scope, value: Json) -> tuple[str, ...]:
    subject = tuple(text(one, "manifest.subject") for one in items(value, "manifest.subject"))
    if bool(subject) == (scope in ("ledger", "openings")):
        raise Malformed("manifest.subject does not suit the scope")
    if list(subject) != sorted(set(subject)):
        raise Malformed("manifest.subject is not ascending without repetition")
    for one in subject:
        if scope == "event":
            parse_position(one)
        else:
            parse_stream(one)
    return subject


def _files(value: Json) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    last = ""
    for item in items(value, "manifest.files"):
        entry = exact_object(item, {"path", "sha256"}, "manifest.files")
        path = text(entry["path"], "manifest.files.path")
        if read_path(path).kind == "manifest":
            raise Malformed("manifest.files lists the manifest itself")
        if path <= last:
            raise Malformed("manifest.files is not ascending by path, each once")
        files[path] = read_hex(entry["sha256"], "manifest.files.sha256", 32)
        last = path
    return files
