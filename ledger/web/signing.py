"""Signing in with a passphrase, which unlocks the person's keyring in this program's memory."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from functools import cache
from threading import BoundedSemaphore

from starlette.responses import RedirectResponse, Response

from keys.errors import KeyringDamaged, WrongPassphrase
from keys.files import is_open_to_others
from keys.keyring import Keyring, create, unlock
from ledger.errors import LedgerError
from ledger.evidence.grammar import Malformed, check_person
from ledger.register.handle import CLEARED_ROLES
from ledger.register.roles import check_key
from ledger.web.doors import Door
from ledger.web.failures import NotSignedIn, TooMany
from ledger.web.pages import render
from ledger.web.visit import Visit

OUR_PAGE = re.compile(r"(/[A-Za-z0-9][A-Za-z0-9-]{0,63}){1,5}")
"""An address of this program, and of no other: no query, no dots, no second slash."""
AT_ONCE = BoundedSemaphore(2)
"""A passphrase takes 256 MiB of memory to try: so many are tried at the same time."""
IN_LINE = BoundedSemaphore(8)
"""So many people are tried or wait for it; more are sent away, so that there are always threads
left for a visit that is to be saved.
"""
LINE_SECONDS = 10


def ask(visit: Visit) -> Response:
    """The page that asks who you are."""
    then = _local(visit.request.query_params.get("then"))
    return render(visit, "sign-in.html", {"then": None if then == "/" else then})


def enter(visit: Visit) -> Response:
    """Sign in. Raises: NotSignedIn; TooMany."""
    name, given = visit.form.text("name") or "", visit.form.text("passphrase") or ""
    peer = visit.request.client
    address, limits = peer.host if peer else "", visit.site.limits
    limits.check_sign_in(name, address)
    if not IN_LINE.acquire(blocking=False):
        raise TooMany(LINE_SECONDS)
    try:
        with AT_ONCE:
            keyring = _unlocked(visit, name, given.encode())
    finally:
        IN_LINE.release()
    answer = begin(visit, keyring)
    limits.came_in(name, address)
    return answer


def begin(visit: Visit, keyring: Keyring) -> Response:
    """Begin a session for an unlocked keyring, with a new cookie, and go to the page that was left.

    Raises:
        NotSignedIn: the key is not enrolled, or this is not where its person signs in.
    """
    office = visit.site.register.office().office
    roles = office.roles_of(keyring.person)
    try:
        check_key(office, keyring)
    except LedgerError as error:
        raise NotSignedIn from error
    if "desk" in roles:
        raise NotSignedIn
    end_session(visit)
    token = visit.site.sessions.begin(keyring, roles, visit.place)
    answer = RedirectResponse(_local(visit.form.text("then")), 303)
    # Secure holds at the machine's own address too: browsers take localhost for safe.
    answer.set_cookie(visit.cookie, token, secure=True, httponly=True, samesite="strict")
    return answer


def _local(path: str | None) -> str:
    """The page of this program to which somebody comes back; the first one for any other text."""
    return path if path is not None and OUR_PAGE.fullmatch(path) else "/"


def leave(visit: Visit) -> Response:
    """Sign out; the browser forgets what it was shown."""
    end_session(visit)
    answer = RedirectResponse("/", 303)
    answer.set_cookie(visit.cookie, "", max_age=0, secure=True, httponly=True, samesite="strict")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def end_session(visit: Visit) -> None:
    """End the session of this browser, if there is one."""
    token = visit.request.cookies.get(visit.cookie)
    if token is not None:
        visit.site.sessions.end(token)


def _unlocked(visit: Visit, name: str, passphrase: bytes) -> Keyring:
    """The keyring that a passphrase unlocks; for a name that has none it takes as long.

    Raises: NotSignedIn.
    """
    with suppress(KeyringDamaged, WrongPassphrase):
        return unlock(_keyring_file(visit, name), passphrase)
    raise NotSignedIn


def _keyring_file(visit: Visit, name: str) -> bytes:
    """The file of a keyring that may be unlocked here, or one that nobody's passphrase opens.

    Who is cleared is not unlocked at the desk's program, which is to hold no way into the vault.
    """
    with suppress(Malformed, OSError):
        check_person(name)
        path = visit.site.home.keyring_path(name)
        roles = visit.site.register.office().office.roles_of(name)
        elsewhere = visit.site.side == "desk" and CLEARED_ROLES & roles
        if path.is_file() and not elsewhere and not is_open_to_others(path):
            return path.read_bytes()
    return nobodys()


@cache
def nobodys() -> bytes:
    """The file of a keyring that nobody's passphrase opens, and that costs what others cost.

    A program makes it as it starts: the first unknown name would else take longer than others.
    """
    secret = os.urandom(32)
    return create("nobody", secret.hex().encode()).dump(secret.hex().encode())


DOORS = (
    Door("GET", "/sign-in", "sign-in", ask),
    Door("POST", "/sign-in", "sign-in", enter),
    Door("POST", "/sign-out", "sign-out", leave),
)
