"""Rules in two versions, on a real ledger: each decision is replayed by the rules of its law."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, Rule, broken_house_rule
from ledger.domain.events import Decision, HoldPlaced, HoldReleased
from ledger.domain.law import rules as room
from ledger.domain.law.difference import difference
from ledger.domain.law.pack import resolve
from ledger.domain.law.rules import RULES, preservation, rule_versions
from ledger.errors import RequestRefused, Unavailable
from ledger.export import export_ledger
from ledger.founding import Founding, found
from ledger.register import handle
from ledger.register.acts import OFFICE
from ledger.register.handle import Register
from ledger.verify import Outcome, Report, verify
from tests.register.ledgers import DAILY, ORIGIN, Clock, Ledger, cast
from tests.register.test_triage import refusals
from tests.upkeep.matters import place_hold

ASKED = {"level": "federal", "categories": ["computer-use"]}
LCLD = "us-co/lcld"

ASKED_ANEW = room._known.__wrapped__


def hold_answers_request_v2(case: Case, event: HoldPlaced, context: Context) -> Broken | None:
    """As version 1, and a hold says where the records lie."""
    if event.places:
        return preservation.hold_answers_request_v1(case, event, context)
    sentence = "Say where the records lie."
    return broken_house_rule("hold_answers_request_v2", sentence, "A test of versions")


def list_rules(patch: pytest.MonkeyPatch, kind: type[Decision], *rules: Rule) -> None:
    """Let a program have other rules in its table, which it asks anew each time."""
    table: Any = RULES
    patch.setitem(table, kind, rules)
    patch.setattr(room, "_known", ASKED_ANEW)


def upgrade(monkeypatch: pytest.MonkeyPatch) -> None:
    """Go on with a program that has a second version of a rule beside the first."""
    list_rules(monkeypatch, HoldPlaced, *RULES[HoldPlaced], hold_answers_request_v2)


def opened_case(ledger: Ledger) -> str:
    """A visit that was triaged into an open case."""
    reference = ledger.visit("kim")
    ledger.do("mara", "open", reference)
    return reference


def hold_nowhere(ledger: Ledger, reference: str) -> str:
    """A hold that does not say where the records lie; gives its place."""
    asked = ledger.do("mara", "receive-preservation-request", reference, ASKED).records[0].ref
    return hold(ledger, reference, asked)


def hold(ledger: Ledger, reference: str, asked: str) -> str:
    """A hold that answers a record, without a place."""
    fields = {"request": asked, "categories": ["computer-use"], "places": []}
    return ledger.do("mara", "place-hold", reference, fields).records[0].ref


def activate(ledger: Ledger) -> None:
    """Put the library's law in force anew, with the newest version of each rule."""
    law = resolve(LCLD, rule_versions())
    changes = difference(ledger.register.office().law, law)
    fields = {
        "law": ledger.home.keep_law(law).hex(),
        "pack": LCLD,
        "reviewed_by": "tom",
        "reviewed_on": "2026-06-19",
        "difference": [change.line for change in changes],
    }
    ledger.do("mara", "activate-pack", OFFICE, fields)


def plant(ledger: Ledger, reference: str, asked: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Record a hold, rightly signed, that nobody judged: as who holds the keys could."""
    with monkeypatch.context() as patch:
        patch.setattr(handle, "judge", lambda *given: None)
        return hold(ledger, reference, asked)


def report_on(ledger: Ledger, folder: Path) -> Report:
    """Publish, export what everybody may see, and replay it."""
    ledger.tick(days=5)
    export_ledger(ledger.home, folder)
    return verify(folder, (ledger.path / "trust.json").read_bytes(), replay=True)


def outcome(report: Report) -> tuple[Outcome, str]:
    """What became of V15, and why."""
    (one,) = (check for check in report.checks if check.name == "V15")
    return one.outcome, one.reason


def test_a_decision_is_replayed_by_the_version_that_was_in_force(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under version 1 a hold named no place; under version 2 it must; both replay afterwards."""
    hold_nowhere(ledger, opened_case(ledger))
    upgrade(monkeypatch)
    # Until the newer law is activated, the law in force is the older one, upgrade or not.
    hold_nowhere(ledger, opened_case(ledger))
    activate(ledger)
    reference = opened_case(ledger)
    with pytest.raises(RequestRefused) as refused:
        hold_nowhere(ledger, reference)
    assert refusals(refused) == ["hold_answers_request_v2"]
    place_hold(ledger, reference)
    report = report_on(ledger, tmp_path / "pack")
    assert (report.exit_code, outcome(report)) == (0, (Outcome.RAN, "")), report.text()
    assert len(list((tmp_path / "pack" / "law").iterdir())) == 2
    assert report.shown.replayed is not None
    assert report.shown.replayed.cases == 3


def test_an_older_program_neither_decides_nor_passes(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under a law newer than the program nothing is recorded, and nothing is called allowed."""
    reference = opened_case(ledger)
    with monkeypatch.context() as patch:
        upgrade(patch)
        activate(ledger)
        place_hold(ledger, reference)
    with pytest.raises(Unavailable, match="newer than this program"):
        place_hold(ledger, reference)
    report = report_on(ledger, tmp_path / "pack")
    assert (report.exit_code, report.findings) == (2, ())
    assert outcome(report)[0] is Outcome.COULD_NOT_RUN
    assert "does not have the rules" in outcome(report)[1]


def test_what_a_law_does_not_know_is_not_decided(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An act whose rules are all newer than the law in force waits for the newer law."""
    reference = opened_case(ledger)
    asked = ledger.do("mara", "receive-preservation-request", reference, ASKED).records[0].ref
    kept = preservation.hold_answers_request_v1
    list_rules(monkeypatch, HoldReleased, *RULES[HoldReleased], kept)
    list_rules(monkeypatch, HoldPlaced, hold_answers_request_v2)
    with pytest.raises(Unavailable, match="older than this act"):
        hold(ledger, reference, asked)


def test_planted_decisions_are_found_by_the_version_of_their_law(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rightly signed, in the log, in order, and forbidden: each by the law that it pins."""
    reference = opened_case(ledger)
    nothing = ledger.look("mara", reference).case.records[0].ref
    first = plant(ledger, reference, nothing, monkeypatch)
    upgrade(monkeypatch)
    activate(ledger)
    asked = ledger.do("mara", "receive-preservation-request", reference, ASKED).records[0].ref
    second = plant(ledger, reference, asked, monkeypatch)
    report = report_on(ledger, tmp_path / "pack")
    assert [(one.code, one.place) for one in report.findings] == [
        ("V15.not-allowed", first),
        ("V15.not-allowed", second),
    ]
    told = [one.sentence for one in report.findings]
    assert "hold_answers_request_v1 (Disclosure ledger, domain §5.4.1 no. 36)" in told[0]
    assert "hold_answers_request_v2 (A test of versions)" in told[1]
    # Level 1 knows no rules: to it the same pack is whole.
    trust = (ledger.path / "trust.json").read_bytes()
    assert verify(tmp_path / "pack", trust).exit_code == 0


def test_a_ledger_under_a_states_law_is_replayed_in_its_own_zone(tmp_path: Path) -> None:
    """The law of a state names no zone: the two who founded the ledger signed it."""
    people, clock = cast(), Clock()
    founders = ((people["mara"], "director"), (people["tom"], "counsel"))
    founding = Founding(ORIGIN, "America/Chicago", "us-mo", founders, DAILY)
    home = found(tmp_path / "home", founding, clock())
    ledger = Ledger(tmp_path / "home", people, clock, home, Register(home, clock))
    report = report_on(ledger, tmp_path / "pack")
    assert (report.exit_code, outcome(report)) == (0, (Outcome.RAN, "")), report.text()
    home.close()
