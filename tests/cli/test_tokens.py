"""Tokens at the command line: made once, listed without their secret, cut."""

from __future__ import annotations

from contextlib import closing

from keys.tokens import token_digest
from ledger.home import Home
from tests.cli.conftest import Line

ADD = ("token", "add", "kiosk", "--scope", "projection:deadlines:read", "--days", "30")


def test_a_token_is_shown_once(line: Line) -> None:
    """The director makes one; the list tells what it reads, until when and that nobody used it, and
    never the token; once cut it is gone.
    """
    made = line.good(*ADD, by="mara")
    assert made["token"].startswith("dlk_")
    assert len(token_digest(made["token"])) == 32
    (row,) = line.good("token", "list", by="mara")["tokens"]
    assert row == {
        "name": "kiosk",
        "scope": "projection:deadlines:read",
        "since": "2026-06-19",
        "until": "2026-07-19",
        "used": None,
    }
    shown = line("token", "list", by="mara", as_json=False).out
    assert "used never" in shown
    assert made["token"] not in shown
    with closing(Home(line.home)) as home:
        assert home.tokens.find(token_digest(made["token"])) is not None
    assert line(*ADD, by="mara").code == 2
    assert line.good("token", "cut", "kiosk", by="mara") == {"cut": "kiosk"}
    assert line.good("token", "list", by="mara") == {"tokens": []}
    assert line("token", "cut", "kiosk", by="mara").code == 2


def test_a_token_is_for_one_thing_and_not_for_long(line: Line) -> None:
    """Other scopes, names and times are refused; and only who administers makes, sees or cuts."""
    refused: tuple[tuple[str, ...], ...] = (
        ("Kiosk", "--scope", "feed:cases:read"),
        ("kiosk", "--scope", "vault:read"),
        ("kiosk", "--scope", "feed:cases:write"),
        ("kiosk", "--scope", "feed:cases:read", "--days", "91"),
        ("kiosk", "--scope", "feed:cases:read", "--days", "0"),
    )
    for words in refused:
        assert line("token", "add", *words, by="mara").code == 2
    for whole in (ADD, ("token", "list"), ("token", "cut", "kiosk")):
        assert line(*whole, by="tom").code == 4
