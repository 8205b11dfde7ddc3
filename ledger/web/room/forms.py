"""Forms for acts, made from the fields of the event that an act proposes, and read back into them.

What a field is comes from its type; what may be chosen for a record, a person or a basis comes from
the case, the office and the law. Nothing is judged here: the register says what does not fit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from ledger.domain.case import Case
from ledger.domain.events import Event
from ledger.domain.law.resolved import Law
from ledger.domain.office import Office
from ledger.errors import BadRequest
from ledger.vocabulary import schema
from ledger.web.visit import Fields

Kind = Literal["choice", "choices", "flag", "number", "day", "line", "text", "list", "object"]
RECORD = "the reference of a record"
PERSON = "a short name of small letters"
LONG = 400
"""A text that may be longer than this is written into a box."""


@dataclass(frozen=True)
class Choice:
    """One thing to choose, and what it is called."""

    value: str
    words: str


@dataclass(frozen=True)
class Widget:
    """One field of a form. `help` says what is to be written, in the words of its type."""

    name: str
    label: str
    kind: Kind
    choices: tuple[Choice, ...] = ()
    is_required: bool = False
    is_personal: bool = False
    help: str = ""


@dataclass(frozen=True)
class Around:
    """What a form offers to choose from."""

    case: Case
    office: Office
    law: Law
    today: date


def widgets_of(kind: type[Event], around: Around) -> tuple[Widget, ...]:
    """The fields of a form for one type of event, those that must be filled in first."""
    described = schema(kind)
    required = set(described["required"])
    made = (
        _widget(name, field, name in required, around)
        for name, field in described["properties"].items()
    )
    return tuple(sorted(made, key=lambda one: not one.is_required))


def fields_from(kind: type[Event], sent: Fields) -> dict[str, object]:
    """The fields of an act as a form sent them; what was left empty is left out.

    Raises:
        BadRequest: a number or an object was written otherwise.
    """
    found: dict[str, object] = {}
    for name, field in schema(kind)["properties"].items():
        value = _value(_plain(field), name, sent)
        if value is not None:
            found[name] = value
    return found


def _widget(name: str, field: Mapping[str, Any], required: bool, around: Around) -> Widget:
    plain = _plain(field)
    items = plain.get("items", {}) if plain.get("type") == "array" else plain
    choices = tuple(_choices(name, items, around))
    return Widget(
        name=name,
        label=label_of(name),
        kind=_kind(plain, choices),
        choices=choices,
        is_required=required,
        is_personal="x-personal" in field,
        help="" if choices else str(plain.get("description", "")),
    )


def _plain(field: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a field holds where it is not empty."""
    found = [one for one in field.get("anyOf", ()) if one.get("type") != "null"]
    return found[0] if found else field


def _kind(plain: Mapping[str, Any], choices: tuple[Choice, ...]) -> Kind:
    is_list = plain.get("type") == "array"
    if choices:
        return "choices" if is_list else "choice"
    if is_list:
        return "list"
    match plain.get("type"), plain.get("format"):
        case "boolean", _:
            return "flag"
        case "integer", _:
            return "number"
        case "object", _:
            return "object"
        case _, "date":
            return "day"
        case _:
            return "text" if plain.get("maxLength", 0) > LONG else "line"


def _choices(name: str, plain: Mapping[str, Any], around: Around) -> Iterator[Choice]:
    """What there is to choose for a field, if it is not written by hand."""
    told = str(plain.get("description", ""))
    if "enum" in plain:
        yield from (Choice(one, one.replace("-", " ")) for one in plain["enum"])
    elif told.startswith(RECORD):
        yield from _records(name, around.case)
    elif told.startswith(PERSON):
        people = sorted({key.person for key in around.office.keys if not key.revoked})
        yield from (Choice(one, one) for one in people)
    elif name == "basis":
        yield from (
            Choice(one.id, f"{one.title} ({one.citation}; {one.confidence})")
            for one in around.law.bases_on(around.today)
        )


def _records(name: str, case: Case) -> Iterable[Choice]:
    """The records of a case, the newest first; before all others those whose type has the name of
    the field. None is left out: a question to counsel is a request as well.
    """
    meant = [one for one in case.records if one.type.startswith(name)]
    others = [one for one in case.records if not one.type.startswith(name)]
    for one in (*reversed(meant), *reversed(others)):
        yield Choice(one.ref, f"{label_of(one.type.partition('.')[0])}, {one.occurred_at:%d %b %Y}")


def _value(plain: Mapping[str, Any], name: str, sent: Fields) -> object:
    text = sent.text(name)
    match plain.get("type"):
        case "array":
            found = sent.all(name)
            if "enum" not in plain.get("items", {}) and len(found) == 1:
                found = tuple(part for line in found for part in line.split())
            return list(found) or None
        case "boolean":
            return True if text else None
        case "integer":
            return _number(name, text)
        case "object":
            return _object(name, text)
        case _:
            return text


def _number(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise BadRequest(f"{label_of(name)} is a whole number.") from None


def _object(name: str, text: str | None) -> object:
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequest(f'{label_of(name)} is written as {{"name": "value"}}.') from None


def label_of(name: str) -> str:
    """A name of the domain in words: `issued_on`, `request-received`."""
    words = name.replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]
