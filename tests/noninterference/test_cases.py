"""Attack cases of threats §6, by their names, as far as there are doors for them (README.md)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest

from ledger.backup.make import back_up
from ledger.register.locks import exclusive
from tests.noninterference.examples import EARLY
from tests.noninterference.observer import every_knock
from tests.noninterference.play import Bases, Tale, bases, compared, once
from tests.noninterference.steps import call, paper, save
from tests.noninterference.worlds import NARROW, Hidden, Step, living
from tests.register.test_sealed import traced

NOTHING: tuple[str, Hidden] = ("nothing", {})


@pytest.fixture(scope="module")
def made() -> Iterator[Bases]:
    """A small ledger's bases."""
    with bases(NARROW, EARLY) as found:
        yield found


def test_t29_a_number_or_a_paper_that_is_sealed_elsewhere_is_no_duplicate(made: Bases) -> None:
    """T-29: the same docket, the same scan and the same number of a command are recorded in an open
    case without a hint that a sealed matter has them.
    """
    hidden = (Step("seal", 0, 0), Step("same_paper"), Step("same_number"))
    tale = Tale((Step("paper"), Step("again")), (("a visit", {0: hidden}), ("a visit", {})))
    assert compared(made, tale, exactly=True) == []
    world = once(made, tale, 0)
    assert all("Receipt(" in one for one in world.answers[-2:])


def test_t32_open_work_neither_waits_for_the_vault_nor_asks_it_anything(made: Bases) -> None:
    """T-32: while others write in the vault and decide on a case, calls and desk saves go through,
    and no question is put to the vault.
    """
    world = once(made, Tale((), (("a visit", {}),)), 0)
    with (
        living(world),
        closing(connect(world.path / "vault.db", isolation_level=None)) as vault,
        exclusive(world.path / "triage.lock", "deciding on a case"),
    ):
        vault.execute("BEGIN EXCLUSIVE")
        with traced() as calls:
            for act in (call, paper, save):
                act(world, Step("as it is"))
    assert {name for name, _ in calls} == {"open", "inbox", "keystore"}


def test_t33_what_an_auditor_counts_is_the_same_before_and_after_a_sealed_case(
    made: Bases,
) -> None:
    """T-33: every answer that the auditor gets is equal to the byte, with a sealed case and
    without; statistics of their own come with a later door.
    """
    tale = Tale((Step("call"), Step("tick")), (("a letter", {}), NOTHING))
    counting = ("case list", "deadlines", "person list", "erase list")
    knocks = [one for one in every_knock() if one.by == "abe" and one.door in counting]
    assert len(knocks) > len(counting)
    assert compared(made, tale, knocks, exactly=True) == []


def test_t35_a_backup_has_the_same_files_with_and_without_sealed_work(
    made: Bases, tmp_path: Path
) -> None:
    """T-35: at level A the names are equal, and the sizes of all that is no database; who compares
    the databases' sizes is an administrator (threats §1.6).
    """
    tale = Tale((Step("call"), Step("tick")), (("a letter", {}), NOTHING))
    listed = []
    for number in range(2):
        world = once(made, tale, number)
        target = tmp_path / str(number)
        with living(world), world.sources.act("backup"):
            back_up(world.home, target, world.now)
        files = sorted(one for one in target.rglob("*") if one.is_file())
        listed.append(
            [
                (one.relative_to(target), one.suffix == ".db" or one.stat().st_size)
                for one in files
                if one.name != "manifest.json"
            ]
        )
    assert listed[0] == listed[1]


def test_t57_five_hundred_sealed_entries_change_nothing_in_the_open(made: Bases) -> None:
    """T-57: calls, holds and desk saves get the same receipts and ticks as in a quiet library."""
    story = (Step("call"), Step("hold"), Step("save", 1), Step("tick"), Step("call"), Step("tick"))
    flood = {0: (Step("seal", 0, 0), Step("burst", 0, 500))}
    tale = Tale(story, (("a visit", flood), ("a visit", {})))
    assert compared(made, tale, exactly=True) == []


def test_t58_three_days_without_the_timer_show_no_sealed_work(made: Bases) -> None:
    """T-58: what was sealed meanwhile does not show in what is caught up, tick by tick."""
    story = (Step("call"), Step("wait", 0, 3), Step("call"), Step("tick"))
    meanwhile = {1: (Step("seal", 0, 0), Step("burst", 0, 30)), 3: (Step("burst", 0, 30),)}
    tale = Tale(story, (("a visit", meanwhile), ("a visit", {})))
    assert compared(made, tale, exactly=True) == []
