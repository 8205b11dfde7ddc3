"""How this program treats each sentence of the five policies: R-01 to R-163 (domain §1).

The rows stand in the folder `requirements`, in our own words, and name what they rest on: rules,
events, rows of packs, flags, doors, tests, and the changes to the product that these tests notice.
`policies.toml` there lists each policy's places in the order of its text. That the names exist is
for a house test; here only the form of the rows is checked.

The door `law coverage` reads the files and alone imports this module; no decision rests on it.
"""

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from ledger.domain.fields import Line
from ledger.domain.form import Form
from ledger.domain.law.provisions import PackName, Requirement, Sentence
from ledger.domain.toml import parse_toml

LISTED = 163
"""How many requirements the acceptance list has."""

Treatment = Literal["enforced", "timed", "recorded", "shown", "human", "out-of-scope"]
"""The program refuses what would break it; or gives it a date; or has a record for it; or shows
it; or people keep it; or it is about something else than requests and disclosures.
"""
PolicyKey = Literal["000", "001", "002", "003", "004"]
Name = Annotated[
    str, Meta(pattern=r"^(rule|event|deadline|flag|value|basis|door):[a-z0-9][a-z0-9_. -]*$")
]
TestId = Annotated[str, Meta(pattern=r"^tests/[a-z0-9_/]+\.py::test_[a-z0-9_]+$")]
MutantId = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the five policies: whose it is, which pack holds it, its places in their order."""

    key: PolicyKey
    title: Line
    pack: PackName
    places: tuple[Line, ...]


class Treated(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One requirement: what the policies ask, where they ask it, what the program does for it.

    `at` gives the place in each policy that asks it, and so says which policies do.
    """

    id: Requirement
    sentence: Sentence
    at: dict[PolicyKey, Line]
    treated: Treatment
    how: Annotated[str, Meta(pattern=r"^[A-Z].*\.$", max_length=600)]
    by: tuple[Name, ...] = ()
    tests: tuple[TestId, ...] = ()
    mutants: tuple[MutantId, ...] = ()


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    policies: tuple[Policy, ...] = field(default=(), name="policy")
    requirements: tuple[Treated, ...] = field(default=(), name="requirement")


_FILE = Form[_File](_File)


class Coverage(Struct, frozen=True, kw_only=True):
    """Every policy and every requirement, in the order of the list."""

    policies: tuple[Policy, ...]
    requirements: tuple[Treated, ...]

    def of(self, policy: Policy) -> tuple[Treated, ...]:
        """Give what one policy asks, in the order of its text."""
        asked = [row for row in self.requirements if policy.key in row.at]
        return tuple(sorted(asked, key=lambda row: policy.places.index(row.at[policy.key])))


def parse_coverage(texts: Iterable[str]) -> Coverage:
    """Read all rows from the texts of the folder's files, in whatever order they come. Pure.

    Raises: msgspec.ValidationError for a row that is none, NotToml.
    """
    read = [_FILE.convert(parse_toml(text)) for text in texts]
    rows = (row for file in read for row in file.requirements)
    return Coverage(
        policies=tuple(policy for file in read for policy in file.policies),
        requirements=tuple(sorted(rows, key=lambda row: int(row.id.removeprefix("R-")))),
    )
