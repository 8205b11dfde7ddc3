"""Take a parsed JSON value apart, field by field.

Every function returns the value with its type known or refuses, naming the place but not the
content. `where` is such a place in words of the format, as in ``record.office.seq``. The modules
of this package that read JSON use it; so may whoever reads the ``event`` of a record.

Cites: FORMAT, Conventions ("Unknown keys are refused", "absent is not null").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from functools import partial
from typing import TypeVar

from ledger.evidence.grammar import MAX_INTEGER, Malformed, parse_base64, parse_hex
from ledger.evidence.jcs import Json

__all__ = [
    "exact_object",
    "integer",
    "items",
    "object_of",
    "read",
    "read_base64",
    "read_hex",
    "text",
]

T = TypeVar("T")


def object_of(value: Json, where: str) -> Mapping[str, Json]:
    """Return an object.

    Raises: Malformed.
    """
    if not (type(value) is dict or isinstance(value, Mapping)):
        raise Malformed(f"{where} is not an object")
    return value


def exact_object(value: Json, keys: Set[str], where: str) -> Mapping[str, Json]:
    """Return an object that has exactly these keys.

    Raises: Malformed.
    """
    members = object_of(value, where)
    if members.keys() != keys:
        raise Malformed(f"{where} does not have exactly its keys")
    return members


def items(value: Json, where: str) -> tuple[Json, ...]:
    """Return the items of an array.

    Raises: Malformed.
    """
    if not isinstance(value, list | tuple):
        raise Malformed(f"{where} is not an array")
    return tuple(value)


def text(value: Json, where: str) -> str:
    """Return a string.

    Raises: Malformed.
    """
    if not isinstance(value, str):
        raise Malformed(f"{where} is not a string")
    return value


def integer(value: Json, where: str, *, least: int = 0) -> int:
    """Return an integer from `least` to 2^53-1; a boolean is none.

    Raises: Malformed.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(f"{where} is not an integer")
    if not least <= value <= MAX_INTEGER:
        raise Malformed(f"{where} is out of range")
    return value


def read(value: Json, where: str, parse: Callable[[str], T]) -> T:
    """Return what `parse` makes of a string, and name the place when it refuses.

    Raises: Malformed.
    """
    found = text(value, where)
    try:
        return parse(found)
    except Malformed as exc:
        raise Malformed(f"{where}: {exc}") from exc


def read_hex(value: Json, where: str, length: int) -> bytes:
    """Return `length` bytes that stand as lower-case hex.

    Raises: Malformed.
    """
    return read(value, where, partial(parse_hex, length=length))


def read_base64(value: Json, where: str, length: int | None) -> bytes:
    """Return bytes that stand as base64; `length` None allows any number.

    Raises: Malformed.
    """
    return read(value, where, partial(parse_base64, length=length))
