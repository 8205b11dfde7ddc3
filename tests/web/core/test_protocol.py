"""The programs at their sockets: heads that never end, requests that two readers read in two ways,
and how programs begin and end. Real sockets, a real server, real processes.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from starlette.responses import Response, StreamingResponse

from ledger.web import protocol
from ledger.web.doors import Door
from ledger.web.headers import HEADERS
from ledger.web.protocol import say_types_only
from ledger.web.serving import Programs, Server, listen, server_of
from ledger.web.site import Side, Site
from ledger.web.streams import goes_on
from ledger.web.table import DOORS
from ledger.web.visit import Visit
from tests.register.library import Library
from tests.waiting import wait_until
from tests.web.served import PATIENCE_SECONDS, is_ready

BOUND_SECONDS = 20
"""No wait of these tests is longer; what is awaited comes long before."""


def _stream(visit: Visit) -> Response:
    async def lines() -> AsyncIterator[bytes]:
        yield b"begun\n"
        while await goes_on(visit.site, 60):
            yield b"more\n"
        yield b"ended\n"

    return StreamingResponse(lines())


TRIAL = (Door("GET", "/trial/stream", "look-around", _stream, "data"),)


@contextmanager
def serving(library: Library) -> Iterator[tuple[Server, int]]:
    """A desk's program in a thread of this process, and its port."""
    at = listen("127.0.0.1:0", None)
    port = at.socket.getsockname()[1]
    home = library.home.path
    site = Site("desk", home, at.origin, "http://localhost:1", at.aliases)
    server = server_of(site, (*DOORS, *TRIAL))
    thread = threading.Thread(target=server.run, args=([at.socket],))
    thread.start()
    try:
        yield server, port
    finally:
        server.handle_exit(signal.SIGTERM, None)
        thread.join(BOUND_SECONDS)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def port(closed: Library) -> Iterator[int]:
    """The port of a program that serves."""
    with serving(closed) as (_, found):
        yield found


def spoken(port: int, sent: bytes, *more: bytes) -> bytes:
    """What is answered to bytes as they stand, until the program hangs up."""
    with socket.create_connection(("127.0.0.1", port), BOUND_SECONDS) as peer:
        for part in (sent, *more):
            try:
                peer.sendall(part)
            except OSError:
                break
        return _all(peer)


def _all(peer: socket.socket) -> bytes:
    found = bytearray()
    try:
        while part := peer.recv(65_536):
            found += part
    except ConnectionError:
        pass  # hung up on while it still sent
    return bytes(found)


def head(port: int, *lines: str, request: str = "GET /healthz HTTP/1.1") -> bytes:
    """The head of a request that closes."""
    known = (request, f"Host: localhost:{port}", "Connection: close", *lines, "", "")
    return "\r\n".join(known).encode("latin-1")


def test_a_request_is_answered(port: int) -> None:
    """The program answers at its socket, under each of the names that it has there."""
    assert spoken(port, head(port)).startswith(b"HTTP/1.1 200 ")
    for name in (f"127.0.0.1:{port}", f"[::1]:{port}"):
        named = head(port).replace(f"localhost:{port}".encode(), name.encode())
        assert spoken(port, named).startswith(b"HTTP/1.1 200 ")
    assert b"server:" not in spoken(port, head(port)).lower()


def test_who_never_ends_a_head_is_hung_up_on(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow heads: neither silence nor a byte now and then holds a connection; somebody who was
    answered and then begins again slowly does not hold it either.
    """
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)
    assert spoken(port, b"") == b""
    with socket.create_connection(("127.0.0.1", port), BOUND_SECONDS) as peer:
        ended = False
        for byte in head(port) * 40:
            try:
                peer.sendall(bytes((byte,)))
            except OSError:
                ended = True
                break
            time.sleep(0.01)
        assert ended
    asked = head(port).replace(b"Connection: close\r\n", b"")
    told = spoken(port, asked, b"GET /hea")
    assert told.count(b"HTTP/1.1") == 1


SMUGGLED = {
    "two lengths": ("POST", ["Content-Length: 5", "Content-Length: 6"]),
    "two lengths in a line": ("POST", ["Content-Length: 5, 6"]),
    "a length that is none": ("POST", ["Content-Length: +5"]),
    "a negative length": ("POST", ["Content-Length: -1"]),
    "an encoding that nobody asked for": ("POST", ["Transfer-Encoding: chunked, identity"]),
    "a misspelled encoding": ("POST", ["Transfer-Encoding: xchunked"]),
    "a space before the colon": ("POST", ["Content-Length : 5"]),
    "a line that goes on without a name": ("GET", [": x"]),
    "a byte of no text in a name": ("GET", ["X-\x00: x"]),
    "two hosts": ("GET", ["Host: evil.example"]),
    "a line without a colon": ("GET", ["nothing"]),
}


@pytest.mark.parametrize("how", SMUGGLED)
def test_a_request_that_can_be_read_in_two_ways_is_refused_once(how: str, port: int) -> None:
    """Request smuggling: one refusal with all headers, then the connection ends: what follows is
    answered as no request of its own.
    """
    method, lines = SMUGGLED[how]
    first = head(port, *lines, request=f"{method} /healthz HTTP/1.1").replace(
        b"Connection: close\r\n", b""
    )
    told = spoken(port, first + b"0\r\n\r\n" + head(port, request="GET / HTTP/1.1"))
    assert told.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 "))
    assert told.count(b"HTTP/1.1 ") == 1
    for name, value in HEADERS.items():
        assert f"\r\n{name}: {value}\r\n".encode() in told


def test_a_length_beside_an_encoding_is_not_believed(port: int) -> None:
    """With both, the body is what its encoding says (RFC 9112 §6.3), whatever length is named; the
    request within it is answered to nobody.
    """
    lines = ("Content-Length: 4", "Transfer-Encoding: chunked")
    first = head(port, *lines, request="POST /healthz HTTP/1.1")
    told = spoken(port, first + b"0\r\n\r\n" + head(port, request="GET / HTTP/1.1"))
    assert told.count(b"HTTP/1.1 ") == 1


def test_a_hundred_thousand_headers_are_not_read(port: int) -> None:
    """T-47: a head larger than any browser's is refused, however it comes."""
    many = [f"X-{number}: x" for number in range(100_000)]
    started = threading.active_count()
    for lines in (many, [f"X: {'a' * 2_000_000}"], [f"Cookie: {'a=b; ' * 100_000}"]):
        told = spoken(port, head(port, *lines))
        assert not told.startswith(b"HTTP/1.1 2")
    assert spoken(port, head(port)).startswith(b"HTTP/1.1 200 ")
    assert threading.active_count() <= started + 2


def test_an_address_holds_no_more_connections_than_its_share(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever opens connections without end is hung up on; when they go, others come in."""
    monkeypatch.setattr(protocol, "MOST_EACH", 5)
    held = [socket.create_connection(("127.0.0.1", port), BOUND_SECONDS) for _ in range(5)]
    assert spoken(port, head(port)) == b""
    for one in held:
        one.close()
    until = time.monotonic() + BOUND_SECONDS
    while not spoken(port, head(port)).startswith(b"HTTP/1.1 200 "):
        assert time.monotonic() < until


def test_a_body_that_is_hostile_after_its_head_breaks_nothing(
    port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    """A chunk that is none, after the head was taken for good, is refused or hung up on; nothing is
    logged of it and the program goes on.
    """
    lines = ("Transfer-Encoding: chunked", "Content-Type: application/x-www-form-urlencoded")
    for body in (b"zz\r\n", b"-1\r\n", b"FFFFFFFFFFFFFFFFF\r\nabc", b"5\r\nab"):
        with socket.create_connection(("127.0.0.1", port), BOUND_SECONDS) as peer:
            peer.sendall(head(port, *lines, request="POST /sign-in HTTP/1.1") + body)
            peer.shutdown(socket.SHUT_WR)
            assert not _all(peer).startswith(b"HTTP/1.1 2")
    assert spoken(port, head(port)).startswith(b"HTTP/1.1 200 ")
    assert "Traceback" not in "".join(capfd.readouterr())


def test_what_breaks_in_the_server_is_logged_by_its_type(capfd: pytest.CaptureFixture[str]) -> None:
    """The server's own logs hold traces, and those what was in hand: only the type is kept."""
    name = "uvicorn.trial"
    say_types_only([name])
    try:
        raise ValueError("7K3M-9Q2D-X")
    except ValueError:
        logging.getLogger(name).exception("GET /cases/7K3M-9Q2D-X")
    logging.getLogger(name).error("7K3M-9Q2D-X")
    (line,) = capfd.readouterr().err.splitlines()
    assert json.loads(line)["defect"] == "ValueError"
    assert "7K3M" not in line


# --- Ending ---


def test_an_answer_that_goes_on_ends_with_its_program(closed: Library) -> None:
    """A program that is to end says so to its open streams: they end as they mean to, well before
    they would be cut off.
    """
    with serving(closed) as (server, port), socket.create_connection(("127.0.0.1", port)) as peer:
        peer.settimeout(BOUND_SECONDS)
        peer.sendall(head(port, request="GET /trial/stream HTTP/1.1"))
        found = b""
        while b"begun" not in found:
            found += peer.recv(65_536)
        server.handle_exit(signal.SIGTERM, None)
        assert b"ended\n" in _all(peer)


@pytest.fixture(scope="module")
def programs(closed: Library) -> Iterator[Programs]:
    """Both programs of a home as processes, up and answering."""
    sides: tuple[Side, Side] = ("desk", "room")
    made = Programs(closed.home.path, {side: listen("127.0.0.1:0", None) for side in sides})
    with made.run():
        keeper = threading.Thread(target=made.look_after)
        keeper.start()
        try:
            for side in sides:
                origin = f"http://localhost:{port_of(made, side)}"
                wait_until(partial(is_ready, origin), f"the {side} is up")
            yield made
        finally:
            made.end()
            keeper.join(BOUND_SECONDS)


def port_of(programs: Programs, side: Side) -> int:
    """The port at which a program is reached."""
    return int(programs.at[side].socket.getsockname()[1])


def test_a_program_that_crashes_is_there_again_and_the_other_serves_on(programs: Programs) -> None:
    """The room's program is killed: the desk's answers all the while, and whoever asks the room
    waits until there is one again; nobody is turned away.
    """
    desk, room = port_of(programs, "desk"), port_of(programs, "room")
    assert spoken(desk, head(desk)).startswith(b"HTTP/1.1 200 ")
    assert spoken(room, head(room)).startswith(b"HTTP/1.1 200 ")
    before = programs.running["room"]
    os.kill(before.pid, signal.SIGKILL)
    before.wait(BOUND_SECONDS)
    with socket.create_connection(("127.0.0.1", room), PATIENCE_SECONDS) as peer:
        peer.sendall(head(room))
        assert spoken(desk, head(desk)).startswith(b"HTTP/1.1 200 ")
        assert peer.recv(65_536).startswith(b"HTTP/1.1 200 ")
    assert programs.running["room"].pid != before.pid


def test_a_program_ends_when_who_started_it_is_gone(programs: Programs) -> None:
    """However the process that started it went, a program does not hold its address without it."""
    program = programs.running["desk"]
    pipe = program.stdin
    assert pipe is not None
    pipe.close()
    assert program.wait(BOUND_SECONDS) is not None
