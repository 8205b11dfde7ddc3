"""The desk's settings, HOME/desk.json: telephone numbers, and which PCs stand at a branch.

    {"telephones": {"mara": "303 555 0117"}, "here": "naturita", "linked": […], "codes": […]}

A PC elsewhere is linked once: a code that was made at the command line is typed on it within ten
minutes, and gives it a cookie. Of codes and cookies only the SHA-256 is kept, as 64 hex.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from keys.files import NotPrivate, read_private, write_private
from ledger.domain.fields import BranchId, Digest, Instant, PersonId
from ledger.domain.form import Form
from ledger.errors import Unavailable
from ledger.register.locks import exclusive

FILE = "desk.json"
COOKIE = "__Host-branch"
CODE_MINUTES = 10
LINK_SECONDS = 365 * 86_400
"""A PC is linked for a year; whoever uses it every day never sees that end twice."""
_MOST_BYTES = 256 * 1024
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKES = str.maketrans("OIL", "011")
Telephone = Annotated[
    str,
    Meta(
        pattern=r"^[0-9+(][0-9 ()+.x-]{2,30}$(?!\n)",
        description="a telephone number: digits, spaces and ( ) + . - x for an extension",
    ),
]
T = TypeVar("T")


class Code(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code with which one PC can be linked until an instant."""

    branch: BranchId
    digest: Digest
    until: Instant


class Linked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A PC that stands at a branch, by the digest of its cookie."""

    branch: BranchId
    digest: Digest
    since: Instant


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the file says. `here` is the branch of the machine that the ledger itself runs on."""

    telephones: dict[PersonId, Telephone] = {}
    here: BranchId | None = None
    linked: tuple[Linked, ...] = ()
    codes: tuple[Code, ...] = ()


class Branch(Struct, frozen=True):
    """The place of a PC at which visits are logged without signing in; its name where known."""

    name: str | None


_SETTINGS = Form[Settings](Settings)


def settings_of(home: Path) -> Settings:
    """The settings of a home; those of a home without the file are empty.

    Raises:
        Unavailable: the file is damaged, or others may read it.
    """
    try:
        return _SETTINGS.parse(read_private(home / FILE, _MOST_BYTES))
    except FileNotFoundError:
        return Settings()
    except NotPrivate as error:
        raise Unavailable(f"Others may read the desk’s settings. Run: chmod 600 {FILE}") from error
    except (OSError, ValueError, msgspec.DecodeError) as error:
        raise Unavailable(f"The desk’s settings cannot be read: see {FILE}.") from error


def change(home: Path, change: Callable[[Settings], tuple[Settings, T]]) -> T:
    """Write what `change` makes of the settings, and give what it gives besides.

    Raises:
        Unavailable: see `settings_of`; or the folder cannot be written.
    """
    with exclusive(home / "desk.lock", "changing the desk’s settings"):
        made, answer = change(settings_of(home))
        text = json.dumps(msgspec.to_builtins(made), indent=1, ensure_ascii=False)
        # What is written was read as a form first: a wrong number never makes the file unreadable.
        _SETTINGS.parse(text.encode())
        try:
            write_private(home / FILE, text.encode())
        except OSError as error:
            raise Unavailable("The desk’s settings cannot be written now.") from error
    return answer


def new_code(home: Path, branch: str, now: datetime) -> str:
    """Make a code for a PC at a branch, such as 7K3M-9Q2D, good for ten minutes and once."""
    drawn = int.from_bytes(os.urandom(5), "big")
    letters = "".join(_LETTERS[drawn >> shift & 31] for shift in range(35, -1, -5))
    until = now + timedelta(minutes=CODE_MINUTES)

    def add(settings: Settings) -> tuple[Settings, None]:
        code = Code(branch=branch, digest=_digest(letters), until=until)
        waiting = (one for one in settings.codes if one.until > now)
        return replace(settings, codes=(*waiting, code)), None

    change(home, add)
    return f"{letters[:4]}-{letters[4:]}"


def link(home: Path, code: str, now: datetime) -> str | None:
    """Link the PC on which a code was typed; gives its cookie, or None where the code does not fit.

    A code is used up by the first PC.
    """
    typed = code.upper().replace("-", "").replace(" ", "").translate(_LOOK_ALIKES)
    token, digest = secrets.token_urlsafe(32), _digest(typed)

    def use(settings: Settings) -> tuple[Settings, str | None]:
        good = [one for one in settings.codes if one.until > now]
        used = next((one for one in good if hmac.compare_digest(one.digest, digest)), None)
        if used is None:
            return settings, None
        linked = Linked(branch=used.branch, digest=_digest(token), since=now)
        rest = tuple(one for one in good if one is not used)
        return replace(settings, linked=(*settings.linked, linked), codes=rest), token

    return change(home, use)


def cut(home: Path, name: str) -> int:
    """Cut every PC of a branch, or the one whose digest begins so; gives how many there were."""

    def without(settings: Settings) -> tuple[Settings, int]:
        rest = tuple(
            one
            for one in settings.linked
            if one.branch != name and not (len(name) >= 8 and one.digest.startswith(name))
        )
        codes = tuple(one for one in settings.codes if one.branch != name)
        cut = len(settings.linked) - len(rest)
        return replace(settings, linked=rest, codes=codes), cut

    return change(home, without)


def branch_with(settings: Settings, token: str) -> Branch | None:
    """The branch of the PC that holds this cookie, if it is linked."""
    digest = _digest(token)
    for one in settings.linked:
        if hmac.compare_digest(one.digest, digest):
            return Branch(one.branch)
    return None


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
