"""Vectors of what a person signs: JSON, names, records, envelopes and commitments."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ledger.evidence import commitment, envelope, grammar, jcs, merkle, record
from tests.vectors.samples import (
    CORE,
    NOTE_VALUE,
    ORIGIN,
    PERSONAL,
    RECORD,
    STAFF,
    STREAM,
    Vector,
    fixed,
    sample_document,
    sample_envelope,
    sha256_of,
    text_of,
)


def jcs_vectors() -> Vector:
    """JSON in its one spelling, and every way to miss it."""
    accepted = {
        "empty object": "{}",
        "sorted keys": '{"A":1,"_":2,"a":3,"a0":4}',
        "literals": "[null,true,false]",
        "largest integers": "[9007199254740991,-9007199254740991,0]",
        "RFC 8785 §3.2.2.2 string": '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"',
        "short escapes": '"\\b\\t\\n\\f\\r\\u001f\x7f"',
        "not normalised": '"e\u0301\u00e9"',
        "beyond the basic plane": '"\U0001f4d6"',
        "depth 8": '{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}',
    }
    refused = {
        "white space": b'{"a": 1}',
        "newline at the end": b"{}\n",
        "keys not sorted": b'{"b":1,"a":2}',
        "key twice": b'{"a":1,"a":1}',
        "key with a hyphen": b'{"a-b":1}',
        "empty key": b'{"":1}',
        "float": b"[1.0]",
        "exponent": b"[1e2]",
        "not a number": b"[NaN]",
        "infinity": b"[Infinity]",
        "minus zero": b"[-0]",
        "integer too large": b"[9007199254740992]",
        "integer too small": b"[-9007199254740992]",
        "long integer": b"[" + b"9" * 5000 + b"]",
        "long escape": b'"\\u000a"',
        "upper-case escape": b'"\\u001F"',
        "escaped slash": b'"\\/"',
        "escaped letter": b'"\\u0041"',
        "lone surrogate": b'"\\ud800"',
        "raw control character": b'"\x01"',
        "invalid UTF-8": b'"\xff"',
        "overlong UTF-8": b'"\xc0\xaf"',
        "surrogate in UTF-8": b'"\xed\xa0\x80"',
        "byte order mark": b"\xef\xbb\xbf{}",
        "depth 9": b"[[[[[[[[1]]]]]]]]",
        "depth 9 of objects": b'{"a":' * 8 + b"1" + b"}" * 8,
        "deep": b"[" * 200_000,
        "empty": b"",
        "two values": b"{}{}",
        "trailing comma": b"[1,]",
        "comment": b"{}//",
    }
    # The deep one is given by its count, so that the file stays readable.
    listed = [
        {"name": name, "repeat": "5b", "times": 200_000}
        if name == "deep"
        else {"name": name, "hex": data.hex()}
        for name, data in refused.items()
    ]
    return {
        "accepted": [{"name": name, "json": text} for name, text in accepted.items()],
        "refused": listed,
    }


def grammar_vectors() -> Vector:
    """Names, instants, positions and keys."""
    small_order = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ]
    # Non-canonical; then y = 2, which no point of the curve has.
    no_key = ["ed" + "ff" * 30 + "7f", "ff" * 32, "02" + "00" * 31]
    return {
        "origin": words(
            [ORIGIN, "a", "a.b/C_d/-", "a" * 255], ["", "A", "a/", "/a", "a b", "é", "a" * 256]
        ),
        "person": words(["t.okafor", "0", "a" * 64], ["", ".a", "T", "a" * 65, "a/b", "a\n"]),
        "type": words(
            ["request-received.v1", "a.v12"], ["a", "a.v0", "a.v01", "-a.v1", "a--b.v1", "A.v1"]
        ),
        "role": words(["custodian", "a-", "a" * 32], ["", "-a", "Staff", "a1", "a" * 33]),
        "instant": words(
            ["2026-06-19T03:34:12Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"],
            [
                "2026-06-19T03:34:60Z",
                "2026-06-19T24:00:00Z",
                "2026-02-29T00:00:00Z",
                "0000-01-01T00:00:00Z",
                "2026-06-19T03:34:12+00:00",
                "2026-06-19T03:34:12.0Z",
                "2026-06-19 03:34:12Z",
                "2026-06-19T03:34:12z",
                "\u0662026-06-19T03:34:12Z",
            ],
        ),
        "position": words(
            [f"{STREAM.hex()}:1"],
            [f"{STREAM.hex()}:0", f"{STREAM.hex()}:01", f"{'0' * 32}:1", STREAM.hex(), ":1"],
        ),
        "signing_key": words(
            [STAFF.public_key().public_bytes_raw().hex()], [*small_order, *no_key]
        ),
    }


def record_vectors() -> Vector:
    """Records in their one spelling, and records that break one rule each."""
    first = replace(
        RECORD,
        seq=1,
        prev=record.ZERO_HASH,
        continues=(record.Continued(fixed("intake", 16), fixed("intake head")),),
        under=f"{fixed('office', 16).hex()}:7",
        branch=None,
        attested="own-device",
        role="custodian",
        occurred_precision="approximate",
        basis="reported",
        type="matter-opened.v1",
        personal={},
    )
    office = replace(
        RECORD,
        stream=fixed("office", 16),
        seq=1,
        prev=record.ZERO_HASH,
        office=record.OfficeHead(0, record.ZERO_HASH),
        head=record.TreeHead(0, merkle.EMPTY_ROOT),
        type="example-founded.v1",
        event={},
        personal={},
    )
    samples = {"sample": RECORD, "first of a stream": first, "first of the office": office}
    accepted = [
        {"name": name, "record": text_of(record.dump(one)), "sha256": sha256_of(record.dump(one))}
        for name, one in samples.items()
    ]
    return {"accepted": accepted, "refused": list(_refused_records(record.dump(first)))}


def _refused_records(data: bytes) -> Iterable[Vector]:
    """Give the first record of a stream with one rule broken in each."""
    changes: dict[str, tuple[str, Any]] = {
        "version 2": ("v", 2),
        "version true": ("v", True),
        "origin of another form": ("origin", "Ledger"),
        "stream all zero": ("stream", "0" * 32),
        "stream in upper case": ("stream", STREAM.hex().upper()),
        "seq 0": ("seq", 0),
        "prev of zeros after seq 1": ("seq", 2),
        "prev at seq 1": ("prev", fixed("other").hex()),
        "continues its own stream": (
            "continues",
            [{"stream": STREAM.hex(), "head": fixed("x").hex()}],
        ),
        "continues one stream twice": (
            "continues",
            [{"stream": "ab" * 16, "head": fixed(head).hex()} for head in "xy"],
        ),
        "continues a head of zeros": ("continues", [{"stream": "ab" * 16, "head": "0" * 64}]),
        "continues as null": ("continues", None),
        "type without version": ("type", "matter-opened"),
        "occurred_at null": ("occurred_at", None),
        "precision unknown to the format": ("occurred_precision", "roughly"),
        "basis unknown to the format": ("basis", "hearsay"),
        "recorded_at with an offset": ("recorded_at", "2026-06-19T03:34:12+00:00"),
        "actor of another form": ("actor", "T. Okafor"),
        "recorded_by a number": ("recorded_by", 7),
        "role of another form": ("role", "Custodian"),
        "under without seq": ("under", STREAM.hex()),
        "branch of another form": ("branch", ""),
        "attested unknown to the format": ("attested", "passkey"),
        "office seq 0 with a head": ("office", {"seq": 0, "head": fixed("x").hex()}),
        "office head of zeros": ("office", {"seq": 1, "head": "0" * 64}),
        "office with another key": ("office", {"seq": 0, "head": "0" * 64, "at": 1}),
        "law too short": ("law", "ab"),
        "size 0 with another root": (
            "head",
            {"size": 0, "root": grammar.to_base64(fixed("x"))},
        ),
        "empty root with a size": (
            "head",
            {"size": 1, "root": grammar.to_base64(merkle.EMPTY_ROOT)},
        ),
        "root not canonical": ("head", {"size": 1, "root": "A" * 42 + "B="}),
        "command of 15 bytes": ("command", "ab" * 15),
        "key null": ("key", None),
        "event an array": ("event", []),
        "field in event and personal": ("personal", {"pages": "ab" * 32}),
        "personal value not a digest": ("personal", {"note": "x"}),
        "unknown key": ("note", 1),
    }
    for name, (key, value) in changes.items():
        members = json.loads(data)
        if name == "prev of zeros after seq 1":
            members["continues"] = []
        members[key] = value
        yield {"name": name, "record": text_of(jcs.dump(members))}
    members = json.loads(data)
    yield {"name": "continues after seq 1", "record": text_of(jcs.dump(_later(members)))}
    yield {"name": "key missing", "record": text_of(jcs.dump(_without(members, "branch")))}
    yield {"name": "white space", "record": text_of(data).replace(":", ": ", 1)}


def _later(members: Mapping[str, Any]) -> Vector:
    return {**members, "seq": 2, "prev": fixed("previous envelope").hex()}


def _without(members: Mapping[str, Any], key: str) -> Vector:
    return {name: value for name, value in members.items() if name != key}


def envelope_vectors() -> Vector:
    """An envelope with a fixed key, and envelopes that are refused."""
    data = sample_envelope()
    parsed = envelope.load(data)
    good = text_of(data)
    refused = {
        "another payload type": good.replace("record.v1+json", "record.v2+json"),
        "no signature": good[: good.index("[")] + "[]}",
        "two signatures": good.replace("}]", "}," + good[good.index("[") + 1 : -1], 1),
        "unknown key": good[:-1] + ',"z":1}',
        "keyid too short": good.replace(RECORD.key.hex(), RECORD.key.hex()[2:]),
        "payload without padding": good.replace("=", "", 1),
        "signature too long": good.replace('"sig":"', '"sig":"AAAA'),
    }
    return {
        "seed": fixed("staff seed").hex(),
        "public": STAFF.public_key().public_bytes_raw().hex(),
        "payload": text_of(parsed.payload),
        "signing_input": text_of(envelope.signing_input(parsed.payload)),
        "keyid": parsed.keyid.hex(),
        "signature": grammar.to_base64(parsed.signature),
        "envelope": good,
        "e": envelope.digest(data).hex(),
        "refused": [{"name": name, "envelope": text} for name, text in refused.items()],
    }


def commitment_vectors() -> Vector:
    """Blind, commitment, salt, digest and covers."""
    core, personal, seed = CORE, PERSONAL, fixed("cover seed")
    e = envelope.digest(sample_envelope())
    blind = commitment.blind(core, STREAM, 3)
    values = {"officer_note": NOTE_VALUE, "scan": jcs.dump(sample_document())}
    salts = {field: commitment.salt(personal, STREAM, 3, field) for field in values}
    covers = [(tick, k) for tick in (1, 2) for k in (0, 127)]
    blinds = {pair: commitment.cover_blind(seed, *pair) for pair in covers}
    return {
        "record": {
            "core": core.hex(),
            "stream": STREAM.hex(),
            "seq": 3,
            "e": e.hex(),
            "blind": blind.hex(),
            "commitment": commitment.commit(blind, STREAM, 3, e).hex(),
        },
        "personal": [
            {
                "secret": personal.hex(),
                "stream": STREAM.hex(),
                "seq": 3,
                "field": field,
                "value": text_of(value),
                "salt": salts[field].hex(),
                "digest": commitment.personal_digest(salts[field], value).hex(),
            }
            for field, value in values.items()
        ],
        "covers": [
            {
                "seed": seed.hex(),
                "tick": tick,
                "k": k,
                "blind": blinds[tick, k].hex(),
                "commitment": commitment.cover(blinds[tick, k], k).hex(),
            }
            for tick, k in covers
        ],
    }


def words(accepted: list[str], refused: list[str]) -> Vector:
    return {"accepted": accepted, "refused": refused}
