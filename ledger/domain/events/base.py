"""What every event is. On disk it is its tag and its fields (FORMAT §1).

A released field is never renamed, re-typed or removed: a changed event gets a new tag and a new
class.
"""

from typing import ClassVar

from msgspec import Struct


class Event(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happened. `COMMAND` is the imperative by which a door proposes it, if any does."""

    COMMAND: ClassVar[str | None] = None


class Fact(Event, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person saw, heard or received: recordable by anybody at any time, never refused."""


class Decision(Event, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What only some people may do, and only when the law in force lets them."""
