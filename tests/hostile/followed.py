"""Hostile packs of a ledger that follows another one, with what is brought of that one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO

from ledger.evidence.archive import write_zip
from tests.forge import Files
from tests.hostile.evidence import Evidence
from tests.verify.test_before import CASES


def followed() -> Iterator[Evidence]:
    """Every such pack."""
    for name, case in CASES.items():
        pack, trust = case.pack()
        before, before_trust = case.before()
        zipped = BytesIO()
        write_zip(zipped, pack)
        parts: Mapping[str, Files | bytes] = {
            "pack.zip": zipped.getvalue(),
            "before": before,
            "before-trust.json": before_trust,
        }
        codes = frozenset(case.codes.split())
        yield Evidence(name, case.why, codes, parts, trust, unanswered=case.unanswered)
