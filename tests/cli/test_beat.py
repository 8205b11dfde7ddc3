"""Who looks among sealed matters without being cleared is answered at a beat."""

from __future__ import annotations

import pytest

from ledger.cli import session as module
from ledger.cli.session import Session
from tests.cli.conftest import Line


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, by a clock that says that every look took 2.75 seconds."""
    found: list[float] = []
    monkeypatch.setattr(module, "BEAT_SECONDS", 2.0)
    monkeypatch.setattr("time.monotonic", lambda: 102.75)
    monkeypatch.setattr("time.sleep", found.append)
    return found


@pytest.mark.parametrize(
    ("person", "vault", "beats"),
    [("kim", True, [1.25]), ("kim", None, []), ("mara", True, []), ("mara", None, [])],
)
def test_a_look_of_staff_takes_whole_beats(
    line: Line, waited: list[float], person: str, vault: bool | None, beats: list[float]
) -> None:
    """To find theirs, every sealed key is tried: how long that took would tell how many there are.
    Who does not look there, or is cleared, is answered at once.
    """
    line.enrol("kim", "staff")
    waited.clear()
    asked = Session(line.home, person, vault=vault, started=100.0)
    try:
        assert asked.register.sees_vault is (bool(vault) or person == "mara")
        asked.answer({}, ["Nothing."])
    finally:
        asked.close()
    assert waited == beats


def test_a_task_and_a_refusal_keep_the_beat(line: Line, waited: list[float]) -> None:
    """Tasks are looked for among sealed matters, whoever asks; what is not found is told as late as
    what is.
    """
    line.enrol("kim", "staff")
    waited.clear()
    line("task", "list", by="kim")
    line("task", "show", "7K3M-9Q2D-X", by="kim")
    assert len(waited) == 2
