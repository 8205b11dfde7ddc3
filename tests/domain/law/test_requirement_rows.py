"""Every sentence of the five policies that domain §1 lists has its row in its library's law."""

import pytest

from ledger.domain.law.pack import Law, resolve

LISTED = {
    "000": (
        "1-5 7 9-13 22-24 28 47-48 52 55 61 63-66 70 76 92 98 115-117 119 130 133 141-142 "
        "145-147 149"
    ),
    "001": (
        "1-4 6-7 9-13 22-32 47-48 52 55 61 63-66 76 80 92 98 108 115-119 130 132 134 "
        "141-142 146-147 149"
    ),
    "002": ("1 9 13 16 22 47-48 52 63-66 75 112 114 127 130 149-151 159 161"),
    "003": (
        "1 13 15 20 25-26 29-30 33-42 45 47-49 60 73-74 93-94 97 108-111 121-122 145 149 "
        "153 155-156 160 162"
    ),
    "004": (
        "1 7-8 10-15 17-19 21 27 29-31 37 42-44 46-60 62 64 67-73 76-79 81-91 94-97 "
        "99-108 113-114 118-131 135-140 143-149 151-152 154 157-158 163"
    ),
}
"""The requirements of each policy, by its number in domain §1, as R-numbers and their ranges."""
LIBRARY = {
    "000": "us-co/jcpl",
    "001": "us-co/lcld",
    "002": "us-co/pccld",
    "003": "us-co/jcpl",
    "004": "us-mo/jcl",
}
STRUCK = "R-75"
"""Struck out in the redline: it has no row, because it is no policy."""


def requirements(policy: str) -> set[str]:
    """Write the ranges of a policy out."""
    found: set[str] = set()
    for one in LISTED[policy].split():
        first, _, last = one.partition("-")
        found |= {f"R-{number:02}" for number in range(int(first), int(last or first) + 1)}
    return found


def served(law: Law) -> set[str]:
    """Give the requirements that the rows of a law name, of whatever layer."""
    rows = (law.values, law.all_bases, law.time_rules, law.all_deadlines, law.quotations)
    return {one for kind in rows for row in kind for one in row.requirements}


@pytest.mark.parametrize("policy", sorted(LIBRARY))
def test_every_requirement_of_a_policy_has_its_row(policy: str) -> None:
    """What a policy says stands in its own pack, or in the state's whose words it repeats."""
    assert requirements(policy) - {STRUCK} <= served(resolve(LIBRARY[policy]))


def test_no_requirement_is_left_over() -> None:
    """The five policies together have the whole list, R-01 to R-163."""
    everything = {f"R-{number:02}" for number in range(1, 164)}
    assert set().union(*map(requirements, LISTED)) == everything
    rows = set().union(*(served(resolve(name)) for name in set(LIBRARY.values())))
    assert rows == everything - {STRUCK}
