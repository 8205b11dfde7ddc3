"""Commit to a record without showing it, and to personal fields one by one.

A commitment hides everything about a record, and has one opening. Two secrets of 32 random bytes
per stream stand behind it: the core secret blinds commitments, the personal secret salts the
digests of personal fields, so that destroying one erases a person and leaves every proof intact.
A cover is a commitment to nothing, made so that nobody can tell it from a real one.

Whoever seals, sequences or verifies imports this module. Cites: FORMAT §3; RFC 5869 §2.3.
"""

from __future__ import annotations

import hashlib
import hmac

from ledger.evidence.grammar import Malformed, u64be

__all__ = [
    "COVER_E",
    "COVER_STREAM",
    "blind",
    "commit",
    "cover",
    "cover_blind",
    "label",
    "personal_digest",
    "salt",
]

_COMMITMENT = b"disclosure-ledger/v1/commitment\x00"
"""L("commitment"), made once: a large log holds millions of these."""
COVER_STREAM = bytes(16)
"""The stream of every cover; no record has it."""
COVER_E = bytes(32)
"""The envelope digest of every cover."""


def label(x: str) -> bytes:
    """Return L(x), which keeps hashes of different purposes apart.

    Sample: ``label("blind") == b"disclosure-ledger/v1/blind\\x00"``
    """
    return b"disclosure-ledger/v1/" + x.encode("ascii") + b"\x00"


def blind(core: bytes, stream: bytes, seq: int) -> bytes:
    """Derive the blind of a record from its stream's core secret.

    Raises: Malformed when a length is wrong.
    Cites: FORMAT §3.1.
    """
    return _expand(core, label("blind") + _sized(stream, 16, "a stream") + u64be(seq))


def commit(blind: bytes, stream: bytes, seq: int, e: bytes) -> bytes:
    """Return the commitment to the record whose envelope has digest `e`: an entry of the log.

    Raises: Malformed when a length is wrong.
    Cites: FORMAT §3.2.
    """
    if len(blind) != 32 or len(stream) != 16 or len(e) != 32:
        # Joined parts have no lengths between them: a wrong length would make two meanings collide.
        raise Malformed("a blind, a stream or an envelope digest is not 32, 16 and 32 bytes")
    return hashlib.sha256(_COMMITMENT + blind + stream + u64be(seq) + e).digest()


def salt(personal_secret: bytes, stream: bytes, seq: int, field: str) -> bytes:
    """Derive the salt of one personal field from its stream's personal secret.

    Raises: Malformed when a length is wrong or the field's name is not ASCII.
    Cites: FORMAT §3.3.
    """
    if not field.isascii():
        raise Malformed("a personal field's name is not ASCII")
    place = _sized(stream, 16, "a stream") + u64be(seq)
    return _expand(personal_secret, label("personal") + place + field.encode("ascii"))


def personal_digest(salt: bytes, value: bytes) -> bytes:
    """Return the digest that stands in a record for a personal field; `value` is its JSON.

    Raises: Malformed when the salt's length is wrong.
    Cites: FORMAT §3.3.
    """
    inner = hashlib.sha256(value).digest()
    return hashlib.sha256(label("personal-digest") + _sized(salt, 32, "a salt") + inner).digest()


def cover_blind(seed: bytes, tick: int, k: int) -> bytes:
    """Derive the blind of cover `k` (from 0) of a tick from that tick's seed.

    Raises: Malformed when a length is wrong.
    Cites: FORMAT §3.4.
    """
    return _expand(seed, label("cover") + u64be(tick) + u64be(k))


def cover(blind: bytes, k: int) -> bytes:
    """Return cover `k` of a tick: an entry of the log that stands for no record.

    Raises: Malformed when a length is wrong.
    Cites: FORMAT §3.4.
    """
    return commit(blind, COVER_STREAM, k, COVER_E)


def _expand(secret: bytes, info: bytes) -> bytes:
    """HKDF-Expand with SHA-256 to 32 bytes, which is its first block."""
    return hmac.digest(_sized(secret, 32, "a secret"), info + b"\x01", "sha256")


def _sized(data: bytes, length: int, what: str) -> bytes:
    # Joined parts have no lengths between them: a wrong length would make two meanings collide.
    if len(data) != length:
        raise Malformed(f"{what} is not {length} bytes")
    return data
