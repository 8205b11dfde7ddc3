"""Counsel attests to the log: what everybody sees is the same whatever is sealed (T-59)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from keys.keyring import create, unlock
from ledger.attesting import Attesting
from ledger.cli.session import THROW_AWAY
from ledger.errors import Unavailable
from ledger.founding import Founding, Terms, found
from ledger.home import Home
from ledger.register.handle import Register
from tests.cli.conftest import ORIGIN, START, Line, opened
from tests.independent.stranger.verifier import __main__ as stranger

TERMS = Terms(period_seconds=86_400, open=4, sealed=4, delay=2)
MONTH = {"days": 31}
SIZE = 30 * 8
"""Of the log when the first month has ended."""
NO_GLASS = {"unanswered_glass": 0}


@pytest.fixture(scope="module")
def monthly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A founded home in which counsel attests every month."""
    path = tmp_path_factory.mktemp("monthly") / "home"
    rings = {name: create(name, b"", throw_away=True) for name in ("mara", "tom")}
    founders = ((rings["mara"], "director"), (rings["tom"], "counsel"))
    founding = Founding(*(ORIGIN, "America/Denver", "us-co/lcld", founders, TERMS), attest_months=1)
    files = {name: ring.dump(THROW_AWAY) for name, ring in rings.items()}
    found(path, founding, START, files).close()
    return path


@pytest.fixture
def line(
    monthly: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Line:
    """That home, at its command line."""
    return opened(monthly, tmp_path, capsys, monkeypatch)


def month_later(line: Line) -> None:
    """Let a month pass, and publish it."""
    line.later(**MONTH)
    line.good("tick")


def states(line: Line, by: str = "mara") -> list[str]:
    """What the verifier says of each period."""
    report = line("verify", by=by).data
    return [one["state"] for one in report["attestations"]]


def test_counsel_attests_on_the_date_that_the_founding_fixed(line: Line) -> None:
    """Before a period has ended there is nothing to attest to; then once is enough."""
    line.later(days=1)
    line.good("tick")
    early = line("attest", by="tom")
    assert early.code == 2
    assert "2026-07-19T20:00:00Z" in early.err
    month_later(line)
    assert states(line) == ["awaited"]
    assert line.good("attest", by="tom") == {"period": 1, "size": SIZE, "new": True, **NO_GLASS}
    again = {"period": 1, "size": SIZE, "new": False, **NO_GLASS}
    assert line.good("attest", by="tom") == again
    line.later(days=3)
    line.good("tick")
    assert states(line) == ["present"]


def test_only_counsel_attests(line: Line) -> None:
    """The director is told so, and nothing is looked at."""
    month_later(line)
    answer = line("attest", by="mara")
    assert (answer.code, "Only counsel" in answer.err) == (4, True)


def test_a_waiting_visit_does_not_stop_the_attestation(line: Line) -> None:
    """Counsel opens it, though it is not theirs to triage; also one "not to the director"."""
    line.good("case", "new", by="mara")
    line.enrol("olga", "designee")
    line.good("case", "new", "--with", '{"not_to_director": true}', by="mara")
    month_later(line)
    assert line.good("attest", by="tom")["new"] is True


def test_a_leaf_that_does_not_open_stops_counsel_who_is_told_which(line: Line) -> None:
    """Where counsel was removed from a matter they are told its entries; another counsel, who was
    let in, attests in their place.
    """
    reference = line.good("case", "new", by="mara")["reference"]
    line.enrol("vera", "counsel")
    line.good("key", "rewrap", by="mara")
    sealing = {"ground": "gag", "citation": "18 U.S.C. 2709(c)", "review_on": "2026-12-14"}
    line.do(reference, "keep-sealed", "mara", **sealing)
    line.do(reference, "remove-audience-member", "mara", person="tom", reason="other")
    month_later(line)
    refused = line("attest", by="tom")
    assert refused.code == 2
    assert "Closed to you: 5 entries of the log, among them leaf " in refused.err
    assert line.good("attest", by="vera")["new"] is True


def test_who_may_open_everything_holds_counsels_digest_against_the_streams(
    line: Line, tmp_path: Path
) -> None:
    """The salt opens to counsel and custodian; ours and a stranger's verifier find the same."""
    line.do(line.good("case", "new", by="mara")["reference"], "open", "mara")
    month_later(line)
    line.good("attest", by="tom")
    line.later(days=3)
    line.good("tick")
    pack, openings = tmp_path / "pack", tmp_path / "openings"
    line.good("export", "ledger", str(pack), "--openings", str(openings), by="tom")
    answer = line("verify", str(pack), "--openings", str(openings), "--replay")
    assert (answer.code, answer.data["findings"]) == (0, [])
    assert {"check": "V16", "outcome": "ran", "reason": ""} in answer.data["checks"]
    words = [str(pack), "--trust", str(line.home / "trust.json"), "--openings", str(openings)]
    told = stranger.answer_for(words)
    assert (told["exit"], told["findings"]) == (0, [])
    assert told["attestations"] == answer.data["attestations"]


def test_a_run_that_broke_off_goes_on_with_its_salt(line: Line) -> None:
    """Whatever fails between the vault office and the office, there is one salt, and one digest."""
    month_later(line)
    home = Home(line.home)
    tom = unlock(home.keyring_path("tom").read_bytes(), THROW_AWAY)
    calls = iter([line.clock[0]])

    def clock() -> object:
        try:
            return next(calls)
        except StopIteration:
            raise Unavailable("The clock stopped.") from None

    register = Register(home, lambda: line.clock[0])
    with pytest.raises(Unavailable, match="The clock stopped"):
        Attesting(home, register, tom, clock).attest()  # type: ignore[arg-type] # it may fail
    home.close()
    assert line.good("attest", by="tom")["new"] is True
    home = Home(line.home)
    assert home.vault.last_seq(home.config.vault_office) == 1
    home.close()


def test_at_an_opening_of_the_books_counsel_names_a_checkpoint(line: Line) -> None:
    """Any published size will do; one that was never published will not."""
    month_later(line)
    assert line("attest", "--through", "241", by="tom").code == 2
    assert line("attest", "--through", "80000", by="tom").code == 2
    assert line.good("attest", "--through", "8", by="tom")["period"] == 0
    assert line.good("attest", "--through", "248", by="tom")["period"] == 1
    line.later(days=3)
    line.good("tick")
    assert states(line) == ["present"]


@pytest.mark.parametrize("attests", [True, False])
def test_what_everybody_sees_is_the_same_with_and_without_sealed_matters(
    line: Line, tmp_path: Path, attests: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """T-59: present or missing, two worlds that differ in sealed matters read the same."""
    shutil.copytree(line.home, tmp_path / "other")
    worlds = [line, Line(tmp_path / "other", capsys, line.clock)]
    # Kept from the director, this visit opens to counsel alone.
    kept = json.dumps({"not_to_director": True})
    worlds[0].good("case", "new", "--with", kept, by="mara")
    line.later(**MONTH)
    for world in worlds:
        world.good("tick")
        if attests:
            world.good("attest", by="tom")
    line.later(days=31)
    texts = []
    for world in worlds:
        world.good("tick")
        texts.append(world("verify", by="mara", as_json=False).out)
    first = "present" if attests else "missing"
    assert f"Period 1, to 2026-07-19T20:00:00Z: {first}" in texts[0]
    assert texts[0] == texts[1]
