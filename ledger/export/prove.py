"""The place of one record in the log as one small file, for tools that know nothing of us.

A C2SP `tlog-proof`: index, path and checkpoint as text. Its `extra` is the record's opening without
path and personal values, from which with the record's envelope the entry follows (FORMAT §3.2); the
record itself is not in it. Cites: C2SP tlog-proof, version 1.
"""

from __future__ import annotations

import os
from pathlib import Path

from keys.files import write_new
from ledger import leaves
from ledger.errors import BadRequest, NotFound, Unavailable
from ledger.evidence import commitment
from ledger.evidence.grammar import Malformed, to_base64
from ledger.evidence.merkle import Tree
from ledger.evidence.opening import RecordOpening, dump_opening
from ledger.evidence.pack import CHECKPOINT
from ledger.evidence.tiles import TileReader
from ledger.export.part import NOT_YET
from ledger.home import OpenHome
from ledger.logkeys import own_checkpoint
from ledger.register.locks import exclusive
from ledger.register.reading import Stream
from ledger.sequencer.ticks import LOCK

ENDING = ".tlog-proof"
FIRST_LINE = "c2sp.org/tlog-proof@v1"


def export_proof(home: OpenHome, stream: Stream, seq: int, target: Path) -> bytes:
    """Write the proof of a record into a new file; gives its entry in the log (32 bytes).

    Raises:
        BadRequest: the file is there or is named otherwise, or the record is not published yet.
        NotFound: the stream has no such record.
        Unavailable: the file cannot be written.
    """
    if target.suffix != ENDING:
        raise BadRequest(f"Name a file that ends in {ENDING}.")
    if not 0 < seq <= len(stream.unsealed):
        raise NotFound
    home.published()
    e = stream.unsealed[seq - 1].e
    blind = commitment.blind(stream.secrets.core, stream.id, seq)
    # No tick comes meanwhile: path and checkpoint must be of one moment.
    with exclusive(home.path / LOCK, "publishing the log"):
        note = (home.log_directory / CHECKPOINT).read_bytes()
        size = own_checkpoint(home.origin, home.log_key_set, note).size
        leaf = leaves.leaf_of(home, stream.secrets, stream.id, seq, e)
        if leaf is None or leaf >= size:
            raise BadRequest(f"This record {NOT_YET}")
        try:
            path = Tree(TileReader(home.log_directory).hash_at).inclusion_proof(leaf, size)
        except Malformed as error:
            raise BadRequest("The published log cannot be read here. Run: store check") from error
    opening = dump_opening(RecordOpening(blind, stream.id, seq, None, {}))
    lines = [FIRST_LINE, f"extra {to_base64(opening)}", f"index {leaf}", *map(to_base64, path), ""]
    try:
        write_new(target, "\n".join([*lines, ""]).encode() + note)
    except FileExistsError:
        raise BadRequest(f"{target} is there already; nothing is written over.") from None
    except OSError as error:
        raise Unavailable(
            f"{target} cannot be written: {os.strerror(error.errno or 0)}."
        ) from error
    return commitment.commit(blind, stream.id, seq, e)
