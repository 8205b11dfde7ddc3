"""The guard's list follows the holds, in the open and sealed: never too few are retained."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest

from keys.guard import GuardKeys
from keys.keyring import Keyring
from ledger.domain.case import Case
from ledger.errors import (
    AppendConflict,
    BadRequest,
    EvidenceCorrupt,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    RequestRefused,
    Unavailable,
)
from ledger.evidence.grammar import format_instant
from ledger.guard.keeping import Guard
from ledger.guard.numbers import number
from ledger.guard.retained import load
from ledger.guarding import (
    reconcile,
    reconcile_unseen,
    record_blocked,
    record_purge_run,
    renew_tonight,
)
from ledger.register.acts import OFFICE, Receipt
from ledger.register.writing import Writer
from tests.faults import Crash
from tests.postgresql.programs import VERSIONS, Version
from tests.register.ledgers import Clock, Ledger, found_ledger

REQUEST = {"receive-preservation-request": {"level": "state", "categories": ["circulation"]}}
SEALING = {"ground": "gag", "citation": "18 U.S.C. 2709(c)", "review_on": "2026-12-07"}
PURGED = {
    "purged": [{"category": "circulation", "count": 12}],
    "method": "deleted",
    "schedule": "Policy II.4",
    "backups": "none",
}
_numbers = count(1)


def token(name: str) -> str:
    """What the agent calls a record."""
    return sha256(name.encode()).hexdigest()


ANNA, BEN, CARA = map(token, ("anna", "ben", "cara"))


def matter(ledger: Ledger, *, sealed: bool = False) -> tuple[str, str]:
    """A case with a preservation request; gives its reference and the request's record."""
    reference = ledger.visit("kim", fields={"facts": [REQUEST]})
    ledger.do("mara", "keep-sealed" if sealed else "open", reference, SEALING if sealed else {})
    records = ledger.look("mara", reference).case.records
    return reference, next(one.ref for one in records if one.type == "preservation-requested.v1")


def hold(ledger: Ledger, where: tuple[str, str], *tokens: str) -> str:
    """Hold the records with these tokens; gives the hold's record."""
    return placed(ledger, where, *tokens).records[0].ref


def placed(ledger: Ledger, where: tuple[str, str], *tokens: str) -> Receipt:
    """The receipt of a hold on the records with these tokens."""
    reference, request = where
    fields = {"request": request, "categories": ["circulation"], "places": ["library-system"]}
    return ledger.do("mara", "place-hold", reference, {**fields, "tokens": tokens})


def release(ledger: Ledger, where: tuple[str, str], one: str) -> None:
    """The agency takes its request back."""
    fields = {"hold": one, "reason": "request-withdrawn"}
    ledger.do("mara", "release-hold", where[0], fields)


def guard(ledger: Ledger) -> Guard:
    """The guard as a program finds it that starts anew."""
    return Guard(ledger.home, ledger.clock)


def listed(ledger: Ledger) -> set[str]:
    """Which tokens stand in the list; the covers, which retain more, are looked at elsewhere."""
    sealed = ledger.home.guard.list()
    assert sealed is not None
    keys = GuardKeys(ledger.home.master, ledger.home.origin)
    return {one.hex() for one in load(keys.unseal(sealed)).tokens}


def told(ledger: Ledger, *tokens: str) -> list[bool]:
    """What the guard answers of tokens."""
    return list(guard(ledger).answers([bytes.fromhex(one) for one in tokens]))


@pytest.fixture(params=["files", VERSIONS[0]])
def anywhere(
    request: pytest.FixtureRequest,
    people: dict[str, Keyring],
    ledger_servers: Callable[[Version], str],
    tmp_path: Path,
) -> Iterator[Ledger]:
    """A ledger in files, or on a server; the shipped story of scenario 8 goes to older ones too."""
    store = None if request.param == "files" else ledger_servers(request.param)
    origin = f"ledger.guard-{next(_numbers)}.example"
    made = found_ledger(tmp_path / "home", people, Clock(), store=store, origin=origin)
    yield made
    made.home.close()


def test_scenario_8_a_hold_stops_the_purge_and_the_last_of_two_ends_it(anywhere: Ledger) -> None:
    """Two agencies, one sealed, hold Ben's record; the purge asks, is stopped, and says so where
    the holds are. Each release takes its own; after the last the purge is due at once.
    """
    ledger, home = anywhere, anywhere.home
    openly, secretly = matter(ledger), matter(ledger, sealed=True)
    first = hold(ledger, openly, ANNA, BEN)
    second = hold(ledger, secretly, BEN, CARA)
    assert told(ledger, ANNA, BEN, CARA) == [True] * 3
    ledger.clock.turn(days=3)
    mara = ledger.people["mara"]
    record_purge_run(home, ledger.register, mara, PURGED, ledger.clock)
    (blocked,) = ledger.look("mara", openly[0]).case.blocked_purges
    assert blocked.type == "purge-blocked-by-hold.v1"
    assert ledger.look("mara", secretly[0]).case.blocked_purges == ()
    # Somebody who is cleared tells the sealed matter of it, once.
    reader = ledger.register.reader(mara)
    told_of = [record_blocked(home, ledger.register, mara, reader, [secretly[0]]) for _ in (1, 2)]
    assert told_of == [1, 0]
    assert len(ledger.look("mara", secretly[0]).case.blocked_purges) == 1
    run = ledger.register.reader(None).office_stream().records[-1]
    assert format_instant(run.event.holds_checked_at) == format_instant(ledger.clock())  # type: ignore[attr-defined]  # a purge run
    release(ledger, openly, first)
    assert listed(ledger) == {BEN, CARA}
    release(ledger, secretly, second)
    assert listed(ledger) == set()
    record_purge_run(home, ledger.register, mara, PURGED, ledger.clock)
    assert len(ledger.look("mara", openly[0]).case.blocked_purges) == 1


def test_a_purge_that_may_not_be_recorded_asks_in_vain(ledger: Ledger) -> None:
    """Kim records no purge run, and nobody says himself when the holds were looked at."""
    where = matter(ledger)
    hold(ledger, where, ANNA)
    with pytest.raises(RequestRefused):
        record_purge_run(ledger.home, ledger.register, ledger.people["kim"], PURGED, ledger.clock)
    assert ledger.look("mara", where[0]).case.blocked_purges == ()
    early = {**PURGED, "holds_checked_at": "2026-06-19T20:00:00Z"}
    with pytest.raises(BadRequest, match="at the moment of the run"):
        record_purge_run(ledger.home, ledger.register, ledger.people["mara"], early, ledger.clock)


def test_a_run_before_the_hold_was_stopped_by_nothing(ledger: Ledger) -> None:
    """A purge of yesterday is not said of a hold of today, nor one of another class."""
    where, mara = matter(ledger), ledger.people["mara"]
    record_purge_run(ledger.home, ledger.register, mara, PURGED, ledger.clock)
    ledger.clock.turn(days=1)
    hold(ledger, where, ANNA)
    other = {**PURGED, "purged": [{"category": "program-attendance", "count": 1}]}
    record_purge_run(ledger.home, ledger.register, mara, other, ledger.clock)
    assert ledger.look("mara", where[0]).case.blocked_purges == ()


@pytest.mark.parametrize("sealed", [False, True], ids=["open", "sealed"])
def test_a_correction_of_tokens_reaches_the_guard(ledger: Ledger, sealed: bool) -> None:
    """The wrong record was named: once two people say so, the right one is retained."""
    where = matter(ledger, sealed=sealed)
    one = hold(ledger, where, ANNA)
    if sealed:
        notice = {"person": "tom", "ground": "attorney", "duty_notice_at": "2026-06-19T20:00:00Z"}
        ledger.do("mara", "add-audience-member", where[0], notice)
    fields = {
        "of": one,
        "names": ["tokens"],
        "personal_values": {"tokens": [BEN]},
        "reason": "Misread.",
    }
    wrong = ledger.do("mara", "correct", where[0], fields)
    if listed(ledger) == {ANNA}:
        ledger.do("tom", "assent", where[0], {"of": wrong.records[0].e})
    assert listed(ledger) == {BEN}


@pytest.mark.parametrize("sealed", [False, True], ids=["open", "sealed"])
def test_a_crash_leaves_too_many_retained_and_never_too_few(
    ledger: Ledger, sealed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine stops before the hold, right after it, and right after its release: what the hold
    covers is retained, and the next reconciliation makes the list what the case says.
    """
    where = matter(ledger, sealed=sealed)
    append = Writer.append

    def stops_before(*_: object, **__: object) -> None:
        raise Crash

    def stops_after(*given: object, **named: object) -> None:
        append(*given, **named)  # type: ignore[arg-type]  # handed on as it came
        raise Crash

    def crashes(stop: Callable[..., object], act: Callable[[], object]) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Writer, "append", stop)
            with pytest.raises(Crash):
                act()

    crashes(stops_before, lambda: hold(ledger, where, BEN))
    assert listed(ledger) == {BEN}
    crashes(stops_after, lambda: hold(ledger, where, ANNA))
    assert listed(ledger) == {ANNA, BEN}
    put_right(ledger, sealed=sealed)
    ledger.clock.turn(days=number("pledge"))
    put_right(ledger, sealed=sealed)
    # Nothing came of Ben's hold, and its pledge has ended; Anna's stands by itself.
    assert listed(ledger) == {ANNA}
    (one,) = ledger.look("mara", where[0]).case.holds
    crashes(stops_after, lambda: release(ledger, where, one.ref))
    assert listed(ledger) == {ANNA}
    put_right(ledger, sealed=sealed)
    assert listed(ledger) == set()


def put_right(ledger: Ledger, *, sealed: bool) -> None:
    """The nightly run; and for sealed matters Mara's unlocking."""
    ledger.clock.turn(days=1)
    assert renew_tonight(ledger.home, ledger.register.reader(None), ledger.clock)
    if sealed:
        reconcile_unseen(ledger.home, ledger.register, ledger.people["mara"], ledger.clock)


def test_what_is_recorded_while_the_list_is_put_right_is_not_written_over(ledger: Ledger) -> None:
    """The nightly run has read the case; then the right record is named, and the run goes on."""
    where = matter(ledger)
    one = hold(ledger, where, ANNA)
    wrong = {"of": one, "names": ["tokens"], "personal_values": {"tokens": [BEN]}, "reason": "No."}
    reads: list[Case] = []

    def read() -> Case:
        reads.append(ledger.look("mara", where[0]).case)
        if len(reads) == 1:
            proposed = ledger.do("mara", "correct", where[0], wrong)
            ledger.do("tom", "assent", where[0], {"of": proposed.records[0].e})
            assert listed(ledger) == {BEN}
        return reads[-1]

    guard(ledger).reconcile(read)
    assert listed(ledger) == {BEN}


def test_a_matter_that_cannot_be_read_hinders_no_other(ledger: Ledger) -> None:
    """What is damaged is told in the end; the rest is in the list by then."""
    where = matter(ledger)
    hold(ledger, where, ANNA)
    with ledger.home.open.database.writing() as cursor:
        cursor.execute("DELETE FROM guard_list")
    reader = ledger.register.reader(None)
    with pytest.raises(NotFound):
        reconcile(guard(ledger), reader, ["7K3M-9Q2D-X", where[0]])
    assert listed(ledger) == {ANNA}


@pytest.mark.parametrize(
    ("fails", "stands"), [(Unavailable("The disk is full."), False), (OutcomeUnknown(), True)]
)
def test_what_was_not_recorded_is_not_retained_unless_nobody_knows(
    ledger: Ledger, fails: Exception, stands: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the append failed, the pledge is taken back; where it may have been done, it stands."""
    where = matter(ledger)

    def fail(*_: object, **__: object) -> None:
        raise fails

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "append", fail)
        with pytest.raises(type(fails)):
            hold(ledger, where, ANNA)
    assert listed(ledger) == ({ANNA} if stands else set())


def test_what_the_law_refuses_reaches_no_list(ledger: Ledger) -> None:
    """Kim may place no hold, and the list is what it was, to the byte."""
    reference, request = matter(ledger)
    before = ledger.home.guard.list()
    fields = {"request": request, "categories": ["circulation"], "places": [], "tokens": [ANNA]}
    with pytest.raises((RequestRefused, NotPermitted, AppendConflict)):
        ledger.do("kim", "place-hold", reference, fields)
    assert ledger.home.guard.list() == before


def test_the_list_is_written_anew_every_night_in_one_length(ledger: Ledger) -> None:
    """Once a day, whether or not anything changed; no two lists are alike, and all are as long."""
    where = matter(ledger)
    lists = [ledger.home.guard.list()]
    for night in range(3):
        ledger.clock.turn(days=1)
        service = ledger.register.reader(None)
        renewed = [renew_tonight(ledger.home, service, ledger.clock) for _ in (1, 2)]
        assert renewed == [True, False]
        lists.append(ledger.home.guard.list())
        hold(ledger, where, *(token(f"{night} {n}") for n in range(night * 40 + 1)))
        lists.append(ledger.home.guard.list())
    assert len({len(one or b"") for one in lists}) == 1
    assert len(set(lists)) == len(lists)


def test_a_full_list_leaves_the_hold_on_record_and_names_what_it_lacks(ledger: Ledger) -> None:
    """512 tokens have a place; of three more each is named, and has one after a release."""
    where = matter(ledger)
    first = hold(ledger, where, *(token(f"one {n}") for n in range(256)))
    hold(ledger, where, *(token(f"two {n}") for n in range(255)))
    receipt = placed(ledger, where, ANNA, BEN, CARA)
    assert receipt.not_guarded == (BEN, CARA)
    assert len(ledger.look("mara", where[0]).case.holds) == 3
    assert len(listed(ledger)) == number("places")
    release(ledger, where, first)
    assert {ANNA, BEN, CARA} <= listed(ledger)


def test_an_altered_list_answers_nothing(ledger: Ledger) -> None:
    """Whoever asks is told to retain everything; a new hold on tokens is not placed meanwhile."""
    where = matter(ledger)
    one = hold(ledger, where, ANNA)
    with ledger.home.open.database.writing() as cursor:
        cursor.execute("UPDATE guard_list SET list = ?", (os.urandom(len(b"x") * 99),))
    for ask in (guard(ledger).marks, guard(ledger).renew, lambda: guard(ledger).is_renewed):
        with pytest.raises(EvidenceCorrupt, match="Retain every record"):
            ask()
    with pytest.raises(EvidenceCorrupt):
        hold(ledger, where, BEN)
    # A release is on record all the same: it asks for nothing to be retained.
    release(ledger, where, one)
    assert ledger.look("mara", where[0]).case.holds[0].released is not None


def test_tags_and_tokens_stand_nowhere_in_clear(ledger: Ledger) -> None:
    """Neither a token nor the name of its hold can be read in the store's file."""
    where = matter(ledger, sealed=True)
    one = hold(ledger, where, ANNA)
    data = b"".join(path.read_bytes() for path in ledger.path.glob("open.db*"))
    for secret in (bytes.fromhex(ANNA), ANNA.encode(), one.encode(), where[0].encode()):
        assert secret not in data


def test_holds_without_tokens_write_no_list(ledger: Ledger) -> None:
    """A hold in words alone, and an act of the office, leave the list as it is."""
    reference, request = matter(ledger)
    before = ledger.home.guard.list()
    fields = {"request": request, "categories": ["circulation"], "places": ["paper"]}
    ledger.do("mara", "place-hold", reference, fields)
    ledger.do(
        "mara", "record-drill", OFFICE, {"kind": "visit", "participants": 4, "result": "as-written"}
    )
    assert ledger.home.guard.list() == before
