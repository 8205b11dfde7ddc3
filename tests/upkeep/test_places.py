"""The ledger's folder: full, read-only, open to others, used by two programs at once."""

from __future__ import annotations

import os
import resource
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from keys.files import read_private
from ledger.backup.make import back_up
from ledger.cli.session import unlock_at
from ledger.errors import LedgerError, Unavailable
from tests.register.ledgers import Ledger, check_offline, check_sound, open_streams
from tests.upkeep.matters import closed_case, erase

NOBODY = 65534


# ---- full ----


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Let the operating system refuse every write beyond a size, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 3_000, 30_000, 200_000])
def test_on_a_full_disk_nothing_is_half_done(ledger: Ledger, tmp_path: Path, room: int) -> None:
    """Acts and ticks are refused, and none that was acknowledged is lost; reading goes on. With
    room again the log catches up.
    """
    reference = closed_case(ledger)
    ledger.tick(days=1)
    largest = max(path.stat().st_size for path in ledger.path.glob("*.db*")) + room
    acknowledged, refused = [], 0
    with no_file_beyond(largest):
        for _ in range(40):
            try:
                acknowledged.append(ledger.visit("kim"))
                ledger.do("mara", "open", acknowledged[-1])
                ledger.tick(days=1)
            except Unavailable:
                refused += 1
            if refused == 3:
                break
        assert len(ledger.look("mara", reference).case.records) == 4
        # A new file has room; what is too large for the disk does not arrive.
        with no_file_beyond(4_096), pytest.raises(Unavailable):
            back_up(ledger.home, tmp_path / "backup", ledger.clock())
        assert not (tmp_path / "backup").exists()
    assert refused == 3
    ledger = check_sound(ledger)
    for one in acknowledged:
        assert ledger.look("mara", one).case.records
    check_offline(ledger, tmp_path / "pack")
    ledger.home.close()


# ---- read-only ----


def as_nobody(work: Callable[[], str]) -> str:
    """Do some work in a process that permissions bind; gives its answer.

    Root passes by every permission, so a root that runs the tests becomes somebody else first.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - it runs in the child, which reports to no coverage.
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            answer = work()
        except BaseException as error:
            answer = f"failed: {type(error).__name__}: {error}"
        os.write(write, answer.encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read, "rb") as file:
        return file.read().decode()


@pytest.fixture
def read_only(ledger: Ledger) -> Iterator[Path]:
    """A copy of a ledger in a folder where nothing can be written, whoever runs the tests."""
    ledger.visit("kim")
    ledger.home.close()
    # Not below the tests' own folder, which another user may not enter.
    folder = Path(tempfile.mkdtemp(prefix="read-only-"))
    home = folder / "home"
    shutil.copytree(ledger.path, home)
    for path in (folder, home, *home.rglob("*")):
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
        path.chmod(0o500 if path.is_dir() else 0o400)
    yield home
    for path in (folder, home, *home.rglob("*")):
        if path.is_dir():
            path.chmod(0o700)
    shutil.rmtree(folder)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_in_a_read_only_folder_everything_is_refused_with_a_sentence(
    ledger: Ledger, read_only: Path
) -> None:
    """No act, no tick, no backup: each says that it cannot write, and nothing has changed."""
    before = contents(read_only)
    works: dict[str, Callable[[Ledger], object]] = {
        "visit": lambda opened: opened.visit("kim"),
        "tick": lambda opened: opened.tick(days=1),
        "backup": lambda opened: back_up(opened.home, read_only / "b", opened.clock()),
        "beside": lambda opened: back_up(opened.home, read_only.parent / "b", opened.clock()),
    }

    def tried(work: Callable[[Ledger], object]) -> str:
        opened = Ledger.at(read_only, ledger.people, ledger.clock)
        try:
            work(opened)
        except LedgerError as error:
            return f"{type(error).__name__}: {error}"
        return "done"

    for name, work in works.items():
        answer = as_nobody(partial(tried, work))
        wanted = "BadRequest: " if name == "backup" else "Unavailable: "
        assert answer.startswith(wanted), (name, answer)
        assert answer.endswith((".", "!")), (name, answer)
    assert contents(read_only) == before


# ---- open to others ----


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o660])
@pytest.mark.parametrize(
    "name",
    [
        *("master.key", "log.keys", "signer.json"),
        *("open.db", "inbox.db", "vault.db", "log.db", "keystore.db"),
    ],
)
def test_a_file_that_others_may_read_is_refused(ledger: Ledger, name: str, mode: int) -> None:
    """The sentence says which file and what to do; once done, everything goes on."""
    path = ledger.path / name
    path.chmod(mode)
    ledger = ledger.reopened()
    refused = []
    for work in (
        ledger.visit,
        lambda: ledger.tick(days=1),
        lambda: closed_case(ledger, sealed=True),
    ):
        try:
            work()
        except Unavailable as error:
            refused.append(str(error))
    assert refused
    assert all(name in one and ("chmod 600" in one or "mode 0600" in one) for one in refused)
    path.chmod(0o600)
    ledger = ledger.reopened()
    assert ledger.visit("kim")
    ledger.tick(days=1)
    ledger.home.close()


def test_a_keyring_that_others_may_read_is_refused(ledger: Ledger) -> None:
    """The command line takes no keyring that somebody else may have copied."""
    path = ledger.home.keyring_path("kim")
    path.write_bytes(ledger.people["kim"].dump(b"throw-away"))
    path.chmod(0o644)
    with pytest.raises(Unavailable, match="chmod 600"):
        unlock_at(path, "kim", None)
    path.chmod(0o600)
    assert unlock_at(path, "kim", None).person == "kim"


def test_everything_that_a_ledger_writes_is_private(ledger: Ledger) -> None:
    """Whatever the umask: files and folders of a home belong to their owner alone.

    The published log is public, and its files are read by whoever copies them.
    """
    umask = os.umask(0)
    try:
        closed_case(ledger)
        ledger.tick(days=1)
        erase(ledger, closed_case(ledger), "both")
    finally:
        os.umask(umask)
    for path in ledger.path.rglob("*"):
        private = not path.is_relative_to(ledger.path / "log")
        if private and path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
            with suppress(OSError):
                read_private(path, 10)


# ---- two programs at once ----


def test_two_programs_share_a_ledger(ledger: Ledger, tmp_path: Path) -> None:
    """Both save, triage and tick at once: nothing is lost, nothing doubled, the log is one log."""
    ledger.home.close()

    def work(seed: int) -> str:
        opened = Ledger.at(ledger.path, ledger.people, ledger.clock)
        done = []
        for number in range(12):
            reference = opened.visit("kim" if seed else "pat")
            with suppress(Unavailable):
                opened.do("mara", "open", reference)
            if number % 3 == seed:
                with suppress(Unavailable):
                    opened.tick(days=1)
            done.append(reference)
        opened.home.close()
        return " ".join(done)

    answers = at_once(lambda: work(0), lambda: work(1))
    references = [one for answer in answers for one in answer.split()]
    assert len(set(references)) == 24, answers
    ledger.clock.turn(days=10)
    again = check_sound(Ledger.at(ledger.path, ledger.people, ledger.clock))
    visits = [one for one in open_streams(again) if one[0] == "inbox"]
    assert len(visits) == 24
    for reference in references:
        assert again.look("mara", reference).case.records
    check_offline(again, tmp_path / "pack")
    again.home.close()


def at_once(*works: Callable[[], str]) -> list[str]:
    """Do each work in a process of its own, all at the same time; gives their answers."""
    running = []
    for work in works:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:  # pragma: no cover - it runs in the child, which reports to no coverage.
            try:
                answer = work()
            except BaseException as error:
                answer = f"failed: {type(error).__name__}: {error}"
            os.write(write, answer.encode())
            os._exit(0)
        os.close(write)
        running.append((child, read))
    answers = []
    for child, read in running:
        with os.fdopen(read, "rb") as file:
            answers.append(file.read().decode())
        os.waitpid(child, 0)
    return answers
