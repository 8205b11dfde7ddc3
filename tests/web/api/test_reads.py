"""Reading through the API: lists, feeds, tables, the log; by people and by machines."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import anyio
import pytest

from ledger.tokens import SCOPES, Tokens
from ledger.web import bearing
from ledger.web.api import feeds
from ledger.web.api.help import WHAT_TO_DO
from ledger.web.problems import PROBLEMS
from tests.web.api.clients import ORIGIN, PEER, Client, Program
from tests.web.api.conftest import CONTACT, Known


def following(found: Any) -> str:
    """The address of the next part of a list."""
    link = found.headers["link"]
    assert link.endswith('>; rel="next"')
    return str(link[1:].partition(">")[0])


def test_a_list_goes_on_where_it_ended(desk: Program, known: Known) -> None:
    """Part by part comes the whole history, once and in order, and what is added meanwhile last; a
    cursor that was made up, or is another list's or another person's, is refused.
    """
    kim = desk.client("kim")
    path = f"/api/cases/{known.open}/history"
    first = kim.ask("GET", f"{path}?limit=2")
    rows = first.json()["history"]
    kim.act(known.open, "attempt-contact", **CONTACT)
    second = kim.ask("GET", following(first))
    assert [*rows, *second.json()["history"]] == kim.get(path)["history"][:4]
    third = kim.ask("GET", following(second))
    assert len(third.json()["history"]) == 2
    assert "link" not in third.headers
    cursor = following(first).partition("after=")[2]
    for who, where in (
        (kim, f"{path}?after={'0' * len(cursor)}"),
        (kim, f"{path}?after=x"),
        (kim, f"/api/cases?after={cursor}"),
        (desk.client("ola"), f"{path}?after={cursor}"),
        (kim, f"{path}?limit=0"),
        (kim, f"{path}?limit=101"),
        (kim, f"{path}?limit=%C2%B2"),
    ):
        assert who.ask("GET", where).status_code == 400


def test_each_list_is_read_part_by_part(room: Program, known: Known) -> None:
    """Of every list the parts, one row each, are the whole, and no row comes twice."""
    mara = room.client("mara")
    for path, name in (
        ("/api/cases", "cases"),
        ("/api/deadlines", "deadlines"),
        ("/api/projections/history", "rows"),
    ):
        whole, parts, at = mara.get(path)[name], [], f"{path}?limit=1"
        while at:
            found = mara.ask("GET", at)
            parts += found.json()[name]
            at = following(found) if "link" in found.headers else ""
        assert parts == whole
        assert len({json.dumps(row, sort_keys=True) for row in whole}) == len(whole) > 1
    assert {known.open, known.sealed} == {
        row["reference"] for row in mara.get("/api/cases")["cases"]
    }


def test_a_table_is_no_formula(desk: Program) -> None:
    """Every cell is quoted, and the file is taken, not shown (T-50)."""
    found = desk.client("kim").ask("GET", "/api/tables/history.csv")
    assert found.headers["content-disposition"] == 'attachment; filename="history.csv"'
    rows = list(csv.DictReader(io.StringIO(found.text)))
    assert len(rows) == 5
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+-@" and cell]


def test_a_feed_waits_until_there_is_something(
    desk: Program, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that waits comes with what is recorded meanwhile; or empty, when it waited enough."""
    monkeypatch.setattr(feeds, "LOOK_SECONDS", 0.01)
    kim = desk.client("kim")
    end = kim.get("/api/feeds/cases")["next"]
    empty = kim.get(f"/api/feeds/cases?after={end}&wait=1")
    assert (empty["entries"], empty["feed"]) == ([], "cases")
    looked = feeds._next
    looks: list[None] = []

    def look(*args: Any) -> Any:
        looks.append(None)
        if len(looks) == 2:
            desk.library.act("kim", "attempt-contact", known.open, **CONTACT)
        return looked(*args)

    monkeypatch.setattr(feeds, "_next", look)
    found = kim.get(f"/api/feeds/cases?after={end}&wait=30")
    assert [one["body"]["type"] for one in found["entries"]] == ["contact-attempted.v1"]
    assert kim.ask("GET", "/api/feeds/cases?wait=31").status_code == 400
    assert kim.ask("GET", "/api/feeds/cases?cloudevents=1").status_code == 400
    assert kim.get("/api/feeds/cases?cloudevents=true")["batch"][0]["specversion"] == "1.0"


def streamed(client: Client, enough: int, **headers: str) -> list[dict[str, str]]:
    """The first so many events of the stream of cases."""
    taken: list[bytes] = []
    path = "/api/feeds/cases/events"
    sent = {**client.headers, "host": ORIGIN.partition("//")[2], **headers}
    scope = {
        **{"type": "http", "http_version": "1.1", "method": "GET", "path": path},
        **{"raw_path": path.encode(), "query_string": b"", "root_path": "", "scheme": "http"},
        **{"client": PEER, "server": ("localhost", 8410), "asgi": {"version": "3.0"}},
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
    }

    async def run() -> None:
        with anyio.fail_after(60):
            asked = anyio.Event()

            async def receive() -> Any:
                if not asked.is_set():
                    asked.set()
                    return {"type": "http.request", "body": b"", "more_body": False}
                await anyio.sleep_forever()

            async with anyio.create_task_group() as group:

                async def send(message: Any) -> None:
                    if message["type"] == "http.response.body":
                        taken.append(message["body"])
                        if b"".join(taken).count(b"event:") >= enough:
                            group.cancel_scope.cancel()
                        if not message.get("more_body"):
                            group.cancel_scope.cancel()

                await client.app(scope, receive, send)

    anyio.run(run)
    blocks = b"".join(taken).decode().split("\n\n")
    events = [
        dict(line.split(": ", 1) for line in one.splitlines()) for one in blocks if "id: " in one
    ]
    return events


def test_an_event_stream_goes_on_after_the_last_event(
    desk: Program, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each entry is an event; who comes again with the last one's id is given what followed, by the
    same cursor as pages have; and a stream ends when its session does.
    """
    monkeypatch.setattr(feeds, "LOOK_SECONDS", 0.01)
    kim = desk.client("kim")
    whole = kim.get("/api/feeds/cases")["entries"]
    events = streamed(kim, len(whole))
    assert [json.loads(one["data"]) for one in events] == whole
    rest = streamed(kim, len(whole) - 2, **{"last-event-id": events[1]["id"]})
    assert [json.loads(one["data"]) for one in rest] == whole[2:]
    assert kim.get(f"/api/feeds/cases?after={events[1]['id']}")["entries"] == whole[2:]
    desk.site.sessions.end(kim.headers["cookie"].partition("=")[2])
    assert streamed(kim, 1) == []
    mortal, may = desk.client("kim"), feeds._still_may

    def end(*args: Any) -> bool:
        desk.site.sessions.end_all()
        return may(*args)

    monkeypatch.setattr(feeds, "_still_may", end)
    assert len(streamed(mortal, 999)) == len(whole)


def test_so_many_wait_and_no_more(desk: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits takes a place; when all are taken the next is told to come again later."""
    monkeypatch.setattr(feeds, "MOST_WAITING", 0)
    kim = desk.client("kim")
    end = kim.get("/api/feeds/cases")["next"]
    busy = kim.ask("GET", f"/api/feeds/cases?after={end}&wait=30")
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "30")


def test_a_session_is_not_made_longer_by_what_goes_on_by_itself(desk: Program) -> None:
    """An answer that waits asks whether its session goes on, and that is no use of it (T-39)."""
    kim = desk.client("kim")
    token = kim.headers["cookie"].partition("=")[2]
    place = f"{PEER[0]} {kim.headers['user-agent']}"
    found = desk.site.sessions.peek(token, place)
    assert found is not None
    before = found.seen
    assert desk.site.sessions.peek(token, place) is found
    assert found.seen == before
    assert desk.site.sessions.peek(token, "elsewhere") is None


def test_a_token_reads_one_thing_in_the_open(
    desk: Program, room: Program, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stolen token reads its own feed or projection and nothing else, nothing sealed, acts in
    nothing, is of no use in the room, can be cut, ends by itself, and is limited (T-40).
    """
    library = desk.library
    tokens = Tokens(desk.site.home, lambda: library.now)
    gets = [door for door in _doors() if door.method == "GET" and door.of]
    for scope in ("feed:cases:read", "projection:history:read"):
        token, row = tokens.add(scope.replace(":", "-"), scope, 30)
        machine = desk.client(authorization=f"Bearer {token}")
        opened = {one.path for one in gets if machine.ask("HEAD", one.path).status_code == 200}
        kind, name, _ = scope.split(":")
        assert opened == {one.path for one in gets if _is(one, kind, name)} - EVENTS
        for path in ("/api/cases", f"/api/cases/{known.open}", "/api/office", "/api/feeds"):
            assert machine.ask("GET", path).status_code == 401
        assert machine.post("/api/visits").status_code == 401
        assert room.client(authorization=f"Bearer {token}").ask("GET", "/api").status_code == 401
        (kept,) = (one for one in tokens.list() if one.name == row.name)
        assert kept.used == library.now.date().isoformat()
        tokens.cut(row.name)
        assert machine.ask("GET", gets[0].path).status_code == 401
    token, _ = tokens.add("all", "projection:cases:read", 90)
    machine = desk.client(authorization=f"Bearer {token}")
    rows = machine.get("/api/projections/cases")["rows"]
    assert [one["reference"] for one in rows] == [known.open]
    monkeypatch.setattr(bearing, "BY_TOKEN", bearing.BY_TOKEN.__class__(1))
    assert [machine.ask("GET", "/api").status_code for _ in range(2)] == [200, 429]
    monkeypatch.undo()
    library.now += timedelta(days=91)
    assert machine.ask("GET", "/api/projections/cases").status_code == 401
    assert not [one for one in SCOPES if "vault" in one or "sealed" in one]


EVENTS = {"/api/feeds/cases/events", "/api/feeds/office/events"}


def _doors() -> list[Any]:
    from ledger.web.table import DOORS

    return [one for one in DOORS if one.path not in EVENTS]


def _is(door: Any, kind: str, name: str) -> bool:
    return door.of == name and ("feeds" in door.path) is (kind == "feed")


def test_what_is_no_token_opens_nothing(desk: Program) -> None:
    """Other schemes, other spellings and tokens that nobody made: 401 with how to come."""
    for given in ("Basic a2ltOmtpbQ==", "Bearer x", "Bearer", "Bearer dlk_" + "A" * 43):
        found = desk.client(authorization=given).ask("GET", "/api/feeds/cases")
        assert (found.status_code, found.headers["www-authenticate"]) == (401, "Bearer")
        assert found.json()["type"] == "/help/problems/token-refused"


def test_the_log_is_served_as_it_lies(desk: Program) -> None:
    """Its files come byte by byte; tiles are kept for ever, the checkpoint never; names that lead
    out of it, or to what is being written, lead nowhere.
    """
    anybody, folder = desk.client(), desk.site.home.log_directory
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        name = path.relative_to(folder).as_posix()
        found = anybody.ask("GET", f"/log/{name}")
        assert found.content == path.read_bytes()
        kept = found.headers["cache-control"]
        assert ("immutable" in kept) is name.startswith("tile/")
        assert ("no-store" in kept) is not name.startswith("tile/")
    (folder / ".checkpoint.new").write_bytes(b"half")
    for name in (
        "../ledger.json",
        "..%2fledger.json",
        "%2e%2e/master.key",
        "tile/%2e%2e/checkpoint",
    ):
        assert anybody.ask("GET", f"/log/{name}").status_code == 404
    for name in (".checkpoint.new", "tile", "", "/etc/passwd", "checkpoint%00"):
        assert anybody.ask("GET", f"/log/{name}").status_code == 404


def test_every_problem_is_explained(desk: Program) -> None:
    """The type of each problem is an address at which a person reads what to do."""
    anybody = desk.client()
    for name, _, title in PROBLEMS.values():
        found = anybody.ask("GET", f"/help/problems/{name}")
        assert found.status_code == 200
        assert title in found.text
    assert {name for name, _, _ in PROBLEMS.values()} == set(WHAT_TO_DO)
    assert anybody.ask("GET", "/help/problems/unheard-of").status_code == 404
