"""Acts through the API: keys that make a repetition harmless, versions, and what is refused."""

from __future__ import annotations

import httpx
import pytest

from tests.register.library import Library
from tests.web.api.clients import Client, Program
from tests.web.api.conftest import CONTACT, Known

UNKNOWN = "7K3M-9Q2D-X"


def contact(client: Client, reference: str, tag: str, key: str, **more: object) -> httpx.Response:
    """Record a call under a key."""
    path, body = f"/api/cases/{reference}/acts/attempt-contact", {"fields": {**CONTACT, **more}}
    return client.post(path, body, if_match=tag, idempotency_key=key)


def test_an_act_without_a_key_is_not_taken(desk: Program, known: Known) -> None:
    """Whoever could not repeat an act harmlessly is asked for a key; so it is for visits."""
    kim = desk.client("kim")
    tag = kim.tag(known.open)
    path = f"/api/cases/{known.open}/acts/attempt-contact"
    for found in (
        kim.ask("POST", path, {"fields": CONTACT}, if_match=tag),
        kim.post(path, {"fields": CONTACT}, if_match=tag, idempotency_key="ä".encode()),
        kim.post(path, {"fields": CONTACT}, if_match=tag, idempotency_key="k" * 129),
        kim.ask("POST", "/api/visits", {}),
    ):
        assert (found.status_code, found.json()["type"]) == (400, "/help/problems/bad-request")
        assert "Idempotency-Key" in found.json()["detail"]
    assert kim.tag(known.open) == tag


def test_the_same_key_and_act_give_the_same_answer(desk: Program, known: Known) -> None:
    """What was repeated is recorded once, though the case went on since and the tag is old; the
    same key with another act is refused, and another person's same key is another act.
    """
    kim, ola = desk.client("kim"), desk.client("ola")
    tag = kim.tag(known.open)
    first = contact(kim, known.open, tag, "a-key")
    again = contact(kim, known.open, tag, "a-key")
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    other = contact(kim, known.open, kim.tag(known.open), "a-key", outcome="reached")
    assert (other.status_code, other.json()["type"]) == (422, "/help/problems/key-reused")
    theirs = contact(ola, known.open, ola.tag(known.open), "a-key")
    assert theirs.json()["records"][0]["ref"] != first.json()["records"][0]["ref"]


def test_a_visit_is_logged_once_under_a_key(desk: Program) -> None:
    """A visit needs no version, and its repetition gives the same reference."""
    kim = desk.client("kim")
    body = {"fields": {}, "occurred_at": "2026-09-14T08:30:00-06:00", "branch": "main"}
    first = kim.post("/api/visits", body, idempotency_key="one-visit")
    again = kim.post("/api/visits", body, idempotency_key="one-visit")
    assert first.status_code == again.status_code == 201
    assert first.json()["reference"] == again.json()["reference"]


def test_the_desk_signs_for_who_is_not_signed_in(desk: Program) -> None:
    """At the machine itself a program logs a visit without signing in, if a desk is there to sign;
    else it is told that none is.
    """
    nobody = desk.client()
    assert nobody.post("/api/visits").status_code == 503
    desk.site.desk = desk.library.people["front"]
    assert nobody.post("/api/visits").status_code == 201


def test_a_visit_is_not_logged_twice_because_a_session_ended(desk: Program) -> None:
    """Somebody logs a visit and the program dies before they hear of it: the same request again,
    with a session that is gone, is not the desk's. Signed in again, they hear what was recorded.
    """
    desk.site.desk = desk.library.people["front"]
    kim = desk.client("kim")
    first = kim.post("/api/visits", {}, idempotency_key="cut-off")
    desk.site.sessions.end_all()
    assert kim.post("/api/visits", {}, idempotency_key="cut-off").status_code == 401
    again = desk.client("kim").post("/api/visits", {}, idempotency_key="cut-off")
    assert (again.status_code, again.json()) == (201, first.json())


def test_an_act_is_for_the_case_that_was_seen(desk: Program, known: Known) -> None:
    """Without a version the program is asked for one; with an old one it is told the present one,
    and nothing is recorded; what is no tag of ours is as an old one.
    """
    kim = desk.client("kim")
    old = kim.tag(known.open)
    path = f"/api/cases/{known.open}/acts/attempt-contact"
    without = kim.post(path, {"fields": CONTACT})
    assert (without.status_code, without.json()["type"]) == (428, "/help/problems/version-needed")
    assert kim.act(known.open, "attempt-contact", old, **CONTACT).status_code == 200
    now = kim.tag(known.open)
    for tag in (old, "*", f"W/{now}", f"{old}, {now}", '"x"'):
        late = kim.act(known.open, "attempt-contact", tag, **CONTACT)
        assert (late.status_code, late.json()["type"]) == (412, "/help/problems/version-moved")
        assert late.headers["etag"] == now
    assert kim.tag(known.open) == now


def test_no_act_slips_in_between_look_and_append(
    desk: Program, told: tuple[Library, Known], known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process records between the check of the version and the append: the append is
    conditional on the head that was checked, so the act is decided again, and refused.
    """
    kim, beside = desk.client("kim"), told[0]
    tag = kim.tag(known.open)
    store, append = desk.site.home.open, desk.site.home.open.append
    came: list[str] = []

    def meanwhile(*args: object, **named: object) -> object:
        if not came:
            came.append(beside.ref("ola", "attempt-contact", known.open, **CONTACT))
        return append(*args, **named)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(store, "append", meanwhile)
    late = kim.act(known.open, "attempt-contact", tag, **CONTACT)
    assert came
    assert late.status_code == 412
    history = kim.get(f"/api/cases/{known.open}/history")["history"]
    assert history[-1]["ref"] == came[0]


def test_sealed_matters_have_versions_too(room: Program, known: Known) -> None:
    """In the room an act in a sealed matter is for the version that was seen; and whoever triages
    has seen which visits wait.
    """
    mara = room.client("mara")
    old = mara.tag(known.sealed)
    assert mara.act(known.sealed, "attempt-contact", old, **CONTACT).status_code == 200
    late = mara.act(known.sealed, "attempt-contact", old, **CONTACT)
    assert late.status_code == 412
    assert late.headers["etag"] == mara.tag(known.sealed)
    waiting = room.library.visit("ola")
    seen = mara.tag(waiting)
    room.library.visit("ola")
    assert mara.act(waiting, "open", '"' + "A" * 43 + '"').status_code == 412
    assert mara.act(waiting, "open", seen).status_code == 200


def test_the_office_has_a_version(room: Program) -> None:
    """It is honoured where it is sent, and may be left out."""
    mara = room.client("mara")
    old = mara.ask("GET", "/api/office").headers["etag"]
    grant = {"fields": {"person": "kim", "role": "auditor"}}
    assert mara.post("/api/office/acts/grant-role", grant, if_match=old).status_code == 200
    late = mara.post("/api/office/acts/grant-role", grant, if_match=old)
    assert late.status_code == 412
    assert late.headers["etag"] == mara.ask("GET", "/api/office").headers["etag"] != old
    assert mara.post("/api/office/acts/grant-role", grant).status_code == 200


def test_what_is_sealed_is_as_what_does_not_exist(desk: Program, known: Known) -> None:
    """Every address of a case, with whatever method, key and tag, answers the same bytes for a
    sealed reference as for one that nobody has (T-27, T-28).
    """
    kim = desk.client("kim")
    tag = kim.tag(known.open)
    for path in (
        "",
        "/history",
        "/acts/attempt-contact",
        "/acts/open",
        "/acts/close",
        "/acts/nothing",
    ):
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
            for headers in ({}, {"if_match": tag}):
                sent = {"idempotency_key": "k", **headers}
                body = {"fields": CONTACT} if path == "/acts/attempt-contact" else {}
                answers = [
                    kim.ask(method, f"/api/cases/{one}{path}", body, **sent)
                    for one in (known.sealed, UNKNOWN)
                ]
                told = [(one.status_code, one.content, one.headers) for one in answers]
                assert told[0] == told[1]
                if method == "POST" and path in ("/acts/attempt-contact", "/acts/open"):
                    assert told[0][0] == 404


def test_a_refusal_lists_every_provision(room: Program, known: Known) -> None:
    """What the law says no to comes as a problem with each provision, its source and standing."""
    mara = room.client("mara")
    found = mara.act(known.sealed, "keep-sealed", ground="gag", citation="18 U.S.C. 2709(c)")
    problem = found.json()
    assert (found.status_code, problem["type"]) == (403, "/help/problems/refused-by-law")
    assert found.headers["content-type"] == "application/problem+json"
    (first, *_) = problem["provisions"]
    assert first.keys() == {"sentence", "citation", "source", "confidence"}


def test_a_session_without_its_word_acts_in_nothing(desk: Program, known: Known) -> None:
    """A cookie alone is what another site could send: it reads and does not act (T-56)."""
    kim = desk.client("kim")
    tag = kim.tag(known.open)
    del kim.headers["x-csrf"]
    assert kim.act(known.open, "attempt-contact", tag, **CONTACT).status_code == 403
    assert desk.client().act(known.open, "attempt-contact", tag, **CONTACT).status_code == 401
    assert kim.tag(known.open) == tag


def test_json_with_two_meanings_is_refused(desk: Program) -> None:
    """Names that stand twice, numbers that are none, halves of surrogates, what lies too deep or is
    no object: 400, and nothing is stored (T-47).
    """
    kim = desk.client("kim")
    before = desk.site.home.inbox.database.ask("SELECT COUNT(*) FROM stored_events")
    for body in (
        b'{"fields": {}, "fields": {}}',
        b'{"fields": {"a": NaN}}',
        b'{"fields": {"a": Infinity}}',
        b'{"fields": {"a": 1e999}}',
        b'{"fields": {"a": "\\ud800"}}',
        b'{"fields": {"a": "\xed\xa0\x80"}}',
        b'{"fields": {"a": ' + b"9" * 5000 + b"}}",
        b'{"fields": ' * 40 + b"{}" + b"}" * 40,
        b'{"fields": ' + b"[" * 50_000,
        b"\xef\xbb\xbf{}",
        b"[]",
        b"null",
        b"",
        b'{"fields": []}',
        b'{"unheard": 1}',
        b'{"occurred_at": "2026-09-14T08:30:00"}',
        b'{"fields": {"unheard": {"a": 18446744073709551616}}}',
    ):
        found = kim.post("/api/visits", body)
        assert (found.status_code, body[:30]) == (400, body[:30])
    assert kim.post("/api/visits", b" " * 300_000).status_code == 413
    after = desk.site.home.inbox.database.ask("SELECT COUNT(*) FROM stored_events")
    assert before == after
