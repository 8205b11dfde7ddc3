"""The words to say, who is called, and what may be said afterwards: all of it the library's own.

What staff say is put together from what the library's policy and the law in force tell staff to do,
and each part stands beside its source. Where the policy is silent the page says that it is, and
says only what binds nobody: that somebody is called.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Literal

from ledger.domain.calendar import local_date
from ledger.domain.law.provisions import Value
from ledger.domain.law.resolved import Law
from ledger.domain.office import Office
from ledger.web.branches import Settings
from ledger.web.visit import Visit
from ledger.web.words import Language, words_in

NOT_MINE = "I am not the one who may answer."
REFERRED = "Our policy sends you to the %(position)s."
CALLING = "I am calling now. Please wait here."
COPY = "May I have a copy of your paper?"
SPOKEN = (NOT_MINE, REFERRED, CALLING, COPY)
DIRECTOR = "Director"
MOST_WORDS = 40

COLLEAGUES = ("desk.no_talk", "gag.policy_covers", "gag.policy_audience")
AT_A_WARRANT = ("desk.stand_back", "desk.ask_for_warrant_copy", "desk.contact_director")
BEHIND = ("desk.refer", "desk.ask_for_warrant_copy", "desk.referral_lawful_unanswered")
Rung = Literal["director", "deputy", "counsel"]
MOST_OF: Mapping[Rung, int] = {"director": 1, "deputy": 2, "counsel": 1}


@dataclass(frozen=True)
class Script:
    """What the page tells staff, in one language; `digest` (64 hex) says which words these were."""

    say: tuple[str, ...]
    english: tuple[str, ...]
    """The same in English, where the page speaks another language: those who came may not."""
    sources: tuple[Value, ...]
    is_silent: bool
    colleagues: tuple[Value, ...]
    at_a_warrant: tuple[Value, ...]
    digest: str


@dataclass(frozen=True)
class Called:
    """Somebody on the call ladder; `telephone` where the desk's settings have it."""

    person: str
    rung: Rung
    telephone: str | None


def script_of(visit: Visit) -> Script:
    """The words that are in force now, in the visitor's language."""
    site = visit.site
    office = site.register.office().office
    on = local_date(site.clock(), str(site.home.zone))
    return script(site.home.law_of(office.law), on, visit.language)


def script(law: Law, on: date, language: Language) -> Script:
    """The words of a law on a day, in a language. Pure."""
    told = {name: law.find(name, on) for name in (*BEHIND, *COLLEAGUES, *AT_A_WARRANT)}
    say = words_in(language).gettext
    custodian = position(law, on)
    spoken = tuple(_spoken(told, custodian, say))
    english = tuple(_spoken(told, custodian, words_in("en").gettext))
    shown = [_there(told, names) for names in (BEHIND, COLLEAGUES, AT_A_WARRANT)]
    sources, colleagues, at_a_warrant = shown
    rows = [[one.id, say(one.sentence), one.citation] for part in shown for one in part]
    text = json.dumps([language, spoken, rows], ensure_ascii=False, separators=(",", ":"))
    return Script(
        say=spoken,
        english=() if language == "en" else english,
        sources=sources,
        is_silent=told["desk.refer"] is None,
        colleagues=colleagues,
        at_a_warrant=at_a_warrant,
        digest=sha256(text.encode()).hexdigest(),
    )


def position(law: Law, on: date) -> str:
    """What the custodian is called, such as `Library Director`."""
    named = law.find("custodian.position", on)
    return DIRECTOR if named is None else str(named.value).replace("-", " ").title()


def ladder(office: Office, settings: Settings) -> tuple[Called, ...]:
    """Whom to call, in order: one director, two who stand in, one counsel, nobody twice. Pure.

    More would not fit the page beside the words; whoever is called knows whom to call next.
    """
    rungs: tuple[tuple[Rung, Iterable[str]], ...] = (
        (
            "director",
            (*([office.custodian] if office.custodian else []), *_all(office, "director")),
        ),
        ("deputy", _all(office, "designee")),
        ("counsel", _all(office, "counsel")),
    )
    found: dict[str, Called] = {}
    for rung, people in rungs:
        fresh = [one for one in dict.fromkeys(people) if one not in found]
        for person in fresh[: MOST_OF[rung]]:
            found[person] = Called(person, rung, settings.telephones.get(person))
    return tuple(found.values())


def _spoken(
    told: Mapping[str, Value | None], custodian: str, say: Callable[[str], str]
) -> Iterator[str]:
    yield say(NOT_MINE)
    if told["desk.refer"] is not None:
        yield say(REFERRED) % {"position": say(custodian)}
    yield say(CALLING)
    if told["desk.ask_for_warrant_copy"] is not None:
        yield say(COPY)


def _there(told: Mapping[str, Value | None], names: Iterable[str]) -> tuple[Value, ...]:
    return tuple(one for one in (told[name] for name in names) if one is not None)


def _all(office: Office, role: str) -> Iterator[str]:
    return (one for one in office.holders(role) if office.key_of(one) is not None)
