"""The uniform answer: whoever asks whether a record was disclosed hears the same words.

    the office's text, else the law's ─► said to the asker ─► saved as a visit, like any other

Nothing is looked up: not the asker, not a case, and nothing sealed. What is said depends on the
open office alone, and what is saved lies in the inbox (DESIGN §4, domain §5.6). That an answer was
not the whole truth only those know who can open the matter; they say so there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from keys.keyring import Keyring
from ledger.domain.calendar import local_date
from ledger.domain.events import PriorDisclosureQueryAnswered
from ledger.errors import BadRequest
from ledger.home import OpenHome
from ledger.register.acts import Act, Receipt
from ledger.register.handle import Register
from ledger.register.officeview import OfficeView

COMMAND = PriorDisclosureQueryAnswered.COMMAND


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for every asker. `version` is None where the law's own words stand in for those of
    counsel, and `standing` then says how sure we are of them.
    """

    text: str
    version: int | None
    standing: str | None = None


def wording(home: OpenHome, view: OfficeView, at: datetime) -> Wording:
    """The words in force: counsel's newest text, or the law's while there is none."""
    answer = view.office.standard_answer
    if answer is not None:
        return Wording(answer.wording, answer.version)
    row = view.law.value("query.standard_answer", local_date(at, home.config.zone))
    return Wording(row.sentence, None, row.confidence)


def answer_query(
    register: Register, keyring: Keyring, said: Wording, fields: Mapping[str, object]
) -> Receipt:
    """Record that somebody asked and was given the words; `fields` say who and how, and no more.

    Raises:
        BadRequest: a field does not fit; the words and their tie to a matter are not for the desk.
        NotPermitted, Unavailable: as for any visit.
    """
    if fields.keys() & {"version", "given_as"}:
        raise BadRequest("Give asker, mode and query; the ledger knows which words were said.")
    version = {} if said.version is None else {"version": said.version}
    saved = {"mode": fields.get("mode"), "facts": [{COMMAND: {**fields, **version}}]}
    # A visit is saved without a look at anything sealed, whoever saves it.
    return register.handle(keyring, Act("intake", saved), vault=False)
