"""Backup and restore: all there as at one moment, or not there; and no going on unnoticed."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from keys.master import MasterKey
from ledger.backup.adopt import adopt_log
from ledger.backup.make import back_up
from ledger.backup.restore import Brought, confirm, restore, restore_keystore
from ledger.domain.office_events import LedgerRestored
from ledger.errors import (
    BadRequest,
    EvidenceCorrupt,
    NotFound,
    NotPermitted,
    RequestRefused,
    Unavailable,
)
from ledger.export import export_ledger
from ledger.register.acts import OFFICE
from ledger.register.custody import Custody
from ledger.register.months import Months
from ledger.verify import verify
from tests.register.ledgers import Clock, Ledger, check_sound
from tests.register.test_triage import SEALING
from tests.upkeep.backups import WITHOUT, brought, restored, saved
from tests.upkeep.matters import NOTICE, closed_case, erase, propose


def test_a_restored_ledger_is_the_same_and_goes_on(ledger: Ledger, tmp_path: Path) -> None:
    """Every stream opens, every commitment has its place; once confirmed, acts and ticks go on."""
    opened, kept = closed_case(ledger), closed_case(ledger, sealed=True)
    ledger.tick(days=1)
    waiting = ledger.visit("kim")
    types = {one: ledger.types("mara", one) for one in (opened, kept, waiting)}
    backup = saved(ledger, tmp_path / "backup")
    again, _ = restored(ledger, backup, WITHOUT)
    assert {one: again.types("mara", one) for one in types} == types
    confirm(again.home, again.register, again.people["mara"], None)
    again = check_sound(again)
    again.do("mara", "open", waiting)
    again.tick(days=1)
    check_sound(again).home.close()


def test_an_old_backup_beside_the_newest_office_does_not_open_what_was_erased(
    ledger: Ledger, tmp_path: Path
) -> None:
    """The erasure holds in the restored ledger before it has its name; a verifier sees why."""
    gone, left = closed_case(ledger), closed_case(ledger)
    ledger.tick(days=1)
    backup = saved(ledger, tmp_path / "backup")
    streams = [one.id for one in ledger.look("mara", gone).streams]
    erase(ledger, gone, "both")
    ledger.tick(days=3)
    again, done = restored(ledger, backup, brought(ledger))
    assert done.records > 0
    for person in ("mara", "tom", "kim"):
        with pytest.raises(NotFound):
            again.look(person, gone)
    assert again.types("kim", left) == ledger.types("kim", left)
    for stream in streams:
        assert again.home.keystore.wrap(stream) is None
        assert not any(store.last_seq(stream) for store in again.stores())
    confirm(again.home, again.register, again.people["mara"], None)
    again.tick(days=4)
    export_ledger(again.home, tmp_path / "pack")
    report = verify(tmp_path / "pack", (again.path / "trust.json").read_bytes(), replay=True)
    assert report.exit_code == 0, report.text()
    assert report.shown.tombstones == 5
    again.home.close()


def test_an_old_backup_without_the_office_copy_is_not_restored_in_passing(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Whoever has no office copy says so, and the ledger keeps it on record for ever."""
    backup = saved(ledger, tmp_path / "backup")
    for given in (Brought(), Brought(office=b"x", without_office=True)):
        with pytest.raises(BadRequest, match="newest office copy"):
            restored(ledger, backup, given)
    again, _ = restored(ledger, backup, WITHOUT)
    confirm(again.home, again.register, again.people["mara"], "One visit, kept on paper.")
    (last,) = again.register.reader(None).office_stream().records[-1:]
    assert isinstance(last.event, LedgerRestored)
    assert (last.event.office_copy, last.event.words) == (False, "One visit, kept on paper.")
    assert last.event.incarnation == again.home.config.incarnation
    again.home.close()


def test_a_revoked_key_stays_revoked_after_a_restore(ledger: Ledger, tmp_path: Path) -> None:
    """What the office decided since the backup comes back with the office copy."""
    ledger.tick(days=1)
    backup = saved(ledger, tmp_path / "backup")
    key = ledger.register.office().office.key_of("kim")
    assert key is not None
    ledger.do("mara", "revoke-key", OFFICE, {"key": key.digest})
    again, _ = restored(ledger, backup, brought(ledger))
    confirm(again.home, again.register, again.people["mara"], None)
    with pytest.raises(NotPermitted):
        again.visit("kim")
    check_sound(again).home.close()


def test_of_a_destroyed_month_no_old_backup_opens_anything(ledger: Ledger, tmp_path: Path) -> None:
    """The rows of an old backup and the keys of today: what was not moved away is gone."""
    gone, left = closed_case(ledger), closed_case(ledger)
    old = saved(ledger, tmp_path / "old")
    erase(ledger, gone, "both")
    ledger.clock.turn(days=45)
    Months(ledger.home).rebucket("2026-06", ledger.clock())
    Months(ledger.home).destroy("2026-06", ledger.clock())
    new = saved(ledger, tmp_path / "new-keys")
    with pytest.raises(BadRequest, match="older than 35 days"):
        restored(ledger, old, WITHOUT)
    again, _ = restored(ledger, old, WITHOUT, keystore=new / "keystore")
    with pytest.raises(NotFound):
        again.look("mara", gone)
    assert again.types("kim", left) == ledger.types("kim", left)
    again.home.close()


def test_an_old_keystore_beside_todays_stores_does_not_open_what_was_erased(
    ledger: Ledger, tmp_path: Path
) -> None:
    """The marks in the stores fence it before it has its name; nobody's key is needed, also for
    what was sealed. What began after it has no keys any more, and that is said.
    """
    gone = [closed_case(ledger), closed_case(ledger, sealed=True)]
    people = [closed_case(ledger, words="Ines"), closed_case(ledger, sealed=True, words="Ines")]
    backup = saved(ledger, tmp_path / "backup")
    streams = [one.id for ref in (*gone, *people) for one in ledger.look("mara", ref).streams]
    for scope, matters in (("both", gone), ("personal", people)):
        for reference, sealed in zip(matters, (False, True), strict=True):
            erase(ledger, reference, scope, sealed=sealed)
    after = ledger.visit("kim")
    ledger.home.close()
    (ledger.path / "keystore.db").unlink()
    ledger = Ledger.at(ledger.path, ledger.people, ledger.clock)
    done = restore_keystore(ledger.home, backup / "keystore", ledger.clock())
    # The vault office began after the backup, as did the visit.
    assert done.keyless == 2
    # Whose people were erased in sealed streams, somebody cleared must finish; the fence stands.
    assert done.waiting == 2
    ledger = ledger.reopened()
    for reference in gone:
        with pytest.raises(NotFound):
            ledger.look("mara", reference)
    for reference in people:
        file = ledger.look("mara", reference)
        assert "Ines" not in repr(file.case.records)
    for stream in streams:
        assert ledger.home.keystore.fence(stream) is not None
    with pytest.raises(NotFound):
        ledger.look("mara", after)
    ledger.home.close()


# ---- what is in it ----


def test_a_backup_holds_everything_but_the_master_key(ledger: Ledger, tmp_path: Path) -> None:
    """Two parts, each with its manifest; only their owner may read them."""
    closed_case(ledger)
    ledger.tick(days=2)
    backup = saved(ledger, tmp_path / "backup")
    names = {path.relative_to(backup).as_posix() for path in backup.rglob("*") if path.is_file()}
    home = {path.relative_to(ledger.path).as_posix() for path in ledger.path.rglob("*.*")}
    assert names >= {f"ledger/{one}.db" for one in ("open", "inbox", "vault", "log")}
    assert names >= {"keystore/keystore.db", "keystore/manifest.json", "ledger/manifest.json"}
    assert names >= {f"ledger/{one}" for one in ("ledger.json", "trust.json", "signer.json")}
    assert names >= {"ledger/log.keys", "ledger/log/checkpoint", "ledger/log/schedule"}
    assert names >= {f"ledger/{one}" for one in home if one.startswith("law/")}
    assert not any("master" in name or name.endswith((".lock", "-wal")) for name in names)
    secret = (ledger.path / "master.key").read_bytes().strip()
    for path in (backup, *backup.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
        assert path.is_dir() or secret not in path.read_bytes()
    assert not (tmp_path / ".backup.partial").exists()


def test_a_backup_goes_into_an_empty_folder_outside(ledger: Ledger, tmp_path: Path) -> None:
    """It replaces nothing, and does not copy itself."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    (tmp_path / "empty").mkdir()
    for target in (tmp_path / "full", tmp_path / "full" / "file", ledger.path / "backup"):
        with pytest.raises(BadRequest):
            back_up(ledger.home, target, ledger.clock())
    assert back_up(ledger.home, tmp_path / "empty", ledger.clock()).size == 0


def test_what_a_crash_left_of_a_backup_is_taken_away(ledger: Ledger, tmp_path: Path) -> None:
    """It may hold keys, and is no backup."""
    partial = tmp_path / ".backup.partial"
    partial.mkdir()
    (partial / "keystore.db").write_bytes(b"wraps")
    backup = saved(ledger, tmp_path / "backup")
    assert not partial.exists()
    assert sorted(path.name for path in backup.iterdir()) == ["keystore", "ledger"]


def test_a_damaged_store_is_not_backed_up(ledger: Ledger, tmp_path: Path) -> None:
    """A copy that does not hold together must not take an older one's place."""
    for _ in range(30):
        ledger.visit("kim")
    ledger.home.close()
    path = ledger.path / "inbox.db"
    data = bytearray(path.read_bytes())
    data[8192:-4096] = bytes(len(data) - 12288)
    path.write_bytes(bytes(data))
    with pytest.raises(EvidenceCorrupt):
        saved(ledger.reopened(), tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_a_backup_is_one_moment_though_others_write(ledger: Ledger, tmp_path: Path) -> None:
    """While visits, triage and ticks go on, each backup is sound for itself."""
    stop = threading.Event()
    busy = Ledger.at(ledger.path, ledger.people, Clock(ledger.clock()))

    def work() -> None:
        while not stop.is_set():
            reference = busy.visit("kim")
            busy.do("mara", "open", reference)
            busy.tick(hours=13)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for number in range(4):
            back_up(ledger.home, tmp_path / f"backup-{number}", ledger.clock())
    finally:
        stop.set()
        thread.join()
    ledger.clock.now = busy.clock.now
    busy.home.close()
    for number in range(4):
        again, _ = restored(ledger, tmp_path / f"backup-{number}", WITHOUT, f"again-{number}")
        check_sound(again).home.close()


# ---- what is refused ----


def spoil(backup: Path, name: str, how: str) -> None:
    """Alter a backup as somebody could who has it."""
    path = backup / name
    match how:
        case "changed":
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 1
            path.write_bytes(bytes(data))
        case "missing":
            path.unlink()
        case "added":
            (path.parent / "added").write_bytes(b"x")
        case "linked":
            (path.parent / "link").symlink_to(path)


@pytest.mark.parametrize("how", ["changed", "missing", "added", "linked"])
@pytest.mark.parametrize(
    "name",
    ["ledger/open.db", "ledger/log/schedule", "keystore/keystore.db", "ledger/manifest.json"],
)
def test_a_backup_that_differs_from_its_manifest_is_refused(
    ledger: Ledger, tmp_path: Path, name: str, how: str
) -> None:
    """Whatever was changed, taken away or put in: nothing is made of it."""
    backup = saved(ledger, tmp_path / "backup")
    spoil(backup, name, how)
    with pytest.raises((EvidenceCorrupt, BadRequest)):
        restored(ledger, backup, WITHOUT)
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / ".new.partial").exists()


def test_the_date_of_a_keystore_part_cannot_be_made_younger(ledger: Ledger, tmp_path: Path) -> None:
    """The seal of the manifest covers it."""
    backup = saved(ledger, tmp_path / "backup")
    manifest = backup / "keystore" / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"2026-06-19", b"2026-07-19"))
    with pytest.raises(EvidenceCorrupt, match="manifest"):
        restored(ledger, backup, WITHOUT)


def test_a_backup_is_restored_with_its_own_key_into_an_empty_folder(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Another master key opens nothing, and nothing that is there is overwritten."""
    backup = saved(ledger, tmp_path / "backup")
    other = tmp_path / "other.key"
    MasterKey.create(other)
    with pytest.raises(BadRequest, match="another master key"):
        restore(backup, tmp_path / "new", other, WITHOUT, ledger.clock())
    with pytest.raises(BadRequest, match="cannot be read"):
        restore(backup, tmp_path / "new", tmp_path / "no.key", WITHOUT, ledger.clock())
    with pytest.raises(BadRequest, match="not an empty folder"):
        restored(ledger, backup, WITHOUT, name="home")
    with pytest.raises(BadRequest, match="not the keystore part"):
        restored(ledger, backup, WITHOUT, keystore=backup / "ledger")


def test_a_keystore_older_than_its_ledger_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    """It lacks the keys of what came between."""
    old = saved(ledger, tmp_path / "old")
    ledger.tick(days=1)
    new = saved(ledger, tmp_path / "newer")
    with pytest.raises(BadRequest, match="older than the ledger part"):
        restored(ledger, new, WITHOUT, keystore=old / "keystore")


# ---- nobody goes on unnoticed ----


def test_a_restored_ledger_records_and_publishes_nothing_unconfirmed(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Every act and every tick is refused with a sentence; reading is not."""
    reference = closed_case(ledger)
    backup = saved(ledger, tmp_path / "backup")
    again, _ = restored(ledger, backup, WITHOUT)
    assert again.types("mara", reference)
    for act in (
        lambda: again.visit("kim"),
        lambda: again.do("mara", "end-role", OFFICE, {"person": "pat", "role": "staff"}),
        lambda: propose(again, reference, "both"),
        lambda: again.tick(days=1),
    ):
        with pytest.raises(Unavailable, match="restore confirm"):
            act()
    with pytest.raises(RequestRefused):
        confirm(again.home, again.register, again.people["kim"], None)
    confirm(again.home, again.register, again.people["mara"], None)
    with pytest.raises(BadRequest, match="was confirmed"):
        confirm(again.home, again.register, again.people["mara"], None)
    again.visit("kim")
    # A second restore asks again, and the first one's confirmation counts for nothing.
    second = saved(again, tmp_path / "second")
    third, _ = restored(again, second, WITHOUT, "third")
    with pytest.raises(Unavailable, match="restore confirm"):
        third.visit("kim")
    third.home.close()
    again.home.close()


def test_a_program_that_runs_relies_on_no_keystore_that_was_replaced(
    ledger: Ledger, tmp_path: Path
) -> None:
    """What it wrote into the old file would be lost: it says so, and what it took in opens after
    it was started again.
    """
    backup = saved(ledger, tmp_path / "backup")
    running = Ledger.at(ledger.path, ledger.people, ledger.clock)
    known = running.visit("kim", fields={"words": "Before."})
    restore_keystore(ledger.home, backup / "keystore", ledger.clock())
    with pytest.raises(Unavailable, match="replaced"):
        running.visit("kim")
    with pytest.raises(Unavailable, match="replaced"):
        running.look("mara", known)
    running = running.reopened()
    assert running.types("mara", running.visit("kim")) == ["intake-saved.v1"]
    running.home.close()


def test_a_key_whose_month_is_missing_holds_up_nobody(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrap was on its way when the keystore was lost, under a month that the restored one does
    not know: acts and ticks go on, and the wrap waits.
    """
    backup = saved(ledger, tmp_path / "backup")
    ledger.clock.turn(days=20)
    with monkeypatch.context() as busy:
        busy.setattr(Custody, "settle", lambda *_, **__: None)
        ledger.visit("kim")
    ((waiting),) = ledger.home.inbox.wraps()
    restore_keystore(ledger.home, backup / "keystore", ledger.clock())
    again = ledger.reopened()
    assert again.tick(days=1)
    assert again.home.inbox.wraps() == (waiting,)
    again.home.close()


def test_only_what_the_restore_found_is_confirmed(ledger: Ledger, tmp_path: Path) -> None:
    """By no other door does a person confirm an incarnation that is not this home's, which would
    stop the ledger for good, or a restore whose log is known to be longer.
    """
    invented = {"incarnation": "ab" * 16, "size": 0, "root": "00" * 32, "known_size": 0}
    invented |= {"office_copy": False}
    with pytest.raises(BadRequest, match="not restored"):
        ledger.do("mara", "confirm-restore", OFFICE, invented)
    ledger.tick(days=1)
    backup = saved(ledger, tmp_path / "backup")
    ledger.tick(days=2)
    note = (ledger.home.log_directory / "checkpoint").read_bytes()
    again, _ = restored(ledger, backup, Brought(checkpoint=note, without_office=True))
    own = {**invented, "incarnation": again.home.config.incarnation}
    with pytest.raises(BadRequest, match="known to have"):
        again.do("mara", "confirm-restore", OFFICE, own)
    adopt_log(again.home, ledger.home.log_directory)
    for fields in (invented, own):
        with pytest.raises(BadRequest, match="restore confirm"):
            again.do("mara", "confirm-restore", OFFICE, fields)
    confirm(again.home, again.register, again.people["mara"], None)
    assert again.visit("kim")
    with pytest.raises(BadRequest, match="was confirmed"):
        again.do("mara", "confirm-restore", OFFICE, invented)
    again.home.close()


def test_no_key_stays_on_its_way_in_a_backup(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a restore with a newer keystore part it would take the place of a newer wrap, with another
    audience.
    """
    with monkeypatch.context() as busy:
        busy.setattr(Custody, "settle", lambda *_, **__: None)
        reference = ledger.visit("kim")
        ledger.do("mara", "keep-sealed", reference, SEALING)
        assert ledger.home.vault.wraps()
    old = saved(ledger, tmp_path / "old")
    ledger.do("mara", "add-audience-member", reference, {"person": "tom", **NOTICE})
    ledger.clock.turn(hours=1)
    new = saved(ledger, tmp_path / "new-keys")
    again, _ = restored(ledger, old, WITHOUT, keystore=new / "keystore")
    confirm(again.home, again.register, again.people["mara"], None)
    assert again.visit("kim")
    assert again.types("tom", reference)
    again.home.close()
