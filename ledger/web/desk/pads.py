"""The paper pad: numbered sheets for when the ledger cannot be reached, and what became of each.

A block of sheets is issued in the office's stream, so a sheet that is missing shows. A sheet ends
when it is written down (a visit names it), or is said to be void or unused. Which sheets were
written down is known to whoever opens those visits, and to nobody else: at the desk's program the
list says of a sheet whose visit is sealed what it says of one that lies blank in the drawer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import segno
from starlette.responses import Response

from ledger.domain.events import IntakeSaved, PaperPadIssued, PaperSheetsEnded
from ledger.errors import BadRequest, NotFound
from ledger.register.acts import OFFICE, Act
from ledger.register.locks import exclusive
from ledger.web.desk.saving import command_of, serial_of
from ledger.web.desk.script import ladder, script_of
from ledger.web.desk.visiting import AGENCIES, MODES, PRESENTED, RUNGS, SEEN
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.visit import Visit

End = Literal["in use", "transcribed", "void", "unused"]
MOST_SHEETS = 50
"""Of one block: a pad of fifty sheets fits a drawer."""
LAST_SERIAL = 999_999
ON_PAPER = {
    "search-warrant": "A paper with the name of a court, a seal, “judge” under the signature",
    "administrative-warrant": "A paper with the name of an agency, a form number, “officer” under"
    " the signature",
}
"""What the two choices are called where there is no drawing."""


@dataclass(frozen=True)
class Pad:
    """A block of sheets that was issued."""

    first: int
    count: int
    branch: str | None

    @property
    def serials(self) -> range:
        """The numbers of its sheets."""
        return range(self.first, self.first + self.count)


def issued(visit: Visit) -> tuple[Pad, ...]:
    """The blocks in the order in which they were issued."""
    records = visit.reader().office_stream().records
    events = (one.event for one in records)
    return tuple(
        Pad(one.first, one.count, one.at_branch)
        for one in events
        if isinstance(one, PaperPadIssued)
    )


def ends(visit: Visit) -> Mapping[int, End]:
    """What became of each sheet, as far as the visitor may know. A visit that was written down from
    a sheet counts for more than somebody's word that it was never used.
    """
    reader = visit.reader()
    found: dict[int, End] = {}
    for record in reader.office_stream().records:
        if isinstance(record.event, PaperSheetsEnded):
            found |= dict.fromkeys(record.event.serials, record.event.ended)
    for stream in reader.streams_shown():
        for record in stream.records:
            if isinstance(record.event, IntakeSaved) and record.event.serial is not None:
                found[record.event.serial] = "transcribed"
    return found


def listed(visit: Visit) -> Response:
    """The pads and what became of their sheets."""
    known, pads = ends(visit), issued(visit)
    shown = {
        "pads": [
            {"pad": pad, "sheets": [(one, known.get(one, "in use")) for one in pad.serials]}
            for pad in reversed(pads)
        ],
        "most": MOST_SHEETS,
    }
    return render(visit, "desk/pads.html", shown)


def issue(visit: Visit) -> Response:
    """Issue the next block, and show the list. Raises: BadRequest."""
    form = visit.form
    count = serial_of(form.text("count"))
    if count is None or count > MOST_SHEETS:
        raise BadRequest(f"A pad has 1 to {MOST_SHEETS} sheets.")
    fields: dict[str, object] = {"count": count}
    if (branch := form.text("branch")) is not None:
        fields["at_branch"] = branch
    # Two who issue a pad at the same time never give out the same numbers.
    with exclusive(visit.site.home_path / "desk.lock", "issuing a pad"):
        first = max((pad.serials.stop for pad in issued(visit)), default=1)
        if first + count > LAST_SERIAL:
            raise BadRequest("All numbers of sheets are used up.")
        _act(visit, "issue-paper-pad", {**fields, "first": first})
    return listed(visit)


def end(visit: Visit) -> Response:
    """Record that sheets are void or unused, and show the list. Raises: BadRequest."""
    form = visit.form
    typed = (form.text("serials") or "").replace(",", " ").split()
    known = {one for pad in issued(visit) for one in pad.serials}
    serials = [one for one in map(serial_of, typed) if one in known]
    if not typed or len(serials) != len(typed):
        raise BadRequest("Name sheets that were issued, such as: 21 23 24")
    fields = {"serials": sorted(set(serials)), "ended": form.text("ended")}
    _act(visit, "end-paper-sheets", fields)
    return listed(visit)


def _act(visit: Visit, command: str, fields: Mapping[str, object]) -> None:
    visit.act(Act(command, fields, OFFICE, command_id=command_of(visit)))


def pad(visit: Visit) -> Response:
    """The sheets of a pad, to be printed. Raises: NotFound."""
    asked = visit.request.query_params
    first, count = serial_of(asked.get("first")), serial_of(asked.get("count"))
    office = visit.site.register.office().office
    known = {one for one in issued(visit) if one.first <= (first or 0) < one.first + one.count}
    if first is None or count is None or count > MOST_SHEETS or not known:
        raise NotFound
    block = known.pop()
    serials = [one for one in range(first, first + count) if one in block.serials]
    presented = [(value, ON_PAPER.get(value, word)) for value, word in PRESENTED]
    choices = {"presented": presented, "seen": SEEN, "modes": MODES, "agencies": AGENCIES}
    shown = {
        "sheets": [(one, qr(one)) for one in serials],
        "script": script_of(visit),
        "ladder": ladder(office, visit.desk_settings),
        "rungs": RUNGS,
        "branch": block.branch,
        **choices,
    }
    return render(visit, "desk/pad.html", shown)


def number(serial: int) -> str:
    """A sheet's number as it is printed: DL-000021."""
    return f"DL-{serial:06d}"


def qr(serial: int) -> str:
    """A sheet's number as an SVG element, which holds nothing of anybody's making."""
    made = segno.make(number(serial), error="m", micro=False)
    return str(made.svg_inline(scale=4, border=2, title=number(serial)))


DOORS = (
    Door("GET", "/desk/pads", "act", listed),
    Door("POST", "/desk/pads", "act", issue),
    Door("POST", "/desk/pads/end", "act", end),
    Door("GET", "/desk/pad", "act", pad),
)
