"""V15: what a replay finds, what it cannot ask, and how it says so."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace as changed

from ledger.domain.law.pack import load_resolved, resolve
from ledger.domain.law.rules import rule_versions
from ledger.evidence.derived import Claims, dump
from ledger.evidence.opening import RecordOpening, Revealed, dump_opening
from ledger.evidence.pack import Scope, law_path, opening_path
from ledger.evidence.record import Continued, OfficeHead
from ledger.verify import Outcome, verify
from ledger.verify import __main__ as command
from tests.drafts import stream_id
from tests.forge import Forge, relist, write
from tests.verify import decided
from tests.verify.cases import amend
from tests.verify.decided import CASE_FILE, asked, assembled, codes, outcome, replayed

STATE = resolve("us-co", rule_versions()).dump()
"""A law that names no zone: only libraries' own packs do."""
LAW_GONE = "the law that a record pins is not here"


@pytest.mark.parametrize("scope", ["case", "ledger"])
def test_what_was_allowed_and_follows_is_intact(scope: Scope, tmp_path: Path) -> None:
    """Eleven decisions are judged and one case is compared; the report says so."""
    world = decided.world()
    report = replayed(world, decided.pack(world, scope), tmp_path)
    assert (report.exit_code, report.findings) == (0, ())
    assert outcome(report) == (Outcome.RAN, "")
    assert "Decisions put before the rules: 11; cases compared: 1." in report.text()
    assert "were not judged, only their form" not in report.text()
    assert json.loads(report.json())["shown"]["replayed"]["decisions"] == 11


def test_nobody_is_replayed_unasked(tmp_path: Path) -> None:
    """Level 1 judges no rule and no claim."""
    world = decided.world()
    files = decided.pack(world, change=lambda one: replace(one, state="closed"))
    report = verify(write(files, tmp_path), world.trust())
    assert (report.exit_code, outcome(report)[0]) == (0, Outcome.NOT_ASKED)
    assert json.loads(report.json())["shown"]["replayed"] is None


def test_without_the_rules_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Counsel's bare install cannot replay: that is no finding, and no pass."""
    monkeypatch.setitem(sys.modules, "ledger.verify.replay", None)
    world = decided.world()
    write(decided.pack(world), tmp_path / "pack")
    (tmp_path / "trust.json").write_bytes(world.trust())
    words = [str(tmp_path / "pack"), "--trust", str(tmp_path / "trust.json"), "--replay"]
    assert command.main(words) == 2
    assert "install the [replay] extra" in capsys.readouterr().out


def test_a_log_has_no_decisions(tmp_path: Path) -> None:
    """Whoever asks for the replay of a published log gets no answer, and is told so."""
    world = decided.world()
    assert "shows no records" in asked(replayed(world, world.log(), tmp_path))


def test_without_a_log_to_stand_on_nothing_is_replayed(tmp_path: Path) -> None:
    """A checkpoint that nobody signed, or a container that cannot be opened: no replay."""
    world = decided.world()
    files = relist({**decided.pack(world), "checkpoint": b""})
    assert asked(replayed(world, files, tmp_path / "a"))
    files = {**decided.pack(world), "manifest.json": b"{}"}
    assert "cannot be opened" in asked(replayed(world, files, tmp_path / "b"))


# ---- what cannot be replayed ----


def test_a_single_event_has_no_state(tmp_path: Path) -> None:
    """An event pack does not show what came before, so nobody can judge the event."""
    world = decided.world()
    report = replayed(world, decided.pack(world, "event", shown=("hold",)), tmp_path)
    assert report.exit_code == 2
    assert "not shown whole" in asked(report)


def test_a_case_without_its_visit_is_not_judged(tmp_path: Path) -> None:
    """The visit that a case continues is not in the pack: none of its decisions can be judged."""
    world = decided.world()
    report = replayed(world, decided.pack(world, shown=("case",)), tmp_path)
    assert "is not shown" in asked(report)
    assert not report.findings


def test_a_type_of_tomorrow_stops_its_case_only(tmp_path: Path) -> None:
    """A newer program may record what this one does not know; the office is judged all the same."""

    def bend(forge: Forge) -> None:
        forge.draft("asked").type = "cloud-consulted.v1"

    world = decided.forge(bend).build()
    report = replayed(world, decided.pack(world), tmp_path)
    assert "does not know a type of record" in asked(report)
    assert report.shown.replayed is not None
    assert report.shown.replayed.decisions == 8
    assert "cloud-consulted.v1 (1)" in report.text()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"pack":"first"}', LAW_GONE),
        (decided.law({}), "does not have the rules"),
        (decided.law({**rule_versions(), "custodian_decides": 99}), "does not have the rules"),
    ],
    ids=["no law", "no rules", "newer rules"],
)
def test_a_law_that_cannot_be_applied_is_no_pass(data: bytes, reason: str, tmp_path: Path) -> None:
    """Where nobody can say what the law says, the decisions stay unjudged."""
    world = decided.forge(data=data).build()
    world.forge.claims = {CASE_FILE: dump(Claims(1, decided.ZONE, "received", (), ()))}
    report = replayed(world, decided.pack(world), tmp_path)
    assert reason in asked(report)
    assert not {one for one in codes(report) if one == "V15.not-allowed"}


def test_a_law_without_the_rows_that_rules_ask_for(tmp_path: Path) -> None:
    """A law that was emptied makes rules fail; that is told, and is no pass."""
    empty = changed(load_resolved(decided.law()), values=(), quotations=())
    bend = assembled(by_designee)
    world = decided.forge(bend, empty.dump()).build()
    report = replayed(world, decided.pack(world), tmp_path)
    assert "does not fit the rules (NotInLaw)" in asked(report)


def by_designee(forge: Forge) -> None:
    """Let the designee place the hold, in Ada's absence."""
    hold = forge.draft("hold")
    hold.by, hold.role, hold.under = "cleo", "designee", "absence"


def test_a_law_file_that_is_missing_or_other(tmp_path: Path) -> None:
    """Only bytes that hash to the name that was signed are a law."""
    world = decided.world()
    path = law_path(world.made("hold").record.law)
    files = decided.pack(world)
    without = relist({name: data for name, data in files.items() if name != path})
    report = replayed(world, without, tmp_path / "a")
    assert codes(report) == {"V9.law-missing"}
    assert LAW_GONE in asked(report)
    report = replayed(world, relist({**files, path: decided.law({})}), tmp_path / "b")
    assert codes(report) == {"V9.law-file-differs"}
    assert LAW_GONE in asked(report)


@pytest.mark.parametrize("named", ["founded", "opened"])
def test_without_the_founding_nobody_had_an_office(named: str, tmp_path: Path) -> None:
    """Trust that names another founding leaves nothing to stand on."""
    world = decided.world()
    other = bytes(32) if named == "founded" else world.made("opened").e
    report = replayed(world, decided.pack(world), tmp_path, founded=other.hex())
    assert "the founding is not shown" in asked(report)


def test_an_office_head_beyond_the_office(tmp_path: Path) -> None:
    """A decision that names a head which is not there cannot be judged."""
    world = decided.world(amend("hold", office=OfficeHead(99, bytes([7]) * 32)))
    report = replayed(world, decided.pack(world), tmp_path)
    assert "office head" in asked(report)
    assert "V9.head-not-shown" in codes(report)


def test_a_case_that_continues_what_was_never_there(tmp_path: Path) -> None:
    """The head that a case continues must be one of the stream's."""
    head = Continued(stream_id("intake"), bytes([7]) * 32)
    world = decided.forge(amend("opened", continues=(head,))).build()
    report = replayed(world, decided.pack(world), tmp_path)
    assert "ends before the head" in asked(report)
    assert "V10.continues-nothing" in codes(report)


# ---- zones ----


@pytest.mark.parametrize(
    ("founded", "reason"),
    [
        (None, "names the library's time zone"),
        ("Nowhere/Land", "not known on this machine"),
        ("America", "not known on this machine"),
    ],
)
def test_days_need_a_zone(founded: str | None, reason: str, tmp_path: Path) -> None:
    """A state's law names no zone; then the founding does, or nobody can count: no claim helps."""
    world = decided.world(partial(found_in, founded), STATE)
    assert reason in asked(replayed(world, decided.pack(world), tmp_path))


@pytest.mark.parametrize("data", [STATE, decided.law()], ids=["state", "library"])
def test_the_founding_says_where_days_are_counted(data: bytes, tmp_path: Path) -> None:
    """What the founders signed goes before the law's zone and before what a pack claims."""
    world = decided.world(partial(found_in, "America/Chicago"), data)
    report = replayed(world, decided.pack(world), tmp_path / "chicago")
    assert (outcome(report)[0], codes(report)) == (Outcome.RAN, {"V15.zone-differs"})
    world = decided.world(partial(found_in, decided.ZONE), data)
    report = replayed(world, decided.pack(world), tmp_path / "denver")
    assert (outcome(report)[0], codes(report)) == (Outcome.RAN, set())


def found_in(zone: str | None, forge: Forge) -> None:
    """Found the ledger in a zone, or in none."""
    forge.zone = zone


# ---- claims ----


def test_a_claim_by_another_definition_is_left_alone(tmp_path: Path) -> None:
    """A later program may derive more; then there is nothing to compare with."""
    world = decided.world()
    files = decided.pack(world, change=lambda one: replace(one, definition=2))
    report = replayed(world, files, tmp_path)
    assert "another definition" in asked(report)
    assert not report.findings


def test_a_pack_may_claim_nothing(tmp_path: Path) -> None:
    """Nothing claimed is nothing wrong; the report says that a case has no claim."""
    world = decided.forge().build()
    report = replayed(world, decided.pack(world), tmp_path)
    assert (report.exit_code, outcome(report)[0]) == (0, Outcome.RAN)
    assert "Cases of which the pack claims no state: 1." in report.text()


@pytest.mark.parametrize(
    "rest", ["state.json", f"{'ab' * 16}.json", f"{stream_id('office').hex()}.json"]
)
def test_a_claim_of_no_case_is_found(rest: str, tmp_path: Path) -> None:
    """A file by another name, of a stream that is not shown, or of the office."""
    world = decided.world()
    files = relist({**decided.pack(world), f"derived/{rest}": dump(decided.claims(world))})
    kind = "malformed" if rest == "state.json" else "misplaced"
    assert codes(replayed(world, files, tmp_path)) == {f"V15.derived-{kind}"}


def test_a_claim_that_names_no_record_shown_is_told_at_its_file(tmp_path: Path) -> None:
    """The place of a finding is never made up by the file that is judged."""
    world = decided.world()
    flag = {"ref": f"{'ab' * 16}:3", "name": "invented"}
    files = decided.pack(world, change=lambda one: replace(one, flags=(*one.flags, flag)))
    (one,) = replayed(world, files, tmp_path).findings
    assert (one.code, one.place) == ("V15.flag-differs", CASE_FILE)


# ---- personal values ----


def test_withheld_values_leave_one_rule_open(tmp_path: Path) -> None:
    """Whether a correction fits cannot be said without what it corrects to; the rest is judged."""
    world = decided.world()
    path = opening_path(world.made("corrected").index)
    made = world.made("corrected")
    shown = world.tree.inclusion_proof(made.index, world.size)
    bare = RecordOpening(made.blind, *made.committed, shown, {})
    report = replayed(world, relist({**decided.pack(world), path: dump_opening(bare)}), tmp_path)
    assert (report.exit_code, outcome(report)[0]) == (0, Outcome.RAN)
    assert "a personal value that a rule asks for is withheld: 1." in report.text()


def test_values_that_are_not_the_recorded_ones_count_for_nothing(tmp_path: Path) -> None:
    """An invented value is found by V12, and no rule is asked about it."""
    world = decided.world()
    made = world.made("corrected")
    told = Revealed(bytes(32), "invented")
    shown = world.tree.inclusion_proof(made.index, world.size)
    false = RecordOpening(made.blind, *made.committed, shown, {"reason": told})
    files = relist({**decided.pack(world), opening_path(made.index): dump_opening(false)})
    report = replayed(world, files, tmp_path)
    assert codes(report) == {"V12.value-differs"}
    assert report.shown.replayed is not None
    assert report.shown.replayed.withheld == 1


def test_a_correction_by_the_wrong_person_is_found_without_its_values(tmp_path: Path) -> None:
    """What a withheld value leaves open is one rule, and never the decision."""

    def bend(forge: Forge) -> None:
        one = forge.draft("corrected")
        one.by, one.role = "cleo", "staff"

    world = decided.world(bend)
    made = world.made("corrected")
    shown = world.tree.inclusion_proof(made.index, world.size)
    bare = dump_opening(RecordOpening(made.blind, *made.committed, shown, {}))
    files = relist({**decided.pack(world), opening_path(made.index): bare})
    (one,) = replayed(world, files, tmp_path).findings
    assert (one.code, one.place) == ("V15.not-allowed", made.place)
    assert "correction_fits" not in one.sentence
