"""Export: evidence of the whole ledger that can be checked offline by who does not trust us.

Two folders. The pack (FORMAT §5, scope ledger) holds the log, the office and the open streams, and
is the same whoever makes it: it may be passed on. The openings hold what a cleared person may see
besides: records of sealed streams, covers, tombstones; they stay with who may see them. Both are
written as they are read, one stream at a time.

Records that are not in the published log yet are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from keys.files import private
from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger import leaves
from ledger.claiming import claims
from ledger.errors import BadRequest, EvidenceCorrupt
from ledger.evidence import commitment
from ledger.evidence.acts import ACTIVATED
from ledger.evidence.grammar import Malformed
from ledger.evidence.opening import (
    Opening,
    RecordOpening,
    Revealed,
    dump_opening,
)
from ledger.evidence.pack import (
    CHECKPOINT,
    LOG,
    MANIFEST,
    README,
    SCHEDULE,
    Manifest,
    Scope,
    dump_manifest,
    extent_path,
    law_path,
    opening_path,
    record_path,
)
from ledger.evidence.receipt import Extent
from ledger.evidence.record import Continued
from ledger.home import Home, OpenHome
from ledger.logkeys import own_checkpoint, receipt_note
from ledger.register.documents import document_in
from ledger.register.locks import exclusive
from ledger.register.reading import Reader
from ledger.register.seal import Unsealed
from ledger.sequencer.ticks import LOCK
from ledger.stores.store import Store

GUIDE = """\
This folder is evidence from the disclosure ledger {origin}.

Check it with the verifier of a release whose digest you have from elsewhere, and a trust file that
you did not get from this folder:

    python3 -m ledger.verify THIS_FOLDER --trust trust.json

It shows {shown} records, of a log of {size} entries. Entries that are not opened here are either
covers, which exist so that the log's size tells nothing, or records that are not for everybody's
eyes. A pack cannot show that nothing happened after its last record.
"""


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
    reveal: bool = False,
    documents: bool = False,
    office_only: bool = False,
) -> int:
    """Write a pack into the empty folder `target`; gives the number of records shown.

    It is what may be shown to everybody, whoever reads. With `reveal`, personal values are laid
    open as far as they are still there, with `documents` those that are attached too; with
    `office_only`, cases are left out.

    Raises:
        BadRequest: the folder is not empty, or nothing was published yet.
    """
    home.published()
    folder = _Folder(home, target, reveal=reveal, documents=documents)
    # No tick comes while the log is copied: its files must be of one moment.
    with exclusive(home.path / LOCK, "publishing the log"):
        for name, path in _log_files(home.log_directory):
            folder.add(f"{LOG}/{name}", path.read_bytes())
    for name in (CHECKPOINT, SCHEDULE):
        folder.add(name, (target / LOG / name).read_bytes())
    size = _size(home, target)
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
    guide = GUIDE.format(origin=home.origin, shown=shown, size=size)
    folder.add(README, guide.encode())
    folder.finish("ledger")
    return shown


def export_openings(
    home: Home,
    reader: Reader,
    keyring: Keyring,
    pack: Path,
    target: Path,
    *,
    reveal: bool = False,
    documents: bool = False,
) -> Opened:
    """Write into the empty folder `target` what this person may see beyond a pack just written.
    What is laid open is as in `export_ledger`.

    `reader` is the person's own, with the vault.

    Raises:
        BadRequest: the folder is not empty, or lies within the pack, where it would be passed on.
        EvidenceCorrupt: a sealed stream that the person could open is damaged.
    """
    if target.resolve().is_relative_to(pack.resolve()):
        raise BadRequest("Openings never lie inside the pack. Choose a folder beside it.")
    folder = _Folder(home, target, reveal=reveal, documents=documents, pack=pack)
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
    folder.finish("openings")
    shown = sum(1 for _ in (pack / "openings").iterdir())
    return Opened(records, covers, erased, size - shown - records - covers - erased)


class _Folder:
    """A container that is being written: each file at once, the manifest last.

    Only its maker may read it: what it shows may be sealed for everybody else.
    """

    def __init__(
        self,
        home: OpenHome,
        target: Path,
        *,
        reveal: bool,
        documents: bool,
        pack: Path | None = None,
    ) -> None:
        """`pack` is the one beside which openings are written."""
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise BadRequest(f"{target} is not an empty folder. Choose one.")
        self._home = home
        self._target = target
        self._reveal = reveal
        self._documents = documents
        self._pack = pack or target
        self._digests: dict[str, bytes] = {}

    def add(self, name: str, data: bytes) -> None:
        """Write one file."""
        self._add(name, (data,))

    def _add(self, name: str, pieces: Iterable[bytes]) -> None:
        path, digest = self._target / name, sha256()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(path, "xb", opener=private) as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
        self._digests[name] = digest.digest()

    def add_opening(self, leaf: int, opening: Opening) -> None:
        """Write what stands behind a leaf."""
        self.add(opening_path(leaf), dump_opening(opening))

    def add_record(self, store: Store, secrets: StreamSecrets, opened: Unsealed, leaf: int) -> None:
        """Write a record with its opening, its document, and the laws that it names: its own, and
        one that it puts in force, which who replays the activation compares with the law before.
        """
        self.add(record_path(leaf), opened.envelope)
        self.add_opening(leaf, _opening(secrets, opened, reveal=self._reveal))
        if self._reveal and self._documents:
            self._add_document(store, secrets, opened)
        self._add_law(opened.record.law)
        if opened.record.type == ACTIVATED:
            self._add_law(bytes.fromhex(str(opened.record.event["law"])))

    def _add_document(self, store: Store, secrets: StreamSecrets, opened: Unsealed) -> None:
        for path, pieces in document_in(store, secrets, opened):
            # The same file may be attached more than once, and lies in one container only.
            if path not in self._digests and not (self._pack / path).exists():
                self._add(path, pieces)

    def _add_law(self, law: bytes) -> None:
        if law_path(law) not in self._digests:
            self.add(law_path(law), self._home.law(law).dump())

    def finish(self, scope: Scope) -> None:
        """Write the manifest: without it the folder is no evidence."""
        digests = {name: self._digests[name] for name in sorted(self._digests)}
        manifest = Manifest(self._home.origin, scope, (), digests)
        self.add(MANIFEST, dump_manifest(manifest))


def _opening(secrets: StreamSecrets, opened: Unsealed, *, reveal: bool) -> RecordOpening:
    stream, seq = opened.record.stream, opened.record.seq
    shown: dict[str, Revealed] = {}
    if reveal and secrets.personal is not None:
        shown = {
            name: Revealed(commitment.salt(secrets.personal, stream, seq, name), value)
            for name, value in (opened.personal or {}).items()
        }
    return RecordOpening(
        blind=commitment.blind(secrets.core, stream, seq),
        stream=stream,
        seq=seq,
        path=None,
        personal=shown,
    )


def _size(home: OpenHome, pack: Path) -> int:
    """The size of the log in a pack of this home."""
    try:
        data = (pack / CHECKPOINT).read_bytes()
        return own_checkpoint(home.origin, home.log_key_set, data).size
    except (OSError, Malformed) as error:
        raise BadRequest("The pack is none of this ledger. Export it anew.") from error


def _log_files(log: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(log.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield path.relative_to(log).as_posix(), path
