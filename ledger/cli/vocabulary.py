"""The command that lists what can be done (`ledger.vocabulary`)."""

from __future__ import annotations

from typing import Any

from ledger.cli.app import session
from ledger.domain.events import Event
from ledger.errors import BadRequest
from ledger.vocabulary import KNOWN, schema, summary


def commands(name: str | None = None) -> int:
    """List what can be done, or show the fields of one command.

    Parameters
    ----------
    name
        A command.
    """
    s = session()
    if name is None:
        summaries = {one: summary(kind) for one, kind in sorted(KNOWN.items())}
        lines = [f"{one:<30} {text}" for one, text in summaries.items()]
        s.answer({"commands": summaries}, lines)
        return 0
    kind = KNOWN.get(name)
    if kind is None:
        raise BadRequest(f"There is no command {name}. List them with: disclosure-ledger commands")
    described = schema(kind)
    s.answer(described, [f"{name}: {summary(kind)}", *_field_lines(kind, described)])
    return 0


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
