"""Vectors of passkeys: which enrolments are read, and which assertions approve a record."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.evidence import envelope
from ledger.evidence.assertion import challenge_of
from ledger.evidence.grammar import to_base64
from ledger.evidence.jcs import Json
from tests.authenticator import ORIGIN, RP, Authenticator
from tests.vectors.samples import ENTRIES, Vector, sample_envelope

KEY = Authenticator("ada")
OTHER = Authenticator("ben", "EdDSA")
BEFORE_POINT = KEY.public[:-65]


def passkey_vectors() -> Vector:
    """Challenges, enrolments and assertions, good and bad."""
    e = envelope.digest(sample_envelope())
    return {
        "challenge": {"e": e.hex(), "challenge": challenge_of(e).hex()},
        "enrolments": {
            "accepted": [
                KEY.enrolled("ada"),
                OTHER.enrolled("ben"),
                KEY.enrolled("ada", origins=["http://localhost:8080"], rp="localhost"),
                KEY.enrolled("ada", origins=[f"https://desk.{RP}:8443", ORIGIN]),
                KEY.enrolled("ada", credential=to_base64(bytes(16))),
                KEY.enrolled("ada", credential=to_base64(bytes(1023))),
            ],
            "refused": [{"name": name, "event": event} for name, event in _refused().items()],
        },
        "assertions": _assertions(e),
    }


def _refused() -> Mapping[str, Json]:
    """Enrolments of which one thing is wrong."""
    bent: dict[str, dict[str, Json]] = {
        "credential too short": {"credential": to_base64(bytes(15))},
        "credential too long": {"credential": to_base64(bytes(1024))},
        "key of the other algorithm": {"algorithm": "EdDSA"},
        "algorithm unknown": {"algorithm": "RS256"},
        "point off the curve": {"key": to_base64(BEFORE_POINT + b"\x04" + bytes(63) + b"\x01")},
        "point compressed": {"key": to_base64(BEFORE_POINT + b"\x02" + KEY.public[-64:-32])},
        "point of another form": {"key": to_base64(BEFORE_POINT + b"\x06" + KEY.public[-64:])},
        "coordinate beyond the field": {
            "key": to_base64(BEFORE_POINT + b"\x04" + b"\xff" * 32 + KEY.public[-32:])
        },
        "Ed25519 key of small order": {
            "algorithm": "EdDSA",
            "key": to_base64(OTHER.public[:-32] + b"\x01" + bytes(31)),
        },
        "rp in capitals": {"rp": "Ledger.example"},
        "rp too long": {"rp": "a" * 254},
        "no origin": {"origins": []},
        "too many origins": {"origins": [f"https://{n}.{RP}" for n in range(9)]},
        "origins not ascending": {"origins": [ORIGIN, f"https://a.{RP}"]},
        "origin twice": {"origins": [ORIGIN, ORIGIN]},
        "origin of another domain": {"origins": ["https://evil.example"]},
        "origin that only ends alike": {"origins": [f"https://evil{RP}"]},
        "origin without encryption": {"origins": [f"http://{RP}"]},
        "origin with a path": {"origins": [f"{ORIGIN}/"]},
        "origin with port 0": {"origins": [f"{ORIGIN}:0"]},
        "origin that is no text": {"origins": [1]},
        "a member more": {"comment": "x"},
    }
    return {name: KEY.enrolled("ada", **members) for name, members in bent.items()}


def _assertions(e: bytes) -> list[Vector]:
    """What answers to a request to approve the record with this E, and whether it is approved."""
    elsewhere = f"https://{RP}.evil.example"
    good = {
        "good": KEY.approved(e),
        "members and extensions more": KEY.approved(
            e, more=b',"hint":1', flags=0x9D, extensions=b"\xa0"
        ),
    }
    bad = {
        "another record": KEY.approved(ENTRIES[0], of=e),
        "not verified": KEY.approved(e, flags=0x01),
        "not present": KEY.approved(e, flags=0x04),
        "with a key": KEY.approved(e, flags=0x45),
        "a copy of what cannot be copied": KEY.approved(e, flags=0x15),
        "a tail that is not announced": KEY.approved(e, extensions=b"\xa0"),
        "no tail though announced": KEY.approved(e, flags=0x85),
        "another origin": KEY.approved(e, origin=elsewhere),
        "another rp": KEY.approved(e, rp="evil.example"),
        "an enrolment": KEY.approved(e, kind="webauthn.create"),
        "in a foreign frame": KEY.approved(e, crossed=True),
        "no comma before the rest": KEY.approved(e, more=b"x"),
        "another authenticator": {**OTHER.approved(e), "passkey": KEY.passkey},
    }
    listed = [
        {"name": name, "enrolled": KEY.enrolled("ada"), "event": event, "approves": name in good}
        for name, event in {**good, **bad}.items()
    ]
    mine, theirs = OTHER.enrolled("ben"), {**KEY.approved(e), "passkey": OTHER.passkey}
    return [
        *listed,
        {"name": "Ed25519", "enrolled": mine, "event": OTHER.approved(e), "approves": True},
        {"name": "not Ed25519", "enrolled": mine, "event": theirs, "approves": False},
    ]
