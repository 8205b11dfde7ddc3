"""Read and write the small spellings that every evidence format shares.

Names, instants, hex, base64 and signing keys each have one spelling; anything else is refused
with ``Malformed``, whose sentence says what is wrong and never quotes what was read. Anyone may
import this module; it imports the standard library only.

Cites: FORMAT, Conventions and §1.
"""

from __future__ import annotations

import binascii
import re
from datetime import UTC, datetime
from functools import lru_cache

__all__ = [
    "MAX_INTEGER",
    "Malformed",
    "check_branch",
    "check_origin",
    "check_person",
    "check_role",
    "check_signing_key",
    "check_type",
    "decode_base64",
    "format_instant",
    "format_position",
    "parse_base64",
    "parse_decimal",
    "parse_hex",
    "parse_instant",
    "parse_position",
    "to_base64",
    "u64be",
]

MAX_INTEGER = 2**53 - 1
"""The largest integer that JSON readers of every language keep exactly."""

_ORIGIN = re.compile(r"[a-z0-9.-]+(?:/[A-Za-z0-9._-]+)*")
_PERSON = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_TYPE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\.v[1-9][0-9]*")
_ROLE = re.compile(r"[a-z][a-z-]{0,31}")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")
_INSTANT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z",
)
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}")
_ORIGIN_BYTES = 255
_ZONE_BYTES = 64

# The field prime and curve constant of Ed25519 (RFC 8032 §5.1).
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
# The y coordinate of half of the points of order 8; the other half have its negative.
_Y_OF_ORDER_8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
_Y_OF_SMALL_ORDER = frozenset({0, 1, _P - 1, _Y_OF_ORDER_8, _P - _Y_OF_ORDER_8})


class Malformed(ValueError):
    """What was read or is to be written does not have its one permitted form.

    The sentence says what is wrong and where. It never quotes the content, because evidence holds
    what must not reach a log file.
    """


@lru_cache(maxsize=1024)
def check_origin(text: str) -> str:
    """Return the name of a ledger, such as ``ledger.lonecone.example``, if it is one.

    Raises: Malformed.
    """
    if not _ORIGIN.fullmatch(text) or len(text) > _ORIGIN_BYTES:
        raise Malformed("an origin does not follow its grammar")
    return text


@lru_cache(maxsize=1024)
def check_person(text: str) -> str:
    """Return a person id, such as ``j.rivera``, if it is one.

    Raises: Malformed.
    """
    if not _PERSON.fullmatch(text):
        raise Malformed("a person id does not follow its grammar")
    return text


def check_branch(text: str) -> str:
    """Return the id of a branch library, which follows the grammar of person ids.

    Raises: Malformed.
    """
    if not _PERSON.fullmatch(text):
        raise Malformed("a branch id does not follow its grammar")
    return text


def check_type(text: str) -> str:
    """Return the type of a record, such as ``request-received.v1``, if it is one.

    Raises: Malformed.
    """
    if not _TYPE.fullmatch(text):
        raise Malformed("a record type does not follow its grammar")
    return text


@lru_cache(maxsize=1024)
def check_role(text: str) -> str:
    """Return the name of a role, such as ``custodian``, if it is one.

    Raises: Malformed.
    """
    if not _ROLE.fullmatch(text):
        raise Malformed("a role does not follow its grammar")
    return text


def check_zone(text: str) -> str:
    """Return the name of a time zone, such as ``America/Denver``, if it is spelled as one.

    Raises: Malformed.
    """
    if not _ZONE.fullmatch(text) or len(text) > _ZONE_BYTES:
        raise Malformed("the name of a time zone does not follow its grammar")
    return text


def parse_instant(text: str) -> datetime:
    """Return the aware UTC instant that is written ``2026-06-19T03:34:12Z``.

    Raises: Malformed, also for a leap second and for the year 0000.
    """
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise Malformed("an instant is not written YYYY-MM-DDThh:mm:ssZ")
    year, month, day, hour, minute, second = (int(part) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        # The foreign sentence is dropped here and below, because it may quote what was read.
        raise Malformed("an instant does not exist in the calendar") from None


def format_instant(instant: datetime) -> str:
    """Write an aware instant of whole seconds as ``2026-06-19T03:34:12Z``.

    Raises: Malformed for a naive instant, for fractions of a second and outside years 1 to 9999.
    """
    if instant.utcoffset() is None:
        raise Malformed("an instant has no time zone")
    if instant.microsecond:
        raise Malformed("an instant is not a whole second")
    try:
        utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    except OverflowError:
        raise Malformed("an instant lies outside the years 1 to 9999") from None
    return utc.isoformat().removesuffix("+00:00") + "Z"


def parse_hex(text: str, length: int) -> bytes:
    """Return the `length` bytes that are written in lower-case hex.

    Raises: Malformed.
    """
    try:
        data = bytes.fromhex(text)
    except ValueError:
        data = b""
    # Upper case and white space, which the standard library reads as well, are other spellings.
    if len(data) != length or data.hex() != text:
        raise Malformed(f"hex is not {2 * length} lower-case digits")
    return data


def parse_base64(text: str, length: int | None) -> bytes:
    """Return the bytes written in standard, padded, canonical base64; `length` None allows any.

    Raises: Malformed.
    """
    try:
        data = decode_base64(text.encode("ascii"))
    except UnicodeEncodeError:
        raise Malformed("base64 is not standard and padded") from None
    if length is not None and len(data) != length:
        raise Malformed(f"base64 does not hold {length} bytes")
    return data


def decode_base64(encoded: bytes) -> bytes:
    """Return the bytes written in standard, padded, canonical base64.

    Raises: Malformed.
    """
    try:
        data = binascii.a2b_base64(encoded, strict_mode=True)
    except ValueError:
        raise Malformed("base64 is not standard and padded") from None
    # Spare bits of the last digit could be set, and padding be idle: the same bytes would have two
    # spellings. Whole groups before the last one have one spelling only.
    whole = len(data) // 3 * 3
    if len(encoded) != (len(data) + 2) // 3 * 4 or not encoded.endswith(
        binascii.b2a_base64(data[whole:], newline=False)
    ):
        raise Malformed("base64 is not canonical")
    return data


def to_base64(data: bytes) -> str:
    """Write bytes in standard, padded base64."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def parse_decimal(text: str) -> int:
    """Return the integer from 0 to 2^53-1 that is written in decimal without leading zeros.

    Raises: Malformed.
    """
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_INTEGER:
        raise Malformed("a number is not a plain decimal up to 2^53-1")
    return int(text)


def parse_position(text: str) -> tuple[bytes, int]:
    """Return the stream (16 bytes) and seq that are written ``<32 hex>:<seq>``.

    Raises: Malformed.
    """
    stream_hex, _, seq_text = text.partition(":")
    stream, seq = parse_hex(stream_hex, 16), parse_decimal(seq_text)
    if not any(stream) or seq < 1:
        raise Malformed("a position names no record: its stream is all zero or its seq is 0")
    return stream, seq


def format_position(stream: bytes, seq: int) -> str:
    """Write the place of a record as ``<32 hex>:<seq>``.

    Raises: Malformed.
    """
    if len(stream) != 16 or not any(stream) or not 1 <= seq <= MAX_INTEGER:
        raise Malformed("a position names no record: its stream or its seq is out of range")
    return f"{stream.hex()}:{seq}"


def u64be(number: int) -> bytes:
    """Write a number in 8 bytes, big endian.

    Raises: Malformed when it does not fit.
    """
    if not 0 <= number < 2**64:
        raise Malformed("a number does not fit 8 bytes")
    return number.to_bytes(8, "big")


@lru_cache(maxsize=1024)
def check_signing_key(public: bytes) -> bytes:
    """Return a 32-byte Ed25519 public key if it is canonical and not of small order.

    A key of small order makes one signature fit many messages; a key with two spellings has two
    digests, so that one person could seem to be two.

    Raises: Malformed.
    Cites: RFC 8032 §5.1.3; FORMAT §1.
    """
    if len(public) != 32:
        raise Malformed("a signing key is not 32 bytes")
    y = int.from_bytes(public, "little") & (2**255 - 1)
    if y >= _P:
        raise Malformed("a signing key is not canonical")
    # Points with x = 0 and the sign bit set are not canonical either; both have small order.
    if y in _Y_OF_SMALL_ORDER:
        raise Malformed("a signing key has small order")
    # x² = (y² - 1) / (d·y² + 1) must be a square; d is none, so that the divisor is never 0.
    x_squared = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    if pow(x_squared, (_P - 1) // 2, _P) != 1:
        raise Malformed("a signing key is no point of the curve")
    return public
