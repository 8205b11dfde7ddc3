"""The ways by which passkeys open keyrings, where a ledger is saved and brought back."""

from __future__ import annotations

from pathlib import Path

import pytest

from keys.errors import PasskeyRefused
from keys.files import is_open_to_others, write_private
from ledger.scenario.stage import THROW_AWAY
from ledger.unlocking import keep, locks_with, unlock
from tests.authenticator import RP, Authenticator
from tests.register.ledgers import Ledger
from tests.upkeep.backups import WITHOUT, restored, saved

KEY = Authenticator("mara's telephone")
OUTPUT = bytes(range(32))


def test_a_passkey_opens_in_the_restored_ledger_too(ledger: Ledger, tmp_path: Path) -> None:
    """Keyring and locks come back together, for their owner alone; the backup holds nothing that
    opens them, and another PRF's bytes do not.
    """
    home, mara = ledger.home, ledger.people["mara"]
    write_private(home.keyring_path("mara"), mara.dump(THROW_AWAY))
    keep(home, locks_with(home, mara, KEY.credential, RP, OUTPUT, frozenset()))
    ledger.tick(days=1)
    again, _ = restored(ledger, saved(ledger, tmp_path / "backup"), WITHOUT)
    assert not is_open_to_others(again.home.passkeys_path("mara"))
    assert unlock(again.home, "mara", KEY.credential, RP, OUTPUT).public == mara.public
    held = [one.read_bytes() for one in (tmp_path / "backup").rglob("*") if one.is_file()]
    assert any(b"keyring-passkeys/v1" in one for one in held)
    assert not any(OUTPUT in one or OUTPUT.hex().encode() in one for one in held)
    for credential, output in ((KEY.credential, bytes(32)), (b"another", OUTPUT)):
        with pytest.raises(PasskeyRefused):
            unlock(again.home, "mara", credential, RP, output)
    again.home.close()
