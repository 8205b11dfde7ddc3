"""The guard at the command line: agents ask, purges are recorded, freezes are printed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Line
from tests.house.tree import ROOT

AGENT = ROOT / "ops" / "examples" / "agent.py"
PURGED = {
    "purged": [{"category": "circulation", "count": 3}],
    "method": "deleted",
    "schedule": "Policy II.4",
    "backups": "none",
}
READERS = [f"reader {n}" for n in range(200)]
HELD = READERS[3]


def agent(*words: str, given: list[str] | None = None, code: int = 0) -> list[str]:
    """Run the example of an agent as a program of its own; gives what it printed."""
    text = "".join(f"{one}\n" for one in given or [])
    command = [sys.executable, str(AGENT), *words]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def case(line: Line, tmp_path: Path) -> tuple[Line, str, str]:
    """A case in which the record of one reader is held; and the agent's key and credential."""
    line.enrol("kim", "staff")
    reference = line.good("case", "new", by="kim")["reference"]
    line.do(reference, "open", "mara")
    agent("key", str(tmp_path / "key"))
    (token,) = agent("token", str(tmp_path / "key"), given=[HELD])
    fields = {"level": "state", "categories": ["circulation"]}
    request = line.do(reference, "receive-preservation-request", "kim", **fields)
    kept = {"categories": ["circulation"], "places": ["library-system"], "tokens": [token]}
    hold = line.do(reference, "place-hold", "mara", request=request, **kept)
    words = ("guard", "enrol", "koha", "--credential-to", str(tmp_path / "credential"))
    assert line.good(*words, by="mara") == {"enrolled": "koha"}
    return line, reference, hold


def ask(line: Line, tmp_path: Path) -> list[str]:
    """The readers whose records may be purged, as the agent learns it."""
    command = [
        *(sys.executable, "-m", "ledger.cli", "--home", str(line.home), "guard", "check"),
        *("--credential", str(tmp_path / "credential"), "-"),
    ]
    return agent("ask", str(tmp_path / "key"), "--", *command, given=READERS)


def test_the_agent_purges_all_but_what_is_held_or_covered(
    case: tuple[Line, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One by one and by the list it learns the same: the held one stays, most others go. After the
    release nobody can tell whether what stays was ever held.
    """
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    line, reference, hold = case
    purged = ask(line, tmp_path)
    assert HELD not in purged
    assert 180 < len(purged) < 200
    words = ("guard", "list", "--credential", str(tmp_path / "credential"))
    told = line(*words, as_json=False)
    assert {len(one) for one in told.out.splitlines()} == {5}
    assert len(told.out.splitlines()) == 1 + 1024
    assert told.out.splitlines()[1:] == sorted(told.out.splitlines()[1:])
    line.do(reference, "release-hold", "mara", hold=hold, reason="request-withdrawn")
    after = line.good(*words)
    assert after["of"] == 51_200
    assert len(after["marks"]) == 1024
    (tmp_path / "list").write_text(told.out)
    kept = agent("retain-list", str(tmp_path / "key"), str(tmp_path / "list"), given=READERS)
    assert HELD in kept


def test_the_agent_retains_everything_where_it_learns_nothing(
    case: tuple[Line, str, str], tmp_path: Path
) -> None:
    """A guard that fails, a list that is none, a key that others may read: nothing is purged."""
    key, nothing = str(tmp_path / "key"), tmp_path / "nothing"
    nothing.write_text("51200\n")
    assert agent("ask", key, "--", "false", given=READERS, code=1) == []
    assert agent("ask", key, "--", "echo", "purge", given=READERS, code=1) == []
    assert agent("retain-list", key, str(nothing), given=READERS, code=1) == []
    assert agent("key", key, code=1) == []
    (tmp_path / "key").chmod(0o644)
    assert agent("token", key, given=READERS, code=1) == []


def test_only_the_agents_credential_asks(case: tuple[Line, str, str], tmp_path: Path) -> None:
    """Another's, one that others may read, and one that was revoked open nothing."""
    line, _, _ = case
    credential, other = tmp_path / "credential", tmp_path / "other"
    tokens = tmp_path / "tokens"
    tokens.write_text(f"{'0' * 64}\n{'1' * 64}\n")
    check = ("guard", "check", str(tokens), "--credential")
    assert set(line.good(*check, str(credential))["answers"]) <= {"retain", "purge"}
    assert credential.stat().st_mode & 0o777 == 0o600
    for text in ("dlguard_" + "A" * 43, "nothing"):
        other.write_text(text)
        other.chmod(0o600)
        assert line(*check, str(other)).code == 4
    other.chmod(0o644)
    assert line(*check, str(other)).code == 2
    assert line(*check, str(tmp_path / "missing")).code == 2
    tokens.write_text("0" * 64 + "\nreader 3\n")
    told = line(*check, str(credential))
    assert (told.code, "reader" in told.err) == (2, False)
    assert line("guard", "check", str(tmp_path), "--credential", str(credential)).code == 2
    (row,) = line.good("guard", "agents", by="mara")["agents"]
    assert row["agent"] == "koha"
    assert line.good("guard", "revoke", "koha", by="mara") == {"revoked": "koha"}
    assert line(*check, str(credential)).code == 4
    assert line("guard", "agents", by="mara", as_json=False).out == "No agent may ask.\n"


def test_who_is_no_director_enrols_no_agent(case: tuple[Line, str, str], tmp_path: Path) -> None:
    """Kim may neither enrol, nor revoke, nor list; a name and a file are used once."""
    line, _, _ = case
    new = str(tmp_path / "new")
    enrol = ("guard", "enrol", "sierra", "--credential-to")
    for words in ((*enrol, new), ("guard", "revoke", "koha"), ("guard", "agents")):
        assert line(*words, by="kim").code == 4
    assert line(*enrol, str(tmp_path / "credential"), by="mara").code == 2
    assert line("guard", "enrol", "koha", "--credential-to", new, by="mara").code == 2
    assert not Path(new).exists()
    assert line("guard", "revoke", "sierra", by="mara").code == 2


def test_a_purge_run_asks_first_and_says_what_it_did_not_take(
    case: tuple[Line, str, str],
) -> None:
    """The office has the counts and the moment of the look; the case has that its hold stopped it.
    A custodian's reconciliation finds nothing more to say.
    """
    line, reference, hold = case
    words = ("guard", "purge-run", "--with", json.dumps(PURGED))
    told = line.good(*words, by="mara")
    (record,) = told["records"]
    assert told["blocked"] == 1
    assert record["type"] == "purge-run-completed.v1"
    rows = line.good("case", "history", reference, by="mara")["history"]
    assert rows[-1]["event"] == {
        "type": "purge-blocked-by-hold.v1",
        "hold": hold,
        "category": "circulation",
        "due_on": "2026-06-19",
    }
    done = line.good("guard", "reconcile", by="mara")
    assert done == {"not_guarded": [], "blocked": 0}
    assert line(*words, by="kim").code == 4


def test_the_timer_renews_the_list_once_a_night(case: tuple[Line, str, str]) -> None:
    """The tick does it, or the command of its own; the second one has nothing to do."""
    line, _, _ = case
    assert line.good("guard", "reconcile") == {"renewed": False}
    line.later(days=1)
    assert line.good("guard", "reconcile") == {"renewed": True}
    line.later(days=1)
    line.good("tick")
    assert line.good("guard", "reconcile") == {"renewed": False}


def test_freezes_are_printed_for_who_works_the_system(case: tuple[Line, str, str]) -> None:
    """Kim reads the page of a step; the release comes after the hold's, and only of its case."""
    line, reference, hold = case
    koha = (hold, "--system", "koha")
    page = line("guard", "freeze", reference, *koha, by="kim", as_json=False).out
    assert "privacy to 0" in page
    assert line.good("guard", "verify", reference, *koha, by="kim")["lines"]
    assert line("guard", "release", reference, *koha, by="kim").code == 2
    attested = {"system": "koha", "step": "frozen", "read_back": "as-instructed"}
    line.do(reference, "attest-freeze", "kim", hold=hold, prior_state="privacy 1", **attested)
    second = line.do(
        reference, "receive-preservation-request", "kim", level="county", categories=[]
    )
    kept = {"categories": ["circulation"], "places": ["library-system"]}
    other = line.do(reference, "place-hold", "mara", request=second, **kept)
    line.do(reference, "release-hold", "mara", hold=hold, reason="request-withdrawn")
    left = line.good("guard", "release", reference, *koha, by="kim")
    assert left["lines"][1:] == [other]
    line.do(reference, "release-hold", "mara", hold=other, reason="request-withdrawn")
    done = line.good("guard", "release", reference, *koha, by="kim")
    assert "privacy 1" in done["lines"][1]
    assert (
        line("guard", "freeze", reference, f"{hold[:-1]}99", "--system", "koha", by="kim").code == 3
    )


def test_a_full_list_tells_who_places_the_hold(case: tuple[Line, str, str]) -> None:
    """The hold is on record; which records are not retained, and what to do, is said at once."""
    line, reference, _ = case
    request = line.do(reference, "receive-preservation-request", "kim", level="city", categories=[])
    fields = {"request": request, "categories": ["circulation"], "places": ["library-system"]}
    for number in range(2):
        tokens = [f"{number}{n:063x}" for n in range(256)]
        words = ("do", reference, "place-hold", "--with", json.dumps({**fields, "tokens": tokens}))
        done = line(*words, by="mara", as_json=number == 1)
        assert done.code == 0
    assert done.data["not_guarded"] == [f"1{255:063x}"]
    assert done.data["records"][0]["type"] == "hold-placed.v1"
    told = line("guard", "reconcile", by="mara", as_json=False).out
    assert "NOT told to retain" in told
    assert f"1{255:063x}" in told
