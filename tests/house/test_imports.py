"""Who may import what: the table of DESIGN §2, as an allow list.

import-linter follows chains inside the product (pyproject.toml); it cannot say "the standard
library, msgspec and nothing else", so that half stands here. Imports inside functions and under
TYPE_CHECKING count as well: a rule with a back door is not a rule.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.house.tree import PACKAGES, ROOT, module_name, named, parsed, python_files


class Room(NamedTuple):
    """What the modules of one room may import besides the standard library and each other."""

    ours: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    # Modules of the standard library that would break the room's promise.
    never: tuple[str, ...] = ()


NETWORK = ("asyncio", "ftplib", "http", "smtplib", "socket", "socketserver", "ssl", "urllib")
CLOCK_AND_CHANCE = ("random", "secrets", "time")
# The longest name that fits a module decides, so that one file may be freer than its room.
ROOMS = {
    "ledger.domain": Room(others=("msgspec",), never=(*NETWORK, *CLOCK_AND_CHANCE, "sqlite3")),
    # One file reads TOML; the library is the standard one's own, compiled.
    "ledger.domain.toml": Room(
        ours=("ledger.domain",),
        others=("tomli",),
        never=(*NETWORK, *CLOCK_AND_CHANCE, "sqlite3"),
    ),
    "ledger.evidence": Room(never=(*NETWORK, *CLOCK_AND_CHANCE, "sqlite3", "subprocess")),
    "ledger.verify": Room(
        ours=("ledger.evidence",), others=("cryptography",), never=(*NETWORK, "sqlite3")
    ),
    # Who has the [fast] extra has signatures checked sooner.
    "ledger.verify.dalek": Room(others=("vodozemac",), never=(*NETWORK, "sqlite3")),
    # Who has the [time] extra has time stamps read.
    "ledger.verify.stamps": Room(
        ours=("ledger.evidence",),
        others=("cryptography", "rfc3161_client"),
        never=(*NETWORK, "sqlite3"),
    ),
    "ledger.witnessing.stamping": Room(
        ours=("ledger", "keys"), others=("cryptography", "rfc3161_client")
    ),
    # Level 2 folds the case again, and needs the [replay] extra for that.
    "ledger.verify.replay": Room(
        ours=("ledger.evidence", "ledger.domain", "ledger.verify"),
        others=("cryptography", "msgspec"),
        never=(*NETWORK, "sqlite3"),
    ),
    "ledger.errors": Room(),
    "ledger.stores": Room(
        ours=("ledger.evidence", "ledger.errors"),
        others=("eventsourcing",),
    ),
    "ledger.stores.postgresql": Room(
        ours=("ledger.stores", "ledger.evidence", "ledger.errors"),
        others=("eventsourcing", "psycopg", "psycopg_pool"),
    ),
    # What a browser answers for a passkey is read by the library that knows it.
    "keys.assertions": Room(others=("cbor2", "webauthn"), never=("sqlite3",)),
    "keys": Room(others=("cryptography",), never=(*NETWORK, "sqlite3")),
    # Age capsules are for people's recovery; nothing else of the keys needs it.
    "keys.capsules": Room(
        ours=("keys",), others=("cryptography", "pyrage"), never=(*NETWORK, "sqlite3")
    ),
    "ledger.projections": Room(
        ours=("ledger.stores", "ledger.domain", "ledger.evidence", "ledger.errors"),
        others=("msgspec", "structlog"),
    ),
    # Its page is a template.
    "ledger.projections.transparency": Room(
        ours=("ledger.projections", "ledger.domain", "ledger.evidence"), others=("jinja2",)
    ),
    # Their cursors and nonces are made with keys; who reads for them is passed in.
    "ledger.projections.feeds": Room(
        ours=(
            *("ledger.projections", "ledger.stores", "ledger.domain", "ledger.evidence"),
            *("ledger.errors", "keys"),
        ),
        others=("icalendar",),
    ),
    # So is the certificate of a pack.
    "ledger.export.certificate": Room(ours=("ledger", "keys"), others=("jinja2",)),
    # The doors stand on everything.
    "ledger.cli": Room(
        ours=("ledger", "keys"), others=("cyclopts", "msgspec", "rich", "segno", "structlog")
    ),
    "ledger.web": Room(
        ours=("ledger", "keys"),
        others=(
            *("anyio", "babel", "jinja2", "limits", "msgspec", "segno", "starlette", "structlog"),
            *("python_multipart", "uvicorn", "webauthn"),
        ),
    ),
}
# Whatever else stands in ledger/ acts: it loads, decides, seals, appends or ticks. It may use all
# rooms but the doors, and it holds no cryptography of its own: that is for keys/.
ACTING = Room(ours=("ledger", "keys"), others=("msgspec", "structlog"))
DOORS = ("ledger.cli", "ledger.web")


def is_within(module: str, package: str) -> bool:
    """Say whether a module is a package or stands inside it."""
    return module == package or module.startswith(f"{package}.")


def room_of(module: str) -> tuple[str, Room]:
    """Find the room whose rules bind a module."""
    fitting = [name for name in ROOMS if is_within(module, name)]
    name = max(fitting, key=len, default="")
    return (name, ROOMS[name]) if name else (module, ACTING)


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Give the line and the full name of every module that a file imports."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{named(path)}:{node.lineno}: a relative import"
            module = node.module or ""
            if module == "__future__":
                continue
            # `from ledger import evidence` imports a room, not a name of the empty package.
            inner = module in PACKAGES
            yield from (
                (node.lineno, f"{module}.{alias.name}" if inner else module)
                for alias in node.names[: None if inner else 1]
            )


def is_allowed(importer: str, wanted: str) -> bool:
    """Judge one import by the table."""
    name, room = room_of(importer)
    top = wanted.partition(".")[0]
    if top in PACKAGES:
        if not any(is_within(wanted, place) for place in (name, *room.ours)):
            return False
        at_a_door = any(is_within(importer, door) for door in DOORS)
        return at_a_door or not any(is_within(wanted, door) for door in DOORS)
    if top in sys.stdlib_module_names:
        return top not in room.never
    return top in room.others


def test_a_room_imports_only_what_its_row_of_the_table_allows() -> None:
    """Every import of the product is one that DESIGN §2 allows to that room."""
    refused = [
        f"{named(path)}:{line}: {module_name(path)} may not import {wanted}"
        for path in python_files(*PACKAGES)
        for line, wanted in imported(path)
        if not is_allowed(module_name(path), wanted)
    ]
    assert not refused, "\n".join(refused)


def test_importing_a_package_starts_nothing() -> None:
    """The two package files are empty; those of the rooms at most name what the room shows."""
    for package in PACKAGES:
        assert parsed(ROOT / package / "__init__.py").body == []
    for path in sorted(ROOT.glob("ledger/*/__init__.py")):
        if module_name(path) not in DOORS:
            own = module_name(path)
            assert all(is_within(wanted, own) for _, wanted in imported(path)), named(path)
            assert all(is_a_name_or_prose(node) for node in parsed(path).body), named(path)


def is_a_name_or_prose(node: ast.stmt) -> bool:
    """Say whether a statement only imports, lists `__all__` or is a docstring."""
    if isinstance(node, ast.Assign):
        return [ast.unparse(target) for target in node.targets] == ["__all__"]
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Expr)


def test_the_domain_and_the_evidence_read_neither_clock_nor_chance() -> None:
    """Folding and deciding give the same answer for ever, because the caller passes the time."""
    reading = {"now", "utcnow", "today", "urandom", "uuid1", "uuid4"}
    for path in python_files("ledger/domain", "ledger/evidence"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                where = f"{named(path)}:{node.lineno}"
                assert node.func.attr not in reading, f"{where}: reads {node.func.attr}"


@pytest.mark.parametrize(
    ("importer", "wanted", "allowed"),
    [
        ("ledger.evidence.record", "hashlib", True),
        ("ledger.evidence.record", "cryptography.exceptions", False),
        ("ledger.evidence.record", "ledger.domain.case", False),
        ("ledger.verify.checks", "ledger.evidence.note", True),
        ("ledger.verify.checks", "ledger.domain.case", False),
        ("ledger.verify.checks", "socket", False),
        ("ledger.verify.replay", "ledger.domain.case", True),
        ("ledger.stores.sqlite", "eventsourcing.sqlite", True),
        ("ledger.stores.postgresql.migrations", "psycopg", True),
        ("ledger.stores.store", "psycopg", False),
        ("ledger.projections.runner", "psycopg", False),
        ("ledger.register", "eventsourcing.sqlite", False),
        ("ledger.register", "ledger.cli", False),
        ("ledger.cli.demo", "ledger.register", True),
        ("keys.keyring", "ledger.evidence.jcs", False),
        ("keys.capsules", "pyrage", True),
        ("keys.keyring", "pyrage", False),
    ],
)
def test_the_table_itself_says_yes_and_no(importer: str, wanted: str, allowed: bool) -> None:
    """The rule that guards the rooms refuses what it should refuse and lets pass the rest."""
    assert is_allowed(importer, wanted) is allowed
