"""What goes on for ever ends with its program: streams of events over real sockets."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.tokens import Tokens
from ledger.web.serving import GRACE_SECONDS
from tests.web.served import FREE, PATIENCE_SECONDS, Served, at_port, library_of_today, served

STREAM = "/api/feeds/office/events"
ENDED_SECONDS = 2 * (GRACE_SECONDS + 2)
"""So long the whole of `serve` may take to end; on a busy machine twice what its programs have."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The home of a library with a founding to tell of, and a token for the office's feed."""
    made = library_of_today(tmp_path_factory.mktemp("ending") / "home")
    token, _ = Tokens(made.home, lambda: made.now).add("reader", "feed:office:read", 30)
    made.home.close()
    return made.home.path, token


@pytest.fixture
def serving(told: tuple[Path, str]) -> Iterator[Served]:
    """Both programs of that home."""
    with served(told[0], FREE) as programs:
        yield programs


def listening(
    origin: str, token: str, last: str = ""
) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    """Listen to the feed from after an event, as a browser that comes again does."""
    asking = http.client.HTTPConnection("127.0.0.1", int(at_port(origin)), PATIENCE_SECONDS)
    headers = {"Authorization": f"Bearer {token}", "Host": origin.partition("://")[2]}
    asking.request("GET", STREAM, headers={**headers, **({"Last-Event-ID": last} if last else {})})
    answer = asking.getresponse()
    assert answer.status == 200
    return asking, answer


def event_of(answer: http.client.HTTPResponse) -> dict[str, str]:
    """The next event of a stream."""
    lines: list[str] = []
    while line := answer.readline().decode().rstrip("\n"):
        lines.append(line)
    return dict(line.split(": ", 1) for line in lines)


def test_a_stream_that_somebody_listens_to_ends_with_serve_and_nothing_breaks(
    told: tuple[Path, str], serving: Served
) -> None:
    """Over a real socket a stream goes on after the last event that was heard; asked to end, it
    ends whole, the exit code is 0 within the time that is given, and nothing broke off.
    """
    origin, token = serving.origins["desk"], told[1]
    first, answer = listening(origin, token)
    heard = [event_of(answer) for _ in range(3)]
    answer.close()
    first.close()
    again, answer = listening(origin, token, heard[1]["id"])
    assert event_of(answer)["data"] == heard[2]["data"]
    assert json.loads(heard[2]["data"])["position"] == 3
    began = time.monotonic()
    assert serving.end() == 0
    assert time.monotonic() - began < ENDED_SECONDS
    # What is cut off in the middle raises IncompleteRead here.
    assert b"Traceback" not in answer.read()
    again.close()
    said = serving.said.read_text(encoding="utf-8")
    assert "Traceback" not in said, said
    assert "broke off" not in said, said
