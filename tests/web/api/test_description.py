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
ASKED = int(os.environ.get("LEDGER_API_CASES", "1"))
"""At most so many cases are asked of each operation of each program; without it, one."""


@pytest.mark.parametrize(("side", "person"), [("desk", "kim"), ("room", "mara")])
def test_what_is_asked_at_random_is_answered_as_described(
    side: str, person: str, request: pytest.FixtureRequest, known: Known
) -> None:
    """Nothing breaks, and each answer has the status, type, headers and fields that the description
    has, whatever is asked; half of the acts are asked in a real case, as it was just seen.

    LEDGER_API_CASES=10 asks some thousands of cases, in two minutes.
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
    assert count >= len(COMMANDS)


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
