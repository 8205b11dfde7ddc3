"""How a hostile pack is described: what is bent, why it must not pass, and what must be said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ledger.evidence.jcs import Json
from ledger.evidence.pack import Scope
from ledger.evidence.record import OfficeHead, Record
from ledger.verify import Report, verify
from tests.drafts import Draft
from tests.forge import Files, Forge, World, relist, write

Bend = Callable[[Forge], None]
Alter = Callable[[Files, World], Files]


def shown_by(scope: Scope, forge: Forge) -> tuple[str, ...]:
    """Return what a pack is about unless a case says so: every matter, or one request."""
    if scope == "case":
        return tuple(sorted({one.stream for one in forge.drafts} - {"office"}))
    return ("request",) if scope == "event" else ()


@dataclass(frozen=True, slots=True)
class Case:
    """One pack; `codes` are exactly the codes that the report must hold."""

    name: str
    why: str
    codes: frozenset[str]
    bend: Bend | None = None
    """Bends the ledger before anything is signed."""
    alter: Alter | None = None
    """Alters the files of the finished pack."""
    scope: Scope = "case"
    trust: Mapping[str, Json] = field(default_factory=dict)
    shown: tuple[str, ...] | None = None

    def report(self, directory: Path) -> Report:
        """Make the pack in a directory and verify it."""
        files, trust = self.evidence()
        return verify(write(files, directory), trust)

    def evidence(self) -> tuple[Files, bytes]:
        """Make the files of the pack, and the trust file of its receiver."""
        forge = Forge()
        if self.bend is not None:
            self.bend(forge)
        world = forge.build()
        shown = shown_by(self.scope, forge) if self.shown is None else self.shown
        files = world.pack(self.scope, shown)
        if self.alter is not None:
            files = self.alter(files, world)
        return files, world.trust(**self.trust)


def case(
    name: str,
    why: str,
    codes: str,
    bend: Bend | None = None,
    alter: Alter | None = None,
    scope: Scope = "case",
    **trust: Json,
) -> Case:
    """Describe a case; `codes` are separated by spaces."""
    return Case(name, why, frozenset(codes.split()), bend, alter, scope, trust)


def check(one: Case, directory: Path) -> None:
    """Hold a report against its case: the codes, and the exit code that follows from them."""
    report = one.report(directory)
    codes = {finding.code for finding in report.findings}
    assert codes == one.codes, report.text()
    assert report.exit_code == (1 if report.faults else 0), report.text()


# ---- ways to bend a ledger ----------------------------------------------------------------------


def amend(name: str, **changes: object) -> Bend:
    """Change fields of a record before it is signed."""

    def bend(forge: Forge) -> None:
        def change(record: Record) -> Record:
            return replace(record, **changes)  # type: ignore[arg-type] # any field may be bent

        forge.draft(name).change = change

    return bend


def redraft(name: str, **changes: object) -> Bend:
    """Change a draft."""

    def bend(forge: Forge) -> None:
        for field_name, value in changes.items():
            setattr(forge.draft(name), field_name, value)

    return bend


def drop(*names: str) -> Bend:
    """Leave drafts away."""
    return lambda forge: forge.drop(*names)


def add(*drafts: Draft) -> Bend:
    """Add drafts after the others."""
    return lambda forge: forge.add(*drafts)


def both(*bends: Bend) -> Bend:
    """Bend in several ways, one after the other."""

    def bend(forge: Forge) -> None:
        for one in bends:
            one(forge)

    return bend


def at_head(forge: Forge, name: str) -> Callable[[Record], Record]:
    """Make a record name the office head that a given office record is."""

    def change(record: Record) -> Record:
        head = forge.made[name]
        return replace(record, office=OfficeHead(head.record.seq, head.e))

    return change


# ---- ways to alter a pack -----------------------------------------------------------------------


def with_file(path: str | Callable[[World], str], data: bytes | Callable[[World], bytes]) -> Alter:
    """Put a file into the pack, and list it."""

    def alter(files: Files, world: World) -> Files:
        name = path(world) if callable(path) else path
        return relist({**files, name: data(world) if callable(data) else data})

    return alter


def without_file(path: str | Callable[[World], str]) -> Alter:
    """Take a file out of the pack and out of its list."""

    def alter(files: Files, world: World) -> Files:
        name = path(world) if callable(path) else path
        return relist({one: data for one, data in files.items() if one != name})

    return alter
