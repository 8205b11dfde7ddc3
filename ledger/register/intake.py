"""The desk: save a visit without reading anything.

Each save is a stream of its own in the inbox, with fresh secrets sealed to the triagers, and to
counsel, who triages nothing and attests to all that is sealed (ADR 0016). The desk
cannot read it back; nothing that it refers to is looked up (DESIGN §4.2).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from keys.secrets import AUDIENCE, StreamSecrets
from ledger.domain import codec
from ledger.domain import events as e
from ledger.domain.fields import format_reference, parse_reference
from ledger.domain.office import RECOVERY, Office
from ledger.domain.office_events import OFFICE_ONLY
from ledger.errors import BadRequest, Unavailable
from ledger.home import OpenHome
from ledger.register.acts import Act, Receipt
from ledger.register.custody import Custody
from ledger.register.documents import BRING_IT, described
from ledger.register.roster import COUNSEL
from ledger.register.writing import Appending, Signing, Writer, new_place, new_stream

_NOBODY = "Nobody who may receive this visit is enrolled. Keep it on paper."


class Intake:
    """Saves visits."""

    def __init__(self, home: OpenHome, custody: Custody, writer: Writer) -> None:
        self._home = home
        self._custody = custody
        self._writer = writer

    def save(self, act: Act, signing: Signing) -> Receipt:
        """Save one visit with its facts, and with a document; gives the reference under which to go
        on.

        `fields` are those of `intake-saved`, and `facts`: a list of objects with one key each, the
        command of a fact, and its fields.

        Raises:
            BadRequest: a field does not fit, or a fact is none.
        """
        fields = dict(act.fields)
        facts = _facts(fields.pop("facts", []))
        saved = _saved(fields, act.case)
        if act.document is not None:
            facts = (*facts, codec.propose(e.DocumentAttached, described(act.document)))
        if signing.role == "desk" and facts:
            raise BadRequest("A desk saves the visit only; a person signed in adds facts.")
        secrets, stream = StreamSecrets.generate(), new_stream()
        office = signing.view.office
        audience = receivers(office, without_director=saved.not_to_director)
        people = {
            person: key
            for person, key in office.readers(audience).items()
            # Recovery is never left out: if its key is missing, that is found and said.
            if person == RECOVERY or self._custody.has_keys(person)
        }
        if not people.keys() & set(audience):
            raise Unavailable(_NOBODY)
        # The keys are written with the visit: neither ever stands alone.
        wrap = self._custody.sealed_wrap(stream, secrets, people, signing.now)
        place, about = new_place(stream, self._home.inbox, secrets), saved.about
        new = Appending(place, (saved, *facts), answers=about, wraps=(wrap,))
        receipts = self._writer.append(new, act, signing).receipts
        # The visit is safe: a keystore that is busy now makes nobody wait, nor save it twice.
        self._custody.settle_soon(self._home.inbox)
        return Receipt(about, receipts)


def receivers(office: Office, *, without_director: bool = False) -> Sequence[str]:
    """Who may open what the desk saved: the custodian, the designees and counsel, at most seven;
    no visit is refused for want of places, so the last designees give way, then counsel.

    A visit that is kept from the director goes to the others of these.

    Raises:
        Unavailable: there is nobody who triages it. Counsel does where there is no designee.
    """
    counsel, triagers = list(office.holders(COUNSEL)), list(office.holders("designee"))
    if without_director:
        kept_from = {office.custodian, *office.holders("director")}
        counsel = [one for one in counsel if one not in kept_from]
        triagers = [one for one in triagers or counsel if one not in kept_from]
    elif office.custodian is not None:
        triagers.insert(0, office.custodian)
    if not triagers:
        raise Unavailable(_NOBODY)
    return tuple(dict.fromkeys([triagers[0], *counsel, *triagers]))[:AUDIENCE]


def new_reference() -> str:
    """A new case reference: 40 random bits."""
    return format_reference(int.from_bytes(os.urandom(5), "big"))


def _saved(fields: Mapping[str, object], about: str | None) -> e.IntakeSaved:
    reference = new_reference() if about is None else parse_reference(about)
    if reference is None:
        raise BadRequest("That is not a case reference. It looks like 7K3M-9Q2D-X.")
    try:
        return codec.propose(e.IntakeSaved, {**fields, "about": reference})
    except codec.BadFields as error:
        raise BadRequest(f"intake: {error}.") from None


def _facts(listed: object) -> tuple[e.Fact, ...]:
    if not isinstance(listed, list):
        raise BadRequest('`facts` is a list such as [{"record-encounter": {…}}].')
    return tuple(_fact(item) for item in listed)


def _fact(item: object) -> e.Fact:
    if not isinstance(item, dict) or len(item) != 1:
        raise BadRequest("Each fact is an object with one key, its command.")
    ((command, fields),) = item.items()
    kind = codec.COMMANDS.get(str(command))
    if kind is e.DocumentAttached:
        raise BadRequest(BRING_IT)
    if kind is None or not issubclass(kind, e.Fact) or kind in OFFICE_ONLY:
        raise BadRequest(f"{command} is not a fact that a visit can hold.")
    if not isinstance(fields, dict):
        raise BadRequest(f"The fields of {command} are an object.")
    try:
        return codec.propose(kind, fields)
    except codec.BadFields as error:
        raise BadRequest(f"{command}: {error}.") from None
