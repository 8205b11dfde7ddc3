"""The form of a correction: choose a record, then mend its fields; what was left as it is stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC

from ledger.domain.codec import split
from ledger.domain.events import EventCorrected
from ledger.domain.fields import personal_fields
from ledger.domain.office import Recorded
from ledger.errors import BadRequest
from ledger.web.room import forms
from ledger.web.room.forms import PREFIX, Around, Input
from ledger.web.room.wording import event_title, label_of
from ledger.web.visit import Fields

COMMAND = EventCorrected.COMMAND
WHEN = "occurred_at"


def records(around: Around) -> list[tuple[int, str]]:
    """The records that can be corrected: their numbers, and what they are."""
    return [
        (around.numbers[one.ref], event_title(one.type))
        for one in around.case.records
        if _command_of(one) is not None
    ]


def inputs(around: Around, given: Mapping[str, object], only: int | None) -> list[Input]:
    """The fields of the chosen record, with what stands in them; none before one is chosen."""
    chosen = _chosen(around, given.get("of"), only)
    if chosen is None:
        return []
    command = _command_of(chosen)
    if command is None:
        return []
    found = forms.inputs(command, around, {**_now(chosen), **_changed(given)})
    of = Input(PREFIX + "of", label_of("of"), "line", True, False, "", value=chosen.ref)
    reason = Input(
        *(PREFIX + "reason", "Why it was wrong", "text", False, True, ""),
        value=str(given.get("reason") or ""),
    )
    when = Input(
        *(PREFIX + "x-" + WHEN, "When it happened", "moment", False, False, ""),
        value=_local(chosen, around),
    )
    mended = [_renamed(one) for one in found]
    return [of, when, *mended, reason]


def fields_from(form: Fields, around: Around) -> dict[str, object]:
    """The fields of a correction: what is different from the record as it is shown now.

    Raises:
        BadRequest: no record was chosen, or nothing is different.
    """
    chosen = _chosen(around, form.text(PREFIX + "of"), None)
    command = None if chosen is None else _command_of(chosen)
    if chosen is None or command is None:
        raise BadRequest("Choose the record that was wrong.")
    plain = Fields(tuple((_original(name), value) for name, value in form.pairs))
    before, after = _now(chosen), forms.fields_from(command, plain, around.zone)
    names = [one for one in {**before, **after} if before.get(one) != after.get(one)]
    values: dict[str, object] = {name: after.get(name) for name in names}
    at = form.text(PREFIX + "x-" + WHEN)
    if at is not None and at != _local(chosen, around):
        moment = forms.instant(at, around.zone).astimezone(UTC)
        values[WHEN] = f"{moment.replace(tzinfo=None).isoformat()}Z"
    if not values:
        raise BadRequest("Nothing is different from what stands there.")
    personal = personal_fields(type(chosen.event))
    found: dict[str, object] = {"of": chosen.ref, "names": list(values)}
    for key, wanted in (("values", False), ("personal_values", True)):
        part = {name: value for name, value in values.items() if (name in personal) is wanted}
        if part:
            found[key] = part
    reason = form.text(PREFIX + "reason")
    return found if reason is None else {**found, "reason": reason}


def _renamed(one: Input) -> Input:
    """An input of the record's own, told apart from the correction's."""
    shown = {name: getattr(one, name) for name in Input.__dataclass_fields__}
    return Input(**{**shown, "name": PREFIX + "x-" + one.name.removeprefix(PREFIX)})


def _original(name: str) -> str:
    mark = PREFIX + "x-"
    return PREFIX + name.removeprefix(mark) if name.startswith(mark) else f"-{name}"


def _changed(given: Mapping[str, object]) -> dict[str, object]:
    """What the correction puts into the fields, as far as it was filled in already."""
    return dict(_pairs(given.get("values"))) | dict(_pairs(given.get("personal_values")))


def _pairs(values: object) -> Iterator[tuple[str, object]]:
    if isinstance(values, dict):
        yield from ((str(name), value) for name, value in values.items())


def _now(one: Recorded) -> dict[str, object]:
    """The fields of a record as it is shown now, its corrections laid over it."""
    core, personal = split(one.event)
    return {name: value for name, value in {**core, **personal}.items() if value is not False}


def _chosen(around: Around, ref: object, only: int | None) -> Recorded | None:
    for one in around.case.records:
        if ref == one.ref or (ref is None and around.numbers[one.ref] == only):
            return around.case.shown(one)
    return None


def _command_of(one: Recorded) -> str | None:
    """The command whose form has the fields of a record; None for what no correction mends."""
    command = type(one.event).COMMAND
    return None if command == COMMAND else command


def _local(one: Recorded, around: Around) -> str:
    local = one.occurred_at.astimezone(around.zone).replace(tzinfo=None)
    return local.isoformat(timespec="minutes")
