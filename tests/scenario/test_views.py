"""A check compares what one person sees with what the file says, no more and no less."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import NotFound
from ledger.register.reading import Reader
from ledger.register.sealedreading import SealedReader
from ledger.scenario.play import run
from tests.scenario.stories import HEAD, OPENED, STORY, VISIT, laid_down

ABOUT = '\n[[then]]\nview = "%s"\ncase = "visit"\nas = "%s"\n%s\n'
HISTORY = [
    "intake-saved.v1",
    "request-received.v1",
    "instrument-received.v1",
    "stream-closed.v1",
    "case-opened.v1",
    "approval-granted.v1",
]


def said(tmp_path: Path, text: str) -> list[str]:
    """Play a story and give what came out otherwise, in words."""
    return [str(mismatch) for mismatch in run(laid_down(tmp_path, text)).mismatches]


RIGHT = {
    "state": ("state", 'equals = "approved"'),
    "whole history": ("history", f"equals = {HISTORY}"),
    "part of a history": ("history", f"contains = {HISTORY[3:]}"),
    "a row of a history": (
        "history",
        'contains = [{ type = "case-opened.v1", recorded_by = "mara", role = "custodian",'
        " recorded_at = 2026-03-03T17:30:00Z }]",
    ),
    "fields of a record": (
        "history",
        'contains = [{ event = { kind = "subpoena", comply_by_on = 2026-03-20 } }]',
    ),
    "flags": ("flags", "equals = []"),
    "audience": ("audience", "equals = []"),
    "roster": ("roster", 'contains = ["kim: took the visit"]'),
    "agency's copy": ("agency-copy", "equals = []"),
    "glass": ("glass", "equals = []"),
    "deadlines": (
        "deadlines",
        'contains = [{ rule = "time-of-compliance", effective_on = 2026-03-20, status = "open",'
        ' trigger = "@paper" }]',
    ),
}


def test_what_is_seen_as_expected_passes(tmp_path: Path) -> None:
    """Each view can be compared whole, in part, and by the keys that matter."""
    checks = (ABOUT % (view, "kim", wanted) for view, wanted in RIGHT.values())
    assert said(tmp_path, STORY + "".join(checks)) == []


WRONG = {
    "another state": (
        "state",
        'equals = "denied"',
        "expected exactly denied; got approved.",
    ),
    "a history in another order": (
        "history",
        f"equals = {[*HISTORY[:4], HISTORY[5], HISTORY[4]]}",
        f"got {'; '.join(HISTORY)}.",
    ),
    "a history too short": ("history", f"equals = {HISTORY[:5]}", f"got {'; '.join(HISTORY)}."),
    "what is not in a history": (
        "history",
        'contains = ["denial-issued.v1"]',
        "expected at least denial-issued.v1; got intake-saved.v1;",
    ),
    "another person in a row": (
        "history",
        'contains = [{ type = "case-opened.v1", recorded_by = "theo" }]',
        "expected at least type=case-opened.v1 recorded_by=theo; got intake-saved.v1"
        " recorded_by=kim;",
    ),
    "another day in a record": (
        "history",
        "contains = [{ event = { comply_by_on = 2026-03-21 } }]",
        "expected at least event.comply_by_on=2026-03-21; got intake-saved.v1 event.comply_by_on=",
    ),
    "another day": (
        "deadlines",
        'contains = [{ rule = "time-of-compliance", effective_on = 2026-03-21 }]',
        "expected at least rule=time-of-compliance effective_on=2026-03-21; got",
    ),
    "flags that are not": ("flags", 'contains = ["no-receipt-left"]', "got nothing."),
    "an audience that is not": ("audience", 'equals = ["theo"]', "exactly theo; got nothing."),
    "a case that is there": (
        "history",
        "absent = true",
        "expected no such case; got visit in the list of cases.",
    ),
}


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a story says about each of the wrong checks, played once with all of them."""
    checks = (ABOUT % (view, "kim", wanted) for view, wanted, _ in WRONG.values())
    heard = said(tmp_path_factory.mktemp("wrong"), STORY + "".join(checks))
    return dict(zip(WRONG, heard, strict=True))


@pytest.mark.parametrize("name", WRONG)
def test_what_is_seen_otherwise_is_named(wrong: dict[str, str], name: str) -> None:
    """The report says who looked at what, what was expected and what was there."""
    view, _, sentence = WRONG[name]
    number = list(WRONG).index(name) + 1
    assert wrong[name].startswith(f"then {number} ({view} of visit as kim): ")
    assert sentence in wrong[name]


def test_what_one_may_not_see_is_nothing(tmp_path: Path) -> None:
    """An untriaged visit is the custodian's and counsel's to see, and absent to everybody else."""
    text = HEAD + VISIT + ABOUT % ("state", "theo", 'equals = "received"')
    for name in ("kim", "front"):
        text += ABOUT % ("flags", name, "absent = true")
    assert said(tmp_path, text + ABOUT % ("state", "mara", 'equals = "received"')) == []
    assert said(tmp_path, HEAD + VISIT + ABOUT % ("state", "kim", 'equals = "received"')) == [
        "then 1 (state of visit as kim): expected received; got nothing: no such case is open to"
        " this person."
    ]


def test_the_list_of_cases_is_each_persons_own(tmp_path: Path) -> None:
    """What stands open is in everybody's list, what waits only in a triager's and in counsel's."""
    listed = '\n[[then]]\nview = "cases"\nas = "%s"\nequals = %s\n'
    other = VISIT.replace('"visit"', '"other"').replace('"request", "paper"', '"r", "p"')
    other = other.replace("T09:00", "T11:00")
    text = HEAD + VISIT + OPENED + other
    assert said(tmp_path, text + listed % ("mara", ["other", "visit"])) == []
    assert said(tmp_path, text + listed % ("kim", ["visit"])) == []
    assert said(tmp_path, text + listed % ("theo", ["visit", "other"])) == []
    assert said(tmp_path, text + listed % ("kim", ["visit", "other"])) == [
        "then 1 (cases as kim): expected exactly visit; other; got visit."
    ]


def test_an_answer_that_tells_is_a_mismatch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Absent is to the letter: another sentence for a sealed case would give it away."""
    real = Reader.case
    asked: list[str] = []

    def telling(self: Reader, reference: str) -> object:
        try:
            return real(self, reference)
        except NotFound as error:
            asked.append(reference)
            if reference == asked[0]:
                error.args = ("You are not cleared for that case.",)
            raise

    monkeypatch.setattr(Reader, "case", telling)
    text = HEAD + VISIT + ABOUT % ("history", "kim", "absent = true")
    assert said(tmp_path, text) == [
        "then 1 (history of visit as kim): expected the answer for a case that never was; got"
        " NotFound: You are not cleared for that case."
    ]


def test_a_case_that_opens_but_is_in_no_list_is_not_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Being left out of a list is not enough, if the reference itself opens the case."""
    monkeypatch.setattr(SealedReader, "sealed_references", lambda _: ())
    text = HEAD + VISIT + ABOUT % ("history", "mara", "absent = true")
    assert said(tmp_path, text) == [
        "then 1 (history of visit as mara): expected no such case; got visit, open to this person."
    ]
