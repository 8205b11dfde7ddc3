"""What a feed's entry is: its body, its digest and its place in the chain. Pure.

    body     JSON in its one spelling (JCS): a record's core fields, or what was dropped
    digest   SHA-256(nonce || body)
    chain    SHA-256("dl.feed.v1" || chain before || digest); 32 zero bytes before the first

Samples: {"kind":"record","reference":"7K3M-9Q2D-X","type":"case-opened.v1",…}
         {"kind":"dropped","reference":"7K3M-9Q2D-X"}

A feed tells of a record what stands in it as it was signed, and of its personal fields nothing, not
even their digests. `dropped` says: forget everything that this feed told of the case until here.
What can still be shown of it follows as new entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from keys.feeds import FeedKeys
from ledger.domain.codec import split
from ledger.domain.office import Recorded
from ledger.evidence import commitment, jcs
from ledger.evidence.grammar import format_instant, parse_position
from ledger.stores.feeds import Entry, Head

Json = dict[str, Any]  # Plain JSON, as `jcs.load` gives it.

CHAIN = b"dl.feed.v1"


@dataclass(frozen=True, slots=True)
class Telling:
    """A record that a feed may tell of, and the core secret of its stream (32 bytes)."""

    recorded: Recorded
    core: bytes

    @property
    def commitment(self) -> bytes:
        """The record's commitment, as it stands in the log (FORMAT §3.2)."""
        stream, seq = parse_position(self.recorded.ref)
        blind = commitment.blind(self.core, stream, seq)
        return commitment.commit(blind, stream, seq, bytes.fromhex(self.recorded.e))


def told(reference: str | None, recorded: Recorded) -> Json:
    """The body of a record's entry; the office has no reference."""
    core, _ = split(recorded.event)
    body: Json = {
        "kind": "record",
        "reference": reference,
        "ref": recorded.ref,
        "e": recorded.e,
        "type": recorded.type,
        "occurred_at": format_instant(recorded.occurred_at),
        "recorded_at": format_instant(recorded.recorded_at),
        "actor": recorded.actor,
        "recorded_by": recorded.recorded_by,
        "role": recorded.role,
        "under": recorded.under,
        "law": recorded.law,
        "basis": recorded.basis,
        "precision": recorded.precision,
        "event": core,
    }
    return {name: value for name, value in body.items() if value is not None}


def entry_of(
    keys: FeedKeys, feed: str, before: Head, reference: str | None, telling: Telling
) -> Entry:
    """The entry that tells of a record, after those that end in `before`."""
    position = before.position + 1
    nonce = keys.nonce(feed, position, telling.commitment, telling.core)
    body = jcs.dump(told(reference, telling.recorded))
    return _chained(before, telling.recorded.ref, reference, nonce, body)


def drop_of(keys: FeedKeys, feed: str, before: Head, reference: str) -> Entry:
    """The entry that tells that a case was dropped. It has no reference of its own that it could be
    dropped by.
    """
    nonce = keys.nonce(feed, before.position + 1, b"", b"")
    return _chained(
        before, None, None, nonce, jcs.dump({"kind": "dropped", "reference": reference})
    )


def digest_of(nonce: bytes, body: bytes) -> bytes:
    """The digest of an entry."""
    return sha256(nonce + body).digest()


def chained(chain: bytes, digest: bytes) -> bytes:
    """The chain after one more entry."""
    return sha256(CHAIN + chain + digest).digest()


def shown(entry: Entry) -> Mapping[str, Any]:
    """An entry as consumers get it: with its body, or as one that was dropped."""
    place = {"position": entry.position, "digest": entry.digest.hex()}
    if entry.body is None or entry.nonce is None:
        return {**place, "dropped": True}
    return {**place, "nonce": entry.nonce.hex(), "body": jcs.load(entry.body)}


def _chained(
    before: Head, source: str | None, reference: str | None, nonce: bytes, body: bytes
) -> Entry:
    """An entry after those that end in `before`."""
    digest = digest_of(nonce, body)
    chain = chained(before.chain, digest)
    return Entry(before.position + 1, source, reference, digest, nonce, body, chain)
