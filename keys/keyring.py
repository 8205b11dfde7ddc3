"""A person's private keys, and the encrypted file in which they rest.

Ed25519 signs; MLKEM768_X25519 opens what was sealed to the person. In the file the keys are three
seeds under AES-256-GCM-SIV, its key from the passphrase by Argon2id; the header is the associated
data, so that no word of it can be changed. Never PKCS#8 encryption (2,048 rounds of PBKDF2).
The same seeds may lie once more under a passkey, in a file beside it (`keys.passkeys`).
Reading and writing files is the caller's (`keys.files.write_private`).

    {"ciphertext":"<hex>","format":"disclosure-ledger/keyring/v1","kdf":{"iterations":3,"lanes":4,
     "memory_kib":262144,"name":"argon2id","salt":"<32 hex>"},"nonce":"<24 hex>","person":"ada",
     "public":{"endorsement":"…","sealing":"…","signing":"…"},"throw_away":false}
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from keys import aead, canonical
from keys.aead import Entropy
from keys.errors import (
    KeyRefused,
    KeyringDamaged,
    KeysError,
    NotInAudience,
    TooLittleMemory,
    Undecipherable,
    WrongPassphrase,
)
from keys.passphrase import check_new
from keys.public import SUITE, PublicKeys, endorsed, is_person, slot_info

__all__ = (
    "Keyring",
    "PublicKeys",
    "create",
    "is_throw_away",
    "read_public",
    "unlock",
    "unwrap",
)

FORMAT = "disclosure-ledger/keyring/v1"
LIMIT_BYTES = 8192
SALT_BYTES = 16
SIGNING_SEED_BYTES = 32
X25519_SEED_BYTES = 32
MLKEM_SEED_BYTES = 64
SEEDS_BYTES = SIGNING_SEED_BYTES + X25519_SEED_BYTES + MLKEM_SEED_BYTES


@dataclass(frozen=True, slots=True)
class _Cost:
    """What one derivation costs a person once, and a thief each guess (RFC 9106)."""

    memory_kib: int
    iterations: int
    lanes: int


_USUAL = _Cost(memory_kib=262_144, iterations=3, lanes=4)
_FLOOR = _Cost(memory_kib=65_536, iterations=3, lanes=1)
# Above this a header is refused before a byte is derived: a hostile file must not take the machine.
_CEILING = _Cost(memory_kib=1_048_576, iterations=10, lanes=8)
# For tests and scenario files; the header says so, and the register enrols no such key.
_THROW_AWAY = _Cost(memory_kib=1024, iterations=1, lanes=1)


class Keyring:
    """One person's unlocked keys. Never printed, never pickled, never logged."""

    __slots__ = (
        "__weakref__",  # what others derive from a keyring must not outlive it
        "_mlkem",
        "_signing",
        "_x25519",
        "key_id",
        "person",
        "public",
        "throw_away",
    )

    def __init__(self, person: str, seeds: bytes, *, throw_away: bool) -> None:
        """Derive the keys from 128 bytes of seeds: Ed25519 32, X25519 32, ML-KEM 64.

        Raises:
            KeyRefused: the person id or the length of the seeds is not acceptable.
        """
        if not is_person(person):
            raise KeyRefused("A keyring must name its person by a valid id.")
        if len(seeds) != SEEDS_BYTES:
            raise KeyRefused("A keyring is made from exactly 128 bytes of seeds.")
        self.person = person
        self.throw_away = throw_away
        self._signing = Ed25519PrivateKey.from_private_bytes(seeds[:32])
        self._x25519 = X25519PrivateKey.from_private_bytes(seeds[32:64])
        self._mlkem = MLKEM768PrivateKey.from_seed_bytes(seeds[64:])
        sealing = self._mlkem.public_key().public_bytes_raw()
        sealing += self._x25519.public_key().public_bytes_raw()
        self.public = PublicKeys(
            person=person,
            signing=self._signing.public_key().public_bytes_raw(),
            sealing=sealing,
            endorsement=self._signing.sign(endorsed(person, sealing)),
        )
        self.key_id = self.public.key_id

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of `message`; the caller separates domains."""
        return self._signing.sign(message)

    def open_slot(self, slot: bytes, context: bytes) -> bytes:
        """Return the secret of one HPKE slot.

        Raises:
            NotInAudience: the slot was sealed to somebody else, for another context, or changed.
        """
        private = hpke.MLKEM768X25519PrivateKey(self._mlkem, self._x25519)
        try:
            return SUITE.decrypt(slot, private, slot_info(context))
        except (InvalidTag, ValueError) as exc:
            raise NotInAudience("This was not sealed to you.") from exc

    def dump(self, passphrase: bytes, *, entropy: Entropy = os.urandom) -> bytes:
        """Return the keyring file under `passphrase`, with a fresh salt and nonce.

        Raises:
            PassphraseRefused: the passphrase is too short for a keyring that is not throw-away.
        """
        check_new(passphrase, throw_away=self.throw_away)
        cost = _THROW_AWAY if self.throw_away else _USUAL
        salt, nonce = entropy(SALT_BYTES), entropy(aead.NONCE_BYTES)
        header = _header(self.public, self.throw_away, cost, salt, nonce)
        # The header names the nonce and is itself the associated data, so the nonce is drawn first.
        sealed = aead.encrypt(
            _derive(passphrase, salt, cost),
            self._seeds(),
            canonical.dump(header),
            entropy=lambda _: nonce,
        )
        return canonical.dump({**header, "ciphertext": sealed[aead.NONCE_BYTES :].hex()})

    def wrap(self, key: bytes, context: bytes, *, entropy: Entropy = os.urandom) -> bytes:
        """Return the seeds under another key, of 32 bytes, for `unwrap`: 156 bytes.

        Raises:
            KeyRefused: the key is not 32 bytes.
        """
        bound = _bound(self.public, self.throw_away, context)
        return aead.encrypt(key, self._seeds(), bound, entropy=entropy)

    def _seeds(self) -> bytes:
        seeds = self._signing.private_bytes_raw() + self._x25519.private_bytes_raw()
        return seeds + self._mlkem.private_bytes_raw()

    def __repr__(self) -> str:
        return f"Keyring(person={self.person!r}, key_id={self.key_id.hex()})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A keyring is never pickled or copied.")


@dataclass(frozen=True, slots=True)
class _Locked:
    """A parsed keyring file, still locked and still untrusted."""

    public: PublicKeys
    throw_away: bool
    cost: _Cost
    salt: bytes
    sealed: bytes
    header: bytes


def create(
    person: str, passphrase: bytes, *, throw_away: bool = False, entropy: Entropy = os.urandom
) -> Keyring:
    """Return new keys for `person`; `Keyring.dump` with the same passphrase gives their file.

    The passphrase is checked first, so that no key comes into being that could not be kept.

    Raises:
        PassphraseRefused: the passphrase is too short, unless the keyring is throw-away.
        KeyRefused: the person id is not acceptable.
    """
    check_new(passphrase, throw_away=throw_away)
    return Keyring(person, entropy(SEEDS_BYTES), throw_away=throw_away)


def unlock(data: bytes, passphrase: bytes) -> Keyring:
    """Return the keys of a keyring file.

    Raises:
        WrongPassphrase: the passphrase does not open it (or salt, nonce or ciphertext changed).
        KeyringDamaged: it is no keyring, its header asks for too little or too much work, or its
            public keys are not those of its seeds.
        TooLittleMemory: the derivation could not run.
    """
    locked = _parse(data)
    key = _derive(passphrase, locked.salt, locked.cost)
    try:
        seeds = aead.decrypt(key, locked.sealed, locked.header)
    except Undecipherable as exc:
        raise WrongPassphrase(
            "The passphrase does not open this keyring. If it is surely right, the file has been "
            "changed: fetch a backup."
        ) from exc
    return _opened(locked, seeds)


def unwrap(data: bytes, key: bytes, sealed: bytes, context: bytes) -> Keyring:
    """Return the keys of a keyring file from what `Keyring.wrap` gave, without its passphrase.

    Raises:
        Undecipherable: another key, context or keyring, or a changed ciphertext.
        KeyringDamaged: the file is no keyring.
        KeyRefused: the key is not 32 bytes.
    """
    locked = _parse(data)
    bound = _bound(locked.public, locked.throw_away, context)
    return _opened(locked, aead.decrypt(key, sealed, bound))


def read_public(data: bytes) -> PublicKeys:
    """Return the public keys in a keyring file, without its passphrase; endorsed, not enrolled.

    Raises:
        KeyringDamaged: it is no keyring, or its public keys do not pass `PublicKeys.check`.
    """
    return _parse(data).public


def is_throw_away(data: bytes) -> bool:
    """Tell whether a keyring file says of itself that it protects nothing.

    Raises:
        KeyringDamaged: as `read_public`.
    """
    return _parse(data).throw_away


def _opened(locked: _Locked, seeds: bytes) -> Keyring:
    keyring = Keyring(locked.public.person, seeds, throw_away=locked.throw_away)
    if keyring.public != locked.public:
        raise KeyringDamaged("The public keys of this keyring do not belong to its private keys.")
    return keyring


def _bound(public: PublicKeys, throw_away: bool, context: bytes) -> bytes:
    """Whose seeds they are, and how they are kept: a wrap opens for this keyring alone."""
    header = {"person": public.person, "public": public.fields(), "throw_away": throw_away}
    return canonical.dump(header) + context


def _derive(passphrase: bytes, salt: bytes, cost: _Cost) -> bytes:
    argon2id = Argon2id(
        salt=salt,
        length=aead.KEY_BYTES,
        iterations=cost.iterations,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    )
    try:
        return argon2id.derive(passphrase)
    except MemoryError as exc:
        raise TooLittleMemory(
            f"Opening this keyring takes {cost.memory_kib // 1024} MiB of memory, which this "
            "machine does not have free."
        ) from exc


def _header(
    public: PublicKeys, throw_away: bool, cost: _Cost, salt: bytes, nonce: bytes
) -> dict[str, object]:
    return {
        "format": FORMAT,
        "person": public.person,
        "throw_away": throw_away,
        "kdf": {
            "name": "argon2id",
            "memory_kib": cost.memory_kib,
            "iterations": cost.iterations,
            "lanes": cost.lanes,
            "salt": salt.hex(),
        },
        "public": public.fields(),
        "nonce": nonce.hex(),
    }


def _parse(data: bytes) -> _Locked:
    try:
        locked = _parse_fields(canonical.parse(data, LIMIT_BYTES))
        locked.public.check()
    except (ValueError, KeysError) as exc:
        raise KeyringDamaged(
            "This is not a keyring as this program writes it. Fetch a backup of the file."
        ) from exc
    return locked


def _parse_fields(value: dict[str, object]) -> _Locked:
    names = ("ciphertext", "format", "kdf", "nonce", "person", "public", "throw_away")
    header = dict(canonical.take_object(value, *names))
    ciphertext = canonical.take_hex(header.pop("ciphertext"), SEEDS_BYTES + aead.TAG_BYTES)
    throw_away = header["throw_away"]
    if header["format"] != FORMAT or not isinstance(throw_away, bool):
        raise ValueError("The file is of another format.")
    cost, salt = _parse_kdf(header["kdf"], _THROW_AWAY if throw_away else _FLOOR)
    return _Locked(
        public=PublicKeys.from_fields(canonical.take_text(header["person"]), header["public"]),
        throw_away=throw_away,
        cost=cost,
        salt=salt,
        sealed=canonical.take_hex(header["nonce"], aead.NONCE_BYTES) + ciphertext,
        header=canonical.dump(header),
    )


def _parse_kdf(value: object, floor: _Cost) -> tuple[_Cost, bytes]:
    kdf = canonical.take_object(value, "iterations", "lanes", "memory_kib", "name", "salt")
    if kdf["name"] != "argon2id":
        raise ValueError("The file names another key derivation.")
    whole = canonical.take_whole_number
    cost = _Cost(
        memory_kib=whole(kdf["memory_kib"], floor.memory_kib, _CEILING.memory_kib),
        iterations=whole(kdf["iterations"], floor.iterations, _CEILING.iterations),
        lanes=whole(kdf["lanes"], floor.lanes, _CEILING.lanes),
    )
    return cost, canonical.take_hex(kdf["salt"], SALT_BYTES)
