"""How far each erasure is: decided by two people, destroyed here, dropped by all who were told of
it, recorded as carried out, and in effect once the last copy of the keystore has expired.

What is proved by that: who decided it and when, who recorded that it was done, that this ledger
cannot open it any more, and that no copy of the keystore may still be used that could. What is
**not** proved, and cannot be: that nobody copied a key, or read the case, before (threats §2.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from keys.keyring import Keyring
from ledger.domain.calendar import local_date
from ledger.domain.office import Office, Recorded
from ledger.home import Home, OpenHome
from ledger.register.acts import OFFICE, Act
from ledger.register.destroyed import carried_out, holding_on, is_destroyed
from ledger.register.eraser import Outcome, finish, is_kept
from ledger.register.erasure import CARRIED_OUT, VAULT_OFFICE, erasures, known_vault_office
from ledger.register.handle import Register
from ledger.register.reading import Reader
from ledger.stores.keystore import KEYSTORE_DAYS
from ledger.stores.store import Store

State = Literal["decided", "held", "pending", "destroyed", "expiring", "in-effect"]
HORIZON = timedelta(days=KEYSTORE_DAYS)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one erasure is.

    `decided`: nothing is destroyed yet. `held`: nor will it be while a hold covers it. `pending`:
    destroyed here, and `holding_on` was told of it and has not dropped it. `destroyed`: nobody
    recorded that yet. `expiring`: recorded, and until `effective_at` a copy of the keystore from
    before may still be in use. `in-effect`: no more.
    """

    erasure: Recorded
    state: State
    holding_on: tuple[str, ...] = ()
    effective_at: datetime | None = None

    def said(self, zone: str) -> str:
        """That in words; days are local to the zone (an IANA name)."""
        day = self.effective_at and local_date(self.effective_at, zone).isoformat()
        return {
            "decided": "decided; nothing is destroyed yet",
            "held": "decided; a hold covers the case, and keeps it until the hold ends",
            "pending": f"destroyed here; not yet dropped by: {', '.join(self.holding_on)}",
            "destroyed": "destroyed here; nobody recorded that yet",
            "expiring": f"destroyed; in effect on {day}, when the last copy of its keys expires",
            "in-effect": f"in effect since {day}: no copy of its keys may be in use any more",
        }[self.state]


def standings(
    home: OpenHome, office: Office, reader: Reader, now: datetime
) -> tuple[Standing, ...]:
    """Every erasure that two people decided and the reader may know of, as far as it is; `office`
    knows of the sealed ones too, where the reader does.
    """
    vault = known_vault_office(reader)
    records = (*reader.office_stream().records, *(vault.records if vault else ()))
    recorded = carried_out(records)
    stores = home.row_stores if isinstance(home, Home) else (home.open,)
    return tuple(
        _standing(home, stores, reader, one, recorded.get(one.e), now) for one in office.erasures
    )


def _standing(
    home: OpenHome,
    stores: tuple[Store, ...],
    reader: Reader,
    erasure: Recorded,
    recorded: Recorded | None,
    now: datetime,
) -> Standing:
    if not is_destroyed(home.keystore, stores, erasure):
        # Also where it was recorded: somebody may have put an older keystore in its place.
        return Standing(erasure, "held" if is_kept(stores, reader, erasure) else "decided")
    if recorded is not None:
        effective = recorded.recorded_at + HORIZON
        return Standing(erasure, "in-effect" if effective <= now else "expiring", (), effective)
    left = holding_on(home, erasure)
    return Standing(erasure, "pending" if left else "destroyed", left)


def carry_out(home: OpenHome, register: Register, keyring: Keyring, now: datetime) -> list[Outcome]:
    """Carry out what was decided as far as a person can, and record in their name what is carried
    out and was not recorded. Where the vault is out of reach nothing is destroyed: rows may lie
    there too. Idempotent; gives what could not be destroyed.

    Raises: as `Register.handle` and `Eraser.finish`.
    """
    left: list[Outcome] = []
    if isinstance(home, Home):
        done = finish(home, register.office(), keyring, now)
        left = [one for one in done if one.state != "done"]
    vault = True if isinstance(home, Home) else None
    reader = register.reader(keyring, vault=vault)
    found = standings(home, erasures(register.office(), reader), reader, now)
    openly = home.config.office.hex()
    for one in found:
        if one.state == "destroyed":
            place = OFFICE if one.erasure.stream == openly else VAULT_OFFICE
            register.handle(keyring, Act(CARRIED_OUT, {"of": one.erasure.e}, place), vault=vault)
    if not isinstance(home, Home):
        left = [Outcome(one.erasure, "waits") for one in found if one.state == "decided"]
    return left
