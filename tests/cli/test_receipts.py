"""What somebody can ask who holds a receipt: was the promise kept?"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest

from ledger.evidence.note import SignedNote, signature_line
from ledger.evidence.tiles import TileReader, entries_path
from ledger.home import Home
from ledger.logkeys import receipt_vkey
from ledger.receipts import check_promise
from tests.cli.conftest import START, Line

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def held(line: Line, tmp_path: Path) -> tuple[Path, Path]:
    """A visitor's receipt, and a trust file from elsewhere."""
    note = line.good("case", "new", by="mara")["records"][0]["receipt"]
    receipt, trust = tmp_path / "receipt", tmp_path / "trust.json"
    receipt.write_text(note)
    shutil.copy(line.home / "trust.json", trust)
    return receipt, trust


def kept(line: Line, tmp_path: Path) -> Path:
    """Let the promise come true; gives a stranger's copy of the log."""
    line.later(days=4)
    line.good("tick")
    shutil.copytree(line.home / "log", tmp_path / "copy")
    return tmp_path / "copy"


def test_a_promise_is_not_due_and_then_kept(
    line: Line, held: tuple[Path, Path], tmp_path: Path
) -> None:
    """Before its tick the date is told; after it the place in the log, proven to the root."""
    receipt, trust = held
    line.later(days=1)
    line.good("tick")
    words = ("receipt", "check", str(receipt), "--trust", str(trust))
    early = line(*words)
    assert early.code == 2
    told = early.data
    assert (told["state"], told["tick"], told["due"]) == ("not-due", 3, "2026-06-22T20:00:00Z")
    assert "2026-06-22T20:00:00Z" in told["sentence"]
    line.later(days=5)
    stale = line(*words)
    assert (stale.code, stale.data["state"]) == (2, "not-due")
    assert "newer copy" in stale.data["sentence"]
    log = kept(line, tmp_path)
    late = line(*words, "--log", str(log))
    assert (late.code, late.data["state"]) == (0, "kept")
    index = late.data["index"]
    assert 0 <= index < 3 * 128
    assert TileReader(log).entry(index) == _commitment(receipt)


def _commitment(receipt: Path) -> bytes:
    return b64decode(receipt.read_text().splitlines()[1].split(" ")[1])


def test_a_pack_answers_too(line: Line, held: tuple[Path, Path], tmp_path: Path) -> None:
    """A pack of the whole ledger holds the log, so that the promise can be held against it."""
    receipt, trust = held
    kept(line, tmp_path)
    line.good("export", "ledger", str(tmp_path / "pack"), by="mara")
    words = ("receipt", "check", str(receipt), "--trust", str(trust))
    answer = line(*words, "--pack", str(tmp_path / "pack"))
    assert (answer.code, answer.data["state"]) == (0, "kept")
    assert line(*words, "--pack", str(tmp_path / "pack"), "--log", str(tmp_path)).code == 2
    same = line("verify", str(tmp_path / "pack"), "--trust", str(trust), "--receipt", str(receipt))
    assert (same.code, same.data["findings"]) == (0, [])
    assert _outcome(same.data, "V14") == "ran"


def _outcome(report: dict[str, list[dict[str, str]]], check: str) -> str:
    (found,) = (one["outcome"] for one in report["checks"] if one["check"] == check)
    return found


def test_a_broken_promise_is_told_with_what_to_do(line: Line, held: tuple[Path, Path]) -> None:
    """A receipt for an entry that the log never took is BROKEN, exit 1."""
    receipt, trust = held
    home = Home(line.home)
    keys = home.log_keys
    text = receipt.read_text().split("\n\n")[0] + "\n"
    lines = text.splitlines()
    lines[1] = f"commitment {'A' * 43}="
    text = "\n".join(lines) + "\n"
    signature = keys.receipt_ed25519.sign(text.encode())
    receipt.write_bytes(_note(text, home, signature))
    home.close()
    line.later(days=4)
    line.good("tick")
    answer = line("receipt", "check", str(receipt), "--trust", str(trust))
    assert (answer.code, answer.data["state"]) == (1, "broken")
    assert "BROKEN" in answer.data["sentence"]
    assert "counsel" in answer.data["sentence"]


def _note(text: str, home: Home, signature: bytes) -> bytes:
    vkey = receipt_vkey(home.origin, home.log_keys.public)
    return SignedNote(text, (signature_line(vkey, signature),)).dump()


@pytest.mark.parametrize("place", [5, 45, 120, -5])
def test_a_changed_receipt_is_refused(
    line: Line, held: tuple[Path, Path], tmp_path: Path, place: int
) -> None:
    """A byte changed in origin, commitment, text or signature: it is no receipt of this ledger."""
    receipt, trust = held
    log = kept(line, tmp_path)
    data = bytearray(receipt.read_bytes())
    data[place] ^= 1
    told = check_promise(bytes(data), log, trust.read_bytes(), START)
    assert (told.state, told.exit_code) == ("refused", 1)


def test_a_log_that_is_not_intact_proves_nothing(
    line: Line, held: tuple[Path, Path], tmp_path: Path
) -> None:
    """A changed copy of the log is told as such, and not as a kept promise."""
    receipt, trust = held
    log = kept(line, tmp_path)
    bundle = log / entries_path(1, 256)
    data = bytearray(bundle.read_bytes())
    data[40] ^= 1
    bundle.write_bytes(bytes(data))
    told = check_promise(receipt.read_bytes(), log, trust.read_bytes(), START)
    assert (told.exit_code, told.state) in ((1, "log-not-intact"), (2, "not-shown"))
    assert told.state != "kept"
    told = check_promise(receipt.read_bytes(), tmp_path / "nowhere", trust.read_bytes(), START)
    assert (told.exit_code, told.state) == (2, "unusable")


def test_the_holder_needs_neither_home_nor_service(
    line: Line, held: tuple[Path, Path], tmp_path: Path
) -> None:
    """The check runs where only the verifier is installed, and the verifier's own door agrees."""
    receipt, trust = held
    log = kept(line, tmp_path)
    script = (
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        top = name.partition('.')[0]\n"
        "        if top in {'msgspec', 'eventsourcing', 'cyclopts', 'structlog', 'keys'}:\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        "from datetime import datetime, timezone\n"
        "from pathlib import Path\n"
        "from ledger.receipts import check_promise\n"
        "note, trust = Path(sys.argv[1]).read_bytes(), Path(sys.argv[3]).read_bytes()\n"
        "told = check_promise(note, Path(sys.argv[2]), trust, datetime.now(timezone.utc))\n"
        "print(told.state)\n"
        "sys.exit(told.exit_code)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = [str(receipt), str(log), str(trust)]
    asked = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=tmp_path, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (asked.returncode, asked.stdout) == (0, "kept\n"), asked.stderr
    words = ["-m", "ledger.verify", str(log), "--trust", str(trust), "--receipt", str(receipt)]
    same = subprocess.run(
        [sys.executable, *words, "--json"],
        cwd=tmp_path, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert same.returncode == 0, same.stdout
    assert _outcome(json.loads(same.stdout), "V14") == "ran"
