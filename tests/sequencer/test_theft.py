"""Log keys in other hands: freeze, what somebody outside kept, two people, new keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from keys.keyring import Keyring
from ledger.errors import BadRequest, EvidenceCorrupt, Unavailable
from ledger.evidence import jcs
from ledger.logkeys import own_checkpoint
from ledger.register.acts import OFFICE
from ledger.sequencer import freeze
from ledger.sequencer.acceptance import accept
from ledger.sequencer.checkpoints import CheckpointSigner
from ledger.sequencer.succession import Succession
from ledger.trusting import renew
from ledger.verify import verify
from tests.faults import Crash, failing
from tests.register.ledgers import Clock, Ledger, check_sound, found_ledger
from tests.sequencer.handing_over import (
    agree,
    announce,
    judged,
    replaced,
    rolled_over,
    signers,
    stolen,
    trust_of,
)


def test_a_frozen_log_signs_nothing(ledger: Ledger) -> None:
    """While it is frozen no tick is built or signed; records are kept, and receipts given."""
    stolen(ledger)
    before = (ledger.home.logbook.last_tick(), (ledger.path / "signer.json").read_bytes())
    assert ledger.do("desk-main", "intake").records[0].note is not None
    with pytest.raises(Unavailable, match=r"frozen since .* computer was stolen"):
        ledger.tick(hours=2)
    with pytest.raises(Unavailable, match="frozen"):
        ledger.reopened().tick(hours=2)
    assert before == (ledger.home.logbook.last_tick(), (ledger.path / "signer.json").read_bytes())
    (ledger.path / "log.frozen").write_text("{")
    with pytest.raises(Unavailable, match="cannot be read"):
        ledger.tick()


def test_after_a_theft_the_stolen_key_proves_nothing_new(ledger: Ledger, tmp_path: Path) -> None:
    """The log goes on under new keys only; what the thief signs is refused by renewed trust."""
    outside = stolen(ledger)
    old, thief = trust_of(ledger), ledger.home.log_keys
    replaced(ledger, outside)
    published = ledger.tick(hours=1)
    assert signers(ledger) == [1]
    assert [one.tick for one in published] == [3]
    assert freeze.frozen(ledger.home) is None
    report = judged(ledger, tmp_path / "new")
    assert (report.findings, report.exit_code) == ((), 0)
    sizes = {one.name for one in (ledger.home.log_directory / "checkpoints").iterdir()}
    assert sizes == {"38", "114"}
    assert (ledger.path / "evidence/signed-beyond-38/76").exists()
    signer = CheckpointSigner(tmp_path / "signer.json", ledger.home.origin, thief)
    signer.begin()
    forged = signer.sign(38, bytes(range(32)), (), ledger.clock())
    log = tmp_path / "new" / "log"
    (log / "checkpoint").write_bytes(forged)
    refused = verify(log, trust_of(ledger))
    assert refused.exit_code == 1
    renewed = renew(ledger.home, old)
    assert json.loads(renewed.data) == json.loads(trust_of(ledger))
    check_sound(ledger)


def test_during_an_overlap_both_keys_are_stolen(ledger: Ledger, tmp_path: Path) -> None:
    """Whatever lay on the disk is retired at the size that somebody outside holds."""
    rolled_over(ledger)
    outside = stolen(ledger)
    size = own_checkpoint(ledger.home.origin, ledger.home.log_key_set, outside).size
    replaced(ledger, outside)
    ledger.tick(hours=1)
    assert signers(ledger) == [2]
    retired = json.loads(trust_of(ledger))["retired"]
    assert [one["size"] for one in retired] == [76, 76, size, size]
    assert judged(ledger, tmp_path / "pack").exit_code == 0


def test_only_a_checkpoint_from_before_the_overlap_is_left(ledger: Ledger, tmp_path: Path) -> None:
    """Then neither key set vouches for more than that, and all beyond it leaves the log."""
    ledger.tick(hours=1)
    outside = (ledger.home.log_directory / "checkpoint").read_bytes()
    rolled_over(ledger)
    stolen(ledger)
    replaced(ledger, outside)
    ledger.tick(hours=1)
    retired = json.loads(trust_of(ledger))["retired"]
    assert [one["size"] for one in retired] == [38, 38, 38, 38]
    kept = {one.name for one in (ledger.home.log_directory / "checkpoints").iterdir()}
    assert kept == {"38", str(ledger.home.logbook.size())}
    assert judged(ledger, tmp_path / "pack").findings == ()


def test_keys_drawn_before_a_theft_are_never_used(ledger: Ledger) -> None:
    """What was proposed and lay on the stolen disk is drawn anew."""
    ledger.tick(hours=1)
    announce(ledger)
    before = ledger.home.log_key_set.proposed
    outside = stolen(ledger)
    replaced(ledger, outside)
    after = ledger.home.log_key_set.proposed
    assert before is not None
    assert after is not None
    assert after.public != before.public
    assert announce(ledger, "compromise").assented


def test_keys_that_were_drawn_and_never_announced_are_not_used_after_a_theft(
    ledger: Ledger,
) -> None:
    """A crash left them on the disk that was stolen: they are drawn anew."""
    ledger.tick(hours=1)
    before = Succession(ledger.home).draw().proposed
    outside = stolen(ledger)
    replaced(ledger, outside)
    after = ledger.home.log_key_set.proposed
    assert before is not None
    assert after is not None
    assert after.public != before.public


def test_a_theft_has_its_order(ledger: Ledger) -> None:
    """Freeze, bring the checkpoint, announce; and a rotation releases no freeze."""
    ledger.tick(hours=1)
    with pytest.raises(BadRequest, match="Freeze the log first"):
        announce(ledger, "compromise")
    with pytest.raises(BadRequest, match="one sentence"):
        freeze.freeze(ledger.home, "  ", ledger.clock())
    agree(ledger)
    stopped = freeze.freeze(ledger.home, "a visitor was at the machine.", ledger.clock())
    assert freeze.freeze(ledger.home, "another reason", ledger.clock()) == stopped
    with pytest.raises(BadRequest, match="log accept"):
        announce(ledger, "compromise")
    with pytest.raises(Unavailable, match="frozen"):
        announce(ledger)
    with pytest.raises(Unavailable, match="frozen"):
        ledger.tick(hours=3)


def test_new_keys_wait_for_the_tick_that_announces_them(ledger: Ledger, tmp_path: Path) -> None:
    """Ticks before the assent's are built and not signed: no checkpoint stands on hidden keys."""
    outside = stolen(ledger)
    # So many office records that the assent waits for a slot of a later tick.
    ledger.clock.turn(hours=5)
    for _ in range(40):
        ledger.do("mara", "record-absence", OFFICE, AWAY)
    replaced(ledger, outside)
    assert ledger.tick(minutes=1) == ()
    assert ledger.home.logbook.last_tick() == 7
    assert freeze.frozen(ledger.home) is not None
    done = ledger.tick(hours=2)
    assert [one.tick for one in done] == list(range(3, 10))
    kept = {int(one.name) for one in (ledger.home.log_directory / "checkpoints").iterdir()}
    assert not kept & {ledger.home.schedule.size_after(tick) for tick in range(3, 9)}
    assert judged(ledger, tmp_path / "pack").exit_code == 0
    check_sound(ledger)


def test_after_a_crash_new_keys_sign_nothing_before_they_begin(ledger: Ledger) -> None:
    """Keys changed and the process ended before they signed: ticks before the agreement stay
    unsigned, because their checkpoints could not show it.
    """
    outside = stolen(ledger)
    ledger.clock.turn(hours=5)
    replaced(ledger, outside)
    ledger.clock.turn(hours=2)
    end = failing(1, [(CheckpointSigner, "_save")], Crash, after=False)
    with end, pytest.raises(Crash):
        ledger.sequencer().run(ledger.clock())
    ledger = ledger.reopened()
    begins = ledger.home.log_key_set.begins
    assert begins > 3 * 38
    ledger.tick()
    sizes = {int(one.name) for one in (ledger.home.log_directory / "checkpoints").iterdir()}
    assert {size for size in sizes if size > 38} == {ledger.home.logbook.size()}
    assert ledger.home.logbook.size() >= begins
    check_sound(ledger).home.close()


AWAY = {"person": "mara", "from": "2026-07-01T00:00:00Z", "until": "2026-07-02T00:00:00Z"}


def test_a_trust_file_that_pins_what_is_in_doubt_is_not_renewed(ledger: Ledger) -> None:
    """Its holder has a newer checkpoint than the one accepted: counsel must see that first."""
    outside = stolen(ledger)
    newer = (ledger.home.log_directory / "checkpoint").read_text()
    held = json.loads(trust_of(ledger))
    replaced(ledger, outside)
    ledger.tick(hours=1)
    for pinned, name in ((newer, "newer"), (outside.decode(), "older")):
        old = jcs.dump({**held, "pinned": pinned})
        if name == "newer":
            with pytest.raises(BadRequest, match="counsel"):
                renew(ledger.home, old)
        else:
            assert json.loads(renew(ledger.home, old).data)["pinned"] == pinned


def test_a_trust_file_that_vouches_for_nothing_here_is_not_renewed(ledger: Ledger) -> None:
    """Without a published checkpoint under its keys nothing leads from them to the new ones."""
    old = rolled_over(ledger)
    for path in (ledger.home.log_directory / "checkpoints").iterdir():
        path.unlink()
    with pytest.raises(BadRequest, match="None of the published checkpoints"):
        renew(ledger.home, old)


@pytest.mark.parametrize("told", [b"", b"[]", b"{"])
def test_keys_do_not_change_while_the_trust_file_is_damaged(ledger: Ledger, told: bytes) -> None:
    """The old keys sign on until it was restored; then the change comes to its end."""
    ledger.tick(hours=1)
    agree(ledger)
    whole = trust_of(ledger)
    ledger.tick(hours=1)
    (ledger.path / "trust.json").write_bytes(told)
    with pytest.raises(Unavailable, match=r"Restore trust\.json"):
        ledger.tick(hours=1)
    assert ledger.home.log_key_set.former == ()
    with pytest.raises(Unavailable, match="missing or damaged"):
        renew(ledger.home, whole)
    (ledger.path / "trust.json").write_bytes(whole)
    ledger.tick()
    assert signers(ledger) == [0, 1]


# ---- what is brought from outside ----


def test_a_checkpoint_of_our_own_history_is_accepted(ledger: Ledger) -> None:
    """It says so and changes nothing: a newer memory is never given up for an older checkpoint."""
    ledger.tick(hours=1)
    outside = (ledger.home.log_directory / "checkpoint").read_bytes()
    ledger.tick(hours=1)
    state = (ledger.path / "signer.json").read_bytes()
    done = accept(ledger.home, outside, ledger.clock())
    assert (done.brought.size, done.goes_on_from, done.for_new_keys) == (38, 76, False)
    assert (ledger.path / "signer.json").read_bytes() == state
    (ledger.home.log_directory / "checkpoint").unlink()
    assert accept(ledger.home, outside, ledger.clock()).goes_on_from == 76
    assert (ledger.path / "signer.json").read_bytes() == state


@pytest.mark.parametrize("lost", ["signer", "signer and checkpoint"])
def test_a_lost_memory_is_mended_by_a_checkpoint_from_outside(ledger: Ledger, lost: str) -> None:
    """The log goes on from it, or from what was published since, and signs no size twice."""
    ledger.tick(hours=1)
    outside = (ledger.home.log_directory / "checkpoint").read_bytes()
    ledger.tick(hours=1)
    (ledger.path / "signer.json").unlink()
    if lost != "signer":
        (ledger.home.log_directory / "checkpoint").write_bytes(b"rubbish")
    with pytest.raises(Unavailable, match="lost its memory"):
        ledger.tick(hours=1)
    done = accept(ledger.home, outside, ledger.clock())
    assert done.goes_on_from == (76 if lost == "signer" else 38)
    if lost != "signer":
        # The second tick's checkpoint is kept beside, and is the one that counts.
        (ledger.home.log_directory / "checkpoints/76").unlink()
    ledger.tick()
    assert ledger.home.logbook.size() == 114
    assert verify(ledger.home.log_directory, trust_of(ledger)).exit_code == 0


def other_history(people: dict[str, Keyring], path: Path, ledger: Ledger) -> bytes:
    """A checkpoint under this log's keys over another log's entries."""
    signer = CheckpointSigner(path, ledger.home.origin, ledger.home.log_keys)
    signer.begin()
    return signer.sign(38, bytes(range(32)), (), ledger.clock())


def test_a_checkpoint_of_another_history_freezes_the_log(
    ledger: Ledger, people: dict[str, Keyring], tmp_path: Path
) -> None:
    """Our own keys have signed what our logbook contradicts: both are kept, nothing is signed."""
    ledger.tick(hours=1)
    forged = other_history(people, tmp_path / "signer.json", ledger)
    with pytest.raises(EvidenceCorrupt, match="another history"):
        accept(ledger.home, forged, ledger.clock())
    (folder,) = (ledger.path / "evidence").iterdir()
    assert (folder / "brought").read_bytes() == forged
    assert (folder / "ours").read_bytes() == (ledger.home.log_directory / "checkpoint").read_bytes()
    with pytest.raises(Unavailable, match="another history"):
        ledger.tick(hours=1)


def test_a_checkpoint_that_is_longer_than_our_log_is_kept(ledger: Ledger, tmp_path: Path) -> None:
    """After a restore the logbook is short: nothing is accepted, and what was brought is kept."""
    longer = ledger.copied(tmp_path / "longer")
    longer.tick(hours=2)
    note = (longer.home.log_directory / "checkpoint").read_bytes()
    longer.home.close()
    ledger = ledger.reopened()
    ledger.tick(hours=1)
    with pytest.raises(Unavailable, match="shorter than the checkpoint"):
        accept(ledger.home, note, ledger.clock())
    (folder,) = (ledger.path / "evidence").iterdir()
    assert (folder / "brought").read_bytes() == note


def test_a_strangers_checkpoint_is_refused(
    ledger: Ledger, people: dict[str, Keyring], tmp_path: Path
) -> None:
    """Another ledger's checkpoint, a receipt or rubbish is no checkpoint of this log."""
    other = found_ledger(tmp_path / "other", people, Clock())
    other.tick(days=1)
    note = (other.home.log_directory / "checkpoint").read_bytes()
    other.home.close()
    receipt = ledger.do("desk-main", "intake").records[0].note
    ledger.tick(hours=1)
    assert receipt is not None
    for brought in (note, receipt.encode(), b"", b"rubbish\n\n"):
        with pytest.raises(BadRequest, match="not a checkpoint"):
            accept(ledger.home, brought, ledger.clock())
    assert not (ledger.path / "evidence").exists()
