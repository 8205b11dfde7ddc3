"""V15 at its limits: what was erased, advice, other matters, and files that change meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.evidence.derived import dump
from ledger.evidence.jcs import Json
from ledger.evidence.opening import ErasedOpening, dump_opening
from ledger.evidence.pack import law_path, opening_path, record_path
from ledger.verify import Outcome, replay
from ledger.verify.replay import check_replayed
from ledger.verify.replay.judging import attempt
from ledger.verify.replay.laws import Laws
from ledger.verify.replay.reader import Unknown
from ledger.verify.shown import Replayed
from tests.drafts import Draft, act, assent, stream_id
from tests.forge import Files, Forge, World, relist
from tests.verify import decided
from tests.verify.cases import amend
from tests.verify.decided import CASE_FILE, asked, assembled, codes, outcome, replayed

LAW_GONE = "the law that a record pins is not here, or not one that can be read"

# ---- erasures ----


def erasing(stream: str, scope: str) -> Callable[[Forge], None]:
    """Let Ada propose and Ben assent to the erasure of a stream."""

    def event(forge: Forge) -> Json:
        made = [one for one in forge.made.values() if one.draft.stream == stream]
        records: list[Json] = [{"seq": one.record.seq, "e": one.e.hex()} for one in made]
        return {"stream": stream_id(stream).hex(), "secrets": scope, "records": records}

    def bend(forge: Forge) -> None:
        forge.add(
            decided.own("closed", "case-closed", {"outcome": "withdrawn"}, tick=6),
            act("erase", "stream-erased", 6, event),
            assent("agreed", "erase", 6),
        )

    return bend


def released(forge: Forge) -> None:
    """Leave the hold away, so that the matter can end."""
    forge.drop("hold")


def buried(world: World, stream: str) -> Files:
    """Tombstones of a stream in the place of its records, as the erasure's record allows."""
    erased = world.made("erase")
    where = (erased.record.stream, erased.record.seq)
    files = decided.pack(world, "ledger")
    for one in decided.made_in(world, stream):
        stone = ErasedOpening(where, one.blind, one.record.stream, one.record.seq, one.e)
        del files[record_path(one.index)]
        files[opening_path(one.index)] = dump_opening(stone)
    return relist(files)


def test_who_erased_people_looked_for_holds(tmp_path: Path) -> None:
    """Where the records are left, the erasure is judged over the matter as it stood then."""
    fine = decided.world(assembled(released, erasing("intake", "personal")))
    report = replayed(fine, decided.pack(fine, "ledger"), tmp_path / "a")
    assert (report.exit_code, outcome(report)[0]) == (0, Outcome.RAN), report.text()
    held = decided.world(erasing("intake", "personal"))
    report = replayed(held, decided.pack(held, "ledger"), tmp_path / "b")
    told = {one.place: one.sentence for one in report.findings}
    assert {one.code for one in report.findings} == {"V15.not-allowed"}
    for name in ("erase", "agreed"):
        assert "no_hold_covers_v1" in told[held.made(name).place]
    assert "nothing_pending_v1" in told[held.made("closed").place]


def test_what_rests_on_the_erased_is_counted(tmp_path: Path) -> None:
    """The visit is gone: what was decided on it stays unjudged, and the report counts it."""
    world = decided.world(assembled(released, erasing("intake", "both")))
    world.forge.claims = {}
    report = replayed(world, buried(world, "intake"), tmp_path)
    assert (report.exit_code, outcome(report)[0]) == (0, Outcome.RAN), report.text()
    assert report.shown.replayed is not None
    assert report.shown.replayed.erased == 5
    assert "since what they rest on was erased: 5." in report.text()


def test_what_is_left_of_a_case_is_still_claimed(tmp_path: Path) -> None:
    """State and dates of a case follow from what is left of it."""
    world = decided.world(assembled(released, erasing("intake", "both")))
    left = decided.claims(world, parts=("case",))
    world.forge.claims = {CASE_FILE: dump(left)}
    report = replayed(world, buried(world, "intake"), tmp_path)
    assert (report.exit_code, outcome(report)[0]) == (0, Outcome.RAN), report.text()
    assert report.shown.replayed is not None
    assert report.shown.replayed.cases == 1


def test_the_offices_act_on_another_matter_is_counted(tmp_path: Path) -> None:
    """A case pack shows the whole office, and none of the other matters that were erased."""
    other = Draft("other", "other", "intake-saved.v1", 3, "desk-1", "desk", event={})
    other.event = decided.spelled(other.type, {"about": decided.REFERENCE})

    def bend(forge: Forge) -> None:
        forge.drafts.insert(forge.drafts.index(forge.draft("opened")), other)
        erasing("other", "personal")(forge)

    world = decided.world(assembled(released, bend))
    report = replayed(world, decided.pack(world), tmp_path)
    assert (report.exit_code, outcome(report)[0]) == (0, Outcome.RAN), report.text()
    assert "matters that are not shown here: 2." in report.text()


# ---- advice ----


def advised(forge: Forge) -> None:
    """Let Ada ask counsel, and Ben advise in a stream of its own while the case goes on."""
    forge.add(
        decided.own("question", "counsel-review-requested", {"counsel": "ben"}, tick=5),
        decided.own(
            "advice", "advice-given",
            lambda made: {"request": made.made["question"].place},
            stream="advice", by="ben", role="counsel", tick=6, continues=("question",),
        ),
        decided.own(
            "answer", "counsel-review-completed",
            lambda made: {"request": made.made["question"].place, "outcome": "comply"},
            by="ben", role="counsel", tick=6,
        ),
    )  # fmt: skip


def test_advice_is_judged_over_its_matter_and_ends_no_case(tmp_path: Path) -> None:
    """Advice continues a case that goes on; claims stand at the end of the case, not of advice."""
    world = decided.world(advised)
    report = replayed(world, decided.pack(world, shown=("case", "intake", "advice")), tmp_path)
    assert (report.exit_code, outcome(report)[0]) == (0, Outcome.RAN), report.text()
    assert report.shown.replayed is not None
    assert (report.shown.replayed.decisions, report.shown.replayed.unclaimed) == (13, 0)


def test_erased_advice_belongs_to_its_matter(tmp_path: Path) -> None:
    """Whoever has advice erased must see that no hold covers the matter that it was given on."""
    world = decided.world(assembled(advised, erasing("advice", "personal")))
    report = replayed(world, decided.pack(world, "ledger"), tmp_path)
    told = {one.place: one.sentence for one in report.findings}
    assert "no_hold_covers_v1" in told[world.made("erase").place]


# ---- files that change while they are read ----


@pytest.mark.parametrize("kind", ["altered", "gone"])
@pytest.mark.parametrize("path", ["first", "later", "opening", "derived", "law"])
def test_a_file_that_changes_meanwhile_is_no_evidence(
    kind: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read a second time must be what was proven; else it is told, and nothing follows."""
    world = decided.world()
    target = (
        tmp_path
        / {
            "first": record_path(world.made("opened").index),
            "later": record_path(world.made("hold").index),
            "opening": opening_path(world.made("corrected").index),
            "derived": CASE_FILE,
            "law": law_path(world.made("hold").record.law),
        }[path]
    )
    cover = tmp_path / opening_path(next(iter(world.forge.covers)))

    def meanwhile(*given: Any) -> Replayed:
        data = cover.read_bytes() if path == "opening" else b"other"
        target.unlink() if kind == "gone" else target.write_bytes(data)
        return check_replayed(*given)

    monkeypatch.setattr(replay, "check_replayed", meanwhile)
    report = replayed(world, decided.pack(world, "ledger"), tmp_path)
    if path == "opening":
        assert outcome(report)[0] is Outcome.RAN
        assert report.shown.replayed is not None
        assert report.shown.replayed.withheld == 1
    elif (path, kind) == ("derived", "altered"):
        assert codes(report) == {"V15.derived-malformed"}
    else:
        changed = "a file was changed while it was verified"
        assert asked(report) in (changed, "a file cannot be read any more", LAW_GONE)
        assert not report.findings


# ---- streams that are not what they should be ----


def test_fields_that_do_not_fit_are_told_once(tmp_path: Path) -> None:
    """A malformed decision is one finding, however often its stream is read."""

    def bend(forge: Forge) -> None:
        forge.draft("hold").event = {"request": "none", "categories": []}

    good = decided.world()
    world = decided.forge(bend).build()
    world.forge.claims = good.forge.claims
    report = replayed(world, decided.pack(world), tmp_path)
    assert [one.code for one in report.findings] == ["V15.event-malformed"]
    assert "not those of its type" in asked(report)


def test_of_two_records_at_one_place_the_first_counts(tmp_path: Path) -> None:
    """V10 names the second; the replay goes on without it."""
    world = decided.forge(amend("corrected", seq=4)).build()
    report = replayed(world, decided.pack(world), tmp_path)
    assert "V10.doubled" in codes(report)
    assert report.shown.replayed is not None
    assert report.shown.replayed.decisions == 10


def test_what_is_erased_in_part_is_not_replayed(tmp_path: Path) -> None:
    """A stream with tombstones is erased, whatever else of it somebody shows."""
    world = decided.world(assembled(released, erasing("intake", "both")))
    world.forge.claims = {}
    whole, files = decided.pack(world, "ledger"), buried(world, "intake")
    again = world.made("intake").index
    for name in (record_path(again), opening_path(again)):
        files[name] = whole[name]
    report = replayed(world, relist(files), tmp_path)
    assert outcome(report)[0] is Outcome.RAN, report.text()
    assert report.shown.replayed is not None
    assert report.shown.replayed.erased == 5


def test_a_second_law_that_is_not_here_is_named_as_such() -> None:
    """A decision that rests on an older one asks for the law of that too; that it is missing is not
    taken for a law that does not fit.
    """
    with pytest.raises(Unknown, match=LAW_GONE):
        attempt(Laws(()).of, "0" * 64)
