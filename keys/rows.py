"""A stored row: one envelope and its personal values, encrypted under the stream's two secrets.

Each part is padded to whole buckets of 2,048 bytes, so that a thief of the database sees a length
in buckets only; a row without personal values looks like one with a few. `context` names origin,
stream and seq (the caller's encoding), so that a row moved elsewhere does not open. Nothing is
compressed: lengths would tell of the content.

    u32be(length of the core part) || core part || personal part
    part = AEAD(u32be(length) || content || zeros up to the bucket)
"""

from __future__ import annotations

import os

from keys import aead
from keys.aead import Entropy
from keys.errors import KeyRefused, Undecipherable
from keys.secrets import StreamSecrets

BUCKET_BYTES = 2048

_LENGTH_BYTES = 4
_CORE = b"core"
_PERSONAL = b"personal"


def encrypt_row(
    secrets: StreamSecrets,
    context: bytes,
    envelope: bytes,
    personal: bytes,
    *,
    entropy: Entropy = os.urandom,
) -> bytes:
    """Return the state of a row: `envelope` under core, `personal` (perhaps empty) under personal.

    Raises:
        KeyRefused: the personal secret was erased; such a stream takes no new rows.
    """
    personal_key = secrets.row_key_personal
    if personal_key is None:
        raise KeyRefused("The personal secret of this stream was erased: it takes no new rows.")
    core_part = aead.encrypt(secrets.row_key_core, _pad(envelope), context + _CORE, entropy=entropy)
    personal_part = aead.encrypt(personal_key, _pad(personal), context + _PERSONAL, entropy=entropy)
    return len(core_part).to_bytes(_LENGTH_BYTES, "big") + core_part + personal_part


def decrypt_row(secrets: StreamSecrets, context: bytes, state: bytes) -> tuple[bytes, bytes | None]:
    """Return envelope and personal bytes of a row; None for those whose secret was erased.

    Raises:
        Undecipherable: another stream's secrets, another place, or the row was changed.
    """
    end = _LENGTH_BYTES + int.from_bytes(state[:_LENGTH_BYTES], "big")
    core_part, personal_part = state[_LENGTH_BYTES:end], state[end:]
    envelope = _unpad(aead.decrypt(secrets.row_key_core, core_part, context + _CORE))
    personal_key = secrets.row_key_personal
    if personal_key is None:
        # What cannot be opened any more cannot be checked either; the envelope stands alone.
        return envelope, None
    return envelope, _unpad(aead.decrypt(personal_key, personal_part, context + _PERSONAL))


def _pad(content: bytes) -> bytes:
    framed = len(content).to_bytes(_LENGTH_BYTES, "big") + content
    return framed + bytes(-len(framed) % BUCKET_BYTES)


def _unpad(padded: bytes) -> bytes:
    end = _LENGTH_BYTES + int.from_bytes(padded[:_LENGTH_BYTES], "big")
    content = padded[_LENGTH_BYTES:end]
    # One spelling: nothing may hide in the padding, not even from those who may read the row.
    if _pad(content) != padded:
        raise Undecipherable("This row opens, but it is not padded as rows are.")
    return content
