"""The door of the law: what a deadline comes to, without a ledger and without a key."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.cli.app import run
from ledger.domain.law.pack import names, resolve
from ledger.domain.law.rules import rule_versions
from ledger.outcomes import GOOD, NOT_NOW, USAGE

Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Ask the door; gives exit code, answer and complaint."""

    def asked(*words: str) -> tuple[int, str, str]:
        code = run(["law", "deadline", *words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return asked


def data(ask: Ask, *words: str) -> dict[str, Any]:
    """Ask for JSON, expecting success."""
    code, out, err = ask(*words, "--json")
    assert (code, err) == (0, "")
    answer: dict[str, Any] = json.loads(out)
    return answer


def test_one_object_says_everything(ask: Ask) -> None:
    """V2 in Missouri's Jefferson County: the policy's 180 days, with what moved them."""
    answer = data(ask, "us-mo/jcl", "preservation-total", "--from", "2026-01-05T23:50:00-06:00")
    assert answer == {
        "pack": "us-mo/jcl",
        "law": resolve("us-mo/jcl", rule_versions()).digest().hex(),
        "rule": "preservation-total",
        "rule_version": "us-mo/jcl@1",
        "sentence": resolve("us-mo/jcl").deadline("preservation-total").sentence,
        "note": None,
        "kind": "keep",
        "measured_from": "receipt",
        "ends": "through",
        "direction": "forward",
        "unit": "days",
        "values": [
            {
                "id": "preservation.total_days",
                "value": 180,
                "unit": "days",
                "citation": "PUB 06-04, III.3, fourth procedure",
                "confidence": "verified",
            }
        ],
        "cites": [
            "PUB 06-04, III.3, fourth procedure",
            resolve("us").time_rule("us-preservation").citation,
        ],
        "source_type": "local_policy",
        "confidence": "unverified",
        "from": "2026-01-05T23:50:00-06:00",
        "from_on": "2026-01-05",
        "zone": "-06:00",
        "with": {},
        "nominal": "2026-07-04",
        "rolled": "2026-07-06",
        "effective": "2026-07-06",
        "why": [
            "2026-07-04 is a Saturday.",
            "2026-07-05 is a Sunday.",
            "A duty to keep lasts to the end of the later date.",
        ],
    }


def test_people_are_told_in_lines(ask: Ask) -> None:
    """V11: the date to go by stands first, then the sentence, the count, the sources."""
    code, out, _ = ask(
        *("us", "subpoena-objection", "--from", "2026-11-12", "--with", "compliance=2026-11-20")
    )
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "2026-11-19  subpoena-objection (act), us"
    assert "  Counted: 14 days from service." in lines
    assert "  Nominal 2026-11-20, rolled 2026-11-20." in lines
    assert "  Fed. R. Civ. P. 45(d)(2)(B)" in lines
    assert "  Source: rule. Confidence: verified." in lines
    assert lines[-1].startswith("  The days roll;")


def test_a_fixed_date_counts_nothing(ask: Ask) -> None:
    """A dated gag has no period to speak of, and says which date limits."""
    _, out, _ = ask("us", "gag-face-date", "--from", "2026-06-01", "--with", "face=2026-09-07")
    assert out.startswith("2026-09-07  gag-face-date (validity), us\n")
    assert "Counted" not in out


@pytest.mark.parametrize(
    ("start", "zone", "day", "named"),
    [
        ("2026-08-14T23:50:00-06:00", None, "2026-08-14", "-06:00"),
        ("2026-08-14T23:50:00-06:00", "America/Denver", "2026-08-14", "America/Denver"),
        ("2026-08-14T23:50:00-06:00", "America/New_York", "2026-08-15", "America/New_York"),
        ("2026-08-15T05:50:00Z", None, "2026-08-15", "UTC"),
        ("2026-08-15T05:50:00Z", "America/Denver", "2026-08-14", "America/Denver"),
        ("2026-08-14", None, "2026-08-14", "local"),
        ("2026-08-14", "America/Denver", "2026-08-14", "America/Denver"),
    ],
)
def test_the_day_is_that_of_the_zone(
    ask: Ask, start: str, zone: str | None, day: str, named: str
) -> None:
    """As it is written, or in the zone that is given; ten to midnight is tomorrow farther east."""
    given = [] if zone is None else ["--zone", zone]
    answer = data(ask, "us", "preservation", "--from", start, *given)
    assert (answer["from"], answer["from_on"], answer["zone"]) == (start, day, named)
    assert answer["nominal"] == ("2026-11-12" if day == "2026-08-14" else "2026-11-13")


def test_every_rule_of_every_pack_is_answered(ask: Ask) -> None:
    """No row that ships fails at the door, whatever dates it takes."""
    for name in names():
        for rule in resolve(name).deadlines_on(None):
            given = [word for one in rule.earlier_of for word in ("--with", f"{one}=2026-08-03")]
            answer = data(ask, name, rule.id, "--from", "2026-06-19T21:30:00-06:00", *given)
            assert answer["nominal"] <= answer["rolled"] or rule.direction == "backward"
            assert (answer["source_type"], answer["kind"]) == (rule.source, rule.kind)


def test_a_pack_alone_lists_its_deadlines(ask: Ask) -> None:
    """Whoever does not know how a rule is called finds it, with its sentence."""
    listed = data(ask, "us-mo/jcl")["deadlines"]
    (kept,) = (one for one in listed if one["rule"] == "preservation")
    assert (kept["measured_from"], kept["sentence"][:22]) == ("receipt", "The library preserves ")
    assert "exigent-papers, from waiver" in ask("us-mo/jcl")[1]


def test_a_time_on_the_wall_needs_a_zone_only(ask: Ask) -> None:
    """Nine at night in Denver is the same moment with its offset."""
    words = ("us", "preservation", "--zone", "America/Denver", "--from")
    wall = data(ask, *words, "2026-06-19T21:30:00")
    offset = data(ask, *words, "2026-06-19T21:30:00-06:00")
    assert wall.pop("from") != offset.pop("from")
    assert wall == offset


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(
            ("xx", "preservation", "--from", "2026-01-05"),
            "There are: us, us-c",
            id="pack",
        ),
        pytest.param(
            ("us-co", "ag-complaint", "--from", "2026-01-05"),
            "On 2026-01-05 us-co has no deadline ag-complaint.",
            id="rule of another state",
        ),
        pytest.param(
            ("us-mo/jcl", "preservatoin", "--from", "2026-01-05"),
            "has no deadline preservatoin. Do you mean preservation? It has: backup-copy, ",
            id="misspelt",
        ),
        pytest.param(
            ("us", "preservation"), "Say from when it runs, with --from. Write it as", id="no start"
        ),
        *(
            pytest.param(
                ("us", "preservation", "--from", f"2026-{at}", "--zone", "America/Denver"),
                "Clocks in America/Denver changed at 2026-",
                id=which,
            )
            for at, which in (("03-08T02:30", "skipped"), ("11-01T01:30", "twice"))
        ),
        pytest.param(
            ("us-mo", "ag-complaint", "--from", "2014-08-27"),
            "On 2014-08-27 us-mo has no deadline ag-complaint.",
            id="before it was law",
        ),
        *(
            pytest.param(
                ("us", "preservation", "--from", start),
                f"{start} is no day and no instant. Write",
                id=start,
            )
            for start in (
                "yesterday",
                "2026-02-30",
                "2026-02-29T10:00:00Z",
                "2026-06-19T24:01:00Z",
                "2026-06-19T10:00:00+25:00",
                "20260619",
                "2026-06-19 10:00:00Z",
            )
        ),
        pytest.param(
            ("us", "preservation", "--from", "2026-06-19T21:30:00"),
            "2026-06-19T21:30:00 has no zone, so nobody knows its day.",
            id="naive",
        ),
        pytest.param(
            ("us", "preservation", "--from", "2026-06-19", "--zone", ""),
            "There is no zone . There are, for example: America/New_York",
            id="zone, empty",
        ),
        pytest.param(
            ("us", "preservation", "--from", "2026-06-19", "--zone", "America/Denvr"),
            "There is no zone America/Denvr. There are, for example: America/Denver,",
            id="zone, nearly",
        ),
        pytest.param(
            ("us", "preservation", "--from", "2026-06-19T21:30:00Z", "--zone", "../../etc/passwd"),
            "There are, for example: America/New_York, America/Chicago,",
            id="no zone at all",
        ),
        pytest.param(
            ("us", "preservation", "--from", "0001-01-01T00:00:00+14:00", "--zone", "Etc/GMT+12"),
            "lies outside the calendar of Etc/GMT+12.",
            id="before the calendar",
        ),
        pytest.param(
            ("us", "preservation", "--from", "9999-12-01"),
            "after the last year of the calendar, 9999.",
            id="after the calendar",
        ),
        pytest.param(
            ("us", "preservation", "--from", "2026-06-19", "--with", "compliance=2026-07-01"),
            "It takes no date but the one from which it runs.",
            id="with, where none is taken",
        ),
        pytest.param(
            ("us", "subpoena-objection", "--from", "2026-06-19", "--with", "face=2026-07-01"),
            "takes no date of face. subpoena-objection takes: compliance=DATE.",
            id="with another name",
        ),
        pytest.param(
            ("us", "subpoena-objection", "--from", "2026-06-19", "--with", "compliance=soon"),
            "compliance=soon names no date. Write compliance=2026-11-20.",
            id="with no date",
        ),
        pytest.param(
            (
                *("us", "time-of-compliance", "--from", "2026-06-19"),
                *("--with", "compliance=2026-07-01", "--with", "compliance=2026-07-02"),
            ),
            "The date of compliance is given twice.",
            id="with, twice",
        ),
        pytest.param(
            ("us", "review-of-sealing", "--from", "2026-06-19"),
            "review-of-sealing takes: review=DATE, until=DATE. Give one with --with.",
            id="without what it needs",
        ),
    ],
)
def test_what_cannot_be_reckoned_gets_a_sentence(
    ask: Ask, words: tuple[str, ...], sentence: str
) -> None:
    """A wrong request is told what there is, and ends with exit 2 and no answer."""
    code, out, err = ask(*words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err


@pytest.mark.parametrize("words", [("law", "show", "us"), ("--json", "law", "show", "us")])
def test_an_answer_that_cannot_be_written_is_told(words: tuple[str, ...]) -> None:
    """Where the disk is full there is a sentence, an exit code, and no traceback."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ledger.cli", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )
    assert done.returncode == NOT_NOW
    assert done.stderr == b"The answer cannot be written: No space left on device.\n"


def test_nobody_need_read_to_the_end() -> None:
    """`law show us | head -1` ends in silence."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "ledger.cli", "law", "show", "us"],
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (GOOD, b"")


def test_a_limit_without_its_date_is_asked_for(ask: Ask) -> None:
    """`--with` alone limits nothing, and says so instead of counting on."""
    words = ("us", "subpoena-objection", "--from", "2026-01-05", "--with")
    code, out, err = ask(*words)
    assert (code, out) == (USAGE, "")
    assert "--with" in err
