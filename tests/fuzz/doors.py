"""What comes to the doors: requests, forms, files, and texts that people and programs send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from random import Random
from typing import cast
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.types import Message

from keys.assertions import Answer, is_good, made_with
from keys.capsules import new_code, read_capsules, read_code
from keys.errors import KeyRefused, RecoveryRefused, Undecipherable
from keys.feeds import FeedKeys
from keys.master import MasterKey
from keys.tokens import token_digest
from keys.webhooks import load_secret
from ledger.cli.session import read_fields
from ledger.domain.codec import COMMANDS, BadFields, join, propose, split
from ledger.domain.law.pack import PackRefused, load_pack, load_resolved, resolve_own
from ledger.domain.law.pack import resolve as resolve_pack
from ledger.errors import BadRequest
from ledger.evidence import jcs
from ledger.evidence.grammar import Malformed
from ledger.scenario.check import load as load_scenario
from ledger.scenario.file import ScenarioUnusable
from ledger.web.reading import read_object
from ledger.web.receiving import receive
from ledger.web.site import Side
from ledger.web.table import DOORS as TABLE
from ledger.web.visit import Visit
from ledger.witnessing.policy import Policy
from tests.authenticator import ORIGIN, RP, Authenticator
from tests.fuzz import ground
from tests.fuzz.evidence import as_text, joined, parted, told, vector
from tests.fuzz.target import Finding, Target

ROOT = Path(__file__).parents[2]
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
KEY = "0" * 31 + "1"
_LASTING = ("wait=", "/stream", "/verify", "/sign-in", "/events")
"""In addresses that wait on purpose, or work out a passphrase."""


# ---- whole requests ----


def _request(data: bytes) -> None:
    """Somebody's request, as lines; whatever it says, the program does not break off over it."""
    head, _, body = data.partition(b"\n\n")
    who, *lines = head.decode("latin-1").split("\n")
    where, _, person = who.partition(" ")
    side = cast("Side", where)
    if side not in ground.ADDRESSES or person not in ("", "mara", "kim") or not lines:
        raise BadRequest("nobody")
    method, _, target = lines[0].partition(" ")
    if any(one in target for one in _LASTING) or not method.isalpha() or not target:
        raise BadRequest("not asked here")
    somebody = ground.asker(side, person)
    named = (line.partition(": ") for line in lines[1:])
    headers = {name.lower(): value for name, _, value in named if name.isascii()}
    known = {"CSRF": somebody.csrf or "", "CASE": ground.case()}
    if person and not target.startswith("/api/"):
        known = {"/cases/CASE": ground.page(side, person), **known}
    for word, meant in known.items():
        body, target = body.replace(word.encode(), meant.encode()), target.replace(word, meant)
        headers = {name: value.replace(word, meant) for name, value in headers.items()}
    answer = somebody.ask(method, target, body, headers)
    if answer.status == 500:
        raise Finding(f"{method} {target[:80]!r} broke off")


def _requests() -> Iterator[bytes]:
    """Each page, with what its address may ask for; each form, and each command in both ways."""
    for door in TABLE:
        path = door.path.replace("{case}", "CASE").replace("{reference}", "CASE")
        path = path.replace("{command}", "approve").replace("{record}", "1")
        path = path.replace("{name}", "not-found").replace("{period}", "2026")
        if door.method == "GET" and not any(one in path for one in _LASTING):
            for side in sorted(door.sides):
                yield _spoken(_WHO[side], f"GET {path}{_QUERIES.get(door.path, '')}", {}, "")
    for target, form in _FORMS.items():
        yield _sent(target, form)
    for command, fields in _golden():
        filled = {f"f-{name}": _typed(value) for name, value in fields.items()}
        for place in ("office", "cases/CASE"):
            yield _sent(f"/{place}/do/{command}", urlencode({"at": "2026-09-14T08:00", **filled}))
            body = json.dumps({"fields": fields, "occurred_at": "2026-09-14T08:00:00-06:00"})
            yield _acted(f"/api/{place}/acts/{command}", body)
    for target, body in _ACTS.items():
        yield _acted(target, body)


def _sent(target: str, fields: str) -> bytes:
    side: Side = "desk" if target.startswith("/desk") else "room"
    body = f"csrf=CSRF&key={KEY}&command_id={KEY}&{fields}"
    return _spoken(_WHO[side], f"POST {target}", {"content-type": FORM}, body)


def _acted(target: str, body: str) -> bytes:
    act = {"content-type": "application/json", "x-csrf": "CSRF", "idempotency-key": "k1"}
    if "/cases/" in target:
        act["if-match"] = '"' + "A" * 43 + '"'
    return _spoken(_WHO["room"], f"POST {target}", act, body)


def _golden() -> Iterator[tuple[str, dict[str, object]]]:
    """Each command with the fields of its golden event."""
    for command, kind in COMMANDS.items():
        path = ROOT / "tests" / "golden" / f"{kind.__struct_config__.tag}.json"
        stored = json.loads(path.read_text())
        yield command, {**stored["event"], **stored["personal"]}


def _typed(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


_WHO: Mapping[Side, str] = {"desk": "desk kim", "room": "room mara"}
_QUERIES = {
    "/deadlines": "?month=2026-09&lang=es",
    "/statistics": "?period=2026&published=yes",
    "/cases": "?page=1",
    "/cases/{case}": "?from=1&page=2",
    "/cases/{case}/do/{command}": "?record=1",
    "/law": "?pack=us-co",
    "/law/difference": "?pack=us-co&with=us-co/lcld&on=2026-09-14",
    "/law/deadline": "?rule=answer&on=2026-09-14&at=2026-09-14T10:00",
    "/desk/pad": "?first=1&count=20",
    "/api/cases": "?limit=2&after=00",
    "/api/feeds/disclosures": "?limit=2&after=AAAA&cloudevents=true",
    "/desk/pads": "?count=20",
}
_FORMS = {
    "/desk": "mode=in-person&agency=police&seen=badge&presented=nothing&note=x&serial=DL-000001",
    "/desk/pads": "count=20&branch=main",
    "/desk/pads/end": "serials=1+2,3&ended=void",
    "/desk/link": "code=7K3M-9Q2D",
    "/desk/inventory": "from=2026-09-14T10:00&note=x",
    "/cases/find": "reference=CASE",
    "/cases/CASE/do/record-paper": "f-instrument=subpoena&f-issued_on=2026-09-14&f-pages=2"
    "&at=2026-09-14T08:00&f-received_at=2026-09-14T08:00",
    "/cases/CASE/do/record-call": "at=2026-09-14T08:00&precision=exact&f-at=2026-09-14T08:00",
    "/office/do/record-absence": "f-person=mara&f-from=2026-09-14T10:00&f-until=2026-09-20T10:00",
    "/office/assent": "of=" + "0" * 64,
    "/cases/CASE/assent": "of=" + "0" * 64,
    "/cases/CASE/confirm/1": "of=0&credential=AAAA&authenticator_data=AAAA&client_data=AAAA"
    "&signature=AAAA",
    "/passkeys": "challenge=AAAA&attestation=AAAA&client_data=AAAA&prf=AAAA",
    "/passkeys/revoke": "passkey=" + "0" * 64,
    "/query": "from=2026-01-01&until=2026-12-31&name=x",
    "/tasks": "task=x&outcome=done",
    "/looks": "look=x&answer=x",
    "/glass": "reason=emergency&case=CASE&note=x",
    "/statistics": "period=2026&band=10",
    "/law/activate": "pack=us-co/lcld",
    "/erasures": "stream=" + "0" * 32,
    "/board": "checkpoint=a.example+9+AAAA",
}
_ACTS = {
    "/api/visits": '{"fields":{"facts":[{"receive-request":{"requester":"law-enforcement",'
    '"categories":["circulation"]}}]},"occurred_at":"2026-09-14T08:00:00-06:00",'
    '"precision":"approximate","branch":"main","about":"x"}',
    "/api/cases/CASE/acts/note": '{"fields":{"note":"x"},"under":"' + "a" * 32 + ':1"}',
    "/api/office/acts/record-absence": '{"fields":{"person":"kim","from":"2026-09-14T10:00:00Z",'
    '"until":"2026-09-20T10:00:00Z"},"actor":"mara","role":"director"}',
}


def _spoken(who: str, asked: str, headers: Mapping[str, str], body: str) -> bytes:
    lines = [who, asked, *(f"{name}: {value}" for name, value in headers.items())]
    return "\n".join(lines).encode() + b"\n\n" + body.encode()


# ---- what stands in them ----


def _visit(body: bytes, kind: str = FORM) -> tuple[Visit, Request]:
    """A visit that has come with a body, in two pieces."""
    pieces = [body[: len(body) // 2], body[len(body) // 2 :]]

    async def coming() -> Message:
        piece = pieces.pop(0) if pieces else b""
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    headers = [(b"content-type", kind.encode("latin-1"))]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b""}
    request = Request(scope, coming)
    return Visit(ground.nowhere(), request, body), request


def _form(data: bytes) -> None:
    fields = _visit(data)[0].form
    for name, _ in fields:
        fields.all(name)
        fields.text(name)


def _attachment(data: bytes) -> None:
    """A form with a file: its type in the first line."""
    kind, _, body = data.partition(b"\n")
    request = _visit(body, kind.decode("latin-1"))[1]
    with asyncio.Runner() as runner, closing(runner.run(receive(request))) as received:
        for _, value in received.fields:
            value.encode()


def _attachments() -> Iterator[bytes]:
    text = (
        '--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nx\r\n'
        '--b\r\nContent-Disposition: form-data; name="file"; filename="{}"\r\n'
        "Content-Type: text/plain\r\n\r\n{}\r\n--b--\r\n"
    )
    for name, held in (("a.txt", "one\n"), ("a.pdf", "%PDF-1.7\n%%EOF\n"), ("é*.TXT", "x" * 99)):
        yield f"{MULTIPART}\n".encode() + text.format(name, held).encode()


def _object(data: bytes) -> None:
    """What is taken can be spelt again."""
    json.dumps(read_object(data), ensure_ascii=False).encode()


def _proposed(data: bytes) -> None:
    """What a command is given is an event that reads back as itself, or is refused."""
    command, _, fields = data.partition(b"\n")
    kind = COMMANDS.get(command.decode("latin-1"))
    if kind is None:
        raise BadRequest("no command")
    event = propose(kind, read_object(fields))
    try:
        core, personal = (jcs.dump(part) for part in split(event))
    except Malformed as error:
        # A correction may name a number that no field of the corrected record can hold. The rule
        # that looks at that record refuses it, before anything is spelt.
        raise BadFields("no record holds that") from error
    tag = str(kind.__struct_config__.tag)
    if join(tag, jcs.load(core), jcs.load(personal)) != event:  # type: ignore[arg-type]  # both are objects
        raise Finding("it reads back as another event")


def _commands() -> Iterator[bytes]:
    for command, fields in _golden():
        yield command.encode() + b"\n" + json.dumps(fields).encode()


def _fields(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    if not text.startswith(("@", "-")):
        read_fields(text)


# ---- texts that programs and people bring ----


def _law(data: bytes) -> None:
    load_pack.cache_clear()
    try:
        if "/" in load_pack(data).identity.name:
            resolve_own(data)
    finally:
        load_pack.cache_clear()


def _packs() -> Iterator[bytes]:
    folder = ROOT / "ledger" / "domain" / "law" / "packs"
    # A whole pack takes long to read; the first rows of each hold all that there is to bend.
    for path in sorted(folder.rglob("*.toml")):
        text = path.read_text()
        yield "\n[[".join(text.split("\n[[")[:4]).encode()
    yield (folder / "us-co" / "lcld.toml").read_bytes()


def _scenario(data: bytes) -> None:
    path = ground.folder() / "story.toml"
    path.write_bytes(data)
    load_scenario(path)


def _stories() -> Iterator[bytes]:
    for path in sorted((ROOT / "ops" / "scenarios").glob("*.toml"))[:3]:
        yield path.read_bytes()


def _policies() -> Iterator[bytes]:
    keys = [str(one) for name in ("log", "witness") for one in vector("checkpoint")[name]]
    yield (
        f"log {keys[0]}\n# said\nwitness w1 {keys[-1]} https://w.example\n\n"
        "group both all w1\nquorum both\n"
    ).encode()


def _code(data: bytes) -> None:
    printed = read_code(as_text(data))
    if read_code(printed) != printed:
        raise Finding("what is printed reads otherwise")


_FEED = FeedKeys(MasterKey(bytes(32)), "a.example")


def _cursor(data: bytes) -> None:
    _FEED.position("disclosures", as_text(data))


def _passkey(data: bytes) -> None:
    """What an authenticator is said to have made or answered is good or not; never an error."""
    one, two, three, four = parted(data, 4)
    made_with(one, two, bytes(32), rp=RP, origins=[ORIGIN])
    answer = Answer(four or b"\0", one, two, three)
    for key in (Authenticator("phone"), Authenticator("key", "EdDSA")):
        raw = key.public[26:] if key.algorithm == "ES256" else key.public[12:]
        is_good(answer, bytes(32), raw, rp=RP, origins=[ORIGIN])


def _passkeys() -> Iterator[bytes]:
    for key in (Authenticator("phone"), Authenticator("key", "EdDSA")):
        yield joined(*key.attest(bytes(32)))
        answer = key.answer(bytes(32))
        yield joined(
            answer.authenticator_data, answer.client_data, answer.signature, key.credential
        )


_CAPSULE = (
    b"Recovery\n\ncapsule: mara tom\n-----BEGIN AGE ENCRYPTED FILE-----\n"
    + b"YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCA\n" * 3
    + b"-----END AGE ENCRYPTED FILE-----\n"
)

DOORS: Mapping[str, Target] = {
    "request": Target(_request, (BadRequest,), _requests),
    "form": Target(_form, (BadRequest,), lambda: (one.encode() for one in _FORMS.values())),
    "attachment": Target(_attachment, (BadRequest,), _attachments),
    "object": Target(
        _object, (BadRequest,), lambda: (*map(str.encode, _ACTS.values()), *told({"jcs": "json"})())
    ),
    "command": Target(_proposed, (BadRequest, BadFields), _commands),
    "fields": Target(_fields, (BadRequest,), lambda: map(str.encode, _ACTS.values())),
    "law": Target(_law, (PackRefused,), _packs),
    "resolved-law": Target(
        lambda data: load_resolved(data).dump(),
        (PackRefused,),
        lambda: [resolve_pack("us-co/lcld").dump()],
    ),
    "scenario": Target(_scenario, (ScenarioUnusable,), _stories),
    "policy": Target(lambda data: (Policy.parse(data), None)[1], (Malformed,), _policies),
    "capsules": Target(
        lambda data: (read_capsules(as_text(data)), None)[1],
        (RecoveryRefused, Malformed),
        lambda: [_CAPSULE],
    ),
    "code": Target(
        _code,
        (RecoveryRefused, Malformed),
        lambda: [new_code(entropy=Random("code").randbytes).encode(), b"7k3m 9q2d"],
    ),
    "cursor": Target(
        _cursor,
        (Undecipherable, Malformed),
        lambda: [_FEED.cursor("disclosures", 7, entropy=Random("cursor").randbytes).encode()],
    ),
    "token": Target(
        lambda data: (token_digest(as_text(data)), None)[1],
        (KeyRefused, Malformed),
        lambda: [b"dlk_" + b"A" * 43],
    ),
    "secret": Target(
        lambda data: (load_secret(as_text(data)), None)[1],
        (KeyRefused, Malformed),
        lambda: [b"whsec_" + b"AAAA" * 11, b"whsec_x"],
    ),
    "passkey": Target(_passkey, (), _passkeys),
}
"""The readers of both programs' doors and of the command line's."""
