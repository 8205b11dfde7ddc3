"""Ceilings: the same work without the product, measured in the same run as the product's.

Each function gives seconds for one piece of work, so that ceilings can be added up.
"""

from __future__ import annotations

import os
import sqlite3
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from hashlib import sha256
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from threading import Thread
from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

BUCKET_BYTES = 2_048
ROW_BYTES = 2 * (BUCKET_BYTES + 28) + 4
"""What one stored row takes: two padded parts with nonce and tag, and a length (keys.rows)."""
SHORT_BYTES = 150
"""About what the library's event takes that says the same."""
RECORD_BYTES = 1_200
"""About what one record takes that is signed and verified."""
NODE_BYTES = 65
TILE_BYTES = 128 * 32
"""Half a tile: what one holds on average when it is written."""
NOTE_BYTES = 400
"""About what a checkpoint takes without its signature in ML-DSA."""
LEAF_BYTES = 33

Work = Callable[[], object]


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


class Taken(NamedTuple):
    """Seconds that one piece of work took: on the clock, and of this process's processor time."""

    wall: float
    processor: float


def taken(work: Work, count: int) -> Taken:
    """What `work` takes, on average of `count` times."""
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(count):
        work()
    return Taken((time.perf_counter() - wall) / count, (time.process_time() - processor) / count)


def together(works: Sequence[Work], count: int) -> float:
    """Seconds for one piece of work where each of `works` is done `count` times by a thread of its
    own, all at once.
    """
    threads = [Thread(target=taken, args=(work, count)) for work in works]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (time.perf_counter() - began) / (count * len(works))


def side_by_side(rounds: int, count: int, works: Iterable[Work]) -> list[Taken]:
    """The median of each work over the rounds, in each of which all take their turn.

    What else the machine does falls on all of them alike. One round more comes first, and is not
    counted: it warms the caches.
    """
    found = [[taken(work, count) for work in works] for _ in range(rounds + 1)][1:]
    return [
        Taken(median(one.wall for one in work), median(one.processor for one in work))
        for work in zip(*found, strict=True)
    ]


class Case(Aggregate):
    """What a user of the library would write for the fact that the bench records."""

    @event("ContactAttempted")
    def attempt(self, person: str, channel: str, outcome: str) -> None:
        """Record one attempt; nothing changes in the aggregate."""


class PlainLibrary:
    """The library alone, with its settings by default."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.application = Application[UUID](env=dict(settings))
        self.save = self.writer()

    @classmethod
    def in_file(cls, folder: Path) -> PlainLibrary:
        """On SQLite: WAL, synchronous=FULL."""
        name = str(folder / "plain.db")
        return cls({"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": name})

    def writer(self, *, is_long: bool = False) -> Work:
        """Trigger one event of a case of its own and save it, each time that it is called.

        With `is_long` the event is as long as one of our rows, and no database compresses it.
        """
        case = Case()
        drawn = os.urandom((ROW_BYTES - SHORT_BYTES) * 3 // 4)
        channel = b64encode(drawn).decode() if is_long else "telephone"
        self.application.save(case)

        def save() -> None:
            case.attempt(person="tom", channel=channel, outcome="no-answer")
            self.application.save(case)

        return save

    def close(self) -> None:
        """Close the file."""
        self.application.close()


def raw_insert(folder: Path) -> tuple[sqlite3.Connection, Work]:
    """One durable insert of a row as long as ours, without any library."""
    connection = sqlite3.connect(folder / "raw.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE rows (n INTEGER PRIMARY KEY, state BLOB)")
    row = os.urandom(ROW_BYTES)
    return connection, lambda: connection.execute("INSERT INTO rows (state) VALUES (?)", (row,))


def evidence() -> Work:
    """The cryptography that one record cannot do without: the signer's signature and the receipt's,
    two parts encrypted, and the two keys that they are encrypted with derived.
    """
    signer, key = Ed25519PrivateKey.generate(), os.urandom(32)
    record, receipt, part = os.urandom(RECORD_BYTES), os.urandom(180), bytes(BUCKET_BYTES)

    def work() -> None:
        signer.sign(record)
        signer.sign(receipt)
        for name in (b"core", b"personal"):
            row_key = HKDF(hashes.SHA256(), 32, salt=None, info=name).derive(key)
            AESGCMSIV(row_key).encrypt(os.urandom(12), part, name)

    return work


def raw_checks(count: int) -> float:
    """Seconds for one Ed25519 verification, with as many processes at it as there are cores."""
    workers = cores()
    each = max(1, count // workers)
    _signed()  # Here, so that the processes find it made.
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        # Once for nothing: the processes are there, and have what they import.
        list(pool.map(_check, [1] * workers))
        start = time.perf_counter()
        list(pool.map(_check, [each] * workers))
        return (time.perf_counter() - start) / (each * workers)


@cache
def _signed() -> list[tuple[Ed25519PublicKey, bytes, bytes]]:
    """Signatures over different messages, under as many keys as an office has people: a processor
    learns the way through a single one by heart.
    """
    keys = [Ed25519PrivateKey.generate() for _ in range(12)]
    messages = [os.urandom(RECORD_BYTES) for _ in range(600)]
    signers = islice(cycle(keys), len(messages))
    return [
        (key.public_key(), key.sign(message), message)
        for key, message in zip(signers, messages, strict=True)
    ]


def _check(count: int) -> None:
    for public, signature, message in islice(cycle(_signed()), count):
        public.verify(signature, message)


def raw_hashes(leaves: int) -> float:
    """Seconds for the SHA-256 calls that a Merkle root over so many leaves takes at least."""
    leaf, node = os.urandom(LEAF_BYTES), os.urandom(NODE_BYTES)
    start = time.perf_counter()
    for _ in range(leaves):
        sha256(leaf).digest()
    for _ in range(leaves - 1):
        sha256(node).digest()
    return time.perf_counter() - start


def raw_tick(folder: Path, entries: int) -> Work:
    """What publishing so many entries cannot do without: one durable insert of them all, the hashes
    of their own tree, both signatures of a checkpoint, and five files, each synced and renamed,
    with the folder synced after the tiles and after the checkpoint.
    """
    folder.mkdir()
    connection = _log_of(folder / "raw.db")
    plain, timed = Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate()
    tile, note = os.urandom(TILE_BYTES), os.urandom(NOTE_BYTES)

    def work() -> None:
        rows = [(os.urandom(32),) for _ in range(entries)]
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO entries (entry) VALUES (?)", rows)
        connection.execute("COMMIT")
        raw_hashes(entries)
        plain.sign(note)
        timed.sign(note)
        for group, data in ((("entries", "tile-0", "tile-1"), tile), (("kept", "newest"), note)):
            for name in group:
                _write_synced(folder / name, data)
            _sync(folder)

    return work


def _log_of(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE entries (leaf INTEGER PRIMARY KEY, entry BLOB UNIQUE)")
    return connection


def _write_synced(target: Path, data: bytes) -> None:
    beside = target.with_suffix(".new")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(target)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    os.fsync(opened)
    os.close(opened)


def raw_proof(files: Sequence[Path], height: int) -> Work:
    """Opening, reading and closing the files that a proof comes from, and one hash a level."""
    node = os.urandom(NODE_BYTES)

    def work() -> None:
        for file in files:
            with file.open("rb") as opened:
                opened.read()
        for _ in range(height):
            sha256(node).digest()

    return work
