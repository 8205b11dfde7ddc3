"""Requests that other sites have a browser make (T-56): refused before anybody asks who it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

from ledger.stores.place import StoreName
from ledger.stores.tables import TABLES
from ledger.web.site import Side
from ledger.web.table import DOORS
from tests.register.library import Library
from tests.web.asking import FORM, Asker
from tests.web.core.test_access import SIDES, filled

Visitor = Callable[[Side, str | None], Asker]
FOREIGN = {
    "a sibling's subdomain": {
        "origin": "http://evil.localhost:8410",
        "sec-fetch-site": "same-site",
    },
    "another port of this host": {
        "origin": "http://localhost:8411",
        "sec-fetch-site": "same-site",
    },
    "another scheme": {"origin": "https://localhost:8410"},
    "no origin in a sandbox": {"origin": "null", "sec-fetch-site": "cross-site"},
    "null alone": {"origin": "null", "sec-fetch-site": ""},
    "an old browser that says nothing": {"origin": "", "sec-fetch-site": ""},
    "says only where from": {"origin": "", "sec-fetch-site": "cross-site"},
    "says only that it is its own": {"origin": "", "sec-fetch-site": "same-origin"},
    "typed by somebody": {"sec-fetch-site": "none"},
    "two origins": {"origin": "http://localhost:8410 http://evil.example"},
    "an origin that begins alike": {"origin": "http://localhost:84100"},
    "an origin with a path": {"origin": "http://localhost:8410/"},
    "in capitals": {"origin": "HTTP://LOCALHOST:8410"},
}
"""What a browser says of itself when a page that is not ours has it make a request."""


@pytest.mark.parametrize("foreign", FOREIGN)
def test_t56_a_form_of_another_site_is_refused(foreign: str, visitor: Visitor) -> None:
    """T-56: with the cookie and even the session's word in hand, from elsewhere nothing is done."""
    asker = visitor("desk", "kim")
    token = asker.cookies["__Host-desk"]
    body = urlencode([("csrf", asker.csrf or "")]).encode()
    told = asker.ask("POST", "/sign-out", body, {"content-type": FORM, **FOREIGN[foreign]})
    assert told.status == 403
    assert "did not come from a page of this program" in told.text
    assert asker.site.sessions.find(token, f"{asker.peer[0]} {asker.agent}") is not None
    assert asker.post("/sign-out").status == 303


def test_t56_a_page_of_ours_without_the_sessions_word_is_refused(visitor: Visitor) -> None:
    """T-56: without the word of the session, with another session's, or in the address, a form is
    not ours; twice in one form is a mistake.
    """
    asker, other = visitor("desk", "kim"), visitor("desk", "abe")
    for word in (None, "", "x", other.csrf):
        asker_csrf, asker.csrf = asker.csrf, word
        assert asker.post("/sign-out").status == 403
        asker.csrf = asker_csrf
    assert asker.ask("POST", f"/sign-out?csrf={asker.csrf}").status == 403
    assert asker.post("/sign-out", [("csrf", "x")]).status == 400
    assert asker.post("/sign-out", headers={"x-csrf": "x"}).status == 403
    assert asker.post("/sign-out").status == 303


@pytest.mark.parametrize("kind", ["", FORM, "text/plain", "multipart/form-data; boundary=a"])
def test_t56_a_browser_too_old_to_say_where_from_sends_no_form(kind: str, visitor: Visitor) -> None:
    """T-56: where nobody signs in there is no cookie that would tell: a form of no stated origin is
    refused, and what only a program can send is not.
    """
    silent = {"origin": "", "sec-fetch-site": ""}
    asker = visitor("desk", None)
    assert asker.ask("POST", "/sign-out", headers={**silent, "content-type": kind}).status == 403
    for word in ({"content-type": "application/json"}, {"authorization": "Bearer x"}):
        assert asker.ask("POST", "/sign-out", headers={**silent, **word}).status == 401


def test_t56_is_asked_before_who_it_is(visitor: Visitor) -> None:
    """A foreign request is told so and nothing else: not that there is no session, or no role."""
    told = [
        visitor("desk", who).ask("POST", "/sign-out", headers={"origin": "null"}).status
        for who in (None, "kim")
    ]
    assert told == [403, 403]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8410",
        "localhost",
        "localhost:8411",
        "localhost:8410.evil.example",
        "127.0.0.2:8410",
        "[::1]:8410",
        "0:8410",
        "",
        "localhost:8410, evil.example",
        "user@localhost",
    ],
)
def test_t56_a_name_of_somebody_elses_that_points_here_is_refused(
    host: str, visitor: Visitor
) -> None:
    """T-56, DNS rebinding: under another name nothing is answered, at no address, by no method, and
    no page is shown that somebody else's script could read.
    """
    for who in (None, "kim"):
        asker = visitor("desk", who)
        for method, path in (("GET", "/"), ("GET", "/nothing"), ("PUT", "/"), ("POST", "/sign-in")):
            told = asker.ask(method, path, headers={"host": host, "origin": f"http://{host}"})
            assert told.status in (403, 404, 405)
            assert told.header("content-type") == "text/plain; charset=utf-8"
            assert "kim" not in told.text
            assert asker.csrf is None or asker.csrf not in told.text


@pytest.mark.parametrize("header", ["x-http-method-override", "x-http-method", "x-method-override"])
def test_t56_no_request_is_taken_for_one_of_another_method(header: str, visitor: Visitor) -> None:
    """T-56: neither a header nor a field makes a page's request one that changes something."""
    asker = visitor("desk", "kim")
    told = asker.ask("GET", f"/sign-out?_method=POST&csrf={asker.csrf}", headers={header: "POST"})
    assert told.status == 405
    form = urlencode([("_method", "POST"), ("csrf", asker.csrf or "")]).encode()
    assert asker.ask("POST", "/", form, {header: "GET", "content-type": FORM}).status == 405
    assert asker.get("/").text.count("Sign out kim") == 1


@pytest.mark.parametrize(
    "header", ["x-forwarded-for", "x-forwarded-host", "forwarded", "x-real-ip"]
)
def test_nobody_says_for_a_request_where_it_comes_from(header: str, visitor: Visitor) -> None:
    """There is no proxy: what such headers say neither ends a session nor names a host."""
    asker = visitor("desk", "kim")
    told = asker.ask("GET", "/", headers={header: "evil.example"})
    assert told.status == 200
    assert "evil.example" not in told.text


VIEWS = ("projected", "rebuilding", "progress", "feed_entries", "feed_tracking")
"""They catch up when they are looked at, and can be made again from the rest."""


def rows(home: Path, stores: Collection[StoreName]) -> dict[str, list[tuple[object, ...]]]:
    """Every row of a home's stores but those of views, which catch up when they are looked at."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for store in stores:
        with closing(sqlite3.connect(f"file:{home}/{store}.db?mode=ro", uri=True)) as database:
            for table in (one for one in TABLES[store] if one.name not in VIEWS):
                query = f"SELECT * FROM {table.name}"
                found[f"{store} {table.name}"] = database.execute(query).fetchall()
    return found


@pytest.mark.parametrize("side", SIDES)
def test_t56_no_page_changes_anything_by_being_opened(
    side: Side, closed: Library, own: dict[Side, Asker]
) -> None:
    """T-56: every address that is opened, by nobody and by staff, leaves every row of every store
    as it was: what changes something is sent. In the room a look is recorded in the vault, or with
    what waits for it.
    """
    asker = own[side]
    home = asker.site.home_path
    looked: set[StoreName] = set() if side == "desk" else {"vault", "inbox", "keystore"}
    stores = sorted(TABLES.keys() - looked)
    before = rows(home, stores)
    for who in (None, "kim", "abe"):
        new = asker.other() if who is None else asker.other().come_in(closed.people[who])
        for door in DOORS:
            if door.method == "GET" and side in door.sides:
                new.get(filled(door.path))
    after = rows(home, stores)
    assert any(before.values())
    assert {name for name in after if after[name] != before[name]} == set()
