"""Reading JSON that somebody sent: exactly one meaning, or none (threats T-47).

Refused is what two programs could read differently, or what costs out of proportion: a name that
stands twice in an object, numbers that are none or too large, half of a surrogate pair, and what
lies too deep.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from ledger.domain.form import Form
from ledger.errors import BadRequest

DEEPEST = 32
"""So many lists and objects may lie within each other: more than any act has."""
_OBJECT = Form[dict[str, Any]](dict[str, Any])


def read_object(body: bytes) -> dict[str, Any]:
    """The one object that was sent.

    Raises:
        BadRequest: it is no JSON, is no object, or has more than one meaning.
    """
    try:
        found = _OBJECT.parse(body)
        # The first reading knows what JSON is; it takes the last of two that have one name.
        json.loads(body, object_pairs_hook=_once)
    except msgspec.ValidationError as error:
        raise BadRequest("Send one JSON object. Nothing was saved.") from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadRequest("What was sent is not JSON. Nothing was saved.") from error
    _check_depth(found)
    return found


def _once(pairs: list[tuple[str, Any]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise ValueError("a name stands twice")


def _check_depth(found: object) -> None:
    """See that nothing lies too deep. Raises: BadRequest."""
    level: list[object] = [found]
    for _ in range(DEEPEST):
        level = [inner for one in level for inner in _within(one)]
        if not level:
            return
    raise BadRequest("What was sent lies too deep. Nothing was saved.")


def _within(one: object) -> list[Any]:
    if isinstance(one, dict):
        return list(one.values())
    return one if isinstance(one, list) else []
