"""Erasing a matter in the room: one person proposes, another agrees, each after the law was asked.

Nothing is recorded by looking. A matter goes whole, with its advice and its tasks: what one of its
streams is refused for, the matter is. The form carries one number, from which each stream has its
own, so that a form that is sent twice proposes nothing twice.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256

from msgspec.structs import replace
from starlette.responses import RedirectResponse, Response

from ledger.domain.office_events import Assented
from ledger.errors import BadRequest, NotFound, NotPermitted, RequestRefused
from ledger.register.acts import Act
from ledger.register.considering import Considered, consider_event
from ledger.register.copies import Copies
from ledger.register.erasure import (
    ASSENT,
    WAITS,
    Part,
    Waiting,
    erasures,
    matter_of,
    not_awaited,
    parts_of,
    reference_of,
    waiting,
)
from ledger.register.kept import version_of
from ledger.register.officeview import OfficeView
from ledger.register.reading import CaseFile, Reader, Stream
from ledger.web import addresses
from ledger.web.addresses import case_path
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.room import erased
from ledger.web.room.acting import MOVED, command_id
from ledger.web.room.wording import moment
from ledger.web.site import Side
from ledger.web.visit import Visit

SCOPES = {
    "personal": "Names and free text, with every document",
    "both": "All of it",
}
NOT_WAITING = "No erasure waits for your assent under this digest. Look at the list again."
ROOM: frozenset[Side] = frozenset({"room"})


# ---- proposing ----


def ask(visit: Visit) -> Response:
    """What would go with a matter, and what the law says of it. Raises: NotFound."""
    reader = visit.reader("act")
    return _page(visit, reader, _file(visit, reader))


def propose(visit: Visit) -> Response:
    """Propose the erasure that was shown, or say why not.

    Raises: NotFound; as `Register.handle`, but for what is shown on the page.
    """
    sent, reader = visit.form, visit.reader("act")
    file = _file(visit, reader)
    scope, number = sent.text("secrets"), command_id(sent.text("command_id") or "")
    if scope not in SCOPES:
        return _page(visit, reader, file, "Say how much of it is to go.", status=400)
    parts = not_awaited(reader.office(), reader, parts_of(reader, file, scope))
    # Where everything waits already the form was sent twice, and the first time did it.
    if parts and sent.text("version") != version_of(file).hex():
        return _page(visit, reader, file, MOVED, status=412)
    try:
        for part in parts:
            stream = bytes.fromhex(part.event.stream)
            visit.act(replace(part.act, command_id=_number(number, stream)))
    except RequestRefused:
        # Every provision stands on the page anew.
        reader = visit.reader("act")
        return _page(visit, reader, _file(visit, reader), status=403)
    except NotPermitted as error:
        return _page(visit, reader, file, str(error), status=403)
    return RedirectResponse("/erasures", 303)


def _page(
    visit: Visit, reader: Reader, file: CaseFile, said: str | None = None, *, status: int = 200
) -> Response:
    parts, found = parts_of(reader, file, "both"), None
    left = not_awaited(reader.office(), reader, parts)
    if not left:
        said = WAITS
    try:
        found = _joined(_considered(visit, reader, left)) if left else None
    except NotPermitted as error:
        said = said or str(error)
    told = {
        "path": case_path(visit, file.reference),
        "reference": file.reference,
        "records": sum(len(one.records) for one in file.streams),
        "advice": len(file.advice),
        "tasks": len(parts) - len(file.advice) - len(file.streams),
        "outside": _outside(visit, file.streams),
        "scopes": SCOPES,
        "version": version_of(file).hex(),
        "found": found,
        "said": said,
    }
    return render(visit, "room/erase.html", told, status=status)


def _file(visit: Visit, reader: Reader) -> CaseFile:
    """The case that the address names. Raises: NotFound, for a task as for nothing."""
    file = reader.case(addresses.reference_of(visit))
    if file.case.task is not None:
        raise NotFound
    return file


def _outside(visit: Visit, streams: Iterable[Stream]) -> list[tuple[str, str, str]]:
    """The copies that no erasure reaches: who holds each, when it left, and until when."""
    site = visit.site
    copies = Copies(site.home, site.register, visit.person.keyring, site.clock)
    return [
        (
            one.event.holder or one.record.recorded_by,
            moment(one.record.recorded_at, site.home.zone),
            one.until_on.isoformat(),
        )
        for one in copies.of(streams)
    ]


def _considered(visit: Visit, reader: Reader, parts: Iterable[Part]) -> Iterator[Considered]:
    site, keyring = visit.site, visit.person.keyring
    view, now = reader.office(), site.clock()
    for one in parts:
        yield consider_event(site.home, view, one.case, keyring, one.act, one.event, now)


def _joined(found: Iterable[Considered]) -> Considered:
    """What the law says of several acts that go together: each provision once."""
    every = list(found)
    against = dict.fromkeys(broken for one in every for broken in one.against)
    satisfied = dict.fromkeys(rule for one in every for rule in one.satisfied)
    broken = {one.rule for one in against}
    held = tuple(one for one in satisfied if one[0] not in broken)
    return replace(every[0], against=tuple(against), satisfied=held)


# ---- agreeing ----


def index(visit: Visit) -> Response:
    """The erasures that wait for a second person, matter by matter, with what the law says."""
    reader = visit.reader("act")
    view = reader.office()
    matters: dict[tuple[str | None, str, str], list[Waiting]] = {}
    for one in waiting(view, reader):
        reference, event = _erased(reader, one.event.stream), one.event
        by = one.proposed.recorded_by
        matters.setdefault((reference, event.secrets, by), []).append(one)
    rows = [_row(visit, reader, view, key[0], found) for key, found in matters.items()]
    told = {"waiting": rows, "decided": erased.told(visit, reader), "scopes": SCOPES}
    return render(visit, "room/erasures.html", told)


def _row(
    visit: Visit, reader: Reader, view: OfficeView, reference: str | None, found: list[Waiting]
) -> dict[str, object]:
    first = found[0].proposed
    row: dict[str, object] = {
        "of": [one.proposed.e for one in found],
        "by": first.recorded_by,
        "at": moment(first.recorded_at, visit.site.home.zone),
        "reference": reference,
        "path": None,
        "what": SCOPES[found[0].event.secrets],
        "is_mine": first.recorded_by == visit.person.person,
        "found": None,
        "outside": (),
    }
    if reference is None:
        return row
    streams = [reader.stream(bytes.fromhex(one.event.stream)) for one in found]
    row["outside"] = _outside(visit, streams)
    is_task = reader.case(reference).case.task is not None
    row["path"] = "/tasks" if is_task else case_path(visit, reference)
    with suppress(NotPermitted):
        row["found"] = _joined(_assenting(visit, reader, view, found))
    return row


def _assenting(
    visit: Visit, reader: Reader, view: OfficeView, found: Iterable[Waiting]
) -> Iterator[Considered]:
    """What the law says of agreeing to each of them now."""
    site, keyring = visit.site, visit.person.keyring
    within = dataclasses.replace(view, office=erasures(view, reader))
    for one in found:
        event = Assented(of=one.proposed.e)
        case = matter_of(reader, bytes.fromhex(one.event.stream)).case
        act = Act(ASSENT, {"of": one.proposed.e}, one.place)
        yield consider_event(site.home, within, case, keyring, act, event, site.clock())


def _erased(reader: Reader, stream: str) -> str | None:
    """The case of which a stream is to be erased; None where it is not open to this person."""
    with suppress(NotFound, BadRequest):
        return reference_of(reader, reader.stream(bytes.fromhex(stream)))
    return None


def agree(visit: Visit) -> Response:
    """Assent to the erasure of a matter. The timer carries it out; there is no way back.

    Raises: BadRequest; as `Register.handle`.
    """
    sent, reader = visit.form, visit.reader("act")
    view, of = reader.office(), sent.all("of")
    number = command_id(sent.text("command_id") or "")
    places = {one.proposed.e: one.place for one in waiting(view, reader)}
    decided = {one.e for one in erasures(view, reader).erasures}
    if not of or not {*of} <= {*places, *decided}:
        raise BadRequest(NOT_WAITING)
    # What was agreed to already, by this form or another, is agreed to.
    for one in dict.fromkeys(of):
        if one in places:
            act = Act(ASSENT, {"of": one}, places[one])
            visit.act(replace(act, command_id=_number(number, bytes.fromhex(one))))
    return RedirectResponse("/erasures", 303)


def _number(number: bytes, of: bytes) -> bytes:
    """The number of one of the commands of a form: 16 bytes. Pure."""
    return sha256(number + of).digest()[:16]


DOORS = (
    Door("GET", "/cases/{case}/erase", "administer", ask, sides=ROOM),
    Door("POST", "/cases/{case}/erase", "administer", propose, sides=ROOM),
    Door("GET", "/erasures", "read-cases", index),
    Door("POST", "/erasures", "act", agree),
)
