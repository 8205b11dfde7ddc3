"""Authority folded as verifying needs it: who may act, at the head that a record names.

Keys, roles and law change while a ledger lives, so every record names the office head under which
it was decided and is judged there. A `Line` holds the authority acts of one stream; a `View` is
what one record may rely on: the office stream up to the head that it names, its own stream before
it, and the streams that it continues up to the heads that it names. An act that needs a second
person holds in a view from the moment at which that view also shows the assent.

Only acts that were judged may be applied: this module never checks a signature.
Whoever verifies imports it. Cites: FORMAT §1 "Authority types", §6 V9.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TypeVar, assert_never

from ledger.evidence.acts import (
    AbsenceRecorded,
    Assented,
    AttestationDetailed,
    AuthorityEvent,
    CustodianDesignated,
    CustodianNotReached,
    DelegationRecorded,
    DesigneeAppointed,
    EpochAnnounced,
    FoundingCountersigned,
    KeyEnrolled,
    KeyRevoked,
    LedgerFounded,
    LogAttested,
    LogKeysAnnounced,
    PackActivated,
    PasskeyApproved,
    PasskeyEnrolled,
    PasskeyRevoked,
    Reattested,
    RoleEnded,
    RoleGranted,
    StreamClosed,
    StreamErased,
)
from ledger.evidence.rights import ADMINISTRATORS, CUSTODIAN, DESIGNEE, DESK, needs_assent

__all__ = [
    "Act",
    "Enrolment",
    "Holding",
    "Key",
    "Line",
    "Passkey",
    "View",
]

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Act:
    """An authority record that was judged: who signed it, where it stands, what it says."""

    stream: bytes
    seq: int
    e: bytes
    signer: str
    tick: int
    event: AuthorityEvent


@dataclass(frozen=True, slots=True)
class Holding:
    """Something held at a head; `ended` is the tick of the act that ended it later, if any did."""

    ended: int | None


@dataclass(frozen=True, slots=True)
class Key:
    """An enrolled signing key as a view shows it; `ended` is the tick of its later revocation."""

    person: str
    public: bytes
    custody: str
    principal: str
    ended: int | None


@dataclass(frozen=True, slots=True)
class Passkey:
    """An enrolled passkey as a view shows it; `ended` is the tick of its later revocation."""

    enrolled: PasskeyEnrolled
    ended: int | None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A key with the act that enrolled it."""

    act: Act
    key: Key


class Line:
    """The authority acts of one stream, applied in the order of their seq.

    Everything is kept with the seq at which it came, so that one line answers for every head.
    """

    def __init__(self, stream: bytes) -> None:
        """Begin without acts."""
        self.stream = stream
        self.acts: dict[int, Act] = {}
        self.passkeys: dict[bytes, tuple[Act, PasskeyEnrolled]] = {}
        self.ended_passkeys: dict[bytes, Act] = {}
        self._enrolled: dict[bytes, Enrolment] = {}
        self._revoked: dict[bytes, Act] = {}
        self._assents: dict[bytes, list[Act]] = {}
        self._grants: dict[tuple[str, str], list[Act]] = {}
        self._ends: dict[tuple[str, str], list[Act]] = {}
        self._custodians: set[str] = set()
        self._laws: list[tuple[int, bytes]] = []

    def apply(self, act: Act) -> None:
        """Add the next act, whose signature and right were judged. Total."""
        self.acts[act.seq] = act
        match act.event:
            case LedgerFounded(founders=founders):
                for one in founders:
                    self._enrol(act, Key(one.person, one.key, one.custody, "person", None))
                    self._grant(act, one.person, one.role)
            case KeyEnrolled() as new:
                self._enrol(act, Key(new.person, new.key, new.custody, new.principal, None))
                if new.principal == DESK:
                    # A desk has this one role, from its enrolment and without a grant.
                    self._grant(act, new.person, DESK)
            case KeyRevoked(key=digest):
                self._revoked.setdefault(digest, act)
            case PasskeyEnrolled(credential=credential) as enrolled:
                self.passkeys.setdefault(sha256(credential).digest(), (act, enrolled))
            case PasskeyRevoked(passkey=digest):
                self.ended_passkeys.setdefault(digest, act)
            case RoleGranted(person=person, role=role):
                self._grant(act, person, role)
            case RoleEnded(person=person, role=role):
                self._end(act, person, role)
            case CustodianDesignated(person=person):
                for former in self._custodians - {person}:
                    self._end(act, former, CUSTODIAN)
                self._grant(act, person, CUSTODIAN)
            case DesigneeAppointed(person=person):
                self._grant(act, person, DESIGNEE)
            case Assented(of=of):
                self._assents.setdefault(of, []).append(act)
            case PackActivated(law=law):
                self._laws.append((act.seq, law))
            case AbsenceRecorded() | DelegationRecorded() | CustodianNotReached():
                pass  # A record that acts under one of them names it by its place in `acts`.
            case EpochAnnounced() | StreamErased() | LogKeysAnnounced() | Reattested():
                pass  # Schedule, tombstones, trusted keys and lost ones are compared with `acts`.
            case PasskeyApproved():
                pass  # It is proven where it stands.
            case FoundingCountersigned() | StreamClosed() | LogAttested() | AttestationDetailed():
                pass  # They give nobody anything.
            case _:
                assert_never(act.event)

    def set_first_law(self, law: bytes) -> None:
        """Say which pack the founding record itself names."""
        self._laws.append((1, law))

    def law_at(self, head: int) -> bytes | None:
        """Return the SHA-256 of the law in force at a head; None before the founding."""
        return _last_at(self._laws, head)

    def enrolment(self, digest: bytes, head: int) -> Enrolment | None:
        """Return the enrolment of a key, assented or not, if it stands at or before a head."""
        found = self._enrolled.get(digest)
        return found if found is not None and found.act.seq <= head else None

    def revocation(self, digest: bytes) -> Act | None:
        """Return the act that revoked a key, whenever that was."""
        return self._revoked.get(digest)

    def is_assented(self, act: Act, head: int) -> bool:
        """Tell whether somebody other than its signer assented to an act by a head."""
        assent = self.assent_to(act)
        return assent is not None and assent.seq <= head

    def assent_to(self, act: Act) -> Act | None:
        """Return the first assent to an act by somebody else than its signer."""
        return next((one for one in self._assents.get(act.e, ()) if one.signer != act.signer), None)

    def was_person(self, name: str, head: int) -> bool:
        """Tell whether a person of this name was enrolled by a head, assented to, here."""
        return any(
            one.act.seq <= head
            and (one.key.person, one.key.principal) == (name, "person")
            and (not needs_assent(one.act.event) or self.is_assented(one.act, head))
            for one in self._enrolled.values()
        )

    def grants(self, person: str, role: str, head: int) -> Iterator[Act]:
        """Give the grants of a role that no end has followed by a head, newest first."""
        ended = self._last_end(person, role, head)
        for act in reversed(self._grants.get((person, role), ())):
            if act.seq <= ended:
                return
            if act.seq <= head:
                yield act

    def is_ended(self, person: str, role: str, head: int) -> bool:
        """Tell whether this line ended a role by a head and did not grant it again."""
        return self._last_end(person, role, head) > 0 and not any(self.grants(person, role, head))

    def next_end(self, person: str, role: str, head: int) -> Act | None:
        """Return the first act after a head that ends a role."""
        ends = self._ends.get((person, role), [])
        place = bisect_right(ends, head, key=_seq)
        return ends[place] if place < len(ends) else None

    def _last_end(self, person: str, role: str, head: int) -> int:
        ends = self._ends.get((person, role), [])
        place = bisect_right(ends, head, key=_seq)
        return ends[place - 1].seq if place else 0

    def _enrol(self, act: Act, key: Key) -> None:
        # A key is enrolled once: whoever judges refuses the second, and here the first stays.
        self._enrolled.setdefault(sha256(key.public).digest(), Enrolment(act, key))

    def _grant(self, act: Act, person: str, role: str) -> None:
        self._grants.setdefault((person, role), []).append(act)
        if role == CUSTODIAN:
            self._custodians.add(person)

    def _end(self, act: Act, person: str, role: str) -> None:
        self._ends.setdefault((person, role), []).append(act)
        if role == CUSTODIAN:
            self._custodians.discard(person)


@dataclass(frozen=True, slots=True)
class View:
    """What one record may rely on: lines, each up to a seq; the office stream is the first.

    `beside` are the lines of streams that a closing's successor continues too: an act in them may
    be named in `under`, and gives nothing else.
    """

    lines: tuple[tuple[Line, int], ...]
    beside: tuple[tuple[Line, int], ...] = ()

    def key(self, digest: bytes) -> Key | None:
        """Return the key with this SHA-256 if it is enrolled, assented to and not revoked."""
        enrolments = (line.enrolment(digest, head) for line, head in self.lines)
        found = next((one for one in enrolments if one and self.holds(one.act)), None)
        if found is None:
            return None
        revoked = [(line.revocation(digest), head) for line, head in self.lines]
        acts = [(act, head) for act, head in revoked if act is not None]
        if any(act.seq <= head for act, head in acts):
            return None
        key = found.key
        ended = min((act.tick for act, _ in acts), default=None)
        return Key(key.person, key.public, key.custody, key.principal, ended)

    def is_enrolled(self, digest: bytes) -> bool:
        """Tell whether a key was ever enrolled in this view, assented to or not."""
        return any(line.enrolment(digest, head) is not None for line, head in self.lines)

    def passkey(self, digest: bytes) -> Passkey | None:
        """Return the passkey with this SHA-256 if it is enrolled, assented to and not revoked.

        Passkeys stand in the office stream only.
        """
        line, head = self.lines[0]
        found, end = line.passkeys.get(digest), line.ended_passkeys.get(digest)
        if found is None or found[0].seq > head or not self.holds(found[0]):
            return None
        if end is not None and end.seq <= head:
            return None
        return Passkey(found[1], None if end is None else end.tick)

    def is_passkey(self, digest: bytes) -> bool:
        """Tell whether a passkey was ever enrolled in this view, assented to or not."""
        line, head = self.lines[0]
        found = line.passkeys.get(digest)
        return found is not None and found[0].seq <= head

    def was_person(self, name: str) -> bool:
        """Tell whether a person of this name was enrolled by now, with a key in force or not."""
        return any(line.was_person(name, head) for line, head in self.lines)

    def role(self, person: str, role: str) -> Holding | None:
        """Return whether a person holds a role here; None when they do not."""
        local = self.lines[1:]
        if any(line.is_ended(person, role, head) for line, head in local):
            return None
        holdings = [
            Holding(None if end is None else end.tick)
            for line, head in self.lines
            if any(self.holds(act) for act in line.grants(person, role, head))
            for end in [line.next_end(person, role, head)]
        ]
        # Held twice over, in the office and by the matter, it lasts as long as the longer.
        return next((one for one in holdings if one.ended is None), next(iter(holdings), None))

    def holds(self, act: Act) -> bool:
        """Tell whether an act is in force: those that need two need an assent in this view."""
        if not needs_assent(act.event):
            return True
        return any(line.is_assented(act, head) for line, head in self.lines)

    def act(self, stream: bytes, seq: int) -> Act | None:
        """Return the authority act at a place, if this view reaches there."""
        for line, head in (*self.lines, *self.beside):
            if line.stream == stream and seq <= head:
                return line.acts.get(seq)
        return None

    def law(self) -> bytes | None:
        """Return the SHA-256 of the law in force at the office head."""
        line, head = self.lines[0]
        return line.law_at(head)

    def covers(self, act: Act, actor: str, at: datetime) -> Holding | None:
        """Return whether an actor may act at an instant under this act; None when not.

        An absence must be that of somebody for whom a designee acts: the custodian or a director.
        """
        match act.event:
            case CustodianDesignated(person=person):
                return self.role(person, CUSTODIAN) if person == actor else None
            case DesigneeAppointed(person=person):
                return self.role(person, DESIGNEE) if person == actor else None
            case DelegationRecorded(person=person, until=until):
                return Holding(None) if person == actor and at < until else None
            case AbsenceRecorded(person=person, since=since, until=until):
                away = since <= at < until and self._is_administrator(person)
                return Holding(None) if away else None
            case CustodianNotReached(person=person):
                return Holding(None) if self._is_administrator(person) else None
            case _:
                return None

    def _is_administrator(self, person: str) -> bool:
        return any(self.role(person, role) is not None for role in ADMINISTRATORS)


def _seq(act: Act) -> int:
    return act.seq


def _last_at(entries: list[tuple[int, bytes]], head: int) -> bytes | None:
    place = bisect_right(entries, head, key=lambda entry: entry[0])
    return entries[place - 1][1] if place else None
