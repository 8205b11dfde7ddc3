"""Was my record disclosed? The same words for everybody, whatever is sealed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Line

TEXT = "The library tells nobody whether records were asked for, and gives notice where it may."
MATTER = {"ground": "gag", "citation": "18 U.S.C. 2709(c)", "review_on": "2026-12-14"}
OWN = {"reference", "records"}
"""What a receipt says of its own record."""


def asked(line: Line, by: str, *words: str) -> dict[str, object]:
    """Answer somebody; gives all but what names the new record."""
    found = line.good("answer-query", *words, by=by)
    assert [one["type"] for one in found["records"]] == [
        "intake-saved.v1",
        "prior-disclosure-query-answered.v1",
    ]
    return {name: value for name, value in found.items() if name not in OWN}


def test_every_asker_hears_counsels_text_in_its_newest_version(line: Line) -> None:
    """First the law's words stand in and say so; then counsel's do, for each asker alike."""
    line.enrol("kim", "staff")
    before = line("answer-query", by="kim")
    assert "law pack's: unverified" in before.err
    assert before.data["version"] is None
    line.do("office", "set-standard-answer", "tom", version=1, wording=TEXT)
    for by, words in (("kim", ()), ("kim", ("attorney", "--mode", "mail")), ("mara", ())):
        assert asked(line, by, *words) == {"office_changed": False, "version": 1, "wording": TEXT}
    assert TEXT in line("answer-query", by="kim", as_json=False).out
    newer = TEXT.replace("tells nobody", "says to nobody")
    line.do("office", "set-standard-answer", "tom", version=2, wording=newer)
    assert asked(line, "kim")["wording"] == newer


def test_only_counsel_sets_the_text(line: Line) -> None:
    """The director is refused, with the reason."""
    words = ("do", "office", "set-standard-answer", "--with", '{"version": 1, "wording": "No."}')
    refused = line(*words, by="mara")
    assert (refused.code, "Only counsel sets" in refused.err) == (4, True)


def test_the_answer_asks_nothing_of_the_vault(line: Line) -> None:
    """With a sealed matter about the asker, with none, and with a vault that is destroyed, the desk
    says and saves the same.
    """
    line.enrol("kim", "staff")
    line.do("office", "set-standard-answer", "tom", version=1, wording=TEXT)
    query = line.home / "query.json"
    query.write_text(json.dumps({"query": "Did the FBI ask for my records? P. Quill"}))
    none = asked(line, "kim", "--with", f"@{query}")
    reference = line.good("case", "new", by="kim")["reference"]
    line.do(reference, "keep-sealed", "mara", **MATTER)
    line.do(reference, "record-gag", "mara", source="national-security-letter")
    one = asked(line, "kim", "--with", f"@{query}")
    for name in ("vault.db", "vault.db-wal", "vault.db-shm"):
        Path(line.home / name).unlink(missing_ok=True)
    (line.home / "vault.db").write_bytes(b"no database at all")
    assert none == one == asked(line, "kim", "--with", f"@{query}")


def test_the_desk_says_nothing_of_versions_and_matters(line: Line) -> None:
    """What ties an answer to a matter is no field at the desk."""
    for fields in ({"version": 2}, {"given_as": f"{'0' * 32}:1"}):
        refused = line("answer-query", "--with", json.dumps(fields), by="mara")
        assert (refused.code, "knows which words" in refused.err) == (2, True)


def test_a_tie_to_what_is_sealed_does_not_stand_in_an_open_case(line: Line) -> None:
    """It is answered as a tie to what never was; one to an open record, and one in the sealed
    matter, stand.
    """
    line.enrol("kim", "staff")
    sealed, plain = (line.good("case", "new", by="kim")["reference"] for _ in range(2))
    hidden = line.do(sealed, "keep-sealed", "mara", **MATTER)
    shown = line.do(plain, "open", "mara")
    query = {"asker": "patron", "mode": "mail"}
    answers = []
    for record in (hidden, f"{'0' * 32}:1"):
        fields = json.dumps({**query, "given_as": record})
        answer = line("do", plain, "answer-disclosure-query", "--with", fields, by="mara")
        answers.append((answer.code, answer.out, answer.err))
    assert answers[0] == answers[1]
    assert answers[0][0] == 3
    line.do(plain, "answer-disclosure-query", "mara", **query, given_as=shown)
    line.do(sealed, "answer-disclosure-query", "mara", **query, given_as=shown)
