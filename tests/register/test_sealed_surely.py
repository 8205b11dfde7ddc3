"""A late sealing that is acknowledged has come to its end: people rely on what they are told."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest

from ledger.errors import NotFound, Unavailable
from ledger.export import export_ledger
from tests.faults import Crash
from tests.register.ledgers import Ledger
from tests.register.test_late_sealing import opened
from tests.register.test_triage import SEALING
from tests.upkeep.steps import failing_step


@pytest.mark.parametrize("crash", [False, True], ids=["fails", "crash-after"])
def test_nobody_is_told_that_a_case_is_sealed_while_it_stands_open(
    template: Ledger, tmp_path: Path, crash: bool
) -> None:
    """Whichever durable step fails or is the last one: as soon as the sealing is acknowledged, at
    once or when it is repeated, staff do not find the case, and no pack for everybody holds it.
    """
    prepared = template.copied(tmp_path / "ready")
    reference = opened(prepared)
    (place,) = (one.ref for one in prepared.look("pat", reference).case.records[-1:])
    prepared.tick(days=1, hours=1)
    for nth in range(1, 100):
        ledger, number = prepared.copied(tmp_path / f"{nth}"), os.urandom(16)
        fault = failing_step(nth, persisted=crash, crash=crash)
        with fault as left, suppress(Unavailable, Crash):
            ledger.do("mara", "keep-sealed", reference, SEALING, command_id=number)
        ledger = ledger.reopened() if crash else ledger
        ledger.do("mara", "keep-sealed", reference, SEALING, command_id=number)
        with pytest.raises(NotFound):
            ledger.register.reader(ledger.people["pat"]).case(reference)
        if nth % 4 == 0:
            export_ledger(ledger.home, tmp_path / f"pack-{nth}")
            shown = [one.read_text() for one in (tmp_path / f"pack-{nth}/openings").iterdir()]
            assert not any(place.partition(":")[0] in one for one in shown)
        ledger.home.close()
        if left.due:
            break
    else:
        pytest.fail("the steps never came to an end")
    assert nth > 5
