"""HTTP as uvicorn and h11 speak it, for peers that may mean ill.

uvicorn waits for ever for a request to be told, takes as many connections as come, and tells of
malformed requests without our headers. h11 refuses what two readers may read in two ways: two
lengths, spaces before a colon, encodings that nobody asked for. All else is theirs.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from ledger.logs import logger

HEAD_SECONDS = 10.0
"""So long the head of a request may take to arrive, from the connection on or the last answer."""
MOST_HEAD_BYTES = 16 * 1024
MOST_CONNECTIONS = 500
"""Fewer than files that a process may have open, of which the stores need some."""
MOST_EACH = 100
"""Of one address, which may be a whole branch's."""


class Guarded(H11Protocol):
    """One connection."""

    waiting: asyncio.TimerHandle | None = None
    peers: ClassVar[Counter[str]] = Counter()
    """How many connections each address has in this process."""
    refusal: bytes = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin, unless there are too many."""
        super().connection_made(transport)
        self.peers[self._peer] += 1
        if len(self.connections) > MOST_CONNECTIONS or self.peers[self._peer] > MOST_EACH:
            transport.abort()
            return
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._wait_no_more()
        self.peers[self._peer] -= 1
        if not self.peers[self._peer]:
            del self.peers[self._peer]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; a head that has begun is to be whole before its time is over."""
        super().data_received(data)
        if self._under_way is None:
            self._wait()
        else:
            self._wait_no_more()

    def send_400_response(self, msg: str) -> None:
        """Tell that what came is no request, unless an answer is under way; and hang up."""
        if self._under_way is None or not self._under_way.response_started:
            self.transport.write(self.refusal)
        self.transport.close()

    @property
    def _under_way(self) -> RequestResponseCycle | None:
        """The request that is being answered."""
        cycle: RequestResponseCycle | None = vars(self)["cycle"]
        return None if cycle is None or cycle.response_complete else cycle

    @property
    def _peer(self) -> str:
        return self.client[0] if self.client else ""

    def _wait(self) -> None:
        if self.waiting is None and not self.transport.is_closing():
            self.waiting = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _wait_no_more(self) -> None:
        if self.waiting is not None:
            self.waiting.cancel()
            self.waiting = None


def guarded(headers: Mapping[str, str]) -> type[Guarded]:
    """The protocol of a program whose answers carry these headers."""
    lines = [
        "HTTP/1.1 400 Bad Request",
        *(f"{name}: {value}" for name, value in headers.items()),
        "Content-Type: text/plain; charset=utf-8",
        "Connection: close",
    ]
    body = "That is no request.\n"
    refusal = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]).encode()
    return type("Guarded", (Guarded,), {"refusal": refusal, "peers": Counter()})


class TypesOnly(logging.Handler):
    """Logs of a defect in the server its type alone: a trace may hold anything of a case."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, if something broke."""
        kind = record.exc_info[0] if record.exc_info else None
        if kind is not None:
            logger().error("the server broke off", defect=kind.__name__)


def say_types_only(names: Iterable[str] = ("uvicorn", "uvicorn.error", "asyncio")) -> None:
    """Let the server's own logs be written so, and no other way."""
    for name in names:
        own = logging.getLogger(name)
        own.handlers[:] = [TypesOnly()]
        own.propagate = False
        own.setLevel(logging.ERROR)
