"""Erasure: what two people decided is destroyed, and the log still shows that it was there."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from ledger import projecting
from ledger.domain.case import Case
from ledger.domain.erasure_events import ErasedRecord, StreamErased
from ledger.errors import (
    AppendConflict,
    BadRequest,
    EvidenceCorrupt,
    NotFound,
    RequestRefused,
    Unavailable,
)
from ledger.export import export_ledger, export_openings
from ledger.projections.definitions import CASES
from ledger.register import eraser
from ledger.register.acts import OFFICE, Act
from ledger.register.custody import Custody
from ledger.register.erasure import VAULT_OFFICE
from ledger.register.handle import place_after
from ledger.register.reading import Stream
from ledger.register.writing import Appending
from ledger.stores.adopting import rows_with_places
from ledger.stores.database import IntegrityError
from ledger.stores.erased import Tombstone
from ledger.stores.keystore import Fence
from ledger.stores.store import Row, Terms
from ledger.verify import verify
from tests.register.ledgers import Ledger, check_sound
from tests.register.test_triage import SEALING, refusals
from tests.upkeep.matters import assent, closed_case, erase, finish, place_hold, propose

WORDS = "Who sat at the third terminal?"


def verified(ledger: Ledger, person: str, folder: Path) -> int:
    """Publish what is pending, export all that a person may see, verify offline; gives the number
    of tombstones. A cleared person accounts for every leaf of the log (V13).
    """
    ledger.tick(days=5)
    cleared = person != "kim"
    keyring, trust = ledger.people[person], (ledger.path / "trust.json").read_bytes()
    reader = ledger.register.reader(keyring, vault=cleared)
    export_ledger(ledger.home, folder / "pack", reveal=True)
    openings = None
    if cleared:
        openings = folder / "openings"
        opened = export_openings(ledger.home, reader, keyring, folder / "pack", openings)
        assert opened.closed == 0
    report = verify(folder / "pack", trust, openings=openings, replay=True)
    assert report.exit_code == 0, report.text()
    return report.shown.tombstones


def streams_of(ledger: Ledger, reference: str) -> list[bytes]:
    """The streams of a case, as Mara sees them."""
    return [one.id for one in ledger.look("mara", reference).streams]


# ---- whole ----


def test_an_erased_case_is_gone_and_its_leaves_are_explained(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Nobody opens it, no row of it is left in any store, and a verifier finds nothing missing."""
    reference = closed_case(ledger, words=WORDS)
    streams = streams_of(ledger, reference)
    records = len(ledger.look("mara", reference).case.records)
    erase(ledger, reference, "both")
    for person in ("mara", "tom", "kim"):
        with pytest.raises(NotFound):
            ledger.look(person, reference)
    ledger = ledger.reopened()
    for person in ("mara", "tom", "kim"):
        with pytest.raises(NotFound):
            ledger.look(person, reference)
    for stream in streams:
        assert not any(store.last_seq(stream) for store in ledger.stores())
        assert ledger.home.keystore.wrap(stream) is None
        assert ledger.home.keystore.fence(stream) == "both"
    # The closing of the last stream is a record, too.
    assert verified(ledger, "mara", tmp_path / "pack") == records + 1
    assert verified(ledger, "kim", tmp_path / "kims") == records + 1
    ledger.home.close()


def test_a_sealed_case_is_erased_where_only_the_cleared_see_it(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Its erasure stands in the vault office: the office and its readers learn nothing of it."""
    reference = closed_case(ledger, sealed=True)
    office = ledger.register.office().head
    records = len(ledger.look("mara", reference).case.records)
    digests = propose(ledger, reference, "both")
    assent(ledger, digests, sealed=True)
    assert {one.state for one in finish(ledger)} == set()
    assert {one.state for one in finish(ledger, "mara")} == {"done"}
    with pytest.raises(NotFound):
        ledger.look("mara", reference)
    assert ledger.register.office().head == office
    assert verified(ledger, "mara", tmp_path / "pack") == records + 1
    assert verified(ledger, "kim", tmp_path / "kims") == 0


def test_the_visit_is_erased_and_the_case_stays(ledger: Ledger, tmp_path: Path) -> None:
    """A case reads on without an erased stream that it continues; the order stays proven."""
    reference = closed_case(ledger)
    visit, _ = streams_of(ledger, reference)
    done = ledger.do("mara", "erase-stream", OFFICE, {"stream": visit.hex(), "secrets": "both"})
    assent(ledger, [done.records[0].e])
    assert [one.state for one in finish(ledger)] == ["done"]
    for person in ("mara", "kim"):
        assert ledger.types(person, reference) == ["case-opened.v1", "case-closed.v1"]
    assert verified(ledger, "kim", tmp_path / "pack") == 2
    check_sound(ledger)


# ---- the people of a stream ----


@pytest.mark.parametrize("sealed", [False, True], ids=["open", "sealed"])
def test_the_people_are_erased_and_the_acts_stay(
    ledger: Ledger, tmp_path: Path, sealed: bool
) -> None:
    """Words that named somebody are gone for everybody; what was done is still signed and read."""
    reference = closed_case(ledger, sealed=sealed, words=WORDS)
    types = ledger.types("mara", reference)
    assert WORDS in repr(ledger.look("mara", reference).case.records)
    erase(ledger, reference, "personal", sealed=sealed)
    for again in (ledger, ledger.reopened()):
        file = again.look("mara", reference)
        assert WORDS not in repr(file.case.records)
        assert [record.type for record in file.case.records] == [*types, "stream-closed.v1"]
        assert all(one.secrets.personal is None for one in file.streams)
    assert verified(again, "mara", tmp_path / "pack") == 0
    # A visit can still follow the case.
    again.visit("kim", reference)
    again.do("mara", "keep-sealed" if sealed else "open", reference, SEALING if sealed else {})
    assert len(again.look("mara", reference).streams) == 4
    again.home.close()


def test_after_the_people_the_rest_can_be_erased(ledger: Ledger, tmp_path: Path) -> None:
    """The smaller erasure does not stand in the way of the greater."""
    reference = closed_case(ledger)
    erase(ledger, reference, "personal")
    erase(ledger, reference, "both")
    with pytest.raises(NotFound):
        ledger.look("mara", reference)
    assert verified(ledger, "mara", tmp_path / "pack") == 5


# ---- who and when ----


def test_one_person_erases_nothing(ledger: Ledger) -> None:
    """Until another person assented nothing is destroyed, and the proposer is no other."""
    reference = closed_case(ledger)
    digests = propose(ledger, reference, "both")
    assert finish(ledger) == ()
    with pytest.raises(RequestRefused) as refused:
        ledger.do("mara", "assent", OFFICE, {"of": digests[0]})
    assert refusals(refused) == ["second_person_v1"]
    assert ledger.look("mara", reference).case.closed


def test_staff_propose_no_erasure(ledger: Ledger) -> None:
    """Erasing is the directorate's, and nobody proposes what they cannot read."""
    reference, sealed = closed_case(ledger), closed_case(ledger, sealed=True)
    opened, kept = streams_of(ledger, reference)[0], streams_of(ledger, sealed)[0]
    with pytest.raises(RequestRefused) as refused:
        ledger.do("kim", "erase-stream", OFFICE, {"stream": opened.hex(), "secrets": "both"})
    assert refusals(refused) == ["directorate_v1"]
    for stream in (kept, bytes(15) + b"x"):
        with pytest.raises(NotFound):
            ledger.do("kim", "erase-stream", OFFICE, {"stream": stream.hex(), "secrets": "both"})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"stream": "ab" * 16},
        {"stream": "ab" * 16, "secrets": "core"},
        {"stream": "zz" * 16, "secrets": "both"},
        {"stream": "ab" * 16, "secrets": "both", "records": []},
    ],
    ids=repr,
)
def test_an_erasure_names_a_stream_and_its_secrets(ledger: Ledger, fields: dict[str, str]) -> None:
    """Which records there are is read from the stream, and never typed."""
    with pytest.raises(BadRequest, match="names a stream"):
        ledger.do("mara", "erase-stream", OFFICE, fields)


def test_the_offices_themselves_are_not_erased(ledger: Ledger) -> None:
    """What says who might act, and what was erased, stays."""
    fields = {"stream": ledger.home.config.office.hex(), "secrets": "both"}
    with pytest.raises(BadRequest, match="streams of a case"):
        ledger.do("mara", "erase-stream", OFFICE, fields)


def test_the_vault_office_takes_erasures_only(ledger: Ledger) -> None:
    """Nothing else is recorded there, and no assent to what does not wait; before the first there
    is nothing to be found.
    """
    with pytest.raises(BadRequest, match="nothing else"):
        ledger.do("mara", "end-role", VAULT_OFFICE, {"person": "pat", "role": "staff"})
    with pytest.raises(NotFound):
        ledger.do("tom", "assent", VAULT_OFFICE, {"of": "ab" * 32})
    propose(ledger, closed_case(ledger, sealed=True), "both")
    with pytest.raises(BadRequest, match="No erasure waits"):
        ledger.do("tom", "assent", VAULT_OFFICE, {"of": "ab" * 32})


def test_a_live_matter_is_not_erased_and_not_closed_by_the_attempt(ledger: Ledger) -> None:
    """The refusal comes before the stream is ended."""
    reference = ledger.visit("kim")
    ledger.do("mara", "open", reference)
    before = ledger.types("mara", reference)
    with pytest.raises(RequestRefused) as refused:
        propose(ledger, reference, "both")
    assert refusals(refused) == ["matter_is_ended_v1"]
    assert ledger.types("mara", reference) == before


@pytest.mark.parametrize("sealed", [False, True], ids=["open", "sealed"])
def test_a_hold_that_came_late_stops_the_proposal(ledger: Ledger, sealed: bool) -> None:
    """A preservation request does not ask whether the case was closed."""
    reference = closed_case(ledger, sealed=sealed)
    place_hold(ledger, reference)
    with pytest.raises(RequestRefused) as refused:
        propose(ledger, reference, "personal")
    assert refusals(refused) == ["no_hold_covers_v1"]


def test_a_hold_wins_over_whatever_was_decided(ledger: Ledger) -> None:
    """Placed in a visit that came after the proposal, it stops the assent; after the assent, it
    stops the destruction, until it is released.
    """
    reference = closed_case(ledger)
    first, second = propose(ledger, reference, "both")
    assent(ledger, [first])
    ledger.visit("kim", reference)
    ledger.do("mara", "open", reference)
    hold = place_hold(ledger, reference)
    with pytest.raises(RequestRefused) as refused:
        assent(ledger, [second])
    assert refusals(refused) == ["no_hold_covers_v1"]
    assert [one.state for one in finish(ledger)] == ["held"]
    assert len(ledger.look("mara", reference).streams) == 4
    released = {"hold": hold, "reason": "request-withdrawn"}
    ledger.do("mara", "release-hold", reference, released)
    assent(ledger, [second])
    assert [one.state for one in finish(ledger)] == ["done", "done"]
    assert len(ledger.look("mara", reference).streams) == 2
    check = ledger.look("kim", reference).case.records[-1].type
    assert check == "hold-released.v1"


def test_a_hold_in_the_very_moment_wins(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the last look at the matter and the mark a record was added: nothing is marked."""
    reference = closed_case(ledger)
    visit, _ = streams_of(ledger, reference)
    done = ledger.do("mara", "erase-stream", OFFICE, {"stream": visit.hex(), "secrets": "both"})
    assent(ledger, [done.records[0].e])
    real = eraser._tombstones

    def meanwhile(stream: Stream) -> list[Tombstone]:
        monkeypatch.setattr(eraser, "_tombstones", real)
        place_hold(ledger, reference)
        return real(stream)

    monkeypatch.setattr(eraser, "_tombstones", meanwhile)
    with pytest.raises(AppendConflict):
        finish(ledger)
    assert ledger.home.open.erased.marks() == ()
    assert [one.state for one in finish(ledger)] == ["held"]


# ---- nothing comes back ----


def test_nothing_takes_an_erased_streams_place(ledger: Ledger) -> None:
    """No row, no copy and no key of it is taken again, whoever still has them in memory."""
    reference = closed_case(ledger)
    visit, head = streams_of(ledger, reference)
    rows = ledger.home.open.rows(head)
    secrets = Custody(ledger.home).secrets(head, None)
    erase(ledger, reference, "both")
    with pytest.raises(AppendConflict):
        ledger.home.open.append([Row(head, len(rows) + 1, b"state")], Terms())
    with pytest.raises(AppendConflict):
        ledger.home.open.copy_in(rows, ledger.home.vault.documents)
    with pytest.raises(Unavailable, match="was erased"):
        Custody(ledger.home).keep_open(head, secrets, ledger.clock())
    assert ledger.home.inbox.last_seq(visit) == 0
    check_sound(ledger)


def test_views_show_nothing_of_an_erased_case(ledger: Ledger) -> None:
    """The stored rows are made again without it, also where its page is read late."""
    gone, left = closed_case(ledger), closed_case(ledger)
    runner = projecting.runner(ledger.home, ledger.register.reader(None), ledger.clock)
    runner.catch_up()
    assert {row["reference"] for row in runner.rows(CASES)} == {gone, left}
    erase(ledger, gone, "both")
    assert tuple(ledger.home.projected.rows(CASES.tag)) == ()
    runner.catch_up()
    assert {row["reference"] for row in runner.rows(CASES)} == {left}


def test_rows_are_deleted_of_marked_streams_only(ledger: Ledger) -> None:
    """The store itself refuses, whatever the program above asks."""
    reference = closed_case(ledger)
    (visit, _) = streams_of(ledger, reference)
    with pytest.raises(IntegrityError):
        ledger.home.open.erased.remove_rows(visit)
    assert len(rows_with_places(ledger.home.inbox, visit)) == 1


# ---- advice, and what does not fit ----


def advised(ledger: Ledger) -> tuple[str, bytes]:
    """A closed case in which counsel gave advice; gives its reference and the advice's stream."""
    reference = ledger.visit("kim")
    ledger.do("mara", "open", reference)
    ledger.do("mara", "request-counsel-review", reference, {"counsel": "tom"})
    (review,) = ledger.look("mara", reference).case.reviews
    ledger.do("tom", "give-advice", reference, {"request": review.ref, "advice": "Refuse."})
    answer = {"request": review.ref, "outcome": "refuse"}
    ledger.do("tom", "complete-counsel-review", reference, answer)
    ledger.do("mara", "close", reference, {"outcome": "not-disclosed"})
    (advice,) = ledger.look("tom", reference).advice
    return reference, advice.id


@pytest.mark.parametrize("scope", ["personal", "both"])
def test_advice_is_erased_by_counsel_and_custodian(
    ledger: Ledger, tmp_path: Path, scope: str
) -> None:
    """It is sealed, so its erasure stands in the vault office; the case itself stays."""
    reference, advice = advised(ledger)
    fields = {"stream": advice.hex(), "secrets": scope}
    done = ledger.do("mara", "erase-stream", VAULT_OFFICE, fields, vault=True)
    assent(ledger, [done.records[0].e], sealed=True)
    assert [one.state for one in finish(ledger, "tom")] == ["done"]
    for person in ("tom", "mara"):
        shown = ledger.look(person, reference).advice
        assert len(shown) == (scope == "personal")
        assert "Refuse." not in repr(shown)
    assert verified(ledger, "mara", tmp_path / "pack") == (2 if scope == "both" else 0)


def test_an_erasure_that_lists_other_records_is_not_carried_out(ledger: Ledger) -> None:
    """What two people decided about is not what lies there: nothing is destroyed."""
    reference = closed_case(ledger)
    (_, head) = streams_of(ledger, reference)
    event = StreamErased(
        stream=head.hex(), secrets="both", records=(ErasedRecord(seq=1, e="ab" * 32),)
    )
    register, act = ledger.register, Act("erase-stream", {}, OFFICE)
    signing = register._signing(register.office(), ledger.people["mara"], act, event, Case())
    place = place_after(register.reader(None).office_stream())
    (receipt,) = register._writer.append(Appending(place, (event,)), act, signing).receipts
    assent(ledger, [receipt.e])
    with pytest.raises(EvidenceCorrupt, match="not the one whose erasure"):
        finish(ledger)
    assert ledger.look("kim", reference).case.closed


def test_an_erasure_waits_for_keys_that_are_not_here(ledger: Ledger) -> None:
    """A stream that nobody opens now has no tombstones to keep yet; nothing is called done."""
    reference = closed_case(ledger)
    assent(ledger, propose(ledger, reference, "both"))
    with ledger.home.keystore.database.writing() as cursor:
        cursor.execute("CREATE TABLE aside AS SELECT * FROM wraps")
        office = ledger.home.config.office.hex()
        cursor.execute("DELETE FROM wraps WHERE kind = 'open' AND stream <> ?", (office,))
    assert {one.state for one in finish(ledger)} == {"waits"}
    with ledger.home.keystore.database.writing() as cursor:
        cursor.execute("INSERT OR IGNORE INTO wraps SELECT * FROM aside")
        cursor.execute("DROP TABLE aside")
    assert {one.state for one in finish(ledger)} == {"done"}


@pytest.mark.parametrize("scope", ["personal", "both"])
@pytest.mark.parametrize("sealed", [False, True], ids=["open", "sealed"])
def test_a_fence_holds_in_programs_that_run_already(
    ledger: Ledger, scope: str, sealed: bool
) -> None:
    """Between the fence and the end of the keys, nobody uses what they opened before."""
    reference = closed_case(ledger, sealed=sealed, words="Ines")
    running = Ledger.at(ledger.path, ledger.people, ledger.clock)

    def seen() -> str:
        service, mara = running.register.reader(None), running.people["mara"]
        there = running.register.reader(mara, vault=True)
        looking = running.register.looking(mara, "duty", vault=True)
        found = []
        for reader in (running.register._service, service, there, looking)[sealed * 2 :]:
            with suppress(NotFound):
                found.append(reader.case(reference).case.records)
        return repr(found)

    assert "Ines" in seen()
    streams = [stream.id for stream in ledger.look("mara", reference).streams]
    for stream in streams:
        ledger.home.keystore.add_fence(Fence(stream, scope, bytes(32)))
    assert "Ines" not in seen()
    kept = running.register.custody._opened
    assert not {stream for stream, _ in kept} & set(streams)
    side = running.register._sealed
    assert side is not None
    assert "Ines" not in repr(side._kept[running.people["mara"]].begun)
    running.home.close()
