"""Documents of a case: the list, bringing one, and saving one. None is ever shown in a page."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from ledger.errors import BadRequest, NotFound
from ledger.register.acts import Act
from ledger.register.documents import Attached, attached_as, attached_to
from ledger.register.kept import CaseFile
from ledger.register.kinds import NAMES
from ledger.web.addresses import case_path, reference_of
from ledger.web.attachment import attachment
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.visit import Visit


def list_(visit: Visit) -> Response:
    """The documents of a case, and where one is brought. Raises: NotFound."""
    file = _file(visit)
    found = attached_to(visit.site.home.origin, file)
    data = {
        "reference": file.reference,
        "path": case_path(visit, file.reference),
        "is_sealed": file.sealed,
        "documents": [
            {"one": one, "path": _path(visit, file, one), "brought": _brought(visit, one)}
            for one in found
        ],
        "papers": file.whole.instruments,
        "accepted": ",".join(end for ends in NAMES.values() for end in ends),
        "zone": visit.site.home.zone,
    }
    return render(visit, "room/documents.html", data)


def bring(visit: Visit) -> Response:
    """Attach the file that a form brought.

    Raises:
        BadRequest: it brought none.
        NotFound, NotPermitted, Unavailable: see `Register.handle`.
    """
    sent, reference = visit.form, reference_of(visit)
    if visit.document is None:
        raise BadRequest("Choose a file first. Nothing was saved.")
    try:
        command_id = bytes.fromhex(sent.text("command_id") or "")
    except ValueError:
        raise BadRequest("The form lost its number. Open it again.") from None
    of = sent.text("of")
    visit.act(
        Act(
            "attach-document",
            {} if of is None else {"of": of},
            reference,
            command_id=command_id,
            document=visit.document,
        )
    )
    return RedirectResponse(f"{case_path(visit, reference)}/documents", 303)


def save(visit: Visit) -> Response:
    """A document, to be saved by the browser. Raises: NotFound; as `attachment`."""
    file, record = _file(visit), visit.request.path_params["record"]
    if visit.site.side == "room":
        record = visit.site.sessions.handles.reference(visit.person.person, record)
    if record is None:
        raise NotFound
    return attachment(attached_as(visit.site.home.origin, file, record))


def _file(visit: Visit) -> CaseFile:
    """The case that the address names. Raises: NotFound, for a task as for nothing."""
    file = visit.reader().case(reference_of(visit))
    if file.case.task is not None:
        raise NotFound
    return file


def _brought(visit: Visit, one: Attached) -> str:
    """When a document was brought, and by whom."""
    at = one.record.recorded_at.astimezone(visit.site.home.zone)
    return f"brought {at:%d %b %Y %H:%M} by {one.record.recorded_by}"


def _path(visit: Visit, file: CaseFile, one: Attached) -> str:
    """The address of a document, which in the room names nothing, as that of its case."""
    ref, at = one.record.ref, case_path(visit, file.reference)
    if visit.site.side == "room":
        ref = visit.site.sessions.handles.of(visit.person.person, ref)
    return f"{at}/documents/{ref}"


DOORS = (
    Door("GET", "/cases/{case}/documents", "read-cases", list_),
    Door("POST", "/cases/{case}/documents", "act", bring, takes_file=True),
    Door("GET", "/cases/{case}/documents/{record}", "read-cases", save),
)
