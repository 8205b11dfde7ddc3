"""A real receiver of webhooks: a server in a thread, which answers as a test tells it to."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

Answer = int | str
"""A status; or `drip`, which sends a byte now and then for as long as the test lasts."""


@dataclass
class Receiver:
    """What came, in order, and what is answered: the first of `answers`, then 204 for ever."""

    url: str = ""
    came: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    over: Event = field(default_factory=Event)

    def take(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Keep a message; gives the answer to it."""
        self.came.append((headers, body))
        return self.answers.pop(0) if self.answers else 204


def _handler(receiver: Receiver) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = receiver.take(headers, body)
            if isinstance(answer, int):
                self.send_response(answer)
                self.send_header("location", receiver.url)
                self.end_headers()
                return
            try:
                for byte in b"HTTP/1.1 200 " + b"O" * 9_999:
                    self.wfile.write(bytes([byte]))
                    if receiver.over.wait(0.05):
                        return
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver on this machine, for the length of a block."""
    receiver = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(receiver))
    scheme = "http"
    if tls is not None:
        server.socket, scheme = tls.wrap_socket(server.socket, server_side=True), "https"
    receiver.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/hook?a=1"
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
