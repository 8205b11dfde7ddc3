"""The published log: whole for whoever reads it, the same after any crash, and never told twice."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest

from ledger.errors import EvidenceCorrupt, Unavailable
from ledger.evidence import tiles
from ledger.evidence.checkpoint import Checkpoint, verify_checkpoint
from ledger.evidence.merkle import Tree, root_of, verify_consistency, verify_inclusion
from ledger.evidence.note import SignedNote
from ledger.evidence.schedule import Schedule
from ledger.evidence.tiles import TILE_WIDTH, TileReader, entries_path, files_for
from ledger.export import export_ledger
from ledger.logkeys import checkpoint_vkeys
from ledger.sequencer import ticks as module
from ledger.sequencer.checkpoints import CheckpointSigner
from ledger.stores.keystore import Keystore
from ledger.stores.logbook import Logbook
from ledger.stores.store import Store
from ledger.verify import verify
from tests.evidence.signing import check_ed25519, check_mldsa44
from tests.faults import Crash, failing, failing_commit
from tests.register.ledgers import Ledger, check_sound


def read(path: Path) -> Checkpoint:
    """What a published checkpoint says."""
    return Checkpoint.load(SignedNote.parse(path.read_bytes()).text)


def check_log(ledger: Ledger) -> int:
    """Read the published folder as a stranger does; gives the number of checkpoints.

    Every tile and bundle, the root from all entries, inclusion of every entry, consistency between
    all checkpoints, both signatures of each, and the schedule.
    """
    folder = ledger.home.log_directory
    newest = read(folder / "checkpoint")
    reader = TileReader(folder)
    entries = [reader.entry(index) for index in range(newest.size)]
    assert root_of(entries) == newest.root
    tree = Tree(reader.hash_at)
    for name, data in files_for(0, newest.size, reader.hash_at, lambda index: entries[index]):
        assert (folder / name).read_bytes() == data
    for index in range(0, newest.size, 7):
        path = tree.inclusion_proof(index, newest.size)
        assert verify_inclusion(entries[index], index, newest.size, path, newest.root)
    vkeys = checkpoint_vkeys(ledger.home.origin, ledger.home.log_keys.public)
    older = {path: read(path) for path in (folder / "checkpoints").iterdir()}
    for kept, checkpoint in older.items():
        proof = tree.consistency_proof(checkpoint.size, newest.size)
        assert verify_consistency(checkpoint.size, checkpoint.root, newest.size, newest.root, proof)
        verified = verify_checkpoint(kept.read_bytes(), vkeys, check_ed25519, check_mldsa44)
        schedule = Schedule.load(SignedNote.parse((folder / "schedule").read_bytes()).text)
        assert verified.time is not None
        assert schedule.due(schedule.last_tick(checkpoint.size)) <= verified.time
    return len(older)


# ---- readers ----


def test_strangers_accept_the_log(ledger: Ledger) -> None:
    """Twelve ticks, over bundles that were partial, full and partial again."""
    for hour in range(12):
        if hour % 3:
            ledger.visit()
        ledger.tick(hours=1)
    assert ledger.home.logbook.size() > TILE_WIDTH
    assert check_log(ledger) == 12
    check_sound(ledger)


def test_the_offline_verifier_finds_nothing(ledger: Ledger, tmp_path: Path) -> None:
    """What Mara exports after visits, an opening and many ticks is intact for the verifier."""
    for _ in range(3):
        reference = ledger.visit("kim")
        ledger.do("mara", "open", reference)
        ledger.tick(hours=1)
    ledger.tick(hours=4)
    shown = export_ledger(ledger.home, tmp_path / "p")
    report = verify(tmp_path / "p", (ledger.path / "trust.json").read_bytes())
    assert report.findings == ()
    assert report.exit_code == 0
    assert shown == len([*ledger.home.open.page(0, 1_000)])


# ---- crashes ----


STEPS: list[tuple[object, str]] = [
    (Store, "close_ticks"),
    (Logbook, "add_ticks"),
    (Keystore, "put_wrap"),
    (Store, "settled"),
    (CheckpointSigner, "_save"),
    (module, "publish"),
]
"""Every step of the sequencer that touches something durable."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_after_a_crash_at_any_step_the_log_goes_on(
    template: Ledger, tmp_path: Path, after: bool
) -> None:
    """The nth step is the last one, for every n: what was signed is published as it was signed,
    no tick is built twice, none is left out, and strangers accept the log.
    """
    prepared = template.copied(tmp_path / "ready")
    prepared.visit()
    prepared.tick(hours=1)
    prepared.visit("kim")
    prepared.clock.turn(hours=2)
    for nth in range(1, 100):
        ledger = prepared.copied(tmp_path / f"{nth}")
        with failing(nth, STEPS, Crash, after=after) as fault, suppress(Crash):
            ledger.sequencer().run(ledger.clock())
        signed = json.loads((ledger.path / "signer.json").read_text())
        ledger = ledger.reopened()
        ledger.clock.turn(minutes=5)
        ledger.sequencer().run(ledger.clock())
        kept = ledger.home.log_directory / "checkpoints" / str(signed["size"])
        assert kept.read_text() == signed["note"]
        assert ledger.home.logbook.last_tick() == 3
        assert check_log(ledger) in (2, 3)
        check_sound(ledger).home.close()
        if fault.due:
            break
    else:
        pytest.fail("the steps never came to an end")
    assert nth > 7


@pytest.mark.parametrize("nth", [1, 2])
def test_what_a_tick_left_behind_that_broke_off_goes_into_no_pack(
    ledger: Ledger, tmp_path: Path, nth: int
) -> None:
    """Tiles, and then a checkpoint by its size, stand there before the checkpoint that needs them:
    a pack that is made right then holds the log up to its own checkpoint, and is intact.
    """
    ledger.visit()
    ledger.tick(days=1)
    newest = ledger.home.log_directory / "checkpoint"
    before = newest.read_bytes()
    with failing(nth, [(module, "publish")], Crash, after=True) as fault, suppress(Crash):
        ledger.tick(days=1)
    assert not fault.due
    newest.write_bytes(before)
    ledger = ledger.reopened()
    export_ledger(ledger.home, tmp_path / "pack")
    report = verify(tmp_path / "pack", (ledger.path / "trust.json").read_bytes(), replay=True)
    assert report.findings == (), report.text()
    ledger.home.close()


@pytest.mark.parametrize("persisted", [False, True], ids=["not-persisted", "persisted"])
def test_every_commit_of_a_tick_may_fail(template: Ledger, tmp_path: Path, persisted: bool) -> None:
    """A commit of a lane or of the logbook fails, lost or kept: the next run goes on from there."""
    prepared = template.copied(tmp_path / "ready")
    prepared.visit()
    prepared.clock.turn(hours=2)
    for nth in range(1, 50):
        ledger = prepared.copied(tmp_path / f"{nth}")
        with failing_commit(nth, persisted=persisted) as fault, suppress(Unavailable):
            ledger.sequencer().run(ledger.clock())
        ledger = ledger.reopened()
        ledger.sequencer().run(ledger.clock())
        assert ledger.home.logbook.last_tick() == 2
        check_sound(ledger).home.close()
        if fault.due:
            break
    assert nth == 5


def test_a_folder_that_cannot_be_written_signs_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the disk refuses tiles no checkpoint is signed; later the very tick is published."""
    real = tiles.publish

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "publish", full)
    with pytest.raises(Unavailable):
        ledger.tick(hours=1)
    assert json.loads((ledger.path / "signer.json").read_text())["size"] == 0
    assert ledger.home.logbook.last_tick() == 1
    monkeypatch.setattr(module, "publish", real)
    (published,) = ledger.tick()
    assert published.tick == 1
    assert check_log(ledger) == 1


# ---- what was restored, lost or altered ----


def test_a_signer_restored_from_a_backup_signs_nothing(ledger: Ledger) -> None:
    """Its old memory would date and sign the same sizes again; it stops, and nothing is undone."""
    ledger.tick(hours=1)
    shutil.copy(ledger.path / "signer.json", ledger.path / "backup")
    ledger.tick(hours=2)
    newest = (ledger.home.log_directory / "checkpoint").read_bytes()
    shutil.copy(ledger.path / "backup", ledger.path / "signer.json")
    with pytest.raises(Unavailable, match="remembers less"):
        ledger.tick(hours=1)
    assert (ledger.home.log_directory / "checkpoint").read_bytes() == newest


def test_a_signer_without_memory_signs_nothing(ledger: Ledger) -> None:
    """A lost or garbled state stops signing until a person accepts a checkpoint."""
    ledger.tick(hours=1)
    state = ledger.path / "signer.json"
    whole = json.loads(state.read_text())
    for broken in (
        None,
        "",
        "[]",
        "{}",
        json.dumps({**whole, "size": whole["size"] * 2}),
        json.dumps({**whole, "root": "00" * 32}),
        json.dumps({**whole, "note": whole["note"].replace("lonecone", "lonecane")}),
        json.dumps({**whole, "note": ""}),
    ):
        state.unlink(missing_ok=True)
        if broken is not None:
            state.touch(mode=0o600)
            state.write_text(broken)
        with pytest.raises(Unavailable, match="lost its memory"):
            ledger.tick(hours=1)
    assert ledger.home.logbook.last_tick() == 1


def test_a_logbook_restored_from_a_backup_builds_nothing(ledger: Ledger) -> None:
    """It would fill ticks that are published already with other covers."""
    ledger.tick(hours=1)
    ledger.home.close()
    shutil.copy(ledger.path / "log.db", ledger.path / "backup")
    ledger = ledger.reopened()
    ledger.tick(hours=2)
    ledger.home.close()
    shutil.copy(ledger.path / "backup", ledger.path / "log.db")
    ledger = ledger.reopened()
    with pytest.raises(EvidenceCorrupt, match="holds less than was signed"):
        ledger.tick(hours=1)


def test_a_store_restored_from_a_backup_fills_no_built_tick(ledger: Ledger) -> None:
    """What is appended to the restored store stands in ticks that are still to come."""
    ledger.home.close()
    shutil.copy(ledger.path / "inbox.db", ledger.path / "backup")
    ledger = ledger.reopened()
    ledger.tick(hours=3)
    ledger.home.close()
    shutil.copy(ledger.path / "backup", ledger.path / "inbox.db")
    ledger = ledger.reopened()
    ledger.clock.turn(hours=-2)
    reference = ledger.visit()
    (intake,) = ledger.look("mara", reference).intakes
    pending = ledger.home.inbox.pending(intake.id, 1)
    assert pending is not None
    assert pending.tick is not None
    assert pending.tick > 3
    ledger.tick(hours=10)
    check_sound(ledger)


def alter(path: Path, place: int) -> None:
    """Change one byte of a file."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("name", "place"),
    [("tile/0/000.p/38", 40), ("schedule", 5), ("schedule", 46), ("schedule", 70)],
)
def test_an_altered_published_file_stops_the_log(ledger: Ledger, name: str, place: int) -> None:
    """What is on disk is not what was signed: nothing is built upon it."""
    ledger.tick(hours=1)
    alter(ledger.home.log_directory / name, place)
    signed = (ledger.path / "signer.json").read_bytes()
    ledger = ledger.reopened()
    with pytest.raises(EvidenceCorrupt):
        ledger.tick(hours=1)
    assert (ledger.path / "signer.json").read_bytes() == signed
    assert ledger.home.logbook.last_tick() <= 2


@pytest.mark.parametrize(
    ("name", "place"),
    [(entries_path(0, 38), 60), ("checkpoint", 5), ("checkpoint", 25), ("checkpoint", 60)],
)
def test_what_is_kept_elsewhere_is_published_as_it_was(
    ledger: Ledger, name: str, place: int
) -> None:
    """The checkpoint is the signer's, the bundles are the logbook's: they are written anew."""
    ledger.tick(hours=1)
    alter(ledger.home.log_directory / name, place)
    ledger.tick(hours=1)
    assert check_log(ledger) == 2


def test_a_missing_tile_is_unavailable_and_not_called_an_attack(ledger: Ledger) -> None:
    """A file that is not there can be restored; the log waits."""
    ledger.tick(hours=1)
    (ledger.home.log_directory / "tile/0/000.p/38").unlink()
    with pytest.raises(Unavailable, match="missing"):
        ledger.tick(hours=1)


def test_an_altered_logbook_is_found_before_it_is_published(ledger: Ledger) -> None:
    """An entry that was signed and is another one now stops the log."""
    ledger.tick(hours=1)
    ledger.home.close()
    raw = sqlite3.connect(ledger.path / "log.db")
    raw.execute("DROP TRIGGER entries_UPDATE")
    raw.execute("UPDATE entries SET entry = zeroblob(32) WHERE leaf = 5")
    raw.commit()
    raw.close()
    ledger = ledger.reopened()
    with pytest.raises(EvidenceCorrupt, match="logbook differs"):
        ledger.tick(hours=1)


def test_a_checkpoint_that_was_removed_is_published_again(ledger: Ledger) -> None:
    """The note comes from the signer's memory, byte for byte."""
    ledger.tick(hours=1)
    path = ledger.home.log_directory / "checkpoint"
    note = path.read_bytes()
    path.unlink()
    assert ledger.tick() == ()
    assert path.read_bytes() == note


# ---- the signer itself ----


@pytest.fixture
def signer(ledger: Ledger) -> CheckpointSigner:
    """The signer of a log of one tick."""
    ledger.tick(hours=1)
    return CheckpointSigner(ledger.path / "signer.json", ledger.home.origin, ledger.home.log_keys)


def test_the_signer_signs_extensions_only(ledger: Ledger, signer: CheckpointSigner) -> None:
    """No equal size, no smaller one, and no larger one without a proof that it extends the last."""
    state = signer.state
    entries = list(ledger.home.logbook.entries(0, state.size))
    other = root_of([*entries[:-1], bytes(32), *entries])
    for size, root, proof in (
        (state.size, state.root, ()),
        (state.size, bytes(32), ()),
        (state.size - 1, root_of(entries[:-1]), ()),
        (state.size * 2, other, ()),
        (state.size * 2, other, (state.root,)),
    ):
        with pytest.raises(EvidenceCorrupt):
            signer.sign(size, root, proof, ledger.clock())
    assert signer.state == state


def test_a_signer_begins_once(signer: CheckpointSigner) -> None:
    """Nothing makes it forget what it has signed."""
    state = signer.state
    with pytest.raises(Unavailable):
        signer.begin()
    assert signer.state == state


def test_a_checkpoint_is_dated_no_earlier_than_its_tick(ledger: Ledger) -> None:
    """Published after a crash, with a clock that went back, it still bears its tick's time."""
    ledger.clock.turn(hours=1)
    with failing(5, STEPS, Crash, after=True), pytest.raises(Crash):
        ledger.sequencer().run(ledger.clock())
    ledger = ledger.reopened()
    ledger.clock.turn(days=-1)
    (published,) = ledger.sequencer().run(ledger.clock())
    lines = (ledger.home.log_directory / "checkpoint").read_text().splitlines()
    timed = base64.b64decode(lines[-1].split(" ")[2])[4:12]
    assert int.from_bytes(timed, "big") == int(published.due.timestamp())
