"""Faults that only show where streams of several kinds meet, or where a disk holds odd things."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.evidence.opening import ErasedOpening
from ledger.evidence.pack import dump_opening, opening_path, record_path
from ledger.verify import Report, verify
from ledger.verify.tree import Entries
from tests.drafts import START, Draft, act, assent, enrolment, stream_id
from tests.forge import Forge, World, relist, write
from tests.verify.acts import LAW_1, forged_head
from tests.verify.cases import Case, add, amend, at_head, both, case, check, drop, redraft
from tests.verify.hands import receipt
from tests.verify.test_brought import brought, parted, rest
from tests.verify.test_handover import reattest, stolen


@pytest.fixture(scope="module")
def world() -> World:
    """The good ledger."""
    return Forge().build()


def codes(report: Report) -> set[str]:
    """Return the codes that a report holds."""
    return {one.code for one in report.findings}


# ---- streams that give authority -----------------------------------------------------------------

LOCAL = act("enrol-dan", "key-enrolled", 4, enrolment("dan"))
NOTE = Draft("note", "case", "note-taken.v1", 6, "ada", "director")


def weighty(forge: Forge) -> None:
    """Let the case bring in somebody of its own, so that it is judged with all it hangs on."""
    forge.drop("closed")
    forge.add(replace(LOCAL, stream="case", tick=5), replace(NOTE))


def older(forge: Forge) -> None:
    """Let a record of such a case go back to an older office."""
    weighty(forge)
    change = at_head(forge, "designee")
    forge.draft("note").change = lambda record: replace(change(record), law=LAW_1)


WEIGHTY = [
    case("weighty", "A case with people of its own is a case.", "", weighty),
    case("weighty-alone", "It may continue what is not shown.", "", weighty),
    case("weighty-falls", "It cannot go back to an older office.", "V9.head-falls V9.superseded",
         older),
    case("weighty-under-no-office", "Nor be decided under an office that never was.",
         "V9.head-differs", both(weighty, redraft("note", change=lambda record: replace(
             record, office=replace(record.office, head=bytes([7]) * 32))))),
    case("weighty-future-head", "Nor under one that is not shown.", "V9.head-not-shown",
         both(weighty, amend("note", office=forged_head(99)))),
    case("weighty-continues-nothing", "Nor rest on a head that nobody has.",
         "V10.continues-nothing V9.under-unfit",
         both(weighty, redraft("opened", change=lambda record: replace(
             record, continues=(replace(record.continues[0], head=bytes([7]) * 32),),
             under=f"{stream_id('intake').hex()}:1")))),
    case("plain-malformed-under-no-office", "An act under no office is read all the same.",
         "V9.head-not-shown V9.event-malformed",
         add(Draft("odd", "other", "assented.v1", 6, "ada", "director", {"of": 7},
                   change=lambda record: replace(record, office=forged_head(99))))),
]  # fmt: skip


@pytest.mark.parametrize("one", WEIGHTY, ids=lambda one: one.name)
def test_streams_with_people_of_their_own_are_judged_as_strictly(one: Case, tmp_path: Path) -> None:
    """Holding a stream back until all were seen changes nothing of what is found in it."""
    if one.name == "weighty-alone":
        one = replace(one, shown=("case",))
    check(one, tmp_path)


ORDER = [
    case("under-in-a-later-tick", "What allows an act is in the log no later than the act.",
         "V10.order", both(
             drop("closed"),
             add(Draft("ladder", "case", "custodian-not-reached.v1", 6, "cleo", "staff",
                       {"person": "ada", "attempts": []}, lands=7),
                 Draft("stand-in", "case", "note-taken.v1", 6, "cleo", "designee",
                       under="ladder")),
             lambda forge: setattr(forge, "ticks", 7))),
    case("under-another-stream-in-a-later-tick", "So it is for what stands in another stream.",
         "V10.order V9.under-unfit", both(
             add(Draft("ladder", "first", "custodian-not-reached.v1", 6, "cleo", "staff",
                       {"person": "ada", "attempts": []}, lands=7),
                 Draft("stand-in", "second", "note-taken.v1", 6, "cleo", "designee",
                       under="ladder")),
             lambda forge: setattr(forge, "ticks", 7)), scope="ledger"),
    case("continued-in-a-later-tick", "What is continued is in the log no later.", "V10.order",
         both(redraft("close-intake", lands=5)), scope="ledger"),
    case("falls-without-schedule", "Without a schedule no time is judged.",
         "V2.schedule-refused", amend("decided", recorded_at=START),
         lambda files, _: relist({**files, "schedule": b""})),
    case("doubled-and-late", "Nothing is asked of the times of a record whose place was taken.",
         "V10.doubled", both(
             lambda forge: setattr(forge, "ticks", 9),
             add(Draft("slow", "slow", "note-taken.v1", 6, "ada", "director"),
                 Draft("slower", "slow", "note-taken.v1", 6, "ada", "director", lands=9,
                       change=lambda record: replace(record, seq=1, prev=bytes(32))))),
         scope="ledger"),
    case("odd-envelope", "A whole log holds envelopes in their one spelling.",
         "V8.envelope-malformed V10.gap", redraft("decided", rewrap=lambda data: data + b" "),
         scope="ledger"),
    case("founded-by-any-record", "The founding that is trusted is a founding.",
         "V9.founding-malformed V10.gap V10.extent-missing", scope="ledger"),
]  # fmt: skip


@pytest.mark.parametrize("one", ORDER, ids=lambda one: one.name)
def test_what_lies_between_streams_is_compared(one: Case, tmp_path: Path) -> None:
    """Order, doubles and foundings are seen across streams."""
    if one.name == "founded-by-any-record":
        world = Forge().build()
        root = write(world.pack("ledger"), tmp_path)
        for name in ("request", "decided"):
            report = verify(root, world.trust(founded=world.made(name).e.hex()))
            assert "V9.founding-malformed" in codes(report)
        return
    check(one, tmp_path)


def test_words_reach_back_through_two_streams_at_once(tmp_path: Path) -> None:
    """A stream may continue two that continue one; a word in it stands for all of them."""
    forge = Forge()
    stolen("cleo", 0)(forge)
    for name in ("left", "right"):
        forge.add(Draft(name, name, "advice-given.v1", 6, "ben", "counsel",
                        continues=("opened",)))  # fmt: skip
    reattest("opened", "request", "close-intake", stream="both")(forge)
    forge.drafts[-1].continues = ("left", "right")
    reattest("absence")(forge)
    world = forge.build()
    report = verify(write(world.pack("ledger"), tmp_path), world.trust())
    assert report.findings == ()


def test_an_erased_matter_with_people_of_its_own_is_still_told(tmp_path: Path) -> None:
    """Tombstones may stand in a stream whose other records are judged late."""
    forge = Forge()
    forge.drop("closed")
    forge.add(
        replace(LOCAL, stream="case", tick=6),
        act("erase", "stream-erased", 6, lambda forge: {
            "stream": stream_id("case").hex(), "secrets": "both",
            "records": [{"seq": 2, "e": forge.made["request"].e.hex()}],
        }),
        assent("assent-erase", "erase", 6),
    )  # fmt: skip
    world = forge.build()
    pack, openings = parted(world)
    made, erasing = world.made("request"), world.made("erase").record
    stone = ErasedOpening(
        (erasing.stream, erasing.seq), made.blind, made.record.stream, made.record.seq, made.e
    )
    files = {path: data for path, data in rest(openings) if path != record_path(made.index)}
    files[opening_path(made.index)] = dump_opening(stone)
    files = {path: data for path, data in files.items() if not path.startswith("attachments/")}
    write(pack, tmp_path / "pack")
    write(brought(files), tmp_path / "openings")
    report = verify(tmp_path / "pack", world.trust(), openings=tmp_path / "openings")
    assert (codes(report), report.shown.tombstones) == (set(), 1)


def test_promises_of_every_kind_of_record_are_kept(world: World, tmp_path: Path) -> None:
    """A receipt for a record that is read the short way is held against the log as well."""
    root = write(world.pack("ledger"), tmp_path)
    notes = [receipt(world, name) for name in ("grant-cleo", "decided", "request")]
    assert verify(root, world.trust(), receipts=notes).exit_code == 0


def test_a_tombstone_that_the_log_does_not_hold_is_found(world: World, tmp_path: Path) -> None:
    """Nobody can declare another leaf erased."""
    made = world.made("request")
    stone = ErasedOpening(
        (made.record.stream, 1), made.blind, made.record.stream, made.record.seq, made.e
    )
    index = min(world.forge.covers)
    files = relist({**world.pack("ledger"), opening_path(index): dump_opening(stone)})
    assert codes(verify(write(files, tmp_path), world.trust())) == {"V7.not-in-log"}


# ---- odd things on a disk ------------------------------------------------------------------------


def test_leaves_too_are_read_within_bounds(world: World, tmp_path: Path) -> None:
    """A record without end, or a pipe in its place, is named and not read."""
    root = write(world.pack("case", ("case",)), tmp_path)
    index = world.made("request").index
    os.truncate(root / record_path(index), 2**30)
    assert "V1.too-large" in codes(verify(root, world.trust()))
    (root / record_path(index)).unlink()
    os.mkfifo(root / record_path(index))
    report = verify(root, world.trust())
    assert ("V1.special-file", record_path(index)) in {
        (one.code, one.place) for one in report.findings
    }
    assert "V7.record-missing" in codes(report)


@pytest.mark.parametrize("name", ["checkpoint", "schedule"])
def test_notes_too_are_read_within_bounds(name: str, world: World, tmp_path: Path) -> None:
    """So it is for what every pack has."""
    root = write(world.pack("case", ("case",)), tmp_path)
    os.truncate(root / name, 2**30)
    assert codes(verify(root, world.trust())) == {"V1.too-large"}


def test_a_socket_is_no_file(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket cannot be read, and nobody connects to it."""
    root = write(world.pack("case", ("case",)), tmp_path)
    (root / "README.txt").unlink()
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("README.txt")
        assert codes(verify(root, world.trust())) == {"V1.special-file"}


def test_a_pipe_beside_a_log_is_left_alone(world: World, tmp_path: Path) -> None:
    """A published log may have neighbours of any kind."""
    root = write(world.log(), tmp_path)
    os.mkfifo(root / "robots.txt")
    assert verify(root, world.trust()).exit_code == 0


def test_a_long_record_is_read_whole(tmp_path: Path) -> None:
    """What does not fit a first read is read again."""
    forge = Forge()
    forge.draft("request").event = {"text": "x" * 20_000}
    world = forge.build()
    root = write(world.pack("ledger"), tmp_path)
    assert verify(root, world.trust()).exit_code == 0


@pytest.mark.parametrize("kind", ["record", "opening", "schedule"])
def test_a_disk_that_fails_is_told(
    kind: str, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be read is no traceback, whatever it is."""
    index = world.made("request").index
    name = {"record": record_path(index), "opening": opening_path(index)}.get(kind, kind)
    root = write(world.pack("case", ("case",)), tmp_path)
    whole = os.open

    def failing(path: str, flags: int, **more: Any) -> int:
        if str(path).endswith(f"/{name}"):
            raise OSError(5, "Input/output error")
        return whole(path, flags, **more)

    monkeypatch.setattr(os, "open", failing)
    assert "V1.unreadable" in codes(verify(root, world.trust()))


def test_a_file_that_becomes_a_link_is_not_followed(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between listing and reading a hostile directory may change; nothing is followed then."""
    root = write(world.pack("case", ("case",)), tmp_path / "pack")
    outside = tmp_path / "outside"
    outside.write_bytes((root / "README.txt").read_bytes())
    whole = os.open

    def swapping(path: str, flags: int, **more: Any) -> int:
        if str(path).endswith("/README.txt") and not (root / "README.txt").is_symlink():
            (root / "README.txt").unlink()
            (root / "README.txt").symlink_to(outside)
        return whole(path, flags, **more)

    monkeypatch.setattr(os, "open", swapping)
    assert codes(verify(root, world.trust())) == {"V1.link"}


def test_a_brought_file_that_cannot_be_read_is_told_once(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where an opening lies in the other container and fails there, the record stands alone."""
    pack, openings = parted(world)
    path = opening_path(world.made("founded").index)
    write(relist({name: data for name, data in pack.items() if name != path}), tmp_path / "pack")
    write(relist({**openings, path: pack[path]}), tmp_path / "openings")
    os.truncate(tmp_path / "openings" / path, 2**30)
    report = verify(tmp_path / "pack", world.trust(), openings=tmp_path / "openings")
    assert {"V1.too-large", "V7.opening-missing", "V13.unopened"} <= codes(report)


def test_openings_are_no_pack(world: World, tmp_path: Path) -> None:
    """Openings alone prove nothing: they go beside a pack."""
    _, openings = parted(world)
    report = verify(write(openings, tmp_path), world.trust())
    assert (codes(report), report.exit_code) == ({"V1.not-for-scope"}, 1)


def test_an_entry_is_found_at_its_own_place_only() -> None:
    """Bytes that look like an entry across two others are none."""
    first, second = bytes([1] * 31 + [2]), bytes([2] + [1] * 31)
    leaves = b"\x00" + first + b"\x00" + second
    across = leaves[17:49]
    entries = Entries(leaves + b"\x00" + across)
    assert [entries.find(one) for one in (first, second, across)] == [0, 1, 2]
    assert Entries(leaves).find(across) is None


def test_a_receiver_may_know_another_time(world: World, tmp_path: Path) -> None:
    """Records of a stream that fall in time are told with their place."""
    forge = Forge()
    forge.draft("decided").change = lambda record: replace(
        record, recorded_at=record.recorded_at - timedelta(days=2)
    )
    bent = forge.build()
    report = verify(write(bent.pack("ledger"), tmp_path), bent.trust())
    assert "V11.recorded-at-falls" in codes(report)
