"""Documents in a backup: they come back with their cases, unless they were erased since."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.register.ledgers import Ledger
from tests.register.scans import LONG, attach, documents, pdf, scan
from tests.upkeep.backups import brought, restored, saved
from tests.upkeep.matters import erase


@pytest.mark.parametrize("scope", ["personal", "both"])
def test_documents_come_back_unless_they_were_erased(
    ledger: Ledger, tmp_path: Path, scope: str
) -> None:
    """An old backup beside the newest office gives back what stands, and not a part of the rest."""
    data, left, gone = pdf(LONG), ledger.visit("kim"), ledger.visit("kim")
    for reference in (left, gone):
        ledger.do("mara", "open", reference)
        attach(ledger, "kim", reference, scan(tmp_path / "in", data))
    ledger.do("mara", "close", gone, {"outcome": "not-disclosed"})
    ledger.tick(days=3)
    backup = saved(ledger, tmp_path / "backup")
    erase(ledger, gone, scope)
    ledger.tick(days=3)
    again, _ = restored(ledger, backup, brought(ledger))
    assert documents(again, "kim", left) == [data]
    held = [one.documents.count(*place) for one in again.stores() for place in _places(again)]
    assert sum(held) == 3
    again.home.close()


def _places(ledger: Ledger) -> list[tuple[bytes, int]]:
    """Every record whose document lies anywhere."""
    asked = "SELECT DISTINCT stream, seq FROM documents"
    found = (one.database.ask(asked) for one in ledger.stores())
    return [(bytes.fromhex(stream), seq) for rows in found for stream, seq in rows]
