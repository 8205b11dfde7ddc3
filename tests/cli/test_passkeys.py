"""Passkeys at the command line: agreed to, listed, ended, and gone with the keys they open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from keys.keyring import unlock as unlock_ring
from ledger.cli import session as sessions
from ledger.home import opened
from ledger.unlocking import keep, locks_with, unlock
from tests.authenticator import RP, Authenticator
from tests.cli.conftest import Line

PHRASE = "seven blue lanterns"
OUTPUT = bytes(range(32))
KEY = Authenticator("mara's telephone")


def path(line: Line, name: str = "mara") -> Path:
    """Where somebody's locks lie."""
    return line.home / "people" / f"{name}.passkeys"


@pytest.fixture
def made(line: Line) -> Line:
    """mara has made a passkey that opens her keyring; nobody has agreed to it."""
    line.do("office", "enrol-passkey", "mara", **KEY.enrolled("mara"))
    with opened(line.home) as home:
        ring = unlock_ring(home.keyring_path("mara").read_bytes(), sessions.THROW_AWAY)
        keep(home, locks_with(home, ring, KEY.credential, RP, OUTPUT, frozenset()))
    return line


def test_a_passkey_is_agreed_to_listed_and_ended(made: Line) -> None:
    """A second person assents as to a key; the list says whose and what it does; who ends it takes
    its lock away, and the keyring's passphrase still opens.
    """
    states = [made.good("passkey", "list")["passkeys"][0]["state"]]
    assert made.good("person", "assent", by="mara")["assented"] == []
    agreed = made.good("person", "assent", "mara", by="tom")["assented"]
    assert agreed == [f"a passkey of mara ({KEY.passkey[:16]})"]
    (row,) = made.good("passkey", "list")["passkeys"]
    assert (row["person"], row["passkey"], row["unlocks"]) == ("mara", KEY.passkey, "unlocks")
    assert made("passkey", "revoke", KEY.passkey[:7], by="mara").code != 0
    assert made("passkey", "revoke", KEY.passkey[:8], by="tom").code != 0
    assert path(made).exists()
    assert made.good("passkey", "revoke", KEY.passkey[:8], by="mara")["revoked"] == KEY.passkey
    (ended,) = made.good("passkey", "list")["passkeys"]
    assert [*states, row["state"], ended["state"]] == ["waits", "in force", "ended"]
    assert not path(made).exists()
    assert "No passkey in force" in made("passkey", "revoke", KEY.passkey, by="mara").err
    assert made("case", "list", by="mara").code == 0


def test_a_new_passphrase_names_the_passkeys_that_still_open(
    made: Line, descriptor: Callable[[str], str]
) -> None:
    """The locks stay, since they are of the keys and not of the passphrase; the answer says so."""
    words = ("key", "passphrase", "--new-passphrase-fd", descriptor(PHRASE))
    said = made(*words, by="mara", as_json=False).out
    assert "It is not all that opens your keyring: 1 passkey too." in said
    with opened(made.home) as home:
        ring = unlock(home, "mara", KEY.credential, RP, OUTPUT)
        assert (
            ring.public
            == unlock_ring(home.keyring_path("mara").read_bytes(), PHRASE.encode()).public
        )


def test_new_keys_end_what_opened_the_old_ones(
    made: Line, descriptor: Callable[[str], str]
) -> None:
    """Whoever is given a new keyring makes their passkeys anew."""
    made.enrol("vera", "director")
    made.good("key", "replace", "mara", "--new-passphrase-fd", descriptor(PHRASE), by="vera")
    assert not path(made).exists()
