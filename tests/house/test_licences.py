"""What we ship beside our own code may be shipped: every licence is known and was judged."""

from __future__ import annotations

import importlib.metadata
import re

from tests.house.tree import ROOT

PERMISSIVE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|0BSD|Unlicense|Zlib", re.IGNORECASE
)
# Not permissive, and judged one by one. All are used unmodified, from their authors' own wheels.
JUDGED = {
    "psycopg": "LGPL-3.0: the PostgreSQL driver, imported as a library that anyone may replace",
    "psycopg-binary": "LGPL-3.0: the same",
    "psycopg-pool": "LGPL-3.0: the same",
    "certifi": "MPL-2.0, tests only: a list of certificates, not shipped with the product",
    "hypothesis": "MPL-2.0, tests only",
    "pathspec": "MPL-2.0, tools only",
}


def locked(name: str) -> set[str]:
    """Give the packages of one lock."""
    text = (ROOT / "ops" / f"{name}.lock").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))


def licence(package: str) -> str:
    """Give what an installed package says of its licence, in whichever of three ways it does."""
    said = importlib.metadata.metadata(package).json
    named = str(said.get("license_expression") or said.get("license") or "")
    classified = [c for c in said.get("classifier", []) if c.startswith("License ::")]
    return " ".join([named.partition("\n")[0], *classified])


def test_every_package_has_a_permissive_licence_or_was_judged() -> None:
    """A package with another licence enters only with its reason in this file."""
    said = {package: licence(package) for package in sorted(locked("test"))}
    other = {package: words for package, words in said.items() if not PERMISSIVE.search(words)}
    assert other.keys() == JUDGED.keys(), other


def test_only_the_database_driver_is_an_exception_in_the_product() -> None:
    """What an operator runs is permissive, but for the driver that the project was told to use."""
    assert {name for name in JUDGED if name in locked("run")} == {
        "psycopg",
        "psycopg-binary",
        "psycopg-pool",
    }
