"""Log keys that follow others: two people, two histories never, and a stranger's word for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import keys.destroy
from keys.log import LogKeys, PublicLogKeys
from ledger.domain.log_events import LogKeysAnnounced
from ledger.errors import BadRequest, NotPermitted, Unavailable
from ledger.logkeys import checkpoint_vkeys
from ledger.register.acts import OFFICE
from ledger.sequencer import announcing, freeze
from ledger.sequencer import succession as module
from ledger.sequencer.acceptance import accept
from ledger.sequencer.succession import Succession
from ledger.trusting import renew
from ledger.verify import verify
from tests.register.ledgers import Ledger, check_sound
from tests.sequencer.handing_over import (
    agree,
    announce,
    judged,
    rolled_over,
    signers,
    trust_of,
)


def test_a_roll_over_lets_old_and_new_trust_verify(ledger: Ledger, tmp_path: Path) -> None:
    """Both key sets sign once the assent is published; until the end every trust file verifies."""
    ledger.tick(hours=1)
    old = trust_of(ledger)
    assert not announce(ledger).assented
    ledger.tick(hours=1)
    assert signers(ledger) == [0]
    assert trust_of(ledger) == old
    ledger.do("tom", "assent", OFFICE, {"of": announce(ledger).e})
    assert announce(ledger).assented
    ledger.visit()
    ledger.tick(hours=1)
    assert signers(ledger) == [0]
    ledger.tick(hours=1)
    assert signers(ledger) == [0, 1]
    new = trust_of(ledger)
    assert new != old
    for number, trust in enumerate((old, new)):
        report = judged(ledger, tmp_path / f"{number}", trust)
        assert (report.findings, report.exit_code) == ((), 0)
        assert verify(ledger.home.log_directory, trust).exit_code == 0
    check_sound(ledger)


def test_the_end_of_a_roll_over_leaves_the_new_keys_alone(ledger: Ledger, tmp_path: Path) -> None:
    """The old private keys are gone, the new ones sign alone, and renewed trust holds."""
    old = rolled_over(ledger)
    renewed = renew(ledger.home, old)
    assert renewed.changed
    previous = ledger.home.log_key_set.previous
    assert previous is not None
    announcing.finish(ledger.home, ledger.register, ledger.people["mara"])
    ledger.tick(hours=1)
    assert ledger.home.log_key_set.previous is None
    assert signers(ledger) == [1]
    assert judged(ledger, tmp_path / "new", renewed.data).exit_code == 0
    assert json.loads(renewed.data) == json.loads(trust_of(ledger))
    late = judged(ledger, tmp_path / "old", old)
    assert {"V2.checkpoint-refused", "V2.schedule-refused"} <= {one.code for one in late.findings}
    assert renew(ledger.home, old).data == renewed.data
    again = renew(ledger.home, renewed.data)
    assert not again.changed


def test_keys_may_follow_keys(ledger: Ledger, tmp_path: Path) -> None:
    """After a second roll-over the first trust file still leads to the newest keys."""
    first = rolled_over(ledger)
    with pytest.raises(BadRequest, match="under way"):
        announce(ledger)
    announcing.finish(ledger.home, ledger.register, ledger.people["mara"])
    second = trust_of(ledger)
    rolled_over(ledger)
    assert signers(ledger) == [1, 2]
    for number, trust in enumerate((second, trust_of(ledger))):
        assert judged(ledger, tmp_path / f"{number}", trust).exit_code == 0
    # The founding's keys sign no more, and vouch for the second ones, which vouch for the third.
    assert renew(ledger.home, first).data == trust_of(ledger)
    known = (ledger.home.log_directory / "keys").read_text().splitlines()
    assert len(known) == len(set(known)) == 9


def test_a_receipt_of_any_key_counts(ledger: Ledger, tmp_path: Path) -> None:
    """Receipts given before, during and after a roll-over are all kept promises for new trust."""
    notes = []

    def receive() -> None:
        receipt = ledger.do("desk-main", "intake").records[0].note
        assert receipt is not None
        notes.append(receipt.encode())

    receive()
    rolled_over(ledger)
    receive()
    announcing.finish(ledger.home, ledger.register, ledger.people["mara"])
    receive()
    ledger.tick(hours=4)
    assert len({note.rsplit(b" ", 1)[1][:5] for note in notes}) == 2
    report = verify(ledger.home.log_directory, trust_of(ledger), receipts=notes)
    assert (report.findings, report.exit_code) == ((), 0)


def test_one_person_alone_changes_no_key(ledger: Ledger) -> None:
    """Staff announce nothing; an announcement without a second person's assent changes nothing."""
    ledger.tick(hours=1)
    with pytest.raises(NotPermitted):
        announcing.announce(ledger.home, ledger.register, ledger.people["kim"], "rotation")
    with pytest.raises(NotPermitted):
        announcing.finish(ledger.home, ledger.register, ledger.people["kim"])
    announce(ledger)
    ledger.tick(hours=3)
    assert signers(ledger) == [0]
    assert ledger.home.log_key_set.former == ()


def test_a_newer_announcement_takes_the_place_of_one_that_waits(ledger: Ledger) -> None:
    """Nobody can assent to keys that were given up; the founding's stay until others are agreed."""
    ledger.tick(hours=1)
    first = announce(ledger)
    freeze.freeze(ledger.home, "a disk was stolen", ledger.clock())
    note = (ledger.home.log_directory / "checkpoint").read_bytes()
    accept(ledger.home, note, ledger.clock())
    second = announce(ledger, "compromise")
    assert second.e != first.e
    waiting = ledger.register.office().office.awaiting_assent
    assert [one.e for one in waiting] == [second.e]


def test_a_roll_over_needs_a_log(ledger: Ledger) -> None:
    """Before the first tick there is no state that new keys could be announced on."""
    with pytest.raises(BadRequest, match="next tick"):
        announce(ledger)
    with pytest.raises(BadRequest, match="No roll-over"):
        announcing.finish(ledger.home, ledger.register, ledger.people["mara"])


def test_a_long_running_program_goes_on_over_a_roll_over(ledger: Ledger) -> None:
    """Who opened the home before the keys changed reads and writes on with the new ones."""
    ledger.tick(hours=1)
    other = Ledger.at(ledger.path, ledger.people, ledger.clock)
    other.visit()
    agree(ledger)
    ledger.tick(hours=2)
    announcing.finish(ledger.home, ledger.register, ledger.people["mara"])
    ledger.tick(hours=1)
    receipt = other.do("desk-main", "intake").records[0].note
    newest = other.home.newest_checkpoint()
    other.home.close()
    assert newest is not None
    assert newest.size == ledger.home.logbook.size()
    ledger.tick(hours=4)
    assert receipt is not None
    report = verify(ledger.home.log_directory, trust_of(ledger), receipts=(receipt.encode(),))
    assert report.exit_code == 0


def test_a_folder_that_cannot_be_written_changes_no_keys(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the disk refuses, the announcement fails with a sentence and the old keys sign on."""
    ledger.tick(hours=1)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(keys.destroy, "write_private", full)
        with pytest.raises(Unavailable, match="cannot be written"):
            announce(ledger)
        patch.setattr(freeze, "write_private", full)
        with pytest.raises(Unavailable, match="Switch the machine off"):
            freeze.freeze(ledger.home, "stolen", ledger.clock())
    agree(ledger)
    with monkeypatch.context() as patch:
        patch.setattr(module, "write_private", full)
        with pytest.raises(Unavailable, match="cannot be read or written"):
            ledger.tick(hours=2)
    ledger.tick(hours=1)
    assert signers(ledger) == [0, 1]


def test_nobody_signs_with_keys_that_were_announced_by_hand(ledger: Ledger) -> None:
    """Two people can announce any keys; this log signs only with those that it drew itself."""
    ledger.tick(hours=1)
    announced = announce(ledger)
    event = ledger.register.office().office.awaiting_assent[0].event
    assert isinstance(event, LogKeysAnnounced)
    strange: PublicLogKeys = LogKeys.create().public
    fields = {
        "log": [one.dump() for one in checkpoint_vkeys(ledger.home.origin, strange)],
        "receipt": event.receipt,
        "reason": "rotation",
        "trusted": {"size": event.trusted.size, "root": event.trusted.root},
    }
    by_hand = ledger.do("mara", "announce-log-keys", OFFICE, fields).records[0]
    ledger.do("tom", "assent", OFFICE, {"of": by_hand.e})
    ledger.tick(hours=1)
    assert by_hand.e != announced.e
    assert Succession(ledger.home).agreement() is None
    assert signers(ledger) == [0]
