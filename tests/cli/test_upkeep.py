"""Upkeep by the command line: backup, erasure, restore, months."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.home import Home
from tests.cli.conftest import Line


def closed_case(line: Line) -> str:
    """A case that was opened and closed."""
    reference = str(line.good("case", "new", by="kim")["reference"])
    line.good("do", reference, "open", by="mara")
    line.do(reference, "close", "mara", outcome="not-disclosed")
    return reference


def test_what_was_erased_since_the_backup_stays_erased(line: Line, tmp_path: Path) -> None:
    """Backup, erasure by two, office copy, restore, confirmation: the case is not back."""
    line.enrol("kim", "staff")
    gone, left = closed_case(line), closed_case(line)
    line.later(days=1, minutes=1)
    line.good("tick")
    backup, office, new = tmp_path / "backup", tmp_path / "office.copy", tmp_path / "new"
    made = line.good("backup", str(backup))
    assert made["files"] > 10
    proposed = line.good("erase", "propose", gone, by="mara")["proposed"]
    assert len(proposed) == 2
    assert line.good("erase", "assent", by="mara") == {"assented": []}
    assert [one["state"] for one in line.good("erase", "list", by="tom")["erasures"]] == [
        *("proposed", "proposed")
    ]
    done = line.good("erase", "assent", by="tom")["erasures"]
    assert [one["state"] for one in done] == ["expiring", "expiring"]
    assert line("case", "show", gone, by="kim").code == 3
    line.later(days=1)
    line.good("tick")
    assert line.good("backup", "office", str(office)) == {"copied": "office"}
    assert office.stat().st_size > 1_000

    log, old = line.home / "log", line.home
    line.home = new
    given = ["--master-key", str(old / "master.key"), "--log", str(log)]
    refused = line("restore", str(backup), *given)
    assert refused.code == 2
    assert "--office" in refused.err
    restored = line.good("restore", str(backup), *given, "--office", str(office))
    assert restored["ticks"] == 1
    assert line("case", "show", gone, by="kim").code == 3
    assert line.good("case", "show", left, by="kim")
    waits = line("case", "new", by="kim")
    assert waits.code == 5
    assert "restore confirm" in waits.err
    words = tmp_path / "words"
    words.write_text("Nothing but time.\n")
    assert line.good("restore", "confirm", "--words", str(words), by="mara")["records"]
    assert line.good("case", "new", by="kim")
    line.later(days=3)
    line.good("tick")
    assert line("verify", "--trust", str(old / "trust.json"), by="mara").code == 0


def test_a_lost_keystore_comes_back_from_its_part(line: Line, tmp_path: Path) -> None:
    """Cases open again; the answer says that nothing is without keys."""
    line.enrol("kim", "staff")
    reference = closed_case(line)
    line.good("backup", str(tmp_path / "backup"))
    (line.home / "keystore.db").unlink()
    assert line("case", "show", reference, by="kim").code != 0
    done = line.good("restore", "keystore", str(tmp_path / "backup" / "keystore"))
    assert (done["waiting"], done["keyless"]) == (0, 0)
    assert line.good("case", "show", reference, by="kim")


def test_a_published_log_can_be_brought_later(line: Line, tmp_path: Path) -> None:
    """Restored with a newer checkpoint only, the ledger waits for the log that belongs to it."""
    line.good("backup", str(tmp_path / "backup"))
    line.later(days=1, minutes=1)
    line.good("tick")
    old, line.home = line.home, tmp_path / "new"
    checkpoint = old / "log" / "checkpoint"
    given = ["--master-key", str(old / "master.key"), "--without-office"]
    line.good("restore", str(tmp_path / "backup"), *given, "--checkpoint", str(checkpoint))
    assert line("restore", "confirm", by="mara").code == 2
    assert line.good("restore", "log", str(old / "log")) == {"ticks": 1}
    assert line.good("restore", "confirm", by="mara")["records"]
    assert line("restore", "confirm", by="mara").code == 2
    assert line("restore", str(tmp_path / "none"), *given).code == 2


def test_a_past_month_is_emptied_and_destroyed(line: Line) -> None:
    """What is left is moved before the key is destroyed; whether and how much was left is told to
    nobody, because the sealed streams would count.
    """
    line.enrol("kim", "staff")
    closed_case(line)
    line.later(days=45)
    assert line.good("month", "list") == {"months": [{"month": "2026-06"}]}
    assert line.good("month", "rebucket", "2026-06") == {"emptied": "2026-06"}
    closed_case(line)
    assert line.good("month", "destroy", "2026-06") == {"destroyed": "2026-06"}
    assert line.good("case", "list", by="mara")["cases"]
    assert line.good("month", "list") == {"months": [{"month": "2026-08"}]}


@pytest.mark.parametrize("person", ["mara", "kim"])
def test_the_timer_finishes_an_erasure_that_broke_off(line: Line, person: str) -> None:
    """Two people assented and nothing was carried out: the next tick does it, and anybody records
    that it is done, also who does not see the vault.
    """
    line.enrol("kim", "staff")
    reference = closed_case(line)
    for e in line.good("erase", "propose", "--people-only", reference, by="mara")["proposed"]:
        line.good("do", "office", "assent", "--with", json.dumps({"of": e}), by="tom")
    home = Home(line.home)
    assert home.open.erased.marks() == ()
    home.close()
    line.good("tick")
    home = Home(line.home)
    assert {mark.scope for mark in home.open.erased.marks()} == {"personal"}
    home.close()
    assert [one["state"] for one in line.good("erase", "finish", by=person)["erasures"]] == [
        *("expiring", "expiring")
    ]
    assert line.good("case", "show", reference, by="kim")


def test_what_was_proposed_twice_hinders_no_other_erasure(line: Line) -> None:
    """The command proposes nothing twice. Where it was done by hand, and the stream is gone since,
    who agrees to all that waits agrees to the rest.
    """
    line.enrol("kim", "staff")
    twice, other = closed_case(line), closed_case(line)
    line.good("erase", "propose", twice, by="mara")
    assert "proposed already" in line("erase", "propose", twice, by="mara").err
    first = line.good("erase", "list", by="tom")["erasures"]
    again = {"stream": first[0]["stream"], "secrets": "both"}
    line.do("office", "erase-stream", "mara", **again)
    line.good("erase", "assent", *(one["record"] for one in first), by="tom")
    line.good("erase", "propose", other, by="mara")
    line.good("erase", "assent", by="tom")
    states = [one["state"] for one in line.good("erase", "list", by="tom")["erasures"]]
    assert (states.count("proposed"), states.count("expiring")) == (1, 2 * len(first))


def test_the_second_person_erases_what_they_looked_at_and_nothing_else(line: Line) -> None:
    """The list says what waits, and an assent may name it: what was proposed meanwhile stays."""
    line.enrol("kim", "staff")
    gone, left = closed_case(line), closed_case(line)
    line.good("erase", "propose", gone, by="mara")
    seen = line.good("erase", "list", by="tom")["erasures"]
    assert {(one["secrets"], one["by"]) for one in seen} == {("both", "mara")}
    line.good("erase", "propose", left, by="mara")
    line.good("erase", "assent", *(one["record"] for one in seen), by="tom")
    assert line("case", "show", gone, by="kim").code == 3
    assert line("case", "show", left, by="kim").code == 0
    waiting = line.good("erase", "list", by="tom")["erasures"]
    assert [one["state"] for one in waiting].count("proposed") == 2


def test_a_ledger_leaves_and_arrives(line: Line, tmp_path: Path) -> None:
    """All of it goes into a folder, the old one is closed, and the new one goes on."""
    line.enrol("kim", "staff")
    case = closed_case(line)
    line.later(days=1, minutes=1)
    line.good("tick")
    left = tmp_path / "left"
    told = line.good("leave", str(left), "--close")
    assert told["closed"] is True
    assert line("case", "new", by="kim").code == 5
    trust = str(line.home / "trust.json")
    line.home = tmp_path / "new"
    assert line("arrive", str(left)).code == 2
    refused = line("arrive", str(left), by="kim")
    assert (refused.code, "sealed to you" in refused.err) == (4, True)
    assert line("arrive", str(tmp_path), by="mara").code == 2
    assert not line.home.exists()
    made = line.good("arrive", str(left), "--trust", trust, by="mara")
    assert made["size"] == told["size"]
    assert line("case", "new", by="kim").code == 5
    line.good("restore", "confirm", by="mara")
    assert line.good("case", "show", case, by="kim")
    assert line.good("case", "new", by="kim")
    line.later(days=3)
    line.good("tick")
    assert line.good("verify", "--trust", trust, by="mara")["findings"] == []
