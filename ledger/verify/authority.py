"""V9: everybody who signed was allowed to, at the office head that their record names.

The office stream is judged first, record by record, and each act that was rightly made changes who
may act from there on. Most other streams hold no act that changes authority: their records are
judged on their ground, against the office alone, as they come. Streams of matters that bring in
people of their own are held back until all were seen, and judged each after those that it
continues. An act that was not rightly made is a finding and changes nothing. What acts add up to is
in `ledger.evidence.authority`; one record is judged in `judge.py`; here is the order of things.

Cites: FORMAT §1 "Authority types", §6 V9.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from ledger.evidence.acts import (
    CLOSED,
    Assented,
    AttestationDetailed,
    AuthorityEvent,
    EpochAnnounced,
    FoundingCountersigned,
    LogAttested,
    Reattested,
    StreamErased,
    parse_event,
)
from ledger.evidence.authority import Act, Line, View
from ledger.evidence.grammar import MAX_INTEGER, Malformed, format_position, parse_position
from ledger.evidence.pack import SCHEDULE, opening_path
from ledger.evidence.record import Continued
from ledger.verify.chain import Chain
from ledger.verify.facts import (
    AUTHORITY,
    ERASED,
    LOOK,
    SIGNED,
    Fact,
    Ground,
    Held,
    Row,
    fact_of,
    load_tail,
)
from ledger.verify.founding import is_signed
from ledger.verify.judge import Judge, Verdict

__all__ = ["Court"]

_NOTICE_OF_EPOCH: Final = timedelta(days=30)


@dataclass(slots=True)
class Court:
    """Hears stream after stream and keeps what their acts add up to."""

    chain: Chain
    judge: Judge
    office: Line
    grounds: Mapping[int, Ground]
    unfit: frozenset[int]
    lines: dict[bytes, Line] = field(default_factory=dict)
    claims: dict[bytes, str] = field(default_factory=dict)
    """By E, the actor whom another person named and who has not spoken yet."""
    words: dict[bytes, list[Act]] = field(default_factory=dict)
    """By E, the acts by which somebody else stands for a record that a lost key signed."""
    attested: list[tuple[Act, LogAttested]] = field(default_factory=list)
    """The attestations of counsel, which stand in the office."""
    salts: dict[int, list[bytes]] = field(default_factory=dict)
    """By size, what the digests of attestations were blinded with."""
    stones: list[tuple[Row, tuple[bytes, int]]] = field(default_factory=list)
    """Tombstones, and where the erasure that each names stands."""
    _held: Held = field(default_factory=Held)
    _bases: dict[bytes, tuple[tuple[Line, int], ...]] = field(default_factory=dict)
    """What a stream may rely on because it continues others."""
    _assents: set[tuple[bytes, str]] = field(default_factory=set)
    _closings: list[tuple[Fact, View]] = field(default_factory=list)
    """The last records of closed streams; they are heard when all streams were."""
    _verdicts: dict[int, Verdict | None] = field(default_factory=dict)
    _heads: dict[int, bytes] = field(default_factory=dict)
    """The E of each record of the office."""
    _leaves: dict[int, int] = field(default_factory=dict)
    """The leaf of each record of the office."""
    _looks: set[bytes] = field(default_factory=set)
    """The streams of looks, in which records wait behind all others for a place in the log."""

    def open(self, one: Fact, rows: list[Row]) -> None:
        """Hear the office stream, which begins with its founding and names its own law."""
        self._heads = {row.seq: row.e for row in rows}
        self._leaves = {row.seq: row.leaf for row in rows}
        self.lines[self.office.stream] = self.office
        self._bases[self.office.stream] = ()
        self.office.apply(self.judge.act_of(one, self.judge.founding.event))
        self.office.set_first_law(bytes.fromhex(one.ground.law))
        self._hear(self.office.stream, rows)
        second = self.office.acts.get(2)
        if second is None or not isinstance(second.event, FoundingCountersigned):
            sentence = "The second founder did not countersign the founding."
            self._add("not-countersigned", sentence, format_position(self.office.stream, 2))

    def hold(self, stream: bytes, rows: list[Row]) -> None:
        """Keep a stream that is judged when all were seen."""
        self._held.keep(stream, rows)

    def hear(self, rows: list[Row]) -> None:
        """Judge a stream that neither gives authority nor relies on another that does."""
        latest, waits = 0, bool(rows) and self._is_of_looks(rows[0])
        grounds, leaves, verdicts = self.grounds, self._leaves, self._verdicts
        for row in rows:
            e, _, _, _, leaf, number, _, _, flags, tail = row
            if flags & ERASED:
                self._keep_stone(row)
                continue
            ground = grounds[number]
            if not ground.is_own:
                self.claims[e] = load_tail(tail).actor
            asked = 2 * number + (flags & SIGNED or is_signed(row, self.unfit))
            if asked not in verdicts:
                verdicts[asked] = self._verdict(row, ground, is_signed=bool(asked % 2))
            verdict = verdicts[asked]
            if verdict is None:
                self._check_head(row, ground)
                if flags & AUTHORITY:
                    self._event(self._fact(row))
                continue
            if ground.office_seq < latest:
                self._falls(row.place)
            latest = max(latest, ground.office_seq)
            if ground.office_seq + 1 in leaves:
                self._check_superseded(row, ground)
            if tail:
                self._hear_special(row, ground, verdict)
            elif verdict.findings or verdict.limits:
                self.judge.speak(leaf, row.place, verdict, waits=waits)

    def _verdict(self, row: Row, ground: Ground, *, is_signed: bool) -> Verdict | None:
        """Return what is said of a ground; None when its office head is not what is shown."""
        if self._heads.get(ground.office_seq) != bytes.fromhex(ground.office_head):
            return None
        one = fact_of(row._replace(tail=b""), ground, is_signed=is_signed)
        return self.judge.judge(one, None, self._office_view(ground))

    def _hear_special(self, row: Row, ground: Ground, verdict: Verdict) -> None:
        """Judge a record that says more than its ground does."""
        one = self._fact(row)
        event, is_well_formed = self._event(one) if row.flags & AUTHORITY else (None, True)
        if event is not None or one.under is not None:
            verdict = self.judge.judge(one, event, self._office_view(ground))
        waits = one.stream in self._looks
        is_rightful = self.judge.speak(one.index, one.place, verdict, waits=waits)
        if is_rightful and is_well_formed and event is not None:
            self._mark(one, event)

    def _office_view(self, ground: Ground) -> View:
        return View(((self.office, ground.office_seq),))

    def _fact(self, row: Row) -> Fact:
        return fact_of(row, self.grounds[row.ground], is_signed=is_signed(row, self.unfit))

    def _is_of_looks(self, row: Row) -> bool:
        """Tell whether a row stands in a stream of looks, and remember it of a stream's first."""
        if row.seq == 1 and row.flags & LOOK:
            self._looks.add(row.stream)
        return row.stream in self._looks

    def _keep_stone(self, row: Row) -> None:
        self.stones.append((row, parse_position(row.tail.decode("ascii"))))

    def _mark(self, one: Fact, event: AuthorityEvent) -> None:
        """Keep what a rightful act says about single records."""
        match event:
            case Assented(of=of):
                self._assents.add((of, one.ground.recorded_by))
            case Reattested(of=named):
                act = self.judge.act_of(one, event)
                for e in named:
                    self.words.setdefault(e, []).append(act)
            case LogAttested():
                self.attested.append((self.judge.act_of(one, event), event))
            case AttestationDetailed(size=size, salt=salt):
                self.salts.setdefault(size, []).append(salt)
            case _:
                pass  # What other acts say is kept by their line.

    # ---- streams that give authority -----------------------------------------------------------

    def close(self) -> None:
        """Judge the streams that were held, each after those that it continues, and closings."""
        for stream in self._in_order():
            self.lines[stream] = Line(stream)
            self._bases[stream] = self._base(stream)
            self._hear(stream, self._held.rows(stream))
        self._hear_closings()
        self._held.close()

    def _in_order(self) -> Iterator[bytes]:
        """Give each held stream after those that it continues."""
        done: set[bytes] = set()
        for start in sorted(self._held.streams()):
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
                elif stream not in entered and stream in self._held.streams():
                    entered.add(stream)
                    waiting.append((stream, True))
                    waiting += [(before.stream, False) for before in self._continued(stream)]

    def _hear(self, stream: bytes, rows: Iterable[Row]) -> None:
        """Judge the records of one stream in their order."""
        line, latest = self.lines[stream], 0
        for row in rows:
            if row.flags & ERASED:
                self._keep_stone(row)
                continue
            self._is_of_looks(row)
            one = self._fact(row)
            if not one.ground.is_own:
                self.claims[one.e] = one.actor
            if one.e == self.judge.founding.e:
                continue
            view = self._view(row, one, line)
            if view is None:
                self._event(one)
                continue
            if one.ground.office_seq < latest:
                self._falls(one.place)
            latest = max(latest, one.ground.office_seq)
            if one.type == CLOSED:
                self._closings.append((one, view))
            else:
                self._hear_one(one, line, view)

    def _hear_closings(self) -> None:
        """Judge the closings, which may rest on what stands beside them in the same case."""
        beside: dict[bytes, list[tuple[Line, int]]] = {}
        for stream in self._held.streams():
            for continued in self._continued(stream):
                beside.setdefault(continued.stream, []).extend(self._bases.get(stream, ()))
        for one, view in self._closings:
            line = self.lines[one.stream]
            siblings = (
                (former, head) for former, head in beside.get(one.stream, ()) if former is not line
            )
            self._hear_one(one, line, View(view.lines, tuple(siblings)))

    def _hear_one(self, one: Fact, line: Line, view: View) -> None:
        """Judge one record, and keep what it adds to its line."""
        event, is_well_formed = self._event(one)
        waits = one.stream in self._looks
        if not self.judge.is_rightful(one, event, view, waits=waits) or not is_well_formed:
            return
        if event is not None:
            line.apply(self.judge.act_of(one, event))
            self._mark(one, event)

    def _event(self, one: Fact) -> tuple[AuthorityEvent | None, bool]:
        """Return what an authority record says, and whether that could be read."""
        try:
            return parse_event(one.type, one.event), True
        except Malformed as exc:
            sentence = f"A record that changes authority is malformed: {exc}."
            self._add("event-malformed", sentence, one.place)
            return None, False

    def _view(self, row: Row, one: Fact, line: Line) -> View | None:
        """Return what a record may rely on; None when its office head is not what is shown."""
        ground = one.ground
        if one.stream == self.office.stream:
            if (ground.office_seq, bytes.fromhex(ground.office_head)) != (one.seq - 1, one.prev):
                sentence = "A record of the office stream does not name its own previous head."
                self._add("head-differs", sentence, one.place)
                return None
            return View(((line, ground.office_seq),))
        if not self._check_head(row, ground):
            return None
        self._check_superseded(row, ground)
        own = ((line, one.seq - 1),)
        return View(((self.office, ground.office_seq), *own, *self._bases[one.stream]))

    def _check_head(self, row: Row, ground: Ground) -> bool:
        """Tell whether the office had the head that a record names, and say so if not."""
        head = self._heads.get(ground.office_seq)
        if head is None:
            sentence = "A record was decided under a head of the office that is not shown."
            self._add("head-not-shown", sentence, row.place)
        elif head != bytes.fromhex(ground.office_head):
            sentence = "A record was decided under another office than the one that is shown."
            self._add("head-differs", sentence, row.place)
        else:
            return True
        return False

    def _check_superseded(self, row: Row, ground: Ground) -> None:
        """Tell when the log that a record names already held a newer office than it does."""
        following = self._leaves.get(ground.office_seq + 1)
        if following is not None and following < row.head_size:
            sentence = "A record was decided under an office that its writer knew to be superseded."
            self._add("superseded", sentence, row.place)

    def _falls(self, place: str) -> None:
        sentence = "A record was decided under an older office than the one before it."
        self._add("head-falls", sentence, place)

    def _continued(self, stream: bytes) -> tuple[Continued, ...]:
        return self.chain.continued.get(stream, (0, ()))[1]

    def _base(self, stream: bytes) -> tuple[tuple[Line, int], ...]:
        """Return the lines that a stream continues, each up to the seq that it names."""
        base: dict[bytes, tuple[Line, int]] = {}
        for continued in self._continued(stream):
            line = self.lines.get(continued.stream)
            head = self.chain.heads.get((continued.stream, continued.head))
            if line is None or head is None or line is self.office:
                continue
            for former, seq in ((line, head.seq), *self._bases[continued.stream]):
                known = base.get(former.stream)
                if former.acts and (known is None or known[1] < seq):
                    base[former.stream] = (former, seq)
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
            assent = None if act is None else self.office.assent_to(act)
            if act is None or assent is None:
                sentence = "The schedule changes without an assented announcement."
                self._add("epoch-unannounced", sentence, SCHEDULE)
            elif epoch.start - schedule.due(assent.tick) < _NOTICE_OF_EPOCH:
                sentence = "A change of the schedule was announced less than 30 days before."
                self._add("epoch-too-soon", sentence, format_position(act.stream, act.seq))

    def check_tombstones(self) -> None:
        """Check that each tombstone rests on an erasure that two people made and that lists it."""
        for row, place in self.stones:
            act = self._erasure(*place)
            event = None if act is None else act.event
            if (
                not isinstance(event, StreamErased)
                or (event.stream, event.secrets) != (row.stream, "both")
                or event.records.get(row.seq) != row.e
            ):
                sentence = "A record is shown as erased, but no assented erasure lists it."
                self._add("tombstone-unfounded", sentence, opening_path(row.leaf))

    def _erasure(self, stream: bytes, seq: int) -> Act | None:
        line = self.lines.get(stream)
        act = None if line is None else line.acts.get(seq)
        if line is None or act is None:
            return None
        view = View(((self.office, MAX_INTEGER), (line, MAX_INTEGER)))
        return act if view.holds(act) else None

    def count_claims(self) -> int:
        """Count the records whose actor is not the signer and has not assented."""
        return sum((e, actor) not in self._assents for e, actor in self.claims.items())

    def _add(self, code: str, sentence: str, place: str) -> None:
        self.judge.tally.add(f"V9.{code}", sentence, place)
