"""The printable page of a report: one file of HTML and CSS, no script, nothing from elsewhere."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

CAPTIONS = {
    "requester": "Who asked",
    "instrument": "On what paper",
    "outcome": "What became of it",
    "time-to-decide": "How long a decision took",
    "when": "When it was received",
}
_LABELS = {
    "none": "no paper",
    "fisa-order": "FISA order",
    "several": "papers of several kinds",
    "disclosed": "disclosed as asked",
    "narrowed-by-court": "disclosed less than asked: a court narrowed it",
    "narrowed-by-library": "disclosed less than asked: the library narrowed it",
    "approved": "approved; nothing had left",
    "referred": "referred; not decided",
    "unanswered": "not answered",
    "not-decided": "not decided",
    "decided-before": "decided in an earlier period",
    "of-this-period": "in this period",
    "now-reportable": "before it: now reportable",
}


def page(report: dict[str, Any], digest_hex: str | None = None) -> str:
    """A report as a page; `digest_hex` is what its publication recorded, None for a draft."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = (files(__package__ or "") / "page.html").read_text(encoding="utf-8")
    made = environment.from_string(template)
    return made.render(report=report, digest=digest_hex, captions=CAPTIONS, label=label)


def label(row: str) -> str:
    """What a row is called on the page."""
    return _LABELS.get(row, row.replace("-", " "))
