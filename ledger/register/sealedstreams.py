"""The streams that one person opens with a keyring, sealed ones among them.

Opening them is dear. What a person looked at is kept in memory for their next look (`SealedKept`),
by the rules of `kept`, and as long as somebody holds that very keyring: no longer than the session
in which it was unlocked. Nobody is shown what was kept for another, and nothing of how long a look
takes turns on what others keep.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger.domain.events import AdviceGiven, Event
from ledger.errors import EvidenceCorrupt
from ledger.evidence.record import ZERO_HASH
from ledger.home import Home
from ledger.register.custody import Custody
from ledger.register.kept import Kept, Stream
from ledger.register.records import open_rows, recorded
from ledger.register.roster import matter_begun
from ledger.register.streams import Streams
from ledger.stores.database import Version
from ledger.stores.store import Store


@dataclass(frozen=True, slots=True)
class First:
    """What a sealed stream begins with, the streams that it continues, and the secrets with which
    it was opened. Where it lies is not said: triage may take it elsewhere at any moment.
    """

    stream: bytes
    secrets: StreamSecrets
    event: Event
    continued: tuple[bytes, ...]


@dataclass(slots=True)
class Firsts:
    """What the sealed streams that somebody opens begin with; of those damaged nobody knows."""

    damaged: list[bytes]
    begun: list[First] = field(default_factory=list)
    of_matters: dict[str, list[First]] = field(default_factory=dict)
    """Those of each matter, and the visits that wait for it, by its reference."""
    advice: list[First] = field(default_factory=list)

    def add(self, one: First) -> None:
        """Put one where it is looked for."""
        self.begun.append(one)
        if isinstance(one.event, AdviceGiven):
            self.advice.append(one)
        elif (reference := matter_begun(one.event)) is not None:
            self.of_matters.setdefault(reference, []).append(one)


class SealedKept(Kept):
    """What one keyring opened, in memory. Several threads may use one."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: dict[bytes, First] = {}
        """Each is as good as its secrets: a stream whose keys changed is opened anew."""
        self._firsts: tuple[Version, Firsts] | None = None

    @property
    def firsts(self) -> Firsts | None:
        """Those of all that opens, if they are as good as the last `hold_against`."""
        known = self._firsts
        return known[1] if known is not None and self.is_good(known[0]) else None

    def keep_firsts(self, found: Firsts, version: Version | None, *, is_whole: bool) -> None:
        """Keep what was read after the keys were seen to have this version."""
        self.begun = {one.stream: one for one in found.begun}
        if is_whole and version is not None:
            self._firsts = version, found


class SealedStreams(Streams):
    """The streams that one person opens with a keyring, sealed ones among them."""

    kept: SealedKept | None

    def __init__(
        self,
        home: Home,
        custody: Custody,
        keyring: Keyring,
        opened: Streams | None = None,
        kept: SealedKept | None = None,
    ) -> None:
        """`opened` are the service's, which keeps them in memory; `kept` is what the same keyring
        opened before, where both are given. Without them each stream is read from the disk.
        """
        super().__init__(home, custody)
        self._opened = opened
        self._vault_home = home
        self._keyring = keyring
        self._firsts: Firsts | None = None
        self._unchanged: frozenset[bytes] = frozenset()
        self._named_once: dict[str, bytes | None] = {}
        self.kept = kept
        if kept is not None:
            self.check_keys()
            self._firsts = kept.firsts

    def look_ahead(self) -> None:
        """Ask at once for what reading all matters would ask for one by one: what is kept and did
        not change, and which of them once stood open. A list asks so; it holds until
        `forget_sealed`.
        """
        if self.kept is None:
            return
        left, unchanged = {one.id: one for one in self.kept.streams()}, set[bytes]()
        for store in (self._vault_home.vault, self._home.inbox, self._home.open):
            for stream, last in store.last_seqs(left).items():
                known = left.pop(stream)
                if known.store is store and known.last.record.seq == last:
                    unchanged.add(stream)
        self._unchanged = frozenset(unchanged)
        self._named_once = self._home.open.once_labelled_each(self.firsts().of_matters)

    def find(self, stream: bytes) -> Stream:
        """See `Streams.find`."""
        is_known = self.kept is not None and stream in self._unchanged
        known = self.kept.stream(stream) if self.kept is not None and is_known else None
        return super().find(stream) if known is None else known

    def read(self, store: Store, stream: bytes) -> Stream:
        """See `Streams.read`. What has an open key is the same stream for everybody."""
        known = None if self.kept is None else self.kept.stream(stream)
        if known is not None and known.store is store:
            return self.read_on(known)
        is_open = store is self._home.open and not self._is_sealed(stream)
        if self._opened is not None and is_open:
            return self._opened.read(store, stream)
        return super().read(store, stream)

    def check_keys(self) -> Version | None:
        """See `Streams.check_keys`; for what is kept it was done before the first reading."""
        if self.kept is None:
            return None
        version = self._custody.version(*self._stores())
        if version is None or not self.kept.is_good(version):
            openable = self._custody.openable(self._keyring, self._stores()).streams
            self.kept.hold_against(version, lambda one: openable.get(one.id) == one.secrets)
        return version

    def firsts(self) -> Firsts:
        """What each sealed stream that this person opens begins with. Opening them is dear where
        there are many, so it is done once, until `forget_sealed`.
        """
        if self._firsts is None:
            version = self.check_keys()
            sealed = self._custody.openable(self._keyring, self._stores())
            found = Firsts(sorted(sealed.damaged))
            for stream, secrets in sealed.streams.items():
                try:
                    first = self._first(stream, secrets)
                except EvidenceCorrupt:
                    found.damaged.append(stream)
                    continue
                if first is not None:
                    found.add(first)
            if self.kept is not None:
                # Keys may be there before the act to which they belong.
                is_whole = len(found.begun) == len(sealed.streams)
                self.kept.keep_firsts(found, version, is_whole=is_whole)
            self._firsts = found
        return self._firsts

    def _first(self, stream: bytes, secrets: StreamSecrets) -> First | None:
        """What a sealed stream begins with; None for keys whose act never came."""
        known = None if self.kept is None else self.kept.begun.get(stream)
        if known is not None and known.secrets == secrets:
            return known
        for store in (self._vault_home.vault, self._home.inbox):
            committed, rows = 0, store.rows(stream, limit=1)
            if not rows:
                # Both at one moment: triage may be taking it over.
                committed, rows = store.committed_and_rows(stream)
            if rows:
                (first,) = open_rows(self._home.origin, rows[:1], secrets, after=0, head=ZERO_HASH)
                continued = tuple(one.stream for one in first.record.continues)
                return First(stream, secrets, recorded(first).event, continued)
            if committed:
                raise EvidenceCorrupt("A stream was taken away. Call counsel.")
        return None

    def forget_sealed(self) -> None:
        """See `Streams.forget_sealed`."""
        self._firsts, self._unchanged, self._named_once = None, frozenset(), {}

    def _stores(self) -> tuple[Store, ...]:
        return self._vault_home.newest_first

    def _is_sealed(self, stream: bytes) -> bool:
        is_kept = self.kept is not None and self.kept.stream(stream) is not None
        return is_kept or self._custody.is_sealed(stream, self._stores())

    def _way_to(self, stream: bytes) -> tuple[Store, ...]:
        """A sealed one of which the open store has rows was not opened: an opening broke off there,
        or it was sealed late.
        """
        stores = self._stores()
        return (*stores[1:], *stores[:1]) if self._is_sealed(stream) else stores

    def _named(self, reference: str) -> bytes | None:
        if reference in self._named_once:
            return self._named_once[reference]
        return self._home.open.once_labelled(reference)

    def _secrets(self, stream: bytes) -> StreamSecrets:
        return self._custody.secrets(stream, self._keyring, self._stores())
