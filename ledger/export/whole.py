"""The whole ledger as evidence, for everybody and for cleared eyes.

Two folders. The pack (FORMAT §5, scope ledger) holds the log, the office and the open streams, and
is the same whoever makes it: it may be passed on. The openings hold what a cleared person may see
besides: records of sealed streams, covers, tombstones; they stay with who may see them. Both are
written as they are read, one stream at a time.

Records that are not in the published log yet are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger import leaves
from ledger.claiming import claims
from ledger.errors import BadRequest, EvidenceCorrupt
from ledger.evidence.grammar import Malformed
from ledger.evidence.pack import CHECKPOINT, LOG, README, SCHEDULE, TIME_STAMP, extent_path
from ledger.evidence.receipt import Extent
from ledger.evidence.record import Continued
from ledger.evidence.tiles import parse_tile
from ledger.export.container import (
    Container,
    Leaving,
    Reveal,
    empty_folder,
    to_nobody,
    whole_container,
)
from ledger.export.guide import guide
from ledger.home import Home, OpenHome
from ledger.logkeys import own_checkpoint, receipt_note
from ledger.register.locks import exclusive
from ledger.register.reading import Reader
from ledger.sequencer.ticks import LOCK
from ledger.stores.store import Store

_KEPT = re.compile(r"checkpoints/([0-9]+)(?:\.tsr)?")


@dataclass(frozen=True, slots=True)
class Opened:
    """How many leaves a container of openings accounts for, and how many of the log stay closed."""

    records: int
    covers: int
    erased: int
    closed: int


def export_ledger(
    home: OpenHome,
    target: Path,
    *,
    reveal: Reveal = False,
    documents: bool = False,
    office_only: bool = False,
    leaving: Leaving = to_nobody,
) -> int:
    """Write a pack into the empty folder `target`; gives the number of records shown.

    It is what may be shown to everybody, whoever reads. `reveal` says which personal values are
    laid open, as far as they are still there; with `documents` those that are attached go in too;
    with `office_only`, cases are left out.

    Raises:
        BadRequest: the folder is not empty, or nothing was published yet.
        Unavailable: the disk refuses; nothing is left behind.
    """
    home.published()
    with whole_container(target) as partial:
        shown, sha256 = _write_ledger(home, partial, reveal, documents, office_only=office_only)
        leaving(sha256)
        return shown


def _write_ledger(
    home: OpenHome, target: Path, reveal: Reveal, documents: bool, *, office_only: bool
) -> tuple[int, bytes]:
    folder = Container(home, empty_folder(target), reveal=reveal, documents=documents)
    # No tick comes while the log is copied: its files must be of one moment.
    with exclusive(home.path / LOCK, "publishing the log"):
        folder.add(CHECKPOINT, (home.log_directory / CHECKPOINT).read_bytes())
        size = _size(home, target)
        for name, path in _log_files(home.log_directory, size):
            folder.add(f"{LOG}/{name}", path.read_bytes())
    folder.add(SCHEDULE, (target / LOG / SCHEDULE).read_bytes())
    stamp = target / LOG / f"checkpoints/{size}.tsr"
    if stamp.exists():
        folder.add(TIME_STAMP, stamp.read_bytes())
    shown, last = 0, None
    cases: dict[bytes, tuple[Continued, ...]] = {}
    places: dict[bytes, tuple[Store, bytes, StreamSecrets]] = {}
    for store, stream, secrets in leaves.open_streams(home):
        if office_only and stream != home.config.office:
            continue
        for opened, leaf in leaves.published(home, store, stream, secrets, size):
            folder.add_record(store, secrets, opened, leaf)
            shown += 1
            if stream == home.config.office:
                last = opened
            elif stream not in cases:
                cases[stream] = opened.record.continues
        places[stream] = (store, stream, secrets)
    for name, data in claims(
        home, cases, lambda one: leaves.records_below(home, *places[one], size)
    ):
        folder.add(name, data)
    for leaf, tombstone in leaves.erased_openly(home, size):
        folder.add_opening(leaf, tombstone)
    if last is None:
        raise EvidenceCorrupt("The office is not in the published log. Call counsel.")
    extent = Extent(home.origin, home.config.office, last.record.seq, last.e, size).dump()
    folder.add(extent_path(home.config.office), receipt_note(home.origin, home.log_key_set, extent))
    folder.add(README, guide(home.origin, "ledger", shown, size))
    return shown, folder.finish("ledger")


def export_openings(
    home: Home,
    reader: Reader,
    keyring: Keyring,
    pack: Path,
    target: Path,
    *,
    reveal: Reveal = False,
    documents: bool = False,
    leaving: Leaving = to_nobody,
) -> Opened:
    """Write into the empty folder `target` what this person may see beyond a pack just written.
    What is laid open is as in `export_ledger`.

    `reader` is the person's own, with the vault.

    Raises:
        BadRequest: the folder is not empty, or lies within the pack, where it would be passed on.
        Unavailable: the disk refuses; nothing is left behind.
        EvidenceCorrupt: a sealed stream that the person could open is damaged.
    """
    if target.resolve().is_relative_to(pack.resolve()):
        raise BadRequest("Openings never lie inside the pack. Choose a folder beside it.")
    with whole_container(target) as partial:
        put = empty_folder(partial)
        folder = Container(home, put, reveal=reveal, documents=documents, beside=pack)
        return _write_openings(home, reader, keyring, pack, folder, leaving)


def _write_openings(
    home: Home, reader: Reader, keyring: Keyring, pack: Path, folder: Container, leaving: Leaving
) -> Opened:
    size = _size(home, pack)
    records = erased = 0
    for store, stream, secrets in leaves.sealed_streams(home, keyring):
        for opened, leaf in leaves.published(home, store, stream, secrets, size):
            folder.add_record(store, secrets, opened, leaf)
            records += 1
    for leaf, tombstone in leaves.erased_in_vault(home, reader, size):
        folder.add_opening(leaf, tombstone)
        erased += 1
    covers = 0
    for leaf, cover in leaves.covers(home, keyring, size):
        folder.add_opening(leaf, cover)
        covers += 1
    leaving(folder.finish("openings"))
    shown = sum(1 for _ in (pack / "openings").iterdir())
    return Opened(records, covers, erased, size - shown - records - covers - erased)


def _size(home: OpenHome, pack: Path) -> int:
    """The size of the log in a pack of this home."""
    try:
        data = (pack / CHECKPOINT).read_bytes()
        return own_checkpoint(home.origin, home.log_key_set, data).size
    except (OSError, Malformed) as error:
        raise BadRequest("The pack is none of this ledger. Export it anew.") from error


def _log_files(log: Path, size: int) -> Iterator[tuple[str, Path]]:
    """The log's files up to a size: a tick that broke off has left some of what comes after it."""
    for path in sorted(log.rglob("*")):
        name = path.relative_to(log).as_posix()
        if path.is_file() and not path.name.startswith(".") and not _is_beyond(name, size):
            yield name, path


def _is_beyond(name: str, size: int) -> bool:
    tile, kept = parse_tile(name), _KEPT.fullmatch(name)
    if kept is not None:
        return int(kept[1]) > size
    return tile is not None and tile.is_beyond(size)
