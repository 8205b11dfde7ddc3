"""What the shown records establish: keys, roles, law, and what was assented to."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .crypto import sha256
from .grammar import unbase64
from .record import Rec

TAKEN = (
    "key-revoked.v1",
    "passkey-revoked.v1",
    "role-granted.v1",
    "role-ended.v1",
    "custodian-designated.v1",
    "designee-appointed.v1",
)


@dataclass(frozen=True)
class Enrolment:
    """A key, whose it is, and the record that enrolled it."""

    rec: Rec
    public: bytes
    person: str
    custody: str
    principal: str
    founder: bool


@dataclass
class Shown:
    """All shown records, by place and by envelope, and what each stream continues.

    `erased` gives the E of a tombstone by its place, `tombstones` its stream and tick by its E.
    """

    at: dict[tuple[str, int], Rec] = field(default_factory=dict)
    by_e: dict[str, Rec] = field(default_factory=dict)
    streams: dict[str, list[Rec]] = field(default_factory=dict)
    erased: dict[tuple[str, int], str] = field(default_factory=dict)
    tombstones: dict[str, tuple[str, int]] = field(default_factory=dict)
    before: dict[tuple[str, int], Rec] = field(default_factory=dict)
    _continued: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, rec: Rec) -> bool:
        """Add a record. Return False where its place is taken."""
        if (rec.stream, rec.seq) in self.at:
            return False
        self.at[rec.stream, rec.seq] = rec
        self.by_e[rec.e] = rec
        self.streams.setdefault(rec.stream, []).append(rec)
        return True

    def e_at(self, stream: str, seq: int) -> str | None:
        """Return the E at a place, of a record or a tombstone."""
        rec = self.at.get((stream, seq))
        if rec is not None:
            return rec.e
        return self.erased.get((stream, seq))

    def settle(self) -> None:
        """Sort the streams, and note which shown record comes before each."""
        for recs in self.streams.values():
            recs.sort(key=lambda r: r.seq)
            for earlier, later in itertools.pairwise(recs):
                self.before[later.stream, later.seq] = earlier

    def continued(self, stream: str) -> dict[str, float]:
        """Return the streams that one continues, directly or not, and up to which seq."""
        if stream not in self._continued:
            self._continued[stream] = self._reach(stream)
        return self._continued[stream]

    def _reach(self, start: str) -> dict[str, float]:
        """Follow `continues`. A head that is not shown bounds nothing."""
        result: dict[str, float] = {}
        todo = [start]
        while todo:
            first = self.at.get((todo.pop(), 1))
            for item in first.data["continues"] if first else []:
                head = self.by_e.get(item["head"])
                upto = math.inf
                if head is not None and head.stream == item["stream"]:
                    upto = head.seq
                if item["stream"] not in result and item["stream"] != start:
                    todo.append(item["stream"])
                result[item["stream"]] = max(upto, result.get(item["stream"], 0))
        result.pop(start, None)
        return result

    def successors(self, e: str) -> list[Rec]:
        """Return the first records of streams that continue this envelope."""
        firsts = (self.at.get((stream, 1)) for stream in self.streams)
        return [
            first
            for first in firsts
            if first is not None and any(c["head"] == e for c in first.data["continues"])
        ]


class Office:
    """The acts of authority, taken record by record.

    Each question is asked for a record and an office head. An act counts when it stands in the
    office stream up to that head, earlier in the record's own stream, or in a stream that this
    one continues, up to the head that is named there.
    """

    def __init__(self, stream: str, shown: Shown) -> None:
        self.stream = stream
        self.shown = shown
        self.chain: list[Rec] = []
        while (rec := shown.at.get((stream, len(self.chain) + 1))) is not None:
            self.chain.append(rec)
        self.keys: dict[str, Enrolment] = {}
        self.passkeys: dict[str, Rec] = {}
        self.laws: list[tuple[int, str]] = []
        self.assents: dict[str, list[Rec]] = {}
        self._founders: list[tuple[str, str, Rec]] = []
        self._acts: dict[str, list[Rec]] = {kind: [] for kind in TAKEN}
        self._order: dict[str, tuple[int, int, int]] = {}

    def found(self, rec: Rec) -> None:
        """Take the founding."""
        self._order[rec.e] = (rec.seq, 0, 0)
        for founder in rec.event["founders"]:
            self._enrol(rec, founder, "person", True)
            self._founders.append((founder["person"], founder["role"], rec))
        self.laws.append((rec.seq, rec.data["law"]))

    def is_founder(self, person: str, role: str) -> bool:
        """Say whether the founding names this person in this role."""
        return any((p, r) == (person, role) for p, r, _ in self._founders)

    def _enrol(self, rec: Rec, item: dict[str, Any], principal: str, founder: bool) -> None:
        """Take a key."""
        public = unbase64(item["key"], 32)
        self.keys[sha256(public).hex()] = Enrolment(
            rec, public, item["person"], item["custody"], principal, founder
        )

    def apply(self, rec: Rec) -> None:
        """Take one record that all checks of V9 let pass."""
        if rec.stream == self.stream:
            self._order[rec.e] = (rec.seq, 0, 0)
        else:
            self._order[rec.e] = (rec.office_seq, 1, len(self._order))
        if rec.type == "key-enrolled.v1":
            self._enrol(rec, rec.event, rec.event["principal"], False)
        elif rec.type == "passkey-enrolled.v1":
            self.passkeys[sha256(unbase64(rec.event["credential"])).hex()] = rec
        elif rec.type == "assented.v1":
            self.assents.setdefault(rec.event["of"], []).append(rec)
        elif rec.type == "pack-activated.v1":
            self.laws.append((rec.seq, rec.event["law"]))
        elif rec.type in self._acts:
            self._acts[rec.type].append(rec)

    def law_at(self, head: int) -> str:
        """Return the law in force at a head."""
        return [law for seq, law in self.laws if seq <= max(head, 1)][-1]

    def reaches(self, stream: str, seq: int, rec: Rec, head: int) -> bool:
        """Say whether what stands at a place counts for a record at an office head."""
        if stream == self.stream:
            return seq <= head
        if stream == rec.stream:
            return seq < rec.seq
        return seq <= self.shown.continued(rec.stream).get(stream, 0)

    def _counting(self, kind: str, rec: Rec, head: int) -> Iterator[Rec]:
        """Yield the acts of a kind that count for a record at a head."""
        return (act for act in self._acts[kind] if self.reaches(act.stream, act.seq, rec, head))

    def _after(self, act: Rec, since: Rec) -> bool:
        """Say whether an act came after another one."""
        return self._order[act.e] > self._order[since.e]

    def assented(self, act: Rec, rec: Rec, head: int) -> bool:
        """Say whether another person assented to an act, where a record may rely on it."""
        return any(
            a.signer != act.signer and self.reaches(a.stream, a.seq, rec, head)
            for a in self.assents.get(act.e, [])
        )

    def assents_to(self, act: Rec) -> list[Rec]:
        """Return the assents to an act on which no record relies, but schedule, trust or leaf."""
        return [
            a
            for a in self.assents.get(act.e, [])
            if a.signer != act.signer and a.stream in (self.stream, act.stream)
        ]

    def _enrolled(self, key: Enrolment, rec: Rec, head: int) -> bool:
        """Say whether an enrolment holds for a record at a head."""
        if not self.reaches(key.rec.stream, key.rec.seq, rec, head):
            return False
        return key.founder or self.assented(key.rec, rec, head)

    def key_at(self, digest: str, rec: Rec, head: int) -> Enrolment | None:
        """Return a key that is enrolled, assented to and not revoked at a head."""
        key = self.keys.get(digest)
        if key is None or not self._enrolled(key, rec, head):
            return None
        if any(r.event["key"] == digest for r in self._counting("key-revoked.v1", rec, head)):
            return None
        return key

    def passkey_at(self, digest: str, rec: Rec, head: int) -> Rec | None:
        """Return the enrolment of a passkey that is assented to and not revoked at a head."""
        act = self.passkeys.get(digest)
        if act is None or act.seq > head or not self.assented(act, rec, head):
            return None
        ends = self._counting("passkey-revoked.v1", rec, head)
        return None if any(end.event["passkey"] == digest for end in ends) else act

    def passkey_ending(self, digest: str) -> Rec | None:
        """Return the first record that revoked a passkey."""
        ends = (e for e in self._acts["passkey-revoked.v1"] if e.event["passkey"] == digest)
        return next(ends, None)

    def _ended(self, person: str, role: str, since: Rec, rec: Rec, head: int) -> bool:
        """Say whether a role was ended since an act gave it."""
        return any(
            (e.event["person"], e.event["role"]) == (person, role) and self._after(e, since)
            for e in self._counting("role-ended.v1", rec, head)
        )

    def _sources(self, person: str, role: str, rec: Rec, head: int) -> Iterator[Rec]:
        """Yield the acts that gave a role to a person, whether ended or not."""
        if head >= 1:
            for who, what, act in self._founders:
                if (who, what) == (person, role):
                    yield act
        for act in self._counting("role-granted.v1", rec, head):
            named = (act.event["person"], act.event["role"])
            if named == (person, role) and self.assented(act, rec, head):
                yield act
        if role == "custodian":
            named_last = max(
                self._counting("custodian-designated.v1", rec, head),
                default=None,
                key=lambda act: self._order[act.e],
            )
            if named_last is not None and named_last.event["person"] == person:
                yield named_last
        elif role == "designee":
            for act in self._counting("designee-appointed.v1", rec, head):
                if act.event["person"] == person:
                    yield act
        elif role == "desk":
            for key in self.keys.values():
                named = (key.person, key.principal)
                if named == (person, "desk") and self._enrolled(key, rec, head):
                    yield key.rec

    def holds(self, person: str, role: str, rec: Rec, head: int) -> bool:
        """Say whether a person holds a role at a head."""
        return any(
            not self._ended(person, role, act, rec, head)
            for act in self._sources(person, role, rec, head)
        )

    def still_holds(self, basis: Rec, rec: Rec, head: int) -> bool:
        """Say whether a designation or an appointment has not ended at a head."""
        person = basis.event["person"]
        if basis.e not in self._order:
            return False
        if basis.type == "designee-appointed.v1":
            return not self._ended(person, "designee", basis, rec, head)
        return not self._ended(person, "custodian", basis, rec, head) and not any(
            other.event["person"] != person and self._after(other, basis)
            for other in self._counting("custodian-designated.v1", rec, head)
        )

    def endings(self, rec: Rec, head: int) -> list[Rec]:
        """Return the first office record after a head that ended the key, and that for the role."""
        digest, person, role = rec.data["key"], rec.signer, rec.data["role"]
        revoked = [r for r in self._acts["key-revoked.v1"] if r.event["key"] == digest]
        result = [r for r in revoked if r.stream == self.stream and r.seq > head][:1]
        ends = [
            e
            for e in self._acts["role-ended.v1"]
            if (e.event["person"], e.event["role"]) == (person, role)
        ]
        if role == "custodian":
            ends += self._acts["custodian-designated.v1"]
        after = sorted(
            (e for e in ends if e.stream == self.stream and e.seq > head), key=lambda e: e.seq
        )
        for end in after:
            if not self.holds(person, role, rec, end.seq):
                return [*result, end]
        return result

    def lost_since(self, rec: Rec) -> int | None:
        """Return the log size from which a record's key may have been in other hands."""
        found = [
            r
            for r in self._acts["key-revoked.v1"]
            if r.event["key"] == rec.data["key"]
            and (
                r.stream in (self.stream, rec.stream)
                or r.seq <= self.shown.continued(rec.stream).get(r.stream, 0)
            )
        ]
        if not found:
            return None
        first = min(found, key=lambda r: self._order[r.e])
        since: int | None = first.event.get("since")
        return since
