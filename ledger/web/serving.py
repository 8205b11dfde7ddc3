"""The two programs as processes: one that serves, and one that starts both, or one of them, and
looks after them.

The one that starts them holds the listening sockets, so that a program that ended can be started
again without a browser being turned away. It hands each program what it is to serve through a pipe
that stays open: when it closes, the one that started them is gone, and they end too.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from keys.keyring import Keyring, unlock
from ledger.errors import BadRequest, Unavailable
from ledger.logs import logger
from ledger.web.app import make_app
from ledger.web.doors import Door
from ledger.web.headers import headers_of
from ledger.web.protocol import MOST_HEAD_BYTES, guarded, say_types_only
from ledger.web.signing import nobodys
from ledger.web.site import Side, Site, machine_clock
from ledger.web.table import DOORS

GRACE_SECONDS = 3
"""So long an answer that was begun may take when the program is to end; event streams end."""
AGAIN_SECONDS = 1.0
LAST_PORT = 65_535


@dataclass(frozen=True)
class Listening:
    """Where a program is reached: its socket, and the origin that browsers see."""

    socket: socket.socket
    origin: str
    aliases: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Tls:
    """The files of a certificate and of its key, and the name that the certificate is for."""

    name: str
    certificate: Path
    key: Path


def listen(address: str, tls: Tls | None) -> Listening:
    """Listen at `HOST:PORT`.

    Raises:
        BadRequest: it is no address, or others could listen in on it.
        Unavailable: it is taken.
    """
    host, port = _parted(address)
    is_own = host in ("127.0.0.1", "::1", "localhost")
    if tls is None and not is_own:
        raise BadRequest(
            "Other machines reach that address, and could be listened to: name --tls-cert,"
            " --tls-key and --name, or use 127.0.0.1."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = socket.create_server((host, port), family=family)
    except OSError as error:
        raise Unavailable(f"{address} cannot be listened at: it is taken, or not ours.") from error
    number = made.getsockname()[1]
    if tls is not None:
        return Listening(made, _origin(number, tls))
    aliases = frozenset({f"http://127.0.0.1:{number}", f"http://[::1]:{number}"})
    return Listening(made, _origin(number, tls), aliases)


def origin_at(address: str, tls: Tls | None) -> str:
    """The origin of what another process serves at `HOST:PORT`.

    Raises:
        BadRequest: it is no address, or leaves open at which port.
    """
    _, port = _parted(address)
    if port == 0:
        raise BadRequest(f"{address} names no port, and the other program's pages lead there.")
    return _origin(port, tls)


def _parted(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    # Its length first: a number may be longer than Python reads.
    if not host or not port.isdecimal() or len(port) > 5 or int(port) > LAST_PORT:
        raise BadRequest(f"{address} is no address. Write it as 127.0.0.1:8410.")
    return host, int(port)


def _origin(port: int, tls: Tls | None) -> str:
    if tls is None:
        return f"http://localhost:{port}"
    return f"https://{tls.name}" + ("" if port == 443 else f":{port}")


@dataclass
class Programs:
    """The programs of one home that are served from here, each `at` a place; `elsewhere` has the
    origin of one that another process serves. `desk` is the keyring file and passphrase of the desk
    page's principal, if it has one. `ahead` is by how much the clock of a ledger that only plays is
    ahead of the machine's.
    """

    home: Path
    at: Mapping[Side, Listening]
    tls: Tls | None = None
    desk: tuple[Path, bytes] | None = None
    ahead: timedelta = timedelta()
    elsewhere: Mapping[Side, str] = field(default_factory=dict)
    running: dict[Side, subprocess.Popen[str]] = field(default_factory=dict)
    is_ending: bool = False

    def start(self, side: Side) -> None:
        """Start a program; it listens already, and answers as soon as it is up."""
        at = self.at[side]
        origins = {**self.elsewhere, **{one: it.origin for one, it in self.at.items()}}
        told = {
            "side": side,
            "home": str(self.home),
            "socket": at.socket.fileno(),
            "origin": at.origin,
            "aliases": sorted(at.aliases),
            "other": origins["room" if side == "desk" else "desk"],
            "tls": None if self.tls is None else [str(self.tls.certificate), str(self.tls.key)],
            "desk": None,
            "ahead_seconds": int(self.ahead.total_seconds()),
        }
        if side == "desk" and self.desk is not None:
            told["desk"] = [str(self.desk[0]), self.desk[1].decode()]
        words = [sys.executable, "-P", "-m", "ledger.web"]
        program = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            pass_fds=(at.socket.fileno(),),
            text=True,
            # Ctrl-C is for us; we end them in order.
            process_group=0,
        )
        self.running[side] = program
        # The pipe stays open: when this process is gone, however it went, the program sees its end.
        with suppress(BrokenPipeError):  # it ended already, and is started again
            if program.stdin is not None:
                program.stdin.write(json.dumps(told) + "\n")
                program.stdin.flush()

    def look_after(self) -> None:
        """Start whichever program ended, until `end` is called."""
        while not self.is_ending:
            for side in self.at:
                program = self.running[side]
                if program.poll() is not None and not self.is_ending:
                    logger().error("a program ended", exit=program.returncode, door=side)
                    _hang_up(program)
                    self._start_again(side)
            time.sleep(AGAIN_SECONDS)

    def _start_again(self, side: Side) -> None:
        """Start a program, or try again a little later: what keeps one of them from being started
        ends neither the other nor this process.
        """
        try:
            self.start(side)
        except OSError as error:
            logger().error("a program was not started", defect=type(error).__name__, door=side)

    def end(self, *_: object) -> None:
        """Let the programs end; a handler of signals too."""
        self.is_ending = True

    @contextmanager
    def run(self) -> Iterator[None]:
        """These programs, for the length of a block; afterwards they have ended."""
        with ExitStack() as stack:
            for one in self.at.values():
                stack.callback(one.socket.close)
            stack.callback(self._stop)
            for side in self.at:
                self.start(side)
            yield

    def _stop(self) -> None:
        self.is_ending = True
        for program in self.running.values():
            program.terminate()
            _hang_up(program)
        until = time.monotonic() + GRACE_SECONDS + 2
        for program in self.running.values():
            try:
                program.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


def _hang_up(program: subprocess.Popen[str]) -> None:
    """Close the pipe to a program."""
    if program.stdin is not None:
        with suppress(BrokenPipeError):
            program.stdin.close()


def end_on_signals(programs: Programs) -> None:
    """End them when this process is asked to end."""
    for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(one, programs.end)


class Server(uvicorn.Server):
    """A server that tells its site when it is to end."""

    def __init__(self, config: uvicorn.Config, site: Site) -> None:
        super().__init__(config)
        self._site = site

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End: what was begun is finished, and what goes on for ever ends."""
        self._site.ending.set()
        super().handle_exit(sig, frame)


def config_of(
    app: ASGIApp, headers: Mapping[str, str], tls: Sequence[str] | None = None
) -> uvicorn.Config:
    """How an app is served. `headers` are those of what is no request; `tls` names the files of a
    certificate and of its key.
    """
    certificate, key = tls or (None, None)
    return uvicorn.Config(
        app,
        http=guarded(headers),
        ws="none",
        lifespan="on",
        access_log=False,  # an address may name a case
        log_config=None,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )


def server_of(site: Site, doors: Sequence[Door], tls: Sequence[str] | None = None) -> Server:
    """The server of a site; `tls` as for `config_of`."""
    return Server(config_of(make_app(site, doors), headers_of(site.is_secure), tls), site)


def serve(told: Mapping[str, Any]) -> None:
    """Be one program, until a signal ends it. `told` is what `Programs.start` hands over."""
    desk, ahead = told["desk"], timedelta(seconds=told["ahead_seconds"])
    site = Site(
        side=told["side"],
        home_path=Path(told["home"]),
        address=told["origin"],
        other=told["other"],
        aliases=frozenset(told["aliases"]),
        desk=None if desk is None else _desk(Path(desk[0]), desk[1].encode()),
        clock=lambda: machine_clock() + ahead,
    )
    say_types_only()
    nobodys()
    # What a program is made of stays: nobody who waits for a page waits for it to be gone over.
    gc.collect()
    gc.freeze()
    # `__main__` imports without.
    gc.enable()
    server_of(site, DOORS, told["tls"]).run(sockets=[socket.socket(fileno=told["socket"])])


def _desk(path: Path, passphrase: bytes) -> Keyring:
    """The keyring that signs what is saved at the desk page. Raises: KeysError, OSError."""
    return unlock(path.read_bytes(), passphrase)


def main() -> None:
    """One program; what it is to serve comes through the standard input, which then stays open for
    as long as the process that started it is there.
    """
    told = json.loads(sys.stdin.readline())
    Thread(target=_end_with_starter, daemon=True).start()
    # What a crash would leave behind could hold keys.
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    serve(told)


def _end_with_starter() -> None:
    """Wait until the pipe closes, and end: nobody looks after this program any more."""
    # Not through `sys.stdin`, whose lock a thread may not hold when Python ends.
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
