"""A checkpoint that somebody outside has kept, brought back: what the log may go on from.

It is asked for when the signer has lost its memory, and when the log is frozen because its keys may
be in other hands. It counts when our own keys signed it and it is a prefix of our logbook; a newer
memory of ours is never given up for it. One that our keys signed and our logbook contradicts is
evidence of a theft or of a forged log: both sides are kept, and nothing is signed from then on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ledger.errors import BadRequest, EvidenceCorrupt, Unavailable
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.grammar import Malformed
from ledger.home import OpenHome
from ledger.logkeys import own_checkpoint, own_lines
from ledger.register.locks import exclusive
from ledger.sequencer.checkpoints import CheckpointSigner, SignerState
from ledger.sequencer.freeze import freeze, frozen, keep_accepted
from ledger.sequencer.succession import keep_evidence
from ledger.sequencer.ticks import LOCK, SIGNER
from ledger.verify.crypto import check_mldsa44


@dataclass(frozen=True, slots=True)
class Accepted:
    """The checkpoint that was brought, what the signer goes on from, and whether that is news."""

    brought: Checkpoint
    goes_on_from: int
    for_new_keys: bool


def accept(home: OpenHome, note: bytes, now: datetime) -> Accepted:
    """Accept a checkpoint from outside.

    Raises:
        BadRequest: this log's keys did not sign it.
        EvidenceCorrupt: it contradicts the logbook; both are kept, and the log is frozen.
        Unavailable: our logbook is shorter than that; or a file cannot be written.
    """
    with exclusive(home.path / LOCK, "publishing the log"):
        try:
            brought = own_checkpoint(home.origin, home.log_key_set, note, check_mldsa44)
            own = own_lines(home.origin, note)
        except Malformed as error:
            raise BadRequest(
                "This is not a checkpoint that this log's keys have signed. Bring the file"
                " `checkpoint` of a copy of the published log, as it was."
            ) from error
        _check_prefix(home, brought, note, now)
        state = _take_up(home, own)
        standing = frozen(home)
        if standing is not None:
            keep_accepted(home, standing, own)
        return Accepted(brought, state.size, standing is not None)


def _check_prefix(home: OpenHome, brought: Checkpoint, note: bytes, now: datetime) -> None:
    root = home.logbook.root_at(brought.size)
    if root == brought.root:
        return
    folder = keep_evidence(home, f"contradiction-{brought.size}", _both_sides(home, note))
    if root is None:
        raise Unavailable(
            "This log is shorter than the checkpoint. If it was restored from a backup, restore the"
            " newer logbook first; if it was not, freeze the log and call counsel. The checkpoint"
            f" is kept in {folder.name}."
        )
    freeze(home, "a checkpoint under this log's own keys shows another history", now)
    raise EvidenceCorrupt(
        "This log's own keys have signed another history than the one here. The log is frozen, and"
        f" both are kept in {folder.name}. Call counsel."
    )


def _both_sides(home: OpenHome, note: bytes) -> dict[str, bytes]:
    sides = {"brought": note}
    newest = home.log_directory / "checkpoint"
    if newest.exists():
        sides["ours"] = newest.read_bytes()
    return sides


def _take_up(home: OpenHome, own: bytes) -> SignerState:
    """Let the signer remember what was brought, and what was published since."""
    keys = home.log_key_set
    signer = CheckpointSigner(home.path / SIGNER, home.origin, keys.current, keys.previous)
    state = signer.accept(own, home.logbook.root_at)
    newest = home.log_directory / "checkpoint"
    try:
        published = home.newest_checkpoint()
    except EvidenceCorrupt:
        # What is published there was not signed here; the next tick writes it anew.
        return state
    if published is None or published.size <= state.size:
        return state
    known = own_lines(home.origin, newest.read_bytes())
    return signer.accept(known, home.logbook.root_at)
