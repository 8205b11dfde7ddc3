"""Matters that have ended, and their erasure by two people."""

from __future__ import annotations

from ledger.register import eraser
from ledger.register.acts import OFFICE
from ledger.register.eraser import Outcome
from ledger.register.erasure import VAULT_OFFICE
from tests.register.ledgers import Ledger
from tests.register.test_triage import SEALING

NOTICE = {"ground": "attorney", "duty_notice_at": "2026-06-19T20:00:00Z"}

ENDED = {"outcome": "not-disclosed"}


def closed_case(ledger: Ledger, *, sealed: bool = False, words: str = "Who was here?") -> str:
    """A visit with words that identify somebody, triaged and closed; gives its reference."""
    reference = ledger.visit("kim", fields={"words": words})
    if sealed:
        ledger.do("mara", "keep-sealed", reference, SEALING)
        # Tom assents to erasures, so he must be able to look for holds.
        ledger.do("mara", "add-audience-member", reference, {"person": "tom", **NOTICE})
    else:
        ledger.do("mara", "open", reference)
    ledger.do("mara", "close", reference, ENDED)
    return reference


def place_hold(ledger: Ledger, reference: str) -> str:
    """A preservation request that came late, and the hold that answers it; gives the hold."""
    asked = {"level": "federal", "categories": ["computer-use"]}
    request = ledger.do("mara", "receive-preservation-request", reference, asked).records[0].ref
    fields = {"request": request, "categories": ["computer-use"], "places": ["terminal-logs"]}
    return ledger.do("mara", "place-hold", reference, fields).records[0].ref


def propose(ledger: Ledger, reference: str, scope: str, person: str = "mara") -> list[str]:
    """Propose the erasure of every stream of a case; gives the digests to assent to."""
    place = VAULT_OFFICE if ledger.look(person, reference).sealed else OFFICE
    found = []
    for stream in ledger.look(person, reference).streams:
        fields = {"stream": stream.id.hex(), "secrets": scope}
        done = ledger.do(person, "erase-stream", place, fields, vault=True)
        found.append(done.records[-1].e)
    return found


def assent(ledger: Ledger, digests: list[str], *, sealed: bool = False) -> None:
    """Tom assents."""
    for digest in digests:
        place = VAULT_OFFICE if sealed else OFFICE
        ledger.do("tom", "assent", place, {"of": digest}, vault=True)


def finish(ledger: Ledger, person: str | None = None) -> tuple[Outcome, ...]:
    """Carry out what was decided, as the service or as a person."""
    keyring = ledger.people[person] if person else None
    return eraser.finish(ledger.home, ledger.register.office(), keyring, ledger.clock())


def erase(ledger: Ledger, reference: str, scope: str, *, sealed: bool = False) -> None:
    """Erase a case by Mara and Tom."""
    assent(ledger, propose(ledger, reference, scope), sealed=sealed)
    outcomes = finish(ledger, "mara" if sealed else None)
    assert {one.state for one in outcomes} == {"done"}
