"""Documents of a case: encrypted as they are recorded, and given back as they were brought.

The record says what a document is (`document-attached`: digest, size, media type and name, all of
them personal); the bytes lie beside its row, in the same store, under the same personal secret,
written in the same transaction (ADR 0026). Nothing here ever looks into them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from keys.documents import PART_BYTES, decrypt_part, encrypt_part, parts_of
from keys.errors import Undecipherable
from keys.secrets import StreamSecrets
from ledger.domain.codec import tag_of
from ledger.domain.events import DocumentAttached
from ledger.domain.fields import Document
from ledger.domain.office import Recorded
from ledger.errors import BadRequest, EvidenceCorrupt, NotFound
from ledger.evidence.pack import attachment_path
from ledger.register.incoming import Incoming
from ledger.register.kept import CaseFile, Stream
from ledger.register.records import recorded
from ledger.register.seal import Sealed, Unsealed, row_context
from ledger.stores.documents import Part
from ledger.stores.store import Store

TAG = tag_of(DocumentAttached())
BRING_IT = (
    "A document is recorded with its bytes: disclosure-ledger document attach REFERENCE FILE, or"
    " POST /api/cases/REFERENCE/documents. Its name, digest, size and type are read from it."
)
ERASED = "That document was erased, with the people in its part of the case."
UNREADABLE = "That is no file that can be read. Nothing was saved."
ALTERED = "A stored document was altered or taken away. Stop writing and call counsel."


def described(incoming: Incoming) -> dict[str, object]:
    """The fields that stand in a record for a document."""
    return {"name": incoming.name, "document": msgspec.to_builtins(incoming.document)}


@dataclass(frozen=True, slots=True)
class SealedParts:
    """The parts of a document for its record, encrypted one by one as often as they are asked for.

    Each time anew: an append that is tried again puts the record, and so its document, elsewhere.
    """

    incoming: Incoming
    secrets: StreamSecrets
    sealed: Sealed

    def __iter__(self) -> Iterator[Part]:
        """In their order."""
        record = self.sealed.record
        context = row_context(record.origin, record.stream, record.seq)
        for number, content in enumerate(self.incoming.parts()):
            state = encrypt_part(self.secrets, context, number, content)
            yield Part(record.stream, record.seq, number, state)


def parts_for(
    incoming: Incoming | None, secrets: StreamSecrets, sealed: Sequence[Sealed]
) -> SealedParts | tuple[()]:
    """The parts that go with the one of these records that describes the document."""
    found = [one for one in sealed if one.record.type == TAG]
    return SealedParts(incoming, secrets, found[0]) if incoming is not None and found else ()


@dataclass(frozen=True, slots=True)
class Attached:
    """A document of a case. Where the people in it were erased, `document` and `name` are None."""

    record: Recorded
    of: str | None
    name: str | None
    document: Document | None
    _stream: Stream
    _origin: str

    def content(self) -> Iterator[bytes]:
        """Its bytes, piece by piece, none of which was changed; the last comes only if all did.

        Raises:
            BadRequest: it was erased.
            EvidenceCorrupt: it was altered, or a part is not there.
        """
        if self.document is None:
            raise BadRequest(ERASED)
        stream = self._stream
        seq = int(self.record.ref.partition(":")[2])
        place = Lying(self._origin, stream.store, stream.id, seq)
        return content_of(place, stream.secrets, self.document)


@dataclass(frozen=True, slots=True)
class Lying:
    """Where the document of a record lies."""

    origin: str
    store: Store
    stream: bytes
    seq: int


def attached_to(origin: str, file: CaseFile) -> tuple[Attached, ...]:
    """Every document of a case that its reader may see, in the order in which they came."""
    streams = {one.id: one for one in (*file.streams, *file.intakes, *file.advice)}
    return tuple(
        Attached(one, one.event.of, one.event.name, one.event.document, stream, origin)
        for stream in streams.values()
        for one in stream.records
        if isinstance(one.event, DocumentAttached)
    )


def attached_as(origin: str, file: CaseFile, record: str) -> Attached:
    """The document that a record of a case describes.

    Raises:
        NotFound: none of the case does.
    """
    for one in attached_to(origin, file):
        if one.record.ref == record:
            return one
    raise NotFound


def document_in(
    store: Store, secrets: StreamSecrets, opened: Unsealed
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The document that a record describes, if it does: its path in a pack, and its bytes.

    Raises:
        EvidenceCorrupt: it is not there, or does not fit its record.
    """
    record = opened.record
    if record.type != TAG or not opened.personal:
        return
    described = recorded(opened).event
    if isinstance(described, DocumentAttached) and described.document is not None:
        place = Lying(record.origin, store, record.stream, record.seq)
        path = attachment_path(bytes.fromhex(described.document.sha256))
        yield path, content_of(place, secrets, described.document)


def content_of(place: Lying, secrets: StreamSecrets, document: Document) -> Iterator[bytes]:
    """The bytes of a document: see `Attached.content`. The stream's people were not erased."""
    stored = place.store.documents
    if stored.count(place.stream, place.seq) != parts_of(document.size):
        raise EvidenceCorrupt(ALTERED)
    return _checked(place, secrets, document)


def _checked(place: Lying, secrets: StreamSecrets, document: Document) -> Iterator[bytes]:
    digest, whole = sha256(), -(-document.size // PART_BYTES)
    context = row_context(place.origin, place.stream, place.seq)
    for number in range(whole):
        part = place.store.documents.part(place.stream, place.seq, number)
        size = min(PART_BYTES, document.size - number * PART_BYTES)
        try:
            piece = decrypt_part(secrets, context, number, size, part or b"")
        except Undecipherable as error:
            raise EvidenceCorrupt(ALTERED) from error
        digest.update(piece)
        if number == whole - 1 and digest.hexdigest() != document.sha256:
            raise EvidenceCorrupt(ALTERED)
        yield piece


@contextmanager
def brought(path: Path) -> Iterator[Incoming]:
    """Take in a file that lies on this machine.

    Raises:
        BadRequest: it cannot be read, or is none that is taken.
        Unavailable: there is no room.
    """
    with closing(Incoming(path.name)) as incoming:
        try:
            # A pipe or a device would have no end.
            if not path.is_file():
                raise BadRequest(UNREADABLE)
            with path.open("rb") as file:
                while piece := file.read(PART_BYTES):
                    incoming.write(piece)
        except OSError as error:
            raise BadRequest(UNREADABLE) from error
        incoming.finish()
        yield incoming
