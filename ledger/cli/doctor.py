"""The command that looks after a home: what is wrong, how bad it is, and what to do."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from ledger.cli.app import session
from ledger.cli.session import write_answer
from ledger.cli.store import exit_code, row_of, said
from ledger.doctor.examining import examine
from ledger.doctor.patient import Patient
from ledger.metrics import metrics as figures

doctor = App(name="doctor", help="What an operator must see to, and what to do.")


@doctor.default
def look(*, metrics: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Look at files, clock, log, stores, people, recovery, backups and disk; change nothing.

    Exit 0 when nothing is wrong, 1 when stored evidence is not what was recorded, 5 when somebody
    must see to something. Each code has a page in ops/runbooks/alarms. Run it from a timer.

    Parameters
    ----------
    metrics
        Answer in the text format of Prometheus, for ops/alerts.yml; exit 0 once it was looked.
    """
    s = session()
    patient = Patient(s.vault_home, s.now())
    problems = examine(patient)
    if metrics:
        write_answer(figures(patient, problems))
        return 0
    lines = [line.strip() for line in said(problems)] or ["All is well."]
    s.answer({"problems": [row_of(one) for one in problems]}, lines)
    return exit_code(problems)
