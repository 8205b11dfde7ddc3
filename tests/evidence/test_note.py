"""Signed notes follow C2SP, are parsed strictly, and mean nothing without their signatures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.evidence import note
from ledger.evidence.grammar import Malformed, parse_base64
from ledger.evidence.note import NoteSignature, SignedNote, Unverified, VKey, signature_line, verify
from tests.evidence.signing import check_note
from tests.vectors.samples import LOG, LOG_VKEY, RECEIPT_VKEY, RECEIPTS, signed_note

# The example of the reference implementation, golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
PETER_LINE = (
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
    "otpRZb6KE6RyyBwJnAM=\n"
)
PETER_NOTE = f"{PETER_TEXT}\n{PETER_LINE}".encode()

# The example of C2SP signed-note, whose text holds an empty line and an accent.
QUASIMODO = (
    "Ognuno sta solo sul cuor della terra\n"
    "trafitto da un raggio di sole:\n"
    "\n"
    "ed è subito sera.\n"
    "\n"
    "\u2014 quasimodo.example/salvatore "
    "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
).encode()


def test_the_published_note_verifies() -> None:
    """The note of the reference implementation verifies under its published key."""
    parsed, vkey = SignedNote.parse(PETER_NOTE), VKey.load(PETER)
    assert parsed.text == PETER_TEXT
    assert vkey.key_id.hex() == "c74f20a3"
    assert vkey.dump() == PETER
    assert verify(parsed, [vkey], check_note) == (vkey,)


def test_the_published_note_is_made_again_byte_for_byte() -> None:
    """Signing the published text with the published key gives the published note."""
    seed = parse_base64(PETER_SECRET.split("+", 4)[4], 33)[1:]
    key = Ed25519PrivateKey.from_private_bytes(seed)
    assert signed_note(PETER_TEXT, key, VKey.load(PETER)).dump() == PETER_NOTE


def test_the_note_of_the_specification_parses() -> None:
    """An empty line within a text does not end it."""
    parsed = SignedNote.parse(QUASIMODO)
    assert parsed.text.endswith("sole:\n\ned è subito sera.\n")
    assert [one.name for one in parsed.signatures] == ["quasimodo.example/salvatore"]
    assert parsed.dump() == QUASIMODO


def test_no_part_of_a_published_key_is_a_key() -> None:
    """Every substring of a verifier key, and every change of a character, is refused."""
    pieces = {
        PETER[low:high] for low in range(len(PETER)) for high in range(low + 1, len(PETER) + 1)
    }
    changed = {
        PETER[:place] + chr(ord(PETER[place]) + 1) + PETER[place + 1 :]
        for place in range(len(PETER))
    }
    for text in (pieces | changed) - {PETER}:
        with pytest.raises(Malformed):
            VKey.load(text)


@pytest.mark.parametrize(
    "text",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
    ids=["length", "type"],
)
def test_published_wrong_keys_are_refused(text: str) -> None:
    """A key of a wrong length or an unknown type is refused though its id is its own."""
    with pytest.raises(Malformed):
        VKey.load(text)


def test_a_key_of_small_order_is_refused() -> None:
    """A key that would verify many messages is no key."""
    with pytest.raises(Malformed, match="small order"):
        VKey("log.example", note.ED25519, bytes([1]) + bytes(31))


@pytest.mark.parametrize(
    ("key_type", "public", "sentence"),
    [(note.ED25519, bytes(31), "length"), (note.MLDSA44, bytes(32), "length"), (2, b"", "type")],
)
def test_a_key_fits_its_type(key_type: int, public: bytes, sentence: str) -> None:
    """A key of a type in use has the length of that type."""
    with pytest.raises(Malformed, match=sentence):
        VKey("log.example", key_type, public)


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\u2028b", "a\x7f\x01", "\ud800"]
)
def test_a_key_name_holds_no_space_plus_or_control(name: str) -> None:
    """Names stand between single spaces and plus signs, so they hold neither."""
    with pytest.raises(Malformed):
        replace(LOG_VKEY, name=name)
    with pytest.raises(Malformed):
        SignedNote("text\n", (NoteSignature(name, bytes(4), b"x"),)).dump()


def test_every_changed_byte_of_a_note_is_found() -> None:
    """Each one-byte change is refused in parsing, fails to verify, or removes the signer."""
    vkey = VKey.load(PETER)
    for place in range(len(PETER_NOTE)):
        for flip in (1, 2, 4, 8, 32, 64, 128, 255):
            changed = bytearray(PETER_NOTE)
            changed[place] ^= flip
            with pytest.raises(Malformed):
                verify(SignedNote.parse(bytes(changed)), [vkey], check_note)


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=30),
    st.lists(st.binary(min_size=5, max_size=80), min_size=1, max_size=4),
)
def test_every_note_reads_back(text: str, blobs: list[bytes]) -> None:
    """A note of any text and any lines reads back as itself."""
    lines = tuple(NoteSignature(f"w{at}", one[:4], one[4:]) for at, one in enumerate(blobs))
    one = SignedNote(f"{text}\n", lines)
    assert SignedNote.parse(one.dump()) == one


@given(st.binary(max_size=60) | st.text("\u2014 ab+/=A\n\t", max_size=60).map(str.encode))
def test_parsing_any_bytes_gives_a_note_or_a_refusal(data: bytes) -> None:
    """Whatever is parsed, it is spelt the one way or refused."""
    try:
        parsed = SignedNote.parse(data)
    except Malformed:
        return
    assert parsed.dump() == data


@pytest.mark.parametrize(
    "wrong",
    [
        SignedNote("no newline", (NoteSignature("a", bytes(4), b"x"),)),
        SignedNote("tab\t\n", (NoteSignature("a", bytes(4), b"x"),)),
        SignedNote("\ud800\n", (NoteSignature("a", bytes(4), b"x"),)),
        SignedNote("text\n", ()),
        SignedNote("text\n", (NoteSignature("a", bytes(4), b"x"),) * 101),
        SignedNote("text\n", (NoteSignature("a", bytes(3), b"x"),)),
        SignedNote("text\n", (NoteSignature("a", bytes(4), b""),)),
    ],
    ids=["no newline", "tab", "surrogate", "unsigned", "101 lines", "short id", "no signature"],
)
def test_a_malformed_note_is_never_written(wrong: SignedNote) -> None:
    """What could not be read is not written either."""
    with pytest.raises(Malformed):
        wrong.dump()


def test_a_hundred_lines_are_permitted() -> None:
    """Many witnesses may sign, up to the bound."""
    full = SignedNote("text\n", (NoteSignature("a", bytes(4), b"x"),) * 100)
    assert SignedNote.parse(full.dump()) == full


def test_lines_of_unknown_keys_are_ignored() -> None:
    """A line counts for nothing when its name or its id is not that of a known key."""
    signed = signed_note("text\n", LOG, LOG_VKEY)
    noise = (
        NoteSignature(LOG_VKEY.name, bytes(4), b"garbage"),
        NoteSignature("stranger.example", LOG_VKEY.key_id, b"garbage"),
    )
    both = SignedNote("text\n", (noise[0], *signed.signatures, noise[1]))
    assert verify(both, [LOG_VKEY], check_note) == (LOG_VKEY,)


def test_a_known_key_that_fails_refuses_the_note() -> None:
    """One good signature does not outweigh a bad one of another known key."""
    good = signature_line(LOG_VKEY, LOG.sign(b"text\n"))
    bad = signature_line(RECEIPT_VKEY, RECEIPTS.sign(b"another text\n"))
    with pytest.raises(Unverified, match="does not verify"):
        verify(SignedNote("text\n", (good, bad)), [LOG_VKEY, RECEIPT_VKEY], check_note)
    assert verify(SignedNote("text\n", (good, bad)), [LOG_VKEY], check_note) == (LOG_VKEY,)


def test_every_key_must_sign_unless_told_otherwise() -> None:
    """A missing signature refuses the note, except where a caller counts a quorum itself."""
    signed = signed_note("text\n", LOG, LOG_VKEY)
    with pytest.raises(Unverified, match="lacks"):
        verify(signed, [LOG_VKEY, RECEIPT_VKEY], check_note)
    assert verify(signed, [LOG_VKEY, RECEIPT_VKEY], check_note, need_all=False) == (LOG_VKEY,)


def test_a_known_key_signs_once() -> None:
    """Two lines of one key are refused, since each could carry another time."""
    signed = signed_note("text\n", LOG, LOG_VKEY)
    twice = SignedNote("text\n", signed.signatures * 2)
    with pytest.raises(Unverified, match="twice"):
        verify(twice, [LOG_VKEY], check_note)


def test_two_keys_with_one_name_and_id_are_refused() -> None:
    """Nobody could say which of them a line means."""
    signed = signed_note("text\n", LOG, LOG_VKEY)
    with pytest.raises(Malformed, match="same name and id"):
        verify(signed, [LOG_VKEY, LOG_VKEY], check_note)
