"""V15 from one end to the other: the office, each decision, each claim.

What cannot be replayed is told in one of two ways. Where the pack should hold what is missing, the
check could not run, with the reason. Where nothing more can be had (a matter was erased, or is not
what a part pack is about, or a personal value is withheld), the report counts the decisions that
stayed unjudged.

Cites: FORMAT §6 V15.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from ledger.domain.case import Case
from ledger.domain.derived import DEFINITION, derive
from ledger.domain.erasure_events import StreamErased
from ledger.domain.events import Decision, Event
from ledger.domain.evolve import evolve, replay
from ledger.domain.law.deadlines import Reading
from ledger.domain.office import Office, Recorded, evolve_office
from ledger.domain.office_events import Assented, LedgerFounded, StreamClosed
from ledger.evidence.derived import Claims, claimed_stream, lineage, load
from ledger.evidence.grammar import Malformed
from ledger.evidence.pack import read_path
from ledger.verify.container import LARGEST, Container
from ledger.verify.facts import Rows
from ledger.verify.replay.claims import compare, say
from ledger.verify.replay.judging import attempt, judge
from ledger.verify.replay.laws import Laws
from ledger.verify.replay.reader import Entry, Erased, NotShown, Streams, Unknown
from ledger.verify.report import Outcome, Tally
from ledger.verify.shown import Replayed
from ledger.verify.sources import Refused

__all__ = ["check_replayed"]

_ADVICE = "advice-given.v1"
"""Advice continues a matter without being a part of it: it begins with this."""
_MOST_REASONS = 3


def check_replayed(
    sides: Sequence[Container],
    rows: Rows,
    joined: Iterable[tuple[bytes, bytes]],
    office: bytes | None,
    tally: Tally,
) -> Replayed:
    """Run V15 on what was proven. Total.

    `sides` are the pack and, where some were brought, the openings; `joined` are streams, and one
    that each continues; `office` is the stream of the trusted founding, None when it is not shown.
    """
    run = _Run(sides[0], Streams(sides, rows, tally), Laws(sides), tally)
    for stream, before in joined:
        run.followed[before].add(stream)
    try:
        run.begin(office)
        run.judge()
        run.compare()
    except Unknown as why:
        run.reasons[str(why)] += 1
    if run.reasons:
        told = "; ".join(sorted(run.reasons)[:_MOST_REASONS])
        tally.skip(told, "V15", outcome=Outcome.COULD_NOT_RUN)
    else:
        tally.ran("V15")
    return run.count


class _Run:
    """One replay of everything that is shown."""

    def __init__(self, pack: Container, streams: Streams, laws: Laws, tally: Tally) -> None:
        self.pack, self.streams, self.laws, self.tally = pack, streams, laws, tally
        self.followed: defaultdict[bytes, set[bytes]] = defaultdict(set)
        self.reasons: Counter[str] = Counter()
        self.count = Replayed()
        self._office = self._vault = b""
        self._offices = [Office()]
        self._zone = ""
        self._claims: dict[bytes, tuple[str, Claims]] = {}

    # ---- what everything stands on ----

    def begin(self, office: bytes | None) -> None:
        """Fold the office, and find the zone in which days are counted.

        Raises: Unknown.
        """
        self._claims = dict(self._read_claims())
        if office is None:
            raise Unknown("the founding is not shown")
        entries = self.streams.read(office)
        founded = entries[0].recorded.event
        if not isinstance(founded, LedgerFounded):
            raise Unknown("the founding is not shown")
        self._office, self._vault = office, bytes.fromhex(founded.vault_office)
        for entry in entries:
            self._offices.append(attempt(evolve_office, self._offices[-1], entry.recorded))
        self._zone = self._find_zone(founded, entries[0].recorded.law)

    def _find_zone(self, founded: LedgerFounded, law: str) -> str:
        """Return the zone that the founding names, else that of its law.

        Raises: Unknown.
        """
        zone = founded.zone or self.laws.of(law).zone
        if zone is None:
            raise Unknown("neither the founding nor its law names the library's time zone")
        try:
            ZoneInfo(zone)
        except (LookupError, ValueError, OSError):
            raise Unknown("the library's time zone is not known on this machine") from None
        return zone

    # ---- decisions ----

    def judge(self) -> None:
        """Judge every decision of every stream that is shown."""
        for stream in self.streams.shown():
            try:
                self._judge_stream(stream, self.streams.read(stream))
            except Erased:
                continue  # Its tombstones are counted where they were proven.
            except Unknown as why:
                self.reasons[str(why)] += 1

    def _judge_stream(self, stream: bytes, entries: Sequence[Entry]) -> None:
        case, lacking = Case(), None
        try:
            case = self._before(stream)
        except Unknown as why:
            lacking = why
        for number, entry in enumerate(entries):
            event = entry.recorded.event
            if isinstance(event, Decision) and not self._is_by_the_way(stream, event):
                try:
                    if lacking is not None:
                        raise lacking.with_traceback(None)
                    self._judge_one(stream, entry, event, case, entries[:number])
                except Erased:
                    self.count.erased += 1
                except Unknown as why:
                    self._leave_open(stream, why)
            case = attempt(evolve, case, entry.recorded)

    def _is_by_the_way(self, stream: bytes, event: Decision) -> bool:
        """Tell whether a record only ends a stream that another goes on from.

        Triage closes several streams in one act; what it decides is the record that continues them.

        Raises: Unknown.
        """
        return isinstance(event, StreamClosed) and self._successor(stream) is not None

    def _leave_open(self, stream: bytes, why: Unknown) -> None:
        """Note a decision that nobody can judge here."""
        if isinstance(why, NotShown) and stream == self._office:
            # An erasure stands in the office, and is shown where its matter is not.
            self.count.elsewhere += 1
        else:
            self.reasons[str(why)] += 1

    def _judge_one(
        self, stream: bytes, entry: Entry, event: Decision, case: Case, before: Sequence[Entry]
    ) -> None:
        """Judge one decision.

        Raises: Unknown.
        """
        office = self._office_at(stream, entry, before)
        if stream in (self._office, self._vault):
            matter = _erased_by(event, office)
            case = Case()
            if matter is not None:
                case = replay(self._matter(matter, entry.recorded.recorded_at))
        verdict = judge(entry, event, case, office, self.laws, self._zone)
        self.count.decisions += 1
        self.count.withheld += verdict.is_open
        if verdict.broken:
            told = "; ".join(f"{no.rule} ({say(no.citation)})" for no in verdict.broken)
            sentence = f"A decision was made that the law which it pins forbids: {told}."
            self.tally.add("V15.not-allowed", sentence, entry.recorded.ref)

    def _office_at(self, stream: bytes, entry: Entry, before: Sequence[Entry]) -> Office:
        """Return the office under which a record was decided.

        Raises: Unknown.
        """
        seq = entry.record.office.seq
        if seq >= len(self._offices):
            raise Unknown("the office head that a record names is not shown")
        office = self._offices[seq]
        for one in before if stream == self._vault else ():
            office = evolve_office(office, one.recorded)
        return office

    # ---- the records of a case ----

    def _before(self, stream: bytes) -> Case:
        """Fold the streams that one continues, each up to the head that is named.

        Raises: Unknown.
        """
        case = Case()
        for one, head in lineage(stream, self.streams.continues)[:-1]:
            case = replay(self._up_to(one, head), case)
        return case

    def _up_to(self, stream: bytes, head: bytes | None) -> list[Recorded]:
        records = [entry.recorded for entry in self.streams.read(stream)]
        if head is None:
            return records
        places = [number for number, one in enumerate(records, 1) if one.e == head.hex()]
        if not places:
            raise Unknown("a stream ends before the head that another continues")
        return records[: places[0]]

    def _matter(self, stream: bytes, at: datetime) -> list[Recorded]:
        """Return the records of the whole matter that a stream belongs to, as it stood then.

        Raises: Unknown.
        """
        if self.streams.is_erased(stream):
            raise Erased
        if not self.streams.has(stream):
            raise NotShown
        if self.streams.first_type(stream) == _ADVICE:
            stream = next((one.stream for one in self.streams.continues(stream)), stream)
        last = stream
        while following := self._successor(last):
            last = following
        order = lineage(last, self.streams.continues)
        return [
            one for part, head in order for one in self._up_to(part, head) if one.recorded_at <= at
        ]

    def _successor(self, stream: bytes) -> bytes | None:
        """Return the stream that goes on with the matter, advice left out.

        Raises: Unknown.
        """
        following = sorted(one for one in self.followed[stream] if self.streams.has(one))
        return next((one for one in following if self.streams.first_type(one) != _ADVICE), None)

    # ---- claims ----

    def _read_claims(self) -> Iterable[tuple[bytes, tuple[str, Claims]]]:
        """Give what is claimed, by the stream at whose end it is claimed."""
        for path in sorted(self.pack.hashed):
            name = read_path(path)
            if name.kind != "derived":
                continue
            try:
                data = self.pack.source.read(path, LARGEST["derived"])
                yield claimed_stream(name.rest), (path, load(data))
            except Malformed as exc:
                sentence = f"What the pack claims of a case is not in its one form: {exc}."
                self.tally.add("V15.derived-malformed", sentence, path)
            except (Refused, OSError):
                self.reasons["a file cannot be read any more"] += 1

    def compare(self) -> None:
        """Hold every claim against what follows from the records."""
        ends, unclear = self._ends()
        for stream, (path, claims) in self._claims.items():
            if stream in unclear:
                continue
            if stream not in ends:
                sentence = "Something is claimed of a stream that is no end of a case shown here."
                self.tally.add("V15.derived-misplaced", sentence, path)
                continue
            try:
                self._compare_one(stream, path, claims)
                self.count.cases += 1
            except Unknown as why:
                self.reasons[str(why)] += 1
        claimed = self._claims.keys()
        self.count.unclaimed = sum(self.streams.is_in_pack(one) for one in ends - claimed)

    def _ends(self) -> tuple[set[bytes], set[bytes]]:
        """Return the streams at which cases end, as far as is shown, and those that nobody can tell
        of.
        """
        ends: set[bytes] = set()
        unclear: set[bytes] = set()
        for stream in set(self.streams.shown()) - {self._office, self._vault}:
            try:
                advises = self.streams.first_type(stream) == _ADVICE
                if not advises and self._successor(stream) is None:
                    ends.add(stream)
            except Unknown as why:
                self.reasons[str(why)] += 1
                unclear.add(stream)
        return ends, unclear

    def _compare_one(self, stream: bytes, path: str, claims: Claims) -> None:
        """Compare one file.

        Raises: Unknown.
        """
        if claims.definition != DEFINITION:
            raise Unknown("the pack's claims follow another definition than this program's")
        if claims.zone != self._zone:
            sentence = f"Days are claimed in another zone than the library's, {self._zone}."
            self.tally.add("V15.zone-differs", sentence, path)
        order = lineage(stream, self.streams.continues)
        # What was erased is no part of a case any more; whoever claimed it did not have it either.
        left = [(one, head) for one, head in order if not self.streams.is_erased(one)]
        records = [record for one, head in left for record in self._up_to(one, head)]
        reading = Reading(self.laws.of, self._zone, self._offices[-1].closed_on)
        derived = attempt(derive, records, reading)
        shown = {record.ref for record in records}
        for code, sentence, ref in compare(claims, derived):
            self.tally.add(code, sentence, ref if ref in shown else path)


def _erased_by(event: Event, office: Office) -> bytes | None:
    """Return the stream whose erasure an act proposes or assents to."""
    if isinstance(event, Assented):
        waiting = (one.event for one in office.awaiting_assent if one.e == event.of)
        event = next(waiting, event)
    return bytes.fromhex(event.stream) if isinstance(event, StreamErased) else None
