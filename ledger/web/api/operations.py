"""What the API's description says of a door, beside what the door is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.web.doors import Door

Schema = Mapping[str, Any]  # JSON Schema 2020-12, as msgspec gives it.
JSON = "application/json"


@dataclass(frozen=True)
class Parameter:
    """Something in the address, in the query or in a header."""

    name: str
    place: str
    description: str
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    required: bool = False

    def told(self) -> dict[str, Any]:
        """As OpenAPI spells it."""
        return {
            "name": self.name,
            "in": self.place,
            "description": self.description,
            "required": self.required,
            "schema": dict(self.schema),
        }


@dataclass(frozen=True)
class Operation:
    """A door of the API with what it takes and gives. `answer` is the type of its JSON, or None;
    `media` what it gives, one of them. `form` is the schema of a form that brings a file. `headers`
    are those of a good answer, with what each says.
    """

    door: Door
    summary: str
    answer: Any = None
    media: tuple[str, ...] = (JSON,)
    form: Schema | None = None
    parameters: tuple[Parameter, ...] = ()
    fails: tuple[int, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


REFERENCE = Parameter("reference", "path", "A case's reference: 7K3M-9Q2D-X.", required=True)
KEY = Parameter(
    "Idempotency-Key",
    "header",
    "Drawn anew for each act, and sent again with each repetition of it: 1 to 128 visible ASCII"
    " characters. The same key with the same act gives the same answer; with another act, 422.",
    {"type": "string", "pattern": "^[!-~]{1,128}$"},
    required=True,
)
VERSION = Parameter(
    "If-Match",
    "header",
    "The ETag of the case as it was when you looked. 412 when it went on since, with its ETag now.",
)
NEEDED_VERSION = Parameter(VERSION.name, "header", VERSION.description, required=True)
LIMIT = Parameter(
    "limit",
    "query",
    "At most so many of the list: 1 to 100.",
    {"type": "integer", "minimum": 1, "maximum": 100, "default": 100},
)
AFTER = Parameter("after", "query", "A cursor that the page before gave. It is opaque.")
LINK = {"Link": 'The next part of the list, rel="next"; absent at its end (RFC 8288).'}
"""Of every list."""
