"""What an operator must see to, so that a ledger goes on and can be brought back.

    files ─ clock ─ log ─ witnesses ─ stamps ─ stores ─ people ─ recovery ─ backups
    restore ─ erasure ─ copies ─ disk

Each examination looks at one thing, changes nothing, and gives problems with codes that never
change; each code has a page under `ops/runbooks/alarms/`. What one of them cannot look at is a
problem by itself and hinders no other. Nothing here asks for a person's key, so nothing is said of
a case, open or sealed: whether records are what people signed, `verify` tells.

The bounds are the product's own: no law names them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from keys.files import is_open_to_others
from ledger.backup.last import last_made
from ledger.checking import check_log, check_stores
from ledger.counted import counted
from ledger.domain.calendar import local_date
from ledger.domain.copies import copies_of
from ledger.domain.office import Recorded
from ledger.domain.office_events import RecoveryAnnounced, RecoveryDrilled
from ledger.errors import LedgerError
from ledger.home import Home
from ledger.register.eraser import standing
from ledger.register.handle import Register
from ledger.register.restored import check_confirmed
from ledger.sequencer.freeze import frozen
from ledger.stores.checking import Problem, Severity
from ledger.stores.place import Place
from ledger.witnessing.keeping import cosigned, known_as, policy_of, said
from ledger.witnessing.protocol import SPEAKS_AGAINST

BACKUP_DAYS = 2
"""A backup is made each night; one night may fail."""
DRILL_DAYS = 365
"""Recovery sheets are tried once a year."""
CLOCKS_SECONDS = 120
"""The server's clock and this machine's lie at most so far apart."""
LATE_HOURS = 2
"""The timer runs each hour; one run may fail."""
FREE_BYTES = 1 << 30
"""So much is left on the disk: a backup of a small library, and months of its records."""
PUBLIC = frozenset({"log", "law"})
"""Folders of a home that anybody may read."""


@dataclass(frozen=True)
class Patient:
    """A home, and the instant at which it is looked at, in UTC."""

    home: Home
    now: datetime
    free_bytes: int = FREE_BYTES

    @property
    def register(self) -> Register:
        """Reads as the service, which opens the office and nothing that is sealed."""
        return Register(self.home, lambda: self.now)


Examination = Callable[[Patient], Iterator[Problem]]


def examine(patient: Patient) -> tuple[Problem, ...]:
    """Everything that is wrong with a home, in the order of `EXAMINATIONS`."""
    found: dict[str, Problem] = {}
    hindered: list[str] = []
    for one in EXAMINATIONS:
        try:
            found.update((problem.sentence, problem) for problem in one(patient))
        except LedgerError as error:
            hindered.append(str(error))
    # What hinders one examination hinders others, and often has a name in one of them.
    for sentence in hindered:
        found.setdefault(sentence, Problem("not-examined", "unusable", sentence))
    return tuple(found.values())


def files(patient: Patient) -> Iterator[Problem]:
    """Nobody else may read what lies in a home; the keys and the trust file are there."""
    home = patient.home
    for path in sorted(_private(home.path)):
        if is_open_to_others(path):
            name = path.relative_to(home.path)
            yield _found("readable", f"Others may read {name}. Run: chmod 600 {path}")
    try:
        _ = home.log_keys
    except LedgerError as error:
        yield _found("keys", f"{error} Bring back your copy: ops/runbooks/backup-and-restore.md.")
    try:
        _ = home.fingerprint
    except (OSError, ValueError, KeyError, TypeError):
        yield _found(
            "trust",
            "trust.json is missing or damaged: nothing can be verified with it. Bring back the copy"
            " that you hold outside; compare it with the fingerprint on the founding sheet.",
        )


def _private(home: Path) -> Iterator[Path]:
    for path in home.iterdir():
        if path.is_file():
            yield path
        elif path.is_dir() and path.name not in PUBLIC:
            yield from (one for one in path.rglob("*") if one.is_file())


def clock(patient: Patient) -> Iterator[Problem]:
    """The clock is not behind what was recorded, and goes as the server's does."""
    home, now = patient.home, patient.now
    newest = patient.register.reader(None).office_stream().records[-1].recorded_at
    if now < newest:
        yield _found(
            "clock-behind",
            f"The clock says {now:%Y-%m-%d %H:%M} UTC and is behind what was recorded. Set it, and"
            " let the machine keep it by itself: timedatectl set-ntp true",
        )
    place = home.where("open")
    if isinstance(place, Place):
        from ledger.stores.postgresql.connecting import connected

        with connected(place) as connection:
            row = connection.execute("SELECT EXTRACT(EPOCH FROM clock_timestamp())").fetchone()
        apart = abs(float(row[0]) - now.timestamp()) if row is not None else 0.0
        if apart > CLOCKS_SECONDS:
            yield _found(
                "clock-apart",
                f"The server's clock and this machine's lie {counted(round(apart), 'second')}"
                " apart. Let both keep time by themselves.",
            )


def log(patient: Patient) -> Iterator[Problem]:
    """The log is published on time, and is what was signed."""
    home = patient.home
    checked = check_log(home)
    if checked.problem is not None:
        yield checked.problem
    stop = frozen(home)
    if stop is not None:
        yield _found("frozen", stop.sentence)
        return
    late = patient.now - home.schedule.due(home.logbook.last_tick() + 1)
    if late > timedelta(hours=LATE_HOURS):
        yield _found(
            "tick-late",
            f"The log should have grown {_span(late)} ago. See that the timer runs, and run:"
            " disclosure-ledger tick",
        )


def witnesses(patient: Patient) -> Iterator[Problem]:
    """Where witnesses are named, enough of them have cosigned, and none speaks against the log."""
    home = patient.home
    policy = policy_of(home)
    newest = None if policy is None else home.newest_checkpoint()
    if policy is None or newest is None:
        return
    told = said(home)
    for one in policy.witnesses:
        last = told.get(known_as(one))
        if last is not None and last.word in SPEAKS_AGAINST:
            yield _found(
                "witness-against",
                f"The witness {one.name} holds another history of this log, or says so, since"
                f" {last.at}. What it answered is kept: witness show. Call counsel.",
            )
    late = patient.now - home.schedule.due(home.schedule.last_tick(newest.size))
    if not policy.is_met(cosigned(home, policy)) and late > timedelta(hours=LATE_HOURS):
        yield _found(
            "witness-quorum",
            f"Too few witnesses have cosigned what was published {_span(late)} ago. Run:"
            " disclosure-ledger witness ask",
        )


def stamps(patient: Patient) -> Iterator[Problem]:
    """Where an authority is named, the log is dated, and its certificate does not end soon."""
    # It loads what reads certificates, which most homes do not need.
    from ledger.witnessing.stamping import RENEW, authority_of, kept

    home = patient.home
    newest = home.newest_checkpoint()
    if newest is None or authority_of(home) is None:
        return
    made = kept(home)
    late = patient.now - home.schedule.due(home.schedule.last_tick(newest.size))
    if made is None and late > timedelta(hours=LATE_HOURS):
        yield _found(
            "stamp-missing",
            f"What was published {_span(late)} ago has no time stamp. Run: disclosure-ledger"
            " timestamp ask",
        )
    if made is not None and made.ends - patient.now < RENEW:
        yield _found(
            "stamp-ends",
            f"The certificate of the time-stamp authority ends on {made.ends:%Y-%m-%d}. Name one"
            " that goes on: disclosure-ledger timestamp use",
        )


def stores(patient: Patient) -> Iterator[Problem]:
    """Each store can be read and holds what was written."""
    for one in check_stores(patient.home):
        yield from one.problems
    config = patient.home.config
    if config.store is not None and not config.needs_standby:
        yield _found(
            "standby",
            "One server alone keeps this ledger: what it loses is lost back to the last backup. Add"
            " a standby that confirms: ops/postgres/README.md.",
        )


def people(patient: Patient) -> Iterator[Problem]:
    """Two people can open what is sealed, and somebody can decide today."""
    office = patient.register.office().office
    cleared = [name for name in office.attesters() if office.is_person(name)]
    if len(cleared) < 2:
        yield _found(
            "one-alone",
            "Fewer than two people can open what is sealed: if they are gone, it is lost. Enrol"
            " another custodian or counsel.",
        )
    custodian = office.custodian
    if custodian is None or not office.is_person(custodian):
        yield _found("nobody-decides", "There is no custodian. Designate one; counsel assents.")
    elif office.absence_of(custodian, patient.now) is not None and not any(
        office.is_person(one) and office.absence_of(one, patient.now) is None
        for one in office.designees
    ):
        yield _found(
            "nobody-decides",
            "The custodian is away and no designee is here. Appoint one:"
            " disclosure-ledger do office appoint-designee",
        )


def recovery(patient: Patient) -> Iterator[Problem]:
    """Recovery sheets exist, and were tried within a year."""
    records = patient.register.reader(None).office_stream().records
    if patient.register.office().office.recovery is None:
        yield _found(
            "recovery-none",
            "There is no recovery sheet: forgotten passphrases lose what is sealed. Make sheets:"
            " disclosure-ledger recovery renew",
        )
        return
    tried = [one for one in records if _is_tried(one)]
    if tried and patient.now - tried[-1].recorded_at > timedelta(days=DRILL_DAYS):
        yield _found(
            "recovery-drill",
            f"The recovery sheets were last tried on {tried[-1].recorded_at:%Y-%m-%d}. Bring their"
            " holders together: disclosure-ledger recovery drill",
        )


def _is_tried(one: Recorded) -> bool:
    return isinstance(one.event, RecoveryAnnounced | RecoveryDrilled)


def backups(patient: Patient) -> Iterator[Problem]:
    """A backup was made within two days."""
    made = last_made(patient.home.path)
    if made is None:
        yield _found("backup-none", "No backup was ever made from here. Run: backup FOLDER")
    elif patient.now - made > timedelta(days=BACKUP_DAYS):
        yield _found(
            "backup-old",
            f"The last backup was made on {made:%Y-%m-%d}. See that its timer runs.",
        )


def restore(patient: Patient) -> Iterator[Problem]:
    """A restore was confirmed by a person."""
    office = patient.register.office().office
    try:
        check_confirmed(patient.home, office)
    except LedgerError as error:
        yield _found("restore-waits", str(error))


def erasure(patient: Patient) -> Iterator[Problem]:
    """What two people decided to erase in the open is erased."""
    office = patient.register.office().office
    waiting = sum(one.state != "done" for one in standing(patient.home, office))
    if waiting:
        yield _found(
            "erasure-waits",
            f"Decided and not carried out: {counted(waiting, 'erasure')}. Somebody cleared runs:"
            " disclosure-ledger --as NAME erase finish",
        )


def copies(patient: Patient) -> Iterator[Problem]:
    """Of what left openly as files, nothing is out beyond its day."""
    today = local_date(patient.now, patient.home.config.zone)
    found = copies_of(patient.register.reader(None).office_stream().records)
    overdue = sum(one.state(today) == "overdue" for one in found)
    if overdue:
        yield _found(
            "copy-overdue",
            f"Beyond the day by which it was to be destroyed: {counted(overdue, 'copy')} that left."
            " Somebody who reads cases runs: disclosure-ledger --as NAME copy list",
        )


def disk(patient: Patient) -> Iterator[Problem]:
    """There is room for what comes."""
    free = shutil.disk_usage(patient.home.path).free
    if free < patient.free_bytes:
        yield _found(
            "disk-full",
            f"{free >> 20} MiB are left on the ledger's disk. Make room before visits are refused.",
        )


def _span(late: timedelta) -> str:
    hours = round(late.total_seconds() / 3600)
    return counted(hours, "hour") if hours < 48 else counted(hours // 24, "day")


CODES: dict[str, Severity] = {
    "readable": "leak",
    "keys": "unusable",
    "trust": "unsafe",
    "clock-behind": "unusable",
    "clock-apart": "unsafe",
    "frozen": "unusable",
    "tick-late": "unsafe",
    "standby": "note",
    "one-alone": "unsafe",
    "nobody-decides": "unusable",
    "recovery-none": "unsafe",
    "recovery-drill": "unsafe",
    "backup-none": "unsafe",
    "backup-old": "unsafe",
    "restore-waits": "unusable",
    "erasure-waits": "unsafe",
    "copy-overdue": "unsafe",
    "stamp-ends": "unsafe",
    "stamp-missing": "unsafe",
    "witness-against": "unsafe",
    "witness-quorum": "unsafe",
    "disk-full": "unsafe",
}
"""What is found here, and how bad it is; problems of stores and of the log's root are
`ledger.checking`'s.
"""
EXAMINATIONS: tuple[Examination, ...] = (
    files,
    clock,
    log,
    witnesses,
    stamps,
    stores,
    people,
    recovery,
    backups,
    restore,
    erasure,
    copies,
    disk,
)


def _found(code: str, sentence: str) -> Problem:
    return Problem(code, CODES[code], sentence)
