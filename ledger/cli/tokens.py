"""Commands on tokens: what lets a program read one feed or one projection through the web."""

from __future__ import annotations

from cyclopts import App

from ledger.cli.app import session
from ledger.tokens import LONGEST_DAYS, Tokens

token = App(name="token", help="Tokens by which programs read one feed or projection.")


@token.command
def add(name: str, *, scope: str, days: int = LONGEST_DAYS) -> int:
    """Make a token. It is printed once, here, and kept nowhere.

    Parameters
    ----------
    name
        A name for it, for your own use, such as kiosk.
    scope
        What it reads: feed:NAME:read or projection:NAME:read.
    days
        For how many days it is good, 1 to 90.
    """
    s = session()
    s.check_administers()
    secret, row = Tokens(s.home, s.now).add(name, scope, days)
    lines = [
        secret,
        "",
        f"This is shown once. It reads {row.scope} until {row.until}, and nothing else.",
    ]
    s.answer({"name": row.name, "scope": row.scope, "until": row.until, "token": secret}, lines)
    return 0


@token.command(name="list")
def list_() -> int:
    """List the tokens: what each reads, until when, and the last day on which it was used."""
    s = session()
    s.check_administers()
    rows = [one._asdict() for one in Tokens(s.home, s.now).list()]
    lines = [
        f"{row['name']:<20} {row['scope']:<30} until {row['until']}  used {row['used'] or 'never'}"
        for row in rows
    ]
    s.answer({"tokens": rows}, lines or ["There is no token."])
    return 0


@token.command
def cut(name: str) -> int:
    """Let a token open nothing any more, at once.

    Parameters
    ----------
    name
        The token's name. See: token list
    """
    s = session()
    s.check_administers()
    Tokens(s.home, s.now).cut(name)
    s.answer({"cut": name}, ["It opens nothing any more."])
    return 0
