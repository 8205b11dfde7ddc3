"""The trust file: what the receiver brings from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cryptography import x509

from . import jcs
from .checkpoint import Checkpoint, open_checkpoint
from .grammar import Bad, instant, is_count, is_hex64, is_origin
from .note import COSIGNATURE, ED25519, MLDSA44, VKey, parse_vkey

_KEYS = {
    "format",
    "origin",
    "founded",
    "log",
    "receipt",
    "retired",
    "witness",
    "quorum",
    "tsa",
    "pinned",
    "now",
    "tolerance",
}
MOST_TOLERANCE = 604_800


@dataclass(frozen=True)
class Trust:
    """A trust file that is usable."""

    origin: str
    founded: str
    log: list[VKey]
    receipt: list[VKey]
    retired: list[tuple[int, VKey]]
    witness: list[VKey]
    quorum: int
    tsa: list[str]
    pinned: Checkpoint | None
    now: int | None
    tolerance: int


def _vkeys(value: Any, name: str | None, kinds: set[int]) -> list[VKey]:
    """Read a list of keys of one name and some kinds."""
    if not isinstance(value, list):
        raise Bad("no list of keys")
    keys = [parse_vkey(item) for item in value]
    for key in keys:
        if key.kind not in kinds or (name is not None and key.name != name):
            raise Bad("a key of another name or kind")
    if len({(k.name, k.key_id) for k in keys}) != len(keys):
        raise Bad("a key twice")
    return keys


def parse_trust(raw: bytes) -> Trust:
    """Read a trust file. What of it is not usable makes the whole unusable."""
    value = jcs.exact(jcs.decode(raw), _KEYS)
    origin = value["origin"]
    if value["format"] != "disclosure-ledger/trust/v1" or not is_origin(origin):
        raise Bad("no trust file")
    if not is_hex64(value["founded"]):
        raise Bad("founded")
    log = _vkeys(value["log"], origin, {ED25519, MLDSA44})
    receipt = _vkeys(value["receipt"], f"{origin}/receipt", {ED25519})
    if not receipt or not any(key.kind == ED25519 for key in log):
        raise Bad("a list without Ed25519 key")
    if not isinstance(value["retired"], list):
        raise Bad("retired")
    sizes = []
    for item in value["retired"]:
        jcs.exact(item, {"size", "vkey"})
        if not is_count(item["size"]):
            raise Bad("retired")
        sizes.append(item["size"])
    old = _vkeys([item["vkey"] for item in value["retired"]], origin, {ED25519, MLDSA44})
    if {key.key_id for key in old} & {key.key_id for key in log}:
        raise Bad("a key is both retired and not")
    retired = list(zip(sizes, old, strict=True))
    witness = _vkeys(value["witness"], None, {COSIGNATURE, MLDSA44})
    if any(key.name == origin for key in witness):
        raise Bad("a witness of the log's own name")
    quorum = value["quorum"]
    if not is_count(quorum) or quorum > len({key.name for key in witness}):
        raise Bad("quorum")
    if not isinstance(value["tsa"], list):
        raise Bad("tsa")
    for pem in value["tsa"]:
        if not isinstance(pem, str):
            raise Bad("tsa")
        try:
            x509.load_pem_x509_certificate(pem.encode("utf-8"))
        except Exception as exc:  # the parser has many ways to refuse
            raise Bad("tsa") from exc
    tolerance = value["tolerance"]
    if not is_count(tolerance) or tolerance > MOST_TOLERANCE:
        raise Bad("tolerance")
    now = None if value["now"] is None else instant(value["now"])
    pinned = None
    if value["pinned"] is not None:
        if not isinstance(value["pinned"], str):
            raise Bad("pinned")
        pinned = open_checkpoint(value["pinned"].encode("utf-8"), origin, log, retired)
    return Trust(
        origin,
        value["founded"],
        log,
        receipt,
        retired,
        witness,
        quorum,
        value["tsa"],
        pinned,
        now,
        tolerance,
    )
