"""The sequencer: on a timer, pending commitments become the log, a checkpoint and static files.

    close the lanes' tick ─► fill with covers ─► sort ─► logbook ─► tiles ─► sign ─► publish

A tick always has exactly `open + sealed` entries, so its size tells nothing. No command ever causes
a tick. Missed ticks are caught up in order, each as it would have been. Every step can be repeated
after a crash: the logbook keeps a tick before anything is published, and publishing starts from
there.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from keys.aead import Entropy
from keys.secrets import seal_slots
from ledger.errors import EvidenceCorrupt, Unavailable
from ledger.evidence.commitment import cover, cover_blind
from ledger.evidence.merkle import GrowingTree, Tree
from ledger.evidence.tiles import TILE_WIDTH, TileReader, files_for, publish
from ledger.home import ROW_STORES, Home
from ledger.register.custody import Custody
from ledger.register.lanes import quota, window_from
from ledger.register.writing import tick_of
from ledger.sequencer.checkpoints import CheckpointSigner
from ledger.stores.store import Terms

COVER_CONTEXT = b"cover-seed\0"


@dataclass(frozen=True, slots=True)
class Published:
    """One tick that is now in the published log."""

    tick: int
    due: datetime
    size: int
    root: bytes


class Sequencer:
    """Builds and publishes the ticks that are due."""

    def __init__(
        self,
        home: Home,
        attesters: Mapping[str, str],
        *,
        choose: Callable[[Sequence[int]], int] = secrets.choice,
        entropy: Entropy = os.urandom,
    ) -> None:
        """`attesters` are the one to eight people who can later open the covers, each with the
        signing key enrolled (base64).
        """
        self._home = home
        self._schedule = home.schedule
        self._custody = Custody(home)
        self._attesters = dict(attesters)
        self._choose = choose
        self._entropy = entropy
        self._signer = CheckpointSigner(home.path / "signer.json", home.origin, home.log_keys)

    def run(self, now: datetime) -> tuple[Published, ...]:
        """Build and publish every tick that is due at `now`; nothing when none is.

        Raises:
            Unavailable: a store, key or disk did not play along; run it again when mended.
            EvidenceCorrupt: the log on disk is not the one that was signed. Nothing was signed.
        """
        with self._alone():
            return self._run(now)

    def _run(self, now: datetime) -> tuple[Published, ...]:
        self._publish_again()
        done = [self._publish(tick, now) for tick in self._unpublished()]
        for tick in range(self._home.logbook.last_tick() + 1, self._schedule.running_tick(now)):
            self._build(tick)
            done.append(self._publish(tick, now))
        return tuple(done)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one sequencer work at a time; a second one waits and then finds nothing to do.

        Raises:
            Unavailable: the lock file cannot be opened.
        """
        try:
            descriptor = os.open(self._home.path / "sequencer.lock", os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise Unavailable("The sequencer's lock cannot be opened.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _build(self, tick: int) -> None:
        """Decide what a tick contains, once; from the logbook on it is fixed."""
        epoch = self._schedule.epoch_of(tick)
        due = self._schedule.due(tick)
        entries: list[bytes] = []
        for name in ROW_STORES:
            after = window_from(name, self._schedule, tick + 1, due)
            lane = self._home.store(name).close_tick(
                tick, after, partial(tick_of, self._home), Terms(choose=self._choose)
            )
            if len(lane) > quota(name, epoch):
                raise EvidenceCorrupt("A lane holds more entries for a tick than it may.")
            entries.extend(lane)
        seed = self._entropy(32)
        covers = (cover(cover_blind(seed, tick, k), k) for k in range(epoch.entries - len(entries)))
        entries.extend(covers)
        first = self._schedule.size_after(tick) - epoch.entries
        self._home.logbook.add_tick(tick, first, sorted(entries), self._seal_seed(tick, seed))

    def _seal_seed(self, tick: int, seed: bytes) -> bytes:
        people = [self._custody.public_keys(*attester) for attester in self._attesters.items()]
        return seal_slots(
            seed, people, COVER_CONTEXT + tick.to_bytes(8, "big"), entropy=self._entropy
        )

    def _unpublished(self) -> range:
        """The ticks that the logbook has and the signer has not signed: a crash came between."""
        signed = self._schedule.last_tick(self._signer.state.size)
        return range(signed + 1, self._home.logbook.last_tick() + 1)

    def _publish(self, tick: int, now: datetime) -> Published:
        old, new = self._signer.state.size, self._schedule.size_after(tick)
        bundle = old - old % TILE_WIDTH
        entries = self._home.logbook.entries(bundle, new)
        reader = TileReader(self._home.log_directory)
        tree = GrowingTree(old, reader.hash_at if old else None)
        for entry in entries[old - bundle :]:
            tree.append(entry)
        root = tree.root()
        proof = Tree(tree.hash_at).consistency_proof(old, new)
        files = list(files_for(old, new, tree.hash_at, lambda index: entries[index - bundle]))
        # Tiles first: a signed checkpoint must never stand before what it promises.
        self._write(files)
        note = self._signer.sign(new, root, proof, now)
        self._write([(f"checkpoints/{new}", note), ("checkpoint", note)])
        return Published(tick, self._schedule.due(tick), new, root)

    def _publish_again(self) -> None:
        """After a crash between signing and publishing, publish the very note that was signed."""
        state = self._signer.state
        newest = self._home.log_directory / "checkpoint"
        if state.note and (not newest.exists() or newest.read_bytes() != state.note):
            self._write([(f"checkpoints/{state.size}", state.note), ("checkpoint", state.note)])

    def _write(self, files: Sequence[tuple[str, bytes]]) -> None:
        try:
            publish(self._home.log_directory, files)
        except OSError as error:
            raise Unavailable("The log's folder cannot be written now.") from error
