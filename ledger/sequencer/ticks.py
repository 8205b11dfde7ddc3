"""The sequencer: on a timer, pending commitments become the log, a checkpoint and static files.

    close the lanes' tick ─► fill with covers ─► sort ─► logbook ─► tiles ─► sign ─► publish

A tick always has exactly `open + sealed` entries, so its size tells nothing. No command ever causes
a tick. Missed ticks are caught up in order, each as it would have been. Every step can be repeated
after a crash: the logbook keeps a tick before anything is published, and publishing starts from
there. One sequencer runs at a time. Before anything is built, the logbook, the signer's memory and
the published checkpoint are held against each other: whichever of them is older than another was
restored from a backup, and going on from it would tell the log's story a second time.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from keys.aead import Entropy
from keys.errors import KeysError
from keys.secrets import seal_slots
from ledger.errors import BadRequest, EvidenceCorrupt, Unavailable
from ledger.evidence.commitment import cover, cover_blind
from ledger.evidence.grammar import Malformed
from ledger.evidence.merkle import GrowingTree, Tree, leaf_hash
from ledger.evidence.tiles import TILE_WIDTH, TileMissing, TileReader, files_for, publish
from ledger.home import ROW_STORES, Home
from ledger.register.custody import Custody
from ledger.register.lanes import Choose, quota, slots
from ledger.register.locks import exclusive
from ledger.sequencer.checkpoints import CheckpointSigner
from ledger.stores.store import Store

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
        choose: Choose = secrets.choice,
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
            BadRequest: there is no attester with sealing keys, or there are more than eight.
        """
        with exclusive(self._home.path / "sequencer.lock", "publishing the log"), _published():
            self._custody.settle(*self._stores())
            self._check_memory()
            self._publish_again()
            done = [self._publish(tick, now) for tick in self._unpublished()]
            following = self._home.logbook.last_tick() + 1
            for tick in range(following, self._schedule.running_tick(now)):
                self._build(tick)
                done.append(self._publish(tick, now))
            return tuple(done)

    # ---- building ----

    def _build(self, tick: int) -> None:
        """Decide what a tick contains, once; from the logbook on it is fixed."""
        epoch = self._schedule.epoch_of(tick)
        seed = self._entropy(32)
        sealed_seed = self._seal_seed(tick, seed)
        entries: list[bytes] = []
        for store in self._stores():
            outside = slots(self._home, store, self._schedule, self._choose)
            lane = store.close_tick(tick, outside)
            if len(lane) > quota(store.name, epoch):
                raise EvidenceCorrupt("A lane holds more entries for a tick than it may.")
            entries.extend(lane)
        covers = (cover(cover_blind(seed, tick, k), k) for k in range(epoch.entries - len(entries)))
        entries.extend(covers)
        first = self._schedule.size_after(tick) - epoch.entries
        self._home.logbook.add_tick(tick, first, sorted(entries), sealed_seed)

    def _stores(self) -> tuple[Store, ...]:
        return tuple(self._home.store(name) for name in ROW_STORES)

    def _seal_seed(self, tick: int, seed: bytes) -> bytes:
        people = [self._custody.public_keys(*attester) for attester in self._attesters.items()]
        context = COVER_CONTEXT + tick.to_bytes(8, "big")
        try:
            return seal_slots(seed, people, context, entropy=self._entropy)
        except KeysError as error:
            raise BadRequest("Covers are sealed to one to eight enrolled people.") from error

    # ---- publishing ----

    def _unpublished(self) -> range:
        """The ticks that the logbook has and the signer has not signed: a crash came between."""
        signed = self._schedule.last_tick(self._signer.state.size)
        return range(signed + 1, self._home.logbook.last_tick() + 1)

    def _publish(self, tick: int, now: datetime) -> Published:
        old, new = self._signer.state.size, self._schedule.size_after(tick)
        bundle = old - old % TILE_WIDTH
        entries = self._home.logbook.entries(bundle, new)
        reader = TileReader(self._home.log_directory)
        for index, entry in enumerate(entries[: old - bundle], start=bundle):
            # They are written again, in a wider bundle: they must be the ones that were signed.
            if reader.hash_at(0, index) != leaf_hash(entry):
                raise EvidenceCorrupt("The logbook differs from the published log.")
        tree = GrowingTree(old, reader.hash_at if old else None)
        for entry in entries[old - bundle :]:
            tree.append(entry)
        root = tree.root()
        proof = Tree(tree.hash_at).consistency_proof(old, new)
        files = list(files_for(old, new, tree.hash_at, lambda index: entries[index - bundle]))
        # Tiles first: a signed checkpoint must never stand before what it promises.
        self._write(files)
        due = self._schedule.due(tick)
        # A clock that was set back must not date a checkpoint before its tick.
        note = self._signer.sign(new, root, proof, max(now, due))
        self._write([(f"checkpoints/{new}", note), ("checkpoint", note)])
        return Published(tick, due, new, root)

    def _publish_again(self) -> None:
        """After a crash between signing and publishing, publish the very note that was signed."""
        state = self._signer.state
        newest = self._home.log_directory / "checkpoint"
        if state.note and (not newest.exists() or newest.read_bytes() != state.note):
            self._write([(f"checkpoints/{state.size}", state.note), ("checkpoint", state.note)])

    def _check_memory(self) -> None:
        """See that nothing was restored from a backup that is older than what was signed.

        Raises:
            Unavailable: the signer remembers less than was published.
            EvidenceCorrupt: the logbook holds less than was signed.
        """
        signed = self._signer.state.size
        try:
            newest = self._home.newest_checkpoint()
        except EvidenceCorrupt:
            # One that was not signed is no history; it is published anew from the signer's memory.
            newest = None
        if newest is not None and newest.size > signed:
            raise Unavailable(
                "The checkpoint signer remembers less than was published: it was restored from a"
                " backup. Signing stops until a person accepts the published checkpoint."
            )
        if self._home.logbook.size() < signed:
            raise EvidenceCorrupt("The logbook holds less than was signed. Restore the newer one.")

    def _write(self, files: Sequence[tuple[str, bytes]]) -> None:
        publish(self._home.log_directory, files)


@contextmanager
def _published() -> Iterator[None]:
    """Translate what reading and writing the published folder can raise."""
    try:
        yield
    except TileMissing as error:
        raise Unavailable("A file of the published log is missing. Restore the folder.") from error
    except Malformed as error:
        raise EvidenceCorrupt("The published log is not the one that was signed.") from error
    except OSError as error:
        raise Unavailable("The log's folder cannot be read or written now.") from error
