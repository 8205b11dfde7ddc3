"""How a case comes to an approval, and a person to a passkey; in whichever ledger a test has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ledger.register.acts import OFFICE, Receipt
from tests.authenticator import Authenticator
from tests.register.library import Library

Do = Callable[[str, str, str, Mapping[str, object]], Receipt]
"""Let a person act: name, command, case, fields."""


def acting(library: Library) -> Do:
    """Let a library's people act, each a minute after the one before."""
    return lambda person, command, case, fields: library.act(person, command, case, **fields)


def enrol(do: Do, key: Authenticator, person: str, second: str) -> None:
    """Enrol a person's passkey with a second person's assent."""
    made = do(person, "enrol-passkey", OFFICE, key.enrolled(person))
    do(second, "assent", OFFICE, {"of": made.records[0].e})


def approve(do: Do, case: str, by: str = "mara") -> Receipt:
    """Approve circulation records on a subpoena in a case that stands open, with all it takes."""
    asked = {"requester": "law-enforcement", "categories": ["circulation"]}
    request = do(by, "receive-request", case, asked).records[0].ref
    paper = {"kind": "subpoena", "issuer": "clerk"}
    instrument = do(by, "receive-instrument", case, paper).records[0].ref
    review = do(by, "request-counsel-review", case, {"counsel": "tom"}).records[0].ref
    answer = {"request": review, "outcome": "narrow"}
    do("tom", "complete-counsel-review", case, answer)
    do(by, "verify-requester", case, {"request": request, "method": "badge"})
    grant = {"request": request, "basis": "subpoena", "instrument": instrument}
    return do(by, "approve", case, {**grant, "categories": ["circulation"]})


def leaving(approval: Receipt) -> dict[str, object]:
    """The fields of a disclosure that rests on an approval."""
    rests = {"approval": approval.records[0].ref, "categories": ["circulation"], "records": 3}
    return {**rests, "method": "paper", "recipient": "County attorney"}
