"""Which acts a page offers first. It offers; whether an act may be done, the law and the register
say when they are asked, and every other command stands on a page of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from ledger.domain.codec import COMMANDS
from ledger.domain.events import Decision
from ledger.domain.office_events import OFFICE_ONLY, OFFICE_OR_CASE
from ledger.register.reading import CaseFile
from ledger.vocabulary import summary
from ledger.web.room.wording import command_title

_APART = frozenset({"assent", "reattest", "attach-document"})
"""What has a page of its own, or none."""


_NUMBERS = re.compile(r"\s*\((?:R-|domain |T-)[^)]*\)")


@dataclass(frozen=True, slots=True)
class Step:
    """One command that is offered."""

    command: str
    title: str
    is_decision: bool
    summary: str


def step(command: str) -> Step:
    """A command as pages offer it."""
    kind = COMMANDS[command]
    # What requirement it meets is for whoever reads the source.
    told = _NUMBERS.sub("", summary(kind).partition(") ")[2])
    return Step(command, command_title(command), issubclass(kind, Decision), told)


def for_case(file: CaseFile, standings: Collection[str]) -> list[Step]:
    """The acts that come next in a case, most likely first."""
    return [step(one) for one in dict.fromkeys(_next(file, standings)) if one in COMMANDS]


def _next(file: CaseFile, standings: Collection[str]) -> list[str]:
    case = file.case
    if file.head is None:
        return ["open", "keep-sealed"]
    found = ["open", "keep-sealed"] if file.intakes else []
    if "counsel" in standings:
        asked = any(not review.answered for review in case.reviews)
        found += ["give-advice", "complete-counsel-review"] if asked else ["find-defect"]
        if case.sealed is not None and case.sealed.confirmed is None:
            found.append("confirm-sealing")
    if case.closed is not None:
        return [*found, "annotate", "correct"]
    if not case.requests:
        found.append("receive-request")
    found += ["receive-instrument", "request-counsel-review"]
    if case.requests:
        found += ["approve", "deny"]
    if case.approvals:
        found += ["disclose", "limit-scope"]
    found += ["receive-preservation-request"]
    if case.preservation:
        found.append("place-hold")
    if file.sealed:
        found += ["add-audience-member", "remove-audience-member", "assign-task", "open"]
    return [*found, "annotate", "correct", "record-recusal", "close"]


def every_case_command() -> list[Step]:
    """Every command of a case, by its title."""
    kinds = {
        name
        for name, kind in COMMANDS.items()
        if kind not in OFFICE_ONLY and kind not in OFFICE_OR_CASE and name not in _APART
    }
    return sorted(map(step, kinds), key=lambda one: one.title)


OFFICE_STEPS = (
    "record-absence",
    "appoint-designee",
    "designate-custodian",
    "end-role",
    "close-library",
    "record-audit",
    "record-drill",
    "set-standard-answer",
    "choose-report-band",
)
"""What is done in the office at a page. Keys, recovery, packs and restores are the command line's:
they make or read files."""


def for_office() -> list[Step]:
    """The acts of the office that have a form."""
    return [step(one) for one in OFFICE_STEPS if one in COMMANDS]


def is_of_a_case(command: str) -> bool:
    """Whether there is such a command, and a case takes it."""
    kind = COMMANDS.get(command)
    return kind is not None and kind not in OFFICE_ONLY and command not in _APART
