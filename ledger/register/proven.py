"""Where the records of a case stand in the log: in it, promised by a tick, or not promised yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.home import Home, OpenHome
from ledger.register.kept import CaseFile


@dataclass(frozen=True, slots=True)
class Standing:
    """`promised` is the tick by which a record is in the log, None while none could be promised;
    `due` is when that tick is due; `is_in` whether the published log has reached it.
    """

    promised: int | None
    due: datetime | None
    is_in: bool


NOT_YET = Standing(None, None, False)


def standings(home: OpenHome, file: CaseFile) -> Mapping[str, Standing]:
    """How each record of a case stands, by its reference (stream:seq).

    Raises:
        EvidenceCorrupt: the published schedule or checkpoint is not what was signed.
    """
    newest, schedule = home.newest_checkpoint(), home.schedule
    size = 0 if newest is None else newest.size
    # A commitment stays in the store where it was made, wherever the rows went since.
    stores = home.row_stores if isinstance(home, Home) else (home.open, home.inbox)
    found = {}
    for stream in (*file.streams, *file.advice):
        for one in (one for store in stores for one in store.promises(stream.id)):
            if one.promised is not None:
                is_in = schedule.size_after(one.promised) <= size
                due = schedule.due(one.promised)
                found[f"{one.stream.hex()}:{one.seq}"] = Standing(one.promised, due, is_in)
    return found
