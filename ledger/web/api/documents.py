"""Documents of a case through the API: listed, brought in a form, given out as they came.

A name may be a patron's, so it comes in the form's file and stands in no address.
"""

from __future__ import annotations

from starlette.responses import Response

from ledger.answering import attached_answer, document_rows
from ledger.errors import BadRequest
from ledger.register.acts import Act
from ledger.register.documents import attached_as
from ledger.register.kinds import NAMES
from ledger.web.api import shapes
from ledger.web.api.acts import version_seen
from ledger.web.api.asking import answer, command_id, part_of
from ledger.web.api.operations import (
    AFTER,
    KEY,
    LIMIT,
    LINK,
    NEEDED_VERSION,
    REFERENCE,
    Operation,
    Parameter,
)
from ledger.web.attachment import TEXT, attachment
from ledger.web.doors import Door
from ledger.web.visit import Visit

NO_FILE = "Send the document in the form's field `file`, with its name. Nothing was saved."
FIELDS = frozenset({"of", "csrf"})
FORM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["file"],
    "properties": {
        "file": {
            "type": "string",
            "contentMediaType": "application/octet-stream",
            "description": "PDF, PNG, JPEG or text in UTF-8, at most 20 MiB, under a name that ends"
            " as its kind does. What it is, is seen by its bytes.",
        },
        "of": {
            "type": "string",
            "description": "the record (stream:seq) whose paper it is a copy of",
        },
    },
}


def list_(visit: Visit) -> Response:
    """The documents of a case, in the order in which they came. Raises: NotFound."""
    file = visit.reader().case(visit.request.path_params["reference"])
    rows = document_rows(visit.site.home.origin, file)
    place = {row["ref"]: f"{at:09d}" for at, row in enumerate(rows)}
    part = part_of(visit, rows, lambda row: [place[row["ref"]]])
    return answer({"reference": file.reference, "documents": part.rows}, headers=part.headers)


def attach(visit: Visit) -> Response:
    """Attach a document to a case, as it was when you looked.

    Raises: as `Register.handle`; VersionNeeded; BadRequest, where the form has no file or more.
    """
    expected = version_seen(visit)
    if visit.document is None:
        raise BadRequest(NO_FILE)
    if unknown := {name for name, _ in visit.form} - FIELDS:
        raise BadRequest(f"The form has a field that is not known: {min(unknown)!r}.")
    of = visit.form.text("of")
    act = Act(
        "attach-document",
        {} if of is None else {"of": of},
        visit.request.path_params["reference"],
        command_id=command_id(visit, visit.person.person),
        document=visit.document,
    )
    receipt = visit.act(act, expected=expected)
    return answer(attached_answer(receipt, visit.document.document))


def give(visit: Visit) -> Response:
    """A document as it was brought, to be saved; no browser shows it.

    Raises: NotFound; BadRequest, where it was erased; EvidenceCorrupt.
    """
    asked = visit.request.path_params
    file = visit.reader().case(asked["reference"])
    return attachment(attached_as(visit.site.home.origin, file, asked["record"]))


_PLACE = "/api/cases/{reference}/documents"
OPERATIONS = (
    Operation(
        Door("GET", _PLACE, "read-cases", list_, "data"),
        "List the documents of a case.",
        shapes.Documents,
        parameters=(REFERENCE, LIMIT, AFTER),
        fails=(404,),
        headers=LINK,
    ),
    Operation(
        Door("POST", _PLACE, "act", attach, "data", takes_file=True),
        "Attach a document to a case.",
        shapes.AttachedReceipt,
        form=FORM,
        parameters=(REFERENCE, KEY, NEEDED_VERSION),
        fails=(403, 404, 408, 409, 412, 413, 422, 428, 503),
    ),
    Operation(
        Door("GET", f"{_PLACE}/{{record}}", "read-cases", give, "data"),
        "Give a document as it was brought.",
        media=(*(one for one in NAMES if one != "text/plain"), TEXT),
        parameters=(
            REFERENCE,
            Parameter("record", "path", "The record that brought it, stream:seq.", required=True),
        ),
        fails=(404,),
    ),
)
