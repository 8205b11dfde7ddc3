"""The forms that outside data must have. This is the one room that reads data into Structs.

msgspec learns a type at its first use, and runs Python while it learns: another thread that uses
the same type meanwhile reads what is half learnt, and the process dies of it (seen with 0.22.0).
Here a type is learnt when its form is made, which is while modules are imported: one thread does
that, and no other can use what it has not made yet. A house test keeps it so.
"""

from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")


class Form(Generic[T]):
    """One type as outside data must fit it; to be made where a module is imported."""

    def __init__(self, kind: Any) -> None:
        """`kind` is a Struct, or an annotated type, which mypy does not take for a type."""
        self._kind = kind
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(kind)

    def convert(self, value: object, *, strict: bool = True) -> T:
        """Make it from plain values; without `strict` numbers and instants may come as text.

        Raises: msgspec.ValidationError.
        """
        made: T = msgspec.convert(value, self._kind, strict=strict)
        return made

    def parse(self, data: bytes) -> T:
        """Make it from JSON.

        Raises: msgspec.DecodeError, UnicodeDecodeError.
        """
        return self._decoder.decode(data)
