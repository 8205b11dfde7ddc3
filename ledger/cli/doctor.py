"""The command that looks after a home: what is wrong, how bad it is, and what to do."""

from __future__ import annotations

from cyclopts import App

from ledger.cli.app import session
from ledger.cli.store import exit_code, row_of, said
from ledger.doctor import Patient, examine

doctor = App(name="doctor", help="What an operator must see to, and what to do.")


@doctor.default
def look() -> int:
    """Look at files, clock, log, stores, people, recovery, backups and disk; change nothing.

    Exit 0 when nothing is wrong, 1 when stored evidence is not what was recorded, 5 when somebody
    must see to something. Each code has a page in ops/runbooks/alarms. Run it from a timer.
    """
    s = session()
    problems = examine(Patient(s.vault_home, s.now()))
    lines = [line.strip() for line in said(problems)] or ["All is well."]
    s.answer({"problems": [row_of(one) for one in problems]}, lines)
    return exit_code(problems)
