"""The checkpoint signer: two signatures per key set, and a memory of what it signed last.

It refuses whatever is not a proven extension of the last thing it signed, so that not even a
mistake of the sequencer can make the log speak with two tongues. The note is kept in the state
before it is given out: after a crash the same note is published, and no checkpoint is ever signed
twice (FORMAT §4). One process signs at a time: the caller holds the sequencer's lock.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from keys.files import is_open_to_others, write_private
from keys.log import LogKeys
from ledger.errors import EvidenceCorrupt, Unavailable
from ledger.evidence.checkpoint import Checkpoint, pack_timestamped, subtree_message
from ledger.evidence.grammar import Malformed
from ledger.evidence.merkle import EMPTY_ROOT, verify_consistency
from ledger.evidence.note import SignedNote, signature_line
from ledger.logkeys import checkpoint_vkeys

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

    def __init__(
        self, path: Path, origin: str, keys: LogKeys, previous: LogKeys | None = None
    ) -> None:
        """`previous` signs beside `keys`, during a roll-over."""
        self._path = path
        self._origin = origin
        self._signing = (keys,) if previous is None else (keys, previous)

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
            Unavailable: the state is lost; a person must accept a checkpoint that others hold. Or
                others may read and change it.
        """
        try:
            if is_open_to_others(self._path):
                raise Unavailable(f"Others may read the file. Run: chmod 600 {self._path}")
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

    def accept(self, note: bytes, root_at: Callable[[int], bytes | None]) -> SignerState:
        """Take up a checkpoint whose signatures the caller has verified; gives what counts now.

        `root_at` gives the root of our log at a size, None beyond its end. A memory that reaches
        further is kept: what was signed is never signed again.

        Raises:
            EvidenceCorrupt: the checkpoint, or the memory, is no prefix of our log.
            Unavailable: our log is shorter than the checkpoint, or the memory cannot be written.
        """
        brought = self._said_by(note)
        try:
            last = self.state
        except Unavailable:
            last = SignerState(0, EMPTY_ROOT, b"")
        for one in (brought, last):
            root = root_at(one.size)
            if root is None:
                raise Unavailable("This log is shorter than that. Restore the newer logbook first.")
            if root != one.root:
                raise EvidenceCorrupt("A signed checkpoint is not of this log's history.")
        if brought.size <= last.size:
            return last
        self._save(brought, replace=True)
        return brought

    def _said_by(self, note: bytes) -> SignerState:
        if not note:
            return SignerState(0, EMPTY_ROOT, b"")
        checkpoint = Checkpoint.load(SignedNote.parse(note).text)
        if checkpoint.origin != self._origin:
            raise Malformed("a note of another log")
        return SignerState(checkpoint.size, checkpoint.root, note)

    def _note(self, checkpoint: Checkpoint, time: int) -> bytes:
        """Make the note: lines of one type together, all with the same time (FORMAT §4)."""
        text = checkpoint.dump()
        message = subtree_message(self._origin, time, checkpoint.size, checkpoint.root)
        plain, timed = [], []
        for keys in self._signing:
            ed25519, mldsa44 = checkpoint_vkeys(self._origin, keys.public)
            plain.append(signature_line(ed25519, keys.checkpoint_ed25519.sign(text.encode())))
            blob = pack_timestamped(time, keys.checkpoint_mldsa44.sign(message))
            timed.append(signature_line(mldsa44, blob))
        return SignedNote(text, (*plain, *timed)).dump()

    def _save(self, state: SignerState, *, replace: bool) -> None:
        data = {"size": state.size, "root": state.root.hex(), "note": state.note.decode()}
        try:
            write_private(self._path, json.dumps(data).encode(), replace=replace)
        except OSError as error:
            raise Unavailable("The checkpoint signer cannot keep its memory now.") from error
