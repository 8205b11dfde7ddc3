"""Reading: from rows to records, to the office, to a case, as far as a person may open them.

Everything above the stores sees events through here. A person without a keyring that opens a sealed
stream finds nothing, and finds it the same way for a sealed reference as for one that does not
exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger.domain.case import Case, replay
from ledger.domain.codec import BadFields, UnknownEvent, join
from ledger.domain.events import AdviceGiven, CaseKeptSealed, IntakeSaved
from ledger.domain.fields import parse_reference
from ledger.domain.law.pack import Law
from ledger.domain.office import Office, Recorded, evolve_office
from ledger.errors import EvidenceCorrupt, NotFound
from ledger.evidence.grammar import format_position
from ledger.evidence.record import OfficeHead
from ledger.home import Home
from ledger.register.custody import Custody
from ledger.register.seal import Unsealed, unseal
from ledger.stores.store import Store


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

    `head` is the stream that takes the next record; None while there are only intakes.
    """

    reference: str
    streams: tuple[Stream, ...]
    head: Stream | None
    intakes: tuple[Stream, ...]
    advice: tuple[Stream, ...]
    case: Case

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
        self._sealed: dict[bytes, StreamSecrets] | None = None
        self._office: tuple[Office, OfficeHead, datetime] | None = None

    # ---- the office ----

    def office(self) -> OfficeView:
        """Fold the office stream up to now; only what is new since the last call is read.

        Raises:
            EvidenceCorrupt: a row was altered.
        """
        stream = self._home.config.office
        start = datetime.fromisoformat("0001-01-01T00:00:00+00:00")
        office, head, last_at = self._office or (Office(), OfficeHead(0, bytes(32)), start)
        secrets = self._custody.secrets(stream, None)
        for row in self._home.open.rows(stream, after=head.seq):
            opened = unseal(self._home.origin, row, secrets)
            _check_chain((opened,), head.seq, head.head)
            office = evolve_office(office, recorded(opened))
            head = OfficeHead(row.seq, opened.e)
            last_at = opened.record.recorded_at
        self._office = (office, head, last_at)
        return OfficeView(office, head, self._home.law(bytes.fromhex(office.law)), last_at)

    def office_stream(self) -> Stream:
        """The office stream whole."""
        return self._stream(self._home.open, self._home.config.office, None)

    # ---- cases ----

    def case(self, reference: str) -> CaseFile:
        """Everything of a case that this person may open.

        Raises:
            NotFound: nothing of that reference is open to this person.
        """
        exact = parse_reference(reference)
        if exact is None:
            raise NotFound
        intakes, heads, advice = self._sealed_parts(exact)
        head = self._open_head(exact) or _newest(heads)
        if head is None and not intakes:
            raise NotFound
        streams = self._with_continued(head) if head else ()
        known = {stream.id for stream in streams}
        waiting = tuple(s for s in intakes if s.id not in known)
        shown = (*streams, *(waiting if head is None else ()))
        case = replay(r for stream in shown for r in stream.records)
        ours = tuple(s for s in advice if known.intersection(s.continued))
        return CaseFile(exact, shown, head, waiting, ours, case)

    def sealed_references(self) -> tuple[str, ...]:
        """The references of every sealed case and waiting intake that this person can open."""
        found: dict[str, None] = {}
        for stream in self._sealed_streams():
            match stream.records[0].event:
                case IntakeSaved(about=about):
                    found[about] = None
                case CaseKeptSealed(reference=reference):
                    found[reference] = None
                case _:
                    continue
        return tuple(sorted(found))

    def streams_shown(self) -> tuple[Stream, ...]:
        """Every stream that this person can open, the office and open cases among them."""
        shown = {s.id: s for s in (self.office_stream(), *self._sealed_streams())}
        for _, head in self._home.open.labels():
            found = self._with_continued(self._stream(self._home.open, head, None))
            shown |= {stream.id: stream for stream in found}
        return tuple(shown.values())

    # ---- streams ----

    def stream(self, stream: bytes) -> Stream:
        """A stream by its id, from whichever store holds it now.

        Raises:
            NotFound: it does not exist or is not open to this person.
        """
        for store in self._stores():
            if store.last_seq(stream):
                return self._stream(store, stream, self._keyring)
        raise NotFound

    def forget_sealed(self) -> None:
        """Look again at what the keyring opens, after streams moved or audiences changed."""
        self._sealed = None

    def _stores(self) -> tuple[Store, ...]:
        sealed = (self._home.vault, self._home.inbox) if self._vault else ()
        return (self._home.open, *sealed)

    def _stream(self, store: Store, stream: bytes, keyring: Keyring | None) -> Stream:
        secrets = self._custody.secrets(stream, keyring)
        opened = tuple(unseal(self._home.origin, row, secrets) for row in store.rows(stream))
        if not opened:
            raise NotFound
        _check_chain(opened, 0, bytes(32))
        return Stream(stream, store, secrets, opened, tuple(recorded(one) for one in opened))

    def _open_head(self, reference: str) -> Stream | None:
        stream = self._home.open.labelled(reference)
        return None if stream is None else self._stream(self._home.open, stream, None)

    def _with_continued(self, head: Stream) -> tuple[Stream, ...]:
        before = (self.stream(one) for one in head.continued)
        return (*(s for stream in before for s in self._with_continued(stream)), head)

    def _sealed_streams(self) -> tuple[Stream, ...]:
        if not self._vault or self._keyring is None:
            return ()
        if self._sealed is None:
            self._sealed = self._custody.openable(self._keyring)
        found = []
        for stream in self._sealed:
            for store in (self._home.vault, self._home.inbox):
                if store.last_seq(stream):
                    found.append(self._stream(store, stream, self._keyring))
                    break
        return tuple(found)

    def _sealed_parts(
        self, reference: str
    ) -> tuple[tuple[Stream, ...], tuple[Stream, ...], tuple[Stream, ...]]:
        """The sealed intakes and case streams of a reference, and every advice that opens."""
        intakes, heads, advice = [], [], []
        streams = self._sealed_streams()
        for stream in streams:
            match stream.records[0].event:
                case IntakeSaved(about=about) if about == reference:
                    intakes.append(stream)
                case CaseKeptSealed(reference=kept) if kept == reference:
                    heads.append(stream)
                case AdviceGiven():
                    advice.append(stream)
                case _:
                    continue
        intakes.sort(key=lambda s: (s.unsealed[0].record.recorded_at, s.id))
        return tuple(intakes), tuple(heads), tuple(advice)


def _check_chain(opened: Iterable[Unsealed], seq: int, prev: bytes) -> None:
    """Check that records follow seq and digest without a gap.

    Raises:
        EvidenceCorrupt: one is missing, or stands where another was.
    """
    for one in opened:
        seq += 1
        if (one.record.seq, one.record.prev) != (seq, prev):
            raise EvidenceCorrupt("A stored record is missing. Stop writing and call counsel.")
        prev = one.e


def recorded(opened: Unsealed) -> Recorded:
    """Put an opened record into the domain's words.

    Raises:
        EvidenceCorrupt: its fields do not fit its type.
    """
    record = opened.record
    try:
        event = join(record.type, record.event, opened.personal or {})
    except (UnknownEvent, BadFields) as error:
        raise EvidenceCorrupt("A stored record has a type or fields unknown here.") from error
    return Recorded(
        ref=format_position(record.stream, record.seq),
        e=opened.e.hex(),
        event=event,
        type=record.type,
        occurred_at=record.occurred_at,
        recorded_at=record.recorded_at,
        actor=record.actor,
        recorded_by=record.recorded_by,
        role=record.role,
        under=record.under,
        law=record.law.hex(),
        basis=record.basis,
        precision=record.occurred_precision,
    )


def _newest(heads: Iterable[Stream]) -> Stream | None:
    """The case stream that no other continues: the one that takes the next record."""
    known = tuple(heads)
    continued = {one for stream in known for one in stream.continued}
    live = [stream for stream in known if stream.id not in continued]
    return max(live, key=lambda s: s.last.record.recorded_at) if live else None
