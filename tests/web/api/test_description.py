"""The API's description: a real reader of such descriptions asks what it does not foresee."""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.generation import GenerationMode

from ledger.domain.codec import COMMANDS
from ledger.register.kept import version_of
from ledger.web.api.description import description
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
ASKED = int(os.environ.get("LEDGER_API_CASES", "0"))
"""How many cases are asked of each operation and program; without it, one of each at the desk."""


@pytest.mark.parametrize(("side", "person"), [("desk", "kim"), ("room", "mara")])
def test_what_is_asked_at_random_is_answered_as_described(
    side: str, person: str, request: pytest.FixtureRequest, known: Known
) -> None:
    """Nothing breaks, and each answer has the status, type, headers and fields that the description
    has, whatever is asked; half of the acts are asked in a real case, as it was just seen.
    """
    made: Program = request.getfixturevalue(side)
    schema = schemathesis.openapi.from_dict(description(made.side))
    schema.app = made.app
    headers = made.headers(person, peer="testclient")
    reference = known.open if side == "desk" else known.sealed
    count = 0
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]  # an error of the description shows here
        if operation.path.endswith("/events"):
            continue
        count += _asked(operation, made, headers, reference)
    assert count >= len(COMMANDS)


def _asked(operation: Any, made: Program, headers: dict[str, str], reference: str) -> int:
    asked = 0

    @seed(asked)
    @settings(
        max_examples=max(1, ASKED),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.sampled_from(GenerationMode).flatmap(operation.as_strategy))
    def ask(case: Any) -> None:
        nonlocal asked
        asked += 1
        own = dict(headers)
        if asked % 2 and "reference" in (case.path_parameters or {}):
            case.path_parameters["reference"] = reference
            if case.method == "POST":
                own["if-match"] = _tag(made, reference)
        answered = case.call(base_url=ORIGIN, headers=own)
        case.validate_response(answered, checks=CHECKS)

    ask()
    return asked


def _tag(made: Program, reference: str) -> str:
    return etag_of(version_of(made.library.case("mara", reference)))
