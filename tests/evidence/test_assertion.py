"""Passkeys: enrolments and assertions are taken or refused as the vectors say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.evidence.acts import PasskeyApproved, PasskeyEnrolled, parse_event
from ledger.evidence.assertion import challenge_of, is_for, raw_key, signed_bytes
from ledger.evidence.grammar import Malformed
from ledger.verify.crypto import check_assertion
from tests.vectors.samples import HERE

VECTORS: dict[str, Any] = json.loads((HERE / "passkey.json").read_text("utf-8"))


def test_the_challenge_follows_from_the_record() -> None:
    """Nobody can pass an approval of one record off as that of another."""
    told = VECTORS["challenge"]
    assert challenge_of(bytes.fromhex(told["e"])).hex() == told["challenge"]


@pytest.mark.parametrize("event", VECTORS["enrolments"]["accepted"])
def test_a_passkey_is_enrolled(event: dict[str, Any]) -> None:
    """Either algorithm, and each origin of the rp."""
    assert isinstance(parse_event("passkey-enrolled.v1", event), PasskeyEnrolled)


@pytest.mark.parametrize("one", VECTORS["enrolments"]["refused"], ids=lambda one: one["name"])
def test_a_bad_passkey_is_not_enrolled(one: dict[str, Any]) -> None:
    """A key in another spelling, or an origin of somebody else, is refused."""
    with pytest.raises(Malformed):
        parse_event("passkey-enrolled.v1", one["event"])


@pytest.mark.parametrize("one", VECTORS["assertions"], ids=lambda one: one["name"])
def test_t41_only_an_assertion_for_the_record_approves_it(one: dict[str, Any]) -> None:
    """What was signed for another record, place or purpose approves nothing."""
    key = parse_event("passkey-enrolled.v1", one["enrolled"])
    event = parse_event("passkey-approved.v1", one["event"])
    assert isinstance(key, PasskeyEnrolled)
    assert isinstance(event, PasskeyApproved)
    data, client = event.authenticator_data, event.client_data
    approves = is_for(event.of, key.rp, key.origins, data, client) and check_assertion(
        key.algorithm, raw_key(key.algorithm, key.key), signed_bytes(data, client), event.signature
    )
    assert approves == one["approves"]


def test_too_few_bytes_are_no_answer() -> None:
    """Authenticator data without its counter approves nothing, whatever else is right."""
    one = VECTORS["assertions"][0]
    key = parse_event("passkey-enrolled.v1", one["enrolled"])
    event = parse_event("passkey-approved.v1", one["event"])
    assert isinstance(key, PasskeyEnrolled)
    assert isinstance(event, PasskeyApproved)
    assert not is_for(
        event.of, key.rp, key.origins, event.authenticator_data[:36], event.client_data
    )
