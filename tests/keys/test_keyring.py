"""Personal keys and the file in which they rest."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import NoReturn

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given, settings
from hypothesis import strategies as st

import keys.keyring
from keys.aead import Entropy
from keys.errors import (
    KeyRefused,
    KeyringDamaged,
    KeysError,
    NotInAudience,
    PassphraseRefused,
    TooLittleMemory,
    WrongPassphrase,
)
from keys.keyring import Keyring, create, read_public, unlock

PASSPHRASE = b"four words go here"


@pytest.fixture(scope="session")
def ring(ada: Keyring) -> bytes:
    """Return Ada's keyring file."""
    return ada.dump(PASSPHRASE)


def _spelt(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _sealed(fields: dict[str, object], seeds: bytes) -> bytes:
    """Write a throw-away keyring file from its description in `keys/keyring.py` alone."""
    salt, nonce = b"s" * 16, b"n" * 12
    kdf = {"name": "argon2id", "memory_kib": 1024, "iterations": 1, "lanes": 1, "salt": salt.hex()}
    header = {**fields, "kdf": kdf, "nonce": nonce.hex()}
    header.pop("ciphertext", None)
    key = Argon2id(salt=salt, length=32, iterations=1, lanes=1, memory_cost=1024).derive(PASSPHRASE)
    ciphertext = AESGCMSIV(key).encrypt(nonce, seeds, _spelt(header))
    return _spelt({**header, "ciphertext": ciphertext.hex()})


def test_a_keyring_opens_with_its_passphrase(ada: Keyring, bela: Keyring, ring: bytes) -> None:
    """The same person, with the same keys, comes out of the file."""
    again = unlock(ring, PASSPHRASE)
    assert (again.person, again.throw_away, again.key_id) == ("ada", True, ada.key_id)
    assert again.public == ada.public != bela.public
    assert again.sign(b"record") == ada.sign(b"record")
    assert again.open_slot(ada.public.seal(b"secret", b"place"), b"place") == b"secret"


def test_a_usual_keyring_costs_a_thief_256_mib_a_guess() -> None:
    """A keyring that is not throw-away has the full derivation and opens again."""
    keyring = create("ada", PASSPHRASE)
    data = keyring.dump(PASSPHRASE)
    kdf = json.loads(data)["kdf"]
    assert (kdf["memory_kib"], kdf["iterations"], kdf["lanes"]) == (262_144, 3, 4)
    again = unlock(data, PASSPHRASE)
    assert again.public == keyring.public
    assert not again.throw_away


def test_a_signature_verifies_under_the_public_key(ada: Keyring) -> None:
    """Signatures are plain Ed25519 over the message as it is."""
    Ed25519PublicKey.from_public_bytes(ada.public.signing).verify(ada.sign(b"record"), b"record")


def test_public_keys_are_read_without_the_passphrase(ada: Keyring, ring: bytes) -> None:
    """Others can be given the public keys from the file alone."""
    assert read_public(ring) == ada.public


def test_a_file_can_be_written_from_its_description(ada: Keyring, bela: Keyring) -> None:
    """Another implementation writes a keyring file that opens here."""
    seeds = bytes(range(128))
    keyring = Keyring("cora", seeds, throw_away=True)
    fields = json.loads(keyring.dump(PASSPHRASE))
    assert unlock(_sealed(fields, seeds), PASSPHRASE).public == keyring.public


@pytest.mark.parametrize("passphrase", [b"", b"four words go her", b"four words go here "])
def test_a_wrong_passphrase_is_named(ring: bytes, passphrase: bytes) -> None:
    """A wrong passphrase is refused as that, so that the person tries again."""
    with pytest.raises(WrongPassphrase):
        unlock(ring, passphrase)


def test_every_one_byte_change_of_the_file_is_found(ring: bytes) -> None:
    """No byte of a keyring file can be changed, lost or doubled."""
    for position, byte in enumerate(ring):
        before, after = ring[:position], ring[position + 1 :]
        neighbour = b"1" if byte == ord("0") else b"0"
        flips = {bytes([byte ^ bit]) for bit in (0x01, 0x20, 0x80)}
        for middle in {*flips, neighbour, b"", bytes([byte, byte])} - {bytes([byte])}:
            with pytest.raises((WrongPassphrase, KeyringDamaged)):
                unlock(before + middle + after, PASSPHRASE)


def test_only_ciphertext_salt_and_nonce_look_like_a_wrong_passphrase(ring: bytes) -> None:
    """A change anywhere else is seen before a second of work is spent on it."""
    fields = json.loads(ring)
    for place in ("ciphertext", "nonce"):
        digit = fields[place][0]
        changed = {**fields, place: ("1" if digit == "0" else "0") + fields[place][1:]}
        with pytest.raises(WrongPassphrase, match="fetch a backup"):
            unlock(_spelt(changed), PASSPHRASE)
    for changed in ({**fields, "person": "bela"}, {**fields, "format": fields["format"] + "1"}):
        with pytest.raises(KeyringDamaged):
            unlock(_spelt(changed), PASSPHRASE)


@given(st.binary(max_size=400))
def test_no_bytes_make_unlocking_fail_otherwise(data: bytes) -> None:
    """Whatever is brought as a keyring is refused with a reason."""
    with pytest.raises(KeyringDamaged):
        unlock(data, PASSPHRASE)
    with pytest.raises(KeyringDamaged):
        read_public(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


# No deadline: a number that the header may ask for takes its time.
@settings(deadline=None)
@given(data=st.data(), value=json_values)
def test_no_value_of_a_field_makes_unlocking_fail_otherwise(
    ring: bytes, data: st.DataObject, value: object
) -> None:
    """A field of another kind is refused with a reason, whatever stands in it."""
    fields = json.loads(ring)
    inside = data.draw(st.sampled_from([fields, fields["kdf"], fields["public"]]))
    name = data.draw(st.sampled_from([*sorted(inside), "x"]))
    inside[name] = value
    if _spelt(fields) == ring:
        return
    with pytest.raises((KeyringDamaged, WrongPassphrase)):
        unlock(_spelt(fields), PASSPHRASE)


HOSTILE = [
    ("memory_kib", 1_048_577), ("memory_kib", 2**40), ("memory_kib", 1023), ("memory_kib", 0),
    ("memory_kib", -1), ("memory_kib", 1024.0), ("memory_kib", True), ("memory_kib", "1024"),
    ("iterations", 11), ("iterations", 10**9), ("iterations", 0), ("iterations", True),
    ("lanes", 9), ("lanes", 0), ("lanes", True),
    ("name", "scrypt"), ("name", "argon2i"), ("salt", "00" * 15), ("salt", "00" * 17), ("salt", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), HOSTILE)
def test_a_hostile_header_is_refused_before_any_work(
    ring: bytes, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    """A header that asks for too much, too little or something else derives nothing."""
    monkeypatch.setattr(keys.keyring, "Argon2id", _must_not_run)
    fields = json.loads(ring)
    fields["kdf"][name] = value
    with pytest.raises(KeyringDamaged):
        unlock(_spelt(fields), PASSPHRASE)


@pytest.mark.parametrize(
    ("name", "value"), [("memory_kib", 65_535), ("iterations", 2), ("memory_kib", 1024)]
)
def test_a_usual_keyring_cannot_be_weakened(
    ring: bytes, monkeypatch: pytest.MonkeyPatch, name: str, value: int
) -> None:
    """Below the floor of 64 MiB and three passes only a throw-away keyring is opened."""
    monkeypatch.setattr(keys.keyring, "Argon2id", _must_not_run)
    fields = json.loads(ring)
    fields["throw_away"] = False
    fields["kdf"].update({"memory_kib": 65_536, "iterations": 3, name: value})
    with pytest.raises(KeyringDamaged):
        unlock(_spelt(fields), PASSPHRASE)


@pytest.mark.parametrize(
    "data", [b"[" * 8000, b'{"a":' * 1600, b"1" * 8000, b" " * 9000, b"null\n"]
)
def test_hostile_shapes_are_refused(data: bytes) -> None:
    """Deep nesting, huge numbers and long files are refused without harm."""
    with pytest.raises(KeyringDamaged):
        unlock(data, PASSPHRASE)


def test_too_little_memory_says_nothing_about_the_passphrase(
    ring: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the derivation cannot run, the answer is neither wrong passphrase nor damage."""

    class Starved:
        def __init__(self, **_: object) -> None: ...

        def derive(self, _: bytes) -> NoReturn:
            raise MemoryError

    monkeypatch.setattr(keys.keyring, "Argon2id", Starved)
    with pytest.raises(TooLittleMemory, match="1 MiB"):
        unlock(ring, PASSPHRASE)


def test_public_keys_of_others_in_the_file_are_found(ada: Keyring) -> None:
    """A file whose seeds are not those of its public keys is refused, though it opens."""
    fields = json.loads(ada.dump(PASSPHRASE))
    with pytest.raises(KeyringDamaged, match="do not belong"):
        unlock(_sealed(fields, bytes(range(128))), PASSPHRASE)


def test_the_header_of_another_keyring_does_not_fit(ada: Keyring, bela: Keyring) -> None:
    """Seeds cannot be moved under another person's header."""
    ours, theirs = json.loads(ada.dump(PASSPHRASE)), json.loads(bela.dump(PASSPHRASE))
    moved = {**theirs, **{name: ours[name] for name in ("kdf", "nonce", "ciphertext")}}
    with pytest.raises(WrongPassphrase):
        unlock(_spelt(moved), PASSPHRASE)


def test_writing_again_changes_salt_and_nonce(ada: Keyring, ring: bytes) -> None:
    """A change of passphrase leaves no part of the old encryption."""
    first, second = json.loads(ring), json.loads(ada.dump(PASSPHRASE))
    assert first["public"] == second["public"]
    assert first["kdf"]["salt"] != second["kdf"]["salt"]
    assert first["nonce"] != second["nonce"]
    assert first["ciphertext"] != second["ciphertext"]


def test_a_weak_passphrase_makes_no_keys(repeatable: Callable[[str], Entropy]) -> None:
    """A short passphrase is refused before a key is drawn, and again when the file is written."""
    with pytest.raises(PassphraseRefused):
        create("ada", b"short", entropy=_must_not_run)
    keyring = create("ada", PASSPHRASE, entropy=repeatable("ada"))
    with pytest.raises(PassphraseRefused):
        keyring.dump(b"short")


def test_the_same_entropy_gives_the_same_keys(repeatable: Callable[[str], Entropy]) -> None:
    """Two worlds that draw the same bytes have the same people, with the same files."""
    one, two = (create("ada", b"", throw_away=True, entropy=repeatable("ada")) for _ in range(2))
    assert one.public == two.public
    assert one.dump(b"", entropy=repeatable("f")) == two.dump(b"", entropy=repeatable("f"))
    other = create("ada", b"", throw_away=True, entropy=repeatable("other"))
    assert other.public != one.public


@pytest.mark.parametrize("person", ["", "Ada", "ada lovelace", "ada/..", "a" * 65])
def test_a_keyring_belongs_to_a_person_with_a_valid_id(person: str) -> None:
    """No keys are made for a name that records could not carry."""
    with pytest.raises(KeyRefused):
        create(person, PASSPHRASE)


def test_seeds_of_another_length_are_refused() -> None:
    """A keyring is made from 128 bytes, no fewer."""
    with pytest.raises(KeyRefused):
        Keyring("ada", bytes(127), throw_away=True)


def test_a_slot_opens_for_its_person_and_place_only(ada: Keyring, bela: Keyring) -> None:
    """A slot sealed to Ada for one place opens for nobody else and nowhere else."""
    slot = ada.public.seal(b"secret", b"place")
    with pytest.raises(NotInAudience):
        bela.open_slot(slot, b"place")
    with pytest.raises(NotInAudience):
        ada.open_slot(slot, b"palce")
    for length in (0, 1, 31, 1119, 1120, 1135, len(slot) - 1):
        with pytest.raises(KeysError):
            ada.open_slot(slot[:length], b"place")


def test_a_keyring_is_not_pickled_or_copied(ada: Keyring) -> None:
    """Private keys do not travel to another process by accident."""
    with pytest.raises(TypeError):
        pickle.dumps(ada)
    with pytest.raises(TypeError):
        copy.deepcopy(ada)


def _must_not_run(*_: object, **__: object) -> NoReturn:
    raise AssertionError("This must be refused before.")
