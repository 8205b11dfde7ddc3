"""The usual leaves, proven and read many at once.

Nearly all leaves of a large pack are alike: a record of the usual form, whole and right. This is
the short way through V1, V7, V8 and V11 for them. It notes what the long way (`leaves.py`) would
note, and goes only where nothing at all is to be found; for everything else it steps back, having
noted nothing, and the long way is gone. The order is kept, and kept apart: first many leaves are
proven, then their signatures are checked in one run, which is sooner than one here and one there,
and only then are the records parsed.

Cites: FORMAT §3.2, §6 V7, V8, V9 "each signature", V11.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.evidence.acts import CLOSED, concerns_authority
from ledger.evidence.commitment import commit
from ledger.evidence.envelope import signing_input
from ledger.evidence.pack import opening_path, record_path
from ledger.verify.book import INDEX, Book, Harvest
from ledger.verify.crypto import ready_ed25519
from ledger.verify.facts import AUTHORITY, CLOSING, SIGNED, Row, Tail
from ledger.verify.moments import Moments
from ledger.verify.plain import plain_envelope, plain_opening, plain_record
from ledger.verify.sources import Source
from ledger.verify.tree import Entries
from ledger.verify.trust import Trust

__all__ = ["Asked", "Usual"]

Asked = tuple[int, bytes, bytes]
"""A leaf, and the SHA-256 that the manifest gives of its record and of its opening."""
_USUAL_BYTES: Final = 16_384
"""No usual record or opening is larger, so that many can be held at once."""


_Proven = tuple[int, bytes, bytes, bytes, int, bytes, str, bytes]
"""A record whose commitment stands in the log, not parsed yet: leaf, E, commitment, stream, seq,
payload, key id in hex, and signature.
"""


class Usual:
    """Takes usual leaves of a whole log."""

    def __init__(
        self,
        entries: Entries,
        trust: Trust,
        moments: Moments,
        book: Book,
        promised: frozenset[bytes],
    ) -> None:
        """Stand on the entries of a verified log."""
        self._entries, self._moments, self._book = entries, moments, book
        self._origin, self._founded, self._promised = trust.origin, trust.founded, promised
        self._keys: dict[str, Ed25519PublicKey] = {}

    def take(self, out: Harvest, source: Source, asked: Sequence[Asked]) -> list[Asked]:
        """Take leaves; return those of which nothing was noted: they need a closer look."""
        signed = self._signed(list(self._proven(source, asked)))
        kinds = {one[0]: kind for one in signed if (kind := self._note(out, *one)) is not None}
        out.records += len(kinds)
        out.types.update(kinds.values())
        out.stood += b"".join(map(INDEX.pack, kinds))
        return [each for each in asked if each[0] not in kinds]

    def _proven(self, source: Source, asked: Sequence[Asked]) -> Iterator[_Proven]:
        """Compare the files of each leaf with the manifest and with the log (V1, V7)."""
        records = source.read_each([record_path(index) for index, _, _ in asked], _USUAL_BYTES)
        openings = source.read_each([opening_path(index) for index, _, _ in asked], _USUAL_BYTES)
        for (index, listed, opening_listed), data, opening in zip(
            asked, records, openings, strict=True
        ):
            if data is None or opening is None:
                continue
            e = sha256(data).digest()
            if e != listed or sha256(opening).digest() != opening_listed:
                continue
            shown = plain_opening(opening)
            if shown is None:
                continue
            blind, stream, seq = shown
            commitment = commit(blind, stream, seq, e)
            if not self._entries.holds(index, commitment):
                continue
            wrapped = plain_envelope(data)
            if wrapped is not None:
                yield index, e, commitment, stream, seq, *wrapped

    def _signed(self, proven: Iterable[_Proven]) -> list[_Proven]:
        """Return those whose signature fits a key that was met (V9), all in one run."""
        signed = []
        for one in proven:
            *_, payload, keyid, signature = one
            ready = self._keys.get(keyid) or self._meet(keyid)
            if ready is None:
                continue
            try:
                ready.verify(signature, signing_input(payload))
            except InvalidSignature:
                continue
            signed.append(one)
        return signed

    def _meet(self, keyid: str) -> Ed25519PublicKey | None:
        """Return a key that the book has come to know; None when it has not, or it is no key."""
        public = self._book.keys.get(keyid)
        ready = None if public is None else ready_ed25519(public)
        if ready is not None:
            self._keys[keyid] = ready
        return ready

    def _note(
        self, out: Harvest, index: int, e: bytes, commitment: bytes, stream: bytes, seq: int,
        payload: bytes, keyid: str, _signature: bytes,
    ) -> str | None:  # fmt: skip
        """Read a record and note what it says; return its type, None where it is not a usual one
        (V8, V11).
        """
        one = plain_record(payload, self._origin)
        if (
            one is None
            or one.seq != seq
            or one.key != keyid
            or one.stream != stream
            or not self._moments.is_usual(
                index, one.root, one.size, one.recorded_at, one.occurred_at
            )
        ):
            return None
        kind, is_own = one.type, one.actor == one.recorded_by
        flags, tail = SIGNED, b""
        if concerns_authority(kind):
            flags |= AUTHORITY | CLOSING if kind == CLOSED else AUTHORITY
        if flags != SIGNED or one.under is not None or not is_own or one.continues:
            event = json.loads(one.event) if flags != SIGNED else {}
            more = Tail(kind, event, one.actor, one.occurred_at, one.under, one.size, one.continues)
            tail = self._book.tail(out, stream, one.recorded_by, more)
        if commitment in self._promised:
            out.promised.append((commitment, index))
        if e == self._founded:
            out.office = stream
        number = self._book.number(
            out,
            (kind.startswith("intake-"), is_own, one.office_head, one.office_seq, one.law,
             one.key, one.recorded_by, one.role, one.attested),
        )  # fmt: skip
        row = Row(
            e, one.prev, stream, seq, index, number, one.recorded_at, one.size, flags, tail
        )  # fmt: skip
        self._book.keep(out, row)
        return kind
