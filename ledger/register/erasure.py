"""Erasure, decided: one person proposes, another assents; `eraser` carries it out.

    propose (closes the stream) ─► assent by another person ─► eraser ─► record that it is so

The record stands in the office; for a sealed stream in the vault office, so that nobody else learns
of it. Both people look at the matter for holds: while one stands, neither gets through.

That it is carried out is recorded by a person, once it is destroyed here and everybody who was told
of it dropped it (`destroyed`); from then on it takes a while until the last old copy of keys has
expired (`ledger.erasing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger.domain.case import Case
from ledger.domain.erasure_events import ErasedRecord, ErasureCarriedOut, StreamErased
from ledger.domain.events import AdviceGiven, CaseOpened, Event, IntakeSaved
from ledger.domain.evolve import replay
from ledger.domain.office import Office, Recorded, replay_office
from ledger.domain.office_events import Assented
from ledger.errors import AppendConflict, BadRequest, NotFound
from ledger.evidence.acts import CLOSED
from ledger.home import Home, OpenHome
from ledger.register.acts import OFFICE, Act, Receipt
from ledger.register.appending import Appending, Place, Signing, new_place, place_after
from ledger.register.aside import tasks_of
from ledger.register.custody import Custody
from ledger.register.destroyed import carried_out, holding_on, is_destroyed
from ledger.register.judging import judge
from ledger.register.matters import readers_of_vault_office
from ledger.register.reading import CaseFile, OfficeView, Reader, Stream
from ledger.register.roster import fitting, sealed_reference
from ledger.register.writing import Writer
from ledger.stores.erased import Mark, Tombstone
from ledger.stores.store import Store, Wrap

VAULT_OFFICE = "vault-office"
"""The reference under which erasures of sealed streams are addressed."""
ASSENT = Assented.COMMAND
ERASE = StreamErased.COMMAND
CARRIED_OUT = ErasureCarriedOut.COMMAND
WAITS = "The erasure of this matter was proposed already. It waits for a second person."

Sign = Callable[[OfficeView, Keyring, Act, Event | None, Case], Signing]


def concerns_erasure(act: Act, office: Office) -> bool:
    """Whether an act proposes an erasure, assents to one, or records that it is carried out."""
    if act.command in (ERASE, CARRIED_OUT) or act.case == VAULT_OFFICE:
        return True
    return act.command == ASSENT and act.case == OFFICE and _awaited(act, office) is not None


class Erasing:
    """Proposals of erasures, assents to them and their ends, as the register takes them in the
    open.
    """

    def __init__(self, home: OpenHome, custody: Custody, writer: Writer, sign: Sign) -> None:
        self._home = home
        self._custody = custody
        self._writer = writer
        self._sign = sign

    def handle(self, view: OfficeView, reader: Reader, keyring: Keyring, act: Act) -> Receipt:
        """Record a proposal, an assent, or that what was decided is carried out.

        Raises:
            BadRequest: the act is none of these, or its fields do not fit; or it is not carried out
                yet.
            NotFound: the stream, or the vault office, is not open to this person.
            RequestRefused: a hold covers the matter, or it was not closed.
        """
        if act.command not in (ERASE, ASSENT, CARRIED_OUT):
            raise BadRequest("The vault office takes what concerns erasures, nothing else.")
        if act.command == ERASE:
            return self._propose(view, reader, keyring, act)
        if act.case == VAULT_OFFICE and reader.vault_office() is None:
            # As for who may not read it: else the answer would tell whether it was ever needed.
            raise NotFound
        place, within = self._place(view, reader, sealed=act.case == VAULT_OFFICE)
        if act.command == CARRIED_OUT:
            return self._end(within, reader, keyring, act, place)
        waiting = _awaited(act, within.office)
        if waiting is None:
            raise BadRequest("No erasure waits for your assent under this digest.")
        case = matter_of(reader, bytes.fromhex(waiting.stream)).case
        event = Assented(of=str(act.fields["of"]))
        signing = self._sign(within, keyring, act, event, case)
        return self._write(reader, case, event, act, signing, place)

    def _propose(self, view: OfficeView, reader: Reader, keyring: Keyring, act: Act) -> Receipt:
        stream_id, scope = _asked(act)
        matter = matter_of(reader, stream_id)
        place, within = self._place(view, reader, sealed=self._is_sealed(stream_id))
        event = _event(matter.stream, scope)
        signing = self._sign(within, keyring, act, event, matter.case)
        # Judged before the stream is closed: a refusal leaves it as it is.
        judge(self._home, matter.case, event, act, signing)
        if matter.stream.last.record.type != CLOSED:
            self._writer.close((place_after(matter.stream),), act, signing)
            event = _event(reader.stream(stream_id), scope)
        return self._write(reader, matter.case, event, act, signing, place)

    def _end(
        self, view: OfficeView, reader: Reader, keyring: Keyring, act: Act, place: Place
    ) -> Receipt:
        """Record that what was decided in this office is carried out."""
        event = ErasureCarriedOut(of=str(act.fields.get("of")))
        decided = {one.e: one for one in view.office.erasures if one.stream == place.stream.hex()}
        erasure = decided.get(event.of)
        if erasure is None:
            raise BadRequest("Nothing was decided to be erased under this digest.")
        if event.of in carried_out(reader.stream(place.stream).records):
            raise BadRequest("That this is carried out was recorded before.")
        if not is_destroyed(self._home.keystore, self._stores(), erasure):
            raise BadRequest("This is not destroyed yet. Run: disclosure-ledger erase finish")
        if left := holding_on(self._home, erasure):
            raise BadRequest(f"Not everybody who was told of it dropped it: {', '.join(left)}.")
        signing = self._sign(view, keyring, act, event, Case())
        return self._write(reader, Case(), event, act, signing, place)

    def _stores(self) -> tuple[Store, ...]:
        """Where rows of what is erased may lie, as far as this side sees."""
        return (self._home.open,)

    def _write(
        self, reader: Reader, case: Case, event: Event, act: Act, signing: Signing, place: Place
    ) -> Receipt:
        judge(self._home, case, event, act, signing)
        is_vaults = place.stream == self._home.config.vault_office
        wraps = [self._wrap(reader, place, signing)] if is_vaults else []
        reference = VAULT_OFFICE if is_vaults else OFFICE
        new = Appending(place, (event,), answers=reference, wraps=wraps)
        written = self._writer.append(new, act, signing)
        return Receipt(reference, written.receipts)

    def _wrap(self, reader: Reader, place: Place, signing: Signing) -> Wrap:
        """Let whoever is counsel or custodian now read the vault's office from here on."""
        known, office = reader.vault_office(), signing.view.office
        readers = readers_of_vault_office(office, () if known is None else known.records)
        audience = fitting(office, readers)
        return self._custody.sealed_wrap(place.stream, place.secrets, audience, signing.now)

    def _is_sealed(self, _stream: bytes) -> bool:
        """Whether the erasure of a stream that was read stands in the vault office."""
        return False

    def _place(self, view: OfficeView, reader: Reader, *, sealed: bool) -> tuple[Place, OfficeView]:
        """Where the record goes, and the office as the records there have changed it."""
        if sealed:
            raise NotFound
        stream = reader.office_stream()
        if stream.last.e != view.head.head:
            # The office went on since it was decided on; then it is decided again.
            raise AppendConflict
        return place_after(stream), view


class SealedErasing(Erasing):
    """Proposals and assents of who looks among sealed matters."""

    def __init__(self, home: Home, custody: Custody, writer: Writer, sign: Sign) -> None:
        super().__init__(home, custody, writer, sign)
        self._vault_home = home

    def _stores(self) -> tuple[Store, ...]:
        return self._vault_home.row_stores

    def _is_sealed(self, stream: bytes) -> bool:
        return self._custody.is_sealed(stream, self._vault_home.row_stores)

    def _place(self, view: OfficeView, reader: Reader, *, sealed: bool) -> tuple[Place, OfficeView]:
        if not sealed:
            return super()._place(view, reader, sealed=False)
        stream = reader.vault_office()
        if stream is None:
            home, secrets = self._vault_home, StreamSecrets.generate()
            return new_place(home.config.vault_office, home.vault, secrets), view
        return place_after(stream), replace(view, office=replay_office(stream.records, view.office))


# ---- a matter with all that belongs to it ----


@dataclass(frozen=True, slots=True)
class Part:
    """A stream that goes with a matter: the act that proposes its erasure, the event that the act
    records, and the case that it is judged with.
    """

    act: Act
    event: StreamErased
    case: Case


def parts_of(reader: Reader, file: CaseFile, scope: str) -> tuple[Part, ...]:
    """What is to be proposed to erase a matter: its tasks, its advice and its own streams.

    Tasks first: one that goes on refuses, before anything of its matter is closed for good.
    """
    own = OFFICE if not file.sealed else VAULT_OFFICE
    tasks = tasks_of(reader, file.case)
    streams = (
        *((stream, task.whole, VAULT_OFFICE) for task in tasks for stream in task.streams),
        *((stream, file.whole, VAULT_OFFICE) for stream in file.advice),
        *((stream, file.whole, own) for stream in file.streams),
    )
    return tuple(
        Part(
            Act(ERASE, {"stream": stream.id.hex(), "secrets": scope}, place),
            _event(stream, scope),
            case,
        )
        for stream, case, place in streams
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """An erasure that waits for a second person, and the office in which it stands."""

    proposed: Recorded
    event: StreamErased
    place: str


def waiting(view: OfficeView, reader: Reader) -> tuple[Waiting, ...]:
    """Every erasure that waits for a second person, as far as the reader may know of it."""
    openly = {one.e for one in view.office.awaiting_assent}
    return tuple(
        Waiting(one, one.event, OFFICE if one.e in openly else VAULT_OFFICE)
        for one in erasures(view, reader).awaiting_assent
        if isinstance(one.event, StreamErased)
    )


def not_awaited(view: OfficeView, reader: Reader, parts: Iterable[Part]) -> tuple[Part, ...]:
    """What of a matter no second person was asked about: all, what a crash left, or nothing."""
    awaited = {one.event.stream for one in waiting(view, reader)}
    return tuple(one for one in parts if one.event.stream not in awaited)


# ---- reading ----


@dataclass(frozen=True, slots=True)
class Matter:
    """A stream that is to be erased, and the whole case that it belongs to.

    `heads` are the open ends of the case: where a hold could be placed now.
    """

    stream: Stream
    case: Case
    heads: tuple[tuple[bytes, int], ...]


def matter_of(reader: Reader, stream_id: bytes) -> Matter:
    """Read a stream with the case that it belongs to.

    Where the case itself was erased already, what is left of it is the stream: an erased stream
    was closed before, and had no hold.

    Raises:
        NotFound: the stream is not open to this reader.
        BadRequest: it belongs to no case, such as the office.
    """
    stream = reader.stream(stream_id)
    reference = reference_of(reader, stream)
    try:
        file = reader.case(reference)
    except NotFound:
        return Matter(stream, replay(stream.records), ())
    ends = (*([file.head] if file.head else []), *file.intakes)
    heads = tuple((one.id, one.last.record.seq) for one in ends)
    return Matter(stream, file.whole, heads)


def erasures(view: OfficeView, reader: Reader) -> Office:
    """The office with every erasure that the reader may know of: waiting, or assented to."""
    stream = known_vault_office(reader)
    return view.office if stream is None else replay_office(stream.records, view.office)


def known_vault_office(reader: Reader) -> Stream | None:
    """The vault office; None where there is none, or not for this reader."""
    with suppress(NotFound):
        return reader.vault_office()
    return None


def tombstones(*stores: Store) -> tuple[tuple[Mark, Tombstone], ...]:
    """The tombstones in these stores, each once, with the mark of its erasure.

    Those of sealed streams are for who reads the vault office, where their erasures stand.
    """
    found = {
        (one.stream, one.seq): (mark, one)
        for store in reversed(stores)
        for mark in store.erased.marks()
        if mark.scope == "both"
        for one in store.erased.tombstones(mark.stream)
    }
    return tuple(found.values())


def reference_of(reader: Reader, stream: Stream) -> str:
    """The case that a stream belongs to.

    Raises:
        BadRequest: it belongs to none, such as the office.
    """
    first = stream.records[0].event
    match first:
        case IntakeSaved(about=reference) | CaseOpened(reference=reference):
            return reference
        case AdviceGiven():
            return reference_of(reader, reader.stream(stream.continued[0]))
        case _:
            found = sealed_reference(first)
            if found is None:
                raise BadRequest("Only the streams of a case can be erased.")
            return found


def _awaited(act: Act, office: Office) -> StreamErased | None:
    for one in office.awaiting_assent:
        if one.e == act.fields.get("of") and isinstance(one.event, StreamErased):
            return one.event
    return None


def _asked(act: Act) -> tuple[bytes, str]:
    """The stream and the scope of a proposal; its records are read, never typed."""
    stream, scope = act.fields.get("stream"), act.fields.get("secrets")
    if set(act.fields) == {"stream", "secrets"} and scope in ("personal", "both"):
        try:
            return bytes.fromhex(str(stream)), str(scope)
        except ValueError:
            pass
    raise BadRequest("An erasure names a stream and its secrets: personal or both.")


def _event(stream: Stream, scope: str) -> StreamErased:
    records = tuple(ErasedRecord(seq=one.record.seq, e=one.e.hex()) for one in stream.unsealed)
    return StreamErased(
        stream=stream.id.hex(),
        secrets="personal" if scope == "personal" else "both",
        records=records,
    )
