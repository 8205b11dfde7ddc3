"""The feeds of a ledger whose stores are on a server, filled by programs on two connections."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Thread

from keys.keyring import Keyring
from ledger.projections.feeds.check import Checker
from ledger.projections.feeds.log import FEEDS
from tests.postgresql.programs import Version
from tests.projections.feeds.reading import check_chain, entries, log_of, opened, sealed_late, types
from tests.register.ledgers import Clock, Ledger, found_ledger
from tests.upkeep.matters import closed_case, erase


def test_two_programs_fill_one_feed_on_a_server(
    tmp_path: Path, people: dict[str, Keyring], ledger_servers: Callable[[Version], str]
) -> None:
    """Opened, sealed late, erased: dense and chained, each record once, as the records say."""
    store = ledger_servers("newest")
    origin = "ledger.feeds.example"
    ledger = found_ledger(tmp_path / "home", people, Clock(), store=store, origin=origin)
    first, second = opened(ledger), opened(ledger)
    other = Ledger.at(ledger.path, people, ledger.clock)
    both = [Thread(target=log_of(one).catch_up, args=("cases",)) for one in (ledger, other)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    told = entries(other)
    assert [one["body"]["reference"] for one in told] == [first] * 4 + [second] * 4
    sealed_late(ledger, first)
    erased = closed_case(ledger)
    log_of(other).catch_up("cases")
    erase(ledger, erased, "both")
    check_chain(entries(other))
    assert types(other)[:4] == ["gone"] * 4
    assert types(other).count("dropped") == 2
    log = log_of(ledger)
    for feed in FEEDS:
        log.catch_up(feed)
        assert Checker(log).first_difference(feed) is None
    other.home.close()
    ledger.home.close()
