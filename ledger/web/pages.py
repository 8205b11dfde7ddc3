"""Pages: Jinja2 templates with everything escaped, and the few names that each of them knows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache, partial
from gettext import NullTranslations
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from ledger.web.access import may
from ledger.web.links import pages_for
from ledger.web.sentences import Sentences
from ledger.web.site import IDLE_SECONDS
from ledger.web.texts import mixed_words, shown
from ledger.web.visit import Visit
from ledger.web.words import LANGUAGE_COOKIE, Language, words_in

PLACE = Path(__file__).parent
STATIC = PLACE / "static"


def render(
    visit: Visit,
    template: str,
    data: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A page. Besides `data` a template knows `side`, `who`, `csrf`, `may`, `other` and `here`."""
    who = visit.signed_in
    known = {
        "side": visit.site.side,
        "who": None if who is None else who.person,
        "roles": frozenset() if who is None else who.roles,
        "csrf": "" if who is None else who.csrf,
        "standings": visit.standings,
        "other": visit.site.other,
        "here": visit.request.url.path,
        "language": visit.language,
        "locks_at": None if who is None else _locks_at(visit),
    }
    text = environment(visit.language).get_template(template).render({**known, **(data or {})})
    answer = HTMLResponse(text, status, dict(headers or {}))
    if visit.chosen_language == visit.language:
        # A choice of words, and nothing about anybody; secure at the machine's own address too.
        answer.set_cookie(
            LANGUAGE_COOKIE, visit.language, secure=True, httponly=True, samesite="strict"
        )
    return answer


def _locks_at(visit: Visit) -> str:
    """When the person is signed out if they do nothing, on the library's clocks."""
    at = visit.site.clock() + timedelta(seconds=IDLE_SECONDS[visit.site.side])
    return f"{at.astimezone(visit.site.home.zone):%H:%M}"


@cache
def environment(language: Language) -> Environment:
    """The templates of this program, with their words in a language."""
    made = Environment(
        loader=FileSystemLoader(PLACE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", Sentences],
    )
    # `install_gettext_translations` and its like come with the extension, which is untyped.
    vars(made)["install_gettext_translations"](words_in(language), newstyle=True)
    # For whole sentences of others, which may hold a per cent sign: `_` would fill it in.
    made.globals.update(say=partial(_said, words_in(language)))
    made.filters.update(shown=shown, mixed_words=mixed_words, told_at=told_at)
    made.globals.update(asset=asset, may=may, new_key=_new_key, pages_for=pages_for)
    return made


def _said(words: NullTranslations, sentence: str) -> str:
    """A sentence in other words. Of nothing there is nothing: a catalogue's head stands there."""
    return words.gettext(sentence) if sentence else ""


def told_at(instant: str, zone: ZoneInfo) -> str:
    """An instant as records write it, in the library's zone as people do: 21 Nov 2026 21:40."""
    return f"{datetime.fromisoformat(instant).astimezone(zone):%d %b %Y %H:%M}"


def _new_key() -> str:
    """A command number for a form, 32 hex: sent twice, it is recorded once."""
    return os.urandom(16).hex()


@cache
def asset(name: str) -> str:
    """The address of a static file: it changes with its bytes, so that browsers may keep it."""
    return f"/static/{sha256((STATIC / name).read_bytes()).hexdigest()[:16]}/{name}"
