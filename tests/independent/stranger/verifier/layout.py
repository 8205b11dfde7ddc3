"""Which file may stand where, and how large it may be."""

from __future__ import annotations

import re

from .grammar import Bad, decimal
from .merkle import parse_tile_path

MIB = 1024 * 1024
MOST_FILES = 1_000_000
MOST_ZIP_FILES = 65_535
MOST_DEPTH = 10
PART = ("event", "case")
SCOPES = ("event", "case", "ledger")
_SEGMENT = re.compile(r"[ -.0-\[\]-~]{1,255}")
_LOG_DIRECTORY = re.compile(
    r"checkpoints|tile(/(entries|0|[1-9][0-9]?)(/x[0-9]{3})*"
    r"(/[0-9]{3}\.p)?)?"
)
_PATTERNS = {
    "record": re.compile(r"records/(0|[1-9][0-9]{0,15})\.dsse\.json"),
    "opening": re.compile(r"openings/(0|[1-9][0-9]{0,15})\.json"),
    "law": re.compile(r"law/([0-9a-f]{64})\.json"),
    "attachment": re.compile(r"attachments/([0-9a-f]{64})"),
    "extent": re.compile(r"extents/([0-9a-f]{32})"),
    "consistency": re.compile(r"consistency/([1-9][0-9]{0,15})"),
    "derived": re.compile(r"derived/.+"),
    "kept": re.compile(r"checkpoints/(0|[1-9][0-9]{0,15})"),
    "kept-stamp": re.compile(r"checkpoints/(0|[1-9][0-9]{0,15})\.tsr"),
}
_PLAIN = {
    "manifest.json": "manifest",
    "checkpoint": "checkpoint",
    "checkpoint.tsr": "stamp",
    "schedule": "schedule",
    "README.txt": "readme",
    "keys": "keys",
}
_LIMITS = {
    "manifest": 1024 * MIB,
    "attachment": 1024 * MIB,
    "derived": 64 * MIB,
    "law": 16 * MIB,
    "record": 4 * MIB,
    "opening": 4 * MIB,
    "schedule": 2 * MIB,
    "readme": MIB,
    "checkpoint": MIB // 2,
    "stamp": MIB // 2,
    "extent": MIB // 2,
    "kept": MIB // 2,
    "kept-stamp": MIB // 2,
    "consistency": 4096,
    "keys": 2 * MIB,
    "tile": 2 * MIB,
}
_LOG = {"checkpoint", "schedule", "keys", "tile", "kept", "kept-stamp"}
_COMMON = {
    "manifest",
    "checkpoint",
    "stamp",
    "schedule",
    "readme",
    "record",
    "opening",
    "extent",
    "law",
    "attachment",
    "derived",
}


def well_formed(path: str) -> bool:
    """Say whether a path is relative, ASCII, and without empty or dotted steps."""
    steps = path.split("/")
    return (
        len(path) <= 1024
        and len(steps) <= MOST_DEPTH
        and all(_SEGMENT.fullmatch(s) and s not in (".", "..") for s in steps)
    )


def _log_kind(path: str) -> str | None:
    """Return the kind of a file of a log directory."""
    if path.startswith("tile/"):
        try:
            parse_tile_path(path)
        except Bad:
            return None
        return "tile"
    for kind in ("kept", "kept-stamp"):
        if match := _PATTERNS[kind].fullmatch(path):
            return kind if _fits(match[1]) else None
    kind = _PLAIN.get(path, "")
    return kind if kind in _LOG else None


def _fits(text: str) -> bool:
    """Say whether a decimal is within bounds."""
    try:
        decimal(text)
    except Bad:
        return False
    return True


def kind_of(path: str, scope: str) -> str | None:
    """Return the kind of a file, or None where it has no place in this scope."""
    if scope == "log":
        return _log_kind(path)
    if path.startswith("log/"):
        return _log_kind(path[4:]) if scope == "ledger" else None
    kind = _PLAIN.get(path)
    if kind is None:
        for name, pattern in _PATTERNS.items():
            match = pattern.fullmatch(path)
            if match and (name not in ("record", "opening", "consistency") or _fits(match[1])):
                kind = name
                break
    if scope == "openings":
        return kind if kind in ("manifest", "record", "opening", "law", "attachment") else None
    if kind in _COMMON or (kind == "consistency" and scope in PART):
        return kind
    return None


def limit_of(path: str, scope: str) -> int:
    """Return how large a file may be. A file without a place may be as large as a derived one."""
    return _LIMITS.get(kind_of(path, scope) or "derived", 64 * MIB)


def may_be_directory(path: str, log: bool) -> bool:
    """Say whether a directory can be one of a pack, or of a published log."""
    if log or path.startswith("log/"):
        return bool(_LOG_DIRECTORY.fullmatch(path.removeprefix("log/")))
    top = path.split("/")[0]
    return (
        well_formed(path)
        and (path == top or top == "derived")
        and top
        in {"log", "records", "openings", "law", "attachments", "extents", "consistency", "derived"}
    )


def is_foreign(path: str) -> bool:
    """Say whether a name means nothing in a published log. Such files are left alone."""
    return _log_kind(path) is None and not may_be_directory(path, True)


def recognise(names: set[str]) -> str | None:
    """Say whether a directory with these names is a pack or a log, or neither."""
    if names & {"manifest.json", "records", "openings", "extents"}:
        return "pack"
    return "log" if names & {"checkpoint", "tile"} else None


def name_of(path: str) -> str:
    """Return the number or digest by which a file is named."""
    return path.rsplit("/", 1)[-1].split(".", 1)[0]
