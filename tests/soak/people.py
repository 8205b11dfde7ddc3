"""Who works with the programs for eight hours: the desk, staff, the director, counsel.

Each draws from a generator of their own, so that a seed gives the same intentions again; what they
find there depends on the others, as it does in a library.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from tests.soak.person import CHANGED, GaveUp, Person, World

MOST_LOOKS = 12
"""So often somebody looks anew at a case in which others act, before that is an error."""
REFERENCE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z*~$=](?![0-9A-Z-])")
_FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_SAVED = re.compile(r'class="reference"><strong>([^<]+)<')
CATEGORIES = ["circulation"]
CONTACT = {"person": "tom", "channel": "telephone", "outcome": "no-answer"}


class Kept:
    """What was acknowledged: digests and receipts of records by their place, and references."""

    def __init__(self) -> None:
        self.digests: dict[str, str] = {}
        self.notes: dict[str, str] = {}
        self.visits: list[str] = []
        self.closed: list[str] = []
        self.erased: list[str] = []
        self.repeats: list[tuple[Person, str, object, dict[str, str], dict[str, Any]]] = []

    def take(self, told: dict[str, Any]) -> str:
        """Keep the receipts of an act, but those that follow later; gives the place of its last
        record.
        """
        for one in told["records"]:
            self.digests[one["ref"]] = one["e"]
            if one["receipt"] is not None:
                self.notes[one["ref"]] = one["receipt"]
        return str(told["records"][-1]["ref"])

    def forget_repeats(self, name: str) -> None:
        """Repeat nothing of somebody's: with new keys nobody has the answers of the old."""
        self.repeats = [one for one in self.repeats if one[0].name != name]


def key(random: Random) -> str:
    """A number for an act, drawn anew, 16 bytes."""
    return random.randbytes(16).hex()


def log_visit(person: Person, kept: Kept, body: dict[str, object], number: str) -> str:
    """Log a visit through the API; gives its reference."""
    path, headers = "/api/visits", {"idempotency-key": number}
    answer = person.post("visit (API)", path, body, **headers)
    told = answer.json()
    kept.take(told)
    kept.visits.append(told["reference"])
    kept.repeats.append((person, path, body, headers, told))
    return str(told["reference"])


def act(
    person: Person, kept: Kept, random: Random, case: str, command: str, /, **fields: object
) -> str:
    """Act in a case as it is now, looking again where somebody was first; gives the last record.

    Raises:
        GaveUp: it was an error, which is counted.
    """
    path = f"/api/cases/{case}/acts/{command}"
    for _ in range(MOST_LOOKS):
        tag = person.get("look at a case", f"/api/cases/{case}").headers["etag"]
        headers = {"idempotency-key": key(random), "if-match": tag}
        body = {"fields": fields}
        answer = person.post(f"act: {command}", path, body, **headers)
        if answer.status_code not in CHANGED:
            kept.repeats.append((person, path, body, headers, answer.json()))
            return kept.take(answer.json())
        person.world.tally.met(f"act: {command}", "went on since")
    person.world.tally.failed(f"act: {command}", "went on each time")
    raise GaveUp


def at_the_desk(world: World, kept: Kept, random: Random, seat: int) -> None:
    """Log visits by the form, without signing in, and add to every fourth."""
    desk = Person(world, "desk", seat)
    with_more: str | None = None
    while not world.over.is_set():
        world.rest(random, 4)
        try:
            if with_more is None:
                page = desk.get("desk page", "/desk")
            else:
                page = desk.post_form("desk page", "/desk/more", {"about": with_more})
            fields = dict(_FIELD.findall(page.text))
            said = {"officers": "Deputy R. Hale, badge 4417", "words": "Who sat here in May?"}
            said |= {"mode": "in-person", "presents": random.choice(["nothing", "not-sure"])}
            kind = "addition (form)" if with_more else "visit (form)"
            saved = _SAVED.search(desk.post_form(kind, "/desk", {**fields, **said}).text)
            if saved is None:
                world.tally.failed(kind, "the page after it names no reference")
            elif with_more is None:
                kept.visits.append(saved[1])
            is_next = saved is not None and with_more is None and random.random() < 0.25
            with_more = saved[1] if is_next and saved else None
        except GaveUp:
            with_more = None


def staff(world: World, kept: Kept, random: Random, seat: int, name: str) -> None:
    """Log visits through the API, read what is open, and note calls in open cases."""
    person = Person(world, "desk", seat, name)
    while not world.over.is_set():
        world.rest(random, 4)
        try:
            # Who is not signed in yet logs as the desk, and has no answer of their own to repeat.
            person.get("page: cases", "/cases")
            log_visit(person, kept, {"fields": {"mode": "telephone"}}, key(random))
            person.get("deadlines", "/api/deadlines")
            going = _cases(person, lambda row: not row["state"].startswith("closed"))
            if going:
                case = random.choice(going)
                person.get("page: a case", f"/cases/{case}")
                act(person, kept, random, case, "attempt-contact", **CONTACT)
        except GaveUp:
            continue


def director(world: World, kept: Kept, random: Random, seat: int) -> None:
    """Decide what waits, and take each open case a step on until it is closed."""
    mara = Person(world, "room", seat, "mara")
    stories: dict[str, Story] = {}
    seen, sealed = set[str](), set[str]()
    while not world.over.is_set():
        world.rest(random, 1.5)
        try:
            page = mara.get("page: what waits", "/")
            for case in _waiting(page.text)[:2]:
                # What was added to a case that stood open is opened too, and begins no new story.
                if _decide(mara, kept, random, case, sealed) and case not in seen:
                    stories[case] = Story(mara, kept, random, case)
                seen.add(case)
            for case, story in tuple(stories.items()):
                if random.random() < 0.5 and story.step():
                    del stories[case]
        except GaveUp:
            continue


def counsel(world: World, kept: Kept, random: Random, seat: int) -> None:
    """Read, answer the questions that wait, and look at what is sealed."""
    tom = Person(world, "room", seat, "tom")
    while not world.over.is_set():
        world.rest(random, 2)
        try:
            tom.get("page: what waits", "/")
            tom.get("office", "/api/office")
            for case in _cases(tom, lambda row: row["state"] == "under-counsel-review")[:2]:
                rows = tom.get("history", f"/api/cases/{case}/history").json()["history"]
                asked = [r["ref"] for r in rows if r["type"].startswith("counsel-review-requested")]
                given = {"request": asked[-1], "outcome": random.choice(["narrow", "refuse"])}
                act(tom, kept, random, case, "complete-counsel-review", **given)
            known = _cases(tom, lambda row: True)
            for case in random.sample(known, min(2, len(known))):
                tom.get("look at a case", f"/api/cases/{case}")
        except GaveUp:
            continue


class Story:
    """A subpoena that no judge signed, from its receipt to the end of its case."""

    def __init__(self, mara: Person, kept: Kept, random: Random, case: str) -> None:
        self._mara, self._kept, self._random, self.case = mara, kept, random, case
        self._at, self._refs = 0, dict[str, str]()

    def step(self) -> bool:
        """Take the next step, if it is the director's; says whether the case is closed."""
        if self._at == 3 and self._is_with_counsel():
            return False
        command, fields = self._steps()[self._at]
        self._refs[command] = act(
            self._mara, self._kept, self._random, self.case, command, **fields
        )
        self._at += 1
        if command == "close":
            self._kept.closed.append(self.case)
        return command == "close"

    def _is_with_counsel(self) -> bool:
        told = self._mara.get("look at a case", f"/api/cases/{self.case}").json()
        return bool(told["case"]["state"] == "under-counsel-review")

    def _steps(self) -> list[tuple[str, dict[str, object]]]:
        refs = self._refs
        request, paper = refs.get("receive-request"), refs.get("receive-instrument")
        approval = {"approval": refs.get("approve"), "categories": CATEGORIES}
        return [
            ("receive-request", {"requester": "law-enforcement", "categories": CATEGORIES}),
            ("receive-instrument", {"kind": "subpoena", "issuer": "clerk"}),
            ("request-counsel-review", {"counsel": "tom"}),
            ("verify-requester", {"request": request, "method": "badge"}),
            (
                "approve",
                {
                    **{"request": request, "basis": "subpoena"},
                    **{"instrument": paper, "categories": CATEGORIES},
                },
            ),
            (
                "disclose",
                {**approval, "method": "paper", "recipient": "County attorney", "records": 3},
            ),
            ("close", {"outcome": "partly-disclosed"}),
        ]


def _decide(mara: Person, kept: Kept, random: Random, case: str, sealed: set[str]) -> bool:
    """Open a visit, or keep it sealed, as what is added to a sealed case is; says whether it is
    open.
    """
    if random.random() < 0.2 or case in sealed:
        review = mara.world.clock.now().date() + timedelta(days=90)
        ground = {"ground": "investigation", "citation": "C.R.S. 24-90-119"}
        act(mara, kept, random, case, "keep-sealed", **ground, review_on=review.isoformat())
        sealed.add(case)
        return False
    act(mara, kept, random, case, "open")
    return True


def _waiting(page: str) -> list[str]:
    """The references of visits that wait for a first decision, on the room's first page."""
    part = page.partition("Visits that wait for a first decision")[2].partition("</section>")[0]
    return list(dict.fromkeys(REFERENCE.findall(part)))


def _cases(person: Person, wanted: Callable[[dict[str, Any]], bool]) -> list[str]:
    """The references of the cases that are open to somebody, through every part of the list."""
    found: list[str] = []
    path: str | None = "/api/cases"
    while path is not None:
        answer = person.get("cases", path)
        found += [row["reference"] for row in answer.json()["cases"] if wanted(row)]
        link = answer.headers.get("link")
        path = None if link is None else link.partition("<")[2].partition(">")[0]
    return found
