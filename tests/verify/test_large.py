"""Large packs: read by several processes, in blocks, the short way; the answer is the same."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from multiprocessing import Pipe
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.evidence import envelope, jcs, record
from ledger.evidence.acts import AUTHORITY_TYPES
from ledger.evidence.grammar import Malformed
from ledger.evidence.opening import RecordOpening, dump_opening, load_opening
from ledger.evidence.pack import (
    Manifest,
    Scope,
    dump_manifest,
    load_manifest,
    opening_path,
    read_path,
    record_path,
)
from ledger.evidence.schedule import Epoch, Schedule
from ledger.verify import Report, facts, leaves, listing, records, usual, verify, workers
from ledger.verify import __main__ as command
from ledger.verify.facts import Row, Rows
from ledger.verify.listing import Leaves, entries_of, scan
from ledger.verify.moments import Clock
from ledger.verify.plain import plain_envelope, plain_opening, plain_record
from tests.drafts import Draft
from tests.forge import ORIGIN, Files, Forge, World, relist, write
from tests.verify.test_brought import parted
from tests.verify.test_soak import mutant

Bend = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(scope="module")
def world() -> World:
    """The good ledger."""
    return Forge().build()


def many_parts(patch: pytest.MonkeyPatch) -> None:
    """Let even a small pack have many parts and shares."""
    patch.setattr(listing, "_SHARE", 5)
    patch.setattr(listing, "_BLOCK", 700)
    patch.setattr(records, "_FEW", 2)
    patch.setattr(records, "_SHARES", 3)
    patch.setattr(facts, "_IN_MEMORY", 64)


def told(report: Report) -> list[tuple[str, str]]:
    """Return what a report says, in an order of its own."""
    return sorted((one.code, one.place) for one in report.findings)


# ---- processes ---------------------------------------------------------------------------------


def harmed(files: Files, world: World) -> Files:
    """Bend records, openings and digests of a pack in many ways."""
    made = [world.made(name) for name in ("request", "intake", "decided", "absence", "closed")]
    first, second, third, fourth, fifth = (one.index for one in made)
    bent = {
        **files,
        record_path(first): files[record_path(second)],
        opening_path(third): b"{}",
        record_path(fourth): files[record_path(fourth)][:-1],
    }
    del bent[opening_path(fifth)]
    return relist(bent)


@pytest.mark.parametrize("learnt", [0, 4096])
@pytest.mark.parametrize("scope", ["case", "ledger"])
@pytest.mark.parametrize("alter", [lambda files, _: files, harmed], ids=["good", "harmed"])
def test_several_processes_find_what_one_finds(
    alter: Callable[[Files, World], Files],
    scope: Scope,
    learnt: int,
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However the work is shared, and whatever was known beforehand, the report is one."""
    files = world.pack(scope, ("case", "intake") if scope == "case" else ())
    root = write(alter(files, world), tmp_path)
    alone = verify(root, world.trust(), jobs=1)
    many_parts(monkeypatch)
    monkeypatch.setattr(workers, "_FIRST_LEAVES", learnt)
    for jobs in (1, 3):
        shared = verify(root, world.trust(), jobs=jobs)
        assert told(shared) == told(alone)
        assert shared.json() == alone.json() or alone.exit_code == 1
        assert shared.shown == alone.shown


def test_a_signature_whose_key_comes_late_is_checked(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record may be read before the enrolment of its key; it is not forgotten."""
    forge = Forge()
    forge.draft("request").sign_as = "ben"
    bent = forge.build()
    root = write(bent.pack("ledger"), tmp_path)
    many_parts(monkeypatch)
    monkeypatch.setattr(workers, "_FIRST_LEAVES", 0)
    for jobs in (1, 2):
        report = verify(root, bent.trust(), jobs=jobs)
        assert [one.code for one in report.findings] == ["V9.signature"]


def test_openings_are_joined_by_every_process(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record in one container may have its opening in the other."""
    pack, openings = parted(world)
    index = world.made("founded").index
    path = opening_path(index)
    moved = relist({**openings, path: pack[path]})
    left = relist({name: data for name, data in pack.items() if name != path})
    sealed = world.made("request").index
    swapped = relist({**left, record_path(sealed): openings[record_path(sealed)]})
    rest = relist({name: data for name, data in moved.items() if name != record_path(sealed)})
    write(swapped, tmp_path / "pack")
    write(rest, tmp_path / "openings")
    many_parts(monkeypatch)
    for jobs in (1, 2):
        report = verify(tmp_path / "pack", world.trust(), openings=tmp_path / "openings", jobs=jobs)
        assert (told(report), report.exit_code) == ([], 0)
    both = relist({**rest, record_path(index): pack[record_path(index)]})
    write(both, tmp_path / "openings")
    report = verify(tmp_path / "pack", world.trust(), openings=tmp_path / "openings")
    assert told(report) == [("V1.in-both", record_path(index))]


def test_a_brought_record_may_belong_to_the_packs_opening(world: World, tmp_path: Path) -> None:
    """The other way round: the pack opens a leaf whose record the receiver brings."""
    pack, openings = parted(world)
    index = world.made("request").index
    path = opening_path(index)
    write(relist({**pack, path: openings[path]}), tmp_path / "pack")
    rest = relist({name: data for name, data in openings.items() if name != path})
    write(rest, tmp_path / "openings")
    asked = {"openings": tmp_path / "openings"}
    assert told(verify(tmp_path / "pack", world.trust(), **asked)) == []  # type: ignore[arg-type] # one name
    (tmp_path / "pack" / path).unlink()
    report = verify(tmp_path / "pack", world.trust(), **asked)  # type: ignore[arg-type] # one name
    assert ("V1.missing", path) in told(report)
    assert ("V7.opening-missing", record_path(index)) in told(report)


def test_a_process_ends_when_nobody_asks(world: World, tmp_path: Path) -> None:
    """A process reads what it is asked for, checks what had to wait, and goes."""
    write(world.pack("ledger"), tmp_path)
    kept: list[leaves.LeafReader] = []
    with pytest.MonkeyPatch.context() as patch:
        first = workers.Crew.__init__

        def keeping(crew: workers.Crew, reader: leaves.LeafReader, jobs: int) -> None:
            kept.append(reader)
            first(crew, reader, jobs)

        patch.setattr(workers.Crew, "__init__", keeping)
        assert verify(tmp_path, world.trust(), jobs=1).exit_code == 0
    here, there = Pipe()
    other, unused = Pipe()
    thread = threading.Thread(target=workers._work, args=(kept[0], there, other))
    thread.start()
    here.send(((0, 0), []))
    assert here.recv().records == 19
    here.send(([(7, "ab" * 32, b"", b"")], [("ab" * 32, bytes(32))]))
    assert here.recv() == [7]
    here.close()
    there.close() if not thread.is_alive() else None
    unused.close()
    thread.join(timeout=30)
    assert not thread.is_alive()


def test_the_command_takes_a_number_of_processes(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever shares a machine may ask for fewer processes, and for a possible number only."""
    root = write(world.pack("ledger"), tmp_path / "pack")
    (tmp_path / "trust.json").write_bytes(world.trust())
    asked = [str(root), "--trust", str(tmp_path / "trust.json"), "--jobs"]
    assert command.main([*asked, "1"]) == 0
    for wrong in ("0", "many", "1000"):
        with pytest.raises(SystemExit):
            command.main([*asked, wrong])
    assert "--jobs" in capsys.readouterr().err
    assert workers.processors() >= 1


# ---- the manifest in blocks ---------------------------------------------------------------------


def manifest(count: int) -> bytes:
    """Write a manifest of many leaves, of which two in three have a record."""
    paths = [opening_path(index) for index in range(count)]
    paths += [record_path(index) for index in range(count) if index % 3]
    files = dict.fromkeys(sorted([*paths, "README.txt", "schedule"]), bytes(32))
    return dump_manifest(Manifest(ORIGIN, "ledger", (), files))


@pytest.mark.parametrize("block", [150, 1000, 2**20])
def test_a_manifest_read_in_blocks_lists_the_same(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every entry is in exactly one part, each record in the part of its opening."""
    monkeypatch.setattr(listing, "_BLOCK", block)
    monkeypatch.setattr(listing, "_SHARE", 16)
    data = manifest(200)
    found, whole = scan(BytesIO(data)), load_manifest(data)
    entries: dict[str, bytes] = dict(found.manifest.files)
    for part in found.parts:
        opened = [one for some in entries_of(BytesIO(data), part.openings) for one in some]
        shown = [one for some in entries_of(BytesIO(data), part.records) for one in some]
        assert len(opened) <= 16
        assert {path[8:-10] for path, _ in shown} <= {path[9:-5] for path, _ in opened}
        entries |= {
            path.decode(): bytes.fromhex(digest.decode()) for path, digest in opened + shown
        }
    assert entries == whole.files


def test_a_manifest_is_refused_exactly_when_the_strict_reader_refuses() -> None:
    """Reading in blocks is another way to the same answer, whatever stands in the file."""
    dice = random.Random(3)
    data = manifest(12)
    agreed = 0
    for _ in range(4000):
        bent = mutant(data, dice, [data])
        answers = []
        for read in (lambda new: load_manifest(new).origin, lambda new: scan(BytesIO(new))):
            try:
                read(bent)
                answers.append(True)
            except Malformed:
                answers.append(False)
        assert answers[0] == answers[1], bent
        agreed += answers[0]
    assert 0 < agreed < 4000
    for odd in (b"", b'{"files":[]}', b'{"files":[' + b"x" * 3000, b'{"files":["'):
        with pytest.raises(Malformed):
            scan(BytesIO(odd))


@pytest.mark.parametrize(
    "paths",
    [
        ["records/01.dsse.json"], ["records/9007199254740992.dsse.json"], ["openings/x.json"],
        ["manifest.json"], ["a b"], ["zzz"], ["schedule", "README.txt"], ["schedule", "schedule"],
    ],
)  # fmt: skip
def test_a_path_that_no_pack_has_is_refused(paths: list[str]) -> None:
    """Names are checked in blocks as they are one by one."""
    listed = [{"path": path, "sha256": "00" * 32} for path in paths]
    head: dict[str, jcs.Json] = {"format": "disclosure-ledger/pack/v1", "origin": ORIGIN,
                                 "scope": "ledger", "subject": []}  # fmt: skip
    data = jcs.dump({**head, "files": listed})
    for read in (load_manifest, lambda new: scan(BytesIO(new))):
        with pytest.raises(Malformed):
            read(data)


def test_records_alone_are_a_part_too() -> None:
    """A pack that opens nothing still has its records compared."""
    files = {record_path(index): bytes(32) for index in (3, 4)}
    data = dump_manifest(Manifest(ORIGIN, "ledger", (), dict(sorted(files.items()))))
    (part,) = scan(BytesIO(data)).parts
    assert [len(one) for one in entries_of(BytesIO(data), part.records)] == [2]
    assert list(entries_of(BytesIO(data), part.openings)) == []


def test_leaves_far_out_are_remembered_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """No log has so many leaves, but a hostile list may name them, and memory is spared."""
    monkeypatch.setattr(listing, "_NEAR", 8)
    found, other = Leaves(), Leaves()
    found.list("record", [])
    found.list("record", [3, 2**40])
    found.list("opening", [3, 5])
    found.list("opening", [2**40])
    other.list("opening", [3])
    other.list("record", [2**40])
    assert set(found.missing()) == {
        record_path(3), record_path(2**40), opening_path(3), opening_path(5), opening_path(2**40),
    }  # fmt: skip
    assert list(found.both(other)) == [opening_path(3), record_path(2**40)]
    assert found.see("record", 2**40)
    assert found.see("opening", 5)
    assert not found.see("record", 5)
    assert not found.see("opening", 2**41)
    assert found.has("record", 2**40)
    assert not found.has("opening", 3)
    assert set(found.missing()) == {record_path(3), opening_path(3), opening_path(2**40)}


# ---- the short way -------------------------------------------------------------------------------

ODD: dict[str, dict[str, object]] = {
    "nested": {"event": {"list": [1, [2, {"x": None}]], "z": -7}},
    "escaped": {"event": {"a": '\n\u2028"é'}},
    "personal": {"personal": {"a": bytes(32), "b": bytes(32)}},
    "under": {"under": f"{'ab' * 16}:7"},
    "leap day": {"occurred_at": datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC)},
    "first year": {"occurred_at": datetime(1, 1, 1, tzinfo=UTC)},
    "large numbers": {"event": {"a": 2**53 - 1, "b": -(2**53) + 1}},
}


def spelled(world: World, name: str, **changes: object) -> bytes:
    """Spell a record with some fields changed; what cannot be spelled is spelled anyway."""
    changed = replace(world.made(name).record, **changes)  # type: ignore[arg-type] # any field
    return jcs.dump(record._value(changed)) if changes else record.dump(changed)


def check_same(payload: bytes) -> bool:
    """Hold the short reader against the strict one; tell whether the short one took it."""
    short = plain_record(payload, ORIGIN)
    if short is None:
        return False
    strict = record.load(payload)
    assert (short.stream, short.seq, short.prev) == (
        strict.stream.hex(), strict.seq, strict.prev.hex(),
    )  # fmt: skip
    assert (short.type, short.actor, short.recorded_by, short.role, short.under) == (
        strict.type, strict.actor, strict.recorded_by, strict.role, strict.under,
    )  # fmt: skip
    assert (short.key, short.law, short.size, short.continues, short.attested) == (
        strict.key.hex(), strict.law.hex(), strict.head.size, strict.continues, strict.attested,
    )  # fmt: skip
    assert facts.moment_of(short.occurred_at) == strict.occurred_at
    assert facts.moment_of(short.recorded_at) == strict.recorded_at
    assert (short.office_seq, short.office_head) == (strict.office.seq, strict.office.head.hex())
    if short.type in AUTHORITY_TYPES:
        assert jcs.load(short.event.encode()) == strict.event
    return True


def test_the_short_reader_reads_what_the_strict_one_reads(world: World) -> None:
    """Usual records are taken the short way, and mean the same there."""
    taken = [name for name in world.forge.made if check_same(spelled(world, name))]
    assert {"request", "opened", "closed", "intake"} <= set(taken)
    # Before the first checkpoint a record names none, and goes the long way.
    assert "founded" not in taken
    outcomes = {}
    for name, changes in ODD.items():
        outcomes[name] = check_same(spelled(world, "request", **{"personal": {}, **changes}))
    assert all(outcomes.values()), outcomes


def test_what_the_strict_reader_refuses_the_short_one_never_takes(world: World) -> None:
    """Over many changes of records, envelopes and openings nothing is accepted but by both."""
    dice = random.Random(5)
    names = ("grant-cleo", "request", "opened", "absence", "close-intake")
    payloads = [spelled(world, name) for name in names]
    payloads += [spelled(world, "request", personal={}, event={"a": 1, "b": [{"c": "x"}]})]
    taken = 0
    for payload in payloads:
        for place in range(len(payload)):
            for other in (payload[place] ^ 1, dice.randrange(256)):
                bent = payload[:place] + bytes([other]) + payload[place + 1 :]
                taken += check_same(bent)
        for _ in range(600):
            check_same(mutant(payload, dice, payloads))
    assert taken > 1000
    envelopes = [world.made(name).data for name in names]
    for data in envelopes:
        for _ in range(1500):
            bent = mutant(data, dice, envelopes)
            found = plain_envelope(bent)
            if found is not None:
                strict = envelope.load(bent)
                assert found == (strict.payload, strict.keyid.hex(), strict.signature)
    stream = world.made("request").record.stream
    opening = dump_opening(RecordOpening(bytes(32), stream, 7, None, {}))
    for _ in range(3000):
        bent = mutant(opening, dice, [opening])
        plain = plain_opening(bent)
        if plain is not None:
            assert load_opening(bent) == RecordOpening(*plain, None, {})


def changed(payload: bytes, old: str, new: str) -> bytes:
    """Change words of a record, whatever becomes of it."""
    assert old.encode() in payload
    return payload.replace(old.encode(), new.encode())


def test_the_short_reader_steps_back_where_it_is_not_certain(world: World) -> None:
    """What one record alone can break is left to the strict reader, which names it."""
    opened = spelled(world, "opened")
    one = record.load(opened).continues[0]
    pair = f'{{"head":"{one.head.hex()}","stream":"{one.stream.hex()}"}}'
    own = record.load(opened).stream.hex()
    request = spelled(world, "request", personal={})
    harms = [
        changed(opened, pair, f"{pair},{pair}"),
        changed(opened, pair, f"{pair},"),
        changed(opened, one.stream.hex(), own),
        changed(opened, one.stream.hex(), "0" * 32),
        changed(opened, one.head.hex(), "0" * 64),
        changed(request, '"continues":[]', f'"continues":[{pair}]'),
        changed(request, '"requester":"other"', '"requester":"other","a":1'),
        changed(request, '"requester":"other"', '"requester":[1.5]'),
        changed(request, '"requester":"other"', '"requester":[[[[[[[1]]]]]]]'),
        changed(request, '{"requester":"other"}', "{[]}"),
        changed(request, '"personal":{}', f'"personal":{{"b":"{"0" * 64}","a":"{"0" * 64}"}}'),
        changed(request, '"personal":{}', f'"personal":{{"requester":"{"0" * 64}"}}'),
        changed(request, '"personal":{}', f'"personal":{{"a":"{"0" * 64}",}}'),
        changed(request, "2026-06-04", "2026-02-30"),
        b"\xff" + request,
    ]
    for harm in harms:
        assert plain_record(harm, ORIGIN) is None
        with pytest.raises(Malformed):
            record.load(harm)
    assert plain_record(request, "elsewhere.example") is None
    data = world.made("request").data
    at = data.index(b'","payloadType"')
    assert plain_envelope(data[: at - 1] + data[at:]) is None
    zero = dump_opening(RecordOpening(bytes(32), bytes([1]) * 16, 7, None, {}))
    assert plain_opening(zero.replace(b"01" * 16, b"00" * 16)) is None


def test_the_short_way_is_gone_and_says_what_the_long_one_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With and without the short way the report is the same, for good packs and bad ones."""
    taken: list[bool] = []
    first = usual.Usual.take

    def counting(one: usual.Usual, *given: object) -> bool:
        taken.append(first(one, *given))  # type: ignore[arg-type] # passed on as they are
        return taken[-1]

    forge = Forge()
    forge.ticks = 9
    forge.add(Draft("slow", "slow", "note-taken.v1", 6, "ada", "director", lands=9))
    forge.draft("decided").sign_as = "ben"
    world = forge.build()
    root = write(world.pack("ledger"), tmp_path)
    monkeypatch.setattr(usual.Usual, "take", counting)
    short = verify(root, world.trust(), receipts=[])
    monkeypatch.setattr(usual.Usual, "take", lambda *_: False)
    long = verify(root, world.trust())
    assert any(taken)
    assert not all(taken)
    assert short.json() == long.json()
    assert {"V9.signature", "V11.late"} <= {one.code for one in long.findings}


# ---- time and rows -------------------------------------------------------------------------------


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Draw a schedule of one to three epochs."""
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 10**6)))
    size, epochs = 0, []
    for _ in range(draw(st.integers(1, 3))):
        period, opened, sealed = (draw(st.integers(1, 90)) for _ in range(3))
        epochs.append(Epoch(size, start, period, opened, sealed, draw(st.integers(0, 5))))
        ticks = draw(st.integers(1, 9))
        size += ticks * (opened + sealed)
        start += timedelta(seconds=ticks * period + draw(st.integers(0, 500)))
    return Schedule("a.example", tuple(epochs))


@settings(max_examples=200)
@given(schedule=schedules(), index=st.integers(0, 3000), seconds=st.integers(-5000, 5000))
def test_the_clock_says_what_the_schedule_says(
    schedule: Schedule, index: int, seconds: int
) -> None:
    """In whole seconds the answers are the same, only sooner."""
    clock, start = Clock(schedule), datetime(1970, 1, 1, tzinfo=UTC)
    tick = schedule.tick_of(index)
    assert clock.tick_of(index) == tick
    assert clock.size_before(tick) == schedule.size_after(tick - 1)
    assert clock.delay(tick) == schedule.epoch_of(tick).delay
    at = schedule.epochs[-1].start + timedelta(seconds=seconds)
    assert clock.running((at - start) // timedelta(seconds=1)) == schedule.running_tick(at)


def test_rows_come_back_as_they_were_kept() -> None:
    """Stream by stream, by seq, a record before a tombstone that claims its place."""
    rows = Rows(2)
    kept = [
        Row(bytes(32), bytes(32), bytes([1]) * 16, seq, leaf, 3, -62_135_596_800, flags, tail)
        for seq, leaf, flags, tail in (
            (2, 9, 0, b""), (1, 8, facts.ERASED, b"x:1"), (1, 2**53 - 1, facts.SIGNED, b"[]"),
        )
    ]  # fmt: skip
    rows.add(1, b"".join(facts.dump_row(row) for row in kept))
    assert rows.streams(0) == {}
    assert rows.streams(1) == {bytes([1]) * 16: [kept[2], kept[1], kept[0]]}
    rows.close()


# ---- one spelling, sooner ------------------------------------------------------------------------


def strictly(data: bytes) -> jcs.Json:
    """Read JSON by the strict rules alone."""
    value = jcs._parse(data)
    if jcs.dump(value) != data:
        raise Malformed("other spelling")
    return value


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**54), 2**54) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("aZ_0é\"\\", max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=600)
@given(value=VALUES, data=st.data())
def test_what_is_plainly_spelled_is_read_as_strictly(value: object, data: st.DataObject) -> None:
    """The quick reader takes exactly what the strict one takes, and gives the same."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    raw = text.encode("utf-8", "surrogatepass")
    place = data.draw(st.integers(0, len(raw)))
    with_bytes = raw[:place] + data.draw(st.binary(max_size=2)) + raw[place:]
    for one in (raw, with_bytes, raw[:place]):
        answers: list[object] = []
        for read in (jcs.load, strictly):
            try:
                answers.append((read(one),))
            except Malformed:
                answers.append("refused")
        assert repr(answers[0]) == repr(answers[1]), one


def test_paths_are_told_apart() -> None:
    """Leaves have names of their own; everything else is another file."""
    assert listing.leaf_name(record_path(7)) == ("record", 7)
    assert listing.leaf_name(opening_path(0)) == ("opening", 0)
    for name in ("records/7.json", "openings/7.dsse.json", "records/07.dsse.json", "x/7.json"):
        assert listing.leaf_name(name) is None
    assert read_path(record_path(7)).kind == "record"
