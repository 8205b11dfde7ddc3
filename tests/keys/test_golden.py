"""Bytes that a released version stored: they open for ever.

`golden/stored-v1.json` was written once and is never edited. A change that breaks this test needs a
new version of the format beside the old one, not a new file.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from keys import passkeys
from keys.keyring import PublicKeys, unlock
from keys.log import LogKeys
from keys.master import MasterKey
from keys.passkeys import load, salt_of
from keys.rows import decrypt_row
from keys.secrets import StreamSecrets, unwrap_open, unwrap_sealed

GOLDEN = Path(__file__).parent / "golden" / "stored-v1.json"


@pytest.fixture(scope="module")
def stored() -> dict[str, str]:
    """Return what was stored, by name, without the public keys of the log."""
    values: dict[str, object] = json.loads(GOLDEN.read_text())
    return {name: value for name, value in values.items() if isinstance(value, str)}


@pytest.fixture(scope="module")
def stream(stored: dict[str, str]) -> StreamSecrets:
    """Return the secrets that the stored wraps hold."""
    return StreamSecrets(bytes.fromhex(stored["core"]), bytes.fromhex(stored["personal"]))


def test_a_stored_keyring_opens(stored: dict[str, str]) -> None:
    """A keyring file of version 1 gives the same public keys and signatures."""
    ada = unlock(stored["keyring"].encode(), stored["passphrase"].encode())
    assert ada.public == PublicKeys.load(stored["public_keys"].encode())
    assert ada.sign(b"record").hex() == stored["signature"]


def test_a_stored_open_wrap_opens(stored: dict[str, str], stream: StreamSecrets) -> None:
    """An open stream's wrap of version 1 gives the same secrets."""
    kek, wrap = bytes.fromhex(stored["kek"]), bytes.fromhex(stored["wrap_open"])
    master = MasterKey(bytes.fromhex(stored["master"]))
    assert unwrap_open(kek, master, wrap, stored["place"].encode()) == stream


def test_a_stored_sealed_wrap_opens(stored: dict[str, str], stream: StreamSecrets) -> None:
    """A sealed stream's wrap of version 1 gives its reader the same secrets."""
    ada = unlock(stored["keyring"].encode(), stored["passphrase"].encode())
    kek, wrap = bytes.fromhex(stored["kek"]), bytes.fromhex(stored["wrap_sealed"])
    assert unwrap_sealed(kek, wrap, ada, stored["place"].encode()) == stream


def test_a_stored_row_opens(stored: dict[str, str], stream: StreamSecrets) -> None:
    """A row of version 1 gives envelope and note."""
    row = bytes.fromhex(stored["row"])
    assert decrypt_row(stream, stored["place"].encode(), row) == (b"envelope", b"note")


def test_stored_log_keys_open(stored: dict[str, str]) -> None:
    """Log keys of version 1 are the same three keys."""
    master = MasterKey(bytes.fromhex(stored["master"]))
    keys = LogKeys.load(master, bytes.fromhex(stored["log_keys"]))
    mldsa44 = hashlib.sha256(keys.checkpoint_mldsa44.public).hexdigest()
    assert json.loads(GOLDEN.read_text())["log_public"] == {
        "checkpoint_ed25519": keys.checkpoint_ed25519.public.hex(),
        "checkpoint_mldsa44_sha256": mldsa44,
        "receipt_ed25519": keys.receipt_ed25519.public.hex(),
    }


def test_a_stored_lock_of_a_passkey_opens(stored: dict[str, str]) -> None:
    """What a passkey's PRF gave opens the keyring by a file of locks of version 1."""
    kept = json.loads(GOLDEN.with_name("passkeys-v1.json").read_text())
    credential, output = bytes.fromhex(kept["credential"]), bytes.fromhex(kept["output"])
    ring, locks = stored["keyring"].encode(), load(kept["locks"].encode())
    ada = passkeys.unlock(ring, locks, credential, kept["rp"], output)
    assert ada.public == PublicKeys.load(stored["public_keys"].encode())
    assert locks.find(credential).salt == salt_of(kept["rp"])
