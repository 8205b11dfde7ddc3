"""Sessions: how they begin, what ends them, and of what use a stolen one is (T-38, T-39)."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256

import pytest

from keys.keyring import Keyring, create
from ledger.home import Home
from ledger.register.acts import OFFICE
from ledger.web.sessions import LONGEST_SECONDS, Sessions
from ledger.web.site import IDLE_SECONDS, Side
from tests.register.library import Library
from tests.web.asking import Asker
from tests.web.core.test_access import met

Visitor = Callable[[Side, str | None], Asker]


def is_in(asker: Asker) -> bool:
    """Whether somebody is still signed in: told by the page that everybody may open."""
    return "Sign out" in asker.get("/sign-in").text


# --- What ends a session ---


def _end_role(library: Library) -> None:
    library.act("mara", "end-role", OFFICE, person="kim", role="staff")


def _revoke_key(library: Library) -> None:
    library.act("mara", "revoke-key", OFFICE, key=library.people["kim"].key_id.hex())


def _grant_role(library: Library) -> None:
    done = library.act("mara", "grant-role", OFFICE, person="kim", role="auditor")
    library.act("tom", "assent", OFFICE, of=done.records[0].e)


def _beside(asker: Asker, library: Library, change: Callable[[Library], None]) -> None:
    """Change something as another program would that works in the same home."""
    with closing(Home(asker.site.home_path)) as home:
        change(Library(home, dict(library.people), library.now))


CHANGES = {"role ended": _end_role, "key revoked": _revoke_key, "role granted": _grant_role}


@pytest.mark.parametrize("side", ["desk", "room"])
@pytest.mark.parametrize("change", CHANGES)
def test_t38_whose_role_or_key_changed_is_out_at_the_next_request(
    change: str, side: Side, closed: Library, own: dict[Side, Asker]
) -> None:
    """T-38: the session lives and another program takes the role or the key, or gives a role: the
    next request is nobody's, and the session does not come back.
    """
    kim = own[side].other().come_in(closed.people["kim"])
    assert is_in(kim)
    _beside(kim, closed, CHANGES[change])
    assert met(kim.post("/sign-out")) == "sign in first"
    assert not is_in(kim)


def test_t38_an_act_in_flight_is_refused_when_the_role_is_gone(
    closed: Library, own: dict[Side, Asker]
) -> None:
    """T-38: a form that was opened with the role, and is sent without it, does nothing."""
    kim = own["desk"].other().come_in(closed.people["kim"])
    word = kim.csrf
    _beside(kim, closed, _end_role)
    told = kim.post("/sign-out", headers={"x-csrf": word or ""})
    assert (told.status, told.header("set-cookie")) == (401, None)


@pytest.mark.parametrize(
    "changed",
    [{"peer": ("192.0.2.7", 50_123)}, {"agent": "Browser 2"}, {"agent": ""}],
    ids=["another address", "another program", "no program named"],
)
def test_t39_a_stolen_cookie_ends_the_session_it_is_of(
    changed: dict[str, object], visitor: Visitor
) -> None:
    """T-39: a cookie that comes from elsewhere opens nothing, and from then on nobody's."""
    kim = visitor("desk", "kim")
    thief = kim.other(cookies=dict(kim.cookies), csrf=kim.csrf, **changed)
    assert not is_in(thief)
    assert not is_in(kim)


def test_t39_a_cookie_of_one_program_opens_nothing_at_the_other(visitor: Visitor) -> None:
    """T-39: what the room gave is no session at the desk, under its own name or the desk's."""
    mara, desk = visitor("room", "mara"), visitor("desk", None)
    token = mara.cookies["__Host-room"]
    for name in ("__Host-room", "__Host-desk", "desk", "session"):
        assert not is_in(desk.other(cookies={name: token}))
    assert is_in(mara)


def test_t39_what_lies_in_memory_lets_nobody_in(visitor: Visitor) -> None:
    """T-39: sessions are known by a digest: who reads them has no cookie to send."""
    kim = visitor("desk", "kim")
    token = kim.cookies["__Host-desk"]
    known = vars(kim.site.sessions)["_known"]
    assert sha256(token.encode()).digest() in known
    assert token not in str(known)
    assert not is_in(kim.other(cookies={"__Host-desk": sha256(token.encode()).hexdigest()}))


def test_t39_a_cookie_without_the_passphrase_unlocks_nothing(visitor: Visitor) -> None:
    """T-39: once the session is over, its cookie is of no use: only the passphrase lets in."""
    kim = visitor("desk", "kim")
    held = dict(kim.cookies)
    assert kim.post("/sign-out").status == 303
    assert not is_in(kim.other(cookies=held))
    assert kim.other(cookies=held).sign_in("kim", "not it").status == 401


@pytest.mark.parametrize("side", IDLE_SECONDS)
def test_a_session_ends_when_nobody_asks_for_so_long(side: Side) -> None:
    """Thirty minutes at the desk and fifteen in the room; a request begins them anew."""
    now = [0.0]
    sessions = Sessions(IDLE_SECONDS[side], lambda: now[0])
    token = sessions.begin(_nobody(), frozenset(), "here")
    idle = {"desk": 1800, "room": 900}[side]
    for moment, lives in ((idle - 1, True), (2 * idle - 2, True), (3 * idle - 2, False)):
        now[0] = moment
        assert (sessions.find(token, "here") is not None) is lives
    assert vars(sessions)["_known"] == {}


def test_a_session_ends_after_twelve_hours_whoever_asks() -> None:
    """However busy somebody is, they sign in again after twelve hours."""
    now = [0.0]
    sessions = Sessions(1800, lambda: now[0])
    token = sessions.begin(_nobody(), frozenset(), "here")
    while now[0] + 600 < 12 * 3600:
        now[0] += 600
        assert sessions.find(token, "here") is not None
    now[0] = LONGEST_SECONDS
    assert sessions.find(token, "here") is None


def _nobody() -> Keyring:
    return create("nobody", b"", throw_away=True)


def test_all_sessions_end_with_their_program(closed: Library, own: dict[Side, Asker]) -> None:
    """When a program ends, it forgets every keyring."""
    kim = own["desk"].other().come_in(closed.people["kim"])
    kim.site.close()
    assert vars(kim.site.sessions)["_known"] == {}


# --- How it begins ---


def test_signing_in_gives_a_new_cookie_and_ends_what_the_browser_held(visitor: Visitor) -> None:
    """Session fixation: a cookie that was there before, somebody's or nobody's, is not taken on."""
    planted = visitor("desk", None)
    planted.cookies["__Host-desk"] = "planted-by-somebody"
    assert planted.sign_in("kim", "throw-away").status == 303
    assert planted.cookies["__Host-desk"] != "planted-by-somebody"
    assert is_in(planted)
    earlier = planted.other(cookies=dict(planted.cookies))
    assert planted.sign_in("abe", "throw-away").status == 303
    assert not is_in(earlier)
    assert "Sign out abe" in planted.get("/sign-in").text


@pytest.mark.parametrize("side", ["desk", "room"])
def test_the_cookie_is_the_programs_own_and_no_scripts(side: Side, visitor: Visitor) -> None:
    """`__Host-`, for this host alone, secure, not for scripts, never sent from other sites."""
    told = visitor(side, None).sign_in("kim", "throw-away")
    cookie = told.header("set-cookie") or ""
    name, _, rest = cookie.partition("=")
    token, *words = rest.split("; ")
    assert name == f"__Host-{side}"
    assert re.fullmatch(r"[\w-]{43}", token)
    assert sorted(one.lower() for one in words) == [
        "httponly",
        "path=/",
        "samesite=strict",
        "secure",
    ]


def test_tokens_and_words_are_never_alike(visitor: Visitor) -> None:
    """Two sessions share neither a cookie nor a word, and no session's cookie is its word."""
    each = [visitor("desk", "kim") for _ in range(20)]
    held = [word for one in each for word in (one.cookies["__Host-desk"], one.csrf)]
    assert len(set(held)) == 40


def test_signing_out_takes_the_cookie_away_and_what_was_kept(visitor: Visitor) -> None:
    """The browser is told to forget the cookie, its cache and its storage; the other program's
    cookie, which is of the same host, stays.
    """
    told = visitor("desk", "kim").post("/sign-out")
    cookie = (told.header("set-cookie") or "").lower()
    assert cookie.startswith('__host-desk="";')
    assert "max-age=0" in cookie
    assert "secure" in cookie
    assert told.header("clear-site-data") == '"cache", "storage"'


def test_a_store_that_cannot_be_asked_lets_nobody_in_and_says_so(
    closed: Library, own: dict[Side, Asker], capsys: pytest.CaptureFixture[str]
) -> None:
    """Who is signed in cannot be looked up: the answer is that it does not work now, and neither
    a defect nor somebody's page.
    """
    kim = own["desk"].other()
    store = kim.site.home_path / "open.db"
    store.unlink()
    store.mkdir()
    place = f"{kim.peer[0]} {kim.agent}"
    token = kim.site.sessions.begin(closed.people["kim"], frozenset({"staff"}), place)
    kim.cookies["__Host-desk"] = token
    for path, status in (("/sign-in", 503), ("/nothing", 404), ("/", 503), ("/readyz", 503)):
        told = kim.get(path)
        assert told.status == status
        assert "kim" not in told.text
        assert str(kim.site.home_path) not in told.text
    assert kim.get("/healthz").status == 200
    assert kim.site.sessions.find(token, place) is not None
    assert capsys.readouterr().err == ""
