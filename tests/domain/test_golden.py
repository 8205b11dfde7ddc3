"""One released example of each event, kept for ever: it must read, and write, as on its day.

`tests/golden/<tag>.json` holds `{"event": {…}, "personal": {…}}`: the signed fields, and the values
that lie beside them. `digests.txt` holds each file's SHA-256; a line is added with an event, and
none is ever changed.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.codec import EVENT_TYPES, join, split, tag_of
from ledger.domain.fields import personal_fields
from ledger.evidence.acts import AUTHORITY_TYPES, parse_event

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
DIGESTS: dict[str, str] = {
    name: digest
    for digest, _, name in (
        line.partition("  ") for line in (GOLDEN / "digests.txt").read_text().splitlines()
    )
}


def kept(tag: str) -> Any:
    """Read the example of a tag."""
    return json.loads((GOLDEN / f"{tag}.json").read_text(encoding="utf-8"))


def test_every_tag_has_its_example_and_its_digest() -> None:
    """Nothing is released without an example, and no example is left without a guard."""
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(EVENT_TYPES)
    assert set(DIGESTS) == {f"{tag}.json" for tag in EVENT_TYPES}


@pytest.mark.parametrize("tag", sorted(EVENT_TYPES))
def test_an_example_is_never_edited(tag: str) -> None:
    """The file has the bytes that it had when the event was released."""
    assert sha256((GOLDEN / f"{tag}.json").read_bytes()).hexdigest() == DIGESTS[f"{tag}.json"]


@pytest.mark.parametrize("tag", sorted(EVENT_TYPES))
def test_an_example_reads_and_writes_the_same(tag: str) -> None:
    """Its signed fields and its personal values come back as they are stored."""
    example = kept(tag)
    event = join(tag, example["event"], example["personal"])
    assert tag_of(event) == tag
    assert split(event) == (example["event"], example["personal"])


@pytest.mark.parametrize("tag", sorted(EVENT_TYPES))
def test_an_example_shows_every_field(tag: str) -> None:
    """Personal fields are filled, and every other field that the event can have stands there."""
    example, kind = kept(tag), EVENT_TYPES[tag]
    assert set(example["personal"]) == personal_fields(kind)
    assert set(example["event"]) | set(example["personal"]) == set(kind.__struct_encode_fields__)


@pytest.mark.parametrize("tag", sorted(AUTHORITY_TYPES & set(EVENT_TYPES)))
def test_an_authority_example_reads_in_the_evidence_too(tag: str) -> None:
    """What a verifier parses without our program is parsed by it."""
    assert parse_event(tag, kept(tag)["event"]) is not None
