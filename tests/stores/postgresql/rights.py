"""What each role may do with each table: the decision, table by table.

A table that stands in a database and not here fails the tests, so that nobody adds one without
saying who may do what with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ledger.stores.place import StoreName
from ledger.stores.postgresql.migrations import PARTS


class Rights(NamedTuple):
    """What the service may do besides SELECT, and what no role may do, the owner included.

    `insert` is None where all columns may be named; `update` are the columns that may change.
    """

    insert: frozenset[str] | None = frozenset()
    update: frozenset[str] = frozenset()
    delete: bool = False
    # Refused by trigger, without any condition: verbs.
    denied: frozenset[str] = frozenset()


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEVER = _names("UPDATE DELETE TRUNCATE")
_WRAPS = Rights(insert=None, update=_names("month kind wrap personal"), delete=True)
_PROGRESS = _names("position build under stopped_at stopped_since stopped_kind seal")
_COMMITMENT = _names("stream seq commitment received not_before tick promised issued_at")

TABLES: Mapping[str, Mapping[str, Rights]] = {
    "common": {
        "migrations": Rights(denied=_NEVER),
        "head": Rights(update=_names("writes"), denied=_names("DELETE TRUNCATE")),
    },
    "rows": {
        "stored_events": Rights(None, delete=True, denied=_names("UPDATE TRUNCATE")),
        "commitments": Rights(
            insert=_COMMITMENT,
            update=_names("tick promised issued_at"),
            denied=_names("DELETE TRUNCATE"),
        ),
        "waits": Rights(None, delete=True),
        "lane": Rights(update=_names("closed running"), denied=_names("DELETE TRUNCATE")),
        "commands": Rights(None, denied=_NEVER),
        "documents": Rights(None, delete=True, denied=_names("UPDATE TRUNCATE")),
        "labels": Rights(insert=_names("label stream"), denied=_NEVER),
        "continued": Rights(None, denied=_NEVER),
        "wraps": _WRAPS,
        "erased": Rights(None, denied=_NEVER),
        "tombstones": Rights(None, denied=_NEVER),
    },
    "projected": {
        "projected": Rights(None, update=_names("row"), delete=True),
        "rebuilding": Rights(None, update=_names("row"), delete=True),
        "progress": Rights(None, update=_PROGRESS, delete=True),
    },
    "feeds": {
        "feed_entries": Rights(
            None, update=_names("source reference nonce body"), denied=_names("DELETE TRUNCATE")
        ),
        "feed_tracking": Rights(None, update=_names("position")),
        "webhooks": Rights(None, update=_names("position tick"), delete=True),
        "webhook_letters": Rights(None, update=_names("tries due outcome dead"), delete=True),
    },
    "guard": {
        "guard_list": Rights(None, update=_names("list")),
        "guard_agents": Rights(None, delete=True),
    },
    "tokens": {"tokens": Rights(None, update=_names("used"), delete=True)},
    "keystore": {
        "month_keys": Rights(None, delete=True),
        "destroyed_months": Rights(None, denied=_NEVER),
        "wraps": _WRAPS,
        "fences": Rights(None, denied=_NEVER),
        "people": Rights(None),
    },
    "log": {
        "ticks": Rights(None, denied=_NEVER),
        "entries": Rights(None, denied=_NEVER),
    },
}

READABLE = frozenset({"projected"})
"""What other programs of the house may read, of the open store alone."""


def decided(store: StoreName) -> dict[str, Rights]:
    """Every table of a store with its decision."""
    return {name: rights for part in PARTS[store] for name, rights in TABLES[part].items()}
