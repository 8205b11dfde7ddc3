"""V9 for one record: its signature, its signer's right, and what acting under something means.

A judge sees one record and the view of authority at the head that it names, and says whether the
signer was allowed to do what the record does. Only then does the caller let the act change
authority. Findings that touch nobody's right (law, attestation) do not stop an act. A verdict rests
on the record's ground and the view alone, except that it may hold until a tick only: so records
with the same ground share one.

Cites: FORMAT §1 "Authority types", §6 V9.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from ledger.evidence.acts import (
    AbsenceRecorded,
    AttestationDetailed,
    AuthorityEvent,
    CustodianNotReached,
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
    RoleEnded,
    StreamErased,
)
from ledger.evidence.assertion import is_for, raw_key, signed_bytes
from ledger.evidence.authority import Act, Key, View
from ledger.evidence.rights import DESIGNEE, DESK, OWN_CUSTODY, may_sign
from ledger.evidence.schedule import Schedule
from ledger.verify.crypto import check_assertion
from ledger.verify.facts import Fact
from ledger.verify.moments import Clock
from ledger.verify.report import Tally

__all__ = ["Founding", "Judge", "Verdict"]


@dataclass(frozen=True, slots=True)
class Founding:
    """What the founding record settles for good."""

    stream: bytes
    e: bytes
    event: LedgerFounded
    signer: str


@dataclass(slots=True)
class Verdict:
    """What is to be said of a record, and of every other with its ground."""

    is_rightful: bool = True
    findings: list[tuple[str, str]] = field(default_factory=list)
    """Codes without their check, and sentences."""
    limits: list[tuple[int, str]] = field(default_factory=list)
    """The last tick in which such a record may be, and what is said of a later one."""

    def against(self, code: str, sentence: str) -> None:
        """Say something that takes the right away."""
        self.is_rightful = False
        self.findings.append((code, sentence))


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges records one by one; adds findings and answers whether the signer had the right."""

    schedule: Schedule
    clock: Clock
    founding: Founding
    is_shown: Callable[[tuple[bytes, int]], bool]
    """Tells whether a record or its tombstone is shown at a place."""
    tally: Tally

    def is_rightful(
        self, one: Fact, event: AuthorityEvent | None, view: View, *, waits: bool
    ) -> bool:
        """Tell whether the record was signed by somebody who was allowed to make it.

        `event` is what it says when it is an authority record that parsed, else None; `waits` as in
        `speak`.
        """
        return self.speak(one.index, one.place, self.judge(one, event, view), waits=waits)

    def speak(self, index: int, place: str, verdict: Verdict, *, waits: bool) -> bool:
        """Say what a verdict means for one record, and whether it was rightful. What `waits` behind
        all others for a place in the log is never too late.
        """
        for code, sentence in verdict.findings:
            self.tally.add(f"V9.{code}", sentence, place)
        in_time = True
        if verdict.limits and not waits:
            tick = self.clock.tick_of(index)
            for latest, sentence in verdict.limits:
                if tick > latest:
                    in_time = False
                    self.tally.add("V9.too-late", sentence, place)
        return verdict.is_rightful and in_time

    def judge(self, one: Fact, event: AuthorityEvent | None, view: View) -> Verdict:
        """Return what is to be said of a record that is decided on this view."""
        verdict, key = Verdict(), view.key(one.key)
        if key is None:
            sentence = "A record is signed with a key that nobody may use here."
            verdict.against("key-unknown", sentence)
            return verdict
        self._check_law(one, view, verdict)
        self._check_attested(one, key, verdict)
        # Every question is asked, so that the report names all that is wrong.
        self._check_signed(one, key, verdict)
        self._check_role(one, key, view, verdict)
        self._check_under(one, view, verdict)
        if event is not None:
            self._check_act(one, event, view, verdict)
        return verdict

    def _check_signed(self, one: Fact, key: Key, verdict: Verdict) -> None:
        if key.person != one.ground.recorded_by:
            sentence = "A record is signed with the key of another person than it says."
            verdict.against("key-of-another", sentence)
        elif not one.is_signed:
            verdict.against("signature", "The signature of a record does not verify.")
        else:
            self._limit(verdict, key.ended, "the signer's key was revoked")

    def _check_role(self, one: Fact, key: Key, view: View, verdict: Verdict) -> None:
        ground = one.ground
        if key.principal == "desk" and not (
            ground.is_intake and ground.role == DESK and ground.is_own
        ):
            sentence = "A desk signed something that is not an intake of its own."
            verdict.against("desk-limits", sentence)
            return
        held = view.role(ground.recorded_by, ground.role)
        if held is None:
            sentence = "The signer does not hold the role in which the record is signed."
            verdict.against("role-not-held", sentence)
            return
        self._limit(verdict, held.ended, "the signer's role ended")

    def _check_under(self, one: Fact, view: View, verdict: Verdict) -> None:
        """Check what the actor acted under, and that a designee acted under something."""
        act, place = None, one.under_place
        if place is not None:
            act = view.act(*place)
            if not self.is_shown(place):
                sentence = "A record acts under another one that is not shown."
                verdict.against("under-not-shown", sentence)
                return
            held = None
            if act is not None and view.holds(act):
                held = view.covers(act, one.actor, one.occurred_at)
            if held is None:
                sentence = "A record acts under another one that does not allow it."
                verdict.against("under-unfit", sentence)
                return
            self._limit(verdict, held.ended, "the authority that it names ended")
        allows = act is not None and isinstance(act.event, AbsenceRecorded | CustodianNotReached)
        if one.ground.role == DESIGNEE and not allows:
            sentence = "A designee acted without a recorded absence of the one who should have."
            verdict.against("designee-alone", sentence)

    def _check_act(self, one: Fact, event: AuthorityEvent, view: View, verdict: Verdict) -> None:
        """Check what an authority record may say, where, and in which role."""
        ground = one.ground
        if not self._is_placed(one, event):
            sentence = "A record that changes authority stands where it has no meaning."
            verdict.against("misplaced", sentence)
            return
        if isinstance(event, KeyEnrolled) and view.is_enrolled(sha256(event.key).digest()):
            verdict.against("key-enrolled-twice", "A key is enrolled a second time.")
            return
        if isinstance(event, PasskeyEnrolled) and view.is_passkey(
            sha256(event.credential).digest()
        ):
            sentence = "A passkey is enrolled a second time."
            verdict.against("passkey-enrolled-twice", sentence)
            return
        own = _concerned(event, view) == ground.recorded_by
        known = isinstance(event, KeyEnrolled) and view.was_person(event.person)
        if not may_sign(event, ground.role, own=own, known=known):
            sentence = "The signer's role does not allow a change of authority."
            verdict.against("may-not", sentence)
        if isinstance(event, PasskeyApproved):
            self._check_assertion(one, event, view, verdict)

    def _check_assertion(
        self, one: Fact, event: PasskeyApproved, view: View, verdict: Verdict
    ) -> None:
        """Check that the signer's own passkey answered for the record that is approved."""
        passkey = view.passkey(event.passkey)
        if passkey is None or passkey.enrolled.person != one.ground.recorded_by:
            sentence = "A record is approved by a passkey that its signer may not use here."
            verdict.against("passkey-unknown", sentence)
            return
        self._limit(verdict, passkey.ended, "the signer's passkey was revoked")
        key, data, client = passkey.enrolled, event.authenticator_data, event.client_data
        public, message = raw_key(key.algorithm, key.key), signed_bytes(data, client)
        if not (
            is_for(event.of, key.rp, key.origins, data, client)
            and check_assertion(key.algorithm, public, message, event.signature)
        ):
            sentence = "What the passkey signed is no approval of the record that is named."
            verdict.against("assertion-refused", sentence)

    def _is_placed(self, one: Fact, event: AuthorityEvent) -> bool:
        """Tell whether an authority record stands in a stream and place that give it meaning."""
        founding = self.founding
        match event:
            case LedgerFounded():
                return False  # The one that counts is never judged here.
            case FoundingCountersigned(founded=founded):
                people = {founder.person for founder in founding.event.founders}
                other = one.ground.recorded_by in people - {founding.signer}
                at_second = (one.stream, one.seq) == (founding.stream, 2)
                return at_second and other and founded == founding.e
            case PasskeyEnrolled() | PasskeyRevoked():
                return one.stream == founding.stream
            case PackActivated() | EpochAnnounced() | LogKeysAnnounced() | LogAttested():
                return one.stream == founding.stream
            case AttestationDetailed():
                return one.stream == founding.event.vault_office
            case StreamErased():
                return one.stream in (founding.stream, founding.event.vault_office)
            case _:
                return True

    def _check_law(self, one: Fact, view: View, verdict: Verdict) -> None:
        if view.law() != bytes.fromhex(one.ground.law):
            sentence = "A record names another law than the one in force when it was decided."
            verdict.findings.append(("law-differs", sentence))

    def _check_attested(self, one: Fact, key: Key, verdict: Verdict) -> None:
        own_device = key.custody in OWN_CUSTODY
        if (one.ground.attested == "own-device") != own_device:
            sentence = "A record says wrongly where its signing key was kept."
            verdict.findings.append(("attested", sentence))

    def _limit(self, verdict: Verdict, ended: int | None, what: str) -> None:
        """Note until when a record may reach the log after what it rests on ended.

        Without this a revoked key could sign for ever, under an old office head.
        """
        if ended is not None:
            sentence = f"A record reached the log too long after {what}."
            verdict.limits.append((ended + self.schedule.epoch_of(ended).delay, sentence))

    def act_of(self, one: Fact, event: AuthorityEvent) -> Act:
        """Return a rightful record as the act that it is."""
        tick = self.clock.tick_of(one.index)
        return Act(one.stream, one.seq, one.e, one.ground.recorded_by, tick, event)


def _concerned(event: AuthorityEvent, view: View) -> str | None:
    """Return whose key, passkey or role an act ends, or whose passkey it enrols; else None."""
    match event:
        case KeyRevoked(key=digest):
            key = view.key(digest)
            return None if key is None else key.person
        case PasskeyRevoked(passkey=digest):
            passkey = view.passkey(digest)
            return None if passkey is None else passkey.enrolled.person
        case PasskeyEnrolled(person=person) | RoleEnded(person=person):
            return person
        case _:
            return None
