"""A story is played as written, and whatever comes out otherwise is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from keys.keyring import unlock
from ledger.errors import BadRequest, NotFound
from ledger.home import opened
from ledger.register.handle import Register
from ledger.scenario.check import load
from ledger.scenario.file import Scenario, ScenarioUnusable
from ledger.scenario.play import play_into, run
from ledger.scenario.report import Played
from ledger.scenario.stage import THROW_AWAY, Stage, found_for
from tests.scenario.stories import APPROVED, HEAD, OPENED, STORY, VISIT, laid_down


def said(tmp_path: Path, text: str) -> list[str]:
    """Play a story and give what came out otherwise, in words."""
    return [str(mismatch) for mismatch in run(laid_down(tmp_path, text)).mismatches]


def test_a_story_that_comes_out_passes(tmp_path: Path) -> None:
    """Nothing otherwise, nothing kept; the cast and the real references are given back."""
    report = run(laid_down(tmp_path, STORY))
    assert (report.passed, report.title, report.home) == (True, "A subpoena at the desk", None)
    assert list(report.people) == ["mara", "theo", "kim", "front"]
    assert list(report.cases) == ["visit"]


# --- One expectation altered --------------------------------------------------------------------

ALTERED = {
    "another type": (
        '"approval-granted.v1"',
        '"denial-issued.v1"',
        "step 3 (approval): expected recorded: denial-issued.v1; got recorded:"
        " approval-granted.v1.",
    ),
    "one type too many": (
        '"approval-granted.v1"',
        '"approval-granted.v1", "case-closed.v1"',
        "step 3 (approval): expected recorded: approval-granted.v1; case-closed.v1; got"
        " recorded: approval-granted.v1.",
    ),
    "a flag that is not": (
        "flags = []",
        'flags = ["no-receipt-left"]',
        "step 3 (approval): expected the flags no-receipt-left; got nothing.",
    ),
    "a refusal that does not come": (
        'id = "approval"\nat = 2026-03-04T11:00:00-07:00',
        "at = 2026-03-04T11:00:00-07:00",
        "step 3 (approve): expected refused: C.R.S. 24-90-119(2)(c); got recorded:"
        " approval-granted.v1.",
    ),
}


@pytest.mark.parametrize(("old", "new", "sentence"), ALTERED.values(), ids=ALTERED)
def test_an_altered_expectation_fails_and_names_the_step(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    """The report says which step, what was expected and what came."""
    text = STORY.replace(old, new)
    if "refusal" in sentence or "expected refused" in sentence:
        text = text.replace(
            'events = ["approval-granted.v1"], flags = []', 'refused = ["C.R.S. 24-90-119(2)(c)"]'
        )
    assert said(tmp_path, text) == [sentence]


def test_a_refusal_is_compared_citation_by_citation(tmp_path: Path) -> None:
    """One citation too few, too many, or in another order is another refusal."""
    refused = APPROVED.replace('basis = "subpoena"', 'basis = "court-order"').replace(
        'id = "approval"\n', ""
    )
    for expected in (
        '["C.R.S. 24-90-119(1)"]',
        '["C.R.S. 24-90-119(2)(c)", "C.R.S. 24-90-119(1)"]',
    ):
        text = refused.replace(
            '{ events = ["approval-granted.v1"], flags = [] }', f"{{ refused = {expected} }}"
        )
        (mismatch,) = run(laid_down(tmp_path, HEAD + VISIT + OPENED + text)).mismatches
        assert mismatch.where == "step 3 (approve)"
        assert mismatch.got == "refused: C.R.S. 24-90-119(2)(c)"


def test_a_step_that_fails_ends_the_story(tmp_path: Path) -> None:
    """What follows counts on it, so it is not played to a heap of further mismatches."""
    early = STORY.replace(OPENED, "")
    assert said(tmp_path, early + OPENED.replace("03-03", "03-05")) == [
        "step 2 (approval): expected recorded: approval-granted.v1; got not carried out: This"
        " visit was not triaged yet. The custodian decides first: open, or keep-sealed."
    ]


def test_without_an_expectation_a_step_must_be_recorded(tmp_path: Path) -> None:
    """A step that says nothing is no step about which nothing is expected."""
    text = STORY.replace('by = "mara"\ndo = "open"', 'by = "kim"\ndo = "open"')
    assert said(tmp_path, text) == [
        "step 2 (opened): expected recorded; got not found: No case with that reference is open"
        " to you."
    ]


# --- What is not there, what is not permitted -------------------------------------------------

LATER = '\n[[step]]\nat = 2026-03-05T12:00:00-07:00\nby = "%s"\ndo = "%s"\ncase = "%s"\n%s\n'
CLOSE = 'with = { outcome = "not-disclosed" }\n'


def test_a_sealed_visit_and_no_visit_are_one_answer(tmp_path: Path) -> None:
    """Who saved a visit, and who invents a reference, are told the same words."""
    text = HEAD + VISIT
    text += LATER % ("kim", "close", "visit", CLOSE + "expect.not_found = true")
    text += LATER % ("kim", "close", "nowhere", CLOSE + "expect.not_found = true")
    assert said(tmp_path, text) == []


def test_a_different_answer_for_what_is_sealed_is_a_mismatch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the register gave a sealed matter away by one word, the scenario would say so."""
    real = Register.handle

    def telling(self: Register, *args: object, **kwargs: object) -> object:
        try:
            return real(self, *args, **kwargs)  # type: ignore[arg-type]  # passed through
        except NotFound as error:
            telling.asked += 1  # type: ignore[attr-defined]  # a counter on the function
            if telling.asked == 1:  # type: ignore[attr-defined]  # the same
                error.args = ("That case is sealed.",)
            raise

    telling.asked = 0  # type: ignore[attr-defined]  # the same
    monkeypatch.setattr(Register, "handle", telling)
    text = HEAD + VISIT + LATER % ("kim", "close", "visit", CLOSE + "expect.not_found = true")
    assert said(tmp_path, text) == [
        "step 2 (close): expected as for no case: not found: No case with that reference is open"
        " to you; got not found: That case is sealed."
    ]


def test_a_role_that_is_not_held_is_not_permitted(tmp_path: Path) -> None:
    """To insist on somebody else's role is not a refusal by law."""
    step = LATER % ("kim", "close", "visit", CLOSE + 'role = "custodian"\n%s')
    text = HEAD + VISIT + OPENED + step
    assert said(tmp_path, text % "expect.not_permitted = true") == []
    assert said(tmp_path, text % 'expect.refused = ["x"]') == [
        "step 3 (close): expected refused: x; got not permitted: You do not hold the role"
        " custodian."
    ]


def test_a_desk_saves_visits_and_nothing_else(tmp_path: Path) -> None:
    """A desk is enrolled as one, and its saves take no facts."""
    desk = '\n[[step]]\nat = 2026-03-03T09:30:00-07:00\nby = "front"\ndo = "intake"\ncase = "%s"\n'
    assert said(tmp_path, HEAD + VISIT + desk % "visit" + desk % "other") == []
    with_facts = VISIT.replace('by = "kim"', 'by = "front"')
    assert said(tmp_path, HEAD + with_facts) == [
        "step 1 (visit): expected recorded; got not carried out: A desk saves the visit only; a"
        " person signed in adds facts."
    ]


# --- Names, times, ticks ------------------------------------------------------------------------


def test_facts_have_names_of_their_own(tmp_path: Path) -> None:
    """Without an id for the visit, ids still name its facts and not the visit."""
    check = (
        '\n[[then]]\nview = "history"\ncase = "visit"\nas = "kim"\n'
        'contains = [{ type = "approval-granted.v1", event = { instrument = "@paper" } }]\n'
    )
    assert said(tmp_path, STORY.replace('id = "visit"\n', "") + check) == []


def test_an_at_sign_can_be_meant(tmp_path: Path) -> None:
    """A doubled sign is the sign itself; an address in a text is no record."""
    text = STORY.replace(
        "{ receive-request = {", '{ receive-request = { wording = "to jo@@example", '
    )
    check = (
        '\n[[then]]\nview = "history"\ncase = "visit"\nas = "theo"\n'
        'contains = [{ type = "request-received.v1", event = { wording = "to jo@@example" } }]\n'
    )
    assert said(tmp_path, text + check) == []


def test_a_check_stands_after_the_steps_of_its_instant(tmp_path: Path) -> None:
    """Checks are made when the file's clock is there, wherever they stand in the file."""
    check = '\n[[then]]\nview = "state"\ncase = "visit"\nas = "mara"\nat = %s\nequals = "%s"\n'
    text = STORY
    text += check % ("2026-03-04T11:00:00-07:00", "approved")
    text += check % ("2026-03-04T10:59:59-07:00", "under-decision")
    text += check % ("2026-03-03T09:00:00-07:00", "received")
    assert said(tmp_path, text) == []


def test_the_log_ticks_by_the_clock_of_the_file(tmp_path: Path) -> None:
    """Between steps every tick is published that was due; a tick step only lets time pass."""
    tick = '\n[[step]]\nat = 2026-03-06T09:00:00-07:00\ndo = "tick"\n'
    for days, ticks in ((1, 4), (3, 1)):
        keep = tmp_path / f"every-{days}"
        assert run(laid_down(tmp_path, f"tick_days = {days}\n" + STORY + tick), keep).passed
        with opened(keep) as home:
            assert home.logbook.last_tick() == ticks
            assert (home.log_directory / "checkpoint").exists()


# --- What is kept --------------------------------------------------------------------------------


def test_a_kept_ledger_can_be_opened_by_its_cast(tmp_path: Path) -> None:
    """The keyrings lie in the home, say that they protect nothing, and open what each may open."""
    report = run(laid_down(tmp_path, STORY), tmp_path / "kept")
    assert report.home == tmp_path / "kept"
    with opened(report.home) as home:
        for name, made in report.people.items():
            keyring = unlock(home.keyring_path(name).read_bytes(), THROW_AWAY)
            assert (keyring.key_id, keyring.throw_away) == (made.key_id, True)
        register = Register(home, lambda: load(tmp_path / "story.toml").steps[-1].at)
        file = register.reader(report.people["theo"]).case(report.cases["visit"])
        assert file.case.state == "approved"


def test_a_ledger_is_kept_in_an_empty_folder_only(tmp_path: Path) -> None:
    """A scenario never writes into a ledger that is there."""
    story = laid_down(tmp_path, STORY)
    with pytest.raises(BadRequest, match="not empty"):
        run(story, tmp_path)


# --- Into a ledger that exists --------------------------------------------------------------------

SECOND = STORY.replace("2026-03-0", "2026-03-1").replace(
    '{ name = "kim", roles = ["staff"] }', '{ name = "ines", roles = ["staff", "designee"] }'
).replace('by = "kim"', 'by = "ines"')  # fmt: skip


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A ledger in which the story was played."""
    scenario = load(laid_down(tmp_path, STORY))
    made = found_for(scenario, tmp_path / "home")
    assert into(made, scenario).mismatches == ()
    yield made
    made.home.close()


def into(stage: Stage, file: Path | Scenario) -> Played:
    """Play a file into a stage's ledger."""
    return play_into(stage.home, stage.register, stage.keyrings, file, stage.clock)


def test_a_second_story_finds_its_people_and_enrols_the_others(
    tmp_path: Path, stage: Stage
) -> None:
    """Who is here by name is the same person; who is missing is enrolled by the founders."""
    before = {name: keyring.key_id for name, keyring in stage.keyrings.items()}
    assert into(stage, laid_down(tmp_path, SECOND)).mismatches == ()
    assert {name: stage.keyrings[name].key_id for name in before} == before
    assert set(stage.keyrings) - set(before) == {"ines"}
    assert stage.office.roles_of("ines") == {"staff", "designee"}


def test_a_story_gives_roles_that_are_not_held_yet(tmp_path: Path, stage: Stage) -> None:
    """A person of an earlier file may hold more in a later one."""
    more = SECOND.replace('"counsel"]', '"counsel", "auditor"]')
    assert into(stage, laid_down(tmp_path, more)).mismatches == ()
    assert stage.office.roles_of("theo") == {"counsel", "auditor"}


def test_a_story_of_another_law_is_not_played(tmp_path: Path, stage: Stage) -> None:
    """One ledger has one law; a file of another library's belongs elsewhere."""
    other = SECOND.replace("us-co/lcld", "us-mo/jcl").replace("America/Denver", "America/Chicago")
    with pytest.raises(ScenarioUnusable, match=r"of us-mo/jcl, this ledger of us-co/lcld"):
        into(stage, laid_down(tmp_path, other))


def test_a_story_from_before_is_not_played(tmp_path: Path, stage: Stage) -> None:
    """Time runs one way in a ledger: the same file again would date acts wrongly."""
    with pytest.raises(ScenarioUnusable, match="already later than the first step"):
        into(stage, laid_down(tmp_path, STORY))


def test_a_founder_whose_keyring_is_not_at_hand_enrols_nobody(tmp_path: Path, stage: Stage) -> None:
    """Without both founders there are no two people to sign."""
    del stage.keyrings["theo"]
    with pytest.raises(ScenarioUnusable, match="keyring of theo, who founded this ledger"):
        into(stage, laid_down(tmp_path, SECOND.replace('"theo"', '"hugo"')))


def test_an_enrolled_person_is_not_replaced_by_a_new_key(tmp_path: Path, stage: Stage) -> None:
    """A name that is enrolled here without a keyring at hand is somebody else."""
    del stage.keyrings["front"]
    with pytest.raises(ScenarioUnusable, match="keyring of front, who is enrolled here"):
        into(stage, laid_down(tmp_path, SECOND))
