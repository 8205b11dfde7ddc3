"""Commands of upkeep: backup, restore, keys of past months."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from keys.files import write_private
from ledger.backup.adopt import adopt_log
from ledger.backup.arrive import arrive as arrive_from
from ledger.backup.arrive import keyring_in
from ledger.backup.leave import leave as leave_to
from ledger.backup.make import back_up
from ledger.backup.office import copy_office
from ledger.backup.restore import Brought, Restored, confirm, restore_keystore
from ledger.backup.restore import restore as restore_from
from ledger.cli.app import session
from ledger.cli.session import unlock_at
from ledger.counted import counted
from ledger.errors import BadRequest, Unavailable
from ledger.register.months import Months

backup = App(name="backup", help="Copy the ledger, in two parts; copy the office.")
restore = App(name="restore", help="Make a ledger from a backup; confirm it.")
month = App(name="month", help="Keys of past months: list, rebucket, destroy.")


@backup.default
def make(folder: Path) -> int:
    """Copy everything but the master key, as it is at one moment, into an empty folder.

    Keep the two parts apart, and destroy keystore parts after 35 days.

    Parameters
    ----------
    folder
        A new or empty folder, on another disk.
    """
    s = session()
    made = back_up(s.vault_home, folder, s.now())
    lines = [
        f"Copied {counted(made.files, 'file')}; the log has {counted(made.size, 'entry')}.",
        "Not copied: master.key. Keep a copy of it by hand, apart from this backup.",
        f"Keep {folder / 'keystore'} apart, and destroy it after 35 days.",
    ]
    s.answer({"backup": made.backup, "files": made.files, "size": made.size}, lines)
    return 0


def leave(folder: Path, *, close: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Write the whole ledger into a folder of open formats, with which another machine goes on.

    Parameters
    ----------
    folder
        A new or empty folder, on another disk. Destroy it once the ledger has arrived.
    close
        Close the ledger here for ever, once the folder is whole: nothing more is recorded, so what
        is sealed can no longer be looked at here. Export what you need before.
    """
    s = session()
    done = leave_to(s.vault_home, folder, s.now(), close=close)
    lines = [
        f"Wrote {counted(done.files, 'file')}; the log has {counted(done.size, 'entry')}.",
        "It holds keys. The custodian or counsel, on the other machine:",
        f"  disclosure-ledger --home NEW_FOLDER --as NAME arrive {folder.name}",
        "This ledger is closed: nothing more is recorded here."
        if done.closed
        else "This ledger goes on. What it records from now on is not in the folder.",
    ]
    s.answer({"size": done.size, "files": done.files, "closed": done.closed}, lines)
    return 0


def arrive(folder: Path, *, trust: Path | None = None, checkpoint: Path | None = None) -> int:
    """Make the ledger in the new folder that --home names, out of one with which it left. Nothing
    is recorded or published there until a person confirms it.

    Parameters
    ----------
    folder
        The folder, which came from the other machine.
    trust
        Your trust file, which did not come with it: log and evidence are verified with it first.
    checkpoint
        The newest checkpoint of the log that anybody holds.
    """
    s = session()
    if s.person is None:
        raise BadRequest("Say who you are: disclosure-ledger --as NAME arrive FOLDER")
    keyring = unlock_at(keyring_in(folder, s.person), s.person, s.passphrase_fd)
    brought = {
        "trust": None if trust is None else _read(trust),
        "checkpoint": None if checkpoint is None else _read(checkpoint),
    }
    done = arrive_from(folder, s.home_path, keyring, s.now(), **brought)
    following = [
        "Next: disclosure-ledger --as NAME restore confirm",
        f"Then destroy {folder.name}: it holds keys.",
    ]
    s.answer(_data(done), [*_lines(done), *following])
    return 0


@backup.command(name="office")
def office_copy(file: Path) -> int:
    """Copy the office: who may act, and what was erased. Do so whenever either has changed.

    Parameters
    ----------
    file
        The file to write; an older copy there is replaced.
    """
    s = session()
    data = copy_office(s.vault_home, s.now())
    try:
        write_private(file, data)
    except OSError as error:
        raise Unavailable("The office copy cannot be written there.") from error
    # Its size is not told: it grows with what was erased, sealed matters among it.
    s.answer({"copied": "office"}, ["Copied the office. A restore asks for the newest copy."])
    return 0


@restore.default
def restore_all(
    folder: Path,
    *,
    master_key: Path,
    keystore: Path | None = None,
    checkpoint: Path | None = None,
    log: Path | None = None,
    office: Path | None = None,
    without_office: Annotated[bool, Parameter(negative="")] = False,
    receipt: tuple[Path, ...] = (),
) -> int:
    """Make the ledger anew from a backup, in the empty folder that --home names.

    Nothing is recorded or published there until a person confirms it.

    Parameters
    ----------
    folder
        The backup.
    master_key
        Your copy of the master key.
    keystore
        The keystore part, where it is kept apart; no older than 35 days.
    checkpoint
        The newest checkpoint of the log that anybody holds.
    log
        A copy of the published log, newer than the backup.
    office
        The newest office copy: what was erased and revoked since the backup.
    without_office
        There is no office copy. This is recorded.
    receipt
        Receipts that people hold: those whose records are lost are listed.
    """
    s = session()
    brought = Brought(
        checkpoint=None if checkpoint is None else _read(checkpoint),
        log=log,
        office=None if office is None else _read(office),
        without_office=without_office,
        receipts=tuple(_read(one) for one in receipt),
    )
    done = restore_from(folder, s.home_path, master_key, brought, s.now(), keystore=keystore)
    s.answer(_data(done), [*_lines(done), "Next: disclosure-ledger --as NAME restore confirm"])
    return 0


@restore.command(name="confirm")
def confirm_(*, words: Path | None = None) -> int:
    """Record in the office that the ledger was restored; then it is written to again.

    Parameters
    ----------
    words
        A file with what is known to be lost, in your words.
    """
    s = session()
    text = None if words is None else _read(words).decode("utf-8", "replace").strip()
    answer = confirm(s.vault_home, s.register, s.keyring, text or None)
    lines = [
        "The restore is on record. Acts and ticks go on.",
        "Now everybody on a roster runs: disclosure-ledger --as NAME key rewrap",
    ]
    s.answer({"records": [one.ref for one in answer.records]}, lines)
    return 0


@restore.command(name="keystore")
def keystore_only(folder: Path) -> int:
    """Put the keystore part of a backup in the place of one that is lost or damaged.

    Parameters
    ----------
    folder
        The keystore part; no older than 35 days.
    """
    s = session()
    done = restore_keystore(s.vault_home, folder, s.now())
    s.answer(_data(done), _lines(done))
    return 0


@restore.command(name="log")
def log_only(folder: Path) -> int:
    """Take over what a copy of the published log has beyond this ledger's, after a restore.

    Parameters
    ----------
    folder
        The copy of the published log.
    """
    s = session()
    ticks = adopt_log(s.vault_home, folder)
    s.answer({"ticks": ticks}, [f"Took over {counted(ticks, 'tick')} of the published log."])
    return 0


@month.command(name="list")
def list_() -> int:
    """List the months that have a key."""
    s = session()
    # How many streams lie under each would count the sealed ones too, for anybody to see.
    rows = [{"month": name} for name, _ in Months(s.vault_home).list()]
    s.answer({"months": rows}, [row["month"] for row in rows])
    return 0


@month.command
def rebucket(name: str) -> int:
    """Move every stream under a past month's key to this month's. Needs nobody's key.

    Parameters
    ----------
    name
        The month, as YYYY-MM.
    """
    s = session()
    Months(s.vault_home).rebucket(name, s.now())
    s.answer({"emptied": name}, [f"Nothing lies under {name} now. Next: month destroy {name}"])
    return 0


@month.command
def destroy(name: str) -> int:
    """Destroy a past month's key: no backup opens what lay under it. What lives is moved first.

    Parameters
    ----------
    name
        The month, as YYYY-MM.
    """
    s = session()
    months = Months(s.vault_home)
    # Always: a refusal while anything is left would tell of months with sealed visits only.
    months.rebucket(name, s.now())
    months.destroy(name, s.now())
    s.answer({"destroyed": name}, [f"The key of {name} is destroyed."])
    return 0


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadRequest(f"{path} cannot be read.") from error


def _data(done: Restored) -> dict[str, object]:
    return {
        "incarnation": done.incarnation,
        "size": done.size,
        "known_size": done.known_size,
        "ticks": done.ticks,
        "records": done.records,
        "lost": [one.hex() for one in done.lost],
        "waiting": done.waiting,
        "keyless": done.keyless,
        "lacks_log_keys": done.lacks_log_keys,
    }


def _lines(done: Restored) -> list[str]:
    lines = [f"Restored a log of {counted(done.size, 'entry')}; known: {done.known_size}."]
    ticks, records = counted(done.ticks, "tick"), counted(done.records, "record")
    lines.append(f"Took over {ticks} and {records} of the office.")
    lines += [f"Lost, though a receipt was given: {one.hex()}" for one in done.lost]
    lines.append(
        "What was sealed since that backup stands open again. Let nobody else in until somebody who"
        " is cleared has sealed it anew."
    )
    if done.known_size > done.size and not done.ticks:
        lines.append("Bring the published log: disclosure-ledger restore log FOLDER")
    if done.waiting:
        lines.append(
            f"Left for somebody who can open the matters: {counted(done.waiting, 'erasure')}. Their"
            " names are closed already; run: disclosure-ledger --as NAME erase finish"
        )
    if done.lacks_log_keys:
        lines.append(
            "This backup was made before the log got the keys that sign it now, and older keys"
            " would sign again, which others refuse. Restore a newer backup. If there is none,"
            " call counsel, and give the log new keys: disclosure-ledger log roll-over"
        )
    if done.keyless:
        lines.append(
            f"Without keys in this keystore, and not to be read: {counted(done.keyless, 'stream')}."
        )
    return lines
