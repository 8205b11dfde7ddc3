"""Which law was in force from when until when, who had looked at it, and what it changed; and the
texts of the standard answer, which are a policy of the library.
"""

from __future__ import annotations

from ledger.domain.events import StandardAnswerSet
from ledger.domain.office import Recorded
from ledger.domain.office_events import LedgerFounded, PackActivated
from ledger.projections.definitions.definition import Definition, Made, Row
from ledger.projections.definitions.told import Told


def _rows(told: Told) -> Made:
    packs = [one for one in told.records if isinstance(one.event, LedgerFounded | PackActivated)]
    texts = [one for one in told.records if isinstance(one.event, StandardAnswerSet)]
    for found in (packs, texts):
        for one, after in zip(found, [*found[1:], None], strict=False):
            row = {
                **_row(told, one),
                "actor": one.actor,
                "recorded_by": one.recorded_by,
                "from_at": one.recorded_at,
                "until_at": after.recorded_at if after else None,
                "records": [one.ref, *([after.ref] if after else [])],
            }
            yield f"{row['kind']} {one.ref}", row


def _row(told: Told, recorded: Recorded) -> Row:
    match recorded.event:
        case StandardAnswerSet() as text:
            law, said = recorded.law, {"version": text.version, "wording": text.wording}
            return {"kind": "standard-answer", "law": law, "pack": told.pack(law), **said}
        case PackActivated() as pack:
            law = pack.law
            looked: Row = {
                "reviewed_by": pack.reviewed_by,
                "reviewed_on": pack.reviewed_on,
                "difference": pack.difference,
            }
        case _:
            law, looked = recorded.law, {}
    layers = [f"{one.name}@{one.version}" for one in told.reading.law_of(law).layers]
    empty = {"reviewed_by": None, "reviewed_on": None, "difference": None}
    told_of = {"kind": "pack", "law": law, "pack": told.pack(law), "layers": layers}
    return {**told_of, **empty, **looked}


LAWS = Definition("laws", 1, "office", _rows)
