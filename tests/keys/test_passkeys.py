"""Keyrings that a passkey unlocks: the locks beside a keyring's file."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys.aead import Entropy
from keys.errors import KeyringDamaged, KeysError, PasskeyRefused
from keys.keyring import Keyring, create, unlock
from keys.passkeys import MOST_LOCKS, Lock, Locks, load
from keys.passkeys import unlock as unlock_by

RP = "desk.library.example"
CREDENTIAL, SALT = b"credential of ada", b"s" * 32
OF_CREDENTIAL = b"random of the credential, in it."


def prf(salt: bytes, of_credential: bytes = OF_CREDENTIAL) -> bytes:
    """Return what an authenticator gives for a salt.

    Cites: WebAuthn Level 3 §10.1.4, CTAP 2.2 §12.7: HMAC-SHA-256 under a secret of the credential.
    """
    asked = hashlib.sha256(b"WebAuthn PRF\0" + salt).digest()
    return hmac.digest(of_credential, asked, "sha256")


@pytest.fixture(scope="module")
def ring(ada: Keyring) -> bytes:
    """Return Ada's keyring file."""
    return ada.dump(b"")


@pytest.fixture(scope="module")
def locks(ada: Keyring) -> Locks:
    """Return the locks of Ada, who enrolled one passkey."""
    return Locks("ada").add(ada, CREDENTIAL, RP, SALT, prf(SALT))


def _spelt(fields: object) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def test_a_passkey_opens_the_keyring_as_its_passphrase_does(
    ada: Keyring, ring: bytes, locks: Locks
) -> None:
    """Passkey and passphrase give the same keys, and the keyring's file is as it was."""
    again = unlock_by(ring, load(locks.dump()), CREDENTIAL, RP, prf(SALT))
    assert (again.person, again.throw_away, again.public) == ("ada", True, ada.public)
    assert again.sign(b"record") == unlock(ring, b"").sign(b"record") == ada.sign(b"record")
    assert again.open_slot(ada.public.seal(b"secret", b"place"), b"place") == b"secret"


def test_the_lock_is_as_it_is_described(ada: Keyring, ring: bytes) -> None:
    """A lock made from the description of the format alone opens the keyring."""
    info = b"disclosure-ledger/v1/keyring-passkey\0"
    key = HKDF(hashes.SHA256(), 32, None, info).derive(prf(SALT))
    public = json.loads(ring)["public"]
    bound = _spelt({"person": "ada", "public": public, "throw_away": True})
    bound += _spelt({"credential": "YQ", "rp": RP, "salt": SALT.hex()})
    made = Locks("ada").add(ada, b"a", RP, SALT, prf(SALT)).locks[0].sealed
    opened = AESGCMSIV(key).decrypt(made[:12], made[12:], bound)
    assert Keyring("ada", opened, throw_away=True).public == ada.public


@pytest.mark.parametrize(
    ("credential", "rp", "output"),
    [
        (b"another credential", RP, prf(SALT)),
        (CREDENTIAL, "desk.library.example.evil.example", prf(SALT)),
        (CREDENTIAL, RP, prf(b"t" * 32)),
        (CREDENTIAL, RP, prf(SALT, b"the same one, without its person")),
        (CREDENTIAL, RP, prf(SALT)[:31]),
        (CREDENTIAL, RP, b""),
    ],
    ids=["credential", "address", "salt", "not verified", "too short", "no PRF"],
)
def test_what_is_not_the_passkey_opens_nothing(
    ring: bytes, locks: Locks, credential: bytes, rp: str, output: bytes
) -> None:
    """Another credential, address or output is refused, and told to type the passphrase."""
    with pytest.raises(PasskeyRefused, match="Type the passphrase"):
        unlock_by(ring, locks, credential, rp, output)


def test_a_lock_opens_its_own_keyring_only(ada: Keyring, bela: Keyring, locks: Locks) -> None:
    """After new keys, and beside another person's keyring, a lock opens nothing."""
    renewed = create("ada", b"", throw_away=True)
    for other in (renewed.dump(b""), bela.dump(b"")):
        with pytest.raises(PasskeyRefused):
            unlock_by(other, locks, CREDENTIAL, RP, prf(SALT))
    kept = create("cora", b"four words go here")
    of_cora = Locks("cora").add(kept, CREDENTIAL, RP, SALT, prf(SALT))
    loose = Keyring("cora", kept._seeds(), throw_away=True).dump(b"")
    with pytest.raises(PasskeyRefused):
        unlock_by(loose, of_cora, CREDENTIAL, RP, prf(SALT))


def test_every_word_of_a_lock_is_bound(ring: bytes, locks: Locks) -> None:
    """A lock whose credential, address, salt or ciphertext was changed opens nothing."""
    (lock,) = locks.locks
    for changed in (
        replace(lock, credential=b"b"),
        replace(lock, rp="evil.example"),
        replace(lock, salt=b"t" * 32),
        replace(lock, sealed=lock.sealed[:-1] + bytes([lock.sealed[-1] ^ 1])),
    ):
        again = load(Locks("ada", (changed,)).dump())
        with pytest.raises(PasskeyRefused):
            unlock_by(ring, again, changed.credential, changed.rp, prf(SALT))


def test_a_removed_passkey_opens_nothing_and_the_others_stay(
    ada: Keyring, ring: bytes, locks: Locks
) -> None:
    """Who removes one of two passkeys goes on with the other."""
    second = prf(b"t" * 32)
    both = locks.add(ada, b"second", RP, b"t" * 32, second)
    left = load(both.remove(CREDENTIAL).dump())
    assert unlock_by(ring, left, b"second", RP, second).public == ada.public
    with pytest.raises(PasskeyRefused):
        unlock_by(ring, left, CREDENTIAL, RP, prf(SALT))
    with pytest.raises(PasskeyRefused):
        left.remove(CREDENTIAL)


@pytest.mark.parametrize(
    ("credential", "rp", "salt", "output"),
    [
        (CREDENTIAL, RP, SALT, prf(SALT)),
        (b"", RP, SALT, prf(SALT)),
        (b"c" * 1024, RP, SALT, prf(SALT)),
        (b"new", "https://desk.library.example", SALT, prf(SALT)),
        (b"new", "Desk.Library.Example", SALT, prf(SALT)),
        (b"new", RP, SALT[1:], prf(SALT)),
        (b"new", RP, SALT, prf(SALT) + b"\0"),
    ],
    ids=["twice", "no id", "long id", "origin", "capitals", "salt", "output"],
)
def test_what_cannot_be_a_passkey_gets_no_lock(
    ada: Keyring, locks: Locks, credential: bytes, rp: str, salt: bytes, output: bytes
) -> None:
    """A passkey that has its lock, or values that none can have, are refused."""
    with pytest.raises(PasskeyRefused):
        locks.add(ada, credential, rp, salt, output)


def test_a_keyring_has_eight_passkeys_at_most_and_only_its_own(
    ada: Keyring, bela: Keyring, locks: Locks
) -> None:
    """The ninth is refused, and so is a keyring of somebody else."""
    for number in range(MOST_LOCKS - 1):
        locks = locks.add(ada, bytes([number]), RP, SALT, prf(SALT))
    assert load(locks.dump()) == locks
    with pytest.raises(PasskeyRefused, match="at most eight"):
        locks.add(ada, b"ninth", RP, SALT, prf(SALT))
    with pytest.raises(PasskeyRefused, match="another person"):
        Locks("ada").add(bela, CREDENTIAL, RP, SALT, prf(SALT))


def test_a_file_that_is_not_one_is_refused(locks: Locks) -> None:
    """Another form, a passkey twice, nine of them, or one that cannot be is refused."""
    good = json.loads(locks.dump())
    (row,) = good["locks"]
    nine = [{**row, "credential": f"{letter}A"} for letter in "ABCDEFGHI"]
    for bad in (
        {**good, "format": "disclosure-ledger/keyring/v1"},
        {**good, "person": "Ada"},
        {**good, "locks": row},
        {**good, "locks": [row, row]},
        {**good, "locks": nine},
        {**good, "more": 1},
        *(
            {**good, "locks": [{**row, name: value}]}
            for name, value in (
                *(("credential", ""), ("credential", "YQ=="), ("credential", "é")),
                *(("rp", ""), ("salt", "00"), ("sealed", "00"), ("more", 1)),
            )
        ),
    ):
        with pytest.raises(KeyringDamaged, match="Type the passphrase"):
            load(_spelt(bad))
    with pytest.raises(KeyringDamaged):
        load(b" " + locks.dump())


def test_a_changed_byte_never_opens_and_never_breaks(ring: bytes, locks: Locks) -> None:
    """A file of locks with any one byte changed is refused by name."""
    data = locks.dump()
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises(KeysError):
            unlock_by(ring, load(changed), CREDENTIAL, RP, prf(SALT))


def test_each_lock_is_under_a_nonce_of_its_own(
    ada: Keyring, repeatable: Callable[[str], Entropy]
) -> None:
    """The same passkey locked twice gives other bytes; the same chance the same."""
    add = Locks("ada").add
    one = add(ada, CREDENTIAL, RP, SALT, prf(SALT)).locks[0]
    two = add(ada, CREDENTIAL, RP, SALT, prf(SALT)).locks[0]
    assert one.sealed != two.sealed
    again = [
        add(ada, CREDENTIAL, RP, SALT, prf(SALT), entropy=repeatable("nonce")).locks[0]
        for _ in range(2)
    ]
    assert again[0] == again[1] == Lock(CREDENTIAL, RP, SALT, again[0].sealed)
