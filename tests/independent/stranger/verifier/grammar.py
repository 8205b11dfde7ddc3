"""The small grammars of the format: names, instants, hex, base64, decimals and positions."""

from __future__ import annotations

import base64
import binascii
import datetime
import re

MAX_INT = 2**53 - 1
ZERO32 = "0" * 32
ZERO64 = "0" * 64

_ORIGIN = re.compile(r"[a-z0-9.-]+(/[A-Za-z0-9._-]+)*")
_PERSON = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_TYPE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.v[1-9][0-9]*")
_ROLE = re.compile(r"[a-z][a-z-]{0,31}")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")
_HEX32 = re.compile(r"[0-9a-f]{32}")
_HEX64 = re.compile(r"[0-9a-f]{64}")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_EPOCH = datetime.datetime(1970, 1, 1)


class Bad(ValueError):
    """Some input is not what the format asks for."""


def is_origin(value: object) -> bool:
    """Say whether the value is an origin."""
    return isinstance(value, str) and len(value) <= 255 and bool(_ORIGIN.fullmatch(value))


def is_person(value: object) -> bool:
    """Say whether the value is a person id."""
    return isinstance(value, str) and bool(_PERSON.fullmatch(value))


def is_type(value: object) -> bool:
    """Say whether the value is a record type."""
    return isinstance(value, str) and bool(_TYPE.fullmatch(value))


def is_role(value: object) -> bool:
    """Say whether the value is a role."""
    return isinstance(value, str) and bool(_ROLE.fullmatch(value))


def is_zone(value: object) -> bool:
    """Say whether the value is spelled as the name of a time zone."""
    return isinstance(value, str) and len(value) <= 64 and bool(_ZONE.fullmatch(value))


def is_hex32(value: object) -> bool:
    """Say whether the value is 16 bytes in lower-case hex."""
    return isinstance(value, str) and bool(_HEX32.fullmatch(value))


def is_hex64(value: object) -> bool:
    """Say whether the value is 32 bytes in lower-case hex."""
    return isinstance(value, str) and bool(_HEX64.fullmatch(value))


def is_stream(value: object) -> bool:
    """Say whether the value is a stream id. The all-zero stream is none."""
    return is_hex32(value) and value != ZERO32


def is_count(value: object, least: int = 0) -> bool:
    """Say whether the value is an integer from `least` to 2^53-1. A boolean is none."""
    return type(value) is int and least <= value <= MAX_INT


def decimal(text: str) -> int:
    """Read a decimal without sign and leading zeros, at most 2^53-1."""
    if not _DECIMAL.fullmatch(text):
        raise Bad("not a decimal")
    value = int(text)
    if value > MAX_INT:
        raise Bad("decimal too large")
    return value


def instant(text: object) -> int:
    """Read an instant and return its seconds since 1970."""
    if not isinstance(text, str) or not _INSTANT.fullmatch(text):
        raise Bad("not an instant")
    try:
        year, month, day, hour, minute, second = (int(p) for p in re.split(r"[-T:Z]", text)[:6])
        moment = datetime.datetime(year, month, day, hour, minute, second)
    except ValueError as exc:
        raise Bad("not an instant") from exc
    delta = moment - _EPOCH
    return delta.days * 86400 + delta.seconds


def is_instant(value: object) -> bool:
    """Say whether the value is an instant."""
    try:
        instant(value)
    except Bad:
        return False
    return True


def position(text: object) -> tuple[str, int]:
    """Read `stream:seq`."""
    if not isinstance(text, str) or text.count(":") != 1:
        raise Bad("not a position")
    stream, _, seq = text.partition(":")
    if not is_stream(stream):
        raise Bad("not a position")
    number = decimal(seq)
    if number < 1:
        raise Bad("not a position")
    return stream, number


def unbase64(text: object, length: int | None = None) -> bytes:
    """Decode standard, padded, canonical base64."""
    if not isinstance(text, str):
        raise Bad("not base64")
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError, UnicodeEncodeError) as exc:
        raise Bad("not base64") from exc
    if base64.b64encode(raw).decode("ascii") != text:
        raise Bad("base64 is not canonical")
    if length is not None and len(raw) != length:
        raise Bad("base64 of another length")
    return raw


def lines_of(text: bytes) -> list[str]:
    """Split text that ends in a newline into its ASCII lines."""
    try:
        plain = text.decode("ascii")
    except UnicodeDecodeError as exc:
        raise Bad("not ASCII") from exc
    if not plain.endswith("\n"):
        raise Bad("no newline at the end")
    return plain[:-1].split("\n")
