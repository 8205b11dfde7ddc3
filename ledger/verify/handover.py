"""V9 for keys that changed hands: the log's own, and people's keys that were in other hands.

Both questions rest on the whole office and are asked once everybody was heard. Trust names the
keys of the log and of receipts, the office says which those are, and each binds the other. A
person's key that was lost may be revoked with the size of the log up to which its owner signed
alone; what it signed from there on stands, and needs somebody else's word.

Cites: FORMAT §1 "A key in other hands", "log-keys-announced", §6 V9; ADR 0006.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from ledger.evidence.acts import KeyRevoked, LogKeysAnnounced
from ledger.evidence.authority import Act, Line, View
from ledger.evidence.grammar import MAX_INTEGER, format_position
from ledger.evidence.note import VKey
from ledger.evidence.record import Continued, TreeHead
from ledger.verify.facts import ERASED, Ground, Row, load_tail
from ledger.verify.judge import Founding
from ledger.verify.report import Tally
from ledger.verify.trust import Trust

__all__ = ["check_log_keys", "lost_keys", "past_of", "reattested"]

Lost = dict[str, list[tuple[bytes, int]]]
"""By key in hex: where it was revoked, and the size up to which its owner signed alone."""


def check_log_keys(
    trust: Trust,
    founding: Founding,
    office: Line,
    rows: Iterable[Row],
    is_prefix: Callable[[TreeHead], bool],
    tally: Tally,
) -> None:
    """Check that the office knows each key of the log and receipts that the receiver trusts.

    `rows` are those of the office.
    """
    known: set[VKey] = {*founding.event.log, founding.event.receipt}
    view = View(((office, MAX_INTEGER),))
    by_seq = {row.seq: row for row in rows}
    for act in office.acts.values():
        if not isinstance(act.event, LogKeysAnnounced) or not view.holds(act):
            continue
        known |= {*act.event.log, act.event.receipt}
        trusted = act.event.trusted
        is_older = trusted.size <= load_tail(by_seq[act.seq].tail).head_size
        if not is_older or not is_prefix(trusted):
            sentence = "New keys of the log were announced on a state that this log never had."
            tally.add("V9.trusted-unproven", sentence, format_position(act.stream, act.seq))
    retired = (one.vkey for one in trust.retired)
    if not {*trust.log, *trust.receipt, *retired} <= known:
        sentence = "The receiver trusts a key of the log or of receipts that the office never had."
        tally.add("V9.log-key-unannounced", sentence, ".")


def lost_keys(lines: Iterable[Line]) -> Lost:
    """Return the keys that were in other hands, as rightful revocations say."""
    lost: Lost = {}
    for act in _acts(lines):
        if isinstance(act.event, KeyRevoked) and act.event.since is not None:
            where = (act.stream, act.event.since)
            lost.setdefault(act.event.key.hex(), []).append(where)
    return lost


def reattested(
    rows: Iterable[Row],
    grounds: Mapping[int, Ground],
    office: bytes,
    lost: Lost,
    words: Mapping[bytes, list[Act]],
    past: Callable[[bytes], set[bytes]],
    tally: Tally,
) -> None:
    """Check that what a key signed when it may have been in other hands has another's word.

    `past` gives the streams that a stream continues, step by step, itself included.
    """
    for row in rows:
        ground = grounds.get(row.ground)
        if row.flags & ERASED or ground is None or ground.key not in lost:
            continue
        relied = {office, *past(row.stream)}
        sizes = [size for stream, size in lost[ground.key] if stream in relied]
        if not sizes or row.leaf < min(sizes):
            continue
        if not any(
            act.signer != ground.recorded_by
            and (act.stream == office or row.stream in past(act.stream))
            for act in words.get(row.e, ())
        ):
            sentence = "A record was signed when its key may have been in other hands."
            tally.add("V9.not-reattested", sentence, row.place)


def past_of(
    stream: bytes, continued: Mapping[bytes, tuple[int, tuple[Continued, ...]]]
) -> set[bytes]:
    """Return the streams that a stream continues, step by step, itself included."""
    past: set[bytes] = set()
    waiting = [stream]
    while waiting:
        one = waiting.pop()
        if one not in past:
            past.add(one)
            waiting += [back.stream for back in continued.get(one, (0, ()))[1]]
    return past


def _acts(lines: Iterable[Line]) -> Iterator[Act]:
    for line in lines:
        yield from line.acts.values()
