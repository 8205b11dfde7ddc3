"""Found a ledger, and show its fingerprint.

A founding is whole or it leaves nothing: two people have unlocked their keyrings from the files
that will be kept, and the recovery sheets were handed out, before `init` says that it is done.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from cyclopts import Parameter, validators

from keys.capsules import check_holders
from keys.keyring import unlock
from ledger.cli.app import session
from ledger.cli.keyrings import NewKeyring, new_keyring
from ledger.cli.session import Session
from ledger.cli.sheet import check_directory, draw, grouped, hand_out
from ledger.errors import BadRequest, EvidenceCorrupt
from ledger.founding import (
    ONE_PC,
    SERVER,
    Founding,
    check_terms,
    found_there,
    stores_for,
)
from ledger.stores.transfer import check_address

_NO_SERVER = "Only a server has standbys: --needs-standby goes with --store."
THIRD_HOLDER = "board"
MINUTES = (
    "For the board's minutes: “The disclosure ledger {origin} was founded with the fingerprint "
    "{fingerprint}. Whoever checks its records shall demand this fingerprint.”"
)


def init(
    *,
    origin: str,
    director: str,
    second: str,
    pack: str = "us",
    zone: str = "America/Denver",
    second_role: str = "counsel",
    hourly: Annotated[bool, Parameter(negative="")] = False,
    second_passphrase_fd: int | None = None,
    recovery_holder: tuple[str, ...] = (),
    recovery_needed: int = 2,
    recovery_sheet_dir: Path | None = None,
    store: str | None = None,
    needs_standby: Annotated[bool, Parameter(negative="")] = False,
    attest_months: Annotated[
        int | None, Parameter(validator=validators.Number(gte=1, lte=12))
    ] = None,
) -> int:
    """Found a ledger. Two people must be here: the director and a second person.

    Recovery sheets are printed; they hold secrets and are kept on paper only.

    Parameters
    ----------
    origin
        The ledger's name for ever, such as ledger.lonecone.example
    director
        Short name of the director, who becomes custodian.
    second
        Short name of the second person.
    pack
        The law pack, such as us-co/lcld.
    zone
        The library's time zone; a pack's own zone wins.
    second_role
        The second person's role. As director they can enrol keys should the first one's be lost.
    hourly
        Tick every hour instead of every day: for a server that is always on.
    second_passphrase_fd
        Read the second person's passphrase from this file descriptor instead of asking.
    recovery_holder
        Who keeps a recovery code; name three to five. Without it: both founders, and the board.
    recovery_needed
        How many of them must come together.
    recovery_sheet_dir
        Write the recovery sheets into this folder instead of showing them; print and delete them.
    store
        Keep cases and log on a PostgreSQL server: postgresql://HOST[,HOST]/PREFIX. No password.
    needs_standby
        Sign nothing while no standby of that server confirms what is written.
    attest_months
        After how many months each counsel attests to the log; 12 where it is not said.
    """
    s = session()
    holders = recovery_holder or (director, second, THIRD_HOLDER)
    check_holders(holders, recovery_needed)
    check_terms(origin, zone, pack, ((director, "director"), (second, second_role)))
    _check_places(s.home_path, recovery_sheet_dir, store, needs_standby=needs_standby)
    if s.as_json and recovery_sheet_dir is None:
        raise BadRequest("With --json the recovery sheets need a folder: --recovery-sheet-dir DIR")
    first = new_keyring(director, s.passphrase_fd)
    other = new_keyring(second, second_passphrase_fd)
    s.say("Drawing the recovery sheets. This takes some ten seconds.")
    drawn = draw(holders, recovery_needed)
    founding = Founding(
        origin=origin,
        zone=zone,
        pack=pack,
        founders=((first.ring, "director"), (other.ring, second_role)),
        terms=SERVER if hourly else ONE_PC,
        recovery=drawn.recovery,
        store=store,
        needs_standby=needs_standby,
        attest_months=attest_months,
    )
    with _whole(s.home_path), stores_for(founding):
        fingerprint, zone_in_force = _found(s, founding, (first, other))
        sheets = drawn.sheets(origin, fingerprint, s.now().astimezone(zone_in_force))
        written = hand_out(sheets, recovery_sheet_dir)
    lines = [
        f"Founded {origin} in {s.home_path}. Two people can unlock it.",
        "",
        *_shown(origin, fingerprint),
        "",
        *_on_sheets(written, holders),
        "Give counsel a copy of trust.json. Next: disclosure-ledger person add",
    ]
    recovery = {
        "holders": list(holders),
        "needed": recovery_needed,
        "sheets": [str(one) for one in written],
    }
    s.answer({"origin": origin, "fingerprint": fingerprint, "recovery": recovery}, lines)
    return 0


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


def _check_places(
    path: Path, sheets: Path | None, store: str | None, *, needs_standby: bool
) -> None:
    """See that everything can be kept where it is to be, before anybody is asked for a secret."""
    if needs_standby and store is None:
        raise BadRequest(_NO_SERVER)
    check_directory(sheets, path)
    _check_empty(path)
    if store is not None:
        check_address(store)


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
