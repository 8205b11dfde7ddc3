"""Commands on feeds: what happened in the open, page by page, for people and other programs."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from ledger.answering import Answering
from ledger.cli.app import session
from ledger.cli.session import Session, json_line, write_answer
from ledger.counted import counted
from ledger.errors import BadRequest, EvidenceCorrupt
from ledger.feeding import feed_log
from ledger.projecting import definition_of
from ledger.projections.feeds.check import Checker
from ledger.projections.feeds.log import FEEDS, Feed
from ledger.projections.feeds.pages import MOST
from ledger.projections.feeds.tables import as_csv, as_jsonl

feed = App(name="feed", help="What happened in the open, for people and other programs.")


@feed.command
def read(
    name: Feed,
    *,
    after: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    limit: int = MOST,
    cloudevents: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Print one page of a feed, as one JSON object: its entries and the cursor to the next page.

    Parameters
    ----------
    name
        cases: records of open cases. office: authority, law and keys.
    after
        The cursor of the page before; without it, from the beginning.
    limit
        At most so many entries: 1 to 100.
    cloudevents
        Give the entries as CloudEvents.
    """
    s = session()
    _check_may_read(s, name)
    found = _answering(s).feed_page(name, after, limit)
    told = found.cloudevents(s.home.origin) if cloudevents else found.told(s.home.origin)
    write_answer(json_line(told))
    return 0


@feed.command(name="list")
def list_() -> int:
    """List the feeds: how many entries each has, and the chain at its end."""
    s = session()
    for name in FEEDS:
        _check_may_read(s, name)
    rows = _answering(s).feeds(FEEDS)
    lines = [f"{row['feed']:<8} {row['position']:>8}  {row['chain']}" for row in rows]
    s.answer({"feeds": rows}, lines)
    return 0


@feed.command
def verify(name: Feed) -> int:
    """Make every entry of a feed again from the records, and name the first that differs.

    Parameters
    ----------
    name
        cases or office.
    """
    s = session()
    _check_may_read(s, name)
    log = feed_log(s.home, s.register.reader(None))
    log.catch_up(name)
    found = Checker(log).first_difference(name)
    if found is not None:
        raise EvidenceCorrupt(f"The feed {name} was altered: {found}. Call counsel.")
    count = s.home.feeds.head(name).position
    s.answer(
        {"feed": name, "entries": count},
        [f"As the records say: {counted(count, 'entry')}."],
    )
    return 0


@feed.command
def calendar() -> int:
    """Print the open deadlines of open cases as an iCalendar, which says nothing of any case."""
    s = session()
    _check_may_read(s, "cases")
    write_answer(_answering(s).calendar().decode())
    return 0


@feed.command
def table(
    name: str,
    *,
    csv: Annotated[bool, Parameter(negative="")] = False,
    jsonl: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Print the stored rows of a projection, for a spreadsheet or another program.

    Parameters
    ----------
    name
        Which one. See: projection list
    csv
        As CSV, of which no spreadsheet takes a cell for a formula.
    jsonl
        As JSON Lines.
    """
    s = session()
    _check_may_read(s, "cases")
    if csv == jsonl:
        raise BadRequest("Say in which form: --csv or --jsonl")
    rows = _answering(s).stored(definition_of(name))
    write_answer(as_csv(rows) if csv else as_jsonl(rows))
    return 0


def _answering(s: Session) -> Answering:
    return Answering(s.home, s.register, s.now)


def _check_may_read(s: Session, name: Feed) -> None:
    """See that the person may read what a feed tells.

    Raises:
        NotPermitted: the key is not enrolled, or the role does not read cases.
    """
    if name == "cases":
        s.reader()
    else:
        s.register.reader(s.keyring, vault=False)
