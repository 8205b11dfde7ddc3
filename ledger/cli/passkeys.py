"""Commands on passkeys: list them, end one. They are made at a browser, on a person's own page."""

from __future__ import annotations

from cyclopts import App

from ledger.cli.app import session
from ledger.domain.passkey_events import Passkey, PasskeyEnrolled, PasskeyRevoked
from ledger.errors import BadRequest
from ledger.register.acts import OFFICE, Act
from ledger.unlocking import remove_lock, unlocking

passkey = App(name="passkey", help="Passkeys: list them, end one.")
SHORTEST = 8
"""So many digits of a digest name a passkey, if they name one alone."""


@passkey.command(name="list")
def list_() -> int:
    """List every passkey: whose, whether it is in force, and whether it unlocks their keyring."""
    s = session()
    office = s.register.office().office
    waiting = (one.event for one in office.awaiting_assent)
    every = [
        *((one, "ended" if one.revoked else "in force") for one in office.passkeys),
        *((Passkey(one), "waits") for one in waiting if isinstance(one, PasskeyEnrolled)),
    ]
    rows = [
        {
            "person": one.enrolled.person,
            "passkey": one.digest,
            "state": state,
            "unlocks": "unlocks" if one.digest in unlocking(s.home, one.enrolled.person) else "",
        }
        for one, state in every
    ]
    lines = ["  ".join(one.values()).rstrip() for one in rows] or ["There are none."]
    s.answer({"passkeys": rows}, lines)
    return 0


@passkey.command
def revoke(digest: str) -> int:
    """End a passkey: from here on it confirms nothing and lets nobody in. Your own; the director
    and the custodian end anybody's. A second person is not asked: a lost telephone cannot wait.

    Parameters
    ----------
    digest
        Which, as `passkey list` names it; its first eight digits are enough.
    """
    s = session()
    office = s.register.office().office
    found = [one for one in office.passkeys if one.digest.startswith(digest) and not one.revoked]
    if len(digest) < SHORTEST or len(found) != 1:
        raise BadRequest("No passkey in force has that name, or more than one: passkey list")
    (one,) = found
    s.register.handle(s.keyring, Act(PasskeyRevoked.COMMAND, {"passkey": one.digest}, OFFICE))
    person = one.enrolled.person
    remove_lock(s.home, person, one.digest)
    s.answer({"revoked": one.digest}, [f"A passkey of {person} ended. Their passphrase works."])
    return 0
