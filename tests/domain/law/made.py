"""A law made for tests over the federal layer: each way of counting that the packs may lack.

The state of Zz and its numbers are invented; no real statute stands behind them.
"""

from importlib.resources import files

from msgspec.structs import replace

from ledger.domain.law.pack import Law, load_pack, merge

_HEAD = '[identity]\nname = "us-zz"\ntitle = "A state made for tests"\nversion = 3\n'
_ROW = 'sentence = "It holds."\ncitation = "Zz 1"\nsource = "statute"\nconfidence = "verified"\n'


def value(id: str, number: int, unit: str) -> str:
    """Write a value in TOML."""
    return f'[[value]]\nid = "{id}"\nvalue = {number}\nunit = "{unit}"\n{_ROW}'


def time_rule(id: str, rolls_off: str, more: str = "", calendar: str = "us-mo") -> str:
    """Write a rule of time in TOML."""
    return (
        f'[[time_rule]]\nid = "{id}"\nrolls_off = {rolls_off}\ncalendar = "{calendar}"\n'
        f"{more}\n{_ROW}"
    )


def deadline(id: str, kind: str, counts: str, more: str = "") -> str:
    """Write a deadline in TOML."""
    return (
        f'[[deadline]]\nid = "{id}"\nkind = "{kind}"\ncounts = {counts}\n'
        f'measured_from = "receipt"\n{more}\n{_ROW}'
    )


def law_with(*rows: str, without: str = "") -> Law:
    """Resolve a state made of these rows over the federal layer, less one value of that layer."""
    federal = load_pack((files("ledger.domain.law") / "packs" / "us.toml").read_bytes())
    kept = tuple(one for one in federal.values if one.id != without)
    federal = replace(federal, values=kept)
    return merge([federal, load_pack("\n".join([_HEAD, *rows]).encode())], {})


ROLLING, STRICT, SHORT = 'time_rule = "rolling"', 'time_rule = "strict"', 'time_rule = "short"'
ALL_OFF = '["saturday", "sunday", "holiday"]'

MADE = law_with(
    time_rule("rolling", ALL_OFF),
    time_rule("strict", "[]"),
    time_rule("short", ALL_OFF, "short_period_days = 7"),
    time_rule("no-holidays", '["saturday", "sunday"]'),
    value("zz.whole_days", 3, "days"),
    value("zz.hours", 96, "hours"),
    value("zz.court_days", 3, "court_days"),
    value("zz.working_days", 2, "working_days"),
    value("zz.few_days", 6, "days"),
    value("zz.seven_days", 7, "days"),
    value("zz.ten_days", 10, "days"),
    value("zz.months", 1, "months"),
    value("zz.years", 4, "years"),
    deadline("whole-days", "validity", '["zz.whole_days"]', f'{ROLLING}\nends = "whole-days"'),
    deadline("life-in-hours", "validity", '["zz.hours"]', ROLLING),
    deadline("keep-hours", "keep", '["zz.hours"]', ROLLING),
    deadline("court-days", "act", '["zz.court_days"]', 'calendar = "us-ca"'),
    deadline("working-days", "act", '["zz.working_days"]', 'calendar = "us-dc"'),
    deadline("own-working-days", "act", '["zz.working_days"]'),
    deadline("few-days", "act", '["zz.few_days"]', SHORT),
    deadline("seven-days", "act", '["zz.seven_days"]', SHORT),
    deadline("few-days-back", "act", '["zz.few_days"]', f'{SHORT}\ndirection = "backward"'),
    deadline("days-back", "act", '["zz.ten_days"]', f'{ROLLING}\ndirection = "backward"'),
    deadline("standstill", "may-release", '["zz.ten_days"]', f'{ROLLING}\nends = "after"'),
    deadline("month", "keep", '["zz.months"]', 'time_rule = "no-holidays"'),
    deadline("years", "may-destroy", '["zz.years"]', f'{STRICT}\nends = "after"'),
    deadline("both", "keep", '["zz.few_days", "zz.ten_days"]', SHORT),
)
