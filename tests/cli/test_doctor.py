"""The doctor: faults seeded into a ledger that was well, each found by its own code."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.backup.drill import APART
from ledger.config import dump_config
from ledger.doctor.examining import examine
from ledger.doctor.machine import disk
from ledger.doctor.patient import CODES, Patient
from ledger.doctor.people import QUARTER_DAYS
from ledger.errors import LedgerError
from ledger.home import Home
from ledger.stores.keystore import KEYSTORE_DAYS
from tests.cli.conftest import Line
from tests.house.tree import ROOT

OWN = {"not-examined"}
SAMPLE = re.compile(r'ledger_[a-z_]+(\{[a-z]+="[a-z-]+"(,[a-z]+="[a-z-]+")*\})? -?\d+')
LABELLED = re.compile(r'ledger_problem\{code="([a-z-]+)"')


@pytest.fixture
def well(recoverable: Line, tmp_path: Path) -> Line:
    """A ledger in which nothing is wrong: its log is on time and a backup was made."""
    recoverable.later(days=3, hours=1)
    recoverable.good("tick")
    recoverable.good("backup", str(tmp_path / "backup"))
    assert found(recoverable) == {}
    return recoverable


def found(line: Line) -> dict[str, str]:
    """What the doctor finds: each code, and how bad it is."""
    answer = line("doctor")
    told = {one["code"]: one["severity"] for one in answer.data["problems"]}
    corrupt = "corrupt" in told.values()
    assert answer.code == (1 if corrupt else 5 if told.keys() - {"standby"} else 0)
    return told


def sentences(line: Line) -> dict[str, str]:
    """What the doctor says, code by code."""
    return {one["code"]: one["sentence"] for one in line("doctor").data["problems"]}


def read_by_others(line: Line) -> None:
    """Somebody made a keyring readable."""
    (line.home / "people" / "mara.keyring").chmod(0o644)


def without_master_key(line: Line) -> None:
    """The master key is gone."""
    (line.home / "master.key").unlink()


def trust_damaged(line: Line) -> None:
    """The trust file was cut."""
    (line.home / "trust.json").write_bytes(b'{"fou')


def clock_set_back(line: Line) -> None:
    """The machine started with the clock of years ago."""
    line.later(days=-900)


def timer_stopped(line: Line) -> None:
    """Nobody runs ticks any more."""
    line.later(hours=30)


def log_frozen(line: Line) -> None:
    """Somebody pulled the brake."""
    line.good("log", "freeze", "--reason", "the office computer was stolen")


def log_altered(line: Line) -> None:
    """One entry of the logbook is another."""
    with closing(sqlite3.connect(line.home / "log.db")) as rows, rows:
        triggers = rows.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall()
        for (name,) in triggers:
            rows.execute(f"DROP TRIGGER {name}")
        rows.execute("UPDATE entries SET entry = zeroblob(32) WHERE leaf = 3")


def store_damaged(line: Line) -> None:
    """A disk wrote zeros over a page of the open store."""
    path = line.home / "open.db"
    data = bytearray(path.read_bytes())
    data[4096 : 4096 * 3] = bytes(4096 * 2)
    path.write_bytes(data)


def counsel_left(line: Line) -> None:
    """The second of two who can open what is sealed is no counsel any more."""
    line.enrol("kim", "staff")
    line.do("office", "end-role", "mara", person="tom", role="counsel")
    line.good("person", "assent", by="kim")


def nobody_stands_in(line: Line) -> None:
    """The custodian goes on leave, and there is no designee."""
    since = line.clock[0]
    until = (since + timedelta(days=9)).isoformat()
    line.do("office", "record-absence", "mara", person="mara", until=until, **_from(since))


def _from(since: object) -> dict[str, object]:
    return {"from": str(since).replace(" ", "T")}


def sheets_forgotten(line: Line) -> None:
    """A year has gone by since the recovery sheets were made."""
    line.later(days=366)


def backup_timer_stopped(line: Line) -> None:
    """The last backup is three days old."""
    line.later(days=3)


def restored(line: Line) -> None:
    """The home was restored from a backup, and nobody confirmed it."""
    home = Home(line.home)
    (line.home / "ledger.json").write_bytes(
        dump_config(replace(home.config, incarnation="ab" * 16))
    )
    home.close()


FAULTS: dict[Callable[[Line], None], str] = {
    read_by_others: "readable",
    without_master_key: "keys",
    trust_damaged: "trust",
    clock_set_back: "clock-behind",
    timer_stopped: "tick-late",
    log_frozen: "frozen",
    log_altered: "log-root",
    store_damaged: "damaged",
    nobody_stands_in: "nobody-decides",
    sheets_forgotten: "recovery-drill",
    backup_timer_stopped: "backup-old",
    restored: "restore-waits",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.__name__)
def test_a_seeded_fault_is_found(fault: Callable[[Line], None], well: Line) -> None:
    """Each fault is found by its own code, and the sentence says what to do."""
    fault(well)
    assert FAULTS[fault] in found(well)
    shown = well("doctor", as_json=False)
    assert f" {FAULTS[fault]}: " in shown.out
    assert len(shown.out.splitlines()) == len(well("doctor").data["problems"])


def test_a_ledger_without_sheets_and_backup_is_told_so(line: Line) -> None:
    """Who founded without recovery and never made a backup has two things to do."""
    line.later(hours=1)
    line.good("tick")
    assert found(line) == {"recovery-none": "unsafe", "backup-none": "unsafe"}


def test_a_disk_without_room_is_found(well: Line) -> None:
    """Where less is free than is needed, it is said in time."""
    home = Home(well.home)
    free = shutil.disk_usage(well.home).free
    assert list(disk(Patient(home, well.clock[0], free // 2))) == []
    assert [one.code for one in disk(Patient(home, well.clock[0], free * 2))] == ["disk-full"]
    home.close()


def test_an_erasure_that_nobody_carried_out_is_found(
    well: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people decided, and the program was killed before anything was destroyed."""
    well.enrol("kim", "staff")
    gone = well.good("case", "new", "--with", "{}", by="kim")["reference"]
    well.do(gone, "open", "mara")
    well.do(gone, "close", "mara", outcome="withdrawn")
    well.good("erase", "propose", gone, by="mara")

    def killed(*_given: object) -> None:
        raise LedgerError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("ledger.cli.erasing._finish", killed)
        with pytest.raises(TypeError):
            well("erase", "assent", by="tom")
    assert found(well) == {"erasure-waits": "unsafe"}
    well.good("erase", "finish", by="tom")
    assert found(well) == {}


def test_an_erasure_in_effect_is_tried_once_a_quarter(well: Line, tmp_path: Path) -> None:
    """A quarter after the last copy of its keys expired, the doctor asks; a drill answers it."""
    gone = well.good("case", "new", "--with", "{}", by="mara")["reference"]
    well.do(gone, "open", "mara")
    well.do(gone, "close", "mara", outcome="withdrawn")
    well.good("erase", "propose", gone, by="mara")
    well.good("erase", "assent", by="tom")
    # As long as nothing is in effect there is nothing to try, and nobody records that it was.
    assert well("erase", "drill", str(tmp_path / "backup"), by="tom").code == 2
    well.later(days=KEYSTORE_DAYS + QUARTER_DAYS)
    assert "erasure-drill" not in found(well)
    well.later(minutes=1)
    assert "erasure-drill" in found(well)
    well.good("backup", str(tmp_path / "oldest"))
    well.do("office", "record-erasure-drill", "tom", result="opened")
    assert "opens what was erased" in sentences(well)["erasure-drill"]
    assert well.good("erase", "drill", str(tmp_path / "oldest"), by="tom")["result"] == "closed"
    assert "erasure-drill" not in found(well)
    (well.home.parent / APART).mkdir()
    assert "broke off" in sentences(well)["erasure-drill"]
    listed = well.good("erase", "list", by="tom")["erasures"]
    assert {one["state"] for one in listed} == {"in-effect"}


def test_a_home_of_which_little_is_left_is_still_examined(well: Line) -> None:
    """Without the open store everything else is looked at, and nothing is said twice."""
    (well.home / "open.db").unlink()
    told = found(well)
    assert told == {"not-opened": "unusable", "not-examined": "unusable"}
    home = Home(well.home)
    sentences = [one.sentence for one in examine(Patient(home, well.clock[0]))]
    home.close()
    assert len(sentences) == len(set(sentences))


def test_the_doctor_changes_nothing(well: Line) -> None:
    """After it every byte of the home is as it was, but for what databases keep beside."""
    before = _bytes(well.home)
    well("doctor")
    assert _bytes(well.home) == before


def _bytes(home: Path) -> dict[str, bytes]:
    beside = ("-wal", "-shm", ".lock")
    every = (one for one in home.rglob("*") if one.is_file() and not one.name.endswith(beside))
    return {str(one.relative_to(home)): one.read_bytes() for one in every}


def test_each_code_has_its_page() -> None:
    """Whoever meets a code finds the page of that name, and no page is of a code that is gone."""
    pages = {path.stem for path in (ROOT / "ops" / "runbooks" / "alarms").glob("*.md")}
    assert pages - {"README"} == CODES.keys() | OWN
    for name in pages - {"README"}:
        text = (ROOT / "ops" / "runbooks" / "alarms" / f"{name}.md").read_text(encoding="utf-8")
        assert "\n1. " in text, name


def test_a_file_that_is_nested_without_end_is_a_finding(well: Line) -> None:
    """Whatever stands in the small files of a home, the doctor ends, and says which it is."""
    for name in ("trust.json", "last-backup.json"):
        (well.home / name).write_bytes(b"[" * 100_000)
    assert found(well) == {"trust": "unsafe", "backup-none": "unsafe"}
    assert well("fingerprint").code == 5


def test_what_a_backup_leaves_says_no_more_than_when(well: Line) -> None:
    """Where the backup lies is not written into the home."""
    kept = json.loads((well.home / "last-backup.json").read_bytes())
    assert kept.keys() == {"made_at", "size"}


def figures_of(text: str) -> dict[str, float]:
    """Figures as Prometheus reads them: a name with its labels, and a number."""
    lines = [one for one in text.splitlines() if not one.startswith("# ")]
    assert all(SAMPLE.fullmatch(one) for one in lines), text
    return {name: float(value) for name, _, value in (one.rpartition(" ") for one in lines)}


def test_the_same_is_told_as_figures(well: Line) -> None:
    """Every problem that there can be has its figure, which goes up with it and down again; each
    figure that an alert asks for is told, and none tells of a case.
    """
    before = figures_of(well("doctor", "--metrics").out)
    codes = {found[1] for name in before if (found := LABELLED.match(name))}
    assert codes == {*CODES, *OWN}
    assert [name for name, value in before.items() if "ledger_problem" in name and value] == []
    read_by_others(well)
    after = figures_of(well("doctor", "--metrics").out)
    assert after['ledger_problem{code="readable",severity="leak"}'] == 1
    asked = (ROOT / "ops" / "alerts.yml").read_text(encoding="utf-8")
    told = {name.partition("{")[0] for name in before}
    assert set(re.findall(r"\bledger_\w+", asked)) <= told
    assert before["ledger_backup_age_seconds"] == 0
    assert before["ledger_log_entries"] > 0


def test_a_ledger_that_cannot_be_looked_at_has_no_old_figures(well: Line) -> None:
    """Without its keystore it is said that nobody could look, and what can be told is told."""
    (well.home / "keystore.db").unlink()
    told = figures_of(well("doctor", "--metrics").out)
    assert told['ledger_problem{code="not-examined",severity="unusable"}'] == 1
    assert told["ledger_examined_timestamp_seconds"] > 0
