"""A founded ledger with its people, and a clock that the test turns."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from keys.keyring import Keyring, create
from ledger.evidence.commitment import blind, commit
from ledger.export import export_ledger, export_openings
from ledger.founding import Founding, Terms, found
from ledger.home import Home
from ledger.register.acts import OFFICE, Act, Receipt
from ledger.register.handle import Register
from ledger.register.reading import CaseFile, Reader
from ledger.sequencer.ticks import Published, Sequencer
from ledger.verify import Report, verify

START = datetime(2026, 9, 14, 14, 5, tzinfo=UTC)
TERMS = Terms(period_seconds=3_600, open=24, sealed=16, delay=2)


@dataclass
class Library:
    """mara is director and custodian, tom counsel, kim and ola staff, ines designee and staff."""

    home: Home
    people: dict[str, Keyring]
    now: datetime = START
    register: Register = field(init=False)

    def __post_init__(self) -> None:
        self.register = Register(self.home, lambda: self.now)

    def act(self, by: str, command: str, case: str | None = None, /, **fields: object) -> Receipt:
        """Act as a person, a minute later."""
        self.now += timedelta(minutes=1)
        return self.register.handle(self.people[by], Act(command, fields, case))

    def ref(self, by: str, command: str, case: str | None = None, /, **fields: object) -> str:
        """Act, and give the place of the last record."""
        return self.act(by, command, case, **fields).records[-1].ref

    def enrol(self, name: str, *roles: str, desk: bool = False) -> None:
        """Enrol a person by the two founders."""
        ring = self.people[name] = create(name, b"", throw_away=True)
        self.home.keystore.put_public_keys(name, ring.public.dump())
        key = base64.b64encode(ring.public.signing).decode()
        kind = "desk" if desk else "person"
        done = self.act("mara", "enrol-key", OFFICE, person=name, key=key, principal=kind)
        self.act("tom", "assent", OFFICE, of=done.records[0].e)
        for role in roles:
            if role == "designee":
                self.act("mara", "appoint-designee", OFFICE, person=name)
                continue
            done = self.act("mara", "grant-role", OFFICE, person=name, role=role)
            self.act("tom", "assent", OFFICE, of=done.records[0].e)

    def visit(self, by: str = "kim", **fields: object) -> str:
        """Log a visit with an officer's request; gives the reference."""
        facts = [
            {"receive-request": {"requester": "law-enforcement", "categories": ["circulation"]}}
        ]
        return self.act(by, "intake", facts=facts, **fields).case

    def reader(self, name: str | None, *, vault: bool | None = None) -> Reader:
        """Read as a person, or as the service."""
        return self.register.reader(self.people[name] if name else None, vault=vault)

    def case(self, name: str, reference: str, *, vault: bool | None = None) -> CaseFile:
        """A case as a person sees it."""
        return self.reader(name, vault=vault).case(reference)

    def tick(self, **span: float) -> tuple[Published, ...]:
        """Turn the clock and let the sequencer run."""
        self.now += timedelta(**span)
        return Sequencer(self.home, self.register.office().office.attesters()).run(self.now)

    def reopened(self) -> Library:
        """The same ledger in a new process: everything is read from disk."""
        self.home.close()
        return Library(Home(self.home.path), self.people, self.now)

    def reopened_beside(self) -> Library:
        """The same ledger once more, as another process has it, while this one stays open."""
        return Library(Home(self.home.path), self.people, self.now)

    def verified(self, scratch: Path, by: str = "mara") -> Report:
        """Publish what is pending, export as a person, and verify offline.

        Whoever opens covers brings what was sealed to them; what was not may stay closed.
        """
        self.tick(hours=5)
        self.now += timedelta(seconds=1)
        target = scratch / f"pack-{self.now.timestamp()}"
        export_ledger(self.home, target, reveal=True)
        trust = (self.home.path / "trust.json").read_bytes()
        report = verify(target, trust, replay=True)
        if by in self.register.office().office.attesters():
            openings = target.with_name(f"{target.name}-openings")
            reader, keyring = self.reader(by, vault=True), self.people[by]
            export_openings(self.home, reader, keyring, target, openings, reveal=True)
            joined = verify(target, trust, openings=openings, replay=True)
            assert {one.code for one in joined.faults} <= {"V13.unopened"}, joined.text()
        return report

    def leaf(self, name: str, ref: str) -> int | None:
        """The leaf of a record, once its tick was built."""
        stream, _, seq = ref.partition(":")
        opened = self.reader(name).stream(bytes.fromhex(stream))
        one = opened.unsealed[int(seq) - 1]
        hidden = blind(opened.secrets.core, opened.id, int(seq))
        return self.home.logbook.leaf_of(commit(hidden, opened.id, int(seq), one.e))


def found_library(
    path: Path,
    *,
    start: datetime = START,
    origin: str = "ledger.fern.example",
    store: str | None = None,
    terms: Terms = TERMS,
    needs_standby: bool = False,
) -> Library:
    """Found a library under Colorado's law, and enrol its people. On a server, `store`, each
    library needs an origin of its own.
    """
    mara, tom = create("mara", b"", throw_away=True), create("tom", b"", throw_away=True)
    founders = ((mara, "director"), (tom, "counsel"))
    law = ("America/Denver", "us-co/lcld")
    founding = Founding(origin, *law, founders, terms, store=store, needs_standby=needs_standby)
    made = Library(found(path, founding, start), {"mara": mara, "tom": tom}, start)
    made.enrol("kim", "staff")
    made.enrol("ola", "staff")
    made.enrol("ines", "staff", "designee")
    made.enrol("front", "desk", desk=True)
    return made
