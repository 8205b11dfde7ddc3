"""The hostile packs: ours judges all of them rightly, and so does a stranger's verifier."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from ledger.verify import __main__ as command
from tests.hostile import make, run

LEAST = 40


@pytest.mark.parametrize("folder", run.folders(), ids=lambda folder: folder.name)
def test_ours_finds_what_is_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each pack has the exit and the codes that its folder lists, and no others."""
    wanted = run.expected(folder)
    exit_code = command.main(run.words(folder))
    answer = json.loads(capsys.readouterr().out)
    found = {one["code"] for one in answer["findings"]}
    assert (exit_code, answer["exit"]) == (wanted.exit, wanted.exit)
    assert wanted.must <= found <= wanted.must | wanted.may


def test_there_are_enough_and_some_are_good() -> None:
    """A verifier that refuses everything, or nothing, does not pass."""
    exits = [run.expected(folder).exit for folder in run.folders()]
    assert exits.count(1) >= LEAST
    assert exits.count(0) >= 8


def test_the_folders_are_what_the_script_makes(tmp_path: Path) -> None:
    """The script still makes each folder, with the same files, for the same codes."""
    make.main(tmp_path)
    assert contents(tmp_path) == contents(run.PACKS)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder; without its bytes where a signature with randomness is in it."""
    said = {"README.md", "expected.json"}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.name in said else b""
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_runner_drives_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    """The runner starts any command, and tells right from wrong by its answers."""
    ours = [sys.executable, "-m", "ledger.verify"]
    chosen = [run.PACKS / name for name in ("erased", "two-keys", "receipt-kept", "cover-doubled")]
    assert [run.judge(ours, folder) for folder in chosen] == [""] * len(chosen)
    careless = [sys.executable, "-c", 'print(\'{"exit":0,"findings":[],"checks":[]}\')']
    assert "not found: V8.keyid-differs" in run.judge(careless, run.PACKS / "two-keys")
    silent: Sequence[str] = [sys.executable, "-c", ""]
    assert "FORMAT §7" in run.judge(silent, run.PACKS / "two-keys")
    assert run.main([]) == 2
    assert "Say which verifier" in capsys.readouterr().err
