"""The names in the law packs: one page lists them all, and no pack uses another."""

from __future__ import annotations

import re

import pytest

from ledger.domain.law.pack import names, resolve
from tests.house.tree import ROOT

PACKS = ROOT / "ledger" / "domain" / "law" / "packs"
VALUE = re.compile(r"^\| `([a-z0-9_.]+)` \| [^|]+ \| ([a-z_]+) \| ([0-9]+(?:, [0-9]+)*) \|$")
OTHER = re.compile(r"^\| `([a-z0-9-]+)` \| [^|]+ \|$")


def page() -> list[str]:
    """Give the lines of the page that lists the names."""
    return (PACKS / "README.md").read_text(encoding="utf-8").splitlines()


def listed_values() -> dict[str, str]:
    """Give every value that the page lists, with its unit."""
    return {found[1]: found[2] for line in page() if (found := VALUE.match(line))}


@pytest.mark.parametrize("name", names())
def test_every_name_in_a_pack_is_on_the_page(name: str) -> None:
    """The same question has the same name and unit in every pack."""
    law, others = resolve(name), {found[1] for line in page() if (found := OTHER.match(line))}
    assert {(row.id, row.unit) for row in law.values} <= set(listed_values().items())
    assert {row.id for row in law.all_bases} | {row.id for row in law.all_deadlines} <= others


def test_every_name_on_the_page_is_in_a_pack() -> None:
    """The page lists nothing that no pack says."""
    laws = [resolve(name) for name in names()]
    values = {row.id for law in laws for row in law.values}
    rest = {row.id for law in laws for row in law.all_bases}
    rest |= {row.id for law in laws for row in law.all_deadlines}
    assert set(listed_values()) == values
    assert {found[1] for line in page() if (found := OTHER.match(line))} == rest


def test_names_stand_once_in_order_under_a_known_parameter() -> None:
    """The page can be looked things up in; its parameters are those of domain §2.3, 1 to 20."""
    values = [row for line in page() if (row := VALUE.match(line))]
    listed = [one[1] for one in values]
    assert listed == sorted(set(listed))
    parameters = {int(number) for one in values for number in one[3].split(", ")}
    # The second parameter is what every row carries: unit, citation, source and confidence.
    assert parameters == set(range(1, 21)) - {2}
