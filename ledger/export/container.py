"""A container that is being written: each file at once, the manifest last.

Only its maker may read it: what it shows may be sealed for everybody else. Cites: FORMAT §5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

from keys.files import private, whole_folder
from keys.secrets import StreamSecrets
from ledger.errors import BadRequest, Unavailable
from ledger.evidence import commitment
from ledger.evidence.acts import ACTIVATED
from ledger.evidence.opening import Opening, RecordOpening, Revealed, dump_opening
from ledger.evidence.pack import (
    MANIFEST,
    Manifest,
    Scope,
    dump_manifest,
    law_path,
    opening_path,
    record_path,
)
from ledger.home import OpenHome
from ledger.register.documents import document_in
from ledger.register.seal import Unsealed
from ledger.stores.store import Store

Reveal: TypeAlias = frozenset[str] | bool
"""Which personal fields are laid open, by name; True for all of them, as far as they are there."""
DOCUMENT = "document"
"""The personal field that describes a document."""
Put: TypeAlias = Callable[[str, Iterable[bytes]], None]
"""Keeps a file of this name with these pieces."""


def empty_folder(target: Path) -> Put:
    """Files go below this folder, each as soon as it is put.

    Raises:
        BadRequest: it is there and not empty.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadRequest(f"{target} is not an empty folder. Choose one.")

    def put(name: str, pieces: Iterable[bytes]) -> None:
        path = target / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(path, "xb", opener=private) as file:
            file.writelines(pieces)

    return put


@contextmanager
def whole_container(target: Path) -> Iterator[Path]:
    """Give a folder that is `target` at the end of the block, if the block ends well: whoever finds
    `target` finds all of it.

    Raises:
        BadRequest: it is there and not empty.
        Unavailable: the disk or the directory refuses; nothing is left behind.
    """
    empty_folder(target)
    try:
        with whole_folder(target) as partial:
            yield partial
    except OSError as error:
        raise Unavailable(f"{target} cannot be written: {error.strerror}.") from error


Leaving = Callable[[bytes], object]
"""Told the SHA-256 of a manifest (32 bytes) just before what it names stands in its place; whatever
it raises, nothing does.
"""


def to_nobody(_: bytes) -> None:
    """Tell nobody."""


class Container:
    """What is put into one, in the names and spellings of the format."""

    def __init__(
        self,
        home: OpenHome,
        put: Put,
        *,
        reveal: Reveal = False,
        documents: bool = False,
        beside: Path | None = None,
    ) -> None:
        """`documents` go in where their description is laid open; `beside` is the pack with which
        openings go.
        """
        self._home = home
        self._put = put
        self._reveal = reveal
        self._documents = documents
        self._beside = beside
        self._digests: dict[str, bytes] = {}

    def add(self, name: str, data: bytes) -> None:
        """Write one file."""
        self._add(name, (data,))

    def _add(self, name: str, pieces: Iterable[bytes]) -> None:
        digest = sha256()

        def seen() -> Iterable[bytes]:
            for piece in pieces:
                digest.update(piece)
                yield piece

        self._put(name, seen())
        self._digests[name] = digest.digest()

    def add_opening(self, leaf: int, opening: Opening) -> None:
        """Write what stands behind a leaf."""
        self.add(opening_path(leaf), dump_opening(opening))

    def add_record(
        self,
        store: Store,
        secrets: StreamSecrets,
        opened: Unsealed,
        leaf: int,
        path: tuple[bytes, ...] | None = None,
    ) -> None:
        """Write a record with its opening, its document, and the laws that it names: its own, and
        one that it puts in force, which who replays the activation compares with the law before.
        `path` leads from its leaf to the root, where the log is not in the pack.
        """
        self.add(record_path(leaf), opened.envelope)
        self.add_opening(leaf, self._opening(secrets, opened, path))
        if self._documents and self._reveals(DOCUMENT):
            self._add_document(store, secrets, opened)
        self._add_law(opened.record.law)
        if opened.record.type == ACTIVATED:
            self._add_law(bytes.fromhex(str(opened.record.event["law"])))

    def _reveals(self, field: str) -> bool:
        return self._reveal if isinstance(self._reveal, bool) else field in self._reveal

    def _opening(
        self, secrets: StreamSecrets, opened: Unsealed, path: tuple[bytes, ...] | None
    ) -> RecordOpening:
        stream, seq = opened.record.stream, opened.record.seq
        shown: dict[str, Revealed] = {}
        if secrets.personal is not None:
            shown = {
                name: Revealed(commitment.salt(secrets.personal, stream, seq, name), value)
                for name, value in (opened.personal or {}).items()
                if self._reveals(name)
            }
        return RecordOpening(
            blind=commitment.blind(secrets.core, stream, seq),
            stream=stream,
            seq=seq,
            path=path,
            personal=shown,
        )

    def _add_document(self, store: Store, secrets: StreamSecrets, opened: Unsealed) -> None:
        for path, pieces in document_in(store, secrets, opened):
            # The same file may be attached more than once, and lies in one container only.
            elsewhere = self._beside is not None and (self._beside / path).exists()
            if path not in self._digests and not elsewhere:
                self._add(path, pieces)

    def _add_law(self, law: bytes) -> None:
        if law_path(law) not in self._digests:
            self.add(law_path(law), self._home.law(law).dump())

    def finish(self, scope: Scope, subject: tuple[str, ...] = ()) -> bytes:
        """Write the manifest, without which the folder is no evidence; gives its SHA-256."""
        digests = {name: self._digests[name] for name in sorted(self._digests)}
        manifest = dump_manifest(Manifest(self._home.origin, scope, subject, digests))
        self._put(MANIFEST, (manifest,))
        return sha256(manifest).digest()
