"""The log's keys through the command line: roll-over, theft, and trust files in other hands."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from ledger.verify import verify
from tests.cli.conftest import Line


def published(line: Line, days: int = 1) -> None:
    """Let days pass, and the timer run after each."""
    for _ in range(days):
        line.later(days=1)
        line.good("tick")


def assent(line: Line) -> None:
    """Tom assents to whatever waits."""
    assert line.good("log", "assent", by="mara")["assented"] == []
    assert len(line.good("log", "assent", by="tom")["assented"]) == 1
    assert line.good("log", "assent", by="tom")["assented"] == []


def exit_of(path: Path, trust: Path) -> int:
    """How a stranger's verifier ends."""
    return verify(path, trust.read_bytes()).exit_code


def test_a_roll_over_from_beginning_to_end(line: Line, tmp_path: Path) -> None:
    """Announced by one, assented by another, signed by both keys, renewed elsewhere, finished."""
    held = tmp_path / "held.json"
    shutil.copy(line.home / "trust.json", held)
    published(line)
    assert line("log", "roll-over", by="tom").code == 4
    first = line.good("log", "roll-over", by="mara")
    assert not first["assented"]
    assert line.good("log", "roll-over", by="mara") == first
    assert line("log", "roll-over", "--finish", by="mara").code == 2
    assent(line)
    assert line.good("log", "roll-over", by="mara")["assented"]
    published(line, 3)
    assert line.good("log", "show")["roll_over"] is True
    new = tmp_path / "new.json"
    made = line.good("trust", "renew", str(new), "--trust", str(held))
    assert (made["changed"], made["file"]) == (True, str(new))
    assert line("trust", "renew", str(new), "--trust", str(held)).code == 2
    assert exit_of(line.home / "log", held) == exit_of(line.home / "log", new) == 0
    assert line.good("log", "roll-over", "--finish", by="mara") == {"finished": True}
    published(line)
    assert line.good("log", "show")["roll_over"] is False
    assert (exit_of(line.home / "log", held), exit_of(line.home / "log", new)) == (1, 0)
    # Who slept through the overlap is led on all the same: what their keys signed is pinned.
    late = line.good("trust", "renew", str(tmp_path / "late.json"), "--trust", str(held))
    assert late["changed"]
    assert (tmp_path / "late.json").read_bytes() == new.read_bytes()
    shown = line.good("trust", "show")["trust"]
    assert shown == json.loads(new.read_bytes())
    assert line("verify", "--trust", str(new), by="mara").code == 0
    said = line("trust", "show", as_json=False)
    assert "retired at size" in said.out
    assert "belongs into other hands" in said.out


def test_a_theft_from_the_freeze_to_new_keys(line: Line, tmp_path: Path) -> None:
    """Freeze without a passphrase, bring what was kept, two people, and the log goes on."""
    held = tmp_path / "held.json"
    shutil.copy(line.home / "trust.json", held)
    published(line)
    kept = tmp_path / "checkpoint"
    shutil.copy(line.home / "log" / "checkpoint", kept)
    published(line)
    reason = ("--reason", "the office computer was stolen")
    assert "stolen" in line("log", "freeze", *reason, as_json=False).out
    line.later(days=2)
    stopped = line("tick")
    assert stopped.code == 5
    assert "frozen" in stopped.err
    assert "stolen" in line.good("log", "show")["frozen"]
    visit = line.good("case", "new", by="mara")
    assert visit["records"][0]["receipt"]
    assert line("log", "roll-over", "--reason", "compromise", by="mara").code == 2
    taken = line.good("log", "accept", str(kept))
    assert (taken["size"], taken["goes_on_from"], taken["frozen"]) == (128, 256, True)
    line.good("log", "roll-over", "--reason", "compromise", by="mara")
    assert line("tick").code == 5
    assent(line)
    line.later(days=1)
    assert line.good("tick")["published"] == [3, 4, 5]
    assert line.good("log", "show")["frozen"] is None
    assert line("verify", by="mara").code == 0
    new = tmp_path / "new.json"
    line.good("trust", "renew", str(new), "--trust", str(held))
    retired = {one["size"] for one in json.loads(new.read_bytes())["retired"]}
    assert retired == {128}
    assert exit_of(line.home / "log", held) == 1
    assert exit_of(line.home / "log", new) == 0


def test_a_forged_history_is_kept_and_stops_the_log(line: Line, tmp_path: Path) -> None:
    """A checkpoint that our keys signed and our log contradicts freezes the log by itself."""
    copy = tmp_path / "copy"
    shutil.copytree(line.home, copy)
    published(line)
    ours, line.home = line.home, copy
    line.good("tick")
    line.home = ours
    answer = line("log", "accept", str(copy / "log" / "checkpoint"))
    assert answer.code == 1
    assert "another history" in answer.err
    assert line("tick").code == 5
    assert line("log", "accept", str(line.home / "log" / "checkpoint")).code == 0


def test_what_is_brought_wrongly_is_answered_with_a_sentence(line: Line, tmp_path: Path) -> None:
    """Missing files, rubbish and other ledgers' files: a sentence, no traceback."""
    published(line)
    rubbish = tmp_path / "rubbish"
    rubbish.write_text("rubbish")
    strange = tmp_path / "strange.json"
    told = json.loads((line.home / "trust.json").read_bytes())
    strange.write_text(
        json.dumps({**told, "founded": "00" * 32}, sort_keys=True, separators=(",", ":"))
    )
    out = str(tmp_path / "out.json")
    for words, code in (
        (("log", "accept", str(tmp_path / "nowhere")), 2),
        (("log", "accept", str(rubbish)), 2),
        (("log", "freeze", "--reason", " "), 2),
        (("log", "roll-over", "--reason", "compromise"), 2),
        (("trust", "renew", out, "--trust", str(rubbish)), 2),
        (("trust", "renew", out, "--trust", str(tmp_path / "nowhere")), 2),
        (("trust", "renew", out, "--trust", str(strange)), 1),
    ):
        answer = line(*words, by="mara")
        assert (answer.code, "Traceback" in answer.err) == (code, False), (words, answer)
        assert answer.err.strip()
    assert not (tmp_path / "out.json").exists()
    assert (
        line.good("trust", "renew", out, "--trust", str(line.home / "trust.json"))["changed"]
        is False
    )
