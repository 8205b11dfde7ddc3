"""Attested rows: texts of one spelling, and proofs that hold for their own row alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ledger.evidence import jcs
from ledger.evidence.grammar import Malformed
from ledger.evidence.merkle import root_of
from ledger.evidence.note import SignedNote, Unverified, VKey
from ledger.evidence.projected import AttestedRow, AttestedState, RowProof, load_signed, signer_of
from tests.evidence.signing import check_note
from tests.vectors.of_projections import PERSON, ROWS, VKEY, attested, proofs
from tests.vectors.samples import HERE, ORIGIN, RECEIPT_VKEY, RECEIPTS, signed_note


@pytest.fixture(scope="module")
def vectors() -> Any:
    """The published vectors."""
    return json.loads((HERE / "projection.json").read_text("utf-8"))


def test_the_vectors_are_given_and_taken(vectors: Any) -> None:
    """Text, rows, entries and proofs read and write the same, and every proof holds."""
    vkey = VKey.load(vectors["vkey"])
    state = load_signed(vectors["note"].encode(), vkey, check_note)
    assert state.dump() == vectors["text"]
    assert AttestedState.load(vectors["empty"]).rows == 0
    rows = [AttestedRow.load(line.encode()[:-1]) for line in vectors["rows"]]
    assert [row.entry.hex() for row in rows] == vectors["entries"]
    assert root_of(row.entry for row in rows) == state.state
    for row, data in zip(rows, vectors["proofs"], strict=True):
        proof = RowProof.load(data.encode())
        assert (proof.row, proof.dump().decode()) == (row, data)
        assert proof.proves(load_signed(proof.attestation.encode(), vkey, check_note))


def test_what_must_be_refused_is_refused(vectors: Any) -> None:
    """Texts and proofs in another form, and proofs of what does not stand there."""
    for wrong in vectors["refused_texts"]:
        with pytest.raises(Malformed):
            AttestedState.load(wrong["text"])
    for wrong in vectors["refused_proofs"]:
        with pytest.raises(Malformed):
            RowProof.load(jcs.dump(wrong["proof"]))
    for wrong in vectors["unproven"]:
        assert not RowProof.load(jcs.dump(wrong["proof"])).proves(attested())


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "no origin"},
        {"name": ""},
        {"version": 0},
        {"size": 0},
        {"size": 2**53},
        {"root": b"short"},
        {"state": b"short"},
        {"rows": -1},
    ],
)
def test_a_state_outside_its_bounds_is_not_written(change: dict[str, Any]) -> None:
    """Nobody signs what nobody would read."""
    with pytest.raises(Malformed):
        replace(attested(), **change).dump()


def test_every_change_of_a_character_makes_another_state() -> None:
    """Each changed character of the text is refused or says something else."""
    text = attested().dump()
    for place in range(len(text)):
        changed = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
        try:
            assert AttestedState.load(changed) != attested()
        except Malformed:
            continue


def test_one_person_signs() -> None:
    """The name below the note says who; others than people of this ledger sign nothing here."""
    text = attested().dump()
    note = signed_note(text, RECEIPTS, VKEY)
    assert signer_of(note, ORIGIN) == PERSON
    with pytest.raises(Unverified):
        load_signed(note.dump(), VKEY, check_note)
    with pytest.raises(Malformed):
        signer_of(SignedNote(text, note.signatures * 2), ORIGIN)
    with pytest.raises(Malformed):
        signer_of(signed_note(text, RECEIPTS, RECEIPT_VKEY), ORIGIN)
    with pytest.raises(Malformed):
        signer_of(note, "ledger.elm.example")


def test_a_row_has_one_spelling() -> None:
    """A line reads back as itself; a proof is of its own row alone."""
    for row in ROWS:
        assert AttestedRow.load(row.dump()[:-1]) == row
    first, second, _ = proofs()
    assert not replace(first, row=second.row).proves(attested())
