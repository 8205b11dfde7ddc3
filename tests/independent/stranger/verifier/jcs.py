"""Strict JSON: RFC 8785, restricted as the format says, in exactly one spelling."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from .grammar import MAX_INT, Bad

MAX_DEPTH = 8
_KEY = re.compile(r"[A-Za-z0-9_]+")
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


def _refuse(_: str) -> NoReturn:
    """Refuse a number that the format does not have."""
    raise Bad("number not allowed")


def _integer(text: str) -> int:
    """Read an integer within the bounds."""
    if len(text) > 17:
        raise Bad("integer too long")
    value = int(text)
    if abs(value) > MAX_INT:
        raise Bad("integer out of range")
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object and refuse a key that stands twice."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise Bad("key twice")
    return result


def _check(value: Any, depth: int) -> None:
    """Refuse depth, keys and kinds of value that the format does not have."""
    if depth > MAX_DEPTH:
        raise Bad("too deep")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not _KEY.fullmatch(key):
                raise Bad("key not allowed")
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, float) or not (value is None or isinstance(value, (str, bool, int))):
        raise Bad("kind of value not allowed")
    elif type(value) is int and abs(value) > MAX_INT:
        raise Bad("integer out of range")


def encode(value: Any) -> bytes:
    """Give the one spelling of a value."""
    _check(value, 1)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise Bad("lone surrogate") from exc


def _shallow(data: bytes) -> None:
    """Refuse brackets that nest too deep, before anything recursive looks at the bytes."""
    depth = 0
    for match in _BRACKETS.finditer(data):
        token = match.group()
        if token in (b"[", b"{"):
            depth += 1
            if depth > MAX_DEPTH:
                raise Bad("too deep")
        elif token in (b"]", b"}"):
            depth -= 1


def decode(data: bytes) -> Any:
    """Parse bytes and refuse every spelling but the one."""
    _shallow(data)
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_pairs,
            parse_int=_integer,
            parse_float=_refuse,
            parse_constant=_refuse,
        )
    except Bad:
        raise
    except (ValueError, RecursionError) as exc:
        raise Bad("not JSON") from exc
    if encode(value) != data:
        raise Bad("not the one spelling")
    return value


def exact(value: Any, keys: set[str], optional: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the object if it has exactly these keys."""
    if not isinstance(value, dict):
        raise Bad("not an object")
    have = set(value)
    if not keys <= have or not have <= keys | optional:
        raise Bad("keys differ")
    return value
