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
from collections.abc import Mapping, Sequence
from typing import NoReturn, TypeAlias

from ledger.evidence.grammar import MAX_INTEGER, Malformed

__all__ = ["MAX_DEPTH", "Json", "dump", "load"]

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
"""What JSON here can hold. ``load`` gives ``dict`` and ``list``; ``dump`` also takes tuples."""

MAX_DEPTH = 8
"""How deep values nest; the outermost value has depth 1, and scalars count as values."""

_KEY = re.compile(r"[A-Za-z0-9_]+")
_INTEGER_DIGITS = 17
# The standard library's escapes are those of RFC 8785 §3.2.2.2 when ASCII is not forced.
_spell_string = json.JSONEncoder(ensure_ascii=False).encode
_spell_sorted = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*":?')
_LONG_NUMBER = re.compile(r"(?:^|[:,\[])-?[0-9]{16}")
_UNSURE: Json = object()  # type: ignore[assignment] # stands for no value at all


def dump(value: Json) -> bytes:
    """Write a value in its one spelling.

    Raises: Malformed when the value lies outside the restricted JSON.
    """
    try:
        return _spell(value, 1).encode("utf-8")
    except UnicodeEncodeError:
        # The foreign sentence is dropped, because it quotes content.
        raise Malformed("a JSON string holds a lone surrogate") from None


def load(data: bytes) -> Json:
    """Read a value and refuse every spelling but the one that ``dump`` gives.

    Raises: Malformed.
    """
    value = _load_simple(data)
    if value is _UNSURE:
        value = _parse(data)
        if dump(value) != data:
            raise Malformed("JSON is not in its one spelling")
    return value


def _load_simple(data: bytes) -> Json:
    """Read what is plainly in its one spelling, at the speed of the standard library.

    Total; gives `_UNSURE` for everything that needs a closer look, good or bad.
    """
    try:
        text = data.decode("utf-8")
        value: Json = json.loads(text, parse_float=_no_float, parse_constant=_no_float)
        # Were a key there twice, the text written again would lack one; sorting and escapes alike.
        if _spell_sorted(value) != text:
            return _UNSURE
    except (ValueError, RecursionError):
        return _UNSURE
    # Each level begins with a bracket, and the innermost scalar is one level more.
    is_flat = text.count("{") + text.count("[") < MAX_DEPTH
    if not is_flat or _LONG_NUMBER.search(text) or not all(map(_KEY.fullmatch, _keys(text))):
        return _UNSURE
    return value


def _keys(text: str) -> list[str]:
    """Return the keys of a JSON text that parses; strings are not mistaken for keys."""
    return [one[1:-2] for one in _STRING.findall(text) if one[-1] == ":"]


def _spell(value: Json, depth: int) -> str:
    """Spell one value; the depth is checked on the way down, so recursion is bounded."""
    if depth > MAX_DEPTH:
        raise Malformed(f"JSON is nested deeper than {MAX_DEPTH} levels")
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return _spell_integer(value)
    if isinstance(value, str):
        return _spell_string(value)
    if isinstance(value, Mapping):
        return _spell_object(value, depth)
    if isinstance(value, list | tuple):
        return "[" + ",".join(_spell(item, depth + 1) for item in value) + "]"
    raise Malformed("JSON cannot hold a value of this type")


def _spell_integer(value: int) -> str:
    if abs(value) > MAX_INTEGER:
        raise Malformed("a JSON integer is outside ±(2^53-1)")
    return int.__repr__(value)


def _spell_object(value: Mapping[str, Json], depth: int) -> str:
    keys: list[object] = list(value)
    for key in keys:
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise Malformed("a JSON key is not made of ASCII letters, digits and underscores")
    members = (f'"{key}":{_spell(value[key], depth + 1)}' for key in sorted(value))
    return "{" + ",".join(members) + "}"


def _parse(data: bytes) -> Json:
    """Parse bytes; whatever the parser says, only ``Malformed`` leaves here."""
    try:
        text = data.decode("utf-8")
        value: Json = json.loads(
            text,
            parse_int=_integer,
            parse_float=_no_float,
            parse_constant=_no_float,
            object_pairs_hook=_no_duplicates,
        )
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
