"""What a field wants, in words, for a person who wrote something else.

The words stand beside the type, as the `description` of its `Meta` (`ledger.domain.fields`); words
to choose from, and numbers, say themselves. What was written is never repeated: it may be personal.

Pure. The codec, and whoever reads forms that people write, may import this module.
"""

import re
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from msgspec import Meta, Struct
from msgspec.structs import fields

_PLACE = re.compile(r" - at `(?:key` in `)?\$(?P<path>.*)`$", re.DOTALL)
_STEP = re.compile(r"\.(\w+)|\[[^\]]*\]")
_PLAIN = {bool: "true or false", int: "a whole number", str: "a text"}


def misfit(kind: type[Struct], error: str) -> str:
    """Say of an error of msgspec's which field does not fit, and what it takes.

    A field that is missing or unknown is named by the error itself.
    """
    found = _PLACE.search(error)
    if found is None or error.startswith("Object "):
        return error
    path = found["path"]
    where = ".".join(name for name in _STEP.findall(path) if name)
    return f"{where} takes {wanted(_kind_at(kind, path))}"


def wanted(kind: Any) -> str:
    """Say what a type takes, as the end of a sentence."""
    if get_origin(kind) is Annotated:
        plain, *notes = get_args(kind)
        metas = [note for note in notes if isinstance(note, Meta)]
        described = (meta.description for meta in metas if meta.description is not None)
        return next(described, None) or _bounded(plain, metas)
    choices = get_args(kind)
    if get_origin(kind) is Literal:
        return f"one of: {', '.join(map(str, choices))}"
    if get_origin(kind) in (Union, UnionType):
        return " or ".join(wanted(one) for one in choices if one is not NoneType)
    if get_origin(kind) in (tuple, list):
        return f"a list, each of it {wanted(choices[0])}"
    if isinstance(kind, type) and issubclass(kind, Struct):
        return f"an object of {', '.join(field.encode_name for field in fields(kind))}"
    return _PLAIN.get(kind, "another value")


def _bounded(plain: Any, metas: list[Meta]) -> str:
    """Say the bounds of a number, or that a list is not empty."""
    if plain is int:
        return f"a whole number from {metas[0].ge} to {metas[0].le}"
    return f"{wanted(plain)}; one at least"


def _kind_at(kind: Any, path: str) -> Any:
    """Follow a path to the type that stands there; what a mapping holds is told with it."""
    for name in _STEP.findall(path):
        inside = _bare(kind)
        if name:
            kind = next(field.type for field in fields(inside) if field.encode_name == name)
        elif get_origin(inside) in (tuple, list):
            kind = get_args(inside)[0]
    return kind


def _bare(kind: Any) -> Any:
    """A type without its notes, and without that it may be empty."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return _bare(next(one for one in get_args(kind) if one is not NoneType))
    return kind
