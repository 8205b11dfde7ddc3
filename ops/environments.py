"""Make the two Python environments of a checkout, and the Debian packages that tests need.

Two environments, one per lock (ops/adr/0001): `.venv` holds what an operator runs and nothing
else; `.venv-test` holds that and the tools. Each carries a stamp of what it was made from: the
lock's digest, the Python and the checkout's place. A matching stamp means nothing to do.

Only the standard library, because nothing else is there yet. Bare Debian has no pip, no ensurepip
and no package lists; an image with its own Python has pip and perhaps no ensurepip.
Imported by ops/go.py and ops/fresh.py.
"""

from __future__ import annotations

import contextlib
import ctypes.util
import fcntl
import hashlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import NoReturn

ROOT = pathlib.Path(__file__).resolve().parent.parent
# `pip --python` exists since 22.3. An older pip is left alone and the environment gets its own.
OLDEST_OUTER_PIP = (22, 3)
GO_LIBRARY = pathlib.Path("/usr/share/gocode/src/golang.org/x/mod")
FONTS = pathlib.Path("/usr/share/fonts")
POSTGRES = pathlib.Path("/usr/lib/postgresql")
# Debian's PostgreSQL makes a cluster and starts it, unless a file in this folder says otherwise.
POSTGRES_SETTING = pathlib.Path("/etc/postgresql-common/createcluster.d/no-cluster.conf")


def say(sentence: str) -> None:
    """Tell the person at the terminal what is going on, apart from the program's own output."""
    print(f"[go] {sentence}", file=sys.stderr, flush=True)


def fail(sentence: str) -> NoReturn:
    """Stop with one plain sentence and exit code 1."""
    say(sentence)
    raise SystemExit(1)


def child_environment() -> dict[str, str]:
    """Give the environment for what we start: the caller's, without settings that lead astray."""
    astray = {"PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_PYTHON"}
    astray |= {"PYTHONDONTWRITEBYTECODE"}
    kept = {name: value for name, value in os.environ.items() if name not in astray}
    kept["PIP_ROOT_USER_ACTION"] = "ignore"
    kept["PIP_REQUIRE_VIRTUALENV"] = "0"
    kept["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    # Packages are installed uncompiled, and tests start many programs: each is compiled once.
    kept["PYTHONPYCACHEPREFIX"] = str(ROOT / ".cache" / "bytecode")
    kept["HYPOTHESIS_STORAGE_DIRECTORY"] = str(ROOT / ".cache" / "hypothesis")
    return kept


def environment(name: str) -> pathlib.Path:
    """Make the environment of one lock when it is not there, and give its Python.

    `name` is "run" or "test". Two processes that start at once take turns.
    """
    place = ROOT / (".venv" if name == "run" else f".venv-{name}")
    lock = ROOT / "ops" / f"{name}.lock"
    python = place / "bin" / "python"
    wanted = stamp(lock)
    with taking_turns(place):
        stamped = place / "stamp"
        if stamped.exists() and stamped.read_text(encoding="utf-8") == wanted:
            return python
        started = time.monotonic()
        say(f"making {place.name} for Python {sys.version.split()[0]}")
        shutil.rmtree(place, ignore_errors=True)
        pip = make_empty(place)
        install(pip, lock)
        add_project(place, python)
        # The stamp comes last: an installation that was cut off is made again from the start.
        stamped.write_text(wanted, encoding="utf-8")
        say(f"{place.name} is ready after {time.monotonic() - started:.1f} s")
    return python


def stamp(lock: pathlib.Path) -> str:
    """Name everything that an environment depends on; its scripts hold absolute paths."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    own = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
    return f"{digest}\n{own}\n{sys.version}\n{sys.executable}\n{ROOT}\n"


@contextlib.contextmanager
def taking_turns(place: pathlib.Path) -> Iterator[None]:
    """Hold the environment's own file lock, so that `check` and `demo` may be started together."""
    try:
        handle = os.open(f"{place}.lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        fail(f"{ROOT} cannot be written to ({error.strerror}), and the packages are kept there.")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def make_empty(place: pathlib.Path) -> list[str]:
    """Make an environment without packages and give the pip command that fills it.

    1. A pip of the caller's own is used from outside: quickest, and not stopped by the mark that
       Debian puts on its own Python, because it writes into ours.
    2. Else ensurepip puts a pip inside. 3. Else Debian's python3-venv brings ensurepip.
    """
    if outer_pip() >= OLDEST_OUTER_PIP:
        make_venv(place, "--without-pip")
        return [sys.executable, "-m", "pip", "--python", str(place / "bin" / "python")]
    if not runs([sys.executable, "-c", "import ensurepip, venv"]):
        apt_install(["python3-venv"], "Python here has no pip. To install packages it")
    make_venv(place)
    return [str(place / "bin" / "python"), "-m", "pip"]


def outer_pip() -> tuple[int, ...]:
    """Give the version of the pip that belongs to the running Python, (0,) when there is none."""
    command = [sys.executable, "-m", "pip", "--version"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.match(r"pip (\d+)\.(\d+)", asked.stdout)
    return (int(found[1]), int(found[2])) if found else (0,)


def make_venv(place: pathlib.Path, *options: str) -> None:
    """Run the standard library's venv."""
    command = [sys.executable, "-m", "venv", *options, str(place)]
    made = subprocess.run(command, env=child_environment(), capture_output=True, check=False)
    if made.returncode != 0:
        fail(f"{place.name} could not be made: {last_words(made.stdout + made.stderr)}")


def install(pip: Sequence[str], lock: pathlib.Path) -> None:
    """Install exactly what a lock names, refusing any file whose digest differs."""
    options = ["--quiet", "--no-compile", "--no-input", "--require-hashes"]
    # What a lock names was tried on each Python that we support, whatever it asks for itself.
    options += ["--ignore-requires-python"]
    options += ["--only-binary", ":all:", "--requirement", str(lock)]
    done = subprocess.run(
        [*pip, "install", *options], env=child_environment(), capture_output=True, check=False
    )
    if done.returncode != 0:
        fail(f"the packages of ops/{lock.name} did not install: {last_words(done.stderr)}")


def add_project(place: pathlib.Path, python: pathlib.Path) -> None:
    """Put the checkout itself on the environment's path, and its command into bin/.

    A line in a .pth file does what an editable installation would, without a build.
    """
    (packages,) = place.glob("lib/python3.*/site-packages")
    (packages / "disclosure-ledger.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    # /bin/sh, because a #! line may hold neither a space nor a long path.
    body = "import sys; from ledger.cli import main; sys.exit(main())"
    command = place / "bin" / "disclosure-ledger"
    command.write_text(
        f'#!/bin/sh\nexec {shlex.quote(str(python))} -P -c "{body}" "$@"\n', encoding="utf-8"
    )
    command.chmod(0o755)


def test_tools() -> None:
    """Install the Debian packages that tests need and that are not here.

    The Go programs in tests/ are a second pair of eyes: they check our notes and trees with the
    code that the transparency-log world uses. The browser opens every page of the web. A test
    without them would prove less, so it fails.
    """
    present = {
        "golang-go": shutil.which("go") is not None,
        "golang-golang-x-mod-dev": GO_LIBRARY.is_dir(),
        "openssl": shutil.which("openssl") is not None,
        "chromium": bool(os.environ.get("LEDGER_CHROMIUM")) or shutil.which("chromium") is not None,
        # What drives the browser is a program of its own, and needs this.
        "libatomic1": ctypes.util.find_library("atomic") is not None,
        # A page without any font would pass as a page without words.
        "fonts-dejavu-core": any(FONTS.rglob("*.[ot]tf")),
    }
    missing = [package for package, there in present.items() if not there]
    if missing:
        apt_install(missing, "The test suite")
    named = os.environ.get("LEDGER_PG_BIN")
    if not named and not any(POSTGRES.glob("*/bin/postgres")):
        postgres_server()


def postgres_server() -> None:
    """Install Debian's PostgreSQL, the second version that tests run on, and only its programs:
    no cluster is made and no server started. Tests start their own (tests/postgresql).
    """
    if shutil.which("apt-get") is None or not may_become_root():
        fail(
            "The test suite needs a PostgreSQL of the system, and it cannot be installed from here."
            " Run `apt-get install postgresql` as root, or name the folder of initdb and postgres"
            " in $LEDGER_PG_BIN, and try again."
        )
    write = [*become_root(), "install", "-D", "-m", "644", "/dev/stdin", str(POSTGRES_SETTING)]
    try:
        subprocess.run(write, input=b"create_main_cluster = false\n", check=True)
        apt_install(["postgresql"], "The test suite")
    finally:
        # Whoever installs a PostgreSQL here later gets what Debian promises.
        subprocess.run([*become_root(), "rm", "-f", str(POSTGRES_SETTING)], check=False)


def apt_install(packages: Sequence[str], who: str) -> None:
    """Install Debian packages, as root or through a sudo that asks nothing; else say what to do."""
    wish = f"{who} needs the Debian packages {' '.join(packages)}"
    by_hand = f"Run `apt-get install {' '.join(packages)}` as root and try again."
    if shutil.which("apt-get") is None:
        fail(f"{wish}, and this machine has no apt-get. Install what they bring and try again.")
    become = become_root()
    if become and shutil.which("sudo") is None:
        fail(f"{wish}, and you are not root here. {by_hand}")
    say(f"installing Debian packages: {' '.join(packages)}")
    environ = {**child_environment(), "DEBIAN_FRONTEND": "noninteractive"}
    get = [*become, "apt-get", "--quiet", "--yes", "--no-install-recommends"]
    install_them = [*get, "install", *packages]
    # A new machine has no package lists and an old one has stale ones; both show only now.
    for command in (install_them, [*get, "update"], install_them):
        done = subprocess.run(command, env=environ, capture_output=True, check=False)
        if done.returncode == 0 and "install" in command:
            return
    fail(f"{wish}, and apt-get could not install them: {last_words(done.stderr)} {by_hand}")


def become_root() -> list[str]:
    """Give what stands before a command that only root may run."""
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def may_become_root() -> bool:
    """Say whether we are root, or a sudo makes us root without a question."""
    return os.geteuid() == 0 or (shutil.which("sudo") is not None and runs(["sudo", "-n", "true"]))


def runs(command: Sequence[str]) -> bool:
    """Say whether a command ends well, keeping its output to ourselves."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def last_words(output: bytes) -> str:
    """Give the last lines of a program's output, where it says why it failed."""
    lines = output.decode("utf-8", "replace").strip().splitlines()[-6:]
    return "\n    ".join(["", *lines]) if lines else "(it said nothing)."
