"""The address of a case: by its handle at the room, by its reference at the desk's program.

At the desk's program there is nothing sealed, so that a reference there tells nothing.
"""

from __future__ import annotations

from ledger.errors import NotFound
from ledger.web.visit import Visit


def case_path(visit: Visit, reference: str) -> str:
    """The address of a case's page, for the person who is signed in."""
    if visit.site.side == "desk":
        return f"/cases/{reference}"
    return f"/cases/{visit.site.sessions.handles.of(visit.person.person, reference)}"


def reference_of(visit: Visit) -> str:
    """The reference that the address of a page stands for; whether there is such a case is for the
    reader to say.

    Raises:
        NotFound: at the room, a handle that this person was not given.
    """
    asked: str = visit.request.path_params["case"]
    if visit.site.side == "desk":
        return asked
    found = visit.site.sessions.handles.reference(visit.person.person, asked)
    if found is None:
        raise NotFound
    return found
