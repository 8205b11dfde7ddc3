"""TOML that somebody else wrote, read within bounds.

The library lets Python's own limits through: digits of a number, lists within lists. A key of many
parts costs it memory by the square of them: 200 kB of such keys took all that a machine had.

The reader is tomli, from which the standard library's was taken: the same text, compiled, which
reads a law in a third of the time (ADR 0014).

Pure. Whoever reads a law or a story may import this module.
"""

import re
from typing import Any

import tomli

DEEPEST = 32
"""Lists within lists, tables within tables; no law or story needs a tenth of it."""
_LONG_KEY = re.compile(rf"(?<![\w\"'-])(?:[\w\"'-]++[ \t]*+\.[ \t]*+){{{DEEPEST}}}")


class NotToml(ValueError):
    """The text cannot be read; the error says why, for whoever wrote it."""


def parse_toml(text: str) -> dict[str, Any]:
    """Read a text. Raises: NotToml."""
    too_much = "A number is too long here, or lists or keys stand too deep."
    if _has_long_key(text):
        raise NotToml(too_much)
    try:
        found = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise NotToml(str(error)) from None
    except (ValueError, RecursionError):
        raise NotToml(too_much) from None
    if _depth(found) > DEEPEST:
        raise NotToml(too_much)
    return found


def _has_long_key(text: str) -> bool:
    """Whether a key has too many parts. No key goes over its line, and few lines have the dots."""
    lines = (line for line in text.split("\n") if line.count(".") >= DEEPEST)
    return any(_LONG_KEY.search(line) for line in lines)


def _depth(value: object) -> int:
    """How deep lists and tables stand in each other, found without going down by calls."""
    deep, level = 0, [value]
    while level := [inner for one in level for inner in _inside(one)]:
        deep += 1
    return deep


def _inside(value: object) -> list[object]:
    match value:
        case dict():
            return list(value.values())
        case list():
            return value
        case _:
            return []
