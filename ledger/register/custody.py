"""Who can open a stream: its two secrets, wrapped under the month's key.

An open stream's secrets lie under the master key, so the service can read it. A sealed stream's lie
in eight slots for named people, so only they can (DESIGN §5). No caller ever stores a secret.

A wrap travels with the records that it belongs to: it is written in their transaction and moved
into the keystore afterwards (`settle`). So there is no moment at which a record stands without its
keys, and none at which keys were changed for an act that was never recorded. A wrap on its way is
newer than the keystore's; whoever reads asks for it first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from keys.errors import KeysError, NotInAudience
from keys.keyring import PublicKeys
from keys.recovery import RecoveryKey
from keys.secrets import (
    Opener,
    StreamSecrets,
    new_kek,
    rebucket,
    unwrap_open,
    unwrap_sealed,
    wrap_open,
    wrap_sealed,
)
from ledger.domain.office import RECOVERY
from ledger.errors import BadRequest, EvidenceCorrupt, NotFound, Unavailable
from ledger.evidence.grammar import to_base64
from ledger.home import OpenHome
from ledger.register.locks import PATIENCE_SECONDS, exclusive
from ledger.register.monthkeys import key_context, later_key, month_of, newest_keys
from ledger.register.seal import wrap_context
from ledger.stores.database import Version
from ledger.stores.keystore import Wrap
from ledger.stores.store import Store

Opened = StreamSecrets | None
"""What a wrap gives to somebody: the secrets, or nothing to who is not in its audience."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was read of the keystore, good while nobody writes to it: the wraps of open streams,
    and fences.
    """

    version: Version | None
    wraps: dict[bytes, Wrap]
    fences: dict[bytes, str | None]


@dataclass(frozen=True, slots=True)
class Openable:
    """The sealed streams that one person opens, and those whose wrap is damaged for everybody."""

    streams: dict[bytes, StreamSecrets]
    damaged: frozenset[bytes]


class Custody:
    """The secrets of streams, as far as the master key or a person's keyring opens them."""

    def __init__(self, home: OpenHome) -> None:
        self._home = home
        # Opening is dear (HPKE), so it is done once for each wrap; a changed wrap is a new one.
        self._opened: dict[tuple[bytes, bytes | None], tuple[bytes, Opened]] = {}
        self._kept = _Kept(None, {}, {})

    # ---- making wraps ----

    def open_wrap(self, stream: bytes, secrets: StreamSecrets, at: datetime) -> Wrap:
        """Wrap a stream's secrets for the service."""
        month, kek = self._month_key(at)
        wrapped = wrap_open(kek, self._home.master, secrets, self._context(stream))
        return Wrap(stream, month, "open", wrapped, secrets.personal is not None)

    def sealed_wrap(
        self, stream: bytes, secrets: StreamSecrets, audience: Mapping[str, str], at: datetime
    ) -> Wrap:
        """Wrap a stream's secrets for one to seven people and for recovery: see `Office.readers`.

        Raises:
            BadRequest: one of them has no sealing key, there is nobody, or there are more than
                seven.
            EvidenceCorrupt: the sealing keys of one of them are not the enrolled person's, or the
                recovery key is not the one announced.
        """
        month, kek = self._month_key(at)
        people, recovery = self.readers(audience)
        try:
            wrapped = wrap_sealed(kek, people, secrets, self._context(stream), recovery=recovery)
        except KeysError as error:
            raise BadRequest(str(error)) from error
        return Wrap(stream, month, "sealed", wrapped, secrets.personal is not None)

    def keep_month(self, at: datetime) -> None:
        """Make a month's key before anything needs it, so that its being there tells of nothing."""
        # A clock that was set back finds a month whose key is destroyed: that one is not needed.
        with suppress(Unavailable):
            self._month_key(at)

    def keep_open(self, stream: bytes, secrets: StreamSecrets, at: datetime) -> None:
        """Wrap a stream's secrets for the service, at once and apart from any record; only where
        none is on its way.
        """
        self._home.keystore.put_wrap(self.open_wrap(stream, secrets, at))

    def keep_sealed(
        self, stream: bytes, secrets: StreamSecrets, audience: Mapping[str, str], at: datetime
    ) -> None:
        """Wrap a stream's secrets for one to seven people, at once and apart from any record; what
        is on its way has arrived before (`settle`), since it is older and must not follow this.

        Raises:
            BadRequest, EvidenceCorrupt: as `sealed_wrap`.
        """
        self._home.keystore.put_wrap(self.sealed_wrap(stream, secrets, audience, at))

    def settle(self, *stores: Store, patience: float = PATIENCE_SECONDS) -> None:
        """Move the wraps that arrived with records into the keystore. Idempotent; needs no key.

        Raises:
            Unavailable: a store cannot be written now, or others move wraps for longer than
                `patience`, in seconds; what did not move is found where it is.
        """
        if not any(store.wraps() for store in stores):
            return
        # One at a time, so that no older wrap overtakes a newer one on the way.
        with exclusive(self._home.path / "keys.lock", "keeping keys", patience):
            for store in stores:
                coming = store.wraps()
                if store.name == "vault":
                    # A case that is sealed late goes from the open before its keys change, so that
                    # nobody ever finds it half. What was sealed before went then: the open shows
                    # nothing of later keys.
                    late = {one.stream for one in coming if not self.is_sealed(one.stream)}
                    self._home.open.withdraw(late)
                for wrap in coming:
                    if self._home.keystore.month_key(wrap.month) is None:
                        # An older keystore was put in place. The wrap waits for its month's key,
                        # and holds up nobody else's.
                        continue
                    if self._home.keystore.takes(wrap):
                        self._home.keystore.put_wrap(wrap)
                    store.settled(wrap)

    def settle_soon(self, *stores: Store, patience: float = 0.0) -> None:
        """The same for an act that is recorded with its keys, so that nothing waits: where others
        are at work on keys for longer than `patience`, in seconds, the timer does it.
        """
        with suppress(Unavailable):
            self.settle(*stores, patience=patience)

    # ---- opening ----

    def secrets(
        self, stream: bytes, keyring: Opener | None, stores: Sequence[Store] = ()
    ) -> StreamSecrets:
        """Open a stream: with the master key if it is open, else with the person's keyring.

        `stores` are those where a newer wrap may be on its way.

        Raises:
            NotFound: the stream does not exist or is not open to this person.
            EvidenceCorrupt: the wrap was altered.
        """
        kept = self._fresh()
        wrap = self._wrap(stream, stores, kept)
        secrets = None if wrap is None else self._open(wrap, keyring, kept)
        if secrets is None:
            raise NotFound
        return secrets

    def is_sealed(self, stream: bytes, stores: Sequence[Store] = ()) -> bool:
        """Whether a stream opens to named people only, wherever copies of its rows may lie."""
        wrap = self._wrap(stream, stores, self._fresh())
        return wrap is not None and wrap.kind == "sealed"

    def openable(self, keyring: Opener, stores: Sequence[Store] = ()) -> Openable:
        """Every sealed stream that the keyring opens, and those that nobody can open any more."""
        kept = self._fresh()
        # The stores are asked from the last to the first on a stream's way, as in `secrets`; and
        # before the keystore, for what arrives there meanwhile would be seen in neither.
        coming: dict[bytes, Wrap] = {}
        for store in reversed(stores):
            coming |= {
                wrap.stream: wrap for wrap in store.wraps() if self._home.keystore.takes(wrap)
            }
        wraps = {wrap.stream: wrap for wrap in self._home.keystore.sealed_wraps()} | coming
        kept.fences.update({**dict.fromkeys(wraps), **self._home.keystore.scopes()})
        found: dict[bytes, StreamSecrets] = {}
        damaged: set[bytes] = set()
        for wrap in wraps.values():
            if wrap.kind != "sealed":
                continue
            try:
                secrets = self._open(wrap, keyring, kept)
            except EvidenceCorrupt:
                damaged.add(wrap.stream)
                continue
            if secrets is not None:
                found[wrap.stream] = secrets
        return Openable(found, frozenset(damaged))

    def version(self, *stores: Store) -> Version | None:
        """The version of all keys for streams of these stores; None while some are on their way."""
        coming = any(store.wraps() for store in stores)
        return None if coming else self._home.keystore.version()

    def forget(self, stream: bytes) -> None:
        """Forget what was opened of a stream."""
        self._opened = {key: value for key, value in self._opened.items() if key[0] != stream}

    # ---- people ----

    def public_keys(self, person: str, enrolled: str) -> PublicKeys:
        """The sealing keys of a person, vouched for by the signing key that is enrolled (base64).

        Whatever else the keystore holds under the name is not used: whoever can write to it cannot
        add themselves to an audience.

        Raises:
            BadRequest: the person has none.
            EvidenceCorrupt: none of those kept is endorsed by the enrolled key.
        """
        kept = self._home.keystore.public_keys(person)
        if not kept:
            raise BadRequest(f"{person} has no sealing key in this ledger. Enrol the person first.")
        for data in kept:
            try:
                public = PublicKeys.load(data)
            except KeysError:
                continue
            if (public.person, to_base64(public.signing)) == (person, enrolled):
                return public
        raise EvidenceCorrupt("A person's sealing keys are not those of the enrolled key.")

    def readers(self, audience: Mapping[str, str]) -> tuple[list[PublicKeys], RecoveryKey | None]:
        """The sealing keys of people, each with the signing key enrolled, and of recovery.

        Raises:
            BadRequest, EvidenceCorrupt: as `public_keys` and `recovery_key`.
        """
        people = [self.public_keys(*one) for one in audience.items() if one[0] != RECOVERY]
        announced = audience.get(RECOVERY)
        return people, None if announced is None else self.recovery_key(announced)

    def recovery_key(self, announced: str) -> RecoveryKey:
        """The public key of the recovery identity, which has the announced digest (64 hex).

        Raises:
            EvidenceCorrupt: it is missing, or was exchanged for another.
        """
        for data in self._home.keystore.public_keys(RECOVERY):
            try:
                key = RecoveryKey.load(data)
            except KeysError:
                continue
            if key.digest.hex() == announced:
                return key
        raise EvidenceCorrupt(
            "The recovery key is missing, or is not the one announced. Restore the keystore."
        )

    def check_held(self, person: str, key: str) -> None:
        """See that a key (base64) that is to be enrolled showed that somebody holds it: it signed
        the sealing keys that are kept with it.

        Raises:
            BadRequest: nothing kept for the person is endorsed by this key.
        """
        with suppress(BadRequest, EvidenceCorrupt):
            self.public_keys(person, key)
            return
        raise BadRequest(
            "This key has not shown that somebody holds it: bring the public keys that it signed."
        )

    def has_keys(self, person: str) -> bool:
        """Whether any sealing keys are kept for a person; one without them receives nothing."""
        return bool(self._home.keystore.public_keys(person))

    # ---- the parts ----

    def _fresh(self) -> _Kept:
        """What is kept of the keystore; nothing when somebody wrote to it since."""
        version = self._home.keystore.version()
        if self._kept.version != version:
            self._kept = _Kept(version, {}, {})
        return self._kept

    def _wrap(self, stream: bytes, stores: Sequence[Store], kept: _Kept) -> Wrap | None:
        coming = (
            wrap
            for store in stores
            for wrap in store.wraps(stream)
            if self._home.keystore.takes(wrap)
        )
        wrap = next(coming, None) or kept.wraps.get(stream)
        if wrap is not None:
            return wrap
        wrap = self._home.keystore.wrap(stream)
        if wrap is not None and wrap.kind == "open":
            kept.wraps[stream] = wrap
        return wrap

    def _open(self, wrap: Wrap, keyring: Opener | None, kept: _Kept) -> Opened:
        reader = keyring.key_id if keyring is not None and wrap.kind == "sealed" else None
        digest = sha256(f"{wrap.month} {wrap.kind} ".encode() + wrap.wrap).digest()
        known = self._opened.get((wrap.stream, reader))
        if known is None or known[0] != digest:
            known = self._opened[(wrap.stream, reader)] = (digest, self._unwrap(wrap, keyring))
        return self._within_fence(wrap.stream, known[1], kept)

    def _unwrap(self, wrap: Wrap, keyring: Opener | None) -> Opened:
        kek = self._kek(wrap.month)
        try:
            if wrap.kind == "open":
                return unwrap_open(kek, self._home.master, wrap.wrap, self._context(wrap.stream))
            if keyring is None:
                return None
            return unwrap_sealed(kek, wrap.wrap, keyring, self._context(wrap.stream))
        except NotInAudience:
            return None
        except KeysError as error:
            raise EvidenceCorrupt("A stored key was altered. Restore the keystore.") from error

    def _within_fence(self, stream: bytes, opened: Opened, kept: _Kept) -> Opened:
        """Nothing of what a fence forbids, though its wrap may still lie there; asked each time."""
        if opened is None:
            return None
        if stream not in kept.fences:
            kept.fences[stream] = self._home.keystore.fence(stream)
        fence = kept.fences[stream]
        if fence is None:
            return opened
        # What is erased does not stay in memory either.
        self.forget(stream)
        return None if fence == "both" else StreamSecrets(opened.core, None)

    def rebucketed(self, wrap: Wrap, at: datetime) -> Wrap:
        """The same wrap under the key of another month. Needs no reader: the outer layer changes.

        Raises:
            EvidenceCorrupt: the wrap was altered.
        """
        month, kek = self._month_key(at)
        context = self._context(wrap.stream)
        try:
            moved = rebucket(self._kek(wrap.month), kek, wrap.kind, wrap.wrap, context)
        except KeysError as error:
            raise EvidenceCorrupt("A stored key was altered. Restore the keystore.") from error
        return replace(wrap, month=month, wrap=moved)

    def supersede(self, streams: Iterable[bytes], at: datetime) -> None:
        """Begin a new key in the place of each that is in use and that these streams lie under.

        Nothing comes under the old ones from now on; the timer empties and destroys them (see
        `Months.retire`). Repeating it changes nothing.

        Raises:
            Unavailable: the keystore cannot be written now.
        """
        wraps = (self._home.keystore.wrap(stream) for stream in streams)
        under = {wrap.month for wrap in wraps if wrap is not None}
        for name in sorted(under & newest_keys(self._home.keystore.month_names())):
            self._begin_key(later_key(name, at))

    def _month_key(self, at: datetime) -> tuple[str, bytes]:
        month = at.strftime("%Y-%m")
        known = [one for one in self._home.keystore.month_names() if month_of(one) == month]
        if not known:
            self._begin_key(month)
        name = max(known, default=month)
        return name, self._kek(name)

    def _begin_key(self, name: str) -> None:
        wrapped = self._home.master.encrypt(new_kek(), key_context(name))
        self._home.keystore.add_month_key(name, wrapped)

    def _kek(self, month: str) -> bytes:
        wrapped = self._home.keystore.month_key(month)
        if wrapped is None:
            # No wrap may outlive its month key: the keystore's tables hold them together.
            raise EvidenceCorrupt("A month key is missing. Restore the keystore.")
        try:
            return self._home.master.decrypt(wrapped, key_context(month))
        except KeysError as error:
            raise EvidenceCorrupt("A month key does not open with this master key.") from error

    def _context(self, stream: bytes) -> bytes:
        return wrap_context(self._home.origin, stream)
