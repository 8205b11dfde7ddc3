"""Checkpoints: the signed size and root of the log.

A checkpoint's text is three lines and no more. The log signs it twice: Ed25519 over the text, and
ML-DSA-44 over a message that also binds the time and the signer's name. The text is read only
after the Ed25519 signature verified; the second signature needs what was read.

Sample:

    ledger.lonecone.example
    4096
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

Whoever signs, serves or verifies a log imports this module.
Cites: FORMAT §4 "Checkpoint"; C2SP tlog-checkpoint, tlog-cosignature.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from ledger.evidence.grammar import (
    MAX_INTEGER,
    Malformed,
    check_origin,
    parse_base64,
    parse_decimal,
    to_base64,
    u64be,
)
from ledger.evidence.merkle import EMPTY_ROOT
from ledger.evidence.note import (
    COSIGNATURE_ED25519,
    ED25519,
    MLDSA44,
    CheckSignature,
    SignedNote,
    Unverified,
    VKey,
    verify,
)

__all__ = [
    "CheckMessage",
    "Checkpoint",
    "Cosignature",
    "Retired",
    "VerifiedCheckpoint",
    "cosignature_message",
    "pack_timestamped",
    "stamped_bytes",
    "subtree_message",
    "unpack_timestamped",
    "verify_checkpoint",
    "verify_witnesses",
]

CheckMessage: TypeAlias = Callable[[bytes, bytes, bytes], bool]
"""Tells whether (public key, message, signature) fit."""

_TIME_BYTES = 8
_ED25519_BYTES = 64
_MLDSA44_BYTES = 2420
_LAST_TIME = 253_402_300_799
"""The last second of the year 9999, in Unix time."""


@dataclass(frozen=True)
class Checkpoint:
    """The size and root of the log of one origin."""

    origin: str
    size: int
    root: bytes

    def dump(self) -> str:
        """Write the text that is signed.

        Raises: Malformed.
        """
        _check(self)
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"

    def card(self) -> str:
        """Write the one line that people keep on paper: the three lines of the text in one.

        Raises: Malformed.
        Cites: FORMAT §5 "Cards".
        """
        return self.dump()[:-1].replace("\n", " ")

    @classmethod
    def from_card(cls, data: bytes) -> Checkpoint:
        """Read a card, with or without a newline; nobody has signed it.

        Raises: Malformed.
        """
        try:
            line = data.decode("ascii").removesuffix("\n")
        except UnicodeDecodeError:
            raise Malformed("a card is not ASCII") from None
        if line.count(" ") != 2:
            raise Malformed("a card is not an origin, a size and a root in one line")
        return cls.load(line.replace(" ", "\n") + "\n")

    @classmethod
    def load(cls, text: str) -> Checkpoint:
        """Read a text whose Ed25519 signature is verified; extension lines are refused.

        Raises: Malformed.
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise Malformed("a checkpoint is not exactly three lines")
        checkpoint = cls(lines[0], parse_decimal(lines[1]), parse_base64(lines[2], 32))
        _check(checkpoint)
        return checkpoint


@dataclass(frozen=True)
class Retired:
    """A key of the log that vouches for checkpoints up to a size, and for nothing else."""

    vkey: VKey
    size: int


@dataclass(frozen=True)
class VerifiedCheckpoint:
    """A checkpoint whose signatures by the log have all verified."""

    checkpoint: Checkpoint
    time: datetime | None
    """When the log signed, by its ML-DSA-44 line; None where no such key was asked for."""
    note: SignedNote
    """The note as it was read, for witnesses and time stamps."""


@dataclass(frozen=True)
class Cosignature:
    """A witness's signature that has verified."""

    vkey: VKey
    time: datetime


def subtree_message(
    origin: str, time: int, size: int, root: bytes, *, cosigner: str | None = None
) -> bytes:
    """Return what an ML-DSA-44 line signs; the cosigner is the log itself unless named.

    `time` is Unix time. The signature's context is empty.

    Raises: Malformed.
    Cites: C2SP tlog-cosignature, "ML-DSA-44 signed message".
    """
    if len(root) != 32:
        raise Malformed("a root is not 32 bytes")
    # The tree from its start: a checkpoint has no other subtrees.
    start, end = u64be(0), u64be(size)
    name = _vector(origin if cosigner is None else cosigner)
    return b"subtree/v1\n\x00" + name + u64be(time) + _vector(origin) + start + end + root


def cosignature_message(time: int, text: str) -> bytes:
    """Return what a witness's Ed25519 line signs over a checkpoint's text.

    Cites: C2SP tlog-cosignature, "Ed25519 signed message".
    """
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def pack_timestamped(time: int, signature: bytes) -> bytes:
    """Join a Unix time and a signature as cosignature lines carry them.

    Raises: Malformed when the time is 0 or after the year 9999.
    """
    _check_time(time)
    return u64be(time) + signature


def unpack_timestamped(blob: bytes) -> tuple[int, bytes]:
    """Return the Unix time and the signature of a cosignature line.

    Raises: Malformed when the time is 0 or after the year 9999, or nothing follows it.
    """
    if len(blob) <= _TIME_BYTES:
        raise Malformed("a cosignature is shorter than its time")
    time = int.from_bytes(blob[:_TIME_BYTES], "big")
    _check_time(time)
    return time, blob[_TIME_BYTES:]


def verify_checkpoint(
    data: bytes,
    vkeys: Sequence[VKey],
    check_ed25519: CheckMessage,
    check_mldsa44: CheckMessage,
    *,
    retired: Sequence[Retired] = (),
) -> VerifiedCheckpoint:
    """Verify a checkpoint under the log's keys and only then read it.

    Of every type among the keys that count one must have signed, and no line of such a key may
    fail. `vkeys` always count and one of them must be Ed25519; a retired key counts for a
    checkpoint up to its size, and is a stranger's for every other.

    Raises: Unverified when a signature is wrong or missing; Malformed.
    """
    if any(vkey.key_type not in (ED25519, MLDSA44) for vkey in vkeys):
        raise Malformed("a log key has the type of a witness key")
    note = SignedNote.parse(data)
    # 1. An Ed25519 line, over the text as it stands, by a key that was the log's at some time.
    ever, fits = [*vkeys, *(one.vkey for one in retired)], _plain(check_ed25519)
    if not any(_has_signed(note, vkey, fits) for vkey in ever):
        raise Unverified("a checkpoint lacks the log's Ed25519 signature")
    # 2. What it says, now that somebody who was trusted has said it; and whose word counts for it.
    checkpoint = Checkpoint.load(note.text)
    if any(vkey.name != checkpoint.origin for vkey in ever):
        raise Malformed("a checkpoint is of another origin than the log's keys")
    count = [*vkeys, *(one.vkey for one in retired if checkpoint.size <= one.size)]
    # 3. All lines of those; the ML-DSA-44 lines are over a message made from it, all at one time.
    found = _signed(note, checkpoint, count, fits, check_mldsa44)
    types = {vkey.key_type for vkey, _ in found}
    if ED25519 not in types:
        raise Unverified("a checkpoint lacks the log's Ed25519 signature")
    if MLDSA44 not in types and any(vkey.key_type == MLDSA44 for vkey in count):
        raise Unverified("a checkpoint lacks the log's ML-DSA-44 signature")
    times = {time for _, time in found if time}
    if len(times) > 1:
        raise Malformed("a checkpoint's ML-DSA-44 lines by the log name different times")
    # 4. The order of the lines, on which time stamps rely.
    _check_order(note, checkpoint.origin, [vkey for vkey, _ in found])
    return VerifiedCheckpoint(checkpoint, _instant(times.pop()) if times else None, note)


def verify_witnesses(
    verified: VerifiedCheckpoint,
    vkeys: Sequence[VKey],
    check_ed25519: CheckMessage,
    check_mldsa44: CheckMessage,
) -> tuple[Cosignature, ...]:
    """Return the cosignatures of those among the trusted witnesses that have signed.

    How many are needed is the caller's question (V3).

    Raises: Unverified when a known witness's line fails; Malformed.
    """
    if any(vkey.key_type == ED25519 for vkey in vkeys):
        raise Malformed("a witness key has the type of a log key")
    fits = _plain(check_ed25519)
    found = _signed(verified.note, verified.checkpoint, vkeys, fits, check_mldsa44)
    return tuple(Cosignature(vkey, _instant(time)) for vkey, time in found)


def stamped_bytes(note: SignedNote, origin: str) -> bytes:
    """Return what a time stamp covers: the note as the log alone signed it.

    Raises: Malformed when the log has not signed, or not in the first place.
    Cites: FORMAT §4 "Time stamp".
    """
    own = tuple(line for line in note.signatures if line.name == origin)
    if not own or note.signatures[: len(own)] != own:
        raise Malformed("a checkpoint does not begin with the lines of its log")
    return SignedNote(note.text, own).dump()


def _check(checkpoint: Checkpoint) -> None:
    check_origin(checkpoint.origin)
    if not 0 <= checkpoint.size <= MAX_INTEGER or len(checkpoint.root) != 32:
        raise Malformed("a checkpoint's size or root is out of range")
    if (checkpoint.size == 0) != (checkpoint.root == EMPTY_ROOT):
        raise Malformed("a checkpoint has the empty root exactly at size 0")


def _check_time(time: int) -> None:
    if not 0 < time <= _LAST_TIME:
        raise Malformed("a cosignature's time is 0 or after the year 9999")


def _vector(text: str) -> bytes:
    """Join the length of a text, in one byte, and the text."""
    data = text.encode("utf-8")
    if not 1 <= len(data) <= 255:
        raise Malformed("a cosigner or origin is not of 1 to 255 bytes")
    return bytes([len(data)]) + data


def _has_signed(note: SignedNote, vkey: VKey, fits: CheckSignature) -> bool:
    """Tell whether a note has an Ed25519 line by this key that fits."""
    message = note.text.encode("utf-8")
    return vkey.key_type == ED25519 and any(
        (line.name, line.key_id) == (vkey.name, vkey.key_id) and fits(vkey, message, line.signature)
        for line in note.signatures
    )


def _plain(check: CheckMessage) -> CheckSignature:
    """Check Ed25519 signatures, each once, however often it is asked for."""
    known: dict[tuple[bytes, bytes, bytes], bool] = {}

    def fits(vkey: VKey, message: bytes, signature: bytes) -> bool:
        asked = vkey.public, message, signature
        if asked not in known:
            known[asked] = len(signature) == _ED25519_BYTES and check(*asked)
        return known[asked]

    return fits


def _signed(
    note: SignedNote,
    checkpoint: Checkpoint,
    vkeys: Sequence[VKey],
    fits: CheckSignature,
    check_mldsa44: CheckMessage,
) -> list[tuple[VKey, int]]:
    """Verify the lines of these keys, each over its own message; return keys, and the times that
    the lines carry, in Unix time (0 where they carry none).
    """
    times: list[int] = []

    def check(vkey: VKey, text: bytes, blob: bytes) -> bool:
        time, signature = (0, blob) if vkey.key_type == ED25519 else unpack_timestamped(blob)
        times.append(time)
        if vkey.key_type == ED25519:
            return fits(vkey, text, signature)
        if vkey.key_type == COSIGNATURE_ED25519:
            return fits(vkey, cosignature_message(time, note.text), signature)
        message = subtree_message(
            checkpoint.origin, time, checkpoint.size, checkpoint.root, cosigner=vkey.name
        )
        is_whole = len(signature) == _MLDSA44_BYTES
        return is_whole and check_mldsa44(vkey.public, message, signature)

    return list(zip(verify(note, vkeys, check, need_all=False), times, strict=True))


def _instant(time: int) -> datetime:
    return datetime.fromtimestamp(time, UTC)


def _check_order(note: SignedNote, origin: str, known: Sequence[VKey]) -> None:
    """Refuse a checkpoint whose log lines are not first, lines of one type together, ascending."""
    own = [line.name == origin for line in note.signatures]
    if own != sorted(own, reverse=True):
        raise Malformed("a checkpoint has a witness line before a line of the log")
    types = {(vkey.name, vkey.key_id): vkey.key_type for vkey in known}
    named = ((line.name, line.key_id) for line in note.signatures)
    order = [types[one] for one in named if one in types]
    if order != sorted(order):
        raise Malformed("a checkpoint's log lines do not stand in the order of their types")
