"""Both readers of passkeys agree: ours, and the stranger's, which has no code in common with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest

from ledger.evidence import acts
from ledger.evidence.assertion import is_for, raw_key, signed_bytes
from ledger.evidence.grammar import Malformed, parse_base64, to_base64
from ledger.evidence.jcs import Json
from ledger.verify.crypto import check_assertion
from tests.authenticator import ORIGIN, RP, Authenticator
from tests.independent.stranger.verifier import events, passkeys

KEY = Authenticator("ada")
E = sha256(b"what is approved").digest()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
Bent = tuple[str, dict[str, Json]]


def flagged() -> Iterator[Bent]:
    """Every byte of flags, with a tail and without one."""
    for flags in range(256):
        for tail in (b"", b"\xa0"):
            yield f"flags {flags:#04x} {tail!r}", KEY.approved(E, flags=flags, extensions=tail)


def told() -> Iterator[Bent]:
    """Client data that ends otherwise than usual."""
    for more in (b",", b",}", b", ", b" ", b"}", b"\n", b',"crossOrigin":true', b"x"):
        yield f"client data {more!r}", KEY.approved(E, more=more)


def spelled() -> Iterator[Bent]:
    """A signature in other spellings, in the other half, and with numbers that are none."""
    good = KEY.approved(E)
    der = parse_base64(str(good["signature"]), None)
    r, s = numbers(der)
    pairs = {
        "the other half": (r, ORDER - s),
        "nothing": (0, s),
        "no second": (r, 0),
        "beyond the order": (r, s + ORDER),
        "negative": (-r, s),
        "another": (r, s + 1),
    }
    for name, pair in pairs.items():
        yield name, {**good, "signature": to_base64(spelling(*pair))}
    body = der[2:]
    others = {
        "a long length": b"\x30\x81" + bytes([len(body)]) + body,
        "a byte more": der + b"\0",
        "a byte less": der[:-1],
        "a third number": b"\x30" + bytes([len(body) + 3]) + body + b"\x02\x01\x01",
        "a zero before": spelling(r, s, pad=b"\0"),
        "plain": r.to_bytes(32) + s.to_bytes(32),
    }
    for name, other in others.items():
        yield name, {**good, "signature": to_base64(other)}


def numbers(der: bytes) -> tuple[int, int]:
    """The two numbers of a signature."""
    end = 4 + der[3]
    return int.from_bytes(der[4:end]), int.from_bytes(der[end + 2 :])


def spelling(r: int, s: int, pad: bytes = b"") -> bytes:
    """Two numbers as DER spells them, with bytes before the first."""
    first, second = (one.to_bytes(one.bit_length() // 8 + 1, signed=True) for one in (r, s))
    body = b"".join(b"\x02" + bytes([len(one)]) + one for one in (pad + first, second))
    return b"\x30" + bytes([len(body)]) + body


@pytest.mark.parametrize("bent", [flagged, told, spelled], ids=["flags", "client", "signature"])
def test_t41_both_take_the_same_answers_for_an_approval(
    bent: Callable[[], Iterator[Bent]],
) -> None:
    """T-41: what one refuses, the other refuses, for every flag, spelling and ending."""
    differing: dict[str, tuple[bool, bool]] = {}
    taken: set[bool] = set()
    for name, event in bent():
        ours, theirs = approved_here(event), approved_there(event)
        taken.add(ours)
        if ours != theirs:
            differing[name] = (ours, theirs)
    assert differing == {}
    assert taken == {True, False}


def approved_here(event: dict[str, Json]) -> bool:
    """Whether the product takes an approval for one."""
    try:
        told = acts.parse_event("passkey-approved.v1", event)
    except Malformed:
        return False
    known = acts.parse_event("passkey-enrolled.v1", KEY.enrolled("ada"))
    assert isinstance(told, acts.PasskeyApproved)
    assert isinstance(known, acts.PasskeyEnrolled)
    data, client = told.authenticator_data, told.client_data
    public, message = raw_key(known.algorithm, known.key), signed_bytes(data, client)
    asked = is_for(told.of, known.rp, known.origins, data, client)
    return asked and check_assertion(known.algorithm, public, message, told.signature)


def approved_there(event: dict[str, Json]) -> bool:
    """Whether the stranger does."""
    good = events.event_is_good("passkey-approved.v1", event, "")
    return good and passkeys.approves(KEY.enrolled("ada"), event)


@pytest.mark.parametrize(
    "origin",
    [
        *(ORIGIN, f"{ORIGIN}:1", f"{ORIGIN}:99999", f"{ORIGIN}:100000", f"{ORIGIN}:01"),
        *(f"https://.{RP}", f"https://-.{RP}", f"https://a..{RP}", f"https://a.{RP}."),
        *(f"https://A.{RP}", f"{ORIGIN}:", f"{ORIGIN}\n", f"http://localhost.{RP}"),
        *("http://localhost", f"https://x{RP}", f"https://{RP}@evil.example", "https://"),
    ],
)
@pytest.mark.parametrize("rp", [RP, "localhost", "example", f"{RP}\n", f".{RP}", ""])
def test_both_read_the_same_addresses(origin: str, rp: str) -> None:
    """An enrolment that one refuses for its address or its domain, the other refuses."""
    event = KEY.enrolled("ada", rp=rp, origins=[origin])
    try:
        acts.parse_event("passkey-enrolled.v1", event)
        ours = True
    except Malformed:
        ours = False
    assert events.event_is_good("passkey-enrolled.v1", event, "") == ours
