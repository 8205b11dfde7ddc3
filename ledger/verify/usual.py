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
from binascii import unhexlify
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, NamedTuple

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
from ledger.verify.sources import Refused, Source
from ledger.verify.tree import Entries
from ledger.verify.trust import Trust

__all__ = ["Asked", "Usual"]

Asked = tuple[int, bytes, bytes]
"""A leaf, and the SHA-256 that the manifest gives of its record and of its opening."""
_USUAL_BYTES: Final = 16_384
"""No usual record or opening is larger, so that many can be held at once."""


class _Proven(NamedTuple):
    """A record whose commitment stands in the log, not parsed yet."""

    leaf: int
    e: bytes
    commitment: bytes
    stream: bytes
    seq: int
    payload: bytes
    keyid: str
    signature: bytes


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
        proven = [one for each in asked if (one := self._prove(source, *each)) is not None]
        signed = [one for one in proven if self._is_signed(one)]
        taken = {one.leaf for one in signed if self._note(out, one)}
        return [each for each in asked if each[0] not in taken]

    def _prove(
        self, source: Source, index: int, listed: bytes, opening_listed: bytes
    ) -> _Proven | None:
        """Compare the files of a leaf with the manifest and with the log (V1, V7)."""
        try:
            data = source.read(record_path(index), _USUAL_BYTES)
            opening = source.read(opening_path(index), _USUAL_BYTES)
        except (Refused, OSError):
            return None
        e = sha256(data).digest()
        if e != listed or sha256(opening).digest() != opening_listed:
            return None
        shown = plain_opening(opening)
        if shown is None:
            return None
        blind, stream, seq = shown
        commitment = commit(blind, stream, seq, e)
        if self._entries.entry(index) != commitment:
            return None
        wrapped = plain_envelope(data)
        return None if wrapped is None else _Proven(index, e, commitment, stream, seq, *wrapped)

    def _is_signed(self, one: _Proven) -> bool:
        """Tell whether a signature fits a key that was met (V9)."""
        ready = self._keys.get(one.keyid)
        if ready is None:
            public = self._book.keys.get(one.keyid)
            ready = None if public is None else ready_ed25519(public)
            if ready is None:
                return False
            self._keys[one.keyid] = ready
        try:
            ready.verify(one.signature, signing_input(one.payload))
        except InvalidSignature:
            return False
        return True

    def _note(self, out: Harvest, proven: _Proven) -> bool:
        """Read a record and note what it says; False where it is not a usual one (V8, V11)."""
        index, e, commitment, stream, seq, payload, keyid, _ = proven
        one = plain_record(payload, self._origin)
        if (
            one is None
            or one.seq != seq
            or one.key != keyid
            or unhexlify(one.stream) != stream
            or not self._moments.is_usual(
                index, one.root, one.size, one.recorded_at, one.occurred_at
            )
        ):
            return False
        kind, is_own = one.type, one.actor == one.recorded_by
        flags, tail = SIGNED, b""
        if concerns_authority(kind):
            flags |= AUTHORITY | CLOSING if kind == CLOSED else AUTHORITY
        if flags != SIGNED or one.under is not None or not is_own or one.continues:
            event = json.loads(one.event) if flags != SIGNED else {}
            more = Tail(kind, event, one.actor, one.occurred_at, one.under, one.size, one.continues)
            tail = self._book.tail(out, stream, one.recorded_by, more)
        out.records += 1
        out.types[kind] += 1
        out.stood += INDEX.pack(index)
        if commitment in self._promised:
            out.promised.append((commitment, index))
        if e == self._founded:
            out.office = stream
        number = self._book.number(
            out,
            (kind.startswith("intake-"), is_own, one.office_head, one.office_seq, one.law,
             one.key, one.recorded_by, one.role, one.attested),
        )  # fmt: skip
        prev = unhexlify(one.prev)
        row = Row(
            e, prev, stream, seq, index, number, one.recorded_at, one.size, flags, tail
        )  # fmt: skip
        self._book.keep(out, row)
        return True
