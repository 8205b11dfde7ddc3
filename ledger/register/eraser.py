"""Erasure, carried out: what two people decided is destroyed.

    look for holds again ─► mark ─► fence ─► views ─► keys ─► rows

The mark, with the tombstones, is the point of no return; before it a hold still wins. From there
every step can be repeated, by anybody, after any crash: tombstones are kept with the mark, because
without keys nobody could make them any more; the fence stands in the keystore before a key is
removed, so that no key comes back (threats.md §2.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger.domain.ending import is_held
from ledger.domain.events import AdviceGiven
from ledger.domain.office import Office, Recorded
from ledger.errors import EvidenceCorrupt, NotFound
from ledger.evidence import commitment
from ledger.home import Home
from ledger.register.custody import Custody
from ledger.register.destroyed import asked, event_of, is_destroyed, marks_of
from ledger.register.erasure import Matter, erasures, matter_of, reference_of
from ledger.register.locks import exclusive
from ledger.register.matters import advised
from ledger.register.reading import OfficeView, Reader, Stream
from ledger.register.roster import fitting, roster, without
from ledger.register.sealedreading import SealedReader
from ledger.stores.erased import Mark, Tombstone
from ledger.stores.keystore import Fence
from ledger.stores.store import Store


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one erasure: `done`, `held` by a hold, or `waits` for a cleared person."""

    erasure: Recorded
    state: str


def finish(
    home: Home, view: OfficeView, keyring: Keyring | None, at: datetime
) -> tuple[Outcome, ...]:
    """Carry out every assented erasure as far as the service, or a cleared person, can.

    Raises:
        Unavailable, EvidenceCorrupt: as `Eraser.finish`.
    """
    custody = Custody(home)
    reader = Reader(home, custody) if keyring is None else SealedReader(home, custody, keyring)
    return Eraser(home, custody, reader, at).finish(erasures(view, reader))


class Eraser:
    """Carries out what two people decided."""

    def __init__(self, home: Home, custody: Custody, reader: Reader, at: datetime) -> None:
        """`reader` is the service, or a cleared person, who can then erase sealed streams too."""
        self._home = home
        self._custody = custody
        self._reader = reader
        self._at = at

    def finish(self, office: Office) -> tuple[Outcome, ...]:
        """Carry out every assented erasure as far as this reader can. Idempotent.

        Raises:
            Unavailable: a store cannot be written now; do it again.
            EvidenceCorrupt: a stream is not the one that the two people saw.
        """
        return tuple(Outcome(one, self._apply(one, office)) for one in office.erasures)

    def _apply(self, erasure: Recorded, office: Office) -> str:
        if is_destroyed(self._home.keystore, self._home.row_stores, erasure):
            return "done"
        stream, scope = asked(erasure)
        # Keys that are on their way arrive first, so that none overtakes the fence.
        self._custody.settle(*self._home.row_stores)
        if not marks_of(self._home.row_stores, stream, scope):
            try:
                matter = matter_of(self._reader, stream)
            except NotFound:
                return "waits"
            if is_held(matter.case):
                return "held"
            self._mark(erasure, matter)
        return carry_out(self._home, self._custody, self._reader, stream, office, self._at)

    def _mark(self, erasure: Recorded, matter: Matter) -> None:
        """Mark the stream where its rows live: from here on there is no way back."""
        stream, event = matter.stream, event_of(erasure)
        listed = [(one.seq, one.e) for one in event.records]
        if listed != [(one.record.seq, one.e.hex()) for one in stream.unsealed]:
            raise EvidenceCorrupt("A stream is not the one whose erasure was decided.")
        mark = Mark(stream.id, event.secrets, erasure.ref, bytes.fromhex(erasure.e))
        tombstones = [] if event.secrets == "personal" else _tombstones(stream)
        # A hold that is placed in this very moment wins: then a head has moved on.
        here = [one for one in matter.heads if stream.store.last_seq(one[0])]
        stream.store.erased.add(mark, tombstones, here)


def is_kept(stores: Sequence[Store], reader: Reader, erasure: Recorded) -> bool:
    """Whether a hold covers what is to be erased, as far as the reader knows of it, and nothing of
    it was marked yet.
    """
    stream, scope = asked(erasure)
    if marks_of(stores, stream, scope):
        return False
    try:
        return is_held(matter_of(reader, stream).case)
    except NotFound:
        return False


def carry_out(
    home: Home,
    custody: Custody,
    reader: Reader,
    stream: bytes,
    office: Office,
    at: datetime,
) -> str:
    """Go on from the mark of a stream to its end: fence, views, keys, rows. Idempotent.

    Raises:
        Unavailable: a store cannot be written now; do it again.
    """
    stores = home.row_stores
    marks = [mark for scope in ("both", "personal") for mark in marks_of(stores, stream, scope)]
    mark = marks[0]
    holding = [store for store in stores if store.erased.mark(stream, mark.scope)]
    for store in stores:
        if store.last_seq(stream) or store.committed_seq(stream):
            store.erased.add(mark, holding[0].erased.tombstones(stream))
    with exclusive(home.path / "keys.lock", "keeping keys"):
        home.keystore.add_fence(Fence(stream, mark.scope, mark.e))
        # Behind the fence nobody writes it into a view again; once keys or rows are gone, nobody
        # comes back to this.
        _out_of_views(home, mark)
        narrowed = mark.scope == "both" or _narrow(home, custody, reader, stream, office, at)
        home.keystore.remove_fenced(stream)
    custody.forget(stream)
    for store in stores:
        # Documents are personal throughout, so that they go with either secret.
        if store.erased.mark(stream, mark.scope) is not None:
            store.documents.remove(stream)
        if mark.scope == "both":
            store.erased.remove_rows(stream)
    return "done" if narrowed else "waits"


def _out_of_views(home: Home, mark: Mark) -> None:
    """Let what the views say in clear be made again, without what was erased, and feeds drop it."""
    if home.open.erased.mark(mark.stream, mark.scope) is None:
        return
    home.projected.forget()
    if mark.scope == "both":
        # Nothing personal stands in a feed, so that erasing people alone drops nothing there.
        home.feeds.drop(mark.stream)


def _narrow(
    home: Home,
    custody: Custody,
    reader: Reader,
    stream: bytes,
    office: Office,
    at: datetime,
) -> bool:
    """Put a wrap of core alone in the place of the stream's; False when that needs a reader."""
    old = home.keystore.wrap(stream)
    if old is None or not old.personal:
        return True
    try:
        opened = reader.stream(stream)
    except NotFound:
        return False
    core = StreamSecrets(opened.secrets.core, None)
    if old.kind == "open":
        new = custody.open_wrap(stream, core, at)
    else:
        audience = fitting(office, _audience(reader, opened, office))
        new = custody.sealed_wrap(stream, core, audience, at)
    home.keystore.exchange(old, new)
    return True


def _audience(reader: Reader, stream: Stream, office: Office) -> tuple[str, ...]:
    """Who keeps what is left of a sealed stream: its roster; of advice, counsel and custodian."""
    case = reader.case(reference_of(reader, stream)).whole
    is_advice = isinstance(stream.records[0].event, AdviceGiven)
    names = advised(stream, office) if is_advice else roster(case, office)
    return without(names, case, office)


def _tombstones(stream: Stream) -> list[Tombstone]:
    return [
        Tombstone(
            stream.id,
            one.record.seq,
            commitment.blind(stream.secrets.core, stream.id, one.record.seq),
            one.e,
        )
        for one in stream.unsealed
    ]
