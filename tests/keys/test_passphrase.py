"""How passphrases are taken, and which are good enough."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from keys.errors import PassphraseRefused
from keys.passphrase import check_new, from_descriptor, from_prompt

ROOT = Path(__file__).parents[2]


def _read(data: bytes) -> bytes:
    reading, writing = os.pipe()
    try:
        os.write(writing, data)
        os.close(writing)
        return from_descriptor(reading)
    finally:
        os.close(reading)


def _typed(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    waiting: Iterator[str] = iter(answers)
    monkeypatch.setattr(getpass, "getpass", lambda _: next(waiting))


@pytest.mark.parametrize("data", [b"open sesame", b"open sesame\n", b"open sesame\nmore\n"])
def test_a_descriptor_gives_its_first_line(data: bytes) -> None:
    """A passphrase ends with its line, or with the end of the file."""
    assert _read(data) == b"open sesame"


def test_two_passphrases_can_come_through_one_descriptor() -> None:
    """Reading one line leaves the next for the next question."""
    reading, writing = os.pipe()
    os.write(writing, b"old passphrase\nnew passphrase\n")
    os.close(writing)
    assert (from_descriptor(reading), from_descriptor(reading)) == (
        b"old passphrase",
        b"new passphrase",
    )
    os.close(reading)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (b"x" * 1025, "at most"),
        (b"\xff\xfe secret", "UTF-8"),
        (b"pass\r\n", "control"),
        (b"pass\tword\n", "control"),
        (b"pass\0word\n", "control"),
    ],
)
def test_a_descriptor_with_something_else_is_refused(data: bytes, sentence: str) -> None:
    """Nothing, too much, controls, or no text are refused with a sentence that says which."""
    with pytest.raises(PassphraseRefused, match=sentence):
        _read(data)


def test_the_longest_passphrase_is_accepted() -> None:
    """1,024 bytes are accepted, 1,025 are not."""
    assert len(_read(b"x" * 1024 + b"\n")) == 1024


def test_a_closed_descriptor_is_said() -> None:
    """A descriptor that is not open is a sentence, not a traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)
    with pytest.raises(PassphraseRefused, match="descriptor"):
        from_descriptor(reading)


def test_two_keyboards_that_spell_a_letter_differently_agree() -> None:
    """Composed and decomposed letters, and the spaces of other keyboards, give the same bytes."""
    composed, decomposed = "Bücher lesen\u00a0wir", "Bu\u0308cher lesen wir"
    assert _read(composed.encode()) == _read(decomposed.encode()) == "Bücher lesen wir".encode()


def test_normalising_cannot_make_a_passphrase_too_long() -> None:
    """A letter that normalises to more bytes is counted after normalising."""
    with pytest.raises(PassphraseRefused, match="at most"):
        _read("\u0958".encode() * 341)


def test_a_new_passphrase_is_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two equal answers are taken, though typed on different keyboards."""
    _typed(monkeypatch, "Bücher lesen wir", "Bu\u0308cher lesen wir")
    assert from_prompt("New passphrase: ", confirm=True) == "Bücher lesen wir".encode()


def test_two_answers_that_differ_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip of the finger does not become a passphrase that nobody knows."""
    _typed(monkeypatch, "correct horse", "corect horse")
    with pytest.raises(PassphraseRefused, match="differ"):
        from_prompt("New passphrase: ", confirm=True)


def test_a_known_passphrase_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unlocking asks once."""
    _typed(monkeypatch, "correct horse")
    assert from_prompt("Passphrase: ") == b"correct horse"


@pytest.mark.parametrize("answer", ["", "half a \ud800 pair"])
def test_an_answer_that_is_no_text_is_refused(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """An empty answer and half a character are refused."""
    _typed(monkeypatch, answer)
    with pytest.raises(PassphraseRefused):
        from_prompt("Passphrase: ")


def test_without_a_terminal_nothing_is_asked() -> None:
    """Where the answer would be echoed or come from a file by accident, it is not taken."""
    program = (
        "from keys.errors import PassphraseRefused\n"
        "from keys.passphrase import from_prompt\n"
        "try:\n    from_prompt('? ')\n"
        "except PassphraseRefused as refusal:\n    print(refusal)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        input="correct horse battery\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        start_new_session=True,
        check=True,
    )
    assert "Name an open descriptor" in ran.stdout
    assert "horse" not in ran.stdout + ran.stderr


@pytest.mark.parametrize("passphrase", ["", "elf letters", "ü" * 11])
def test_a_short_new_passphrase_is_refused(passphrase: str) -> None:
    """Eleven characters are too few, however many bytes they are."""
    with pytest.raises(PassphraseRefused, match="at least 12 characters"):
        check_new(passphrase.encode())
    check_new(passphrase.encode(), throw_away=True)


def test_twelve_characters_are_enough() -> None:
    """Twelve characters are accepted."""
    check_new("zwölf Zeiche".encode())


def test_a_new_passphrase_must_be_text() -> None:
    """Bytes that are no text could never be typed again."""
    with pytest.raises(PassphraseRefused, match="UTF-8"):
        check_new(b"\xff" * 20)
