"""What is left of an erasure once it was decided: whether it is destroyed here, who has not dropped
it yet, and when somebody recorded that both are so (threats §2.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ledger.domain.erasure_events import ErasureCarriedOut, StreamErased
from ledger.domain.office import Recorded
from ledger.home import OpenHome
from ledger.stores.erased import Mark
from ledger.stores.keystore import Keystore
from ledger.stores.store import Store


def event_of(erasure: Recorded) -> StreamErased:
    """What was decided."""
    if not isinstance(erasure.event, StreamErased):
        raise TypeError("only erasures are carried out")
    return erasure.event


def asked(erasure: Recorded) -> tuple[bytes, str]:
    """The stream that is to be erased, and how much of it: `personal` or `both`."""
    event = event_of(erasure)
    return bytes.fromhex(event.stream), event.secrets


def marks_of(stores: Sequence[Store], stream: bytes, scope: str) -> list[Mark]:
    """The marks of a stream in these stores."""
    found = (store.erased.mark(stream, scope) for store in stores)
    return [one for one in found if one is not None]


def is_destroyed(keystore: Keystore, stores: Sequence[Store], erasure: Recorded) -> bool:
    """Whether keys, documents and rows of what was decided are gone from here, for ever."""
    stream, scope = asked(erasure)
    wrap = keystore.wrap(stream)
    if keystore.fence(stream) not in (scope, "both"):
        return False
    if not marks_of(stores, stream, scope) or any(one.documents.is_held(stream) for one in stores):
        return False
    if scope == "personal":
        return wrap is None or not wrap.personal
    return wrap is None and not any(store.last_seq(stream) for store in stores)


def holding_on(home: OpenHome, erasure: Recorded) -> tuple[str, ...]:
    """Who was told of what was erased and has not dropped it yet, by name: a feed that has not said
    so to its readers, a webhook whose receiver has not taken what the feed says. Programs that read
    a feed at their own times leave no trace here; what they keep is theirs to drop.
    """
    stream, scope = asked(erasure)
    if scope != "both" or home.open.erased.mark(stream, scope) is None:
        # Nothing personal and nothing sealed is ever told.
        return ()
    return tuple(_behind(home))


def _behind(home: OpenHome) -> Iterator[str]:
    for feed in home.feeds.names():
        if home.feeds.untold(feed):
            yield f"feed {feed}"
    for one in home.webhooks.all():
        if home.webhooks.letters(one.name) or one.position < home.feeds.head(one.feed).position:
            yield f"webhook {one.name}"


def carried_out(records: Iterable[Recorded]) -> dict[str, Recorded]:
    """By the digest of what was decided: the record that it is carried out."""
    return {one.event.of: one for one in records if isinstance(one.event, ErasureCarriedOut)}
