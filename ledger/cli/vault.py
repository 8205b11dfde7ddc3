"""Commands on the vault's process: a person unlocks their keyring once, for a while.

What the person types meanwhile is run there, by the same code as here. Who lists the files of the
machine, or its processes, sees that somebody has unlocked; nobody else does (threats §1.6).
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, redirect_stderr, redirect_stdout, suppress
from typing import Annotated

from cyclopts import App, Parameter

from keys.keyring import Keyring, is_throw_away
from ledger.cli.app import run, session
from ledger.cli.session import HELD, Session, passphrase
from ledger.counted import counted
from ledger.errors import BadRequest, LedgerError, NotPermitted
from ledger.guarding import reconcile_unseen
from ledger.home import OpenHome
from ledger.register.handle import CLEARED_ROLES, Register
from ledger.register.roles import check_key
from ledger.vaulting.handing import Answered, Asked, reach
from ledger.vaulting.place import socket_path
from ledger.vaulting.serving import Serving, listen

vault = App(name="vault", help="The vault: unlock it for a while, lock it.")
LONGEST_IDLE = 60


@vault.command
def unlock(*, idle: int = 15, stay: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Unlock your keyring for what you do next; your passphrase is asked for once.

    Parameters
    ----------
    idle
        Lock it again after so many minutes in which you do nothing, 1 to 60.
    stay
        Do not go into the background: for a service manager.
    """
    s = session()
    if not 1 <= idle <= LONGEST_IDLE:
        raise BadRequest(f"The vault is unlocked for 1 to {LONGEST_IDLE} idle minutes.")
    return _serve(s, idle) if stay else _send_away(s, idle)


@vault.command
def lock() -> int:
    """Lock the vault: the process that holds your keyring ends."""
    s = session()
    if s.person is None:
        raise BadRequest("Say who you are: disclosure-ledger --as NAME …")
    line = reach(socket_path(s.home_path, s.person))
    if line is None:
        s.answer({"locked": False}, ["Nothing was unlocked."])
        return 0
    with line.peer:
        line.ask(Asked(lock=True))
    s.answer({"locked": True}, ["The vault is locked."])
    return 0


def _serve(s: Session, idle: int) -> int:
    keyring = s.keyring
    still = _what_holds(s, keyring)
    if not still():
        raise NotPermitted("Only who is cleared by a role unlocks the vault.")
    with suppress(LedgerError):
        # What a crash left undone of sealed holds. It is done again by: guard reconcile
        reconcile_unseen(s.home, s.register, keyring, s.now)
    at = listen(socket_path(s.home_path, keyring.person))
    HELD[s.home.keyring_path(keyring.person).resolve()] = keyring
    serving = Serving(at, _runs(s, keyring.person), still, idle * 60.0)
    serving.end_on_signals()
    s.answer({"unlocked": keyring.person, "idle": idle}, [_told(idle)])
    s.close()
    serving.serve()
    return 0


def _told(idle: int) -> str:
    limit = counted(idle, "minute")
    return f"The vault is unlocked, until you do nothing for {limit} or lock it: vault lock"


def _what_holds(s: Session, keyring: Keyring) -> Callable[[], bool]:
    """Whether what the vault is unlocked for still is: the key, the roles, and this very home."""
    config = s.home_path / "ledger.json"
    known = (config.read_bytes(), _cleared_roles(s, keyring))

    def holds() -> bool:
        with suppress(OSError, LedgerError):
            roles = _cleared_roles(s, keyring)
            return bool(roles) and (config.read_bytes(), roles) == known
        return False

    return holds


def _cleared_roles(s: Session, keyring: Keyring) -> frozenset[str]:
    with closing(OpenHome(s.home_path)) as home:
        office = Register(home, s.now).office().office
    check_key(office, keyring)
    return CLEARED_ROLES & office.roles_of(keyring.person)


def _runs(s: Session, person: str) -> Callable[[Asked], Answered]:
    """Runs what is handed over, if it is for this home and this person."""
    mine = ["--home", str(s.home_path.resolve()), "--as", person]

    def carry_out(asked: Asked) -> Answered:
        if asked.words[: len(mine)] != mine:
            return Answered(2, err="The vault is unlocked for somebody else.\n")
        try:
            os.chdir(asked.folder)
        except OSError:
            return Answered(2, err="The vault's process cannot use the folder in which you are.\n")
        out, err, was = io.StringIO(), io.StringIO(), sys.stdin
        sys.stdin = io.StringIO(asked.input)
        try:
            with redirect_stdout(out), redirect_stderr(err):
                code = run(list(asked.words))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        finally:
            sys.stdin = was
        return Answered(code, out.getvalue(), err.getvalue())

    return carry_out


def _send_away(s: Session, idle: int) -> int:
    """Start the process that stays, and see that it listens. The passphrase goes through a pipe."""
    if s.person is None:
        raise BadRequest("Say who you are: disclosure-ledger --as NAME …")
    given = _passphrase(s, s.person)
    reading, writing = os.pipe()
    try:
        with open(writing, "wb") as pipe:
            pipe.write(given + b"\n")
        words = [
            *(sys.executable, "-m", "ledger.cli", "--json", "--home", str(s.home_path.resolve())),
            *("--as", s.person, "--passphrase-fd", str(reading)),
            *("vault", "unlock", "--idle", str(idle), "--stay"),
        ]
        started = subprocess.Popen(
            words,
            pass_fds=(reading,),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        os.close(reading)
    return _listens(s, started, idle)


def _passphrase(s: Session, person: str) -> bytes:
    try:
        data = s.home.keyring_path(person).read_bytes()
    except OSError as error:
        raise BadRequest(f"There is no keyring of {person} on this machine.") from error
    return b"" if is_throw_away(data) else passphrase(f"Passphrase of {person}: ", s.passphrase_fd)


def _listens(s: Session, started: subprocess.Popen[str], idle: int) -> int:
    if started.stdout is None or started.stderr is None:
        raise TypeError("it was started with pipes")
    with started.stdout as told, started.stderr as said:
        first = told.readline()
        if first and "unlocked" in json.loads(first):
            s.answer(json.loads(first), [_told(idle)])
            # It goes on without us: the process that it will leave behind is the system's to reap.
            started.returncode = 0
            return 0
        s.say(said.read().rstrip())
    return started.wait()
