"""What can be done: every command of the domain, with its fields, derived from the events."""

from __future__ import annotations

from typing import Any

import msgspec

from ledger.cli.app import session
from ledger.domain.codec import COMMANDS
from ledger.domain.events import Decision, Event, IntakeSaved
from ledger.domain.fields import personal_fields
from ledger.errors import BadRequest

SUPPLIED = frozenset({"type", "reference", "about", "own_reference"})
"""What the program fills in itself: the tag, and the case that the act is addressed to."""


def commands(name: str | None = None) -> int:
    """List what can be done, or show the fields of one command.

    Parameters
    ----------
    name
        A command.
    """
    s = session()
    known: dict[str, type[Event]] = {"intake": IntakeSaved, **COMMANDS}
    if name is None:
        summaries = {one: summary(kind) for one, kind in sorted(known.items())}
        lines = [f"{one:<30} {text}" for one, text in summaries.items()]
        s.answer({"commands": summaries}, lines)
        return 0
    kind = known.get(name)
    if kind is None:
        raise BadRequest(f"There is no command {name}. List them with: disclosure-ledger commands")
    described = schema(kind)
    s.answer(described, [f"{name}: {summary(kind)}", *_field_lines(kind, described)])
    return 0


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


def _field_lines(kind: type[Event], described: dict[str, Any]) -> list[str]:
    required = set(described["required"])
    lines = []
    for name, field in described["properties"].items():
        marks = [*(["required"] if name in required else []), _kind(field)]
        marks += ["personal"] if "x-personal" in field else []
        lines.append(f"  {name:<22} {', '.join(mark for mark in marks if mark)}")
    return lines


def _kind(field: dict[str, Any]) -> str:
    """A field's type in a few words: the choices, or what the schema calls it."""
    choices = [one for one in field.get("anyOf", []) if one.get("type") != "null"]
    if choices:
        return " or ".join(_kind(one) for one in choices)
    if "enum" in field:
        return " | ".join(str(one) for one in field["enum"])
    if field.get("type") == "array":
        items = field.get("items")
        return f"list of {_kind(items)}" if isinstance(items, dict) else "list"
    described = field.get("description") or field.get("format") or field.get("type")
    return str(described or "object")
