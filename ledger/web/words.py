"""The words of pages, in English and in other languages (Babel's catalogues).

A page is written in English; a catalogue `words/LANGUAGE.po` beside this file holds what it says in
another language, and what it lacks stays English.
"""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Literal

from babel import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = ("en", "es")
LANGUAGE_COOKIE = "__Host-language"
PLACE = Path(__file__).parent / "words"


def language_of(accepted: str) -> Language:
    """The language to answer in, by what a browser accepts (RFC 9110 §12.5.4)."""
    wanted = [one.partition(";")[0].strip().replace("-", "_") for one in accepted.split(",")]
    found = negotiate_locale([one for one in wanted if one], LANGUAGES)
    return next((one for one in LANGUAGES if one == found), "en")


@cache
def words_in(language: Language) -> NullTranslations:
    """The words in a language."""
    source = PLACE / f"{language}.po"
    if not source.is_file():
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=language))
    compiled.seek(0)
    return Translations(compiled)
