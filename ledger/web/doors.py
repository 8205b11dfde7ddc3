"""What a door of the web is. Every address that answers is one, and nothing else answers.

The table of all doors is what the app is made of, what the matrix of access is tested on, what the
observer of noninterference knocks at, and what the API describes itself by.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response

from ledger.web.access import Action
from ledger.web.site import Side
from ledger.web.visit import Visit

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Kind = Literal["page", "data"]
BOTH: frozenset[Side] = frozenset({"desk", "room"})


@dataclass(frozen=True)
class Door:
    """One method at one address. `path` is as Starlette writes it; `kind` says whether a failure is
    told as a page or as a problem of RFC 9457; `of` which feed or projection is read here;
    `takes_file` whether its form brings a file.
    """

    method: Method
    path: str
    action: Action
    answer: Callable[[Visit], Response]
    kind: Kind = "page"
    sides: frozenset[Side] = BOTH
    of: str = ""
    takes_file: bool = False

    @property
    def name(self) -> str:
        """What it is called in tests and in the API: `GET /cases`."""
        return f"{self.method} {self.path}"
