"""A PC of a branch is linked once; whoever has no link, and is not signed in, logs nothing."""

from __future__ import annotations

import json
from datetime import timedelta

from ledger.web.branches import COOKIE, change, cut, new_code, settings_of
from tests.register.ledgers import START, Ledger
from tests.web.desk.conftest import Web, hidden


def linked(branch: Web, code: str) -> None:
    """Type a code on the PC."""
    answer = branch.post("/desk/link", {"code": code})
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    cookie = answer.headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    assert name == COOKIE
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=strict"} <= set(rest.split("; "))
    assert "Domain" not in cookie
    branch.cookies[COOKIE] = rest.partition(";")[0]


def test_a_linked_pc_logs_visits_of_its_branch(branch: Web, ledger: Ledger) -> None:
    """Without a link the page is closed; with one, a visit says at which branch it was."""
    closed = branch.get("/desk")
    assert closed.status_code == 401
    assert 'href="/desk/link"' in closed.text
    linked(branch, new_code(ledger.path, "naturita", START))
    record = ledger.look("mara", branch.save(words="x")).intakes[0].unsealed[0].record
    assert record.branch == "naturita"


def test_a_code_lives_ten_minutes_and_once(branch: Web, ledger: Ledger) -> None:
    """A code that is old, used or wrong links nothing, and all three are told alike."""
    code, used = (new_code(ledger.path, "naturita", START) for _ in range(2))
    linked(branch, used)
    ledger.clock.turn(minutes=10)
    refused = [branch.post("/desk/link", {"code": one}) for one in (code, used, "7K3M-9Q2D", "")]
    assert [one.status_code for one in refused] == [400] * 4
    assert len({one.content for one in refused}) == 1
    assert len(settings_of(ledger.path).linked) == 1


def test_guessing_codes_is_slowed_down(branch: Web) -> None:
    """After ten wrong codes in a row no more are tried for a while."""
    answers = [branch.post("/desk/link", {"code": str(one)}).status_code for one in range(11)]
    assert answers == [400] * 10 + [429]


def test_a_pc_that_was_cut_off_is_out_at_its_next_request(branch: Web, ledger: Ledger) -> None:
    """What it holds opens nothing, whatever page was open."""
    linked(branch, new_code(ledger.path, "naturita", START))
    form = hidden(branch.get("/desk").text)
    cut(ledger.path, "naturita")
    assert branch.post("/desk", form).status_code == 401
    assert ledger.home.inbox.streams() == ()


def test_a_cookie_of_nobody_opens_nothing(branch: Web, room: Web, ledger: Ledger) -> None:
    """Neither a made-up cookie nor a good one at the room's address is a branch."""
    branch.cookies[COOKIE] = "A" * 43
    assert branch.get("/desk").status_code == 401
    linked(branch, new_code(ledger.path, "naturita", START))
    room.cookies[COOKIE] = branch.cookies[COOKIE]
    assert room.get("/desk").status_code == 404


def test_an_outsider_cannot_have_a_visit_logged(web: Web, ledger: Ledger) -> None:
    """A form on another site is not one of ours, cookie or no cookie (T-56)."""
    form = hidden(web.get("/desk").text)
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert web.post("/desk", form, **headers).status_code == 403
    assert ledger.home.inbox.streams() == ()


def test_damaged_settings_stop_no_visit_on_this_pc(web: Web, branch: Web, ledger: Ledger) -> None:
    """Telephone numbers may be unreadable: whoever stands at the machine still logs the visit; a
    PC elsewhere, whose link cannot be read, is not let in.
    """
    linked(branch, new_code(ledger.path, "naturita", START + timedelta(minutes=1)))
    (ledger.path / "desk.json").write_text(json.dumps({"telephones": 7}))
    assert web.save(words="x")
    assert branch.get("/desk").status_code == 401


def test_the_ladder_shows_who_is_called_with_their_numbers(web: Web, ledger: Ledger) -> None:
    """Director, deputy and counsel in this order, each once, from the office's own records."""
    from msgspec.structs import replace

    change(ledger.path, lambda s: (replace(s, telephones={"olga": "303 555 0118"}), None))
    page = web.get("/desk").text
    order = [page.index(f'name="call-{one}"') for one in ("mara", "olga", "tom")]
    assert order == sorted(order)
    assert 'href="tel:3035550118"' in page
    assert 'name="call-kim"' not in page
