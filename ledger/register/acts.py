"""An act: what a person asks the register to record, and what they get back.

The same struct comes from the command line, from a scenario file and, later, from HTTP. `fields`
are the fields of the event that the act proposes (ADR 0002).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

OFFICE = "office"
"""The reference under which acts on the office stream are addressed."""


@dataclass(frozen=True, slots=True)
class Act:
    """One proposed act. `command_id` makes a repetition harmless: 16 bytes, the same when retried.

    `occurred_at` is when it happened, if not now. `actor` is who did it, if not the person who
    records it. `role` and `under` are chosen by the register where they are left out.
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


@dataclass(frozen=True, slots=True)
class RecordReceipt:
    """What was recorded: its place, its type, its digest E, and the tick by which it is in the log.

    `tick` is None while every slot that could be promised is taken: the record is durable, its
    receipt follows. `note` is the signed receipt (FORMAT §4).
    """

    ref: str
    type: str
    e: str
    tick: int | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The register's answer. `office_changed`: authority changed while a sealed act was written."""

    case: str
    records: tuple[RecordReceipt, ...]
    office_changed: bool = False
