"""The line to the server is cut around COMMIT: whether an act was recorded is then not known, and
is never guessed. The command's own row tells, and each act is recorded once.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from keys.keyring import Keyring
from ledger.errors import OutcomeUnknown, Unavailable
from ledger.stores.place import Place, schema_of
from ledger.stores.store import CommandRow, Row, Store, Terms
from tests.postgresql.between import Between, Trap
from tests.postgresql.programs import Version
from tests.postgresql.server import Server
from tests.postgresql.site import short_folder
from tests.register.ledgers import Clock, Ledger, check_sound, found_ledger

TRAPS: tuple[Trap, ...] = ("on the way there", "on the way back")
_numbers = count(1)


@pytest.fixture(scope="module")
def between(
    postgres_version: Version,
    postgres_servers: Callable[[Version], Server],
    ledger_servers: Callable[[Version], str],
) -> Iterator[Between]:
    """A line to the session's server of each version."""
    ledger_servers(postgres_version)
    with tempfile.TemporaryDirectory(dir=short_folder()) as folder:
        line = Between(Path(folder), postgres_servers(postgres_version))
        yield line
        line.close()


@pytest.fixture(scope="module")
def remote(
    between: Between, people: dict[str, Keyring], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ledger]:
    """A ledger at the other end of that line."""
    path = tmp_path_factory.mktemp("remote") / "home"
    origin = f"ledger.line-{next(_numbers)}.example"
    made = found_ledger(path, people, Clock(), store=between.address, origin=origin)
    yield made
    made.home.close()


@pytest.mark.parametrize("trap", TRAPS)
def test_a_store_says_that_it_does_not_know(between: Between, trap: Trap) -> None:
    """An append whose answer was lost is neither acknowledged nor denied; its command's row is
    there if, and only if, the server got the word.
    """
    schema = schema_of(f"line/{next(_numbers)}")
    store, sprung = Store(Place("inbox", between.address, schema), create=True), between.sprung
    command = CommandRow("c1", b"asked", b"answer")
    between.lay(trap)
    with pytest.raises(OutcomeUnknown, match="not certain"):
        store.append([Row(os.urandom(16), 1, b"state")], Terms(command=command))
    assert between.sprung == sprung + 1
    assert store.answer("c1") == (command if trap == "on the way back" else None)
    store.close()


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("act", ["intake", "grant-role"])
def test_the_register_finds_out_by_itself(
    remote: Ledger, between: Between, trap: Trap, act: str
) -> None:
    """A visit, and an act in the office, are recorded once and have a receipt although the answer
    to COMMIT was lost; repeated, they have the same one.
    """
    case, person, fields = {
        "intake": (None, "kim", {"mode": "in-person"}),
        "grant-role": ("office", "mara", {"person": "pat", "role": "auditor"}),
    }[act]
    command_id, sprung = os.urandom(16), between.sprung
    store = remote.home.inbox if act == "intake" else remote.home.open
    rows = len(store.page(0, 10_000))
    between.lay(trap)
    receipt = remote.do(person, act, case, fields, command_id=command_id)
    assert between.sprung == sprung + 1
    again = remote.do(person, act, case, fields, command_id=command_id)
    assert again.records == receipt.records
    assert len(store.page(0, 10_000)) == rows + len(receipt.records)


def test_a_tick_that_lost_an_answer_is_published_once(remote: Ledger, between: Between) -> None:
    """The sequencer stops with a sentence wherever the answer to a COMMIT of its own was lost, and
    the next run goes on from there; the ledger is sound.
    """
    remote.visit("kim", fields={"mode": "in-person"})
    before = remote.home.logbook.last_tick()
    for trap in TRAPS:
        between.lay(trap)
        with pytest.raises(Unavailable, match=r"not certain|confirmed"):
            remote.tick(days=1, minutes=1)
    done = remote.sequencer().run(remote.clock())
    assert [one.tick for one in done] == [before + 1, before + 2]
    check_sound(remote).home.close()
