"""The log's places through the command line: announced by one, agreed by two, seen by everybody."""

from __future__ import annotations

from typing import Any

from tests.cli.conftest import Line


def places(line: Line) -> list[Any]:
    """The epochs that `log places` shows, as start, sealed places and state."""
    shown = line.good("log", "places")["places"]
    return [(one["start"], one["sealed"], one["state"]) for one in shown]


def test_the_log_gets_more_places(line: Line) -> None:
    """Announced, assented to by another person, in the schedule with the next tick."""
    line.later(days=1)
    line.good("tick")
    ((founded, _, state),) = places(line)
    assert state == "published"
    assert line("log", "change-places", "--sealed", "256", by="tom").code == 4
    done = line.good("log", "change-places", "--sealed", "256", by="mara")
    assert line.good("log", "change-places", "--sealed", "256", by="mara") == done
    assert places(line)[1] == (done["start"], 256, "waits")
    assert line.good("log", "assent", by="mara")["assented"] == []
    assert line.good("log", "assent", by="tom")["assented"] == [done["announced"]]
    assert places(line)[1] == (done["start"], 256, "agreed")
    assert line("log", "change-places", "--sealed", "512", by="mara").code == 2
    line.later(days=1)
    line.good("tick")
    assert places(line)[1] == (done["start"], 256, "published")
    said = line("log", "places", as_json=False).out
    assert f"{founded[:10]}" in said
    assert "64 open and 256 sealed each day" in said
    assert line.good("log", "show")["next_tick"] == 3


def test_places_that_cannot_be_are_refused_in_a_sentence(line: Line) -> None:
    """Too few, no offset, too soon; and an assent that would come too late is not made."""
    line.later(days=1)
    line.good("tick")
    for words in (
        ("--sealed", "1"),
        ("--sealed", "256", "--from", "2026-12-01T00:00:00"),
        ("--sealed", "256", "--from", "2026-01-01T00:00:00Z"),
    ):
        assert line("log", "change-places", *words, by="mara").code == 2
    line.good("log", "change-places", "--open", "128", "--every", "hour", by="mara")
    line.later(days=35)
    assert line("log", "assent", by="tom").code == 2
    assert places(line)[1][2] == "lapsed"
