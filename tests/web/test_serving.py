"""`serve` as an operator meets it: two programs that are looked after, ended, and refused."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import urllib.request
from functools import partial
from pathlib import Path

import pytest

from ledger.cli.app import run
from ledger.errors import BadRequest
from ledger.outcomes import NOT_NOW, USAGE
from ledger.web.headers import HSTS
from ledger.web.serving import origin_at
from tests.register.library import Library
from tests.waiting import wait_until
from tests.web.served import (
    FREE,
    PATIENCE_SECONDS,
    at_port,
    environment,
    is_ready,
    library_of_today,
    serve_words,
    served,
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a library, which nobody but the programs uses."""
    made: Library = library_of_today(tmp_path_factory.mktemp("served") / "home")
    made.home.close()
    return made.home.path


def refused(home: Path, *options: str) -> tuple[int, str]:
    """The exit code and the sentence of a `serve` that does not begin."""
    done = subprocess.run(
        serve_words(home, *options),
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def is_gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def asking_without_end(origin: str) -> socket.socket:
    """A request whose answer is not in sight: its last byte never comes."""
    asking = socket.create_connection(("127.0.0.1", int(at_port(origin))), PATIENCE_SECONDS)
    host = origin.partition("://")[2]
    asking.sendall(f"POST /sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9\r\n\r\n".encode())
    return asking


def test_a_program_that_was_killed_is_started_again_and_both_end_in_order(place: Path) -> None:
    """Whichever program is killed, another answers at the same address; asked to end, both end
    though somebody is still asking, and the exit code is 0.
    """
    with served(place) as programs:
        first, second = programs.children()
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: len({*programs.children()} - {first, second}) == 1, "a new program")
        for origin in programs.origins.values():
            wait_until(partial(is_ready, origin), "an answer")
        assert "a program ended" in programs.said.read_text(encoding="utf-8")
        running = programs.children()
        with asking_without_end(programs.origins["room"]):
            assert programs.end() == 0
        assert all(is_gone(one) for one in running)
        said = programs.said.read_text(encoding="utf-8")
        assert "Traceback" not in said, said


def test_programs_end_when_nobody_looks_after_them(place: Path) -> None:
    """Where the program that started both is killed, both end, and no keyring stays unlocked."""
    with served(place) as programs:
        running = programs.children()
        programs.process.kill()
        for one in running:
            wait_until(partial(is_gone, one), "the end of a program")


def test_a_program_without_its_desk_still_serves(place: Path) -> None:
    """Without a desk's keyring both programs answer; only nothing is saved without signing in."""
    with served(place, FREE) as programs:
        assert all(is_ready(one) for one in programs.origins.values())


def test_the_desk_is_served_where_no_vault_is_in_reach(place: Path, tmp_path: Path) -> None:
    """As a service of its own, the desk's program needs nothing of the vault, and leads to where
    the room is said to be.
    """
    home = tmp_path / "home"
    shutil.copytree(place, home)
    for file in home.glob("vault.db*"):
        file.unlink()
    (home / "vault.db").mkdir()
    asked = ("--only", "desk", *FREE[:2], "--room", "127.0.0.1:8499", "--desk-person", "front")
    with served(home, asked) as programs:
        assert [*programs.origins] == ["desk"]
        assert len(programs.children()) == 1
        with urllib.request.urlopen(programs.origins["desk"]) as answer:  # noqa: S310 - an address of our own.
            assert "http://localhost:8499/" in answer.read().decode()


def test_who_serves_one_program_says_where_the_other_is(place: Path) -> None:
    """A port that is left open could not be led to."""
    code, said = refused(place, "--only", "room", *FREE)
    assert code == USAGE
    assert "names no port" in said
    for port in ("70000", "9" * 5_000):
        with pytest.raises(BadRequest, match="is no address"):
            origin_at(f"127.0.0.1:{port}", None)


def test_the_room_takes_no_key_of_a_desk(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its passphrase would be asked for, and held, for nothing."""
    asked = ["--home", str(place), "serve", "--only", "room", "--desk-person", "front"]
    assert run(asked) == USAGE
    assert "signs nothing for a desk" in capsys.readouterr().err


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for `localhost` that openssl made, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    made = (folder / "cert.pem", folder / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost", "-out", str(made[0])]
    subprocess.run([*command, "-keyout", str(made[1])], capture_output=True, check=True)
    return made


def test_branches_come_by_tls(place: Path, certificate: tuple[Path, Path]) -> None:
    """With a certificate both programs speak TLS under the name that it is for, and tell browsers
    to come by TLS only.
    """
    paths = ("--tls-cert", str(certificate[0]), "--tls-key", str(certificate[1]))
    with served(place, (*FREE, *paths, "--name", "localhost")) as programs:
        trusting = ssl.create_default_context(cafile=str(certificate[0]))
        for origin in programs.origins.values():
            assert origin.startswith("https://localhost:")
            with urllib.request.urlopen(  # noqa: S310 - an address of our own.
                f"{origin}/healthz", context=trusting, timeout=PATIENCE_SECONDS
            ) as answer:
                assert answer.headers["Strict-Transport-Security"] == HSTS


def test_an_address_that_others_reach_needs_a_certificate(place: Path) -> None:
    """Without TLS nothing listens where other machines could listen in."""
    code, said = refused(place, "--desk", "0.0.0.0:0", "--room", "127.0.0.1:0")
    assert code == USAGE
    assert "--tls-cert" in said


def test_half_a_certificate_is_refused(place: Path, certificate: tuple[Path, Path]) -> None:
    """A certificate without its key or its name is no certificate."""
    code, said = refused(place, *FREE, "--tls-cert", str(certificate[0]))
    assert code == USAGE
    assert "belong together" in said


def test_a_port_that_is_taken_is_named(place: Path) -> None:
    """Where something else listens already, the address is named, to be freed or changed."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        code, said = refused(place, "--desk", address, "--room", "127.0.0.1:0")
    assert code == NOT_NOW
    assert address in said


def test_a_desk_without_a_keyring_is_refused(place: Path) -> None:
    """Who is to sign at the desk has a keyring on this machine."""
    code, said = refused(place, *FREE, "--desk-person", "nobody")
    assert code == USAGE
    assert "no keyring of nobody" in said
