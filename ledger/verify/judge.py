"""V9 for one record: its signature, its signer's right, and what acting under something means.

A judge sees one record and the view of authority at the head that it names, and says whether the
signer was allowed to do what the record does. Only then does the caller let the act change
authority. Findings that touch nobody's right (law, attestation) do not stop an act.

Cites: FORMAT §1 "Authority types", §6 V9.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ledger.evidence.acts import (
    AbsenceRecorded,
    AuthorityEvent,
    CustodianNotReached,
    EpochAnnounced,
    FoundingCountersigned,
    KeyEnrolled,
    KeyRevoked,
    LedgerFounded,
    LogKeysAnnounced,
    PackActivated,
    RoleEnded,
    StreamErased,
)
from ledger.evidence.authority import DESIGNEE, DESK, OWN_CUSTODY, Act, Key, View, may_sign
from ledger.evidence.envelope import signing_input
from ledger.evidence.grammar import parse_position
from ledger.evidence.schedule import Schedule
from ledger.verify.chain import Streams
from ledger.verify.crypto import check_ed25519
from ledger.verify.leaves import ProvenRecord
from ledger.verify.report import Tally

__all__ = ["Founding", "Judge"]

_INTAKE: Final = "intake-"


@dataclass(frozen=True, slots=True)
class Founding:
    """What the founding record settles for good."""

    stream: bytes
    e: bytes
    event: LedgerFounded
    signer: str


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges records one by one; adds findings and answers whether the signer had the right."""

    streams: Streams
    schedule: Schedule
    founding: Founding
    tally: Tally

    def is_rightful(self, one: ProvenRecord, event: AuthorityEvent | None, view: View) -> bool:
        """Tell whether the record was signed by somebody who was allowed to make it.

        `event` is what it says when it is an authority record that parsed, else None.
        """
        record = one.record
        key = view.key(record.key)
        if key is None:
            self._add(one, "key-unknown", "A record is signed with a key that nobody may use here.")
            return False
        self._check_law(one, view)
        self._check_attested(one, key)
        # Every question is asked, so that the report names all that is wrong.
        answers = [
            self._is_signed(one, key),
            self._holds_role(one, key, view),
            self._stands_under(one, view),
            event is None or self._may_act(one, event, view),
        ]
        return all(answers)

    def _is_signed(self, one: ProvenRecord, key: Key) -> bool:
        record = one.record
        if key.person != record.recorded_by:
            sentence = "A record is signed with the key of another person than it says."
            return self._add(one, "key-of-another", sentence)
        message = signing_input(one.envelope.payload)
        if not check_ed25519(key.public, message, one.envelope.signature):
            return self._add(one, "signature", "The signature of a record does not verify.")
        return self._in_time(one, key.ended, "the signer's key was revoked")

    def _holds_role(self, one: ProvenRecord, key: Key, view: View) -> bool:
        record = one.record
        if key.principal == "desk":
            fits = record.type.startswith(_INTAKE) and record.role == DESK
            if not fits or record.actor != record.recorded_by:
                sentence = "A desk signed something that is not an intake of its own."
                return self._add(one, "desk-limits", sentence)
        held = view.role(record.recorded_by, record.role)
        if held is None:
            sentence = "The signer does not hold the role in which the record is signed."
            return self._add(one, "role-not-held", sentence)
        return self._in_time(one, held.ended, "the signer's role ended")

    def _stands_under(self, one: ProvenRecord, view: View) -> bool:
        """Check what the actor acted under, and that a designee acted under something."""
        record = one.record
        act = None
        if record.under is not None:
            place = parse_position(record.under)
            act = view.act(*place)
            if self.streams.index_at(*place) is None:
                sentence = "A record acts under another one that is not shown."
                return self._add(one, "under-not-shown", sentence)
            held = None
            if act is not None and view.holds(act):
                held = view.covers(act, record.actor, record.occurred_at)
            if held is None:
                sentence = "A record acts under another one that does not allow it."
                return self._add(one, "under-unfit", sentence)
            if not self._in_time(one, held.ended, "the authority that it names ended"):
                return False
        allows = act is not None and isinstance(act.event, AbsenceRecorded | CustodianNotReached)
        if record.role == DESIGNEE and not allows:
            sentence = "A designee acted without a recorded absence of the one who should have."
            return self._add(one, "designee-alone", sentence)
        return True

    def _may_act(self, one: ProvenRecord, event: AuthorityEvent, view: View) -> bool:
        """Check what an authority record may say, where, and in which role."""
        record = one.record
        if not self._is_placed(one, event):
            sentence = "A record that changes authority stands where it has no meaning."
            return self._add(one, "misplaced", sentence)
        if isinstance(event, KeyEnrolled) and view.is_enrolled(sha256(event.key).digest()):
            return self._add(one, "key-enrolled-twice", "A key is enrolled a second time.")
        own = False
        if isinstance(event, KeyRevoked):
            revoked = view.key(event.key)
            own = revoked is not None and revoked.person == record.recorded_by
        elif isinstance(event, RoleEnded):
            own = event.person == record.recorded_by
        if not may_sign(event, record.role, own=own):
            sentence = "The signer's role does not allow a change of authority."
            return self._add(one, "may-not", sentence)
        return True

    def _is_placed(self, one: ProvenRecord, event: AuthorityEvent) -> bool:
        """Tell whether an authority record stands in a stream and place that give it meaning."""
        stream, founding = one.record.stream, self.founding
        match event:
            case LedgerFounded():
                return False  # The one that counts is never judged here.
            case FoundingCountersigned(founded=founded):
                people = {founder.person for founder in founding.event.founders}
                other = one.record.recorded_by in people - {founding.signer}
                at_second = (stream, one.record.seq) == (founding.stream, 2)
                return at_second and other and founded == founding.e
            case PackActivated() | EpochAnnounced() | LogKeysAnnounced():
                return stream == founding.stream
            case StreamErased():
                return stream in (founding.stream, founding.event.vault_office)
            case _:
                return True

    def _check_law(self, one: ProvenRecord, view: View) -> None:
        if view.law() != one.record.law:
            sentence = "A record names another law than the one in force when it was decided."
            self._add(one, "law-differs", sentence)

    def _check_attested(self, one: ProvenRecord, key: Key) -> None:
        own_device = key.custody in OWN_CUSTODY
        if (one.record.attested == "own-device") != own_device:
            sentence = "A record says wrongly where its signing key was kept."
            self._add(one, "attested", sentence)

    def _in_time(self, one: ProvenRecord, ended: int | None, what: str) -> bool:
        """Tell whether a record reached the log soon enough after what it rests on ended.

        Without this a revoked key could sign for ever, under an old office head.
        """
        if ended is None:
            return True
        latest = ended + self.schedule.epoch_of(ended).delay
        if self.schedule.tick_of(one.index) <= latest:
            return True
        sentence = f"A record reached the log too long after {what}."
        return self._add(one, "too-late", sentence)

    def _add(self, one: ProvenRecord, code: str, sentence: str) -> bool:
        """Note a finding; always False, which is the answer that goes with one."""
        self.tally.add(f"V9.{code}", sentence, one.place)
        return False

    def act_of(self, one: ProvenRecord, event: AuthorityEvent) -> Act:
        """Return a rightful record as the act that it is."""
        record = one.record
        tick = self.schedule.tick_of(one.index)
        return Act(record.stream, record.seq, one.e, record.recorded_by, tick, event)
