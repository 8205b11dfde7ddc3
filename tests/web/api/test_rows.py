"""Rows of projections are as the API describes them, whatever happened in a case or an office."""

from __future__ import annotations

from functools import cache

from hypothesis import assume, given, settings
from jsonschema_rs import Draft202012Validator

from ledger.domain.codec import EVENT_TYPES
from ledger.domain.law.deadlines import Reading
from ledger.domain.office import Recorded
from ledger.projections.definitions import DEFINITIONS, OFFICE, Told
from ledger.projections.definitions.definition import read, spell
from ledger.projections.feeds.entries import told as told_by_feed
from ledger.web.api.description import description
from ledger.web.api.rows import PROJECTIONS
from tests.domain.given import JCL, OFFICE_STREAM, law_of, records
from tests.domain.strategies import histories
from tests.domain.test_office_twin import Story, stories, told

REFERENCE = "7K3M-9Q2D-X"
READING = Reading(law_of, "America/Denver")


@cache
def schema(name: str) -> Draft202012Validator:
    """What a schema of the description takes."""
    components = description("room")["components"]
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": components})


def misfits(told: Told, subject: str) -> list[str]:
    """What does not fit of any projection's rows."""
    found = []
    for one in DEFINITIONS:
        if one.subject == subject:
            rows = [read(spell(row)) for row in one.rows(told).values()]
            whole = {"name": one.name, "version": one.version, "rows": rows}
            check = schema(PROJECTIONS[one.name].__name__)
            found += [f"{one.name}: {error.message}" for error in check.iter_errors(whole)]
    return found


@settings(max_examples=40, derandomize=True)
@given(history=histories())
def test_rows_of_any_case_are_as_described(history: list[Recorded]) -> None:
    """Stored, without what is personal, and as somebody reads them who opens the case; and so is
    what a feed tells of each record.
    """
    assume(history)
    records = tuple(history)
    assert misfits(Told.impersonal(REFERENCE, records, READING), "case") == []
    assert misfits(Told(REFERENCE, records, READING), "case") == []
    for one in records:
        assert [*schema("RecordTold").iter_errors(told_by_feed(REFERENCE, one))] == []


@settings(max_examples=20, derandomize=True)
@given(story=stories())
def test_rows_of_any_office_are_as_described(story: Story) -> None:
    """Of people, roles, keys and laws."""
    acts = records(told(story), JCL, OFFICE_STREAM)
    assert misfits(Told.impersonal(OFFICE, acts, READING), "office") == []


def test_every_event_is_described_and_no_other() -> None:
    """An event is told by its type with its own fields; what no event has fits nothing."""
    schemas = description("desk")["components"]["schemas"]
    assert len(schemas["Event"]["oneOf"]) == len(EVENT_TYPES)
    for tag, kind in EVENT_TYPES.items():
        assert set(schemas[f"event.{tag}"]["properties"]) == {
            "type",
            *kind.__struct_encode_fields__,
        }
        assert schema("Event").is_valid({"type": tag})
        assert not schema("Event").is_valid({"type": tag, "else": 1})
    assert not schema("Event").is_valid({"type": "else"})
