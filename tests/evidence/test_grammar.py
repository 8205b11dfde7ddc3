"""Names, instants, hex, base64 and keys have one spelling each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.evidence import grammar
from ledger.evidence.grammar import Malformed

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


@given(st.datetimes(timezones=st.just(UTC)).map(lambda one: one.replace(microsecond=0)))
def test_every_instant_survives_being_written(instant: datetime) -> None:
    """An instant of any year from 1 to 9999 reads back as itself."""
    assert grammar.parse_instant(grammar.format_instant(instant)) == instant


def test_an_instant_is_written_in_universal_time() -> None:
    """An instant in another zone is written as the same moment with a Z."""
    local = datetime(2026, 6, 19, 1, 30, tzinfo=timezone(timedelta(hours=-2)))
    assert grammar.format_instant(local) == "2026-06-19T03:30:00Z"


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 6, 19),
        datetime(2026, 6, 19, 0, 0, 0, 1, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
    ],
    ids=["naive", "fraction", "before year 1"],
)
def test_an_instant_that_cannot_be_spelt_is_refused(instant: datetime) -> None:
    """Naive instants, fractions of a second and instants before year 1 are not written."""
    with pytest.raises(Malformed):
        grammar.format_instant(instant)


@given(st.binary(max_size=70))
def test_hex_and_base64_read_back(data: bytes) -> None:
    """Bytes written in hex or base64 read back as themselves."""
    assert grammar.parse_hex(data.hex(), len(data)) == data
    assert grammar.parse_base64(grammar.to_base64(data), len(data)) == data


@pytest.mark.parametrize("text", ["ABCD", "abc", "abcdef", "ab d", "zzzz", "ab\n0", "\u0661234"])
def test_other_spellings_of_hex_are_refused(text: str) -> None:
    """Two bytes of hex are four lower-case ASCII digits."""
    with pytest.raises(Malformed):
        grammar.parse_hex(text, 2)


@pytest.mark.parametrize("text", ["AB==", "AA", "AA=", "A A=", "AAA=\n", "é", "-_==", "AA==AA=="])
def test_other_spellings_of_base64_are_refused(text: str) -> None:
    """Base64 is standard, padded, without white space and without spare bits."""
    with pytest.raises(Malformed):
        grammar.parse_base64(text, None)


def test_base64_of_another_length_is_refused() -> None:
    """A hash in base64 has its length."""
    with pytest.raises(Malformed, match="32 bytes"):
        grammar.parse_base64(grammar.to_base64(bytes(31)), 32)


@pytest.mark.parametrize("text", ["", "01", "-1", "+1", "1 ", "9007199254740992", "\u0661", "1_0"])
def test_other_spellings_of_numbers_are_refused(text: str) -> None:
    """A number is plain decimal, without leading zeros, up to 2^53-1."""
    with pytest.raises(Malformed):
        grammar.parse_decimal(text)


def test_the_largest_number_is_accepted() -> None:
    """The bound itself is a number."""
    assert grammar.parse_decimal("9007199254740991") == grammar.MAX_INTEGER


def test_a_position_reads_back() -> None:
    """The place of a record is its stream and seq."""
    text = grammar.format_position(b"\xab" * 16, 12)
    assert text == "ab" * 16 + ":12"
    assert grammar.parse_position(text) == (b"\xab" * 16, 12)


@pytest.mark.parametrize(("stream", "seq"), [(bytes(16), 1), (b"\xab" * 16, 0), (b"\xab" * 15, 1)])
def test_a_position_that_names_no_record_is_not_written(stream: bytes, seq: int) -> None:
    """No record has an all-zero stream, a short stream or seq 0."""
    with pytest.raises(Malformed):
        grammar.format_position(stream, seq)


@pytest.mark.parametrize("number", [-1, 2**64])
def test_a_number_must_fit_eight_bytes(number: int) -> None:
    """Eight bytes hold numbers from 0 to 2^64-1."""
    with pytest.raises(Malformed):
        grammar.u64be(number)
    assert grammar.u64be(258) == bytes([0, 0, 0, 0, 0, 0, 1, 2])


@given(st.binary(min_size=32, max_size=32))
def test_every_real_key_is_accepted(seed: bytes) -> None:
    """The public key of any Ed25519 seed passes the check of keys."""
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    assert grammar.check_signing_key(public) == public


def test_a_key_has_32_bytes() -> None:
    """A key of another length is refused."""
    with pytest.raises(Malformed, match="32 bytes"):
        grammar.check_signing_key(bytes(31))


def test_all_points_of_small_order_are_refused() -> None:
    """The multiples of a point of order 8, computed by the curve's own law, are refused."""
    eighth = _decompress(
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
    )
    points, current = set(), eighth
    for _ in range(8):
        points.add(current)
        current = _add(current, eighth)
    assert len(points) == 8
    for x, y in points:
        for sign in (x & 1, 1 - (x & 1)):
            with pytest.raises(Malformed, match="small order"):
                grammar.check_signing_key((y | sign << 255).to_bytes(32, "little"))


@given(st.integers(min_value=P, max_value=2**255 - 1), st.booleans())
def test_keys_beyond_the_field_are_refused(y: int, sign: bool) -> None:
    """A key whose number is not below the prime would be a second spelling of another key."""
    with pytest.raises(Malformed, match="canonical"):
        grammar.check_signing_key((y | sign << 255).to_bytes(32, "little"))


def _decompress(data: bytes) -> tuple[int, int]:
    y = int.from_bytes(data, "little") & (2**255 - 1)
    squared = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(squared, (P + 3) // 8, P)
    if x * x % P != squared:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == squared
    return x, y


def _add(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    (x1, y1), (x2, y2) = one, two
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P
    return x, y
