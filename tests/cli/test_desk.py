"""The desk at the command line: telephones, codes for PCs, and the words that are in force."""

from __future__ import annotations

import json
import stat

from ledger.web.branches import branch_with, link, settings_of
from tests.cli.conftest import START, Line


def test_a_code_links_one_pc_once(line: Line) -> None:
    """The director makes a code; the PC that types it is known from then on, and no other."""
    made = line.good("desk", "link", "--branch", "naturita", by="mara")
    token = link(line.home, made["code"].lower(), START)
    assert token is not None
    assert link(line.home, made["code"], START) is None
    (linked,) = line.good("desk", "list", by="mara")["linked"]
    assert linked["branch"] == "naturita"
    stored = (line.home / "desk.json").read_text()
    assert token not in stored
    assert made["code"].replace("-", "") not in stored
    assert stat.S_IMODE((line.home / "desk.json").stat().st_mode) == 0o600
    assert line.good("desk", "cut", linked["pc"], by="mara") == {"cut": 1}
    assert branch_with(settings_of(line.home), token) is None
    assert line("desk", "cut", "naturita", by="mara").code == 2


def test_only_who_administers_links_and_looks(line: Line) -> None:
    """Staff make no code, cut nobody off, and are not shown private telephone numbers."""
    line.enrol("kim", "staff")
    line.good("desk", "phone", "mara", "303 555 0117", by="mara")
    for words in (
        ("link", "--branch", "naturita"),
        ("list",),
        ("cut", "naturita"),
        ("phone", "mara", "303 555 0666"),
        ("here", "naturita"),
    ):
        answer = line("desk", *words, by="kim")
        assert answer.code == 4
        assert "0117" not in answer.out + answer.err
    assert settings_of(line.home).telephones == {"mara": "303 555 0117"}


def test_a_number_is_a_number(line: Line) -> None:
    """What is no telephone number is refused, and what was there stays."""
    line.good("desk", "phone", "mara", "(303) 555-0117 x4", by="mara")
    assert line("desk", "phone", "mara", "call home", by="mara").code == 2
    assert line("desk", "phone", "nobody", "303 555 0117", by="mara").code == 2
    assert line.good("desk", "list", by="mara")["telephones"] == {"mara": "(303) 555-0117 x4"}
    line.good("desk", "phone", "mara", by="mara")
    assert line.good("desk", "list", by="mara")["telephones"] == {}


def test_this_machine_stands_at_a_branch(line: Line) -> None:
    """The branch of the machine itself is set, shown and taken away; a wrong name is refused."""
    assert line.good("desk", "here", "naturita", by="mara") == {"here": "naturita"}
    assert "naturita" in line("desk", "list", by="mara", as_json=False).out
    assert line("desk", "here", "Main Street", by="mara").code == 2
    assert line.good("desk", "here", by="mara") == {"here": None}


def test_the_words_in_force_are_shown_with_their_digests(line: Line) -> None:
    """Counsel sees what staff are told to say, in both languages, without signing in."""
    shown = line.good("desk", "words")
    assert shown["en"]["say"][1] == "Our policy sends you to the Library Director."
    assert {len(one["digest"]) for one in shown.values()} == {64}
    assert "desk.refer" in line("desk", "words", as_json=False).out


def test_settings_that_others_may_read_are_refused(line: Line) -> None:
    """A file with telephone numbers and digests of cookies is its owner's only."""
    line.good("desk", "phone", "mara", "303 555 0117", by="mara")
    (line.home / "desk.json").chmod(0o644)
    assert line("desk", "list", by="mara").code == 5
    (line.home / "desk.json").chmod(0o600)
    (line.home / "desk.json").write_text(json.dumps({"telephones": []}))
    assert line("desk", "list", by="mara").code == 5
