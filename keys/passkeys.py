"""Unlocking a keyring with a passkey: more locks on it, in a file beside the keyring's.

An authenticator with the PRF extension gives, for one credential and one input, 32 bytes that it
gives for no other (hmac-secret). From them HKDF-SHA256 derives the key under which the seeds of the
keyring lie once more. The keyring's file is as it was, and its passphrase opens it for ever: a lost
authenticator, or one without PRF, costs nobody their keys. Without the person's verification the
same credential gives other bytes, so whoever asks for them must require that. Nothing here tells
whether a passkey is enrolled: what it opens is compared with the keyring's file, and whether that
key may act is the register's to say.

A lock is bound to the keyring as it is now: after new keys it opens nothing. Who changes a
passphrase because others know it removes the locks that are not surely their own.
Reading and writing files is the caller's (`keys.files.write_private`).

    {"format":"disclosure-ledger/keyring-passkeys/v1","locks":[{"credential":"<base64url>",
     "rp":"desk.library.example","salt":"<64 hex>","sealed":"<312 hex>"}],"person":"ada"}

Cites: W3C WebAuthn Level 3 §10.1.4 (prf); RFC 5869; FORMAT "Conventions", L(x).
"""

from __future__ import annotations

import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys import aead, canonical
from keys.aead import Entropy, label
from keys.errors import KeyringDamaged, PasskeyRefused, Undecipherable
from keys.keyring import SEEDS_BYTES, Keyring, read_public, unwrap
from keys.public import is_person

__all__ = ("MOST_LOCKS", "Lock", "Locks", "load", "salt_of", "unlock")

FORMAT = "disclosure-ledger/keyring-passkeys/v1"
LIMIT_BYTES = 32_768
MOST_LOCKS = 8
"""So many passkeys open one keyring."""
PRF_BYTES = 32
SALT_BYTES = 32
CREDENTIAL_BYTES = 1023
SEALED_BYTES = SEEDS_BYTES + aead.OVERHEAD_BYTES
# A name of a host, as the relying party id of WebAuthn is one.
_RP = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){0,8}", re.ASCII)

_NOT_THIS = "This passkey does not unlock this keyring. Type the passphrase."


@dataclass(frozen=True, slots=True)
class Lock:
    """One passkey's lock. `salt` is what the authenticator's PRF is given as `eval.first`."""

    credential: bytes
    rp: str
    salt: bytes
    sealed: bytes

    @property
    def context(self) -> bytes:
        """What the seeds are bound to besides their keyring."""
        return canonical.dump(
            {"credential": _spelt(self.credential), "rp": self.rp, "salt": self.salt.hex()}
        )


@dataclass(frozen=True, slots=True)
class Locks:
    """The passkeys that open one person's keyring: at most eight, each credential once."""

    person: str
    locks: tuple[Lock, ...] = ()

    def find(self, credential: bytes) -> Lock:
        """Return the lock of a credential.

        Raises:
            PasskeyRefused: it has none here.
        """
        for one in self.locks:
            if one.credential == credential:
                return one
        raise PasskeyRefused(_NOT_THIS)

    def add(
        self,
        keyring: Keyring,
        credential: bytes,
        rp: str,
        salt: bytes,
        output: bytes,
        *,
        entropy: Entropy = os.urandom,
    ) -> Locks:
        """Return these locks and one more, for an unlocked keyring.

        `salt` is the 32 bytes that the authenticator's PRF was given, `output` the 32 bytes that
        it gave for them; the caller required the person's verification.

        Raises:
            PasskeyRefused: another person's keyring, a credential that has a lock, one too many, or
                a value that cannot be one.
        """
        if keyring.person != self.person:
            raise PasskeyRefused("This keyring is another person's.")
        bare = Lock(credential, rp, salt, b"")
        if not _is_plausible(bare):
            raise PasskeyRefused("This cannot be a passkey of this address.")
        if any(one.credential == credential for one in self.locks):
            raise PasskeyRefused("This passkey unlocks this keyring already.")
        if len(self.locks) >= MOST_LOCKS:
            raise PasskeyRefused("A keyring has at most eight passkeys. Remove one first.")
        sealed = keyring.wrap(_derive(output), bare.context, entropy=entropy)
        return Locks(self.person, (*self.locks, Lock(credential, rp, salt, sealed)))

    def remove(self, credential: bytes) -> Locks:
        """Return these locks without that of a credential.

        Raises:
            PasskeyRefused: it has none here.
        """
        gone = self.find(credential)
        return Locks(self.person, tuple(one for one in self.locks if one != gone))

    def dump(self) -> bytes:
        """Return the file of these locks."""
        locks = [
            {
                "credential": _spelt(one.credential),
                "rp": one.rp,
                "salt": one.salt.hex(),
                "sealed": one.sealed.hex(),
            }
            for one in self.locks
        ]
        return canonical.dump({"format": FORMAT, "person": self.person, "locks": locks})


def load(data: bytes) -> Locks:
    """Return the locks of a file, still untrusted: only `unlock` shows that one is what it says.

    Raises:
        KeyringDamaged: it is no such file.
    """
    try:
        return _parse(data)
    except ValueError as exc:
        raise KeyringDamaged(
            "This is not a file of passkeys as this program writes it. Type the passphrase."
        ) from exc


def salt_of(rp: str) -> bytes:
    """Return the 32 bytes that every authenticator's PRF is given at an address. Pure.

    They are no secret, and the same for all: who signs in has not said yet who they are, and each
    credential gives other bytes for them.
    """
    return sha256(label("keyring-passkey-salt") + rp.encode("ascii")).digest()


def unlock(ring: bytes, locks: Locks, credential: bytes, rp: str, output: bytes) -> Keyring:
    """Return the keys of the keyring file `ring`, by what an authenticator's PRF gave.

    Raises:
        PasskeyRefused: the credential has no lock here or is another address's, the 32 bytes are
            not those of this lock, or the keyring is another person's or has other keys by now.
        KeyringDamaged: `ring` is no keyring.
    """
    lock = locks.find(credential)
    if lock.rp != rp or read_public(ring).person != locks.person:
        raise PasskeyRefused(_NOT_THIS)
    try:
        return unwrap(ring, _derive(output), lock.sealed, lock.context)
    except Undecipherable as exc:
        raise PasskeyRefused(_NOT_THIS) from exc


def _derive(output: bytes) -> bytes:
    """Return the key for what a PRF gave.

    Raises:
        PasskeyRefused: it is not 32 bytes, as where an authenticator has no PRF.
    """
    if len(output) != PRF_BYTES:
        raise PasskeyRefused("This authenticator cannot unlock a keyring. Type the passphrase.")
    info = label("keyring-passkey")
    hkdf = HKDF(algorithm=hashes.SHA256(), length=aead.KEY_BYTES, salt=None, info=info)
    return hkdf.derive(output)


def _is_plausible(lock: Lock) -> bool:
    return (
        1 <= len(lock.credential) <= CREDENTIAL_BYTES
        and _RP.fullmatch(lock.rp) is not None
        and len(lock.salt) == SALT_BYTES
    )


def _parse(data: bytes) -> Locks:
    value = canonical.take_object(canonical.parse(data, LIMIT_BYTES), "format", "locks", "person")
    person, rows = canonical.take_text(value["person"]), value["locks"]
    if value["format"] != FORMAT or not is_person(person) or not isinstance(rows, list):
        raise ValueError("The file is of another format.")
    locks = tuple(map(_parse_lock, rows))
    if len({one.credential for one in locks}) != len(locks) or len(locks) > MOST_LOCKS:
        raise ValueError("The file holds a passkey twice, or too many.")
    return Locks(person, locks)


def _parse_lock(row: object) -> Lock:
    fields = canonical.take_object(row, "credential", "rp", "salt", "sealed")
    lock = Lock(
        credential=_take_credential(fields["credential"]),
        rp=canonical.take_text(fields["rp"]),
        salt=canonical.take_hex(fields["salt"], SALT_BYTES),
        sealed=canonical.take_hex(fields["sealed"], SEALED_BYTES),
    )
    if not _is_plausible(lock):
        raise ValueError("A lock is not one that a passkey can have.")
    return lock


def _take_credential(value: object) -> bytes:
    text = canonical.take_text(value)
    credential = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if _spelt(credential) != text:
        raise ValueError("A credential is not spelt as it must be.")
    return credential


def _spelt(credential: bytes) -> str:
    """Base64url without padding, as browsers spell a credential id. Pure."""
    return urlsafe_b64encode(credential).rstrip(b"=").decode("ascii")
