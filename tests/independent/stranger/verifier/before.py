"""V17: the ledger before, as its evidence shows it and as the founding says that it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .context import Context
from .crypto import sha256
from .grammar import unbase64
from .report import Report


@dataclass(frozen=True)
class Earlier:
    """Evidence of the ledger before, verified by itself."""

    report: Report
    ctx: Context | None
    """None where it could not be opened."""


def check_v17(report: Report, founding: dict[str, Any] | None, earlier: Earlier | None) -> None:
    """Run V17 over the founding's event, which is None where it is not shown."""
    if earlier is None:
        report.outcome("V17", "not asked")
        return
    report.outcome("V17", "ran")
    if earlier.report.failed:
        report.find("V17.before-not-intact")
    elif earlier.ctx is None or earlier.ctx.checkpoint is None or earlier.report.exit:
        report.outcome("V17", "could not run", "the evidence of the ledger before is not settled")
    elif founding is None:
        report.outcome("V17", "could not run", "the founding is not shown")
    elif "before" not in founding:
        report.find("V17.not-named")
    else:
        _compare(report, founding["before"], earlier.ctx)


def _compare(report: Report, named: dict[str, Any], old: Context) -> None:
    """Hold what the founding names against what that evidence is of, and where it ends."""
    signed = old.signed
    if (named["origin"], named["founded"]) != (old.trust.origin, old.trust.founded):
        report.find("V17.another-ledger")
    elif signed.size < named["size"]:
        report.outcome("V17", "could not run", "the log before is shown up to an earlier size")
    elif signed.size > named["size"]:
        report.find("V17.goes-on")
    elif (unbase64(named["root"], 32), named["checkpoint"]) != (
        signed.root,
        sha256(signed.signed_part).hex(),
    ):
        report.find("V17.state-differs")
