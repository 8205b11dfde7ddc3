"""The short way: what is taken on it the long way takes too, and it means the same."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.evidence import envelope, jcs, record
from ledger.evidence.acts import AUTHORITY_TYPES
from ledger.evidence.grammar import Malformed
from ledger.evidence.merkle import EMPTY_ROOT
from ledger.evidence.opening import RecordOpening, dump_opening, load_opening
from ledger.evidence.pack import record_path
from ledger.evidence.record import TreeHead
from ledger.verify import facts, usual, verify
from ledger.verify.book import Harvest
from ledger.verify.plain import plain_envelope, plain_opening, plain_record
from ledger.verify.sources import Source
from tests.drafts import Draft
from tests.forge import ORIGIN, Forge, World, write
from tests.verify.test_soak import mutant


@pytest.fixture(scope="module")
def world() -> World:
    """The good ledger."""
    return Forge().build()


ODD: dict[str, dict[str, object]] = {
    "nested": {"event": {"list": [1, [2, {"x": None}]], "z": -7}},
    "escaped": {"event": {"a": '\n\u2028"é'}},
    "personal": {"personal": {"a": bytes(32), "b": bytes(32)}},
    "under": {"under": f"{'ab' * 16}:7"},
    "before the first checkpoint": {"head": TreeHead(0, EMPTY_ROOT)},
    "leap day": {"occurred_at": datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC)},
    "first year": {"occurred_at": datetime(1, 1, 1, tzinfo=UTC)},
    "large numbers": {"event": {"a": 2**53 - 1, "b": -(2**53) + 1}},
}


def spelled(world: World, name: str, **changes: object) -> bytes:
    """Spell a record with some fields changed; what cannot be spelled is spelled anyway."""
    changed = replace(world.made(name).record, **changes)  # type: ignore[arg-type] # any field
    return jcs.dump(record._value(changed)) if changes else record.dump(changed)


def check_same(payload: bytes) -> bool:
    """Hold the short reader against the strict one; tell whether the short one took it."""
    short = plain_record(payload, ORIGIN)
    if short is None:
        return False
    strict = record.load(payload)
    assert (short.stream, short.seq, short.prev) == (strict.stream, strict.seq, strict.prev)
    assert (short.type, short.actor, short.recorded_by, short.role, short.under) == (
        strict.type, strict.actor, strict.recorded_by, strict.role, strict.under,
    )  # fmt: skip
    assert (short.key, short.law, short.size, short.continues, short.attested) == (
        strict.key.hex(), strict.law.hex(), strict.head.size, strict.continues, strict.attested,
    )  # fmt: skip
    assert facts.moment_of(short.occurred_at) == strict.occurred_at
    assert facts.moment_of(short.recorded_at) == strict.recorded_at
    assert (short.office_seq, short.office_head) == (strict.office.seq, strict.office.head.hex())
    if short.type in AUTHORITY_TYPES:
        assert jcs.load(short.event.encode()) == strict.event
    return True


def test_the_short_reader_reads_what_the_strict_one_reads(world: World) -> None:
    """Usual records are taken the short way, and mean the same there."""
    taken = [name for name in world.forge.made if check_same(spelled(world, name))]
    assert {"request", "opened", "closed", "intake"} <= set(taken)
    # The founding stands under no head of the office, and goes the long way.
    assert "founded" not in taken
    outcomes = {}
    for name, changes in ODD.items():
        outcomes[name] = check_same(spelled(world, "request", **{"personal": {}, **changes}))
    assert all(outcomes.values()), outcomes


def test_what_the_strict_reader_refuses_the_short_one_never_takes(world: World) -> None:
    """Over many changes of records, envelopes and openings nothing is accepted but by both."""
    dice = random.Random(5)
    names = ("grant-cleo", "request", "opened", "absence", "close-intake")
    payloads = [spelled(world, name) for name in names]
    payloads += [spelled(world, "request", personal={}, event={"a": 1, "b": [{"c": "x"}]})]
    taken = 0
    for payload in payloads:
        for place in range(len(payload)):
            for other in (payload[place] ^ 1, dice.randrange(256)):
                bent = payload[:place] + bytes([other]) + payload[place + 1 :]
                taken += check_same(bent)
        for _ in range(600):
            check_same(mutant(payload, dice, payloads))
    assert taken > 1000
    envelopes = [world.made(name).data for name in names]
    for data in envelopes:
        for _ in range(1500):
            bent = mutant(data, dice, envelopes)
            found = plain_envelope(bent)
            if found is not None:
                strict = envelope.load(bent)
                assert found == (strict.payload, strict.keyid.hex(), strict.signature)
    stream = world.made("request").record.stream
    opening = dump_opening(RecordOpening(bytes(32), stream, 7, None, {}))
    for _ in range(3000):
        bent = mutant(opening, dice, [opening])
        plain = plain_opening(bent)
        if plain is not None:
            assert load_opening(bent) == RecordOpening(*plain, None, {})


def odd_payloads() -> list[bytes]:
    """Spell envelopes of one and two bytes with a spare bit set, and of three with idle padding."""
    spelt = [envelope.dump(envelope.Envelope(bytes(n), bytes(32), bytes(64))) for n in (1, 2, 3)]
    ways = (("AA==", "AB=="), ("AAA=", "AAB="), ("AAAA", "AAAA="))
    return [
        changed(data, f'"payload":"{good}"', f'"payload":"{bad}"')
        for data, (good, bad) in zip(spelt, ways, strict=True)
    ]


def changed(payload: bytes, old: str, new: str) -> bytes:
    """Change words of a record, whatever becomes of it."""
    assert old.encode() in payload
    return payload.replace(old.encode(), new.encode())


def test_the_short_reader_steps_back_where_it_is_not_certain(world: World) -> None:
    """What one record alone can break is left to the strict reader, which names it."""
    opened = spelled(world, "opened")
    one = record.load(opened).continues[0]
    pair = f'{{"head":"{one.head.hex()}","stream":"{one.stream.hex()}"}}'
    own = record.load(opened).stream.hex()
    request = spelled(world, "request", personal={})
    harms = [
        changed(opened, pair, f"{pair},{pair}"),
        changed(opened, pair, f"{pair},"),
        changed(opened, one.stream.hex(), own),
        changed(opened, one.stream.hex(), "0" * 32),
        changed(opened, one.head.hex(), "0" * 64),
        changed(request, '"continues":[]', f'"continues":[{pair}]'),
        changed(request, '"requester":"other"', '"requester":"other","a":1'),
        changed(request, '"requester":"other"', '"requester":[1.5]'),
        changed(request, '"requester":"other"', '"requester":[[[[[[[1]]]]]]]'),
        changed(request, '{"requester":"other"}', "{[]}"),
        changed(request, '"personal":{}', f'"personal":{{"b":"{"0" * 64}","a":"{"0" * 64}"}}'),
        changed(request, '"personal":{}', f'"personal":{{"requester":"{"0" * 64}"}}'),
        changed(request, '"personal":{}', f'"personal":{{"a":"{"0" * 64}",}}'),
        changed(request, "2026-06-04", "2026-02-30"),
        spelled(world, "request", head=TreeHead(0, bytes(32))),
        spelled(world, "request", head=TreeHead(7, EMPTY_ROOT)),
        b"\xff" + request,
    ]
    for harm in harms:
        assert plain_record(harm, ORIGIN) is None
        with pytest.raises(Malformed):
            record.load(harm)
    assert plain_record(request, "elsewhere.example") is None
    data = world.made("request").data
    at = data.index(b'","payloadType"')
    assert plain_envelope(data[: at - 1] + data[at:]) is None
    loose = changed(data, '","payloadType"', '=","payloadType"')
    # The last digit of 64 bytes in base64 has four spare bits, and so may have that of a payload.
    spare = data[:-7] + bytes([data[-7] + 1]) + data[-6:]
    for bent in (loose, spare, *odd_payloads()):
        assert plain_envelope(bent) is None
        with pytest.raises(Malformed):
            envelope.load(bent)
    zero = dump_opening(RecordOpening(bytes(32), bytes([1]) * 16, 7, None, {}))
    assert plain_opening(zero.replace(b"01" * 16, b"00" * 16)) is None


def test_the_short_way_is_gone_and_says_what_the_long_one_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With and without the short way the report is the same, for good packs and bad ones."""
    asked: list[usual.Asked] = []
    taken: list[int] = []
    first = usual.Usual.take

    def counting(
        one: usual.Usual, out: Harvest, source: Source, leaves: list[usual.Asked]
    ) -> Collection[int]:
        asked.extend(leaves)
        found = first(one, out, source, leaves)
        taken.extend(found)
        return found

    forge = Forge()
    forge.ticks = 9
    forge.add(Draft("slow", "slow", "note-taken.v1", 6, "ada", "director", lands=9))
    forge.draft("decided").sign_as = "ben"
    world = forge.build()
    root = write(world.pack("ledger"), tmp_path)
    path = root / record_path(world.made("request").index)
    path.write_bytes(path.read_bytes() + b"\n")
    monkeypatch.setattr(usual.Usual, "take", counting)
    short = verify(root, world.trust(), receipts=[])
    monkeypatch.setattr(usual.Usual, "take", lambda *_: ())
    long = verify(root, world.trust())
    assert 0 < len(taken) < len(asked)
    assert short.json() == long.json()
    assert {"V1.differs", "V9.signature", "V11.late"} <= {one.code for one in long.findings}
