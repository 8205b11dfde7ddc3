"""One case or one record for counsel: what leaves is what was named, and everybody can check it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Line
from tests.cli.test_exports import files, publish
from tests.independent.stranger.verifier import __main__ as stranger
from tests.register.scans import scan

OFFICERS, INITIALS = "Badge 4471.", "K. R."
ROOT = Path(__file__).parents[2]


@pytest.fixture
def reference(line: Line) -> str:
    """A case that stands open, with personal values in it."""
    visit = json.dumps({"initials": INITIALS, "officers": OFFICERS})
    made = line.good("case", "new", "--with", visit, by="mara")["reference"]
    line.do(made, "open", "mara")
    return str(made)


def judged(line: Line, pack: Path, *words: str) -> tuple[int, set[str]]:
    """What our verifier and a stranger's say of a pack; they agree."""
    ours = line("verify", str(pack), *words)
    theirs = stranger.answer_for([str(pack), "--trust", str(line.home / "trust.json")])
    codes = {one["code"] for one in ours.data["findings"]}
    assert {one["code"] for one in theirs["findings"]} == codes
    return ours.code, codes


def revealed(pack: Path) -> dict[str, Any]:
    """Every personal value that a pack lays open, by field."""
    found: dict[str, Any] = {}
    for path in (pack / "openings").iterdir():
        opened = json.loads(path.read_bytes())["personal"]
        found |= {name: one["value"] for name, one in opened.items()}
    return found


def test_a_case_verifies_with_nothing_one_field_or_everything_laid_open(
    line: Line, reference: str, tmp_path: Path
) -> None:
    """A redacted pack is as good as a whole one, in both verifiers, and shows what was named."""
    publish(line)
    wanted: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
        "nothing": ((), {}),
        "one": (("--reveal", "officers"), {"officers": OFFICERS}),
        "all": (("--reveal", "all"), {"officers": OFFICERS, "initials": INITIALS}),
    }
    for name, (words, shown) in wanted.items():
        pack = tmp_path / name
        told = line.good("export", "case", reference, str(pack), *words, by="mara")
        assert (told["records"], told["waiting"]) == (3 + 3, 0)
        assert judged(line, pack, "--replay") == (0, set())
        assert revealed(pack) == shown
        everything = b"".join(files(pack).values())
        assert (OFFICERS.encode() in everything) == ("officers" in shown)
        assert (pack.stat().st_mode & 0o777, len(told["sha256"])) == (0o700, 64)


def test_a_zip_holds_the_same_files_and_is_never_written_over(
    line: Line, reference: str, tmp_path: Path
) -> None:
    """A name that ends in .zip gives one file for the post, in the one form of the format."""
    publish(line)
    pack = tmp_path / "case.zip"
    line.good("export", "case", reference, str(pack), by="mara")
    assert judged(line, pack) == (0, set())
    kept = pack.read_bytes()
    assert line("export", "case", reference, str(pack), by="mara").code == 2
    assert pack.read_bytes() == kept
    assert [one.name for one in tmp_path.iterdir() if "partial" in one.name] == []


def test_one_record_leaves_the_others_of_its_case_at_home(
    line: Line, reference: str, tmp_path: Path
) -> None:
    """An event pack shows the record that was named and the office; of the case nothing else."""
    request = line.do(reference, "receive-request", "mara", requester="law-enforcement")
    line.do(reference, "verify-requester", "mara", request=request, method="badge")
    publish(line)
    line.good("export", "event", reference, request, str(tmp_path / "pack"), by="mara")
    assert judged(line, tmp_path / "pack") == (0, set())
    manifest = json.loads((tmp_path / "pack" / "manifest.json").read_bytes())
    assert (manifest["scope"], manifest["subject"]) == ("event", [request])
    assert len(list((tmp_path / "pack" / "records").iterdir())) == 3 + 1
    office = next(
        one.name for one in (tmp_path / "pack" / "extents").iterdir() if one.name not in request
    )
    line.good("export", "event", "office", f"{office}:1", str(tmp_path / "founding"), by="mara")
    assert judged(line, tmp_path / "founding") == (0, set())


def test_a_sealed_case_is_exported_by_who_opens_it_and_says_so(line: Line, tmp_path: Path) -> None:
    """Counsel takes a sealed matter to court; the sentence says what the pack gives away."""
    made = line.good("case", "new", by="mara")["reference"]
    publish(line)
    answer = line("export", "case", made, str(tmp_path / "pack"), by="mara", as_json=False)
    assert (answer.code, "learns that it exists" in answer.out) == (0, True)
    assert judged(line, tmp_path / "pack") == (0, set())
    line.enrol("kim", "staff")
    assert line("export", "case", made, str(tmp_path / "other"), by="kim").code == 3
    assert not (tmp_path / "other").exists()


def test_what_is_not_published_is_refused_or_told(
    line: Line, reference: str, tmp_path: Path
) -> None:
    """A case before its ticks is refused whole; later acts are counted as waiting, not shown."""
    assert line("export", "case", reference, str(tmp_path / "pack"), by="mara").code == 2
    publish(line)
    request = line.do(reference, "receive-request", "mara", requester="law-enforcement")
    told = line.good("export", "case", reference, str(tmp_path / "pack"), by="mara")
    assert told["waiting"] == 1
    assert judged(line, tmp_path / "pack") == (0, set())
    refused = line("export", "event", reference, request, str(tmp_path / "one"), by="mara")
    assert (refused.code, "not in the published log yet" in refused.err) == (2, True)


def test_wrong_words_are_answered_with_a_sentence_and_write_nothing(
    line: Line, reference: str, tmp_path: Path
) -> None:
    """A field, record or case that does not exist, or a place that is taken: nothing is left."""
    publish(line)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").write_text("dear")
    pack = str(tmp_path / "pack")
    for words, code in (
        (("case", reference, pack, "--reveal", "shoe_size"), 2),
        (("case", reference, pack, "--documents"), 2),
        (("case", reference, str(tmp_path / "full")), 2),
        (("case", "0000-0000", pack), 3),
        (("event", reference, "three", pack), 2),
        (("event", reference, f"{'ab' * 16}:1", pack), 3),
        (("event", "office", f"{'ab' * 16}:1", pack), 3),
    ):
        assert line("export", *words, by="mara").code == code, words
    assert {one.name for one in tmp_path.iterdir()} == {"home", "full"}


def test_a_document_goes_out_with_its_description_only(
    line: Line, reference: str, tmp_path: Path
) -> None:
    """Its bytes are in the pack where its description is laid open, and every verifier compares."""
    line.good("document", "attach", reference, str(scan(tmp_path / "in")), by="mara")
    publish(line)
    words = ("export", "case", reference)
    for name, fields, count in (("with", ("document",), 1), ("without", ("name",), 0)):
        chosen = [word for one in fields for word in ("--reveal", one)]
        chosen += ["--documents"] if count else []
        line.good(*words, str(tmp_path / name), *chosen, by="mara")
        assert judged(line, tmp_path / name) == (0, set())
        assert len(list(tmp_path.glob(f"{name}/attachments/*"))) == count


def guided(pack: Path, trust: Path) -> subprocess.CompletedProcess[str]:
    """Do literally what a pack's README says, in the pack, with a trust file beside it."""
    shutil.copy(trust, pack.parent / "trust.json")
    blocks = re.findall(r"```sh\n(.*?)```", (pack / "README.txt").read_text(), re.DOTALL)
    assert len(blocks) == 4
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "GOCACHE": str(ROOT / ".cache" / "go"),
    }
    words = ["sh", "-eu", "-c", "".join(blocks)]
    return subprocess.run(
        words, cwd=pack, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.parametrize("scope", ["case", "ledger"])
def test_the_readme_checks_the_pack_without_any_program_of_ours(
    line: Line, reference: str, tmp_path: Path, scope: str
) -> None:
    """Its commands, run as they stand, accept the pack with openssl, aics-tlog and Go, and refuse
    it once a record was altered or the checkpoint is not what was signed.
    """
    publish(line)
    pack = tmp_path / "box" / "pack"
    words = (reference, str(pack)) if scope == "case" else (str(pack),)
    line.good("export", scope, *words, by="mara")
    done = guided(pack, line.home / "trust.json")
    assert done.returncode == 0, done.stderr
    assert "Signature Verified Successfully" in done.stdout
    assert "are in the signed log of 512 entries." in done.stdout
    record = min((pack / "records").iterdir())
    kept = record.read_bytes()
    record.write_bytes(kept.replace(b"A", b"B", 1))
    assert guided(pack, line.home / "trust.json").returncode != 0
    record.write_bytes(kept)
    checkpoint = pack / "checkpoint"
    checkpoint.write_bytes(checkpoint.read_bytes().replace(b"\n512\n", b"\n513\n"))
    assert guided(pack, line.home / "trust.json").returncode != 0
