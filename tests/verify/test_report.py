"""What a reader sees: the first sentence, the list of checks, the limits; and the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.evidence.pack import Scope, attachment_path
from ledger.verify import Outcome, Report, verify
from ledger.verify import __main__ as command
from ledger.verify.crypto import check_ed25519, check_mldsa44
from ledger.verify.report import LIMITS, TITLES
from tests.drafts import DOCUMENT, Draft, public, signing_key
from tests.forge import Forge, World, mldsa44_key, relist, write

UNASKED = ("V3", "V4", "V5", "V13", "V14", "V15")


@pytest.fixture(scope="module")
def world() -> World:
    """The good ledger."""
    return Forge().build()


@pytest.fixture
def pack(world: World, tmp_path: Path) -> Path:
    """A good case pack with its trust file beside it."""
    (tmp_path / "trust.json").write_bytes(world.trust())
    return write(world.pack("case", ("case", "intake")), tmp_path / "pack")


def outcomes(report: Report) -> dict[str, Outcome]:
    """Return what became of each check."""
    return {one.name: one.outcome for one in report.checks}


@pytest.mark.parametrize(
    ("scope", "shown", "records"),
    [("event", ("request", "decided"), 14), ("case", ("case", "intake"), 19), ("ledger", (), 19)],
)
def test_good_evidence_is_intact(
    scope: Scope, shown: tuple[str, ...], records: int, world: World, tmp_path: Path
) -> None:
    """A good pack of every scope passes, and says how much it showed."""
    report = verify(write(world.pack(scope, shown), tmp_path), world.trust())
    assert (report.exit_code, report.findings) == (0, ())
    assert report.shown.records == records
    assert report.shown.entries == 96
    assert report.shown.unopened == (0 if scope == "ledger" else 96 - records)
    assert ("other records than these was not asked" in report.text()) == (scope == "event")
    assert report.headline.startswith(f"INTACT: the {scope} pack of ledger.lonecone.example")
    assert "signed 2026-06-07T00:00:05Z" in report.headline


def test_every_check_is_accounted_for(world: World, pack: Path) -> None:
    """The report lists each check of the format, in order, with what became of it and why."""
    report = verify(pack, world.trust())
    assert tuple(outcomes(report)) == tuple(TITLES)
    assert all(outcomes(report)[name] is Outcome.NOT_ASKED for name in UNASKED)
    ran = [name for name, outcome in outcomes(report).items() if outcome is Outcome.RAN]
    assert ran == ["V1", "V2", "V6", "V7", "V8", "V9", "V10", "V11", "V12", "V16"]
    assert all(one.reason for one in report.checks if one.outcome is not Outcome.RAN)


def test_the_text_begins_with_the_sentence_and_ends_with_the_limits(
    world: World, pack: Path
) -> None:
    """Counsel reads one line; the last lines say what the result does not mean."""
    text = verify(pack, world.trust()).text()
    assert text.splitlines()[0].startswith("INTACT")
    assert text.splitlines()[-1].strip() == LIMITS[-1]
    assert "77 of 96 entries of the log are not opened here." in text
    assert "V4 not asked, because" in text


def test_the_text_tells_what_was_not_judged(tmp_path: Path) -> None:
    """Types that the verifier does not know, and people who have not confirmed, are told."""
    forge = Forge()
    forge.drop("assent-request")
    world = forge.build()
    files = world.pack("ledger")
    paper = attachment_path(sha256(DOCUMENT).digest())
    files = relist({path: data for path, data in files.items() if path != paper})
    report = verify(write(files, tmp_path), world.trust())
    assert report.exit_code == 0
    assert report.shown.claimed_actors == 1
    assert report.shown.unknown_types["request-received.v1"] == 1
    assert "who has not confirmed it: 1." in report.text()
    assert "described here and not attached: 1." in report.text()
    assert "78 entries are shown as covers, 0 as erased." in report.text()


def test_findings_stand_in_the_order_of_the_checks(world: World, pack: Path) -> None:
    """The first finding is the one from which the others may follow."""
    (pack / "README.txt").write_bytes(b"")
    (pack / "schedule").write_bytes(b"")
    report = verify(pack, world.trust())
    assert [one.code for one in report.findings] == [
        "V1.differs", "V1.differs", "V2.schedule-refused",
    ]  # fmt: skip
    assert report.headline.startswith("NOT INTACT: 3 findings in the case pack")
    assert outcomes(report)["V9"] is Outcome.DID_NOT_RUN
    assert "V2.schedule-refused  schedule  " in report.text()


def test_without_a_checkpoint_the_rest_does_not_run(world: World, pack: Path) -> None:
    """Nothing is read on the word of a checkpoint that nobody trusted signed."""
    (pack / "checkpoint").write_bytes(b"")
    report = verify(pack, world.trust())
    ran = [name for name, outcome in outcomes(report).items() if outcome is Outcome.RAN]
    assert ran == ["V1", "V2"]
    assert report.exit_code == 1


def test_one_finding_is_one_finding(world: World, pack: Path) -> None:
    """The sentence counts as people do."""
    (pack / "README.txt").write_bytes(b"")
    assert "NOT INTACT: one finding in the" in verify(pack, world.trust()).headline


def test_a_notice_leaves_the_pack_intact(tmp_path: Path) -> None:
    """What came late is told, and is no fault."""
    forge = Forge()
    forge.ticks = 9
    forge.add(Draft("slow", "slow", "note-taken.v1", 6, "ada", "director", lands=9))
    world = forge.build()
    report = verify(write(world.pack("ledger"), tmp_path), world.trust())
    assert [one.code for one in report.findings] == ["V11.late"]
    assert (report.exit_code, report.faults) == (0, ())
    assert "V11.late (notice)" in report.text()


def test_the_json_says_what_the_text_says(world: World, pack: Path) -> None:
    """A program reads the same result, under names that do not change."""
    (pack / "README.txt").write_bytes(b"")
    value = json.loads(verify(pack, world.trust()).json())
    assert set(value) == {
        "format", "exit", "sentence", "scope", "findings", "checks", "shown", "signed", "limits",
        "attestations", "before", "checked_with",
    }  # fmt: skip
    assert (value["format"], value["exit"]) == ("disclosure-ledger/report/v1", 1)
    assert value["findings"] == [
        {
            "code": "V1.differs",
            "sentence": "A file differs from what the manifest says.",
            "place": "README.txt",
        }
    ]
    assert value["checks"][0] == {"check": "V1", "outcome": "ran", "reason": ""}
    assert value["shown"]["unopened"] == 77
    assert value["signed"] == "2026-06-07T00:00:05Z"


# ---- the command --------------------------------------------------------------------------------


def test_the_command_prints_the_report(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints the report and answers with its exit code."""
    trust = str(pack.parent / "trust.json")
    assert command.main([str(pack), "--trust", trust]) == 0
    assert capsys.readouterr().out.startswith("INTACT: ")
    assert command.main([str(pack), "--trust", trust, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["exit"] == 0
    (pack / "schedule").unlink()
    assert command.main([str(pack), "--trust", trust]) == 1
    assert capsys.readouterr().out.startswith("NOT INTACT: ")


@pytest.mark.parametrize("path", ["nothing-here", "trust.json", "empty", "\0"])
def test_a_path_without_evidence_is_no_finding(
    path: str, pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where there is no evidence nothing can be said about it."""
    (pack.parent / "empty").mkdir()
    asked = [str(pack.parent / path), "--trust", str(pack.parent / "trust.json")]
    assert command.main(asked) == 2
    assert capsys.readouterr().out.startswith("NOT VERIFIED: the path ")


@pytest.mark.parametrize("trust", ["nothing-here", "pack", "\0"])
def test_a_trust_file_that_cannot_be_read_is_told(
    trust: str, pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without trust there is no verdict."""
    assert command.main([str(pack), "--trust", str(pack.parent / trust)]) == 2
    assert capsys.readouterr().out.startswith("NOT VERIFIED: the trust file cannot be read.")


@pytest.mark.parametrize("arguments", [[], ["x"], ["x", "--trust"], ["--loud"]])
def test_arguments_that_are_not_understood_end_with_2(arguments: list[str]) -> None:
    """A misspelled command says nothing about the evidence."""
    with pytest.raises(SystemExit) as stopped:
        command.main(arguments)
    assert stopped.value.code == 2


def test_a_fault_of_the_verifier_is_not_a_verdict(
    pack: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Should the verifier itself fail, it says so, without a traceback and without a verdict."""

    def broken(path: Path, trust: bytes, **_brought: object) -> Report:
        raise MemoryError

    monkeypatch.setattr(command, "verify", broken)
    assert command.main([str(pack), "--trust", str(pack.parent / "trust.json")]) == 2
    assert capsys.readouterr().out.startswith("NOT VERIFIED: the verifier failed (MemoryError).")


def test_the_command_runs_as_a_program(pack: Path) -> None:
    """`python -m ledger.verify` is what the README of a pack tells people to run."""
    done = subprocess.run(
        [sys.executable, "-m", "ledger.verify", str(pack), "--trust", "trust.json"],
        capture_output=True,
        check=False,
        cwd=pack.parent,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"INTACT: ")


# ---- signatures ---------------------------------------------------------------------------------


def test_signatures_are_checked_and_odd_keys_refused() -> None:
    """A key of small order, or one spelled otherwise, signs nothing here."""
    message = b"message"
    signature = signing_key("ada").sign(message)
    assert check_ed25519(public("ada"), message, signature)
    assert not check_ed25519(public("ben"), message, signature)
    assert not check_ed25519(public("ada"), message, signature[:-1])
    identity = bytes([1]) + bytes(31)
    # Under the identity point this signature fits every message for those who do not look.
    assert not check_ed25519(identity, message, identity + bytes(32))
    assert not check_ed25519(b"short", message, signature)


def test_ml_dsa_signatures_are_checked_in_full() -> None:
    """The second algorithm answers yes or no as well, whatever it is given."""
    key, message = mldsa44_key(), b"message"
    good = key.public_key().public_bytes_raw()
    signature = key.sign(message)
    assert check_mldsa44(good, message, signature)
    assert not check_mldsa44(good, b"another", signature)
    assert not check_mldsa44(good, message, key.sign(message, b"context"))
    assert not check_mldsa44(good[:-1], message, signature)
