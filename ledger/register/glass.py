"""Breaking the glass, and answering for it: behind the looks of whoever broke it.

    say why ─► glass-broken, before anything shows ─► a second person's answer within 24 hours

Whoever reads those looks may answer: counsel, and the custodian where the matter is theirs to know.
No answer changes anything in the matter (`ledger.domain.glass`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from keys.keyring import Keyring
from ledger.domain.codec import BadFields, propose
from ledger.domain.glass import Glass, broken_glass
from ledger.domain.vault_events import GlassBroken, GlassConfirmed
from ledger.errors import BadRequest
from ledger.home import Home
from ledger.register.custody import Custody
from ledger.register.handle import Register
from ledger.register.looked import besides_looks, left_out_of

NO_REASON = "Say why this cannot wait: an object with the key reason."


def glass_of(home: Home, custody: Custody, keyring: Keyring) -> tuple[Glass, ...]:
    """Every break of the glass that opens to this person, oldest first, with its answer.

    Raises:
        EvidenceCorrupt: a record was altered or taken away.
    """
    return broken_glass(besides_looks(home, custody, keyring))


def overdue(home: Home, custody: Custody, keyring: Keyring, now: datetime) -> tuple[Glass, ...]:
    """Those for which nobody answered in time. Raises as `glass_of`."""
    return tuple(one for one in glass_of(home, custody, keyring) if one.state(now) == "overdue")


def break_for_recovery(
    register: Register, keyring: Keyring, shown: Iterable[tuple[str, bool]], reason: str | None
) -> None:
    """Record why somebody is let into matters by recovery, before they are: `shown` gives each
    reference, and whether the custodian has no part in it.

    Raises:
        Unavailable, EvidenceCorrupt: it could not be recorded.
    """
    looks = register.looks(keyring, "duty")
    matters: dict[bool, set[str]] = {}
    for reference, apart in shown:
        matters.setdefault(apart, set()).add(reference)
    # A recovery of nothing but offices is one too: it stands before everybody who reads looks.
    for apart, named in (matters or {False: set()}).items():
        event = GlassBroken(
            way="recovery",
            matters=tuple(sorted(named)),
            left_out=left_out_of(apart=apart),
            reason=reason,
        )
        looks.write(event, apart=apart)


def answer(
    register: Register, keyring: Keyring, glass: Glass, fields: Mapping[str, object]
) -> None:
    """Answer for a break of the glass, as another person; `fields` are the outcome, and words.

    Raises:
        BadRequest: one of them is unknown, or does not fit.
        RequestRefused: it is their own, or was answered.
        Unavailable, EvidenceCorrupt: nothing was recorded.
    """
    try:
        event = propose(GlassConfirmed, {**fields, "of": glass.record.e})
    except BadFields as error:
        raise BadRequest(f"The answer cannot be recorded: {error}.") from None
    register.looks(keyring, "review").answer(glass.record, event)


def reason_of(fields: dict[str, object]) -> str:
    """Why somebody breaks the glass, from what they wrote.

    Raises:
        BadRequest: there is nothing, something else besides, or too much of it.
    """
    reason = fields.get("reason")
    if set(fields) != {"reason"} or not isinstance(reason, str) or not reason.strip():
        raise BadRequest(NO_REASON)
    try:
        # As it will be recorded: what cannot be is refused before anything is looked for.
        propose(GlassBroken, {"way": "designee", "reason": reason})
    except BadFields as error:
        raise BadRequest(f"The reason cannot be recorded: {error}.") from None
    return reason
