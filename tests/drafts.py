"""The records of a good small ledger, before anybody has signed them (see `forge.py`).

Two founders, Ada (director, custodian) and Ben (counsel, whose key is on his own device), take in
Cleo and a desk. The desk saves a visit while Ada is away; Cleo, as designee, opens a case from it;
Ben confirms what he did; Ada puts another law in force, decides and closes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.evidence.grammar import format_instant, to_base64
from ledger.evidence.jcs import Json
from ledger.evidence.opening import RecordOpening
from ledger.evidence.record import Record
from ledger.evidence.schedule import Epoch

if TYPE_CHECKING:
    from tests.forge import Forge

START = datetime(2026, 6, 1, tzinfo=UTC)
LAWS = {1: b'{"pack":"first"}', 2: b'{"pack":"second"}'}
DOCUMENT = b"%PDF a warrant, as served"
DOCUMENT_VALUE: Json = {
    "sha256": sha256(DOCUMENT).hexdigest(),
    "size": len(DOCUMENT),
    "type": "application/pdf",
}


def seed(*words: str) -> bytes:
    """Return 32 bytes that follow from words."""
    return sha256("\0".join(words).encode()).digest()


def signing_key(name: str) -> Ed25519PrivateKey:
    """Return the Ed25519 key of a person, a desk or a log."""
    return Ed25519PrivateKey.from_private_bytes(seed("key", name))


def public(name: str) -> bytes:
    """Return the 32-byte public key of a name."""
    return signing_key(name).public_key().public_bytes_raw()


def key_digest(name: str) -> bytes:
    """Return the SHA-256 by which records name that key."""
    return sha256(public(name)).digest()


def stream_id(name: str) -> bytes:
    """Return the 16 bytes of a stream."""
    return seed("stream", name)[:16]


def instant(day: float) -> str:
    """Spell the instant that lies so many days after the log's start."""
    return format_instant(START + timedelta(days=day))


def epoch_json(epoch: Epoch) -> Json:
    """Return an epoch as founding and announcement carry it."""
    return {
        "first_size": epoch.first_size,
        "start": format_instant(epoch.start),
        "period_seconds": epoch.period_seconds,
        "open": epoch.open,
        "sealed": epoch.sealed,
        "delay": epoch.delay,
    }


@dataclass(slots=True)
class Draft:
    """A record before it is signed. Anything that is not set follows from the draft's place."""

    name: str
    stream: str
    type: str
    tick: int
    by: str
    role: str
    event: Json | Callable[[Forge], Json] = field(default_factory=dict)
    personal: dict[str, Json] = field(default_factory=dict)
    under: str | None = None
    """The name of a draft made before."""
    actor: str | None = None
    continues: tuple[str, ...] = ()
    """Names of drafts made before."""
    lands: int | None = None
    """The tick in which it enters the log, when that is later than the one it was made in."""
    placed: tuple[bytes, int] | None = None
    """The (stream, seq) that it is committed to, when not its own."""
    change: Callable[[Record], Record] | None = None
    """Bends the record before it is signed."""
    sign_as: str | None = None
    """Whose key makes the signature, if not the one that the record names."""
    respell: Callable[[bytes], bytes] | None = None
    """Bends the payload's bytes before they are signed."""
    rewrap: Callable[[bytes], bytes] | None = None
    """Bends the envelope's bytes before they are committed to."""
    opening: Callable[[RecordOpening], RecordOpening] | None = None
    """Bends the opening in packs."""


def act(name: str, kind: str, tick: int, event: Json | Callable[[Forge], Json]) -> Draft:
    """Draft an act of Ada's, as director, in the office stream."""
    return Draft(name, "office", f"{kind}.v1", tick, "ada", "director", event)


def assent(name: str, of: str, tick: int, by: str = "ben", stream: str = "office") -> Draft:
    """Draft an assent to another draft."""
    role = {"ada": "director", "ben": "counsel", "cleo": "staff"}[by]
    return Draft(
        name, stream, "assented.v1", tick, by, role, lambda forge: {"of": forge.made[of].e.hex()}
    )


def enrolment(person: str, principal: str = "person", key: str | None = None) -> Json:
    """Return the event that enrols a key."""
    return {
        "person": person,
        "key": to_base64(public(key or person)),
        "custody": "service",
        "principal": principal,
    }


def _founding(forge: Forge) -> Json:
    founder = {"key": to_base64(public("ada")), "custody": "service", "role": "director"}
    other = {"key": to_base64(public("ben")), "custody": "device", "role": "counsel"}
    return {
        "epoch": epoch_json(forge.founded_epoch or forge.epochs[0]),
        "founders": [{"person": "ada", **founder}, {"person": "ben", **other}],
        "log": [vkey.dump() for vkey in forge.log_keys],
        "receipt": forge.receipt_key.dump(),
        "vault_office": stream_id("vault-office").hex(),
        **({} if forge.attest_months is None else {"attest_months": forge.attest_months}),
        **({} if forge.zone is None else {"zone": forge.zone}),
        **({} if forge.before is None else {"before": forge.before}),
    }


def good_drafts() -> list[Draft]:
    """Return the drafts of the good ledger, in the order in which they are made."""
    away = {"person": "ada", "from": instant(1), "until": instant(4)}
    return [
        act("founded", "ledger-founded", 1, _founding),
        Draft(
            "countersigned", "office", "founding-countersigned.v1", 1, "ben", "counsel",
            lambda forge: {"founded": forge.made["founded"].e.hex()},
        ),
        act("custodian", "custodian-designated", 1, {"person": "ada", "resolved_on": "2026-05-28"}),
        act("enrol-cleo", "key-enrolled", 1, enrolment("cleo")),
        assent("assent-enrol-cleo", "enrol-cleo", 1),
        act("grant-cleo", "role-granted", 2, {"person": "cleo", "role": "staff"}),
        assent("assent-grant-cleo", "grant-cleo", 2),
        act("designee", "designee-appointed", 2, {"person": "cleo"}),
        act("enrol-desk", "key-enrolled", 2, enrolment("desk-1", "desk")),
        assent("assent-enrol-desk", "enrol-desk", 2),
        Draft(
            "absence", "office", "absence-recorded.v1", 2, "cleo", "staff", away
        ),
        Draft(
            "intake", "intake", "intake-saved.v1", 3, "desk-1", "desk", {"about": "7K3Q9"},
            personal={"initials": "c.w."},
        ),
        Draft(
            "close-intake", "intake", "stream-closed.v1", 4, "cleo", "designee", under="absence"
        ),
        Draft(
            "opened", "case", "case-opened.v1", 4, "cleo", "designee", {"reference": "7K3Q9"},
            under="absence", continues=("close-intake",),
        ),
        Draft(
            "request", "case", "request-received.v1", 4, "cleo", "staff", {"requester": "other"},
            personal={"note": "asks for a list", "paper": DOCUMENT_VALUE}, actor="ben",
        ),
        assent("assent-request", "request", 5, stream="case"),
        act("new-law", "pack-activated", 5, {"law": sha256(LAWS[2]).hexdigest(), "pack": "second"}),
        Draft(
            "decided", "case", "request-denied.v1", 6, "ada", "custodian", {"ground": "no-order"},
            under="custodian",
        ),
        Draft("closed", "case", "stream-closed.v1", 6, "ada", "custodian"),
    ]  # fmt: skip
