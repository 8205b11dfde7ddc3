"""Seal a record: sign it, chain it, commit to it, encrypt it. And open it again.

    event ─► personal fields salted away ─► record (JCS) ─► DSSE envelope ─► E ─► commitment ─► row

Encryption belongs here; stores move bytes. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from keys.errors import Undecipherable
from keys.keyring import Keyring
from keys.rows import decrypt_row, encrypt_row
from keys.secrets import StreamSecrets
from ledger.errors import EvidenceCorrupt, Unavailable
from ledger.evidence import commitment, envelope, jcs
from ledger.evidence.envelope import Envelope
from ledger.evidence.grammar import Malformed
from ledger.evidence.jcs import Json
from ledger.evidence.record import Record
from ledger.evidence.record import dump as dump_record
from ledger.evidence.record import load as load_record
from ledger.stores.store import Row

_NO_VALUES = jcs.dump({})


class Sealed(Struct, frozen=True):
    """A record ready to append: its envelope's digest E, its commitment and its encrypted row."""

    record: Record
    e: bytes
    commitment: bytes
    row: Row
    written: Unsealed
    """What will be read back."""


class Unsealed(Struct, frozen=True):
    """A record as read back: the signed bytes, what they say, and the personal values still there.

    `personal` is None when the stream's personal secret was erased.
    """

    envelope: bytes
    e: bytes
    record: Record
    personal: Mapping[str, Json] | None


def personal_digests(
    secrets: StreamSecrets, stream: bytes, seq: int, values: Mapping[str, Json]
) -> dict[str, bytes]:
    """The salted digests that stand in the record for its personal values (FORMAT §3.3).

    Raises:
        Unavailable: the stream's personal secret was erased.
    """
    if secrets.personal is None:
        raise Unavailable("The people in this stream were erased; it takes no new records.")
    return {
        name: commitment.personal_digest(
            commitment.salt(secrets.personal, stream, seq, name), jcs.dump(value)
        )
        for name, value in values.items()
    }


def seal(
    record: Record, personal: Mapping[str, Json], secrets: StreamSecrets, keyring: Keyring
) -> Sealed:
    """Sign the record and make its row and commitment."""
    payload = dump_record(record)
    signed = Envelope(payload, record.key, keyring.sign(envelope.signing_input(payload)))
    data = envelope.dump(signed)
    e = envelope.digest(data)
    blind = commitment.blind(secrets.core, record.stream, record.seq)
    context = row_context(record.origin, record.stream, record.seq)
    state = encrypt_row(secrets, context, data, jcs.dump(personal) if personal else _NO_VALUES)
    return Sealed(
        written=Unsealed(data, e, record, personal),
        record=record,
        e=e,
        commitment=commitment.commit(blind, record.stream, record.seq, e),
        row=Row(record.stream, record.seq, state),
    )


def unseal(origin: str, row: Row, secrets: StreamSecrets) -> Unsealed:
    """Decrypt a row and read its record.

    Raises:
        EvidenceCorrupt: the row was changed, moved, or does not hold what it should.
    """
    try:
        data, personal = decrypt_row(secrets, row_context(origin, row.stream, row.seq), row.state)
        record = load_record(envelope.load(data).payload)
        values = None if personal is None else jcs.load(personal)
    except (Undecipherable, Malformed) as error:
        raise EvidenceCorrupt(
            "A stored record was altered. Stop writing and call counsel."
        ) from error
    if (record.origin, record.stream, record.seq) != (origin, row.stream, row.seq):
        raise EvidenceCorrupt("A stored record stands in another record's place.")
    if values is not None and not isinstance(values, dict):
        raise EvidenceCorrupt("A stored record's personal values were altered.")
    return Unsealed(data, envelope.digest(data), record, values)


def row_context(origin: str, stream: bytes, seq: int) -> bytes:
    """What a row's ciphertext is bound to, so that a row moved elsewhere does not open."""
    return origin.encode() + b"\0" + stream + seq.to_bytes(8, "big")


def wrap_context(origin: str, stream: bytes) -> bytes:
    """What a wrap of a stream's secrets is bound to."""
    return origin.encode() + b"\0" + stream
