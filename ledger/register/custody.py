"""Who can open a stream: its two secrets, wrapped under the month's key.

An open stream's secrets lie under the master key, so the service can read it. A sealed stream's lie
in eight slots for named people, so only they can (DESIGN §5). No caller ever stores a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

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
from ledger.register.seal import wrap_context
from ledger.stores.keystore import Wrap


class Custody:
    """The secrets of streams, as far as the master key or a person's keyring opens them."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._opened: dict[tuple[bytes, bytes | None], StreamSecrets] = {}

    def keep_open(self, stream: bytes, secrets: StreamSecrets, at: datetime) -> None:
        """Wrap a stream's secrets for the service; replaces a sealed wrap of the same stream."""
        month, kek = self._month_key(at)
        wrapped = wrap_open(kek, self._home.master, secrets, self._context(stream))
        self._home.keystore.put_wrap(Wrap(stream, month, "open", wrapped))

    def keep_sealed(
        self, stream: bytes, secrets: StreamSecrets, audience: Mapping[str, str], at: datetime
    ) -> None:
        """Wrap a stream's secrets for one to eight people, each with the signing key enrolled.

        Raises:
            BadRequest: there is nobody, or there are more than eight.
            EvidenceCorrupt: the sealing keys of one of them are not the enrolled person's.
        """
        month, kek = self._month_key(at)
        people = [self.public_keys(person, key) for person, key in audience.items()]
        try:
            wrapped = wrap_sealed(kek, people, secrets, self._context(stream))
        except KeysError as error:
            raise BadRequest(str(error)) from error
        self._home.keystore.put_wrap(Wrap(stream, month, "sealed", wrapped))

    def secrets(self, stream: bytes, keyring: Keyring | None) -> StreamSecrets:
        """Open a stream: with the master key if it is open, else with the person's keyring.

        Raises:
            NotFound: the stream does not exist or is not open to this person.
            EvidenceCorrupt: the wrap was altered.
        """
        cached = self._opened.get((stream, keyring.key_id if keyring else None))
        if cached is not None:
            return cached
        wrap = self._home.keystore.wrap(stream)
        if wrap is None:
            raise NotFound
        secrets = self._unwrap(wrap, keyring)
        self._opened[(stream, keyring.key_id if keyring else None)] = secrets
        return secrets

    def openable(self, keyring: Keyring) -> dict[bytes, StreamSecrets]:
        """Every sealed stream that the keyring opens."""
        found: dict[bytes, StreamSecrets] = {}
        for wrap in self._home.keystore.sealed_wraps():
            try:
                found[wrap.stream] = self._unwrap(wrap, keyring)
            except NotFound:
                continue
        return found

    def forget(self, stream: bytes) -> None:
        """Forget what was opened of a stream, after its wrap changed."""
        self._opened = {key: value for key, value in self._opened.items() if key[0] != stream}

    def public_keys(self, person: str, enrolled: str) -> PublicKeys:
        """The sealing keys of a person, vouched for by the signing key that is enrolled (base64).

        Without that, whoever can write the keystore could read along.

        Raises:
            BadRequest: the person has none.
            EvidenceCorrupt: they are not endorsed by the enrolled key.
        """
        data = self._home.keystore.public_keys(person)
        if data is None:
            raise BadRequest(f"{person} has no sealing key in this ledger. Enrol the person first.")
        try:
            public = PublicKeys.load(data)
            public.check()
        except KeysError as error:
            raise EvidenceCorrupt("A person's sealing keys were altered.") from error
        if (public.person, to_base64(public.signing)) != (person, enrolled):
            raise EvidenceCorrupt("A person's sealing keys are not those of the enrolled key.")
        return public

    def _unwrap(self, wrap: Wrap, keyring: Keyring | None) -> StreamSecrets:
        kek = self._kek(wrap.month)
        try:
            if wrap.kind == "open":
                return unwrap_open(kek, self._home.master, wrap.wrap, self._context(wrap.stream))
            if keyring is None:
                raise NotFound
            return unwrap_sealed(kek, wrap.wrap, keyring, self._context(wrap.stream))
        except NotInAudience:
            raise NotFound from None
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
            raise NotFound
        try:
            return self._home.master.decrypt(wrapped, _month_context(month))
        except KeysError as error:
            raise EvidenceCorrupt("A month key does not open with this master key.") from error

    def _context(self, stream: bytes) -> bytes:
        return wrap_context(self._home.origin, stream)


def _month_context(month: str) -> bytes:
    return b"month-key\0" + month.encode()
