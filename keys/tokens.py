"""Tokens: what a program shows to read one feed or one projection.

A token is 256 bits of chance; of it the ledger keeps a digest. Its beginning lets those who look
through files for secrets that got loose know one.

Sample: ``dlk_7Qm2…`` (47 characters)
"""

from __future__ import annotations

import hashlib
import os
import re
from base64 import urlsafe_b64encode

from keys import aead
from keys.aead import Entropy
from keys.errors import KeyRefused

SECRET_BYTES = 32
_PREFIX = "dlk_"
_SPELLING = re.compile(_PREFIX + r"[A-Za-z0-9_-]{43}")


def new_token(*, entropy: Entropy = os.urandom) -> str:
    """Return a token in its spelling."""
    return _PREFIX + urlsafe_b64encode(entropy(SECRET_BYTES)).decode("ascii").rstrip("=")


def token_digest(token: str) -> bytes:
    """Return what is kept of a token: its SHA-256, 32 bytes. It is random, so that hides it.

    Raises:
        KeyRefused: it is not spelt as one.
    """
    if not _SPELLING.fullmatch(token):
        raise KeyRefused("This is no token.")
    return hashlib.sha256(aead.label("token") + token.encode("ascii")).digest()
