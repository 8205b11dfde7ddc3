"""The spelling of a pack's parts, and the strict reading of authority events."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.evidence import jcs
from ledger.evidence.acts import (
    AUTHORITY_TYPES,
    AbsenceRecorded,
    AttestationDetailed,
    Before,
    CustodianNotReached,
    KeyRevoked,
    LedgerFounded,
    LogAttested,
    LogKeysAnnounced,
    Reattested,
    StreamErased,
    parse_event,
)
from ledger.evidence.grammar import Malformed, to_base64
from ledger.evidence.jcs import Json
from ledger.evidence.pack import (
    CoverOpening,
    Document,
    ErasedOpening,
    Kind,
    Manifest,
    Opening,
    PackPath,
    RecordOpening,
    Revealed,
    Scope,
    attachment_path,
    consistency_path,
    document_of,
    dump_consistency,
    dump_manifest,
    dump_opening,
    extent_path,
    law_path,
    load_consistency,
    load_manifest,
    load_opening,
    manifest_of,
    opening_path,
    read_path,
    record_path,
)
from ledger.evidence.record import TreeHead
from tests.authenticator import Authenticator
from tests.drafts import instant, public
from tests.forge import Forge

STREAM, OTHER, HASH = bytes([1]) * 16, bytes([2]) * 16, bytes([0xAB]) * 32
OPENINGS: tuple[Opening, ...] = (
    RecordOpening(HASH, STREAM, 1, (HASH, HASH), {"note": Revealed(HASH, ["x", None, 1])}),
    RecordOpening(HASH, STREAM, 1, None, {}),
    CoverOpening(1, 0, HASH),
    ErasedOpening((OTHER, 4), HASH, STREAM, 2, HASH),
)


# ---- paths --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (record_path(7), PackPath("record", number=7)),
        (opening_path(0), PackPath("opening", number=0)),
        (consistency_path(4096), PackPath("consistency", number=4096)),
        (extent_path(STREAM), PackPath("extent", digest=STREAM)),
        (law_path(HASH), PackPath("law", digest=HASH)),
        (attachment_path(HASH), PackPath("attachment", digest=HASH)),
        ("derived/deadlines/case.json", PackPath("derived", rest="deadlines/case.json")),
        ("log/tile/0/x001/234.p/5", PackPath("log", rest="tile/0/x001/234.p/5")),
        ("checkpoint.tsr", PackPath("time-stamp")),
    ],
)
def test_a_path_says_what_it_is(path: str, expected: PackPath) -> None:
    """The name of a file alone says what belongs into it."""
    assert read_path(path) == expected


@pytest.mark.parametrize(
    "path",
    [
        "", "/checkpoint", "records/../checkpoint", "records/./1.dsse.json", "records//1.dsse.json",
        "records/01.dsse.json", "records/-1.dsse.json", "records/1.json", "openings/1.JSON",
        "openings/9007199254740992.json", "extents/00000000000000000000000000000000",
        "extents/0101", "law/x.json", "attachments/", "derived/", "log/", "notes.txt",
        "derived/a b", "derived/a\nb", "derived/\u00e9", "derived/" + "a/" * 9 + "a",
        "derived/" + "a" * 129, "records/\u0661.dsse.json",
    ],
)  # fmt: skip
def test_a_path_that_reads_in_two_ways_is_refused(path: str) -> None:
    """A path stays inside the pack and has one spelling."""
    with pytest.raises(Malformed):
        read_path(path)


# ---- manifest -----------------------------------------------------------------------------------

FILES = {"README.txt": b"read me", record_path(1): b"{}", "checkpoint": b"3"}
SUBJECTS: Mapping[Scope, tuple[str, ...]] = {
    "event": (f"{STREAM.hex()}:3", f"{OTHER.hex()}:1"),
    "case": (STREAM.hex(), OTHER.hex()),
    "ledger": (),
    "openings": (),
}


@pytest.mark.parametrize("scope", ["event", "case", "ledger", "openings"])
def test_a_manifest_reads_as_it_was_written(scope: Scope) -> None:
    """What the exporter lists is what the verifier reads."""
    manifest = manifest_of("a.example", scope, SUBJECTS[scope][::-1], FILES)
    assert load_manifest(dump_manifest(manifest)) == manifest
    assert list(manifest.files) == ["README.txt", "checkpoint", record_path(1)]
    assert manifest.streams == ((STREAM, OTHER) if scope in ("event", "case") else ())
    assert manifest.records == (((STREAM, 3), (OTHER, 1)) if scope == "event" else ())


def bent_manifests() -> dict[str, Json]:
    """Return manifests that break one rule each."""
    digest = HASH.hex()
    good: dict[str, Json] = {
        "format": "disclosure-ledger/pack/v1",
        "origin": "a.example",
        "scope": "case",
        "subject": [STREAM.hex()],
        "files": [{"path": "checkpoint", "sha256": digest}],
    }
    one: Json = {"path": "checkpoint", "sha256": digest}
    two: Json = {"path": "README.txt", "sha256": digest}
    changes: dict[str, dict[str, Json]] = {
        "format": {"format": "disclosure-ledger/pack/v2"},
        "origin": {"origin": "A"},
        "origin type": {"origin": 1},
        "scope": {"scope": "all"},
        "scope type": {"scope": None},
        "no subject": {"subject": []},
        "subject type": {"subject": STREAM.hex()},
        "subject item": {"subject": [7]},
        "subject of an event": {"subject": [f"{STREAM.hex()}:1"]},
        "subject twice": {"subject": [STREAM.hex(), STREAM.hex()]},
        "subject descending": {"subject": [OTHER.hex(), STREAM.hex()]},
        "subject of zeros": {"subject": ["00" * 16]},
        "subject of a ledger": {"scope": "ledger"},
        "subject of a case in an event": {"scope": "event"},
        "extra": {"comment": ""},
        "files type": {"files": {}},
        "file type": {"files": ["checkpoint"]},
        "file keys": {"files": [{"path": "checkpoint"}]},
        "file path": {"files": [{"path": 1, "sha256": digest}]},
        "file outside": {"files": [{"path": "../x", "sha256": digest}]},
        "file digest": {"files": [{"path": "checkpoint", "sha256": digest.upper()}]},
        "file twice": {"files": [one, one]},
        "files descending": {"files": [one, two]},
        "itself": {"files": [{"path": "manifest.json", "sha256": digest}]},
    }
    bent: dict[str, Json] = {name: {**good, **change} for name, change in changes.items()}
    return {**bent, "list": [], "none": None}


@pytest.mark.parametrize("name", bent_manifests())
def test_a_manifest_that_breaks_a_rule_is_refused(name: str) -> None:
    """A manifest is untrusted input and strictly parsed."""
    with pytest.raises(Malformed):
        load_manifest(jcs.dump(bent_manifests()[name]))


def test_a_manifest_that_breaks_a_rule_is_not_written() -> None:
    """The exporter keeps the rules that the verifier asks for."""
    with pytest.raises(Malformed):
        dump_manifest(Manifest("a.example", "case", (), {}))


# ---- openings -----------------------------------------------------------------------------------


@pytest.mark.parametrize("opening", OPENINGS)
def test_an_opening_reads_as_it_was_written(opening: Opening) -> None:
    """Record, cover and tombstone each have their own opening."""
    assert load_opening(dump_opening(opening)) == opening


@pytest.mark.parametrize("opening", OPENINGS)
@given(data=st.data())
def test_an_opening_has_one_spelling(opening: Opening, data: st.DataObject) -> None:
    """Any other bytes are another opening or none."""
    spelled = dump_opening(opening)
    place = data.draw(st.integers(0, len(spelled) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != spelled[place]))
    changed = spelled[:place] + bytes([other]) + spelled[place + 1 :]
    with suppress(Malformed):
        assert load_opening(changed) != opening


BENT_OPENINGS: tuple[Opening, ...] = (
    RecordOpening(HASH[1:], STREAM, 1, None, {}),
    RecordOpening(HASH, bytes(16), 1, None, {}),
    RecordOpening(HASH, STREAM, 0, None, {}),
    RecordOpening(HASH, STREAM, 1, (b"",), {}),
    RecordOpening(HASH, STREAM, 1, None, {"note": Revealed(b"", "x")}),
    RecordOpening(HASH, STREAM, 1, None, {"a note": Revealed(HASH, "x")}),
    CoverOpening(0, 0, HASH),
    CoverOpening(1, -1, HASH),
    CoverOpening(True, 0, HASH),
    CoverOpening(1, 0, b""),
    ErasedOpening((OTHER, 0), HASH, STREAM, 2, HASH),
    ErasedOpening((OTHER, 1), HASH, STREAM, 2, b""),
)


@pytest.mark.parametrize("opening", BENT_OPENINGS)
def test_an_opening_that_breaks_a_rule_is_not_written(opening: Opening) -> None:
    """What could not be read back is not exported."""
    with pytest.raises(Malformed):
        dump_opening(opening)


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"cover": 1, "blind": HASH.hex()},
        {"cover": {"tick": 1}, "blind": HASH.hex()},
        {"erased": "x", "blind": HASH.hex(), "stream": STREAM.hex(), "seq": 1, "e": HASH.hex()},
        {"blind": HASH.hex(), "stream": STREAM.hex(), "seq": 1, "personal": []},
        {"blind": HASH.hex(), "stream": STREAM.hex(), "seq": 1, "personal": {}, "path": None},
        {"blind": HASH.hex(), "stream": STREAM.hex(), "seq": 1, "personal": {"a": {"salt": ""}}},
        {"blind": HASH.hex(), "stream": STREAM.hex(), "seq": 1, "personal": {}, "more": 1},
    ],
)
def test_an_opening_of_another_shape_is_refused(value: Json) -> None:
    """An opening has exactly the keys of its kind."""
    with pytest.raises(Malformed):
        load_opening(jcs.dump(value))


# ---- proofs and documents -----------------------------------------------------------------------


def test_a_proof_is_a_hash_a_line() -> None:
    """A consistency proof is spelled one way."""
    for count in (1, 2, 64):
        path = (HASH,) * count
        assert load_consistency(dump_consistency(path)) == path


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n", to_base64(HASH).encode(), b"x\n", b"\xff\n", b"\n\n",
        dump_consistency((HASH,) * 65), to_base64(HASH).encode() + b"\r\n",
    ],
)  # fmt: skip
def test_a_proof_of_another_shape_is_refused(data: bytes) -> None:
    """A proof has 1 to 64 lines, each ended, each a hash."""
    with pytest.raises(Malformed):
        load_consistency(data)


def test_a_document_is_told_from_other_values() -> None:
    """A value that describes a document does so with three fields and no others."""
    good: dict[str, Json] = {"sha256": HASH.hex(), "size": 9, "type": "text/plain"}
    assert document_of(good) == Document(HASH, 9, "text/plain")
    bad: tuple[dict[str, Json], ...] = ({"size": -1}, {"type": 1}, {"sha256": "x"}, {"name": "x"})
    for change in bad:
        assert document_of({**good, **change}) is None
    assert document_of("paper") is None


def kind_of(path: str) -> Kind:
    """Return the kind of a path."""
    return read_path(path).kind


def test_every_kind_has_a_path() -> None:
    """The names that the exporter uses are those that the verifier knows."""
    assert kind_of("manifest.json") == "manifest"
    assert kind_of("README.txt") == "readme"
    assert kind_of("schedule") == "schedule"


# ---- authority events ---------------------------------------------------------------------------

KEY = to_base64(public("ada"))
EPOCH: Json = {
    "first_size": 0, "start": "2026-06-01T00:00:00Z", "period_seconds": 60,
    "open": 1, "sealed": 1, "delay": 0,
}  # fmt: skip
FOUNDER: dict[str, Json] = {"person": "ada", "key": KEY, "custody": "device", "role": "director"}
SECOND: dict[str, Json] = {
    "person": "ben", "key": to_base64(public("ben")), "custody": "hardware", "role": "counsel",
}  # fmt: skip
FORGE = Forge()
FOUNDING: dict[str, Json] = {
    "epoch": EPOCH,
    "founders": [FOUNDER, SECOND],
    "log": [key.dump() for key in FORGE.log_keys],
    "receipt": FORGE.receipt_key.dump(),
    "vault_office": STREAM.hex(),
}
GOOD: dict[str, dict[str, Json]] = {
    "ledger-founded.v1": FOUNDING,
    "founding-countersigned.v1": {"founded": HASH.hex()},
    "key-enrolled.v1": {
        "person": "cleo", "key": KEY, "custody": "service", "principal": "desk"
    },
    "key-revoked.v1": {"key": HASH.hex()},
    "role-granted.v1": {"person": "cleo", "role": "staff"},
    "role-ended.v1": {"person": "cleo", "role": "staff"},
    "custodian-designated.v1": {"person": "ada", "resolved_on": "2026-05-28"},
    "designee-appointed.v1": {"person": "cleo"},
    "absence-recorded.v1": {"person": "ada", "from": instant(0), "until": instant(1)},
    "delegation-recorded.v1": {"person": "cleo", "until": instant(1), "scope": "all"},
    "custodian-not-reached.v1": {"person": "ada", "attempts": [f"{STREAM.hex()}:1"]},
    "assented.v1": {"of": HASH.hex()},
    "reattested.v1": {"of": [HASH.hex()]},
    "log-keys-announced.v1": {
        "log": [key.dump() for key in FORGE.log_keys], "receipt": FORGE.receipt_key.dump(),
        "reason": "compromise", "trusted": {"size": 16, "root": to_base64(HASH)},
    },
    "log-attested.v1": {
        "period": 0, "size": 16, "root": to_base64(HASH), "heads": HASH.hex(),
    },
    "attestation-detailed.v1": {"size": 16, "salt": HASH.hex(), "records": 3},
    "pack-activated.v1": {"law": HASH.hex(), "pack": "co-library"},
    "epoch-announced.v1": {"epoch": EPOCH},
    "stream-closed.v1": {},
    "passkey-enrolled.v1": Authenticator("ada").enrolled("ada"),
    "passkey-revoked.v1": {"passkey": HASH.hex()},
    "passkey-approved.v1": Authenticator("ada").approved(HASH),
    "stream-erased.v1": {
        "stream": STREAM.hex(), "secrets": "both", "records": [{"seq": 1, "e": HASH.hex()}],
    },
}  # fmt: skip
OPEN_TYPES = {
    "custodian-designated.v1", "designee-appointed.v1", "delegation-recorded.v1",
    "pack-activated.v1", "attestation-detailed.v1",
}  # fmt: skip


def test_every_authority_type_is_read() -> None:
    """The types of the format, and no other."""
    assert set(GOOD) == AUTHORITY_TYPES
    assert all(parse_event(name, event) is not None for name, event in GOOD.items())
    assert parse_event("request-received.v1", {"anything": 1}) is None
    assert parse_event("assented", {}) is None
    with pytest.raises(Malformed, match=r"the version of assented\.v2 is not known"):
        parse_event("assented.v2", {"of": "0" * 64})


@pytest.mark.parametrize("name", GOOD)
def test_an_authority_event_lacks_nothing(name: str) -> None:
    """A missing field is refused in every type."""
    for missing in GOOD[name]:
        rest = {key: value for key, value in GOOD[name].items() if key != missing}
        if not (name in OPEN_TYPES and missing in ("resolved_on", "scope", "pack", "records")):
            with pytest.raises(Malformed):
                parse_event(name, rest)


@pytest.mark.parametrize("name", GOOD)
def test_an_authority_event_carries_more_only_where_the_format_says_so(name: str) -> None:
    """Five types may carry more fields; in the others a field more is refused."""
    more = {**GOOD[name], "comment": "x"}
    if name in OPEN_TYPES:
        assert parse_event(name, more) is not None
    else:
        with pytest.raises(Malformed):
            parse_event(name, more)


BEFORE: dict[str, Json] = {
    "origin": "ledger.old.example", "founded": HASH.hex(), "size": 16, "root": to_base64(HASH),
    "checkpoint": HASH.hex(),
}  # fmt: skip
BENT: list[tuple[str, dict[str, Json]]] = [
    ("ledger-founded.v1", {"founders": [FOUNDER]}),
    ("ledger-founded.v1", {"founders": [FOUNDER, FOUNDER]}),
    ("ledger-founded.v1", {"founders": [FOUNDER, {**SECOND, "key": KEY}]}),
    ("ledger-founded.v1", {"founders": [FOUNDER, {**SECOND, "custody": "pocket"}]}),
    ("ledger-founded.v1", {"log": ["x"]}),
    ("ledger-founded.v1", {"receipt": [FORGE.receipt_key.dump()]}),
    ("ledger-founded.v1", {"vault_office": "00" * 16}),
    ("ledger-founded.v1", {"epoch": {**dict(EPOCH), "period_seconds": 0}}),  # type: ignore[arg-type] # it is an object
    ("key-enrolled.v1", {"key": to_base64(bytes([1]) + bytes(31))}),
    ("key-enrolled.v1", {"principal": "robot"}),
    ("key-enrolled.v1", {"custody": "device"}),
    ("key-revoked.v1", {"key": KEY}),
    ("key-revoked.v1", {"since": None}),
    ("key-revoked.v1", {"since": -1}),
    ("reattested.v1", {"of": []}),
    ("reattested.v1", {"of": [HASH.hex(), HASH.hex()]}),
    ("reattested.v1", {"of": ["ff" * 32, "ee" * 32]}),
    ("reattested.v1", {"of": [f"{number:064x}" for number in range(257)]}),
    ("log-keys-announced.v1", {"log": [7]}),
    ("log-keys-announced.v1", {"receipt": [FORGE.receipt_key.dump()]}),
    ("log-keys-announced.v1", {"reason": "whim"}),
    ("log-keys-announced.v1", {"trusted": {"size": 16}}),
    ("log-keys-announced.v1", {"trusted": {"size": 16, "root": HASH.hex()}}),
    ("ledger-founded.v1", {"attest_months": 0}),
    ("ledger-founded.v1", {"attest_months": 13}),
    ("ledger-founded.v1", {"zone": None}),
    ("ledger-founded.v1", {"zone": "../etc/passwd"}),
    ("ledger-founded.v1", {"zone": f"America/{'D' * 57}"}),
    ("ledger-founded.v1", {"before": None}),
    ("ledger-founded.v1", {"before": {**BEFORE, "size": 0}}),
    ("ledger-founded.v1", {"before": {**BEFORE, "origin": "No Origin"}}),
    ("ledger-founded.v1", {"before": {**BEFORE, "root": HASH.hex()}}),
    ("ledger-founded.v1", {"before": {**BEFORE, "checkpoint": to_base64(HASH)}}),
    ("ledger-founded.v1", {"before": {**BEFORE, "note": ""}}),
    ("log-attested.v1", {"size": 0}),
    ("log-attested.v1", {"period": -1}),
    ("log-attested.v1", {"heads": to_base64(HASH)}),
    ("log-attested.v1", {"root": HASH.hex()}),
    ("attestation-detailed.v1", {"salt": ""}),
    ("passkey-approved.v1", {"signature": to_base64(bytes(73))}),
    ("passkey-approved.v1", {"client_data": ""}),
    ("passkey-approved.v1", {"authenticator_data": to_base64(bytes(36))}),
    ("passkey-revoked.v1", {"passkey": KEY}),
    ("role-granted.v1", {"role": "Boss"}),
    ("role-granted.v1", {"person": "A B"}),
    ("absence-recorded.v1", {"until": None}),
    ("absence-recorded.v1", {"from": "2026-06-01"}),
    ("custodian-not-reached.v1", {"attempts": 3}),
    ("custodian-not-reached.v1", {"attempts": ["x"]}),
    ("delegation-recorded.v1", {"until": "2026-06-01"}),
    ("stream-erased.v1", {"secrets": "core"}),
    ("stream-erased.v1", {"records": [{"seq": 0, "e": HASH.hex()}]}),
    ("stream-erased.v1", {"records": [{"seq": 2, "e": HASH.hex()}, {"seq": 2, "e": HASH.hex()}]}),
    ("stream-erased.v1", {"records": [{"seq": 1}]}),
]


@pytest.mark.parametrize(("name", "change"), BENT)
def test_an_authority_event_is_read_strictly(name: str, change: dict[str, Json]) -> None:
    """What cannot be read as the format says changes nobody's authority."""
    with pytest.raises(Malformed, match=name):
        parse_event(name, {**GOOD[name], **change})


def test_an_authority_event_says_what_it_says() -> None:
    """The fields come out as the types that verifying needs."""
    founded = parse_event("ledger-founded.v1", FOUNDING)
    assert isinstance(founded, LedgerFounded)
    assert [one.person for one in founded.founders] == ["ada", "ben"]
    away = parse_event("absence-recorded.v1", GOOD["absence-recorded.v1"])
    assert isinstance(away, AbsenceRecorded)
    assert away.since < away.until
    ladder = parse_event("custodian-not-reached.v1", GOOD["custodian-not-reached.v1"])
    assert ladder == CustodianNotReached("ada", ((STREAM, 1),))
    assert parse_event("key-revoked.v1", GOOD["key-revoked.v1"]) == KeyRevoked(HASH, None)
    assert parse_event("key-revoked.v1", {"key": HASH.hex(), "since": 0}) == KeyRevoked(HASH, 0)
    words = [f"{number:064x}" for number in range(256)]
    again = parse_event("reattested.v1", {"of": [*words]})
    assert again == Reattested(tuple(bytes.fromhex(one) for one in words))
    follow = parse_event("log-keys-announced.v1", GOOD["log-keys-announced.v1"])
    assert isinstance(follow, LogKeysAnnounced)
    assert (follow.log, follow.receipt) == (FORGE.log_keys, FORGE.receipt_key)
    assert (follow.reason, follow.trusted) == ("compromise", TreeHead(16, HASH))
    attested = parse_event("log-attested.v1", GOOD["log-attested.v1"])
    assert attested == LogAttested(0, 16, HASH, HASH)
    detailed = parse_event("attestation-detailed.v1", GOOD["attestation-detailed.v1"])
    assert detailed == AttestationDetailed(16, HASH)
    often = parse_event(
        "ledger-founded.v1", {**FOUNDING, "attest_months": 3, "zone": "America/Denver"}
    )
    assert isinstance(often, LedgerFounded)
    assert (founded.attest_months, often.attest_months) == (12, 3)
    assert (founded.zone, often.zone) == (None, "America/Denver")
    later = parse_event("ledger-founded.v1", {**FOUNDING, "before": BEFORE})
    assert isinstance(later, LedgerFounded)
    assert later.before == Before("ledger.old.example", HASH, 16, HASH, HASH)
    assert (founded.before, later.before.dump()) == (None, BEFORE)
    erased = parse_event("stream-erased.v1", GOOD["stream-erased.v1"])
    assert erased == StreamErased(STREAM, "both", {1: HASH})
