"""The office as it stands: its stream folded up to the head, and the law in force there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from ledger.domain.law.pack import Law
from ledger.domain.office import Office, evolve_office
from ledger.errors import EvidenceCorrupt, NotFound, VersionMoved
from ledger.evidence.record import ZERO_HASH, OfficeHead
from ledger.home import OpenHome
from ledger.register.custody import Custody
from ledger.register.records import read_stream, recorded

VERSION = b"disclosure-ledger/v1/version\0"
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OfficeView:
    """The office and the law at the office stream's head."""

    office: Office
    head: OfficeHead
    law: Law
    last_at: datetime

    @property
    def version(self) -> bytes:
        """What the office is told apart by from itself before and after, 32 bytes."""
        return sha256(VERSION + b"office\0" + self.head.head).digest()


def check_office(view: OfficeView, expected: bytes | None) -> None:
    """See that somebody who acts saw the office as it is, if they say what they saw.

    Raises:
        VersionMoved: they saw another.
    """
    if expected is not None and expected != view.version:
        raise VersionMoved(view.version)


class OfficeFold:
    """Folds the office stream, and keeps how far it came."""

    def __init__(self, home: OpenHome, custody: Custody) -> None:
        self._home = home
        self._custody = custody
        self._folded = (Office(), OfficeHead(0, ZERO_HASH), _NEVER)
        self.known: OfficeView | None = None
        """What `view` gave last: good as long as the office's head is still this one."""

    def view(self) -> OfficeView:
        """Fold the office stream up to now; only what is new since the last call is read.

        Raises:
            EvidenceCorrupt: a record was altered or taken away, or the stream's keys are lost.
        """
        office, head, last_at = self._folded
        stream = self._home.config.office
        try:
            secrets = self._custody.secrets(stream, None)
        except NotFound as error:
            raise EvidenceCorrupt(
                "The keystore has no key of the office. Restore the keystore."
            ) from error
        for opened in read_stream(
            self._home.origin, self._home.open, stream, secrets, after=head.seq, head=head.head
        ):
            office = evolve_office(office, recorded(opened))
            head = OfficeHead(opened.record.seq, opened.e)
            last_at = opened.record.recorded_at
        self._folded = (office, head, last_at)
        # Another thread may have come further; what is given is what was read here.
        known = self.known
        if known is None or known.head != head:
            known = self.known = OfficeView(office, head, self._home.law_of(office.law), last_at)
        return known
