"""A next ledger, as a scenario asks for it: does its founding fit what this one's log shows now?

It is founded for one question and thrown away, by people of its own.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from ledger.evidence.acts import Before
from ledger.evidence.checkpoint import stamped_bytes
from ledger.export import export_ledger
from ledger.founding import Founding, found
from ledger.home import Home
from ledger.register.handle import Register
from ledger.scenario.stage import DAY, new_keyring, throw_away_place
from ledger.sequencer.ticks import Sequencer
from ledger.verify import Report, verify
from ledger.verify.trust import load

_TICKS = 2


def followed(home: Home, trust: bytes, checkpoint: bytes, now: datetime) -> Report:
    """Found a ledger that names this checkpoint as the end of `home`, and verify it beside that
    log as it is now; `trust` is what somebody outside holds of `home`.
    """
    held = load(trust)
    last = held.verify_checkpoint(checkpoint)
    end, own = last.checkpoint, stamped_bytes(last.note, held.origin)
    founding = Founding(
        f"{home.origin}/next",
        home.config.zone,
        home.config.pack,
        ((new_keyring("first"), "director"), (new_keyring("second"), "counsel")),
        before=Before(held.origin, held.founded, end.size, end.root, sha256(own).digest()),
    )
    home.published()
    with throw_away_place() as place:
        following = found(place, founding, now)
        try:
            later = now + _TICKS * DAY
            attesters = Register(following, lambda: later).office().office.attesters()
            Sequencer(following, attesters).run(later)
            pack = place.parent / "pack"
            export_ledger(following, pack)
            its_trust = (place / "trust.json").read_bytes()
            return verify(pack, its_trust, before=(home.log_directory, trust))
        finally:
            following.close()
