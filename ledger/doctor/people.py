"""What people must see to: that somebody decides, recovery, erasures, copies that left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ledger.backup.drill import place_of
from ledger.counted import counted
from ledger.doctor.patient import Patient, found
from ledger.domain.copies import copies_of
from ledger.domain.erasure_events import ErasureDrilled
from ledger.domain.office import Recorded
from ledger.domain.office_events import RecoveryAnnounced, RecoveryDrilled
from ledger.erasing import Standing, standings
from ledger.stores.checking import Problem

DRILL_DAYS = 365
"""Recovery sheets are tried once a year."""
QUARTER_DAYS = 92
"""A backup is tried for what was erased once a quarter (threats §2.3)."""


def people(patient: Patient) -> Iterator[Problem]:
    """Two people can open what is sealed, and somebody can decide today."""
    office = patient.register.office().office
    cleared = [name for name in office.attesters() if office.is_person(name)]
    if len(cleared) < 2:
        yield found(
            "one-alone",
            "Fewer than two people can open what is sealed: if they are gone, it is lost. Enrol"
            " another custodian or counsel.",
        )
    custodian = office.custodian
    if custodian is None or not office.is_person(custodian):
        yield found("nobody-decides", "There is no custodian. Designate one; counsel assents.")
    elif office.absence_of(custodian, patient.now) is not None and not any(
        office.is_person(one) and office.absence_of(one, patient.now) is None
        for one in office.designees
    ):
        yield found(
            "nobody-decides",
            "The custodian is away and no designee is here. Appoint one:"
            " disclosure-ledger do office appoint-designee",
        )


def recovery(patient: Patient) -> Iterator[Problem]:
    """Recovery sheets exist, and were tried within a year."""
    records = patient.register.reader(None).office_stream().records
    if patient.register.office().office.recovery is None:
        yield found(
            "recovery-none",
            "There is no recovery sheet: forgotten passphrases lose what is sealed. Make sheets:"
            " disclosure-ledger recovery renew",
        )
        return
    tried = [one for one in records if _is_tried(one)]
    if tried and patient.now - tried[-1].recorded_at > timedelta(days=DRILL_DAYS):
        yield found(
            "recovery-drill",
            f"The recovery sheets were last tried on {patient.day(tried[-1].recorded_at)}. Bring"
            " their holders together: disclosure-ledger recovery drill",
        )


def _is_tried(one: Recorded) -> bool:
    return isinstance(one.event, RecoveryAnnounced | RecoveryDrilled)


def erasure(patient: Patient) -> Iterator[Problem]:
    """What two people decided to erase in the open is destroyed, dropped and recorded."""
    decided = _erasures(patient)
    if waiting := sum(one.state == "decided" for one in decided):
        yield found(
            "erasure-waits",
            f"Decided and not carried out: {counted(waiting, 'erasure')}. Somebody cleared runs:"
            " disclosure-ledger --as NAME erase finish",
        )
    if left := sorted({name for one in decided for name in one.holding_on}):
        yield found(
            "erasure-waits",
            f"An erasure is not yet dropped by {', '.join(left)}. Let the tick run, see why the"
            " receiver does not take it, or end the webhook.",
        )
    if any(one.state == "destroyed" for one in decided):
        yield found(
            "erasure-waits",
            "An erasure is carried out, and nobody recorded that. A person runs:"
            " disclosure-ledger --as NAME erase finish",
        )


def erasure_drill(patient: Patient) -> Iterator[Problem]:
    """Within a quarter of a year it was tried whether a backup opens what was erased; the last one
    opened nothing, and what was restored for it is gone.
    """
    if (left := place_of(patient.home)).exists():
        yield found(
            "erasure-drill",
            "A drill goes on, or broke off and left a ledger with its keys. If none goes on, remove"
            f" {left}",
        )
    records = patient.register.reader(None).office_stream().records
    tried = [
        (one.recorded_at, one.event.result)
        for one in records
        if isinstance(one.event, ErasureDrilled)
    ]
    if tried and tried[-1][1] == "opened":
        yield found(
            "erasure-drill",
            "The last backup that was tried opens what was erased. Destroy its keystore part, find"
            " out why it was still there, and try the oldest that is left: disclosure-ledger --as"
            " NAME erase drill FOLDER",
        )
        return
    in_effect = [one.effective_at for one in _erasures(patient) if one.state == "in-effect"]
    since = max([*(at for at, _ in tried[-1:]), min(filter(None, in_effect), default=patient.now)])
    if patient.now - since > timedelta(days=QUARTER_DAYS):
        yield found(
            "erasure-drill",
            f"Since {patient.day(since)} nobody tried whether a backup opens what was erased. With"
            " the oldest one: disclosure-ledger --as NAME erase drill FOLDER",
        )


def _erasures(patient: Patient) -> tuple[Standing, ...]:
    """How far each erasure is that was decided in the open."""
    register = patient.register
    reader = register.reader(None)
    return standings(patient.home, register.office().office, reader, patient.now)


def copies(patient: Patient) -> Iterator[Problem]:
    """Of what left openly as files, nothing is out beyond its day."""
    today = patient.day(patient.now)
    left = copies_of(patient.register.reader(None).office_stream().records)
    overdue = sum(one.state(today) == "overdue" for one in left)
    if overdue:
        yield found(
            "copy-overdue",
            f"Beyond the day by which it was to be destroyed: {counted(overdue, 'copy')} that left."
            " Somebody who reads cases runs: disclosure-ledger --as NAME copy list",
        )
