"""A throw-away ledger with its people, and the question whether everything in it is sound."""

from __future__ import annotations

import json
import os
import shutil
from base64 import b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from keys.keyring import Keyring, create
from ledger.errors import NotFound
from ledger.evidence import commitment, jcs
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.grammar import parse_position
from ledger.evidence.merkle import root_of
from ledger.evidence.note import SignedNote
from ledger.export import export_ledger, export_openings
from ledger.founding import Founding, Terms, found
from ledger.home import Home
from ledger.register.acts import OFFICE, Act, Receipt
from ledger.register.custody import Custody
from ledger.register.handle import Register
from ledger.register.reading import CaseFile, Stream
from ledger.register.records import read_stream, recorded
from ledger.sequencer.ticks import Published, Sequencer
from ledger.stores.pending import Pending
from ledger.stores.store import Store
from ledger.verify import verify

ORIGIN = "ledger.lonecone.example"
START = datetime(2026, 6, 19, 20, 0, tzinfo=UTC)
DAILY = Terms(period_seconds=86_400, open=64, sealed=64, delay=2)


class Clock:
    """A clock that stands still until a test turns it."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        """Move the clock, forwards or back."""
        self.now += timedelta(**by)


def cast() -> dict[str, Keyring]:
    """Mara directs and is custodian, Tom is counsel, Olga stands in, Kim and Pat are staff."""
    names = ("mara", "tom", "olga", "kim", "pat", "desk-main")
    return {name: create(name, b"", throw_away=True) for name in names}


@dataclass
class Ledger:
    """An open home with its people, its clock and its register."""

    path: Path
    people: Mapping[str, Keyring]
    clock: Clock
    home: Home
    register: Register

    @classmethod
    def at(cls, path: Path, people: Mapping[str, Keyring], clock: Clock) -> Ledger:
        """Open a home that is there."""
        home = Home(path)
        return cls(path, people, clock, home, Register(home, clock))

    def reopened(self) -> Ledger:
        """The same home as a program finds it that starts anew."""
        self.home.close()
        return Ledger.at(self.path, self.people, self.clock)

    def copied(self, path: Path) -> Ledger:
        """A copy of this ledger in another folder; this one goes on."""
        self.home.close()
        shutil.copytree(self.path, path)
        return Ledger.at(path, self.people, Clock(self.clock.now))

    def do(
        self,
        person: str,
        command: str,
        case: str | None = None,
        fields: Mapping[str, object] | None = None,
        *,
        vault: bool | None = None,
        command_id: bytes | None = None,
    ) -> Receipt:
        """Let a person act."""
        act = Act(command, fields or {}, case, command_id=command_id or os.urandom(16))
        return self.register.handle(self.people[person], act, vault=vault)

    def visit(
        self,
        person: str = "desk-main",
        about: str | None = None,
        fields: Mapping[str, object] | None = None,
    ) -> str:
        """Save a visit; gives the reference."""
        return self.do(person, "intake", about, fields).case

    def look(self, person: str, reference: str) -> CaseFile:
        """Read a case as a person, among the sealed matters too."""
        return self.register.reader(self.people[person], vault=True).case(reference)

    def types(self, person: str, reference: str) -> list[str]:
        """The types of a case's records, as a person sees them."""
        return [record.type for record in self.look(person, reference).case.records]

    def tick(self, **by: float) -> tuple[Published, ...]:
        """Turn the clock and let the timer run."""
        self.clock.turn(**by)
        return self.sequencer().run(self.clock())

    def sequencer(self) -> Sequencer:
        """A sequencer as the timer starts it."""
        return Sequencer(self.home, self.register.office().office.attesters())

    def stores(self) -> tuple[Store, ...]:
        """The three stores of rows."""
        return self.home.row_stores

    def pending(self, stream: bytes, seq: int) -> Pending | None:
        """The commitment of a record, in whichever store it was made."""
        found = (store.pending(stream, seq) for store in self.stores())
        return next((one for one in found if one is not None), None)


def found_ledger(
    path: Path,
    people: Mapping[str, Keyring],
    clock: Clock,
    terms: Terms = DAILY,
    *,
    store: str | None = None,
    origin: str = ORIGIN,
    needs_standby: bool = False,
) -> Ledger:
    """Found a ledger by Mara and Tom, and enrol the others. On a server (`store`) each needs an
    origin of its own.
    """
    founders = ((people["mara"], "director"), (people["tom"], "counsel"))
    founding = Founding(
        *(origin, "America/Denver", "us-co/lcld", founders, terms),
        store=store,
        needs_standby=needs_standby,
    )
    home = found(path, founding, clock())
    ledger = Ledger(path, people, clock, home, Register(home, clock))
    for name, role in (("olga", None), ("kim", "staff"), ("pat", "staff"), ("desk-main", "desk")):
        enrol(ledger, name, role)
    ledger.do("mara", "appoint-designee", OFFICE, {"person": "olga"})
    return ledger


def enrol(ledger: Ledger, name: str, role: str | None) -> None:
    """Enrol a person, or a desk, by two people, with a role."""
    keyring = ledger.people[name]
    ledger.home.keystore.put_public_keys(name, keyring.public.dump())
    key = b64encode(keyring.public.signing).decode()
    principal = "desk" if role == "desk" else "person"
    by_two(ledger, "enrol-key", {"person": name, "key": key, "principal": principal})
    if role is not None:
        by_two(ledger, "grant-role", {"person": name, "role": role})


def by_two(ledger: Ledger, command: str, fields: Mapping[str, object]) -> None:
    """Mara proposes in the office, Tom assents."""
    proposed = ledger.do("mara", command, OFFICE, fields)
    ledger.do("tom", "assent", OFFICE, {"of": proposed.records[0].e})


def open_streams(ledger: Ledger) -> dict[tuple[str, bytes], Stream]:
    """Every stream of every store, opened with whichever key opens it.

    Fails when a stream with rows opens for nobody at all.
    """
    custody = Custody(ledger.home)
    found: dict[tuple[str, bytes], Stream] = {}
    for store in ledger.stores():
        for stream in store.streams():
            found[store.name, stream] = _opened_by_anybody(ledger, custody, store, stream)
    return found


def _opened_by_anybody(ledger: Ledger, custody: Custody, store: Store, stream: bytes) -> Stream:
    for keyring in (None, *ledger.people.values()):
        try:
            secrets = custody.secrets(stream, keyring, tuple(ledger.stores()))
        except NotFound:
            continue
        unsealed = read_stream(ledger.home.origin, store, stream, secrets)
        records = tuple(recorded(one) for one in unsealed)
        return Stream(stream, store, secrets, unsealed, records)
    raise AssertionError(f"a stream of {store.name} opens for nobody")


def check_sound(ledger: Ledger, *, made_up: bool = False) -> Ledger:
    """Open the home anew and check all that must hold at any moment; gives the reopened ledger.

    1. Every stream opens, chained without gap. 2. Every commitment is that of its record, once,
    and has a place: in the logbook at its tick, or pending. 3. No record stands before those that
    it rests on. 4. The logbook is whole ticks, its root is the signed and the published one. 5. No
    closed stream has two successors. 6. No acknowledged promise was broken.

    With `made_up`, what missed its tick may stand in a later one.
    """
    ledger = ledger.reopened()
    check_as_it_is(ledger, made_up=made_up)
    return ledger


def check_as_it_is(
    ledger: Ledger, *, made_up: bool = False, behind: bool = False
) -> dict[tuple[str, bytes], Stream]:
    """Check all that `check_sound` does, in a ledger that stays open; gives every stream.

    With `behind`, what the vault missed may stand nowhere yet.
    """
    streams = open_streams(ledger)
    ticks = _check_commitments(ledger, streams, made_up=made_up, behind=behind)
    _check_order(streams, ticks, _erased(ledger))
    _check_log(ledger)
    heads = [c for s in _unique(streams) for c in s.unsealed[0].record.continues]
    closed = {s.last.e for s in streams.values() if s.last.record.type == "stream-closed.v1"}
    continued = [one.head for one in heads if one.head in closed]
    assert len(continued) == len(set(continued))
    return streams


def check_offline(ledger: Ledger, pack: Path, pinned: bytes | None = None) -> None:
    """Publish what is pending, export what Mara may see, and let the offline verifier judge it; it
    remembers the `pinned` checkpoint, if one is given.

    Only what was not sealed to her may stay closed.
    """
    ledger.tick(days=5)
    mara, openings = ledger.people["mara"], pack.with_name(f"{pack.name}-openings")
    reader = ledger.register.reader(mara)
    export_ledger(ledger.home, pack, reveal=True)
    export_openings(ledger.home, reader, mara, pack, openings, reveal=True)
    trust = (ledger.path / "trust.json").read_bytes()
    if pinned is not None:
        trust = jcs.dump({**json.loads(trust), "pinned": pinned.decode()})
    report = verify(pack, trust, openings=openings, replay=True)
    assert {one.code for one in report.faults} <= {"V13.unopened"}, report.text()


def _unique(streams: Mapping[tuple[str, bytes], Stream]) -> list[Stream]:
    """Each stream once, from the store where it is longest."""
    longest: dict[bytes, Stream] = {}
    for (_, stream), one in streams.items():
        if stream not in longest or len(one.unsealed) > len(longest[stream].unsealed):
            longest[stream] = one
    return list(longest.values())


def _check_commitments(
    ledger: Ledger, streams: Mapping[tuple[str, bytes], Stream], *, made_up: bool, behind: bool
) -> dict[tuple[bytes, int], int | None]:
    """Give the tick of every record, None for those that wait for a slot."""
    schedule, logbook = ledger.home.schedule, ledger.home.logbook
    ticks: dict[tuple[bytes, int], int | None] = {}
    for stream in _unique(streams):
        for opened in stream.unsealed:
            seq = opened.record.seq
            blind = commitment.blind(stream.secrets.core, stream.id, seq)
            computed = commitment.commit(blind, stream.id, seq, opened.e)
            made = [store.pending(stream.id, seq) for store in ledger.stores()]
            (pending,) = [one for one in made if one is not None]
            assert pending.commitment == computed
            leaf = logbook.leaf_of(computed)
            if leaf is None and behind and ledger.home.vault.pending(stream.id, seq) == pending:
                pass
            elif leaf is None:
                assert pending.tick is None or pending.tick > logbook.last_tick()
            elif made_up:
                assert schedule.tick_of(leaf) >= (pending.tick or 0)
            else:
                assert schedule.tick_of(leaf) == pending.tick
            if pending.tick is not None:
                assert pending.promised is not None
                assert pending.tick <= pending.promised
                assert pending.tick >= schedule.running_tick(opened.record.recorded_at)
            ticks[stream.id, seq] = pending.tick
    return ticks


def _erased(ledger: Ledger) -> set[bytes]:
    """The digests of the records that were erased whole."""
    return {
        one.e
        for store in ledger.stores()
        for mark in store.erased.marks()
        for one in store.erased.tombstones(mark.stream)
    }


def _check_order(
    streams: Mapping[tuple[str, bytes], Stream],
    ticks: Mapping[tuple[bytes, int], int | None],
    erased: Collection[bytes],
) -> None:
    by_head = {one.e: one.record for s in streams.values() for one in s.unsealed}
    for stream in _unique(streams):
        for opened in stream.unsealed:
            record = opened.record
            named = [(stream.id, record.seq - 1)] if record.seq > 1 else []
            if record.office.seq:
                office = by_head[record.office.head]
                named.append((office.stream, office.seq))
            if record.under is not None:
                named.append(parse_position(record.under))
            # Of the streams of a case each is erased by itself: one may outlive those before it.
            left = (one.head for one in record.continues if one.head not in erased)
            continued = [by_head[head] for head in left]
            named += [(one.stream, one.seq) for one in continued]
            own = ticks[stream.id, record.seq]
            for before in named:
                earlier = ticks[before]
                if own is not None:
                    assert earlier is not None
                    assert earlier <= own, (record.type, own, earlier)


def _check_log(ledger: Ledger) -> None:
    home = ledger.home
    last, size = home.logbook.last_tick(), home.logbook.size()
    assert size == home.schedule.size_after(last)
    newest = home.log_directory / "checkpoint"
    if not newest.exists():
        return
    checkpoint = Checkpoint.load(SignedNote.parse(newest.read_bytes()).text)
    assert checkpoint.root == root_of(home.logbook.entries(0, checkpoint.size))
    assert (home.log_directory / f"checkpoints/{checkpoint.size}").read_bytes() == (
        newest.read_bytes()
    )
