"""Every door of the web, and how somebody without clearance knocks at it, on both sides.

A door that is not listed here fails `tests/house/test_observed.py`. Each knock is a request of a
browser of its own; those of one program and one visitor are made one after the other on a copy of
the home, and then what lies there is looked at. Every other method is tried at each address too.
"""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from starlette.responses import Response

from ledger.errors import NotFound
from ledger.register.acts import Act
from ledger.web import app, signing
from ledger.web.doors import Door
from ledger.web.site import Side, Site
from ledger.web.table import DOORS
from ledger.web.visit import Visit
from tests.noninterference.observer import MOMENT, SEALED, Known, Shown, Spoil, lying
from tests.noninterference.steps import CONTACT
from tests.noninterference.worlds import World
from tests.passphrases import cheap_passphrases
from tests.web.asking import FORM, METHODS, Asker, asking

JSON = "application/json"
VERSION = re.compile(r"(?<=\('etag', '\")[\w-]{43}|(?<=&#34;)[\w-]{43}(?=&#34;)")
"""What a case's version is known by: a digest."""
"""As `observer.LEAF`, counted from one, as people do."""
CURSOR = re.compile(r'(?<="next":")[\w-]{48}(?=")|(?<="nonce":")[0-9a-f]{32}(?=")')
"""As `observer.SEALED`, where JSON is written without spaces."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request at a door. `{case}`, `{record}`, `{waiting}`, `{hidden}` and `{hidden_record}`
    stand for what `doors.Call` says, `{head}` for the digest of the case's last record, and
    `{word}` for the case as an address of that program names it. `sent` is a form, or an object of
    JSON where it begins as one.
    """

    target: str
    sent: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def names_hidden(self) -> bool:
        """Whether it asks for what is sealed."""
        return "{hidden" in f"{self.target} {self.sent}"


def at(*targets: str, sent: str = "", **headers: str) -> tuple[Ask, ...]:
    """Requests that differ in their address."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return tuple(Ask(one, sent, named) for one in targets)


COMMAND = "6" * 32
SAVED = "initials=kk&words=They+ask+for+{hidden}&key=" + "7" * 31 + "3"
CALLED = f"command_id={COMMAND}&person=tom&channel=telephone&outcome=no-answer"
LINKED = f"command_id={COMMAND}&to={{hidden}}&relation=same-facts&version={{head}}"
SCAN = (
    '--b\r\nContent-Disposition: form-data; name="command_id"\r\n\r\n'
    + "5" * 32
    + '\r\n--b\r\nContent-Disposition: form-data; name="of"\r\n\r\n{hidden_record}'
    '\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="{hidden}.txt"\r\n\r\n'
    "{hidden}\r\n--b--\r\n"
)
"""A form with a small file."""
API_SCAN = SCAN[SCAN.index('--b\r\nContent-Disposition: form-data; name="of"') :]
JSON_CALL = json.dumps({"fields": CONTACT})
JSON_LINK = '{"fields": {"to": "{hidden}", "relation": "same-facts"}}'
KEYED = {"idempotency_key": "h", "if_match": "{tag}"}
CASES = ("{case}", "{hidden}", "{waiting}", "x")
VIEWS = tuple(
    door.path.removeprefix("/api/projections/")
    for door in DOORS
    if door.path.startswith("/api/projections/")
)
HANDLE = "0" * 32
"""No handle that anybody was given; a sealed case's is one that another person was given."""
_PATHS = (
    "/cases/{word}",
    "/cases/{case}",
    "/cases/{waiting}",
    "/cases/{hidden}",
    f"/cases/{HANDLE}",
)
_NUMBER = "command_id=" + "ab" * 16
ROOM: dict[str, tuple[Ask, ...]] = {
    "GET /cases": at("/cases", "/cases?page=1", "/cases?page={hidden}"),
    "POST /cases/find": tuple(
        one
        for named in ("{case}", "{waiting}", "{hidden}", "7K3M-9QF2-7", "x")
        for one in at("/cases/find", sent=f"reference={named}")
    ),
    "GET /cases/{case}": at(*_PATHS),
    "GET /cases/{case}/do": at(*(f"{one}/do" for one in _PATHS)),
    "GET /cases/{case}/do/{command}": at(
        *(f"{one}/do/{command}" for one in _PATHS for command in ("attempt-contact", "deny")),
        "/cases/{case}/do/{hidden}",
    ),
    "POST /cases/{case}/do/{command}": (
        *at(
            *(f"{one}/do/attempt-contact" for one in _PATHS),
            sent=f"{_NUMBER}&f-person=tom&f-channel=mobile&f-outcome=reached&step=ask",
        ),
        *at(
            "/cases/{word}/do/attempt-contact",
            sent=f"{_NUMBER}&f-person=tom&f-channel=mobile&f-outcome=reached&version={{head}}"
            "&step=record",
        ),
        *at("/cases/{word}/do/link-case", sent=f"{_NUMBER}&f-to={{hidden}}&f-relation=follow-up"),
    ),
    "POST /cases/{case}/assent": at(
        *(f"{one}/assent" for one in _PATHS), sent=f"{_NUMBER}&version=00&of={{hidden_record}}"
    ),
    "GET /cases/{case}/confirm/{record}": at(
        *(f"{one}/confirm/1" for one in _PATHS), "/cases/{word}/confirm/{hidden}"
    ),
    "POST /cases/{case}/confirm/{record}": at(
        *(f"{one}/confirm/1" for one in _PATHS),
        sent=f"{_NUMBER}&of={{head}}&credential=AAAAAAAAAAAAAAAAAAAAAA==&authenticator_data=AA=="
        "&client_data=e30=&signature=AA==",
    ),
    "GET /cases/{case}/erase": at(*(f"{one}/erase" for one in _PATHS)),
    "POST /cases/{case}/erase": at(
        *(f"{one}/erase" for one in _PATHS), sent=f"{_NUMBER}&secrets=both&version={{head}}"
    ),
    "POST /office/assent": at("/office/assent", sent=f"{_NUMBER}&version=00&of={{hidden_record}}"),
    "GET /office/do/{command}": at("/office/do/record-absence", "/office/do/{hidden}"),
    "POST /office/do/{command}": at(
        *("/office/do/record-drill", "/office/do/{hidden}"),
        sent=f"{_NUMBER}&step=ask&f-note={{hidden}}",
    ),
    "GET /deadlines": at("/deadlines", "/deadlines?month=2026-07", "/deadlines?month={hidden}"),
    "GET /more": at("/more"),
    "GET /holds": at("/holds"),
    "GET /register": at("/register"),
    "GET /office": at("/office"),
    "GET /guard": at("/guard"),
    "GET /law/activate": at("/law/activate"),
    "POST /law/activate": at("/law/activate", sent="pack={hidden}&reviewed_by=x"),
    "POST /statistics": at("/statistics", sent="period=2026-Q2&digest={hidden}"),
    "GET /statistics": at("/statistics", "/statistics?period=2026", "/statistics?period={hidden}"),
    "GET /papers": at("/papers"),
    "GET /looks": at("/looks"),
    "POST /looks": at("/looks", sent="of={hidden_record}&outcome=justified"),
    "GET /glass": at("/glass"),
    "POST /glass": (
        *at("/glass", sent="reference={hidden}&reason=now"),
        *at("/glass", sent="reference=7K3M-9QF2-7&reason=now"),
    ),
    "GET /verify": at("/verify"),
    "POST /verify": at("/verify"),
    "POST /verify/all": at("/verify/all"),
    "POST /attest": at("/attest"),
    "GET /query": at("/query"),
    "POST /query": at("/query", sent="asker=patron&mode=in-person&query={hidden}"),
    "GET /tasks": at("/tasks"),
    "POST /tasks": at("/tasks", sent=f"task={HANDLE}&outcome=done&{_NUMBER}"),
    "GET /erasures": at("/erasures"),
    "POST /erasures": at("/erasures", sent=f"of={{hidden_record}}&of={{head}}&{_NUMBER}"),
    "POST /erasures/finish": at("/erasures/finish"),
    "GET /board": at("/board"),
    "POST /board": at("/board"),
    "GET /law": at("/law", "/law?pack={hidden}"),
    "GET /law/difference": at("/law/difference?before=us-co&after=us-mo"),
    "GET /law/deadline": at("/law/deadline?rule=preservation&from=2026-06-19T14:00"),
}
"""The pages of those who decide, advise and work on cases."""
ASKED: dict[str, tuple[Ask, ...]] = {
    "GET /": at("/", "/?about={hidden}"),
    "GET /static/{digest}/{name}": at("/static/{hidden}/ledger.css", "/static/x/{hidden}"),
    "GET /healthz": at("/healthz"),
    "GET /readyz": at("/readyz"),
    "GET /sign-in": at("/sign-in", "/sign-in?next=/cases/{hidden}"),
    "POST /sign-in": (
        *at("/sign-in", sent="name=kim&passphrase=throw-away"),
        *at("/sign-in", sent="name=mara&passphrase=throw-away"),
        *at("/sign-in", sent="name={hidden}&passphrase={hidden}"),
    ),
    "POST /sign-in/options": at("/sign-in/options"),
    "POST /sign-in/passkey": at("/sign-in/passkey", sent="challenge=AA&credential=AA"),
    "POST /sign-out": at("/sign-out"),
    "GET /passkeys": at("/passkeys"),
    "POST /passkeys": at("/passkeys", sent="challenge=AA&attestation={hidden}"),
    "POST /passkeys/options": at("/passkeys/options"),
    "POST /passkeys/revoke": at("/passkeys/revoke", sent="passkey={hidden}"),
    # The desk.
    "GET /desk": at("/desk", "/desk?lang=es", "/desk?about={hidden}"),
    "POST /desk": (
        *at("/desk", sent=SAVED),
        *at("/desk", sent=SAVED[:-1] + "4&about={hidden}"),
        *at("/desk", sent="initials=kk"),
    ),
    "GET /desk/drill": at("/desk/drill"),
    "POST /desk/more": at("/desk/more", sent="about={hidden}"),
    "GET /desk/inventory": at("/desk/inventory", "/desk/inventory?about={hidden}"),
    "POST /desk/inventory": at("/desk/inventory", sent=SAVED[:-1] + "6&what-1=book&about={hidden}"),
    "GET /desk/link": at("/desk/link"),
    "POST /desk/link": at("/desk/link", sent="code={hidden}"),
    "GET /desk/pads": at("/desk/pads"),
    "POST /desk/pads": at("/desk/pads", sent=f"command_id={COMMAND}&count=5"),
    "POST /desk/pads/end": at("/desk/pads/end", sent="serials=1&ended=void"),
    "GET /desk/pad": at("/desk/pad", "/desk/pad?first=1&count=5"),
    "GET /desk/drills": at("/desk/drills"),
    **ROOM,
    "GET /cases/{case}/documents": at("/cases/{case}/documents", "/cases/{hidden}/documents"),
    "POST /cases/{case}/documents": at(
        *("/cases/{case}/documents", "/cases/{hidden}/documents"),
        sent=SCAN,
        content_type="multipart/form-data; boundary=b",
    ),
    "GET /cases/{case}/documents/{record}": at(
        "/cases/{case}/documents/{hidden_record}", "/cases/{hidden}/documents/{hidden_record}"
    ),
    # The API.
    "POST /api/visits": (
        *at("/api/visits", sent='{"fields": {"words": "{hidden}"}}', idempotency_key="a"),
        *at("/api/visits", sent='{"fields": {}, "case": "{hidden}"}', idempotency_key="b"),
        *at("/api/visits", sent="{}", idempotency_key="c"),
    ),
    "POST /api/cases/{reference}/acts/{command}": (
        *at("/api/cases/{hidden}/acts/attempt-contact", sent=JSON_CALL, **KEYED),
        *at("/api/cases/{case}/acts/attempt-contact", sent=JSON_CALL, **KEYED),
        *at("/api/cases/{hidden}/acts/attempt-contact", sent=JSON_CALL, idempotency_key="d"),
        *at("/api/cases/{hidden}/acts/nothing", sent="{", **KEYED),
        *at("/api/cases/{case}/acts/link-case", sent=JSON_LINK, **KEYED | {"idempotency_key": "e"}),
    ),
    "GET /api/cases/{reference}/documents": at(*(f"/api/cases/{one}/documents" for one in CASES)),
    "POST /api/cases/{reference}/documents": at(
        *(f"/api/cases/{one}/documents" for one in CASES),
        sent=API_SCAN,
        content_type="multipart/form-data; boundary=b",
        **KEYED | {"idempotency_key": "i"},
    ),
    "GET /api/cases/{reference}/documents/{record}": at(
        *(f"/api/cases/{one}/documents/{{hidden_record}}" for one in CASES)
    ),
    "POST /api/office/acts/{command}": (
        *at(
            "/api/office/acts/grant-role",
            sent='{"fields": {"person": "ola", "role": "staff"}}',
            idempotency_key="f",
        ),
        *at("/api/office/acts/{hidden}", sent="{}", idempotency_key="g"),
    ),
    "GET /api": at("/api"),
    "GET /api/cases": at("/api/cases", "/api/cases?limit=1", "/api/cases?after={hidden}"),
    "GET /api/cases/{reference}": at(*(f"/api/cases/{one}" for one in CASES)),
    "GET /api/cases/{reference}/history": at(*(f"/api/cases/{one}/history" for one in CASES)),
    "GET /api/deadlines": at("/api/deadlines", "/api/deadlines?after={hidden}"),
    "GET /api/projections": at("/api/projections", "/api/projections/cases?after={hidden}"),
    **{
        f"GET /api/{kind}": at(f"/api/{kind}")
        for name in VIEWS
        for kind in (f"projections/{name}", f"tables/{name}.csv")
    },
    "GET /api/calendar.ics": at("/api/calendar.ics"),
    "GET /api/office": at("/api/office"),
    "GET /api/statistics/{period}": at("/api/statistics/2026-Q2", "/api/statistics/{hidden}"),
    "GET /api/reports": at("/api/reports"),
    "GET /api/reports/{period}": at("/api/reports/2026-Q3", "/api/reports/{hidden}"),
    "GET /api/feeds": at("/api/feeds"),
    "GET /api/feeds/cases": at("/api/feeds/cases", "/api/feeds/cases?after={hidden}"),
    "GET /api/feeds/office": at("/api/feeds/office?cloudevents=true&limit=3"),
    "GET /api/feeds/cases/events": at("/api/feeds/cases/events?after={hidden}"),
    "GET /api/feeds/office/events": at("/api/feeds/office/events?after={hidden}"),
    "GET /openapi.json": at("/openapi.json"),
    "GET /log/{name:path}": at("/log/keys", "/log/{hidden}", "/log/../open.db"),
    "GET /help/problems/{name}": at("/help/problems/not-found", "/help/problems/{hidden}"),
}
"""Each door with the requests that are made at it."""


def _shown(visit: Visit) -> Response:
    return Response(repr(visit.reader().case(visit.request.path_params["reference"]).case))


def _listed(visit: Visit) -> Response:
    return Response("\n".join(one.id.hex() for one in visit.reader().streams_shown()))


def _called(visit: Visit) -> Response:
    reference = visit.request.path_params["reference"]
    return Response(repr(visit.act(Act("attempt-contact", CONTACT, reference))))


TRIAL: dict[Door, tuple[Ask, ...]] = {
    Door("GET", "/trial/{reference}", "read-cases", _shown): at(
        *(f"/trial/{one}" for one in ("{case}", "{waiting}", "{hidden}", "x"))
    ),
    Door("GET", "/api/trial/{reference}", "read-cases", _shown, "data"): at("/api/trial/{hidden}"),
    Door("GET", "/trial", "read-cases", _listed): at("/trial"),
    Door("POST", "/trial/{reference}", "act", _called): at("/trial/{case}", "/trial/{hidden}"),
    Door("POST", "/api/trial/{reference}", "act", _called, "data"): at("/api/trial/{hidden}"),
}
"""Doors of the test's own that do what every door does, in the plainest way: show a case, list what
there is, act. What the core gives to all doors is observed by them, whichever doors there are.
"""
NOWHERE = at("/nothing/{hidden}", "/cases/{hidden}/", "/{hidden}", "/api/{hidden}")
Visitor = tuple[Side, str | None]
VISITORS: tuple[Visitor, ...] = tuple(
    (side, who) for side in ("desk", "room") for who in (None, "kim", "abe")
)
"""Nobody, who at the desk is the branch; staff; the auditor. Kim in the room is on no roster."""


@dataclass(frozen=True, slots=True)
class WebKnock:
    """A request: at a door's address by its method or any other."""

    method: str
    ask: Ask

    @property
    def name(self) -> str:
        """How it is told apart from others."""
        return f"{self.method} {self.ask.target} {self.ask.sent}"


def every_web_knock(side: Side) -> Iterator[WebKnock]:
    """Every request at every door of a side; by each other method where something is named."""
    listed = [(one, ASKED[one.name]) for one in DOORS] + list(TRIAL.items())
    here = [(door, asks) for door, asks in listed if side in door.sides]
    for door, asks in here:
        yield from (WebKnock(door.method, one) for one in asks)
    done: set[tuple[str, str]] = {(door.method, door.path) for door, _ in here}
    for door, asks in here:
        for method in METHODS:
            if (method, door.path) not in done:
                done.add((method, door.path))
                named = (one.target for one in asks if "{hidden" in one.target.partition("?")[0])
                yield from (WebKnock(method, Ask(one)) for one in named)
    for method in METHODS:
        yield from (WebKnock(method, one) for one in NOWHERE)


Which = Callable[[WebKnock], bool]


def web_answers(
    world: World, known: Known, visitor: Visitor, scratch: Path, spoil: Spoil, which: Which
) -> Shown:
    """What a visitor is answered at every door of a side, and what then lies in the home."""
    side, who = visitor
    home = scratch / "home"
    shutil.copytree(world.path, home)
    spoil(home)
    found: Shown = {}
    addresses: dict[Side, str] = {"desk": "http://localhost:8410", "room": "http://localhost:8411"}
    other = addresses["room" if side == "desk" else "desk"]
    with world.sources.act(("web", side, who)):
        site = Site(side, home, addresses[side], other, clock=lambda: world.now)
    with asking(site, (*DOORS, *TRIAL)) as asker:
        for number, knock in enumerate(filter(which, every_web_knock(side))):
            with world.sources.act(("web", side, who, number)):
                told = _told(world, asker, who, knock, known)
            found[f"{side} {who}: {knock.name}"] = told
    found |= {f"{side} {who} left {name}": text for name, text in lying(home).items()}
    shutil.rmtree(home)
    return found


def _told(world: World, asker: Asker, who: str | None, knock: WebKnock, known: Known) -> str:
    said = io.StringIO()
    # An address for each, so that nobody is sent away for trying too often.
    browser = asker.other(peer=(f"192.0.2.{len(knock.name) % 250}", 1))
    _forget_tries(asker.site)
    if who is not None:
        browser.come_in(world.people[who])
    put = {name: getattr(known, name) for name in Known.__slots__}
    put["word"] = _word(browser, known.case)
    # Looked up only where it is asked for: each takes as long as a request.
    asked = (knock.ask.target, knock.ask.sent, *(value for _, value in knock.ask.headers))
    if any("{head}" in text for text in asked):
        put["head"] = _head(asker.site, known.case)
    if any("{tag}" in text for text in asked):
        put["tag"] = browser.get(f"/api/cases/{known.case}").header("etag") or ""
    target, sent = (_filled(text, put) for text in (knock.ask.target, knock.ask.sent))
    headers = {"x-csrf": browser.csrf or ""}
    headers |= {name: _filled(value, put) for name, value in knock.ask.headers}
    if sent:
        headers.setdefault("content-type", JSON if sent.startswith("{") else FORM)
    with redirect_stdout(said), redirect_stderr(said):
        told = browser.ask(knock.method, target, sent.encode(), headers)
    text = "\n".join(map(str, (told.status, *told.headers, told.body.decode(errors="replace"))))
    text = text.replace(str(asker.site.home_path), "HOME")
    # Written as base64 usually is, so that it is taken for the digest that it is.
    text = VERSION.sub(lambda found: found[0].replace("-", "+").replace("_", "/"), text)
    text = CURSOR.sub("<cursor>", text)
    return MOMENT.sub("", SEALED.sub(r'"\1": "<>"', f"{text}\n{said.getvalue()}"))


def _forget_tries(site: Site) -> None:
    """Count from nothing again, if anything was counted: new counts begin with a thread."""
    if vars(site.limits)["_counted"].storage.events:
        site.limits = type(site.limits)()


def _head(site: Site, case: str) -> str:
    """The digest of a case's last record; of a case that was erased there is none."""
    try:
        return site.register.reader(None).case(case).streams[-1].last.e.hex()
    except NotFound:
        return ""


def _word(browser: Asker, case: str) -> str:
    """How a case is called in addresses: in the room by a word of the session."""
    who = browser.signed_in
    if browser.site.side == "desk" or who is None:
        return case
    return browser.site.sessions.handles.of(who.person, case)


def _filled(text: str, put: Mapping[str, str]) -> str:
    for name, value in put.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def web_told(
    world: World,
    known: Known,
    visitor: Visitor,
    spoil: Spoil = lambda _: None,
    which: Which = lambda _: True,
) -> Shown:
    """As `web_answers`, of a closed world, with its own chance; by `which`, to some knocks only."""

    with ExitStack() as stack:
        stack.enter_context(world.sources.injected())
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(app, "BEAT_SECONDS", 0.001)
        stack.enter_context(cheap_passphrases())
        signing.nobodys()
        scratch = stack.enter_context(TemporaryDirectory(dir=world.path.parent))
        return web_answers(world, known, visitor, Path(scratch), spoil, which)
