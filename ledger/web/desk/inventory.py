"""The list of what officers take, copy or look at while they carry out a warrant.

Staff stand back, watch and write down. The lines are saved as the words of a visit: what each thing
was, from where, and what was done with it; who decides puts them into the case as they stand.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from ledger.domain.fields import parse_reference
from ledger.errors import BadRequest
from ledger.web.desk.saving import save
from ledger.web.desk.visiting import DESK, answered, common, saved_page
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.texts import tidy
from ledger.web.visit import Visit

DID = (("taken", "Taken"), ("copied", "Copied"), ("looked-at", "Looked at"))
AT_FIRST = 3
MOST_LINES = 30
"""More than a clerk writes down in one save; the next save goes on."""
_MOST_CHARACTERS = 100
TOO_MANY = (
    f"A list takes {MOST_LINES} lines of {_MOST_CHARACTERS} characters each."
    " Save it, then add more."
)


@dataclass(frozen=True)
class Line:
    """One line of the list; each part may be empty, but not all of them."""

    count: str
    what: str
    place: str
    did: str


def inventory(visit: Visit) -> Response:
    """The empty list."""
    return _page(visit, (), AT_FIRST)


def keep(visit: Visit) -> Response:
    """Save the list; or show it with more lines, where there is no script to add them."""
    if visit.form.text("more") is not None:
        about = parse_reference(visit.form.text("about") or "")
        opened = visit.form.text("opened") or ""
        return _page(visit, lines_of(visit), AT_FIRST, about=about, opened=opened)
    return answered(visit, lambda: _kept(visit))


def _kept(visit: Visit) -> Response:
    lines, told = lines_of(visit), dict(DID)
    words = "\n".join(["What was taken, copied or looked at:", *map(_written, lines)])
    shown = tuple(
        {"count": o.count, "what": o.what, "place": o.place, "did": told.get(o.did, "")}
        for o in lines
    )
    return saved_page(visit, save(visit, words), shown)


def lines_of(visit: Visit) -> tuple[Line, ...]:
    """The lines of the form that hold anything. Raises: BadRequest."""
    found: list[Line] = []
    numbers = {name.partition("-")[2] for name, _ in visit.form if name.startswith("what-")}
    # By their value, which is not worked out: a number may be as long as a form is.
    ordered = sorted((len(one), one) for one in numbers if one.isdecimal())
    for _, number in ordered:
        count, what, place, did = (
            tidy(visit.form.text(f"{part}-{number}") or "")
            for part in ("count", "what", "place", "did")
        )
        if what or place or did:
            found.append(Line(count, what, place, did if did in dict(DID) else ""))
    if len(found) > MOST_LINES or any(
        len(part) > _MOST_CHARACTERS for one in found for part in (one.count, one.what, one.place)
    ):
        raise BadRequest(TOO_MANY)
    return tuple(found)


def _written(line: Line) -> str:
    """A line as it is recorded, in English whatever the page's language is."""
    did = dict(DID).get(line.did, "Not said what was done")
    return f"{did}: {line.count or '?'} x {line.what or '?'}; from: {line.place or '?'}"


def _page(
    visit: Visit, lines: tuple[Line, ...], empty: int, *, about: str | None = None, **more: object
) -> Response:
    blank = (Line("", "", "", ""),) * empty
    shown = common(visit, about=about, lines=(*lines, *blank), did=DID, **more)
    return render(visit, "desk/inventory.html", shown)


DOORS = (
    Door("GET", "/desk/inventory", "log-visit", inventory, sides=DESK),
    Door("POST", "/desk/inventory", "log-visit", keep, sides=DESK),
)
