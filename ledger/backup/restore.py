"""Restore: a home from a backup, beside whatever is known of what came after it.

    check both parts ─► lay out ─► adopt the published log ─► adopt the office ─► erase again
        ─► rename into place ─► a person confirms ─► writing goes on

An old backup knows nothing of what was erased since. What makes an erasure hold all the same:

1. Keys. A part with keys is refused when it is older than KEYSTORE_DAYS; destroying older copies is
   the operator's duty. Of a month whose key was destroyed no old *ledger* part opens anything with
   a newer keystore part, wherever the copies are: that much is cryptography.
2. The office copy. It is demanded, and carries every erasure with its tombstones; all are carried
   out on the new home before it has its name. Who has none must say so, and that is recorded.

What is **not** guaranteed: somebody who keeps an old keystore part, the master key and a person's
keyring together, against the procedure, can open with them what they opened then. No program can
forbid that; only expiry and custody can.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from keys.errors import KeysError
from keys.files import make_folder, sync_directory, whole_folder, write_new, write_private
from keys.keyring import Keyring
from keys.log import verifies
from keys.master import MasterKey
from ledger.backup.adopt import Known, adopt_log, known_checkpoint, tick_of
from ledger.backup.make import KEYSTORE_FILE, MASTER_KEY
from ledger.backup.manifest import KEYSTORE, LEDGER, Manifest, read_part
from ledger.backup.office import OfficeCopy, adopt_office, load_office
from ledger.config import dump_config
from ledger.domain.log_events import LogKeysAnnounced
from ledger.errors import BadRequest, LedgerError, Unavailable
from ledger.evidence.grammar import Malformed
from ledger.evidence.merkle import EMPTY_ROOT
from ledger.evidence.note import SignedNote, verify
from ledger.evidence.receipt import Receipt
from ledger.home import Home
from ledger.logkeys import receipt_vkey
from ledger.register.acts import OFFICE, Act
from ledger.register.acts import Receipt as Answer
from ledger.register.custody import Custody
from ledger.register.eraser import Eraser, carry_out
from ledger.register.handle import Register
from ledger.register.locks import exclusive, make_locks
from ledger.register.reading import Reader
from ledger.register.resealing import seal_again
from ledger.register.restored import CONFIRM, RESTORED, what_was_found
from ledger.stores.adopting import commitments_of
from ledger.stores.keystore import KEYSTORE_DAYS, Fence, Keystore

_ON_SERVER = (
    "This ledger's keystore is on a server. Restore the whole ledger into a new folder, and copy it"
    " to a server again: disclosure-ledger store copy (ops/runbooks/backup-and-restore.md)."
)


@dataclass(frozen=True, slots=True)
class Brought:
    """What is known from elsewhere of the time after the backup. Files' contents, and one folder.

    `without_office` says that there is no office copy, so that erasures and revocations since the
    backup are unknown here.
    """

    checkpoint: bytes | None = None
    log: Path | None = None
    office: bytes | None = None
    without_office: bool = False
    receipts: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored. `ticks` and `records` were adopted; `lost` are commitments without record.

    `waiting` are erasures that a cleared person must carry out; `keyless` are streams whose rows
    are there and whose keys are not. `lacks_log_keys` says that the office agreed on keys of the
    log that are not in the backup.
    """

    incarnation: str
    size: int
    known_size: int
    ticks: int
    records: int
    lost: tuple[bytes, ...]
    waiting: int
    keyless: int
    lacks_log_keys: bool = False


def restore(
    backup: Path,
    target: Path,
    master_key: Path,
    brought: Brought,
    at: datetime,
    *,
    keystore: Path | None = None,
    is_drill: bool = False,
) -> Restored:
    """Make a home at `target` from a backup. `keystore` is its keystore part, where kept apart. In
    a drill that may be of any age: nobody goes on with what is restored there.

    Raises:
        BadRequest: something is missing, too old, or not this ledger's; nothing was made.
        EvidenceCorrupt: a part differs from its manifest, or histories differ; nothing was made.
        Unavailable: the disk refuses; nothing was made.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadRequest(f"{target} is not an empty folder. Choose one for the restored ledger.")
    if (brought.office is None) != brought.without_office:
        raise BadRequest(
            "Bring the newest office copy (--office FILE), which says what was erased and revoked"
            " since this backup. If there is none: --without-office."
        )
    try:
        master = MasterKey.load(master_key)
    except KeysError as error:
        raise BadRequest(str(error)) from error
    ledger, keys = backup / LEDGER, keystore or backup / KEYSTORE
    manifest = read_part(ledger, LEDGER, master)
    of_keys = read_part(keys, KEYSTORE, master)
    _check_parts(of_keys, manifest)
    if not is_drill:
        check_age(of_keys, at)
    try:
        with whole_folder(target) as partial:
            incarnation = _lay_out(ledger, keys, manifest, master_key, partial)
            return bring_up(partial, incarnation, brought, at)
    except OSError as error:
        raise Unavailable("The ledger cannot be restored there now. Nothing was made.") from error


def _check_parts(keys: Manifest, ledger: Manifest) -> None:
    if keys.origin != ledger.origin:
        raise BadRequest("The two parts are of different ledgers.")
    if keys.made_at < ledger.made_at:
        raise BadRequest("The keystore part is older than the ledger part. Bring the newer one.")


def check_age(keys: Manifest, at: datetime) -> None:
    """See that a keystore part is not kept for too long.

    Raises:
        BadRequest: it is.
    """
    if at - keys.made_at > timedelta(days=KEYSTORE_DAYS):
        raise BadRequest(
            f"This keystore part is older than {KEYSTORE_DAYS} days and should have been"
            " destroyed: it may open what was erased since. Bring a newer one."
        )


def _lay_out(ledger: Path, keys: Path, manifest: Manifest, master_key: Path, partial: Path) -> str:
    for name in manifest.files:
        make_folder((partial / name).parent)
        write_new(partial / name, (ledger / name).read_bytes())
    write_new(partial / KEYSTORE_FILE, (keys / KEYSTORE_FILE).read_bytes())
    return begin(partial, master_key.read_bytes())


def begin(partial: Path, master_key: bytes) -> str:
    """Let a home that was laid out begin anew, with the master key's file and an incarnation."""
    for name in ("people", "law", "log"):
        make_folder(partial / name)
    write_new(partial / MASTER_KEY, master_key)
    incarnation = os.urandom(16).hex()
    # The backup may be of a ledger on a server; from there on it is one in files.
    config = replace(Home(partial).config, incarnation=incarnation, store=None)
    write_private(partial / "ledger.json", dump_config(config))
    make_locks(partial)
    (partial / RESTORED).unlink(missing_ok=True)
    return incarnation


def bring_up(path: Path, incarnation: str, brought: Brought, at: datetime) -> Restored:
    """Adopt what is known from elsewhere, erase again, and keep what a person is to confirm."""
    home = Home(path)
    try:
        backed_up = home.newest_checkpoint()
        copied = None if brought.office is None else load_office(home, brought.office)
        known = _known(home, brought, copied)
        ticks = 0 if brought.log is None else adopt_log(home, brought.log)
        records = 0
        if copied is not None:
            records = adopt_office(home, copied, tick_of(home))
        waiting = erase_again(home, at)
        seal_again(home, at)
        lost = _lost(home, brought.receipts)
        size = 0 if backed_up is None else backed_up.size
        known_size = max(size, 0 if known is None else known.checkpoint.size)
        keep = {
            "incarnation": incarnation,
            "size": size,
            "root": (EMPTY_ROOT if backed_up is None else backed_up.root).hex(),
            "known_size": known_size,
            "office_copy": brought.office is not None,
            "lost": [one.hex() for one in lost],
        }
        write_private(path / RESTORED, json.dumps(keep).encode())
        return Restored(
            *(incarnation, size, known_size, ticks, records, lost, waiting, keyless(home)),
            lacks_log_keys=_lacks_log_keys(home),
        )
    finally:
        home.close()


def _known(home: Home, brought: Brought, copied: OfficeCopy | None) -> Known | None:
    found = (brought.checkpoint, None if copied is None else copied.checkpoint)
    notes = [one for one in found if one is not None]
    if brought.log is not None:
        try:
            notes.append((brought.log / "checkpoint").read_bytes())
        except OSError as error:
            raise BadRequest("The copy of the published log has no checkpoint.") from error
    return known_checkpoint(home, *notes)


def erase_again(home: Home, at: datetime) -> int:
    """Carry out every erasure that this home knows of; gives how many wait for a cleared person."""
    custody = Custody(home)
    reader = Reader(home, custody)
    office = reader.office().office
    marked = {mark.stream: None for store in home.row_stores for mark in store.erased.marks()}
    states = [carry_out(home, custody, reader, one, office, at) for one in marked]
    states += [one.state for one in Eraser(home, custody, reader, at).finish(office)]
    return states.count("waits")


def _lacks_log_keys(home: Home) -> bool:
    """Whether the newest keys that two people agreed on are none of those that are here.

    Then older ones sign alone, and whoever trusts the newer ones refuses what they sign.
    """
    agreed = Reader(home, Custody(home)).office().office.log_keys
    keys = home.log_key_set
    here = (*keys.ever, *([keys.proposed.public] if keys.proposed else []))
    known = {receipt_vkey(home.origin, one).dump() for one in here}
    newest = agreed[-1].event if agreed else None
    return isinstance(newest, LogKeysAnnounced) and newest.receipt not in known


def _lost(home: Home, receipts: Sequence[bytes]) -> tuple[bytes, ...]:
    """The commitments of receipts whose records this home does not have."""
    promised: dict[bytes, None] = {}
    vkeys = [receipt_vkey(home.origin, one) for one in home.log_key_set.ever]
    for data in receipts:
        try:
            note = SignedNote.parse(data)
            if not verify(
                note, vkeys, lambda key, *rest: verifies(key.public, *rest), need_all=False
            ):
                raise Malformed("not signed by this ledger")
            commitment = Receipt.load(note.text).commitment
        except Malformed as error:
            raise BadRequest("One of the receipts is none of this ledger's.") from error
        promised[commitment] = None
    if not promised:
        return ()
    made = frozenset().union(*(commitments_of(store) for store in home.row_stores))
    return tuple(one for one in promised if one not in made)


def keyless(home: Home) -> int:
    """How many streams have rows here and no keys, though they were not erased."""
    stores = home.row_stores
    streams = {one for store in stores for one in store.streams()}
    coming = {wrap.stream for store in stores for wrap in store.wraps()}
    return sum(
        home.keystore.wrap(one) is None and home.keystore.fence(one) is None
        for one in streams - coming
    )


def confirm(home: Home, register: Register, keyring: Keyring, words: str | None) -> Answer:
    """Record in the office that the ledger was restored; from then on it is written to again.

    Raises:
        BadRequest: nothing waits for it, or the published log is known to be longer than this one.
    """
    kept = what_was_found(home)
    if register.office().office.incarnation == kept["incarnation"]:
        answer = Answer(OFFICE, ())
    else:
        fields = {**kept, **({} if words is None else {"words": words})}
        answer = register.handle(keyring, Act(CONFIRM, fields, OFFICE))
    (home.path / RESTORED).unlink()
    return answer


def restore_keystore(home: Home, part: Path, at: datetime) -> Restored:
    """Put a keystore from a backup into a home in files whose own is lost or damaged.

    Everything that was erased since is erased in it before it has its name, by the marks in the
    stores, for which nobody's key is needed.

    Raises:
        BadRequest: it is too old, or another ledger's; or this one is kept on a server.
        EvidenceCorrupt: it differs from its manifest.
        Unavailable: the disk refuses; the home is as it was.
    """
    if home.config.store is not None:
        raise BadRequest(_ON_SERVER)
    manifest = read_part(part, KEYSTORE, home.master)
    if manifest.origin != home.origin:
        raise BadRequest("This keystore part is another ledger's.")
    check_age(manifest, at)
    coming = home.path / f"{KEYSTORE_FILE}.restoring"
    with exclusive(home.path / "sequencer.lock", "publishing the log"):
        try:
            _remove(coming)
            write_new(coming, (part / KEYSTORE_FILE).read_bytes())
            fences = _fences(home)
            home.__dict__["keystore"] = Keystore(coming)
            for fence in fences:
                home.keystore.add_fence(fence)
            waiting = erase_again(home, at)
            seal_again(home, at)
            left = keyless(home)
            home.close()
            for suffix in ("-wal", "-shm"):
                (home.path / f"{KEYSTORE_FILE}{suffix}").unlink(missing_ok=True)
            os.rename(coming, home.path / KEYSTORE_FILE)
            sync_directory(home.path)
        except BaseException as error:
            # It may still open what was erased; it stays neither on the disk nor in use.
            home.close()
            _remove(coming)
            if isinstance(error, OSError):
                raise Unavailable("The keystore cannot be put in place now.") from error
            raise
    size = home.logbook.size()
    return Restored(home.config.incarnation or "", size, size, 0, 0, (), waiting, left)


def _fences(home: Home) -> tuple[Fence, ...]:
    """The fences of the keystore that is there, as far as it can still be read."""
    try:
        return home.keystore.fences()
    except LedgerError:
        return ()
    finally:
        opened = home.__dict__.pop("keystore", None)
        if opened is not None:
            opened.close()


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
