"""What the doctor sees, as figures for a program that watches (Prometheus text format 0.0.4).

    ledger_problem{code="tick-late",severity="unsafe"} 1

Of every problem that there can be it is said whether it is there, so that one that is mended goes
out. No figure tells of a case, open or sealed: the size of the log is published, and grows by the
same number of entries whatever happens (DESIGN §4.5).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ledger.backup.last import last_made
from ledger.doctor.patient import CODES, Patient
from ledger.errors import LedgerError
from ledger.stores.checking import Problem, Severity

NOT_EXAMINED: Severity = "unusable"


def metrics(patient: Patient, problems: Sequence[Problem]) -> str:
    """The figures of a home, a line each, with what they are."""
    lines = [
        *_told("ledger_problem", "Whether an operator must see to this.", _problems(problems)),
        *_told(
            "ledger_examined_timestamp_seconds",
            "When the ledger was examined, in Unix time.",
            {"": patient.now.timestamp()},
        ),
        *_told("ledger_tick_late_seconds", "How late the log is.", _late(patient)),
        *_told("ledger_log_entries", "Entries of the published log.", _entries(patient)),
        *_told("ledger_backup_age_seconds", "How old the last backup is.", _backup(patient)),
    ]
    return "".join(f"{line}\n" for line in lines)


def _told(name: str, what: str, values: dict[str, float]) -> Iterator[str]:
    yield f"# HELP {name} {what}"
    yield f"# TYPE {name} gauge"
    for labels, value in values.items():
        yield f"{name}{labels} {value:.0f}"


def _problems(found: Sequence[Problem]) -> dict[str, float]:
    known: dict[str, Severity] = {**CODES, "not-examined": NOT_EXAMINED}
    # Those of stores have codes of their own, of which one may be met in several stores.
    seen = {one.code: one.severity for one in found}
    return {
        f'{{code="{code}",severity="{severity}"}}': code in seen
        for code, severity in sorted({**known, **seen}.items())
    }


def _late(patient: Patient) -> dict[str, float]:
    """Nothing where the log cannot be read, which is a problem by itself."""
    try:
        due = patient.home.schedule.due(patient.home.logbook.last_tick() + 1)
    except LedgerError:
        return {}
    return {"": max(0.0, (patient.now - due).total_seconds())}


def _entries(patient: Patient) -> dict[str, float]:
    try:
        newest = patient.home.newest_checkpoint()
    except LedgerError:
        return {}
    return {"": 0 if newest is None else newest.size}


def _backup(patient: Patient) -> dict[str, float]:
    made = last_made(patient.home.path)
    return {} if made is None else {"": (patient.now - made).total_seconds()}
