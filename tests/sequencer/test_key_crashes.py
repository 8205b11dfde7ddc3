"""Log keys change once, wherever the process ends meanwhile."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

import keys.destroy
from ledger.logkeys import own_checkpoint
from ledger.register.acts import OFFICE
from ledger.sequencer import announcing, freeze
from ledger.sequencer import succession as module
from ledger.sequencer import ticks as ticks_module
from ledger.sequencer.acceptance import accept
from ledger.sequencer.checkpoints import CheckpointSigner
from ledger.sequencer.succession import Succession
from ledger.stores.logbook import Logbook
from ledger.stores.store import Store
from ledger.verify import verify
from tests.faults import Crash, failing
from tests.register.ledgers import Ledger, check_sound
from tests.sequencer.handing_over import agree, announce, judged, trust_of

STEPS: list[tuple[object, str]] = [
    (Store, "append"),
    (Store, "close_ticks"),
    (Logbook, "add_ticks"),
    (CheckpointSigner, "_save"),
    (ticks_module, "publish"),
    (module, "publish"),
    (module, "write_private"),
    (module, "remove"),
    (module, "release"),
    (keys.destroy, "write_private"),
    (keys.destroy, "remove"),
    (os, "link"),
    (freeze, "write_private"),
]


def whole_rotation(ledger: Ledger) -> None:
    """Everything from the announcement to the end of the overlap, as people would repeat it."""
    keyset = ledger.home.log_key_set
    if not keyset.former:
        announced = announce(ledger)
        if not announced.assented:
            ledger.do("tom", "assent", OFFICE, {"of": announced.e})
        ledger.tick(hours=1)
    ledger.tick(hours=1)
    if ledger.home.log_key_set.previous is not None:
        announcing.finish(ledger.home, ledger.register, ledger.people["mara"])
    ledger.tick(hours=1)


def whole_replacement(ledger: Ledger) -> None:
    """Everything from the freeze to the first checkpoint under new keys."""
    if not ledger.home.log_key_set.former:
        standing = freeze.freeze(ledger.home, "the keys were stolen", ledger.clock())
        outside = (ledger.home.log_directory / "checkpoints/38").read_bytes()
        if standing.accepted is None:
            accept(ledger.home, outside, ledger.clock())
        announced = announce(ledger, "compromise")
        if not announced.assented:
            ledger.do("tom", "assent", OFFICE, {"of": announced.e})
    ledger.tick(hours=1)
    ledger.tick(hours=1)


def check_one_history(ledger: Ledger, notes: dict[str, bytes], pack: Path) -> None:
    """Every checkpoint that ever left the signer is a prefix; no size was signed in two ways."""
    for one in notes.values():
        accept(ledger.home, one, ledger.clock())
    assert judged(ledger, pack).findings == ()
    signed = json.loads((ledger.path / "signer.json").read_text())
    assert (
        own_checkpoint(ledger.home.origin, ledger.home.log_key_set, signed["note"].encode()).size
        == ledger.home.logbook.size()
    )
    for place in ("checkpoints", "../evidence/signed-beyond-38"):
        folder = ledger.home.log_directory / place
        for kept in folder.iterdir() if folder.exists() else ():
            assert notes.setdefault(kept.name, kept.read_bytes()) == kept.read_bytes()
    assert not list(ledger.path.glob(".log.keys.old"))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("whole", [whole_rotation, whole_replacement])
def test_after_a_crash_at_any_step_the_keys_change_once(
    template: Ledger, tmp_path: Path, whole: Callable[[Ledger], None], after: bool
) -> None:
    """The nth durable step is the last one, for every n: repeated by the same people, the change
    comes to its end, and there is one history.
    """
    prepared = template.copied(tmp_path / "ready")
    prepared.visit()
    prepared.tick(hours=1)
    prepared.tick(hours=1)
    for nth in range(1, 200):
        ledger = prepared.copied(tmp_path / f"{nth}")
        notes = _kept(ledger)
        with failing(nth, STEPS, Crash, after=after) as fault, suppress(Crash):
            whole(ledger)
        notes |= _kept(ledger)
        before = ledger.home.log_key_set
        ledger = ledger.reopened()
        whole(ledger)
        keyset = ledger.home.log_key_set
        assert (len(keyset.former), keyset.previous, keyset.proposed) == (1, None, None)
        if before.former:
            # What was in force stays in force: nobody draws a third key by repeating.
            assert keyset.current.public == before.current.public
        assert freeze.frozen(ledger.home) is None
        check_one_history(ledger, notes, tmp_path / f"pack-{nth}")
        check_sound(ledger).home.close()
        if fault.due:
            break
    else:
        pytest.fail("the steps never came to an end")
    assert nth > 15


def test_a_receipt_in_the_middle_of_a_change_is_good(template: Ledger, tmp_path: Path) -> None:
    """The process ended when `log.keys` had changed and nothing else: the trust file and the log's
    list know the receipt key that signs from that moment on, and so do the extents of a pack.
    """
    ledger = template.copied(tmp_path / "home")
    ledger.tick(hours=1)
    agree(ledger)
    ledger.clock.turn(hours=2)
    end = failing(1, [(Succession, "_republish")], Crash, after=False)
    with end, pytest.raises(Crash):
        ledger.sequencer().run(ledger.clock())
    ledger = ledger.reopened()
    assert ledger.home.log_key_set.former
    note = ledger.do("desk-main", "intake").records[0].note
    assert note is not None
    report = verify(ledger.home.log_directory, trust_of(ledger), receipts=(note.encode(),))
    assert report.findings == ()
    assert judged(ledger, tmp_path / "pack").findings == ()
    ledger.tick(hours=4)
    report = verify(ledger.home.log_directory, trust_of(ledger), receipts=(note.encode(),))
    assert (report.findings, report.exit_code) == ((), 0)
    ledger.home.close()


def _kept(ledger: Ledger) -> dict[str, bytes]:
    """The checkpoints that readers may have fetched so far."""
    folder = ledger.home.log_directory / "checkpoints"
    return {one.name: one.read_bytes() for one in folder.iterdir()}
