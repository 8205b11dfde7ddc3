"""What the rules and the transparency report both know: its periods, and where its band stands.

A period is a year or a quarter of the library's own calendar. Pure.
"""

from datetime import date, timedelta

from msgspec import Struct


class Period(Struct, frozen=True, kw_only=True):
    """A year or a quarter, by its name, with its first and its last local day."""

    name: str
    first: date
    last: date

    def follows(self, other: "Period") -> bool:
        """Whether it begins on the day after the other one ends."""
        return self.first == other.last + timedelta(days=1)


def period_of(name: str) -> Period:
    """The period of a name that fits `ReportPeriod`: 2026, or 2026-Q3."""
    year, _, quarter = name.partition("-Q")
    month, months = (3 * int(quarter) - 2, 3) if quarter else (1, 12)
    return Period(
        name=name,
        first=date(int(year), month, 1),
        last=_first_after(int(year), month + months) - timedelta(days=1),
    )


def value_of_band(band: str) -> str:
    """The id of the law pack's value that says how wide a band is."""
    return f"statistics.band_{band.replace('-', '_')}"


def _first_after(year: int, month: int) -> date:
    return date(year + month // 13, (month - 1) % 12 + 1, 1)
