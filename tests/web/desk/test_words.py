"""The desk speaks Spanish too, and says in both languages what the library's own policy says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from ledger.domain.law.pack import names, resolve
from ledger.web.desk import inventory, linking, pads, saving, script, visiting
from ledger.web.links import LINKS
from ledger.web.pages import PLACE, environment
from ledger.web.words import LANGUAGES, Language
from ledger.web.words import PLACE as WORDS
from tests.web.desk.conftest import Web

TODAY = date(2026, 11, 22)
SHARED = ("base.html", "failed.html", "first.html", "sign-in.html")
FILLED = re.compile(r"%\((\w+)\)s")


def templates() -> list[Path]:
    """The desk's pages, and those that every page stands on."""
    place = PLACE / "templates"
    return [*sorted((place / "desk").glob("*.html")), *(place / one for one in SHARED)]


def in_templates() -> Iterator[str]:
    """The sentences that stand in templates."""
    for path in templates():
        found = babel_extract(BytesIO(path.read_bytes()), ("_",), (), {"newstyle_gettext": "true"})
        for _, _, message, _ in found:
            # With what is filled in it comes as a tuple, the sentence first.
            yield str(message if isinstance(message, str) else next(iter(message or ())))


def in_packs() -> Iterator[str]:
    """The sentences of each law that the desk shows, and what its custodian is called."""
    for name in names():
        law = resolve(name)
        yield script.position(law, TODAY)
        for one in (*script.BEHIND, *script.COLLEAGUES, *script.AT_A_WARRANT):
            value = law.find(one, TODAY)
            if value is not None:
                yield from (value.sentence, value.source.replace("_", " "), value.confidence)


@cache
def wanted() -> frozenset[str]:
    """Everything that is to be said in Spanish."""
    choices = (
        *(visiting.PRESENTED, visiting.SEEN, visiting.MODES, visiting.AGENCIES, inventory.DID),
    )
    return frozenset(
        {
            *in_templates(),
            *in_packs(),
            *script.SPOKEN,
            *visiting.RUNGS.values(),
            *pads.ON_PAPER.values(),
            *(word for choice in choices for _, word in choice),
            *(one.words for one in LINKS if one.path.startswith("/desk")),
            *(saving.NO_KEYRING, inventory.TOO_MANY, linking.NO_CODE),
        }
    )


@cache
def spanish() -> Catalog:
    """The catalogue."""
    return read_po(BytesIO((WORDS / "es.po").read_bytes()), locale="es")


def test_every_sentence_of_the_desk_is_said_in_spanish() -> None:
    """No string of the desk's pages, and no sentence of a policy that they show, is left out."""
    said = {one.id for one in spanish() if one.id and one.string and not one.fuzzy}
    assert wanted() - said == set()


def test_where_nothing_is_said_nothing_stands_in_any_language() -> None:
    """Of an empty sentence a catalogue gives its own head; no page shows that."""
    for language in LANGUAGES:
        assert environment(language).from_string("{{ say('') }}").render() == ""


def test_what_is_filled_in_is_filled_in_in_both_languages() -> None:
    """A translation names the same places, and no others."""
    for one in spanish():
        if one.id:
            assert isinstance(one.id, str)
            assert isinstance(one.string, str)
            assert set(FILLED.findall(one.string)) == set(FILLED.findall(one.id)), one.id


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", names())
def test_the_words_to_say_are_few(name: str, language: Language) -> None:
    """Whoever stands at the desk says forty words or fewer, whatever the library."""
    words = script.script(resolve(name), TODAY, language)
    assert sum(len(one.split()) for one in words.say) <= script.MOST_WORDS


@pytest.mark.parametrize("name", names())
def test_what_a_policy_does_not_say_is_not_said_in_its_name(name: str) -> None:
    """The page refers to a policy only where the law in force has the row, and shows its source."""
    law = resolve(name)
    words = script.script(law, TODAY, "en")
    has_rule = law.find("desk.refer", TODAY) is not None
    assert any("Our policy" in one for one in words.say) == has_rule
    assert words.is_silent == (not has_rule)
    assert [one.id for one in words.sources] == [
        one for one in script.BEHIND if law.find(one, TODAY) is not None
    ]


def test_each_text_has_a_digest_of_its_own() -> None:
    """Which words were shown can be told: by library, by language, and by the policy's wording."""
    laws = [resolve(one) for one in ("us-co/lcld", "us-co/jcpl", "us-mo/jcl", "us-co/pccld")]
    digests = {script.script(law, TODAY, lang).digest for law in laws for lang in LANGUAGES}
    assert len(digests) == 8


def test_the_language_is_chosen_on_the_page(web: Web) -> None:
    """A link asks for Spanish; the choice is kept for the next page, and can be taken back."""
    english = web.get("/desk", **{"Accept-Language": "en-US"})
    assert "Save now, add more later" in english.text
    spanish_page = web.get("/desk?lang=es", **{"Accept-Language": "en-US"})
    assert '<html lang="es">' in spanish_page.text
    assert "Save now" not in spanish_page.text
    cookie = spanish_page.headers["set-cookie"]
    assert cookie.startswith("__Host-language=es;")
    assert "Secure" in cookie
    web.cookies["__Host-language"] = "es"
    assert '<html lang="es">' in web.get("/desk/inventory").text
    assert '<html lang="en">' in web.get("/desk?lang=en").text


def test_a_language_that_nobody_has_is_the_browsers(web: Web) -> None:
    """An address that asks for a language without words changes nothing, and sets nothing."""
    answer = web.get("/desk?lang=xx", **{"Accept-Language": "es-MX,es;q=0.9"})
    assert '<html lang="es">' in answer.text
    assert "set-cookie" not in answer.headers
