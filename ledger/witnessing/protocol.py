"""What is said to a witness, and what its answer means.

A witness remembers how large the log was when it last cosigned. It is told that size, the proof
that the log only grew since, and the checkpoint; its answer is a line for the checkpoint, the size
that it remembers, or a refusal. A refusal after a right size contradicts the log: the witness holds
another history under this log's own signature, or says that it does.

Reads and writes nothing. Cites: C2SP tlog-witness "add-checkpoint", tlog-cosignature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ledger.evidence.checkpoint import Checkpoint, VerifiedCheckpoint, verify_witnesses
from ledger.evidence.grammar import Malformed, parse_decimal, to_base64
from ledger.evidence.note import NoteSignature, SignedNote, VKey
from ledger.verify.crypto import check_ed25519, check_mldsa44

__all__ = ["Answer", "Verdict", "Word", "judge", "request"]

MOST_HASHES = 63
SIZE_TYPE = "text/x.tlog.size"

Word = Literal["cosigned", "elsewhere", "ahead", "contradicts", "not-for-us", "unusable", "silent"]
"""`elsewhere`: it remembers another size of ours, from which it wants a proof. `ahead`: a size that
this log does not have. `not-for-us`: it does not know this log or its key. `unusable`: no answer
that the protocol has. `silent`: none at all.
"""
SPEAKS_AGAINST: frozenset[Word] = frozenset({"ahead", "contradicts"})
"""What is kept as evidence."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: HTTP's status and content type, and the body as far as it was read."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means; with the witness's line, or the size that it remembers."""

    word: Word
    line: NoteSignature | None = None
    size: int | None = None


def request(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """Write the body of an add-checkpoint request.

    Raises: Malformed, where the proof is longer than the protocol has room for.
    """
    if len(proof) > MOST_HASHES:
        raise Malformed("a consistency proof is too long for a witness")
    lines = [f"old {old}\n", *(f"{to_base64(one)}\n" for one in proof), "\n"]
    return "".join(lines).encode() + note


def judge(answer: Answer, old: int, checkpoint: Checkpoint, note: bytes, vkey: VKey) -> Verdict:
    """Say what a witness's answer means, for a request from size `old` to this checkpoint. Total.

    Only a line that verifies under the witness's own key counts; all others are ignored.
    """
    match answer.status:
        case 200:
            line = _line(answer.body, checkpoint, note, vkey)
            return Verdict("unusable") if line is None else Verdict("cosigned", line)
        case 409:
            return _conflict(answer, old, checkpoint)
        case 422:
            return Verdict("contradicts")
        case 403 | 404:
            return Verdict("not-for-us")
        case _:
            return Verdict("unusable")


def _conflict(answer: Answer, old: int, checkpoint: Checkpoint) -> Verdict:
    try:
        if answer.content_type.partition(";")[0].strip().lower() != SIZE_TYPE:
            raise Malformed("a size of another type")
        text = answer.body.decode("ascii")
        size = parse_decimal(text.removesuffix("\n"))
    except (Malformed, UnicodeDecodeError):
        return Verdict("unusable")
    if size > checkpoint.size:
        return Verdict("ahead", size=size)
    # It was told the very size that it remembers: then it is the root that differs.
    return Verdict("contradicts" if size == old else "elsewhere", size=size)


def _line(body: bytes, checkpoint: Checkpoint, note: bytes, vkey: VKey) -> NoteSignature | None:
    try:
        both = SignedNote.parse(note + body)
        verified = VerifiedCheckpoint(checkpoint, None, both)
        if not verify_witnesses(verified, (vkey,), check_ed25519, check_mldsa44):
            return None
    except Malformed:
        return None
    named = ((one.name, one.key_id) for one in both.signatures)
    index = next(i for i, one in enumerate(named) if one == (vkey.name, vkey.key_id))
    return both.signatures[index]
