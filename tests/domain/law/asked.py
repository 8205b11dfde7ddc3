"""How the vectors ask: a pack, a rule, a start as text, and three dates back as text."""

from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from ledger.domain.law.pack import Law, resolve
from ledger.domain.law.reckoning import Reckoning, reckon
from tests.domain.law.made import MADE


@cache
def law(name: str) -> Law:
    """A pack by its name, or the law made for tests."""
    return MADE if name == "made" else resolve(name)


def ask(
    pack: str, rule: str, start: str, zone: str = "", closed: tuple[str, ...] = (), **given: str
) -> Reckoning:
    """Reckon from a day, or from a wall time in a zone."""
    moment: date = date.fromisoformat(start[:10])
    if zone:
        moment = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))
    return reckon(
        law(pack),
        law(pack).deadline(rule),
        moment,
        on=None,
        given={name: date.fromisoformat(text) for name, text in given.items()},
        closed_on=frozenset(map(date.fromisoformat, closed)),
    )


def three(found: Reckoning) -> tuple[str, str, str]:
    """Nominal, rolled and effective."""
    return found.nominal.isoformat(), found.rolled.isoformat(), found.effective.isoformat()
