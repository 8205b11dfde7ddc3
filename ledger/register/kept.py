"""Streams and cases as they are read, and what a reader keeps of them in memory.

Each act needs its case whole. Reading, opening and folding it anew would cost more with every
record, so what was read once is kept, and only the rows that follow the known head are read. The
rules kept here:

* The service keeps what the master key opens of the open store, and nothing that is sealed. What
  somebody opened besides is kept for that keyring alone, and goes with it (`sealedstreams`).
* What is kept of a stream holds for the keys with which it was read. When anything in the keystore
  changes, every kept stream is held against its keys again; one whose keys were erased or changed
  is forgotten, with every case of which it is a part. A process that does nothing forgets nothing:
  this happens when somebody next acts or looks there, at whatever it is.
* A row that a reader has verified is not read by it again. Who alters one later is found by
  whatever reads next from the disk: the next process, a projection, an export, a verifier.

At most `MOST_RECORDS` are kept; the streams that did not change for the longest go first.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from threading import Lock

from msgspec import Struct

from keys.secrets import StreamSecrets
from ledger.domain.case import Case
from ledger.domain.office import Recorded
from ledger.errors import VersionMoved
from ledger.register.seal import Unsealed
from ledger.stores.database import Version
from ledger.stores.store import Store

MOST_RECORDS = 10_000
VERSION = b"disclosure-ledger/v1/version\0case\0"
VERSION_BYTES = 32


class Stream(Struct, frozen=True):
    """A stream read whole: where it lives, its secrets, its records and their events."""

    id: bytes
    store: Store
    secrets: StreamSecrets
    unsealed: tuple[Unsealed, ...]
    records: tuple[Recorded, ...]

    @property
    def last(self) -> Unsealed:
        """The newest record."""
        return self.unsealed[-1]

    @property
    def continued(self) -> tuple[bytes, ...]:
        """The streams that this one continues."""
        return tuple(c.stream for c in self.unsealed[0].record.continues)


class CaseFile(Struct, frozen=True):
    """A case as one person may see it: its streams in reading order, and their fold.

    `head` is the stream that takes the next record; None while there are only intakes. `intakes`
    wait for triage: they are no part of `case` once there is a head, because what is written there
    must not rest on them; only triage judges `whole`. `damaged` are sealed streams of which nobody
    can say whether they belong here.
    """

    reference: str
    streams: tuple[Stream, ...]
    head: Stream | None
    intakes: tuple[Stream, ...]
    advice: tuple[Stream, ...]
    case: Case
    whole: Case
    damaged: tuple[bytes, ...] = ()

    @property
    def parts(self) -> tuple[Stream, ...]:
        """Every stream that was read for it; a waiting visit without a case stands here twice."""
        return (*self.streams, *self.intakes, *self.advice)

    @property
    def sealed(self) -> bool:
        """Whether the case is outside the open store."""
        return self.head is None or self.head.store.name != "open"


def version_of(file: CaseFile) -> bytes:
    """What a case is told apart by from itself before and after: 32 bytes that say nothing else.

    The first half is made of the last record at its head, on which each append in the case is
    conditional; the other of those of the visits that wait for it, which only triage takes up.
    """
    return _ended(*filter(None, [file.head])) + _ended(*file.intakes)


def check_version(file: CaseFile, expected: bytes | None, *, waiting: bool = False) -> None:
    """See that somebody who acts saw the case as it is, and for triage the `waiting` visits too;
    nothing is asked of who does not say what they saw.

    What is found here still has to hold when the act is written: each append is conditional on the
    head that was read, and where that moved, the act is decided, and checked, once more.

    Raises:
        VersionMoved: they saw something else.
    """
    version = version_of(file)
    seen = VERSION_BYTES if waiting else VERSION_BYTES // 2
    if expected is not None and expected[:seen] != version[:seen]:
        raise VersionMoved(version)


def _ended(*streams: Stream) -> bytes:
    made = sha256(VERSION)
    for one in sorted(streams, key=lambda it: it.id):
        made.update(one.id + one.last.record.seq.to_bytes(8) + one.last.e)
    return made.digest()[: VERSION_BYTES // 2]


class Kept:
    """Streams and cases in memory. Several threads may use one."""

    def __init__(self, most_records: int = MOST_RECORDS) -> None:
        self._most = most_records
        self._lock = Lock()
        self._version: Version | None = None
        self._streams: dict[bytes, Stream] = {}
        self._files: dict[str, CaseFile] = {}
        self._cases_of: dict[bytes, set[str]] = {}
        self._records = 0

    def stream(self, stream: bytes) -> Stream | None:
        """What is kept of a stream; it is as good as the last `hold_against`."""
        return self._streams.get(stream)

    def file(self, reference: str) -> CaseFile | None:
        """What is kept of a case; it is as good as the last `hold_against`."""
        return self._files.get(reference)

    def streams(self) -> tuple[Stream, ...]:
        """All streams that are kept; they are as good as the last `hold_against`."""
        with self._lock:
            return tuple(self._streams.values())

    def is_good(self, version: Version) -> bool:
        """Whether all that is kept was held against the keys of this version."""
        return version == self._version

    def hold_against(self, version: Version | None, still_good: Callable[[Stream], bool]) -> None:
        """Forget what does not have the keys any more with which it was read.

        `version` is that of all keys, None where it cannot be told; `still_good` says whether a
        stream has the keys now that it had.
        """
        if version is not None and version == self._version:
            return
        with self._lock:
            for stream in tuple(self._streams.values()):
                if not still_good(stream):
                    self._drop(stream.id)
            self._version = version

    def keep(self, stream: Stream, version: Version | None) -> None:
        """Keep a stream that was read after the keys were seen to have this version."""
        with self._lock:
            if version is not None and version == self._version:
                self._put(stream)

    def replace(self, known: Stream, newest: Stream) -> None:
        """Keep a stream in the place of what was known of it, if that is still as good."""
        with self._lock:
            if self._streams.get(known.id) is known:
                self._put(newest)

    def keep_file(self, file: CaseFile) -> None:
        """Keep a case, if each of its streams is kept as it is in the case."""
        with self._lock:
            if all(self._streams.get(one.id) is one for one in file.parts):
                self._files[file.reference] = file
                for one in file.parts:
                    self._cases_of.setdefault(one.id, set()).add(file.reference)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._streams, self._files, self._cases_of, self._records = {}, {}, {}, 0

    def _put(self, stream: Stream) -> None:
        # Taken out first: the order of the table is the order of the last change.
        before = self._streams.pop(stream.id, None)
        self._streams[stream.id] = stream
        self._records += len(stream.records) - (len(before.records) if before else 0)
        while self._records > self._most and len(self._streams) > 1:
            self._drop(next(iter(self._streams)))

    def _drop(self, stream: bytes) -> None:
        self._records -= len(self._streams.pop(stream).records)
        for reference in self._cases_of.pop(stream, ()):
            self._files.pop(reference, None)
