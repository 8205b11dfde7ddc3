"""Who can open a stream: its two secrets, wrapped under the month's key.

An open stream's secrets lie under the master key, so the service can read it. A sealed stream's lie
in eight slots for named people, so only they can (DESIGN §5). No caller ever stores a secret.

A wrap travels with the records that it belongs to: it is written in their transaction and moved
into the keystore afterwards (`settle`). So there is no moment at which a record stands without its
keys, and none at which keys were changed for an act that was never recorded. A wrap on its way is
newer than the keystore's; whoever reads asks for it first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from keys.errors import KeysError, NotInAudience
from keys.keyring import Keyring, PublicKeys
from keys.secrets import (
    StreamSecrets,
    new_kek,
    unwrap_open,
    unwrap_sealed,
    wrap_open,
    wrap_sealed,
)
from ledger.errors import BadRequest, EvidenceCorrupt, NotFound
from ledger.evidence.grammar import to_base64
from ledger.home import Home
from ledger.register.locks import exclusive
from ledger.register.seal import wrap_context
from ledger.stores.keystore import Wrap
from ledger.stores.store import Store

Opened = StreamSecrets | None
"""What a wrap gives to somebody: the secrets, or nothing to who is not in its audience."""


@dataclass(frozen=True, slots=True)
class Openable:
    """The sealed streams that one person opens, and those whose wrap is damaged for everybody."""

    streams: dict[bytes, StreamSecrets]
    damaged: frozenset[bytes]


class Custody:
    """The secrets of streams, as far as the master key or a person's keyring opens them."""

    def __init__(self, home: Home) -> None:
        self._home = home
        # Opening is dear (HPKE), so it is done once for each wrap; a changed wrap is a new one.
        self._opened: dict[tuple[bytes, bytes | None], tuple[bytes, Opened]] = {}

    # ---- making wraps ----

    def open_wrap(self, stream: bytes, secrets: StreamSecrets, at: datetime) -> Wrap:
        """Wrap a stream's secrets for the service."""
        month, kek = self._month_key(at)
        wrapped = wrap_open(kek, self._home.master, secrets, self._context(stream))
        return Wrap(stream, month, "open", wrapped)

    def sealed_wrap(
        self, stream: bytes, secrets: StreamSecrets, audience: Mapping[str, str], at: datetime
    ) -> Wrap:
        """Wrap a stream's secrets for one to eight people, each with the signing key enrolled.

        Raises:
            BadRequest: one of them has no sealing key, there is nobody, or there are more than
                eight.
            EvidenceCorrupt: the sealing keys of one of them are not the enrolled person's.
        """
        month, kek = self._month_key(at)
        people = [self.public_keys(person, key) for person, key in audience.items()]
        try:
            wrapped = wrap_sealed(kek, people, secrets, self._context(stream))
        except KeysError as error:
            raise BadRequest(str(error)) from error
        return Wrap(stream, month, "sealed", wrapped)

    def keep_open(self, stream: bytes, secrets: StreamSecrets, at: datetime) -> None:
        """Wrap a stream's secrets for the service, at once and apart from any record."""
        self._put(self.open_wrap(stream, secrets, at))

    def keep_sealed(
        self, stream: bytes, secrets: StreamSecrets, audience: Mapping[str, str], at: datetime
    ) -> None:
        """Wrap a stream's secrets for one to eight people, at once and apart from any record.

        Raises:
            BadRequest, EvidenceCorrupt: as `sealed_wrap`.
        """
        self._put(self.sealed_wrap(stream, secrets, audience, at))

    def settle(self, *stores: Store) -> None:
        """Move the wraps that arrived with records into the keystore. Idempotent; needs no key.

        Raises:
            Unavailable: a store cannot be written now; what did not move is found where it is.
        """
        if not any(store.wraps() for store in stores):
            return
        # One at a time, so that no older wrap overtakes a newer one on the way.
        with exclusive(self._home.path / "keys.lock", "keeping keys"):
            for store in stores:
                for wrap in store.wraps():
                    if not self._home.keystore.fenced(wrap.stream):
                        self._home.keystore.put_wrap(wrap)
                    store.settled(wrap)

    # ---- opening ----

    def secrets(
        self, stream: bytes, keyring: Keyring | None, stores: Sequence[Store] = ()
    ) -> StreamSecrets:
        """Open a stream: with the master key if it is open, else with the person's keyring.

        `stores` are those where a newer wrap may be on its way.

        Raises:
            NotFound: the stream does not exist or is not open to this person.
            EvidenceCorrupt: the wrap was altered.
        """
        wrap = self._wrap(stream, stores)
        secrets = None if wrap is None else self._open(wrap, keyring)
        if secrets is None:
            raise NotFound
        return secrets

    def is_sealed(self, stream: bytes, stores: Sequence[Store] = ()) -> bool:
        """Whether a stream opens to named people only, wherever copies of its rows may lie."""
        wrap = self._wrap(stream, stores)
        return wrap is not None and wrap.kind == "sealed"

    def openable(self, keyring: Keyring, stores: Sequence[Store] = ()) -> Openable:
        """Every sealed stream that the keyring opens, and those that nobody can open any more."""
        wraps = {wrap.stream: wrap for wrap in self._home.keystore.sealed_wraps()}
        # The stores are asked from the last to the first on a stream's way, as in `secrets`.
        for store in reversed(stores):
            wraps |= {wrap.stream: wrap for wrap in store.wraps()}
        found: dict[bytes, StreamSecrets] = {}
        damaged: set[bytes] = set()
        for wrap in wraps.values():
            if wrap.kind != "sealed":
                continue
            try:
                secrets = self._open(wrap, keyring)
            except EvidenceCorrupt:
                damaged.add(wrap.stream)
                continue
            if secrets is not None:
                found[wrap.stream] = secrets
        return Openable(found, frozenset(damaged))

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

    def has_keys(self, person: str) -> bool:
        """Whether any sealing keys are kept for a person; one without them receives nothing."""
        return bool(self._home.keystore.public_keys(person))

    # ---- the parts ----

    def _wrap(self, stream: bytes, stores: Sequence[Store]) -> Wrap | None:
        coming = (wrap for store in stores for wrap in store.wraps(stream))
        return next(coming, None) or self._home.keystore.wrap(stream)

    def _put(self, wrap: Wrap) -> None:
        # What is still on its way is older than this one and must not follow it.
        self.settle(self._home.inbox, self._home.vault, self._home.open)
        self._home.keystore.put_wrap(wrap)

    def _open(self, wrap: Wrap, keyring: Keyring | None) -> Opened:
        reader = keyring.key_id if keyring is not None and wrap.kind == "sealed" else None
        digest = sha256(f"{wrap.month} {wrap.kind} ".encode() + wrap.wrap).digest()
        known = self._opened.get((wrap.stream, reader))
        if known is not None and known[0] == digest:
            return known[1]
        opened = self._unwrap(wrap, keyring)
        self._opened[(wrap.stream, reader)] = (digest, opened)
        return opened

    def _unwrap(self, wrap: Wrap, keyring: Keyring | None) -> Opened:
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

    def _month_key(self, at: datetime) -> tuple[str, bytes]:
        month = at.strftime("%Y-%m")
        if self._home.keystore.month_key(month) is None:
            wrapped = self._home.master.encrypt(new_kek(), _month_context(month))
            self._home.keystore.add_month_key(month, wrapped)
        return month, self._kek(month)

    def _kek(self, month: str) -> bytes:
        wrapped = self._home.keystore.month_key(month)
        if wrapped is None:
            # No wrap may outlive its month key: the keystore's tables hold them together.
            raise EvidenceCorrupt("A month key is missing. Restore the keystore.")
        try:
            return self._home.master.decrypt(wrapped, _month_context(month))
        except KeysError as error:
            raise EvidenceCorrupt("A month key does not open with this master key.") from error

    def _context(self, stream: bytes) -> bytes:
        return wrap_context(self._home.origin, stream)


def _month_context(month: str) -> bytes:
    return b"month-key\0" + month.encode()
