"""Covers: what fills a tick, and who can later show that it was no more than that.

The seed of a tick's covers is drawn when the tick is built, sealed to the attesters and forgotten;
nothing on disk ever holds it in clear. Cites: FORMAT §3.4, DESIGN §4.5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keys.aead import Entropy
from keys.errors import KeysError, NotInAudience
from keys.keyring import Keyring, PublicKeys
from keys.recovery import RecoveryKey
from keys.secrets import open_slots, seal_slots
from ledger.errors import BadRequest, EvidenceCorrupt
from ledger.evidence.commitment import cover, cover_blind

COVER_CONTEXT = b"cover-seed\0"


def covers(seed: bytes, tick: int, many: int) -> Iterator[bytes]:
    """Give the first covers of a tick: those that fill it up."""
    return (cover(cover_blind(seed, tick, k), k) for k in range(many))


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
