"""Events and their bytes: tags, commands, personal fields, one spelling."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from msgspec import inspect

from ledger.domain import events as e
from ledger.domain import office_events as o
from ledger.domain import vault_events as v
from ledger.domain.codec import (
    COMMANDS,
    EVENT_TYPES,
    BadFields,
    UnknownEvent,
    amend,
    join,
    propose,
    split,
    tag_of,
)
from ledger.domain.corrections import wants_two_people
from ledger.domain.events import Event
from ledger.domain.fields import personal_fields
from tests.domain import examples as ex
from tests.domain.given import ref
from tests.domain.strategies import any_event, events

KINDS = sorted(EVENT_TYPES.values(), key=lambda kind: kind.__name__)


def classes(kind: type[Event]) -> set[type[Event]]:
    """Give every class of event below one."""
    below = set(kind.__subclasses__())
    return below.union(*(classes(one) for one in below))


# --- Tags and commands ------------------------------------------------------------------------


def test_every_class_of_event_is_in_the_registry() -> None:
    """Whatever has a tag can be read back, and two events never share one."""
    tagged = classes(Event) - {e.Fact, e.Decision}
    assert set(EVENT_TYPES.values()) == tagged
    assert len(EVENT_TYPES) == len(tagged)


def test_tags_are_words_and_a_version() -> None:
    """A tag is the class's name in lower case, with its version, as FORMAT spells types."""
    for tag, kind in EVENT_TYPES.items():
        words = re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()
        assert re.fullmatch(rf"{words}\.v[1-9][0-9]*", tag)


def test_every_command_proposes_one_event() -> None:
    """No command hides another, and each is an imperative of lower-case words."""
    named = {kind: kind.COMMAND for kind in KINDS if kind.COMMAND is not None}
    assert {command: kind for kind, command in named.items()} == COMMANDS
    assert len(COMMANDS) == len(named)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", command) for command in COMMANDS)


def test_only_what_the_program_writes_itself_has_no_command() -> None:
    """Desk saves, tasks, founding, closing, recovery, attesting, looking: each has its own door."""
    silent = {kind for kind in KINDS if kind.COMMAND is None}
    founding = {o.LedgerFounded, o.FoundingCountersigned}
    counsel = {v.LogAttested, v.AttestationDetailed, v.SealedLooked}
    glass = {v.GlassBroken, v.GlassConfirmed}
    by_itself = {e.IntakeSaved, e.TaskGiven, o.StreamClosed, o.AccessRecovered}
    assert silent == founding | counsel | glass | by_itself


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_event_is_a_fact_or_a_decision_and_strict(kind: type[Event]) -> None:
    """Each class is frozen, takes keywords only, and forbids what it does not know."""
    config = kind.__struct_config__
    assert config.frozen
    assert config.forbid_unknown_fields
    assert kind.__doc__
    founding = kind in (o.LedgerFounded, o.FoundingCountersigned)
    assert founding or issubclass(kind, e.Fact) != issubclass(kind, e.Decision)


# --- Personal fields --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_may_identify_somebody_is_optional(kind: type[Event]) -> None:
    """A personal field can be erased, so no event needs one, and without it reads None."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    by_name = {field.encode_name: field for field in info.fields}
    for name in personal_fields(kind):
        assert not by_name[name].required
        assert by_name[name].default is None


@settings(max_examples=60)
@for_all(event=any_event())
def test_personal_values_never_stand_in_the_signed_fields(event: Event) -> None:
    """Splitting an event leaves no personal field, and no null, in what is signed."""
    core, personal = split(event)
    assert not core.keys() & personal_fields(type(event))
    assert personal.keys() <= personal_fields(type(event))
    assert None not in core.values()
    assert "type" not in core


@pytest.mark.no_cover  # The tests above and below reach every line.
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=15)
@for_all(data=st.data())
def test_an_event_reads_back_as_it_was(kind: type[Event], data: st.DataObject) -> None:
    """Joining what was split gives the same event, for every type and any of its values."""
    event = data.draw(events(kind))
    assert join(tag_of(event), *split(event)) == event


@settings(max_examples=60)
@for_all(event=any_event())
def test_erasing_people_leaves_the_rest(event: Event) -> None:
    """Without its personal values an event still reads, and each of them is None."""
    core, _ = split(event)
    erased = join(tag_of(event), core, {})
    assert split(erased) == (core, {})
    assert all(getattr(erased, name) is None for name in personal_fields(type(event)))


def test_one_value_may_be_withheld_and_the_others_shown() -> None:
    """A court may be shown the officers without the words."""
    event = propose(
        e.AgentEncounterRecorded,
        {"mode": "in-person", "agency_level": "county", "officers": "Two.", "words": "Now."},
    )
    core, personal = split(event)
    shown = join(tag_of(event), core, {"officers": personal["officers"]})
    assert shown == e.AgentEncounterRecorded(
        mode="in-person", agency_level="county", officers="Two."
    )


# --- One spelling -----------------------------------------------------------------------------


def stored() -> tuple[dict[str, Any], dict[str, Any]]:
    """A subpoena as it is stored."""
    return split(ex.subpoena(comply_by_on=date(2026, 11, 20), docket="26-CV-0113"))


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda core, personal: core.update(docket=personal.pop("docket")), id="clear"),
        pytest.param(lambda core, personal: personal.update(kind=core.pop("kind")), id="erasable"),
        pytest.param(lambda core, personal: core.update(docket="26-CV-0113"), id="both"),
        pytest.param(lambda core, personal: core.update(type="instrument-received.v1"), id="type"),
        pytest.param(lambda core, personal: core.update(execute_by_on=None), id="null"),
        pytest.param(lambda core, personal: core.pop("level"), id="default left out"),
        pytest.param(lambda core, personal: core.pop("issuer"), id="required left out"),
        pytest.param(lambda core, personal: core.update(night_authorised=1), id="a number"),
        pytest.param(lambda core, personal: core.update(colour="red"), id="unknown"),
    ],
)
def test_other_spellings_are_refused(spoil: Any) -> None:
    """A stored event that `split` would not give back is not read as one."""
    core, personal = stored()
    join("instrument-received.v1", core, personal)
    spoil(core, personal)
    with pytest.raises(BadFields):
        join("instrument-received.v1", core, personal)


@pytest.mark.parametrize(
    "at", ["2026-03-08T09:30:00+00:00", "2026-03-08T02:30:00-07:00", "2026-03-08T09:30:00.5Z"]
)
def test_an_instant_is_stored_in_utc_and_whole_seconds(at: str) -> None:
    """Other spellings of half past nine are taken from people and refused from a record."""
    fields = {"person": "maya", "from": at, "until": "2026-03-09T00:00:00Z"}
    taken = propose(o.AbsenceRecorded, fields)
    assert taken.from_ == datetime(2026, 3, 8, 9, 30, tzinfo=UTC)
    assert split(taken)[0]["from"] == "2026-03-08T09:30:00Z"
    with pytest.raises(BadFields, match="one spelling"):
        join("absence-recorded.v1", fields, {})


def test_a_tag_that_nobody_knows_is_not_guessed() -> None:
    """A record of a later version is named, not read as something else."""
    with pytest.raises(UnknownEvent, match=r"hold-placed\.v9"):
        join("hold-placed.v9", {}, {})


# --- Proposing --------------------------------------------------------------------------------


def test_people_type_numbers_as_text() -> None:
    """A form sends text; the event has the number."""
    fields = {"mode": "mail", "agency_level": "state", "agents": "3"}
    assert propose(e.AgentEncounterRecorded, fields).agents == 3


@pytest.mark.parametrize(
    ("fields", "saying"),
    [
        pytest.param({}, "missing required field `about`", id="missing"),
        pytest.param({"about": ex.REFERENCE, "colour": "red"}, "`colour`", id="unknown"),
        pytest.param({"about": ex.REFERENCE, "type": "intake-saved.v1"}, "`type`", id="the tag"),
        pytest.param({"about": ex.REFERENCE, "mode": "pigeon"}, "mode", id="no such mode"),
        pytest.param({"about": f"{ex.REFERENCE}\n"}, "about", id="a line end"),
        pytest.param(
            {"about": ex.REFERENCE, "words": "\ud800"}, "surrogate", id="half a character"
        ),
    ],
)
def test_fields_that_do_not_fit_are_named(fields: dict[str, Any], saying: str) -> None:
    """The person is told which field is wrong."""
    with pytest.raises(BadFields, match=saying):
        propose(e.IntakeSaved, fields)


def test_a_time_outside_the_calendar_is_refused() -> None:
    """The first of January of the year 1 in Asia was still the year before in UTC."""
    early = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))
    fields = {"person": "maya", "from": early, "until": "2026-03-09T00:00:00Z"}
    with pytest.raises(BadFields, match="years 1 to 9999"):
        propose(o.AbsenceRecorded, fields)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (e.ApprovalGranted, {"request": ref(1), "basis": "subpoena"}),
        (e.DisclosureMade, {"approval": ref(1), "records": 500, "method": "paper"}),
        (e.HoldPlaced, {"request": ref(1), "places": ["paper"]}),
    ],
)
def test_a_decision_covers_something(kind: type[Event], fields: dict[str, Any]) -> None:
    """An approval, disclosure or hold of no category would slip past every question of scope."""
    with pytest.raises(BadFields, match="categories"):
        propose(kind, {**fields, "categories": []})
    assert split(propose(kind, {**fields, "categories": ["other"]}))[0]["categories"] == ["other"]


@pytest.mark.parametrize("key", ["A" * 44, "A" * 42 + "B=", "=" * 44, "A" * 43])
def test_a_key_is_32_bytes_in_canonical_base64(key: str) -> None:
    """Other texts would break the fold of the office, which is total."""
    with pytest.raises(BadFields, match="key"):
        propose(o.KeyEnrolled, {"person": "kim", "key": key})


# --- Amending ---------------------------------------------------------------------------------


def test_an_amended_event_has_the_other_values() -> None:
    """Values are laid over the event's own; None empties a field."""
    event = ex.subpoena(docket="26-CV-0113", court="Norwood")
    amended = amend(event, {"level": "county", "issued_on": None}, {"docket": "26-CV-0131"})
    assert amended == ex.subpoena(
        level="county", issued_on=None, docket="26-CV-0131", court="Norwood"
    )


@settings(max_examples=60)
@for_all(event=any_event())
def test_amending_nothing_changes_nothing(event: Event) -> None:
    """An event amended by no value, or by its own values, is the same."""
    assert amend(event, {}, {}) == event
    assert amend(event, *split(event)) == event


def test_every_date_and_instant_takes_two_people_to_correct() -> None:
    """Times are named `…_on` or `…_at`; so are the windows and epochs of the office, which are
    never corrected.
    """
    for kind in {kind for kind in KINDS if kind.__module__.startswith(f"{e.__name__}.")}:
        info = inspect.type_info(kind)
        assert isinstance(info, inspect.StructType)
        for field in info.fields:
            inner = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
            if any(isinstance(one, inspect.DateType | inspect.DateTimeType) for one in inner):
                assert wants_two_people({field.encode_name}), f"{kind.__name__}.{field.name}"
