"""Sealed streams by the matter that they belong to, and who should be able to open each.

A wrap hides who may open it, so an audience is never read from it: it is worked out from what the
streams say and from the office as it is now. Whoever has no live key is in no audience.

    a waiting visit   triagers and counsel, as the desk would choose them now
    a matter          its roster (`ledger.register.roster`)
    a task            its own, and the counsel of its matter, for who opens that too
    advice            its author, the custodian and counsel
    the vault's office  those who attest to the covers: custodian and counsel
    a person's looks    those, and the person; counsel alone and the person, where the looks are
                        at matters in which the custodian has no part

Whoever has no part in a matter is left out of all that is its own, and the custodian and the
directors where a visit was logged as "not to the director". Who was let in by recovery stays in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ledger.domain.case import Case
from ledger.domain.events import AdviceGiven, CaseOpened, IntakeSaved
from ledger.domain.evolve import replay
from ledger.domain.office import RECOVERY, Office, Recorded
from ledger.domain.office_events import AccessRecovered
from ledger.domain.vault_events import GlassBroken, SealedLooked
from ledger.errors import Unavailable
from ledger.evidence.acts import CLOSED
from ledger.register.intake import receivers
from ledger.register.looked import leaves_out
from ledger.register.reading import Stream
from ledger.register.roster import (
    COUNSEL,
    custodian_of,
    kept_from,
    recused,
    roster,
    sealed_reference,
    without,
)


@dataclass(frozen=True, slots=True)
class Group:
    """Streams with one audience: the last one, and those that it continues, oldest first."""

    streams: tuple[Stream, ...]
    case: Case
    matter: Case | None = None
    """Of a task: the matter that it belongs to, where that was read too."""

    @property
    def head(self) -> Stream:
        """The stream that takes the next record."""
        return self.streams[-1]

    @property
    def is_closed(self) -> bool:
        """Whether nothing more can be written here: triage broke off, or another store goes on."""
        return self.head.last.record.type == CLOSED

    @property
    def is_triaged(self) -> bool:
        """Whether this is more than a waiting visit."""
        return not isinstance(self.head.records[0].event, IntakeSaved)

    @property
    def is_of_no_matter(self) -> bool:
        """Whether this is the vault's office, or somebody's looks."""
        first = self.head.records[0].event
        kinds = IntakeSaved | CaseOpened | AdviceGiven
        return not isinstance(first, kinds) and sealed_reference(first) is None

    def is_open_to(self, person: str, office: Office) -> bool:
        """Whether recovery may let this person in: not where a visit was kept from them, and into
        the vault's office counsel and directors only.
        """
        if self.is_of_no_matter:
            began = self.head.records[0].event
            apart = leaves_out(began)
            directors = () if apart else office.holders("director")
            return person in {*_readers_by_office(office, apart=apart), *directors}
        return not self.is_kept_from(person, office)

    def is_kept_from(self, person: str, office: Office) -> bool:
        """Whether this was logged as "not to the director" and the person is one, or the person has
        no part in the matter.
        """
        return person in kept_from(self.case, office) | recused(self.case)

    def audience(self, office: Office) -> tuple[str, ...]:
        """Who should be able to open these streams now, by their names. Pure."""
        began = self.head.records[0]
        match began.event:
            case IntakeSaved(not_to_director=not_to_director):
                names = _receivers(office, without_director=not_to_director)
                names += self.case.audience
            case AdviceGiven():
                names = [*advised(self.head, office)]
            case SealedLooked() | GlassBroken() as look:
                whose, apart = began.recorded_by, leaves_out(look)
                names = readers_of_looks(office, whose, self.head.records, apart=apart)
            case _ if sealed_reference(began.event) is not None:
                names = [*roster(self.case, office), *self._counsel_of_matter(office)]
            case _:
                names = readers_of_vault_office(office, self.head.records)
        return without(names, self.case, office)

    def _counsel_of_matter(self, office: Office) -> tuple[str, ...]:
        """Of a task: counsel by office, as far as they have a part in its matter."""
        if self.matter is None:
            return ()
        return without(office.holders(COUNSEL), self.matter, office)


def advised(advice: Stream, office: Office) -> tuple[str, ...]:
    """Who should be able to open counsel's advice, but for who has no part in the matter. Pure."""
    author = advice.records[0].recorded_by
    by_office = (*custodian_of(office), *office.holders(COUNSEL))
    return tuple(dict.fromkeys([author, *by_office, *_recovered(advice.records)]))


def groups(streams: Mapping[bytes, Stream]) -> tuple[Group, ...]:
    """Put streams together that share an audience; in the order of their last record. Pure.

    Advice continues a matter's stream without closing it, and is a group of its own, folded with
    the matter as far as that is among `streams`.
    """
    advice = {one for one, s in streams.items() if isinstance(s.records[0].event, AdviceGiven)}
    continued = {c for one, s in streams.items() if one not in advice for c in s.continued}
    found: list[Group] = []
    for one, stream in streams.items():
        if one in continued:
            continue
        chain = _with_continued(stream, streams)
        case = replay(record for part in chain for record in part.records)
        found.append(Group((stream,) if one in advice else chain, case))
    matters = {m.task: one.case for one in found for m in one.case.roster if m.task is not None}
    found = [replace(one, matter=matters.get(one.case.reference or "")) for one in found]
    return tuple(sorted(found, key=lambda group: group.head.last.record.recorded_at))


def _with_continued(stream: Stream, streams: Mapping[bytes, Stream]) -> tuple[Stream, ...]:
    """A stream with all those before it that are among `streams`, oldest first."""
    before: dict[bytes, Stream] = {}
    waiting = [stream]
    while waiting:
        one = waiting.pop()
        if one.id not in before:
            before[one.id] = one
            waiting += [streams[c] for c in one.continued if c in streams]
    return tuple(reversed(before.values()))


def readers_of_looks(
    office: Office, whose: str, records: Iterable[Recorded], *, apart: bool
) -> list[str]:
    """Who should be able to open somebody's looks, of which these are recorded: the person, so that
    whoever looks can always write it down; and `apart`, counsel without the custodian. Pure.
    """
    return [whose, *_readers_by_office(office, apart=apart), *_recovered(records)]


def readers_of_vault_office(office: Office, records: Iterable[Recorded]) -> list[str]:
    """Who should be able to open the vault's office, of which these are the records. Pure."""
    return [*_readers_by_office(office, apart=False), *_recovered(records)]


def _readers_by_office(office: Office, *, apart: bool) -> list[str]:
    """Who attests to covers; of what is not the custodian's to see, counsel alone."""
    if apart:
        return list(office.holders(COUNSEL))
    return [one for one in office.attesters() if one != RECOVERY]


def _recovered(records: Iterable[Recorded]) -> Iterator[str]:
    """Whom recovery let into the very stream of these records."""
    events = (record.event for record in records)
    return (one.person for one in events if isinstance(one, AccessRecovered))


def _receivers(office: Office, *, without_director: bool) -> list[str]:
    try:
        return list(receivers(office, without_director=without_director))
    except Unavailable:
        # A visit waits for whoever will be appointed; meanwhile it keeps the reader it has.
        return list(office.holders(COUNSEL))
