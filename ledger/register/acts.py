"""An act: what a person asks the register to record, and what they get back.

The same struct comes from the command line, from a scenario file and, later, from HTTP. `fields`
are the fields of the event that the act proposes (ADR 0002).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

from ledger.errors import BadRequest
from ledger.evidence.grammar import Malformed, check_branch, check_person, parse_position
from ledger.register.incoming import Incoming

PRECISIONS = ("exact", "approximate", "unknown")
BASES = ("first-hand", "reported", "reconstructed")
FIRST_YEAR = 1900
TAKING_DOCUMENTS = frozenset({"intake", "attach-document"})
OFFICE = "office"
"""The reference under which acts on the office stream are addressed."""


class Act(Struct, frozen=True):
    """One proposed act. `command_id` makes a repetition harmless: 16 bytes, the same when retried.

    `occurred_at` is when it happened, if not now. `actor` is who did it, if not the person who
    records it. `role` and `under` are chosen by the register where they are left out. `document` is
    what is attached by it, taken in whole; who acts closes it afterwards.
    """

    command: str
    fields: Mapping[str, object]
    case: str | None = None
    occurred_at: datetime | None = None
    precision: str = "exact"
    basis: str = "first-hand"
    actor: str | None = None
    role: str | None = None
    under: str | None = None
    branch: str | None = None
    command_id: bytes = field(default_factory=lambda: os.urandom(16))
    document: Incoming | None = None


def check_act(act: Act, now: datetime) -> None:
    """Check what every act says about itself, at the door.

    Raises:
        BadRequest: naming what is wrong.
    """
    at = act.occurred_at
    if act.precision not in PRECISIONS or act.basis not in BASES:
        raise BadRequest(
            f"The precision is one of {', '.join(PRECISIONS)}; the basis one of {', '.join(BASES)}."
        )
    if at is not None and (at.tzinfo is None or at.microsecond):
        raise BadRequest("Give the time with its offset and in whole seconds.")
    if (at is not None and not at.year >= FIRST_YEAR) or (at is not None and at > now):
        raise BadRequest("What is recorded has happened already: the time lies ahead, or far back.")
    if act.document is not None and act.command not in TAKING_DOCUMENTS:
        raise BadRequest(f"{act.command} takes no document.")
    if len(act.command_id) != 16:
        raise BadRequest("A command id is 16 bytes.")
    try:
        if act.actor is not None:
            check_person(act.actor)
        if act.branch is not None:
            check_branch(act.branch)
        if act.under is not None:
            parse_position(act.under)
    except Malformed as error:
        raise BadRequest(f"Actor, branch or under cannot be used: {error}.") from None


class RecordReceipt(Struct, frozen=True):
    """What was recorded: its place, its type, its digest E, and the tick by which it is in the log.

    `tick` is None while every slot that could be promised is taken: the record is durable, its
    receipt follows. `note` is the signed receipt (FORMAT §4).
    """

    ref: str
    type: str
    e: str
    tick: int | None
    note: str | None


class Receipt(Struct, frozen=True):
    """The register's answer. `office_changed`: authority changed while a sealed act was written.
    `not_guarded` are tokens of the case's holds for which the guard's list has no place.
    """

    case: str
    records: tuple[RecordReceipt, ...]
    office_changed: bool = False
    not_guarded: tuple[str, ...] = ()
