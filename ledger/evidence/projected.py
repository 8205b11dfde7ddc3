"""Attestations of projections: what the rows of a definition were when the log had a size.

A person signs, with the key that signs their records, that the records whose leaves lie below the
size give these rows under this definition. The state is one Merkle root over all rows, so that one
of them has a proof of its own.

Sample of the text (a note of one line below it, by ``<origin>/person/<person>``):

    ledger.lonecone.example projection v1
    name deadlines
    version 3
    size 4096
    root CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
    rows 12
    state nTVgbYTo4T0lVHqkGnrFUXvTwjKhKmgaS0Ulfr1IAzU=

Anyone may import this module. Cites: FORMAT §4 "Projection"; RFC 6962 §2.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.evidence import jcs
from ledger.evidence.fields import exact_object, integer, items, object_of, read_base64, text
from ledger.evidence.grammar import (
    MAX_INTEGER,
    Malformed,
    check_origin,
    check_person,
    parse_base64,
    parse_decimal,
    to_base64,
)
from ledger.evidence.jcs import Json
from ledger.evidence.merkle import verify_inclusion
from ledger.evidence.note import ED25519, CheckSignature, SignedNote, VKey, verify
from ledger.evidence.receipt import parse_lines

__all__ = [
    "ROW_FORMAT",
    "AttestedRow",
    "AttestedState",
    "RowProof",
    "load_signed",
    "person_key",
    "signer_of",
]

ROW_FORMAT: Final = "disclosure-ledger/row/v1"
_LINES: Final = ("name", "version", "size", "root", "rows", "state")
_NAME: Final = re.compile(r"[a-z][a-z-]{0,31}")
_PROOF: Final = frozenset({"attestation", "format", "index", "key", "leaves", "path", "row"})


@dataclass(frozen=True)
class AttestedState:
    """The rows of one definition, as they follow from the records below a size of the log."""

    origin: str
    name: str
    version: int
    size: int
    root: bytes
    """The log's root at `size`."""
    rows: int
    state: bytes
    """The Merkle root over the entries of all rows (`AttestedRow.entry`), ascending by key."""

    def dump(self) -> str:
        """Write the text that is signed.

        Raises: Malformed.
        """
        _check_state(self)
        return (
            f"{self.origin} projection v1\n"
            f"name {self.name}\n"
            f"version {self.version}\n"
            f"size {self.size}\n"
            f"root {to_base64(self.root)}\n"
            f"rows {self.rows}\n"
            f"state {to_base64(self.state)}\n"
        )

    @classmethod
    def load(cls, text: str) -> AttestedState:
        """Read a text whose signature is verified.

        Raises: Malformed.
        """
        origin, (name, version, size, root, rows, state) = parse_lines(text, "projection", _LINES)
        attested = cls(
            origin=origin,
            name=name,
            version=parse_decimal(version),
            size=parse_decimal(size),
            root=parse_base64(root, 32),
            rows=parse_decimal(rows),
            state=parse_base64(state, 32),
        )
        _check_state(attested)
        return attested


@dataclass(frozen=True)
class AttestedRow:
    """One row with its key, and the indexes in the log of the records on which it rests."""

    key: str
    row: Mapping[str, Json]
    leaves: tuple[int, ...]

    @property
    def entry(self) -> bytes:
        """What stands in the tree of the state: the key, a zero byte, the row.

        Raises: Malformed.
        """
        return self.key.encode() + b"\0" + jcs.dump(self.row)

    def dump(self) -> bytes:
        """Write the row as one line, its newline included.

        Raises: Malformed.
        """
        return jcs.dump(_row_fields(self)) + b"\n"

    @classmethod
    def load(cls, line: bytes) -> AttestedRow:
        """Read one line of untrusted rows, without its newline.

        Raises: Malformed.
        """
        return _row(exact_object(jcs.load(line), {"key", "leaves", "row"}, "row"))


@dataclass(frozen=True)
class RowProof:
    """One row, where it stands among the attested ones, and the attestation itself."""

    attestation: str
    """The signed note."""
    row: AttestedRow
    index: int
    path: Sequence[bytes]

    def dump(self) -> bytes:
        """Write the proof in its one spelling.

        Raises: Malformed.
        """
        return jcs.dump(
            {
                "format": ROW_FORMAT,
                "attestation": self.attestation,
                "index": self.index,
                "path": [to_base64(one) for one in self.path],
                **_row_fields(self.row),
            }
        )

    @classmethod
    def load(cls, data: bytes) -> RowProof:
        """Read an untrusted proof.

        Raises: Malformed.
        """
        got = exact_object(jcs.load(data), _PROOF, "proof")
        if got["format"] != ROW_FORMAT:
            raise Malformed("proof.format is not the one of this version")
        return cls(
            attestation=text(got["attestation"], "proof.attestation"),
            row=_row(got),
            index=integer(got["index"], "proof.index"),
            path=tuple(
                read_base64(one, "proof.path", 32) for one in items(got["path"], "proof.path")
            ),
        )

    def proves(self, attested: AttestedState) -> bool:
        """Tell whether the row stands in an attested state whose signature is verified."""
        return verify_inclusion(
            self.row.entry, self.index, attested.rows, self.path, attested.state
        )


def person_key(origin: str, person: str, public: bytes) -> VKey:
    """Return the key with which a person signs attestations.

    Raises: Malformed.
    """
    check_person(person)
    return VKey(f"{origin}/person/{person}", ED25519, public)


def signer_of(note: SignedNote, origin: str) -> str:
    """Return who says to have signed the note; nothing is verified.

    Raises: Malformed.
    """
    if len(note.signatures) != 1:
        raise Malformed("an attestation of a projection carries one signature")
    name = note.signatures[0].name
    start = f"{origin}/person/"
    person = name.removeprefix(start)
    if not name.startswith(start):
        raise Malformed("an attestation of a projection is not signed by a person of this ledger")
    check_person(person)
    return person


def load_signed(data: bytes, vkey: VKey, check: CheckSignature) -> AttestedState:
    """Read an attestation that this key signed.

    Raises: Malformed, and Unverified where the signature is another.
    """
    note = SignedNote.parse(data)
    verify(note, [vkey], check)
    return AttestedState.load(note.text)


def _row_fields(row: AttestedRow) -> dict[str, Json]:
    return {"key": row.key, "row": row.row, "leaves": list(row.leaves)}


def _row(got: Mapping[str, Json]) -> AttestedRow:
    key = text(got["key"], "row.key")
    if not key.isprintable():
        # A zero byte ends the key in its entry.
        raise Malformed("a row's key holds a control character")
    leaves = tuple(integer(one, "row.leaves") for one in items(got["leaves"], "row.leaves"))
    return AttestedRow(key, object_of(got["row"], "row.row"), leaves)


def _check_state(attested: AttestedState) -> None:
    check_origin(attested.origin)
    if not _NAME.fullmatch(attested.name):
        raise Malformed("a projection's name is not small letters and hyphens")
    if len(attested.root) != 32 or len(attested.state) != 32:
        raise Malformed("a projection's root or state is not 32 bytes")
    if not (1 <= attested.version <= MAX_INTEGER and 1 <= attested.size <= MAX_INTEGER):
        raise Malformed("a projection's version or size is out of range")
    if not 0 <= attested.rows <= MAX_INTEGER:
        raise Malformed("a projection's number of rows is out of range")
