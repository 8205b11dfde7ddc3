"""Addresses of cases. In the room they hold no reference, because a browser keeps addresses.

There a case's address ends in a word that means something to this session only, the same for open
and sealed ones. At the desk's program every case that is shown stands open, and its address ends in
its reference.
"""

from __future__ import annotations

from ledger.errors import NotFound
from ledger.web.visit import Visit


def case_path(visit: Visit, reference: str, *rest: str) -> str:
    """The address of a case, or of something in it."""
    word = reference if visit.site.side == "desk" else visit.person.word_for(reference)
    return "/".join(["/cases", word, *rest])


def reference_at(visit: Visit) -> str:
    """The reference of the case that an address names. Raises: NotFound."""
    word = visit.request.path_params["case"]
    if visit.site.side == "desk":
        return str(word)
    found = visit.person.meant_by(word)
    if found is None:
        raise NotFound
    return found
