"""Keys for feeds: one for each purpose, from the master key alone, the same for ever."""

from __future__ import annotations

import pickle

import pytest

from keys.errors import Undecipherable
from keys.feeds import CURSOR_CHARACTERS, NONCE_BYTES, FeedKeys
from keys.master import MasterKey
from keys.webhooks import load_secret, signature

MASTER = MasterKey(bytes(range(32)))
KEYS = FeedKeys(MASTER, "ledger.oak.example")


def test_derived_keys_are_one_for_each_purpose_and_stay() -> None:
    """Cursors and names that consumers hold are good after every restart and restore."""
    assert MASTER.derived("feed-name") == MasterKey(bytes(range(32))).derived("feed-name")
    assert len({MASTER.derived(name) for name in ("feed-name", "feed-nonce", "feed-cursor")}) == 3
    assert KEYS.name("deadline", "7K3M-9Q2D-X") == "e87c773271ccbb0ac055ddc0ffe771a7"
    assert KEYS.nonce("cases", 7, b"c" * 32, b"s" * 32).hex() == "ec7b184eeb08ea97d67a863aec80ddaf"
    sealed = KEYS.cursor("cases", 7, entropy=bytes)
    assert sealed == "AAAAAAAAAAAAAAAA80ZVAh4v5zEWfZaqOmgDml1MrHg0sLq-"
    assert len(sealed) == CURSOR_CHARACTERS
    assert KEYS.position("cases", sealed) == 7


def test_every_part_of_a_nonce_and_of_a_name_counts() -> None:
    """Another ledger, feed, position, commitment or secret gives another nonce."""
    told = [
        KEYS.nonce("cases", 7, b"c", b"s"),
        KEYS.nonce("office", 7, b"c", b"s"),
        KEYS.nonce("cases", 8, b"c", b"s"),
        KEYS.nonce("cases", 7, b"d", b"s"),
        KEYS.nonce("cases", 7, b"c", b"t"),
        KEYS.nonce("cases", 7, b"cs", b""),
        FeedKeys(MASTER, "ledger.elm.example").nonce("cases", 7, b"c", b"s"),
    ]
    assert len(set(told)) == len(told)
    assert {len(one) for one in told} == {NONCE_BYTES}
    assert KEYS.name("deadline", "a b") != KEYS.name("deadlinea", " b")


def test_a_webhooks_settings_open_under_its_own_name() -> None:
    """What is sealed for one webhook is nothing for another."""
    sealed = KEYS.seal("a", b"settings")
    assert KEYS.unseal("a", sealed) == b"settings"
    with pytest.raises(Undecipherable):
        KEYS.unseal("b", sealed)


def test_keys_of_feeds_are_printed_and_copied_nowhere() -> None:
    """They print as nothing, and pickling them is refused."""
    assert repr(KEYS) == "FeedKeys()"
    with pytest.raises(TypeError):
        pickle.dumps(KEYS)


def test_a_signature_is_the_one_of_the_schemes_own_example() -> None:
    """Standard Webhooks gives one example; ours is equal to it."""
    secret = load_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
