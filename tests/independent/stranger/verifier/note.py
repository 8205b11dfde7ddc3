"""C2SP signed notes and their keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .crypto import MLDSA44_PUBLIC, ed25519_verifies, is_signing_key, mldsa44_verifies, sha256
from .grammar import Bad, unbase64

ED25519 = 0x01
COSIGNATURE = 0x04
MLDSA44 = 0x06
MAX_LINES = 100
_ID = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True)
class VKey:
    """A key that verifies lines of notes."""

    text: str
    name: str
    key_id: bytes
    kind: int
    public: bytes


@dataclass(frozen=True)
class Line:
    """A signature line: name, key id, the bytes behind the id, and where the line ends."""

    name: str
    key_id: bytes
    signature: bytes
    end: int


@dataclass(frozen=True)
class Note:
    """A note, split but not yet verified."""

    text: bytes
    lines: tuple[Line, ...]
    raw: bytes


def _is_name(name: str) -> bool:
    """Say whether a key name is allowed: not empty, no space, no plus."""
    return bool(name) and "+" not in name and not any(c.isspace() for c in name)


def parse_vkey(text: object) -> VKey:
    """Read a C2SP vkey, `name+id+base64(type, key)`."""
    if not isinstance(text, str):
        raise Bad("vkey is no text")
    parts = text.split("+", 2)
    if len(parts) != 3 or not _is_name(parts[0]) or not _ID.fullmatch(parts[1]):
        raise Bad("vkey has another form")
    if any(ord(c) < 0x20 for c in text):
        raise Bad("control character in a vkey")
    raw = unbase64(parts[2])
    try:
        named = parts[0].encode("utf-8")
    except UnicodeEncodeError as exc:
        raise Bad("vkey is no text") from exc
    if len(raw) < 2 or sha256(named, b"\n", raw)[:4].hex() != parts[1]:
        raise Bad("vkey's id differs")
    kind, public = raw[0], raw[1:]
    if kind in (ED25519, COSIGNATURE):
        if not is_signing_key(public):
            raise Bad("Ed25519 key refused")
    elif kind == MLDSA44:
        if len(public) != MLDSA44_PUBLIC:
            raise Bad("ML-DSA-44 key of another length")
    else:
        raise Bad("unknown type of key")
    return VKey(text, parts[0], bytes.fromhex(parts[1]), kind, public)


def parse_note(raw: bytes) -> Note:
    """Split a note into its text and its signature lines."""
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise Bad("note is not UTF-8") from exc
    if any(c < 0x20 and c != 0x0A for c in raw):
        raise Bad("control character in a note")
    cut = whole.rfind("\n\n")
    if cut < 0 or not whole.endswith("\n"):
        raise Bad("no empty line before the signatures")
    text, rest = whole[: cut + 1], whole[cut + 2 :]
    if not rest:
        raise Bad("no signature")
    if rest.count("\n") > MAX_LINES:
        raise Bad("too many signatures")
    lines = []
    end = len(text.encode("utf-8")) + 1
    for item in rest[:-1].split("\n"):
        end += len(item.encode("utf-8")) + 1
        parts = item.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014" or not _is_name(parts[1]):
            raise Bad("signature line of another form")
        blob = unbase64(parts[2])
        if len(blob) < 5:
            raise Bad("signature line too short")
        lines.append(Line(parts[1], blob[:4], blob[4:], end))
    return Note(text.encode("utf-8"), tuple(lines), raw)


Verify = Callable[[VKey, Line], bool]


def plain_verifies(note: Note) -> Verify:
    """Return the check of Ed25519 lines (type 0x01) over this note's text."""
    return lambda key, line: ed25519_verifies(key.public, line.signature, note.text)


def known_lines(note: Note, keys: list[VKey]) -> list[tuple[int, VKey, Line]]:
    """Return the lines by known keys with their place. A known key signs a note once."""
    table = {(k.name, k.key_id): k for k in keys}
    found = []
    seen = set()
    for place, line in enumerate(note.lines):
        key = table.get((line.name, line.key_id))
        if key is None:
            continue
        if key in seen:
            raise Bad("a known key signs twice")
        seen.add(key)
        found.append((place, key, line))
    return found


def open_plain(raw: bytes, keys: list[VKey]) -> bytes:
    """Return a note's text once its Ed25519 lines by known keys verify."""
    note = parse_note(raw)
    usable = [k for k in keys if k.kind == ED25519]
    lines = known_lines(note, usable)
    check = plain_verifies(note)
    if not lines:
        raise Bad("no known key signed")
    if not all(check(key, line) for _, key, line in lines):
        raise Bad("a signature fails")
    return note.text


def mldsa_line_verifies(key: VKey, line: Line, origin: str, size: int, root: bytes) -> bool:
    """Verify a tlog-cosignature of type 0x06 over the subtree from 0 to size."""
    if len(line.signature) < 8 or not any(line.signature[:8]):
        return False
    message = subtree_message(key.name, line.signature[:8], origin, size, root)
    return mldsa44_verifies(key.public, line.signature[8:], message)


def subtree_message(name: str, time: bytes, origin: str, size: int, root: bytes) -> bytes:
    """Build the message that a cosigner of type 0x06 signs."""
    cosigner, log = name.encode("utf-8"), origin.encode("utf-8")
    if len(cosigner) > 255 or len(log) > 255:
        raise Bad("name too long")
    return (
        b"subtree/v1\n\x00"
        + bytes([len(cosigner)])
        + cosigner
        + time
        + bytes([len(log)])
        + log
        + bytes(8)
        + size.to_bytes(8, "big")
        + root
    )


def cosignature_verifies(key: VKey, line: Line, text: bytes) -> bool:
    """Verify a tlog-cosignature of type 0x04 (cosignature/v1) over a checkpoint's text."""
    if len(line.signature) != 72 or not any(line.signature[:8]):
        return False
    time = int.from_bytes(line.signature[:8], "big")
    message = b"cosignature/v1\ntime %d\n" % time + text
    return ed25519_verifies(key.public, line.signature[8:], message)
