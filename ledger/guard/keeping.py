"""Keeping the guard's list: what a hold covers stands in it before the hold does.

    pledge the tokens ─► append the hold ─► the hold's own tag in the place of the pledge

A crash between leaves too many tokens retained and never too few: a pledge stands for 30 days, and
within these the nightly run (open cases) or the next unlocking by somebody who is cleared (sealed
ones) reads the holds and puts the list right. Of a release that broke off they take the tokens out.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from keys.errors import KeysError
from keys.guard import GuardKeys
from ledger.domain.calendar import local_date
from ledger.domain.case import Case
from ledger.domain.events import Event, EventCorrected, HoldPlaced, HoldReleased
from ledger.domain.office_events import Assented
from ledger.errors import EvidenceCorrupt, LedgerError, OutcomeUnknown
from ledger.guard.marks import mark_of, marked
from ledger.guard.numbers import number
from ledger.guard.retained import Retained, load
from ledger.home import OpenHome

_ALTERED = (
    "The guard's list was altered. Retain every record in the library system, and call counsel."
)
_CHANGES = (HoldPlaced, HoldReleased, EventCorrected, Assented)
"""What can change which tokens a case holds; an assent puts a correction in effect."""


class Guard:
    """The guard of one ledger."""

    def __init__(self, home: OpenHome, clock: Callable[[], datetime]) -> None:
        """`clock` gives the current instant in UTC."""
        self._home = home
        self._clock = clock

    # ---- what the agent is told ----

    def answers(self, tokens: Sequence[bytes]) -> tuple[bool, ...]:
        """Of each token, whether it is to be retained. One takes as long as the other.

        Raises:
            EvidenceCorrupt: the list was altered.
            Unavailable: the store or the master key cannot be read.
        """
        table = bytearray(number("marks"))
        for mark in self.marks():
            table[mark] = 1
        return tuple(bool(table[mark_of(token)]) for token in tokens)

    def marks(self) -> tuple[int, ...]:
        """Every mark that is to be retained now, ascending; of a constant number. Raises as
        `answers`.
        """
        return marked(self._keys, self._retained(self._home.guard.list()).tokens, self._clock())

    # ---- what the register tells ----

    @contextmanager
    def pledged(self, event: Event, command: bytes) -> Iterator[None]:
        """Append within this block what may place a hold: its tokens are retained before it stands,
        and no more where nothing came of it.

        Raises:
            EvidenceCorrupt, Unavailable: as `answers`; then nothing may be appended.
        """
        tokens = _tokens(event) if isinstance(event, HoldPlaced) else ()
        if not tokens:
            yield
            return
        until = self._today() + number("pledge")
        tag = self._keys.tag(command.hex())
        self._change(lambda list_: list_.having(tag, tokens, number("places"), until)[0])
        try:
            yield
        except OutcomeUnknown:
            raise
        except LedgerError:
            with suppress(LedgerError):
                self._change(lambda list_: list_.having(tag, (), number("places"))[0])
            raise

    def follow(self, event: Event, read: Callable[[], Case], command: bytes) -> tuple[str, ...]:
        """Let the list follow an act that was recorded; gives the tokens, in hex, for which it has
        no place. `read` reads the case as it is now.

        What fails here is put right by the next reconciliation: the act is on record, and a pledge
        stands.
        """
        if not isinstance(event, _CHANGES):
            return ()
        with suppress(LedgerError):
            return self.reconcile(read, command)
        return ()

    def reconcile(self, read: Callable[[], Case], command: bytes | None = None) -> tuple[str, ...]:
        """Let the list say of a case's holds what the case says; gives the tokens, in hex, for
        which it has no place. The pledge of `command` is redeemed.

        Raises: as `answers`, and as `read` does.
        """
        case = read()
        while True:
            lacking = self._say(case, command)
            if all(hold.event.tokens is None for hold in case.holds):
                return lacking
            # What was recorded since may be in the list already, and was just written over.
            since, case = case, read()
            if case.records == since.records:
                return lacking

    def _say(self, case: Case, command: bytes | None) -> tuple[str, ...]:
        keys, lacking = self._keys, dict[bytes, None]()

        def change(list_: Retained) -> Retained:
            lacking.clear()
            if command is not None:
                list_, _ = list_.having(keys.tag(command.hex()), (), number("places"))
            for hold in case.holds:
                tokens = _tokens(hold.event) if hold.released is None else ()
                list_, out = list_.having(keys.tag(hold.ref), tokens, number("places"))
                lacking.update(dict.fromkeys(out))
            return list_

        now = self._retained(self._home.guard.list())
        if change(now) != now:
            self._change(change)
        return tuple(token.hex() for token in lacking)

    # ---- every night ----

    @property
    def is_renewed(self) -> bool:
        """Whether the list was written anew today. Raises as `answers`."""
        return self._retained(self._home.guard.list()).renewed_on == self._today()

    def renew(self) -> None:
        """Write the list anew, whether or not anything changed. Raises as `answers`."""
        today = self._today()
        self._change(lambda list_: list_.renewed(today))

    # ---- the list ----

    def _change(self, change: Callable[[Retained], Retained]) -> None:
        keys = self._keys

        def sealed(row: bytes | None) -> bytes:
            return keys.seal(change(self._retained(row)).dump(number("places")))

        self._home.guard.change(sealed)

    def _retained(self, sealed: bytes | None) -> Retained:
        if sealed is None:
            return Retained()
        try:
            return load(self._keys.unseal(sealed))
        except (KeysError, struct.error) as error:
            raise EvidenceCorrupt(_ALTERED) from error

    @property
    def _keys(self) -> GuardKeys:
        return GuardKeys(self._home.master, self._home.origin)

    def _today(self) -> int:
        return local_date(self._clock(), self._home.config.zone).toordinal()


def _tokens(event: HoldPlaced) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(token) for token in event.tokens or ())
