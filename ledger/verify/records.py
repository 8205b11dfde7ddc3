"""V7 to V13 on what lies behind the leaves: read once, judged stream by stream.

First every leaf is read and proven, by several processes where the pack is large; what each record
says is kept as a row. Then the office stream is heard, and after it all others, share by share; at
the end come the questions that rest on several streams. Only the rows of one share are in memory.

Cites: FORMAT §6 V7 to V13.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import Final

from ledger.evidence.acts import LedgerFounded, concerns_authority
from ledger.evidence.attestation import Periods
from ledger.evidence.authority import Line
from ledger.evidence.grammar import parse_position
from ledger.evidence.pack import Manifest, law_path, read_path
from ledger.evidence.rights import needs_assent
from ledger.verify.attested import attestations, check_dates, check_heads
from ledger.verify.authority import Court
from ledger.verify.book import COVER, INDEX, Harvest
from ledger.verify.chain import Chain, load_extents
from ledger.verify.container import Container
from ledger.verify.facts import ERASED, Ground, Row, Rows
from ledger.verify.founding import find_founding
from ledger.verify.handover import check_log_keys, lost_keys, past_of, reattested
from ledger.verify.judge import Judge
from ledger.verify.leaves import LeafReader
from ledger.verify.log import Log, is_prefix
from ledger.verify.moments import Clock
from ledger.verify.report import Outcome, Tally
from ledger.verify.shown import Period, Shown
from ledger.verify.trust import Trust
from ledger.verify.values import check_named
from ledger.verify.workers import Crew

__all__ = ["Gathered", "check_records", "gather", "shares_for"]

_SHARES: Final = 128


@dataclass(slots=True)
class Gathered:
    """What all leaves together gave."""

    rows: Rows
    stood: bytearray = field(default_factory=bytearray)
    """A byte for each leaf, 1 where it was opened; empty where nobody asks."""
    opened: int = 0
    """How many leaves are opened as covers."""
    covers: list[bytes] = field(default_factory=list)
    findings: list[tuple[int, str, str, str]] = field(default_factory=list)
    grounds: dict[int, Ground] = field(default_factory=dict)
    types: Counter[str] = field(default_factory=Counter)
    records: int = 0
    tombstones: int = 0
    wanted: dict[bytes, set[bytes]] = field(default_factory=dict)
    """By stream, the E that others continue."""
    joined: list[tuple[bytes, bytes]] = field(default_factory=list)
    """Streams, and one that each continues."""
    unders: list[tuple[bytes, str]] = field(default_factory=list)
    assents: list[tuple[bytes, str]] = field(default_factory=list)
    weighty: set[bytes] = field(default_factory=set)
    documents: set[tuple[bytes, int]] = field(default_factory=set)
    shown: dict[bytes, int] = field(default_factory=dict)
    """Promised commitments that are opened, and their leaves."""
    office: bytes | None = None
    unfit: frozenset[int] = frozenset()

    def add(self, harvest: Harvest) -> None:
        """Add what one part gave."""
        for share, rows in harvest.rows.items():
            self.rows.add(share, bytes(rows))
        self.opened += len(harvest.covers) // COVER.size
        if self.stood:
            for (index,) in INDEX.iter_unpack(harvest.stood):
                self.stood[index] = 1
            self.covers.append(bytes(harvest.covers))
        self.findings += harvest.findings
        self.grounds.update(harvest.grounds)
        self.types += harvest.types
        self.records += harvest.records
        self.tombstones += harvest.tombstones
        for stream, one in harvest.heads:
            self.wanted.setdefault(one.stream, set()).add(one.head)
            self.joined.append((stream, one.stream))
        self.unders += harvest.unders
        self.assents += harvest.assents
        self.weighty |= harvest.weighty
        self.documents |= harvest.documents
        for commitment, index in harvest.promised:
            self.shown[commitment] = min(index, self.shown.get(commitment, index))
        self.office = harvest.office or self.office

    def tell(self, tally: Tally, doubled: Set[int]) -> None:
        """Add what was found leaf by leaf, in their order."""
        for index, code, sentence, place in sorted(self.findings):
            # Nothing is asked of the times and values of a record whose place was taken.
            if index not in doubled or not code.startswith(("V11.", "V12.")):
                tally.add(code, sentence, place)


def gather(reader: LeafReader, rows: Rows, size: int, jobs: int) -> Gathered:
    """Read all leaves; `size` is that of the log, or 0 where nobody asks which stood."""
    gathered = Gathered(rows, bytearray(size))
    with Crew(reader, jobs) as crew:
        for harvest in crew.harvests():
            gathered.add(harvest)
        gathered.unfit = crew.unfit()
    return gathered


@dataclass(slots=True)
class _Session:
    """Goes through the streams, share by share."""

    container: Container
    manifest: Manifest
    trust: Trust
    log: Log
    gathered: Gathered
    tally: Tally

    attested: tuple[Period, ...] = ()
    founded: LedgerFounded | None = None
    """What the trusted founding says; None where it is not shown."""

    def run(self) -> tuple[int, int]:
        """Run V9, V10, V12 and V16; return how many actors are claimed and documents absent."""
        found, log = self.gathered, self.log
        self.tally.ran("V10", "V12")
        chain = self._chain()
        seqs = {number: ground.office_seq for number, ground in found.grounds.items()}
        office = []
        if found.office is not None:
            office = chain.see(found.office, found.rows.stream(found.office), seqs)
        court = self._court(chain, office)
        held = self._held(court) if court is not None else set()
        for stream, rows in self._streams():
            if stream == found.office:
                continue
            kept = chain.see(stream, rows, seqs)
            if court is not None and stream in held:
                court.hold(stream, kept)
            elif court is not None:
                court.hear(kept)
        chain.finish()
        claimed = 0 if court is None else self._close(court, office)
        found.tell(self.tally, chain.doubled)
        absent = check_named(self.container.hashed, found.documents, self.tally)
        if log.schedule is None:
            self.tally.skip("the schedule is not verified", "V9", "V11", "V16")
        else:
            self.tally.ran("V9", "V11")
        return claimed, absent

    def _chain(self) -> Chain:
        found, trust, log = self.gathered, self.trust, self.log
        chain = Chain(
            manifest=self.manifest,
            office=found.office,
            extents={},
            clock=None if log.schedule is None else Clock(log.schedule),
            tally=self.tally,
            wanted=found.wanted,
            under={parse_position(place): None for _, place in found.unders},
        )
        chain.extents = load_extents(self.container, trust, log, chain.needed, self.tally)
        return chain

    def _streams(self) -> Iterator[tuple[bytes, list[Row]]]:
        rows = self.gathered.rows
        for share in range(rows.shares):
            yield from sorted(rows.streams(share).items())

    # ---- V9 ----------------------------------------------------------------------------------

    def _court(self, chain: Chain, office: list[Row]) -> Court | None:
        """Open the court on the founding; None when there is none to stand on."""
        found, schedule = self.gathered, self.log.schedule
        if schedule is None or chain.clock is None:
            return None
        self._check_laws()
        opening = find_founding(self.trust.founded, office, found.grounds, found.unfit, self.tally)
        if opening is None:
            return None
        one, founding = opening
        self.founded = founding.event
        judge = Judge(
            schedule, chain.clock, founding, lambda place: chain.under.get(place) is not None,
            self.tally,
        )  # fmt: skip
        court = Court(chain, judge, Line(founding.stream), found.grounds, found.unfit)
        court.open(one, office)
        return court

    def _check_laws(self) -> None:
        """Check that each law is there, and that its file is what its name says."""
        hashed = self.container.hashed
        for path in sorted(hashed):
            name = read_path(path)
            if name.kind == "law" and hashed[path].sha256 != name.digest:
                sentence = "A law file is not the one that its name says."
                self.tally.add("V9.law-file-differs", sentence, path)
        laws = {ground.law for ground in self.gathered.grounds.values()}
        for path in sorted(law_path(bytes.fromhex(law)) for law in laws):
            if path not in hashed:
                sentence = "The law that records were made under is missing."
                self.tally.add("V9.law-missing", sentence, path)

    def _held(self, court: Court) -> set[bytes]:
        """Return the streams that give authority of their own, with all that hang together."""
        found, office = self.gathered, court.office.stream
        in_need = {act.e.hex() for act in court.office.acts.values() if needs_assent(act.event)}
        start = set(found.weighty)
        start |= {stream for stream, of in found.assents if of in in_need}
        start |= {stream for stream, place in found.unders if not place.startswith(office.hex())}
        start.discard(office)
        beside: dict[bytes, list[bytes]] = {}
        for one, other in found.joined if start else ():
            beside.setdefault(one, []).append(other)
            beside.setdefault(other, []).append(one)
        held: set[bytes] = {office}
        waiting = list(start)
        while waiting:
            stream = waiting.pop()
            if stream not in held:
                held.add(stream)
                waiting += beside.get(stream, ())
        return held - {office}

    def _close(self, court: Court, office: list[Row]) -> int:
        """Hear what was held and ask what rests on the whole."""
        court.close()
        court.check_epochs()
        court.check_tombstones()
        check_log_keys(
            self.trust, court.judge.founding, court.office, office,
            lambda head: is_prefix(self.container, self.log, head) is True, self.tally,
        )  # fmt: skip
        lost = lost_keys(court.lines.values())
        if lost:
            doubled, continued = court.chain.doubled, court.chain.continued
            for _, rows in self._streams():
                reattested(
                    (row for row in rows if row.leaf not in doubled), court.grounds,
                    court.office.stream, lost, court.words,
                    lambda stream: past_of(stream, continued), self.tally,
                )  # fmt: skip
        self._check_attested(court, office)
        return court.count_claims()

    def _check_attested(self, court: Court, office: list[Row]) -> None:
        """Run V16."""
        tally, stood = self.tally, self.gathered.stood
        periods = Periods(court.judge.schedule, court.judge.founding.event.attest_months)
        good = attestations(
            court.attested, {row.seq: row.head_size for row in office if not row.flags & ERASED},
            periods, lambda head: is_prefix(self.container, self.log, head) is True, tally,
        )  # fmt: skip
        self.attested = check_dates(good, periods, self.log.checkpoint.size, tally)
        if stood:
            check_heads(
                good, court.salts, lambda size: 0 not in stood[:size],
                lambda: ([row for row in rows if row.leaf not in court.chain.doubled]
                         for _, rows in self._streams()),
                tally,
            )  # fmt: skip
        if not tally.has("V16"):
            tally.ran("V16")


def check_records(
    container: Container,
    manifest: Manifest,
    trust: Trust,
    log: Log,
    gathered: Gathered,
    tally: Tally,
) -> Shown:
    """Run V9 to V12 on what was gathered."""
    session = _Session(container, manifest, trust, log, gathered, tally)
    claimed, absent = session.run()
    founded = session.founded
    tally.skip("the founding is not shown", "V16")
    if founded is None:
        tally.skip("no founding could be judged", "V17", outcome=Outcome.COULD_NOT_RUN)
    return Shown(
        entries=log.checkpoint.size,
        records=gathered.records,
        covers=gathered.opened,
        tombstones=gathered.tombstones,
        claimed_actors=claimed,
        passkey_approvals=gathered.types.get("passkey-approved.v1", 0),
        absent_documents=absent,
        attested=session.attested,
        before=None if founded is None else founded.before,
        unknown_types={
            name: n for name, n in gathered.types.items() if not concerns_authority(name)
        },
    )


def shares_for(parts: int) -> int:
    """Return into how many files the rows of so many parts go."""
    return min(_SHARES, parts // 4 + 1)
