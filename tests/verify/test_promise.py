"""A receipt held against a part of the evidence: what can be told, and what cannot."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.receipts import check_promise
from tests.forge import Forge, World, write
from tests.verify.hands import receipt

LATE = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    """The good ledger."""
    return Forge().build()


def test_a_part_pack_tells_of_what_it_shows(world: World, tmp_path: Path) -> None:
    """A record in the pack is kept; one of another matter is not shown, and nothing is claimed."""
    root = write(world.pack("case", ("case",)), tmp_path)
    inside = next(name for name, one in world.forge.made.items() if one.draft.stream == "case")
    outside = next(name for name, one in world.forge.made.items() if one.draft.stream == "intake")
    told = check_promise(receipt(world, inside), root, world.trust(), LATE)
    assert (told.state, told.exit_code, told.index) == ("kept", 0, None)
    told = check_promise(receipt(world, outside), root, world.trust(), LATE)
    assert (told.state, told.exit_code) == ("not-shown", 2)
    told = check_promise(receipt(world, inside, tick=99), root, world.trust(), LATE)
    assert (told.state, told.exit_code) == ("not-due", 2)


def test_an_unreadable_note_of_the_log_is_no_broken_promise(world: World, tmp_path: Path) -> None:
    """A checkpoint under other keys says nothing about the promise, but maybe about the trust."""
    files = world.log()
    files["checkpoint"] = files["checkpoint"][:-9] + b"AAAAAAA=\n"
    told = check_promise(receipt(world, "founded"), write(files, tmp_path), world.trust(), LATE)
    assert (told.state, told.exit_code) == ("log-not-intact", 1)
    assert "trust renew" in told.sentence
