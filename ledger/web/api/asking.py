"""What a request of the API says: its key, the version it is for, which part of a list."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from keys.errors import Undecipherable
from ledger.domain.form import Form
from ledger.errors import BadRequest
from ledger.projections.feeds.pages import MOST, NO_CURSOR
from ledger.register.kept import VERSION_BYTES
from ledger.web.api.operations import JSON
from ledger.web.visit import Visit

_KEY = re.compile(r"[!-~]{1,128}")
_TAG = re.compile(r'"([A-Za-z0-9_-]{43})"')
_COMMAND = b"disclosure-ledger/v1/idempotency-key\0"
_CURSOR = b"disclosure-ledger/v1/list-cursor\0"
_NOWHERE = bytes(VERSION_BYTES)
"""No version: what is no tag of ours is matched by nothing."""
_encode = msgspec.json.Encoder(order="sorted").encode
_PLACE = Form[list[str]](list[str])
Row = Mapping[str, Any]
KeyOf = Callable[[Row], Sequence[str]]


class Part(NamedTuple):
    """Part of a list, and the address of the next one."""

    rows: list[Row]
    following: str | None

    @property
    def headers(self) -> dict[str, str]:
        """Where the list goes on (RFC 8288)."""
        return {} if self.following is None else {"Link": f'<{self.following}>; rel="next"'}


def answer(
    data: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer in JSON, its names in order."""
    return Response(_encode(data), status, dict(headers or {}), JSON)


def command_id(visit: Visit, person: str) -> bytes:
    """The number of the command that a request asks for, 16 bytes, made of its `Idempotency-Key`.

    Who acts, and in which ledger, goes in as well: two people who draw the same key ask for two
    acts, and a key tells nothing of what it was used for elsewhere. 16 bytes is what a record
    holds; half of a SHA-256 is far more than keys of one person will ever be.

    Raises:
        BadRequest: there is no key, or it is none.
    """
    given = visit.request.headers.getlist("idempotency-key")
    if len(given) != 1 or not _KEY.fullmatch(given[0]):
        raise BadRequest(
            "Send one Idempotency-Key with each act: 1 to 128 visible ASCII characters, drawn anew"
            " for a new act, and the same when you repeat one."
        )
    made = sha256(_COMMAND)
    for part in (visit.site.home.origin, person, given[0]):
        made.update(len(part.encode()).to_bytes(4) + part.encode())
    return made.digest()[:16]


def expected_version(visit: Visit) -> bytes | None:
    """The version for which an act is meant, 32 bytes; None where the request does not say."""
    given = visit.request.headers.get("if-match")
    if given is None:
        return None
    found = _TAG.fullmatch(given.strip())
    return _NOWHERE if found is None else urlsafe_b64decode(found[1] + "=")


def limit_of(visit: Visit) -> int:
    """At most how many of a list are asked for. Raises: BadRequest."""
    given = visit.request.query_params.get("limit", str(MOST))
    if not given.isascii() or not given.isdecimal() or len(given) > 3:
        raise BadRequest(f"A page has 1 to {MOST} entries.")
    if not 1 <= int(given) <= MOST:
        raise BadRequest(f"A page has 1 to {MOST} entries.")
    return int(given)


def part_of(visit: Visit, rows: Sequence[Row], key: KeyOf) -> Part:
    """The part of a list that is asked for. The list is in the order of `key`, whose texts name a
    row for good, so that what comes or goes meanwhile moves no other from one part to the next.

    Raises:
        BadRequest: the cursor or the limit is none.
    """
    limit, after = limit_of(visit), visit.request.query_params.get("after")
    listed = sorted(rows, key=lambda row: tuple(key(row)))
    if after is not None:
        last = tuple(_place(visit, after))
        listed = [row for row in listed if tuple(key(row)) > last]
    part = listed[:limit]
    if len(listed) <= limit:
        return Part(part, None)
    query = {"limit": str(limit), "after": _cursor(visit, key(part[-1]))}
    return Part(part, f"{visit.request.url.path}?{urlencode(query)}")


def _cursor(visit: Visit, place: Sequence[str]) -> str:
    """What leads on after a row: sealed, so that it tells nothing, to this list of this person."""
    return visit.site.home.master.encrypt(_encode(list(place)), _list(visit)).hex()


def _place(visit: Visit, cursor: str) -> list[str]:
    try:
        sealed = bytes.fromhex(cursor)
        return _PLACE.parse(visit.site.home.master.decrypt(sealed, _list(visit)))
    except (ValueError, Undecipherable) as error:
        raise BadRequest(NO_CURSOR) from error


def _list(visit: Visit) -> bytes:
    who = visit.signed_in.person if visit.signed_in else " ".join(sorted(visit.extra))
    return _CURSOR + visit.request.url.path.encode() + b"\0" + who.encode()
