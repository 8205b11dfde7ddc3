"""The main job through its real door, the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Line

PHRASE = "seven blue lanterns"


def enrol(line: Line, descriptor: Callable[[str], str], name: str, role: str) -> None:
    """Enrol a person as the director, with counsel's assent."""
    words = ("person", "add", name, "--role", role, "--new-passphrase-fd", descriptor(PHRASE))
    line.good(*words, by="mara")
    line.good("person", "assent", by="tom")


def test_a_visit_becomes_a_disclosure_that_a_stranger_can_check(
    line: Line, descriptor: Callable[[str], str], tmp_path: Path
) -> None:
    """A visit is logged, opened, reviewed, approved, disclosed, published, and verifies offline."""
    facts = [
        {
            "record-encounter": {
                "mode": "in-person",
                "agency_level": "county",
                "officers": "Badge 7",
            }
        },
        {"receive-request": {"requester": "law-enforcement", "categories": ["circulation"]}},
        {"receive-instrument": {"kind": "subpoena", "issuer": "clerk"}},
    ]
    visit = line.good("case", "new", "--with", json.dumps({"facts": facts}), by="mara")
    reference, records = visit["reference"], visit["records"]
    assert next(one["type"] for one in records) == "intake-saved.v1"
    line.do(reference, "open", "mara")
    asked = line.do(reference, "request-counsel-review", "mara", counsel="tom")
    line.do(reference, "complete-counsel-review", "tom", request=asked, outcome="narrow")
    request, paper = records[2]["ref"], records[3]["ref"]
    line.do(reference, "verify-requester", "mara", request=request, method="badge")
    approval = line.do(
        reference,
        "approve",
        "mara",
        request=request,
        basis="subpoena",
        instrument=paper,
        categories=["circulation"],
    )
    line.do(
        reference,
        "disclose",
        "mara",
        approval=approval,
        categories=["circulation"],
        records=3,
        method="paper",
        recipient="County attorney",
    )
    line.do(reference, "close", "mara", outcome="partly-disclosed")
    line.later(days=4)
    assert line.good("tick")["published"] == [1, 2, 3, 4]
    shown = line.good("case", "show", reference, by="mara")
    assert shown["case"]["state"] == "closed"
    listed = line.good("case", "list", by="mara")["cases"]
    assert [one["reference"] for one in listed] == [reference]
    report = line("verify", "--keep", str(tmp_path / "pack"), "--reveal", by="mara")
    assert (report.code, report.data["findings"]) == (0, [])
    assert report.data["shown"]["records"] == 3 + 4 + 1 + 1 + 6


def test_staff_enrolled_with_assent_can_work_and_without_it_cannot(
    line: Line, descriptor: Callable[[str], str]
) -> None:
    """A person's key counts only once a second person has assented to it."""
    words = ("person", "add", "kim", "--role", "staff", "--new-passphrase-fd", descriptor(PHRASE))
    line.good(*words, by="mara")
    early = line("--passphrase-fd", descriptor(PHRASE), "case", "new", by="kim")
    assert early.code == 4
    assert "not enrolled" in early.err
    line.good("person", "assent", by="tom")
    late = line("--passphrase-fd", descriptor(PHRASE), "case", "new", by="kim")
    assert late.code == 0
    assert line.good("person", "list")["people"]["kim"] == ["staff"]


def test_a_refusal_lists_every_provision_with_its_source(line: Line) -> None:
    """Approving on an unlisted basis, without a request, is refused with all that bars it."""
    reference = line.good("case", "new", by="mara")["reference"]
    line.do(reference, "open", "mara")
    nowhere = f"{'0' * 31}1:1"
    fields = {"request": nowhere, "basis": "curiosity", "categories": ["circulation"]}
    refused = line("do", reference, "approve", "--with", json.dumps(fields), by="mara")
    assert refused.code == 4
    assert [one["citation"] for one in refused.data["provisions"]] == [
        "Disclosure ledger, domain §5.4.1 no. 17 and 18",
        "C.R.S. 24-90-119(1)",
    ]
    assert "(statute, verified)" in refused.err


def test_a_repeated_command_records_nothing_twice(line: Line) -> None:
    """The same command id gives the same answer; with other contents it is refused."""
    reference = line.good("case", "new", by="mara")["reference"]
    line.do(reference, "open", "mara")
    fields = json.dumps({"mode": "telephone", "agency_level": "state"})
    words = ("do", reference, "record-encounter", "--with", fields, "--command-id", "ab" * 16)
    first, second = line.good(*words, by="mara"), line.good(*words, by="mara")
    assert first["records"] == second["records"]
    assert len(line.good("case", "history", reference, by="mara")["history"]) == 4
    other = line(*words[:3], "--command-id", "ab" * 16, by="mara")
    assert other.code == 2


def test_what_a_person_types_wrongly_is_answered_with_a_sentence(line: Line) -> None:
    """Unknown commands, wrong fields, bad JSON, naive times: a sentence, no traceback, nothing
    kept.
    """
    reference = line.good("case", "new", by="mara")["reference"]
    line.do(reference, "open", "mara")
    for words, code in (
        (("do", reference, "frobnicate"), 2),
        (("do", reference, "place-hold", "--with", '{"request": 1}'), 2),
        (("do", reference, "place-hold", "--with", "[1]"), 2),
        (("do", reference, "place-hold", "--with", "@/nowhere"), 2),
        (("do", reference, "close", "--occurred-at", "2026-06-19T21:30:00"), 2),
        (("do", reference, "close", "--command-id", "xyz"), 2),
        (("do", "not-a-reference", "close", "--with", '{"outcome": "executed"}'), 3),
        (("case", "show", "0000-0000-0"), 3),
        (("commands", "frobnicate"), 2),
        (("log", "receipt", "frobnicate"), 2),
    ):
        answer = line(*words, by="mara")
        assert (answer.code, "Traceback" in answer.err) == (code, False), (words, answer)
        assert answer.err.strip()
    assert line("case", "list").code == 2
    assert line("case", "list", by="nobody").code == 2


def test_what_somebody_wrote_steers_no_terminal(line: Line) -> None:
    """Marks that a terminal obeys, or that nobody sees, are written out where words are shown; the
    object for programs spells them by their numbers.
    """
    line.enrol("kim", "staff")
    said = "asked\x1b]0;owned\x07 \x9b2J\u202egnihton"
    words = json.dumps({"words": said})
    reference = line.good("case", "new", "--with", words, by="kim")["reference"]
    told = line("case", "history", reference, by="mara", as_json=False).out
    assert "asked‹U+001B›]0;owned‹U+0007› ‹U+009B›2J‹U+202E›gnihton" in told
    assert told.replace("\n", "").isprintable()
    answered = line("case", "history", reference, by="mara")
    assert answered.out.removesuffix("\n").isprintable()
    assert repr(said)[1:-1] in str(answered.data)


def test_every_command_of_the_domain_can_be_looked_up(line: Line) -> None:
    """Each command has a summary and a schema that marks its personal fields."""
    known = line.good("commands")["commands"]
    assert len(known) > 35
    for name in known:
        schema = line.good("commands", name)
        assert schema["additionalProperties"] is False
        assert "type" not in schema["properties"]
    assert line.good("commands", "record-encounter")["properties"]["words"]["x-personal"] is True


def test_a_revoked_key_signs_nothing_more(line: Line) -> None:
    """After `key revoke` the person's acts are refused; keys and log can be listed."""
    assert line("key", "revoke", "tom", by="mara").code == 0
    assert line("case", "new", by="tom").code == 4
    assert [one["revoked"] for one in line.good("key", "list")["keys"]] == [False, True]
    assert line.good("log", "show")["next_tick"] == 1


def test_a_receipt_can_be_printed_again(line: Line) -> None:
    """`log receipt` prints the signed promise of a record."""
    visit = line.good("case", "new", by="mara")
    ref = visit["records"][0]["ref"]
    assert line.good("log", "receipt", ref, by="mara")["receipt"] == visit["records"][0]["receipt"]


def test_the_second_person_sees_whom_they_assent_to_and_may_choose(
    line: Line, descriptor: Callable[[str], str]
) -> None:
    """Somebody who was slipped in beside a colleague is listed, and is not let in with them."""
    for name in ("kim", "eve"):
        words = ("person", "add", name, "--role", "staff", "--new-passphrase-fd")
        line.good(*words, descriptor(PHRASE), by="mara")
    waiting = line.good("person", "list")["waiting"]
    assert {(one["person"], one["by"]) for one in waiting} == {("kim", "mara"), ("eve", "mara")}
    line.good("person", "assent", "kim", by="tom")
    told = line.good("person", "list")
    assert told["people"]["kim"] == ["staff"]
    assert "eve" not in told["people"]
    assert {one["person"] for one in told["waiting"]} == {"eve"}
