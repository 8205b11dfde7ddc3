"""A record has one spelling, and breaks none of the rules that one record can break."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.evidence import record
from ledger.evidence.grammar import Malformed
from ledger.evidence.merkle import EMPTY_ROOT
from ledger.evidence.record import Continued, OfficeHead, Record, TreeHead
from tests.vectors.samples import RECORD, fixed

HASHES = st.binary(min_size=32, max_size=32).filter(any)
STREAMS = st.binary(min_size=16, max_size=16).filter(any)
INSTANTS = st.datetimes(timezones=st.just(UTC)).map(lambda one: one.replace(microsecond=0))
PEOPLE = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,63}", fullmatch=True)
NUMBERS = st.integers(1, 2**53 - 1)
CONTINUED = st.dictionaries(STREAMS, HASHES, max_size=3).map(
    lambda heads: tuple(Continued(stream, head) for stream, head in heads.items())
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Return a well-formed record of any shape."""
    continues = draw(CONTINUED)
    first = bool(continues) or draw(st.booleans())
    own = draw(STREAMS.filter(lambda stream: all(stream != one.stream for one in continues)))
    early = draw(st.booleans())
    return replace(
        RECORD,
        stream=own,
        seq=1 if first else draw(st.integers(2, 2**53 - 1)),
        prev=record.ZERO_HASH if first else draw(HASHES),
        continues=continues,
        type=draw(st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*\.v[1-9][0-9]*", fullmatch=True)),
        occurred_at=draw(INSTANTS),
        recorded_at=draw(INSTANTS),
        actor=draw(PEOPLE),
        recorded_by=draw(PEOPLE),
        under=draw(st.none() | st.builds("{}:{}".format, STREAMS.map(bytes.hex), NUMBERS)),
        branch=draw(st.none() | PEOPLE),
        office=OfficeHead(0, record.ZERO_HASH)
        if early
        else OfficeHead(draw(NUMBERS), draw(HASHES)),
        head=TreeHead(0, EMPTY_ROOT) if early else TreeHead(draw(NUMBERS), draw(HASHES)),
        event=draw(
            st.dictionaries(st.text("abc", min_size=1), st.text("Zé\u20ac\n\\"), max_size=3)
        ),
        personal=draw(st.dictionaries(st.text("xyz", min_size=1), HASHES, max_size=3)),
    )


@pytest.mark.no_cover  # The examples below reach every line.
@given(records())
def test_every_record_reads_back(one: Record) -> None:
    """A well-formed record reads back as itself."""
    data = record.dump(one)
    assert record.load(data) == one
    assert record.dump(record.load(data)) == data


@pytest.mark.no_cover  # As above.
@given(records(), st.data())
def test_a_changed_byte_is_refused_or_makes_another_record(
    one: Record, data: st.DataObject
) -> None:
    """No byte of a record can be changed without effect."""
    good = record.dump(one)
    changed = bytearray(good)
    changed[data.draw(st.integers(0, len(good) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        other = record.load(bytes(changed))
    except Malformed:
        return
    assert other != one
    assert record.dump(other) == changed


def test_all_one_bit_changes_of_the_sample_are_found() -> None:
    """Each of the thousands of one-bit changes is refused or makes another record."""
    good = record.dump(RECORD)
    for place in range(len(good)):
        for bit in range(8):
            changed = bytearray(good)
            changed[place] ^= 1 << bit
            try:
                other = record.load(bytes(changed))
            except Malformed:
                continue
            assert other != RECORD


@pytest.mark.parametrize(
    "change",
    [
        {"stream": fixed("short", 15)},
        {"stream": record.ZERO_STREAM},
        {"seq": 0},
        {"seq": True},
        {"seq": 1},
        {"prev": record.ZERO_HASH},
        {"continues": (Continued(fixed("other", 16), fixed("head")),)},
        {"type": "request received"},
        {"occurred_at": datetime(2026, 6, 19)},
        {"recorded_at": datetime(2026, 6, 19, 0, 0, 0, 1, tzinfo=UTC)},
        {"under": "somewhere"},
        {"branch": "Norwood Branch"},
        {"office": OfficeHead(0, fixed("head"))},
        {"head": TreeHead(0, fixed("root"))},
        {"head": TreeHead(-1, fixed("root"))},
        {"key": b""},
        {"event": {"rate": 0.5}},
        {"personal": {"pages": fixed("digest")}},
        {"personal": {"note": b"short"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_malformed_record_is_never_written(change: dict[str, Any]) -> None:
    """What could not be read is not signed either."""
    with pytest.raises(Malformed):
        record.dump(replace(RECORD, **change))


@pytest.mark.parametrize("data", [b"[]", b"null", b'"x"', b"{}", b"", b"\xff"])
def test_other_json_is_no_record(data: bytes) -> None:
    """A record is one object with its keys."""
    with pytest.raises(Malformed):
        record.load(data)


@given(st.sampled_from(sorted(json.loads(record.dump(RECORD)))), st.data())
def test_a_value_of_another_type_is_refused(key: str, data: st.DataObject) -> None:
    """Whatever stands in place of a field, reading refuses it or gives a record that writes."""
    members = json.loads(record.dump(RECORD))
    members[key] = data.draw(
        st.none()
        | st.booleans()
        | st.integers(-2, 2)
        | st.text(max_size=3)
        | st.just([])
        | st.just({})
    )
    spelt = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    try:
        other = record.load(spelt)
    except Malformed:
        return
    assert record.dump(other) == spelt
