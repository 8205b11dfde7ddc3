"""What the vectors are made from: throw-away keys, one record, one schedule, one checkpoint.

Everything follows from fixed names. The keys' seeds stand here for everybody to read, and protect
nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.evidence import commitment, envelope, grammar, jcs, merkle, note, record
from ledger.evidence.checkpoint import Checkpoint, subtree_message
from ledger.evidence.schedule import Epoch, Schedule

Vector = dict[str, Any]

HERE = Path(__file__).parent
ORIGIN = "ledger.lonecone.example"
START = datetime(2026, 5, 18, tzinfo=UTC)
"""When the sample schedule begins."""
CHECKPOINT_TIME = 1_781_827_200
"""2026-06-19T00:00:00Z, when tick 32 of the sample schedule is due, after 4,096 entries."""


def fixed(name: str, length: int = 32) -> bytes:
    """Return bytes that look random and depend on a name only."""
    return hashlib.shake_256(b"disclosure-ledger vector " + name.encode()).digest(length)


def ed25519(name: str) -> Ed25519PrivateKey:
    """Return the throw-away key of a name."""
    return Ed25519PrivateKey.from_private_bytes(fixed(f"{name} seed"))


def vkey_of(name: str, key: Ed25519PrivateKey, key_type: int = note.ED25519) -> note.VKey:
    """Return the verifier key of a throw-away key."""
    return note.VKey(name, key_type, key.public_key().public_bytes_raw())


STAFF = ed25519("staff")
LOG = ed25519("log")
RECEIPTS = ed25519("receipt")
WITNESS = ed25519("witness")
LOG_VKEY = vkey_of(ORIGIN, LOG)
RECEIPT_VKEY = vkey_of(f"{ORIGIN}/receipt", RECEIPTS)
WITNESS_VKEY = vkey_of("witness.example/w1", WITNESS, note.COSIGNATURE_ED25519)
STREAM = fixed("stream", 16)
CORE, PERSONAL = fixed("core"), fixed("personal")
ENTRIES = tuple(fixed(f"entry {index}") for index in range(4096))
NOTE_VALUE = jcs.dump("Badge 4471.")
RECORD = record.Record(
    origin=ORIGIN,
    stream=STREAM,
    seq=3,
    prev=fixed("previous envelope"),
    continues=(),
    type="request-received.v1",
    occurred_at=datetime(2026, 6, 19, 3, 30, tzinfo=UTC),
    occurred_precision="exact",
    basis="first-hand",
    recorded_at=datetime(2026, 6, 19, 3, 34, 12, tzinfo=UTC),
    actor="t.okafor",
    recorded_by="t.okafor",
    role="staff",
    under=None,
    branch="norwood",
    attested="service",
    office=record.OfficeHead(seq=41, head=fixed("office head")),
    law=fixed("law"),
    head=record.TreeHead(size=len(ENTRIES), root=merkle.root_of(ENTRIES)),
    command=fixed("command", 16),
    key=hashlib.sha256(STAFF.public_key().public_bytes_raw()).digest(),
    event={"channel": "in-person", "instrument": "subpoena", "pages": 2},
    personal={
        "officer_note": commitment.personal_digest(
            commitment.salt(PERSONAL, STREAM, 3, "officer_note"), NOTE_VALUE
        )
    },
)


def signed_note(text: str, key: Ed25519PrivateKey, vkey: note.VKey) -> note.SignedNote:
    """Sign a text with one Ed25519 key."""
    return note.SignedNote(text, (note.signature_line(vkey, key.sign(text.encode())),))


def sample_envelope() -> bytes:
    """Return the envelope of the sample record."""
    payload = record.dump(RECORD)
    signature = STAFF.sign(envelope.signing_input(payload))
    return envelope.dump(envelope.Envelope(payload, RECORD.key, signature))


def sample_schedule() -> Schedule:
    """Return a schedule of two epochs, with a pause of a day and a half between them."""
    return Schedule(
        ORIGIN,
        (
            Epoch(0, START, 86_400, 64, 64, 2),
            Epoch(5120, START + timedelta(days=41, hours=12), 3_600, 16, 8, 24),
        ),
    )


def sample_checkpoint() -> Checkpoint:
    """Return the checkpoint that the sample record names as its head."""
    return Checkpoint(ORIGIN, RECORD.head.size, RECORD.head.root)


def stored_mldsa44() -> Vector:
    """Return the stored ML-DSA-44 key and signature."""
    stored: Vector = json.loads((HERE / "mldsa44.json").read_text("utf-8"))
    return stored


def mldsa44_message() -> bytes:
    """Return what the stored signature signs."""
    head = sample_checkpoint()
    return subtree_message(ORIGIN, CHECKPOINT_TIME, head.size, head.root)


def make_mldsa44() -> Vector:
    """Make the stored signature anew."""
    key = MLDSA44PrivateKey.from_seed_bytes(fixed("log ML-DSA-44 seed"))
    public = key.public_key().public_bytes_raw()
    signature = key.sign(mldsa44_message())
    return {
        "public": grammar.to_base64(public),
        "seed": fixed("log ML-DSA-44 seed").hex(),
        "signature": grammar.to_base64(signature),
    }


def log_mldsa44_vkey() -> note.VKey:
    """Return the verifier key of the stored ML-DSA-44 key."""
    return note.VKey(ORIGIN, note.MLDSA44, grammar.parse_base64(stored_mldsa44()["public"], None))


def sample_document() -> Vector:
    """Return the value of a personal field that is a document."""
    scan = b"not really a scan"
    return {"sha256": sha256_of(scan), "size": len(scan), "type": "application/pdf"}


def text_of(data: bytes) -> str:
    """Return bytes as the text that they are."""
    return data.decode("utf-8")


def sha256_of(data: bytes) -> str:
    """Return the SHA-256 of bytes in hex."""
    return hashlib.sha256(data).hexdigest()


def hex_of(hashes: Iterable[bytes]) -> list[str]:
    """Return hashes in hex."""
    return [one.hex() for one in hashes]
