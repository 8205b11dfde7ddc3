"""V9: everybody who signed was allowed to, at the office head that their record names.

The office stream is judged first, record by record, and each act that was rightly made changes who
may act from there on. Then come the other streams, each after those that it continues. An act that
was not rightly made is a finding and changes nothing. What acts add up to is in
`ledger.evidence.authority`; one record is judged in `judge.py`; here is the order of things.

Cites: FORMAT §1 "Authority types", §6 V9.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Final

from ledger.evidence.acts import (
    Assented,
    AuthorityEvent,
    EpochAnnounced,
    FoundingCountersigned,
    LedgerFounded,
    StreamErased,
    parse_event,
)
from ledger.evidence.authority import OWN_CUSTODY, Act, Line, View
from ledger.evidence.envelope import signing_input
from ledger.evidence.grammar import MAX_INTEGER, Malformed, format_position
from ledger.evidence.pack import SCHEDULE, law_path, opening_path, read_path
from ledger.verify.chain import Streams
from ledger.verify.container import Container
from ledger.verify.crypto import check_ed25519
from ledger.verify.handover import check_log_keys, check_reattested
from ledger.verify.judge import Founding, Judge
from ledger.verify.leaves import ProvenRecord
from ledger.verify.log import Log
from ledger.verify.report import Tally
from ledger.verify.trust import Trust

__all__ = ["check_authority"]

_CLOSING: Final = "stream-closed.v1"
_NOTICE_OF_EPOCH: Final = timedelta(days=30)


def check_authority(
    container: Container, trust: Trust, log: Log, streams: Streams, tally: Tally
) -> int:
    """Run V9; return in how many records the actor is only claimed."""
    schedule = log.schedule
    if schedule is None:
        tally.skip("the schedule is not verified", "V9")
        return 0
    tally.ran("V9")
    _check_law_files(container, streams, tally)
    found = _find_founding(trust, streams, tally)
    if found is None:
        return 0
    one, founding = found
    court = _Court(streams, Judge(streams, schedule, founding, tally), Line(founding.stream))
    court.open(one)
    for stream in _in_order(streams, founding.stream):
        court.hear(stream)
    court.hear_closings()
    court.check_epochs()
    court.check_tombstones()
    check_log_keys(container, trust, log, streams, founding, court.office, tally)
    check_reattested(streams, founding.stream, court.lines, tally)
    return court.count_claims()


def _check_law_files(container: Container, streams: Streams, tally: Tally) -> None:
    """Check that each law file is what its name says, and that each law that counts is there."""
    for path in sorted(container.files):
        name = read_path(path)
        if name.kind == "law" and sha256(container.files[path]).digest() != name.digest:
            tally.add("V9.law-file-differs", "A law file is not the one that its name says.", path)
    for path in sorted({law_path(one.record.law) for one in streams.all()}):
        if path not in container.files:
            tally.add("V9.law-missing", "The law that records were made under is missing.", path)


# ---- founding ---------------------------------------------------------------------------------


def _find_founding(
    trust: Trust, streams: Streams, tally: Tally
) -> tuple[ProvenRecord, Founding] | None:
    """Return the founding record that the receiver trusts, with what it says."""
    one = next((one for one in streams.all() if one.e == trust.founded), None)
    if one is None:
        sentence = "The founding that the receiver trusts is not shown: nobody's right is proven."
        tally.add("V9.founding-not-shown", sentence, "records")
        return None
    record = one.record
    try:
        event = parse_event(record.type, record.event)
    except Malformed:
        event = None
    if not isinstance(event, LedgerFounded) or record.seq != 1 or record.office.seq != 0:
        sentence = "What the receiver trusts as the founding is not a founding record."
        tally.add("V9.founding-malformed", sentence, one.place)
        return None
    if not _is_signed_by_founder(one, event):
        sentence = "The founding record is not signed by one of the founders."
        tally.add("V9.founding-unsigned", sentence, one.place)
        return None
    return one, Founding(record.stream, one.e, event, record.recorded_by)


def _is_signed_by_founder(one: ProvenRecord, event: LedgerFounded) -> bool:
    record = one.record
    message = signing_input(one.envelope.payload)
    return any(
        (founder.person, founder.role) == (record.recorded_by, record.role)
        and sha256(founder.key).digest() == record.key
        and (record.attested == "own-device") == (founder.custody in OWN_CUSTODY)
        and check_ed25519(founder.key, message, one.envelope.signature)
        for founder in event.founders
    )


# ---- the streams, one after the other ---------------------------------------------------------


def _in_order(streams: Streams, office: bytes) -> Iterator[bytes]:
    """Give the office stream, then each other stream after those that it continues."""
    yield office
    done = {office}
    for start in sorted(streams.records):
        # Depth first without recursion: a hostile pack may chain streams without end.
        waiting = [(start, False)]
        entered: set[bytes] = set()
        while waiting:
            stream, is_ready = waiting.pop()
            if stream in done:
                continue
            if is_ready:
                done.add(stream)
                yield stream
            elif stream not in entered and stream in streams.records:
                entered.add(stream)
                first = streams.at(stream, 1)
                continued = first.record.continues if first is not None else ()
                waiting.append((stream, True))
                waiting += [(before.stream, False) for before in continued]


@dataclass(slots=True)
class _Court:
    """Hears stream after stream and keeps what their acts add up to."""

    streams: Streams
    judge: Judge
    office: Line
    lines: dict[bytes, Line] = field(default_factory=dict)
    bases: dict[bytes, tuple[tuple[Line, int], ...]] = field(default_factory=dict)
    """What a stream may rely on because it continues others."""
    assents: dict[bytes, set[str]] = field(default_factory=dict)
    closings: list[tuple[ProvenRecord, View]] = field(default_factory=list)
    """The last records of closed streams; they are heard when all streams were."""

    def open(self, one: ProvenRecord) -> None:
        """Begin the office with its founding, which names its own law."""
        self.lines[self.office.stream] = self.office
        self.bases[self.office.stream] = ()
        self.office.apply(self.judge.act_of(one, self.judge.founding.event))
        self.office.set_first_law(one.record.law)

    def hear(self, stream: bytes) -> None:
        """Judge the records of one stream in their order."""
        line = self.lines.setdefault(stream, Line(stream))
        self.bases.setdefault(stream, self._base(stream))
        latest = 0
        for one in self.streams.records[stream].values():
            if one.e == self.judge.founding.e:
                continue
            view = self._view(one, line)
            if view is None:
                self._event(one)
                continue
            if one.record.office.seq < latest:
                sentence = "A record was decided under an older office than the one before it."
                self._add("head-falls", sentence, one.place)
            latest = max(latest, one.record.office.seq)
            if one.record.type == _CLOSING:
                self.closings.append((one, view))
            else:
                self._hear_one(one, line, view)
        is_office = stream == self.office.stream
        second = self.office.acts.get(2)
        if is_office and (second is None or not isinstance(second.event, FoundingCountersigned)):
            sentence = "The second founder did not countersign the founding."
            self._add("not-countersigned", sentence, format_position(stream, 2))

    def hear_closings(self) -> None:
        """Judge the closings, which may rest on what stands beside them in the same case."""
        beside: dict[bytes, list[tuple[Line, int]]] = {}
        for stream in self.streams.records:
            first = self.streams.at(stream, 1)
            for continued in first.record.continues if first is not None else ():
                beside.setdefault(continued.stream, []).extend(self.bases.get(stream, ()))
        for one, view in self.closings:
            line = self.lines[one.record.stream]
            siblings = (
                (former, head)
                for former, head in beside.get(one.record.stream, ())
                if former is not line
            )
            self._hear_one(one, line, View(view.lines, tuple(siblings)))

    def _hear_one(self, one: ProvenRecord, line: Line, view: View) -> None:
        """Judge one record, and keep what it adds to its line."""
        event, is_well_formed = self._event(one)
        if not self.judge.is_rightful(one, event, view) or not is_well_formed:
            return
        if event is not None:
            line.apply(self.judge.act_of(one, event))
        if isinstance(event, Assented):
            self.assents.setdefault(event.of, set()).add(one.record.recorded_by)

    def _event(self, one: ProvenRecord) -> tuple[AuthorityEvent | None, bool]:
        """Return what an authority record says, and whether that could be read."""
        try:
            return parse_event(one.record.type, one.record.event), True
        except Malformed as exc:
            sentence = f"A record that changes authority is malformed: {exc}."
            self._add("event-malformed", sentence, one.place)
            return None, False

    def _view(self, one: ProvenRecord, line: Line) -> View | None:
        """Return what a record may rely on; None when its office head is not what is shown."""
        record, office = one.record, self.office.stream
        if record.stream == office:
            if (record.office.seq, record.office.head) != (record.seq - 1, record.prev):
                sentence = "A record of the office stream does not name its own previous head."
                self._add("head-differs", sentence, one.place)
                return None
            return View(((line, record.office.seq),))
        head = self.streams.e_at(office, record.office.seq)
        if head is None:
            sentence = "A record was decided under a head of the office that is not shown."
            self._add("head-not-shown", sentence, one.place)
            return None
        if head != record.office.head:
            sentence = "A record was decided under another office than the one that is shown."
            self._add("head-differs", sentence, one.place)
            return None
        own = ((line, record.seq - 1),)
        return View(((self.office, record.office.seq), *own, *self.bases[record.stream]))

    def _base(self, stream: bytes) -> tuple[tuple[Line, int], ...]:
        """Return the lines that a stream continues, each up to the seq that it names."""
        base: dict[bytes, tuple[Line, int]] = {}
        first = self.streams.at(stream, 1)
        for continued in first.record.continues if first is not None else ():
            line = self.lines.get(continued.stream)
            seq = self.streams.seq_of(continued.stream, continued.head)
            if line is None or seq is None or line is self.office:
                continue
            for former, head in ((line, seq), *self.bases[continued.stream]):
                known = base.get(former.stream)
                if former.acts and (known is None or known[1] < head):
                    base[former.stream] = (former, head)
        return tuple(base.values())

    # ---- what rests on the whole office --------------------------------------------------------

    def check_epochs(self) -> None:
        """Check that the schedule is the founded one and changed only as announced in time."""
        schedule, founding = self.judge.schedule, self.judge.founding
        first, *later = schedule.epochs
        if first != founding.event.epoch:
            sentence = "The schedule does not begin as the founding record says."
            self._add("epoch-first-differs", sentence, SCHEDULE)
        view = View(((self.office, MAX_INTEGER),))
        announced = {
            act.event.epoch: act
            for act in reversed(self.office.acts.values())
            if isinstance(act.event, EpochAnnounced) and view.holds(act)
        }
        for epoch in later:
            act = announced.get(epoch)
            if act is None:
                sentence = "The schedule changes without an assented announcement."
                self._add("epoch-unannounced", sentence, SCHEDULE)
            elif epoch.start - schedule.due(act.tick) < _NOTICE_OF_EPOCH:
                sentence = "A change of the schedule was announced less than 30 days before."
                self._add("epoch-too-soon", sentence, format_position(act.stream, act.seq))

    def check_tombstones(self) -> None:
        """Check that each tombstone rests on an erasure that two people made and that lists it."""
        for index, tombstone in self.streams.tombstones.values():
            act = self._erasure(*tombstone.erased)
            event = None if act is None else act.event
            if (
                not isinstance(event, StreamErased)
                or (event.stream, event.secrets) != (tombstone.stream, "both")
                or event.records.get(tombstone.seq) != tombstone.e
            ):
                sentence = "A record is shown as erased, but no assented erasure lists it."
                self._add("tombstone-unfounded", sentence, opening_path(index))

    def _erasure(self, stream: bytes, seq: int) -> Act | None:
        line = self.lines.get(stream)
        act = None if line is None else line.acts.get(seq)
        if line is None or act is None:
            return None
        view = View(((self.office, MAX_INTEGER), (line, MAX_INTEGER)))
        return act if view.holds(act) else None

    def count_claims(self) -> int:
        """Count the records whose actor is not the signer and has not assented."""
        return sum(
            one.record.actor != one.record.recorded_by
            and one.record.actor not in self.assents.get(one.e, ())
            for one in self.streams.all()
        )

    def _add(self, code: str, sentence: str, place: str) -> None:
        self.judge.tally.add(f"V9.{code}", sentence, place)
