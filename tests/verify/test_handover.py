"""V2, V3 and V9 when keys change hands: the log's by roll-over or theft, a person's by theft."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.evidence.jcs import Json
from ledger.evidence.note import ED25519, VKey
from ledger.evidence.pack import consistency_path, dump_consistency
from ledger.verify import Outcome, Report, verify
from tests.drafts import Draft, act, key_digest, public
from tests.forge import Files, Forge, World, relist, write
from tests.verify.cases import Alter, Bend, Case, add, both, case, check, drop
from tests.verify.hands import (
    announced,
    checkpoint,
    dumped,
    resigned,
    retired,
    witness,
)

SEVEN = bytes([7]) * 32


def codes(report: Report) -> set[str]:
    """Return the codes that a report holds."""
    return {one.code for one in report.findings}


def outcome(report: Report, name: str) -> Outcome:
    """Return what became of a check."""
    return next(one.outcome for one in report.checks if one.name == name)


# ---- the log's own keys -------------------------------------------------------------------------


def signed_by(*names: str) -> Alter:
    """Let other pairs of keys sign checkpoint and schedule."""
    return lambda files, world: resigned(files, world, names)


def proven(size: int) -> Alter:
    """Add the proof from a size, and let the new keys sign."""

    def alter(files: Files, world: World) -> Files:
        proof = dump_consistency(world.tree.consistency_proof(size, world.size))
        return resigned({**files, consistency_path(size): proof}, world, ["next"])

    return alter


NEW: dict[str, Any] = {"log": dumped("next")}
BOTH: dict[str, Any] = {"log": dumped("log", "next")}
RECEIPTS = [VKey("ledger.lonecone.example/receipt", ED25519, public(name)).dump()
            for name in ("receipt", "next-receipt")]  # fmt: skip

HANDOVERS = [
    case("rotated", "Two people announced the keys that sign now.", "", announced(),
         signed_by("next"), **NEW),
    case("rolling-over", "For a while the old and the new keys sign.", "", announced(),
         signed_by("log", "next"), **BOTH),
    case("rolling-over-for-old-trust", "Who knows the old keys only need not know the new.", "",
         announced(), lambda files, world: relist(
             {**files, "checkpoint": checkpoint(world, ["log", "next"])})),
    case("rolling-over-one-key", "Of every type one line is enough.", "", announced(),
         signed_by("next"), **BOTH),
    case("receipts-rotated", "The announcement names the key of receipts too.", "", announced(),
         signed_by("next"), **NEW, receipt=RECEIPTS),
    case("unannounced", "Nobody announced the keys that the receiver trusts.",
         "V9.log-key-unannounced", None, signed_by("next"), **NEW),
    case("unannounced-receipts", "Nobody announced a key of receipts that the receiver trusts.",
         "V9.log-key-unannounced", receipt=RECEIPTS),
    case("unannounced-retired", "A retired key too was the log's once.", "V9.log-key-unannounced",
         retired=retired("next", 10)),
    case("announced-by-one", "One person alone does not hand the log over.",
         "V9.log-key-unannounced", announced(agreed=False), signed_by("next"), **NEW),
    case("announced-in-a-case", "The log's keys are announced in the office.",
         "V9.misplaced V9.log-key-unannounced", announced(stream="other"), signed_by("next"),
         **NEW),
    case("announced-on-an-invented-state", "The log never had the state that is named.",
         "V9.trusted-unproven", announced(root=SEVEN), signed_by("next"), **NEW),
    case("announced-on-an-unproven-state", "A part pack proves the state that is named.",
         "V9.trusted-unproven", announced(40), signed_by("next"), **NEW),
    case("announced-on-a-proven-state", "The proof of the state that is named lies in the pack.",
         "", announced(40), proven(40), **NEW),
    case("announced-on-a-later-state", "The state is none that its writer could not know yet.",
         "V9.trusted-unproven", announced(96, root=SEVEN), signed_by("next"), **NEW),
    case("retired-in-time", "A retired key vouches up to its size, though not for the schedule.",
         "", announced(), lambda files, world: resigned(
             files, world, ["next"]), **NEW, retired=retired("log", 80)),
    case("retired-too-early", "Beyond its size a retired key vouches for nothing.",
         "V2.checkpoint-refused V2.schedule-refused", announced(), **NEW,
         retired=retired("log", 95)),
    case("retired-and-schedule", "A retired key never vouches for the schedule.",
         "V2.schedule-refused", announced(), **NEW, retired=retired("log", 96)),
]  # fmt: skip


@pytest.mark.parametrize("one", HANDOVERS, ids=lambda one: one.name)
def test_the_office_says_which_keys_the_log_has(one: Case, tmp_path: Path) -> None:
    """Trust and the office bind each other: a key counts when both know it."""
    check(one, tmp_path)


def test_old_checkpoints_keep_their_old_keys(tmp_path: Path) -> None:
    """After a roll-over, what the old keys signed still verifies, up to the size of their end."""
    forge = Forge()
    announced()(forge)
    world = forge.build()
    newest = checkpoint(world, ["next"])
    schedule = resigned({**world.pack("event", ("request",))}, world, ["next"])["schedule"]
    keys = [*dumped("log", "next"), world.receipt_key.dump()]
    files = {
        **world.log(),
        "checkpoint": newest,
        "checkpoints/96": newest,
        "schedule": schedule,
        "keys": "".join(f"{one}\n" for one in keys).encode(),
    }
    root = write(files, tmp_path)
    pinned = world.checkpoint(80).decode()
    for size, expected in ((79, {"V2.kept-refused"}), (80, set[str]()), (96, set[str]())):
        trust = world.trust(**NEW, retired=retired("log", size))
        assert codes(verify(root, trust)) == expected
    assert (
        verify(root, world.trust(**NEW, retired=retired("log", 80), pinned=pinned)).exit_code == 0
    )
    report = verify(root, world.trust(**NEW, retired=retired("log", 79), pinned=pinned))
    assert (report.exit_code, bool(report.unusable)) == (2, True)


# ---- witnesses ----------------------------------------------------------------------------------


def witnessed(*names: str, by: str | None = None) -> Alter:
    """Let witnesses sign the checkpoint; with `by`, the last one's line holds another's blob."""

    def alter(files: Files, world: World) -> Files:
        data = checkpoint(world, ["log"], witnesses=names)
        if by is not None:
            other = checkpoint(world, ["log"], witnesses=[by])
            ours, theirs = data.split(b" ")[-1], other.split(b" ")[-1]
            data = data.replace(ours[8:], theirs[8:])
        return relist({**files, "checkpoint": data})

    return alter


def trusting(*names: str, quorum: int) -> dict[str, Any]:
    """Trust some witnesses."""
    return {"witness": [witness(name).dump() for name in names], "quorum": quorum}


WITNESSES = [
    case("quorum", "Two of three witnesses have signed.", "", None,
         witnessed("w1", "w2"), **trusting("w1", "w2", "w3", quorum=2)),
    case("no-quorum-asked", "The lines of known witnesses are checked anyway.", "", None,
         witnessed("w1"), **trusting("w1", "w2", quorum=0)),
    case("quorum-missed", "One witness is not two.", "V3.quorum-missed", None,
         witnessed("w1", "stranger"), **trusting("w1", "w2", quorum=2)),
    case("cosignature-wrong", "The line is not this witness's.",
         "V3.cosignature-refused V3.quorum-missed", None,
         witnessed("w1", "w2", by="stranger"), **trusting("w1", "w2", quorum=2)),
    case("cosignature-wrong-beyond-the-quorum", "A known line that fails is told in any case.",
         "V3.cosignature-refused", None,
         witnessed("w1", "w2", by="stranger"), **trusting("w1", "w2", quorum=1)),
    case("cosigned-twice", "A witness that signs twice names two times.",
         "V3.cosignature-refused", None, witnessed("w1", "w1"), **trusting("w1", quorum=0)),
]  # fmt: skip


@pytest.mark.parametrize("one", WITNESSES, ids=lambda one: one.name)
def test_trusted_witnesses_are_heard(one: Case, tmp_path: Path) -> None:
    """Every line of a trusted witness verifies, and enough of them have signed."""
    check(one, tmp_path)


def test_without_witnesses_nothing_is_asked(tmp_path: Path) -> None:
    """A trust file that names no witness asks for none."""
    world = Forge().build()
    root = write(world.pack("case", ("case",)), tmp_path)
    assert outcome(verify(root, world.trust()), "V3") is Outcome.NOT_ASKED
    (root / "checkpoint").write_bytes(b"")
    trusted = world.trust(**trusting("w1", quorum=1))
    assert outcome(verify(root, trusted), "V3") is Outcome.DID_NOT_RUN


# ---- a person's key in other hands --------------------------------------------------------------


def stolen(of: str, since: int, stream: str = "office") -> Bend:
    """Revoke somebody's key, saying up to which size its owner still signed alone."""
    event: Json = {"key": key_digest(of).hex(), "since": since}
    revoking = act(f"revoke-{of}", "key-revoked", 6, event)
    revoking.stream = stream
    return add(revoking)


def reattest(*names: str, by: str = "ben", role: str = "counsel", stream: str = "office") -> Bend:
    """Let counsel stand for records."""

    def event(forge: Forge) -> Json:
        return {"of": sorted(forge.made[name].e.hex() for name in names)}

    return add(Draft(f"word-{names[0]}", stream, "reattested.v1", 6, by, role, event))


CLEO = ("absence", "close-intake", "opened", "request")
"""What Cleo signed, in the order in which she did."""

LOST = [
    case("not-reattested", "Nobody stands for what the lost key signed.", "V9.not-reattested",
         stolen("cleo", 0), scope="ledger"),
    case("reattested", "Counsel stands for all that the lost key signed.", "",
         both(stolen("cleo", 0), reattest(*CLEO)), scope="ledger"),
    case("reattested-in-part", "Each record needs a word of its own.", "V9.not-reattested",
         both(stolen("cleo", 0), reattest(*CLEO[1:])), scope="ledger"),
    case("signed-alone", "What lies below the named size its owner signed alone.", "",
         stolen("cleo", 96), scope="ledger"),
    case("signed-alone-in-part", "From the named size on the key may have been in other hands.",
         "", both(stolen("cleo", 48), reattest(*CLEO[1:])), scope="ledger"),
    case("reattested-by-herself", "Nobody stands for what was signed with their own key.",
         "V9.key-unknown V9.not-reattested",
         both(stolen("ben", 16 * 4), drop("closed"),
              reattest("assent-request", stream="case")), scope="ledger"),
    case("reattested-by-staff", "Counsel re-attests.", "V9.may-not V9.not-reattested",
         both(stolen("cleo", 0), reattest(*CLEO, by="ada", role="director")), scope="ledger"),
    case("reattested-in-the-stream", "The word may stand in the record's own stream.", "",
         both(drop("closed"), stolen("cleo", 60), reattest("opened", "request", stream="case"),
              reattest("close-intake")),
         scope="ledger"),
    case("reattested-elsewhere", "A word in another matter is none.", "V9.not-reattested",
         both(stolen("cleo", 0), reattest(*CLEO, stream="other")), scope="ledger"),
    case("reattested-in-a-successor", "The word may stand in what continues the stream.", "",
         both(drop("closed"), stolen("cleo", 0, stream="case"),
              reattest("close-intake", "opened", "request", stream="case")), scope="ledger"),
]  # fmt: skip


@pytest.mark.parametrize("one", LOST, ids=lambda one: one.name)
def test_what_a_lost_key_signed_needs_another_word(one: Case, tmp_path: Path) -> None:
    """What a key signed when it may have been in other hands stands with somebody's word only."""
    check(one, tmp_path)


def test_each_record_of_a_lost_key_is_named(tmp_path: Path) -> None:
    """There is one finding for each record that nobody stands for."""
    report = replace(LOST[0]).report(tmp_path)
    assert len(report.findings) == len(CLEO)
