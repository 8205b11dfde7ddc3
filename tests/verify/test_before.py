"""V17: evidence of the ledger before, held against the founding of the one that follows it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.evidence.grammar import to_base64
from ledger.evidence.jcs import Json
from ledger.verify import __main__ as command
from ledger.verify import ending, verify
from tests.drafts import good_drafts
from tests.forge import Files, Forge, World, write
from tests.verify.attesting import FOUNDING

OLD = "ledger.lonecone.example/2026"
ENDED = 3
"""The tick with which the old log ends."""


@cache
def old(ticks: int = ENDED) -> World:
    """The ledger before, after so many ticks."""
    forge = Forge([one for one in good_drafts() if one.name in FOUNDING], OLD)
    forge.ticks = ticks
    return forge.build()


def named() -> dict[str, Json]:
    """What a rightful founding says of it."""
    world = old()
    return {
        "origin": OLD,
        "founded": world.made("founded").e.hex(),
        "size": world.size,
        "root": to_base64(world.tree.root(world.size)),
        "checkpoint": sha256(world.checkpoint()).hexdigest(),
    }


def flipped(log: Files) -> Files:
    """Change one bit of an entry."""
    bundle = next(name for name in log if name.startswith("tile/entries/"))
    data = bytearray(log[bundle])
    data[40] ^= 1
    return {**log, bundle: bytes(data)}


@dataclass(frozen=True, slots=True)
class Following:
    """A ledger that follows another one, and what somebody brings of that one."""

    why: str
    codes: str = ""
    says: Mapping[str, Json] | None = None
    """Where the founding says otherwise than it was; None where it names no ledger before."""
    shown: int = ENDED
    """The tick up to which the old log is brought."""
    bend: Callable[[Files], Files] = dict
    unanswered: bool = False

    def pack(self) -> tuple[Files, bytes]:
        """The new ledger's evidence, with its trust file."""
        forge = Forge()
        forge.before = None if self.says is None else {**named(), **self.says}
        world = forge.build()
        return world.pack("event", ("request",)), world.trust()

    def before(self) -> tuple[Files, bytes]:
        """The old ledger's log, with its trust file."""
        world = old(self.shown)
        return self.bend(world.log()), world.trust()


CASES = {
    "follows": Following("The old log ends as the founding says; this pack is good.", says={}),
    "follows-another-root": Following(
        "The founding names another root than the one with which the old log ended.",
        "V17.state-differs", {"root": to_base64(bytes([7]) * 32)},
    ),
    "follows-another-checkpoint": Following(
        "Size and root are right, and another checkpoint was signed over them.",
        "V17.state-differs", {"checkpoint": "7e" * 32},
    ),
    "follows-another-origin": Following(
        "The founding names a ledger of another name than the one that is brought.",
        "V17.another-ledger", {"origin": "ledger.delta.example"},
    ),
    "follows-another-founding": Following(
        "The ledger that is brought has the name, and was founded by others.",
        "V17.another-ledger", {"founded": "7e" * 32},
    ),
    "old-log-goes-on": Following(
        "The old log has a tick after the one with which it is said to have ended.",
        "V17.goes-on", {}, ENDED + 1,
    ),
    "follows-nothing": Following(
        "An old ledger is brought to a founding that names none.", "V17.not-named",
    ),
    "old-log-altered": Following(
        "One bit of the old log was changed.", "V17.before-not-intact", {}, bend=flipped,
    ),
    "old-log-too-short": Following(
        "What is brought of the old log ends earlier: nobody can say whether it ended so.",
        says={}, shown=ENDED - 1, unanswered=True,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The good case, written out."""
    folder = tmp_path_factory.mktemp("follows")
    pack, trust = CASES["follows"].pack()
    before, before_trust = CASES["follows"].before()
    write(pack, folder / "pack")
    write(before, folder / "before")
    write({"trust.json": trust, "before-trust.json": before_trust}, folder)
    return folder


def test_the_report_names_the_ledger_before(good: Path) -> None:
    """Who reads one ledger's evidence learns that there is an older one, and how that one ended."""
    alone = verify(good / "pack", (good / "trust.json").read_bytes())
    assert alone.exit_code == 0
    assert f"Follows: {OLD} of fingerprint" in alone.text()
    assert "So it did: not checked." in alone.text()
    assert json.loads(alone.json())["before"] == named()
    both = verify(
        good / "pack",
        (good / "trust.json").read_bytes(),
        before=(good / "before", (good / "before-trust.json").read_bytes()),
    )
    assert (both.exit_code, both.findings) == (0, ())
    assert f"with {old().size} entries. So it did: yes." in both.text()


def test_a_whole_pack_of_the_old_ledger_serves_as_well_as_its_log(
    good: Path, tmp_path: Path
) -> None:
    """What was kept of the old ledger is a pack or a log; both show how it ended."""
    whole = write(old().pack("ledger"), tmp_path / "whole")
    before = (whole, old().trust())
    report = verify(good / "pack", (good / "trust.json").read_bytes(), before=before)
    assert (report.exit_code, report.findings) == (0, ())
    shown, _ = ending(before)
    assert shown is not None
    assert shown.dump() == named()


def test_a_log_alone_cannot_say_what_it_follows(good: Path, tmp_path: Path) -> None:
    """The founding is a record: a published log does not show it, and the question stays open."""
    forge = Forge()
    forge.before = named()
    world = forge.build()
    log = write(world.log(), tmp_path / "log")
    before = (good / "before", (good / "before-trust.json").read_bytes())
    report = verify(log, world.trust(), before=before)
    assert report.exit_code == 2
    assert [one.name for one in report.open_questions] == ["V17"]
    altered = write(flipped(old().log()), tmp_path / "altered")
    report = verify(log, world.trust(), before=(altered, before[1]))
    assert [one.code for one in report.findings] == ["V17.before-not-intact"]


@pytest.mark.parametrize(
    ("before", "trust"),
    [("nowhere", "before-trust.json"), ("before", "before/checkpoint"), ("before", "nowhere")],
)
def test_what_cannot_be_used_of_the_ledger_before_is_no_verdict(
    good: Path, before: str, trust: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a trust file or a path that can be read nothing is said of either ledger."""
    words = [str(good / "pack"), "--trust", str(good / "trust.json")]
    words += ["--before", str(good / before), "--before-trust", str(good / trust)]
    assert command.main(words) == 2
    assert "NOT VERIFIED" in capsys.readouterr().out


def test_evidence_and_trust_of_the_ledger_before_go_together(good: Path) -> None:
    """The new ledger's trust file says nothing of the old one."""
    words = [str(good / "pack"), "--trust", str(good / "trust.json")]
    with pytest.raises(SystemExit, match="2"):
        command.main([*words, "--before", str(good / "before")])
