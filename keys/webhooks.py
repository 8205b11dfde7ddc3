"""Signatures of webhooks by the Standard Webhooks scheme, symmetric kind `v1`.

    secret      whsec_ and 24 to 64 bytes in base64
    signature   v1, and HMAC-SHA256(secret, id "." timestamp "." body) in base64

Sample: ``v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=``

Cites: Standard Webhooks, "Signature scheme".
"""

from __future__ import annotations

import hmac
import os
from base64 import b64decode, b64encode

from keys.aead import Entropy
from keys.errors import KeyRefused

PREFIX = "whsec_"
SECRET_BYTES = 32
_LEAST, _MOST = 24, 64
_REFUSED = "A webhook's secret is whsec_ and 24 to 64 bytes in base64."


def new_secret(*, entropy: Entropy = os.urandom) -> str:
    """Return a secret for a new webhook, in its spelling."""
    return PREFIX + b64encode(entropy(SECRET_BYTES)).decode("ascii")


def load_secret(text: str) -> bytes:
    """Return the bytes of a secret.

    Raises:
        KeyRefused: it is not spelt as one, or too short or too long.
    """
    try:
        found = b64decode(text.removeprefix(PREFIX).encode("ascii"), validate=True)
    except ValueError:
        raise KeyRefused(_REFUSED) from None
    if not text.startswith(PREFIX) or not _LEAST <= len(found) <= _MOST:
        raise KeyRefused(_REFUSED)
    return found


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message; `timestamp` counts seconds since 1970."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.digest(secret, signed, "sha256")).decode("ascii")
