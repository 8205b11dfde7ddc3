"""Reading: from rows to records, to the office, to a case, as far as a person may open them.

Everything above the stores sees events through here. A person without a keyring that opens a sealed
stream finds nothing, and finds it the same way for a sealed reference as for one that does not
exist.

A damaged sealed stream hides no other: what can be read is read, and `damaged` names the rest. A
case that may be among the damaged is `EvidenceCorrupt`, never `NotFound`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger.domain.events import AdviceGiven, IntakeSaved
from ledger.domain.evolve import replay
from ledger.domain.fields import parse_reference
from ledger.domain.law.deadlines import Reading
from ledger.domain.office import Recorded
from ledger.errors import EvidenceCorrupt, NotFound
from ledger.evidence.acts import CLOSED
from ledger.evidence.record import ZERO_HASH
from ledger.home import Home
from ledger.register.custody import Custody, Openable
from ledger.register.kept import CaseFile, Kept, SealedParts, Stream, fold, newest_of
from ledger.register.officeview import OfficeFold, OfficeView
from ledger.register.records import open_rows, read_stream, recorded
from ledger.register.roster import matter_begun, sealed_reference
from ledger.register.seal import Unsealed
from ledger.stores.database import Version
from ledger.stores.store import Store

__all__ = ["CaseFile", "OfficeView", "Reader", "Stream"]

_DAMAGED = "A sealed stream is damaged. Stop writing and call counsel."


class Reader:
    """Reads a home on behalf of one person, or of the service alone (no keyring).

    A reader that does not look among sealed matters sees what the service sees, whoever asks, and
    keeps it in memory (`kept`). One that does look there keeps no stream.
    """

    def __init__(self, home: Home, custody: Custody, keyring: Keyring | None, vault: bool) -> None:
        """`vault` says whether to look among sealed matters at all."""
        self._home = home
        self._custody = custody
        self._keyring = keyring
        self._vault = vault and keyring is not None
        self._sealed: Openable | None = None
        self._office = OfficeFold(home, custody)
        self._kept = None if self._vault else Kept()
        self.keys_on_their_way = False

    @property
    def looks_among_sealed(self) -> bool:
        """Whether sealed matters are looked for at all."""
        return self._vault

    # ---- the office ----

    def office(self) -> OfficeView:
        """The office as it stands.

        Raises:
            EvidenceCorrupt: a record was altered or taken away, or the stream's keys are lost.
        """
        return self._office.view()

    def reading(self) -> Reading:
        """How cases are read as the office stands: under which laws, in which zone, which closures.

        Raises: EvidenceCorrupt, as for `office`.
        """
        closed_on = self.office().office.closed_on
        return Reading(self._home.law_of, self._home.config.zone, closed_on)

    def office_stream(self) -> Stream:
        """The office stream whole."""
        return self._stream(self._home.open, self._home.config.office)

    # ---- cases ----

    def known_case(self, reference: str) -> tuple[OfficeView, CaseFile] | None:
        """The office and an open case as they were last read, if every key is still the same.
        Whether both heads still are is for the append to see; until then it is a guess.

        Raises:
            Unavailable: the keystore cannot be read.
        """
        view, file = self._office.known, self._kept and self._kept.file(reference)
        if not (self._kept and view and file and file.head and file.head.store is self._home.open):
            # A store that was closed meanwhile is another one now.
            return None
        return (view, file) if self._kept.is_good(self._home.keystore.version()) else None

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
                raise EvidenceCorrupt(_DAMAGED)
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
        self._keys()
        known = None if self._kept is None else self._kept.file(exact)
        if self._kept is not None and known is not None and known.head is not None:
            newest = self._kept.stream(known.head.id) or known.head
            if self._home.open.labelled(exact) == newest.id:
                return self._grown(known, self._read_on(newest))
        file = self._read_case(exact)
        if self._kept is not None:
            self._kept.keep_file(file)
        return file

    def _read_case(self, exact: str) -> CaseFile:
        parts = self._sealed_parts(exact)
        opened = filter(None, [self._open_head(exact)])
        head = newest_of((*opened, *parts.heads), self._is_continued)
        if head is None and not parts.intakes:
            if parts.damaged:
                raise EvidenceCorrupt(_DAMAGED)
            raise NotFound
        streams = self._with_continued(head) if head else ()
        known = {stream.id for stream in streams}
        waiting = tuple(s for s in parts.intakes if s.id not in known)
        shown = streams if head else waiting
        case = fold(shown)
        return CaseFile(
            reference=exact,
            streams=shown,
            head=head,
            intakes=waiting,
            advice=tuple(
                self._stream(self._home.vault, stream)
                for stream, continued in parts.advice
                if known.intersection(continued)
            ),
            case=case,
            whole=fold((*streams, *waiting)) if waiting and head else case,
            damaged=tuple(parts.damaged),
        )

    def sealed_references(self) -> tuple[str, ...]:
        """The references of every sealed case and waiting intake that this person can open."""
        found: dict[str, None] = {}
        for _, _, first in self._firsts([]):
            reference = matter_begun(recorded(first).event)
            if reference is not None:
                found[reference] = None
        return tuple(sorted(found))

    def streams_shown(self) -> tuple[Stream, ...]:
        """Every stream that this person can open, the office and open cases among them.

        Raises:
            EvidenceCorrupt: one of them was altered.
        """
        shown: dict[bytes, Stream] = {}
        for one in self._home.open.streams():
            try:
                shown[one] = self._stream(self._home.open, one)
            except NotFound:
                # Rows that were copied for an opening that did not come to its end.
                continue
        damaged: list[bytes] = []
        for stream, store, _ in self._firsts(damaged):
            if stream not in shown:
                shown[stream] = self._stream(store, stream)
        if damaged:
            raise EvidenceCorrupt(_DAMAGED)
        return tuple(shown.values())

    # ---- streams ----

    def stream(self, stream: bytes) -> Stream:
        """A stream by its id, from whichever store holds it now.

        A sealed one of which the open store has rows was not opened: an opening broke off there.

        Raises:
            NotFound: it does not exist or is not open to this person.
        """
        stores = self._stores()
        if len(stores) > 1 and self._custody.is_sealed(stream, stores):
            stores = (*stores[1:], *stores[:1])
        for store in stores:
            if store.last_seq(stream):
                return self._stream(store, stream)
        raise NotFound

    def forget_sealed(self) -> None:
        """Look again at what the keyring opens, after streams moved or audiences changed."""
        self._sealed = None

    def forget_kept(self) -> None:
        """Read every stream from the disk again."""
        if self._kept is not None:
            self._kept.clear()

    def _stores(self) -> tuple[Store, ...]:
        """Where to look, from the last to the first on a stream's way."""
        sealed = (self._home.vault, self._home.inbox) if self._vault else ()
        return (self._home.open, *sealed)

    def _secrets(self, stream: bytes) -> StreamSecrets:
        return self._custody.secrets(stream, self._keyring if self._vault else None, self._stores())

    def _stream(self, store: Store, stream: bytes) -> Stream:
        version = self._keys()
        known = None if self._kept is None else self._kept.stream(stream)
        if known is not None:
            return self._read_on(known)
        secrets = self._secrets(stream)
        opened = read_stream(self._home.origin, store, stream, secrets)
        if not opened:
            raise NotFound
        found = Stream(stream, store, secrets, opened, tuple(recorded(one) for one in opened))
        if self._kept is not None:
            self._kept.keep(found, version)
        return found

    # ---- what is kept ----

    def _keys(self) -> Version | None:
        """Hold what is kept against the keys as they are now; gives their version."""
        if self._kept is None:
            return None
        version = self._custody.version(self._home.open)
        self.keys_on_their_way = version is None
        self._kept.hold_against(version, self._is_still_good)
        return version

    def _is_still_good(self, stream: Stream) -> bool:
        try:
            # A store that was closed meanwhile is another one now.
            return stream.store is self._home.open and stream.secrets == self._secrets(stream.id)
        except NotFound:
            return False

    def wrote(self, file: CaseFile, rows: Sequence[Unsealed], records: Sequence[Recorded]) -> None:
        """Take what was just appended to an open case into memory, without reading it again."""
        if file.head is not None:
            self._grown(file, self._followed_by(file.head, rows, records))

    def _read_on(self, known: Stream) -> Stream:
        """A stream that is kept, with what was appended since."""
        last = known.last
        if last.record.type == CLOSED:
            return known
        place = (self._home.origin, known.store, known.id, known.secrets)
        rows = read_stream(*place, after=last.record.seq, head=last.e)
        return self._followed_by(known, rows, [recorded(one) for one in rows])

    def _followed_by(
        self, known: Stream, rows: Sequence[Unsealed], records: Sequence[Recorded]
    ) -> Stream:
        if not rows or self._kept is None:
            return known
        newest = Stream(
            *(known.id, known.store, known.secrets),
            unsealed=(*known.unsealed, *rows),
            records=(*known.records, *records),
        )
        self._kept.replace(known, newest)
        return newest

    def _grown(self, file: CaseFile, head: Stream) -> CaseFile:
        """A case that is kept, with what was recorded at its head since."""
        if self._kept is None or file.head is None or head is file.head:
            return file
        case = replay(head.records[len(file.head.records) :], file.case)
        streams = (*file.streams[:-1], head)
        rest = (file.intakes, file.advice, case, case, file.damaged)
        grown = CaseFile(file.reference, streams, head, *rest)
        self._kept.keep_file(grown)
        return grown

    def _lacks_successor(self, file: CaseFile) -> bool:
        """Whether a stream that was continued is the last one to be seen.

        Keys change in the transaction that continues a stream, so whoever opens the stream still
        opens what follows it, unless that was damaged.
        """
        return any(map(self._is_continued, (*filter(None, [file.head]), *file.intakes)))

    def _open_head(self, reference: str) -> Stream | None:
        store = self._home.open
        stream = store.once_labelled(reference) if self._vault else store.labelled(reference)
        # One that was sealed is not found: who may open it finds what goes on in the vault.
        with suppress(NotFound):
            return None if stream is None else self._stream(store, stream)
        return None

    def _is_continued(self, stream: Stream) -> bool:
        last = stream.last
        return last.record.type == CLOSED and any(s.is_continued(last.e) for s in self._stores())

    def _with_continued(self, head: Stream) -> tuple[Stream, ...]:
        """A stream with all those before it, oldest first.

        Raises:
            EvidenceCorrupt: one of them does not end where the next says that it ended.
        """
        before: list[Stream] = []
        for one in head.unsealed[0].record.continues:
            try:
                stream = self.stream(one.stream)
            except NotFound:
                # One that was erased whole left tombstones; any other must be found.
                if any(store.erased.mark(one.stream) for store in self._stores()):
                    continue
                raise
            if all(opened.e != one.head for opened in stream.unsealed):
                raise EvidenceCorrupt("A stream was cut short. Stop writing and call counsel.")
            before.extend(self._with_continued(stream))
        return (*before, head)

    def _firsts(self, damaged: list[bytes]) -> Iterator[tuple[bytes, Store, Unsealed]]:
        """Each sealed stream that this person opens, where it lies, and its first record.

        Those that turn out to be damaged are added to `damaged`.
        """
        if self._keyring is None or not self._vault:
            return
        if self._sealed is None:
            self._sealed = self._custody.openable(self._keyring, self._stores())
        damaged.extend(sorted(self._sealed.damaged))
        for stream, secrets in self._sealed.streams.items():
            try:
                found = self._first(stream, secrets)
            except EvidenceCorrupt:
                damaged.append(stream)
                continue
            if found is not None:
                yield (stream, *found)

    def _first(self, stream: bytes, secrets: StreamSecrets) -> tuple[Store, Unsealed] | None:
        """Where a sealed stream lies and its first record; None for keys whose act never came."""
        for store in (self._home.vault, self._home.inbox):
            rows = store.rows(stream, limit=1)
            if rows:
                (first,) = open_rows(self._home.origin, rows, secrets, after=0, head=ZERO_HASH)
                return store, first
            if store.committed_seq(stream):
                raise EvidenceCorrupt("A stream was taken away. Call counsel.")
        return None

    def _sealed_parts(self, reference: str) -> SealedParts:
        """What this person opens of a reference's sealed streams, and all advice."""
        parts = SealedParts([], [], [], [])
        for stream, store, first in self._firsts(parts.damaged):
            match event := recorded(first).event:
                case IntakeSaved(about=about) if about == reference:
                    parts.intakes.append(self._stream(store, stream))
                case _ if sealed_reference(event) == reference:
                    parts.heads.append(self._stream(store, stream))
                case AdviceGiven():
                    continued = [one.stream for one in first.record.continues]
                    parts.advice.append((stream, continued))
                case _:
                    continue
        parts.intakes.sort(key=lambda s: (s.unsealed[0].record.recorded_at, s.id))
        return parts
