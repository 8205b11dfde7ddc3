"""Commands on the record of looks: who looked among sealed matters, for counsel to see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cyclopts import App

from ledger.cli.app import session
from ledger.cli.session import Session
from ledger.domain.office import Recorded
from ledger.domain.vault_events import GlassBroken, SealedLooked
from ledger.errors import BadRequest, NotPermitted
from ledger.evidence.grammar import format_instant

reads = App(name="reads", help="Who looked among sealed matters.")
SEES = frozenset({"counsel", "custodian"})


@reads.command(name="list")
def list_(*, since: datetime | None = None) -> int:
    """List the looks among sealed matters, oldest first, to counsel and the custodian; the
    custodian sees none at matters in which they have no part.

    Parameters
    ----------
    since
        From this instant on: 2026-06-19T00:00:00-06:00. Counsel reads a week at a time.
    """
    from ledger.register.looked import (
        ALWAYS,
        MORE_THAN_PLACES,
        looks_of,
        waiting_looks,
    )

    s = session()
    check_sees(s)
    if since is not None and since.tzinfo is None:
        raise BadRequest("Give the time with its offset, such as 2026-06-19T00:00:00-06:00.")
    s.register.looks(s.keyring, "review").record(())
    seen = (s.vault_home, s.register.custody, s.keyring)
    found, waits = looks_of(*seen, since or ALWAYS), waiting_looks(*seen)
    rows = [row for one in found for row in _rows(one)]
    lines = [f"{one['at']}  {one['person']}  {one['reason']:<7} {one['shown']}" for one in rows]
    told: dict[str, Any] = {"reads": [{**one, "shown": one["shown"].split()} for one in rows]}
    if waits is not None:
        told["waiting"] = {"number": waits.number, "since": format_instant(waits.since)}
        lines.append(MORE_THAN_PLACES.format(**told["waiting"]))
    s.answer(told, lines)
    return 0


def sees(s: Session) -> bool:
    """Whether the acting person sees who looked: counsel all, the custodian what is theirs."""
    return bool(SEES & s.register.office().office.roles_of(s.keyring.person))


def check_sees(s: Session) -> None:
    """See that the acting person sees who looked.

    Raises:
        NotPermitted: they do not.
    """
    if not sees(s):
        raise NotPermitted("Only counsel and the custodian see who looked.")


def _rows(one: Recorded) -> list[dict[str, str]]:
    event = one.event
    if not isinstance(event, SealedLooked | GlassBroken):
        return []
    return [
        {
            "at": format_instant(one.recorded_at),
            "person": one.recorded_by,
            "role": one.role,
            "reason": event.reason if isinstance(event, SealedLooked) else "break-glass",
            "shown": " ".join(event.matters),
            "ref": one.ref,
        }
    ]
