"""Events and their bytes: the closed registry of tags, and the split of personal fields.

Nothing outside this table is ever constructed from stored bytes; a stored name is a tag, never a
Python path. Decoding validates; constructing a Struct does not, so what is about to be signed is
decoded first.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import msgspec

from ledger.domain import (
    erasure_events,
    events,
    log_events,
    office_events,
    passkey_events,
    vault_events,
)
from ledger.domain.events import Event
from ledger.domain.fields import personal_fields
from ledger.domain.form import Form
from ledger.domain.wanted import misfit

Json = Any  # msgspec.to_builtins is typed so; evidence.jcs refuses whatever is not plain JSON.


_Parts = tuple[dict[str, Json], dict[str, Json]]
"""The signed fields of an event, and its personal ones."""

SomeEvent = TypeVar("SomeEvent", bound=Event)


class UnknownEvent(LookupError):
    """No event of this version of the program has that tag."""


class BadFields(ValueError):
    """The fields do not fit the event; the text says which and why, for a person."""


def _event_types() -> Iterator[type[Event]]:
    modules = (events, erasure_events, log_events, office_events, passkey_events, vault_events)
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Event) and _tag(value):
                yield value


def _tag(event_type: type[Event]) -> str | None:
    tag = event_type.__struct_config__.tag
    return tag if isinstance(tag, str) else None


EVENT_TYPES: Mapping[str, type[Event]] = {str(_tag(kind)): kind for kind in _event_types()}
COMMANDS: Mapping[str, type[Event]] = {
    kind.COMMAND: kind for kind in EVENT_TYPES.values() if kind.COMMAND is not None
}
_FORMS: Mapping[type[Event], Form[Any]] = {kind: Form(kind) for kind in EVENT_TYPES.values()}
_PERSONAL: Mapping[type[Event], frozenset[str]] = {
    kind: personal_fields(kind) for kind in EVENT_TYPES.values()
}
PERSONAL_NAMES: frozenset[str] = frozenset().union(*_PERSONAL.values())
"""The names of all personal fields, of whatever event."""


def tag_of(event: Event) -> str:
    """Give the event's type as it stands in its record, for example `hold-placed.v1`."""
    return str(_tag(type(event)))


def propose(event_type: type[SomeEvent], fields: Mapping[str, object]) -> SomeEvent:
    """Build the event that a person proposes, from the fields as they typed them.

    What is given back is what will be read back: instants in UTC and whole seconds.

    Raises:
        BadFields: naming the field and what it should be.
    """
    event, plain = _build(event_type, fields, strict=False)
    # What was typed in the one spelling that is stored is read back as it was just read.
    return event if plain == fields else _build(event_type, plain, strict=True)[0]


def amend(
    event: SomeEvent, values: Mapping[str, object], personal_values: Mapping[str, object]
) -> SomeEvent:
    """Give an event with other values in some of its fields; None empties a field.

    Raises:
        BadFields: a field is unknown, its value does not fit, or it stands on the wrong side of
            the line between what is personal and what is not.
    """
    personal = _PERSONAL[type(event)]
    if crossed := sorted((values.keys() & personal) | (personal_values.keys() - personal)):
        raise BadFields(f"Personal fields are kept apart from others: {', '.join(crossed)}")
    amended = {**_fields_of(event), **values, **personal_values}
    filled = {name: value for name, value in amended.items() if value is not None}
    return _build(type(event), filled, strict=True)[0]


def split(event: Event) -> tuple[dict[str, Json], dict[str, Json]]:
    """Split an event into the signed `event` fields and the personal values, both plain JSON.

    Absent is not null: a field that is None is left out (FORMAT, Conventions).
    """
    return _parted(type(event), _fields_of(event))


def join(tag: str, core: Mapping[str, Json], personal: Mapping[str, Json]) -> Event:
    """Rebuild an event from its record and the personal values that are still there.

    A personal field whose value was erased or withheld reads as None. An event has one spelling:
    what `split` would not give back is refused, and so is a personal value in the signed fields.

    Raises:
        UnknownEvent: this version knows no such tag.
        BadFields: the stored fields do not fit.
    """
    event_type = EVENT_TYPES.get(tag)
    if event_type is None:
        raise UnknownEvent(tag)
    event, plain = _build(event_type, {**core, **personal}, strict=True)
    if _parted(event_type, plain) != (dict(core), dict(personal)):
        raise BadFields(f"The fields of {tag} are not in their one spelling")
    return event


def _parted(event_type: type[Event], plain: dict[str, Json]) -> _Parts:
    personal = _PERSONAL[event_type]
    if personal.isdisjoint(plain):
        return plain, {}
    return (
        {name: value for name, value in plain.items() if name not in personal},
        {name: value for name, value in plain.items() if name in personal},
    )


def _build(
    event_type: type[SomeEvent], fields: Mapping[str, object], *, strict: bool
) -> tuple[SomeEvent, dict[str, Json]]:
    """Convert fields, every value checked; gives the event, and its fields as they are stored.

    The tag is the program's and no field.
    """
    if "type" in fields:
        raise BadFields("Object contains unknown field `type`")
    try:
        event: SomeEvent = _FORMS[event_type].convert(dict(fields), strict=strict)
        plain = _fields_of(event)
        msgspec.json.encode(plain)
    except msgspec.ValidationError as error:
        raise BadFields(misfit(event_type, str(error))) from None
    except UnicodeEncodeError:
        raise BadFields("A text holds half of a character (a lone surrogate)") from None
    except OverflowError:
        raise BadFields("An instant lies outside the years 1 to 9999 of UTC") from None
    return event, plain


def _fields_of(event: Event) -> dict[str, Json]:
    told = msgspec.to_builtins(event, builtin_types=(datetime, date))
    return {
        name: _plain(value) for name, value in told.items() if name != "type" and value is not None
    }


def _plain(value: Json) -> Json:
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        whole = value.astimezone(UTC).replace(microsecond=0, tzinfo=None)
        return f"{whole.isoformat()}Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
