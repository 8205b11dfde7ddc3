"""Feeds at the command line: who may read which, and in what form."""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from pathlib import Path

import pytest

from keys.feeds import FeedKeys
from keys.webhooks import load_secret, new_secret, signature
from ledger.home import Home
from tests.cli.conftest import Line
from tests.projections.feeds.receiver import receiving

CONTACT = {"person": "tom", "channel": "telephone", "outcome": "no-answer"}


@pytest.fixture
def case(line: Line) -> tuple[Line, str]:
    """An open case with a call; Abe is auditor."""
    line.enrol("kim", "staff")
    line.enrol("abe", "auditor")
    reference = line.good("case", "new", by="kim")["reference"]
    line.do(reference, "open", "mara")
    line.do(reference, "attempt-contact", "kim", **CONTACT)
    return line, reference


def test_staff_read_cases_page_by_page(case: tuple[Line, str]) -> None:
    """Two entries and a cursor, then the rest, then nothing more. A cursor may begin with a hyphen,
    as one of 64 does.
    """
    line, reference = case
    first = line.good("feed", "read", "cases", "--limit", "2", by="kim")
    rest = line.good("feed", "read", "cases", "--after", first["next"], by="kim")
    assert [one["position"] for one in (*first["entries"], *rest["entries"])] == [1, 2, 3, 4]
    assert rest["entries"][-1]["body"]["reference"] == reference
    end = line.good("feed", "read", "cases", "--after", rest["next"], by="kim")
    assert (end["entries"], end["chain"]) == ([], rest["chain"])
    (cases, _) = line.good("feed", "list", by="kim")["feeds"]
    assert cases == {"feed": "cases", "position": 4, "chain": rest["chain"]}
    with closing(Home(line.home)) as home:
        keys = FeedKeys(home.master, home.origin)
    cursor = next(c for c in iter(lambda: keys.cursor("cases", 3), "") if c.startswith("-"))
    assert len(line.good("feed", "read", "cases", "--after", cursor, by="kim")["entries"]) == 1
    sent = line.good("feed", "read", "cases", "--cloudevents", by="kim")["batch"]
    assert [one["id"][-2:] for one in sent] == ["/1", "/2", "/3", "/4"]


def test_who_does_not_read_cases_reads_the_office_alone(case: tuple[Line, str]) -> None:
    """An auditor may know who holds which role, and not what the cases are."""
    line, reference = case
    told = line.good("feed", "read", "office", by="abe")
    assert told["entries"][0]["body"]["type"] == "ledger-founded.v1"
    assert reference not in json.dumps(told)
    for words in (("read", "cases"), ("calendar",), ("table", "cases", "--csv"), ("list",)):
        answer = line("feed", *words, by="abe")
        assert (answer.code, "Your role does not read cases." in answer.err) == (4, True)
    assert line("feed", "read", "office").code == 2


def test_calendar_and_tables_are_printed_as_they_are(case: tuple[Line, str]) -> None:
    """Another program reads them from the pipe."""
    line, reference = case
    assert line("feed", "calendar", by="kim").out.startswith("BEGIN:VCALENDAR\r\n")
    (row,) = csv.DictReader(io.StringIO(line("feed", "table", "cases", "--csv", by="kim").out))
    assert row["reference"] == reference
    told = line("feed", "table", "cases", "--jsonl", by="kim").out
    assert json.loads(told)["reference"] == reference
    for words in (("cases",), ("cases", "--csv", "--jsonl")):
        assert "--csv or --jsonl" in line("feed", "table", *words, by="kim").err


def test_a_feed_is_checked_against_the_records(case: tuple[Line, str]) -> None:
    """As it is, and after somebody with the file wrote another name into an entry."""
    line, _ = case
    assert line.good("feed", "verify", "cases", by="kim") == {"feed": "cases", "entries": 4}
    home = Home(line.home)
    with home.open.database.writing() as cursor:
        cursor.execute("DROP TRIGGER feed_entries_UPDATE")
        cursor.execute(
            "UPDATE feed_entries SET body = CAST(replace(CAST(body AS TEXT), 'kim', 'pat') AS BLOB)"
            " WHERE position = 4"
        )
    home.close()
    answer = line("feed", "verify", "cases", by="kim")
    assert (answer.code, "entry 4, body" in answer.err) == (1, True)


# ---- webhooks ----


def test_a_webhook_hears_at_each_tick_of_the_timer(case: tuple[Line, str], tmp_path: Path) -> None:
    """Mara adds it with a drawn secret; the timer's tick sends, and in between nobody does."""
    line, reference = case
    secret = tmp_path / "secret"
    with receiving() as receiver:
        words = ("webhook", "add", "calendar", receiver.url, "--secret-to", str(secret))
        line.good(*words, by="mara")
        assert secret.stat().st_mode & 0o777 == 0o600
        line.later(days=1)
        assert line.good("webhook", "send") == {"complete": 0}
        assert receiver.came == []
        line.good("tick")
        line.good("tick")
        ((headers, body),) = receiver.came
        assert json.loads(body)["entries"][-1]["body"]["reference"] == reference
        given = (headers["webhook-id"], int(headers["webhook-timestamp"]), body)
        made = signature(load_secret(secret.read_text().strip()), *given)
        assert headers["webhook-signature"] == made
        line.later(days=1)
        receiver.answers = [500]
        line.good("tick")
        (row,) = line.good("webhook", "status", by="mara")["webhooks"]
        assert (row["position"], row["behind"], row["dead"]) == (4, 0, [])
        told = line("webhook", "status", by="mara", as_json=False).out
        assert "calendar  cases to 127.0.0.1:" in told
        assert line.good("webhook", "redeliver", "calendar", by="mara") == {"letters": 0}
        line.good("webhook", "remove", "calendar", by="mara")
        line.later(days=1)
        line.good("tick")
        assert len(receiver.came) == 2


def test_only_who_directs_says_who_is_sent_what(
    case: tuple[Line, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Staff and auditors are refused; a secret comes from a private file or goes into a new one."""
    line, _ = case
    secret = tmp_path / "secret"
    secret.write_text(f"{new_secret()}\n")
    add = ("webhook", "add", "x", "https://receiver.example/")
    for by in ("kim", "abe"):
        assert line(*add, "--secret-to", str(tmp_path / "new"), by=by).code == 4
        assert line("webhook", "status", by=by).code == 4
    secret.chmod(0o644)
    wrong = (
        (),
        ("--secret-from", str(secret)),
        ("--secret-from", str(tmp_path / "none")),
        ("--secret-to", str(secret)),
        ("--secret-from", str(secret), "--secret-to", str(tmp_path / "new")),
    )
    for options in wrong:
        assert line(*add, *options, by="mara").code == 2
    assert line.good("webhook", "status", by="mara") == {"webhooks": []}
    secret.chmod(0o600)
    assert line.good(*add, "--secret-from", str(secret), by="mara") == {"added": "x"}
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{new_secret()}\n"))
    from_pipe = ("webhook", "add", "y", "https://receiver.example/", "--secret-from", "-")
    assert line.good(*from_pipe, by="mara") == {"added": "y"}


def test_a_webhook_that_cannot_be_read_stops_no_tick(
    case: tuple[Line, str], tmp_path: Path
) -> None:
    """Its settings were altered: the tick is published, and the operator is told."""
    line, _ = case
    words = ("webhook", "add", "x", "https://receiver.example/", "--secret-to", str(tmp_path / "s"))
    line.good(*words, by="mara")
    home = Home(line.home)
    with home.open.database.writing() as cursor:
        cursor.execute("UPDATE webhooks SET sealed = zeroblob(64)")
    home.close()
    line.later(days=1)
    answer = line("tick")
    assert (answer.code, len(answer.data["published"])) == (0, 1)
    assert "Webhooks were not sent." in answer.err
