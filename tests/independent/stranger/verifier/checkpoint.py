"""Checkpoints: what the log signed about its size and root, and who cosigned it."""

from __future__ import annotations

from dataclasses import dataclass

from . import merkle
from .grammar import Bad, decimal, lines_of, unbase64
from .note import (
    COSIGNATURE,
    ED25519,
    Line,
    Note,
    VKey,
    cosignature_verifies,
    known_lines,
    mldsa_line_verifies,
    parse_note,
    plain_verifies,
)


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint whose signatures verified. `time` is that of the 0x06 line, if any."""

    origin: str
    size: int
    root: bytes
    time: int | None
    note: Note
    signed_part: bytes


def parse_body(text: bytes, origin: str) -> tuple[int, bytes]:
    """Read the three lines of a checkpoint of this origin."""
    lines = lines_of(text)
    if len(lines) != 3 or lines[0] != origin:
        raise Bad("checkpoint has another form or origin")
    size = decimal(lines[1])
    root = unbase64(lines[2], 32)
    if (size == 0) != (root == merkle.EMPTY):
        raise Bad("the empty root stands exactly at size 0")
    return size, root


def _in_order(note: Note, lines: list[tuple[int, VKey, Line]], origin: str) -> None:
    """Check the order: the log's 0x01 lines, its 0x06 lines, then everybody else's."""
    kinds = [key.kind for _, key, _ in lines]
    if kinds != sorted(kinds):
        raise Bad("lines out of order")
    last = lines[-1][0]
    if any(line.name != origin for line in note.lines[:last]):
        raise Bad("a witness line before the log's")


def open_checkpoint(
    raw: bytes, origin: str, log: list[VKey], retired: list[tuple[int, VKey]] | None = None
) -> Checkpoint:
    """Verify a checkpoint under the log's keys, and under retired ones up to their size."""
    note = parse_note(raw)
    retired = retired or []
    check = plain_verifies(note)
    candidates = log + [key for _, key in retired]
    if not any(
        key.kind == ED25519 and check(key, line) for _, key, line in known_lines(note, candidates)
    ):
        raise Bad("no trusted Ed25519 key signed")
    size, root = parse_body(note.text, origin)
    keys = log + [key for most, key in retired if size <= most]
    lines = known_lines(note, keys)
    times = set()
    for _, key, line in lines:
        if key.kind == ED25519:
            good = check(key, line)
        else:
            good = mldsa_line_verifies(key, line, origin, size, root)
            times.add(line.signature[:8])
        if not good:
            raise Bad("a signature of the log fails")
    if {key.kind for _, key, _ in lines} != {key.kind for key in keys} or not lines:
        raise Bad("a type of key did not sign")
    if len(times) > 1:
        raise Bad("0x06 lines of several times")
    _in_order(note, lines, origin)
    time = int.from_bytes(times.pop(), "big") if times else None
    end = max(line.end for line in note.lines if line.name == origin)
    return Checkpoint(origin, size, root, time, note, raw[:end])


def cosigners(checkpoint: Checkpoint, witnesses: list[VKey]) -> tuple[set[str], bool]:
    """Return the names of witnesses whose lines verify, and whether all known lines do."""
    try:
        lines = known_lines(checkpoint.note, witnesses)
    except Bad:
        return set(), False
    names = set()
    clean = True
    for _, key, line in lines:
        if key.kind == COSIGNATURE:
            good = cosignature_verifies(key, line, checkpoint.note.text)
        else:
            good = mldsa_line_verifies(
                key, line, checkpoint.origin, checkpoint.size, checkpoint.root
            )
        if good:
            names.add(key.name)
        else:
            clean = False
    return names, clean
