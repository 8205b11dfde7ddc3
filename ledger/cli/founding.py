"""Found a ledger, and show its fingerprint.

A founding is whole or it leaves nothing: two people have unlocked their keyrings from the files
that will be kept, and the recovery sheets were handed out, before `init` says that it is done.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from cyclopts import Parameter, validators

from keys.capsules import check_holders
from keys.keyring import unlock
from ledger.cli.app import session
from ledger.cli.keyrings import NewKeyring, new_keyring
from ledger.cli.proof import LARGEST_TRUST, read_file
from ledger.cli.session import Session
from ledger.cli.sheet import check_directory, draw, grouped, hand_out
from ledger.errors import BadRequest, EvidenceCorrupt
from ledger.evidence.acts import Before
from ledger.founding import (
    ONE_PC,
    SAME_ORIGIN,
    SERVER,
    Founding,
    Recovery,
    check_terms,
    found_there,
    stores_for,
)
from ledger.stores.transfer import check_address

_NO_SERVER = "Only a server has standbys: --needs-standby goes with --store."
THIRD_HOLDER = "board"
FOLLOWS = "It follows {one.origin}, which ended with {one.size} entries."
MINUTES = (
    "For the board's minutes: “The disclosure ledger {origin} was founded with the fingerprint "
    "{fingerprint}. Whoever checks its records shall demand this fingerprint.”"
)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Named:
    """What a new ledger is called, by whom it is founded, and what holds for it."""

    origin: str
    """The ledger's name for ever, such as ledger.lonecone.example"""
    director: str
    """Short name of the director, who becomes custodian."""
    second: str
    """Short name of the second person."""
    pack: str = "us"
    """The law pack, such as us-co/lcld."""
    zone: str = "America/Denver"
    """The library's time zone; a pack's own zone wins."""
    second_role: str = "counsel"
    """The second person's role. A director can enrol keys should the first one's be lost."""
    hourly: Annotated[bool, Parameter(negative="")] = False
    """Tick every hour instead of every day: for a server that is always on."""
    attest_months: Annotated[int | None, Parameter(validator=validators.Number(gte=1, lte=12))] = (
        None
    )
    """After how many months each counsel attests to the log; 12 where it is not said."""
    second_passphrase_fd: int | None = None
    """Read the second person's passphrase from this file descriptor instead of asking."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Holding:
    """Who keeps the recovery codes, and where the sheets are written."""

    recovery_holder: tuple[str, ...] = ()
    """Who keeps a recovery code; name three to five. Left out: both founders and the board."""
    recovery_needed: int = 2
    """How many of them must come together."""
    recovery_sheet_dir: Path | None = None
    """Write the sheets into this folder instead of showing them; print and delete them."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Keeping:
    """What cases and log are kept in."""

    store: str | None = None
    """Keep cases and log on PostgreSQL: postgresql://HOST[,HOST]/PREFIX. No password."""
    needs_standby: Annotated[bool, Parameter(negative="")] = False
    """Sign nothing while no standby of that server confirms what is written."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Following:
    """Which ledger ended for this one to follow it."""

    before: Path | None = None
    """Evidence of the ledger that this one follows, as it ended: a pack, or a copy of its log."""
    before_trust: Path | None = None
    """The trust file of that ledger, which did not come with the evidence."""


BY_THE_FOUNDERS = Holding()
IN_FILES = Keeping()
THE_FIRST = Following()


def init(
    *,
    named: Named,
    holding: Holding = BY_THE_FOUNDERS,
    keeping: Keeping = IN_FILES,
    following: Following = THE_FIRST,
) -> int:
    """Found a ledger. Two people must be here: the director and a second person.

    Recovery sheets are printed; they hold secrets and are kept on paper only.
    """
    s = session()
    folder = holding.recovery_sheet_dir
    holders = holding.recovery_holder or (named.director, named.second, THIRD_HOLDER)
    check_holders(holders, holding.recovery_needed)
    roles = ((named.director, "director"), (named.second, named.second_role))
    check_terms(named.origin, named.zone, named.pack, roles)
    _check_places(s.home_path, folder, keeping)
    before = _before(following, named.origin)
    if s.as_json and folder is None:
        raise BadRequest("With --json the recovery sheets need a folder: --recovery-sheet-dir DIR")
    people = (
        new_keyring(named.director, s.passphrase_fd),
        new_keyring(named.second, named.second_passphrase_fd),
    )
    s.say("Drawing the recovery sheets. This takes some ten seconds.")
    drawn = draw(holders, holding.recovery_needed)
    founding = _founding(named, keeping, people, drawn.recovery, before)
    with _whole(s.home_path), stores_for(founding):
        fingerprint, zone = _found(s, founding, people)
        sheets = drawn.sheets(named.origin, fingerprint, s.now().astimezone(zone))
        written = hand_out(sheets, folder)
    lines = [
        f"Founded {named.origin} in {s.home_path}. Two people can unlock it.",
        *([] if before is None else [FOLLOWS.format(one=before)]),
        "",
        *_shown(named.origin, fingerprint),
        "",
        *_on_sheets(written, holders),
        "Give counsel a copy of trust.json. Next: disclosure-ledger person add",
    ]
    recovery = {
        "holders": list(holders),
        "needed": holding.recovery_needed,
        "sheets": [str(one) for one in written],
    }
    data = {
        "origin": named.origin,
        "fingerprint": fingerprint,
        "before": None if before is None else before.dump(),
        "recovery": recovery,
    }
    s.answer(data, lines)
    return 0


def _before(following: Following, origin: str) -> Before | None:
    """Say how the ledger before ended, out of evidence that is intact.

    Raises:
        BadRequest: it is not, or cannot be read, or is of the new ledger's own name.
    """
    if following == THE_FIRST:
        return None
    if following.before is None or following.before_trust is None:
        raise BadRequest("Name both: the old ledger's evidence (--before) and its --before-trust.")
    from ledger.verify import ending

    trust = read_file(following.before_trust, LARGEST_TRUST, "The trust file cannot be read.")
    found, report = ending((following.before, trust))
    if found is None:
        raise BadRequest(f"A ledger follows only one whose evidence is intact. {report.headline}")
    if found.origin == origin:
        raise BadRequest(SAME_ORIGIN)
    return found


def _founding(
    named: Named,
    keeping: Keeping,
    people: tuple[NewKeyring, NewKeyring],
    recovery: Recovery,
    before: Before | None,
) -> Founding:
    first, second = people
    return Founding(
        origin=named.origin,
        zone=named.zone,
        pack=named.pack,
        founders=((first.ring, "director"), (second.ring, named.second_role)),
        terms=SERVER if named.hourly else ONE_PC,
        recovery=recovery,
        store=keeping.store,
        needs_standby=keeping.needs_standby,
        attest_months=named.attest_months,
        before=before,
    )


def _found(
    s: Session, founding: Founding, people: tuple[NewKeyring, NewKeyring]
) -> tuple[str, ZoneInfo]:
    """Found, and open both keyring files as they lie on disk with the passphrases just given.

    Raises:
        KeysError: one does not open.
    """
    files = {one.ring.person: one.file for one in people}
    home = found_there(s.home_path, founding, s.now(), files)
    try:
        for one in people:
            unlock(home.keyring_path(one.ring.person).read_bytes(), one.passphrase)
        return home.fingerprint, home.zone
    finally:
        home.close()


def fingerprint() -> int:
    """Show the ledger's fingerprint, with the sentence for the board's minutes."""
    s = session()
    origin, digest = s.home.origin, s.home.fingerprint
    first = s.register.reader(None).office_stream().unsealed[0]
    if first.e.hex() != digest:
        raise EvidenceCorrupt("trust.json names another founding than the office stream has.")
    data = {
        "origin": origin,
        "fingerprint": digest,
        "minutes": MINUTES.format(origin=origin, fingerprint=digest),
    }
    s.answer(data, _shown(origin, digest))
    return 0


def _shown(origin: str, fingerprint: str) -> list[str]:
    return [
        "FINGERPRINT OF THIS LEDGER",
        grouped(fingerprint),
        "",
        MINUTES.format(origin=origin, fingerprint=fingerprint),
    ]


def _on_sheets(written: tuple[Path, ...], holders: tuple[str, ...]) -> list[str]:
    if not written:
        return [
            f"Print the recovery sheets above, one for each of {', '.join(holders)}; then clear"
            " the screen."
        ]
    return [
        "Recovery sheets, to be printed, handed out and DELETED:",
        *(f"  {one}" for one in written),
    ]


def _check_places(path: Path, sheets: Path | None, keeping: Keeping) -> None:
    """See that everything can be kept where it is to be, before anybody is asked for a secret."""
    if keeping.needs_standby and keeping.store is None:
        raise BadRequest(_NO_SERVER)
    check_directory(sheets, path)
    _check_empty(path)
    if keeping.store is not None:
        check_address(keeping.store)


def _check_empty(path: Path) -> None:
    if path.exists() and any(path.iterdir()):
        raise BadRequest(f"{path} is not empty. Choose an empty folder for a new ledger.")


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Leave nothing of a founding that does not come to its end.

    Raises:
        BadRequest: the folder is not empty. What is in it is not ours, and stays.
    """
    _check_empty(path)
    was_there = path.exists()
    try:
        yield
    except BaseException:
        # The folder was empty, so that all that lies in it now is this founding's.
        for one in path.iterdir() if path.exists() else ():
            shutil.rmtree(one) if one.is_dir() else one.unlink()
        if not was_there and path.exists():
            path.rmdir()
        raise
