"""What is published: its form, what it keeps from saying, and how it looks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # It has no types.

from ledger.domain import events as e
from ledger.domain.law.deadlines import Reading
from ledger.domain.reporting import period_of
from ledger.evidence import jcs
from ledger.projections.transparency import counting
from ledger.projections.transparency.band import said_of_silence
from ledger.projections.transparency.counting import Counted
from ledger.projections.transparency.page import page
from ledger.projections.transparency.report import NEVER_NOTHING, document, spelt
from tests.domain.given import LCLD, OFFICE_STREAM, law_of, records, said

SCHEMA = json.loads((files("ledger.projections.transparency") / "schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
PERIOD = period_of("2026-Q2")
SMALL = "fewer than 5"
BANDS = ("semiannual-by-category", "semiannual", "semiannual-combined", "annual-combined", "none")


def silence(band: Any = "semiannual") -> dict[str, str]:
    """What is said of silence, once a band was chosen."""
    (chosen,) = records([said(e.ReportBandChosen(band=band))], LCLD, OFFICE_STREAM)
    return said_of_silence(chosen, Reading(law_of, "America/Denver"))


def report(found: Sequence[Counted]) -> dict[str, Any]:
    """The report of these requests, read back from its bytes."""
    made: dict[str, Any] = json.loads(
        spelt(document("ledger.oak.example", PERIOD, found, silence()))
    )
    return made


ROW = {
    **{"requester": "patron", "instruments": [], "outcome": "denied", "narrowed_by": None},
    **{"referred": False, "received_on": "2026-04-02", "days_to_decide": 0},
}


def ordinary(count: int, before: str | None = None) -> list[Counted]:
    """So many requests of a patron, denied at once."""
    return [Counted(ROW, before)] * count


OUTCOMES = ("disclosed", "partly-disclosed", "denied", "approved", "undecided")


@st.composite
def found_requests(draw: st.DrawFn) -> list[Counted]:
    """Requests of few kinds, so that figures pile up."""
    requesters = draw(st.lists(st.sampled_from(counting.REQUESTERS), min_size=1, max_size=3))
    kinds = draw(st.lists(st.sampled_from(counting.INSTRUMENTS[1:-1]), max_size=2))
    outcomes = draw(st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=4))
    found = []
    for _ in range(draw(st.integers(0, 45))):
        became = draw(st.sampled_from(outcomes))
        days = None if became == "undecided" else draw(st.sampled_from((0, 2, 40)))
        row = {
            "requester": draw(st.sampled_from(requesters)),
            "instruments": [draw(st.sampled_from(kinds))] if kinds else [],
            "outcome": became,
            "narrowed_by": draw(st.sampled_from((None, "court"))),
            "referred": draw(st.booleans()),
            "received_on": draw(st.sampled_from(("2026-03-31", "2026-04-01"))),
            "days_to_decide": days,
        }
        found.append(Counted(row, draw(st.sampled_from((None, "unanswered", "approved")))))
    return found


# --- Its form ------------------------------------------------------------------------------------


def test_the_schema_is_one() -> None:
    """It fits the rules of its own language."""
    Draft202012Validator.check_schema(SCHEMA)


@settings(max_examples=60, deadline=None)
@for_all(found_requests())
def test_every_report_fits_the_schema_and_has_one_spelling(found: list[Counted]) -> None:
    """Whatever there is to count, in whatever order it comes."""
    told = report(found)
    assert [one.message for one in VALIDATOR.iter_errors(told)] == []
    assert jcs.dump(told) == spelt(document("ledger.oak.example", PERIOD, found[::-1], silence()))
    assert [row["row"] for one in told["requests"]["tables"][:1] for row in one["rows"]] in (
        [],
        list(counting.REQUESTERS),
    )


@pytest.mark.parametrize("count", ["1", "4", "7", "12", "0 to 4", "50%", "5 to 10", "fewer than 3"])
def test_the_schema_takes_no_figure_that_says_more(count: str) -> None:
    """No number but 0, no narrower band, no share."""
    told = report([])
    assert VALIDATOR.is_valid(told)
    told["requests"]["total"] = count
    assert not VALIDATOR.is_valid(told)


# --- What it keeps from saying -------------------------------------------------------------------

Ranges = dict[str, dict[str, range]]


def known(text: str, *, may_be_nothing: bool) -> range:
    """What a figure can be by what is printed."""
    if text == SMALL:
        return range(not may_be_nothing, 5)
    edges = [int(one) for one in re.findall(r"\d+", text)]
    return range(edges[0], edges[-1] + 1)


def ranges(part: Mapping[str, Any], *, is_later: bool) -> Ranges:
    """What a reader knows of each figure: what it can be."""
    return {
        one["table"]: {
            row["row"]: known(row["count"], may_be_nothing=is_later or row["row"] in NEVER_NOTHING)
            for row in one["rows"]
        }
        for one in part["tables"]
    }


def sums(rows: Mapping[str, range], names: Sequence[str]) -> set[int]:
    """Every sum that these figures can have."""
    found = {0}
    for name in names:
        found = {one + more for one in found for more in rows[name]}
    return found


def is_possible(tables: Ranges, total: range, *, is_later: bool) -> bool:
    """Whether there are figures behind what is printed, for who adds up every table."""
    outcomes, times = tables["outcome"], tables["time-to-decide"]
    totals = set(total)
    if not is_later:
        decided = sums(outcomes, counting.DECIDED) & sums(times, counting.TIMES)
        undecided = sums(outcomes, counting.UNDECIDED) & set(times[counting.NOT_DECIDED])
        totals &= {one + other for one in decided for other in undecided}
    for rows in tables.values():
        totals &= sums(rows, list(rows))
    return bool(totals)


@settings(max_examples=60, deadline=None)
@for_all(found_requests(), st.booleans())
def test_no_small_figure_can_be_reckoned_from_the_others(
    found: list[Counted], is_later: bool
) -> None:
    """Whoever adds and subtracts all that is printed finds two values at least for each of them."""
    part = report(found)["answered_later" if is_later else "requests"]
    tables = ranges(part, is_later=is_later)
    if not tables:
        return
    total = known(part["total"], may_be_nothing=True)
    assert is_possible(tables, total, is_later=is_later)
    for table, rows in tables.items():
        for row, values in rows.items():
            trials = (
                {**tables, table: {**rows, row: range(one, one + 1)}}
                for one in values
                if values.stop == 5
            )
            left = sum(is_possible(one, total, is_later=is_later) for one in trials)
            assert left > 1 or values.stop != 5, (table, row)


@pytest.mark.parametrize("count", range(5))
def test_below_five_requests_nothing_is_divided(count: int) -> None:
    """Whatever they were, the report is the same: else one row would tell of one person."""
    assert report(ordinary(count))["requests"] == {"total": SMALL, "tables": []}


def test_nothing_is_said_of_the_absence_of_what_must_not_be_told() -> None:
    """Where nobody of national security asked and no letter came, the row says the same as with
    one.
    """
    paper = {"requester": "national-security", "instruments": ["national-security-letter"]}
    letter = Counted({**ROW, **paper}, None)
    assert report(ordinary(7)) == report([*ordinary(6), letter])


@pytest.mark.parametrize("band", BANDS)
def test_the_sentence_names_the_band_of_the_law_and_what_it_does_not_say(band: str) -> None:
    """With its citation and how sure we are of it; for none there is nothing to cite."""
    told = silence(band)
    assert "It does not say that such an order or demand ever came, nor that none did" in str(told)
    if band == "none":
        assert set(told) == {"band", "sentence"}
        return
    widths = dict(zip(BANDS, (999, 499, 249, 99), strict=False))
    assert f"0 to {widths[band]}." in told["sentence"]
    assert told["citation"] == "50 U.S.C. 1874"
    is_read = band == "semiannual-by-category"
    assert told["confidence"] == ("verified" if is_read else "verified in part")


# --- Its page ------------------------------------------------------------------------------------


class Elements(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.scopes: list[str | None] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what matters of an element."""
        self.tags.append(tag)
        if tag == "th":
            self.scopes.append(dict(attrs).get("scope"))
        self.links += [str(value) for name, value in attrs if name in ("src", "href", "action")]


def many() -> list[Counted]:
    """Requests enough for tables, in both parts."""
    return [*ordinary(8), *ordinary(8, "unanswered")]


def test_the_page_is_whole_and_can_be_read_by_everybody() -> None:
    """One file without a script or anything from elsewhere; each table has a caption, and each of
    its heads says what it is the head of.
    """
    text = page(report(many()), "ab" * 32)
    found = Elements(text)
    assert found.links == []
    assert not {"script", "link", "img", "iframe", "object"} & set(found.tags)
    assert "url(" not in text
    assert "@import" not in text
    assert found.tags.count("table") == found.tags.count("caption") == 7
    assert set(found.scopes) == {"col", "row"}
    assert '<html lang="en">' in text
    assert "@media print" in text
    assert "ab" * 32 in text
    assert "A draft: not published." not in text
    assert "A draft: not published." in page(report(many()))


def test_what_is_printed_is_escaped() -> None:
    """An origin with marks of HTML in it stays text."""
    told = {**report([]), "origin": "<b>oak</b>"}
    assert "<b>oak" not in page(told)
    assert "&lt;b&gt;oak" in page(told)


def luminance(colour: str) -> float:
    """The relative luminance of a colour, as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_all_that_is_written_stands_out_from_its_ground() -> None:
    """Each colour of a text has a contrast of 4.5 to white at least (WCAG 2, 1.4.3)."""
    text = page(report(many()))
    assert re.findall(r"background: (#\w+)", text) == ["#ffffff"]
    colours = re.findall(r"(?<!-)color: (#\w+)", text)
    assert len(colours) == 3
    assert min(1.05 / (luminance(one) + 0.05) for one in colours) >= 4.5


def test_no_share_is_given_anywhere() -> None:
    """Neither in the data nor on the page: nobody knows of how many it would be."""
    told = report(many())
    shares = re.compile(r"%|percent|per cent|share", re.IGNORECASE)
    assert not shares.search(json.dumps(told))
    assert not shares.search(page(told).replace("width: 100%", ""))
