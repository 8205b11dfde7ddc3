"""What a pack claims of a case: its one form, and the order in which its records are folded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from ledger.evidence import jcs
from ledger.evidence.derived import (
    Claims,
    claimed_stream,
    derived_path,
    dump,
    lineage,
    load,
)
from ledger.evidence.grammar import Malformed
from ledger.evidence.jcs import Json
from ledger.evidence.record import Continued

STREAM = bytes(15) + b"\x05"
ROW: Mapping[str, Json] = {"ref": f"{STREAM.hex()}:3", "name": "keep-held-records", "met": False}
CLAIMS = Claims(1, "America/Chicago", "received", (), (ROW,))


def test_claims_have_one_form() -> None:
    """What is written is read, and written the same."""
    assert load(dump(CLAIMS)) == CLAIMS


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "disclosure-ledger/derived/v2"},
        {"definition": 0},
        {"zone": None},
        {"state": 1},
        {"flags": {}},
        {"flags": ["a"]},
        {"deadlines": [{"ref": ROW["ref"]}]},
        {"deadlines": [{"ref": "nowhere", "name": "x"}]},
        {"deadlines": [{"ref": ROW["ref"], "name": 4}]},
        {"more": 1},
    ],
    ids=repr,
)
def test_other_forms_are_refused(changes: Mapping[str, Json]) -> None:
    """A claim that could be read in two ways is no claim."""
    value = jcs.load(dump(CLAIMS))
    assert isinstance(value, dict)
    with pytest.raises(Malformed):
        load(jcs.dump({**value, **changes}))


def test_what_could_not_be_read_back_is_not_written() -> None:
    """The exporter keeps the rules that the verifier keeps."""
    with pytest.raises(Malformed):
        dump(replace(CLAIMS, flags=({"name": "no-ref"},)))


def test_a_file_is_named_by_the_last_stream_of_its_case() -> None:
    """The name says of which case something is claimed."""
    assert claimed_stream(derived_path(STREAM).removeprefix("derived/")) == STREAM
    for name in ("state.json", f"{STREAM.hex()}", f"{STREAM.hex()}.json.json", f"{'0' * 32}.json"):
        with pytest.raises(Malformed):
            claimed_stream(name)


def test_what_came_before_is_folded_first_and_once() -> None:
    """A case that continues two visits, of which one goes on from a third, has one order."""
    heads = {
        b"case": (Continued(b"visit", b"1"), Continued(b"other", b"2")),
        b"visit": (Continued(b"first", b"3"),),
        b"other": (Continued(b"first", b"4"),),
    }
    order = lineage(b"case", lambda one: heads.get(one, ()))
    assert order == ((b"first", b"3"), (b"visit", b"1"), (b"other", b"2"), (b"case", None))
    many = {bytes([a, b]): bytes([a, b]) for a in range(8) for b in range(256)}
    chain = sorted(many)
    following = dict(zip(chain[1:], chain, strict=False))
    long = lineage(
        chain[-1],
        lambda one: (Continued(following[one], b"h"),) if one in following else (),
    )
    assert [one for one, _ in long] == chain
