"""Vectors of attested rows: the state that is signed, its rows, and the proof of one of them."""

from __future__ import annotations

import json

from ledger.evidence import merkle
from ledger.evidence.jcs import Json
from ledger.evidence.projected import AttestedRow, AttestedState, RowProof, person_key
from tests.vectors.samples import (
    ORIGIN,
    RECORD,
    STAFF,
    STREAM,
    Vector,
    fixed,
    signed_note,
    text_of,
)

PERSON = "t.okafor"
VKEY = person_key(ORIGIN, PERSON, STAFF.public_key().public_bytes_raw())
ROWS = tuple(
    AttestedRow(f"7K3M-9Q2X-D {kind} {STREAM.hex()}:3 2026-07-0{day}", row, (17, 40 + day))
    for day, kind, row in (
        (1, "complaint-answer", {"effective_on": "2026-07-01", "status": "open"}),
        (3, "notice", {"effective_on": "2026-07-03", "law": fixed("law").hex(), "met_by": None}),
        (6, "preservation", {"effective_on": "2026-07-06", "why": ["90 days", "a \u00dcberhang"]}),
    )
)


def attested(rows: tuple[AttestedRow, ...] = ROWS) -> AttestedState:
    """The state that some rows give."""
    state = merkle.root_of(row.entry for row in rows)
    head = RECORD.head
    return AttestedState(ORIGIN, "deadlines", 3, head.size, head.root, len(rows), state)


def proofs() -> tuple[RowProof, ...]:
    """The proof of each row."""
    note = signed_note(attested().dump(), STAFF, VKEY).dump().decode()
    grown = merkle.GrowingTree()
    for row in ROWS:
        grown.append(row.entry)
    tree = merkle.Tree(grown.hash_at)
    return tuple(
        RowProof(note, row, index, tree.inclusion_proof(index, len(ROWS)))
        for index, row in enumerate(ROWS)
    )


def projection_vectors() -> Vector:
    """An attested state with its rows and a proof of each; texts and proofs that are refused."""
    text, proof = attested().dump(), proofs()[1]
    refused: dict[str, str] = {
        "rows missing": text.replace("rows 3\n", ""),
        "size 0": text.replace(f"size {RECORD.head.size}", "size 0"),
        "version 0": text.replace("version 3", "version 0"),
        "name in capitals": text.replace("deadlines", "Deadlines"),
        "other heading": text.replace("projection v1", "receipt v1"),
        "hex for base64": text.replace(text.split("\n")[6], f"state {attested().state.hex()}"),
    }
    whole: dict[str, Json] = json.loads(proof.dump())
    return {
        "vkey": VKEY.dump(),
        "empty": attested(()).dump(),
        "text": text,
        "note": text_of(signed_note(text, STAFF, VKEY).dump()),
        "rows": [text_of(row.dump()) for row in ROWS],
        "entries": [row.entry.hex() for row in ROWS],
        "proofs": [text_of(one.dump()) for one in proofs()],
        "refused_texts": [{"name": name, "text": one} for name, one in refused.items()],
        "refused_proofs": [
            {"name": "other format", "proof": {**whole, "format": "disclosure-ledger/row/v2"}},
            {"name": "key with a zero byte", "proof": {**whole, "key": "a\0b"}},
            {"name": "negative leaf", "proof": {**whole, "leaves": [-1]}},
            {"name": "path of hex", "proof": {**whole, "path": ["00"]}},
            {"name": "no row", "proof": {k: v for k, v in whole.items() if k != "row"}},
        ],
        "unproven": [
            {"name": "other index", "proof": {**whole, "index": 2}},
            {"name": "other key", "proof": {**whole, "key": f"{whole['key']}0"}},
            {"name": "other value", "proof": {**whole, "row": {"effective_on": "2036-07-03"}}},
            {"name": "short path", "proof": {**whole, "path": []}},
        ],
    }
