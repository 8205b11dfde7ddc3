"""Makes a large ledger pack quickly: real keys, real signatures, a real log, no service.

    python3 ops/bench/packs.py RECORDS DIRECTORY

writes `pack/` and `trust.json` below the directory. The ledger is honest and ordinary: an office of
a dozen people, visits saved at a desk and closed, cases that continue them, assents, closings, and
covers in each tick. Three leaves in four are records. What is signed is what the verifier checks;
how long a service would take for it is not the question here.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.evidence import commitment, envelope, jcs
from ledger.evidence.checkpoint import Checkpoint, pack_timestamped, subtree_message
from ledger.evidence.grammar import format_instant, to_base64
from ledger.evidence.jcs import Json
from ledger.evidence.merkle import GrowingTree
from ledger.evidence.note import ED25519, MLDSA44, SignedNote, VKey, signature_line
from ledger.evidence.receipt import Extent
from ledger.evidence.schedule import Epoch, Schedule
from ledger.evidence.tiles import files_for

ORIGIN = "ledger.bench.example"
START = datetime(2026, 1, 1, tzinfo=UTC)
PERIOD = timedelta(hours=1)
LAW = b'{"pack":"bench"}'
ZERO = "0" * 64


def seed(*words: object) -> bytes:
    """Return 32 bytes that follow from words."""
    return sha256("\0".join(map(str, words)).encode()).digest()


@dataclass(slots=True)
class Person:
    """Somebody who signs."""

    name: str
    role: str
    key: Ed25519PrivateKey
    public: bytes
    digest: str


def person(name: str, role: str) -> Person:
    """Make a person whose key follows from the name."""
    key = Ed25519PrivateKey.from_private_bytes(seed("key", name))
    public = key.public_key().public_bytes_raw()
    return Person(name, role, key, public, sha256(public).hexdigest())


@dataclass(slots=True)
class Stream:
    """A stream as it grows."""

    id: bytes
    seq: int = 0
    head: str = ZERO
    core: bytes = b""


@dataclass
class Maker:
    """Makes records tick by tick and writes them as files."""

    root: Path
    wanted: int
    per_tick: int
    tree: GrowingTree = field(default_factory=GrowingTree)
    digests: dict[str, str] = field(default_factory=dict)
    made: int = 0
    tick: int = 1
    waiting: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)
    head: tuple[int, bytes] = (0, b"")
    random: random.Random = field(default_factory=lambda: random.Random(7))

    def __post_init__(self) -> None:
        """Begin with the office, its people and an empty log."""
        self.head = (0, self.tree.root())
        self.epoch = Epoch(0, START, int(PERIOD.total_seconds()), self.per_tick, 0, 2)
        self.log_key = Ed25519PrivateKey.from_private_bytes(seed("key", "log"))
        self.log_mldsa = MLDSA44PrivateKey.from_seed_bytes(seed("key", "log-mldsa44"))
        self.receipts = Ed25519PrivateKey.from_private_bytes(seed("key", "receipt"))
        self.vkeys = (
            VKey(ORIGIN, ED25519, self.log_key.public_key().public_bytes_raw()),
            VKey(ORIGIN, MLDSA44, self.log_mldsa.public_key().public_bytes_raw()),
        )
        receipt = self.receipts.public_key().public_bytes_raw()
        self.receipt_vkey = VKey(f"{ORIGIN}/receipt", ED25519, receipt)
        self.office = self.stream("office")
        self.ada, self.ben = person("ada", "director"), person("ben", "counsel")
        self.desk = person("desk-1", "desk")
        self.staff = [person(f"staff-{number}", "staff") for number in range(10)]
        for folder in ("records", "openings", "law", "extents"):
            (self.root / folder).mkdir(parents=True)

    def stream(self, name: str) -> Stream:
        """Begin a stream."""
        return Stream(seed("stream", name)[:16], core=seed("core", name))

    # ---- records ----

    def write(
        self, stream: Stream, by: Person, kind: str, event: Json, *,
        continues: tuple[Stream, ...] = (), actor: str | None = None,
    ) -> str:  # fmt: skip
        """Sign the next record of a stream; return its E."""
        stream.seq += 1
        at = format_instant(START + (self.tick - 1) * PERIOD + timedelta(minutes=9))
        size, root = self.head
        office_seq, office = (self.office.seq, self.office.head)
        if stream is self.office:
            office_seq, office = stream.seq - 1, stream.head
        record: Json = {
            "v": 1, "origin": ORIGIN, "stream": stream.id.hex(), "seq": stream.seq,
            "prev": stream.head,
            "continues": [{"stream": one.id.hex(), "head": one.head} for one in continues],
            "type": kind, "occurred_at": at, "occurred_precision": "exact",
            "basis": "first-hand", "recorded_at": at, "actor": actor or by.name,
            "recorded_by": by.name, "role": by.role, "under": None, "branch": "main",
            "attested": "service", "office": {"seq": office_seq, "head": office},
            "law": sha256(LAW).hexdigest(), "head": {"size": size, "root": to_base64(root)},
            "command": seed("command", self.made)[:16].hex(), "key": by.digest, "event": event,
            "personal": {"note": seed("note", self.made).hex()} if self.made % 2 else {},
        }  # fmt: skip
        payload = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
        signature = by.key.sign(envelope.signing_input(payload))
        data = (
            f'{{"payload":"{to_base64(payload)}","payloadType":"{envelope.PAYLOAD_TYPE}",'
            f'"signatures":[{{"keyid":"{by.digest}","sig":"{to_base64(signature)}"}}]}}'
        ).encode()
        e = sha256(data).digest()
        blind = commitment.blind(stream.core, stream.id, stream.seq)
        opening = (
            f'{{"blind":"{blind.hex()}","personal":{{}},"seq":{stream.seq},'
            f'"stream":"{stream.id.hex()}"}}'
        ).encode()
        self.waiting[commitment.commit(blind, stream.id, stream.seq, e)] = (data, opening)
        stream.head = e.hex()
        self.made += 1
        if len(self.waiting) >= self.per_tick * 3 // 4:
            self.close()
        return stream.head

    def close(self) -> None:
        """End a tick: records among covers, in the order of their bytes."""
        blinds = {}
        for k in range(self.per_tick - len(self.waiting)):
            blind = commitment.cover_blind(seed("cover", self.tick), self.tick, k)
            blinds[commitment.cover(blind, k)] = b""
        for entry in sorted([*self.waiting, *blinds]):
            if entry in self.waiting:
                data, opening = self.waiting[entry]
                self.put(f"records/{self.tree.size}.dsse.json", data)
                self.put(f"openings/{self.tree.size}.json", opening)
            self.tree.append(entry)
        self.waiting.clear()
        self.tick += 1
        self.head = (self.tree.size, self.tree.root())

    def put(self, path: str, data: bytes) -> None:
        """Write a file and list it."""
        target = self.root / path
        try:
            target.write_bytes(data)
        except FileNotFoundError:
            target.parent.mkdir(parents=True)
            target.write_bytes(data)
        self.digests[path] = sha256(data).hexdigest()

    # ---- the ledger ----

    def founded(self) -> str:
        """Write the office: founding, countersignature, and everybody else."""
        founders = [
            {"person": one.name, "key": to_base64(one.public), "custody": "service",
             "role": one.role}
            for one in (self.ada, self.ben)
        ]  # fmt: skip
        epoch = self.epoch
        e = self.write(self.office, self.ada, "ledger-founded.v1", {
            "epoch": {"first_size": 0, "start": format_instant(epoch.start),
                      "period_seconds": epoch.period_seconds, "open": epoch.open,
                      "sealed": epoch.sealed, "delay": epoch.delay},
            "founders": founders, "log": [one.dump() for one in self.vkeys],
            "receipt": self.receipt_vkey.dump(), "vault_office": seed("vault")[:16].hex(),
        })  # fmt: skip
        self.write(self.office, self.ben, "founding-countersigned.v1", {"founded": e})
        for one in (self.desk, *self.staff):
            self.agreed("key-enrolled.v1", {
                "person": one.name, "key": to_base64(one.public), "custody": "service",
                "principal": "desk" if one is self.desk else "person",
            })  # fmt: skip
            if one is not self.desk:
                self.agreed("role-granted.v1", {"person": one.name, "role": "staff"})
        self.close()
        return e

    def agreed(self, kind: str, event: Mapping[str, Json]) -> None:
        """Let Ada act and Ben assent."""
        e = self.write(self.office, self.ada, kind, event)
        self.write(self.office, self.ben, "assented.v1", {"of": e})

    def matters(self) -> Iterator[int]:
        """Write matter after matter: a visit, its closing, and the case that it becomes."""
        number = 0
        while self.made < self.wanted:
            number += 1
            intake, case = self.stream(f"intake-{number}"), self.stream(f"case-{number}")
            clerk = self.random.choice(self.staff)
            self.write(intake, self.desk, "intake-saved.v1", {"about": f"{number:08d}"})
            self.write(intake, clerk, "stream-closed.v1", {})
            self.write(case, clerk, "case-opened.v1", {"reference": f"{number}"},
                       continues=(intake,))  # fmt: skip
            for step in range(self.random.randrange(4, 24)):
                claims = step == 2 and number % 3 == 0
                self.write(case, clerk, "note-taken.v1", {"step": step, "by": "telephone"},
                           actor=self.staff[0].name if claims else None)  # fmt: skip
            self.write(case, self.ada, "stream-closed.v1", {})
            yield number
        self.close()

    def finish(self, founded: str) -> bytes:
        """Write log, extents, law and manifest; return the trust file."""
        schedule = Schedule(ORIGIN, (self.epoch,))
        checkpoint = self.checkpoint(schedule)
        text = schedule.dump()
        note = SignedNote(text, (signature_line(self.vkeys[0], self.log_key.sign(text.encode())),))
        keys = "".join(f"{one.dump()}\n" for one in (*self.vkeys, self.receipt_vkey)).encode()
        for name, data in files_for(0, self.tree.size, self.tree.hash_at, self.tree.entry):
            self.put(f"log/{name}", data)
        for name, data in (("checkpoint", checkpoint), ("schedule", note.dump())):
            self.put(name, data)
            self.put(f"log/{name}", data)
        self.put(f"log/checkpoints/{self.tree.size}", checkpoint)
        self.put("log/keys", keys)
        self.put(f"law/{sha256(LAW).hexdigest()}.json", LAW)
        last = bytes.fromhex(self.office.head)
        extent = Extent(ORIGIN, self.office.id, self.office.seq, last, self.tree.size).dump()
        line = signature_line(self.receipt_vkey, self.receipts.sign(extent.encode()))
        self.put(f"extents/{self.office.id.hex()}", SignedNote(extent, (line,)).dump())
        self._manifest()
        return jcs.dump({
            "format": "disclosure-ledger/trust/v1", "origin": ORIGIN, "founded": founded,
            "log": [one.dump() for one in self.vkeys], "receipt": [self.receipt_vkey.dump()],
            "retired": [], "witness": [], "quorum": 0, "tsa": [], "pinned": None, "now": None,
            "tolerance": 300,
        })  # fmt: skip

    def _manifest(self) -> None:
        with (self.root / "manifest.json").open("w", encoding="ascii") as file:
            file.write('{"files":[')
            for number, path in enumerate(sorted(self.digests)):
                comma = "," if number else ""
                file.write(f'{comma}{{"path":"{path}","sha256":"{self.digests[path]}"}}')
            rest = '],"format":"disclosure-ledger/pack/v1","origin":'
            file.write(f'{rest}"{ORIGIN}","scope":"ledger","subject":[]}}')

    def checkpoint(self, schedule: Schedule) -> bytes:
        """Sign the newest checkpoint."""
        head = Checkpoint(ORIGIN, self.tree.size, self.tree.root())
        text = head.dump()
        due = schedule.due(schedule.last_tick(head.size))
        time = int((due + timedelta(seconds=5)).timestamp())
        message = subtree_message(ORIGIN, time, head.size, head.root)
        lines = (
            signature_line(self.vkeys[0], self.log_key.sign(text.encode())),
            signature_line(self.vkeys[1], pack_timestamped(time, self.log_mldsa.sign(message))),
        )
        return SignedNote(text, lines).dump()


def make_pack(records: int, directory: Path) -> int:
    """Write `pack/` and `trust.json` below an empty directory; return the number of records."""
    per_tick = max(64, min(4096, records // 50))
    maker = Maker(directory / "pack", records, per_tick)
    founded = maker.founded()
    for _ in maker.matters():
        pass
    (directory / "trust.json").write_bytes(maker.finish(founded))
    return maker.made


if __name__ == "__main__":
    print(make_pack(int(sys.argv[1]), Path(sys.argv[2])))
