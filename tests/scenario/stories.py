"""Short scenario files for the tests, made from a few parts, and a way to lay them down."""

from __future__ import annotations

from pathlib import Path

SHIPPED = Path(__file__).resolve().parents[2] / "ops" / "scenarios"

HEAD = """
title = "A subpoena at the desk"
cites = ["C.R.S. 24-90-119(2)(c)"]
packs = "us-co/lcld"
zone = "America/Denver"
people = [
    { name = "mara", roles = ["director"] },
    { name = "theo", roles = ["counsel"] },
    { name = "kim", roles = ["staff"] },
    { name = "front", roles = ["desk"] },
]
"""

VISIT = """
[[step]]
id = "visit"
ids = ["request", "paper"]
at = 2026-03-03T09:00:00-07:00
by = "kim"
do = "intake"
case = "visit"
with.mode = "in-person"
with.facts = [
    { receive-request = { requester = "attorney", categories = ["circulation"] } },
    { receive-instrument = { kind = "subpoena", issuer = "clerk", comply_by_on = 2026-03-20 } },
]
"""

OPENED = """
[[step]]
id = "opened"
at = 2026-03-03T10:30:00-07:00
by = "mara"
do = "open"
case = "visit"
"""

APPROVED = """
[[step]]
id = "approval"
at = 2026-03-04T11:00:00-07:00
by = "mara"
do = "approve"
case = "visit"
with.request = "@request"
with.basis = "subpoena"
with.instrument = "@paper"
with.categories = ["circulation"]
expect = { events = ["approval-granted.v1"], flags = [] }
"""

STORY = HEAD + VISIT + OPENED + APPROVED


def laid_down(folder: Path, text: str) -> Path:
    """Write a story where it can be played."""
    path = folder / "story.toml"
    path.write_text(text, encoding="utf-8")
    return path
