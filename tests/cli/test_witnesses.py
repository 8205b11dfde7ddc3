"""Witnesses that are not ours: aics-witness over HTTP, witness-log in this process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import aics_witness
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from witness_log import WitnessService

from ledger.evidence.note import SignedNote
from ledger.home import Home
from ledger.verify import Report, verify
from ledger.witnessing import keeping
from ledger.witnessing.asking import over_http
from ledger.witnessing.policy import Policy, Witness
from ledger.witnessing.protocol import Answer
from tests.cli.conftest import ORIGIN, Line, founded

POLICY = """\
# Who watches this log.
log {log}
witness state {aics} {url}
witness\tcollege {rust} http://127.0.0.1:9/w
group both all state college
quorum both
"""


@dataclass
class Outside:
    """The two witnesses, the ledger that they watch, and a trust file that asks for both."""

    line: Line
    service: WitnessService
    policy: Path
    trust: Path

    def post(self, witness: Witness, body: bytes) -> Answer | None:
        """Bring a request to the one over HTTP, to the other by hand."""
        if witness.name == "state":
            return over_http(witness, body)
        status, kind, text = self.service.handle_add_checkpoint_http(body.decode())
        return Answer(status, kind, text.encode())

    def ask(self, home: Path | None = None) -> dict[str, str]:
        """Ask both; gives what each said."""
        opened = Home(home or self.line.home)
        try:
            asked = keeping.ask(opened, self.line.clock[0], self.post)
        finally:
            opened.close()
        return {one.witness.name: one.verdict.word for one in asked}

    def published(self, home: Path | None = None) -> None:
        """A day passes and the log grows; the witness over HTTP is asked by the tick itself."""
        self.line.later(days=1)
        self.of(home or self.line.home).good("tick")

    def of(self, home: Path) -> Line:
        """The command line of another copy, under the same clock."""
        return Line(home, self.line.capsys, self.line.clock)

    def judged(self) -> Report:
        """What a stranger says who asks for both witnesses."""
        return verify(self.line.home / "log", self.trust.read_bytes())


@pytest.fixture
def outside(line: Line, tmp_path: Path) -> Iterator[Outside]:
    """Two witnesses that know the log of a ledger, and a policy that asks for both."""
    log = (line.home / "log" / "keys").read_text().splitlines()[0]
    known = aics_witness.LogConfig.from_strings(ORIGIN, [log])
    store = aics_witness.WitnessStore(tmp_path / "witness.db", create=True)
    key = Ed25519PrivateKey.generate()
    witness = aics_witness.Witness("witness.state.example", key, store, [known])
    server = aics_witness.make_server(witness)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    service = WitnessService.new("witness.college.example", bytes(range(32)))
    service.add_log(ORIGIN, log)
    policy, trust = tmp_path / "policy", tmp_path / "trust.json"
    vkeys = {"aics": witness.vkey_text, "rust": service.vkey()}
    policy.write_text(POLICY.format(log=log, url=server.url, **vkeys))
    line.good("witness", "use", str(policy), by="mara")
    own = str(line.home / "trust.json")
    words = ("trust", "extend", str(trust), "--trust", own, "--witnesses", str(policy))
    line.good(*words)
    try:
        yield Outside(line, service, policy, trust)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
        store.close()


def test_two_strangers_cosign_what_only_grew(outside: Outside, tmp_path: Path) -> None:
    """The tick asks by itself; lines stand below the checkpoint, and the offline verifier counts
    them; a later checkpoint is proven from what each remembers.
    """
    line = outside.line
    for day in (1, 2):
        outside.published()
        assert outside.ask() == {"college": "cosigned"}, day
        assert outside.ask() == {}
        assert (outside.judged().findings, outside.judged().exit_code) == ((), 0)
        # What the next tick's run finds published stays as it is.
        before = (line.home / "log/checkpoint").read_bytes()
        line.good("tick")
        assert (line.home / "log/checkpoint").read_bytes() == before
    note = SignedNote.parse(before)
    assert [one.name for one in note.signatures] == [
        *(ORIGIN, ORIGIN),
        *("witness.state.example", "witness.college.example"),
    ]
    shown = line.good("witness", "show")
    assert (shown["met"], shown["evidence"]) == (True, [])
    assert line.good("witness", "ask") == {"asked": {}, "met": True}
    pack = tmp_path / "pack"
    line.good("export", "ledger", str(pack), by="mara")
    assert verify(pack, outside.trust.read_bytes()).exit_code == 0
    # A witness that lost our answer, or of which we forgot what it said, is asked from nothing.
    (line.home / keeping.STATE).unlink()
    outside.published()
    assert outside.ask() == {"college": "cosigned"}
    # A crash came between the two files: the line stands below the kept one only.
    lines = (line.home / "log/checkpoint").read_bytes().splitlines(keepends=True)
    (line.home / "log/checkpoint").write_bytes(b"".join(lines[:-1]))
    assert [one.code for one in outside.judged().findings] == ["V3.quorum-missed"]
    # It cosigned this very size already, and does so again.
    assert outside.ask() == {"college": "cosigned"}
    assert outside.judged().exit_code == 0


def test_what_was_taken_back_and_what_was_rewritten_is_refused(
    outside: Outside, tmp_path: Path
) -> None:
    """An older copy is behind what both cosigned; once it grew otherwise they hold two histories.
    Either way request and answer are kept, and the doctor says so until both have cosigned again.
    """
    outside.published()
    assert outside.ask() == {"college": "cosigned"}
    older = tmp_path / "older"
    shutil.copytree(outside.line.home, older)
    other = outside.of(older)
    outside.published()
    assert outside.ask() == {"college": "cosigned"}
    # The copy asks anew: its witnesses' lines are taken off, as a forger would.
    own = (older / "log/checkpoint").read_bytes()
    stripped = b"".join(own.splitlines(keepends=True)[:6])
    newest = next((older / "log/checkpoints").iterdir())
    for path in (older / "log/checkpoint", newest):
        path.write_bytes(stripped)
    assert outside.ask(older) == {"state": "ahead", "college": "ahead"}
    outside.line.clock[0] = outside.line.clock[0].replace(hour=3)
    outside.published(older)
    assert outside.ask(older) == {"state": "contradicts", "college": "contradicts"}
    folders = other.good("witness", "show")["evidence"]
    assert {one.split("-")[2] for one in folders} == {"ahead", "contradicts"}
    assert len(folders) == 4
    for one in folders:
        kept = {path.name for path in (older / one).iterdir()}
        assert kept == {"request", "answer", "checkpoint", "witness"}
    told = {one["code"]: one["severity"] for one in other("doctor").data["problems"]}
    assert told["witness-against"] == "unsafe"
    # Silence takes nothing back.
    opened = Home(older)
    keeping.ask(opened, outside.line.clock[0], lambda *_: None)
    opened.close()
    assert "witness-against" in {one["code"] for one in other("doctor").data["problems"]}
    # Asked again and again, the same refusal is kept once.
    outside.ask(older)
    assert other.good("witness", "show")["evidence"] == folders
    # The true ledger goes on, whatever was tried in its name.
    outside.published()
    assert outside.ask() == {"college": "cosigned"}
    assert outside.judged().exit_code == 0


def test_a_witness_that_is_gone_or_knows_another_log_hinders_nobody(
    outside: Outside, tmp_path: Path
) -> None:
    """A tick is published all the same; who is missing is told, and counted by the doctor."""
    line = outside.line
    outside.published()
    assert line("witness", "ask").code == 5
    assert line.good("witness", "show")["met"] is False
    line.later(hours=3)
    assert "witness-quorum" in {one["code"] for one in line("doctor").data["problems"]}
    stranger = outside.of(founded(tmp_path / "stranger", None, origin="ledger.other.example"))
    text = "\n".join(one for one in outside.policy.read_text().splitlines() if "log " not in one)
    outside.policy.write_text(text + "\n")
    stranger.good("witness", "use", str(outside.policy), by="mara")
    stranger.later(days=1)
    assert "does not know this log" in stranger("tick").err
    assert outside.ask(stranger.home) == {"state": "not-for-us", "college": "not-for-us"}
    assert stranger.good("witness", "show")["evidence"] == []


def test_only_a_policy_of_this_log_is_taken(outside: Outside, tmp_path: Path) -> None:
    """By a director or custodian, with an address for each witness; else the one in use stays."""
    line, file = outside.line, tmp_path / "bad"
    good = outside.policy.read_text()
    before = (line.home / keeping.POLICY).read_bytes()
    log = good.splitlines()[1]
    other = Policy.parse(good.encode()).witnesses[0].vkey.dump()
    for text in (
        good.replace("group both", "crowd both"),
        good.replace("quorum both", "quorum nobody"),
        good.replace("http://127.0.0.1:9/w", ""),
        good.replace("http://127.0.0.1:9/w", "http://witness.example/w"),
        good.replace(log, f"log {'ledger.other.example+' + log.split('+', 1)[1]}"),
        f"{log}\nwitness state {other} https://w.example\nwitness two {other}\nquorum state\n",
    ):
        file.write_text(text)
        assert line("witness", "use", str(file), by="mara").code == 2, text
    assert line("witness", "use", str(outside.policy), by="tom").code == 4
    assert (line.home / keeping.POLICY).read_bytes() == before
    trust = str(line.home / "trust.json")
    words = ("trust", "extend", str(tmp_path / "t"), "--trust", trust)
    assert line(*words).code == 2
    file.write_text("quorum nobody\n")
    assert line(*words, "--witnesses", str(file)).code == 2
    assert line(*words, "--authority", str(tmp_path / "none")).code == 2
    (line.home / keeping.POLICY).write_text("quorum")
    assert line("witness", "show").code == 5
