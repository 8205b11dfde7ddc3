"""Write the vectors of the evidence format: what an implementation must give, take and refuse.

Run ``python -m tests.vectors.make`` from the root of the source tree. The files come out byte for
byte the same each time; a test compares. ML-DSA-44 signs with fresh randomness, so its one
signature is stored in ``mldsa44.json`` and only checked; ``--sign`` makes it anew, once the bytes
of the sample checkpoint have changed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping

from tests.vectors import of_logs, of_passkeys, of_projections, of_records
from tests.vectors.samples import HERE, Vector, make_mldsa44

VECTORS: Mapping[str, Callable[[], Vector]] = {
    "attestation.json": of_logs.attestation_vectors,
    "checkpoint.json": of_logs.checkpoint_vectors,
    "commitment.json": of_records.commitment_vectors,
    "envelope.json": of_records.envelope_vectors,
    "grammar.json": of_records.grammar_vectors,
    "jcs.json": of_records.jcs_vectors,
    "note.json": of_logs.note_vectors,
    "passkey.json": of_passkeys.passkey_vectors,
    "projection.json": of_projections.projection_vectors,
    "receipt.json": of_logs.receipt_vectors,
    "record.json": of_records.record_vectors,
    "schedule.json": of_logs.schedule_vectors,
    "tiles.json": of_logs.tiles_vectors,
    "tree.json": of_logs.tree_vectors,
}
"""What each file is made by."""


def spell(vector: Vector) -> bytes:
    """Spell a file of vectors so that people can read it and changes show line by line."""
    return (json.dumps(vector, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def main(arguments: list[str]) -> None:
    """Write every file beside this script."""
    if "--sign" in arguments:
        (HERE / "mldsa44.json").write_bytes(spell(make_mldsa44()))
    for name, make in VECTORS.items():
        (HERE / name).write_bytes(spell(make()))


if __name__ == "__main__":
    main(sys.argv[1:])
