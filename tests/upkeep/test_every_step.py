"""Every durable step of upkeep may fail, persisted or not; then it is done again, and all is well.

The same for the sequencer's and the signer's files: commits of acts and ticks are tried in
`tests/register` and `tests/sequencer`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from ledger import projecting
from ledger.backup.restore import confirm, restore, restore_keystore
from ledger.errors import BadRequest, NotFound, Unavailable
from ledger.projections.definitions import CASES
from ledger.register.months import Months
from tests.faults import Crash
from tests.register.ledgers import Ledger, check_offline, check_sound
from tests.remains import remains
from tests.upkeep.backups import WITHOUT, brought, restored, saved
from tests.upkeep.matters import assent, closed_case, finish, propose
from tests.upkeep.steps import failing_step

FAULTS = pytest.mark.parametrize(
    ("persisted", "crash"),
    [(False, False), (True, False), (True, True)],
    ids=["not-persisted", "persisted", "crash-after"],
)
JUNE = "2026-06"


def each_step(
    prepared: Ledger,
    folder: Path,
    work: Callable[[Ledger], object],
    check: Callable[[Ledger, int], None],
    *,
    persisted: bool,
    crash: bool,
) -> int:
    """Let the nth step fail for every n, check each time; gives how many steps there were."""
    for nth in range(1, 300):
        ledger = prepared.copied(folder / f"{nth}")
        fault = failing_step(nth, persisted=persisted, crash=crash)
        with fault as left, suppress(Unavailable, Crash):
            work(ledger)
        if left.due:
            ledger.home.close()
            return nth - 1
        ledger = ledger.reopened()
        check(ledger, nth)
        ledger.home.close()
    pytest.fail("the steps never came to an end")


@FAULTS
@pytest.mark.parametrize("scope", ["both", "personal"])
def test_an_erasure_goes_on_from_wherever_it_broke_off(
    template: Ledger, tmp_path: Path, scope: str, persisted: bool, crash: bool
) -> None:
    """Half erased it opens for nobody whom it should not; finished, nothing is left to do, and no
    view has a row.
    """
    prepared = template.copied(tmp_path / "ready")
    reference = closed_case(prepared, words="Ines")
    assent(prepared, propose(prepared, reference, scope))
    projecting.runner(prepared.home, prepared.register.reader(None), prepared.clock).catch_up()
    (row,) = (row.encode() for _, row in prepared.home.projected.rows(CASES.tag))
    assert row in remains(prepared.path / "open.db")

    def check(ledger: Ledger, nth: int) -> None:
        assert {one.state for one in finish(ledger)} == {"done"}
        assert ledger.home.projected.views() == ()
        assert row not in remains(ledger.path / "open.db")
        if scope == "both":
            with pytest.raises(NotFound):
                ledger.look("mara", reference)
        else:
            assert "Ines" not in repr(ledger.look("mara", reference).case.records)
        if nth % 5 == 0:
            check_sound(ledger).home.close()
        if nth == 6:
            check_offline(ledger, tmp_path / "pack")

    steps = each_step(prepared, tmp_path, finish, check, persisted=persisted, crash=crash)
    assert steps > 5


@FAULTS
def test_the_keys_of_a_month_are_all_here_or_there(
    template: Ledger, tmp_path: Path, persisted: bool, crash: bool
) -> None:
    """Moving and destroying break off at any step: every stream opens, and both are repeated."""
    prepared = template.copied(tmp_path / "ready")
    closed_case(prepared, sealed=True)
    prepared.clock.turn(days=45)

    def work(ledger: Ledger) -> None:
        Months(ledger.home).rebucket(JUNE, ledger.clock())
        Months(ledger.home).destroy(JUNE, ledger.clock())

    def check(ledger: Ledger, nth: int) -> None:
        if nth % 3 == 0:
            check_sound(ledger).home.close()
        work(ledger)
        assert [month for month, _ in Months(ledger.home).list()] == ["2026-08"]
        if nth % 3 == 1:
            check_sound(ledger).home.close()

    assert each_step(prepared, tmp_path, work, check, persisted=persisted, crash=crash) > 5


@FAULTS
def test_a_backup_is_all_there_or_is_not_there(
    template: Ledger, tmp_path: Path, persisted: bool, crash: bool
) -> None:
    """What carries the name of a backup can be restored; what was left half is taken away."""
    prepared = template.copied(tmp_path / "ready")
    closed_case(prepared)
    prepared.tick(days=1)
    whole = 0

    def check(ledger: Ledger, nth: int) -> None:
        nonlocal whole
        target = ledger.path.with_name(f"{nth}-backup")
        partial = target.with_name(f".{target.name}.partial")
        assert crash or not partial.exists()
        if not target.exists():
            saved(ledger, target)
        else:
            whole += 1
        assert not partial.exists()
        if nth % 16 == 0 or whole == 1:
            again, _ = restored(ledger, target, WITHOUT, f"{nth}-new")
            check_sound(again).home.close()

    def work(ledger: Ledger) -> None:
        target = ledger.path.with_name(f"{ledger.path.name}-backup")
        saved(ledger, target)

    assert each_step(prepared, tmp_path, work, check, persisted=persisted, crash=crash) >= 1
    assert whole or not persisted


@FAULTS
def test_a_restore_is_all_there_or_is_not_there(
    template: Ledger, tmp_path: Path, persisted: bool, crash: bool
) -> None:
    """What carries the ledger's name has adopted the log and erased again; nothing else does."""
    prepared = template.copied(tmp_path / "ready")
    reference = closed_case(prepared)
    backup = saved(prepared, tmp_path / "backup")
    assent(prepared, propose(prepared, reference, "both"))
    finish(prepared)
    prepared.tick(days=1)
    given = brought(prepared)
    whole = 0
    for nth in range(1, 400):
        new = tmp_path / f"{nth}"
        key = prepared.path / "master.key"
        fault = failing_step(nth, persisted=persisted, crash=crash)
        with fault as left, suppress(Unavailable, Crash):
            restore(backup, new, key, given, prepared.clock())
        if left.due:
            break
        whole += new.exists()
        if not new.exists() and nth % 25 == 0:
            restore(backup, new, key, given, prepared.clock())
        if new.exists():
            again = Ledger.at(new, prepared.people, prepared.clock)
            with pytest.raises(NotFound):
                again.look("mara", reference)
            if nth % 25 == 0 or whole == 1:
                confirm(again.home, again.register, again.people["mara"], None)
                again = check_sound(again)
            again.home.close()
    else:
        pytest.fail("the steps never came to an end")
    assert nth > 10
    assert whole or not persisted
    prepared.home.close()


@FAULTS
def test_a_restored_keystore_never_opens_what_was_erased(
    template: Ledger, tmp_path: Path, persisted: bool, crash: bool
) -> None:
    """Wherever it breaks off, what has the keystore's name is the one before or the fenced one."""
    prepared = template.copied(tmp_path / "ready")
    reference = closed_case(prepared)
    backup = saved(prepared, tmp_path / "backup")
    assent(prepared, propose(prepared, reference, "both"))
    finish(prepared)

    def work(ledger: Ledger) -> None:
        restore_keystore(ledger.home, backup / "keystore", ledger.clock())

    def check(ledger: Ledger, nth: int) -> None:
        # What did not come to its end leaves no old keys behind; only a crash can.
        assert crash or not any(ledger.path.glob("keystore.db.restoring*"))
        with pytest.raises(NotFound):
            ledger.look("mara", reference)
        if nth % 3 == 0:
            work(ledger)
            check_sound(ledger).home.close()

    assert each_step(prepared, tmp_path, work, check, persisted=persisted, crash=crash) > 8


@FAULTS
def test_a_confirmation_that_broke_off_is_repeated(
    template: Ledger, tmp_path: Path, persisted: bool, crash: bool
) -> None:
    """The record stands once, and the ledger is written to once it stands."""
    source = template.copied(tmp_path / "source")
    prepared, _ = restored(source, saved(source, tmp_path / "backup"), WITHOUT, "ready")

    def work(ledger: Ledger) -> None:
        confirm(ledger.home, ledger.register, ledger.people["mara"], None)

    def check(ledger: Ledger, nth: int) -> None:
        with suppress(BadRequest):
            work(ledger)
        types = [one.type for one in ledger.register.reader(None).office_stream().records]
        assert types.count("ledger-restored.v1") == 1
        assert ledger.visit("kim")

    each_step(prepared, tmp_path, work, check, persisted=persisted, crash=crash)
    source.home.close()


@FAULTS
def test_every_file_of_a_tick_may_fail(
    template: Ledger, tmp_path: Path, persisted: bool, crash: bool
) -> None:
    """Each sync and rename of tiles, signer and checkpoint: the next run publishes the same log."""
    prepared = template.copied(tmp_path / "ready")
    prepared.visit("kim")
    prepared.tick(days=1)
    prepared.visit("kim")
    prepared.clock.turn(days=1)

    def check(ledger: Ledger, nth: int) -> None:
        signed = (ledger.path / "signer.json").read_bytes()
        ledger.sequencer().run(ledger.clock())
        assert ledger.home.logbook.last_tick() == 2
        state = (ledger.path / "signer.json").read_bytes()
        # What was signed once is published as it was signed.
        assert state == signed or b'"size": 128' in signed
        if nth % 8 == 0:
            check_sound(ledger).home.close()
        if nth == 16:
            check_offline(ledger, tmp_path / f"{nth}-pack")

    def work(ledger: Ledger) -> None:
        ledger.sequencer().run(ledger.clock())

    assert each_step(prepared, tmp_path, work, check, persisted=persisted, crash=crash) > 5
