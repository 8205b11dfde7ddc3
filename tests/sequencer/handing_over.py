"""What people do when the log's keys change, and what a stranger says of it."""

from __future__ import annotations

from pathlib import Path

from ledger.evidence.note import SignedNote
from ledger.export import export_ledger
from ledger.logkeys import checkpoint_vkeys
from ledger.register.acts import OFFICE
from ledger.sequencer import announcing, freeze
from ledger.sequencer.acceptance import accept
from ledger.verify import Report, verify
from tests.register.ledgers import Ledger


def announce(ledger: Ledger, reason: announcing.Reason = "rotation") -> announcing.Announced:
    """Mara announces keys that follow."""
    return announcing.announce(ledger.home, ledger.register, ledger.people["mara"], reason)


def agree(ledger: Ledger, reason: announcing.Reason = "rotation") -> None:
    """Mara announces, Tom assents."""
    ledger.do("tom", "assent", OFFICE, {"of": announce(ledger, reason).e})


def trust_of(ledger: Ledger) -> bytes:
    """The home's trust file as it is now."""
    return (ledger.path / "trust.json").read_bytes()


def judged(ledger: Ledger, pack: Path, trust: bytes | None = None) -> Report:
    """Export what may be shown, and let the offline verifier judge it."""
    export_ledger(ledger.home, pack)
    return verify(pack, trust or trust_of(ledger), replay=True)


def signers(ledger: Ledger, note: bytes | None = None) -> list[int]:
    """Which of the log's key sets have signed a checkpoint, oldest first, as places in the list."""
    data = note or (ledger.home.log_directory / "checkpoint").read_bytes()
    ids = [line.key_id for line in SignedNote.parse(data).signatures]
    found = []
    for place, public in enumerate(ledger.home.log_key_set.ever):
        both = [vkey.key_id in ids for vkey in checkpoint_vkeys(ledger.home.origin, public)]
        assert both[0] is both[1]
        found += [place] if both[0] else []
    assert len(ids) == 2 * len(found)
    return found


def rolled_over(ledger: Ledger) -> bytes:
    """Publish, agree on new keys, publish until they sign; gives the trust file of before."""
    ledger.tick(hours=1)
    old = trust_of(ledger)
    agree(ledger)
    ledger.tick(hours=2)
    return old


def stolen(ledger: Ledger) -> bytes:
    """Two ticks, of which somebody outside keeps the first; then the keys are stolen."""
    ledger.tick(hours=1)
    outside = (ledger.home.log_directory / "checkpoint").read_bytes()
    ledger.visit()
    ledger.tick(hours=1)
    freeze.freeze(ledger.home, "the office computer was stolen", ledger.clock())
    return outside


def replaced(ledger: Ledger, outside: bytes) -> None:
    """Accept what was kept outside, and agree on new keys."""
    accept(ledger.home, outside, ledger.clock())
    agree(ledger, "compromise")
