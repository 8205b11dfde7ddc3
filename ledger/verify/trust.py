"""The trust file: what the receiver already knows, from outside the pack.

Everything else is judged by it, so it is read strictly and refused as a whole: a verifier that
guessed at its own trust would prove nothing. A refusal is not a finding about the evidence; it
means that nothing could be checked (exit 2).

Sample: ``{"format":"disclosure-ledger/trust/v1","founded":"<64 hex>","log":["<vkey>","<vkey>"],
"now":null,"origin":"ledger.lonecone.example","pinned":null,"quorum":0,"receipt":["<vkey>"],
"tolerance":300,"tsa":[],"witness":[]}`` in one line, keys sorted, without white space.

Cites: FORMAT §5 "Trust".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from ledger.evidence import jcs
from ledger.evidence.checkpoint import VerifiedCheckpoint, verify_checkpoint
from ledger.evidence.fields import exact_object, integer, items, read, read_hex, text
from ledger.evidence.grammar import Malformed, check_origin, parse_instant
from ledger.evidence.jcs import Json
from ledger.evidence.note import ED25519, MLDSA44, VKey
from ledger.verify.crypto import check_ed25519, check_mldsa44

__all__ = ["FORMAT", "Trust", "load"]

FORMAT: Final = "disclosure-ledger/trust/v1"
_KEYS: Final = frozenset(
    {
        "format", "origin", "founded", "log", "receipt", "witness", "quorum", "tsa", "pinned",
        "now", "tolerance",
    }
)  # fmt: skip
_LONGEST_TOLERANCE: Final = 7 * 86_400
"""Seconds; with a longer one the checks of time would say nothing."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trust:
    """What the receiver holds to be true."""

    origin: str
    founded: bytes
    """E of the founding record: the ledger's fingerprint."""
    log: tuple[VKey, ...]
    receipt: tuple[VKey, ...]
    witness: tuple[VKey, ...]
    quorum: int
    tsa: tuple[str, ...]
    pinned: VerifiedCheckpoint | None
    """A checkpoint that the receiver has kept, verified under `log`."""
    now: datetime | None
    tolerance: timedelta


def load(data: bytes) -> Trust:
    """Read a trust file.

    Raises: Malformed, with a sentence for the person who wrote the file.
    """
    got = exact_object(jcs.load(data), _KEYS, "trust")
    if got["format"] != FORMAT:
        raise Malformed("trust.format is not one that this version knows")
    origin = read(got["origin"], "trust.origin", check_origin)
    log = _vkeys(got, "log", origin, {ED25519, MLDSA44})
    witness = tuple(read(one, "trust.witness", VKey.load) for one in _items(got, "witness"))
    quorum = integer(got["quorum"], "trust.quorum")
    if quorum > len({one.name for one in witness}):
        raise Malformed("trust.quorum is more than there are witnesses")
    tolerance = integer(got["tolerance"], "trust.tolerance")
    if tolerance > _LONGEST_TOLERANCE:
        raise Malformed("trust.tolerance is longer than a week")
    return Trust(
        origin=origin,
        founded=read_hex(got["founded"], "trust.founded", 32),
        log=log,
        receipt=_vkeys(got, "receipt", f"{origin}/receipt", {ED25519}),
        witness=witness,
        quorum=quorum,
        tsa=tuple(text(one, "trust.tsa") for one in _items(got, "tsa")),
        pinned=_optional(got, "pinned", lambda found: _pinned(found, log)),
        now=_optional(got, "now", parse_instant),
        tolerance=timedelta(seconds=tolerance),
    )


def _vkeys(got: Mapping[str, Json], key: str, name: str, types: set[int]) -> tuple[VKey, ...]:
    """Read keys that all have this name and one of these types; one of them is Ed25519."""
    vkeys = tuple(read(one, f"trust.{key}", VKey.load) for one in _items(got, key))
    if any(one.name != name or one.key_type not in types for one in vkeys):
        raise Malformed(f"trust.{key} holds a key of another name or type")
    if len({(one.name, one.key_id) for one in vkeys}) != len(vkeys):
        raise Malformed(f"trust.{key} holds a key twice")
    if not any(one.key_type == ED25519 for one in vkeys):
        raise Malformed(f"trust.{key} holds no Ed25519 key")
    return vkeys


def _pinned(found: str, log: tuple[VKey, ...]) -> VerifiedCheckpoint:
    return verify_checkpoint(found.encode("utf-8"), log, check_ed25519, check_mldsa44)


def _items(got: Mapping[str, Json], key: str) -> tuple[Json, ...]:
    return items(got[key], f"trust.{key}")


def _optional(got: Mapping[str, Json], key: str, parse: Callable[[str], T]) -> T | None:
    return None if got[key] is None else read(got[key], f"trust.{key}", parse)
