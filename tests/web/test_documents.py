"""Documents at the web's door: brought, listed, saved; and what nobody gets in or out (T-47…49)."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import anyio
import httpx
import pytest

from keys.documents import PART_BYTES
from ledger.register.incoming import MOST_BYTES
from ledger.web import receiving
from ledger.web.failures import TooSlow
from ledger.web.receiving import MOST_PARTS
from tests.register.ledgers import Ledger
from tests.register.scans import LONG, PDF, TEXT, documents, pdf
from tests.register.test_triage import SEALING
from tests.upkeep.matters import ENDED, erase
from tests.web.desk.conftest import DESK, ROOM, Web, program
from tests.web.desk.conftest import founded as founded
from tests.web.desk.conftest import ledger as ledger

BOUNDARY = "a-boundary"
KEY = "0123456789abcdef" * 2
SAVED = re.compile(r'href="(/cases/[^"]+/documents/[^"]+)" download')


@dataclass(frozen=True)
class File:
    """A file as a form brings it."""

    data: bytes = PDF
    name: str = "subpoena.pdf"


@pytest.fixture
def room(ledger: Ledger) -> Iterator[Web]:
    """The room's program, where Mara is signed in."""
    for web in program(ledger, "room", ROOM):
        web.sign_in(ledger, "mara")
        yield web


@pytest.fixture
def desk(ledger: Ledger) -> Iterator[Web]:
    """The desk's program, where Kim is signed in."""
    for web in program(ledger, "desk", DESK):
        web.sign_in(ledger, "kim")
        yield web


def form(fields: dict[str, str], *files: File) -> bytes:
    """A form with files, as browsers write it."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for one in files:
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{one.name}"'
            "\r\nContent-Type: text/html\r\n\r\n"
        )
        parts.append(head.encode() + one.data + b"\r\n")
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def send(web: Web, path: str, body: bytes, **headers: str) -> httpx.Response:
    """Send a form with a file."""
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return web.send(path, body, **{"Content-Type": kind, **headers})


def bring(web: Web, path: str, *files: File, **fields: str) -> httpx.Response:
    """Fill in the form of a case's documents."""
    known = {"csrf": web.signed_in or "", "command_id": KEY, "of": "", **fields}
    return send(web, f"{path}/documents", form(known, *files))


def case_at(web: Web, reference: str) -> str:
    """The address of a case."""
    return web.post("/cases/find", {"reference": reference}).headers["Location"]


def opened_case(ledger: Ledger) -> str:
    """An open case."""
    reference = ledger.visit("kim")
    ledger.do("mara", "open", reference)
    return reference


def lying(ledger: Ledger) -> int:
    """How many parts lie in all stores."""
    asked = [one.database.ask("SELECT COUNT(*) FROM documents") for one in ledger.stores()]
    return sum(rows[0][0] for rows in asked)


def test_a_document_is_brought_listed_and_saved(ledger: Ledger, room: Web) -> None:
    """It comes back byte for byte, as an attachment of its own kind in a sandbox, under a name that
    is ours; the list shows the name that it had.
    """
    data, reference = pdf(LONG), ledger.visit("kim")
    ledger.do("mara", "keep-sealed", reference, SEALING)
    path = case_at(room, reference)
    done = bring(room, path, File(data, '<b>"../../\u202efdp.pdf'))
    assert (done.status_code, done.headers["Location"]) == (303, f"{path}/documents")
    again = bring(room, path, File(data, '<b>"../../\u202efdp.pdf'))
    assert again.status_code == 303
    page = room.get(f"{path}/documents").text
    (saved,) = SAVED.findall(page)
    assert reference not in saved
    assert "\u202e" not in page
    assert "202efdp.pdf" in page
    answer = room.get(saved)
    assert answer.content == data
    headers = {name: answer.headers[name] for name in HEADERS}
    assert headers == HEADERS
    assert documents(ledger, "mara", reference) == [data]


HEADERS = {
    "content-type": "application/pdf",
    "content-length": str(LONG),
    "content-disposition": 'attachment; filename="document-2.pdf"',
    "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
}


def test_the_desk_attaches_to_what_stands_open(ledger: Ledger, desk: Web) -> None:
    """Staff bring a scan to an open case, say of which paper it is, and save it again."""
    reference = opened_case(ledger)
    paper = {"kind": "subpoena", "issuer": "clerk"}
    of = ledger.do("kim", "receive-instrument", reference, paper).records[0].ref
    page = desk.get(f"/cases/{reference}/documents").text
    assert f'<option value="{of}">subpoena, ' in page
    bring(desk, f"/cases/{reference}", File(TEXT, "letter.txt"), of=of)
    (saved,) = SAVED.findall(desk.get(f"/cases/{reference}/documents").text)
    answer = desk.get(saved)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.content == TEXT


def test_a_sealed_case_answers_as_one_that_never_was(ledger: Ledger, desk: Web) -> None:
    """T-27: for its list, for a file that is brought, and for a document's address, to the byte."""
    sealed = ledger.visit("kim")
    ledger.do("mara", "keep-sealed", sealed, SEALING)
    told: list[list[tuple[int, str]]] = []
    for reference in (sealed, "7K3M-9Q2D-X"):
        path = f"/cases/{reference}"
        answers = (
            desk.get(f"{path}/documents"),
            bring(desk, path, File()),
            desk.get(f"{path}/documents/{'0' * 32}:1"),
        )
        told.append([(one.status_code, one.text.replace(reference, "")) for one in answers])
    assert told[0] == told[1]
    assert {status for status, _ in told[0]} == {404}
    assert lying(ledger) == 0


def test_nobody_brings_a_file_who_may_not_act(ledger: Ledger, desk: Web) -> None:
    """Who is not signed in, or comes from another page or without the form's word, is refused; the
    first two before a byte of the file is read.
    """
    path = f"/cases/{opened_case(ledger)}/documents"
    without = form({"csrf": "", "command_id": KEY}, File())
    assert send(desk, path, without).status_code == 403
    assert send(desk, path, without, Origin="https://elsewhere.example").status_code == 403
    desk.cookies.clear()
    assert send(desk, path, b"never read as a form").status_code == 401
    assert lying(ledger) == 0


REFUSED = {
    "no file": (form({"csrf": "{csrf}", "command_id": KEY}), 400),
    "a file that nobody chose": (form({"csrf": "{csrf}"}, File(b"", "")), 400),
    "two files": (form({"csrf": "{csrf}", "command_id": KEY}, File(), File()), 400),
    "no number": (form({"csrf": "{csrf}", "command_id": "x"}, File()), 400),
    "another kind": (form({"csrf": "{csrf}"}, File(b"PK\x03\x04", "a.pdf")), 400),
    "a form that ends early": (form({"csrf": "{csrf}"}, File())[:-20], 400),
    "no form": (b"no form", 400),
    "a field that is no text": (form({"csrf": "{csrf}"}).replace(b"{csrf}", b"\xff"), 400),
    "a field that is too large": (form({"of": "x" * 5_000}, File()), 413),
    "100,000 parts": (form(dict.fromkeys(map(str, range(100_000)), "")), 400),
}


@pytest.mark.parametrize("what", REFUSED)
def test_t47_what_is_no_form_of_ours_is_refused(ledger: Ledger, desk: Web, what: str) -> None:
    """T-47: as soon as it shows, in words, and nothing is stored."""
    body, status = REFUSED[what]
    path = f"/cases/{opened_case(ledger)}/documents"
    answer = send(desk, path, body.replace(b"{csrf}", str(desk.signed_in).encode()))
    assert answer.status_code == status, answer.text
    assert "Nothing was saved" in answer.text or "number" in answer.text
    assert lying(ledger) == 0


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data", "application/json", f"multipart/form-data; boundary={'x' * 999}"],
)
def test_t47_a_body_of_another_type_is_refused(ledger: Ledger, desk: Web, kind: str) -> None:
    """T-47: without a boundary, or with one that no browser makes, nothing is read."""
    path = f"/cases/{opened_case(ledger)}/documents"
    assert desk.send(path, form({}, File()), **{"Content-Type": kind}).status_code == 400


def test_t47_200_mb_are_refused_within_little_memory(ledger: Ledger, desk: Web) -> None:
    """T-47: a file of 200 MB ends where 20 MiB do; what came lies nowhere, and was never in memory
    as a whole.
    """
    path, sent = f"/cases/{opened_case(ledger)}/documents", 0
    head = form({"csrf": str(desk.signed_in), "command_id": KEY}, File(b"%PDF-1.7\n"))[:-20]

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        yield head
        for _ in range(200 * 1024 * 1024 // PART_BYTES):
            sent += PART_BYTES
            yield bytes(PART_BYTES)

    async def ask() -> httpx.Response:
        cookies = "; ".join(f"{name}={value}" for name, value in desk.cookies.items())
        headers = {
            "Origin": DESK,
            "Cookie": cookies,
            "User-Agent": "a browser",
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        }
        async with httpx.AsyncClient(transport=desk.transport, base_url=DESK) as client:
            return await client.post(path, content=pieces(), headers=headers)

    desk.get("/cases")
    tracemalloc.start()
    try:
        answer = anyio.run(ask)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (answer.status_code, "larger than 20 MiB" in answer.text) == (413, True)
    assert MOST_BYTES <= sent < MOST_BYTES + 4 * PART_BYTES
    assert most < 4 * 1024 * 1024
    assert lying(ledger) == 0


def test_t47_what_does_not_arrive_in_time_is_let_go(
    ledger: Ledger, desk: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-47: a form that stands still is answered with 408, however it began."""
    monkeypatch.setattr(receiving, "FORM_SECONDS", 0.05)
    path = f"/cases/{opened_case(ledger)}/documents"
    cookies = "; ".join(f"{name}={value}" for name, value in desk.cookies.items())
    told: list[int] = []

    async def standing_still() -> None:
        parts = [form({"csrf": str(desk.signed_in)}, File())[:50]]

        async def hear() -> dict[str, object]:
            if parts:
                return {"type": "http.request", "body": parts.pop(), "more_body": True}
            await anyio.sleep_forever()
            raise AssertionError

        async def tell(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                told.append(int(str(message["status"])))

        headers = {
            "host": "localhost:8410",
            "origin": DESK,
            "cookie": cookies,
            "user-agent": "a browser",
            "content-type": f"multipart/form-data; boundary={BOUNDARY}",
        }
        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "http_version": "1.1",
            "client": ("127.0.0.1", 1),
            "server": ("localhost", 8410),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        await desk.transport.app(scope, hear, tell)  # type: ignore[arg-type]  # as servers call it

    anyio.run(standing_still)
    assert told == [408]
    assert "took too long" in str(TooSlow())
    assert lying(ledger) == 0


def test_a_form_may_have_as_many_fields_as_ours(ledger: Ledger, desk: Web) -> None:
    """Up to the last one that is allowed it is read; unknown fields mean nothing."""
    reference = opened_case(ledger)
    more = {f"x{number}": "" for number in range(MOST_PARTS - 4)}
    assert bring(desk, f"/cases/{reference}", File(), **more).status_code == 303
    assert documents(ledger, "kim", reference) == [PDF]


def test_what_was_altered_is_not_sent(ledger: Ledger, room: Web) -> None:
    """Not a byte of it: it is checked to its end before it is begun."""
    reference = opened_case(ledger)
    path = case_at(room, reference)
    bring(room, path, File(pdf(LONG)))
    (saved,) = SAVED.findall(room.get(f"{path}/documents").text)
    assert room.get(f"{path}/documents/{'0' * 16}").status_code == 404
    with ledger.home.open.database.writing() as cursor:
        cursor.execute("DROP TRIGGER documents_UPDATE")
        cursor.execute("UPDATE documents SET state = zeroblob(65564) WHERE part = 2")
    answer = room.get(saved)
    assert (answer.status_code, b"%PDF" in answer.content) == (500, False)


def test_what_was_erased_is_listed_as_erased(ledger: Ledger, room: Web) -> None:
    """That there was a document is still told; its name and its bytes are gone."""
    reference = opened_case(ledger)
    path = case_at(room, reference)
    bring(room, path, File())
    (saved,) = SAVED.findall(room.get(f"{path}/documents").text)
    ledger.do("mara", "close", reference, ENDED)
    erase(ledger, reference, "personal")
    page = room.get(f"{path}/documents").text
    assert (SAVED.findall(page), "subpoena.pdf" in page, "erased" in page) == ([], False, True)
    answer = room.get(saved)
    assert (answer.status_code, "was erased" in answer.text) == (400, True)
