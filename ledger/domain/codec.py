"""Events and their bytes: the closed registry of tags, and the split of personal fields.

Nothing outside this table is ever constructed from stored bytes; a stored name is a tag, never a
Python path. Decoding validates; constructing a Struct does not, so what is about to be signed is
decoded first.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import msgspec

from ledger.domain import events, office_events
from ledger.domain.events import Event
from ledger.domain.fields import personal_fields

Json = Any  # msgspec.to_builtins is typed so; evidence.jcs refuses whatever is not plain JSON.


SomeEvent = TypeVar("SomeEvent", bound=Event)


class UnknownEvent(LookupError):
    """No event of this version of the program has that tag."""


class BadFields(ValueError):
    """The fields do not fit the event; the text says which and why, for a person."""


def _event_types() -> Iterator[type[Event]]:
    for module in (events, office_events):
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
_PERSONAL: Mapping[type[Event], frozenset[str]] = {
    kind: personal_fields(kind) for kind in EVENT_TYPES.values()
}


def tag_of(event: Event) -> str:
    """Give the event's type as it stands in its record, for example `hold-placed.v1`."""
    return str(_tag(type(event)))


def propose(event_type: type[SomeEvent], fields: Mapping[str, object]) -> SomeEvent:
    """Build the event that a person proposes, from the fields as they typed them.

    Raises:
        BadFields: naming the field and what it should be.
    """
    try:
        return msgspec.convert(dict(fields), event_type, strict=False)
    except msgspec.ValidationError as error:
        raise BadFields(str(error)) from None


def split(event: Event) -> tuple[dict[str, Json], dict[str, Json]]:
    """Split an event into the signed `event` fields and the personal values, both plain JSON.

    Absent is not null: a field that is None is left out (FORMAT, Conventions).
    """
    plain = _plain(msgspec.to_builtins(event, builtin_types=(datetime, date)))
    personal = _PERSONAL[type(event)]
    kept = {name: value for name, value in plain.items() if name != "type"}
    filled = {name: value for name, value in kept.items() if value is not None}
    return (
        {name: value for name, value in filled.items() if name not in personal},
        {name: value for name, value in filled.items() if name in personal},
    )


def join(tag: str, core: Mapping[str, Json], personal: Mapping[str, Json]) -> Event:
    """Rebuild an event from its record and the personal values that are still there.

    A personal field whose value was erased or withheld reads as None.

    Raises:
        UnknownEvent: this version knows no such tag.
        BadFields: the stored fields do not fit.
    """
    event_type = EVENT_TYPES.get(tag)
    if event_type is None:
        raise UnknownEvent(tag)
    try:
        return msgspec.convert({**core, **personal}, event_type)
    except msgspec.ValidationError as error:
        raise BadFields(str(error)) from None


def _plain(value: Json) -> Json:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
