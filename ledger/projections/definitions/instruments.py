"""The papers of a case: what came, what it lacks, what contests it and what became of it."""

from __future__ import annotations

from ledger.domain.events import DefectResolved, InstrumentDefectFound
from ledger.domain.law.flags import Flag
from ledger.domain.parts import Instrument
from ledger.projections.definitions.definition import Definition, Made, Row
from ledger.projections.definitions.told import Told


def _rows(told: Told) -> Made:
    for paper in told.case.instruments:
        event = paper.event
        row = {
            "reference": told.reference,
            "ref": paper.ref,
            "received_at": paper.at,
            "kind": event.kind,
            "issuer": event.issuer,
            "level": event.level,
            "judge_signed": event.judge_signed,
            "finding": event.finding,
            "issued_on": event.issued_on,
            "comply_by_on": event.comply_by_on,
            "execute_by_on": event.execute_by_on,
            "return_on": event.return_on,
            "categories": event.categories,
            "accepted_by": event.accepted_by,
            "nondisclosure_clause": event.nondisclosure_clause,
            **_state(paper),
            "flags": [_flag(flag) for flag in told.flags if flag.ref == paper.ref],
            **told.law_at(paper.ref),
            "records": told.rests_on(paper.ref, *_on_defects(told, paper)),
        }
        yield paper.ref, row


def _state(paper: Instrument) -> Row:
    return {
        "defects": paper.defects,
        "authenticity": paper.authenticity,
        "void": paper.void,
        "scope": paper.scope,
        "contested": paper.contested,
        "contests": [{"ref": one.ref, "settled_by": one.settled_by} for one in paper.contests],
        "in_execution": paper.in_execution,
        "executions": [
            {
                "ref": one.ref,
                "started_at": one.started_at,
                "ended_at": one.ended_at,
                "receipt": one.receipt,
            }
            for one in paper.executions
        ],
        "copy_requested": paper.copy_requested,
        "copy_outcome": paper.copy_outcome,
        "receipt_obtained": paper.receipt_obtained,
    }


def _flag(flag: Flag) -> Row:
    return {"name": flag.name, "citation": flag.citation, "confidence": flag.confidence}


def _on_defects(told: Told, paper: Instrument) -> list[str]:
    """The records that found or mended what the paper lacks."""
    kinds = InstrumentDefectFound | DefectResolved
    return [
        one.ref
        for one in told.shown
        if isinstance(one.event, kinds) and one.event.instrument == paper.ref
    ]


INSTRUMENTS = Definition("instruments", 1, "case", _rows)
