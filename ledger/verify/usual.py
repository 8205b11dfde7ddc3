"""The usual leaf, proven and read in one go.

Nearly all leaves of a large pack are alike: a record of the usual form, whole and right. This is
the short way through V7, V8 and V11 for them. It notes what the long way (`leaves.py`) would note,
and goes only where nothing at all is to be found; for everything else it steps back, having noted
nothing, and the long way is gone. The order is kept: nothing is parsed before it is proven.

Cites: FORMAT §3.2, §6 V7, V8, V9 "each signature", V11.
"""

from __future__ import annotations

import json
from binascii import unhexlify

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.evidence.acts import concerns_authority
from ledger.evidence.commitment import commit
from ledger.evidence.envelope import signing_input
from ledger.verify.book import CLOSED, INDEX, Book, Harvest
from ledger.verify.crypto import ready_ed25519
from ledger.verify.facts import AUTHORITY, CLOSING, SIGNED, Ground, Row, Tail
from ledger.verify.moments import Moments
from ledger.verify.plain import plain_envelope, plain_opening, plain_record
from ledger.verify.tree import Entries
from ledger.verify.trust import Trust

__all__ = ["Usual"]


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

    def take(self, out: Harvest, index: int, data: bytes, opening: bytes, e: bytes) -> bool:
        """Take a leaf; False, with nothing noted, where it needs a closer look.

        `e` is the SHA-256 of the envelope's bytes.
        """
        shown = plain_opening(opening)
        if shown is None:
            return False
        blind, stream, seq = shown
        commitment = commit(blind, stream, seq, e)
        if self._entries.entry(index) != commitment:
            return False
        wrapped = plain_envelope(data)
        if wrapped is None:
            return False
        payload, keyid, signature = wrapped
        one = plain_record(payload, self._origin)
        if (
            one is None
            or one.seq != seq
            or one.key != keyid
            or unhexlify(one.stream) != stream
            or not self._moments.is_usual(
                index, one.root, one.size, one.recorded_at, one.occurred_at
            )
            or not self._is_signed(keyid, payload, signature)
        ):
            return False
        kind, is_own = one.type, one.actor == one.recorded_by
        ground = Ground(
            kind.startswith("intake-"), is_own, one.office_head, one.office_seq, one.law,
            one.key, one.recorded_by, one.role, one.attested,
        )  # fmt: skip
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
        number = self._book.number(out, ground)
        prev = unhexlify(one.prev)
        row = Row(
            e, prev, stream, seq, index, number, one.recorded_at, one.size, flags, tail
        )  # fmt: skip
        self._book.keep(out, row)
        return True

    def _is_signed(self, key: str, payload: bytes, signature: bytes) -> bool:
        """Tell whether a signature fits a key that was met."""
        ready = self._keys.get(key)
        if ready is None:
            public = self._book.keys.get(key)
            ready = None if public is None else ready_ed25519(public)
            if ready is None:
                return False
            self._keys[key] = ready
        try:
            ready.verify(signature, signing_input(payload))
        except InvalidSignature:
            return False
        return True
