"""A ledger with its director, for tests of projections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from keys.keyring import Keyring, create
from ledger import projecting
from ledger.founding import Founding, found
from ledger.home import Home
from ledger.projections.definitions import DEFINITIONS, Definition, Row
from ledger.projections.runner import Runner
from ledger.register.acts import Act, Receipt
from ledger.register.handle import Register

START = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
ZONE = "America/Chicago"
PRESERVED = {"level": "state", "categories": ["circulation"]}
HELD = {"categories": ["circulation"], "places": ["library-system"]}


@dataclass
class Library:
    """A ledger under Missouri's law whose clock moves a minute with each act of its director."""

    home: Home
    ruth: Keyring
    abel: Keyring
    minutes: int = 0

    @property
    def now(self) -> datetime:
        """What its clock says."""
        return START + timedelta(minutes=self.minutes)

    @property
    def register(self) -> Register:
        """A register that has read nothing yet."""
        return Register(self.home, lambda: self.now)

    def handle(self, command: str, case: str | None, by: Keyring, **fields: object) -> Receipt:
        """Act as a person, a minute later."""
        self.minutes += 1
        return self.register.handle(by, Act(command, fields, case))

    def act(self, command: str, case: str | None = None, **fields: object) -> tuple[str, str]:
        """Act as the director; gives the reference and the last record's place."""
        receipt = self.handle(command, case, self.ruth, **fields)
        return receipt.case, receipt.records[-1].ref

    def opened(self) -> str:
        """A new open case."""
        reference, _ = self.act("intake", mode="mail")
        self.act("open", reference)
        return reference

    def held(self) -> str:
        """An open case with a preservation request and a hold."""
        reference = self.opened()
        _, asked = self.act("receive-preservation-request", reference, **PRESERVED)
        self.act("place-hold", reference, request=asked, **HELD)
        return reference

    def eventful(self) -> str:
        """An open case of which every definition that has rows of cases has one."""
        self.act("designate-custodian", "office", person="ruth")
        reference = self.held()
        asked = {"requester": "law-enforcement", "categories": ["circulation"]}
        _, request = self.act("receive-request", reference, **asked)
        came = {"kind": "subpoena", "issuer": "clerk", "level": "state", "judge_signed": "no"}
        _, paper = self.act("receive-instrument", reference, **came)
        self.act("find-defect", reference, instrument=paper, element="judge-signature")
        consent = {"grantor": "subject", "categories": ["circulation"], "subject": "Ann Lo"}
        self.act("record-consent", reference, **consent)
        _, question = self.act("request-counsel-review", reference, counsel="abel")
        answer = {"request": question, "outcome": "refuse"}
        self.handle("complete-counsel-review", reference, self.abel, **answer)
        self.act("deny", reference, request=request, reason="instrument-defective")
        self.act("refer-agent", reference, to="abel", outcome="no-answer")
        return reference

    def runner(self, definitions: Sequence[Definition] = DEFINITIONS) -> Runner:
        """A runner as a program has it that has read nothing yet."""
        service = self.register.reader(None)
        return projecting.runner(self.home, service, lambda: self.now, definitions)

    def rows(self, definition: Definition) -> list[Row]:
        """The rows of a definition, caught up."""
        runner = self.runner()
        runner.catch_up()
        return [*runner.rows(definition)]

    def stored(self) -> dict[str, list[tuple[str, str]]]:
        """Every row that is stored, by view and key."""
        projected = self.home.projected
        return {view: [*projected.rows(view)] for view in projected.views()}


def new_library(path: Path) -> Library:
    """Found a ledger."""
    ruth, abel = create("ruth", b"", throw_away=True), create("abel", b"", throw_away=True)
    founders = ((ruth, "director"), (abel, "counsel"))
    founding = Founding("ledger.oak.example", ZONE, "us-mo/jcl", founders)
    return Library(found(path, founding, START), ruth, abel)
