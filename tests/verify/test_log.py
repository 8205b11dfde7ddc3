"""V2, V5, V6, V7: the log's notes, its past, its size in time, and every file of its directory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.note import SignedNote
from ledger.evidence.pack import consistency_path, dump_consistency
from ledger.evidence.schedule import Schedule
from ledger.verify import Outcome, Report, verify
from tests.drafts import START
from tests.forge import ORIGIN, Files, Forge, World, relist, write
from tests.verify.cases import Alter, Bend, Case, case, check, with_file

SEVEN = bytes([7]) * 32
ENTRY = bytes.fromhex("0020")


def codes(report: Report) -> set[str]:
    """Return the codes that a report holds."""
    return {one.code for one in report.findings}


def outcome(report: Report, name: str) -> Outcome:
    """Return what became of a check."""
    return next(one.outcome for one in report.checks if one.name == name)


def checkpoint(change: Callable[[Checkpoint], Checkpoint]) -> Bend:
    """Let the log sign something else."""

    def bend(forge: Forge) -> None:
        forge.checkpoint_change = change

    return bend


def signed_at(days: float) -> Bend:
    """Let the log sign at another time."""

    def bend(forge: Forge) -> None:
        forge.signed_at = START + timedelta(days=days)

    return bend


def lines(change: Callable[[SignedNote], SignedNote], name: str = "checkpoint") -> Alter:
    """Bend the lines of a signed note."""

    def alter(files: Files, world: World) -> Files:
        note = change(SignedNote.parse(files[name]))
        return relist({**files, name: note.dump()})

    return alter


def foreign_schedule(world: World) -> bytes:
    """Sign another ledger's schedule with this log's key."""
    return world.note(Schedule("elsewhere.example", tuple(world.forge.epochs)).dump())


NOTES = [
    case("no-first-line", "The Ed25519 signature is missing.", "V2.checkpoint-refused",
         alter=lines(lambda note: replace(note, signatures=note.signatures[1:]))),
    case("no-second-line", "The ML-DSA-44 signature is missing.", "V2.checkpoint-refused",
         alter=lines(lambda note: replace(note, signatures=note.signatures[:1]))),
    case("reordered-lines", "The log's lines stand in order.", "V2.checkpoint-refused",
         alter=lines(lambda note: replace(note, signatures=note.signatures[::-1]))),
    case("other-text", "The text is not what was signed.", "V2.checkpoint-refused",
         alter=lines(lambda note: replace(note, text=note.text.replace("96", "97")))),
    case("no-note", "A checkpoint is a signed note.", "V2.checkpoint-refused",
         alter=with_file("checkpoint", b"96")),
    case("schedule-by-a-stranger", "The schedule is signed by the log.", "V2.schedule-refused",
         alter=with_file("schedule", lambda world: world.note(
             world.schedule.dump(), world.receipt_key, "receipt"))),
    case("schedule-of-another", "The schedule is of this ledger.", "V2.schedule-origin",
         alter=with_file("schedule", foreign_schedule)),
    case("schedule-text", "The schedule is a schedule.", "V2.schedule-refused",
         alter=with_file("schedule", lambda world: world.note("hello\n"))),
    case("no-schedule-in-a-whole", "Without a schedule no tick can be told.",
         "V2.schedule-refused V2.copies-differ", alter=with_file("schedule", b""),
         scope="ledger"),
    case("copies-differ", "The copy in the log is another one.", "V2.copies-differ",
         alter=with_file("log/schedule", lambda world: world.note("hello\n")), scope="ledger"),
    case("no-copy", "The copy in the log is missing.", "V2.copies-differ",
         alter=lambda files, _: relist(
             {k: v for k, v in files.items() if k != "log/schedule"}), scope="ledger"),
    case("ahead", "The log is ahead of its schedule.", "V6.ahead-of-signature", signed_at(5)),
    case("ahead-of-now", "The log is ahead of the receiver's time.", "V6.ahead-of-now",
         now="2026-06-06T23:54:59Z"),
    case("not-ahead", "Within the tolerance clocks may differ.", "", now="2026-06-06T23:55:00Z"),
    case("root-of-another", "The entries do not give the signed root.", "V7.root-differs",
         checkpoint(lambda one: replace(one, root=SEVEN) if one.size == 96 else one),
         scope="ledger"),
    case("part-root", "The paths do not lead to the signed root.",
         "V7.not-in-log V9.founding-not-shown V10.subject-missing V12.attachment-unnamed",
         checkpoint(lambda one: replace(one, root=SEVEN)),
         scope="event"),
]  # fmt: skip


@pytest.mark.parametrize("one", NOTES, ids=lambda one: one.name)
def test_what_the_log_did_not_sign_is_found(one: Case, tmp_path: Path) -> None:
    """Notes carry the trusted signatures, and the log keeps to its schedule."""
    check(one, tmp_path)


def test_a_size_between_two_ticks_is_found(tmp_path: Path) -> None:
    """The log grows by whole ticks, so that its size tells nothing."""
    world = Forge().build()
    world.forge.tree.append(SEVEN)
    world.size += 1
    report = verify(write(world.log(), tmp_path), world.trust())
    assert codes(report) == {"V6.size"}


def test_a_tick_out_of_order_is_found(tmp_path: Path) -> None:
    """Entries ascend within a tick, so that the order of lanes tells nothing."""
    forge = Forge()
    forge.fill = lambda entries: sorted(entries, reverse=True)
    world = forge.build()
    assert codes(verify(write(world.log(), tmp_path), world.trust())) == {"V7.not-ascending"}


# ---- the published directory --------------------------------------------------------------------


def changed(name: str, change: Callable[[bytes], bytes]) -> Callable[[Files, World], Files]:
    """Bend one file."""
    return lambda files, _: {**files, name: change(files[name])}


def removed(name: str) -> Callable[[Files, World], Files]:
    """Take one file away."""
    return lambda files, _: {path: data for path, data in files.items() if path != name}


def added(name: str, data: Callable[[World], bytes]) -> Callable[[Files, World], Files]:
    """Add one file."""
    return lambda files, world: {**files, name: data(world)}


def bundle(world: World, width: int) -> bytes:
    """Return the first entries as a bundle."""
    return b"".join(ENTRY + world.forge.tree.entry(place) for place in range(width))


def hashes(world: World, width: int) -> bytes:
    """Return the first leaf hashes as a tile."""
    return b"".join(world.forge.tree.hash_at(0, place) for place in range(width))


def fork(world: World) -> bytes:
    """Let the log's keys sign another past."""
    world.forge.checkpoint_change = lambda one: replace(one, root=SEVEN)
    return world.checkpoint(48)


DIRECTORIES: dict[str, tuple[Callable[[Files, World], Files], set[str]]] = {
    "intact": (lambda files, _: files, set()),
    "older bundle": (added("tile/entries/000.p/48", lambda world: bundle(world, 48)), set()),
    "older tile": (added("tile/0/000.p/48", lambda world: hashes(world, 48)), set()),
    "older checkpoint": (added("checkpoints/48", lambda world: world.checkpoint(48)), set()),
    "foreign file": (added("robots.txt", lambda world: b""), set()),
    "checkpoint gone": (removed("checkpoint"), {"V1.missing"}),
    "schedule gone": (removed("schedule"), {"V1.missing"}),
    "keys gone": (removed("keys"), {"V2.keys-missing"}),
    "keys malformed": (changed("keys", lambda data: data[1:]), {"V2.keys-malformed"}),
    "keys not ASCII": (changed("keys", lambda data: b"\xff" + data), {"V2.keys-malformed"}),
    "key withheld": (
        changed("keys", lambda data: data.split(b"\n")[0] + b"\n"), {"V2.keys-differ"}
    ),
    "keys without an end": (changed("keys", lambda data: data[:-1]), {"V2.keys-malformed"}),
    "key listed twice": (changed("keys", lambda data: data * 2), {"V2.keys-malformed"}),
    "entries gone": (removed("tile/entries/000.p/96"), {"V7.entries-missing"}),
    "entries cut": (
        changed("tile/entries/000.p/96", lambda data: data[:-1]), {"V7.entries-malformed"}
    ),
    "entries misframed": (
        changed("tile/entries/000.p/96", lambda data: b"\x00\x21" + data[2:]),
        {"V7.entries-malformed"},
    ),
    "entry changed": (
        changed("tile/entries/000.p/96", lambda data: data[:-1] + b"\x00"), {"V7.root-differs"}
    ),
    "tile gone": (removed("tile/0/000.p/96"), {"V7.tile-missing"}),
    "tile changed": (
        changed("tile/0/000.p/96", lambda data: data[:-1] + b"\x00"), {"V7.tile-differs"}
    ),
    "older tile changed": (
        added("tile/0/000.p/48", lambda world: SEVEN * 48), {"V7.tile-differs"}
    ),
    "tile beyond the log": (added("tile/0/000.p/97", lambda world: SEVEN * 97), set[str]()),
    "entries beyond the log": (added("tile/entries/000.p/97", lambda _: SEVEN), set[str]()),
    "tile above the log": (added("tile/1/000.p/1", lambda world: SEVEN), set[str]()),
    "tile beyond any log": (added("tile/8/000", lambda world: SEVEN), {"V7.tile-differs"}),
    "tile too wide": (added("tile/0/000.p/300", lambda world: SEVEN), {"V7.tile-differs"}),
    "tile oddly named": (added("tile/0/x000/000.p/48", lambda world: SEVEN), {"V7.tile-differs"}),
    "tile of no level": (added("tile/99/000", lambda world: SEVEN), {"V7.tile-differs"}),
    "newest not kept": (removed("checkpoints/96"), {"V7.kept-missing"}),
    "kept malformed": (changed("checkpoints/80", lambda data: data[1:]), {"V2.kept-refused"}),
    "kept misplaced": (
        added("checkpoints/48", lambda world: world.checkpoint(64)), {"V7.kept-misplaced"}
    ),
    "forked": (added("checkpoints/48", fork), {"V7.kept-differs"}),
}  # fmt: skip


def test_a_finding_names_the_file_as_the_pack_does(tmp_path: Path) -> None:
    """In a ledger pack the log's files lie below log/, and are named so."""
    world = Forge().build()
    files = world.pack("ledger")
    files = relist({**files, "log/tile/0/000.p/96": SEVEN * 96, "log/keys": b"none"})
    report = verify(write(files, tmp_path), world.trust())
    assert {one.place for one in report.findings} == {"log/keys", "log/tile/0/000.p/96"}


@pytest.mark.parametrize("name", DIRECTORIES)
def test_a_published_log_is_what_its_entries_give(name: str, tmp_path: Path) -> None:
    """Every tile and every kept checkpoint follows from the entries, and nothing is missing."""
    world = Forge().build()
    alter, expected = DIRECTORIES[name]
    report = verify(write(alter(world.log(), world), tmp_path), world.trust())
    assert codes(report) == expected
    assert report.exit_code == (1 if expected else 0)
    assert outcome(report, "V9") is Outcome.DID_NOT_RUN


def test_a_log_of_many_tiles_is_checked_whole(tmp_path: Path) -> None:
    """Beyond 256 entries there are full tiles and a second level."""
    forge = Forge()
    forge.epochs = [replace(forge.epochs[0], open=100, sealed=100)]
    world = forge.build()
    files = world.log()
    older = {f"checkpoints/{size}": world.checkpoint(size) for size in (200, 1000)}
    older["tile/1/000.p/1"] = world.forge.tree.hash_at(8, 0)
    root = write({**files, **older}, tmp_path)
    assert verify(root, world.trust()).exit_code == 0
    assert {"tile/0/003", "tile/1/000.p/4"} <= files.keys()


def test_an_empty_log_is_a_log(tmp_path: Path) -> None:
    """Before the first tick a log has a checkpoint of size 0 and no tiles."""
    world = Forge().build()
    empty = world.checkpoint(0)
    files = {**world.log(), "checkpoint": empty, "checkpoints/0": empty}
    for name in [name for name in files if name.startswith("tile") or name.endswith(("80", "96"))]:
        del files[name]
    report = verify(write(files, tmp_path), world.trust())
    assert (codes(report), report.exit_code) == (set(), 0)


# ---- V5 -----------------------------------------------------------------------------------------


def pinned(world: World, size: int) -> str:
    """Return a checkpoint that a receiver has kept."""
    return world.checkpoint(size).decode()


def test_a_kept_checkpoint_is_compared(tmp_path: Path) -> None:
    """What the receiver saw earlier must be a prefix of what is shown now."""
    world = Forge().build()
    for scope in ("case", "ledger"):
        root = write(world.pack(scope, ("case",) if scope == "case" else ()), tmp_path / scope)
        for size in (0, 48, 96):
            report = verify(root, world.trust(pinned=pinned(world, size)))
            assert (outcome(report, "V5"), report.exit_code) == (Outcome.RAN, 0)


def test_a_rewritten_log_is_found(tmp_path: Path) -> None:
    """A log that was rewritten since is not what the receiver has kept."""
    world, other = Forge().build(), Forge()
    other.fill = lambda entries: sorted(entries, reverse=True)
    kept = pinned(other.build(), 48)
    for scope in ("case", "ledger"):
        root = write(world.pack(scope, ("case",) if scope == "case" else ()), tmp_path / scope)
        report = verify(root, world.trust(pinned=kept))
        assert codes(report) == {"V5.inconsistent"}


def test_a_malformed_proof_proves_nothing(tmp_path: Path) -> None:
    """A proof that cannot be read is a fault of the pack, not an open question."""
    world = Forge().build()
    files = world.pack("event", ("request",))
    root = write(relist({**files, consistency_path(80): b"\n"}), tmp_path)
    report = verify(root, world.trust(pinned=pinned(world, 80)))
    assert codes(report) == {"V5.inconsistent"}


def test_without_a_proof_the_question_stays_open(tmp_path: Path) -> None:
    """A check that was asked for and could not run is told by the exit code."""
    world = Forge().build()
    files = world.pack("event", ("opened",))
    root = write(files, tmp_path / "pack")
    report = verify(root, world.trust(pinned=pinned(world, 80)))
    assert (outcome(report, "V5"), report.exit_code) == (Outcome.COULD_NOT_RUN, 2)
    proof = dump_consistency(world.tree.consistency_proof(80, 96))
    root = write(relist({**files, consistency_path(80): proof}), tmp_path / "proven")
    assert verify(root, world.trust(pinned=pinned(world, 80))).exit_code == 0


def test_a_newer_kept_checkpoint_leaves_the_question_open(tmp_path: Path) -> None:
    """An older pack can prove nothing about a newer checkpoint."""
    forge = Forge()
    forge.ticks = 5
    forge.drop("decided", "closed")
    older = forge.build()
    newer = Forge().build()
    root = write(older.pack("case", ("case",)), tmp_path)
    report = verify(root, older.trust(pinned=pinned(newer, 96)))
    assert (outcome(report, "V5"), report.exit_code) == (Outcome.COULD_NOT_RUN, 2)


def test_keys_of_the_log_alone_need_no_time(tmp_path: Path) -> None:
    """Where trust lists no ML-DSA-44 key, no time of signing is known, and none is claimed."""
    world = Forge().build()
    root = write(world.log(), tmp_path)
    trust = world.trust(log=[world.log_keys[0].dump()])
    report = verify(root, trust)
    assert (report.exit_code, report.signed) == (0, "")
    assert ORIGIN in report.headline
