"""The locks by which people's passkeys open their keyrings, in files of a home.

A lock lets nobody in by itself: whether a passkey is enrolled, and not revoked, is the office's to
say, and whoever signs somebody in asks it. Locks are a way to a key that the passphrase opens too,
so a file of locks that is lost or damaged costs nobody anything but a passkey made anew.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from hashlib import sha256

from keys.errors import KeyringDamaged
from keys.files import is_open_to_others, write_private
from keys.keyring import Keyring
from keys.passkeys import Locks, load, salt_of
from keys.passkeys import unlock as unlock_ring
from ledger.errors import Unavailable
from ledger.home import OpenHome


def locks_of(home: OpenHome, person: str) -> Locks:
    """A person's locks; none where there is no file of them, or a damaged one."""
    path = home.passkeys_path(person)
    with suppress(OSError, KeyringDamaged):
        if not is_open_to_others(path):
            found = load(path.read_bytes())
            if found.person == person:
                return found
    return Locks(person)


def locks_with(
    home: OpenHome,
    keyring: Keyring,
    credential: bytes,
    rp: str,
    output: bytes,
    ended: Collection[str],
) -> Locks:
    """A person's locks and one more; `output` is what its PRF gave for `salt_of(rp)`. Those of
    passkeys that `ended`, by their digests in hex, are left out. Nothing is written.

    Raises:
        PasskeyRefused: it opens the keyring already, there are too many, or that is no output.
    """
    known = locks_of(home, keyring.person).locks
    left = tuple(one for one in known if sha256(one.credential).hexdigest() not in ended)
    return Locks(keyring.person, left).add(keyring, credential, rp, salt_of(rp), output)


def unlocking(home: OpenHome, person: str) -> dict[str, bytes]:
    """The credential of each passkey that opens a person's keyring, by its digest in hex, which is
    how records name it.
    """
    locks = locks_of(home, person).locks
    return {sha256(one.credential).hexdigest(): one.credential for one in locks}


def remove_lock(home: OpenHome, person: str, passkey: str) -> None:
    """Let the passkey with this digest open a keyring no more. Idempotent. Raises: Unavailable."""
    credential = unlocking(home, person).get(passkey)
    if credential is not None:
        keep(home, locks_of(home, person).remove(credential))


def remove_locks(home: OpenHome, person: str) -> None:
    """Let no passkey open a keyring any more: it has other keys by now. Raises: Unavailable."""
    try:
        home.passkeys_path(person).unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable("The file of passkeys cannot be removed now.") from error


def unlock(home: OpenHome, person: str, credential: bytes, rp: str, output: bytes) -> Keyring:
    """The keyring that a passkey opens.

    Raises:
        PasskeyRefused: it opens none here.
        KeyringDamaged: the keyring's file is none, or others may read it.
    """
    path = home.keyring_path(person)
    try:
        if is_open_to_others(path):
            raise KeyringDamaged("Others may read this keyring.")
        ring = path.read_bytes()
    except OSError as error:
        raise KeyringDamaged("This keyring cannot be read.") from error
    return unlock_ring(ring, locks_of(home, person), credential, rp, output)


def keep(home: OpenHome, locks: Locks) -> None:
    """Put a person's locks in the place of those that are there. Raises: Unavailable."""
    path = home.passkeys_path(locks.person)
    try:
        if locks.locks:
            write_private(path, locks.dump())
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable("The file of passkeys cannot be written now.") from error
