"""One spelling of the small JSON files of this room: keyrings and public keys.

Sorted keys, no white space, ASCII, one newline at the end. `parse` is for untrusted bytes: it
bounds them first and refuses every other spelling. The evidence room has its own, stricter codec
(`ledger.evidence.jcs`), which this room may not import.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

_WRONG_KIND = "A value in this file is not of the kind that belongs there."


def dump(value: Mapping[str, object]) -> bytes:
    """Return the one spelling of `value`. Pure."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii") + b"\n"


def parse(data: bytes, limit: int) -> dict[str, object]:
    """Return the object that `data` spells; what its values mean is still unchecked.

    Raises:
        ValueError: too long, no object, too deep, or not the one spelling of it.
    """
    if len(data) > limit:
        raise ValueError("The file is too long.")
    try:
        value: object = json.loads(data.decode("ascii"))
        # What just read without being too deep may still be too deep to write.
        if not isinstance(value, dict) or dump(value) != data:
            raise ValueError("The file is not spelt as it must be.")
    except RecursionError as exc:
        raise ValueError("The file is nested too deeply.") from exc
    return value


def take_object(value: object, *names: str) -> dict[str, object]:
    """Return `value` when it is an object with exactly these keys.

    Raises:
        ValueError: it is not.
    """
    if not isinstance(value, dict) or set(value) != set(names):
        raise ValueError("The file does not have the fields that belong there.")
    return value


def take_text(value: object) -> str:
    """Return `value` when it is a string.

    Raises:
        ValueError: it is not.
    """
    if not isinstance(value, str):
        raise ValueError(_WRONG_KIND)
    return value


def take_bytes(value: object, length: int) -> bytes:
    """Return the `length` bytes that `value` spells in padded standard Base64.

    Raises:
        ValueError: another type, spelling or length.
    """
    raw = base64.b64decode(take_text(value).encode("ascii"), validate=True)
    if len(raw) != length or to_text(raw) != value:
        raise ValueError(_WRONG_KIND)
    return raw


def take_hex(value: object, length: int) -> bytes:
    """Return the `length` bytes that `value` spells in lower-case hex.

    Raises:
        ValueError: another type, spelling or length.
    """
    raw = bytes.fromhex(take_text(value))
    if len(raw) != length or raw.hex() != value:
        raise ValueError(_WRONG_KIND)
    return raw


def take_whole_number(value: object, low: int, high: int) -> int:
    """Return `value` when it is an integer from `low` to `high`, both included.

    Raises:
        ValueError: it is not; true and false are no numbers.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError("A number in this file is outside the range that is accepted.")
    return value


def to_text(raw: bytes) -> str:
    """Return `raw` in padded standard Base64. Pure."""
    return base64.b64encode(raw).decode("ascii")
