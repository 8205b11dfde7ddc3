"""A small ledger of one month and more, in which counsel attests; every part can be bent.

Ada and Ben found a ledger whose periods are a month long. A tick has four entries; the first
period ends with tick 30, so at 120 entries. Ben attests in tick 33, and keeps the salt in the vault
office.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ledger.evidence.attestation import StreamHead, heads_digest
from ledger.evidence.grammar import to_base64
from ledger.evidence.jcs import Json
from ledger.evidence.merkle import Tree
from ledger.evidence.pack import consistency_path, dump_consistency
from tests.drafts import Draft, good_drafts, seed, stream_id
from tests.forge import DAY, Files, Forge, World, relist

SIZE = 120
"""Of the log when the first period ends."""
SALT = seed("salt")
FOUNDING = ("founded", "countersigned", "custodian")


@dataclass(frozen=True, slots=True)
class Attesting:
    """How Ben attests; what is left alone is right. `ticks` is how far the log reaches."""

    days: int = 1
    """The length of a tick."""
    ticks: int = 35
    attested: int | None = 33
    """The tick of the attestation; None for none."""
    by: str = "ben"
    stream: str = "office"
    details: str | None = "vault-office"
    """The stream of the salt; None where it is not written."""
    period: int = 1
    size: int = SIZE
    root: bytes | None = None
    salt: bytes = SALT
    forget: str = ""
    """A stream that the digest leaves out."""
    sealed: bool = True
    """Whether there is a matter that only openings show."""
    change: Callable[[Forge], None] | None = None

    def build(self) -> World:
        """Build the ledger."""
        forge = Forge([one for one in good_drafts() if one.name in FOUNDING])
        forge.ticks, forge.attest_months = self.ticks, 1
        first = replace(forge.epochs[0], period_seconds=self.days * DAY, delay=2 * self.days)
        forge.epochs = [replace(first, open=2, sealed=2)]
        end = 30 // self.days
        forge.add(Draft("open", "open", "note-taken.v1", 2, "ada", "custodian", {"n": 1}))
        if self.sealed:
            for name, tick in (("first", 3), ("second", end - 1), ("third", end + 1)):
                forge.add(Draft(name, "case", "note-taken.v1", tick, "ada", "custodian"))
        if self.attested is not None:
            role = {"ben": "counsel", "ada": "director"}[self.by]
            place = (self.attested, self.by, role)
            if self.details is not None:
                kind = "attestation-detailed.v1"
                told: Json = {"size": self.size, "salt": self.salt.hex(), "records": 5}
                forge.add(Draft("details", self.details, kind, *place, told))
            kind = "log-attested.v1"
            forge.add(Draft("attested", self.stream, kind, *place, self._event))
        if self.change is not None:
            self.change(forge)
        return forge.build()

    def _event(self, forge: Forge) -> Json:
        known = min(self.size, forge.tree.size)
        root = Tree(forge.tree.hash_at).root(known) if self.root is None else self.root
        return {
            "period": self.period,
            "size": self.size,
            "root": to_base64(root),
            "heads": heads_digest(SALT, self.size, self._heads(forge)).hex(),
        }

    def _heads(self, forge: Forge) -> dict[bytes, StreamHead]:
        below = [one for one in forge.made.values() if 0 <= one.index < self.size]
        heads = {one.record.stream: (one.record.seq, one.e) for one in below}
        return {one: head for one, head in heads.items() if one != stream_id(self.forget)}


def part(world: World, size: int = SIZE) -> Files:
    """Make a part pack of the open matter, with a proof for the attested size."""
    proof = dump_consistency(world.tree.consistency_proof(size, world.size))
    return relist({**world.pack("case", ("open",)), consistency_path(size): proof})
