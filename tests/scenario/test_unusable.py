"""A file that cannot be played is refused with one plain sentence, before anything happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import BadRequest
from ledger.outcomes import USAGE, failure_of
from ledger.scenario.check import load
from ledger.scenario.file import ScenarioUnusable
from ledger.scenario.play import run
from tests.scenario.stories import HEAD, STORY, VISIT, laid_down

CHECK = """
[[then]]
view = "state"
case = "visit"
as = "kim"
at = 2026-03-05T09:00:00-07:00
equals = "approved"
"""


def refusal(tmp_path: Path, text: str) -> str:
    """Give the sentence with which a story is refused."""
    with pytest.raises(ScenarioUnusable) as refused:
        load(laid_down(tmp_path, text))
    return str(refused.value)


# What is put in the place of what, and the sentence that must come of it.
NAMED = 'id = "opened"\nat = 2026-03-03T10:30:00-07:00\nby = "mara"\ndo = "open"'
NAMELESS = 'at = 2026-03-03T10:30:00-07:00\nby = "mara"\ndo = "%s"'
STORIES = {
    "no TOML": ('cites = ["', 'cites = "', "is not TOML: "),
    "a misspelt key": ("cites = [", "sites = [", "unknown field `sites`"),
    "a misspelt key of a step": ('by = "mara"', 'from = "mara"', "step 2: Object contains"),
    "a misspelt outcome": ("events = [", "event = [", "step 3, expect: Object contains"),
    "nothing cited": ('["C.R.S. 24-90-119(2)(c)"]', "[]", "cites: Expected `array` of length >= 1"),
    "two packs": ('"us-co/lcld"', '["us-co/lcld", "us-mo/jcl"]', "packs: Expected `array`"),
    "no such pack": ('"us-co/lcld"', '"us-co/nowhere"', "There is no pack named us-co/nowhere."),
    "no such zone": ("America/Denver", "America/Nowhere", "There is no time zone America/Nowhere."),
    "a zone that is a path": ("America/Denver", "/etc/zone", "There is no time zone /etc/zone."),
    "another library's zone": (
        "America/Denver",
        "America/Chicago",
        "The library of us-co/lcld is in America/Denver; the file says America/Chicago.",
    ),
    "one name twice": ('name = "kim"', 'name = "theo"', "theo stands twice among the people."),
    "no director": ('["director"]', '["counsel"]', "mara stands first, founds the ledger and must"),
    "a founder without a role": ('["counsel"]', "[]", "theo stands second, founds the ledger and"),
    "a custodian by grant": ('["staff"]', '["custodian"]', "Nobody is given the role custodian"),
    "a desk with a role": ('["desk"]', '["desk", "staff"]', "front is a desk; a desk holds no"),
    "a person outside": ('by = "mara"', 'by = "nora"', "by must name one of the people; nora is"),
    "nobody": ('by = "mara"\n', "", "by must name one of the people; nobody is none of them."),
    "a task of no task": (
        'do = "open"',
        'do = "open"\ntask = "backup"',
        "step 2 (opened): task names the task that assign-task begins, and nothing else.",
    ),
    "no such command": ('do = "open"', 'do = "unseal"', "step 2 (opened): There is no command uns"),
    "a field too many": (
        'do = "open"',
        'do = "open"\nwith = { quietly = true }',
        "step 2 (opened): open: Object contains unknown field `quietly`",
    ),
    "a field of the wrong kind": ('"@paper"', '"paper"', "approve: instrument takes the reference"),
    "an id that is not yet": (
        '"@request"',
        '"@approval"',
        "step 3 (approval): No step before this one has the id approval.",
    ),
    "an id that is taken": ('id = "opened"', 'id = "paper"', "The id paper is taken already."),
    "ids for other facts": ('["request", "paper"]', '["request"]', "one id for each fact"),
    "a name for nothing": (
        '{ events = ["approval-granted.v1"], flags = [] }',
        "{ not_found = true }",
        "expected to write nothing, so it has no record to name.",
    ),
    "a name for a look": (
        'do = "open"',
        'do = "break-glass"\nwith.reason = "x"',
        "break-glass gives no record that can be named.",
    ),
    "a copy in a case": (NAMED, NAMELESS % "keep-copy", "The log is nobody's case"),
    "a name for a freeze": (
        f'{NAMED}\ncase = "visit"',
        f'{NAMED.replace("open", "freeze-log")}\ncase = "office"\nwith.reason = "x"',
        "freeze-log gives no record that can be named.",
    ),
    "a copy that nobody kept": (
        f'{NAMED}\ncase = "visit"',
        f'{NAMELESS % "accept-checkpoint"}\ncase = "office"\nwith.copy = "@request"',
        "No step before this one has the id request.",
    ),
    "a copy that has no id": (
        f'{NAMED}\ncase = "visit"',
        f'{NAMELESS % "keep-copy"}\ncase = "office"',
        "keep-copy needs an id, by which the copy is named.",
    ),
    "a roll-over for another reason": (
        f'{NAMED}\ncase = "visit"',
        f'{NAMELESS % "roll-over"}\ncase = "office"\nwith.reason = "spring"',
        "roll-over: reason: Invalid enum value 'spring'.",
    ),
    "the key of nobody": (
        f'{NAMED}\ncase = "visit"',
        f'{NAMELESS % "revoke-key"}\ncase = "office"\nwith.key = "@nora"',
        "In revoke-key write @ and one of the people; nora is none of them.",
    ),
    "no reason": (NAMED, NAMELESS % "break-glass", "Say why this cannot wait"),
    "no answer": (NAMED, NAMELESS % "answer-glass", "required field `outcome`"),
    "two outcomes": ("flags = []", 'refused = ["x"]', "A step has one outcome"),
    "no case": ('do = "open"\ncase = "visit"', 'do = "open"', "Say in which case"),
    "another case": ('do = "open"\ncase = "visit"', 'do = "open"\ncase = "x"', "No intake bef"),
    "a visit in the office": ('case = "visit"\nwith.m', 'case = "office"\nwith.m', "give it a"),
    "time turned back": ("2026-03-04T11", "2026-03-02T11", "step 3 (approval): Steps stand in"),
    "no offset": ("11:00:00-07:00", "11:00:00", "step 3, at: Expected `datetime` with"),
    "a part of a second": ("10:30:00-", "10:30:00.5-", "The ledger counts whole seconds"),
    "no fact": ("receive-request = {", "open = {", "open is not a fact that a visit can hold."),
    "a fact with a wrong field": ('"attorney"', '"police"', "requester takes one of: "),
}  # fmt: skip


@pytest.mark.parametrize(
    "value",
    ["9" * 5000, "[" * 5000, "{a=" * 5000, f"{'[' * 400}{']' * 400}"],
    ids=["digits", "lists without end", "tables", "lists"],
)
def test_what_no_parser_takes_is_unusable(tmp_path: Path, value: str) -> None:
    """A file that is made to break its reader gets a sentence too."""
    text = STORY.replace('do = "open"', f'do = "open"\nwith = {{ x = {value} }}')
    assert refusal(tmp_path, text) == (
        "story.toml is not TOML: A number is too long here, or lists or keys stand too deep."
    )


@pytest.mark.parametrize(("old", "new", "sentence"), STORIES.values(), ids=STORIES)
def test_a_story_that_cannot_be_played_is_unusable(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    """What a writer got wrong is said in a sentence that names the place."""
    assert STORY.count(old) >= 1
    said = refusal(tmp_path, STORY.replace(old, new, 1))
    assert sentence in said
    assert said.startswith("story.toml")


LOOK = CHECK.strip().removeprefix("[[then]]\nview = ")
CHECKS = {
    "nobody looks": ('as = "kim"', 'as = "nora"', "nora is not among the people."),
    "no such view": ('"state"', '"gossip"', "then 1, view: Invalid enum value 'gossip'"),
    "a case that is not": ('case = "visit"', 'case = "x"', "no intake has begun the case x."),
    "before the case": ("2026-03-05", "2026-03-01", "no intake has begun the case visit."),
    "no case": ('case = "visit"\n', "", "A check is about one case"),
    "a copy in a case": ("as =", 'copy = "x"\nas =', "copy and renewed are said of the log only."),
    "a next ledger without a copy": (
        LOOK,
        '"log"\nas = "kim"\nfollowed = true\nequals = []\n',
        "followed goes with a copy",
    ),
    "a copy that nobody kept": (
        LOOK,
        '"log"\ncopy = "board"\nas = "kim"\nequals = []',
        "By then nobody has kept the copy board.",
    ),
    "nothing compared": ('equals = "approved"\n', "", "A check has one of equals, contains or"),
    "compared twice": ('equals = "', 'absent = true\nequals = "', "A check has one of equals"),
    "part of a state": ("equals =", "contains =", "A state equals one word"),
    "a word for a list": ('"state"', '"flags"', "flags is a list; write it in brackets."),
    "a row for a word": (
        LOOK,
        '"flags"\ncase = "visit"\nas = "kim"\nequals = [{ kind = "x" }]',
        "Row 1 is not of the kind that flags has.",
    ),
    "a word for a row": (
        LOOK,
        '"deadlines"\ncase = "visit"\nas = "kim"\nequals = ["subpoena-objection"]',
        "Row 1 is not of the kind that deadlines has.",
    ),
    "a row with a wrong key": (
        LOOK,
        '"deadlines"\ncase = "visit"\nas = "kim"\ncontains = [{ due = 2026-03-05 }]',
        "Row 1: Object contains unknown field `due`",
    ),
    "a record that is not": (
        LOOK,
        '"history"\ncase = "visit"\nas = "kim"\ncontains = [{ corrected_by = "@nothing" }]',
        "By then no step with the id nothing was played.",
    ),
    "a list of cases that are not": (
        LOOK,
        '"cases"\nas = "kim"\nequals = ["visits"]',
        "By then no intake has begun one of these cases.",
    ),
}


@pytest.mark.parametrize(("old", "new", "sentence"), CHECKS.values(), ids=CHECKS)
def test_a_check_that_cannot_be_made_is_unusable(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    """A check that could never fail, or never pass, is refused."""
    assert CHECK.count(old) >= 1
    assert sentence in refusal(tmp_path, STORY + CHECK.replace(old, new, 1))


def test_a_tick_has_a_time_and_nothing_else(tmp_path: Path) -> None:
    """Nobody does a tick, and nothing is expected of it."""
    tick = '\n[[step]]\nat = 2026-03-09T12:00:00-06:00\ndo = "tick"\nby = "mara"\n'
    assert "A tick is the log's own" in refusal(tmp_path, STORY + tick)


def test_a_fact_has_one_command(tmp_path: Path) -> None:
    """Two commands in one fact are two facts, and facts are a list."""
    visit = VISIT.replace('ids = ["request", "paper"]\n', "")
    joined = visit.replace("} },\n    {", "},")
    assert "each fact has one key" in refusal(tmp_path, HEAD + joined)
    single = visit.partition("with.facts")[0] + 'with.facts = "none"\n'
    assert "facts is a list" in refusal(tmp_path, HEAD + single)


def test_the_office_has_no_flags(tmp_path: Path) -> None:
    """Flags are expected of a case only."""
    step = (
        '\n[[step]]\nat = 2026-03-09T12:00:00-06:00\nby = "mara"\ndo = "end-role"\n'
        'case = "office"\nwith = { person = "kim", role = "staff" }\nexpect.flags = []\n'
    )
    assert "Flags are raised in a case that was begun" in refusal(tmp_path, STORY + step)


def test_a_file_that_is_not_there_is_unusable(tmp_path: Path) -> None:
    """A wrong path, or a file in another encoding, is the writer's to mend."""
    with pytest.raises(ScenarioUnusable, match=r"missing\.toml cannot be read: No such file"):
        load(tmp_path / "missing.toml")
    latin = tmp_path / "latin.toml"
    latin.write_bytes(HEAD.encode() + b"# caf\xe9\n")
    with pytest.raises(ScenarioUnusable, match=r"latin\.toml is no text in UTF-8"):
        load(latin)


def test_nothing_is_played_of_an_unusable_file(tmp_path: Path) -> None:
    """The whole file is checked first: a fault at its end leaves no ledger behind."""
    keep = tmp_path / "kept"
    with pytest.raises(ScenarioUnusable):
        run(laid_down(tmp_path, STORY + CHECK.replace("kim", "nora")), keep)
    assert not keep.exists()


def test_an_unusable_file_is_a_mistake_in_usage() -> None:
    """The doors answer it as they answer any other request that must be mended."""
    error = ScenarioUnusable("The file is empty.")
    assert isinstance(error, BadRequest)
    assert failure_of(error).exit_code == USAGE


def test_a_case_that_nobody_began_can_only_be_not_found(tmp_path: Path) -> None:
    """A made-up case is allowed where the step expects that there is none."""
    nowhere = VISIT + (
        '\n[[step]]\nat = 2026-03-09T12:00:00-06:00\nby = "mara"\ndo = "open"\n'
        'case = "nowhere"\nexpect.not_found = true\n'
    )
    assert load(laid_down(tmp_path, HEAD + nowhere)).steps[1].case == "nowhere"
