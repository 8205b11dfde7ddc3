"""Acts through the API: the first logging of a visit, acts in a case, acts in the office."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response

from keys.keyring import Keyring
from ledger.answering import done_answer, receipt_answer, tasks_left
from ledger.domain.codec import COMMANDS
from ledger.domain.form import Form
from ledger.errors import BadRequest, NotFound, NotPermitted, Unavailable
from ledger.register.acts import OFFICE, Act
from ledger.web.api.asking import answer, command_id, expected_version
from ledger.web.api.operations import KEY, NEEDED_VERSION, REFERENCE, VERSION, Operation
from ledger.web.api.shapes import Receipt
from ledger.web.desk.saving import NO_KEYRING
from ledger.web.doors import Door
from ledger.web.failures import SignInNeeded, VersionNeeded
from ledger.web.visit import Visit

Instant = Annotated[
    datetime,
    Meta(tz=True, description="when it happened, if not now: RFC 3339 with its offset"),
]
Person = Annotated[str, Meta(description="who did it, if not you")]
Role = Annotated[str, Meta(description="the role in which you sign, if you hold several")]
Under = Annotated[str, Meta(description="stream:seq of the record by which you stand in")]
Branch = Annotated[str, Meta(description="the branch where it happened")]
About = Annotated[str, Meta(description="an earlier visit that this belongs to; not looked up")]


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An act. `fields` are those of the command; the rest is what is said of every act."""

    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    occurred_at: Instant | None = None
    precision: Literal["exact", "approximate", "unknown"] = "exact"
    basis: Literal["first-hand", "reported", "reconstructed"] = "first-hand"
    actor: Person | None = None
    role: Role | None = None
    under: Under | None = None
    branch: Branch | None = None


class VisitAsked(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A visit; every field may be left out."""

    about: About | None = None


AnyAsked = TypeVar("AnyAsked", bound=Asked)
_ACT = Form[Asked](Asked)
_VISIT = Form[VisitAsked](VisitAsked)


def log_visit(visit: Visit) -> Response:
    """Log a visit. It is sealed at once, and nothing that it refers to is looked up.

    Raises: as `Register.handle`; Unavailable, where neither a person nor a desk is there to sign.
    """
    if visit.extra:
        # At the machine itself whoever comes stands at the branch; a token does not.
        raise NotPermitted("A token reads, and acts in nothing.")
    keyring = _signer(visit)
    asked = _asked(visit, _VISIT)
    receipt = visit.act(_act(visit, keyring, "intake", asked, asked.about), _other(visit, keyring))
    return answer(receipt_answer(receipt), status=201)


def act_in_case(visit: Visit) -> Response:
    """Act in a case, as it was when you looked: `If-Match` names the ETag that you got.

    The answer gives no new ETag: others may have acted meanwhile, and what they did was not seen.

    Raises: as `Register.handle`; VersionNeeded.
    """
    act = _named(visit, visit.request.path_params["reference"])
    return _done(visit, act, version_seen(visit))


def version_seen(visit: Visit) -> bytes:
    """The version of the case that the address names for which an act is meant, 32 bytes.

    Raises:
        VersionNeeded: the request does not say.
        NotFound: it does not, and the case is not open to them.
    """
    expected = expected_version(visit)
    if expected is None:
        # Whoever may not know of it hears what they always hear, whatever else is wrong.
        visit.reader("act").case(visit.request.path_params["reference"])
        raise VersionNeeded
    return expected


def act_in_office(visit: Visit) -> Response:
    """Act in the office: authority, law and keys. `If-Match` is honoured where it is sent.

    Raises: as `Register.handle`.
    """
    return _done(visit, _named(visit, OFFICE), expected_version(visit))


def _done(visit: Visit, act: Act, expected: bytes | None) -> Response:
    receipt = visit.act(act, expected=expected)
    return answer(done_answer(receipt, tasks_left(act, lambda: visit.reader("act"))))


def _named(visit: Visit, case: str) -> Act:
    """The act of the command that the address names. Raises: NotFound; BadRequest."""
    command = visit.request.path_params["command"]
    if command not in COMMANDS:
        raise NotFound
    if case == OFFICE and visit.request.path_params.get("reference") is not None:
        # The office has an address of its own, and no case is called so.
        raise NotFound
    return _act(visit, visit.person.keyring, command, _asked(visit, _ACT), case)


def _act(visit: Visit, keyring: Keyring, command: str, asked: Asked, case: str | None) -> Act:
    at = asked.occurred_at
    return Act(
        command=command,
        fields=asked.fields,
        case=case,
        occurred_at=None if at is None else at.replace(microsecond=0),
        precision=asked.precision,
        basis=asked.basis,
        actor=asked.actor,
        role=asked.role,
        under=asked.under,
        branch=asked.branch,
        command_id=command_id(visit, keyring.person),
    )


def _asked(visit: Visit, form: Form[AnyAsked]) -> AnyAsked:
    """What the body says. Raises: BadRequest, naming what does not fit."""
    try:
        return form.convert(visit.data)
    except msgspec.ValidationError as error:
        raise BadRequest(f"{error}. Nothing was saved.") from error


def _signer(visit: Visit) -> Keyring:
    """Who signs a visit: the person who is signed in, or else the desk.

    Raises:
        SignInNeeded: they were signed in. If it was they who logged it before, the desk would log
            it twice.
        Unavailable: nobody may sign it here.
    """
    if visit.signed_in is not None:
        return visit.signed_in.keyring
    if visit.cookie in visit.request.cookies:
        raise SignInNeeded
    if visit.site.desk is None:
        raise Unavailable(NO_KEYRING)
    return visit.site.desk


def _other(visit: Visit, keyring: Keyring) -> Keyring | None:
    return None if visit.signed_in is not None else keyring


_FAILS = (403, 409, 413, 422, 503)
VISIT = Operation(
    Door("POST", "/api/visits", "log-visit", log_visit, "data"),
    "Log a visit at the desk.",
    Receipt,
    parameters=(KEY,),
    fails=_FAILS,
    status=201,
)
IN_CASE = Operation(
    Door("POST", "/api/cases/{reference}/acts/{command}", "act", act_in_case, "data"),
    "Act in a case.",
    Receipt,
    parameters=(REFERENCE, KEY, NEEDED_VERSION),
    fails=(*_FAILS, 404, 412, 428),
)
IN_OFFICE = Operation(
    Door("POST", "/api/office/acts/{command}", "act", act_in_office, "data"),
    "Act in the office.",
    Receipt,
    parameters=(KEY, VERSION),
    fails=(*_FAILS, 404, 412),
)
OPERATIONS = (VISIT, IN_CASE, IN_OFFICE)
