"""The published log as static files: no tile changes once it was published."""

from __future__ import annotations

import re

from starlette.responses import FileResponse, Response

from ledger.errors import NotFound
from ledger.web.doors import Door
from ledger.web.front import FOR_EVER
from ledger.web.visit import Visit

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*){0,8}")
_TILE = "tile/"
"""Everything below is written once (C2SP tlog-tiles); a partial tile is named by its width."""


def published(visit: Visit) -> Response:
    """A file of the log. Raises: NotFound."""
    name = visit.request.path_params["name"]
    if not _NAME.fullmatch(name) or ".." in name:
        raise NotFound
    path = visit.site.home.log_directory / name
    if not path.is_file() or path.is_symlink():
        raise NotFound
    kept = {"Cache-Control": FOR_EVER if name.startswith(_TILE) else "no-store"}
    kind = "application/octet-stream" if name.startswith(_TILE) else "text/plain; charset=utf-8"
    return FileResponse(path, headers=kept, media_type=kind)


DOORS = (Door("GET", "/log/{name:path}", "read-log", published, "data"),)
