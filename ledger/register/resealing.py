"""After a restore: what was sealed late is sealed again, whatever an old keystore knows of it.

The open store remembers: the label of a case that was sealed late leads nowhere. Whatever the keys
are that came back, from here on the service opens nothing of such a case. Where the keys of its
roster were lost with the newer keystore, custodian, counsel and recovery open what they still can;
they wrap it for the roster again.
"""

from __future__ import annotations

from datetime import datetime

from ledger.errors import NotFound
from ledger.home import Home
from ledger.register.custody import Custody
from ledger.register.reading import Reader


def seal_again(home: Home, at: datetime) -> None:
    """Take out of the open what was sealed late, as stores and keys remember it. Idempotent.

    Raises:
        Unavailable: a store cannot be written now; do it again.
        EvidenceCorrupt: a stream or its keys were altered.
    """
    custody = Custody(home)
    shut = {stream for _, stream in home.open.labels() if custody.is_sealed(stream)}
    # What leads nowhere already is named again: whoever withdrew it may have left residues.
    home.open.withdraw({*shut, *home.open.withdrawn()})
    reader = Reader(home, custody)
    standing = [one for one in _withdrawn(home, reader) if not custody.is_sealed(one)]
    office = reader.office().office
    custody.supersede(standing, at)
    custody.settle(*home.row_stores)
    for stream in standing:
        custody.keep_sealed(stream, custody.secrets(stream, None), office.attesters(), at)


def _withdrawn(home: Home, reader: Reader) -> tuple[bytes, ...]:
    """The streams of cases that were sealed late, as far as the service can still open them."""
    waiting, found = list(home.open.withdrawn()), dict[bytes, None]()
    while waiting:
        one = waiting.pop()
        try:
            stream = reader.stream(one)
        except NotFound:
            continue
        if one not in found:
            found[one] = None
            waiting += stream.continued
    return tuple(found)
