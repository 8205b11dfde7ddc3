"""Streams that stand aside from a matter's own, for fewer people or for others: advice and tasks.

    advice   continues the matter; its author, counsel and the custodian read it
    a task   continues nothing; its person reads it, and those who could open the matter as it was
             given, but nobody learns from it of which matter it is (threats §1.7)

A task and the record in the matter that it was assigned are one transaction: neither stands alone.
"""

from __future__ import annotations

from contextlib import suppress

from msgspec.structs import replace

from keys.secrets import StreamSecrets
from ledger.domain.case import Case
from ledger.domain.events import AdviceGiven, CaseKeptSealed, TaskAssigned, TaskGiven
from ledger.errors import BadRequest, NotFound
from ledger.evidence.record import Continued
from ledger.register.acts import Act, RecordReceipt
from ledger.register.intake import new_reference
from ledger.register.invault import InVault
from ledger.register.reading import CaseFile, Reader, Stream
from ledger.register.roster import COUNSEL, custodian_of, roster, seats
from ledger.register.writing import Appending, Place, Signing, new_place, new_stream


class Aside(InVault):
    """Begins streams aside from a matter's own."""

    def advise(
        self, file: CaseFile, head: Stream, event: AdviceGiven, act: Act, signing: Signing
    ) -> tuple[RecordReceipt, ...]:
        """Counsel's text gets a stream of its own, for counsel and the custodian only.

        Raises:
            BadRequest: they are more than seven.
        """
        secrets = StreamSecrets.generate()
        stream = new_stream()
        office = signing.view.office
        by_office = {*custodian_of(office), *office.holders(COUNSEL)}
        others = [one for one in roster(file.whole, office) if one in by_office]
        audience = seats(office, [signing.keyring.person, *others])
        continues = (Continued(head.id, head.last.e),)
        new = Appending(
            new_place(stream, self._home.vault, secrets, continues),
            (event,),
            answers=file.reference,
            waits_for=[(head.id, head.last.record.seq)],
            wraps=[self._custody.sealed_wrap(stream, secrets, audience, signing.now)],
        )
        receipts = self._writer.append(new, act, signing).receipts
        self._custody.settle_soon(self._home.vault)
        return receipts

    def assign(
        self, file: CaseFile, place: Place, event: TaskAssigned, act: Act, signing: Signing
    ) -> tuple[RecordReceipt, ...]:
        """Give somebody a task of a sealed matter, at whose `place` it is recorded.

        Raises:
            BadRequest: the task would name the matter, or has more readers than places.
            AppendConflict, Unavailable: nothing was written.
        """
        self._check_names_nothing(signing)
        office, readers = signing.view.office, keepers(file, signing)
        audience = seats(office, [event.person, *sorted(readers)])
        secrets, stream = StreamSecrets.generate(), new_stream()
        given = TaskGiven(
            reference=new_reference(),
            person=event.person,
            readers=tuple(sorted(readers)),
            review_on=event.review_on,
            # The custodian of the day is left out of the task where they have no part in this.
            not_to_director=not {*custodian_of(office)} <= {*roster(file.whole, office)},
            task=event.task,
        )
        new = Appending(
            place,
            (replace(event, own_reference=given.reference),),
            answers=file.reference,
            beside=[(new_place(stream, self._home.vault, secrets), given)],
            wraps=[self._custody.sealed_wrap(stream, secrets, audience, signing.now)],
        )
        receipts = self._writer.append(new, act, signing).receipts
        self._custody.settle_soon(self._home.vault)
        return receipts

    def _check_names_nothing(self, signing: Signing) -> None:
        """What a designee acts under stands in the task's record too, and must be of the office."""
        office = self._home.config.office.hex()
        if signing.under is not None and signing.under.partition(":")[0] != office:
            raise BadRequest(
                "Record the custodian's absence in the office first: a task names nothing of its"
                " matter, nor what you act under there."
            )


def tasks_of(reader: Reader, case: Case) -> tuple[CaseFile, ...]:
    """The tasks of a matter that this reader opens, in the order in which they were given; erased
    ones are not among them.
    """
    found: list[CaseFile] = []
    for member in case.roster:
        if member.task is not None:
            with suppress(NotFound):
                found.append(reader.case(member.task))
    return tuple(found)


def keepers(file: CaseFile, signing: Signing) -> frozenset[str]:
    """Who keeps a matter and reads its tasks: who acts, who sealed it, the custodian and counsel.
    Pure.
    """
    office = signing.view.office
    sealers = (r.recorded_by for r in file.whole.records if isinstance(r.event, CaseKeptSealed))
    by_office = (*custodian_of(office), *office.holders(COUNSEL))
    keep = {*sealers, *by_office} & {*roster(file.whole, office)}
    return frozenset({signing.keyring.person, *keep})
