"""A real ledger's reports: drafted, published once, and shown as they went out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ledger import reporting
from ledger.errors import BadRequest, EvidenceCorrupt, RequestRefused
from ledger.home import OpenHome
from ledger.register.handle import Register
from ledger.reporting import Published
from tests.projections.library import Library, new_library

QUARTER_MINUTES = 60 * 24 * 91
ASKED = {"requester": "patron", "categories": ["circulation"]}
SEALING = {"ground": "investigation", "citation": "Policy 7", "review_on": "2026-12-08"}


@dataclass
class Story:
    """Two quarters were published; after the first one, open cases were sealed, and after the
    second, sealed matters were opened.
    """

    library: Library
    first: Published
    before: dict[str, Any]
    """The draft of the first quarter, just before it was published."""
    first_bytes: bytes
    """What was shown of it at once."""
    refused: list[str]
    """What stood against publishing too early, again, and the year before."""
    under_seal: dict[str, Any]
    """The draft of the second quarter, in which all that came was sealed."""
    second: Published

    def draft(self, period: str) -> dict[str, Any]:
        """A draft of today."""
        return draft(self.library, period)

    def kept(self, one: Published) -> bytes:
        """What is shown of a published report today."""
        return kept(self.library, one)


def draft(library: Library, period: str) -> dict[str, Any]:
    """A draft, as the open side makes it, which knows of no vault."""
    home = OpenHome(library.home.path)
    service = Register(home, lambda: library.now).reader(None)
    read: dict[str, Any] = json.loads(reporting.draft(home, service, period))
    home.close()
    return read


def publish(library: Library, period: str) -> Published:
    """The director publishes a period."""
    return reporting.publish(library.home, library.register, library.ruth, period)


def against(library: Library, period: str) -> str:
    """What stands against publishing a period now."""
    with pytest.raises(RequestRefused) as caught:
        publish(library, period)
    (provision,) = caught.value.provisions
    return provision.sentence


def kept(library: Library, one: Published) -> bytes:
    """What is shown of a published report."""
    return reporting.kept(library.home, library.register.reader(None), one)


def opened(library: Library, reference: str) -> None:
    """A sealed matter is opened, by two people."""
    _, asked = library.act("propose-opening", reference, citation="Policy 8")
    records = library.register.reader(library.ruth, vault=True).case(reference).case.records
    (digest,) = (one.e for one in records if one.ref == asked)
    library.handle("assent", reference, library.abel, of=digest)
    library.act("open", reference)


def told(path: Path) -> Story:
    """Tell the story."""
    library = new_library(path)
    library.act("designate-custodian", "office", person="ruth")
    for by in (library.ruth, library.abel):
        library.handle("choose-report-band", "office", by, band="annual-combined")
    cases = [library.opened() for _ in range(6)]
    for reference in cases:
        library.act("receive-request", reference, **ASKED)
    refused = [against(library, "2026-Q1")]
    library.minutes += QUARTER_MINUTES
    before = draft(library, "2026-Q1")
    first = publish(library, "2026-Q1")
    first_bytes = kept(library, first)
    for reference in cases[:2]:
        library.act("keep-sealed", reference, **SEALING)
    refused += [against(library, again) for again in ("2026-Q1", "2025")]
    sealed = []
    for _ in range(5):
        reference, _ = library.act("intake", mode="mail", facts=[{"receive-request": ASKED}])
        library.act("keep-sealed", reference, **SEALING)
        sealed.append(reference)
    library.minutes += QUARTER_MINUTES
    under_seal = draft(library, "2026-Q2")
    second = publish(library, "2026-Q2")
    for reference in sealed:
        opened(library, reference)
    return Story(library, first, before, first_bytes, refused, under_seal, second)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The story of this module."""
    made = told(tmp_path_factory.mktemp("reports") / "home")
    yield made
    made.library.home.close()


def row(report: dict[str, Any], table: str) -> dict[str, str]:
    """The rows of a table about new requests in which there is something."""
    (found,) = (one for one in report["requests"]["tables"] if one["table"] == table)
    return {one["row"]: one["count"] for one in found["rows"] if one["count"] != "0"}


def test_what_is_published_is_the_draft_under_its_digest(story: Story) -> None:
    """The office records the period and the digest of the very bytes that are shown."""
    assert row(story.before, "outcome") == {"unanswered": "5 to 9"}
    assert json.loads(story.first_bytes) == story.before
    assert story.first.sha256_hex == sha256(story.first_bytes).hexdigest()
    service = story.library.register.reader(None)
    assert reporting.published(service) == (story.first, story.second)


def test_a_period_is_published_once_and_when_it_is_over(story: Story) -> None:
    """Not in its course, not again, and none before it."""
    again = "A period is published once, and the next begins where 2026-Q1 ended."
    early = "A report is published once its period has ended."
    assert story.refused == [early, again, again]


def test_a_published_report_is_what_it_was_whatever_is_sealed_later(story: Story) -> None:
    """A draft of today would say less; who asks is shown what was published."""
    assert story.draft("2026-Q1")["requests"]["tables"] == []
    assert story.kept(story.first) == story.first_bytes


def test_a_sealed_matter_is_in_no_report_until_it_is_opened(story: Story) -> None:
    """Then it is in the next one, as now reportable; that of its own quarter is not restated."""
    assert story.under_seal["requests"] == {"total": "fewer than 5", "tables": []}
    assert row(story.draft("2026-Q3"), "when") == {"now-reportable": "5 to 9"}
    assert json.loads(story.kept(story.second)) == story.under_seal


def test_a_file_that_is_gone_is_made_again_where_the_records_still_give_it(story: Story) -> None:
    """Else nobody is shown anything, nor where a file was altered."""
    folder = story.library.home.path / "reports"
    first, second = (folder / f"{one.sha256_hex}.json" for one in (story.first, story.second))
    data = second.read_bytes()
    second.unlink()
    assert story.kept(story.second) == data == second.read_bytes()
    second.write_bytes(data.replace(b"2026-Q2", b"2026-Q3"))
    with pytest.raises(EvidenceCorrupt, match="not the one that was published"):
        story.kept(story.second)
    second.write_bytes(data)
    first.unlink()
    with pytest.raises(EvidenceCorrupt, match="not the one that was published"):
        story.kept(story.first)
    first.write_bytes(story.first_bytes)


@pytest.mark.parametrize("name", ["2026-Q5", "2026-01", "1999", "last year"])
def test_only_years_and_quarters_are_drafted(story: Story, name: str) -> None:
    """Anything else is no period."""
    with pytest.raises(BadRequest, match="year or a quarter"):
        story.draft(name)


def test_no_draft_is_made_before_the_band_is_chosen(tmp_path: Path) -> None:
    """A draft that went out without its sentence would be the one that differs."""
    made = new_library(tmp_path / "home")
    with pytest.raises(BadRequest, match="choose the band"):
        draft(made, "2026-Q1")
    made.home.close()
