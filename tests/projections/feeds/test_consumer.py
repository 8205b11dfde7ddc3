"""T-42: however a consumer comes to know a feed, it ends with the same, and forgets what it must.

The consumer is the example that is shipped, `ops/examples/consumer.py`.
"""

from __future__ import annotations

import importlib.util
import json
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from subprocess import run
from threading import Thread
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.files import write_private
from ledger.cli.session import THROW_AWAY
from ledger.feeding import webhooks
from ledger.founding import Terms
from ledger.projections.feeds.webhooks import Address
from tests.house.tree import ROOT
from tests.projections.feeds.reading import opened, pages, sealed_late
from tests.projections.feeds.receiver import receiving
from tests.register.ledgers import DAILY, Ledger
from tests.register.test_triage import CONTACT
from tests.upkeep.matters import closed_case, erase

CONSUMER = ROOT / "ops" / "examples" / "consumer.py"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
Page = dict[str, Any]


def loaded() -> ModuleType:
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("consumer", CONSUMER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EXAMPLE = loaded()


@dataclass
class Year:
    """What a feed gave in the course of a year."""

    letters: list[Page]
    """The bodies of webhooks, as they were sent."""
    diligent: list[Page]
    """The pages of somebody who read at once, whenever something happened."""
    late: list[Page]
    """The pages of somebody who read everything in the end."""
    forgotten: list[str]
    """What stood in entries that were dropped, and must not be kept by anybody."""
    ledger: Ledger


@pytest.fixture(scope="module")
def year(
    founded: Callable[[Terms], Ledger], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Year]:
    """Cases are opened; one is sealed late, one is erased; others go on."""
    ledger = founded(DAILY).copied(tmp_path_factory.mktemp("year") / "home")
    letters, diligent = [], []
    cursor: str | None = None
    with receiving() as receiver:
        sender = webhooks(ledger.home, ledger.register.reader(None))
        sender.add("a", "cases", Address(receiver.url, SECRET), 0)
        tick = 0

        def time_passes() -> None:
            nonlocal cursor, tick
            ledger.clock.turn(days=30)
            tick += 1
            sender.send(tick, datetime.now(UTC))
            for page in pages(ledger, after=cursor, limit=3):
                diligent.append(page)
                cursor = page["next"]

        kept, sealed = opened(ledger), opened(ledger)
        time_passes()
        erased = closed_case(ledger)
        time_passes()
        seen = [one["body"] for page in diligent for one in page["entries"]]
        forgotten = [one["e"] for one in seen if one["reference"] in (sealed, erased)]
        sealed_late(ledger, sealed)
        ledger.do("kim", "attempt-contact", kept, CONTACT)
        time_passes()
        erase(ledger, erased, "both")
        time_passes()
        opened(ledger)
        time_passes()
        letters = [json.loads(body) for _, body in receiver.came]
    yield Year(letters, diligent, list(pages(ledger)), forgotten, ledger)
    ledger.home.close()


def known(path: Path, told: Sequence[Page]) -> tuple[str, int]:
    """What a consumer knows after some pages, and the last position that nothing is missing at."""
    path.unlink(missing_ok=True)
    consumer = EXAMPLE.Consumer(path)
    with closing(consumer.database):
        for page in told:
            consumer.take(page)
        return consumer.digest(), consumer.state()[0]


def test_t42_the_diligent_and_the_late_know_the_same(year: Year, tmp_path: Path) -> None:
    """T-42: who read at once, who stayed away for months, who began anew and who read twice."""
    path = tmp_path / "state"
    expected = known(path, year.late)
    assert expected[1] > 15
    for told in (
        year.diligent,
        [*year.diligent[:4], *year.late],
        [*year.late, *year.late],
        [*year.diligent, *year.late],
        year.letters,
    ):
        assert known(path, told) == expected


@settings(max_examples=40)
@given(data=st.data())
def test_t42_letters_late_twice_and_in_any_order_change_nothing(
    year: Year, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """T-42: every letter came at least once, some again, mixed with pages that were read."""
    path = tmp_path_factory.getbasetemp() / "drawn"
    more = data.draw(st.lists(st.sampled_from([*year.letters, *year.diligent]), max_size=4))
    told = data.draw(st.permutations([*year.letters, *more]))
    assert known(path, told) == known(path, year.late)


def test_t42_what_was_dropped_is_forgotten_whatever_came_last(year: Year, tmp_path: Path) -> None:
    """T-42: neither a row nor a byte of the file holds it, though an old letter brought it."""
    path = tmp_path / "state"
    known(path, [*year.letters, *year.diligent, year.letters[0]])
    data = path.read_bytes()
    assert len(year.forgotten) == 8
    assert not [one for one in year.forgotten if one.encode() in data]
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT reference, records, last_type FROM cases").fetchall()
    assert sorted(row[1:] for row in rows) == [
        (4, "contact-attempted.v1"),
        (5, "contact-attempted.v1"),
    ]


def test_a_feed_that_tells_another_story_is_refused(year: Year, tmp_path: Path) -> None:
    """An entry, a digest, a chain or a feed that was exchanged: nothing of the page is kept."""
    (first, *_) = year.late
    entry = first["entries"][-1]
    other = {**entry, "digest": "0" * 64, "dropped": True}
    changed = {**entry, "body": {**entry["body"], "actor": "pat"}}
    path = tmp_path / "state"
    before = known(path, [first])
    for page in (
        {**first, "entries": [other]},
        {**first, "entries": [changed]},
        {**first, "chain": "0" * 64},
        {**first, "feed": "office"},
        {**first, "origin": "ledger.other.example"},
    ):
        consumer = EXAMPLE.Consumer(path)
        with closing(consumer.database), pytest.raises(EXAMPLE.Refused):
            consumer.take(page)
        consumer = EXAMPLE.Consumer(path)
        with closing(consumer.database):
            assert (consumer.digest(), consumer.state()[0]) == before


def test_the_example_reads_pages_as_a_program(year: Year, tmp_path: Path) -> None:
    """It starts the command line, page by page, and shows what it knows."""
    people = year.ledger.path / "people"
    write_private(people / "kim.keyring", year.ledger.people["kim"].dump(THROW_AWAY))
    feed = ("-m", "ledger.cli", "--home", str(year.ledger.path), "--as", "kim", "feed", "read")
    words = (sys.executable, *feed, "cases", "--limit", "100")
    state = tmp_path / "state"
    done = run(
        [sys.executable, str(CONSUMER), str(state), "pull", "--", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    digest, position = known(tmp_path / "other", year.late)
    assert done.stdout.splitlines()[-1] == f"position {position}, digest {digest}", done.stderr
    failing = [sys.executable, str(CONSUMER), str(state), "pull", "--", "false"]
    assert run(failing, cwd=ROOT, capture_output=True).returncode == 1


def test_the_example_takes_webhooks_that_are_signed_and_no_others(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Sent by the ledger over HTTP: what is signed with another secret is not taken."""
    opened(ledger)
    state = tmp_path / "state"
    server = EXAMPLE.serve(state, 0, SECRET)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    sender = webhooks(ledger.home, ledger.register.reader(None))
    sender.add("good", "cases", Address(url, SECRET), 0)
    sender.add("stranger", "cases", Address(url, f"whsec_{'A' * 44}"), 0)
    sender.add("other-feed", "office", Address(url, SECRET), 0)
    sender.send(1, datetime.now(UTC))
    server.shutdown()
    thread.join()
    server.server_close()
    failed = {row["name"]: row["last_failure"] for row in sender.status()}
    assert failed["stranger"] == "refused"
    assert "refused" in (failed["good"], failed["other-feed"])
    consumer = EXAMPLE.Consumer(state)
    with closing(consumer.database):
        assert consumer.state()[0] in (4, ledger.home.feeds.head("office").position)
