"""Export: an evidence pack of the whole ledger, as one person may see it (FORMAT §5, scope ledger).

Everything in a pack can be checked offline by somebody who does not trust us. What the person could
not open is in it as leaves only. Records that are not in the published log yet are left out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ledger.errors import BadRequest
from ledger.evidence import commitment
from ledger.evidence.opening import RecordOpening, Revealed, dump_opening
from ledger.evidence.pack import (
    CHECKPOINT,
    LOG,
    MANIFEST,
    README,
    SCHEDULE,
    dump_manifest,
    extent_path,
    law_path,
    manifest_of,
    opening_path,
    record_path,
)
from ledger.evidence.receipt import Extent
from ledger.home import Home
from ledger.register.reading import Reader, Stream
from ledger.register.seal import Unsealed
from ledger.register.writing import Writer

GUIDE = """\
This folder is evidence from the disclosure ledger {origin}.

Check it with the verifier of a release whose digest you have from elsewhere, and a trust file that
you
did not get from this folder:

    python3 -m ledger.verify THIS_FOLDER --trust trust.json

It shows {shown} records, of a log of {size} entries. Entries that are not opened here are either
covers, which exist so that the log's size tells nothing, or records that the person who made this
folder may not see. A pack cannot show that nothing happened after its last record.
"""


def export_ledger(home: Home, reader: Reader, target: Path, *, reveal: bool = False) -> int:
    """Write a pack into the empty folder `target`; gives the number of records shown.

    With `reveal`, personal values are laid open as far as they are still there.

    Raises:
        BadRequest: the folder is not empty, or nothing was published yet.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadRequest(f"{target} is not an empty folder. Choose one.")
    newest = home.newest_checkpoint()
    if newest is None:
        raise BadRequest("Nothing was published yet. Wait for the next tick, then export.")
    size = newest.size
    files = dict(_log_files(home.log_directory))
    files[CHECKPOINT] = files[f"{LOG}/checkpoint"]
    files[SCHEDULE] = files[f"{LOG}/schedule"]
    shown = 0
    for stream in reader.streams_shown():
        for record, leaf in _published(home, stream, size):
            files[record_path(leaf)] = record.envelope
            files[opening_path(leaf)] = dump_opening(_opening(stream, record, reveal=reveal))
            law = record.record.law
            files[law_path(law)] = home.law(law).dump()
            shown += 1
    office = reader.office_stream()
    files[extent_path(office.id)] = _extent(home, office, size)
    files[README] = GUIDE.format(origin=home.origin, shown=shown, size=size).encode()
    files[MANIFEST] = dump_manifest(manifest_of(home.origin, "ledger", (), files))
    _write(target, files)
    return shown


def _published(home: Home, stream: Stream, size: int) -> Iterator[tuple[Unsealed, int]]:
    for opened in stream.unsealed:
        blind = commitment.blind(stream.secrets.core, stream.id, opened.record.seq)
        leaf = home.logbook.leaf_of(
            commitment.commit(blind, stream.id, opened.record.seq, opened.e)
        )
        if leaf is None or leaf >= size:
            return
        yield opened, leaf


def _opening(stream: Stream, opened: Unsealed, *, reveal: bool) -> RecordOpening:
    seq, secrets = opened.record.seq, stream.secrets
    shown: dict[str, Revealed] = {}
    if reveal and secrets.personal is not None:
        shown = {
            name: Revealed(commitment.salt(secrets.personal, stream.id, seq, name), value)
            for name, value in (opened.personal or {}).items()
        }
    return RecordOpening(
        blind=commitment.blind(secrets.core, stream.id, seq),
        stream=stream.id,
        seq=seq,
        path=None,
        personal=shown,
    )


def _extent(home: Home, stream: Stream, size: int) -> bytes:
    """Sign how far the stream reaches below the checkpoint."""
    *_, (last, _) = _published(home, stream, size)
    text = Extent(home.origin, stream.id, last.record.seq, last.e, size).dump()
    return Writer(home).receipt_note(text).encode()


def _log_files(log: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(log.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield f"{LOG}/{path.relative_to(log).as_posix()}", path.read_bytes()


def _write(target: Path, files: dict[str, bytes]) -> None:
    """Write the pack for its maker's eyes: what it shows may be sealed for everybody else."""
    for name, data in sorted(files.items()):
        path = target / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(path, "xb", opener=_private) as file:
            file.write(data)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
