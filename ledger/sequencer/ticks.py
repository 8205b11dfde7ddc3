"""The sequencer: on a timer, pending commitments become the log, a checkpoint and static files.

    close the lanes' tick ─► fill with covers ─► sort ─► logbook ─► tiles ─► sign ─► publish

A tick always has exactly `open + sealed` entries, so its size tells nothing. No command ever causes
a tick. Missed ticks are caught up in order, each as it would have been, and published under one
checkpoint, whose time shows the gap. Every step can be repeated after a crash: the logbook keeps a
tick before anything is published, and publishing starts from there. One sequencer runs at a time.
Before anything is built, the logbook, the signer's memory and the published checkpoint are held
against each other: whichever of them is older than another was restored from a backup, and going on
from it would tell the log's story a second time.

It works on the vault's side, but the log does not wait for the vault: while that cannot be read,
covers stand in its places, and what had a slot there goes into the next free ones
(`ledger.stores.missed`). Only a case that is just being opened is waited for.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from keys.aead import Entropy
from ledger.errors import EvidenceCorrupt, LedgerError, Unavailable
from ledger.evidence.grammar import Malformed
from ledger.evidence.merkle import GrowingTree, Tree, leaf_hash
from ledger.evidence.tiles import TILE_WIDTH, TileMissing, TileReader, files_for, publish
from ledger.home import ROW_STORES, Home
from ledger.logkeys import own_lines
from ledger.register.custody import Custody
from ledger.register.lanes import Choose, pending_in, quota, slots
from ledger.register.locks import exclusive
from ledger.register.months import Months
from ledger.register.reading import Reader
from ledger.register.restored import check_confirmed
from ledger.sequencer.checkpoints import CheckpointSigner
from ledger.sequencer.covers import SEED_BYTES, covers, refer_to, seal_seed, seed_of
from ledger.sequencer.epochs import Epochs
from ledger.sequencer.freeze import frozen
from ledger.sequencer.succession import Succession
from ledger.stores.logbook import Tick
from ledger.stores.missed import overdue
from ledger.stores.place import StoreName

SIGNER = "signer.json"
LOCK = "sequencer.lock"
OPEN_LANES: tuple[StoreName, ...] = ("open", "inbox")
AT_ONCE = 512
"""How many ticks that were missed are built together at most."""
LATE = timedelta(days=1)
"""How late a timer may come and still find the keys of a new month made."""


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
        """`attesters` are the one to seven people who can later open the covers, each with the
        signing key enrolled (base64), and recovery: see `Office.readers`.
        """
        self._home = home
        self._custody = Custody(home)
        self._attesters = dict(attesters)
        self._choose = choose
        self._entropy = entropy
        self._succession = Succession(home)
        self._reader = Reader(home, self._custody)
        self._epochs = Epochs(home, self._reader)
        self.is_whole = True
        """Whether every store could be read when the log was last built."""
        self._is_behind = True
        self._of_the_open: LedgerError | None = None

    def run(self, now: datetime) -> tuple[Published, ...]:
        """Build and publish every tick that is due at `now`; nothing when none is.

        Raises:
            Unavailable: a store, key or disk did not play along; run it again when mended.
            EvidenceCorrupt: the log on disk is not the one that was signed. Nothing was signed.
            BadRequest: there is no attester with sealing keys, or there are more than seven.
        """
        self.is_whole = self._is_behind = True
        with exclusive(self._home.path / LOCK, "publishing the log"), _published():
            self._check_confirmed()
            self._succession.settle(self._signer.state.size)
            self._check_freeze()
            for name in ROW_STORES:
                # Keys that cannot go on their way now are found where they are.
                with suppress(Unavailable, EvidenceCorrupt):
                    self._custody.settle(self._home.store(name))
            with suppress(LedgerError):
                # Old keys that cannot go now go at the next run; the log does not wait for them.
                Months(self._home).retire(now)
            running = self._home.schedule.running_tick(now)
            for at in (now, self._home.schedule.due(running) + LATE):
                self._custody.keep_month(at)
            self._check_memory()
            # What was built before the last failure may be missing on a standby.
            self._home.logbook.confirm()
            self._publish_again()
            missed = range(self._home.logbook.last_tick() + 1, running)
            for first in range(0, len(missed), AT_ONCE):
                self._build(missed[first : first + AT_ONCE])
            done: list[Published] = []
            for tick in self._to_sign():
                if self._signs(tick):
                    done.extend(self._publish(tick, now))
            with suppress(LedgerError):
                # Nor does it wait for other places.
                self._epochs.put_in_force(now)
            return tuple(done)

    # ---- who signs ----

    @property
    def _signer(self) -> CheckpointSigner:
        keys, home = self._succession.keys, self._home
        return CheckpointSigner(home.path / SIGNER, home.origin, keys.current, keys.previous)

    def _check_confirmed(self) -> None:
        """Do nothing in a restored ledger that nobody has confirmed yet.

        Raises:
            Unavailable: it waits for that.
        """
        if self._home.config.incarnation is not None:
            check_confirmed(self._home, self._reader.office().office)

    def _check_freeze(self) -> None:
        """Do nothing at all while the log is frozen and nobody has agreed on new keys.

        Raises:
            Unavailable: it is.
        """
        standing = frozen(self._home)
        if standing is not None and self._succession.agreement() is None:
            raise Unavailable(standing.sentence)

    def _signs(self, tick: int) -> bool:
        """Whether a checkpoint is signed after a tick; lets new keys begin where they are agreed.

        At a rotation that is the first tick after the agreement was published. After a theft the
        old keys publish nothing any more: it is the tick that holds the agreement, and ticks
        before it are built and covered by its checkpoint.
        """
        size, signed = self._home.schedule.size_after(tick), self._signer.state.size
        one = self._succession.agreement()
        leaf = None if one is None else self._succession.leaf_of_assent(one)
        shown = signed if frozen(self._home) is None else size
        if one is not None and leaf is not None and leaf < shown:
            self._succession.put_in_force(one, signed, size)
            self._succession.settle(signed)
        return frozen(self._home) is None and size >= self._succession.keys.begins

    # ---- building ----

    def _build(self, ticks: range) -> None:
        """Decide what ticks contain, once; from the logbook on it is fixed."""
        secret = self._entropy(SEED_BYTES)
        people, recovery = self._custody.readers(self._attesters)
        sealed = seal_seed(secret, ticks[0], people, recovery, entropy=self._entropy)
        for part in self._parts(ticks):
            built = self._home.logbook.last_tick()
            lanes = [self._lane(name, part, built) for name in OPEN_LANES]
            for name, lane in zip(OPEN_LANES, lanes, strict=True):
                self._check_quotas(name, part, lane)
            records = [[*in_open, *in_inbox] for in_open, in_inbox in zip(*lanes, strict=True)]
            self._add_sealed(records, part, built)
            self._check_order(part)
            self._home.logbook.add_ticks(
                [
                    self._tick(tick, found, secret, sealed, ticks[0])
                    for tick, found in zip(part, records, strict=True)
                ]
            )

    def _parts(self, ticks: range) -> Iterator[range]:
        """Ticks that the lanes may close at once. While anybody waits for a slot, maybe for a
        record of another lane, it is one after the other.
        """
        while ticks:
            is_single = len(ticks) > 1 and self._is_waited()
            part, ticks = (ticks[:1], ticks[1:]) if is_single else (ticks, ticks[:0])
            yield part

    def _is_waited(self) -> bool:
        if self._home.open.is_waited_in() or self._home.inbox.is_waited_in():
            return True
        if self.is_whole:
            with self._unless_unread():
                return self._home.vault.is_waited_in()
        return True

    def _lane(self, name: StoreName, ticks: range, built: int) -> Sequence[tuple[bytes, ...]]:
        """Close ticks of a store's lane.

        Raises:
            Unavailable, EvidenceCorrupt: the store cannot be read.
        """
        outside = slots(name, self._home.schedule, self._choose, built, self._elsewhere)
        return self._home.store(name).close_ticks(ticks, outside)

    def _check_quotas(
        self, name: StoreName, ticks: range, lanes: Sequence[tuple[bytes, ...]]
    ) -> None:
        """See that a lane holds what it may; the log stops for any that was tampered with.

        Raises:
            EvidenceCorrupt: it holds more; which one it is, is not said.
        """
        for tick, lane in zip(ticks, lanes, strict=True):
            if len(lane) > quota(name, self._home.schedule.epoch_of(tick)):
                raise EvidenceCorrupt("A lane holds more entries for a tick than it may.")

    def _add_sealed(self, records: Sequence[list[bytes]], ticks: range, built: int) -> None:
        """Close the vault's lane, and add it to the ticks' records; nothing where it cannot be
        read, which is not asked again.

        What had its slot in an earlier tick goes first, into any place that nobody has: what the
        places are used for shows nowhere.
        """
        if not self.is_whole:
            return
        lanes: Sequence[tuple[bytes, ...]] = ()
        with self._unless_unread():
            closed, leaf_of = self._lane("vault", ticks, built), self._home.logbook.leaf_of
            late = overdue(self._home.vault, ticks[0], leaf_of) if self._is_behind else ()
            # One that was tampered with counts as one that cannot be read (ADR 0019).
            self._check_quotas("vault", ticks, closed)
            lanes = closed
        if not lanes:
            return
        for tick, found, lane in zip(ticks, records, lanes, strict=True):
            room = self._home.schedule.epoch_of(tick).entries - len(found)
            due = (*late, *lane)
            found += due[:room]
            late = due[room:]
        self._is_behind = bool(late)

    def _tick(
        self, tick: int, records: Sequence[bytes], secret: bytes, sealed: bytes, first: int
    ) -> Tick:
        """A tick with its records, filled up with covers; `first` keeps the secret of them all."""
        many = self._home.schedule.epoch_of(tick).entries
        filling = covers(seed_of(secret, first, tick), tick, many - len(records))
        seeds = sealed if tick == first else refer_to(first)
        begin = self._home.schedule.size_after(tick) - many
        return Tick(tick, begin, sorted([*records, *filling]), seeds)

    @contextmanager
    def _unless_unread(self) -> Iterator[None]:
        """Go on without the vault where it cannot be read; what its lane asked of the open side
        (`_elsewhere`) and was not told is no fault of its own.
        """
        try:
            yield
        except (Unavailable, EvidenceCorrupt) as error:
            if error is self._of_the_open:
                raise
            self.is_whole = False

    def _elsewhere(self, stream: bytes, seq: int) -> int | None:
        """The tick of a record, as `anywhere`; while the vault cannot be read, what may stand there
        is waited for.
        """
        try:
            pending = pending_in((self._home.open, self._home.inbox), stream, seq)
        except (Unavailable, EvidenceCorrupt) as error:
            self._of_the_open = error
            raise
        if pending is not None:
            return pending.tick
        if self.is_whole:
            with self._unless_unread():
                pending = self._home.vault.pending(stream, seq)
                return 0 if pending is None else pending.tick
        return None

    def _check_order(self, ticks: range) -> None:
        """See that ticks without the vault's entries are whole in themselves.

        Raises:
            Unavailable: a case that was opened stands in one, which goes on from what is missing.
        """
        if self.is_whole:
            return
        if self._home.open.begins_in(ticks, self._home.config.office):
            raise Unavailable("A store cannot be read now, and the log waits for it.")

    # ---- publishing ----

    def _to_sign(self) -> Sequence[int]:
        """After which ticks a checkpoint is due: the last one, whatever was missed. While keys are
        about to change it is every one, so that the change comes where it would have.
        """
        signed = self._home.schedule.last_tick(self._signer.state.size)
        unsigned = range(signed + 1, self._home.logbook.last_tick() + 1)
        return unsigned[-1:] if self._succession.agreement() is None else unsigned

    def _publish(self, last: int, now: datetime) -> tuple[Published, ...]:
        """Publish everything up to a tick under one checkpoint; gives the ticks that are new."""
        old, new = self._signer.state.size, self._home.schedule.size_after(last)
        bundle = old - old % TILE_WIDTH
        entries = self._home.logbook.entries(bundle, new)
        reader = TileReader(self._home.log_directory)
        for index, entry in enumerate(entries[: old - bundle], start=bundle):
            # They are written again, in a wider bundle: they must be the ones that were signed.
            if reader.hash_at(0, index) != leaf_hash(entry):
                raise EvidenceCorrupt("The logbook differs from the published log.")
        tree = GrowingTree(old, reader.hash_at if old else None)
        done = []
        for tick in range(self._home.schedule.last_tick(old) + 1, last + 1):
            size = self._home.schedule.size_after(tick)
            for entry in entries[tree.size - bundle : size - bundle]:
                tree.append(entry)
            done.append(Published(tick, self._home.schedule.due(tick), size, tree.root()))
        proof = Tree(tree.hash_at).consistency_proof(old, new)
        files = list(files_for(old, new, tree.hash_at, lambda index: entries[index - bundle]))
        # Tiles first: a signed checkpoint must never stand before what it promises.
        self._write(files)
        # A clock that was set back must not date a checkpoint before its tick.
        note = self._signer.sign(new, done[-1].root, proof, max(now, done[-1].due))
        self._write([(f"checkpoints/{new}", note), ("checkpoint", note)])
        self._succession.settle(new)
        return tuple(done)

    def _publish_again(self) -> None:
        """After a crash between signing and publishing, publish the very note that was signed."""
        state = self._signer.state
        name = f"checkpoints/{state.size}"
        if state.note and self._cosigned("checkpoint", state.note) is None:
            note = self._cosigned(name, state.note) or state.note
            self._write([(name, note), ("checkpoint", note)])

    def _cosigned(self, name: str, signed: bytes) -> bytes | None:
        """A published file, where it is what was signed, with any lines of witnesses below it."""
        origin = self._home.origin
        try:
            note = (self._home.log_directory / name).read_bytes()
            return note if own_lines(origin, note) == own_lines(origin, signed) else None
        except (FileNotFoundError, Malformed):
            return None

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
