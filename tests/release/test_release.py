"""The files of a release: the same bytes each time, and nothing in them but what they say."""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path

from tests.hostile import run
from tests.release.bare import Bare
from tests.release.conftest import make


def test_the_same_tree_gives_the_same_bytes(released: Path, tmp_path: Path) -> None:
    """Whoever has the tree can make the files again and compare; the digests beside them hold."""
    again = tmp_path / "again"
    assert make(again).returncode == 0
    files = {one.name: one.read_bytes() for one in released.iterdir()}
    assert files == {one.name: one.read_bytes() for one in again.iterdir()}
    lines = files.pop("SHA256SUMS").decode().splitlines()
    assert lines == [f"{hashlib.sha256(files[name]).hexdigest()}  {name}" for name in sorted(files)]


def test_nothing_is_written_over(released: Path, tmp_path: Path) -> None:
    """A folder that holds something is left alone, and the sentence says so."""
    before = {one.name: one.stat().st_mtime_ns for one in released.iterdir()}
    refused = make(released)
    assert (refused.returncode, "is not an empty folder" in refused.stderr) == (2, True)
    assert before == {one.name: one.stat().st_mtime_ns for one in released.iterdir()}
    assert make(tmp_path / "-h").returncode == 0


def test_the_one_file_holds_the_verifier_and_not_the_rules(released: Path) -> None:
    """Two rooms of the product and a starter; no test, no key, no domain."""
    with zipfile.ZipFile(released / "verify.pyz") as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    rooms = {name.rpartition("/")[0] for name in names}
    assert rooms == {"", "ledger", "ledger/evidence", "ledger/verify"}
    assert names == sorted(names)


def test_the_one_file_needs_python_and_one_library(bare: Bare) -> None:
    """It says how it is called, judges a hostile pack, and says what a replay would need."""
    told = bare.run("--help")
    assert (told.returncode, "usage: verify.pyz" in told.stdout) == (0, True), told.stderr
    for name in ("erased", "two-keys", "receipt-not-due"):
        folder = run.PACKS / name
        assert bare.run(*run.words(folder)).returncode == run.expected(folder).exit
    asked = bare.run(*run.words(run.PACKS / "replayed"))
    assert (asked.returncode, "[replay]" in asked.stdout) == (2, True)


def test_the_page_lets_nothing_in_or_out(released: Path) -> None:
    """Its policy allows its own script and style by their digests, and names no other place."""
    text = (released / "verify.html").read_text("utf-8")
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    allowed = dict(one.split(" ", 1) for one in policy.split("; "))
    assert set(allowed.pop("script-src").split()) | set(allowed.pop("style-src").split()) == {
        f"'{digest}'" for digest in re.findall(r"sha256-[A-Za-z0-9+/]{43}=", policy)
    }
    assert set(allowed.values()) == {"'none'"}
    assert "default-src" in allowed
    assert re.findall(r"(?:src|href)=|https?://|\bimport\b|\bfetch\b|\beval\b", text) == []
