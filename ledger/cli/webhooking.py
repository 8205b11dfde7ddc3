"""Commands on webhooks: who is sent what happened in the open, and what did not get there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from keys.files import NotPrivate, read_private, write_private
from keys.webhooks import new_secret
from ledger.cli.app import session
from ledger.cli.session import Session
from ledger.errors import BadRequest, NotPermitted
from ledger.feeding import webhooks
from ledger.projections.feeds.delivery import check_url
from ledger.projections.feeds.log import Feed
from ledger.projections.feeds.webhooks import Address, Webhooks

webhook = App(name="webhook", help="Send a feed to other programs at each tick.")

_ADMINISTRATORS = frozenset({"custodian", "director"})
_LONGEST = 200


@webhook.command
def add(
    name: str,
    url: str,
    *,
    feed: Feed = "cases",
    secret_from: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = None,
    secret_to: Path | None = None,
) -> int:
    """Send a feed to an address from the next tick on, from its beginning.

    Parameters
    ----------
    name
        A name for it, for your own use.
    url
        https://…; http:// is for programs on this machine.
    feed
        cases or office.
    secret_from
        A file that only you can read, with the receiver's secret, or - for standard input: whsec_…
    secret_to
        Draw a secret and write it into this new file, for the receiver.
    """
    s = session()
    made = _webhooks(s)
    if (secret_from is None) == (secret_to is None):
        raise BadRequest("Say where the secret comes from or goes: --secret-from or --secret-to")
    check_url(url)
    secret = new_secret() if secret_from is None else _read(secret_from)
    if secret_to is not None:
        # Before anything is added: a secret that nobody has signs for nobody.
        _write(secret_to, secret)
    made.add(name, feed, Address(url, secret), s.home.logbook.last_tick())
    s.answer({"added": name}, [f"From the next tick on {feed} goes to {name}."])
    return 0


@webhook.command
def remove(name: str) -> int:
    """Send nothing there any more; what waits is forgotten.

    Parameters
    ----------
    name
        The webhook.
    """
    s = session()
    _webhooks(s).remove(name)
    s.answer({"removed": name}, ["Removed."])
    return 0


@webhook.command
def status() -> int:
    """Show each webhook: how far its receiver is, what failed, and which letters are dead."""
    s = session()
    rows = _webhooks(s).status()
    lines = [
        f"{row['name']}  {row['feed']} to {row['host']}: at {row['position']}, {row['behind']}"
        f" behind, {row['failures']} failures, {len(row['dead'])} dead letters"
        for row in rows
    ]
    s.answer({"webhooks": rows}, lines or ["There are no webhooks."])
    return 0


@webhook.command
def redeliver(name: str) -> int:
    """Try the dead letters of a webhook again, at the next tick.

    Parameters
    ----------
    name
        The webhook.
    """
    s = session()
    count = _webhooks(s).redeliver(name)
    s.answer({"letters": count}, [f"{count} letters go again at the next tick."])
    return 0


@webhook.command
def send() -> int:
    """Send what is due at the last tick, if that was not done yet. The timer's tick does this."""
    s = session()
    count = send_at_tick(s)
    s.answer({"complete": count}, [f"{count} receivers have all that there was for them."])
    return 0


def send_at_tick(s: Session) -> int:
    """Send what is due at the last tick that was published; gives how many receivers got all.

    Raises:
        EvidenceCorrupt, Unavailable: as `Webhooks.send`.
    """
    if not s.home.webhooks.all():
        return 0
    return _made(s).send(s.home.logbook.last_tick(), s.now())


def _webhooks(s: Session) -> Webhooks:
    """The webhooks, for those who may change and see them.

    Raises:
        NotPermitted: the person is neither director nor custodian, or their key is not enrolled.
    """
    s.register.reader(s.keyring, vault=False)
    if not _ADMINISTRATORS & s.register.office().office.roles_of(s.keyring.person):
        raise NotPermitted("Only the director or the custodian says who is sent what.")
    return _made(s)


def _made(s: Session) -> Webhooks:
    return webhooks(s.home, s.register.reader(None))


def _read(path: Path) -> str:
    try:
        if path == Path("-"):
            return sys.stdin.readline(_LONGEST).strip()
        return read_private(path, _LONGEST).decode("ascii").strip()
    except (OSError, ValueError, NotPrivate) as error:
        raise BadRequest("The secret's file cannot be read, or others may read it.") from error


def _write(path: Path, secret: str) -> None:
    try:
        write_private(path, f"{secret}\n".encode(), replace=False)
    except OSError as error:
        raise BadRequest("The secret's file is there already, or cannot be written.") from error
