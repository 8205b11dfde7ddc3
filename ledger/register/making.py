"""Making records: what each says about its own making (chain, office head, law, newest checkpoint,
role and key), and its seal.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from ledger.domain.codec import BadFields, join, split, tag_of
from ledger.domain.events import Event
from ledger.domain.office import Office
from ledger.domain.office_events import StreamClosed
from ledger.errors import BadRequest, NotPermitted
from ledger.evidence.acts import parse_event
from ledger.evidence.grammar import Malformed
from ledger.evidence.merkle import EMPTY_ROOT
from ledger.evidence.record import OfficeHead, Record, TreeHead
from ledger.home import OpenHome
from ledger.register.acts import Act
from ledger.register.appending import BEGINNING, Place, Signing
from ledger.register.roles import ALONE
from ledger.register.seal import Sealed, personal_digests, seal


class Making(Struct, frozen=True):
    """Makes the records of one transaction. They have in common who acts, when, and what is in the
    log by then: the newest checkpoint, and the last tick that was built.
    """

    home: OpenHome
    act: Act
    signing: Signing
    at: datetime
    head: TreeHead
    built: int

    def records(self, place: Place, events: Sequence[Event]) -> list[Sealed]:
        """Seal events as a stream's next records.

        Raises:
            BadRequest: one holds what no record can hold, such as half of a surrogate pair, or what
                a verifier refuses.
        """
        sealed: list[Sealed] = []
        prev = place.prev
        for seq, event in enumerate(events, start=place.seq + 1):
            try:
                sealed.append(self._record(place, event, seq, prev))
            except (BadFields, Malformed) as error:
                raise BadRequest(f"This cannot be recorded: {error}.") from error
            prev = sealed[-1].e
        return sealed

    def ends(self, places: Sequence[Place]) -> list[Sealed]:
        """Seal the last record of each of these streams."""
        return [one for place in places for one in self.records(place, (StreamClosed(),))]

    def _record(self, place: Place, event: Event, seq: int, prev: bytes) -> Sealed:
        tag, (core, values) = tag_of(event), split(event)
        # What nobody can read back must never be signed: a text that is too long, say; nor what a
        # verifier will refuse, such as a key of small order.
        join(tag, core, values)
        parse_event(tag, core)
        act, signing = self.act, self.signing
        record = Record(
            origin=self.home.origin,
            stream=place.stream,
            seq=seq,
            prev=prev,
            continues=place.continues if seq == 1 else (),
            type=tag,
            # In UTC, as it is read back: what is kept in memory equals what lies on the disk.
            occurred_at=(act.occurred_at or self.at).astimezone(UTC),
            occurred_precision=act.precision,
            basis=act.basis,
            recorded_at=self.at.astimezone(UTC),
            actor=act.actor or signing.keyring.person,
            recorded_by=signing.keyring.person,
            role=signing.role,
            under=signing.under,
            branch=act.branch,
            attested=attested(signing.view.office, signing.keyring.person),
            office=self._office_head(place, seq, prev),
            law=bytes.fromhex(signing.view.office.law),
            head=self.head,
            command=act.command_id,
            key=signing.keyring.key_id,
            event=core,
            personal=personal_digests(place.secrets, place.stream, seq, values),
        )
        return seal(record, values, place.secrets, signing.keyring)

    def _office_head(self, place: Place, seq: int, prev: bytes) -> OfficeHead:
        if place.stream == self.home.config.office:
            return OfficeHead(seq - 1, prev)
        return self.signing.view.head


def begin(home: OpenHome, act: Act, signing: Signing, places: Sequence[Place]) -> Making:
    """Begin to make records: now, or later where a clock was set back.

    No stream's time runs backwards, and nothing is recorded in a tick that was built already.

    Raises:
        NotPermitted: a designee would sign outside of an absence, which no verifier takes.
    """
    if signing.role == "designee" and signing.under is None:
        raise NotPermitted(ALONE)
    built = home.logbook.last_tick()
    due = home.schedule.due(built) if built else BEGINNING
    at = max(signing.now, signing.view.last_at, due, *(one.last_at for one in places))
    newest = home.newest_checkpoint()
    # The empty tree before the first checkpoint.
    head = TreeHead(0, EMPTY_ROOT) if newest is None else TreeHead(newest.size, newest.root)
    return Making(home, act, signing, at, head, built)


def attested(office: Office, person: str) -> str:
    """Whether the signing key is the person's own device's, by its enrolment."""
    key = office.key_of(person)
    return "own-device" if key is not None and key.custody != "service" else "service"
