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
from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final

from ledger.evidence.commitment import commit
from ledger.evidence.envelope import signing_input
from ledger.verify.book import INDEX, Book, Harvest
from ledger.verify.crypto import Fits, fits_under
from ledger.verify.facts import AUTHORITY, SIGNED, Tail, flags_of
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
        self._keys: dict[str, Fits] = {}

    def take(self, out: Harvest, source: Source, asked: Sequence[Asked]) -> Collection[int]:
        """Take leaves; return those that were, and nothing was noted of the others: they need a
        closer look.
        """
        signed = self._signed(list(self._proven(source, asked)))
        kinds = {one[0]: kind for one in signed if (kind := self._note(out, *one)) is not None}
        out.records += len(kinds)
        out.types.update(kinds.values())
        out.stood += b"".join(map(INDEX.pack, kinds))
        return kinds.keys()

    def _proven(self, source: Source, asked: Sequence[Asked]) -> Iterator[_Proven]:
        """Compare the files of each leaf with the manifest and with the log (V1, V7)."""
        names = [f"{index}.json" for index, _, _ in asked]
        openings = source.read_each("openings", names, _USUAL_BYTES)
        names = [f"{index}.dsse.json" for index, _, _ in asked]
        records = source.read_each("records", names, _USUAL_BYTES)
        holds = self._entries.holds
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
            if not holds(index, commitment):
                continue
            wrapped = plain_envelope(data)
            if wrapped is not None:
                yield index, e, commitment, stream, seq, *wrapped

    def _signed(self, proven: Iterable[_Proven]) -> list[_Proven]:
        """Return those whose signature fits a key that was met (V9), all in one run."""
        signed = []
        for one in proven:
            *_, payload, keyid, signature = one
            fits = self._keys.get(keyid) or self._meet(keyid)
            if fits is not None and fits(signing_input(payload), signature):
                signed.append(one)
        return signed

    def _meet(self, keyid: str) -> Fits | None:
        """Return a key that the book has come to know; None when it has not, or it is no key."""
        public = self._book.keys.get(keyid)
        fits = None if public is None else fits_under(public)
        if fits is not None:
            self._keys[keyid] = fits
        return fits

    def _note(
        self, out: Harvest, index: int, e: bytes, commitment: bytes, stream: bytes, seq: int,
        payload: bytes, keyid: str, _signature: bytes,
    ) -> str | None:  # fmt: skip
        """Read a record and note what it says; return its type, None where it is not a usual one
        (V8, V11).
        """
        read = plain_record(payload, self._origin)
        if read is None:
            return None
        (
            actor, attested, continues, event, root, size, key, law, occurred_at, office_head,
            office_seq, prev, recorded_at, recorded_by, role, own_seq, own_stream, kind, under,
        ) = read  # fmt: skip
        if (
            own_seq != seq
            or key != keyid
            or own_stream != stream
            or not self._moments.is_usual(index, root, size, recorded_at, occurred_at)
        ):
            return None
        is_own, flags, tail = actor == recorded_by, SIGNED | flags_of(kind), b""
        if flags & AUTHORITY or under is not None or not is_own or continues:
            said = json.loads(event) if flags & AUTHORITY else {}
            more = Tail(kind, said, actor, occurred_at, under, size, continues)
            tail = self._book.tail(out, stream, recorded_by, more)
        if commitment in self._promised:
            out.promised.append((commitment, index))
        if e == self._founded:
            out.office = stream
        is_intake = kind.startswith("intake-")
        ground = is_intake, is_own, office_head, office_seq, law, key, recorded_by, role, attested
        number = self._book.number(out, ground)
        row = e, prev, stream, seq, index, number, recorded_at, size, flags, tail
        self._book.keep(out, row)
        return kind
