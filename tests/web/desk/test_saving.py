"""A visit is logged at the desk page: nothing is compulsory, nothing is lost, nothing is twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ledger.domain.fields import format_reference
from tests.register.ledgers import START, Ledger, check_sound
from tests.web.desk.conftest import REFERENCE, Web, hidden, intake_of


def test_an_empty_form_is_a_visit(web: Web, ledger: Ledger) -> None:
    """Somebody came: that alone is worth a record, with the time at which the page was opened."""
    page = web.get("/desk").text
    ledger.clock.turn(seconds=75)
    answer = web.post("/desk", hidden(page))
    found = REFERENCE.search(answer.text)
    assert found is not None
    record = ledger.look("mara", found[1]).intakes[0].records[0]
    assert (record.occurred_at, record.precision) == (START, "exact")
    assert record.recorded_at == START + timedelta(seconds=75)
    assert (record.recorded_by, record.role) == ("desk-main", "desk")


def test_all_that_is_written_reaches_who_decides(web: Web, ledger: Ledger) -> None:
    """Choices, texts, taps and what the page told staff to say stand in the visit."""
    script = hidden(web.get("/desk").text)["script"]
    reference = web.save(
        mode="telephone",
        agency_level="county",
        presents="not-sure",
        judge_signed="cannot-tell",
        signed_by="A. Reyes",
        officers="Two deputies, badges 4471 and 90",
        words="Who sat at terminal 3?",
        initials="t.o.",
        called="mara no-answer 2026-06-19T19:58:00Z",
        **{"call-mara": "no-answer", "call-olga": "reached"},
    )
    saved = intake_of(ledger, reference)
    assert (saved.mode, saved.agency_level) == ("telephone", "county")
    assert (saved.presents, saved.judge_signed) == ("not-sure", "cannot-tell")
    assert (saved.signed_by, saved.initials) == ("A. Reyes", "t.o.")
    assert saved.officers == "Two deputies, badges 4471 and 90"
    assert saved.words == "Who sat at terminal 3?"
    assert saved.script == script
    assert [(one.person, one.outcome) for one in saved.calls or ()] == [
        ("mara", "no-answer"),
        ("olga", "reached"),
    ]
    assert [one.at is None for one in saved.calls or ()] == [False, True]


def test_a_form_that_is_sent_again_is_saved_once(web: Web, ledger: Ledger) -> None:
    """A server that answered and was not heard is asked again, and gives the same reference."""
    form = {**hidden(web.get("/desk").text), "words": "They left.", "call-mara": "reached"}
    first = web.post("/desk", form, **{"X-Desk": "1"})
    ledger.clock.turn(seconds=20)
    again = web.post("/desk", form)
    third = web.post("/desk", form)
    assert (first.status_code, first.content) == (204, b"")
    assert REFERENCE.findall(again.text) == REFERENCE.findall(third.text)
    assert len(ledger.home.inbox.streams()) == 1
    check_sound(ledger)


def test_a_number_that_is_used_for_other_words_saves_nothing(web: Web, ledger: Ledger) -> None:
    """Whoever goes back and writes more is told so, and nothing takes the first one's place."""
    form = hidden(web.get("/desk").text)
    web.post("/desk", {**form, "words": "One"})
    other = web.post("/desk", {**form, "words": "Two"}, **{"X-Desk": "1"})
    assert other.status_code == 422
    assert other.headers["content-type"] == "application/problem+json"
    assert len(ledger.home.inbox.streams()) == 1


def test_more_is_added_without_its_reference_in_an_address(web: Web, ledger: Ledger) -> None:
    """The second save is a visit of its own under the same reference."""
    reference = web.save(words="They came.")
    page = web.post("/desk/more", {"about": reference})
    assert reference in page.text
    again = web.post("/desk", {**hidden(page.text), "words": "They left."})
    assert REFERENCE.findall(again.text) == [reference]
    assert len(ledger.look("mara", reference).intakes) == 2
    assert all(reference not in str(one.url) for one in (page, again))


def test_what_is_kept_from_the_director_goes_to_others(web: Web, ledger: Ledger) -> None:
    """The page says who has it, and the director is not among them."""
    form = {**hidden(web.get("/desk").text), "not_to_director": "yes"}
    page = web.post("/desk", form).text
    assert "<strong>olga, tom</strong>" in page
    reference = REFERENCE.findall(page)[0]
    assert intake_of(ledger, reference, "olga").not_to_director


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("about", "7K3M-9Q2D-Z", "Belongs to: 7K3M-9Q2D-Z"),
        ("serial", "21a", "Paper sheet: 21a"),
        ("serial", "0", "Paper sheet: 0"),
    ],
)
def test_a_slip_of_the_pen_stops_no_save(
    web: Web, ledger: Ledger, field: str, typed: str, kept: str
) -> None:
    """What cannot be used as it was meant stands among the words."""
    saved = intake_of(ledger, web.save(words="They came.", **{field: typed}))
    assert saved.words == f"They came.\n{kept}"


def test_a_visit_may_name_any_reference(web: Web, ledger: Ledger) -> None:
    """Whether there is such a case makes no difference in what is answered."""
    unknown = format_reference(77)
    assert web.save(about=unknown.lower(), serial="DL-000021") == unknown
    assert intake_of(ledger, unknown).serial == 21


@pytest.mark.parametrize(
    ("typed", "at", "precision"),
    [
        ("2026-06-19T13:20", START - timedelta(minutes=40), "approximate"),
        ("2026-06-19T14:00", START, "exact"),
        ("2026-06-19T15:00", START, "exact"),
        ("1200-01-01T00:00", START, "exact"),
        ("this morning", START, "exact"),
    ],
)
def test_the_time_can_be_mended_and_never_stops_a_save(
    web: Web, ledger: Ledger, typed: str, at: object, precision: str
) -> None:
    """A time in the library's zone counts as about then; one that cannot be gives way."""
    record = ledger.look("mara", web.save(at=typed)).intakes[0].records[0]
    assert (record.occurred_at, record.precision) == (at, precision)


def test_a_person_who_is_signed_in_saves_in_their_own_name(web: Web, ledger: Ledger) -> None:
    """Kim's visit is signed by Kim, at the same page."""
    web.sign_in(ledger, "kim")
    record = ledger.look("mara", web.save(words="I was there.")).intakes[0].records[0]
    assert (record.recorded_by, record.role) == ("kim", "staff")


def test_without_a_keyring_the_page_says_so_and_saves_nothing(web: Web, ledger: Ledger) -> None:
    """A desk that cannot sign sends people to the paper pad, before and after."""
    web.site.desk = None
    page = web.get("/desk")
    assert "use the paper pad" in page.text
    refused = web.post("/desk", hidden(page.text), **{"X-Desk": "1"})
    assert refused.status_code == 503
    assert "write the visit down on paper" in refused.json()["detail"]
    assert ledger.home.inbox.streams() == ()


@pytest.mark.parametrize("fields", [{"mode": "by pigeon"}, {"words": "x" * 8001}, {"key": "1"}])
def test_what_no_page_of_ours_sends_is_refused(
    web: Web, ledger: Ledger, fields: dict[str, str]
) -> None:
    """A choice that is not offered, or a text beyond all bounds, is told and not cut."""
    answer = web.post("/desk", {**hidden(web.get("/desk").text), **fields})
    assert answer.status_code == 400
    assert ledger.home.inbox.streams() == ()


def test_calls_that_nobody_can_have_made_are_left_out(web: Web, ledger: Ledger) -> None:
    """Names, outcomes and times that the page does not offer do not stop the save either."""
    form = {
        "called": "mara reached 2031-01-01T00:00:00Z",
        "call-nobody here": "reached",
        "call-tom": "shouted",
    }
    calls = intake_of(ledger, web.save(**form)).calls or ()
    assert [(one.person, one.at) for one in calls] == [("mara", None)]


def test_the_fullest_visit_is_no_longer_in_store_than_two_buckets(web: Web, ledger: Ledger) -> None:
    """However much is tapped, what a thief of the database sees of the signed part is one length
    or its double."""
    reference = web.save(
        mode="in-person",
        agency_level="federal",
        presents="other-investigatory-document",
        judge_signed="cannot-tell",
        signed_by="x",
        officers="x",
        words="x",
        initials="x",
        serial="999999",
        drill="",
        **{f"call-{'a' * 12}.{n}": "no-answer" for n in range(20)},
    )
    (stream,) = ledger.look("mara", reference).intakes
    assert len(stream.unsealed[0].envelope) <= 2 * 2048 - 4
    assert len(intake_of(ledger, reference).calls or ()) == 12
