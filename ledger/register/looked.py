"""What was looked at among sealed matters, as the streams of looks say to who opens them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger.domain.events import Event
from ledger.domain.office import Recorded
from ledger.domain.vault_events import GlassBroken, LeftOut, SealedLooked
from ledger.evidence.record import ZERO_HASH
from ledger.home import Home
from ledger.register.custody import Custody
from ledger.register.records import open_rows, read_stream, recorded

Looked = SealedLooked | GlassBroken
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
"""No look is older."""


def looks_of(
    home: Home, custody: Custody, keyring: Keyring, since: datetime
) -> tuple[Recorded, ...]:
    """Every look that was recorded at or after an instant and opens to this person, with the
    answers to those that broke the glass, oldest first.

    Raises:
        EvidenceCorrupt: one was altered or taken away.
    """
    found = [
        recorded(one)
        for stream, secrets, _ in streams_of_looks(home, custody, keyring)
        for one in read_stream(home.origin, home.vault, stream, secrets)
        if one.record.recorded_at >= since
    ]
    return tuple(sorted(found, key=lambda one: (one.recorded_at, one.ref)))


def streams_of_looks(
    home: Home, custody: Custody, keyring: Keyring
) -> Iterator[tuple[bytes, StreamSecrets, Recorded]]:
    """The streams of looks that a keyring opens, each with its first record."""
    for stream, secrets in sorted(custody.openable(keyring, home.newest_first).streams.items()):
        rows = home.vault.rows(stream, limit=1)
        if rows:
            (first,) = open_rows(home.origin, rows, secrets, after=0, head=ZERO_HASH)
            told = recorded(first)
            if isinstance(told.event, Looked):
                yield stream, secrets, told


def leaves_out(began: Event) -> bool:
    """Whether a stream that begins so holds looks at matters in which the custodian has no part."""
    return isinstance(began, Looked) and began.left_out is not None


def left_out_of(*, apart: bool) -> LeftOut | None:
    return "custodian" if apart else None
