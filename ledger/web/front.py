"""The first page, static files, and whether the program is up."""

from __future__ import annotations

from functools import cache

from starlette.responses import FileResponse, Response

from ledger.errors import NotFound
from ledger.web.doors import Door
from ledger.web.pages import STATIC, asset, render
from ledger.web.visit import Visit

FOR_EVER = "public, max-age=31536000, immutable"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def first(visit: Visit) -> Response:
    """What this program is for, and where the other one is."""
    return render(visit, "first.html")


def static(visit: Visit) -> Response:
    """A static file, by the digest of its bytes. Raises: NotFound."""
    name = visit.request.path_params["name"]
    if name not in _names() or asset(name) != visit.request.url.path:
        raise NotFound
    kind = TYPES.get(f".{name.rpartition('.')[2]}")
    return FileResponse(STATIC / name, headers={"Cache-Control": FOR_EVER}, media_type=kind)


@cache
def _names() -> frozenset[str]:
    return frozenset(one.name for one in STATIC.iterdir())


def alive(_visit: Visit) -> Response:
    """The program runs."""
    return Response("alive\n", media_type="text/plain")


def ready(visit: Visit) -> Response:
    """The program can answer: its side of the stores can be read. Raises: Unavailable."""
    visit.site.register.office()
    return Response("ready\n", media_type="text/plain")


DOORS = (
    Door("GET", "/", "look-around", first, sides=frozenset({"desk"})),
    Door("GET", "/static/{digest}/{name}", "look-around", static),
    Door("GET", "/healthz", "look-around", alive, "data"),
    Door("GET", "/readyz", "look-around", ready, "data"),
)
