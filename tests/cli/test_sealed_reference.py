"""A gag order that leaks nothing through the command line.

The National Security Letter of the shipped scenario is kept sealed. A staff member without
clearance asks about it, and about a reference that never existed, through every command that takes
a reference.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from keys.secrets import StreamSecrets
from ledger.cli import session as sessions
from ledger.cli.app import run
from ledger.domain import codec
from ledger.domain.events import Decision
from ledger.errors import NotFound
from ledger.register.acts import Act
from ledger.register.intake import new_reference
from ledger.scenario.check import load
from ledger.scenario.play import play_into
from ledger.scenario.stage import Stage, found_for, keep_keyrings
from tests.noninterference.doors import REFERENCES, commands, parameters

SCAN = Path(__file__).parents[1] / "golden" / "digests.txt"
"""Any plain text."""
NSL = Path(__file__).parents[2] / "ops" / "scenarios" / "nsl-library-connection.toml"
UNCLEARED = "cataloguer"
"""Works there, is on no roster, and holds no role that is cleared for sealed matters."""
HELD = ("0123456789abcdef" * 2 + ":3", "--system", "koha")
NOWHERE = "no-such-folder/of-what-is-hidden"
ASKED = {
    "case show": lambda ref: ["case", "show", ref],
    "case history": lambda ref: ["case", "history", ref],
    "case new": lambda ref: ["case", "new", "--about", ref],
    "document attach": lambda ref: ["document", "attach", ref, str(SCAN)],
    "document list": lambda ref: ["document", "list", ref],
    "document get": lambda ref: ["document", "get", ref, HELD[0], "scan.txt"],
    "do": lambda ref: ["do", ref, "close", "--with", '{"outcome": "withdrawn"}'],
    "roster": lambda ref: ["roster", ref],
    "task show": lambda ref: ["task", "show", ref],
    "task done": lambda ref: ["task", "done", ref],
    "break-glass open": lambda ref: ["break-glass", "open", ref, "--with", '{"reason": "Now."}'],
    "erase propose": lambda ref: ["erase", "propose", ref],
    "export case": lambda ref: ["export", "case", ref, NOWHERE],
    "export event": lambda ref: ["export", "event", ref, HELD[0], NOWHERE],
    "export proof": lambda ref: ["export", "proof", ref, HELD[0], NOWHERE],
    "law what-if": lambda ref: ["law", "what-if", ref, "--pack", "us-co"],
    "log receipt": lambda ref: ["log", "receipt", ref],
    "guard freeze": lambda ref: ["guard", "freeze", ref, *HELD],
    "guard verify": lambda ref: ["guard", "verify", ref, *HELD],
    "guard release": lambda ref: ["guard", "release", ref, *HELD],
    "break-glass confirm": lambda ref: ["break-glass", "confirm", ref],
    "erase assent": lambda ref: ["erase", "assent", ref],
    "copy destroyed": lambda ref: ["copy", "destroyed", ref],
    "copy keep": lambda ref: ["copy", "keep", ref, "--until", "2040-01-01"],
}
"""Every command that takes the reference of a case or a record; the first test below keeps the list
complete.
"""
OF_RECORDS = {"log receipt", "break-glass confirm", "erase assent", "copy destroyed", "copy keep"}
WITH_CAPSULES = {"recovery use"}
"""It needs the capsules of a ceremony: `tests/noninterference` knocks there."""


def test_every_command_that_takes_a_reference_is_asked_here() -> None:
    """A new command with a reference must join the list above."""
    taking = {name for name, function in commands() if parameters(function) & REFERENCES}
    assert taking - WITH_CAPSULES == set(ASKED)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str, Stage]:
    """The ledger of the scenario while the gag binds: home, sealed reference, record, stage."""
    whole = load(NSL)
    opening = next(n for n, step in enumerate(whole.steps) if step.do == "open")
    half = replace(whole, steps=whole.steps[:opening], thens=())
    home = tmp_path_factory.mktemp("nsl") / "home"
    stage = found_for(half, home)
    played = play_into(stage.home, stage.register, stage.keyrings, half, stage.clock)
    assert played.mismatches == ()
    keep_keyrings(stage)
    cleared = stage.register.reader(stage.keyrings[stage.founders[0]])
    references = cleared.sealed_references()
    assert references
    record = cleared.case(references[0]).case.records[0].ref
    stage.home.close()
    return home, references[0], record, stage


@pytest.fixture(scope="module")
def sealed_late(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str, Stage]:
    """The ledger at the end of the scenario, where the case stood open, and was sealed again."""
    whole = replace(load(NSL), thens=())
    home = tmp_path_factory.mktemp("late") / "home"
    stage = found_for(whole, home)
    assert (
        play_into(stage.home, stage.register, stage.keyrings, whole, stage.clock).mismatches == ()
    )
    keep_keyrings(stage)
    ((reference, _),) = stage.home.open.labels()
    record = stage.register.reader(None).case(reference).case.records[-1].ref
    director = stage.keyrings[stage.founders[0]]
    assert _reads(stage, reference)
    fields = {"ground": "gag", "citation": "18 U.S.C. 2709(c)", "review_on": "2031-01-06"}
    stage.register.handle(director, Act("keep-sealed", fields, reference))
    assert not _reads(stage, reference)
    stage.home.close()
    return home, reference, record, stage


def _reads(stage: Stage, reference: str) -> bool:
    try:
        return bool(stage.register.reader(stage.keyrings[UNCLEARED]).case(reference).case.records)
    except NotFound:
        return False


@pytest.fixture
def seeded(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Draws the same random bytes in both worlds, so that answers can be compared byte for byte."""

    def seed(number: int) -> None:
        chance = random.Random(number)
        monkeypatch.setattr("os.urandom", chance.randbytes)
        drawn = StreamSecrets(chance.randbytes(32), chance.randbytes(32))
        monkeypatch.setattr(StreamSecrets, "generate", lambda: drawn)

    return seed


def ask(
    home: Path, words: list[str], person: str, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    """Call the command line and give exit code, output and messages."""
    code = run(["--home", str(home), "--as", person, *words])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def without_digests(out: str) -> str:
    """Leave out what is a digest over the reference itself: E, the commitment, its signature."""
    return re.sub(r'("e": "|commitment |/receipt )[^"\\]+', r"\1", out)


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("options", [[], ["--json"], ["--vault"]])
def test_a_sealed_reference_answers_as_one_that_never_existed(
    sealed: tuple[Path, str, str, Stage],
    seeded: Callable[[int], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    options: list[str],
) -> None:
    """Exit code, output and messages are equal to the byte, for each command and each option."""
    check_answers(sealed, [*options], name, seeded, capsys, monkeypatch, tmp_path)


@pytest.mark.parametrize("name", ASKED)
def test_one_that_was_sealed_late_does_too(
    sealed_late: tuple[Path, str, str, Stage],
    seeded: Callable[[int], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
) -> None:
    """T-36: what the person read yesterday answers as what never was, at every door."""
    check_answers(sealed_late, [], name, seeded, capsys, monkeypatch, tmp_path)


def check_answers(
    sealed: tuple[Path, str, str, Stage],
    options: list[str],
    name: str,
    seeded: Callable[[int], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Ask of the sealed reference, and of one that never existed, in two copies of the ledger."""
    home, reference, record, stage = sealed
    person, moment = UNCLEARED, stage.clock() + timedelta(hours=1)
    monkeypatch.setattr(sessions, "now", lambda: moment)
    of_record = name in OF_RECORDS
    stranger = f"{random.Random(4).randbytes(16).hex()}:1" if of_record else new_reference()
    asked = record if of_record else reference
    answers = []
    for number, one in enumerate((asked, stranger)):
        world = tmp_path / str(number)
        shutil.copytree(home, world)
        seeded(7)
        code, out, err = ask(world, [*options, *ASKED[name](one)], person, capsys)
        answers.append((code, without_digests(out.replace(one, "REF")), err))
    assert answers[0] == answers[1]
    assert "Traceback" not in answers[0][2]
    assert asked not in answers[0][2]


def test_no_command_of_the_domain_tells_a_sealed_case_from_none(
    sealed: tuple[Path, str, str, Stage],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`do` with every command, with and without fields that fit, answers the same for both."""
    home, reference, record, stage = sealed
    moment = stage.clock() + timedelta(hours=1)
    monkeypatch.setattr(sessions, "now", lambda: moment)
    fields = json.dumps({"person": UNCLEARED, "of": "0" * 64, "gag": record})
    for command, kind in codec.COMMANDS.items():
        for given in ("{}", fields):
            words = ["do", reference, command, "--with", given]
            first = ask(home, words, UNCLEARED, capsys)
            words[1] = new_reference()
            assert ask(home, words, UNCLEARED, capsys) == first, command
            assert first[0] in (2, 3, 4), (command, issubclass(kind, Decision))


def test_lists_show_nothing_of_the_sealed_case(
    sealed: tuple[Path, str, str, Stage],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lists, deadlines and verification of the un-cleared do not name it; the cleared see it."""
    check_lists(sealed, capsys, monkeypatch)


def test_lists_show_nothing_of_a_case_that_was_sealed_late(
    sealed_late: tuple[Path, str, str, Stage],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """T-36: it is gone from every list at once."""
    check_lists(sealed_late, capsys, monkeypatch)


def check_lists(
    sealed: tuple[Path, str, str, Stage],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Look at every list as somebody who is not cleared, and at the cases as the director."""
    home, reference, record, stage = sealed
    moment = stage.clock() + timedelta(hours=1)
    monkeypatch.setattr(sessions, "now", lambda: moment)
    for words in (["case", "list"], ["deadlines"], ["person", "list"], ["log", "show"]):
        code, out, _ = ask(home, ["--json", *words], UNCLEARED, capsys)
        assert code == 0
        assert reference not in out
        assert record.partition(":")[0] not in out
    code, out, _ = ask(home, ["--json", "case", "list"], stage.founders[0], capsys)
    assert reference in out


def test_the_director_is_shown_who_could_read_it(
    sealed_late: tuple[Path, str, str, Stage],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sealed case names everybody who could read it while it stood open."""
    home, reference, _, stage = sealed_late
    monkeypatch.setattr(sessions, "now", lambda: stage.clock() + timedelta(hours=1))
    code, out, _ = ask(home, ["--json", "case", "show", reference], stage.founders[0], capsys)
    assert code == 0
    assert UNCLEARED in json.loads(out)["exposed"]
