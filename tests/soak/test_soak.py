"""The parts of the soak that judge: what a person met is counted as what it was, and what is wrong
is found. The soak itself is run by hand (README.md).
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os import getpid
from threading import Thread
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from keys.webhooks import new_secret
from ledger.evidence import jcs
from ledger.web.site import Side
from tests.projections.feeds.receiver import Receiver
from tests.soak.clock import Clock
from tests.soak.meter import FEWEST, Life, listening, of_process, side_of
from tests.soak.people import Kept, log_visit
from tests.soak.person import GaveUp, Person, World
from tests.soak.programs import check_webhooks
from tests.soak.table import table
from tests.soak.tally import Tally, spread

SAVED = {"reference": "7K3M-9Q2D-X", "records": [{"ref": "aa:1", "e": "e1", "receipt": None}]}


@contextmanager
def answering(*statuses: int) -> Iterator[tuple[World, list[str]]]:
    """A program that answers with these statuses, one after another, 0 by hanging up; gives the
    keys that came.
    """
    left, keys = list(statuses), list[str]()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            keys.append(self.headers["idempotency-key"])
            status = left.pop(0)
            if not status:
                self.close_connection = True
                return
            body = json.dumps(SAVED).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        origin = f"http://127.0.0.1:{server.server_address[1]}"
        origins: dict[Side, str] = {"desk": origin, "room": origin}
        try:
            yield World(origins, Clock(time.time(), 60.0), Tally(), {}), keys
        finally:
            server.shutdown()
            thread.join()


def outcomes(world: World, kind: str = "visit (API)") -> dict[str, int]:
    """How one kind of act went."""
    found: dict[str, int] = world.tally.figures()[kind]["outcomes"]
    return found


def test_what_was_done_when_asked_again_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that says "not now" and then hangs up is asked again under the same key, and that
    is counted apart from what was done at once.
    """
    monkeypatch.setattr("tests.soak.person.AGAIN_SECONDS", 0.001)
    with answering(503, 0, 201, 201) as (world, keys):
        person, kept = Person(world, "desk", 2), Kept()
        for number in ("one", "two"):
            log_visit(person, kept, {}, number)
        person.close()
    assert keys == ["one", "one", "one", "two"]
    assert outcomes(world) == {"repeated": 1, "at once": 1}
    assert (world.tally.acts, world.tally.errors) == (2, {})
    assert kept.visits == [SAVED["reference"]] * 2
    assert (kept.digests, kept.notes) == ({"aa:1": "e1"}, {})


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_any_other_failure_is_an_error(status: int) -> None:
    """What a person sees as a failure is not asked again, and is counted as an error."""
    with answering(status) as (world, keys):
        person, kept = Person(world, "desk", 2), Kept()
        with pytest.raises(GaveUp):
            log_visit(person, kept, {}, "one")
        person.close()
    assert (keys, kept.visits, world.tally.acts) == (["one"], [], 0)
    assert list(world.tally.errors.values()) == [1]


def test_what_is_never_done_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is told "not now" for longer than anybody waits has met an error."""
    monkeypatch.setattr("tests.soak.person.AGAIN_SECONDS", 0.001)
    monkeypatch.setattr("tests.soak.person.PATIENCE_SECONDS", 0.05)
    with answering(*[503] * 1_000) as (world, _):
        person = Person(world, "desk", 2)
        with pytest.raises(GaveUp):
            log_visit(person, Kept(), {}, "one")
        person.close()
    assert list(world.tally.errors.values()) == [1]


def sent(secret: str, *positions: int) -> Receiver:
    """A receiver to whom entries of a feed came, one in a message."""
    receiver = Receiver()
    for position in positions:
        body, nonce = {"position": position}, bytes(32)
        digest = sha256(nonce + jcs.dump(body)).hexdigest()
        entry = {"position": position, "digest": digest, "nonce": nonce.hex(), "body": body}
        message = json.dumps({"entries": [entry]})
        at = datetime(2026, 9, 14, 14, 5, tzinfo=UTC)
        headers = {
            "webhook-id": str(position),
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(str(position), at, message),
        }
        receiver.came.append((headers, message.encode()))
    return receiver


def test_webhooks_may_come_twice_and_none_may_be_missing_or_altered() -> None:
    """A message that came again is passed over; a gap, or one byte changed, is found."""
    secret = new_secret()
    assert check_webhooks(sent(secret, 1, 2, 2, 3), secret).position == 3
    with pytest.raises(AssertionError):
        check_webhooks(sent(secret, 1, 3), secret)
    altered = sent(secret, 1)
    headers, body = altered.came[0]
    altered.came[0] = (headers, body.replace(b'"position": 1', b'"position": 2', 1))
    with pytest.raises(AssertionError, match="signature"):
        check_webhooks(altered, secret)


def test_a_program_of_a_soak_has_its_clock_and_no_other_has() -> None:
    """Started with the soak's environment the product reads the soak's clock, hours ahead."""
    clock = Clock(time.time(), 1.0).later(50)
    asks = "import ledger.web.site as site; print(site.machine_clock().isoformat())"
    told = subprocess.run(
        [sys.executable, "-P", "-c", asks, "ledger.web"],
        env=clock.environment(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    ahead = datetime.fromisoformat(told.strip()) - datetime.now(UTC)
    assert timedelta(hours=49) < ahead <= timedelta(hours=50)
    assert abs(Clock(time.time() - 10, 360.0).hours - 1) < 0.1


def test_memory_that_grows_shows_as_a_slope() -> None:
    """The figures of a life tell its first and last tenth, and how much it grew in an hour."""
    samples = [(60.0 * at, {"resident_kib": 1_000 + 10 * at}) for at in range(2 * FEWEST)]
    told = Life(1, samples).told()["resident_kib"]
    assert told == {
        "first_tenth": 1_015,
        "last_tenth": 1_375,
        "most": 1_390,
        "slope_an_hour": 600,
    }
    assert "resident_kib" not in Life(1, samples[: FEWEST - 1]).told()


def test_which_program_it_is_shows_in_its_socket() -> None:
    """A process is known by the port at which it listens, and measured while it runs."""
    with socket.create_server(("127.0.0.1", 0)) as listens:
        inode = listening(listens.getsockname()[1])
        assert side_of(getpid(), {"desk": "0", "room": inode}) == "room"
    assert side_of(getpid(), {"room": inode}) is None
    assert of_process(getpid())["resident_kib"] > 0


def test_the_table_says_what_is_wrong() -> None:
    """Errors and findings stand at its end; where there are none, it says so."""
    tally = Tally()
    tally.done("tick", "at once", 0.25)
    tally.failed("tick", "exit 1")
    told = {
        **{"hours": 8.0, "minutes": 60.0, "seed": 1, "acts": 1, "visits": 0, "erased": 0},
        **{"records_with_receipt": 0, "webhook_messages": 0, "events": [], "programs": {}},
        **{
            "kinds": tally.figures(),
            "errors": tally.errors,
            "checked": {},
            "findings": ["rows: 1"],
        },
    }
    text = table(told)
    assert "ERROR 1 × tick: error: exit 1" in text
    assert "FINDING rows: 1" in text
    clean = table({**told, "errors": {}, "findings": []})
    assert clean.endswith("Nobody met an error, and everything holds.")
    assert spread([]) == {}
    assert spread([0.1, 0.2, 0.3])["max"] == 300.0
