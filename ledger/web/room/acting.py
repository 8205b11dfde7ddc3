"""Acting in a case: a form, what the law says of it before anything is recorded, and the record.

form ─► look (nothing is written) ─► record (once, and only if the case is as it was seen)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import RedirectResponse, Response

from ledger.domain.calendar import local_date
from ledger.domain.case import Case
from ledger.domain.codec import COMMANDS
from ledger.domain.events import Decision, Event
from ledger.domain.law.resolved import Law
from ledger.domain.office_events import OFFICE_ONLY
from ledger.errors import BadRequest, NotFound, VersionMoved
from ledger.register.acts import OFFICE, Act
from ledger.register.kept import version_of
from ledger.register.reading import Reader
from ledger.register.weighing import Weighed, weigh
from ledger.vocabulary import summary
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.room.addresses import case_path, reference_at
from ledger.web.room.forms import Around, fields_from, label_of, widgets_of
from ledger.web.visit import Visit

FIRST = (
    *("open", "keep-sealed", "request-counsel-review", "give-advice", "approve", "deny"),
    *("disclose", "place-hold", "receive-request", "receive-instrument", "close"),
)
"""The acts that most cases have, in the order in which they come."""
NOT_BY_FORM = frozenset({"erase-stream", "report-task"})
"""What has pages or commands of its own."""


@dataclass(frozen=True)
class Possible:
    """An act that can be chosen."""

    command: str
    words: str
    is_decision: bool
    told: str


def possible(*, in_office: bool) -> tuple[Possible, ...]:
    """Every act that a form is made for, in a case or in the office; the usual ones first."""
    names = [
        name
        for name, kind in COMMANDS.items()
        if (kind in OFFICE_ONLY) is in_office and name not in NOT_BY_FORM
    ]
    usual = {name: place for place, name in enumerate(FIRST)}
    names.sort(key=lambda name: (usual.get(name, len(FIRST)), name))
    return tuple(_possible(name) for name in names)


def _possible(name: str) -> Possible:
    kind = COMMANDS[name]
    told = summary(kind).partition(") ")[2]
    return Possible(name, label_of(name), issubclass(kind, Decision), told)


@dataclass(frozen=True)
class Place:
    """Where somebody acts: a case, or the office."""

    reference: str
    path: str
    case: Case
    version: str
    """What the person saw: 32 bytes in hex, opaque (`kept.version_of`)."""
    is_sealed: bool = False

    @property
    def data(self) -> dict[str, Any]:
        """What every page of an act says of its place."""
        return {
            "reference": self.reference,
            "path": self.path,
            "version": self.version,
            "is_sealed": self.is_sealed,
        }


def place_of(visit: Visit, reader: Reader) -> Place:
    """The place that an address names. Raises: NotFound."""
    if "case" not in visit.request.path_params:
        return Place(OFFICE, "/office", Case(), reader.office().version.hex())
    file = reader.case(reference_at(visit))
    case = file.whole if file.intakes else file.case
    version = version_of(file).hex()
    path = case_path(visit, file.reference)
    return Place(file.reference, path, case, version, file.sealed)


def choose(visit: Visit) -> Response:
    """Everything that can be done in a case, or in the office."""
    place = place_of(visit, visit.reader("act"))
    acts = possible(in_office=place.reference == OFFICE)
    return render(visit, "room/acts.html", {"acts": acts, **place.data})


def form(visit: Visit) -> Response:
    """The form of one act."""
    kind = _kind(visit)
    place, view = place_of(visit, visit.reader("act")), visit.site.register.office()
    today = local_date(visit.site.clock(), visit.site.home.config.zone)
    data = {
        "act": _possible(visit.request.path_params["command"]),
        "widgets": widgets_of(kind, Around(place.case, view.office, view.law, today)),
        **place.data,
    }
    return render(visit, "room/act.html", data)


def send(visit: Visit) -> Response:
    """What a form sent: weighed first, and recorded when it is sent again."""
    reader = visit.reader("act")
    place = place_of(visit, reader)
    act = _act(visit, place.reference)
    seen = visit.form.text("version") or ""
    if visit.form.text("step") == "record":
        try:
            visit.act(act, expected=_digest(seen))
        except VersionMoved:
            return _changed(visit, place, act)
        return RedirectResponse(place.path, 303)
    if seen != place.version:
        return _changed(visit, place, act)
    return _weighed(visit, reader, place, act)


def _changed(visit: Visit, place: Place, act: Act) -> Response:
    """Somebody recorded something since the form was opened: look again first."""
    data = {"act": _possible(act.command), **place.data}
    return render(visit, "room/changed.html", data, status=409)


def _weighed(visit: Visit, reader: Reader, place: Place, act: Act) -> Response:
    view = visit.site.register.office()
    weighed = weigh(visit.site.home, view, reader, visit.person.keyring, act, visit.site.clock())
    data = {
        "act": _possible(act.command),
        "sent": [pair for pair in visit.form if pair[0] not in ("csrf", "step")],
        "fields": _told(act),
        "weighed": weighed,
        "grounds": _grounds(view.law, act, weighed),
        **place.data,
    }
    return render(visit, "room/weighed.html", data)


def _grounds(law: Law, act: Act, weighed: Weighed) -> tuple[Any, ...]:
    """The rows of law that an act itself names, where nothing stands against it."""
    named = act.fields.get("basis")
    found = law.find_basis(str(named)) if named is not None and not weighed.broken else None
    return () if found is None else (found,)


def _kind(visit: Visit) -> type[Event]:
    """The event that the named act proposes. Raises: NotFound."""
    found = COMMANDS.get(visit.request.path_params["command"])
    if found is None or visit.request.path_params["command"] in NOT_BY_FORM:
        raise NotFound
    return found


def _act(visit: Visit, case: str) -> Act:
    """The act that a form describes. Raises: BadRequest; NotFound."""
    kind, sent = _kind(visit), visit.form
    number = sent.text("command_id") or ""
    try:
        command_id = bytes.fromhex(number)
    except ValueError:
        raise BadRequest("The form lost its number. Open it again.") from None
    return Act(
        command=visit.request.path_params["command"],
        fields=fields_from(kind, sent),
        case=case,
        occurred_at=_instant(visit, sent.text("occurred_at")),
        precision=sent.text("precision") or "exact",
        basis=sent.text("told_by") or "first-hand",
        command_id=command_id,
    )


def _digest(text: str) -> bytes:
    """The version that a form was opened at. Raises: BadRequest."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise BadRequest("The form lost its place. Open it again.") from None


def _instant(visit: Visit, text: str | None) -> datetime | None:
    """A local time as browsers write it, in the library's zone. Raises: BadRequest."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest("The time cannot be read. Write it as 2026-06-19T21:30.") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=visit.site.home.zone)


def _told(act: Act) -> list[tuple[str, str]]:
    """The fields of an act in words."""
    return [(label_of(name), _words(value)) for name, value in act.fields.items()]


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


DOORS = (
    Door("GET", "/cases/{case}/acts", "act", choose),
    Door("GET", "/cases/{case}/acts/{command}", "act", form),
    Door("POST", "/cases/{case}/acts/{command}", "act", send),
    Door("GET", "/office/acts", "act", choose),
    Door("GET", "/office/acts/{command}", "act", form),
    Door("POST", "/office/acts/{command}", "act", send),
)
