"""Reading: from rows to records, to the office, to a case, as far as a person may open them.

Everything above the stores sees events through here. `Reader` is the open side's: it has no vault,
and to it a sealed reference is one that does not exist. `SealedReader` (`sealedreading`) looks in
the vault too, for one person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from ledger.domain.case import Case
from ledger.domain.evolve import replay
from ledger.domain.fields import parse_reference
from ledger.domain.law.deadlines import Reading
from ledger.domain.office import Recorded
from ledger.errors import EvidenceCorrupt, NotFound
from ledger.evidence.acts import CLOSED
from ledger.home import OpenHome
from ledger.register.custody import Custody
from ledger.register.kept import CaseFile, Stream
from ledger.register.officeview import OfficeFold, OfficeView
from ledger.register.seal import Unsealed
from ledger.register.streams import Streams

__all__ = ["CaseFile", "OfficeView", "Reader", "Stream"]

DAMAGED = "A sealed stream is damaged. Stop writing and call counsel."


@dataclass(frozen=True, slots=True)
class SealedParts:
    """The sealed parts of a reference; advice of any case, each with what it continues."""

    intakes: list[Stream] = field(default_factory=list)
    heads: list[Stream] = field(default_factory=list)
    advice: list[tuple[bytes, tuple[bytes, ...]]] = field(default_factory=list)
    damaged: list[bytes] = field(default_factory=list)


class Reader:
    """Reads the open side of a home, as the service sees it, whoever asks; and keeps it in memory
    (`kept`).
    """

    broke_glass = False
    """Whether what was read was outside of the person's ordinary course."""

    def __init__(
        self,
        home: OpenHome,
        custody: Custody,
        streams: Streams | None = None,
        office: OfficeFold | None = None,
    ) -> None:
        """`streams` are those that are read, without them the service's, each from the disk once;
        `office` is one that was folded before.
        """
        self._home = home
        self.streams = streams or Streams(home, custody)
        self.office_fold = office or OfficeFold(home, custody)

    @property
    def keys_on_their_way(self) -> bool:
        """Whether keys of open streams were not in the keystore yet, when a case was last read."""
        return self.streams.keys_on_their_way

    # ---- the office ----

    def office(self) -> OfficeView:
        """The office as it stands.

        Raises:
            EvidenceCorrupt: a record was altered or taken away, or the stream's keys are lost.
        """
        return self.office_fold.view()

    def reading(self) -> Reading:
        """How cases are read as the office stands: under which laws, in which zone, which closures.

        Raises: EvidenceCorrupt, as for `office`.
        """
        closed_on = self.office().office.closed_on
        return Reading(self._home.law_of, self._home.config.zone, closed_on)

    def office_stream(self) -> Stream:
        """The office stream whole."""
        return self.streams.read(self._home.open, self._home.config.office)

    # ---- cases ----

    def known_case(self, reference: str) -> tuple[OfficeView, CaseFile] | None:
        """The office and an open case as they were last read, if every key is still the same.
        Whether both heads still are is for the append to see; until then it is a guess.

        Raises:
            Unavailable: the keystore cannot be read.
        """
        kept = self.streams.kept
        view, file = self.office_fold.known, kept and kept.file(reference)
        if not (kept and view and file and file.head and file.head.store is self._home.open):
            # A store that was closed meanwhile is another one now.
            return None
        return (view, file) if kept.is_good(self._home.keystore.version()) else None

    def case(self, reference: str) -> CaseFile:
        """Everything of a case that this person may open.

        Raises:
            NotFound: nothing of that reference is open to this person.
            EvidenceCorrupt: a stream of the case was altered, or nothing of that reference is found
                and one that this person could open is damaged.
        """
        exact = parse_reference(reference)
        if exact is None:
            raise NotFound
        file = self._case(exact)
        if self._lacks_successor(file):
            # Somebody may have continued it while it was read; then a second look shows it.
            self.forget_sealed()
            self.forget_kept()
            file = self._case(exact)
            if self._lacks_successor(file):
                raise EvidenceCorrupt(DAMAGED)
        return file

    def open_case(self, reference: str) -> CaseFile | None:
        """A case that stands open and goes on; None for any other reference.

        Only for a reader that does not look among sealed matters.

        Raises:
            EvidenceCorrupt: a stream of the case was altered.
        """
        exact = parse_reference(reference)
        if exact is None:
            return None
        try:
            file = self._case(exact)
        except NotFound:
            return None
        return None if file.head is None or file.head.last.record.type == CLOSED else file

    def _case(self, exact: str) -> CaseFile:
        self.streams.check_keys()
        kept = self.streams.kept
        known = None if kept is None else kept.file(exact)
        if kept is not None and known is not None and known.head is not None:
            newest = kept.stream(known.head.id) or known.head
            if self._home.open.labelled(exact) == newest.id:
                return self._grown(known, self.streams.read_on(newest))
        file = self._read_case(exact)
        if kept is not None:
            kept.keep_file(file)
        return file

    def _read_case(self, exact: str) -> CaseFile:
        parts = self._sealed_parts(exact)
        opened = filter(None, [self.streams.open_head(exact)])
        head = newest_of((*opened, *parts.heads), self.streams.is_continued)
        if head is None and not parts.intakes:
            if parts.damaged:
                raise EvidenceCorrupt(DAMAGED)
            raise NotFound
        streams = self.streams.with_continued(head) if head else ()
        known = {stream.id for stream in streams}
        waiting = tuple(s for s in parts.intakes if s.id not in known)
        shown = streams if head else waiting
        case = self._folded(exact, shown)
        return CaseFile(
            reference=exact,
            streams=shown,
            head=head,
            intakes=waiting,
            advice=tuple(
                self.streams.find(stream)
                for stream, continued in parts.advice
                if known.intersection(continued)
            ),
            case=case,
            whole=self._folded(exact, (*streams, *waiting)) if waiting and head else case,
            damaged=tuple(parts.damaged),
        )

    def sealed_references(self) -> tuple[str, ...]:
        """The references of every sealed case and waiting intake that this person can open."""
        return ()

    def streams_shown(self) -> tuple[Stream, ...]:
        """Every stream that this person can open, the office and open cases among them.

        Raises:
            EvidenceCorrupt: one of them was altered.
        """
        shown: list[Stream] = []
        for one in self._home.open.streams():
            # Rows may have been copied for an opening that did not come to its end.
            with suppress(NotFound):
                shown.append(self.streams.read(self._home.open, one))
        return tuple(shown)

    def vault_office(self) -> Stream | None:
        """The vault office as this person reads it; None when nothing was written there yet.

        Raises:
            NotFound: it is not open to this person.
        """
        raise NotFound

    # ---- streams ----

    def stream(self, stream: bytes) -> Stream:
        """A stream by its id, from whichever store holds it now.

        Raises:
            NotFound: it does not exist or is not open to this person.
        """
        return self.streams.find(stream)

    def forget_sealed(self) -> None:
        """Look again at what the keyring opens, after streams moved or audiences changed."""
        self.streams.forget_sealed()

    def forget_kept(self) -> None:
        """Read every stream from the disk again."""
        self.streams.forget_kept()

    def wrote(self, file: CaseFile, rows: Sequence[Unsealed], records: Sequence[Recorded]) -> None:
        """Take what was just appended to an open case into memory, without reading it again."""
        if file.head is not None:
            self._grown(file, self.streams.followed_by(file.head, rows, records))

    def _folded(self, _exact: str, streams: Sequence[Stream]) -> Case:
        """The case that streams in reading order tell."""
        return fold(streams)

    def _grown(self, file: CaseFile, head: Stream) -> CaseFile:
        """A case that is kept, with what was recorded at its head since."""
        kept = self.streams.kept
        if kept is None or file.head is None or head is file.head:
            return file
        case = replay(head.records[len(file.head.records) :], file.case)
        streams = (*file.streams[:-1], head)
        rest = (file.intakes, file.advice, case, case, file.damaged)
        grown = CaseFile(file.reference, streams, head, *rest)
        kept.keep_file(grown)
        return grown

    def _lacks_successor(self, file: CaseFile) -> bool:
        """Whether a stream that was continued is the last one to be seen.

        Keys change in the transaction that continues a stream, so whoever opens the stream still
        opens what follows it, unless that was damaged.
        """
        return any(map(self.streams.is_continued, (*filter(None, [file.head]), *file.intakes)))

    def _sealed_parts(self, _reference: str) -> SealedParts:
        """What this person opens of a reference's sealed streams, and all advice."""
        return SealedParts()


def fold(streams: Iterable[Stream]) -> Case:
    """The case that streams in reading order tell."""
    return replay(record for stream in streams for record in stream.records)


def newest_of(heads: Sequence[Stream], is_continued: Callable[[Stream], bool]) -> Stream | None:
    """The case stream that no other continues: the one that takes the next record."""
    continued = {one for stream in heads for one in stream.continued}
    live = [stream for stream in heads if stream.id not in continued]
    if len(live) > 1:
        # What continued one of them, while the case was open, is not among these.
        live = [one for one in live if not is_continued(one)] or live
    return max(live, key=lambda s: s.last.record.recorded_at) if live else None
