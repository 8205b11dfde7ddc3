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

from ledger.doctor import machine, people, proof
from ledger.doctor.patient import Examination, Patient
from ledger.errors import LedgerError
from ledger.stores.checking import Problem

EXAMINATIONS: tuple[Examination, ...] = (
    machine.files,
    machine.clock,
    proof.log,
    proof.witnesses,
    proof.stamps,
    machine.stores,
    people.people,
    people.recovery,
    machine.backups,
    machine.restore,
    people.erasure,
    people.erasure_drill,
    people.copies,
    machine.disk,
)


def examine(patient: Patient) -> tuple[Problem, ...]:
    """Everything that is wrong with a home, in the order of `EXAMINATIONS`."""
    problems: dict[str, Problem] = {}
    hindered: list[str] = []
    for one in EXAMINATIONS:
        try:
            problems.update((problem.sentence, problem) for problem in one(patient))
        except LedgerError as error:
            hindered.append(str(error))
    # What hinders one examination hinders others, and often has a name in one of them.
    for sentence in hindered:
        problems.setdefault(sentence, Problem("not-examined", "unusable", sentence))
    return tuple(problems.values())
