"""Reading on the vault's side: sealed matters too, as far as one person's keyring opens them.

A person without a keyring that opens a sealed stream finds nothing, and finds it the same way for a
sealed reference as for one that does not exist.

What was saved as a drill is no visit: it waits in no case's list, and only `streams_shown` has it.

A damaged sealed stream hides no other: what can be read is read, and `damaged` names the rest. A
case that may be among the damaged is `EvidenceCorrupt`, never `NotFound`.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_

from keys.keyring import Keyring
from ledger.domain.case import Case
from ledger.domain.events import IntakeSaved
from ledger.errors import EvidenceCorrupt
from ledger.home import Home
from ledger.register.custody import Custody
from ledger.register.kept import CaseFile, Stream
from ledger.register.reading import DAMAGED, Reader, SealedParts
from ledger.register.sealedstreams import SealedKept, SealedStreams


class SealedReader(Reader):
    """Reads a home on behalf of one person, among the sealed matters too.

    What stands open it takes from the `service`, which keeps it, where one is named, and `kept` is
    what the person opened before; else each stream is read from the disk.
    """

    def __init__(
        self,
        home: Home,
        custody: Custody,
        keyring: Keyring,
        service: Reader | None = None,
        kept: SealedKept | None = None,
    ) -> None:
        opened = None if service is None else service.streams
        self._sealed = SealedStreams(home, custody, keyring, opened, kept)
        super().__init__(home, custody, self._sealed)
        self._vault_home = home
        self._service = service

    def sealed_references(self) -> tuple[str, ...]:
        """See `Reader.sealed_references`."""
        self._sealed.look_ahead()
        return tuple(sorted(self._sealed.firsts().of_matters))

    def streams_shown(self) -> tuple[Stream, ...]:
        """See `Reader.streams_shown`.

        Raises:
            EvidenceCorrupt: one of them was altered.
        """
        shown = {one.id: one for one in super().streams_shown()}
        firsts = self._sealed.firsts()
        for one in firsts.begun:
            if one.stream not in shown:
                shown[one.stream] = self.stream(one.stream)
        if firsts.damaged:
            raise EvidenceCorrupt(DAMAGED)
        return tuple(shown.values())

    def vault_office(self) -> Stream | None:
        """See `Reader.vault_office`."""
        home = self._vault_home
        if not home.vault.last_seq(home.config.vault_office):
            return None
        return self.stream(home.config.vault_office)

    def _case(self, exact: str) -> CaseFile:
        """See `Reader._case`: all that a sealed matter is made of is asked for each time."""
        file = self._read_case(exact)
        if self._sealed.kept is not None:
            self._sealed.kept.keep_file(file)
        return file

    def _folded(self, exact: str, streams: Sequence[Stream]) -> Case:
        """See `Reader._folded`: what was folded of the same streams is not folded again, whether
        for the person or by the service.
        """
        kept = self._sealed.kept
        known = None if kept is None else kept.file(exact)
        if known is None and self._service is not None and streams[-1].store is self._home.open:
            known = self._service.open_case(exact)
        if known is not None and _are(known.streams, streams):
            return known.case
        if known is not None and _are((*known.streams, *known.intakes), streams):
            return known.whole
        return super()._folded(exact, streams)

    def _sealed_parts(self, reference: str) -> SealedParts:
        firsts = self._sealed.firsts()
        parts = SealedParts(damaged=list(firsts.damaged))
        for one in firsts.of_matters.get(reference, ()):
            found = parts.intakes if isinstance(one.event, IntakeSaved) else parts.heads
            found.append(self.stream(one.stream))
        parts.advice.extend((one.stream, one.continued) for one in firsts.advice)
        parts.intakes.sort(key=lambda s: (s.unsealed[0].record.recorded_at, s.id))
        return parts


def _are(some: Sequence[Stream], others: Sequence[Stream]) -> bool:
    """Whether these are the same streams, as they were read at the same time."""
    return len(some) == len(others) and all(map(is_, some, others))
