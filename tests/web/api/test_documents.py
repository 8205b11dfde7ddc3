"""Documents through the API: brought once, listed, and given out byte for byte."""

from __future__ import annotations

from hashlib import sha256

import httpx
import pytest

from tests.register.scans import LONG, PDF, TEXT, pdf
from tests.web.api.clients import Client, Program
from tests.web.api.conftest import Known

KIND = "multipart/form-data; boundary=b"
UNKNOWN = "7K3M-9Q2D-X"


def form(data: bytes | None, name: str = "subpoena.pdf", **fields: str) -> bytes:
    """A form as a program writes it."""
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    if data is not None:
        head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        parts.append(head.encode() + data + b"\r\n")
    return b"".join([*parts, b"--b--\r\n"])


def bring(client: Client, reference: str, body: bytes, **headers: str | bytes) -> httpx.Response:
    """Attach to a case as it is seen now."""
    path = f"/api/cases/{reference}/documents"
    if "if_match" not in headers:
        headers["if_match"] = client.tag(reference)
    return client.post(path, body, content_type=KIND, **headers)


def test_a_document_is_brought_listed_and_given_as_it_came(room: Program, known: Known) -> None:
    """In a sealed case too; repeated under its key it is recorded once."""
    mara, data = room.client("mara"), pdf(LONG)
    tag = mara.tag(known.sealed)
    first, again = (
        bring(mara, known.sealed, form(data), if_match=tag, idempotency_key="a-scan")
        for _ in range(2)
    )
    assert (first.status_code, first.content) == (200, again.content)
    assert first.json()["sha256"] == sha256(data).hexdigest()
    (row,) = mara.get(f"/api/cases/{known.sealed}/documents")["documents"]
    ref = first.json()["records"][0]["ref"]
    assert row == {
        "ref": ref,
        "of": None,
        "name": "subpoena.pdf",
        "sha256": sha256(data).hexdigest(),
        "size": LONG,
        "type": "application/pdf",
    }
    given = mara.ask("GET", f"/api/cases/{known.sealed}/documents/{ref}")
    assert given.content == data
    assert given.headers["content-type"] == "application/pdf"
    assert given.headers["content-security-policy"].startswith("sandbox;")
    assert given.headers["content-disposition"].startswith("attachment;")


def test_another_file_under_the_same_key_is_refused(desk: Program, known: Known) -> None:
    """A key is one act's; what it brought counts."""
    kim = desk.client("kim")
    tag = kim.tag(known.open)
    keyed = {"if_match": tag, "idempotency_key": "a-scan"}
    assert bring(kim, known.open, form(TEXT, "letter.txt"), **keyed).status_code == 200
    other = bring(kim, known.open, form(TEXT + b"!", "letter.txt"), **keyed)
    assert (other.status_code, other.json()["type"]) == (422, "/help/problems/key-reused")


REFUSED = {
    "no file": (form(None), 400),
    "a field that is not known": (form(PDF, note="x"), 400),
    "a record that is none": (form(PDF, of="x"), 400),
    "another kind than its name says": (form(PDF, "subpoena.txt"), 400),
    "a kind that is not taken": (form(b"PK\x03\x04", "subpoena.zip"), 400),
    "a form that ends early": (form(PDF)[:-20], 400),
    "no form": (b"{}", 400),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_document_is_refused(desk: Program, known: Known, what: str) -> None:
    """As a problem that says what to do; the case is as it was."""
    kim, (body, status) = desk.client("kim"), REFUSED[what]
    tag = kim.tag(known.open)
    found = bring(kim, known.open, body)
    assert found.status_code == status, found.text
    assert found.headers["content-type"] == "application/problem+json"
    assert kim.tag(known.open) == tag


def test_a_document_is_for_the_case_that_was_seen(desk: Program, known: Known) -> None:
    """Without a version the program is asked for one, with an old one it is told the present one;
    without a key it is asked for a key.
    """
    kim = desk.client("kim")
    path, body = f"/api/cases/{known.open}/documents", form(PDF)
    assert kim.post(path, body, content_type=KIND).status_code == 428
    assert bring(kim, known.open, body, if_match='"x"').status_code == 412
    tag = kim.tag(known.open)
    without = kim.ask("POST", path, body, content_type=KIND, if_match=tag)
    assert (without.status_code, "Idempotency-Key" in without.text) == (400, True)


def test_documents_of_a_sealed_case_are_as_none(desk: Program, known: Known) -> None:
    """T-27: the list, what is brought, and an address, as of a case that never was."""
    kim, told = desk.client("kim"), []
    for reference in (known.sealed, UNKNOWN):
        path = f"/api/cases/{reference}/documents"
        answers = (
            kim.ask("GET", path),
            bring(kim, reference, form(PDF), if_match='"x"', idempotency_key="k"),
            kim.post(path, form(PDF), content_type=KIND, idempotency_key="k"),
            kim.ask("GET", f"{path}/{'0' * 32}:1"),
        )
        told.append([(one.status_code, one.text.replace(reference, "")) for one in answers])
    assert told[0] == told[1]
    assert {status for status, _ in told[0]} == {404}


def test_the_act_without_bytes_says_where_documents_are_brought(
    desk: Program, known: Known
) -> None:
    """Whoever tries the act is told the address."""
    found = desk.client("kim").act(known.open, "attach-document")
    assert (found.status_code, "/documents" in found.json()["detail"]) == (400, True)
