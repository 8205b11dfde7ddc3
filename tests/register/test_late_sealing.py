"""Late sealing (T-36): a case stood open, and from one moment on it is for its roster alone."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from keys.secrets import StreamSecrets
from ledger import projecting
from ledger.backup.restore import confirm, restore_keystore
from ledger.domain.events import CaseKeptSealed
from ledger.errors import BadRequest, NotFound, RequestRefused
from ledger.evidence.acts import CLOSED
from ledger.projections.definitions import DEFINITIONS
from ledger.projections.runner import Runner
from ledger.register.access import Access
from ledger.register.acts import OFFICE
from ledger.register.custody import Custody
from ledger.register.intake import new_reference
from ledger.register.months import Months
from ledger.stores.projected import Step
from tests.faults import Crash
from tests.projections.feeds.reading import entries
from tests.register.ledgers import Ledger, by_two, check_offline, check_sound
from tests.register.test_triage import CONTACT, GAG, SEALING, agree_to_open, refusals
from tests.upkeep.backups import WITHOUT, restored, saved
from tests.upkeep.matters import ENDED, erase
from tests.upkeep.steps import failing_step

NOTICE = {"ground": "attorney", "duty_notice_at": "2026-06-19T20:00:00Z"}
JUNE = "2026-06"


def opened(ledger: Ledger, words: str = "Who had the terminal?") -> str:
    """An open case in which Kim has stated a fact."""
    reference = ledger.visit("kim", fields={"words": words})
    ledger.do("mara", "open", reference)
    ledger.do("kim", "attempt-contact", reference, CONTACT)
    return reference


def sealed_late(ledger: Ledger) -> str:
    """The same, and then a gag was served at the desk, and Mara sealed the case."""
    reference = opened(ledger)
    ledger.visit("pat", reference, GAG)
    ledger.do("mara", "keep-sealed", reference, SEALING)
    return reference


def runner(ledger: Ledger) -> Runner:
    """The projections of open cases, as the command line catches them up."""
    return projecting.runner(ledger.home, ledger.register.reader(None), ledger.clock)


def projected(ledger: Ledger) -> str:
    """Everything that the stored views say, without catching up."""
    return repr([[*ledger.home.projected.rows(name)] for name in ledger.home.projected.views()])


# ---- who reads it ----


def test_what_is_sealed_late_is_read_by_its_roster_with_all_that_was_before(ledger: Ledger) -> None:
    """Mara reads the open days with their dates, the gag and the sealing; nobody else finds it."""
    reference = opened(ledger)
    before = ledger.look("pat", reference).case.records
    ledger.clock.turn(hours=3)
    ledger.visit("pat", reference, GAG)
    ledger.do("mara", "keep-sealed", reference, SEALING)
    file = ledger.look("mara", reference)
    assert file.sealed
    assert file.intakes == ()
    assert [r.recorded_at for r in file.case.records if r in before] == [
        r.recorded_at for r in before
    ]
    assert {r.ref for r in before} < {r.ref for r in file.case.records}
    assert len(file.case.live_gags()) == 1
    for person in ("olga", "kim", "pat"):
        with pytest.raises(NotFound):
            ledger.look(person, reference)
    with pytest.raises(NotFound):
        ledger.register.reader(None).case(reference)
    check_sound(ledger)


def test_the_rows_stay_in_the_open_store_and_open_for_nobody_there(ledger: Ledger) -> None:
    """Keys decide: no row moves, and the service has no key for one of them."""
    reference = opened(ledger)
    (visit, head) = (one.id for one in ledger.look("pat", reference).streams)
    rows = ledger.home.open.rows(head)
    ledger.do("mara", "keep-sealed", reference, SEALING)
    assert ledger.home.open.rows(head)[: len(rows)] == rows
    assert ledger.home.vault.last_seq(head) == 0
    for stream in (visit, head):
        with pytest.raises(NotFound):
            ledger.register.reader(None).stream(stream)


def test_the_roster_is_shown_who_could_read_it_before(ledger: Ledger) -> None:
    """T-36: whoever held a reading role at any moment of the open days; the desk never did."""
    reference = ledger.visit("kim")
    ledger.clock.turn(hours=1)
    ledger.do("mara", "end-role", OFFICE, {"person": "kim", "role": "staff"})
    ledger.clock.turn(hours=1)
    ledger.do("mara", "open", reference)
    ledger.clock.turn(hours=1)
    by_two(ledger, "grant-role", {"person": "kim", "role": "auditor"})
    ledger.do("mara", "end-role", OFFICE, {"person": "pat", "role": "staff"})
    ledger.clock.turn(hours=1)
    told = {"exposed": ["kim"], "exposed_others": "The clerk of the court, by telephone."}
    ledger.do("mara", "keep-sealed", reference, {**SEALING, **told})
    sealed = ledger.look("mara", reference).case.sealed
    assert sealed is not None
    assert isinstance(sealed.event, CaseKeptSealed)
    assert sealed.event.exposed == ("kim", "mara", "olga", "pat", "tom")
    assert sealed.event.exposed_others == "The clerk of the court, by telephone."


def test_who_never_could_read_it_is_not_among_them(ledger: Ledger) -> None:
    """Kim's role ended before the case was opened; a waiting visit was read by nobody."""
    reference = ledger.visit("kim")
    ledger.do("mara", "end-role", OFFICE, {"person": "kim", "role": "staff"})
    ledger.clock.turn(hours=1)
    ledger.do("mara", "open", reference)
    ledger.do("mara", "keep-sealed", reference, SEALING)
    sealed = ledger.look("mara", reference).case.sealed
    assert sealed is not None
    assert sealed.event.exposed == ("mara", "olga", "pat", "tom")
    waiting = ledger.visit()
    ledger.do("mara", "keep-sealed", waiting, SEALING)
    kept = ledger.look("mara", waiting).case.sealed
    assert kept is not None
    assert kept.event.exposed is None


def test_a_late_sealing_needs_its_ground_and_a_date(ledger: Ledger) -> None:
    """As at triage; and a member of the staff cannot seal what they read."""
    reference = opened(ledger)
    with pytest.raises(RequestRefused) as refused:
        ledger.do("mara", "keep-sealed", reference, {"ground": "gag", "citation": "x"})
    assert refusals(refused) == ["sealing_is_bounded_v1"]
    with pytest.raises(RequestRefused):
        ledger.do("kim", "keep-sealed", reference, SEALING)
    assert not ledger.look("pat", reference).sealed


# ---- every door ----


def test_who_read_it_yesterday_is_answered_as_if_it_never_was(ledger: Ledger) -> None:
    """T-36: reading, acting, listing, views and commands repeated find nothing, at once."""
    reference = opened(ledger)
    command_id = b"k" * 16
    ledger.do("kim", "attempt-contact", reference, CONTACT, command_id=command_id)
    runner(ledger).catch_up()
    assert reference in projected(ledger)
    ledger.do("mara", "keep-sealed", reference, SEALING)
    assert reference not in projected(ledger)
    runner(ledger).catch_up()
    runner(ledger).rebuild(DEFINITIONS)
    assert reference not in projected(ledger)
    assert reference not in dict(ledger.home.open.labels())
    said = []
    for one, again in ((reference, command_id), (reference, None), (new_reference(), None)):
        with pytest.raises(NotFound) as missed:
            ledger.do("kim", "attempt-contact", one, CONTACT, command_id=again)
        said.append(str(missed.value))
    assert len(set(said)) == 1
    shown = ledger.register.reader(ledger.people["kim"], vault=True).streams_shown()
    assert [one.id for one in shown] == [ledger.home.config.office]


def test_a_view_that_was_being_made_does_not_bring_it_back(ledger: Ledger) -> None:
    """What a projection folded before the sealing and writes after it is not written."""
    reference = opened(ledger)
    rows = {reference: "a row of before", f"{reference} due": "another"}
    stored = ledger.home.projected
    begun = stored.begin("trial.v1")
    ledger.do("mara", "keep-sealed", reference, SEALING)
    stored.build(begun, rows)
    read = replace(begun, position=10_000)
    stored.finish(begun, read, ())
    stored.apply([Step(read, replace(read, position=10_001), rows)])
    assert reference not in projected(ledger)


def test_the_roster_is_answered_when_it_repeats_an_act_of_before(ledger: Ledger) -> None:
    """Mara repeats what she did while the case was open, and gets the same receipt."""
    reference = opened(ledger)
    command_id = b"m" * 16
    first = ledger.do("mara", "attempt-contact", reference, CONTACT, command_id=command_id)
    ledger.do("mara", "keep-sealed", reference, SEALING)
    again = ledger.do("mara", "attempt-contact", reference, CONTACT, command_id=command_id)
    assert again.records == first.records


def test_a_visit_about_it_is_saved_and_waits_for_the_triagers(ledger: Ledger) -> None:
    """The desk notices nothing; Olga sees her visit and not the matter; Mara joins them."""
    reference = sealed_late(ledger)
    assert ledger.visit("kim", reference) == reference
    waiting = ledger.look("olga", reference)
    assert waiting.head is None
    assert len(waiting.intakes) == 1
    ledger.do("mara", "keep-sealed", reference, SEALING)
    assert ledger.types("mara", reference).count("intake-saved.v1") == 3
    check_sound(ledger)


# ---- and then ----


def test_who_is_added_reads_the_open_days_too(ledger: Ledger) -> None:
    """Tom is told of the duty, and opens every stream, those of the open store among them."""
    reference = sealed_late(ledger)
    ledger.do("mara", "add-audience-member", reference, {"person": "tom", **NOTICE})
    assert ledger.types("tom", reference) == ledger.types("mara", reference)
    ledger.do("tom", "attempt-contact", reference, CONTACT)
    check_sound(ledger)


def test_two_people_open_it_again_and_its_history_has_its_own_dates(
    ledger: Ledger, tmp_path: Path
) -> None:
    """The staff read it all; sealed once more, it is gone again, and opens once more."""
    reference = opened(ledger)
    first = ledger.look("pat", reference).case.records
    for days in (2, 5):
        ledger.tick(days=days)
        ledger.do("mara", "keep-sealed", reference, SEALING)
        with pytest.raises(NotFound):
            ledger.look("pat", reference)
        if days == 2:
            # Who was told stays told when the matter is sealed again.
            ledger.do("mara", "add-audience-member", reference, {"person": "tom", **NOTICE})
        ledger.tick(days=1)
        agree_to_open(ledger, reference, "tom")
        ledger.do("mara", "open", reference)
        ledger.do("pat", "attempt-contact", reference, CONTACT)
        assert ledger.types("kim", reference) == ledger.types("mara", reference)
        runner(ledger).catch_up()
        assert reference in projected(ledger)
    assert ledger.look("kim", reference).case.records[: len(first)] == first
    ledger = check_sound(ledger)
    check_offline(ledger, tmp_path / "pack")


def test_each_sealing_tells_of_its_own_open_days(ledger: Ledger) -> None:
    """Pat left while it was sealed: only the first sealing names her."""
    reference = opened(ledger)
    ledger.clock.turn(hours=1)
    ledger.do("mara", "keep-sealed", reference, SEALING)
    ledger.do("mara", "add-audience-member", reference, {"person": "tom", **NOTICE})
    ledger.do("mara", "end-role", OFFICE, {"person": "pat", "role": "staff"})
    ledger.clock.turn(hours=1)
    agree_to_open(ledger, reference, "tom")
    ledger.do("mara", "open", reference)
    ledger.do("mara", "keep-sealed", reference, SEALING)
    told = [r.event for r in ledger.look("tom", reference).case.records]
    sealings = [one.exposed for one in told if isinstance(one, CaseKeptSealed)]
    assert sealings == [("kim", "mara", "olga", "pat", "tom"), ("kim", "mara", "olga", "tom")]


def test_what_cannot_be_wrapped_is_not_closed(ledger: Ledger) -> None:
    """The custodian's sealing keys are missing: the sealing says so, and the case goes on."""
    reference = opened(ledger)
    raw = sqlite3.connect(ledger.path / "keystore.db")
    kept = raw.execute("SELECT * FROM people WHERE person = 'mara'").fetchall()
    raw.execute("DELETE FROM people WHERE person = 'mara'")
    raw.commit()
    with pytest.raises(BadRequest, match="no sealing key"):
        ledger.do("mara", "keep-sealed", reference, SEALING)
    ledger.do("kim", "attempt-contact", reference, CONTACT)
    raw.executemany("INSERT INTO people VALUES (?, ?)", kept)
    raw.commit()
    raw.close()
    ledger.do("mara", "keep-sealed", reference, SEALING)
    with pytest.raises(NotFound):
        ledger.look("kim", reference)


def test_it_can_be_erased_like_any_sealed_matter(ledger: Ledger, tmp_path: Path) -> None:
    """Two people of its roster erase it whole, and the evidence accounts for what is gone."""
    reference = opened(ledger)
    ledger.do("mara", "keep-sealed", reference, SEALING)
    ledger.do("mara", "add-audience-member", reference, {"person": "tom", **NOTICE})
    ledger.do("mara", "close", reference, ENDED)
    erase(ledger, reference, "both", sealed=True)
    with pytest.raises(NotFound):
        ledger.look("mara", reference)
    ledger = check_sound(ledger)
    check_offline(ledger, tmp_path / "pack")


def test_a_new_custodian_reads_it_once_it_is_wrapped_anew(ledger: Ledger) -> None:
    """Wrapping anew reaches the streams that lie in the open store too."""
    reference = sealed_late(ledger)
    ledger.do("mara", "designate-custodian", OFFICE, {"person": "olga"})
    Access(ledger.home, ledger.register, ledger.clock).rewrap(ledger.people["mara"])
    assert ledger.types("olga", reference) == ledger.types("mara", reference)


def test_counsels_advice_stays_counsels(ledger: Ledger) -> None:
    """Advice of the open days is a stream of its own, and is found with the sealed matter."""
    reference = opened(ledger)
    ledger.do("mara", "request-counsel-review", reference, {"counsel": "tom"})
    (review,) = ledger.look("mara", reference).case.reviews
    ledger.do("tom", "give-advice", reference, {"request": review.ref, "advice": "Comply."})
    ledger.do("mara", "keep-sealed", reference, SEALING)
    ledger.do("mara", "add-audience-member", reference, {"person": "pat", **NOTICE})
    seen = {name: len(ledger.look(name, reference).advice) for name in ("mara", "tom", "pat")}
    assert seen == {"mara": 1, "tom": 1, "pat": 0}


# ---- keys ----


def test_old_copies_of_its_keys_open_nothing_once_the_month_key_is_gone(ledger: Ledger) -> None:
    """A wrap from an old keystore, laid into the new one: the key over it no longer exists."""
    reference = opened(ledger)
    other = opened(ledger)
    streams = [one.id for one in ledger.look("pat", reference).streams]
    old = [ledger.home.keystore.wrap(one) for one in streams]
    ledger.do("mara", "keep-sealed", reference, SEALING)
    assert {wrap.month for wrap in old if wrap is not None} == {JUNE}
    ledger.tick(hours=26)
    assert JUNE not in ledger.home.keystore.month_names()
    assert ledger.home.keystore.is_destroyed(JUNE)
    for wrap in old:
        assert wrap is not None
        with pytest.raises(sqlite3.IntegrityError):
            _laid_in(ledger, wrap.stream, wrap.month, wrap.wrap)
    assert ledger.types("pat", other)
    assert ledger.types("mara", reference)
    check_sound(ledger)


def _laid_in(ledger: Ledger, stream: bytes, month: str, wrap: bytes) -> None:
    raw = sqlite3.connect(ledger.path / "keystore.db")
    raw.execute("PRAGMA foreign_keys = ON")
    try:
        raw.execute(
            "UPDATE wraps SET kind = 'open', month = ?, wrap = ? WHERE stream = ?",
            (month, wrap, stream.hex()),
        )
    finally:
        raw.close()


def test_the_old_month_key_goes_when_nobody_can_be_bringing_a_wrap_under_it(
    ledger: Ledger,
) -> None:
    """A visit that was being saved in that moment still opens; a day later the old key goes."""
    reference, custody = opened(ledger), Custody(ledger.home)
    people = ledger.register.office().office.readers(["mara"])
    stream = b"v" * 16
    secrets = StreamSecrets.generate()
    late = custody.sealed_wrap(stream, secrets, people, ledger.clock())
    ledger.do("mara", "keep-sealed", reference, SEALING)
    ledger.home.keystore.put_wrap(late)
    ledger.tick(hours=23)
    assert JUNE in ledger.home.keystore.month_names()
    assert custody.secrets(stream, ledger.people["mara"]) == secrets
    ledger.tick(hours=2)
    assert JUNE not in ledger.home.keystore.month_names()
    assert custody.secrets(stream, ledger.people["mara"]) == secrets


def test_an_old_key_that_cannot_go_does_not_stop_the_log(ledger: Ledger) -> None:
    """A wrap under it was altered: whoever reads that stream is told; the ticks go on."""
    reference = opened(ledger)
    waiting = ledger.visit("pat")
    ledger.do("mara", "keep-sealed", reference, SEALING)
    stream = ledger.look("mara", waiting).intakes[0].id
    raw = sqlite3.connect(ledger.path / "keystore.db")
    raw.execute("UPDATE wraps SET wrap = zeroblob(99) WHERE stream = ?", (stream.hex(),))
    raw.commit()
    raw.close()
    assert ledger.tick(days=3)
    assert JUNE in ledger.home.keystore.month_names()


def test_two_sealings_in_one_moment_each_have_a_new_key(ledger: Ledger) -> None:
    """The second case came under the first one's new key; that is superseded too."""
    first = opened(ledger)
    ledger.do("mara", "keep-sealed", first, SEALING)
    second = opened(ledger)
    ledger.do("mara", "keep-sealed", second, SEALING)
    assert len(ledger.home.keystore.month_names()) == 3
    ledger.tick(hours=26)
    (left,) = ledger.home.keystore.month_names()
    assert left.startswith(f"{JUNE}.")
    assert Months(ledger.home).list()[0][0] == left
    check_sound(ledger)


def test_a_keystore_from_before_does_not_open_it_to_the_staff_again(
    template: Ledger, tmp_path: Path
) -> None:
    """An old keystore is put back: it stays out of the open; custodian and counsel have it."""
    ledger = template.copied(tmp_path / "home")
    reference = opened(ledger)
    backup = saved(ledger, tmp_path / "backup")
    streams = [one.id for one in ledger.look("pat", reference).streams]
    ledger.do("mara", "keep-sealed", reference, SEALING)
    restore_keystore(ledger.home, backup / "keystore", ledger.clock())
    ledger = ledger.reopened()
    for person in ("kim", "pat", "olga"):
        with pytest.raises(NotFound):
            ledger.look(person, reference)
    for stream in streams:
        with pytest.raises(NotFound):
            ledger.register.reader(None).stream(stream)
        for person in ("mara", "tom"):
            reader = ledger.register.reader(ledger.people[person], vault=True)
            assert reader.stream(stream).records
    ledger.tick(hours=26)
    assert JUNE not in ledger.home.keystore.month_names()
    ledger.home.close()


def test_rows_from_before_with_keys_from_after_stay_with_the_roster(
    template: Ledger, tmp_path: Path
) -> None:
    """The rows of a backup know of no sealing, the newer keystore does: the staff find nothing, and
    Mara finds the case as it was and seals it once more.
    """
    ledger = template.copied(tmp_path / "home")
    reference = opened(ledger)
    before = saved(ledger, tmp_path / "before")
    ledger.do("mara", "keep-sealed", reference, SEALING)
    after = saved(ledger, tmp_path / "after")
    again, _ = restored(ledger, before, WITHOUT, keystore=after / "keystore")
    confirm(again.home, again.register, again.people["mara"], None)
    assert by_staff(again, reference) is None
    assert again.types("mara", reference)[-1] == "contact-attempted.v1"
    again.do("mara", "keep-sealed", reference, SEALING)
    assert again.types("mara", reference)[-1] == "case-kept-sealed.v1"
    assert by_staff(again, reference) is None
    again.home.close()
    ledger.home.close()


# ---- what breaks off ----


def test_wherever_it_breaks_off_nobody_sees_more_than_before(
    template: Ledger, tmp_path: Path
) -> None:
    """After each step the process dies. Staff find the case whole or not at all; the timer ends
    what is decided; what is not, is done again or undone.
    """
    prepared = template.copied(tmp_path / "ready")
    reference = opened(prepared)
    runner(prepared).catch_up()
    entries(prepared)
    seen = []
    for nth in range(1, 60):
        ledger = prepared.copied(tmp_path / f"{nth}")
        with failing_step(nth, persisted=True, crash=True) as fault, suppress(Crash):
            ledger.do("mara", "keep-sealed", reference, SEALING)
        if fault.due:
            ledger.home.close()
            break
        ledger = ledger.reopened()
        seen.append(by_staff(ledger, reference))
        ledger.tick()
        file = ledger.look("mara", reference)
        if not file.sealed and nth % 2:
            ledger.do("mara", "keep-sealed", reference, SEALING)
        elif not file.sealed and seen[-1] == CLOSED:
            ledger.do("mara", "open", reference)
            assert by_staff(ledger, reference) == "case-opened.v1"
        if ledger.look("mara", reference).sealed:
            assert by_staff(ledger, reference) is None
            assert reference not in projected(ledger)
            told = [one["body"] for one in entries(ledger) if "body" in one]
            assert [(one["kind"], one["reference"]) for one in told] == [("dropped", reference)]
        check_sound(ledger).home.close()
    assert list(dict.fromkeys(seen)) == ["contact-attempted.v1", CLOSED, None]


def by_staff(ledger: Ledger, reference: str) -> str | None:
    """The last record that staff and projections read in a case; None where there is no case."""
    runner(ledger).catch_up()
    try:
        records = ledger.register.reader(ledger.people["pat"]).case(reference).case.records
    except NotFound:
        assert reference not in projected(ledger)
        return None
    assert f'"last":"{records[-1].type}"' in projected(ledger)
    return records[-1].type
