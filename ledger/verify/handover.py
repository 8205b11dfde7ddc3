"""V9 for keys that changed hands: the log's own, and people's keys that were in other hands.

Both questions rest on the whole office and are asked once everybody was heard. Trust names the
keys of the log and of receipts, the office says which those are, and each binds the other. A
person's key that was lost may be revoked with the size of the log up to which its owner signed
alone; what it signed from there on stands, and needs somebody else's word.

Cites: FORMAT §1 "A key in other hands", "log-keys-announced", §6 V9; ADR 0006.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ledger.evidence.acts import KeyRevoked, LogKeysAnnounced, Reattested
from ledger.evidence.authority import Act, Line, View
from ledger.evidence.grammar import MAX_INTEGER, format_position
from ledger.evidence.note import VKey
from ledger.verify.chain import Streams
from ledger.verify.container import Container
from ledger.verify.judge import Founding
from ledger.verify.log import Log, is_prefix
from ledger.verify.report import Tally
from ledger.verify.trust import Trust

__all__ = ["check_log_keys", "check_reattested"]


def check_log_keys(
    container: Container,
    trust: Trust,
    log: Log,
    streams: Streams,
    founding: Founding,
    office: Line,
    tally: Tally,
) -> None:
    """Check that the office knows each key of the log and receipts that the receiver trusts."""
    known: set[VKey] = {*founding.event.log, founding.event.receipt}
    view = View(((office, MAX_INTEGER),))
    for act in office.acts.values():
        if not isinstance(act.event, LogKeysAnnounced) or not view.holds(act):
            continue
        known |= {*act.event.log, act.event.receipt}
        one, trusted = streams.at(act.stream, act.seq), act.event.trusted
        is_older = one is not None and trusted.size <= one.record.head.size
        if not is_older or not is_prefix(container, log, trusted):
            sentence = "New keys of the log were announced on a state that this log never had."
            tally.add("V9.trusted-unproven", sentence, format_position(act.stream, act.seq))
    retired = (one.vkey for one in trust.retired)
    if not {*trust.log, *trust.receipt, *retired} <= known:
        sentence = "The receiver trusts a key of the log or of receipts that the office never had."
        tally.add("V9.log-key-unannounced", sentence, ".")


def check_reattested(
    streams: Streams, office: bytes, lines: Mapping[bytes, Line], tally: Tally
) -> None:
    """Check that what a key signed while it may have been in other hands has another's word."""
    lost = _lost(lines.values())
    if not lost:
        return
    words = _words(lines.values())
    for one in streams.all():
        record = one.record
        past = {office, record.stream, *_past(streams, record.stream)}
        sizes = [size for stream, size in lost.get(record.key, ()) if stream in past]
        if not sizes or one.index < min(sizes):
            continue
        if not any(
            act.signer != record.recorded_by
            and (
                act.stream in (office, record.stream) or record.stream in _past(streams, act.stream)
            )
            for act in words.get(one.e, ())
        ):
            sentence = "A record was signed when its key may have been in other hands."
            tally.add("V9.not-reattested", sentence, one.place)


def _lost(lines: Iterable[Line]) -> dict[bytes, list[tuple[bytes, int]]]:
    """Return for each lost key in which streams it was revoked, and since which size."""
    lost: dict[bytes, list[tuple[bytes, int]]] = {}
    for act in _acts(lines):
        if isinstance(act.event, KeyRevoked) and act.event.since is not None:
            lost.setdefault(act.event.key, []).append((act.stream, act.event.since))
    return lost


def _words(lines: Iterable[Line]) -> dict[bytes, list[Act]]:
    """Return for each re-attested E the acts that name it."""
    words: dict[bytes, list[Act]] = {}
    for act in _acts(lines):
        for e in act.event.of if isinstance(act.event, Reattested) else ():
            words.setdefault(e, []).append(act)
    return words


def _acts(lines: Iterable[Line]) -> Iterator[Act]:
    for line in lines:
        yield from line.acts.values()


def _past(streams: Streams, stream: bytes) -> set[bytes]:
    """Return the streams that a stream continues, step by step, itself included."""
    past: set[bytes] = set()
    waiting = [stream]
    while waiting:
        one = waiting.pop()
        if one not in past:
            past.add(one)
            first = streams.at(one, 1)
            waiting += [back.stream for back in first.record.continues] if first else []
    return past
