"""The vault process itself: it listens, runs what its person hands over, one after the other, and
ends.

It ends at the idle limit, when it is told to (`vault lock`, SIGTERM), and when what it was unlocked
for is no more: `still` is asked before every command (T-38). With the process its keys are gone.
"""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ledger.errors import BadRequest, NotPermitted, Unavailable
from ledger.outcomes import failure_of
from ledger.vaulting.handing import Answered, Asked, receive, send
from ledger.vaulting.place import is_of_this_account, make_folder

LOOK_SECONDS = 0.5
"""How often a process that waits looks whether it should end."""
REQUEST_SECONDS = 10.0
"""How long somebody who knocks may take to say what they want."""
UNLOCKED = "The vault is unlocked already. Lock it first: disclosure-ledger --as NAME vault lock"
ENDED = (
    "The vault was locked, since your key, your roles or the ledger changed. What you asked for was"
    " not done. Unlock it again: disclosure-ledger --as NAME vault unlock"
)
BROKE_OFF = (
    "The command broke off: {}. Whether it was carried out is not certain: look before you repeat"
    " it."
)
CANNOT = (
    "The vault's process cannot listen in its folder. Set XDG_RUNTIME_DIR to a folder of your own"
    " that can be written, with a short name."
)

Run = Callable[[Asked], Answered]


@dataclass
class Listening:
    """A socket that is bound, and held against a second process."""

    path: Path
    listener: socket.socket
    lock: int

    def close(self) -> None:
        """Stop listening. The empty file of the lock stays: were it removed, two processes could
        each hold a lock of that name.
        """
        with suppress(OSError):
            self.path.unlink()
        self.listener.close()
        os.close(self.lock)


def listen(path: Path) -> Listening:
    """Bind the socket, mode 0600. What a killed process left there is replaced.

    Raises:
        BadRequest: a process listens there already.
        Unavailable: the folder is not ours alone, or cannot be used.
    """
    make_folder(path.parent)
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen()
    except OSError as error:
        listener.close()
        os.close(lock)
        if isinstance(error, BlockingIOError):
            raise BadRequest(UNLOCKED) from error
        raise Unavailable(CANNOT) from error
    return Listening(path, listener, lock)


@dataclass
class Serving:
    """Runs commands until it is to end. `idle_seconds` count from the end of the last command."""

    at: Listening
    run: Run
    still: Callable[[], bool]
    idle_seconds: float
    clock: Callable[[], float] = time.monotonic
    is_ending: bool = field(default=False, init=False)

    def serve(self) -> None:
        """Serve until the end."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        self.at.listener.settimeout(LOOK_SECONDS)
        until = self.clock() + self.idle_seconds
        try:
            while not self.is_ending and self.clock() < until:
                with suppress(TimeoutError), self._knocked() as peer:
                    if self._answers(peer):
                        until = self.clock() + self.idle_seconds
        finally:
            self.at.close()

    def end(self, *_: object) -> None:
        """End after the command that runs; a handler of signals too."""
        self.is_ending = True

    def end_on_signals(self) -> None:
        """End on SIGTERM and SIGINT, and outlive the terminal."""
        signal.signal(signal.SIGTERM, self.end)
        signal.signal(signal.SIGINT, self.end)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    @contextmanager
    def _knocked(self) -> Iterator[socket.socket]:
        peer, _ = self.at.listener.accept()
        with peer:
            if is_of_this_account(peer):
                peer.settimeout(REQUEST_SECONDS)
                yield peer
            else:
                raise TimeoutError

    def _answers(self, peer: socket.socket) -> bool:
        """Answer one command; gives whether it was one. Whoever goes away in the middle of it does
        not end the process.
        """
        try:
            asked = _asked(receive(peer))
        except (OSError, ValueError):
            return False
        peer.settimeout(None)
        answered = self._run(asked)
        with suppress(OSError):
            send(peer, answered)
        return True

    def _run(self, asked: Asked) -> Answered:
        if asked.lock:
            self.end()
            return Answered(0)
        if not self.still():
            self.end()
            return Answered(failure_of(NotPermitted(ENDED)).exit_code, err=f"{ENDED}\n")
        try:
            return self.run(asked)
        except Exception as error:
            # A defect: whoever asked hears of it, and what they ask next is answered too.
            return Answered(1, err=f"{BROKE_OFF.format(type(error).__name__)}\n")


def _asked(members: Mapping[str, object]) -> Asked:
    """What somebody asks for.

    Raises:
        ValueError: a member is not as it must be.
    """
    words, folder, given = (members.get(name) for name in ("words", "folder", "input"))
    if isinstance(words, list) and isinstance(folder, str) and isinstance(given, str):
        return Asked([str(one) for one in words], folder, given, members.get("lock") is True)
    raise ValueError("not a command")
