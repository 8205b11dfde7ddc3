"""Attesting: counsel opens every leaf of the log up to a fixed date, and says so in the office.

    open every leaf ─► salt and counts into the vault office ─► the attestation into the office

What stands in the office has the same form whether or not anything sealed exists. Where a leaf does
not open, nothing is written, and counsel alone is told which. Every step can be repeated: a run
that broke off goes on with the salt that is there.

Cites: FORMAT §4 "Attestation", DESIGN §4.8; ADR 0010.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger import leaves
from ledger.counted import counted
from ledger.domain.case import Case
from ledger.domain.vault_events import AttestationDetailed, LogAttested
from ledger.errors import BadRequest, NotPermitted
from ledger.evidence import commitment
from ledger.evidence.act_types import YEARLY
from ledger.evidence.attestation import Periods, StreamHead, heads_digest
from ledger.evidence.grammar import Malformed, format_instant, to_base64
from ledger.home import Home
from ledger.register.acts import Act
from ledger.register.custody import Custody
from ledger.register.erasure import known_vault_office, tombstones
from ledger.register.glass import overdue
from ledger.register.handle import Register, place_after
from ledger.register.judging import judge
from ledger.register.matters import readers_of_vault_office
from ledger.register.reading import OfficeView, Reader, Stream
from ledger.register.roles import choose_role
from ledger.register.roster import COUNSEL, fitting
from ledger.register.writing import Appending, Place, Signing, VaultWriter, new_place
from ledger.stores.store import Store

SALT_BYTES = 32
MOST_NAMED = 10
"""So many of the entries that stay closed are named."""
NOTHING_DUE = "No period has ended yet. The first one ends at {end}."


@dataclass(frozen=True, slots=True)
class Attested:
    """What counsel attested to; `is_new` unless the same was attested before.

    `unanswered` are breaks of the glass for which nobody answered in time, for counsel alone.
    """

    period: int
    size: int
    is_new: bool
    unanswered: int


@dataclass(slots=True)
class _Opened:
    """The leaves below a size, as they open."""

    size: int
    stood: bytearray
    records: int = 0
    covers: int = 0
    erased: int = 0
    heads: dict[bytes, StreamHead] = field(default_factory=dict)

    def keep(self, leaf: int, stream: bytes, seq: int, e: bytes) -> bool:
        """Note what a leaf opens as; False where it is not below the size, or was opened before."""
        if leaf >= self.size or self.stood[leaf]:
            return False
        self.stood[leaf] = 1
        if seq > self.heads.get(stream, (0, b""))[0]:
            self.heads[stream] = (seq, e)
        return True


class Attesting:
    """Attests to the log, for one counsel."""

    def __init__(
        self, home: Home, register: Register, keyring: Keyring, clock: Callable[[], datetime]
    ) -> None:
        """`clock` gives the current instant in UTC, in whole seconds.

        Raises:
            NotPermitted: the keyring is not enrolled, or its person is no counsel.
        """
        self._home = home
        self._register = register
        self._keyring = keyring
        self._clock = clock
        self._reader: Reader = register.reader(keyring, vault=True)
        if COUNSEL not in register.office().office.roles_of(keyring.person):
            raise NotPermitted("Only counsel attests to the log.")

    def attest(self, through: int | None = None) -> Attested:
        """Attest through the end of the last period, or through the size of a checkpoint.

        Raises:
            BadRequest: no period has ended, it is no published size, or a leaf does not open.
            EvidenceCorrupt: a stream or the published log was altered.
            AppendConflict, Unavailable: nothing was attested; do it again.
        """
        view = self._register.office()
        period, size = self._asked(view, through)
        if self._stands(size):
            return Attested(period, size, is_new=False, unanswered=self._unanswered())
        # Counsel learns here which leaves do not open, so this is a look among sealed matters.
        self._register.looks(self._keyring, "attestation").record(())
        opened = self._open(size)
        salt = self._salt(view, opened)
        event = LogAttested(
            period=period,
            size=size,
            root=to_base64(leaves.root_at(self._home, self._home.published(), size)),
            heads=heads_digest(salt, size, opened.heads).hex(),
        )
        signing = self._signing(view)
        judge(self._home, Case(), event, Act("attest", {}), signing)
        place = place_after(self._register.reader(None).office_stream())
        VaultWriter(self._home).append(Appending(place, (event,)), Act("attest", {}), signing)
        return Attested(period, size, is_new=True, unanswered=self._unanswered())

    def _unanswered(self) -> int:
        return len(overdue(self._home, self._register.custody, self._keyring, self._clock()))

    # ---- which size ----

    def _asked(self, view: OfficeView, through: int | None) -> tuple[int, int]:
        """The period and the size to attest to."""
        newest = self._home.published()
        founded = view.office.founded
        months = None if founded is None else founded.attest_months
        periods = Periods(self._home.schedule, months or YEARLY)
        if through is None:
            period = periods.ended(newest.size)
            size = periods.size(period) if period else 0
            if not size:
                raise BadRequest(NOTHING_DUE.format(end=format_instant(periods.end(1))))
            return period, size
        try:
            if 0 < through <= newest.size:
                return periods.ended(through), through
        except Malformed:
            pass
        raise BadRequest("That is not the size of a published checkpoint. See: log status")

    def _stands(self, size: int) -> bool:
        told = self._register.reader(None).office_stream().records
        events = (one.event for one in told)
        return any(isinstance(one, LogAttested) and one.size == size for one in events)

    # ---- every leaf ----

    def _open(self, size: int) -> _Opened:
        """Open every leaf below a size.

        Raises:
            BadRequest: one stays closed.
        """
        opened = _Opened(size, bytearray(size))
        for leaf, stream, seq, e in self._records(size):
            opened.records += opened.keep(leaf, stream, seq, e)
        for _, one in tombstones(*self._marked()):
            entry = commitment.commit(one.blind, one.stream, one.seq, one.e)
            known = self._home.logbook.leaf_of(entry)
            if known is not None:
                opened.erased += opened.keep(known, one.stream, one.seq, one.e)
        for leaf, _ in leaves.covers(self._home, self._keyring, size):
            opened.covers += not opened.stood[leaf]
            opened.stood[leaf] = 1
        closed = opened.stood.count(0)
        if closed:
            leaves_of = (leaf for leaf, stood in enumerate(opened.stood) if not stood)
            named = ", ".join(
                f"{leaf} of tick {self._home.schedule.tick_of(leaf)}"
                for leaf in islice(leaves_of, MOST_NAMED)
            )
            raise BadRequest(
                f"Closed to you: {counted(closed, 'entry')} of the log, among them leaf {named}."
                " Nothing was attested. Who can open them lets you in: key rewrap. Where you have"
                " no part in a matter, another counsel attests."
            )
        return opened

    def _marked(self) -> Iterator[Store]:
        """The stores whose tombstones this counsel may see."""
        yield self._home.open
        if known_vault_office(self._reader) is not None:
            yield self._home.vault

    def _records(self, size: int) -> Iterator[tuple[int, bytes, int, bytes]]:
        home = self._home
        sealed = leaves.sealed_streams(home, self._keyring)
        for source in (leaves.open_streams(home), sealed):
            for store, stream, secrets in source:
                for one, leaf in leaves.published(home, store, stream, secrets, size):
                    yield leaf, stream, one.record.seq, one.e

    # ---- writing ----

    def _salt(self, view: OfficeView, opened: _Opened) -> bytes:
        """The salt of this size in the vault office; drawn and recorded where there is none."""
        stream = self._reader.vault_office()
        for one in stream.records if stream is not None else ():
            if isinstance(one.event, AttestationDetailed) and one.event.size == opened.size:
                return bytes.fromhex(one.event.salt)
        salt = os.urandom(SALT_BYTES)
        event = AttestationDetailed(
            size=opened.size,
            salt=salt.hex(),
            records=opened.records,
            covers=opened.covers,
            erased=opened.erased,
        )
        signing, place, custody = (
            self._signing(view),
            self._vault_place(stream),
            Custody(self._home),
        )
        # Whoever is counsel or custodian now can read it from here on.
        readers = readers_of_vault_office(view.office, () if stream is None else stream.records)
        audience = fitting(view.office, readers)
        wrap = custody.sealed_wrap(place.stream, place.secrets, audience, signing.now)
        new = Appending(place, (event,), wraps=[wrap])
        VaultWriter(self._home).append(new, Act("attest", {}), signing)
        custody.settle_soon(self._home.vault)
        return salt

    def _vault_place(self, stream: Stream | None) -> Place:
        if stream is not None:
            return place_after(stream)
        secrets = StreamSecrets.generate()
        return new_place(self._home.config.vault_office, self._home.vault, secrets)

    def _signing(self, view: OfficeView) -> Signing:
        role = choose_role(view.office, self._keyring.person, COUNSEL, None)
        return Signing(self._keyring, role, None, view, self._clock())
