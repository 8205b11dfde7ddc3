"""Covers: what fills a tick, and who can later show that it was no more than that.

The seed of a tick's covers is drawn when the tick is built, sealed to the attesters and forgotten;
nothing on disk ever holds it in clear. Ticks that are caught up at once share what is sealed: the
first one's seed, from which theirs are derived (ADR 0021). Cites: FORMAT §3.4, DESIGN §4.5.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence

from keys.aead import Entropy
from keys.errors import KeysError, NotInAudience
from keys.keyring import Keyring, PublicKeys
from keys.recovery import RecoveryKey
from keys.secrets import open_slots, seal_slots
from ledger.errors import BadRequest, EvidenceCorrupt
from ledger.evidence.commitment import cover, cover_blind, label
from ledger.evidence.grammar import u64be

COVER_CONTEXT = b"cover-seed\0"
SEED_BYTES = 32
_REFERENCE_BYTES = 8


def covers(seed: bytes, tick: int, many: int) -> Iterator[bytes]:
    """Give the first covers of a tick: those that fill it up."""
    return (cover(cover_blind(seed, tick, k), k) for k in range(many))


def seed_of(drawn: bytes, first: int, tick: int) -> bytes:
    """The seed of a tick, by the seed that was drawn for the first of those built with it. Pure."""
    if tick == first:
        return drawn
    return hmac.digest(drawn, label("cover-seed") + u64be(tick), "sha256")


def refer_to(first: int) -> bytes:
    """What the logbook keeps in the place of a sealed seed: the tick from whose seed it follows."""
    return u64be(first)


def first_of(kept: bytes, tick: int) -> int:
    """The tick whose sealed seed opens this one's, by what the logbook keeps for it."""
    return int.from_bytes(kept, "big") if len(kept) == _REFERENCE_BYTES else tick


def seal_seed(
    seed: bytes,
    tick: int,
    people: Sequence[PublicKeys],
    recovery: RecoveryKey | None,
    *,
    entropy: Entropy,
) -> bytes:
    """Seal a tick's seed to the attesters, and to recovery where there is one.

    Raises:
        BadRequest: there is nobody, or there are more than seven.
    """
    try:
        return seal_slots(seed, people, _context(tick), recovery=recovery, entropy=entropy)
    except KeysError as error:
        raise BadRequest("Covers are sealed to one to seven enrolled people.") from error


def open_seed(sealed: bytes, tick: int, keyring: Keyring) -> bytes | None:
    """Open a tick's seed; None for somebody to whom it was not sealed, or when it is lost.

    A tick that a restore took over from the published log has no seed any more: it is empty.

    Raises:
        EvidenceCorrupt: what is kept is no sealed seed.
    """
    if not sealed:
        return None
    try:
        return open_slots(sealed, keyring, _context(tick))
    except NotInAudience:
        return None
    except KeysError as error:
        raise EvidenceCorrupt("A sealed cover seed was altered. Restore the logbook.") from error


def _context(tick: int) -> bytes:
    return COVER_CONTEXT + tick.to_bytes(8, "big")
