"""The API's description: a real reader of such descriptions asks what it does not foresee."""

from __future__ import annotations

import logging
import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]  # It has no types.
from schemathesis import checks
from schemathesis.generation import GenerationMode

from ledger.domain import codec
from ledger.domain.codec import COMMANDS
from ledger.domain.events import IntakeSaved
from ledger.domain.fields import format_reference
from ledger.register.acts import Act
from ledger.register.kept import version_of
from ledger.register.proposing import propose
from ledger.web.api.acts import _ACT, _VISIT
from ledger.web.api.description import OPERATIONS, _named, description
from ledger.web.problems import etag_of
from tests.web.api.clients import ORIGIN, Program
from tests.web.api.conftest import Known

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
ASKED = int(os.environ.get("LEDGER_API_CASES", "1"))
"""At most so many cases are asked of each operation of each program; without it, one."""


@pytest.mark.parametrize(("side", "person"), [("desk", "kim"), ("room", "mara")])
def test_what_is_asked_at_random_is_answered_as_described(
    side: str, person: str, request: pytest.FixtureRequest, known: Known
) -> None:
    """Nothing breaks, and each answer has the status, type, headers and fields that the description
    has, whatever is asked; half of the acts are asked in a real case, as it was just seen.

    LEDGER_API_CASES=9 asks some thousands of cases; give it
    `-o faulthandler_timeout=0 --log-cli-level=INFO`, and it says how many.
    """
    made: Program = request.getfixturevalue(side)
    schema = schemathesis.openapi.from_dict(description(made.side))
    schema.app = made.app
    reference = known.open if side == "desk" else known.sealed
    count = 0
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]  # an error of the description shows here
        if operation.path.endswith("/events"):
            continue
        count += _asked(operation, made, person, reference)
    logging.getLogger(__name__).info("%s cases", count)
    assert count >= len(COMMANDS)


def test_every_parameter_is_told_once_and_as_each_door_means_it() -> None:
    """No two parameters that differ are called alike, since a door names its parameters only."""
    for one in OPERATIONS:
        for each in one.parameters:
            assert description("desk")["components"]["parameters"][_named(each)] == each.told()


def examples() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every example of the description, with its address and the schema of what is sent there."""
    found = []
    for path, methods in description("room")["paths"].items():
        for told in methods.values():
            for content in told.get("requestBody", {}).get("content", {}).values():
                if "example" in content:
                    found.append((path, content["example"], content["schema"]))
    return found


def test_every_example_is_as_described_and_is_taken() -> None:
    """What the description shows as an example fits its own schema, and the form takes it."""
    components = description("room")["components"]
    assert {path.rpartition("/")[2] for path, _, _ in examples()} == {"visits", "annotate"}
    for path, example, schema in examples():
        whole = {**schema, "components": components}
        Draft202012Validator(whole, format_checker=FormatChecker()).validate(example)
        asked = (_VISIT if path.endswith("/visits") else _ACT).convert(example)
        command = path.rpartition("/")[2]
        if command == "visits":
            fields = dict(asked.fields)
            for fact in fields.pop("facts"):
                for name, said in fact.items():
                    assert propose(Act(name, said)).__class__ is COMMANDS[name]
            codec.propose(IntakeSaved, {**fields, "about": format_reference(7)})
        else:
            assert propose(Act(command, asked.fields)).__class__ is COMMANDS[command]


def _asked(operation: Any, made: Program, person: str, reference: str) -> int:
    asked = 0

    @seed(asked)
    @settings(
        max_examples=ASKED,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.sampled_from(GenerationMode).flatmap(operation.as_strategy))
    def ask(case: Any) -> None:
        nonlocal asked
        asked += 1
        # Anew each time: an act may have changed what the person holds, which ends their session.
        own = made.headers(person, peer="testclient")
        if asked % 2:
            # As somebody who is signed in and draws a new key; else with whatever was made up.
            (case.headers or {}).pop("Authorization", None)
            (case.cookies or {}).clear()
            own["idempotency-key"] = os.urandom(16).hex()
            if "reference" in (case.path_parameters or {}):
                case.path_parameters["reference"] = reference
                own["if-match"] = _tag(made, reference)
        answered = case.call(base_url=ORIGIN, headers=own)
        case.validate_response(answered, checks=CHECKS)

    ask()
    return asked


def _tag(made: Program, reference: str) -> str:
    return etag_of(version_of(made.library.case("mara", reference)))
