"""A stored document: its bytes in parts of one size, encrypted under the stream's personal secret.

Every part is as long as every other, the last one filled up with zeros, and parts of zeros follow
until their number is one of few: a thief of the database sees neither a length nor a short list of
them. `context` names origin, stream and seq, as for rows, and each part its own number, so that no
part opens in the place of another. Nothing is compressed: lengths would tell of the content.

    part = AEAD(64 KiB of content)

Cites: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with
PURBs", PoPETs 2019/4, §4.3 (Padmé).
"""

from __future__ import annotations

import os

from keys.aead import Entropy
from keys.errors import KeyRefused, Undecipherable
from keys.secrets import StreamSecrets

PART_BYTES = 64 * 1024
"""How much content one part holds; also the most of a document that is in memory as one piece."""

_DOCUMENT = b"document"


def parts_of(size_bytes: int) -> int:
    """In how many parts a document of this size is stored; at least one. Pure.

    Whole parts, rounded up so that only the highest bits of their number tell of it (Padmé): 320
    parts of at most 20 MiB come in 48 numbers, and at most an eighth is stored in vain.
    """
    parts = max(1, -(-size_bytes // PART_BYTES))
    exponent = parts.bit_length() - 1
    silent = max(0, exponent - exponent.bit_length())
    return -(-parts >> silent) << silent


def encrypt_part(
    secrets: StreamSecrets,
    context: bytes,
    number: int,
    content: bytes,
    *,
    entropy: Entropy = os.urandom,
) -> bytes:
    """Return the part of this number (from 0), which holds at most 64 KiB of content.

    Raises:
        KeyRefused: the personal secret was erased, or the content is too long.
    """
    cipher = secrets.document_cipher
    if cipher is None:
        raise KeyRefused("The personal secret of this stream was erased: it takes no documents.")
    if len(content) > PART_BYTES:
        raise KeyRefused("A part of a document holds 64 KiB.")
    padded = content.ljust(PART_BYTES, b"\0")
    return cipher.encrypt(padded, _place(context, number), entropy=entropy)


def decrypt_part(
    secrets: StreamSecrets, context: bytes, number: int, content_bytes: int, part: bytes
) -> bytes:
    """Return so many bytes of content of the part of this number.

    Raises:
        KeyRefused: the personal secret was erased.
        Undecipherable: another stream's secrets, another place, the part was changed, or it holds
            more than so many bytes.
    """
    cipher = secrets.document_cipher
    if cipher is None:
        raise KeyRefused("The personal secret of this stream was erased, and the document with it.")
    padded = cipher.decrypt(part, _place(context, number))
    if len(padded) != PART_BYTES or padded.count(0, content_bytes) != PART_BYTES - content_bytes:
        raise Undecipherable("This part opens, but it is not padded as parts are.")
    return padded[:content_bytes]


def _place(context: bytes, number: int) -> bytes:
    return context + _DOCUMENT + number.to_bytes(8, "big")
