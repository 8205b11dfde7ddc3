"""V17: the ledger before, held against what the founding says of its end.

A library may end a ledger and found the next one under a new origin. The new founding names the old
ledger's last checkpoint; whoever has evidence of both sees here that nothing was lost between them,
and that the old log did not go on in secret. What is brought is verified by itself, under a trust
file of its own: the new ledger's word gives the old one no trust.

Cites: FORMAT §1 "A new origin", §6 V17.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.evidence.act_types import Before
from ledger.verify.log import Log
from ledger.verify.report import Outcome, Report, Tally
from ledger.verify.trust import Trust

__all__ = ["Earlier", "check_alone", "check_before"]

_PLACE = "."


@dataclass(frozen=True, slots=True)
class Earlier:
    """Evidence of the ledger before, verified by itself."""

    trust: Trust
    report: Report
    log: Log | None
    """None where its checkpoint is not verified."""

    def ending(self) -> Before | None:
        """Say how that ledger ends in this evidence; None unless all of it is intact."""
        if self.log is None or self.report.exit_code:
            return None
        last = self.log.checkpoint
        trust = self.trust
        return Before(trust.origin, trust.founded, last.size, last.root, self.log.stamped)


def check_alone(earlier: Earlier, tally: Tally) -> None:
    """Say of V17 what that evidence by itself decides, whatever the founding says."""
    if earlier.report.faults:
        sentence = "The evidence that was brought of the ledger before is not intact by itself."
        tally.add("V17.before-not-intact", sentence, _PLACE)
        tally.ran("V17")
    elif earlier.ending() is None:
        why = "the evidence of the ledger before could not be checked"
        tally.skip(why, "V17", outcome=Outcome.COULD_NOT_RUN)


def check_before(named: Before | None, earlier: Earlier, tally: Tally) -> None:
    """Run the rest of V17, where `check_alone` left it open and a founding was judged.

    `named` is what that founding says, None where it names no ledger before.
    """
    shown = earlier.ending()
    if shown is None:  # `check_alone` has said so.
        return
    if named is None:
        sentence = "Evidence of a ledger before was brought, and this founding names none."
        tally.add("V17.not-named", sentence, _PLACE)
    else:
        _compare(named, shown, tally)
    if not tally.has("V17"):
        tally.ran("V17")


def _compare(named: Before, shown: Before, tally: Tally) -> None:
    if (named.origin, named.founded) != (shown.origin, shown.founded):
        sentence = "This ledger follows another one than the one that was brought."
        tally.add("V17.another-ledger", sentence, _PLACE)
    elif shown.size < named.size:
        why = "what is brought of the ledger before does not reach to its end"
        tally.skip(why, "V17", outcome=Outcome.COULD_NOT_RUN)
    elif shown.size > named.size:
        sentence = f"The log of the ledger before goes on beyond {named.size}, where it had ended."
        tally.add("V17.goes-on", sentence, _PLACE)
    elif shown != named:
        sentence = "The log of the ledger before does not end in the state that the founding names."
        tally.add("V17.state-differs", sentence, _PLACE)
