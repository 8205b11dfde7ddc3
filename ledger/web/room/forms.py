"""Forms, made from the fields of events: what each takes, its choices, and whether it is personal.

The vocabulary of commands says what there is (`ledger.vocabulary`); a form asks for it in the words
of a page, and gives back fields as the command line would (ADR 0002). Nothing is checked here: the
domain does that, and says which field does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from ledger.domain import events as e
from ledger.domain.case import Case
from ledger.domain.codec import COMMANDS
from ledger.domain.fields import RecordRef
from ledger.domain.wanted import wanted
from ledger.errors import BadRequest
from ledger.vocabulary import schema
from ledger.web.room.timeline import in_words
from ledger.web.room.wording import event_title, label_of, plain
from ledger.web.texts import tidy
from ledger.web.visit import Fields

Shape = Literal[
    "choice",
    "choices",
    "yes",
    "number",
    "day",
    "moment",
    "record",
    "person",
    "line",
    "text",
    "lines",
]
PREFIX = "f-"
"""Stands before a field's name in a form, apart from what the page itself sends."""
_RECORD = wanted(RecordRef)
_PEOPLE = ("person", "counsel", "to", "keeper", "investigator", "accepted_by", "escalated_to")
_LEFT_OUT = frozenset({"document", "values", "personal_values", "names", "tokens", "facts"})
"""What no form asks for: files and corrections have pages of their own; tokens come from an agent;
what an intake brings along, the desk's page asks for."""
_NAMES: Mapping[str, tuple[type[e.Event], ...]] = {
    "request": (e.RequestReceived,),
    "instrument": (e.InstrumentReceived,),
    "approval": (e.ApprovalGranted, e.WaiverAuthorised),
    "disclosure": (e.DisclosureMade,),
    "gag": (e.GagServed,),
    "hold": (e.HoldPlaced,),
    "sealing": (e.CaseKeptSealed,),
    "consent": (e.ConsentGiven,),
    "review": (e.CounselReviewRequested,),
    "complaint": (e.ComplaintReceived,),
    "video": (e.VideoLocated,),
    "waiver": (e.WaiverAuthorised,),
    "process": (e.InstrumentReceived,),
}
"""Which records a field can name, by the field."""
_OF_COMMAND: Mapping[str, tuple[type[e.Event], ...]] = {
    "complete-counsel-review": (e.CounselReviewRequested,),
    "give-advice": (e.CounselReviewRequested,),
    "place-hold": (e.PreservationRequested,),
}
"""Where `request` is another thing than a request for records."""


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form. `value` is what stands in it, `chosen` what is chosen of several."""

    name: str
    label: str
    shape: Shape
    is_required: bool
    is_personal: bool
    hint: str
    options: tuple[tuple[str, str], ...] = ()
    value: str = ""
    chosen: tuple[str, ...] = ()
    longest: int | None = None


@dataclass(frozen=True)
class Around:
    """What a form offers to choose from: the case, the numbers of its records on the page, the
    people, the bases of the law in force, the library's zone.
    """

    case: Case
    numbers: Mapping[str, int]
    people: Sequence[str]
    bases: Sequence[tuple[str, str]]
    zone: ZoneInfo


def inputs(
    command: str, around: Around, given: Mapping[str, object], only: int | None = None
) -> list[Input]:
    """The fields of a command. `given` are values that stand in them; `only` is the number of a
    record from which the person came, which is chosen where it fits.
    """
    described = schema(COMMANDS[command])
    required = set(described["required"])
    return [
        _input(command, name, field, around, given.get(name), only, is_required=name in required)
        for name, field in described["properties"].items()
        if name not in _LEFT_OUT
    ]


def _input(
    command: str,
    name: str,
    field: Mapping[str, Any],
    around: Around,
    given: object,
    only: int | None,
    *,
    is_required: bool,
) -> Input:
    plain_field = _bare(field)
    shape = _shape(name, plain_field)
    options = tuple(_options(command, name, shape, plain_field, around))
    value = _text(given, shape, around.zone)
    if shape == "record" and not value:
        value = _likely(options, around, only, is_required=is_required)
    if given is None and plain_field.get("default") not in (None, False, []):
        value = value or str(plain_field["default"])
    if given is None and field.get("default") not in (None, False, []) and not value:
        value = str(field["default"])
    chosen = tuple(map(str, given)) if isinstance(given, list | tuple) else ()
    return Input(
        name=PREFIX + name,
        label=label_of(name),
        shape=shape,
        is_required=is_required,
        is_personal="x-personal" in field,
        hint=str(plain_field.get("description", "")) if shape in ("line", "lines") else "",
        options=options,
        value="\n".join(chosen) if shape == "lines" else value,
        chosen=chosen,
        longest=plain_field.get("maxLength"),
    )


def _bare(field: Mapping[str, Any]) -> Mapping[str, Any]:
    """A field's schema, without that it may be empty."""
    anyof: list[Mapping[str, Any]] = field.get("anyOf", [])
    kinds = [one for one in anyof if one.get("type") != "null"]
    if not kinds:
        return field
    if all("enum" in one for one in kinds):
        return {**kinds[0], "enum": [word for one in kinds for word in one["enum"]]}
    return kinds[0]


def _shape(name: str, field: Mapping[str, Any]) -> Shape:
    if "enum" in field:
        return "choice"
    if name == "basis":
        return "choice"
    kind = field.get("type")
    if kind == "array":
        return "choices" if "enum" in field.get("items", {}) else "lines"
    if kind == "boolean":
        return "yes"
    if kind == "integer":
        return "number"
    if field.get("format") == "date":
        return "day"
    if field.get("format") == "date-time":
        return "moment"
    if field.get("description") == _RECORD:
        return "record"
    if name in _PEOPLE or name.endswith("_by"):
        return "person"
    return "text" if field.get("maxLength", 0) > 1000 else "line"


def _options(
    command: str, name: str, shape: Shape, field: Mapping[str, Any], around: Around
) -> Iterator[tuple[str, str]]:
    match shape:
        case "choice" if name == "basis":
            yield from around.bases
        case "choice":
            yield from ((str(one), plain(str(one))) for one in field["enum"])
        case "choices":
            yield from ((str(one), plain(str(one))) for one in field["items"]["enum"])
        case "record":
            yield from _records(command, name, around)
        case "person":
            yield from ((one, one) for one in around.people)
        case _:
            return


def _records(command: str, name: str, around: Around) -> Iterator[tuple[str, str]]:
    kinds = _OF_COMMAND.get(command) if name == "request" else None
    kinds = kinds or _NAMES.get(name)
    for one in around.case.records:
        if kinds is None or isinstance(one.event, kinds):
            number = around.numbers.get(one.ref)
            at = in_words(one.occurred_at, around.zone)
            yield one.ref, f"{number}: {event_title(one.type)}, {at}, {one.actor}"


def _likely(
    options: Sequence[tuple[str, str]], around: Around, only: int | None, *, is_required: bool
) -> str:
    """The record that a field most likely names: the one that the person came from, or the only
    one that there is.
    """
    refs = [ref for ref, _ in options]
    came_from = [ref for ref in refs if only is not None and around.numbers.get(ref) == only]
    if came_from:
        return came_from[0]
    return refs[0] if is_required and len(refs) == 1 else ""


def _text(given: object, shape: Shape, zone: ZoneInfo) -> str:
    """A value as it stands in a form's field."""
    if given is None:
        return ""
    if isinstance(given, bool):
        return "yes" if given else ""
    if shape == "moment":
        at = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
        return at.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes")
    return str(given)


def as_sent(shown: Sequence[Input]) -> Fields:
    """What a browser sends of a form in which nothing was touched."""
    pairs = [(one.name, value) for one in shown for value in one.chosen if one.shape == "choices"]
    pairs += [(one.name, one.value) for one in shown if one.shape != "choices" and one.value]
    return Fields(tuple(pairs))


def fields_from(command: str, form: Fields, zone: ZoneInfo) -> dict[str, object]:
    """The fields of a command as a form gives them; what was left empty is left out.

    Raises:
        BadRequest: a number or a time is none.
    """
    found: dict[str, object] = {}
    for name, field in schema(COMMANDS[command])["properties"].items():
        value = None if name in _LEFT_OUT else _value(name, _bare(field), form, zone)
        if value is not None:
            found[name] = value
    return found


def _value(name: str, field: Mapping[str, Any], form: Fields, zone: ZoneInfo) -> object:
    shape, key = _shape(name, field), PREFIX + name
    text = form.text(key)
    match shape:
        case "yes":
            return True if text is not None else None
        case "choices":
            return list(dict.fromkeys(form.all(key))) or None
        case "lines":
            lines = [one.strip() for one in (text or "").splitlines()]
            return [one for one in lines if one] or None
        case "number":
            return None if text is None else _number(text, name)
        case "moment":
            return None if text is None else instant(text, zone).isoformat()
        case _:
            return None if text is None else tidy(text)


def _number(text: str, name: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise BadRequest(f"{label_of(name)}: give a whole number.")
    return int(text)


def instant(text: str, zone: ZoneInfo) -> datetime:
    """An instant as a form's field has it: local, in the library's zone.

    Raises:
        BadRequest: it is none, none of UTC's years, or the clocks were never so on that day.
    """
    try:
        local = datetime.fromisoformat(text)
        made = (local if local.tzinfo else local.replace(tzinfo=zone)).replace(microsecond=0)
        there_and_back = made.astimezone(UTC).astimezone(made.tzinfo)
    except (ValueError, OverflowError) as error:
        raise BadRequest("That is no time. Write it as 2026-06-19T21:30.") from error
    if there_and_back.replace(tzinfo=None) != made.replace(tzinfo=None):
        raise BadRequest("The clocks were put forward over that time. Give an hour that there was.")
    return made
