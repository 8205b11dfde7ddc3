"""V7, V8, V10, V11, V12: records that are not in the log, not in order, not in time, or changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.evidence import envelope
from ledger.evidence.jcs import Json
from ledger.evidence.merkle import EMPTY_ROOT
from ledger.evidence.pack import (
    CoverOpening,
    ErasedOpening,
    RecordOpening,
    Revealed,
    attachment_path,
    consistency_path,
    dump_consistency,
    dump_opening,
    extent_path,
    law_path,
    load_opening,
    opening_path,
    record_path,
)
from ledger.evidence.receipt import Extent
from ledger.evidence.record import Continued, TreeHead
from tests.drafts import DOCUMENT, LAWS, START, Draft, assent, stream_id
from tests.forge import Files, Forge, World, relist
from tests.verify.cases import (
    Alter,
    Bend,
    Case,
    add,
    amend,
    both,
    case,
    check,
    drop,
    redraft,
    with_file,
    without_file,
)

SEVEN = bytes([7]) * 32
INTAKE = ("intake", "close-intake")
PAPER = attachment_path(sha256(DOCUMENT).digest())


def record_of(name: str) -> Callable[[World], str]:
    """Name the file of a record."""
    return lambda world: record_path(world.made(name).index)


def opening_of(name: str) -> Callable[[World], str]:
    """Name the file of an opening."""
    return lambda world: opening_path(world.made(name).index)


def hide(name: str) -> Alter:
    """Take a record and its opening out of the pack."""

    def alter(files: Files, world: World) -> Files:
        return without_file(record_of(name))(without_file(opening_of(name))(files, world), world)

    return alter


def reopen(name: str, change: Callable[[RecordOpening], RecordOpening]) -> Bend:
    """Bend the opening of a record."""
    return redraft(name, opening=change)


def first_cover(world: World) -> int:
    """Return the leaf of the first cover."""
    return min(world.forge.covers)


def covered(change: Callable[[CoverOpening], CoverOpening]) -> Alter:
    """Bend the opening of the first cover."""

    def alter(files: Files, world: World) -> Files:
        index = first_cover(world)
        opening = change(world.forge.covers[index])
        return relist({**files, opening_path(index): dump_opening(opening)})

    return alter


def as_cover(files: Files, world: World) -> Files:
    """Pass a record off as a cover."""
    index = world.made("decided").index
    cover = CoverOpening(6, 0, world.made("decided").blind)
    rest = {path: data for path, data in files.items() if path != record_path(index)}
    return relist({**rest, opening_path(index): dump_opening(cover)})


def as_covered_record(files: Files, world: World) -> Files:
    """Open a leaf as a cover and show a record for it."""
    cover = CoverOpening(6, 0, world.made("decided").blind)
    return relist({**files, opening_of("decided")(world): dump_opening(cover)})


def also(name: str) -> Alter:
    """Show one more record."""

    def alter(files: Files, world: World) -> Files:
        made = world.made(name)
        opening = world.opening(made, with_path=True)
        law = {law_path(made.record.law): LAWS[2], consistency_path(80): proof(world, 80)}
        own = {record_path(made.index): made.data, opening_path(made.index): opening}
        return relist({**files, **law, **own})

    return alter


def proof(world: World, size: int) -> bytes:
    """Prove that the log of a size is a prefix of the whole."""
    return dump_consistency(world.tree.consistency_proof(size, world.size))


def swapped(files: Files, world: World) -> Files:
    """Exchange two records under their openings."""
    one, two = record_of("opened")(world), record_of("decided")(world)
    return relist({**files, one: files[two], two: files[one]})


def moved(files: Files, world: World) -> Files:
    """Claim that a record stands at another leaf."""
    one = world.made("decided").index
    other = first_cover(world)
    fresh = dict(files)
    fresh[record_path(other)] = fresh.pop(record_path(one))
    fresh[opening_path(other)] = fresh.pop(opening_path(one))
    return relist(fresh)


def without_path(files: Files, world: World) -> Files:
    """Leave the path out of an opening."""
    path = opening_of("decided")(world)
    opening = load_opening(files[path])
    assert isinstance(opening, RecordOpening)
    return relist({**files, path: dump_opening(replace(opening, path=None))})


def extent(stream: str, change: Callable[[Extent], Extent]) -> Alter:
    """Bend a signed extent."""
    return with_file(extent_path(stream_id(stream)), lambda world: world.extent(stream, change))


def rekeyed(data: bytes) -> bytes:
    """Let an envelope name another key than its record does."""
    return envelope.dump(replace(envelope.load(data), keyid=SEVEN))


LEAVES = [
    case("unproven-record", "Nothing ties the record to the log.",
         "V7.opening-missing V10.gap", alter=without_file(opening_of("decided"))),
    case("promised-record", "The leaf is said to be a record, and none is there.",
         "V7.record-missing V10.gap", alter=without_file(record_of("decided"))),
    case("malformed-opening", "An opening has one spelling.", "V7.opening-malformed V10.gap",
         alter=with_file(opening_of("decided"), b"{}")),
    case("other-blind", "A commitment has one opening.", "V7.not-in-log V10.gap",
         reopen("decided", lambda one: replace(one, blind=SEVEN))),
    case("other-seq", "The commitment binds the place.", "V7.not-in-log V10.gap",
         reopen("decided", lambda one: replace(one, seq=9))),
    case("wrong-path", "The path must lead to the root.", "V7.not-in-log V10.gap",
         reopen("decided", lambda one: replace(one, path=(SEVEN,)))),
    case("no-path", "Without a path nothing is proven.", "V7.path-missing V10.gap",
         alter=without_path),
    case("idle-path", "A ledger pack recomputes the root and has no paths.",
         "V7.path-not-asked", reopen("decided", lambda one: replace(one, path=())),
         scope="ledger"),
    case("swapped", "Each record has its own leaf.", "V7.not-in-log V10.gap", alter=swapped),
    case("moved", "A record stands at its leaf and no other.", "V7.not-in-log V10.gap",
         alter=moved, scope="ledger"),
    case("beyond", "There is no such leaf.", "V7.not-in-log",
         alter=with_file(opening_path(99), lambda world: dump_opening(
             world.forge.covers[first_cover(world)])), scope="ledger"),
    case("record-as-cover", "A record cannot be passed off as nothing.",
         "V7.not-in-log V10.gap", alter=as_cover, scope="ledger"),
    case("cover-and-record", "A leaf is one thing.", "V7.opening-and-record V10.gap",
         alter=as_covered_record, scope="ledger"),
    case("cover-of-another-tick", "A cover was made for its tick.", "V7.cover-misplaced",
         alter=covered(lambda one: replace(one, tick=2)), scope="ledger"),
    case("other-cover", "A cover has one opening.", "V7.not-in-log",
         alter=covered(lambda one: replace(one, k=one.k + 1)), scope="ledger"),
    case("cover-in-a-part", "A part pack has no way to prove a cover.", "V7.path-missing",
         alter=with_file(lambda world: opening_path(first_cover(world)), lambda world:
                         dump_opening(world.forge.covers[first_cover(world)]))),
    case("loose-envelope", "An envelope has one spelling.", "V8.envelope-malformed V10.gap",
         redraft("decided", rewrap=lambda data: data + b"\n")),
    case("loose-record", "A record has one spelling.", "V8.record-malformed V10.gap",
         redraft("decided", respell=lambda data: data.replace(b'"v":1', b'"v": 1'))),
    case("two-keys", "Envelope and record name one key.", "V8.keyid-differs",
         redraft("decided", rewrap=rekeyed)),
]  # fmt: skip


def late_landing(forge: Forge) -> None:
    """Let a record reach the log later than its receipt promised, and the rest of its case too."""
    forge.ticks = 7
    forge.draft("request").lands = 7
    for name in ("assent-request", "decided", "closed"):
        forge.draft(name).lands = 7


def recorded(days: float, name: str = "closed", seconds: int = 0) -> Bend:
    """Let a record claim a time."""
    return amend(name, recorded_at=START + timedelta(days=days, seconds=seconds))


def successor(name: str) -> Draft:
    """Draft a stream that continues the intake's closing."""
    return Draft(name, name, "case-opened.v1", 6, "ada", "custodian", continues=("close-intake",))


CHAINS = [
    case("missing-middle", "A record in the middle is missing.", "V10.gap", alter=hide("decided")),
    case("missing-last", "The extent says that one more is there.", "V10.gap",
         alter=hide("closed")),
    case("missing-office", "The office is always whole.",
         "V10.gap V9.role-not-held V9.under-not-shown", alter=hide("custodian")),
    case("missing-in-ledger", "A ledger pack shows every stream whole.", "V10.gap",
         alter=hide("decided"), scope="ledger"),
    case("broken-chain", "Each record names the one before.", "V10.prev-differs",
         amend("decided", prev=SEVEN)),
    case("doubled", "Each place in a stream is taken once.", "V10.doubled",
         add(Draft("twin", "case", "note-taken.v1", 6, "ada", "director",
                   change=lambda record: replace(record, seq=2))), scope="ledger"),
    case("other-place", "A record stands where it was committed to.",
         "V10.place-differs V10.gap", redraft("decided", placed=(stream_id("case"), 9))),
    case("other-ledger", "A record of another ledger has no place here.", "V10.origin V10.gap",
         amend("decided", origin="elsewhere.example")),
    case("after-closing", "A closed stream takes nothing more.", "V10.after-closing",
         add(Draft("more", "case", "note-taken.v1", 6, "ada", "director"))),
    case("continues-nothing", "What is continued must exist.", "V10.continues-nothing",
         amend("opened", continues=(Continued(stream_id("intake"), SEVEN),))),
    case("two-futures", "A closing has one successor.", "V10.two-successors",
         add(successor("second"))),
    case("no-extent", "Without an extent the end is not known.", "V10.extent-missing",
         alter=without_file(extent_path(stream_id("case")))),
    case("no-office-extent", "The office too has an end.", "V10.extent-missing",
         alter=without_file(extent_path(stream_id("office"))), scope="ledger"),
    case("extent-by-the-log", "Extents are signed by the receipt key.", "V10.extent-refused",
         alter=with_file(extent_path(stream_id("case")), lambda world: world.note(
             Extent(world.forge.origin, stream_id("case"), 5, SEVEN, world.size).dump()))),
    case("extent-elsewhere", "An extent is about the stream it is named for.",
         "V10.extent-misplaced", alter=with_file(
             extent_path(stream_id("case")), lambda world: world.extent("intake"))),
    case("old-extent", "An extent is about the pack's checkpoint.", "V10.extent-size",
         alter=extent("case", lambda one: replace(one, size=80))),
    case("short-extent", "The ledger promised that the stream ends before.",
         "V10.beyond-extent V10.extent-differs",
         alter=extent("case", lambda one: replace(one, seq=4, last=SEVEN))),
    case("other-last", "The extent names another last record.", "V10.extent-differs",
         alter=extent("case", lambda one: replace(one, last=SEVEN))),
    case("no-subject", "The record asked for is not there.",
         "V10.subject-missing V12.attachment-unnamed", alter=hide("request"), scope="event"),
    case("too-much", "What nobody asked for is not shown.", "V10.beyond-subject",
         alter=also("decided"), scope="event"),
    case("wrong-order", "Nothing enters the log before what it follows.", "V10.order",
         redraft("request", lands=6)),
]  # fmt: skip
MOMENTS = [
    case("head-from-the-future", "A writer cannot know what comes after.",
         "V11.head-too-new V11.head-unproven V11.head-falls",
         amend("decided", head=TreeHead(96, SEVEN))),
    case("head-beyond", "The log never had that size.",
         "V11.head-too-new V11.head-unproven V11.head-falls",
         amend("decided", head=TreeHead(960, SEVEN))),
    case("other-head", "The log never had that root.", "V11.head-unproven V11.head-falls",
         amend("decided", head=TreeHead(16, SEVEN))),
    case("other-head-in-ledger", "The log never had that root.",
         "V11.head-unproven V11.head-falls",
         amend("decided", head=TreeHead(16, SEVEN)), scope="ledger"),
    case("no-proof", "A head needs its proof.", "V11.head-unproven",
         alter=without_file(consistency_path(48))),
    case("wrong-proof", "A proof proves its own head.", "V11.head-unproven",
         alter=lambda files, world: relist(
             {**files, consistency_path(48): files[consistency_path(64)]})),
    case("foretold", "Nobody records what has not happened yet.", "V11.occurred-later",
         redraft("decided", change=lambda record: replace(
             record, occurred_at=record.recorded_at + timedelta(seconds=301)))),
    case("foretold-within-tolerance", "Clocks differ by less than the tolerance.", "",
         redraft("decided", change=lambda record: replace(
             record, occurred_at=record.recorded_at + timedelta(seconds=300)))),
    case("forgotten-head", "Who knew a state of the log does not forget it.", "V11.head-falls",
         redraft("decided", change=lambda record: replace(
             record, head=TreeHead(0, EMPTY_ROOT)))),
    case("back-dated", "A record is not older than the one it follows.",
         "V11.recorded-at-falls V11.occurred-later", recorded(3)),
    case("ante-dated", "The log held it before it claims to be written.",
         "V11.recorded-after-tick", recorded(8)),
    case("ante-dated-a-little", "A tolerance of five minutes is five minutes.",
         "V11.recorded-after-tick", recorded(6, seconds=300)),
    case("within-tolerance", "Clocks differ by less than the tolerance.", "",
         recorded(6, seconds=299)),
    case("late", "It came later than promised, which is told and no more.", "V11.late",
         late_landing),
    case("at-the-edge-of-time", "The calendar ends, the verifier does not.",
         "V11.recorded-after-tick", amend("closed", recorded_at=START.replace(year=9999, month=12,
         day=31, hour=23, minute=59))),
    case("at-the-dawn-of-time", "The calendar begins, the verifier does not.",
         "V11.late V11.occurred-later",
         add(Draft("dawn", "dawn", "note-taken.v1", 6, "ada", "director",
                               change=lambda record: replace(
                                   record, recorded_at=START.replace(year=1, month=1, day=1))))),
]  # fmt: skip


def personal(change: Callable[[dict[str, Revealed]], object]) -> Bend:
    """Bend the values that an opening reveals."""

    def bend(opening: RecordOpening) -> RecordOpening:
        values = dict(opening.personal)
        change(values)
        return replace(opening, personal=values)

    return redraft("request", opening=bend)


VALUES = [
    case("other-value", "The value is not the recorded one.",
         "V12.value-differs", personal(lambda values: values.update(
             note=Revealed(values["note"].salt, "asks for a book")))),
    case("other-salt", "The salt is not the recorded one.", "V12.value-differs",
         personal(lambda values: values.update(note=Revealed(SEVEN, "asks for a list")))),
    case("invented-field", "The record has no such field.", "V12.not-recorded",
         personal(lambda values: values.update(name=Revealed(SEVEN, "j.doe")))),
    case("withheld-field", "What is not revealed is not judged.", "",
         personal(lambda values: values.pop("note"))),
    case("withheld-paper", "An attachment that no value names proves nothing.",
         "V12.attachment-unnamed", personal(lambda values: values.pop("paper"))),
    case("withheld-bytes", "A document may be described and not attached.", "",
         alter=without_file(PAPER)),
    case("other-paper", "The bytes are not the document's.", "V12.attachment-differs",
         alter=with_file(PAPER, b"%PDF another warrant")),
]  # fmt: skip


# ---- erasure ------------------------------------------------------------------------------------


def erasure(
    stream: str = "office", of: str = "", secrets: str = "both", listed: tuple[str, ...] = INTAKE
) -> Bend:
    """Erase the intake by an assented record."""

    def event(forge: Forge) -> Json:
        records = [forge.made[name] for name in listed]
        return {
            "stream": of or stream_id("intake").hex(),
            "secrets": secrets,
            "records": [{"seq": one.record.seq, "e": one.e.hex()} for one in records],
        }

    return add(
        Draft("erase", stream, "stream-erased.v1", 6, "ada", "director", event),
        assent("assent-erase", "erase", 6, stream=stream),
    )


def entombed(files: Files, world: World) -> Files:
    """Replace the intake's records by their tombstones."""
    fresh = dict(files)
    erasing = world.forge.made.get("erase", world.made("custodian"))
    for name in INTAKE:
        made = world.made(name)
        del fresh[record_path(made.index)]
        place = (erasing.record.stream, erasing.record.seq)
        stone = ErasedOpening(place, made.blind, made.record.stream, made.record.seq, made.e)
        fresh[opening_path(made.index)] = dump_opening(stone)
    return relist(fresh)


def entombed_elsewhere(files: Files, world: World) -> Files:
    """Let a tombstone name an erasure in a stream that is not there."""
    made = world.made("intake")
    place = (stream_id("nowhere"), 1)
    stone = ErasedOpening(place, made.blind, made.record.stream, made.record.seq, made.e)
    rest = {path: data for path, data in files.items() if path != record_path(made.index)}
    return relist({**rest, opening_path(made.index): dump_opening(stone)})


def entombed_twice(files: Files, world: World) -> Files:
    """Show as erased what claims the place of a record that is shown."""
    made = world.made("twin")
    stone = ErasedOpening((stream_id("office"), 1), made.blind, *made.committed, made.e)
    rest = {path: data for path, data in files.items() if path != record_path(made.index)}
    return relist({**rest, opening_path(made.index): dump_opening(stone)})


TWIN = Draft(
    "twin", "intake", "intake-saved.v1", 6, "desk-1", "desk",
    change=lambda record: replace(record, seq=1, prev=bytes(32)),
)  # fmt: skip
ERASURES = [
    case("erased", "An erased stream keeps its places.", "", erasure(), entombed, "ledger"),
    case("erased-in-the-vault", "The vault office erases what was sealed.", "",
         erasure("vault-office"), entombed, "ledger"),
    case("hidden-as-erased", "Nothing is erased without a record of it.",
         "V9.tombstone-unfounded", None, entombed, "ledger"),
    case("erased-alone", "One person alone cannot erase.", "V9.tombstone-unfounded",
         both(erasure(), drop("assent-erase")), entombed, "ledger"),
    case("erased-people-only", "Where only people were erased, the records stay.",
         "V9.tombstone-unfounded", erasure(secrets="personal"), entombed, "ledger"),
    case("erased-another", "The erasure is of another stream.", "V9.tombstone-unfounded",
         erasure(of="ab" * 16), entombed, "ledger"),
    case("erased-from-nowhere", "The erasure's stream is not shown at all.",
         "V9.tombstone-unfounded", None, entombed_elsewhere, "ledger"),
    case("erased-and-there", "A place is a record's or a tombstone's, and not both.",
         "V10.doubled", add(TWIN), entombed_twice, "ledger"),
    case("erased-fewer", "The erasure does not list this record.", "V9.tombstone-unfounded",
         erasure(listed=()), entombed, "ledger"),
]  # fmt: skip


@pytest.mark.parametrize("one", LEAVES, ids=lambda one: one.name)
def test_what_is_not_in_the_log_is_found(one: Case, tmp_path: Path) -> None:
    """A record, a cover or an opening that the log does not hold is named before it is read."""
    check(one, tmp_path)


@pytest.mark.parametrize("one", CHAINS, ids=lambda one: one.name)
def test_what_is_missing_doubled_or_out_of_order_is_found(one: Case, tmp_path: Path) -> None:
    """Streams have no gap, no fork and no second end."""
    check(one, tmp_path)


@pytest.mark.parametrize("one", MOMENTS, ids=lambda one: one.name)
def test_what_claims_another_time_is_found(one: Case, tmp_path: Path) -> None:
    """A record lies between the log that its writer knew and the tick that took it in."""
    check(one, tmp_path)


@pytest.mark.parametrize("one", VALUES, ids=lambda one: one.name)
def test_what_was_not_recorded_is_found(one: Case, tmp_path: Path) -> None:
    """A revealed value or document is the one that was recorded."""
    check(one, tmp_path)


@pytest.mark.parametrize("one", ERASURES, ids=lambda one: one.name)
def test_erasure_is_no_hiding_place(one: Case, tmp_path: Path) -> None:
    """A tombstone stands only where two people erased what it stands for."""
    check(one, tmp_path)
