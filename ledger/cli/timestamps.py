"""Commands on time stamps: which authority dates the log, and what it said."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from ledger.cli.app import session
from ledger.cli.session import Session
from ledger.errors import BadRequest
from ledger.evidence.grammar import format_instant

timestamp = App(name="timestamp", help="Time stamps over the log (RFC 3161): use, show, ask.")
LARGEST = 64 * 1024


@timestamp.command
def use(url: str, *, root: Path) -> int:
    """Name the authority that dates the log from the next tick on.

    Parameters
    ----------
    url
        https://…; http:// is for programs on this machine.
    root
        The authority's root certificate (PEM), from the authority itself by another way.
    """
    from ledger.witnessing import stamping

    s = session()
    s.check_administers()
    try:
        with root.open("rb") as file:
            data = file.read(LARGEST)
    except OSError as error:
        raise BadRequest("The root certificate cannot be read.") from error
    stamping.use(s.home, url, data)
    lines = [
        "From the next tick on it is asked.",
        "Whoever checks this ledger and wants its word adds the root: trust extend --authority",
    ]
    s.answer({"url": url}, lines)
    return 0


@timestamp.command
def show() -> int:
    """Show the authority, and its time stamp over the newest checkpoint."""
    from ledger.witnessing import stamping

    s = session()
    authority = stamping.authority_of(s.home)
    if authority is None:
        s.answer(
            {"url": None}, ["Nobody is asked. Name an authority: timestamp use URL --root PEM"]
        )
        return 0
    made = stamping.kept(s.home)
    data: dict[str, object] = {"url": authority.url, "stamped": None, "ends": None}
    lines = [f"authority: {authority.url}"]
    if made is None:
        lines.append("The newest checkpoint has no time stamp. Ask: timestamp ask")
    else:
        data |= {"stamped": format_instant(made.time), "ends": format_instant(made.ends)}
        lines.append(f"The newest checkpoint was stamped at {data['stamped']}.")
        lines.append(f"The certificate that signed it ends on {made.ends:%Y-%m-%d}.")
    s.answer(data, lines)
    return 0


@timestamp.command
def ask() -> int:
    """Have the newest checkpoint stamped now, if that was not done. The tick does this."""
    s = session()
    data, lines = ask_authority(s)
    s.answer(data, lines or ["Nobody is to be asked."])
    return 0


def ask_authority(s: Session) -> tuple[dict[str, object], list[str]]:
    """Ask; gives what programs and people are told.

    Raises:
        EvidenceCorrupt, Unavailable: as `stamping.stamp`.
    """
    from ledger.witnessing import stamping

    made = stamping.stamp(s.home, s.now())
    if made is None:
        return {"stamped": None}, []
    at = format_instant(made.time)
    return {"stamped": at}, [f"The newest checkpoint was stamped at {at}."]
