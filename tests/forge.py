"""A small ledger made by hand, every part of which can be bent before it is signed.

The verifier must be tried on evidence that no service made: here people, log, records and packs are
built from the format alone, with keys that follow from names, so that every run gives the same
bytes. A `Forge` holds drafts; `build` signs them, lays them into ticks among covers and signs the
log; the `World` that comes out makes packs, trust files and log directories.

    forge = Forge()
    forge.draft("request").change = lambda record: replace(record, role="director")
    world = forge.build()
    write(world.pack("case"), directory)

Imports ledger.evidence and cryptography only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.evidence import commitment, envelope, jcs
from ledger.evidence import record as records
from ledger.evidence.checkpoint import Checkpoint, pack_timestamped, subtree_message
from ledger.evidence.envelope import Envelope
from ledger.evidence.jcs import Json
from ledger.evidence.merkle import GrowingTree, Tree
from ledger.evidence.note import ED25519, MLDSA44, SignedNote, VKey, signature_line
from ledger.evidence.pack import (
    CoverOpening,
    Manifest,
    RecordOpening,
    Revealed,
    Scope,
    attachment_path,
    consistency_path,
    dump_consistency,
    dump_manifest,
    dump_opening,
    extent_path,
    law_path,
    load_manifest,
    manifest_of,
    opening_path,
    record_path,
)
from ledger.evidence.receipt import Extent
from ledger.evidence.record import ZERO_HASH, Continued, OfficeHead, Record, TreeHead
from ledger.evidence.schedule import Epoch, Schedule
from ledger.evidence.tiles import files_for
from tests.drafts import (
    DOCUMENT,
    DOCUMENT_VALUE,
    LAWS,
    START,
    Draft,
    good_drafts,
    key_digest,
    public,
    seed,
    signing_key,
    stream_id,
)

ORIGIN = "ledger.lonecone.example"
DAY = 86_400
Files = dict[str, bytes]


@dataclass(slots=True)
class Made:
    """A signed record, its envelope, its digest and its place in the log."""

    draft: Draft
    record: Record
    data: bytes
    e: bytes
    blind: bytes
    index: int = -1

    @property
    def place(self) -> str:
        """Where it stands: `stream:seq`."""
        return f"{self.record.stream.hex()}:{self.record.seq}"

    @property
    def committed(self) -> tuple[bytes, int]:
        """The (stream, seq) that its commitment binds it to."""
        return self.draft.placed or (self.record.stream, self.record.seq)

    @property
    def commitment(self) -> bytes:
        """Its entry in the log."""
        return commitment.commit(self.blind, *self.committed, self.e)


class Forge:
    """Drafts of a good small ledger; take some away, add others, bend them, then build."""

    def __init__(self, drafts: Sequence[Draft] | None = None, origin: str = ORIGIN) -> None:
        """Begin with the good ledger of `good_drafts`, or with drafts of your own."""
        self.origin = origin
        self.epochs = [Epoch(0, START, DAY, 8, 8, 2)]
        self.founded_epoch: Epoch | None = None
        self.attest_months: int | None = None
        self.zone: str | None = None
        self.before: Json = None
        self.ticks = 6
        self.drafts = good_drafts() if drafts is None else list(drafts)
        self.made: dict[str, Made] = {}
        self.heads: dict[str, Made] = {}
        self.seqs: dict[str, int] = {}
        self.laws = list(LAWS.values())
        """The law of the founding, and the one that `pack-activated.v1` puts in force."""
        self.law = self.laws[0]
        self.claims: Files = {"derived/state.json": b"{}"}
        self.tree = GrowingTree()
        self.covers: dict[int, CoverOpening] = {}
        self.fill: Callable[[list[bytes]], list[bytes]] = sorted
        """Orders the entries of a tick."""
        self.signed_at: datetime | None = None
        self.checkpoint_change: Callable[[Checkpoint], Checkpoint] | None = None
        mldsa44 = mldsa44_key().public_key().public_bytes_raw()
        self.log_keys = (
            VKey(self.origin, ED25519, public("log")),
            VKey(self.origin, MLDSA44, mldsa44),
        )
        self.receipt_key = VKey(f"{self.origin}/receipt", ED25519, public("receipt"))

    def draft(self, name: str) -> Draft:
        """Return a draft by its name, to bend it."""
        return next(one for one in self.drafts if one.name == name)

    def add(self, *drafts: Draft) -> None:
        """Add drafts after the others."""
        self.drafts += drafts

    def drop(self, *names: str) -> None:
        """Take drafts away."""
        self.drafts = [one for one in self.drafts if one.name not in names]

    def build(self) -> World:
        """Sign everything, tick by tick."""
        schedule = Schedule(self.origin, tuple(self.epochs))
        for tick in range(1, self.ticks + 1):
            head = TreeHead(self.tree.size, self.tree.root())
            for one in self.drafts:
                if one.tick == tick:
                    self._make(one, head)
            landing = [
                one for one in self.made.values() if (one.draft.lands or one.draft.tick) == tick
            ]
            self._close(tick, landing, schedule.epoch_of(tick).entries)
        return World(self, schedule)

    def _close(self, tick: int, made: list[Made], entries: int) -> None:
        """Append one tick: its records among covers."""
        covers: dict[bytes, CoverOpening] = {}
        for k in range(entries - len(made)):
            blind = commitment.cover_blind(seed("cover", str(tick)), tick, k)
            covers[commitment.cover(blind, k)] = CoverOpening(tick, k, blind)
        own = {one.commitment: one for one in made}
        for entry in self.fill([*own, *covers]):
            if entry in own:
                own[entry].index = self.tree.size
            else:
                self.covers[self.tree.size] = covers[entry]
            self.tree.append(entry)

    def _make(self, draft: Draft, head: TreeHead) -> None:
        record = self._record(draft, head)
        if draft.change is not None:
            record = draft.change(record)
        payload = records.dump(record)
        if draft.respell is not None:
            payload = draft.respell(payload)
        signature = signing_key(draft.sign_as or draft.by).sign(envelope.signing_input(payload))
        data = envelope.dump(Envelope(payload, record.key, signature))
        if draft.rewrap is not None:
            data = draft.rewrap(data)
        blind = commitment.blind(seed("core", draft.stream), record.stream, record.seq)
        made = Made(draft, record, data, envelope.digest(data), blind)
        self.made[draft.name] = made
        self.heads[draft.stream] = made
        self.seqs[draft.stream] = record.seq
        if record.type == "pack-activated.v1":
            self.law = self.laws[1]

    def _record(self, draft: Draft, head: TreeHead) -> Record:
        previous = self.heads.get(draft.stream)
        office = self.heads.get("office")
        at = START + timedelta(days=draft.tick - 1, hours=9)
        stream, seq = stream_id(draft.stream), self.seqs.get(draft.stream, 0) + 1
        event = draft.event(self) if callable(draft.event) else draft.event
        assert isinstance(event, Mapping)
        return Record(
            origin=self.origin,
            stream=stream,
            seq=seq,
            prev=ZERO_HASH if previous is None else previous.e,
            continues=tuple(
                Continued(self.made[name].record.stream, self.made[name].e)
                for name in draft.continues
            ),
            type=draft.type,
            occurred_at=at,
            occurred_precision="exact",
            basis="first-hand",
            recorded_at=at,
            actor=draft.actor or draft.by,
            recorded_by=draft.by,
            role=draft.role,
            under=None if draft.under is None else self.made[draft.under].place,
            branch="norwood",
            attested="own-device" if draft.by == "ben" else "service",
            office=OfficeHead(0, ZERO_HASH)
            if office is None
            else OfficeHead(office.record.seq, office.e),
            law=sha256(self.law).digest(),
            head=head,
            command=seed("command", draft.name)[:16],
            key=key_digest(draft.by),
            event=event,
            personal={
                name: commitment.personal_digest(
                    self._salt(draft.stream, stream, seq, name), jcs.dump(value)
                )
                for name, value in draft.personal.items()
            },
        )

    def _salt(self, name: str, stream: bytes, seq: int, field_name: str) -> bytes:
        return commitment.salt(seed("personal", name), stream, seq, field_name)


class World:
    """The built ledger: signs notes, opens leaves, and makes packs of it."""

    def __init__(self, forge: Forge, schedule: Schedule) -> None:
        """Stand on a forge that has built."""
        self.forge = forge
        self.schedule = schedule
        self.size = forge.tree.size
        self.tree = Tree(forge.tree.hash_at)
        self.log_keys = forge.log_keys
        self.receipt_key = forge.receipt_key

    def made(self, name: str) -> Made:
        """Return a signed record by its draft's name."""
        return self.forge.made[name]

    @property
    def before(self) -> int:
        """The size of the log one tick ago."""
        return self.schedule.size_after(self.schedule.tick_of(self.size - 1) - 1)

    # ---- notes ----

    def checkpoint(self, size: int | None = None) -> bytes:
        """Sign the checkpoint of a size, by default of the whole log, when its tick was due."""
        size = self.size if size is None else size
        due = self.schedule.due(self.schedule.tick_of(size - 1)) if size else START
        time = int((self.forge.signed_at or due + timedelta(seconds=5)).timestamp())
        checkpoint = Checkpoint(self.forge.origin, size, self.tree.root(size))
        if self.forge.checkpoint_change is not None:
            checkpoint = self.forge.checkpoint_change(checkpoint)
        text = checkpoint.dump()
        message = subtree_message(checkpoint.origin, time, checkpoint.size, checkpoint.root)
        timed = pack_timestamped(time, _sign_mldsa44(message))
        lines = (
            signature_line(self.log_keys[0], signing_key("log").sign(text.encode())),
            signature_line(self.log_keys[1], timed),
        )
        return SignedNote(text, lines).dump()

    def note(self, text: str, vkey: VKey | None = None, name: str = "log") -> bytes:
        """Sign a text as the log, or as another name under another key."""
        line = signature_line(vkey or self.log_keys[0], signing_key(name).sign(text.encode()))
        return SignedNote(text, (line,)).dump()

    def extent(self, stream: str, change: Callable[[Extent], Extent] | None = None) -> bytes:
        """Sign the extent of a stream."""
        last = self.forge.heads[stream]
        extent = Extent(self.forge.origin, last.record.stream, last.record.seq, last.e, self.size)
        extent = extent if change is None else change(extent)
        return self.note(extent.dump(), self.receipt_key, "receipt")

    def trust(self, **changes: Json) -> bytes:
        """Spell the trust file of somebody who knows this ledger."""
        value: dict[str, Json] = {
            "format": "disclosure-ledger/trust/v1",
            "origin": self.forge.origin,
            "founded": self.made("founded").e.hex(),
            "log": [vkey.dump() for vkey in self.log_keys],
            "receipt": [self.receipt_key.dump()],
            "retired": [],
            "witness": [],
            "quorum": 0,
            "tsa": [],
            "pinned": None,
            "now": None,
            "tolerance": 300,
        }
        return jcs.dump({**value, **changes})

    # ---- directories ----

    def log(self) -> Files:
        """Make the published log directory."""
        keys = [*self.log_keys, self.receipt_key]
        checkpoint = self.checkpoint()
        tiles = files_for(0, self.size, self.forge.tree.hash_at, self.forge.tree.entry)
        return {
            **dict(tiles),
            "checkpoint": checkpoint,
            f"checkpoints/{self.size}": checkpoint,
            f"checkpoints/{self.before}": self.checkpoint(self.before),
            "schedule": self.note(self.schedule.dump()),
            "keys": "".join(f"{vkey.dump()}\n" for vkey in keys).encode(),
        }

    def opening(self, made: Made, *, with_path: bool) -> bytes:
        """Open a leaf as the record that it is, with all its personal values."""
        record = made.record
        salts = seed("personal", made.draft.stream)
        personal = {
            name: Revealed(commitment.salt(salts, record.stream, record.seq, name), value)
            for name, value in made.draft.personal.items()
        }
        path = self.tree.inclusion_proof(made.index, self.size) if with_path else None
        opening = RecordOpening(made.blind, *made.committed, path, personal)
        return dump_opening(opening if made.draft.opening is None else made.draft.opening(opening))

    def pack(
        self, scope: Scope, shown: Sequence[str] = (), change: Callable[[Files], None] | None = None
    ) -> Files:
        """Make a pack with its manifest; `change` bends the files before they are listed.

        Scope ledger shows everything; scope case shows the office and the streams named; scope
        event shows the office and the single records named.
        """
        named = [self.made(name) for name in shown] if scope == "event" else []
        streams = sorted({one.draft.stream for one in named}) if named else list(shown)
        whole = {"office", *(streams if scope == "case" else [])}
        wanted = [
            one
            for one in self.forge.made.values()
            if scope == "ledger" or one.draft.stream in whole or one in named
        ]
        files = self._common(scope, wanted, ["office", *streams])
        if change is not None:
            change(files)
        if scope == "event":
            subject = tuple(one.place for one in named)
        else:
            subject = tuple(stream_id(one).hex() for one in streams)
        return seal(manifest_of(self.forge.origin, scope, subject, files), files)

    def _common(self, scope: Scope, wanted: Sequence[Made], streams: Sequence[str]) -> Files:
        is_part = scope != "ledger"
        files: Files = {
            "README.txt": b"How to verify: see the release of the verifier.\n",
            "checkpoint": self.checkpoint(),
            "schedule": self.note(self.schedule.dump()),
            **self.forge.claims,
        }
        for one in wanted:
            files[record_path(one.index)] = one.data
            files[opening_path(one.index)] = self.opening(one, with_path=is_part)
            files[law_path(one.record.law)] = next(
                law for law in self.forge.laws if sha256(law).digest() == one.record.law
            )
            if DOCUMENT_VALUE in one.draft.personal.values():
                files[attachment_path(sha256(DOCUMENT).digest())] = DOCUMENT
            size = one.record.head.size
            if is_part and 0 < size < self.size:
                proof = self.tree.consistency_proof(size, self.size)
                files[consistency_path(size)] = dump_consistency(proof)
        for stream in dict.fromkeys(streams):
            files[extent_path(stream_id(stream))] = self.extent(stream)
        if not is_part:
            files |= {f"log/{name}": data for name, data in self.log().items()}
            for index, cover in self.forge.covers.items():
                files[opening_path(index)] = dump_opening(cover)
        return files


def mldsa44_key() -> MLDSA44PrivateKey:
    """Return the log's second key."""
    return MLDSA44PrivateKey.from_seed_bytes(seed("key", "log-mldsa44"))


@cache
def _sign_mldsa44(message: bytes) -> bytes:
    """Sign with the log's second key; kept, because each signature would be another one."""
    return mldsa44_key().sign(message)


def seal(manifest: Manifest, files: Files) -> Files:
    """Return files together with their manifest."""
    return {**files, "manifest.json": dump_manifest(manifest)}


def relist(files: Files, **changes: object) -> Files:
    """Return altered files under a manifest that fits them, so that V1 has nothing to say."""
    old = load_manifest(files["manifest.json"])
    rest = {path: data for path, data in files.items() if path != "manifest.json"}
    fresh = manifest_of(old.origin, old.scope, old.subject, rest)
    return seal(replace(fresh, **changes), rest)  # type: ignore[arg-type] # any field may be bent


def write(files: Files, directory: Path) -> Path:
    """Write files below a directory."""
    for path, data in files.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return directory
