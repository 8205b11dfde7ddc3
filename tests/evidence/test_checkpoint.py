"""A checkpoint is verified before it is read, under every kind of key that is trusted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from tlog_scales.signing import Vkey, VkeySet
from tlog_scales.tlog import Checkpoint as OtherCheckpoint

from ledger.evidence import checkpoint, note
from ledger.evidence.checkpoint import (
    Checkpoint,
    Retired,
    pack_timestamped,
    subtree_message,
    verify_checkpoint,
    verify_witnesses,
)
from ledger.evidence.grammar import Malformed
from ledger.evidence.merkle import EMPTY_ROOT
from ledger.evidence.note import SignedNote, Unverified, VKey, signature_line
from tests.evidence.signing import check_ed25519, check_mldsa44
from tests.vectors.of_logs import sample_lines
from tests.vectors.samples import (
    CHECKPOINT_TIME,
    LOG,
    LOG_VKEY,
    ORIGIN,
    RECEIPT_VKEY,
    RECEIPTS,
    WITNESS_VKEY,
    fixed,
    log_mldsa44_vkey,
    sample_checkpoint,
    signed_note,
)

HEAD = sample_checkpoint()
PLAIN, TIMED, WITNESS = sample_lines()
MLDSA44_VKEY = log_mldsa44_vkey()
TRUSTED = (LOG_VKEY, MLDSA44_VKEY)
SIGNED = SignedNote(HEAD.dump(), (PLAIN, TIMED, WITNESS))

# The example of C2SP tlog-cosignature.
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\u2014 witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBI"
    "fZ+qnA==\n"
).encode()


def verified(
    data: bytes, vkeys: tuple[VKey, ...] = TRUSTED, retired: tuple[Retired, ...] = ()
) -> checkpoint.VerifiedCheckpoint:
    """Verify under these keys with real signatures."""
    return verify_checkpoint(data, vkeys, check_ed25519, check_mldsa44, retired=retired)


def test_a_checkpoint_with_all_signatures_verifies() -> None:
    """Both lines of the log verify, and the second one tells the time."""
    found = verified(SIGNED.dump())
    assert found.checkpoint == HEAD
    assert found.time == datetime(2026, 6, 19, tzinfo=UTC)
    cosigned = verify_witnesses(found, [WITNESS_VKEY], check_ed25519, check_mldsa44)
    assert [(one.vkey, one.time.minute) for one in cosigned] == [(WITNESS_VKEY, 1)]


def test_without_an_mldsa44_key_there_is_no_time() -> None:
    """Where trust lists no such key, the line is ignored and the time is not known."""
    assert verified(SIGNED.dump(), (LOG_VKEY,)).time is None


def test_an_independent_implementation_accepts_all_three_lines() -> None:
    """Another tlog library reads the same checkpoint and verifies each signature."""
    other = OtherCheckpoint.from_text(SIGNED.dump().decode())
    keys = [Vkey.from_string(vkey.dump()) for vkey in (*TRUSTED, WITNESS_VKEY)]
    assert (other.origin, other.size, other.root_hash) == (HEAD.origin, HEAD.size, HEAD.root)
    assert len(VkeySet(*keys).verify(other.signatures, other)) == 3


def test_the_example_of_the_specification_has_its_time() -> None:
    """The witness line of C2SP's example carries the time that its text names."""
    parsed = SignedNote.parse(SOFA)
    assert Checkpoint.load(parsed.text).size == 20852163
    time, signature = checkpoint.unpack_timestamped(parsed.signatures[1].signature)
    assert (time, len(signature)) == (1679315147, 64)
    expected = b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
    assert checkpoint.cosignature_message(time, parsed.text).startswith(expected)


def test_the_subtree_message_has_its_parts_in_place() -> None:
    """Label, cosigner, time, origin, start, end and hash follow one another as C2SP says."""
    message = checkpoint.subtree_message("log.example", 258, 3, b"\xab" * 32, cosigner="w")
    parts = [b"subtree/v1\n\x00", b"\x01w", bytes(6) + b"\x01\x02", b"\x0blog.example"]
    assert message == b"".join([*parts, bytes(8), bytes(7) + b"\x03", b"\xab" * 32])
    assert checkpoint.subtree_message("a" * 255, 1, 1, bytes(32))[12:13] == b"\xff"
    own = checkpoint.subtree_message("log.example", 258, 3, b"\xab" * 32)
    assert own == message.replace(b"\x01w", b"\x0blog.example")


@pytest.mark.parametrize(
    ("origin", "root"), [("", bytes(32)), ("a" * 256, bytes(32)), ("a", bytes(31))]
)
def test_a_subtree_message_needs_its_lengths(origin: str, root: bytes) -> None:
    """Names have from 1 to 255 bytes and roots have 32."""
    with pytest.raises(Malformed):
        checkpoint.subtree_message(origin, 1, 1, root)


def test_every_changed_byte_of_the_signed_part_is_found() -> None:
    """Each one-byte change of the text or of the log's lines is refused."""
    data = SignedNote(SIGNED.text, (PLAIN, TIMED)).dump()
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << (place % 8)
        with pytest.raises(Malformed):
            verified(bytes(changed))


def test_an_unsigned_text_is_not_read() -> None:
    """A text that is no checkpoint is refused for its signature, before it is parsed."""
    forged = signed_note("not a checkpoint\n", RECEIPTS, LOG_VKEY)
    with pytest.raises(Unverified):
        verified(forged.dump(), (LOG_VKEY,))


@pytest.mark.parametrize(
    ("lines", "vkeys"),
    [
        ((PLAIN, WITNESS), TRUSTED),
        ((TIMED, WITNESS), TRUSTED),
        ((TIMED, PLAIN), TRUSTED),
        ((PLAIN, WITNESS, TIMED), TRUSTED),
        ((WITNESS, PLAIN), (LOG_VKEY,)),
        ((PLAIN, TIMED), (MLDSA44_VKEY,)),
        ((PLAIN, TIMED), (*TRUSTED, WITNESS_VKEY)),
        ((PLAIN, TIMED), (LOG_VKEY, MLDSA44_VKEY, RECEIPT_VKEY)),
    ],
    ids=[
        "no ML-DSA-44",
        "no Ed25519",
        "wrong order",
        "witness between",
        "witness first",
        "no Ed25519 key",
        "witness key as a log key",
        "key of another name",
    ],
)
def test_missing_and_misplaced_lines_refuse_a_checkpoint(
    lines: tuple[note.NoteSignature, ...], vkeys: tuple[VKey, ...]
) -> None:
    """Each kind of key must have signed, the log's lines stand first and in their order."""
    with pytest.raises(Malformed):
        verified(SignedNote(SIGNED.text, lines).dump(), vkeys)


def test_a_line_of_another_time_does_not_verify() -> None:
    """The time is signed: moving it by a second refuses the checkpoint."""
    moved = checkpoint.pack_timestamped(CHECKPOINT_TIME + 1, TIMED.signature[8:])
    lines = (PLAIN, replace(TIMED, signature=moved))
    with pytest.raises(Unverified):
        verified(SignedNote(SIGNED.text, lines).dump())


@pytest.mark.parametrize("signature", [TIMED.signature[:-1], TIMED.signature + b"\x00"])
def test_a_signature_of_another_length_is_refused(signature: bytes) -> None:
    """Lengths are checked here, and not left to the library of signatures."""
    lines = (PLAIN, replace(TIMED, signature=signature))
    with pytest.raises(Unverified):
        verified(SignedNote(SIGNED.text, lines).dump())
    longer = replace(PLAIN, signature=PLAIN.signature + b"\x00")
    with pytest.raises(Unverified):
        verified(SignedNote(SIGNED.text, (longer,)).dump(), (LOG_VKEY,))


@pytest.mark.parametrize("time", [0, 253_402_300_800, 2**63])
def test_a_time_lies_between_1970_and_9999(time: int) -> None:
    """A time of 0 makes no statement, and one after the year 9999 is none."""
    with pytest.raises(Malformed):
        checkpoint.pack_timestamped(time, bytes(64))
    with pytest.raises(Malformed):
        checkpoint.unpack_timestamped(time.to_bytes(8, "big") + bytes(64))


@pytest.mark.parametrize("time", [1, 253_402_300_799])
def test_the_first_and_the_last_time_are_permitted(time: int) -> None:
    """The bounds themselves are times."""
    packed = checkpoint.pack_timestamped(time, b"signature")
    assert checkpoint.unpack_timestamped(packed) == (time, b"signature")


@pytest.mark.parametrize("blob", [b"", b"\x01", (1).to_bytes(8, "big")])
def test_a_cosignature_is_longer_than_its_time(blob: bytes) -> None:
    """A time alone is no signature."""
    with pytest.raises(Malformed, match="shorter"):
        checkpoint.unpack_timestamped(blob)


def test_a_witness_that_is_unknown_or_silent_is_not_counted() -> None:
    """Only trusted witnesses that have signed are returned."""
    found = verified(SIGNED.dump())
    stranger = replace(WITNESS_VKEY, name="witness.example/w2")
    assert verify_witnesses(found, [stranger], check_ed25519, check_mldsa44) == ()


def test_a_witness_line_that_fails_refuses_the_checkpoint() -> None:
    """A known witness that signed something else is evidence, not noise."""
    wrong = checkpoint.pack_timestamped(CHECKPOINT_TIME, WITNESS.signature[8:])
    lines = (PLAIN, TIMED, replace(WITNESS, signature=wrong))
    found = verified(SignedNote(SIGNED.text, lines).dump())
    with pytest.raises(Unverified):
        verify_witnesses(found, [WITNESS_VKEY], check_ed25519, check_mldsa44)


def test_a_log_key_is_no_witness_key() -> None:
    """A plain signature of the log says nothing about what a witness has seen."""
    with pytest.raises(Malformed, match="type of a log key"):
        verify_witnesses(verified(SIGNED.dump()), [LOG_VKEY], check_ed25519, check_mldsa44)
    own = replace(WITNESS_VKEY, name=ORIGIN)
    with pytest.raises(Malformed, match="type of a witness key"):
        verified(SIGNED.dump(), (*TRUSTED, own))


def test_a_time_stamp_covers_the_lines_of_the_log() -> None:
    """What is stamped ends with the log's ML-DSA-44 line; witnesses may sign later."""
    stamped = checkpoint.stamped_bytes(SIGNED, ORIGIN)
    assert SIGNED.dump().startswith(stamped)
    assert stamped == SignedNote(SIGNED.text, (PLAIN, TIMED)).dump()
    behind = replace(SIGNED, signatures=SIGNED.signatures[::-1])
    for signed, origin in ((SIGNED, f"{ORIGIN}/receipt"), (behind, ORIGIN)):
        with pytest.raises(Malformed):
            checkpoint.stamped_bytes(signed, origin)


@given(st.integers(1, 2**53 - 1), st.binary(min_size=32, max_size=32))
def test_every_checkpoint_reads_back(size: int, root: bytes) -> None:
    """A checkpoint of any size reads back as itself."""
    one = Checkpoint(ORIGIN, size, root)
    assert Checkpoint.load(one.dump()) == one


@pytest.mark.parametrize(
    "wrong",
    [
        Checkpoint("Log", 1, fixed("root")),
        Checkpoint(ORIGIN, -1, fixed("root")),
        Checkpoint(ORIGIN, 2**53, fixed("root")),
        Checkpoint(ORIGIN, 1, bytes(31)),
        Checkpoint(ORIGIN, 0, fixed("root")),
        Checkpoint(ORIGIN, 1, EMPTY_ROOT),
    ],
    ids=["origin", "negative", "too large", "short root", "size 0", "empty root"],
)
def test_a_malformed_checkpoint_is_never_written(wrong: Checkpoint) -> None:
    """What could not be read is not signed either."""
    with pytest.raises(Malformed):
        wrong.dump()


def test_an_empty_log_has_a_checkpoint() -> None:
    """Size 0 goes with the empty root."""
    assert Checkpoint.load(Checkpoint(ORIGIN, 0, EMPTY_ROOT).dump()).size == 0


@pytest.mark.parametrize("text", ["", "a\n1\n", HEAD.dump() + "extension\n", HEAD.dump()[:-1]])
def test_a_checkpoint_is_exactly_three_lines(text: str) -> None:
    """Extension lines, missing lines and a missing newline are refused."""
    with pytest.raises(Malformed):
        Checkpoint.load(text)


OLD = VKey(ORIGIN, note.ED25519, RECEIPT_VKEY.public)
OLD_LINE = signature_line(OLD, RECEIPTS.sign(SIGNED.text.encode()))


def test_a_second_key_of_a_type_may_sign_beside_the_first() -> None:
    """During a change of keys both are trusted, and either or both may have signed."""
    assert verified(SIGNED.dump(), (OLD, *TRUSTED)).checkpoint == HEAD
    both = SignedNote(SIGNED.text, (PLAIN, OLD_LINE, TIMED)).dump()
    for trusted in (TRUSTED, (OLD, *TRUSTED), (OLD, MLDSA44_VKEY)):
        assert verified(both, trusted).checkpoint == HEAD
    with pytest.raises(Malformed, match="order of their types"):
        verified(SignedNote(SIGNED.text, (PLAIN, TIMED, OLD_LINE)).dump(), (OLD, *TRUSTED))
    wrong = signature_line(OLD, LOG.sign(SIGNED.text.encode()))
    with pytest.raises(Unverified):
        verified(SignedNote(SIGNED.text, (PLAIN, wrong, TIMED)).dump(), (OLD, *TRUSTED))
    assert LOG.public_key().public_bytes_raw() == LOG_VKEY.public


def test_a_retired_key_counts_up_to_its_size() -> None:
    """Beyond the size at which it was retired, a key of the log is a stranger's."""
    by_old = SignedNote(SIGNED.text, (OLD_LINE, TIMED)).dump()
    for size, counts in ((HEAD.size - 1, False), (HEAD.size, True), (HEAD.size + 1, True)):
        retired = (Retired(OLD, size),)
        if counts:
            assert verified(by_old, TRUSTED, retired).checkpoint == HEAD
        else:
            with pytest.raises(Unverified, match="Ed25519"):
                verified(by_old, TRUSTED, retired)
    # Where it counts, a line of it that fails refuses; where it does not, nobody looks at it.
    wrong = signature_line(OLD, LOG.sign(SIGNED.text.encode()))
    data = SignedNote(SIGNED.text, (PLAIN, wrong, TIMED)).dump()
    assert verified(data, TRUSTED, (Retired(OLD, HEAD.size - 1),)).checkpoint == HEAD
    with pytest.raises(Unverified):
        verified(data, TRUSTED, (Retired(OLD, HEAD.size),))


def test_a_retired_key_counts_for_its_type_too() -> None:
    """What counts as a key of the log asks for a line of its type."""
    plain = SignedNote(SIGNED.text, (PLAIN,)).dump()
    with pytest.raises(Unverified, match="ML-DSA-44"):
        verified(plain, (LOG_VKEY,), (Retired(MLDSA44_VKEY, HEAD.size),))
    assert verified(plain, (LOG_VKEY,), (Retired(MLDSA44_VKEY, HEAD.size - 1),)).time is None


def test_the_lines_that_carry_a_time_carry_one_time() -> None:
    """Nobody could say which of two times counts."""
    key = MLDSA44PrivateKey.from_seed_bytes(fixed("another ML-DSA-44 key of the log"))
    other = VKey(ORIGIN, note.MLDSA44, key.public_key().public_bytes_raw())
    for time, fits in ((CHECKPOINT_TIME, True), (CHECKPOINT_TIME + 1, False)):
        message = subtree_message(ORIGIN, time, HEAD.size, HEAD.root)
        line = signature_line(other, pack_timestamped(time, key.sign(message)))
        data = SignedNote(SIGNED.text, (PLAIN, TIMED, line)).dump()
        if fits:
            assert verified(data, (*TRUSTED, other)).checkpoint == HEAD
        else:
            with pytest.raises(Malformed, match="different times"):
                verified(data, (*TRUSTED, other))
