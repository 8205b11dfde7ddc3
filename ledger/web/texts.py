"""Texts of others: kept as they were entered, and shown so that nothing in them hides (T-52).

A text is stored in Unicode's form NFC, so that the same word is the same bytes whatever keyboard it
came from. Marks that cannot be seen, or that turn the direction of writing, are stored too: what
somebody was handed is evidence. Where a text is shown they are written out, and a word that mixes
alphabets is named. Whether two texts are equal is decided by their bytes, never by their look.
"""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_ALSO_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u3164\uffa0")
_WORD = re.compile(r"[^\W\d_]+")
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
"""Those whose letters look like each other's."""


def tidy(text: str) -> str:
    """A text as it is stored: NFC, with plain line ends."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def shown(text: str) -> str:
    """A text with every mark that would not be seen written out, such as ‹U+202E›."""
    return "".join(f"‹U+{ord(one):04X}›" if _hides(one) else one for one in text)


def mixed_words(text: str) -> tuple[str, ...]:
    """The words whose letters come from several alphabets, such as a Latin name with one Cyrillic
    letter: somebody may want it taken for another.
    """
    return tuple(dict.fromkeys(w for w in _WORD.findall(text) if len(_alphabets(w)) > 1))


def _hides(one: str) -> bool:
    if one in "\n\t":
        return False
    return unicodedata.category(one) in _UNSEEN or one in _ALSO_UNSEEN


def _alphabets(word: str) -> set[str]:
    # The full-width and mathematical letters are Latin ones to the eye, and named so.
    names = {unicodedata.name(one, "") for one in word}
    return {kind for kind in _ALPHABETS if any(kind in name.split() for name in names)}
