"""What we build on: locked to the byte, under licences that were judged, as pyproject.toml asks."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib

import pytest
from packaging.requirements import Requirement

from tests.house.tree import ROOT

ENTRY = re.compile(r"([a-z0-9-]+)==([0-9][\w.]*)((?: +--hash=sha256:[0-9a-f]{64})+)")
PERMISSIVE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|0BSD|Unlicense|Zlib"
    # How the MIT licence begins.
    r"|^Permission is hereby granted, free of charge,",
    re.IGNORECASE,
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


def entries(name: str) -> list[str]:
    """Give the entries of one lock, each on one line, without the remarks."""
    text = (ROOT / "ops" / f"{name}.lock").read_text(encoding="utf-8")
    body = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return body.replace(" \\\n", " ").splitlines()


def locked(name: str) -> dict[str, str]:
    """Give the packages of one lock and their versions."""
    return {found[1]: found[2] for entry in entries(name) if (found := ENTRY.fullmatch(entry))}


@pytest.mark.parametrize("name", ["run", "test"])
def test_a_lock_holds_names_versions_and_digests_only(name: str) -> None:
    """A lock has no address, pins every version, and gives each at least one digest."""
    assert entries(name)
    assert [entry for entry in entries(name) if not ENTRY.fullmatch(entry)] == []


def test_the_run_lock_is_a_part_of_the_test_lock() -> None:
    """What is tested is what is run: the same versions, the same files."""
    assert set(entries("run")) < set(entries("test"))


def test_the_locks_grant_what_the_project_asks_for() -> None:
    """A requirement that changed in pyproject.toml shows here until the locks are made anew."""
    read = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = read["project"]["optional-dependencies"]
    run = [*read["project"]["dependencies"], *extras["service"]]
    tools = [*extras["dev"], *read["build-system"]["requires"]]
    for name, wishes in (("run", run), ("test", [*run, *tools])):
        versions = locked(name)
        for wish in map(Requirement, wishes):
            assert wish.name in versions, f"ops/{name}.lock has no {wish.name}"
            assert wish.specifier.contains(versions[wish.name]), f"ops/{name}.lock: {wish}"


def licence(package: str) -> str:
    """Give what an installed package says of its licence, in whichever of four ways it does."""
    said = importlib.metadata.metadata(package).json
    named = str(said.get("license_expression") or said.get("license") or "")
    classified = [c for c in said.get("classifier", []) if c.startswith("License ::")]
    words = " ".join([named.partition("\n")[0], *classified]).strip()
    return words or licence_file(package)


def licence_file(package: str) -> str:
    """Give the first line of the licence that a package brings and its metadata does not name; not
    that which says whose it is.
    """
    files = importlib.metadata.files(package) or []
    found = (one.read_text().splitlines() for one in files if one.parent.name == "licenses")
    lines = (line for line in next(found, []) if line and not line.startswith("Copyright"))
    return next(lines, "")


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
