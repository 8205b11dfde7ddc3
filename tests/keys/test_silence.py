"""What the key room says: never a secret, in no representation and in no refusal."""

from __future__ import annotations

import base64
import contextlib
import os
from collections.abc import Callable, Iterator

import pytest

from keys.aead import Entropy
from keys.errors import KeysError
from keys.keyring import Keyring, create, unlock
from keys.log import LogKeys
from keys.master import MasterKey
from keys.passphrase import check_new, from_descriptor
from keys.rows import decrypt_row, encrypt_row
from keys.secrets import StreamSecrets, unwrap_sealed, wrap_sealed

SEEDS = bytes(range(100, 228))
CORE, PERSONAL = b"core-secret-of-this-one-stream-!", b"personal-secret-of-one-stream--!"
MASTER = b"master-key-of-this-installation!"
PASSPHRASE = b"correct horse battery staple"
NOTE = b"the patron is named in this note"


def _spellings(secret: bytes) -> Iterator[str]:
    for part in (secret[:16], secret[-16:]):
        yield part.decode("latin-1")
        yield part.hex()
        yield repr(part)[2:-1]
        yield base64.b64encode(part).decode().rstrip("=")[:-1]
        yield ", ".join(map(str, part))
        yield str(int.from_bytes(part, "big"))


def _said(refusal: BaseException | None, seen: set[int]) -> Iterator[str]:
    """Give all that a logger could print of an exception, its causes and its contexts."""
    if refusal is None or id(refusal) in seen:
        return
    seen.add(id(refusal))
    yield f"{refusal!s} {refusal!r} {refusal.args!r} {vars(refusal)!r}"
    for name in ("object", "doc", "filename"):
        yield repr(getattr(refusal, name, ""))
    yield from _said(refusal.__cause__, seen)
    yield from _said(refusal.__context__, seen)


def _assert_silent(text: str) -> None:
    for secret in (SEEDS, SEEDS[32:64], SEEDS[64:96], CORE, PERSONAL, MASTER, PASSPHRASE, NOTE):
        for spelling in _spellings(secret):
            assert spelling not in text


def test_nothing_secret_stands_in_a_representation() -> None:
    """Printing, formatting or logging any object of this room shows no secret."""
    keyring = Keyring("ada", SEEDS, throw_away=True)
    secrets = StreamSecrets(CORE, PERSONAL)
    log_keys = LogKeys(SEEDS[:96])
    signers = (log_keys.checkpoint_ed25519, log_keys.checkpoint_mldsa44, log_keys.receipt_ed25519)
    for value in (keyring, secrets, MasterKey(MASTER), log_keys, *signers):
        for text in (repr(value), str(value), f"{value}", repr([value]), repr({"k": value})):
            _assert_silent(text)
    assert "erased" in repr(StreamSecrets(CORE, None))
    _assert_silent(repr(StreamSecrets(CORE, None)))


def test_a_keyring_says_whose_it_is() -> None:
    """The representation names person and public key, so that logs stay useful."""
    keyring = Keyring("ada", SEEDS, throw_away=True)
    assert repr(keyring) == f"Keyring(person='ada', key_id={keyring.key_id.hex()})"


def _refusals() -> dict[str, Callable[[], object]]:
    keyring = Keyring("ada", SEEDS, throw_away=True)
    stranger = create("bela", b"", throw_away=True)
    secrets, place = StreamSecrets(CORE, PERSONAL), b"place"
    ring = keyring.dump(b"another passphrase")
    row = encrypt_row(secrets, place, NOTE, NOTE)
    wrap = wrap_sealed(CORE, [keyring.public], secrets, place)
    return {
        "wrong passphrase": lambda: unlock(ring, PASSPHRASE),
        "damaged keyring": lambda: unlock(ring[:-1], PASSPHRASE),
        "short passphrase": lambda: check_new(PASSPHRASE[:11]),
        "no text": lambda: check_new(PASSPHRASE + b"\xff"),
        "seeds too short": lambda: Keyring("ada", SEEDS[:-1], throw_away=True),
        "secret too short": lambda: StreamSecrets(CORE, PERSONAL[:-1]),
        "master key too short": lambda: MasterKey(MASTER[:-1]),
        "moved row": lambda: decrypt_row(secrets, b"elsewhere", row),
        "erased stream": lambda: encrypt_row(StreamSecrets(CORE, None), place, NOTE, NOTE),
        "stranger": lambda: unwrap_sealed(CORE, wrap, stranger, place),
        "wrong month key": lambda: unwrap_sealed(MASTER, wrap, keyring, place),
        "unusable descriptor": lambda: _from_pipe(PASSPHRASE + b"\xff\n"),
        "control in passphrase": lambda: _from_pipe(PASSPHRASE + b"\0\n"),
        "nobody": lambda: wrap_sealed(CORE, [], secrets, place),
    }


def _from_pipe(data: bytes) -> bytes:
    reading, writing = os.pipe()
    with contextlib.closing(os.fdopen(reading)), os.fdopen(writing, "wb") as file:
        file.write(data)
        file.close()
        return from_descriptor(reading)


@pytest.mark.parametrize("name", sorted(_refusals()))
def test_nothing_secret_stands_in_a_refusal(name: str) -> None:
    """No refusal, nor what caused it, carries a secret, a passphrase or a plaintext."""
    with pytest.raises(KeysError) as refusal:
        _refusals()[name]()
    said = list(_said(refusal.value, set()))
    for text in said:
        _assert_silent(text)


@pytest.mark.parametrize("name", sorted(_refusals()))
def test_a_refusal_is_a_sentence(name: str) -> None:
    """Each refusal can be shown to a person as it stands."""
    with pytest.raises(KeysError) as refusal:
        _refusals()[name]()
    sentence = str(refusal.value)
    assert sentence[0].isupper()
    assert sentence.endswith(".")


def test_the_file_of_a_keyring_shows_no_seed(repeatable: Callable[[str], Entropy]) -> None:
    """Nothing of the seeds stands in the file in clear."""
    _assert_silent(Keyring("ada", SEEDS, throw_away=True).dump(PASSPHRASE).decode())
