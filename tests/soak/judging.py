"""What must hold when the day is over: everything verifies, and nothing that was promised is lost.

Each finding is a sentence; where there is none, all is well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from ledger.home import Home
from ledger.verify import Report, verify
from tests.postgresql.cluster import Cluster
from tests.postgresql.server import Server
from tests.projections.feeds.receiver import Receiver
from tests.register.test_failover import contents
from tests.soak.chores import Office
from tests.soak.people import Kept
from tests.soak.person import GaveUp, Person
from tests.soak.programs import Followed, check_webhooks, read_page
from tests.waiting import wait_until

REPEATED = 200
"""So many acknowledged acts are sent once more, under their keys."""
LOOKED_UP = 30
LATER_HOURS = 5.0
"""After so many hours the tick that was promised last is due."""
MAY_STAY_CLOSED = frozenset({"V13.unopened"})
"""Visits that only others may open: no one person brings every opening."""


@dataclass
class Judged:
    """What was checked, with a figure each, and what speaks against it."""

    checked: dict[str, object] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)

    def check(self, name: str, work: Callable[[], object]) -> None:
        """Check one thing; what breaks off is a finding."""
        try:
            self.checked[name] = work()
        except GaveUp:
            self.findings.append(f"{name}: gave up; see the errors")
        except Exception as error:
            self.findings.append(f"{name}: {type(error).__name__}: {str(error)[:600]}")


def check_repeated(kept: Kept, random: Random) -> dict[str, int]:
    """Acknowledged acts, sent again under their keys, get the same answer, and nothing is written;
    whoever was told that the receipt follows gets it.
    """
    known = [one for one in kept.repeats if one[4]["reference"] not in kept.erased]
    without = [one for one in known if not _has_receipts(one[4])]
    sample = random.sample(known, min(REPEATED, len(known)))
    for person, path, body, headers, told in (*without, *sample):
        again = person.post("sent once more", path, body, **headers).json()
        name = path.rpartition("/")[2]
        assert _has_receipts(again), f"no receipt for {name}"
        as_told = again if _has_receipts(told) else _without_receipts(again)
        other = [part for part in told if as_told[part] != told[part]]
        assert not other, f"another answer to {name}: {other}, {_parts(as_told, told)}"
        kept.take(again)
    return {"sent": len(sample), "receipts_that_followed": len(without)}


def _parts(again: dict[str, Any], told: dict[str, Any]) -> list[set[str]]:
    """In what the records of two answers differ, by the names of their parts."""
    pairs = zip(again["records"], told["records"], strict=False)
    return [{part for part in one if one[part] != other[part]} for one, other in pairs]


def _has_receipts(told: dict[str, Any]) -> bool:
    return all(one["receipt"] is not None for one in told["records"])


def _without_receipts(told: dict[str, Any]) -> dict[str, Any]:
    records = [{**one, "tick": None, "receipt": None} for one in told["records"]]
    return {**told, "records": records}


def tick_later(office: Office) -> float:
    """Publish every tick that anybody was promised, by a clock that is ahead."""
    office.run("tick", clock=office.world.clock.later(LATER_HOURS))
    return LATER_HOURS


def check_visits(mara: Person, kept: Kept, random: Random) -> int:
    """Whatever reference somebody was given leads to its matter, until that is erased."""
    known = sorted(set(kept.visits) - set(kept.erased))
    sample = random.sample(known, min(LOOKED_UP, len(known)))
    for case in sample:
        mara.get("look at a case", f"/api/cases/{case}")
    return len(sample)


def check_followers(
    reader: Person, token: str, followed: dict[str, Followed], receiver: Receiver, secret: str
) -> int:
    """Whoever followed the feed, however they did, has the same chain at the same place."""
    for one in followed.values():
        while read_page(reader, one, token, wait=0):
            pass
    ends = {(one.position, one.chain) for one in followed.values()}
    assert len(ends) == 1, f"{len(ends)} different ends"
    ((position, chain),) = ends
    hooked = check_webhooks(receiver, secret)
    assert (hooked.position, hooked.chain) == (position, chain), (
        f"webhooks came to {hooked.position} of {position}"
    )
    return position


def check_commands(office: Office) -> list[str]:
    """The ledger's own checks find nothing: stores, each projection derived again, each feed."""
    checks = (("store", "check"), ("projection", "run"), ("projection", "verify"))
    feeds = tuple(("feed", "verify", one) for one in ("cases", "office"))
    for words in (*checks, *feeds):
        office.run(*words, by="mara" if words[0] == "feed" else None)
    return [" ".join(words) for words in (*checks, *feeds)]


def check_offline(office: Office, kept: Kept, folder: Path) -> dict[str, object]:
    """The offline verifier, with replay, has nothing against the pack that the director exports,
    nor against the promise of any receipt that anybody was given.
    """
    later = office.world.clock.later(LATER_HOURS)
    pack, openings = folder / "pack", folder / "openings"
    words = ("export", "ledger", str(pack), "--openings", str(openings), "--reveal", "all")
    office.run(*words, by="mara", clock=later)
    trust = (office.home / "trust.json").read_bytes()
    notes = [one.encode() for one in kept.notes.values()]
    shown = verify(pack, trust, receipts=notes, replay=True)
    joined = verify(pack, trust, openings=openings, replay=True)
    assert shown.exit_code == 0, shown.text()[:2_000]
    assert {one.code for one in joined.faults} <= MAY_STAY_CLOSED, joined.text()[:2_000]
    return {
        "receipts_kept": len(notes),
        "checks": _ran(shown),
        "checks_with_openings": _ran(joined),
        "left_closed": len(joined.faults),
    }


def _ran(report: Report) -> str:
    told = json.loads(report.json())
    return f"{sum(one['outcome'] == 'ran' for one in told['checks'])} of {len(told['checks'])} ran"


def check_rows(home: Path, kept: Kept) -> dict[str, int]:
    """Each record that was acknowledged stands in a store, or its tombstone does."""
    opened, places, rows = Home(home), set[str](), 0
    try:
        for store in (opened.inbox, opened.open, opened.vault):
            found = store.page(0, store.last_position() + 1)
            gone = [
                one for mark in store.erased.marks() for one in store.erased.tombstones(mark.stream)
            ]
            places |= {f"{row.stream.hex()}:{row.seq}" for _, row in found}
            places |= {f"{one.stream.hex()}:{one.seq}" for one in gone}
            rows += len(found)
    finally:
        opened.close()
    missing = set(kept.digests) - places
    assert not missing, f"{len(missing)} records are in no store"
    return {"rows": rows, "acknowledged": len(kept.digests)}


def check_servers(cluster: Cluster) -> int:
    """All three servers hold the same rows."""
    expected = contents(cluster.primary)
    for name in cluster.standby_names:
        wait_until(partial(_holds, cluster.servers[name], expected), f"{name} has the rows")
    return len(expected)


def _holds(server: Server, expected: list[object]) -> bool:
    return contents(server) == expected


def said_wrong(said: str) -> Iterator[str]:
    """Lines of the programs that tell of a defect."""
    return (line[:200] for line in said.splitlines() if "broke off" in line or "Traceback" in line)
