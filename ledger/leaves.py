"""What stands behind the leaves of the log, as far as somebody can open them.

Open streams open to everybody who runs the service, sealed ones to their audience, covers to those
to whom their seeds were sealed; of what was erased there are tombstones. Exports show it, and
counsel attests to all of it. What is not published yet is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger.errors import EvidenceCorrupt, NotFound
from ledger.evidence import commitment
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.grammar import parse_position
from ledger.evidence.merkle import Frontier
from ledger.evidence.opening import CoverOpening, ErasedOpening
from ledger.home import Home, OpenHome
from ledger.register.custody import Custody
from ledger.register.erasure import known_vault_office, tombstones
from ledger.register.reading import Reader
from ledger.register.records import read_stream
from ledger.register.seal import Unsealed
from ledger.sequencer.covers import first_of, open_seed, seed_of
from ledger.stores.store import Store


def open_streams(home: OpenHome) -> Iterator[tuple[Store, bytes, StreamSecrets]]:
    """Every stream that the service itself opens."""
    custody = Custody(home)
    for stream in home.open.streams():
        try:
            secrets = custody.secrets(stream, None, (home.open,))
        except NotFound:
            # Sealed late, erased, or copied for an opening that did not come to its end.
            continue
        yield home.open, stream, secrets


def sealed_streams(home: Home, keyring: Keyring) -> Iterator[tuple[Store, bytes, StreamSecrets]]:
    """Every sealed stream that a person opens, where most of it lies."""
    openable = Custody(home).openable(keyring, (home.open, home.vault, home.inbox))
    if openable.damaged:
        raise EvidenceCorrupt("A sealed stream is damaged. Stop writing and call counsel.")
    for stream, secrets in sorted(openable.streams.items()):
        stores = [one for one in (home.vault, home.inbox, home.open) if one.last_seq(stream)]
        if stores:
            yield stores[0], stream, secrets
        elif any(one.committed_seq(stream) for one in (home.vault, home.inbox, home.open)):
            raise EvidenceCorrupt("A stream was taken away. Call counsel.")


def records_below(
    home: OpenHome, store: Store, stream: bytes, secrets: StreamSecrets, size: int
) -> Iterator[Unsealed]:
    """The records of a stream whose leaves lie below a size of the log, in order.

    Raises:
        EvidenceCorrupt: a record was altered or taken away.
    """
    return (opened for opened, _ in published(home, store, stream, secrets, size))


def published(
    home: OpenHome, store: Store, stream: bytes, secrets: StreamSecrets, size: int
) -> Iterator[tuple[Unsealed, int]]:
    """The same, each with its leaf."""
    for opened in read_stream(home.origin, store, stream, secrets):
        leaf = leaf_of(home, secrets, stream, opened.record.seq, opened.e)
        if leaf is None or leaf >= size:
            return
        yield opened, leaf


def leaf_of(
    home: OpenHome, secrets: StreamSecrets, stream: bytes, seq: int, e: bytes
) -> int | None:
    """The index in the log of a record whose digest is `e`; None before its tick."""
    blind = commitment.blind(secrets.core, stream, seq)
    return home.logbook.leaf_of(commitment.commit(blind, stream, seq, e))


def root_at(home: OpenHome, newest: Checkpoint, size: int) -> bytes:
    """The root of the log at a size of at most the newest checkpoint's, which goes on from there.

    Raises:
        EvidenceCorrupt: the logbook is not what was published.
    """
    tree, root = Frontier(), b""
    for entry in home.logbook.entries_below(newest.size):
        tree.append(entry)
        if tree.size == size:
            root = tree.root()
    if tree.root() != newest.root:
        raise EvidenceCorrupt("The logbook differs from the published log.")
    return root


def erased_openly(home: OpenHome, size: int) -> Iterator[tuple[int, ErasedOpening]]:
    """What is left of erased records whose leaf, and whose erasure's record in the office, are
    published.
    """
    return _erased(home, (home.open,), home.config.office, size)


def erased_in_vault(home: Home, reader: Reader, size: int) -> Iterator[tuple[int, ErasedOpening]]:
    """The same of those whose erasure stands in the vault office, for who reads that."""
    if known_vault_office(reader) is not None:
        yield from _erased(home, (home.vault, home.open), home.config.vault_office, size)


def _erased(
    home: OpenHome, stores: tuple[Store, ...], office: bytes, size: int
) -> Iterator[tuple[int, ErasedOpening]]:
    """Look in these stores; the records of the erasures stand in the first."""
    for mark, one in tombstones(*stores):
        entry = commitment.commit(one.blind, one.stream, one.seq, one.e)
        erased = parse_position(mark.record)
        if erased[0] != office:
            continue
        pending = stores[0].pending(*erased)
        decided = None if pending is None else home.logbook.leaf_of(pending.commitment)
        leaf = home.logbook.leaf_of(entry)
        if leaf is not None and decided is not None and max(leaf, decided) < size:
            yield leaf, ErasedOpening(erased, one.blind, one.stream, one.seq, one.e)


def covers(home: OpenHome, keyring: Keyring, size: int) -> Iterator[tuple[int, CoverOpening]]:
    """The covers of every tick whose seed was sealed to this person."""
    first, drawn = 0, None
    for tick in range(1, home.schedule.last_tick(size) + 1):
        sealed = home.logbook.seeds(tick)
        if sealed is None:
            continue
        if first_of(sealed, tick) == tick:
            first, drawn = tick, open_seed(sealed, tick, keyring)
        if drawn is None or first != first_of(sealed, tick):
            continue
        seed = seed_of(drawn, first, tick)
        many, end = home.schedule.epoch_of(tick).entries, home.schedule.size_after(tick)
        entries = home.logbook.entries(end - many, end)
        leaves = {entry: leaf for leaf, entry in enumerate(entries, start=end - many)}
        for k in range(many):
            blind = commitment.cover_blind(seed, tick, k)
            leaf = leaves.get(commitment.cover(blind, k))
            if leaf is not None:
                yield leaf, CoverOpening(tick, k, blind)
