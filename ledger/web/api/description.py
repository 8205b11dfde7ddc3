"""The API's description of itself (OpenAPI 3.1), made of the doors and of the events' own types.

An act has an address for each command here, though one door takes them all: so each is told with
its own fields, their units and what they mean. Nothing else fits: `additionalProperties` is false.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from starlette.responses import Response

from ledger.domain.codec import COMMANDS, EVENT_TYPES
from ledger.domain.events import DocumentAttached, Event, Fact, IntakeSaved
from ledger.domain.office_events import OFFICE_ONLY, OFFICE_OR_CASE
from ledger.vocabulary import schema, summary
from ledger.web.access import ALLOWED, NAMED
from ledger.web.api import acts, documents, feeds, reads, shapes
from ledger.web.api.asking import answer
from ledger.web.api.operations import JSON, NEEDED_VERSION, Operation, Parameter
from ledger.web.api.rows import PROJECTIONS, Shape
from ledger.web.doors import Door
from ledger.web.site import Side
from ledger.web.visit import Visit

PROBLEM = "application/problem+json"
ALWAYS = (400, 401, 403, 429, 500, 503)
"""How any request may fail."""
WHY: Mapping[int, str] = {
    400: "What was sent does not fit; nothing was saved.",
    401: "Nobody is signed in, or the token opens nothing.",
    403: "Not for this role, or the law says no: then every provision is listed.",
    404: "Nothing of that name is open to you.",
    405: "Not at this address; Allow names what it takes.",
    408: "What was sent took too long to arrive.",
    409: "Others kept writing at the same moment.",
    412: "The case went on since you looked; ETag says which version it is now.",
    413: "More was sent than this place takes.",
    422: "The Idempotency-Key was sent before with another act.",
    428: "If-Match is missing: say which version you saw.",
    429: "Too often; Retry-After says how many seconds to wait.",
    500: "Stored evidence is not what was signed, or a defect.",
    503: "Something that is needed does not answer; nothing was acknowledged.",
}
OPERATIONS: tuple[Operation, ...] = (
    *acts.OPERATIONS,
    *documents.OPERATIONS,
    *reads.OPERATIONS,
    *feeds.OPERATIONS,
)
_ABOUT = """\
What the command line of the ledger does, for programs. Instants are RFC 3339 in UTC (`Z`); days are
days in the library's zone, which `GET /api` names. A list has at most 100 entries; `Link` leads on.

A sealed matter is, to whoever may not open it, as one that does not exist: the answer is the same.

Who is signed in sends the session's word in `X-CSRF` with whatever is no GET. A machine sends a
token (`Authorization: Bearer dlk_…`), which reads one feed or one projection of what stands open.
"""
_EXAMPLES: Mapping[str, Any] = {
    "intake": {
        "fields": {
            "mode": "telephone",
            "words": "The caller asked who had used the study room.",
            "facts": [{"receive-request": {"requester": "law-enforcement"}}],
        },
        "occurred_at": "2026-06-19T21:30:00-06:00",
    },
    "annotate": {
        "fields": {
            "of": "6f1f0c6f0f4e4d1c9a4f7d2b8f0c3a55:3",
            "note": "The officer called again.",
        },
        "basis": "reported",
    },
}


def describe(visit: Visit) -> Response:
    """The description of this program's side."""
    return answer(description(visit.site.side))


@cache
def description(side: Side) -> dict[str, Any]:
    """The whole description, as plain JSON. To be read only."""
    known: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        if side not in one.door.sides:
            continue
        for path, told in _addresses(one, known):
            paths.setdefault(path, {})[one.door.method.lower()] = told
    known |= _events(known) | _shapes()
    made = {
        "openapi": "3.1.0",
        "info": {"title": "Disclosure ledger", "version": "1", "description": _ABOUT},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": known,
            "parameters": _parameters(),
            "responses": _problems(),
            "securitySchemes": _schemes(side),
        },
    }
    # As the standard has patterns: there `$` is the end, and nothing has to be kept off after it.
    whole = json.dumps(made).replace("$(?!\\\\n)", "$").replace("#/$defs/", "#/components/schemas/")
    found: dict[str, Any] = json.loads(whole)
    return found


# ---- operations ----


def _addresses(one: Operation, known: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    """The addresses of an operation: of an act one for each command."""
    path = one.door.path
    if one is acts.VISIT:
        known["intake"] = _intake()
        yield path, _told(one, IntakeSaved, _body("intake", acts.VisitAsked, known))
    elif one in (acts.IN_CASE, acts.IN_OFFICE):
        for command, kind in sorted(COMMANDS.items()):
            if _is_taken(kind, in_office=one is acts.IN_OFFICE):
                known[command] = _hoisted(schema(kind), known)
                told = _told(one, kind, _body(command, acts.Asked, known))
                yield path.replace("{command}", command), told
    else:
        yield path, _told(one, body=_form(one))


def _is_taken(kind: type[Event], *, in_office: bool) -> bool:
    """Whether an act is taken here; a document comes with its bytes, at an address of its own."""
    if kind is DocumentAttached:
        return False
    return kind in OFFICE_OR_CASE or (kind in OFFICE_ONLY) is in_office


def _told(
    one: Operation, kind: type[Event] | None = None, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "summary": one.summary if kind is None else summary(kind),
        "description": inspect.getdoc(one.door.answer if kind is None else kind) or "",
        "parameters": [
            {"$ref": f"#/components/parameters/{_named(each)}"} for each in one.parameters
        ],
        "responses": {str(one.status): _good(one), **_bad(one)},
        "security": _security(one.door),
    }
    return told if body is None else {**told, "requestBody": body}


def _named(one: Parameter) -> str:
    """What a parameter is called here: the same header may be needed at one door only."""
    return f"{one.name}-needed" if one == NEEDED_VERSION else one.name


def _parameters() -> dict[str, Any]:
    """Each parameter once, which all its operations name: acts are many."""
    return {_named(each): each.told() for one in OPERATIONS for each in one.parameters}


def _good(one: Operation) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"type": "string"}}
    if one.answer is not None:
        content = {"schema": _ref(one.answer)}
    headers = {
        name: {"description": text, "schema": {"type": "string"}}
        for name, text in one.headers.items()
    }
    made = {"description": one.summary, "content": dict.fromkeys(one.media, content)}
    return {**made, "headers": headers} if headers else made


def _bad(one: Operation) -> dict[str, Any]:
    return {
        str(status): {"$ref": f"#/components/responses/{status}"}
        for status in sorted({*ALWAYS, *one.fails})
    }


def _problems() -> dict[str, Any]:
    content = {PROBLEM: {"schema": _ref(shapes.Problem)}}
    return {str(status): {"description": why, "content": content} for status, why in WHY.items()}


def _security(door: Door) -> list[dict[str, list[str]]]:
    allowed = ALLOWED[door.action]
    if "anybody" in allowed:
        return []
    session: dict[str, list[str]] = {"session": []}
    if door.method != "GET":
        session["csrf"] = []
    token: dict[str, list[str]] = {"token": []}
    return [session, token] if allowed & NAMED else [session]


def _schemes(side: Side) -> dict[str, Any]:
    return {
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": f"__Host-{side}",
            "description": "The session of somebody who signed in at this program's own pages.",
        },
        "csrf": {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRF",
            "description": "The session's word, which its pages carry.",
        },
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "Of a machine: made by `disclosure-ledger token add`, at the desk only.",
        },
    }


# ---- schemas ----


def _body(command: str, asked: type[acts.Asked], known: dict[str, Any]) -> dict[str, Any]:
    """What is sent to act: what every act says, and the fields of this one."""
    (found,), parts = msgspec.json.schema_components([asked], ref_template="#/$defs/{name}")
    whole = parts.pop(found["$ref"].rpartition("/")[2])
    # What is said of every act stands once; acts are many.
    said = {name: f"{asked.__name__}.{name}" for name in whole["properties"]}
    known |= {said[name]: told for name, told in whole["properties"].items() if name != "fields"}
    whole["properties"] = {name: {"$ref": f"#/$defs/{kept}"} for name, kept in said.items()}
    whole["properties"]["fields"] = {"$ref": f"#/$defs/{command}"}
    if known[command].get("required"):
        whole["required"] = ["fields"]
    content: dict[str, Any] = {"schema": whole}
    if command in _EXAMPLES:
        content["example"] = _EXAMPLES[command]
    return {"required": True, "content": {JSON: content}}


def _form(one: Operation) -> dict[str, Any] | None:
    """The form that brings a file, where a door takes one."""
    if one.form is None:
        return None
    return {"required": True, "content": {"multipart/form-data": {"schema": dict(one.form)}}}


def _intake() -> dict[str, Any]:
    """The fields of a visit, with the facts that a person adds."""
    made = schema(IntakeSaved)
    facts = sorted(
        command
        for command, kind in COMMANDS.items()
        if issubclass(kind, Fact) and kind not in OFFICE_ONLY and kind is not DocumentAttached
    )
    made["properties"]["facts"] = {
        "type": "array",
        "description": "Facts of the visit: each an object with one key, its command.",
        "items": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "properties": {name: {"$ref": f"#/$defs/{name}"} for name in facts},
            "additionalProperties": False,
        },
    }
    return made


def _hoisted(made: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """A schema without its parts, which stand beside it."""
    known |= made.pop("$defs", {})
    return made


def _shapes() -> dict[str, Any]:
    every = [kind for kind in vars(shapes).values() if _is_shape(kind)]
    _, found = msgspec.json.schema_components(
        [*every, *PROJECTIONS.values()], ref_template="#/$defs/{name}"
    )
    return {**found, **_report()}


def _is_shape(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Shape) and kind is not Shape


def _report() -> dict[str, Any]:
    """The schema of reports, its parts beside it under names of their own."""
    text = (files("ledger.projections.transparency") / "schema.json").read_text("utf-8")
    whole: dict[str, Any] = json.loads(text.replace("#/$defs/", "#/$defs/report."))
    parts = {f"report.{name}": part for name, part in whole.pop("$defs").items()}
    # Its own name would make its references be looked for elsewhere.
    told = {name: value for name, value in whole.items() if not name.startswith("$")}
    return {shapes.TransparencyReport.__name__: told, **parts}


def _events(known: Mapping[str, Any]) -> dict[str, Any]:
    """Every event as records tell it: its type, and of its fields those that are not empty. Fields
    of an act are those of the act, wherever it is described.
    """
    parts: dict[str, Any] = {}
    told = {f"event.{tag}": _event(kind, known, parts) for tag, kind in EVENT_TYPES.items()}
    places = {tag: f"#/$defs/event.{tag}" for tag in EVENT_TYPES}
    every = {
        "discriminator": {"propertyName": "type", "mapping": places},
        "oneOf": [{"$ref": place} for place in places.values()],
    }
    return {**parts, **told, "Event": every}


def _event(kind: type[Event], known: Mapping[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    """An event's schema; what its fields are made of is put to the `parts`."""
    (found,), more = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    fields = more.pop(found["$ref"].rpartition("/")[2])["properties"]
    parts |= more
    command = kind.COMMAND or ""
    of_act = known.get(command, {}).get("properties", {})
    for name in fields.keys() & of_act.keys():
        fields[name] = {"$ref": f"#/$defs/{command}/properties/{name}"}
    return {
        "type": "object",
        "description": inspect.getdoc(kind) or "",
        "properties": {**fields, "type": {"const": kind.__struct_config__.tag}},
        "required": ["type"],
        "additionalProperties": False,
    }


def _ref(kind: type) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{kind.__name__}"}


DOORS = (
    *(one.door for one in OPERATIONS),
    Door("GET", "/openapi.json", "look-around", describe, "data"),
)
