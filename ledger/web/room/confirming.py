"""Confirming a decision with a passkey: what is confirmed, the browser's question, the answer.

The challenge is the digest of the record as FORMAT §1 has it, so the answer fits that record and no
other. A case that went on meanwhile is no obstacle: the record that is confirmed stays as it is.
Without a script nothing can ask a passkey; then the page says so, and records nothing.
"""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode
from hashlib import sha256

from starlette.responses import RedirectResponse, Response

from ledger.domain.passkey_events import PasskeyApproved
from ledger.errors import BadRequest, NotFound, NotPermitted, RequestRefused
from ledger.evidence.assertion import challenge_of
from ledger.evidence.grammar import Malformed, decode_base64
from ledger.register.acts import Act
from ledger.register.passkeys import to_confirm
from ledger.web.addresses import case_path, reference_of
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.passkeys import rp_of
from ledger.web.room import cases
from ledger.web.room.acting import command_id
from ledger.web.room.timeline import Entry
from ledger.web.site import Side
from ledger.web.visit import Visit

NOT_ASKED = (
    "Your browser did not ask your passkey. Nothing was recorded. Allow this page its script, or"
    " use a browser that knows passkeys."
)
_ANSWERED = ("authenticator_data", "client_data", "signature")
ROOM: frozenset[Side] = frozenset({"room"})


def ask(visit: Visit) -> Response:
    """What is to be confirmed, with what the browser asks a passkey. Raises: NotFound."""
    return _page(visit)


def send(visit: Visit) -> Response:
    """Record what the passkey answered, or say why not; then nothing is recorded.

    Raises: NotFound; as `Register.handle`.
    """
    try:
        receipt = visit.act(_answered(visit))
    except RequestRefused as error:
        return _page(visit, [one.sentence for one in error.provisions], status=403)
    except NotPermitted as error:
        return _page(visit, [str(error)], status=403)
    except BadRequest as error:
        return _page(visit, [str(error)], status=400)
    return RedirectResponse(f"{case_path(visit, receipt.case)}#history", 303)


def _answered(visit: Visit) -> Act:
    """The act that a passkey's answer proposes. Raises: BadRequest, NotFound."""
    sent = visit.form
    given = {name: sent.text(name) for name in ("of", "credential", *_ANSWERED)}
    said = {name: text for name, text in given.items() if text is not None}
    if len(said) < len(given):
        raise BadRequest(NOT_ASKED)
    try:
        credential = decode_base64(said.pop("credential").encode())
    except Malformed as error:
        raise BadRequest("This passkey cannot be used here. Use another one.") from error
    return Act(
        command=PasskeyApproved.COMMAND,
        fields={**said, "passkey": sha256(credential).hexdigest()},
        case=reference_of(visit),
        command_id=command_id(sent.text("command_id") or ""),
    )


def _page(visit: Visit, said: list[str] | None = None, *, status: int = 200) -> Response:
    reader = visit.reader("act")
    file = reader.case(reference_of(visit))
    if file.case.task is not None:
        raise NotFound
    view, office = cases.view_of(visit, reader, file), reader.office().office
    entry = _entry(view, visit.request.path_params["record"])
    rp, me = rp_of(visit.site), visit.person.person
    mine = [p.enrolled for p in office.passkeys if p.enrolled.person == me and not p.revoked]
    here = [one for one in mine if one.rp == rp and visit.site.address in one.origins]
    told = {
        "path": view.path,
        "place": view.place,
        "reference": file.reference,
        "entry": entry,
        "is_open": any(one.e == entry.e for one in to_confirm(office, file.case, me)),
        "said": said or [],
        "challenge": _spelt(challenge_of(bytes.fromhex(entry.e))),
        "rp": rp,
        "origin": visit.site.address,
        "has_passkey": bool(mine),
        "credentials": " ".join(_spelt(b64decode(one.credential)) for one in here),
    }
    return render(visit, "room/confirm.html", told, status=status)


def _entry(view: cases.CaseView, number: str) -> Entry:
    """The record of a number. Raises: NotFound."""
    found = (one for one in view.entries if str(one.number) == number and not one.is_advice)
    entry = next(found, None)
    if entry is None:
        raise NotFound
    return entry


def _spelt(data: bytes) -> str:
    """Base64url without padding, as scripts of browsers read it. Pure."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


DOORS = (
    Door("GET", "/cases/{case}/confirm/{record}", "act", ask, sides=ROOM),
    Door("POST", "/cases/{case}/confirm/{record}", "act", send, sides=ROOM),
)
