"""Keys of the guard: one for each purpose, the same for ever, and credentials of agents."""

from __future__ import annotations

import pickle

import pytest

from keys.errors import KeyRefused, Undecipherable
from keys.guard import TAG_BYTES, GuardKeys, credential_digest, new_credential
from keys.master import MasterKey

MASTER = MasterKey(bytes(range(32)))
KEYS = GuardKeys(MASTER, "ledger.oak.example")
OTHER = GuardKeys(MASTER, "ledger.elm.example")
HOLD = "5be0c1d2e3f40516273849a5b6c7d8e9:3"


def test_a_tag_says_nothing_and_stays() -> None:
    """It is the hold's own, under this ledger's key, and nothing of the hold's name is in it."""
    tag = KEYS.tag(HOLD)
    assert len(tag) == TAG_BYTES
    assert tag == GuardKeys(MasterKey(bytes(range(32))), "ledger.oak.example").tag(HOLD)
    assert tag not in (KEYS.tag(HOLD.replace(":3", ":4")), OTHER.tag(HOLD))
    assert HOLD.encode()[:8] not in tag
    assert tag.hex() == "828cf4a790090aadb230a3723309b6df8b9ad008e216697b84afe50cef96ad01"


def test_chance_is_the_same_for_ever() -> None:
    """A ledger that was restored has the covers that it had; a longer answer goes on."""
    assert KEYS.chance(7, 40)[:16] == KEYS.chance(7, 16)
    assert KEYS.chance(7, 16) not in (KEYS.chance(8, 16), OTHER.chance(7, 16))


def test_a_list_opens_in_its_own_ledger() -> None:
    """Another ledger, or a changed byte, opens nothing; no two seals are alike."""
    sealed = KEYS.seal(b"list")
    assert KEYS.unseal(sealed) == b"list"
    assert KEYS.seal(b"list") != sealed
    for keys, data in ((OTHER, sealed), (KEYS, sealed[:-1] + bytes([sealed[-1] ^ 1]))):
        with pytest.raises(Undecipherable):
            keys.unseal(data)


def test_a_credential_is_drawn_and_kept_as_a_digest() -> None:
    """No two are alike, and what is not spelt as one is none."""
    first, second = new_credential(), new_credential()
    assert credential_digest(first) != credential_digest(second)
    assert len(first) == 51
    for wrong in ("", first[:-1], f"{first}0", first.upper(), first.replace("dlguard_", "")):
        with pytest.raises(KeyRefused):
            credential_digest(wrong)


def test_keys_of_the_guard_are_printed_and_copied_nowhere() -> None:
    """They print as nothing, and pickling them is refused."""
    assert repr(KEYS) == "GuardKeys()"
    with pytest.raises(TypeError):
        pickle.dumps(KEYS)
