"""What was looked at among sealed matters, as the streams of looks say to who opens them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from weakref import WeakKeyDictionary

from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger.domain.events import Event
from ledger.domain.office import Recorded
from ledger.domain.vault_events import GlassBroken, LeftOut, SealedLooked
from ledger.errors import EvidenceCorrupt
from ledger.evidence.record import ZERO_HASH
from ledger.home import Home
from ledger.register.custody import Custody
from ledger.register.records import open_rows, read_stream, recorded
from ledger.register.seal import Unsealed, unseal
from ledger.stores.store import Store

Looked = SealedLooked | GlassBroken


class Waiting(NamedTuple):
    """Looks that wait for a place in the log: how many, and since when the first of them does."""

    number: int
    since: datetime


MORE_THAN_PLACES = (
    "More is looked at than the log has places for: {number} looks wait for one, the first since"
    " {since}. They are kept and signed; but until they stand in the log, only the ledger's own"
    " store shows that none was taken away. If that goes on, the director can give the log more"
    " places, thirty days ahead: disclosure-ledger log change-places"
)
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
"""No look is older."""


class _Known(NamedTuple):
    """A stream of the vault as far as it was read: how it begins, where it is one of looks; the
    last record that was opened; what stands there beside looks.
    """

    began: Recorded | None
    seq: int = 0
    head: bytes = ZERO_HASH
    besides: tuple[Recorded, ...] = ()


_known: WeakKeyDictionary[Store, WeakKeyDictionary[Keyring, dict[bytes, _Known]]] = (
    WeakKeyDictionary()
)
"""By vault and keyring, and gone with either."""


def looks_of(
    home: Home, custody: Custody, keyring: Keyring, since: datetime
) -> tuple[Recorded, ...]:
    """Every look that was recorded at or after an instant and opens to this person, with the
    answers to those that broke the glass, oldest first. What was recorded long before is not read.

    Raises:
        EvidenceCorrupt: one was altered or taken away.
    """
    found: list[Recorded] = []
    for stream, secrets, _ in streams_of_looks(home, custody, keyring):
        after, head = _last_before(since, home, stream, secrets)
        place = (home.origin, home.vault, stream, secrets)
        found += map(recorded, read_stream(*place, after=after, head=head))
    return tuple(sorted(found, key=lambda one: (one.recorded_at, one.ref)))


def besides_looks(home: Home, custody: Custody, keyring: Keyring) -> tuple[Recorded, ...]:
    """What stands in the streams of looks beside looks, oldest first: breaks of the glass, copies
    that left, and the answers to both. A process opens each record once, so that this does not take
    the longer the more was looked at.

    Raises: as `looks_of`.
    """
    known = _known_to(home, keyring)
    found: list[Recorded] = []
    for stream, secrets, _ in streams_of_looks(home, custody, keyring):
        known[stream] = one = _read_on(home, stream, secrets, known[stream])
        found += one.besides
    return tuple(sorted(found, key=lambda one: (one.recorded_at, one.ref)))


def waiting_looks(home: Home, custody: Custody, keyring: Keyring) -> Waiting | None:
    """The looks that have no place in the log, as far as they open to this person, where the first
    of them waited at the last tick for longer than any act ever does: more is looked at than there
    are places for. None else.

    Raises: as `looks_of`.
    """
    number, begun = 0, list[datetime]()
    for stream, secrets, _ in streams_of_looks(home, custody, keyring):
        if (waits := home.vault.waiting(stream)) is None:
            continue
        count, first = waits
        number += count
        begun.append(_record_at(first, home, stream, secrets).record.recorded_at)
    if not begun or not (last := home.logbook.last_tick()):
        return None
    since, epoch = min(begun), home.schedule.epoch_of(last)
    longest = timedelta(seconds=(epoch.delay + 1) * epoch.period_seconds)
    return Waiting(number, since) if since + longest < home.schedule.due(last) else None


def streams_of_looks(
    home: Home, custody: Custody, keyring: Keyring
) -> Iterator[tuple[bytes, StreamSecrets, Recorded]]:
    """The streams of looks that a keyring opens, each with its first record."""
    known = _known_to(home, keyring)
    opened = custody.openable(keyring, home.newest_first).streams
    # Visits that wait are not in the vault yet; all of them are asked for together.
    for stream in home.vault.last_seqs(one for one in opened if one not in known):
        rows = home.vault.rows(stream, limit=1)
        (first,) = open_rows(home.origin, rows, opened[stream], after=0, head=ZERO_HASH)
        told = recorded(first)
        known[stream] = _Known(told if isinstance(told.event, Looked) else None)
    for stream, secrets in sorted(opened.items()):
        began = known[stream].began if stream in known else None
        if began is not None:
            yield stream, secrets, began


def _known_to(home: Home, keyring: Keyring) -> dict[bytes, _Known]:
    return _known.setdefault(home.vault, WeakKeyDictionary()).setdefault(keyring, {})


def _read_on(home: Home, stream: bytes, secrets: StreamSecrets, known: _Known) -> _Known:
    opened = read_stream(home.origin, home.vault, stream, secrets, after=known.seq, head=known.head)
    if not opened:
        return known
    told = (recorded(one) for one in opened)
    besides = tuple(one for one in told if not isinstance(one.event, SealedLooked))
    last = opened[-1]
    return _Known(known.began, last.record.seq, last.e, (*known.besides, *besides))


def _last_before(
    instant: datetime, home: Home, stream: bytes, secrets: StreamSecrets
) -> tuple[int, bytes]:
    """The seq and the digest of a stream's last record before an instant; 0 and zeros where there
    is none. No record is older than the one before it, so that a few are opened and not all.
    """
    found = 0, ZERO_HASH
    low, high = 0, home.vault.last_seq(stream) if instant > ALWAYS else 0
    while low < high:
        middle = (low + high + 1) // 2
        one = _record_at(middle, home, stream, secrets)
        if one.record.recorded_at < instant:
            low, found = middle, (middle, one.e)
        else:
            high = middle - 1
    return found


def _record_at(seq: int, home: Home, stream: bytes, secrets: StreamSecrets) -> Unsealed:
    rows = home.vault.rows(stream, after=seq - 1, limit=1)
    if not rows or rows[0].seq != seq:
        raise EvidenceCorrupt("A look was taken away. Call counsel.")
    return unseal(home.origin, rows[0], secrets)


def leaves_out(began: Event) -> bool:
    """Whether a stream that begins so holds looks at matters in which the custodian has no part."""
    return isinstance(began, Looked) and began.left_out is not None


def left_out_of(*, apart: bool) -> LeftOut | None:
    return "custodian" if apart else None
