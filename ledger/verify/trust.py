"""The trust file: what the receiver already knows, from outside the pack.

Everything else is judged by it, so it is read strictly and refused as a whole: a verifier that
guessed at its own trust would prove nothing. A refusal is not a finding about the evidence; it
means that nothing could be checked (exit 2).

Sample: ``{"format":"disclosure-ledger/trust/v1","founded":"<64 hex>","log":["<vkey>","<vkey>"],
"now":null,"origin":"ledger.lonecone.example","pinned":null,"quorum":0,"receipt":["<vkey>"],
"retired":[{"size":4096,"vkey":"<vkey>"}],"tolerance":300,"tsa":[],"witness":[]}`` in one line,
keys sorted, without white space.

Cites: FORMAT §5 "Trust".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from ledger.evidence import jcs
from ledger.evidence.checkpoint import (
    Checkpoint,
    Retired,
    VerifiedCheckpoint,
    verify_checkpoint,
)
from ledger.evidence.fields import exact_object, integer, items, read, read_hex, text
from ledger.evidence.grammar import Malformed, check_origin, parse_instant
from ledger.evidence.jcs import Json
from ledger.evidence.note import COSIGNATURE_ED25519, ED25519, MLDSA44, VKey
from ledger.verify.crypto import check_ed25519, check_mldsa44

__all__ = ["FORMAT", "Trust", "load"]

FORMAT: Final = "disclosure-ledger/trust/v1"
_KEYS: Final = frozenset(
    {
        "format", "origin", "founded", "log", "receipt", "retired", "witness", "quorum", "tsa",
        "pinned", "now", "tolerance",
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
    """The keys that sign now."""
    receipt: tuple[VKey, ...]
    """All keys that ever signed receipts and extents."""
    retired: tuple[Retired, ...]
    """Keys of the log that vouch for checkpoints up to a size, and for nothing else."""
    witness: tuple[VKey, ...]
    quorum: int
    tsa: tuple[str, ...]
    pinned: tuple[Checkpoint, ...]
    """What the receiver has kept: of the file, verified under `log` and `retired`; and brought."""
    now: datetime | None
    tolerance: timedelta

    def pinning(self, data: bytes) -> Trust:
        """Pin one more: a checkpoint with the log's signatures, or a card from somebody's paper.

        A card is unsigned; who brings it trusts the paper that it stands on.

        Raises: Malformed, with a sentence for who brought it.
        """
        is_card = b"\n" not in data.removesuffix(b"\n")
        kept = Checkpoint.from_card(data) if is_card else self.verify_checkpoint(data).checkpoint
        if kept.origin != self.origin:
            raise Malformed("it is of another ledger")
        return replace(self, pinned=(*self.pinned, kept))

    def verify_checkpoint(self, data: bytes) -> VerifiedCheckpoint:
        """Verify a checkpoint of the log: the pack's own, or one that was kept.

        Raises: Malformed.
        """
        return _verify_checkpoint(data, self.log, self.retired)


def load(data: bytes) -> Trust:
    """Read a trust file.

    Raises: Malformed, with a sentence for the person who wrote the file.
    """
    got = exact_object(jcs.load(data), _KEYS, "trust")
    if got["format"] != FORMAT:
        raise Malformed("trust.format is not one that this version knows")
    origin = read(got["origin"], "trust.origin", check_origin)
    log = _signers(got, "log", origin, {ED25519, MLDSA44})
    retired = _retired(got, origin, log)
    witness = _vkeys(_items(got, "witness"), "witness", {COSIGNATURE_ED25519, MLDSA44})
    if any(one.name == origin for one in witness):
        raise Malformed("trust.witness holds a key of the log's own name")
    quorum = integer(got["quorum"], "trust.quorum")
    if quorum > len({one.name for one in witness}):
        raise Malformed("trust.quorum is more than there are witnesses")
    tolerance = integer(got["tolerance"], "trust.tolerance")
    if tolerance > _LONGEST_TOLERANCE:
        raise Malformed("trust.tolerance is longer than a week")
    pinned = _optional(got, "pinned", lambda found: _pinned(found, log, retired))
    return Trust(
        origin=origin,
        founded=read_hex(got["founded"], "trust.founded", 32),
        log=log,
        receipt=_signers(got, "receipt", f"{origin}/receipt", {ED25519}),
        retired=retired,
        witness=witness,
        quorum=quorum,
        tsa=tuple(text(one, "trust.tsa") for one in _items(got, "tsa")),
        pinned=() if pinned is None else (pinned.checkpoint,),
        now=_optional(got, "now", parse_instant),
        tolerance=timedelta(seconds=tolerance),
    )


def _signers(got: Mapping[str, Json], key: str, name: str, types: set[int]) -> tuple[VKey, ...]:
    """Read the keys of one name that sign now; one of them is Ed25519."""
    vkeys = _vkeys(_items(got, key), key, types, name)
    if not any(one.key_type == ED25519 for one in vkeys):
        raise Malformed(f"trust.{key} holds no Ed25519 key")
    return vkeys


def _vkeys(
    found: tuple[Json, ...], key: str, types: set[int], name: str | None = None
) -> tuple[VKey, ...]:
    """Read keys of these types, each once, all of one name if one is given."""
    vkeys = tuple(read(one, f"trust.{key}", VKey.load) for one in found)
    if any(name not in (None, one.name) or one.key_type not in types for one in vkeys):
        raise Malformed(f"trust.{key} holds a key of another name or type")
    if len({(one.name, one.key_id) for one in vkeys}) != len(vkeys):
        raise Malformed(f"trust.{key} holds a key twice")
    return vkeys


def _retired(got: Mapping[str, Json], origin: str, log: tuple[VKey, ...]) -> tuple[Retired, ...]:
    listed = [
        exact_object(one, {"size", "vkey"}, "trust.retired") for one in _items(got, "retired")
    ]
    sizes = [integer(one["size"], "trust.retired.size") for one in listed]
    found = tuple(one["vkey"] for one in listed)
    vkeys = _vkeys(found, "retired", {ED25519, MLDSA44}, origin)
    if {one.key_id for one in vkeys} & {one.key_id for one in log}:
        raise Malformed("trust.retired holds a key that trust.log holds too")
    return tuple(Retired(vkey, size) for vkey, size in zip(vkeys, sizes, strict=True))


def _pinned(found: str, log: tuple[VKey, ...], retired: tuple[Retired, ...]) -> VerifiedCheckpoint:
    return _verify_checkpoint(found.encode("utf-8"), log, retired)


def _verify_checkpoint(
    data: bytes, log: tuple[VKey, ...], retired: tuple[Retired, ...]
) -> VerifiedCheckpoint:
    return verify_checkpoint(data, log, check_ed25519, check_mldsa44, retired=retired)


def _items(got: Mapping[str, Json], key: str) -> tuple[Json, ...]:
    return items(got[key], f"trust.{key}")


def _optional(got: Mapping[str, Json], key: str, parse: Callable[[str], T]) -> T | None:
    return None if got[key] is None else read(got[key], f"trust.{key}", parse)
