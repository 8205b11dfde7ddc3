"""Feeds as the service fills them: it reads what stands in the open, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from keys.feeds import FeedKeys
from ledger.home import OpenHome
from ledger.projections.feeds.entries import Telling
from ledger.projections.feeds.log import FeedLog, OpenRecords
from ledger.projections.feeds.webhooks import Webhooks
from ledger.register.kept import Stream
from ledger.register.reading import Reader


def feed_keys(home: OpenHome) -> FeedKeys:
    """The keys of a ledger's feeds.

    Raises:
        Unavailable: the master key is missing.
    """
    return FeedKeys(home.master, home.origin)


def feed_log(home: OpenHome, service: Reader) -> FeedLog:
    """The feeds of a ledger. `service` reads for nobody: it looks among no sealed matters."""
    return FeedLog(home.open, home.feeds, open_records(home, service), feed_keys(home))


def webhooks(home: OpenHome, service: Reader) -> Webhooks:
    """The webhooks of a ledger; `service` as for `feed_log`."""
    return Webhooks(home.origin, home.webhooks, feed_log(home, service))


def open_records(home: OpenHome, service: Reader) -> OpenRecords:
    """What the service reads for the feeds."""
    return OpenRecords(
        home.config.office,
        lambda: _tellings([service.office_stream()]),
        lambda reference: _tellings(service.case(reference).streams),
    )


def _tellings(streams: Iterable[Stream]) -> tuple[Telling, ...]:
    return tuple(Telling(one, stream.secrets.core) for stream in streams for one in stream.records)
