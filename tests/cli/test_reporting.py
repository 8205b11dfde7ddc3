"""The transparency report at the command line."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256

from tests.cli.conftest import Line


def chosen(line: Line) -> None:
    """Counsel and the custodian choose a band, and the quarter ends."""
    line.do("office", "choose-report-band", "mara", band="semiannual-by-category")
    line.do("office", "choose-report-band", "tom", band="semiannual-by-category")
    line.clock[0] += timedelta(days=12)


def test_a_report_is_drafted_published_and_shown(line: Line) -> None:
    """The draft's very bytes are published; their page is one file; there is a list of them all."""
    line.enrol("kim", "staff")
    chosen(line)
    assert line("report", "show", as_json=False).out == "No report was published.\n"
    draft = line("report", "draft", "2026-Q2", by="kim").out
    assert json.loads(draft)["silence"]["confidence"] == "verified"
    digest = sha256(draft.encode()).hexdigest()
    told = line.good("report", "publish", "2026-Q2", by="mara")
    assert told == {"period": "2026-Q2", "sha256": digest}
    assert line("report", "show", "2026-Q2").out == draft
    listed = {"period": "2026-Q2", "sha256": digest, "on": "2026-07-01"}
    assert line.good("report", "show") == {"reports": [listed]}
    assert digest in line("report", "show", "2026-Q2", "--html", as_json=False).out
    page = line("report", "draft", "2026-Q3", "--html", by="mara", as_json=False).out
    assert "<strong>A draft: not published.</strong>" in page


def test_who_may_not_publish_is_told_so(line: Line) -> None:
    """Staff draft and do not publish; an auditor reads no cases; nobody shows what is not there."""
    line.enrol("kim", "staff")
    line.enrol("abe", "auditor")
    chosen(line)
    refused = line("report", "publish", "2026-Q2", by="kim")
    assert (refused.code, "Only the custodian or the director" in refused.err) == (4, True)
    assert "does not read cases" in line("report", "draft", "2026-Q2", by="abe").err
    assert "No report of that period" in line("report", "show", "2026-Q2").err
    assert not (line.home / "reports").exists()
