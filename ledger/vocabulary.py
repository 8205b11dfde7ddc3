"""What can be done: every command of the domain, with its fields, derived from the events.

The command line lists it, and the web's API describes itself by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ledger.domain.codec import COMMANDS
from ledger.domain.events import Decision, Event, IntakeSaved
from ledger.domain.fields import personal_fields

SUPPLIED = frozenset({"type", "reference", "about", "own_reference"})
"""What the program fills in itself: the tag, and the case that the act is addressed to."""
KNOWN: Mapping[str, type[Event]] = {"intake": IntakeSaved, **COMMANDS}
"""Every command by its name, the first logging of a visit among them."""


def summary(kind: type[Event]) -> str:
    """Whether it is a fact or a decision, and the first sentence of what it means."""
    text = (kind.__doc__ or "").strip().splitlines()[0]
    return f"({'decision' if issubclass(kind, Decision) else 'fact'}) {text}"


def schema(kind: type[Event]) -> dict[str, Any]:
    """The JSON schema of the fields that a person fills in, without the tag that the program adds.

    Personal fields are marked `x-personal`: they are kept apart, and can be erased.
    """
    (found,), definitions = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    described: dict[str, Any] = definitions.pop(found["$ref"].rpartition("/")[2])
    for name in SUPPLIED:
        described["properties"].pop(name, None)
    described["required"] = [n for n in described.get("required", []) if n not in SUPPLIED]
    for name in personal_fields(kind):
        described["properties"][name]["x-personal"] = True
    return described | ({"$defs": definitions} if definitions else {})
