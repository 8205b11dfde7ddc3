"""What an act proposes: its event, where that has a place, and what has to be read for it."""

from __future__ import annotations

from ledger.domain import codec
from ledger.domain import events as e
from ledger.domain.fields import parse_reference
from ledger.domain.office_events import OFFICE_ONLY, OFFICE_OR_CASE
from ledger.errors import BadRequest, NotFound
from ledger.register.acts import OFFICE, Act
from ledger.register.documents import BRING_IT, described
from ledger.register.erasure import ERASE

LOOKS_EVERYWHERE = frozenset(
    {e.IntakeSaved, e.CaseOpened, e.CaseKeptSealed, e.AdviceGiven, e.AudienceMemberAdded}
)
"""What must see the visits that wait for a case, or is for a few, even where the case is open."""


def propose(act: Act) -> e.Event:
    """The event that an act proposes.

    Raises:
        BadRequest: no such command, or its fields do not fit.
        NotFound: the act needs a case, and this is no reference of one.
    """
    kind = codec.COMMANDS.get(act.command)
    if kind is None:
        raise BadRequest(
            f"There is no command {act.command}. List them with: disclosure-ledger commands"
        )
    fields = {**act.fields, **_described(act, kind)}
    if "reference" in kind.__struct_fields__:
        # Triage acts on the case that it was addressed to, whatever its fields say.
        fields["reference"] = parse_reference(act.case or "")
        if fields["reference"] is None:
            raise NotFound
    try:
        return codec.propose(kind, fields)
    except codec.BadFields as error:
        raise BadRequest(f"{act.command}: {error}.") from None


def _described(act: Act, kind: type[e.Event]) -> dict[str, object]:
    """What the register itself says of a document: nobody describes one that they do not bring."""
    if kind is not e.DocumentAttached:
        return {}
    if act.document is None or not act.fields.keys() <= {"of"}:
        raise BadRequest(BRING_IT)
    return described(act.document)


def check_place(act: Act, event: e.Event) -> None:
    """Refuse office acts in a case and case acts in the office, before anything is read.

    Raises:
        BadRequest: the act has no meaning there.
    """
    kind = type(event)
    if kind in OFFICE_OR_CASE or (kind in OFFICE_ONLY) == (act.case == OFFICE):
        return
    where = "in the office: do office" if kind in OFFICE_ONLY else "in a case: do REFERENCE"
    raise BadRequest(f"{act.command} is an act {where} {act.command} …")


def concerns_one_case(act: Act) -> bool:
    """Whether nothing but the case itself and the office tells how an act in a case ends."""
    kind = codec.COMMANDS.get(act.command)
    if kind is None or kind in OFFICE_ONLY or kind in LOOKS_EVERYWHERE:
        return False
    return act.command != ERASE
