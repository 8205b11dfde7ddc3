"""The checkpoint signer: two signatures, and a memory of what it signed last.

It refuses whatever is not a proven extension of the last thing it signed, so that not even a
mistake of the sequencer can make the log speak with two tongues. The note is kept in the state
before it is given out: after a crash the same note is published, and no checkpoint is ever signed
twice (FORMAT §4). One process signs at a time: the caller holds the sequencer's lock.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from keys.files import write_private
from keys.log import LogKeys
from ledger.errors import EvidenceCorrupt, Unavailable
from ledger.evidence.checkpoint import Checkpoint, pack_timestamped, subtree_message
from ledger.evidence.grammar import Malformed
from ledger.evidence.merkle import EMPTY_ROOT, verify_consistency
from ledger.evidence.note import SignedNote, signature_line
from ledger.home import log_vkeys

_LOST = (
    "The checkpoint signer has lost its memory. Signing stops until a person accepts a"
    " checkpoint that somebody outside holds."
)


@dataclass(frozen=True, slots=True)
class SignerState:
    """The last size and root signed, and the note itself (empty before the first)."""

    size: int
    root: bytes
    note: bytes


class CheckpointSigner:
    """Signs checkpoints of one log. Its state file belongs to it alone."""

    def __init__(self, path: Path, origin: str, keys: LogKeys) -> None:
        self._path = path
        self._origin = origin
        self._keys = keys

    def begin(self) -> None:
        """Write the state of a signer that has signed nothing yet.

        Raises:
            Unavailable: there is a state already, which nothing may undo, or it cannot be written.
        """
        self._save(SignerState(0, EMPTY_ROOT, b""), replace=False)

    @property
    def state(self) -> SignerState:
        """What was signed last.

        Raises:
            Unavailable: the state is lost; a person must accept a checkpoint that others hold.
        """
        try:
            raw = json.loads(self._path.read_text())
            state = SignerState(int(raw["size"]), bytes.fromhex(raw["root"]), raw["note"].encode())
            if state != self._said_by(state.note):
                raise ValueError("the note says something else")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unavailable(_LOST) from error
        return state

    def sign(self, size: int, root: bytes, consistency: Sequence[bytes], at: datetime) -> bytes:
        """Sign the checkpoint of a log that has grown, and give the note.

        Raises:
            EvidenceCorrupt: it is not a proven extension of what was signed before.
            Unavailable: what was signed cannot be remembered now; nothing is given out.
        """
        last = self.state
        if size <= last.size:
            raise EvidenceCorrupt("The signer was asked for a checkpoint that is no extension.")
        if not verify_consistency(last.size, last.root, size, root, consistency):
            raise EvidenceCorrupt("The signer was asked to sign another history of the log.")
        note = self._note(Checkpoint(self._origin, size, root), int(at.timestamp()))
        self._save(SignerState(size, root, note), replace=True)
        return note

    def _said_by(self, note: bytes) -> SignerState:
        if not note:
            return SignerState(0, EMPTY_ROOT, b"")
        checkpoint = Checkpoint.load(SignedNote.parse(note).text)
        if checkpoint.origin != self._origin:
            raise Malformed("a note of another log")
        return SignerState(checkpoint.size, checkpoint.root, note)

    def _note(self, checkpoint: Checkpoint, time: int) -> bytes:
        text = checkpoint.dump()
        ed25519, mldsa44 = log_vkeys(self._origin, self._keys)
        message = subtree_message(self._origin, time, checkpoint.size, checkpoint.root)
        timed = pack_timestamped(time, self._keys.checkpoint_mldsa44.sign(message))
        plain = self._keys.checkpoint_ed25519.sign(text.encode())
        lines = (signature_line(ed25519, plain), signature_line(mldsa44, timed))
        return SignedNote(text, lines).dump()

    def _save(self, state: SignerState, *, replace: bool) -> None:
        data = {"size": state.size, "root": state.root.hex(), "note": state.note.decode()}
        try:
            write_private(self._path, json.dumps(data).encode(), replace=replace)
        except OSError as error:
            raise Unavailable("The checkpoint signer cannot keep its memory now.") from error
