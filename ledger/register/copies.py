"""The register of copies: each is entered before its files stand in their place.

    write ─► enter (office, or behind the exporter's looks) ─► the files get their name

So no copy is out that is not entered; one that is entered and was never finished, after a crash,
is answered for as any other. What shows something sealed is entered in the vault, and tells nobody
else anything: whoever exported it, counsel and the custodian read it (ADR 0036).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from msgspec import Struct

from keys.keyring import Keyring
from ledger.domain.calendar import local_date
from ledger.domain.codec import BadFields, propose, split
from ledger.domain.copies import Answer, Copy, copies_of, house_day
from ledger.domain.events import CopyExported
from ledger.errors import BadRequest
from ledger.home import Home, OpenHome
from ledger.register.acts import OFFICE, Act
from ledger.register.handle import Clock, Register
from ledger.register.looked import besides_looks
from ledger.register.reading import CaseFile, Stream
from ledger.register.roster import is_apart


class Terms(Struct, frozen=True):
    """What an exporter says of a copy: who holds it, until when, and what it lays open."""

    holder: str | None = None
    until: date | None = None
    revealed: tuple[str, ...] = ()


class Copies:
    """The register of copies, for one person."""

    def __init__(self, home: OpenHome, register: Register, keyring: Keyring, clock: Clock) -> None:
        """`home` is the vault's for who looks there: else only what left openly is known."""
        self._home = home
        self._register = register
        self._keyring = keyring
        self._clock = clock

    @property
    def today(self) -> date:
        """The library's day."""
        return local_date(self._clock(), self._home.config.zone)

    def entering(
        self, shows: str, terms: Terms, file: CaseFile | None = None, *, with_openings: bool = False
    ) -> Callable[[bytes], None]:
        """Give what enters a copy of a case, or of all that stood open, or of all that this person
        opens. The terms are checked now, before anything is written.

        A pack that is written `with_openings` is entered where they are: that somebody takes away
        what only they may see shows in the open no more than that they looked.

        Raises:
            BadRequest: the day lies behind, or the holder cannot be recorded.
        """
        if terms.until is not None and terms.until < self.today:
            raise BadRequest(
                "The day by which the copy is destroyed lies behind. Give a later one."
            )
        streams = () if file is None else tuple(_nameable(file))
        fields: dict[str, object] = {
            "shows": shows,
            "streams": streams,
            "revealed": terms.revealed,
            "until_on": terms.until or house_day(self.today),
            "until_by": "person" if terms.until else "house",
            "holder": terms.holder,
        }
        _event({**fields, "sha256": "0" * 64})
        is_sealed = with_openings if file is None else file.sealed
        apart = file is not None and is_apart(file.whole, self._register.office().office)

        def enter(sha256: bytes) -> None:
            self._enter(_event({**fields, "sha256": sha256.hex()}), is_sealed, apart=apart)

        return enter

    def known(self) -> tuple[Copy, ...]:
        """Every copy that this person may know of: what left openly, and what opens to them.

        Raises:
            EvidenceCorrupt: a record was altered or taken away.
        """
        found = copies_of(self._register.reader(None).office_stream().records)
        if not isinstance(self._home, Home):
            return found
        besides = besides_looks(self._home, self._register.custody, self._keyring)
        return (*found, *copies_of(besides))

    def of(self, streams: Iterable[Stream]) -> tuple[Copy, ...]:
        """The copies that still exist outside, and show one of these streams, or may show it."""
        began = {one.id.hex(): one.records[0].recorded_at for one in streams}
        return tuple(
            one
            for one in self.known()
            if began
            and one.state(self.today) != "destroyed"
            and one.shows(began, min(began.values()))
        )

    def answer(self, copy: Copy, answer: Answer) -> None:
        """Record that a copy was destroyed, or is kept longer.

        Raises: as `Register.handle`, and as `Looks.answer`.
        """
        if copy.record.stream == self._home.config.office.hex():
            self._act(answer)
        else:
            self._register.looks(self._keyring, "act").answer(copy.record, answer)

    def _enter(self, event: CopyExported, is_sealed: bool, *, apart: bool) -> None:
        if is_sealed:
            self._register.looks(self._keyring, "export").export(event, apart=apart)
        else:
            self._act(event)

    def _act(self, event: CopyExported | Answer) -> None:
        core, personal = split(event)
        act = Act(str(event.COMMAND), {**core, **personal}, OFFICE)
        self._register.handle(self._keyring, act)


def _nameable(file: CaseFile) -> Iterator[str]:
    """The streams of a case that may be named where the copy is entered: the office never names one
    that stands anywhere but in the open.
    """
    return (one.id.hex() for one in file.streams if file.sealed or one.store.name == "open")


def _event(fields: dict[str, object]) -> CopyExported:
    try:
        return propose(CopyExported, {name: one for name, one in fields.items() if one is not None})
    except BadFields as error:
        raise BadRequest(f"The copy cannot be entered: {error}.") from None
