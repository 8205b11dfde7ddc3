"""What others wrote is kept as it was, and shown so that nothing in it hides (T-51, T-52)."""

from __future__ import annotations

import unicodedata

import pytest

from ledger.web.texts import mixed_words, shown, tidy
from tests.register.ledgers import Ledger
from tests.web.desk.conftest import REFERENCE, Web, hidden, intake_of

HIDING = ["\u202e", "\u2066", "\u200b", "\u200f", "\ufeff", "\u00ad", "\u2028", "\u3164", "\x1b"]


@pytest.mark.parametrize("mark", HIDING)
def test_t52_a_mark_that_is_not_seen_is_written_out(mark: str) -> None:
    """Marks that turn the direction of writing, or take no room, show as their numbers."""
    assert shown(f"FBI{mark}gnp.exe") == f"FBI‹U+{ord(mark):04X}›gnp.exe"


def test_t52_lines_and_letters_of_any_alphabet_are_shown_as_they_are() -> None:
    """Nothing is taken from a text that hides nothing."""
    text = "Señora Núñez\n\tШевченко 李小龍 שלום नमस्ते 🙂"
    assert shown(text) == text


def test_t52_the_same_word_is_stored_as_the_same_bytes() -> None:
    """Whichever way a keyboard makes an accent, and whatever ends a line."""
    decomposed = unicodedata.normalize("NFD", "Núñez")
    assert tidy(decomposed) == tidy("Núñez") == "Núñez"
    assert tidy("a\r\nb\rc\n") == "a\nb\nc\n"


def test_t52_a_word_of_several_alphabets_is_named() -> None:
    """A Cyrillic Ј in John is told; words that are wholly of one alphabet are not."""
    assert mixed_words("\u0408ohn Smith и Джон; Ελένη \u0408ohn") == ("\u0408ohn",)
    assert mixed_words("Plain words, año 2026, ＦＢＩ") == ()


def test_t52_a_visit_keeps_what_was_entered_and_shows_what_hides(web: Web, ledger: Ledger) -> None:
    """The record holds the marks; the page names them, and the mixed word."""
    form = {**hidden(web.get("/desk").text), "officers": "\u0408ohn \u202eevil", "words": "e\u0301"}
    page = web.post("/desk", form).text
    (reference,) = REFERENCE.findall(page)
    saved = intake_of(ledger, reference)
    assert (saved.officers, saved.words) == ("\u0408ohn \u202eevil", "\u00e9")
    assert "‹U+202E›" in page
    assert "\u202e" not in page
    assert "its letters are of different alphabets" in page


def test_t52_half_of_a_character_is_refused(web: Web, ledger: Ledger) -> None:
    """Bytes that are no text are no visit; the page says so and nothing is saved."""
    form = hidden(web.get("/desk").text)
    body = f"key={form['key']}&words=%ED%A0%80"
    answer = web.send("/desk", body.encode())
    assert answer.status_code == 400
    assert ledger.home.inbox.streams() == ()


@pytest.mark.parametrize("page", ["/desk", "/desk/inventory"])
def test_t51_markup_is_text(web: Web, page: str) -> None:
    """Tags, entities and template words that somebody enters come back as what they are."""
    hostile = "<script>alert(1)</script><svg onload=x>&amp;{{12345679*9}}%(words)s"
    form = {**hidden(web.get(page).text), "words": hostile, "what-0": hostile, "initials": "<b>"}
    form |= {"about": "<i>", "officers": '" autofocus onfocus="x'}
    answer = web.post(page, form).text
    assert REFERENCE.search(answer)
    for piece in ("<script>alert", "<svg onload", "<b>", "<i>", '" autofocus', "111111111"):
        assert piece not in answer
    assert "&lt;script&gt;alert(1)" in answer
