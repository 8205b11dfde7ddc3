"""Every literal sample in the format text is what the code gives and takes.

Each fenced block names its kind; a kind without a check fails, and so does a check without a
sample, so that neither the text nor this test can lose one unnoticed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ledger.evidence
from ledger.evidence import commitment, derived, envelope, record, tiles
from ledger.evidence.assertion import challenge_of
from ledger.evidence.attestation import Periods, heads_digest
from ledger.evidence.checkpoint import verify_checkpoint, verify_witnesses
from ledger.evidence.grammar import format_instant, parse_instant
from ledger.evidence.merkle import verify_inclusion
from ledger.evidence.note import SignedNote, VKey, verify
from ledger.evidence.projected import AttestedState
from ledger.evidence.receipt import Extent, Receipt
from ledger.evidence.schedule import Epoch, Schedule
from tests.evidence.signing import check_ed25519, check_mldsa44, check_note
from tests.vectors.of_projections import VKEY as PERSON_VKEY
from tests.vectors.samples import (
    HERE,
    LOG_VKEY,
    ORIGIN,
    RECEIPT_VKEY,
    WITNESS_VKEY,
    log_mldsa44_vkey,
)

TEXT = (Path(ledger.evidence.__path__[0]) / "FORMAT.md").read_text("utf-8")
SAMPLES: list[tuple[str, str]] = re.findall(
    r"^```(\S+)\n(.*?)\n```$", TEXT, re.MULTILINE | re.DOTALL
)
CHECKS: dict[str, Callable[[str], None]] = {}


def check_of(kind: str) -> Callable[[Callable[[str], None]], Callable[[str], None]]:
    """Make a function the check of a kind of sample."""

    def keep(check: Callable[[str], None]) -> Callable[[str], None]:
        CHECKS[kind] = check
        return check

    return keep


def stored(name: str) -> Any:
    """Return a file of vectors."""
    return json.loads((HERE / name).read_text("utf-8"))


def whole(sample: str, full: str) -> str:
    """Return the full text after checking that the sample shows it, but for what it leaves out."""
    shown = [re.escape(part) for part in sample.split("…")]
    assert re.fullmatch(".+".join(shown), full, re.DOTALL)
    return full


def members(sample: str) -> dict[str, str]:
    """Return a sample of names and values, one a line."""
    return dict(line.split(" ", 1) for line in sample.split("\n"))


@check_of("record")
def check_record(sample: str) -> None:
    """A record reads, and writes the same."""
    assert record.dump(record.load(sample.encode())) == sample.encode()


@check_of("envelope")
def check_envelope(sample: str) -> None:
    """An envelope reads, writes the same, and holds the record that the text shows."""
    data = whole(sample, stored("envelope.json")["envelope"]).encode()
    assert envelope.dump(envelope.load(data)) == data
    assert envelope.load(data).payload.decode() == unfolded(dict(SAMPLES)["record"])


@check_of("commitment")
def check_commitment(sample: str) -> None:
    """Blind and commitment follow from the core secret, the place and E."""
    got = members(sample)
    core, stream, e = (bytes.fromhex(got[name]) for name in ("core", "stream", "e"))
    blind = commitment.blind(core, stream, int(got["seq"]))
    assert blind.hex() == got["blind"]
    assert commitment.commit(blind, stream, int(got["seq"]), e).hex() == got["commitment"]
    assert got["e"] == stored("envelope.json")["e"]


@check_of("approval")
def check_approval(sample: str) -> None:
    """The challenge of an approval follows from the E of what is approved."""
    got = members(sample)
    assert challenge_of(bytes.fromhex(got["e"])).hex() == got["challenge"]


@check_of("personal")
def check_personal(sample: str) -> None:
    """Salt and digest follow from the personal secret, the place, the field and its value."""
    got = members(sample)
    secret, stream = bytes.fromhex(got["secret"]), bytes.fromhex(got["stream"])
    salt = commitment.salt(secret, stream, int(got["seq"]), got["field"])
    assert salt.hex() == got["salt"]
    assert commitment.personal_digest(salt, got["value"].encode()).hex() == got["digest"]
    shown = record.load(unfolded(dict(SAMPLES)["record"]).encode())
    assert shown.personal[got["field"]].hex() == got["digest"]


@check_of("cover")
def check_cover(sample: str) -> None:
    """Blind and commitment of a cover follow from the tick's seed and its numbers."""
    got = members(sample)
    blind = commitment.cover_blind(bytes.fromhex(got["seed"]), int(got["tick"]), int(got["k"]))
    assert blind.hex() == got["blind"]
    assert commitment.cover(blind, int(got["k"])).hex() == got["commitment"]


@check_of("inclusion")
def check_inclusion(sample: str) -> None:
    """The path proves the entry."""
    got = members(sample)
    path = [bytes.fromhex(one[5:]) for one in sample.split("\n") if one.startswith("path ")]
    entry, root = bytes.fromhex(got["entry"]), bytes.fromhex(got["root"])
    assert verify_inclusion(entry, int(got["index"]), int(got["size"]), path, root)


@check_of("tile")
def check_tile(sample: str) -> None:
    """Each place has the name that stands behind it."""
    for line in sample.split("\n"):
        level, index, width, path = line.split(" ")
        assert tiles.tile_path(int(level), int(index), int(width)) == path


@check_of("vkey")
def check_vkey(sample: str) -> None:
    """A key reads, and writes the same."""
    assert VKey.load(sample).dump() == sample


@check_of("checkpoint")
def check_checkpoint(sample: str) -> None:
    """All three lines verify."""
    data = whole(sample + "\n", stored("checkpoint.json")["checkpoint"]).encode()
    found = verify_checkpoint(data, [LOG_VKEY, log_mldsa44_vkey()], check_ed25519, check_mldsa44)
    assert verify_witnesses(found, [WITNESS_VKEY], check_ed25519, check_mldsa44)


@check_of("schedule")
def check_schedule(sample: str) -> None:
    """The note verifies under the log's key, and its text reads and writes the same."""
    text = verified(sample, LOG_VKEY)
    assert Schedule.load(text).dump() == text


@check_of("receipt")
def check_receipt(sample: str) -> None:
    """The note verifies under the receipt key, and its text reads and writes the same."""
    text = verified(sample, RECEIPT_VKEY)
    assert Receipt.load(text).dump() == text


@check_of("extent")
def check_extent(sample: str) -> None:
    """The note verifies under the receipt key, and its text reads and writes the same."""
    text = verified(sample, RECEIPT_VKEY)
    assert Extent.load(text).dump() == text


@check_of("projection")
def check_projection(sample: str) -> None:
    """The note verifies under the person's key, and its text reads and writes the same."""
    text = verified(sample, PERSON_VKEY)
    assert AttestedState.load(text).dump() == text


@check_of("heads")
def check_heads(sample: str) -> None:
    """The digest follows from the salt, the size and the streams."""
    salt, size, *streams, digest = (line.split(" ")[1:] for line in sample.split("\n"))
    heads = {bytes.fromhex(stream): (int(seq), bytes.fromhex(e)) for stream, seq, e in streams}
    assert heads_digest(bytes.fromhex(salt[0]), int(size[0]), heads).hex() == digest[0]


@check_of("periods")
def check_periods(sample: str) -> None:
    """Each line has a start, the months of a period, its number, and when it ends."""
    for line in sample.split("\n"):
        start, months, period, end = line.split(" ")
        schedule = Schedule(ORIGIN, (Epoch(0, parse_instant(start), 86_400, 1, 1, 2),))
        assert format_instant(Periods(schedule, int(months)).end(int(period))) == end


@check_of("derived")
def check_derived(sample: str) -> None:
    """Claims read, and write the same."""
    assert derived.dump(derived.load(sample.encode())) == sample.encode()


def verified(sample: str, vkey: VKey) -> str:
    """Return the text of a note whose signature verifies."""
    signed = SignedNote.parse(f"{sample}\n".encode())
    assert verify(signed, [vkey], check_note) == (vkey,)
    return signed.text


def unfolded(sample: str) -> str:
    """Return a sample with its folded lines joined."""
    return sample.replace("\\\n", "")


@pytest.mark.parametrize(("kind", "sample"), SAMPLES, ids=[kind for kind, _ in SAMPLES])
def test_a_sample_is_what_the_code_gives_and_takes(kind: str, sample: str) -> None:
    """A stranger who implements the text from its samples agrees with the code."""
    CHECKS[kind](unfolded(sample))


def test_no_sample_and_no_check_is_lost() -> None:
    """The text has a sample for each check, and a check for each sample."""
    assert {kind for kind, _ in SAMPLES} == set(CHECKS)
    assert TEXT.count("```") == 2 * len(SAMPLES)


def test_samples_tell_one_story() -> None:
    """Receipt, extent, schedule and checkpoint are of the record that the text shows."""
    shown = {kind: unfolded(sample) for kind, sample in SAMPLES}
    one = record.load(shown["record"].encode())
    schedule = Schedule.load(verified(shown["schedule"], LOG_VKEY))
    receipt = Receipt.load(verified(shown["receipt"], RECEIPT_VKEY))
    extent = Extent.load(verified(shown["extent"], RECEIPT_VKEY))
    running = schedule.running_tick(receipt.issued)
    assert receipt.tick == running + schedule.epoch_of(running).delay
    assert receipt.commitment.hex() == members(shown["commitment"])["commitment"]
    assert (extent.stream, extent.seq) == (one.stream, one.seq)
    assert extent.size == schedule.size_after(receipt.tick)
    assert extent.last.hex() == members(shown["commitment"])["e"]
    assert shown["checkpoint"].split("\n")[1] == str(one.head.size)
    assert schedule.last_tick(one.head.size) == running - 1
