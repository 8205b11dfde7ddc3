"""Write and read JSON in its one spelling.

RFC 8785 (JCS), restricted to what every language reads alike: objects, arrays, strings, booleans,
null and integers within ±(2^53-1), keys of ASCII letters, digits and underscores, at most eight
levels deep. ``dump(load(data)) == data`` or ``load`` refuses. Within these limits the order of
UTF-16 code units that RFC 8785 asks for is the order of ASCII, so plain sorting is right.

Sample: ``{"basis":"first-hand","seq":3,"under":null}``

Anyone may import this module. Cites: RFC 8785; FORMAT, Conventions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import NoReturn, TypeAlias

from ledger.evidence.grammar import MAX_INTEGER, Malformed

__all__ = ["MAX_DEPTH", "Json", "dump", "load"]

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
"""What JSON here can hold. ``load`` gives ``dict`` and ``list``; ``dump`` also takes tuples."""

MAX_DEPTH = 8
"""How deep values nest; the outermost value has depth 1, and scalars count as values."""

_IN_KEYS = re.compile(r"[A-Za-z0-9_]*")
_INTEGER_DIGITS = 17
# The standard library's escapes are those of RFC 8785 §3.2.2.2 when ASCII is not forced. Mappings
# that are no dict are the only values that it does not know and `_check` lets through.
_spell = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False, default=dict
).encode


def dump(value: Json) -> bytes:
    """Write a value in its one spelling.

    Raises: Malformed when the value lies outside the restricted JSON.
    """
    _check(value, 1)
    try:
        return _spell(value).encode("utf-8")
    except UnicodeEncodeError:
        # The foreign sentence is dropped, because it quotes content.
        raise Malformed("a JSON string holds a lone surrogate") from None


def load(data: bytes) -> Json:
    """Read a value and refuse every spelling but the one that ``dump`` gives.

    Raises: Malformed.
    """
    value = _parse(data)
    if dump(value) != data:
        raise Malformed("JSON is not in its one spelling")
    return value


def _check(value: Json, depth: int) -> None:
    """Refuse what lies outside the restricted JSON; all else the encoder spells in the one way.

    The depth is checked on the way down, so recursion is bounded.
    """
    # Asked last is what takes longest.
    if value is None or isinstance(value, str):
        return
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise Malformed("a JSON integer is outside ±(2^53-1)")
    elif isinstance(value, list | tuple):
        _check_items(value, depth)
    elif type(value) is dict or isinstance(value, Mapping):
        _check_keys(value)
        _check_items(value.values(), depth)
    else:
        raise Malformed("JSON cannot hold a value of this type")


def _check_items(values: Collection[Json], depth: int) -> None:
    if values and depth == MAX_DEPTH:
        raise Malformed(f"JSON is nested deeper than {MAX_DEPTH} levels")
    for value in values:
        # Most values are strings, and about those there is nothing to ask.
        if type(value) is not str:
            _check(value, depth + 1)


def _check_keys(members: Mapping[str, Json]) -> None:
    try:
        # All in one go: most records have thirty of them.
        good = "" not in members and _IN_KEYS.fullmatch("".join(members))
    except TypeError:
        # What is no text at all is no key either.
        good = None
    if not good:
        raise Malformed("a JSON key is not made of ASCII letters, digits and underscores")


def _parse(data: bytes) -> Json:
    """Parse bytes; whatever the parser says, only ``Malformed`` leaves here."""
    try:
        value: Json = _decode(data.decode("utf-8"))
    except Malformed:
        raise
    except RecursionError:
        # The parser counts its own depth and stops long before the C stack ends.
        raise Malformed(f"JSON is nested deeper than {MAX_DEPTH} levels") from None
    except ValueError:
        # Both foreign errors, of UTF-8 and of JSON, carry the content: they are dropped.
        raise Malformed("bytes are not JSON in UTF-8") from None
    return value


def _integer(text: str) -> int:
    # Checked before conversion: converting a million digits costs more than all else here.
    if len(text) > _INTEGER_DIGITS:
        raise Malformed("a JSON integer is outside ±(2^53-1)")
    return int(text)


def _no_float(_text: str) -> NoReturn:
    raise Malformed("JSON holds a number that is not an integer")


def _no_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("a JSON object has the same key twice")
    return members


_decode = json.JSONDecoder(
    parse_int=_integer,
    parse_float=_no_float,
    parse_constant=_no_float,
    object_pairs_hook=_no_duplicates,
).decode
