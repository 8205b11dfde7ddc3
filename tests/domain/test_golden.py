"""One released example of each event, kept for ever: it must read, and write, as on its day.

`tests/golden/<tag>.json` holds `{"event": {…}, "personal": {…}}`: the signed fields, and the values
that lie beside them. An optional field that came later has an example of its own,
`<tag>~<field>.json`. `digests.txt` holds each file's SHA-256; a line is added with an event, and
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


EXAMPLES = sorted(path.stem for path in GOLDEN.glob("*.json"))
AUTHORITY_EXAMPLES = [name for name in EXAMPLES if name.partition("~")[0] in AUTHORITY_TYPES]


def kept(name: str) -> Any:
    """Read an example."""
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def test_every_tag_has_its_example_and_its_digest() -> None:
    """Nothing is released without an example, and no example is left without a guard."""
    assert {name for name in EXAMPLES if "~" not in name} == set(EVENT_TYPES)
    assert {name.partition("~")[0] for name in EXAMPLES} == set(EVENT_TYPES)
    assert set(DIGESTS) == {f"{name}.json" for name in EXAMPLES}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_never_edited(name: str) -> None:
    """The file has the bytes that it had when the event was released."""
    assert sha256((GOLDEN / f"{name}.json").read_bytes()).hexdigest() == DIGESTS[f"{name}.json"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_reads_and_writes_the_same(name: str) -> None:
    """Its signed fields and its personal values come back as they are stored."""
    example, tag = kept(name), name.partition("~")[0]
    event = join(tag, example["event"], example["personal"])
    assert tag_of(event) == tag
    assert split(event) == (example["event"], example["personal"])


@pytest.mark.parametrize("tag", sorted(EVENT_TYPES))
def test_the_examples_show_every_field(tag: str) -> None:
    """Personal fields are filled, and every other field that the event can have stands there."""
    kind = EVENT_TYPES[tag]
    examples = [kept(name) for name in EXAMPLES if name.partition("~")[0] == tag]
    personal = {field for one in examples for field in one["personal"]}
    assert personal == personal_fields(kind)
    signed = {field for one in examples for field in one["event"]}
    assert signed | personal == set(kind.__struct_encode_fields__)


@pytest.mark.parametrize("name", AUTHORITY_EXAMPLES)
def test_an_authority_example_reads_in_the_evidence_too(name: str) -> None:
    """What a verifier parses without our program is parsed by it."""
    assert parse_event(name.partition("~")[0], kept(name)["event"]) is not None
