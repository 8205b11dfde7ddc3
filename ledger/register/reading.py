"""Reading: from rows to records, to the office, to a case, as far as a person may open them.

Everything above the stores sees events through here. A person without a keyring that opens a sealed
stream finds nothing, and finds it the same way for a sealed reference as for one that does not
exist.

A damaged sealed stream hides no other: what can be read is read, and `damaged` names the rest. A
case that may be among the damaged is `EvidenceCorrupt`, never `NotFound`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger.domain.case import Case, replay
from ledger.domain.events import AdviceGiven, CaseKeptSealed, IntakeSaved
from ledger.domain.fields import parse_reference
from ledger.domain.law.pack import Law
from ledger.domain.office import Office, Recorded, evolve_office
from ledger.errors import EvidenceCorrupt, NotFound
from ledger.evidence.record import ZERO_HASH, OfficeHead
from ledger.home import Home
from ledger.register.custody import Custody, Openable
from ledger.register.records import open_rows, read_stream, recorded
from ledger.register.seal import Unsealed
from ledger.stores.store import Store

CLOSED = "stream-closed.v1"
_NEVER = datetime.min.replace(tzinfo=UTC)
_DAMAGED = "A sealed stream is damaged. Stop writing and call counsel."


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream read whole: where it lives, its secrets, its records and their events."""

    id: bytes
    store: Store
    secrets: StreamSecrets
    unsealed: tuple[Unsealed, ...]
    records: tuple[Recorded, ...]

    @property
    def last(self) -> Unsealed:
        """The newest record."""
        return self.unsealed[-1]

    @property
    def continued(self) -> tuple[bytes, ...]:
        """The streams that this one continues."""
        return tuple(c.stream for c in self.unsealed[0].record.continues)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as one person may see it: its streams in reading order, and their fold.

    `head` is the stream that takes the next record; None while there are only intakes. `intakes`
    wait for triage: they are no part of `case` once there is a head, because what is written there
    must not rest on them; only triage judges `whole`. `damaged` are sealed streams of which nobody
    can say whether they belong here.
    """

    reference: str
    streams: tuple[Stream, ...]
    head: Stream | None
    intakes: tuple[Stream, ...]
    advice: tuple[Stream, ...]
    case: Case
    whole: Case
    damaged: tuple[bytes, ...] = ()

    @property
    def sealed(self) -> bool:
        """Whether the case is outside the open store."""
        return self.head is None or self.head.store.name != "open"


@dataclass(frozen=True, slots=True)
class OfficeView:
    """The office and the law at the office stream's head."""

    office: Office
    head: OfficeHead
    law: Law
    last_at: datetime


class Reader:
    """Reads a home on behalf of one person, or of the service alone (no keyring)."""

    def __init__(self, home: Home, custody: Custody, keyring: Keyring | None, vault: bool) -> None:
        """`vault` says whether to look among sealed matters at all."""
        self._home = home
        self._custody = custody
        self._keyring = keyring
        self._vault = vault and keyring is not None
        self._sealed: Openable | None = None
        self._office = (Office(), OfficeHead(0, ZERO_HASH), _NEVER)

    # ---- the office ----

    def office(self) -> OfficeView:
        """Fold the office stream up to now; only what is new since the last call is read.

        Raises:
            EvidenceCorrupt: a record was altered or taken away, or the stream's keys are lost.
        """
        office, head, last_at = self._office
        stream = self._home.config.office
        try:
            secrets = self._custody.secrets(stream, None)
        except NotFound as error:
            raise EvidenceCorrupt(
                "The keystore has no key of the office. Restore the keystore."
            ) from error
        for opened in read_stream(
            self._home.origin, self._home.open, stream, secrets, after=head.seq, head=head.head
        ):
            office = evolve_office(office, recorded(opened))
            head = OfficeHead(opened.record.seq, opened.e)
            last_at = opened.record.recorded_at
        self._office = (office, head, last_at)
        return OfficeView(office, head, self._home.law(bytes.fromhex(office.law)), last_at)

    def office_stream(self) -> Stream:
        """The office stream whole."""
        return self._stream(self._home.open, self._home.config.office)

    # ---- cases ----

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
            file = self._case(exact)
            if self._lacks_successor(file):
                raise EvidenceCorrupt(_DAMAGED)
        return file

    def _case(self, exact: str) -> CaseFile:
        parts = self._sealed_parts(exact)
        head = self._open_head(exact) or _newest(parts.heads)
        if head is None and not parts.intakes:
            if parts.damaged:
                raise EvidenceCorrupt(_DAMAGED)
            raise NotFound
        streams = self._with_continued(head) if head else ()
        known = {stream.id for stream in streams}
        waiting = tuple(s for s in parts.intakes if s.id not in known)
        shown = streams if head else waiting
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
            case=_fold(shown),
            whole=_fold((*streams, *waiting)),
            damaged=tuple(parts.damaged),
        )

    def sealed_references(self) -> tuple[str, ...]:
        """The references of every sealed case and waiting intake that this person can open."""
        found: dict[str, None] = {}
        for _, _, first in self._firsts([]):
            match recorded(first).event:
                case IntakeSaved(about=about):
                    found[about] = None
                case CaseKeptSealed(reference=reference):
                    found[reference] = None
                case _:
                    continue
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
        if self._custody.is_sealed(stream, stores):
            stores = (*stores[1:], *stores[:1])
        for store in stores:
            if store.last_seq(stream):
                return self._stream(store, stream)
        raise NotFound

    def forget_sealed(self) -> None:
        """Look again at what the keyring opens, after streams moved or audiences changed."""
        self._sealed = None

    def _stores(self) -> tuple[Store, ...]:
        """Where to look, from the last to the first on a stream's way."""
        sealed = (self._home.vault, self._home.inbox) if self._vault else ()
        return (self._home.open, *sealed)

    def _secrets(self, stream: bytes) -> StreamSecrets:
        return self._custody.secrets(stream, self._keyring if self._vault else None, self._stores())

    def _stream(self, store: Store, stream: bytes) -> Stream:
        secrets = self._secrets(stream)
        opened = read_stream(self._home.origin, store, stream, secrets)
        if not opened:
            raise NotFound
        return Stream(stream, store, secrets, opened, tuple(recorded(one) for one in opened))

    def _lacks_successor(self, file: CaseFile) -> bool:
        """Whether a stream that was continued is the last one to be seen.

        Keys change in the transaction that continues a stream, so whoever opens the stream still
        opens what follows it, unless that was damaged.
        """
        ends = (*([file.head] if file.head else []), *file.intakes)
        closed = [one for one in ends if one.last.record.type == CLOSED]
        return any(store.is_continued(one.last.e) for one in closed for store in self._stores())

    def _open_head(self, reference: str) -> Stream | None:
        stream = self._home.open.labelled(reference)
        return None if stream is None else self._stream(self._home.open, stream)

    def _with_continued(self, head: Stream) -> tuple[Stream, ...]:
        """A stream with all those before it, oldest first.

        Raises:
            EvidenceCorrupt: one of them does not end where the next says that it ended.
        """
        before: list[Stream] = []
        for one in head.unsealed[0].record.continues:
            stream = self.stream(one.stream)
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

    def _sealed_parts(self, reference: str) -> _Parts:
        """What this person opens of a reference's sealed streams, and all advice."""
        parts = _Parts([], [], [], [])
        for stream, store, first in self._firsts(parts.damaged):
            match recorded(first).event:
                case IntakeSaved(about=about) if about == reference:
                    parts.intakes.append(self._stream(store, stream))
                case CaseKeptSealed(reference=kept) if kept == reference:
                    parts.heads.append(self._stream(store, stream))
                case AdviceGiven():
                    continued = [one.stream for one in first.record.continues]
                    parts.advice.append((stream, continued))
                case _:
                    continue
        parts.intakes.sort(key=lambda s: (s.unsealed[0].record.recorded_at, s.id))
        return parts


@dataclass(frozen=True, slots=True)
class _Parts:
    """The sealed parts of a reference; advice of any case, each with what it continues."""

    intakes: list[Stream]
    heads: list[Stream]
    advice: list[tuple[bytes, list[bytes]]]
    damaged: list[bytes]


def _fold(streams: Iterable[Stream]) -> Case:
    return replay(record for stream in streams for record in stream.records)


def _newest(heads: Iterable[Stream]) -> Stream | None:
    """The case stream that no other continues: the one that takes the next record."""
    known = tuple(heads)
    continued = {one for stream in known for one in stream.continued}
    live = [stream for stream in known if stream.id not in continued]
    return max(live, key=lambda s: s.last.record.recorded_at) if live else None
