"""The published vectors are what the code gives, and what it must refuse it refuses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from ledger.evidence import commitment, envelope, grammar, jcs, record
from ledger.evidence.attestation import Periods, heads_digest
from ledger.evidence.checkpoint import Checkpoint, stamped_bytes, verify_checkpoint
from ledger.evidence.grammar import Malformed
from ledger.evidence.merkle import verify_consistency, verify_inclusion
from ledger.evidence.note import SignedNote, VKey, verify
from ledger.evidence.receipt import Extent, Receipt
from ledger.evidence.schedule import Schedule
from tests.evidence.signing import check_ed25519, check_mldsa44, check_note
from tests.vectors.make import VECTORS, main, spell
from tests.vectors.samples import HERE, make_mldsa44, mldsa44_message, stored_mldsa44

GRAMMAR: dict[str, Callable[[str], object]] = {
    "origin": grammar.check_origin,
    "person": grammar.check_person,
    "type": grammar.check_type,
    "role": grammar.check_role,
    "instant": grammar.parse_instant,
    "position": grammar.parse_position,
    "signing_key": lambda text: grammar.check_signing_key(bytes.fromhex(text)),
}


def stored(name: str) -> Any:
    """Return a file of vectors as it is stored."""
    return json.loads((HERE / name).read_text("utf-8"))


@pytest.mark.parametrize("name", VECTORS)
def test_vectors_come_out_the_same(name: str) -> None:
    """Making a file of vectors again gives its stored bytes."""
    assert spell(VECTORS[name]()) == (HERE / name).read_bytes()


def test_making_the_vectors_writes_them_all(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script writes each file beside the stored signature, and can renew that one."""
    monkeypatch.setattr("tests.vectors.make.HERE", tmp_path)
    main(["--sign"])
    assert {path.name for path in tmp_path.iterdir()} == {*VECTORS, "mldsa44.json"}
    for name in VECTORS:
        assert (tmp_path / name).read_bytes() == (HERE / name).read_bytes()


def test_the_stored_mldsa44_signature_is_of_the_sample_checkpoint() -> None:
    """The one signature that cannot be made again verifies under the key of its seed."""
    public = make_mldsa44()["public"]
    assert stored_mldsa44()["public"] == public
    signature = grammar.parse_base64(stored_mldsa44()["signature"], 2420)
    assert check_mldsa44(grammar.parse_base64(public, 1312), mldsa44_message(), signature)


@pytest.mark.parametrize("one", stored("jcs.json")["accepted"], ids=lambda one: one["name"])
def test_json_to_be_accepted_is_accepted(one: dict[str, str]) -> None:
    """Each accepted text reads, and is spelt the same again."""
    assert jcs.dump(jcs.load(one["json"].encode())) == one["json"].encode()


@pytest.mark.parametrize("one", stored("jcs.json")["refused"], ids=lambda one: one["name"])
def test_json_to_be_refused_is_refused(one: dict[str, Any]) -> None:
    """Each refused text is refused."""
    data = bytes.fromhex(one["repeat"]) * one["times"] if "repeat" in one else None
    with pytest.raises(Malformed):
        jcs.load(bytes.fromhex(one["hex"]) if data is None else data)


@pytest.mark.parametrize("kind", GRAMMAR)
def test_names_follow_their_grammar(kind: str) -> None:
    """Each accepted name is accepted and each refused one refused."""
    words = stored("grammar.json")[kind]
    for text in words["accepted"]:
        GRAMMAR[kind](text)
    for text in words["refused"]:
        with pytest.raises(Malformed):
            GRAMMAR[kind](text)


def test_branches_follow_the_grammar_of_people() -> None:
    """The id of a branch has the form of a person's."""
    words = stored("grammar.json")["person"]
    assert [grammar.check_branch(text) for text in words["accepted"]] == words["accepted"]
    for text in words["refused"]:
        with pytest.raises(Malformed):
            grammar.check_branch(text)


def test_record_vectors_hold() -> None:
    """Accepted records read and write the same; refused ones are refused."""
    vectors = stored("record.json")
    for one in vectors["accepted"]:
        data = one["record"].encode()
        assert record.dump(record.load(data)) == data
        assert hashlib.sha256(data).hexdigest() == one["sha256"]
    for one in vectors["refused"]:
        with pytest.raises(Malformed):
            record.load(one["record"].encode())


def test_refused_records_break_different_rules() -> None:
    """A few refusals share a sentence; the others are refused for a reason of their own."""
    sentences = set()
    for one in stored("record.json")["refused"]:
        with pytest.raises(Malformed) as caught:
            record.load(one["record"].encode())
        sentences.add(str(caught.value))
    assert len(sentences) >= len(stored("record.json")["refused"]) - 5


def test_envelope_vectors_hold() -> None:
    """The envelope reads, its signature verifies over the signed bytes, and E is its hash."""
    vectors = stored("envelope.json")
    data = vectors["envelope"].encode()
    one = envelope.load(data)
    signed = envelope.signing_input(one.payload)
    assert (one.payload.decode(), signed.decode()) == (vectors["payload"], vectors["signing_input"])
    assert check_ed25519(bytes.fromhex(vectors["public"]), signed, one.signature)
    assert one.keyid == hashlib.sha256(bytes.fromhex(vectors["public"])).digest()
    assert record.load(one.payload).key == one.keyid
    assert hashlib.sha256(data).hexdigest() == vectors["e"]
    for wrong in vectors["refused"]:
        with pytest.raises(Malformed):
            envelope.load(wrong["envelope"].encode())


def test_commitment_vectors_hold() -> None:
    """Commitment, digests and covers follow from what stands beside them."""
    vectors = stored("commitment.json")
    one = vectors["record"]
    core, stream, e = (bytes.fromhex(one[key]) for key in ("core", "stream", "e"))
    blind = commitment.blind(core, stream, one["seq"])
    assert blind.hex() == one["blind"]
    assert commitment.commit(blind, stream, one["seq"], e).hex() == one["commitment"]
    for field in vectors["personal"]:
        secret, stream = bytes.fromhex(field["secret"]), bytes.fromhex(field["stream"])
        salt = commitment.salt(secret, stream, field["seq"], field["field"])
        assert salt.hex() == field["salt"]
        assert commitment.personal_digest(salt, field["value"].encode()).hex() == field["digest"]
    for cover in vectors["covers"]:
        blind = commitment.cover_blind(bytes.fromhex(cover["seed"]), cover["tick"], cover["k"])
        assert commitment.cover(blind, cover["k"]).hex() == cover["commitment"]


def test_tree_vectors_hold() -> None:
    """Every stored proof verifies against the stored roots."""
    vectors = stored("tree.json")
    entries = [bytes.fromhex(one) for one in vectors["entries"]]
    roots = [bytes.fromhex(one["root"]) for one in vectors["roots"]]
    for one in vectors["inclusion"]:
        path = [bytes.fromhex(step) for step in one["path"]]
        index, size = one["index"], one["size"]
        assert verify_inclusion(entries[index], index, size, path, roots[size])
    for one in vectors["consistency"]:
        path = [bytes.fromhex(step) for step in one["path"]]
        old, new = one["old"], one["new"]
        assert verify_consistency(old, roots[old], new, roots[new], path)


def test_note_vectors_hold() -> None:
    """The note verifies under its key; refused notes and keys are refused."""
    vectors = stored("note.json")
    vkey, parsed = VKey.load(vectors["vkey"]), SignedNote.parse(vectors["note"].encode())
    assert verify(parsed, [vkey], check_note) == (vkey,)
    assert (parsed.text, vkey.key_id.hex()) == (vectors["text"], vectors["key_id"])
    for wrong in vectors["refused"]:
        with pytest.raises(Malformed):
            SignedNote.parse(wrong["note"].encode())
    for wrong in vectors["refused_vkeys"]:
        with pytest.raises(Malformed):
            VKey.load(wrong["vkey"])


def test_checkpoint_vectors_hold() -> None:
    """The checkpoint verifies under both keys; refused ones are refused under theirs."""
    vectors = stored("checkpoint.json")
    trusted = [VKey.load(text) for text in vectors["log"]]
    data = vectors["checkpoint"].encode()
    found = verify_checkpoint(data, trusted, check_ed25519, check_mldsa44)
    assert found.checkpoint == Checkpoint.load(vectors["text"])
    assert found.time == grammar.parse_instant(vectors["time"])
    stamped = stamped_bytes(found.note, found.checkpoint.origin)
    assert hashlib.sha256(stamped).hexdigest() == vectors["stamped_sha256"]
    for key, vkeys in (("refused", trusted), ("refused_for_log_0x01", trusted[:1])):
        for wrong in vectors[key]:
            with pytest.raises(Malformed):
                verify_checkpoint(wrong["checkpoint"].encode(), vkeys, check_ed25519, check_mldsa44)


def test_schedule_vectors_hold() -> None:
    """The schedule reads, its note verifies, and refused ones are refused."""
    vectors = stored("schedule.json")
    schedule = Schedule.load(vectors["text"])
    signed = SignedNote.parse(vectors["note"].encode())
    assert verify(signed, [VKey.load(stored("note.json")["vkey"])], check_note)
    assert signed.text == schedule.dump() == vectors["text"]
    for size in vectors["refused_sizes"]:
        with pytest.raises(Malformed):
            schedule.last_tick(size)
    for wrong in vectors["refused"]:
        with pytest.raises(Malformed):
            Schedule.load(wrong["text"])


def test_attestation_vectors_hold() -> None:
    """The digest follows from salt, size and streams; the dates follow from the founding."""
    vectors = stored("attestation.json")
    for one in vectors["heads"]:
        heads = {
            bytes.fromhex(head["stream"]): (head["seq"], bytes.fromhex(head["e"]))
            for head in reversed(one["streams"])
        }
        digest = heads_digest(bytes.fromhex(one["salt"]), one["size"], heads)
        assert digest.hex() == one["heads"]
    for one in vectors["periods"]:
        periods = Periods(Schedule.load(one["schedule"]), one["months"])
        for end in one["ends"]:
            assert grammar.format_instant(periods.end(end["period"])) == end["end"]
            assert periods.size(end["period"]) == end["size"]
        for ended in one["ended"]:
            assert periods.ended(ended["size"]) == ended["periods"]


@pytest.mark.parametrize(("name", "kind"), [("receipt", Receipt), ("extent", Extent)])
def test_receipt_vectors_hold(name: str, kind: type[Receipt] | type[Extent]) -> None:
    """Receipt and extent read, their notes verify, and refused ones are refused."""
    vectors = stored("receipt.json")
    vkey, one = VKey.load(vectors["vkey"]), vectors[name]
    signed = SignedNote.parse(one["note"].encode())
    assert verify(signed, [vkey], check_note) == (vkey,)
    assert kind.load(one["text"]).dump() == signed.text == one["text"]
    for wrong in one["refused"]:
        with pytest.raises(Malformed):
            kind.load(wrong["text"])
