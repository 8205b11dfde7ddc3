"""The law through its door: shown, compared, and put in force."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from ledger.cli.lawtext import law_lines
from ledger.domain.law.pack import load_resolved, names, resolve
from ledger.domain.law.rules import rule_versions
from ledger.home import Home
from ledger.verify import verify
from tests.cli.conftest import Line

LCLD = (files("ledger.domain.law") / "packs" / "us-co" / "lcld.toml").read_text(encoding="utf-8")
LONGER = """

[[value]]
id = "preservation.initial_days"
sentence = "The library preserves records for 120 days."
value = 120
unit = "days"
measured_from = "receipt"
citation = "LCLD Patron Confidentiality Policy, as amended"
source = "local_policy"
confidence = "verified"
"""


def entries(text: str) -> list[str]:
    """Split what was shown into its entries."""
    return text.split("\n\n")


# --- Shown -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names())
def test_every_pack_prints_in_a_hundred_columns(line: Line, name: str) -> None:
    """Every row of every pack is there, with its citation and how sure we are."""
    shown = line("law", "show", name, as_json=False)
    assert shown.code == 0, shown.err
    assert max(map(len, shown.out.splitlines())) <= 100
    law = resolve(name, rule_versions())
    assert law.digest().hex() in shown.out
    flat = " ".join(shown.out.split())
    for rows in (law.values, law.all_bases, law.time_rules, law.all_deadlines, law.quotations):
        for row in rows:
            assert f" {row.id}: " in flat
            assert " ".join(row.citation.split()) in flat


@pytest.mark.parametrize("name", names())
def test_what_nobody_confirmed_is_marked_twice(line: Line, name: str) -> None:
    """A question mark in the margin and a word: on every unverified row and on no other."""
    law = resolve(name, rule_versions())
    kinds = (law.values, law.all_bases, law.time_rules, law.all_deadlines, law.quotations)
    unsure = sum(row.confidence == "unverified" for rows in kinds for row in rows)
    shown = entries(line("law", "show", name, as_json=False).out)
    heads = [one.splitlines()[:2] for one in shown if one]
    marked = [head for head in heads if head[0].startswith("? ")]
    assert len(marked) == unsure
    assert all("UNVERIFIED" in " ".join(head) for head in marked)
    assert sum("UNVERIFIED" in " ".join(head) for head in heads) == unsure


def test_the_quoted_law_stands_beside_the_law_of_today(line: Line) -> None:
    """Missouri's wording of 1994, left; what the section does since 2014, right; on one line."""
    shown = line("law", "show", "us-mo/jcl", as_json=False).out
    (entry,) = (one for one in entries(shown) if "quotation jcl-not-required" in one)
    rows = [row.partition(" | ") for row in entry.splitlines() if " | " in row]
    left, right = (" ".join(row[side].strip() for row in rows) for side in (0, 2))
    assert left.startswith("AS QUOTED, SUPERSEDED: 182.817. Disclosure of library records not")
    assert "Missouri Revised Statutes 1994" in " ".join(entry.split())
    assert right.startswith("AS IT STANDS: Since 28 August 2014 the section forbids release")


def test_colorados_two_penalties_are_both_shown_with_their_days(line: Line) -> None:
    """Without a day both wordings; on a day the one that held then."""
    both = line("law", "show", "us-co/pccld", as_json=False).out
    assert "In force until 2022-02-28." in both
    assert "In force from 2022-03-01." in both
    assert "AS QUOTED, SUPERSEDED" in both
    for day, offence in (("2022-02-28", "class 2 petty offense"), ("2022-03-01", "civil infrac")):
        shown = line("law", "show", "us-co", "--on", day, as_json=False).out
        held = re.findall(r"value penalty\.offence_class: (.*)", shown)
        assert [one.startswith(offence) for one in held] == [True]


def test_a_policy_beyond_the_statute_is_shown_as_such(line: Line) -> None:
    """Three bases of JCL, and the statute that lists none of them above them."""
    shown = line("law", "show", "us-mo/jcl", as_json=False).out
    beyond = [one for one in entries(shown) if "BEYOND THE STATUTE" in one]
    named = [found[1] for one in beyond if (found := re.search(r"basis ([a-z-]+):", one))]
    assert named == ["parent-request", "parent-consent", "exigent-waiver"]


def test_a_basis_without_a_paper_says_whose_will_it_wants(line: Line) -> None:
    """Four states ask for the user's will, in three ways; Colorado for none so."""
    for name, wanted in (
        ("us-ny", "mandatory; no paper asked for, but the user's own request, or a consent of"),
        ("us-oh", "permissive; no paper asked for, but the user's own request, or a consent of"),
        ("us-wi", "but the user's own request, or a written consent of the user"),
        ("us-tx", "no paper asked for, but the user's own request"),
    ):
        shown = " ".join(line("law", "show", name, as_json=False).out.split())
        assert shown.count("no paper asked for, but") == 1
        assert wanted in shown
    colorado = " ".join(line("law", "show", "us-co", as_json=False).out.split())
    assert "no paper asked for, but" not in colorado
    assert colorado.count("no paper asked for, on the custodian's word, which says why") == 1


def test_a_row_over_another_says_so_and_so_does_the_other(line: Line) -> None:
    """JCL preserves by its own policy; the statute stays visible beneath it."""
    shown = entries(line("law", "show", "us-mo/jcl", as_json=False).out)
    found = [one for one in shown if "value preservation.initial_days: 90 days" in one]
    assert "Lies over us: 90 days, from receipt (18 U.S.C. 2703(f)(2))." in found[0]
    assert "Laid over by us-mo/jcl." in found[1]


def test_a_deadline_on_an_unconfirmed_number_says_on_what_it_rests(line: Line) -> None:
    """The life of Colorado's warrant rests on fourteen days that nobody has confirmed."""
    shown = entries(line("law", "show", "us-co", as_json=False).out)
    window = next(one for one in shown if "deadline warrant-window: validity: 14 days" in one)
    assert "Rests on what nobody has confirmed: warrant.state_execution_days." in window


def test_a_program_reads_the_same_rows(line: Line) -> None:
    """Every row once, with its kind and whether it holds; the pinned digest beside them."""
    law = resolve("us-mo/jcl", rule_versions())
    data = line.good("law", "show", "us-mo/jcl")
    assert (data["pack"], data["law"], data["on"]) == ("us-mo/jcl", law.digest().hex(), None)
    days = [row for row in data["rows"] if row.get("id") == "preservation.initial_days"]
    assert [(row["layer"], row["holds"]) for row in days] == [("us-mo/jcl", True), ("us", False)]
    assert {row["row"] for row in data["rows"]} == {
        *("value", "basis", "time-rule", "deadline", "quotation"),
    }
    on = line.good("law", "show", "us-mo/jcl", "--on", "2014-08-27")
    assert "court-order" not in {row["id"] for row in on["rows"] if row["row"] == "basis"}


def test_what_is_no_law_is_refused_with_a_sentence(line: Line, tmp_path: Path) -> None:
    """An unknown name lists the known ones; a file that cannot be read or used says why."""
    broken = tmp_path / "broken.toml"
    broken.write_text("[identity]\nname = 4\n")
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    for name, saying in (
        ("us-fl", "There are: us, us-ca"),
        ("JCL", "There is no pack 'JCL'. Do you mean us-mo/jcl? There are: us, "),
        ("us-mo/JCL", "Do you mean us-mo/jcl? "),
        ("missouri", "Do you mean us-mo or us-mo/jcl? "),
        ("us-mz", "Do you mean us-mo or "),
        (str(tmp_path / "none.toml"), "cannot be read"),
        (str(broken), f"{broken} is no law that can be used. Expected `str`"),
        (str(wrong), "not a resolved law"),
        (str(tmp_path), "There is no pack"),
        ("", "There is no pack ''"),
    ):
        answer = line("law", "show", name, as_json=False)
        assert answer.code != 0
        assert saying in answer.err


def test_a_day_before_the_policy_says_that_it_did_not_hold(line: Line) -> None:
    """Missouri's policy is of 19 September 2006; the day before, it was not in force."""
    for day, told in (("2006-09-18", True), ("2006-09-19", False)):
        shown = line("law", "show", "us-mo/jcl", "--on", day, as_json=False).out
        assert (f"NOT IN FORCE ON {day}" in shown) is told


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show",), "law show wants PACK: see law show --help."),
        (("what-if", "3JZ9-J6GM-B"), "law what-if wants --pack: see law what-if --help."),
        (
            ("show", "us", "--on", "2026-06-31"),
            "2026-06-31 is no day of the calendar. Write --on 2026-06-19.",
        ),
        (("show", "us", "--onn", "2026-06-30"), "Unknown option: --onn. Did you mean --on?"),
        (("deadline", "us", "--with"), ""),
    ],
)
def test_words_that_are_no_command_get_a_sentence(
    line: Line, words: tuple[str, ...], sentence: str
) -> None:
    """A person reads it on the screen, a program in the object that it asked for."""
    answer = line("law", *words)
    assert answer.code == 2
    assert answer.data["error"] == answer.err.strip()
    assert answer.err.startswith(sentence)


def test_a_file_larger_than_any_law_is_not_read_to_its_end(line: Line, tmp_path: Path) -> None:
    """A file without an end, which a name can lead to, fills no memory."""
    endless = tmp_path / "endless.toml"
    endless.symlink_to("/dev/zero")
    answer = line("law", "show", str(endless), as_json=False)
    assert (answer.code, answer.err) == (2, f"{endless} is too large for a law.\n")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_of_another_encoding_shows_the_whole_law(encoding: str) -> None:
    """Signs that the terminal does not know are shown as codes; nothing breaks off."""
    shown = subprocess.run(
        [sys.executable, "-m", "ledger.cli", "law", "show", "us-co/jcpl"],
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
    )
    assert (shown.returncode, shown.stderr) == (0, b"")
    assert "Domain §".encode(encoding, "backslashreplace") in shown.stdout


# --- Compared ----------------------------------------------------------------------------------


def test_two_packs_are_compared_row_by_row(line: Line) -> None:
    """What the policy adds, and what it lays over the law, before and after."""
    shown = line("law", "diff", "us-mo", "us-mo/jcl", as_json=False)
    assert max(map(len, shown.out.splitlines())) <= 100
    assert "+ basis exigent-waiver" in shown.out
    found = next(one for one in entries(shown.out) if "* value decision.designee_may_act" in one)
    before, after = found.index("before: yes"), found.index("after:  no (PUB 06-04, III.3;")
    assert before < after
    data = line.good("law", "diff", "us-mo", "us-mo/jcl")
    assert {one["what"] for one in data["changes"]} == {"added", "changed"}
    assert data["before"]["law"] == resolve("us-mo", rule_versions()).digest().hex()
    back = line.good("law", "diff", "us-mo/jcl", "us-mo")
    assert len(back["changes"]) == len(data["changes"])


def test_a_resolved_law_is_compared_with_the_pack_that_it_was(line: Line, tmp_path: Path) -> None:
    """The law that the ledger keeps is the pack of this program, until one of them changes."""
    (kept,) = (line.home / "law").glob("*.json")
    same = line("law", "diff", str(kept), "us-co/lcld", as_json=False)
    assert same.out == "us-co/lcld and us-co/lcld say the same.\n"
    own = tmp_path / "own.toml"
    own.write_text(LCLD.replace("version = 1", "version = 2") + LONGER)
    data = line.good("law", "diff", str(kept), str(own))
    assert [(one["what"], one["kind"], one["id"]) for one in data["changes"]] == [
        ("changed", "layer", "us-co/lcld"),
        ("changed", "value", "preservation.initial_days"),
    ]


def test_layers_calendars_and_rules_have_their_words(line: Line) -> None:
    """A difference of states names calendars and layers by version and title."""
    shown = line("law", "diff", "us-co", "us-mo", as_json=False).out
    assert "- calendar us-co" in shown
    assert "+ layer us-mo" in shown
    assert "before: version 1: Colorado legal holidays" in shown


# --- Put in force ------------------------------------------------------------------------------


def hold(line: Line) -> tuple[str, str]:
    """Place a hold in a new open case; gives the case, and the last day of the duty to keep."""
    case = str(line.good("case", "new", by="mara")["reference"])
    line.do(case, "open", "mara")
    asked = line.do(
        case, "receive-preservation-request", "mara", level="federal", categories=["circulation"]
    )
    held = {"request": asked, "categories": ["circulation"], "places": ["library-system"]}
    line.do(case, "place-hold", "mara", **held)
    (kept,) = (row for row in due(line) if row["reference"] == case)
    return case, str(kept["nominal_on"])


def due(line: Line) -> list[Any]:
    """List the holds to be kept."""
    rows = line.good("deadlines", by="mara")["deadlines"]
    return [row for row in rows if row["rule"] == "preservation"]


def test_a_decision_under_version_one_stands_after_version_two(line: Line, tmp_path: Path) -> None:
    """The old hold keeps its ninety days and its law; the new one gets 120; both verify."""
    first, first_day = hold(line)
    before = line.good("case", "history", first, by="mara")
    own = tmp_path / "own.toml"
    own.write_text(LCLD.replace("version = 1", "version = 2") + LONGER)
    line.later(days=1)
    words = ("law", "activate", str(own), "--reviewed-by", "tom", "--reviewed-on")
    future = line(*words, "2026-06-21", by="mara")
    assert future.code != 0
    assert "day of its review" in future.err
    done = line.good(*words, "2026-06-20", by="mara")
    assert done["pack"] == "us-co/lcld 2"
    assert done["difference"] == [
        "changed layer us-co/lcld",
        "changed value preservation.initial_days",
    ]
    again = line(*words, "2026-06-20", by="mara")
    assert "in force already" in again.err

    second, second_day = hold(line)
    assert line.good("case", "history", first, by="mara") == before
    days = {row["reference"]: row["nominal_on"] for row in due(line)}
    assert days == {first: first_day, second: second_day}
    assert (first_day, second_day) == ("2026-09-17", "2026-10-18")
    check_laws(line, done["before"], done["law"])
    line.later(days=2)
    line.good("tick")
    assert line("verify", by="mara").code == 0


def check_laws(line: Line, before: str, after: str) -> None:
    """Both laws are kept by their digests, and each reads as what it was."""
    home = Home(line.home)
    days = [
        home.law(bytes.fromhex(digest)).value("preservation.initial_days").number
        for digest in (before, after)
    ]
    home.close()
    assert days == [90, 120]
    kept = {path.stem: load_resolved(path.read_bytes()) for path in (line.home / "law").iterdir()}
    assert {before, after} == set(kept)
    assert all(law.digest().hex() == name for name, law in kept.items())


def test_evidence_of_both_laws_is_checked_by_a_stranger(line: Line, tmp_path: Path) -> None:
    """An exported ledger holds both law files, and its verifier asks nothing of this program."""
    hold(line)
    line.later(days=1)
    words = ("--reviewed-by", "tom", "--reviewed-on", "2026-06-20")
    line.good("law", "activate", "us-co/jcpl", *words, by="mara")
    hold(line)
    line.later(days=2)
    line.good("tick")
    target = tmp_path / "pack"
    line.good("export", "ledger", str(target), by="mara")
    assert len(list((target / "law").iterdir())) == 2
    assert verify(target, (line.home / "trust.json").read_bytes()).exit_code == 0


def test_a_law_of_another_zone_is_not_activated(line: Line) -> None:
    """Missouri's midnight is not Colorado's: where days are counted, the founding said."""
    words = ("--reviewed-by", "tom", "--reviewed-on", "2026-06-19")
    answer = line("law", "activate", "us-mo/jcl", *words, by="mara", as_json=False)
    assert answer.code == 2
    assert "counts its days in America/Denver, as its founding says" in answer.err


def test_a_law_that_is_not_kept_cannot_be_activated(line: Line) -> None:
    """Without its file nothing more could be decided; the ledger goes on under the old law."""
    fields = {"law": "ab" * 32, "pack": "nowhere 1", "reviewed_by": "tom"}
    answer = line("do", "office", "activate-pack", "--with", json.dumps(fields), by="mara")
    assert answer.code != 0
    assert "does not keep that law" in answer.err
    hold(line)


def test_counsel_reviews_and_does_not_activate(line: Line) -> None:
    """The directorate activates; nothing is in force by a lawyer's word alone."""
    words = ("--reviewed-by", "tom", "--reviewed-on", "2026-06-19")
    refused = line("law", "activate", "us-co/jcpl", *words, by="tom")
    assert refused.code != 0
    assert "director or the custodian" in refused.err
    assert line.good("law", "show", "us-co")["pack"] == "us-co"


def test_who_has_no_key_here_leaves_nothing_behind(line: Line) -> None:
    """Not even the file of the law that somebody wanted to activate."""
    before = sorted((line.home / "law").iterdir())
    words = ("--reviewed-by", "tom", "--reviewed-on", "2026-06-19")
    nobody = line("law", "activate", "us-co/jcpl", *words, by="nobody")
    assert (nobody.code, nobody.err) == (2, "There is no keyring of nobody on this machine.\n")
    assert sorted((line.home / "law").iterdir()) == before


def test_a_law_is_written_as_on_its_day() -> None:
    """A day before Missouri's rewriting shows neither its bases nor the days of them."""
    law = resolve("us-mo")
    text = "\n".join(law_lines(law, None))
    assert "In force from 2014-08-28." in text
    assert "with the days in force where they are known" in text
