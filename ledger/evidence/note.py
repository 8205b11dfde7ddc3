"""Signed notes: text with signature lines below, and the keys that make them.

The text of a note means nothing before its signature is verified, so this module gives it as
plain text and others read it afterwards. Parsing is strict: a note is refused unless writing it
again gives the same bytes. Signatures are checked by a function that the caller brings, because
this package holds no cryptography beyond hashes.

Sample, of the text and two lines (the base64 shortened):

    ledger.lonecone.example receipt v1
    …

    — ledger.lonecone.example/receipt nVb1…

Anyone may import this module. Cites: FORMAT §4 "Notes"; C2SP signed-note.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from ledger.evidence.grammar import (
    Malformed,
    check_signing_key,
    decode_base64,
    parse_base64,
    parse_hex,
    to_base64,
)

__all__ = [
    "COSIGNATURE_ED25519",
    "ED25519",
    "MLDSA44",
    "CheckSignature",
    "NoteSignature",
    "SignedNote",
    "Unverified",
    "VKey",
    "signature_line",
    "verify",
]

ED25519 = 0x01
"""Ed25519 over the text."""
COSIGNATURE_ED25519 = 0x04
"""Ed25519 with a time, by a witness (C2SP tlog-cosignature)."""
MLDSA44 = 0x06
"""ML-DSA-44 with a time, by the log or a witness (C2SP tlog-cosignature)."""

_PUBLIC_BYTES = {ED25519: 32, COSIGNATURE_ED25519: 32, MLDSA44: 1312}
_KEY_ID_BYTES = 4
_MAX_SIGNATURES = 100
_DASH = "\u2014"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NOT_IN_NAME = re.compile(r"[\s+\x00-\x1f]")


class Unverified(Malformed):
    """A note does not carry the signatures that it must carry.

    Distinct from its parent so that a report can say "signed wrongly" and not "spelt wrongly".
    """


@dataclass(frozen=True)
class VKey:
    """A public key with the name of its holder: a C2SP verifier key.

    Sample: ``PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW``
    """

    name: str
    key_type: int
    public: bytes

    def __post_init__(self) -> None:
        """Refuse a key that no signature can be checked with.

        Raises: Malformed.
        """
        _check_name(self.name)
        if self.key_type not in _PUBLIC_BYTES:
            raise Malformed("a verifier key has a type that is not in use here")
        if len(self.public) != _PUBLIC_BYTES[self.key_type]:
            raise Malformed("a verifier key has the wrong length for its type")
        if self.key_type != MLDSA44:
            check_signing_key(self.public)

    @cached_property
    def key_id(self) -> bytes:
        """The first 4 bytes of the hash over name, type and public key."""
        return hashlib.sha256(
            self.name.encode("utf-8") + b"\n" + bytes([self.key_type]) + self.public
        ).digest()[:_KEY_ID_BYTES]

    def dump(self) -> str:
        """Write the key as ``name+id+base64``."""
        material = to_base64(bytes([self.key_type]) + self.public)
        return f"{self.name}+{self.key_id.hex()}+{material}"

    @classmethod
    def load(cls, text: str) -> VKey:
        """Read a key and check that its id is its own.

        Raises: Malformed.
        """
        # The base64 may hold plus signs of its own, the name and the id cannot.
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise Malformed("a verifier key does not have three parts")
        name, key_id, material = parts[0], parse_hex(parts[1], 4), parse_base64(parts[2], None)
        if not material:
            raise Malformed("a verifier key holds no key")
        vkey = cls(name=name, key_type=material[0], public=material[1:])
        if vkey.key_id != key_id:
            raise Malformed("a verifier key has the id of another")
        return vkey


CheckSignature: TypeAlias = Callable[[VKey, bytes, bytes], bool]
"""Tells whether (key, message, signature) fit; for `verify` the message is the note's text."""


@dataclass(frozen=True)
class NoteSignature:
    """One line below a note's text."""

    name: str
    key_id: bytes
    signature: bytes
    """What follows the key id; with a time in front for the types that carry one."""

    def dump(self) -> str:
        """Write the line, its newline included."""
        return f"{_DASH} {self.name} {to_base64(self.key_id + self.signature)}\n"


def signature_line(vkey: VKey, signature: bytes) -> NoteSignature:
    """Return the line for a signature that this key made."""
    return NoteSignature(name=vkey.name, key_id=vkey.key_id, signature=signature)


@dataclass(frozen=True)
class SignedNote:
    """A text, its last newline included, with signatures that nobody has checked yet."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def dump(self) -> bytes:
        """Write the note.

        Raises: Malformed.
        """
        _check_note(self)
        lines = "".join(one.dump() for one in self.signatures)
        return f"{self.text}\n{lines}".encode()

    @classmethod
    def parse(cls, data: bytes) -> SignedNote:
        """Take a note apart, refusing every other spelling. Nothing is verified.

        Raises: Malformed.
        """
        # The last empty line parts the text from the signatures; a text may hold empty lines.
        above, gap, below = data.rpartition(b"\n\n")
        if not gap or not below.endswith(b"\n"):
            raise Malformed("a note has no signature lines below an empty line")
        # Each step below can be undone in one way only, so that no other spelling comes through.
        lines = tuple(_parse_line(line) for line in below[:-1].split(b"\n"))
        note = cls(text=_decoded(above + b"\n"), signatures=lines)
        _check_note(note)
        return note


def verify(
    note: SignedNote, vkeys: Sequence[VKey], check: CheckSignature, *, need_all: bool = True
) -> tuple[VKey, ...]:
    """Return the keys of `vkeys` that signed the note, in the order of its lines.

    Lines of unknown (name, id) are ignored, so that witnesses can be added; a line of a known key
    that fails refuses the note. With `need_all` every key must have signed.

    Raises: Unverified; Malformed when two of the keys share a name and id.
    Cites: C2SP signed-note, Signatures.
    """
    known = {(vkey.name, vkey.key_id): vkey for vkey in vkeys}
    if len(known) != len(vkeys):
        raise Malformed("two verifier keys have the same name and id")
    message = note.text.encode("utf-8")
    found: list[VKey] = []
    for line in note.signatures:
        vkey = known.get((line.name, line.key_id))
        if vkey is None:
            continue
        # A second line could carry a second time, and nobody could say which one counts.
        if vkey in found:
            raise Unverified("a known key has signed a note twice")
        if not check(vkey, message, line.signature):
            raise Unverified("the signature of a known key does not verify")
        found.append(vkey)
    if need_all and len(found) != len(vkeys):
        raise Unverified("a note lacks the signature of a key that must sign it")
    return tuple(found)


def _parse_line(line: bytes) -> NoteSignature:
    parts = line.split(b" ")
    if len(parts) != 3 or parts[0] != _DASH.encode("utf-8"):
        raise Malformed("a signature line is not a dash, a name and base64")
    blob = decode_base64(parts[2])
    return NoteSignature(_decoded(parts[1]), blob[:_KEY_ID_BYTES], blob[_KEY_ID_BYTES:])


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("a note is not UTF-8") from None


def _check_note(note: SignedNote) -> None:
    if not note.text.endswith("\n"):
        raise Malformed("a note's text does not end with a newline")
    if _CONTROL.search(note.text):
        raise Malformed("a note's text holds a control character")
    _check_utf8(note.text)
    if not 1 <= len(note.signatures) <= _MAX_SIGNATURES:
        raise Malformed(f"a note does not carry from 1 to {_MAX_SIGNATURES} signatures")
    for one in note.signatures:
        _check_name(one.name)
        if len(one.key_id) != _KEY_ID_BYTES or not one.signature:
            raise Malformed("a note has a signature line without key id or signature")


def _check_name(name: str) -> None:
    if not name or _NOT_IN_NAME.search(name):
        raise Malformed("a key name is empty or holds a space, a plus or a control character")
    _check_utf8(name)


def _check_utf8(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("a note holds a lone surrogate") from None
