"""The vault's process: a passphrase once, then commands, until it ends; and nobody else's."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from keys.files import write_private
from ledger.errors import BadRequest, Unavailable
from ledger.outcomes import NOT_THERE, REFUSED, USAGE
from ledger.register.acts import OFFICE
from ledger.vaulting import serving
from ledger.vaulting.handing import Answered, Asked, reach, send
from ledger.vaulting.place import is_ours, make_folder, socket_path
from ledger.vaulting.serving import Serving, listen
from tests.house.tree import ROOT
from tests.noninterference.worlds import World, founded, living
from tests.passphrases import cheap_passphrases
from tests.waiting import wait_until

WORDS = "a passphrase of many words"
HURRIED = "import time; real = time.monotonic; time.monotonic = lambda: real() * 60.0\n"
"""Makes a minute of Python's own clock last a second."""


@dataclass
class Desk:
    """A terminal of one machine, with the folder of its session."""

    world: World
    runtime: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        """What programs started here see."""
        known = {"XDG_RUNTIME_DIR": str(self.runtime), "PYTHONPATH": str(ROOT)}
        return {**os.environ, **known}

    def words(self, *words: str, by: str) -> list[str]:
        """A command line."""
        home = ("--home", str(self.world.path), "--as", by, "--json")
        return [sys.executable, "-m", "ledger.cli", *home, *words]

    def run(self, *words: str, by: str = "mara", given: str = "") -> tuple[int, str, str]:
        """Type a command; its passphrase, where it wants one, is not at hand."""
        done = subprocess.run(
            self.words(*words, by=by),
            env=self.environment(),
            input=given,
            capture_output=True,
            text=True,
            start_new_session=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def unlock(self, by: str = "mara") -> subprocess.Popen[str]:
        """Unlock in the foreground, as a service manager does; gives the process that listens."""
        process = self._unlock("--stay", by=by)
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["unlocked"] == by
        return process

    def unlock_in_background(self, *words: str, **environment: str) -> None:
        """Unlock as a person does, who has the terminal back at once."""
        told, _ = self._unlock(*words, by="mara", **environment).communicate()
        assert json.loads(told)["unlocked"] == "mara"

    def _unlock(self, *words: str, by: str, **environment: str) -> subprocess.Popen[str]:
        reading, writing = os.pipe()
        os.write(writing, f"{WORDS}\n".encode())
        os.close(writing)
        process = subprocess.Popen(
            self.words("--passphrase-fd", str(reading), "vault", "unlock", *words, by=by),
            env={**self.environment(), **environment},
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=(reading,),
        )
        os.close(reading)
        self.started.append(process)
        return process

    def left(self) -> list[str]:
        """What is there of a vault process: its socket, and whatever runs for this home."""
        sockets = [str(one) for one in self.runtime.glob("disclosure-ledger/*.sock")]
        return [*sockets, *map(str, self.running())]

    def running(self) -> Iterator[int]:
        """The programs that run for this home. One that has ended has no command line."""
        for one in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if str(self.world.path).encode() in one.read_bytes():
                    yield int(one.parent.name)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A library whose custodian has a passphrase of her own."""
    made = founded(tmp_path_factory.mktemp("library") / "home")
    mara = made.people["mara"]
    with pytest.MonkeyPatch.context() as patch, cheap_passphrases():
        patch.setattr(mara, "throw_away", False)
        write_private(made.path / "people" / "mara.keyring", mara.dump(WORDS.encode()))
    return made


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a short name: that of a socket has a hundred characters at most."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def desk(world: World, short: Path) -> Iterator[Desk]:
    """A terminal; whatever was started there ends with the test."""
    made = Desk(world, short / "run")
    made.runtime.mkdir(mode=0o700)
    yield made
    for process in made.started:
        process.kill()
        with process:
            process.wait()
    for one in made.running():
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


def test_one_passphrase_serves_until_the_vault_is_locked(desk: Desk) -> None:
    """Without it every command asks; unlocked, commands run with their input, their folder and
    their exit codes; locked, all is as before. A second process does not start beside the first.
    """
    code, _, said = desk.run("case", "list")
    assert code != 0
    assert "assphrase" in said
    process = desk.unlock()
    code, told, _ = desk.run("case", "new", "--with", "-", given='{"words": "Who had it?"}')
    assert code == 0
    reference = json.loads(told)["reference"]
    code, told, _ = desk.run("case", "history", reference)
    assert (code, "Who had it?" in told) == (0, True)
    code, told, said = desk.run("case", "show", "7K3M-9Q2D-X")
    assert (code, "No case with that reference is open to you." in said) == (NOT_THERE, True)
    assert "error" in json.loads(told)
    code, _, said = desk.run("vault", "unlock", "--stay")
    assert code != 0
    assert desk.run("vault", "lock")[:2] == (0, '{"locked": true}\n')
    assert process.wait() == 0
    assert list(desk.runtime.glob("disclosure-ledger/*.sock")) == []
    assert desk.run("vault", "lock")[:2] == (0, '{"locked": false}\n')
    assert desk.run("case", "list")[0] != 0


def test_a_killed_process_leaves_nothing_that_stands_in_the_way(desk: Desk) -> None:
    """Its keys are gone with it, and its socket is replaced."""
    first = desk.unlock()
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert list(desk.runtime.glob("disclosure-ledger/*.sock")) != []
    assert desk.run("case", "list")[0] != 0
    second = desk.unlock()
    assert desk.run("case", "list")[0] == 0
    second.terminate()
    assert second.wait() == 0


def test_t38_it_ends_when_what_it_was_unlocked_for_is_no_more(desk: Desk) -> None:
    """T-38: once the ledger's own file is another, the next command is refused, and not carried
    out; the process is gone.
    """
    process = desk.unlock()
    config = desk.world.path / "ledger.json"
    before = config.read_bytes()
    config.write_bytes(before + b"\n")
    try:
        code, told, said = desk.run("case", "list")
    finally:
        config.write_bytes(before)
    assert (code, told) == (REFUSED, "")
    assert "The vault was locked" in said
    assert process.wait() == 0


def test_in_the_background_it_ends_and_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    """It goes on without the terminal, and ends when it is locked, or after an idle minute, which
    is over in a second here: neither its process nor its socket is left.
    """
    desk.unlock_in_background()
    assert len(desk.left()) == 2
    assert desk.run("case", "list")[0] == 0
    assert desk.run("vault", "lock")[:2] == (0, '{"locked": true}\n')
    wait_until(lambda: not desk.left(), "it has ended")
    (tmp_path / "sitecustomize.py").write_text(HURRIED)
    desk.unlock_in_background("--idle", "1", PYTHONPATH=f"{tmp_path}:{ROOT}")
    wait_until(lambda: not desk.left(), "the idle limit has ended it")


@pytest.mark.parametrize(("by", "command"), [("tom", "end-role"), ("ines", "revoke-key")])
def test_who_loses_role_or_key_is_locked_out_of_their_own_process(
    desk: Desk, by: str, command: str
) -> None:
    """Whoever was counsel, or whose key was revoked, has the next command refused; the process
    that holds their keyring ends.
    """
    process = desk.unlock(by)
    assert desk.run("case", "list", by=by)[0] == 0
    key = {"key": desk.world.people[by].key_id.hex()}
    role = {"person": by, "role": "counsel"}
    with living(desk.world):
        desk.world.act("mara", command, OFFICE, role if command == "end-role" else key)
    code, told, said = desk.run("case", "list", by=by)
    assert (code, told) == (REFUSED, "")
    assert "The vault was locked" in said
    assert process.wait() == 0
    assert desk.left() == []


def test_only_who_is_cleared_unlocks(desk: Desk) -> None:
    """Staff have nothing to unlock; nor has anybody for longer than an hour."""
    code, _, said = desk.run("vault", "unlock", "--stay", by="kim")
    assert (code, "Only who is cleared by a role unlocks the vault." in said) == (REFUSED, True)
    code, _, said = desk.run("vault", "unlock", "--idle", "61", by="mara")
    assert (code, "1 to 60" in said) == (USAGE, True)


# ---- the process, without its command line ----


@pytest.fixture
def near(short: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A socket in a folder of our own."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    monkeypatch.setattr(serving, "LOOK_SECONDS", 0.01)
    return socket_path(short / "home", "mara")


def test_the_idle_limit_counts_from_the_last_command(near: Path) -> None:
    """A command begins the time anew; when it is over, the process ends by itself."""
    now = [0.0]
    served = Serving(listen(near), lambda asked: Answered(7), lambda: True, 60.0, lambda: now[0])
    thread = threading.Thread(target=served.serve)
    thread.start()
    for at in (50.0, 100.0):
        now[0] = at
        line = reach(near)
        assert line is not None
        with line.peer:
            assert line.ask(Asked(("case", "list"))).code == 7
    assert thread.is_alive()
    # The time begins anew once the answer was sent; that may be a moment after it was read.
    while thread.is_alive():
        now[0] += 1.0
        thread.join(0.02)
    assert now[0] >= 160.0
    assert reach(near) is None
    assert not near.exists()


def test_a_knock_that_is_no_command_does_not_prolong_it(near: Path) -> None:
    """Only what its person does counts: the process ends when it would have ended anyway."""
    now = [0.0]
    served = Serving(listen(near), lambda asked: Answered(0), lambda: True, 60.0, lambda: now[0])
    thread = threading.Thread(target=served.serve)
    thread.start()
    # The first knock is answered once the time has begun; it begins with the process.
    for at in (0.0, 50.0):
        now[0] = at
        with closing(socket.socket(socket.AF_UNIX)) as peer:
            peer.connect(str(near))
            peer.sendall(b"\0\0\0\x02[]")
            assert peer.recv(1) == b""
    now[0] = 60.0
    thread.join(30.0)
    is_over = not thread.is_alive()
    served.end()
    thread.join()
    assert is_over


@pytest.mark.parametrize("error", [OSError("a disk"), ValueError("a value"), TimeoutError()])
def test_a_command_that_breaks_off_is_answered(near: Path, error: Exception) -> None:
    """Whoever asked hears of it, and of nothing that it was about; the process stays."""

    def carry_out(asked: Asked) -> Answered:
        if asked.words:
            raise error
        return Answered(7)

    served = Serving(listen(near), carry_out, lambda: True, 60.0)
    thread = threading.Thread(target=served.serve)
    thread.start()
    answers = []
    for words in (("case", "new"), ()):
        line = reach(near)
        assert line is not None
        with line.peer:
            answers.append(line.ask(Asked(words)))
    served.end()
    thread.join()
    told = f"The command broke off: {type(error).__name__}. Whether it was carried out"
    assert [one.code for one in answers] == [1, 7]
    assert answers[0].err.startswith(told)


def test_there_is_one_process_for_a_person_and_a_home(near: Path) -> None:
    """The second is told that the first is there."""
    first = listen(near)
    try:
        assert near.stat().st_mode & 0o777 == 0o600
        assert near.parent.stat().st_mode & 0o777 == 0o700
        with pytest.raises(BadRequest, match="unlocked already"):
            listen(near)
    finally:
        first.close()
    listen(near).close()


def test_who_breaks_off_does_not_end_it(near: Path) -> None:
    """Half a message, too long a one and none at all are passed over; the next is answered."""
    served = Serving(listen(near), lambda asked: Answered(0), lambda: True, 60.0)
    thread = threading.Thread(target=served.serve)
    thread.start()
    for said in (b"", b"\0\0\0\x09{", b"\xff\xff\xff\xff", b"\0\0\0\x02[]"):
        with closing(socket.socket(socket.AF_UNIX)) as peer:
            peer.connect(str(near))
            peer.sendall(said)
    line = reach(near)
    assert line is not None
    with line.peer:
        assert line.ask(Asked(lock=True)).code == 0
    thread.join()


def test_a_process_that_dies_at_work_is_not_taken_for_a_refusal(near: Path) -> None:
    """What was asked for may have been done: that is what the person is told."""
    at = listen(near)
    line = reach(near)
    assert line is not None
    peer, _ = at.listener.accept()
    peer.close()
    with line.peer, pytest.raises(Unavailable, match="not certain"):
        line.ask(Asked(("case", "new")))
    at.close()


def test_a_folder_that_is_not_ours_alone_is_not_used(near: Path) -> None:
    """Neither to listen nor to hand anything over: a link, and a folder open to others."""
    make_folder(near.parent)
    at = listen(near)
    near.parent.chmod(0o755)
    assert reach(near) is None
    at.close()
    with pytest.raises(Unavailable, match="somebody else"):
        listen(near)
    near.parent.chmod(0o700)
    real = near.parent.rename(near.parent.with_name("elsewhere"))
    near.parent.symlink_to(real)
    assert not is_ours(near.parent)
    with pytest.raises(Unavailable, match="somebody else"):
        listen(near)


def test_another_account_is_neither_served_nor_asked(
    near: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were every door of the file system open, the kernel would still say who knocks; a process
    that takes itself for another account hears of strangers only.
    """
    ran: list[Asked] = []

    def carry_out(asked: Asked) -> Answered:
        ran.append(asked)
        return Answered(0)

    served = Serving(listen(near), carry_out, lambda: True, 60.0)
    thread = threading.Thread(target=served.serve)
    thread.start()
    me = os.geteuid()
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: me + 1)
        assert reach(near) is None
        with pytest.raises(Unavailable, match="somebody else"):
            listen(near)
        with closing(socket.socket(socket.AF_UNIX)) as peer:
            peer.connect(str(near))
            send_and_be_left(peer)
        patch.setattr("ledger.vaulting.handing.is_ours", lambda _: True)
        assert reach(near) is None
    assert ran == []
    line = reach(near)
    assert line is not None
    with line.peer:
        assert line.ask(Asked(("case", "list"))).code == 0
    served.end()
    thread.join()
    assert [asked.words for asked in ran] == [["case", "list"]]


def send_and_be_left(peer: socket.socket) -> None:
    """Ask for something, and find that nobody answers."""
    with suppress(ConnectionError):
        send(peer, Asked(("case", "new")))
        assert peer.recv(4) == b""
