"""One decision, put before the rules that its record's law pins.

The rules are pure and total for what this program writes. What comes here was signed by others, and
a law that lacks a row makes a rule fail: then nobody can say what the rule says, and the report
tells it as unknown, never as allowed.

Cites: FORMAT §6 V15.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from ledger.domain.case import Case
from ledger.domain.context import Broken
from ledger.domain.decide import against
from ledger.domain.events import Decision
from ledger.domain.law.rules import READS_PERSONAL, NoSuchRule, rules_under
from ledger.domain.office import Office
from ledger.verify.replay.laws import Laws
from ledger.verify.replay.reader import Entry, Unknown

__all__ = ["Verdict", "attempt", "judge"]

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands against a decision; `is_open` says that a rule could not see what it asks for."""

    broken: tuple[Broken, ...]
    is_open: bool


def judge(
    entry: Entry, event: Decision, case: Case, office: Office, laws: Laws, zone: str
) -> Verdict:
    """Judge the decision of a record over the state before it, for when it was made and when it
    was recorded.

    Raises: Unknown.
    """
    law = laws.of(entry.recorded.law)
    broken = attempt(against, case, entry.recorded, office, laws.of, zone)
    if entry.is_whole:
        return Verdict(broken, is_open=False)
    asked = rules_under(type(event), law)
    return Verdict(
        broken=tuple(no for no in broken if not _reads_personal(no.rule)),
        is_open=any(_reads_personal(rule.__name__) for rule in asked),
    )


def attempt(function: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """Run the domain over what others signed.

    Raises: Unknown.
    """
    try:
        return function(*given, **named)
    except Unknown:
        raise
    except NoSuchRule:
        raise Unknown("this program does not have the rules that a pinned law asks for") from None
    except Exception as error:
        # Which errors a strange law can cause is as open as the rules are; none of them is a pass.
        name = type(error).__name__
        raise Unknown(f"the pinned law does not fit the rules ({name})") from error


def _reads_personal(rule: str) -> bool:
    return rule.rpartition("_v")[0] in READS_PERSONAL
