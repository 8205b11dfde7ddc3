"""Putting a law in force: what is recorded of it, by whichever door it comes."""

from __future__ import annotations

from datetime import date
from typing import Any

from ledger.domain.law.difference import difference
from ledger.domain.law.pack import Law
from ledger.errors import BadRequest
from ledger.home import OpenHome


def activation(
    home: OpenHome, in_force: Law, law: Law, reviewed_by: str, reviewed_on: date
) -> dict[str, Any]:
    """The fields of `activate-pack`, with every difference from the law in force, one line each.

    Raises:
        BadRequest: it is in force already, or counts its days in another zone.
    """
    changes = [change.line for change in difference(in_force, law)]
    if law.zone not in (None, home.config.zone):
        raise BadRequest(
            f"{law.name} is a law of {law.zone}. This ledger counts its days in"
            f" {home.config.zone}, as its founding says, and goes on doing so."
        )
    if not changes:
        raise BadRequest("This law is in force already.")
    return {
        "law": law.digest().hex(),
        "pack": f"{law.name} {law.layers[-1].version}",
        "reviewed_by": reviewed_by,
        "reviewed_on": reviewed_on.isoformat(),
        "difference": changes,
    }
