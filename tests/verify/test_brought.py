"""V13 and V14: openings for those who may see everything, and receipts that somebody kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.evidence import commitment
from ledger.evidence.opening import CoverOpening, ErasedOpening
from ledger.evidence.pack import (
    dump_opening,
    law_path,
    manifest_of,
    opening_path,
    read_path,
    record_path,
)
from ledger.verify import Outcome, Report, verify
from ledger.verify import __main__ as command
from ledger.verify.brought import LARGEST_RECEIPT
from tests.drafts import LAWS, act, assent, seed, stream_id
from tests.forge import ORIGIN, Files, Forge, Made, World, relist, seal, write
from tests.verify.hands import receipt

SEALED = "case"
LAW = law_path(sha256(LAWS[1]).digest())


def codes(report: Report) -> set[str]:
    """Return the codes that a report holds."""
    return {one.code for one in report.findings}


def outcome(report: Report, name: str) -> Outcome:
    """Return what became of a check."""
    return next(one.outcome for one in report.checks if one.name == name)


@pytest.fixture(scope="module")
def world() -> World:
    """The good ledger."""
    return Forge().build()


def parted(world: World, *streams: str) -> tuple[Files, Files]:
    """Return a ledger pack without one matter and all covers, and the openings of just those."""
    whole = world.pack("ledger")
    sealed = {
        made.index
        for made in world.forge.made.values()
        if made.draft.stream in (streams or (SEALED,))
    }
    kept = {
        path: data
        for path, data in whole.items()
        if path not in {record_path(index) for index in sealed}
        and path not in {opening_path(index) for index in sealed | world.forge.covers.keys()}
        and read_path(path).kind != "attachment"
    }
    files = {path: data for path, data in whole.items() if path not in kept} | {LAW: whole[LAW]}
    return relist(kept), brought(files)


def brought(files: Files, **changes: object) -> Files:
    """List openings."""
    return seal(replace(manifest_of(ORIGIN, "openings", (), files), **changes), files)  # type: ignore[arg-type] # any field may be bent


def reports(world: World, pack: Files, openings: Files, root: Path) -> Report:
    """Verify a pack with openings beside it."""
    write(pack, root / "pack")
    write(openings, root / "openings")
    return verify(root / "pack", world.trust(), openings=root / "openings")


def test_openings_account_for_every_leaf(world: World, tmp_path: Path) -> None:
    """Who may open everything sees that nothing hides in the log, and the sealed matter too."""
    pack, openings = parted(world)
    report = reports(world, pack, openings, tmp_path)
    assert (report.exit_code, report.findings) == (0, ())
    assert outcome(report, "V13") is Outcome.RAN
    assert (report.shown.records, report.shown.unopened) == (19, 0)
    alone = verify(tmp_path / "pack", world.trust())
    assert (alone.exit_code, outcome(alone, "V13")) == (0, Outcome.NOT_ASKED)
    assert (alone.shown.records, alone.shown.unopened) == (14, 96 - 14)


def without(*kinds: str) -> Callable[[Files, World], Files]:
    """Take the first opening of each kind away."""

    def alter(files: Files, world: World) -> Files:
        sealed = sorted(made.index for made in world.forge.made.values()
                        if made.draft.stream == SEALED)  # fmt: skip
        places = {"record": sealed[0], "cover": min(world.forge.covers)}
        gone = {path(places[kind]) for kind in kinds for path in (record_path, opening_path)}
        return brought({one: data for one, data in rest(files) if one not in gone})

    return alter


def rest(files: Files) -> list[tuple[str, bytes]]:
    """Return all files but the manifest."""
    return [(path, data) for path, data in files.items() if path != "manifest.json"]


def adding(path: str, data: bytes = b"") -> Callable[[Files, World], Files]:
    """Add a file to the openings."""
    return lambda files, _: brought({**dict(rest(files)), path: data})


def a_cover_to_come(files: Files, world: World) -> Files:
    """Say of the first cover that it belongs to a tick that the log has not had yet."""
    index, cover = min(world.forge.covers.items())
    told = dump_opening(replace(cover, tick=99))
    return brought({**dict(rest(files)), opening_path(index): told})


HARMS: dict[str, tuple[Callable[[Files, World], Files], set[str]]] = {
    "a cover withheld": (without("cover"), {"V13.unopened"}),
    "a cover of a tick to come": (a_cover_to_come, {"V7.cover-misplaced"}),
    "a record withheld": (
        without("record"),
        {"V13.unopened", "V10.gap"},
    ),
    "a record of the pack again": (
        lambda files, world: brought(
            {**dict(rest(files)), record_path(world.made("founded").index): b"{}"}
        ),
        {"V1.in-both"},
    ),
    "another law": (adding(LAW, b"{}"), {"V1.in-both"}),
    "a file of packs only": (adding("derived/state.json", b"{}"), {"V1.not-for-scope"}),
    "an extent": (adding(f"extents/{'ab' * 16}"), {"V1.not-for-scope"}),
    "a changed file": (
        lambda files, _: {**files, LAW: b"other"}, {"V1.differs"}
    ),
    "no manifest": (lambda files, _: dict(rest(files)), {"V1.manifest-missing"}),
    "a pack as openings": (lambda _, world: world.pack("ledger"), {"V1.not-for-scope"}),
    "openings of another ledger": (
        lambda files, _: brought(dict(rest(files)), origin="elsewhere.example"), {"V1.origin"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HARMS)
def test_openings_are_as_strict_as_packs(name: str, world: World, tmp_path: Path) -> None:
    """What is brought is compared like what was given, and what it leaves out is named."""
    alter, expected = HARMS[name]
    pack, openings = parted(world)
    report = reports(world, pack, alter(openings, world), tmp_path)
    assert codes(report) >= expected, report.text()
    assert report.exit_code == 1


class Doubling(Forge):
    """A forge whose ticks hold cover 1 twice, under two blinds, and no cover 0."""

    def _close(self, tick: int, made: list[Made], entries: int) -> None:
        own = {one.commitment: one for one in made}
        covers: dict[bytes, CoverOpening] = {}
        for k in range(entries - len(made)):
            blind = seed("cover", f"{tick}", f"{k}")
            covers[commitment.cover(blind, max(k, 1))] = CoverOpening(tick, max(k, 1), blind)
        for entry in sorted([*own, *covers]):
            if entry in own:
                own[entry].index = self.tree.size
            else:
                self.covers[self.tree.size] = covers[entry]
            self.tree.append(entry)


def test_one_cover_stands_for_one_leaf(tmp_path: Path) -> None:
    """A leaf that is a record could be shown as a cover that another leaf is already."""
    pack, openings = parted(Doubling().build())
    report = reports(Doubling().build(), pack, openings, tmp_path)
    assert codes(report) == {"V13.cover-doubled"}
    assert len(report.findings) == 6


def test_openings_do_not_go_with_a_part(world: World, tmp_path: Path) -> None:
    """Who brings openings to a part pack or a log learns that nothing was made of them."""
    _, openings = parted(world)
    write(openings, tmp_path / "openings")
    for name, files in (("pack", world.pack("case", ("case",))), ("log", world.log())):
        root = write(files, tmp_path / name)
        report = verify(root, world.trust(), openings=tmp_path / "openings")
        assert (codes(report), outcome(report, "V13")) == (set(), Outcome.COULD_NOT_RUN)
        assert report.exit_code == 2


def test_openings_that_are_not_there_are_no_finding(world: World, tmp_path: Path) -> None:
    """A wrong path says nothing about the evidence."""
    root = write(world.pack("ledger"), tmp_path / "pack")
    (tmp_path / "file").write_bytes(b"")
    for name in ("nothing", "file", "\0"):
        report = verify(root, world.trust(), openings=tmp_path / name)
        assert report.exit_code == (1 if codes(report) else 2)
        assert report.headline.startswith(("NOT VERIFIED: the openings", "NOT INTACT"))


def test_without_a_whole_log_leaves_cannot_be_counted(world: World, tmp_path: Path) -> None:
    """Where the tree does not hold, nobody can say what its leaves are."""
    pack, openings = parted(world)
    pack = relist({**pack, "log/tile/entries/000.p/96": b""})
    report = reports(world, pack, openings, tmp_path)
    assert outcome(report, "V13") is Outcome.COULD_NOT_RUN
    write({**openings, "manifest.json": b"{}"}, tmp_path / "openings")
    again = verify(tmp_path / "pack", world.trust(), openings=tmp_path / "openings")
    assert outcome(again, "V13") is Outcome.COULD_NOT_RUN
    assert "V1.manifest-malformed" in codes(again)


def erased(tmp_path: Path, *, agreed: bool) -> Report:
    """Verify a ledger in which the intake was erased, its tombstones among the openings."""
    forge = Forge()
    names = ("intake", "close-intake")
    forge.add(
        act("erase", "stream-erased", 6, lambda forge: {
            "stream": stream_id("intake").hex(),
            "secrets": "both",
            "records": [{"seq": seq, "e": forge.made[name].e.hex()}
                        for seq, name in enumerate(names, 1)],
        }),
    )  # fmt: skip
    if agreed:
        forge.add(assent("assent-erase", "erase", 6))
    world = forge.build()
    pack, openings = parted(world, "intake")
    where = (world.made("erase").record.stream, world.made("erase").record.seq)
    files = {path: data for path, data in rest(openings) if read_path(path).kind != "record"}
    for name in names:
        made = world.made(name)
        stone = ErasedOpening(where, made.blind, made.record.stream, made.record.seq, made.e)
        files[opening_path(made.index)] = dump_opening(stone)
    return reports(world, pack, brought(files), tmp_path)


def test_a_tombstone_accounts_for_its_leaf(tmp_path: Path) -> None:
    """What was erased is shown as erased, and by whose word."""
    report = erased(tmp_path / "a", agreed=True)
    assert (report.findings, report.shown.tombstones, report.shown.unopened) == ((), 2, 0)
    assert codes(erased(tmp_path / "b", agreed=False)) == {"V9.tombstone-unfounded"}


# ---- receipts -----------------------------------------------------------------------------------


def test_a_kept_promise_is_kept(world: World, tmp_path: Path) -> None:
    """Whoever was given receipts sees that what they promise is in the log."""
    notes = [receipt(world, name) for name in ("intake", "request", "founded")]
    for scope, shown in (("ledger", ()), ("case", ("intake", "case"))):
        root = write(world.pack(scope, shown), tmp_path / scope)  # type: ignore[arg-type] # two scopes
        report = verify(root, world.trust(), receipts=notes)
        assert (report.exit_code, outcome(report, "V14")) == (0, Outcome.RAN)
    root = write(world.log(), tmp_path / "log")
    assert verify(root, world.trust(), receipts=notes).exit_code == 0


def test_a_broken_promise_is_found(world: World, tmp_path: Path) -> None:
    """A commitment that came late, or never, breaks its receipt."""
    made = world.made("request")
    early = receipt(world, "request", world.schedule.tick_of(made.index) - 1)
    never = receipt(world, "request", commitment=bytes([7]) * 32)
    for name, files in (("log", world.log()), ("ledger", world.pack("ledger"))):
        root = write(files, tmp_path / name)
        for note in (early, never):
            report = verify(root, world.trust(), receipts=[note])
            assert (codes(report), report.exit_code) == ({"V14.broken"}, 1)
    root = write(world.pack("case", ("case",)), tmp_path / "case")
    assert codes(verify(root, world.trust(), receipts=[early])) == {"V14.broken"}


def test_what_cannot_be_told_of_a_receipt_stays_open(world: World, tmp_path: Path) -> None:
    """A tick to come, a leaf that is not shown, a log that does not verify: no verdict."""
    root = write(world.pack("case", ("case",)), tmp_path)
    for note in (receipt(world, "intake"), receipt(world, "request", 7)):
        report = verify(root, world.trust(), receipts=[note, receipt(world, "request")])
        assert (codes(report), outcome(report, "V14")) == (set(), Outcome.COULD_NOT_RUN)
        assert report.exit_code == 2
        assert "of receipt 1 " in report.text()
    for name in ("schedule", "checkpoint", "manifest.json"):
        (root / name).write_bytes(b"")
        report = verify(root, world.trust(), receipts=[receipt(world, "request")])
        assert (report.exit_code, outcome(report, "V14")) == (1, Outcome.COULD_NOT_RUN)
    log = write({**world.log(), "tile/entries/000.p/96": b""}, tmp_path / "log")
    report = verify(log, world.trust(), receipts=[receipt(world, "request")])
    assert outcome(report, "V14") is Outcome.COULD_NOT_RUN


def test_a_receipt_that_is_not_the_ledgers_is_refused(world: World, tmp_path: Path) -> None:
    """A receipt must be signed by a key of receipts, and be of this ledger."""
    root = write(world.pack("case", ("case",)), tmp_path)
    good = receipt(world, "request")
    by_log = world.note(good.decode().partition("\n\n")[0] + "\n")
    foreign = receipt(world, "request", origin="elsewhere.example")
    long = good + b"\n" * LARGEST_RECEIPT
    for bad in (by_log, foreign, world.extent("case"), b"", good[:-1], long):
        report = verify(root, world.trust(), receipts=[good, bad])
        assert (codes(report), report.exit_code) == ({"V14.receipt-refused"}, 1)
        assert "Receipt 2 " in report.headline


def test_the_command_takes_what_a_receiver_brings(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Openings and receipts are named on the command line, receipts as often as there are."""
    pack, openings = parted(world)
    write(pack, tmp_path / "pack")
    write(openings, tmp_path / "openings")
    notes = {name: receipt(world, name) for name in ("intake", "request")}
    write({**notes, "trust.json": world.trust()}, tmp_path)
    asked = [str(tmp_path / "pack"), "--trust", str(tmp_path / "trust.json")]
    asked += ["--openings", str(tmp_path / "openings")]
    for name in notes:
        asked += ["--receipt", str(tmp_path / name)]
    assert command.main(asked) == 0
    text = capsys.readouterr().out
    assert "V13 ran" in text
    assert "V14 ran" in text
    assert command.main([*asked, "--receipt", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().out.startswith("NOT VERIFIED: a receipt cannot be read.")
