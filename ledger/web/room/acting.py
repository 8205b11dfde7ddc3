"""Acting in a case: the form, what the law says of it, and then the record.

    fill in ─► ask the law (nothing is recorded) ─► record what the law was asked about

What is recorded is what the provisions were shown for: a form that was changed after that, and a
case that went on meanwhile, are shown again and nothing is recorded. The form carries the number of
its command, so that a form that is sent twice is recorded once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import msgspec
from starlette.responses import RedirectResponse, Response

from ledger.domain.calendar import local_date
from ledger.domain.case import Case
from ledger.domain.context import Broken
from ledger.domain.events import CaseKeptSealed, CaseOpened
from ledger.errors import BadRequest, NotFound, NotPermitted, RequestRefused, VersionMoved
from ledger.register.acts import OFFICE, Act
from ledger.register.appending import NOT_TRIAGED
from ledger.register.considering import Considered, consider
from ledger.register.kept import version_of
from ledger.register.reading import CaseFile, Reader
from ledger.web.addresses import case_path, reference_of
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.room import correcting, steps
from ledger.web.room.forms import Around, Input, as_sent, fields_from, inputs, instant
from ledger.web.room.wording import command_title
from ledger.web.visit import Fields, Visit

MOVED = (
    "The case went on since this page was made: somebody recorded something. Nothing of yours was"
    " recorded. Look at what is new, and at what the law says now."
)
CHANGED = "You changed something after the law was asked. Nothing was recorded. Look again."
FIRST = frozenset({CaseOpened.COMMAND, CaseKeptSealed.COMMAND})
"""What a visit waits for: nothing else is recorded in it before."""
_digest_of = msgspec.json.Encoder(order="deterministic").encode


@dataclass
class Draft:
    """One form in the making: the command, what was filled in, and what was found out about it."""

    visit: Visit
    command: str
    file: CaseFile | None
    """None where the act is one of the office."""
    reader: Reader
    around: Around
    given: dict[str, object]
    stated: dict[str, str]
    command_id: str
    only: int | None = None
    considered: Considered | None = None
    said: str | None = None

    @property
    def reference(self) -> str:
        """Where the act is addressed to."""
        return OFFICE if self.file is None else self.file.reference

    @property
    def path(self) -> str:
        """The page from which it was come."""
        return "/office" if self.file is None else case_path(self.visit, self.file.reference)

    @property
    def version(self) -> bytes:
        """What is acted on, as it was read."""
        view = self.reader.office()
        return view.version if self.file is None else version_of(self.file)

    @property
    def act(self) -> Act:
        """The act that the form proposes. Raises: BadRequest."""
        at = self.stated.get("occurred_at")
        return Act(
            command=self.command,
            fields=self.given,
            case=self.reference,
            occurred_at=None if at is None else instant(at, self.around.zone),
            precision=self.stated.get("precision", "exact"),
            basis=self.stated.get("basis", "first-hand"),
            actor=self.stated.get("actor"),
            role=self.stated.get("role"),
            command_id=command_id(self.command_id),
        )

    @property
    def inputs(self) -> list[Input]:
        """The fields, with what stands in them."""
        if self.command == correcting.COMMAND:
            return correcting.inputs(self.around, self.given, self.only)
        return inputs(self.command, self.around, self.given, self.only)

    @property
    def is_untimely(self) -> bool:
        """Whether the visit waits for a first decision, and this is none."""
        file = self.file
        return file is not None and file.head is None and self.command not in FIRST

    def digest(self) -> str:
        """What tells this form, filled in as it is, from any other."""
        told = (self.command, self.reference, self.given, self.stated, self.command_id)
        return sha256(_digest_of(told)).hexdigest()


def choose(visit: Visit) -> Response:
    """Every command of a case. Raises: NotFound."""
    file = _file(visit, visit.reader("act"))
    told = {
        "path": case_path(visit, file.reference),
        "reference": file.reference,
        "steps": steps.every_case_command(),
    }
    return render(visit, "room/choose.html", told)


def ask(visit: Visit) -> Response:
    """The form of a command, with what the law says as far as it can be asked yet.

    Raises: NotFound.
    """
    only = visit.request.query_params.get("record", "")
    form = _form(visit, {}, {}, os.urandom(16).hex())
    form.only = int(only) if only.isascii() and only.isdecimal() and len(only) < 6 else None
    try:
        # As the browser would send it back: what the law is asked about is what would be recorded.
        form.given = _given(form, as_sent(form.inputs))
        form.considered = _consider(form)
    except (BadRequest, NotPermitted):
        # Too little is filled in for the law to be asked. Nothing is wrong yet.
        form.considered = None
    if form.is_untimely:
        # No field mends that: it is told before anybody fills in the others.
        form.said = NOT_TRIAGED
    return _page(form)


def send(visit: Visit) -> Response:
    """Ask the law about what was filled in, or record it.

    Raises: NotFound; as `Register.handle`, but for what is shown with the form.
    """
    sent = visit.form
    stated = {name: text for name in _STATED if (text := sent.text(name)) is not None}
    stated = {name: text for name, text in stated.items() if _USUAL.get(name) != text}
    form = _form(visit, {}, stated, sent.text("command_id") or "")
    try:
        form.given = _given(form, sent)
        return _decided(form, visit)
    except RequestRefused as error:
        form.considered = _refused(error, form)
        return _page(form, status=403)
    except NotPermitted as error:
        form.said = str(error)
        return _page(form, status=403)
    except BadRequest as error:
        form.said = str(error)
        return _page(form, status=400)
    except VersionMoved:
        again = _form(visit, form.given, stated, form.command_id)
        again.said = MOVED
        again.considered = _consider(again)
        return _page(again, status=412)


_STATED = ("occurred_at", "precision", "basis", "actor", "role")
_USUAL = {"precision": "exact", "basis": "first-hand"}


def _decided(form: Draft, visit: Visit) -> Response:
    sent = visit.form
    act, seen = form.act, sent.text("version") or ""
    if sent.text("step") != "record":
        form.considered = _consider(form)
        return _page(form)
    if sent.text("asked") != form.digest():
        form.considered, form.said = _consider(form), CHANGED
        return _page(form, status=409)
    visit.act(act, expected=_version(seen))
    return RedirectResponse(f"{form.path}#history", 303)


def _given(form: Draft, sent: Fields) -> dict[str, object]:
    if form.command == correcting.COMMAND:
        return correcting.fields_from(sent, form.around)
    return fields_from(form.command, sent, form.around.zone)


def _consider(form: Draft) -> Considered:
    site = form.visit.site
    keyring, now = form.visit.person.keyring, site.clock()
    return consider(site.home, form.reader.office(), form.file, keyring, form.act, now)


def _refused(error: RequestRefused, form: Draft) -> Considered:
    """What the law says of it, with everything for which the register refused it."""
    against = tuple(one for one in error.provisions if isinstance(one, Broken))
    return msgspec.structs.replace(_consider(form), against=against)


def _form(
    visit: Visit, given: Mapping[str, object], stated: dict[str, str], command_id: str
) -> Draft:
    """An empty form, or one that is filled in, over the case as it is now. Raises: NotFound."""
    command: str = visit.request.path_params["command"]
    in_case = "case" in visit.request.path_params
    if not (steps.is_of_a_case(command) if in_case else command in steps.OFFICE_STEPS):
        raise NotFound
    reader = visit.reader("act")
    file = _file(visit, reader) if in_case else None
    around = _around(visit, reader, file)
    return Draft(visit, command, file, reader, around, dict(given), stated, command_id)


def _file(visit: Visit, reader: Reader) -> CaseFile:
    file = reader.case(reference_of(visit))
    if file.case.task is not None:
        raise NotFound
    return file


def _around(visit: Visit, reader: Reader, file: CaseFile | None) -> Around:
    view, home = reader.office(), visit.site.home
    case = Case() if file is None else file.case
    on = local_date(visit.site.clock(), home.config.zone)
    people = sorted({key.person for key in view.office.keys if view.office.is_person(key.person)})
    return Around(
        case=case,
        numbers={one.ref: number for number, one in enumerate(case.records, start=1)},
        people=people,
        bases=tuple((one.id, f"{one.id}: {one.sentence}") for one in view.law.bases_on(on)),
        zone=home.zone,
    )


def _page(form: Draft, *, status: int = 200) -> Response:
    visit, found = form.visit, form.considered
    basis = form.given.get("basis")
    on = local_date(visit.site.clock(), visit.site.home.config.zone)
    rows = form.reader.office().law.bases_on(on) if basis is not None else ()
    told = {
        "reference": "The office" if form.file is None else form.reference,
        "path": form.path,
        "step": steps.step(form.command),
        "title": command_title(form.command),
        "inputs": form.inputs,
        "stated": form.stated,
        "roles": sorted(visit.person.roles),
        "people": form.around.people,
        "command_id": form.command_id,
        "version": form.version.hex(),
        "asked": form.digest(),
        "found": found,
        "basis": next((one for one in rows if one.id == basis), None),
        "said": form.said,
        "correct_of": correcting.records(form.around) if _is_correction(form) else (),
        "only": form.only,
    }
    return render(visit, "room/act.html", told, status=status)


def _is_correction(form: Draft) -> bool:
    return form.command == correcting.COMMAND


def command_id(text: str) -> bytes:
    """The number of a form's command, 16 bytes. Raises: BadRequest."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 16:
        raise BadRequest("This form has lost its number. Open the page again.")
    return found


def _version(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise BadRequest("This form has lost its place. Open the page again.") from error


def agree(visit: Visit) -> Response:
    """Assent to what another person proposed in a case, as it was shown.

    Raises: NotFound; as `Register.handle`.
    """
    sent = visit.form
    in_case = "case" in visit.request.path_params
    act = Act(
        command="assent",
        fields={"of": sent.text("of") or ""},
        case=reference_of(visit) if in_case else OFFICE,
        command_id=command_id(sent.text("command_id") or ""),
    )
    receipt = visit.act(act, expected=_version(sent.text("version") or ""))
    path = case_path(visit, receipt.case) if in_case else "/office"
    return RedirectResponse(f"{path}#history", 303)


DOORS = (
    Door("POST", "/cases/{case}/assent", "act", agree),
    Door("POST", "/office/assent", "act", agree),
    Door("GET", "/office/do/{command}", "act", ask),
    Door("POST", "/office/do/{command}", "act", send),
    Door("GET", "/cases/{case}/do", "act", choose),
    Door("GET", "/cases/{case}/do/{command}", "act", ask),
    Door("POST", "/cases/{case}/do/{command}", "act", send),
)
