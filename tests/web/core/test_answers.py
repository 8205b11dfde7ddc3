"""Every answer: its headers, its failures, and what hostile text and hostile bodies come to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator

import pytest
from starlette.responses import Response
from starlette.types import Message

from ledger.errors import BadRequest, NotFound
from ledger.web import app
from ledger.web.doors import Door
from ledger.web.headers import HEADERS
from ledger.web.pages import STATIC, render
from ledger.web.site import Side, Site
from ledger.web.table import DOORS
from ledger.web.visit import Visit
from tests.web.asking import FORM, Asker, asking
from tests.web.core.test_access import filled

Visitor = Callable[[Side, str | None], Asker]
SEEN: tuple[tuple[Side, str | None], ...] = (
    *(("desk", None), ("desk", "kim"), ("room", "mara"), ("room", "tom")),
)
"""Whose pages are looked at."""
SECRET = "7K3M-9Q2D-X of Ada Lovelace"


def _breaks(_visit: Visit) -> Response:
    raise ZeroDivisionError(SECRET)


def _fails(_visit: Visit) -> Response:
    raise BadRequest("Write a date.")


def _hides(_visit: Visit) -> Response:
    raise NotFound


def _echoes(visit: Visit) -> Response:
    told = {"name": "failed", "title": visit.form.text("title") or "", "provisions": ()}
    return render(visit, "failed.html", {**told, "sentence": visit.form.text("sentence") or ""})


TRIAL = (
    Door("GET", "/trial/defect/{reference}", "look-around", _breaks),
    Door("GET", "/api/trial/defect/{reference}", "look-around", _breaks, "data"),
    Door("GET", "/trial/mistake", "look-around", _fails),
    Door("GET", "/trial/hidden", "look-around", _hides),
    Door("POST", "/trial/echo", "look-around", _echoes),
)
"""Doors of the test's own, which break, refuse, find nothing and show what was sent."""


@pytest.fixture(scope="module")
def trial(at: dict[Side, Asker]) -> Iterator[Asker]:
    """Somebody at a program that has the trial's doors too."""
    there = at["desk"].site
    site = Site("desk", there.home_path, there.address, there.other, clock=there.clock)
    with asking(site, (*DOORS, *TRIAL)) as found:
        yield found


def test_every_answer_carries_the_headers(trial: Asker) -> None:
    """Pages, files, redirects and failures of every kind carry the whole set, and nothing of what
    serves them; only static files may be kept.
    """
    body = b"a" * (app.MOST_BYTES + 1)
    told = {
        "page": trial.get("/"),
        "file": trial.get(_style(trial)),
        "redirect": trial.other().sign_in("kim", "throw-away"),
        "400": trial.get("/trial/mistake"),
        "401": trial.post("/sign-out"),
        "403": trial.ask("POST", "/sign-out", headers={"origin": "http://evil.example"}),
        "403 host": trial.ask("GET", "/", headers={"host": "evil.example"}),
        "404": trial.get("/nothing"),
        "404 door": trial.get("/trial/hidden"),
        "405": trial.ask("DELETE", "/"),
        "413": trial.ask("POST", "/sign-in", [body[:-1], b"aa"]),
        "500": trial.get("/trial/defect/x"),
        "cut off": trial.ask("POST", "/sign-in", ()),
    }
    for name, one in told.items():
        assert name[0] not in "345" or one.status == int(name[:3]), name
        for header, value in HEADERS.items():
            kept = name == "file" and header == "Cache-Control"
            assert one.header(header) == ("public, max-age=31536000, immutable" if kept else value)
        assert one.header("server") is None
        assert one.header("x-powered-by") is None
        assert one.header("strict-transport-security") is None


def _style(asker: Asker) -> str:
    found = re.search(r'href="(/static/\w+/ledger\.css)"', asker.get("/").text)
    assert found is not None
    return found[1]


def test_the_policy_lets_nothing_in_from_elsewhere_and_no_script_of_a_page() -> None:
    """Content comes from this origin alone, no script or style stands in a page, nothing frames
    it, and no form goes elsewhere.
    """
    rules = dict(one.split(" ", 1) for one in HEADERS["Content-Security-Policy"].split("; "))
    assert rules.pop("default-src") == "'none'"
    assert (rules.pop("base-uri"), rules.pop("frame-ancestors")) == ("'none'", "'none'")
    assert rules.pop("require-trusted-types-for") == "'script'"
    assert set(rules.values()) == {"'self'"}
    assert {"script-src", "style-src", "connect-src", "form-action"} <= set(rules)


def test_over_tls_browsers_are_told_to_stay_there(at: dict[Side, Asker]) -> None:
    """A program that is reached by TLS says so for a year; one of this machine does not."""
    site = Site("desk", at["desk"].site.home_path, "https://fern.example", "https://other.example")
    with asking(site) as asker:
        told = [asker.get("/healthz"), asker.get("/nothing"), asker.ask("PUT", "/")]
    assert {one.header("strict-transport-security") for one in told} == {"max-age=31536000"}


def test_no_page_names_another_origin_or_holds_a_script_or_style(visitor: Visitor) -> None:
    """Of every page everything is this program's, but for the link to the other program; nothing is
    written into it that the policy would have to allow.
    """
    for side, who in SEEN:
        asker = visitor(side, who)
        for door in DOORS:
            if door.method != "GET" or side not in door.sides or door.kind != "page":
                continue
            text = asker.get(filled(door.path)).text
            origins = set(re.findall(r"https?://[^/\"'<\s]+", text))
            assert origins <= {asker.site.other, "http://www.w3.org"}, door.name
            assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text), door.name
            assert not re.search(r"<script(?![^>]*\ssrc=\"/static/)", text), door.name


def test_no_page_weighs_more_than_sixty_thousand_bytes(visitor: Visitor) -> None:
    """What a browser loads for a page, with its styles, scripts and drawings, is at most 60 kB."""
    for side, who in SEEN:
        asker = visitor(side, who)
        for door in DOORS:
            if door.method == "GET" and side in door.sides and door.kind == "page":
                told = asker.get(filled(door.path))
                files = set(re.findall(r'(?:href|src)="/static/\w+/([\w.-]+)"', told.text))
                weight = len(told.body) + sum((STATIC / one).stat().st_size for one in files)
                assert weight <= 60_000, f"{door.name} {weight}"


# --- Failures ---


def test_a_defect_shows_no_trace_and_logs_its_type_alone(
    trial: Asker, capfd: pytest.CaptureFixture[str]
) -> None:
    """What breaks says so in a sentence; neither the answer nor a log line holds the reference, the
    address, or what the defect had in hand.
    """
    for path in ("/trial/defect/7K3M-9Q2D-X", "/api/trial/defect/7K3M-9Q2D-X?about=7K3M-9Q2D-X"):
        told = trial.get(path)
        said = told.text + "".join(capfd.readouterr())
        assert told.status == 500
        assert "our fault" in told.text
        assert '"defect": "ZeroDivisionError"' in said
        for word in ("7K3M", "Lovelace", "Traceback", "File ", ".py"):
            assert word not in said, word


def test_a_missing_page_is_the_same_whoever_asks_for_whatever(visitor: Visitor) -> None:
    """404 says nothing of the address that was asked for."""
    for who in (None, "kim"):
        asker = visitor("desk", who)
        asker_told = {asker.get(f"/cases/{one}").body for one in ("7K3M-9Q2D-X", "x", "a%20b")}
        assert len(asker_told) == 1


# --- What is sent ---


Receive = Callable[[], Awaitable[Message]]


def _flows(asker: Asker, receive: Receive) -> Message:
    """The head of the answer to somebody who sends and sends."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = asker.request("POST", "/sign-in", {}).scope
    asker.runner.run(_awaited(asker.app(scope, receive, send)))
    return sent[0]


async def _awaited(called: Awaitable[None]) -> None:
    await called


def test_t47_a_body_that_is_too_large_is_left_where_it_is(trial: Asker) -> None:
    """T-47: 200 MB are not read: after what a form may hold, it is told, and the rest is not waited
    for.
    """
    taken = 0

    async def endless() -> Message:
        nonlocal taken
        taken += 65_536
        return {"type": "http.request", "body": b"a" * 65_536, "more_body": True}

    head = _flows(trial, endless)
    assert head["status"] == 413
    assert (b"connection", b"close") in head["headers"]
    assert taken <= app.MOST_BYTES + 65_536


def test_t47_a_body_that_does_not_come_is_not_waited_for(
    trial: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-47: a body of which a part is always still to come ends as too slow, and is hung up on."""
    monkeypatch.setattr(app, "BODY_SECONDS", 0.02)

    async def slow() -> Message:
        await asyncio.sleep(0.005)
        return {"type": "http.request", "body": b"a", "more_body": True}

    head = _flows(trial, slow)
    assert head["status"] == 408
    assert (b"connection", b"close") in head["headers"]


FORMS = {
    "two hundred and one fields": b"&".join(b"a%d=1" % n for n in range(201)),
    "a hundred thousand fields": b"&".join([b"a="] * 100_000)[: 256 * 1024],
    "not UTF-8": b"sentence=\xff\xfe",
    "not UTF-8 once unescaped": b"sentence=%ff%fe",
    "half a surrogate": b"sentence=%ed%a0%80",
    "a field twice": b"sentence=a&sentence=b",
}


@pytest.mark.parametrize("form", FORMS)
def test_t47_what_is_no_form_is_refused_in_a_sentence(form: str, trial: Asker) -> None:
    """T-47: too many fields, two of one name and bytes that are no text are mistakes of who sent
    them, and no defect.
    """
    told = trial.ask("POST", "/trial/echo", FORMS[form], {"content-type": FORM})
    assert told.status == 400
    assert "Nothing was saved." in told.text


TEXTS = {
    "T-51 markup": '<script>alert(1)</script><img src=x onerror="x"><svg/onload=x>',
    "T-51 the end of a field": "\"'><b>",
    "T-53 lines and colours": "one\r\nSet-Cookie: a=b\r\n\r\n\x1b[31m %n ${jndi:ldap://x} \x00",
    "T-54 a template": "{{ 791*797 }}{% include '/etc/passwd' %}#{791*797}${791*797}<%= 791*797 %>",
    "T-54 a query": "'; DROP TABLE stored_events; --",
    "T-54 a mail's head": "Clinton PD\nBcc: everybody@example.org",
}


@pytest.mark.parametrize("text", TEXTS)
def test_t51_t53_t54_text_is_text(
    text: str, trial: Asker, capfd: pytest.CaptureFixture[str]
) -> None:
    """T-51, T-53, T-54: whatever is typed is shown as it was typed, once escaped; it becomes no
    markup, no header, no line of a log, and is reckoned with by no template.
    """
    told = trial.post("/trial/echo", [("sentence", text), ("title", text)])
    assert told.status == 200
    shown = re.search(r"<h1>.*?</h1>\s*<p>(.*?)</p>", told.text, re.DOTALL)
    assert shown is not None
    assert not re.search(r"<(?!/?cite|/?small)", shown[1])
    assert str(791 * 797) not in told.text
    assert told.header("set-cookie") is None
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("place", ["user-agent", "accept-language", "cookie", "referer", "x-csrf"])
def test_t53_t54_no_header_of_a_request_breaks_or_comes_back(
    place: str, trial: Asker, capfd: pytest.CaptureFixture[str]
) -> None:
    """T-53, T-54: what a program says of itself is neither shown nor logged, and breaks nothing."""
    for text in (*TEXTS.values(), "\xff\xfe", "a" * 10_000, "=;=;,,;q=x", "%00"):
        told = trial.ask("GET", "/", headers={place: text})
        assert told.status == 200
        assert "jndi" not in told.text
        assert "alert" not in told.text
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "path", ["../pages.py", "..%2fpages.py", "ledger.css/../../pages.py", "ledger.css%00", "", "."]
)
def test_t49_no_static_address_leads_out_of_its_folder(path: str, trial: Asker) -> None:
    """T-49: only files of the one folder are given, each by the digest of its bytes."""
    digest = _style(trial).split("/")[2]
    assert trial.get(f"/static/{digest}/{path}").status == 404
    assert trial.get(f"/static/{'0' * 16}/ledger.css").status == 404
    assert trial.get(_style(trial)).status == 200
