"""The log's promises about itself: its notes (V2 to V4), its past (V5), its size in time (V6).

Size and root come from a verified checkpoint and from nowhere else; a note's text is read only
after its signature. The tree below the root is `tree.py`, single leaves are `leaves.py`.

Cites: FORMAT §4, §6 V2 to V6.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from ledger.evidence.checkpoint import (
    Checkpoint,
    VerifiedCheckpoint,
    stamped_bytes,
    verify_witnesses,
)
from ledger.evidence.grammar import Malformed, format_instant
from ledger.evidence.merkle import verify_consistency
from ledger.evidence.note import ED25519, SignedNote, VKey, verify
from ledger.evidence.pack import (
    CHECKPOINT,
    LOG,
    SCHEDULE,
    TIME_STAMP,
    consistency_path,
    load_consistency,
)
from ledger.evidence.record import TreeHead
from ledger.evidence.schedule import Schedule
from ledger.verify.container import Container
from ledger.verify.crypto import check_ed25519, check_mldsa44
from ledger.verify.report import Outcome, Tally
from ledger.verify.stamps import NotInstalled, check_stamp, load_authorities
from ledger.verify.tree import Entries, check_tree
from ledger.verify.trust import Trust

__all__ = ["Log", "check_log", "is_prefix", "verify_note"]


@dataclass(frozen=True, slots=True)
class Log:
    """What the log says under a verified checkpoint."""

    checkpoint: Checkpoint
    time: datetime | None
    """When the log signed the checkpoint; None when trust lists no key that says so."""
    schedule: Schedule | None
    """None when it is not verified."""
    entries: Entries | None
    """All entries below the checkpoint; None in part packs, and when the tree differs."""
    stamped: bytes
    """SHA-256 of the checkpoint as the log alone signed it: what a time stamp covers."""


def check_log(container: Container, trust: Trust, tally: Tally) -> Log | None:
    """Run V2, V3, V5, V6 and what of V7 needs no opening; None without a verified checkpoint."""
    tally.ran("V2")
    verified = _checkpoint(container, trust, tally)
    schedule = _schedule(container, trust, tally)
    _check_copies(container, trust, tally)
    if verified is None:
        tally.skip("the checkpoint is not verified", "V3", "V5", "V6", "V7")
        tally.skip("the checkpoint is not verified", "V4", outcome=Outcome.COULD_NOT_RUN)
        return None
    _check_witnesses(trust, verified, tally)
    stamped = _check_stamp(container, trust, verified, tally)
    entries = None
    if container.is_whole:
        entries = check_tree(container, trust, schedule, verified.checkpoint, tally)
    own = sha256(stamped_bytes(verified.note, trust.origin)).digest()
    log = Log(verified.checkpoint, verified.time, schedule, entries, own)
    _check_pinned(container, trust, log, tally)
    _check_size(trust, log, stamped, tally)
    return log


# ---- V2 ---------------------------------------------------------------------------------------


def _checkpoint(container: Container, trust: Trust, tally: Tally) -> VerifiedCheckpoint | None:
    data = container.files.get(CHECKPOINT)
    if data is None:  # V1 has said so.
        return None
    try:
        return trust.verify_checkpoint(data)
    except Malformed as exc:
        sentence = f"The checkpoint is not what the trusted keys signed: {exc}."
        tally.add("V2.checkpoint-refused", sentence, CHECKPOINT)
        return None


def _schedule(container: Container, trust: Trust, tally: Tally) -> Schedule | None:
    data = container.files.get(SCHEDULE)
    if data is None:  # V1 has said so.
        return None
    try:
        schedule = Schedule.load(verify_note(data, trust.log))
    except Malformed as exc:
        sentence = f"The schedule is not what the trusted keys signed: {exc}."
        tally.add("V2.schedule-refused", sentence, SCHEDULE)
        return None
    if schedule.origin != trust.origin:
        tally.add("V2.schedule-origin", "The schedule is that of another ledger.", SCHEDULE)
        return None
    return schedule


def verify_note(data: bytes, vkeys: tuple[VKey, ...]) -> str:
    """Return the text of a note that an Ed25519 key among `vkeys` has signed.

    Raises: Malformed, also when the signature is missing or wrong.
    """
    note = SignedNote.parse(data)
    plain = [vkey for vkey in vkeys if vkey.key_type == ED25519]
    signed = verify(
        note,
        plain,
        lambda vkey, message, signature: check_ed25519(vkey.public, message, signature),
        need_all=False,
    )
    if not signed:
        raise Malformed("a note lacks the signature of a trusted key")
    return note.text


def _check_copies(container: Container, trust: Trust, tally: Tally) -> None:
    """Check what the log directory repeats: the two notes, and the public list of its keys."""
    if not container.is_whole:
        return
    for name in (CHECKPOINT, SCHEDULE):
        if container.log_file(name) != container.files.get(name):
            sentence = "A file beside the log differs from the one in it, or one is missing."
            tally.add("V2.copies-differ", sentence, f"{LOG}/{name}")
    _check_keys(container.log_file("keys"), f"{container.log_prefix}keys", trust, tally)


def _check_keys(data: bytes | None, place: str, trust: Trust, tally: Tally) -> None:
    """Check the public list of keys; it gives no trust, but it should not mislead either."""
    if data is None:
        tally.add("V2.keys-missing", "The list of the log's keys is missing.", place)
        return
    try:
        listed = _load_keys(data.decode("ascii"))
    except (Malformed, UnicodeDecodeError):
        tally.add("V2.keys-malformed", "The list of the log's keys is malformed.", place)
        return
    if not {*trust.log, *trust.receipt} <= listed:
        sentence = "The list of the log's keys lacks a key that the receiver trusts."
        tally.add("V2.keys-differ", sentence, place)


def _load_keys(text: str) -> set[VKey]:
    lines = text.split("\n")
    listed = {VKey.load(line) for line in lines[:-1]}
    if lines[-1] or len(listed) != len(lines) - 1:
        raise Malformed("a list of keys is not one a line, each once")
    return listed


# ---- V3 ---------------------------------------------------------------------------------------


def _check_witnesses(trust: Trust, verified: VerifiedCheckpoint, tally: Tally) -> None:
    """Check the lines of trusted witnesses, and how many of them there are by name."""
    if not trust.witness:
        tally.skip("the trust file names no witness", "V3", outcome=Outcome.NOT_ASKED)
        return
    tally.ran("V3")
    names: set[str] = set()
    for vkey in trust.witness:
        try:
            found = verify_witnesses(verified, (vkey,), check_ed25519, check_mldsa44)
        except Malformed as exc:
            sentence = f"The line of a trusted witness does not stand for this checkpoint: {exc}."
            tally.add("V3.cosignature-refused", sentence, CHECKPOINT)
        else:
            names |= {one.vkey.name for one in found}
    if len(names) < trust.quorum:
        sentence = f"{len(names)} trusted witnesses have signed, and {trust.quorum} must have."
        tally.add("V3.quorum-missed", sentence, CHECKPOINT)


# ---- V4 ---------------------------------------------------------------------------------------


def _check_stamp(
    container: Container, trust: Trust, verified: VerifiedCheckpoint, tally: Tally
) -> datetime | None:
    """Check the time stamp over the checkpoint; gives when it was made (UTC)."""
    if not trust.tsa:
        return None
    place = TIME_STAMP if container.scope is not None else _kept_stamp(verified)
    data = container.files.get(place) if place == TIME_STAMP else container.log_file(place)
    why = "no time stamp over this checkpoint is shown"
    if data is not None:
        covered = stamped_bytes(verified.note, trust.origin)
        try:
            roots = load_authorities(trust.tsa)
        except Malformed as exc:
            tally.skip(str(exc), "V4", outcome=Outcome.COULD_NOT_RUN)
            return None
        try:
            stamp = check_stamp(data, covered, roots)
        except NotInstalled:
            why = "what reads time stamps is not installed here (install the [time] extra)"
        except Malformed as exc:
            tally.ran("V4")
            tally.add("V4.time-stamp-refused", f"The time stamp is refused: {exc}.", place)
            return None
        else:
            tally.ran("V4")
            return stamp.time
    tally.skip(why, "V4", outcome=Outcome.COULD_NOT_RUN)
    return None


def _kept_stamp(verified: VerifiedCheckpoint) -> str:
    return f"checkpoints/{verified.checkpoint.size}.tsr"


# ---- V5 and V6 --------------------------------------------------------------------------------


def _check_pinned(container: Container, trust: Trust, log: Log, tally: Tally) -> None:
    if not trust.pinned:
        why = "nobody pins a checkpoint"
        tally.skip(why, "V5", outcome=Outcome.NOT_ASKED)
        return
    for pinned in trust.pinned:
        if pinned.size > log.checkpoint.size:
            why = "the pinned checkpoint is newer than this one"
            tally.skip(why, "V5", outcome=Outcome.COULD_NOT_RUN)
            continue
        consistent = is_prefix(container, log, TreeHead(pinned.size, pinned.root))
        if consistent is None:
            why = "there is no proof from the pinned checkpoint to this one"
            tally.skip(why, "V5", outcome=Outcome.COULD_NOT_RUN)
        elif not consistent:
            tally.ran("V5")
            sentence = "The log was rewritten since the checkpoint that the receiver has kept."
            tally.add("V5.inconsistent", sentence, CHECKPOINT)
    if not tally.has("V5"):
        tally.ran("V5")


def is_prefix(container: Container, log: Log, older: TreeHead) -> bool | None:
    """Tell whether an older state is a prefix of this log; None when nothing says so."""
    size, root = log.checkpoint.size, log.checkpoint.root
    if older.size > size:
        return False
    if log.entries is not None:
        return log.entries.root(older.size) == older.root
    path: tuple[bytes, ...] = ()
    if older.size not in (0, size):
        data = container.files.get(consistency_path(older.size))
        if data is None:
            return None
        try:
            path = load_consistency(data)
        except Malformed:
            return False
    return verify_consistency(older.size, older.root, size, root, path)


def _check_size(trust: Trust, log: Log, stamped: datetime | None, tally: Tally) -> None:
    if log.schedule is None:
        tally.skip("the schedule is not verified", "V6")
        return
    tally.ran("V6")
    try:
        tick = log.schedule.last_tick(log.checkpoint.size)
        due = log.schedule.due(tick) if tick else None
    except Malformed as exc:
        tally.add("V6.size", f"The log's size does not fit its schedule: {exc}.", CHECKPOINT)
        return
    for instant, code, whose in (
        (log.time, "V6.ahead-of-signature", "the time at which the log signed"),
        (stamped, "V6.ahead-of-time-stamp", "the time stamp"),
        (trust.now, "V6.ahead-of-now", "the receiver's time"),
    ):
        if due is not None and instant is not None and due - instant > trust.tolerance:
            sentence = (
                f"The log is ahead of its schedule: its last tick is due {format_instant(due)}, "
                f"after {whose}, {format_instant(instant)}."
            )
            tally.add(code, sentence, CHECKPOINT)
