"""Vouching: a person attests to the rows of a projection, and whoever has the ledger checks it.

    records whose leaves lie below the newest checkpoint ─► rows ─► Merkle root ─► signed note

What was recorded since does not count, closures of the office among it: so whoever derives the rows
at that size again comes to the same. Only what is open is attested to.

    FOLDER/attestation   the note
    FOLDER/rows.jsonl    every row with its key, and the leaves of the records on which it rests

Cites: FORMAT §4 "Projection"; ADR 0020.
"""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from keys.files import private, whole_folder, write_private
from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger.domain.law.deadlines import Reading
from ledger.domain.office import Key, Office, Recorded, replay_office
from ledger.errors import BadRequest, EvidenceCorrupt, NotPermitted, Unavailable
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.grammar import Malformed, parse_position
from ledger.evidence.merkle import Frontier, GrowingTree, Tree
from ledger.evidence.note import SignedNote, Unverified, VKey, signature_line
from ledger.evidence.projected import (
    AttestedRow,
    AttestedState,
    RowProof,
    load_signed,
    person_key,
    signer_of,
)
from ledger.home import OpenHome
from ledger.leaves import leaf_of, root_at
from ledger.projecting import definition_of, source
from ledger.projections.checking import Difference, compare
from ledger.projections.definitions import OFFICE, Definition
from ledger.projections.definitions.definition import spell
from ledger.register.custody import Custody
from ledger.register.reading import Reader
from ledger.verify.crypto import check_ed25519

NOTE, ROWS = "attestation", "rows.jsonl"
_NOT_YET = "Your key is not in the published log yet. Wait for the next tick, then attest."
_UNSIGNED = "The attestation does not carry the signature of a person whose key held then."
_NOT_READ = "This is no attestation of a projection, and no proof of a row: {why}."
_OTHER_VERSION = "This program makes {name} in version {version}; the attestation is of another."
_FOREIGN = "The attestation is of another ledger, or of a log that this one never had."
_NOT_WRITTEN = "The attestation cannot be written there now. Nothing was kept."
_NO_ROW = "There is no such row in what was published. See: projection show"


@dataclass(frozen=True, slots=True)
class Verified:
    """What an attestation says, who signed it, and the first row that does not follow."""

    attested: AttestedState
    person: str
    difference: Difference | None


def verify_alone(path: Path, key: str) -> Verified:
    """Check an attestation, or the proof of one row, with nothing but the signer's key: signature,
    and that what is shown stands in the state that was signed. The records are not looked at.

    Raises:
        BadRequest: it cannot be read, or the key is none.
        EvidenceCorrupt: it does not carry the signature of this key.
    """
    try:
        vkey = VKey.load(key)
        if path.is_dir():
            attested = load_signed((path / NOTE).read_bytes(), vkey, _check)
            tree = Frontier()
            with (path / ROWS).open("rb") as file:
                rows = sum(1 for _ in _entered(tree, map(_line, file)))
            stands = (rows, tree.root()) == (attested.rows, attested.state)
        else:
            proof = RowProof.load(path.read_bytes())
            attested = load_signed(proof.attestation.encode(), vkey, _check)
            stands = proof.proves(attested)
    except Unverified as error:
        raise EvidenceCorrupt(_UNSIGNED) from error
    except Malformed as error:
        raise BadRequest(_NOT_READ.format(why=error)) from error
    except OSError as error:
        raise BadRequest(_NOT_READ.format(why="it cannot be read")) from error
    view = f"{attested.name}.v{attested.version}"
    difference = None if stands else Difference(view, "", "state")
    return Verified(attested, vkey.name.rpartition("/")[2], difference)


@dataclass(frozen=True, slots=True)
class _OfficeRead:
    """The office as it was read once, and the leaf of each of its records that has one."""

    records: Sequence[Recorded]
    leaves: Mapping[str, int]

    @property
    def now(self) -> Office:
        """The office with all that is recorded."""
        return replay_office(self.records)

    def at(self, size: int) -> Office:
        """The office by the records whose leaves lie below a size."""
        return replay_office(one for one in self.records if self.leaves.get(one.ref, size) < size)


class Vouching:
    """Attests to the projections of a home, and checks attestations against it."""

    def __init__(self, home: OpenHome, reader: Reader) -> None:
        """`reader` is the service's."""
        self._home = home
        self._source = source(home, reader)
        self._custody = Custody(home)

    # ---- attesting ----

    def attest(self, definition: Definition, keyring: Keyring, folder: Path) -> AttestedState:
        """Write an attestation into a new folder, which is whole or not there, and its maker's
        alone.

        Raises:
            BadRequest: nothing was published yet, or the folder is there already.
            Unavailable: the disk refuses; nothing is left behind.
            NotPermitted: the key of the person is not enrolled, or not published yet.
            EvidenceCorrupt: a record, or the published log, was altered.
        """
        newest, office = self._home.published(), self._office()
        self._check_signs(keyring, newest.size, office)
        try:
            if folder.exists():
                raise BadRequest(f"{folder} is there already. Choose a new folder.")
            with whole_folder(folder) as partial:
                return self._write(definition, newest, office, keyring, partial)
        except OSError as error:
            raise Unavailable(_NOT_WRITTEN) from error

    def _write(
        self,
        definition: Definition,
        newest: Checkpoint,
        office: _OfficeRead,
        keyring: Keyring,
        folder: Path,
    ) -> AttestedState:
        tree = Frontier()
        with open(folder / ROWS, "xb", opener=private) as file:
            for row in self._rows(definition, newest.size, office):
                tree.append(row.entry)
                file.write(row.dump())
            file.flush()
            os.fsync(file.fileno())
        attested = self._state(definition, newest, tree.size, tree.root())
        write_private(folder / NOTE, _signed(attested, keyring).dump())
        return attested

    def prove(self, definition: Definition, key: str, keyring: Keyring) -> RowProof:
        """Attest to all rows, and show where one stands among them.

        Raises:
            BadRequest: there is no such row; and as `attest`.
        """
        newest, office = self._home.published(), self._office()
        self._check_signs(keyring, newest.size, office)
        tree, shown = GrowingTree(), None
        for row in self._rows(definition, newest.size, office):
            if row.key == key:
                shown = (tree.size, row)
            tree.append(row.entry)
        if shown is None:
            raise BadRequest(_NO_ROW)
        attested = self._state(definition, newest, tree.size, tree.root())
        path = Tree(tree.hash_at).inclusion_proof(shown[0], tree.size)
        note = _signed(attested, keyring).dump().decode()
        return RowProof(note, shown[1], shown[0], path)

    def _state(
        self, definition: Definition, newest: Checkpoint, rows: int, root: bytes
    ) -> AttestedState:
        return AttestedState(
            origin=self._home.origin,
            name=definition.name,
            version=definition.version,
            size=newest.size,
            root=root_at(self._home, newest, newest.size),
            rows=rows,
            state=root,
        )

    def _check_signs(self, keyring: Keyring, size: int, office: _OfficeRead) -> None:
        public = keyring.public.signing
        if all(one.public != public for one in self._keys(keyring.person, size, office)):
            raise NotPermitted(_NOT_YET)

    # ---- verifying ----

    def verify(self, path: Path) -> Verified:
        """Check an attestation, or the proof of one row: signature, log, and every row shown.

        Raises:
            BadRequest: it cannot be read.
            EvidenceCorrupt: its signature, or its state of the log, is none of this ledger's.
            Unavailable: it is of a version that this program does not make.
        """
        try:
            if path.is_dir():
                return self._verify_folder(path)
            return self._verify_row(RowProof.load(path.read_bytes()))
        except Malformed as error:
            raise BadRequest(_NOT_READ.format(why=error)) from error
        except OSError as error:
            raise BadRequest(_NOT_READ.format(why="it cannot be read")) from error

    def _verify_folder(self, folder: Path) -> Verified:
        office = self._office()
        attested, person, definition = self._attested((folder / NOTE).read_bytes(), office)
        tree = Frontier()
        difference = None
        with (folder / ROWS).open("rb") as file:
            shown = _entered(tree, map(_line, file))
            expected = self._rows(definition, attested.size, office)
            for ours, theirs in zip_longest(expected, shown):
                difference = difference or _difference(definition, ours, theirs)
        if difference is None and (tree.size, tree.root()) != (attested.rows, attested.state):
            difference = Difference(definition.tag, "", "state")
        return Verified(attested, person, difference)

    def _verify_row(self, proof: RowProof) -> Verified:
        office = self._office()
        attested, person, definition = self._attested(proof.attestation.encode(), office)
        key, rows = proof.row.key, self._rows(definition, attested.size, office)
        ours = next((row for row in rows if row.key == key), None)
        difference = _difference(definition, ours, proof.row)
        if difference is None and not proof.proves(attested):
            difference = Difference(definition.tag, key, "state")
        return Verified(attested, person, difference)

    def _attested(self, data: bytes, office: _OfficeRead) -> tuple[AttestedState, str, Definition]:
        """What a note says, once its signature and its state of the log were found good."""
        person = signer_of(SignedNote.parse(data), self._home.origin)
        attested, newest = self._signed_by(data, person, office), self._home.published()
        same_log = attested.origin == self._home.origin and attested.size <= newest.size
        if not same_log or root_at(self._home, newest, attested.size) != attested.root:
            raise EvidenceCorrupt(_FOREIGN)
        definition = definition_of(attested.name)
        if definition.version != attested.version:
            version = definition.version
            raise Unavailable(_OTHER_VERSION.format(name=definition.name, version=version))
        return attested, person, definition

    def _signed_by(self, data: bytes, person: str, office: _OfficeRead) -> AttestedState:
        # The text, and the size in it, is read only once some key of the person is seen to have
        # signed it; then that key must have been theirs at that size.
        for key in office.now.keys:
            if key.person != person:
                continue
            vkey = self._vkey(key)
            try:
                attested = load_signed(data, vkey, _check)
            except Unverified:
                continue
            if vkey in self._keys(person, attested.size, office):
                return attested
        raise EvidenceCorrupt(_UNSIGNED)

    def _keys(self, person: str, size: int, office: _OfficeRead) -> list[VKey]:
        """The keys with which a person signed when the log had a size, but for those of which it is
        known now that others had them by then.
        """
        lost = {key.key for key in office.now.keys if key.since is not None and key.since < size}
        held = (key for key in office.at(size).keys if key.person == person)
        return [self._vkey(key) for key in held if not key.revoked and key.key not in lost]

    def _vkey(self, key: Key) -> VKey:
        return person_key(self._home.origin, key.person, b64decode(key.key))

    # ---- rows as of a size ----

    def _rows(
        self, definition: Definition, size: int, office: _OfficeRead
    ) -> Iterator[AttestedRow]:
        """The rows that follow from the records whose leaves lie below a size, by their keys."""
        known = self._source.records.reading()
        reading = Reading(known.law_of, known.zone, office.at(size).closed_on)
        for subject in self._source.subjects():
            if not definition.is_of(subject):
                continue
            is_office = subject == OFFICE
            found = office.records if is_office else self._source.found(subject)
            if found is None:
                continue
            leaves = office.leaves if is_office else self._leaves(found)
            leaves = {ref: leaf for ref, leaf in leaves.items() if leaf < size}
            left = [one for one in found if one.ref in leaves]
            told = self._source.part(subject, left, reading)
            rows = {} if told is None else definition.rows(told)
            for key, row in sorted(rows.items()):
                yield AttestedRow(key, row, tuple(sorted(leaves[ref] for ref in row["records"])))

    def _office(self) -> _OfficeRead:
        records = self._source.records.office()
        return _OfficeRead(records, self._leaves(records))

    def _leaves(self, records: Iterable[Recorded]) -> dict[str, int]:
        """The leaf of each record that has one."""
        secrets: dict[bytes, StreamSecrets] = {}
        found: dict[str, int] = {}
        for one in records:
            stream, seq = parse_position(one.ref)
            if stream not in secrets:
                secrets[stream] = self._custody.secrets(stream, None, (self._home.open,))
            leaf = leaf_of(self._home, secrets[stream], stream, seq, bytes.fromhex(one.e))
            if leaf is not None:
                found[one.ref] = leaf
        return found


def key_of(home: OpenHome, keyring: Keyring) -> str:
    """The key with which others check a person's attestations, as they pass it on."""
    return person_key(home.origin, keyring.person, keyring.public.signing).dump()


def _signed(attested: AttestedState, keyring: Keyring) -> SignedNote:
    text = attested.dump()
    vkey = person_key(attested.origin, keyring.person, keyring.public.signing)
    return SignedNote(text, (signature_line(vkey, keyring.sign(text.encode())),))


def _check(vkey: VKey, message: bytes, signature: bytes) -> bool:
    return check_ed25519(vkey.public, message, signature)


def _line(line: bytes) -> AttestedRow:
    if not line.endswith(b"\n"):
        raise Malformed("the last row is cut short")
    return AttestedRow.load(line[:-1])


def _entered(tree: Frontier, rows: Iterable[AttestedRow]) -> Iterator[AttestedRow]:
    for row in rows:
        tree.append(row.entry)
        yield row


def _difference(
    definition: Definition, ours: AttestedRow | None, theirs: AttestedRow | None
) -> Difference | None:
    """How a row that is shown differs from the one that follows at its place."""
    expected = {} if ours is None else {ours.key: spell(dict(ours.row))}
    shown = {} if theirs is None else {theirs.key: spell(dict(theirs.row))}
    found = next(compare(definition.tag, expected, shown), None)
    if found is not None or ours is None or theirs is None:
        return found
    same = ours.leaves == theirs.leaves
    return None if same else Difference(definition.tag, ours.key, "altered", "leaves")
