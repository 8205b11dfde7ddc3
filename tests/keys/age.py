"""An age file under a passphrase, written from the published format: a second pair of eyes.

The age library takes a second or two and up to a gigabyte for each layer, because it chooses the
work of scrypt by itself and offers no other. What is written here costs next to nothing to open and
is otherwise the same: the library opens it, so that nothing but the format is needed for a capsule.
`tests/keys/test_capsules.py` tries what the library itself writes. Cites: C2SP age.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager

import pyrage  # type: ignore[import-untyped] # It ships no types.
import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = b"age-encryption.org/v1"
LOG_N = 2
"""Four rounds of scrypt, where the library takes some hundred thousand."""


@contextmanager
def cheap_age() -> Iterator[None]:
    """Let whoever seals with a passphrase do so at a low cost; opening stays the library's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyrage.passphrase, "encrypt", encrypt)
        yield


def encrypt(plain: bytes, passphrase: str, armored: bool = False) -> bytes:
    """Return the age file of a short text (less than a chunk of 64 KiB)."""
    file_key, salt, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
    label = VERSION + b"/scrypt" + salt
    wrap = hashlib.scrypt(passphrase.encode(), salt=label, n=1 << LOG_N, r=8, p=1, dklen=32)
    stanza = b"-> scrypt %s %d\n%s\n" % (_plain(salt), LOG_N, _plain(_sealed(wrap, file_key)))
    header = VERSION + b"\n" + stanza + b"---"
    mac = hmac.digest(_derived(file_key, b"", b"header"), header, "sha256")
    payload = _sealed(_derived(file_key, nonce, b"payload"), plain, last=1)
    file = header + b" " + _plain(mac) + b"\n" + nonce + payload
    return _armoured(file) if armored else file


def _armoured(data: bytes) -> bytes:
    text = b64encode(data)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    begin, end = (b"-----%s AGE ENCRYPTED FILE-----" % word for word in (b"BEGIN", b"END"))
    return b"\n".join([begin, *lines, end, b""])


def _sealed(key: bytes, plain: bytes, last: int = 0) -> bytes:
    # The first chunk, and the key of a file: both have number 0. `last` marks the last chunk.
    return ChaCha20Poly1305(key).encrypt(bytes(11) + bytes([last]), plain, None)


def _derived(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(secret)


def _plain(data: bytes) -> bytes:
    # A header has base64 without padding.
    return b64encode(data).rstrip(b"=")
