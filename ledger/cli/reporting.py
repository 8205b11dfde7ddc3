"""Commands of the transparency report: look at it before, publish it once, show it afterwards."""

from __future__ import annotations

import json
from typing import Annotated

from cyclopts import App, Parameter

from ledger.answering import Answering
from ledger.cli.app import session
from ledger.cli.session import write_answer
from ledger.errors import BadRequest
from ledger.projections.transparency.page import page
from ledger.reporting import draft as drafted
from ledger.reporting import kept, published
from ledger.reporting import publish as published_now

report = App(name="report", help="The transparency report: draft, publish, show.")
Html = Annotated[bool, Parameter(negative="")]


@report.command
def draft(period: str, *, html: Html = False) -> int:
    """Print a report as it would be published now, as JSON.

    Parameters
    ----------
    period
        A year or a quarter, such as 2026 or 2026-Q3.
    html
        Print the page instead.
    """
    s = session()
    # Whoever sees more has another draft of nothing: it is made of what stands open.
    s.reader()
    _write(drafted(s.home, s.register.reader(None), period), html=html)
    return 0


@report.command
def publish(period: str) -> int:
    """Publish a report whose period is over; it is never changed.

    Parameters
    ----------
    period
        A year or a quarter: the one after the last that was published.
    """
    s = session()
    made = published_now(s.home, s.register, s.keyring, period)
    lines = [f"Published {made.period}: {made.sha256_hex}", f"See: report show {made.period}"]
    s.answer({"period": made.period, "sha256": made.sha256_hex}, lines)
    return 0


@report.command
def show(period: str | None = None, *, html: Html = False) -> int:
    """Print a published report as it went out; without a period, list them.

    Parameters
    ----------
    period
        A year or a quarter that was published.
    html
        Print the page instead of the JSON.
    """
    s = session()
    service = s.register.reader(None)
    if period is None:
        rows = Answering(s.home, s.register, s.now).reports()
        lines = [f"{row['period']:<8} {row['on']}  {row['sha256']}" for row in rows]
        s.answer({"reports": rows}, lines or ["No report was published."])
        return 0
    found = next((one for one in published(service) if one.period == period), None)
    if found is None:
        raise BadRequest("No report of that period was published. See: report show")
    _write(kept(s.home, service, found), html=html, digest_hex=found.sha256_hex)
    return 0


def _write(data: bytes, *, html: bool, digest_hex: str | None = None) -> None:
    """Print the bytes that are digested, and nothing after them; or their page."""
    session().on_the_beat()
    write_answer(page(json.loads(data), digest_hex) if html else data.decode())
