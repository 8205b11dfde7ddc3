"""The log's own keys as verifiers see them: which vkeys sign now, which vouch for the past.

Here the program asks what it signed itself. A stranger's trust is another question, and is answered
from a trust file (`ledger.verify`). The two differ after a theft: what the stolen key signed last
is still the state from which this log goes on, and vouches for nothing outside.

`ledger.home` and what stands on it import this. Cites: FORMAT §4 "Notes", §5 "Trust".
"""

from __future__ import annotations

from collections.abc import Sequence

from keys.log import LogKeys, PublicLogKeys, verifies
from keys.succession import LogKeySet
from ledger.evidence.checkpoint import (
    CheckMessage,
    Checkpoint,
    Retired,
    stamped_bytes,
    verify_checkpoint,
)
from ledger.evidence.grammar import Malformed
from ledger.evidence.jcs import Json
from ledger.evidence.note import (
    ED25519,
    MLDSA44,
    SignedNote,
    Unverified,
    VKey,
    signature_line,
    verify,
)

__all__ = [
    "all_vkeys",
    "checkpoint_vkeys",
    "own_checkpoint",
    "own_lines",
    "own_text",
    "receipt_note",
    "receipt_vkey",
    "schedule_note",
    "trust_lists",
]


def checkpoint_vkeys(origin: str, keys: PublicLogKeys) -> tuple[VKey, VKey]:
    """Return the two keys that verify checkpoints: Ed25519 and ML-DSA-44."""
    return (
        VKey(origin, ED25519, keys.checkpoint_ed25519),
        VKey(origin, MLDSA44, keys.checkpoint_mldsa44),
    )


def receipt_vkey(origin: str, keys: PublicLogKeys) -> VKey:
    """Return the key that verifies receipts and extents."""
    return VKey(f"{origin}/receipt", ED25519, keys.receipt_ed25519)


def all_vkeys(origin: str, everybody: Sequence[PublicLogKeys]) -> bytes:
    """Write the log's list of keys: one vkey a line, oldest first."""
    lines = [
        vkey.dump()
        for keys in everybody
        for vkey in (*checkpoint_vkeys(origin, keys), receipt_vkey(origin, keys))
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def own_checkpoint(
    origin: str, keys: LogKeySet, data: bytes, check_mldsa44: CheckMessage | None = None
) -> Checkpoint:
    """Read a checkpoint that this log signed, now or earlier.

    Without `check_mldsa44` the Ed25519 lines alone are asked, which is enough for a file of ours.

    Raises:
        Malformed: it is none.
    """
    types = (ED25519,) if check_mldsa44 is None else (ED25519, MLDSA44)
    current = _of_types(checkpoint_vkeys(origin, keys.current.public), types)
    former = [
        Retired(vkey, one.signed)
        for one in keys.former
        for vkey in _of_types(checkpoint_vkeys(origin, one.keys), types)
    ]
    timed = check_mldsa44 or (lambda *_: False)
    return verify_checkpoint(data, current, verifies, timed, retired=former).checkpoint


def own_lines(origin: str, note: bytes) -> bytes:
    """A checkpoint as the log signed it, without what witnesses have added since.

    Raises:
        Malformed: it is no note that a log of this name signed.
    """
    return stamped_bytes(SignedNote.parse(note), origin)


def own_text(origin: str, keys: LogKeySet, data: bytes) -> str:
    """Read a note other than a checkpoint that this log signed with one of its Ed25519 keys.

    Raises:
        Malformed: it is none.
    """
    note = SignedNote.parse(data)
    vkeys = [checkpoint_vkeys(origin, one)[0] for one in keys.ever]
    if not verify(note, vkeys, lambda vkey, *rest: verifies(vkey.public, *rest), need_all=False):
        raise Unverified("a note lacks the log's signature")
    return note.text


def schedule_note(origin: str, keys: LogKeySet, text: str) -> bytes:
    """Sign a schedule with everybody who signs now."""
    lines = [
        signature_line(checkpoint_vkeys(origin, one.public)[0], one.checkpoint_ed25519.sign(data))
        for data in [text.encode()]
        for one in _signing(keys)
    ]
    return SignedNote(text, tuple(lines)).dump()


def receipt_note(origin: str, keys: LogKeySet, text: str) -> bytes:
    """Sign an extent with everybody who signs now, so that trust files of before still do."""
    lines = [
        signature_line(receipt_vkey(origin, one.public), one.receipt_ed25519.sign(data))
        for data in [text.encode()]
        for one in _signing(keys)
    ]
    return SignedNote(text, tuple(lines)).dump()


def trust_lists(origin: str, keys: LogKeySet, signed: int) -> dict[str, Json]:
    """Return what a trust file says of the log's keys when the log is signed up to `signed`.

    The keys that follow count from their first checkpoint on, because before it there is nothing
    that they vouch for.

    Raises:
        Malformed: keys were changed, and no key of before is known.
    """
    past = [(one.keys, one.vouches) for one in keys.former]
    now = keys.current.public
    if signed < keys.begins:
        if not past:
            raise Malformed("a log's keys begin later than its log, and follow no others")
        now, _ = past.pop()
    return {
        "log": [vkey.dump() for vkey in checkpoint_vkeys(origin, now)],
        "receipt": [receipt_vkey(origin, one).dump() for one in keys.ever],
        "retired": [
            {"size": size, "vkey": vkey.dump()}
            for one, size in past
            for vkey in checkpoint_vkeys(origin, one)
        ],
    }


def _signing(keys: LogKeySet) -> tuple[LogKeys, ...]:
    return (keys.current,) if keys.previous is None else (keys.current, keys.previous)


def _of_types(vkeys: Sequence[VKey], types: tuple[int, ...]) -> list[VKey]:
    return [vkey for vkey in vkeys if vkey.key_type in types]
