"""Acts of office that the cases about authority bend a ledger with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from ledger.evidence.jcs import Json
from ledger.evidence.record import OfficeHead
from ledger.evidence.schedule import Epoch
from tests.drafts import LAWS, START, Draft, act, epoch_json, key_digest
from tests.forge import Forge
from tests.verify.cases import Bend, at_head

LAW_1 = sha256(LAWS[1]).digest()


def case_record(name: str, by: str, role: str, tick: int = 6, **more: object) -> Draft:
    """Draft a record in a case stream of its own."""
    return Draft(name, "other", "note-taken.v1", tick, by, role, **more)  # type: ignore[arg-type] # any field may be set


def late(ending: Draft, *drafts: Draft) -> Bend:
    """End something, and let records reach the log afterwards under an older office head."""

    def bend(forge: Forge) -> None:
        forge.drop("assent-request")
        forge.drafts.insert(forge.drafts.index(forge.draft("intake")), ending)
        for drafted in drafts:
            drafted.change = lambda record: replace(at_head(forge, "absence")(record), law=LAW_1)
        forge.add(*drafts)

    return bend


def older_head(name: str, head: str) -> Bend:
    """Make a record name an older office head, with the law of that time."""

    def bend(forge: Forge) -> None:
        change = at_head(forge, head)
        forge.draft(name).change = lambda record: replace(change(record), law=LAW_1)

    return bend


def revocation(of: str, tick: int) -> Draft:
    """Draft the revocation of somebody's key by Ada."""
    return act(f"revoke-{of}", "key-revoked", tick, {"key": key_digest(of).hex()})


def ending(person: str, role: str, tick: int) -> Draft:
    """Draft the end of a role by Ada."""
    return act(f"end-{person}-{role}", "role-ended", tick, {"person": person, "role": role})


def announcement(epoch: Epoch, tick: int) -> Draft:
    """Draft the announcement of an epoch."""
    return act("announce", "epoch-announced", tick, {"epoch": epoch_json(epoch)})


NEXT = Epoch(96, START + timedelta(days=40), 3600, 16, 16, 24)


def with_epoch(*drafts: Draft, epoch: Epoch = NEXT) -> Bend:
    """Let the schedule go on with another epoch, and let its first tick pass."""

    def bend(forge: Forge) -> None:
        forge.epochs.append(epoch)
        forge.ticks = 7
        forge.add(*drafts)

    return bend


def founded_otherwise(forge: Forge) -> None:
    """Let the founding record name another first epoch than the schedule has."""
    forge.founded_epoch = replace(forge.epochs[0], delay=9)


def forged_head(seq: int) -> OfficeHead:
    """Return a head that the office never had."""
    return OfficeHead(seq, bytes([7]) * 32)


def founding_of(forge: Forge) -> Json:
    """Return the event of the founding once more."""
    return forge.made["founded"].record.event
