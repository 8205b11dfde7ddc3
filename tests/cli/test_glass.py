"""Broken glass: a look outside of the ordinary course, with a reason, and a second person."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.errors import Unavailable
from ledger.stores.store import Store
from tests.cli.conftest import Line
from tests.cli.test_reads import away, looks

WHY = '{"reason": "Officers are here, and nobody answers."}'
OPEN = ("break-glass", "open")
TOO_LONG = "x" * 8_001


@pytest.fixture
def night(line: Line) -> tuple[Line, str]:
    """A visit that waits, a designee of several roles, and nobody recorded as absent."""
    line.enrol("olga", "designee", "staff")
    return line, line.good("case", "new", by="olga")["reference"]


def glass(line: Line, by: str = "tom") -> list[dict[str, Any]]:
    """What somebody sees of broken glass."""
    found: list[dict[str, Any]] = line.good("break-glass", "list", by=by)["glass"]
    return found


def said(key: str, text: str) -> tuple[str, str]:
    """What somebody says on the command line."""
    return "--with", json.dumps({key: text})


def test_a_designee_reads_a_waiting_visit_in_an_absence_only(night: tuple[Line, str]) -> None:
    """Without one the visit is refused and not listed; the refusal is a look. In one, both show."""
    line, reference = night
    answer = line("case", "show", reference, by="olga")
    assert (answer.code, "break-glass open" in answer.err) == (4, True)
    assert line.good("case", "list", by="olga")["cases"] == []
    assert [one["shown"] for one in looks(line)] == [[reference], []]
    away(line)
    line.good("case", "show", reference, by="olga")
    assert len(line.good("case", "list", by="olga")["cases"]) == 1
    assert glass(line) == []


def test_an_export_leaves_out_what_is_not_in_the_ordinary_course(
    night: tuple[Line, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What is laid open on a disk was shown; so a designee takes away what is theirs to read."""
    line, reference = night
    folder = tmp_path_factory.mktemp("packs")
    line.later(days=1)
    line.good("tick")
    for name in ("before", "after"):
        pack, openings = str(folder / name), str(folder / f"{name}-openings")
        line.good("export", "ledger", pack, "--openings", openings, by="olga")
        away(line, until="2026-06-21T20:00:00Z")
    assert [one["shown"] for one in looks(line)] == [[], [reference]]


def test_who_breaks_the_glass_says_why_and_counsel_sees_it_at_once(
    night: tuple[Line, str],
) -> None:
    """The visit shows, with the reason before counsel and custodian; it is to be answered for."""
    line, reference = night
    for words in ((), ("--with", "{}"), *(said("reason", text) for text in ("", " ", TOO_LONG))):
        assert line(*OPEN, reference, *words, by="olga").code == 2
    assert looks(line) == []
    shown = line.good(*OPEN, reference, "--with", WHY, by="olga")
    assert shown["history"][0]["type"] == "intake-saved.v1"
    for name in ("tom", "mara"):
        (one,) = glass(line, by=name)
        assert (one["person"], one["shown"], one["state"]) == ("olga", [reference], "awaited")
        assert one["reason"] == "Officers are here, and nobody answers."
    assert [one["reason"] for one in looks(line)] == ["break-glass"]
    (due,) = line.good("deadlines", by="tom")["break-glass"]
    assert (due["ref"], due["due_at"]) == (one["ref"], "2026-06-20T20:00:00Z")
    assert "break-glass" not in line.good("deadlines", by="olga")


def test_in_the_ordinary_course_no_glass_is_broken(night: tuple[Line, str]) -> None:
    """Mara reads what is hers, and is told so; an unknown reference breaks nothing either."""
    line, reference = night
    answer = line(*OPEN, reference, "--with", WHY, by="mara")
    assert (answer.code, "No glass was broken" in answer.err) == (0, True)
    assert line(*OPEN, "7K3M-9Q2D-X", "--with", WHY, by="olga").code == 3
    assert glass(line) == []


def test_a_second_person_answers_once(night: tuple[Line, str]) -> None:
    """Not who broke it, nor staff; counsel does, in words, and a second answer is refused."""
    line, reference = night
    line.good(*OPEN, reference, "--with", WHY, by="olga")
    (one,) = glass(line)
    answer = ("break-glass", "confirm", one["ref"])
    assert line(*answer, by="olga").code == 4
    assert line("break-glass", "confirm", f"{'0' * 32}:1", by="tom").code == 2
    for key, text in (("word", "x"), ("words", ""), ("words", TOO_LONG), ("of", "x")):
        assert line(*answer, *said(key, text), by="tom").code == 2
    line.good(*answer, "--outcome", "not-justified", "--with", '{"words": "I was in."}', by="tom")
    again = line(*answer, by="mara")
    assert (again.code, "another person answers" in again.err) == (4, True)
    (told,) = glass(line, by="mara")
    assert (told["state"], told["answered_by"]) == ("not-justified", "tom")
    assert "break-glass" not in line.good("deadlines", by="tom")


def test_who_reads_by_another_office_needs_no_absence(line: Line) -> None:
    """A designee who is counsel too reads every waiting visit in their ordinary course."""
    line.enrol("olga", "designee", "counsel")
    reference = line.good("case", "new", by="tom")["reference"]
    line.good("case", "show", reference, by="olga")
    assert glass(line) == []


def test_after_a_day_it_stands_overdue_before_counsel(night: tuple[Line, str]) -> None:
    """At 24 hours it is awaited still, a second later overdue; an attestation tells counsel."""
    line, reference = night
    line.good(*OPEN, reference, "--with", WHY, by="olga")
    line.later(days=1)
    assert [one["state"] for one in glass(line)] == ["awaited"]
    line.later(seconds=1)
    assert [one["state"] for one in glass(line)] == ["overdue"]
    line.later(days=3)
    line.good("tick")
    told = line("attest", "--through", "512", by="tom", as_json=False)
    assert (told.code, "for 1 look out of" in told.out) == (0, True)
    assert line.good("attest", "--through", "512", by="tom")["unanswered_glass"] == 1
    line.good("break-glass", "confirm", glass(line)[0]["ref"], by="mara")
    assert line.good("attest", "--through", "512", by="tom")["unanswered_glass"] == 0


def test_the_custodian_hears_nothing_of_glass_at_what_is_kept_from_them(line: Line) -> None:
    """Olga reads a visit "not to the director" at night: counsel sees that, and answers."""
    line.enrol("olga", "designee", "staff")
    given = ("--with", '{"not_to_director": true}')
    reference = line.good("case", "new", *given, by="olga")["reference"]
    line.good(*OPEN, reference, "--with", WHY, by="olga")
    assert glass(line, by="mara") == []
    (one,) = glass(line)
    assert line("break-glass", "confirm", one["ref"], by="mara").code == 2
    line.good("break-glass", "confirm", one["ref"], by="tom")
    assert "break-glass" not in line.good("deadlines", by="mara")


def test_nothing_is_shown_where_the_reason_cannot_be_recorded(
    night: tuple[Line, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fail closed: no record, no look."""
    line, reference = night

    def full(self: Store, *_: object) -> None:
        raise Unavailable(f"The disk of the store {self.name} is full.")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "append", full)
        answer = line(*OPEN, reference, "--with", WHY, by="olga")
    assert (answer.code, reference in answer.out) == (5, False)
    assert glass(line) == []
