"""Commitments and openings: what ties an entry of the log to what is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import jcs
from .crypto import sha256
from .grammar import ZERO32, ZERO64, Bad, is_count, is_hex64, is_stream, position, unbase64


def label(name: str) -> bytes:
    """Return the label that keeps one hash apart from the others."""
    return b"disclosure-ledger/v1/" + name.encode("ascii") + b"\x00"


def u64(number: int) -> bytes:
    """Return 8 bytes, big endian."""
    return number.to_bytes(8, "big")


def commitment(blind: str, stream: str, seq: int, e: str) -> bytes:
    """Compute the entry of a record, a cover or a tombstone."""
    return sha256(
        label("commitment"), bytes.fromhex(blind), bytes.fromhex(stream), u64(seq), bytes.fromhex(e)
    )


def cover_commitment(blind: str, k: int) -> bytes:
    """Compute the entry of cover k."""
    return commitment(blind, ZERO32, k, ZERO64)


def personal_digest(salt: str, value: Any) -> str:
    """Compute the digest of a personal value."""
    inner = sha256(jcs.encode(value))
    return sha256(label("personal-digest"), bytes.fromhex(salt), inner).hex()


@dataclass(frozen=True)
class Opening:
    """A parsed opening. `kind` is record, cover or tombstone."""

    kind: str
    data: dict[str, Any]
    path: list[bytes] | None = None


def parse_opening(raw: bytes) -> Opening:
    """Read an opening of any of the three kinds."""
    value = jcs.decode(raw)
    if not isinstance(value, dict) or not is_hex64(value.get("blind")):
        raise Bad("no opening")
    if "cover" in value:
        jcs.exact(value, {"cover", "blind"})
        cover = jcs.exact(value["cover"], {"tick", "k"})
        if not is_count(cover["tick"], 1) or not is_count(cover["k"]):
            raise Bad("no cover")
        return Opening("cover", value)
    if "erased" in value:
        jcs.exact(value, {"erased", "blind", "stream", "seq", "e"})
        position(value["erased"])
        if not is_hex64(value["e"]):
            raise Bad("no tombstone")
        _place(value)
        return Opening("tombstone", value)
    jcs.exact(value, {"blind", "stream", "seq", "personal"}, frozenset({"path"}))
    _place(value)
    if not isinstance(value["personal"], dict):
        raise Bad("personal")
    for item in value["personal"].values():
        jcs.exact(item, {"salt", "value"})
        if not is_hex64(item["salt"]):
            raise Bad("salt")
    return Opening("record", value, _path(value))


def _place(value: dict[str, Any]) -> None:
    """Check stream and seq."""
    if not is_stream(value["stream"]) or not is_count(value["seq"], 1):
        raise Bad("place")


def _path(value: dict[str, Any]) -> list[bytes] | None:
    """Read the path, if there is one."""
    if "path" not in value:
        return None
    if not isinstance(value["path"], list) or len(value["path"]) > 64:
        raise Bad("path")
    return [unbase64(item, 32) for item in value["path"]]
