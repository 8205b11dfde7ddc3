"""V16: counsel's attestations, on their dates, to this log and to its streams (T-59)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.evidence.attestation import Periods
from ledger.evidence.grammar import Malformed, parse_position
from ledger.evidence.jcs import Json
from ledger.evidence.opening import ErasedOpening
from ledger.evidence.pack import dump_opening, opening_path, record_path
from ledger.evidence.schedule import Epoch, Schedule
from ledger.verify import Outcome, Report, verify
from ledger.verify.attested import check_dates
from ledger.verify.report import THE_REST, Tally
from tests.drafts import Draft, assent, stream_id
from tests.forge import ORIGIN, Files, Forge, World, relist, write
from tests.verify.attesting import SIZE, Attesting, part
from tests.verify.test_brought import codes, outcome
from tests.verify.test_brought import parted as parted_by

SHORT = Attesting(days=5, ticks=8, attested=7, size=24)
"""The same month in six ticks."""
SEALED = ("case", "vault-office")

WRONG: dict[str, tuple[str, str, Attesting]] = {
    "attested-root": (
        "Counsel attested to another history than this log has.",
        "V16.root-differs", Attesting(root=bytes([7]) * 32),
    ),
    "attested-period": (
        "Counsel attested for a period that had not ended at that size.",
        "V16.size", Attesting(period=2),
    ),
    "attested-part-of-a-tick": (
        "Counsel attested to a size that the log never had.",
        "V16.size", Attesting(size=SIZE - 1),
    ),
    "attested-ahead": (
        "Counsel attested to entries that were not in any log that they knew.",
        "V16.size", Attesting(size=136),
    ),
    "attested-by-the-director": (
        "The director attests to the log in the place of counsel.",
        "V9.may-not", Attesting(by="ada", details=None),
    ),
    "attested-in-a-case": (
        "An attestation stands in a case, where nobody looks for it.",
        "V9.misplaced", Attesting(stream="open", details=None),
    ),
    "salt-in-a-case": (
        "The salt of an attestation stands outside the vault office.",
        "V9.misplaced", Attesting(details="open"),
    ),
}  # fmt: skip
"""Part packs: why, code and ledger."""

DATED: dict[str, tuple[str, str, str, Attesting]] = {
    "attestation-present": ("Counsel attested in time.", "", "present", Attesting()),
    "attestation-awaited": (
        "The period has ended, and there is time yet.", "", "awaited",
        Attesting(ticks=59, attested=None),
    ),
    "attestation-missing": (
        "Nobody attested to the log for a period.", "V16.missing", "missing",
        Attesting(ticks=61, attested=None),
    ),
    "attestation-late": (
        "Counsel attested more than 30 days after the period.", "V16.late", "late",
        Attesting(ticks=63, attested=61),
    ),
}  # fmt: skip
"""Part packs: why, code, what becomes of the first period, and ledger."""

OPENED: dict[str, tuple[str, str, Attesting]] = {
    "heads-follow": ("The digest follows from what the openings show.", "", SHORT),
    "heads-differ": (
        "Counsel left a sealed stream out of what they attested to.",
        "V16.heads-differ", replace(SHORT, forget="case"),
    ),
    "heads-of-another-salt": (
        "The salt in the vault office is not the one of the digest.",
        "V16.heads-differ", replace(SHORT, salt=bytes(32)),
    ),
}  # fmt: skip
"""Packs with openings: why, code and ledger."""


def parted(world: World) -> tuple[Files, Files]:
    """Return the pack without sealed streams and covers, and the openings of just those."""
    return parted_by(world, *SEALED)


def told(report: Report) -> list[str]:
    """Return what the report says of each period."""
    return [one.state for one in report.shown.attested]


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_attestation_is_found(name: str, tmp_path: Path) -> None:
    """One that is not counsel's, not in its place, or not to this log, attests nothing."""
    _, code, ledger = WRONG[name]
    world = ledger.build()
    report = verify(write(part(world), tmp_path), world.trust())
    assert codes(report) == {code}
    assert told(report) == (["present"] if name == "salt-in-a-case" else ["awaited"])


@pytest.mark.parametrize("name", DATED)
def test_each_period_is_told_with_what_became_of_it(name: str, tmp_path: Path) -> None:
    """T-59: present, awaited, late or missing; the evidence is as whole as it was."""
    _, code, state, ledger = DATED[name]
    world = ledger.build()
    report = verify(write(part(world), tmp_path), world.trust())
    assert (codes(report), report.exit_code) == ({code} - {""}, 0)
    assert told(report)[0] == state
    assert f"Period 1, to 2026-07-01T00:00:00Z: {state}" in report.text()


@pytest.mark.parametrize("attested", [33, None])
def test_the_answer_is_the_same_with_and_without_sealed_matters(
    attested: int | None, tmp_path: Path
) -> None:
    """T-59: whoever is not cleared reads one text, whatever else the log holds."""
    texts = []
    for sealed in (True, False):
        world = Attesting(ticks=62, attested=attested, sealed=sealed).build()
        pack, _ = parted(world)
        root = write(pack, tmp_path / str(sealed))
        texts.append(verify(root, world.trust()).text())
    assert texts[0] == texts[1]
    assert THE_REST in texts[0]
    assert "Leaves: 248. On schedule: yes. Visible:" in texts[0]


@pytest.mark.parametrize("name", OPENED)
def test_openings_are_held_against_the_digest_over_heads(name: str, tmp_path: Path) -> None:
    """Who may open everything sees whether counsel opened all of it."""
    _, code, ledger = OPENED[name]
    report = opened(ledger.build(), tmp_path)
    assert codes(report) == {code} - {""}
    assert outcome(report, "V16") is Outcome.RAN
    assert THE_REST not in report.text()


def test_a_period_is_attested_by_a_later_attestation_too(tmp_path: Path) -> None:
    """Who opened every leaf of a longer log opened those of the shorter one."""
    world = Attesting(ticks=62, attested=62, period=2, size=244).build()
    report = verify(write(part(world, 244), tmp_path), world.trust())
    assert told(report) == ["late", "present"]
    assert [one.place for one in report.shown.attested] == [world.made("attested").place] * 2


def test_a_part_pack_proves_what_was_attested(tmp_path: Path) -> None:
    """Without a proof from the attested size nobody can say that it was this log."""
    world = Attesting().build()
    report = verify(write(world.pack("case", ("open",)), tmp_path), world.trust())
    assert codes(report) == {"V16.root-differs"}


def test_without_the_salt_nobody_can_say_what_the_digest_means(tmp_path: Path) -> None:
    """An open question is no finding, and no clean bill either."""
    report = opened(Attesting(details=None).build(), tmp_path)
    assert (codes(report), report.exit_code) == (set(), 2)
    assert outcome(report, "V16") is Outcome.COULD_NOT_RUN


def test_heads_are_not_compared_where_a_leaf_is_closed(tmp_path: Path) -> None:
    """What is missing is said once, by the check that counts the leaves."""
    world = Attesting().build()
    pack, openings = parted(world)
    cover = opening_path(min(world.forge.covers))
    write(pack, tmp_path / "pack")
    write(relist({path: data for path, data in openings.items() if path != cover}), tmp_path / "o")
    report = verify(tmp_path / "pack", world.trust(), openings=tmp_path / "o")
    assert codes(report) == {"V13.unopened"}
    assert outcome(report, "V16") is Outcome.COULD_NOT_RUN


def test_an_erased_stream_keeps_its_head(tmp_path: Path) -> None:
    """What was erased since is still what counsel opened: its tombstones say so."""
    erase = {
        "stream": stream_id("case").hex(),
        "secrets": "both",
    }

    def bend(forge: Forge) -> None:
        def event(made: Forge) -> Json:
            names = ("first", "second", "third")
            listed: list[Json] = [
                {"seq": n, "e": made.made[one].e.hex()} for n, one in enumerate(names, 1)
            ]
            return {**erase, "records": listed}

        forge.add(
            Draft("erase", "vault-office", "stream-erased.v1", 34, "ada", "director", event),
            assent("agree", "erase", 34, stream="vault-office"),
        )

    world = Attesting(change=bend).build()
    pack, openings = parted(world)
    place = world.made("erase").place
    for name in ("first", "second", "third"):
        one = world.made(name)
        del openings[record_path(one.index)]
        stone = ErasedOpening(parse_position(place), one.blind, *one.committed, one.e)
        openings[opening_path(one.index)] = dump_opening(stone)
    write(pack, tmp_path / "pack")
    write(relist(openings), tmp_path / "openings")
    report = verify(tmp_path / "pack", world.trust(), openings=tmp_path / "openings")
    assert (codes(report), outcome(report, "V16")) == (set(), Outcome.RAN)


def test_a_log_that_fits_no_schedule_has_no_periods(tmp_path: Path) -> None:
    """Where the size is no whole number of ticks, the dates say nothing; V6 has said so."""
    world = Attesting(attested=None).build()
    forged = replace(world.schedule.epochs[0], open=7)
    other = Schedule(world.schedule.origin, (forged,))
    files = relist({**world.pack("case", ("open",)), "schedule": world.note(other.dump())})
    report = verify(write(files, tmp_path), world.trust())
    assert "V6.size" in codes(report)
    assert told(report) == []


def test_periods_end_with_the_calendar() -> None:
    """A period that would end after the year 9999 is none, and nothing is said of it."""
    start = datetime(9999, 10, 31, tzinfo=UTC)
    schedule = Schedule(ORIGIN, (Epoch(0, start, 86_400, 1, 1, 2),))
    periods = Periods(schedule, 1)
    assert periods.end(1) == datetime(9999, 11, 30, tzinfo=UTC)
    with pytest.raises(Malformed, match="after the year 9999"):
        periods.end(3)
    assert (periods.ended(0), periods.ended(2 * 61)) == (0, 2)
    with pytest.raises(Malformed, match="whole number"):
        periods.ended(3)
    # Nor does anybody wait beyond that year.
    states = [one.state for one in check_dates((), periods, 2 * 61, Tally())]
    assert states == ["missing", "awaited"]


def opened(world: World, root: Path) -> Report:
    """Verify a ledger with all its openings."""
    pack, openings = parted(world)
    write(pack, root / "pack")
    write(openings, root / "openings")
    return verify(root / "pack", world.trust(), openings=root / "openings")
