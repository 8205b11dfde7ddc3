"""Sending webhooks: one POST over HTTP to a receiver that may be slow, gone or hostile.

Nothing that a receiver does holds anybody up for longer than `SECONDS`; nothing of its answer is
read but the status, save by `exchange`, through which witnesses and time-stamp authorities are
asked. Redirects are not followed: a letter goes where it was addressed. Addresses are https, or
http on this very machine.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from itertools import takewhile
from socket import SHUT_RDWR
from threading import Thread, Timer
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from ledger.errors import BadRequest

SECONDS = 20.0
"""How long all sending of one tick takes at most."""
EACH_SECONDS = 8.0
"""How long one message may take."""

Outcome = Literal["taken", "refused", "too-slow", "untrusted", "unreachable"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a receiver."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver answered; of the body as much as was asked for."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """How sending to one receiver ended: so many messages were taken, and why the next was not.

    Sending ends at the first message that is not taken; None where all were.
    """

    taken: int
    failed: Outcome | None


def check_url(url: str) -> None:
    """See that letters may go to an address.

    Raises:
        BadRequest: it is neither https nor on this machine, or holds a name and password.
    """
    try:
        parts = urlsplit(url)
        host = _connection(parts, EACH_SECONDS).host
    except (ValueError, HTTPException):
        host, parts = "", SplitResult("", "", "", "", "")
    is_good = host and (parts.scheme == "https" or (parts.scheme == "http" and _is_here(host)))
    if not is_good or "@" in parts.netloc or parts.fragment or not url.isascii():
        raise BadRequest("An address is https://…; http:// to this machine alone.")


def host_of(url: str) -> str:
    """The part of an address that may be shown: paths can hold secrets."""
    return urlsplit(url).netloc


def send(rounds: Sequence[Sequence[Message]], seconds: float = SECONDS) -> list[Ended]:
    """Send each receiver its messages in order, all receivers at the same time, for so many
    seconds at most. What was not answered by then counts as too slow.
    """
    until = time.monotonic() + seconds
    outcomes: list[list[Outcome]] = [[] for _ in rounds]
    # A daemon: one that hangs where nothing can interrupt it ends with the program.
    threads = [
        Thread(target=_go, args=(messages, until, into), daemon=True)
        for messages, into in zip(rounds, outcomes, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    # A copy: a thread that still waits may add to its list at any moment.
    return [_ended(len(one), tuple(into)) for one, into in zip(rounds, outcomes, strict=True)]


def _go(messages: Sequence[Message], until: float, outcomes: list[Outcome]) -> None:
    for message in messages:
        left = min(EACH_SECONDS, until - time.monotonic())
        outcomes.append(post(message, left) if left > 0 else "too-slow")
        if outcomes[-1] != "taken":
            return


def _ended(messages: int, outcomes: Sequence[Outcome]) -> Ended:
    taken = len([*takewhile(lambda outcome: outcome == "taken", outcomes)])
    if taken == messages:
        return Ended(taken, None)
    return Ended(taken, outcomes[taken] if taken < len(outcomes) else "too-slow")


def post(message: Message, seconds: float) -> Outcome:
    """Send one message; it is taken by a status of 200 to 299."""
    reply = exchange(message, seconds)
    if not isinstance(reply, Reply):
        return reply
    return "taken" if 200 <= reply.status < 300 else "refused"


def exchange(message: Message, seconds: float, most_bytes: int = 0) -> Reply | Outcome:
    """Send one message and read the answer, up to so many bytes of it; or say what hindered it."""
    connection = _connection(urlsplit(message.url), seconds)
    late: list[bool] = []
    alarm = Timer(seconds, _hang_up, args=(connection, late))
    alarm.daemon = True
    alarm.start()
    try:
        connection.request("POST", _target(message.url), message.body, dict(message.headers))
        answered = connection.getresponse()
        body = answered.read(most_bytes) if most_bytes else b""
        reply = Reply(answered.status, answered.getheader("Content-Type", ""), body)
    except ssl.SSLError:
        return "untrusted"
    except TimeoutError:
        return "too-slow"
    except (OSError, HTTPException, ValueError):
        return "too-slow" if late else "unreachable"
    finally:
        alarm.cancel()
        connection.close()
    if late:
        # A status that was cut off by hanging up is no answer.
        return "too-slow"
    return reply


def _connection(parts: SplitResult, seconds: float) -> HTTPConnection:
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    # The port is always said: without one, the end of an IPv6 address would be taken for it.
    return kind(parts.hostname or "", parts.port or kind.default_port, timeout=seconds)


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _hang_up(connection: HTTPConnection, late: list[bool]) -> None:
    """End a connection over which something still trickles: time-outs begin anew with each byte."""
    late.append(True)
    if connection.sock is not None:
        try:
            connection.sock.shutdown(SHUT_RDWR)
        except OSError:
            return


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
