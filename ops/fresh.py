#!/usr/bin/env python3
"""Try the README's commands where nothing is installed: `python3 ops/fresh.py [WORD ...]`.

Makes a Debian 12 with only python3 (debootstrap, in a temporary folder), clones the last commit
into it, gives it this machine's own ways to reach packages, and runs `python3 ops/go.py WORD` for
each word; demo and test when none is given. `--keep` leaves the folder. Needs root and Linux.

1. The Debian mirror and its suites are asked of apt, and the places of pip read from pip's own
   settings, at run time: no host is written in a file.
2. Mounts are made in a mount name space of their own. They end with the last process in it, so
   that removing the folder can never reach through a mount into this machine.

This is what finds a package that everybody happens to have. Not part of `test`: it wants root and
some minutes of network. Nothing imports it.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from environments import ROOT, apt_install, fail, say

SUITE = "bookworm"
CLONE = f"/usr/src/{ROOT.name}"
CERTIFICATES = "/etc/this-machine.pem"
# Where programs look for the certificates of a machine whose mirrors have their own.
CERTIFICATE_SETTINGS = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PASSED_ON = re.compile(r"PIP_\w+|(http|https|no|all)_proxy", re.IGNORECASE)
# $1 is the new root. The rest, up to --, are places to mount read-only; then comes the command.
MOUNT_AND_RUN = """
set -e
root=$1; shift
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
while [ "$1" != -- ]; do
    mkdir -p "$root$1"; mount --bind -o ro "$1" "$root$1"; shift
done
shift
exec chroot "$root" "$@"
"""


def main(arguments: Sequence[str]) -> int:
    """Make the machine, run the words, say how long each took."""
    words = [word for word in arguments if word != "--keep"] or ["demo", "test"]
    with bare_debian(keep="--keep" in arguments) as root:
        codes = [timed(f"go.py {word}", partial(run_inside, root, word)) for word in words]
        return next(filter(None, codes), 0)


@contextlib.contextmanager
def bare_debian(*, keep: bool) -> Iterator[pathlib.Path]:
    """A bare Debian with this tree's last commit and ways to packages; removed after the block
    unless it is kept.

    Raises: SystemExit where it cannot be made.
    """
    if os.geteuid() != 0:
        fail("A chroot is made by root only. Run this as root.")
    if shutil.which("debootstrap") is None:
        apt_install(["debootstrap"], "Making a bare Debian")
    root = pathlib.Path(tempfile.mkdtemp(prefix="bare-debian-"))
    # The folder becomes "/" in there, which users other than root must be able to enter.
    root.chmod(0o755)
    try:
        timed("a bare Debian with python3", partial(make_debian, root))
        timed("a fresh clone", partial(clone, root))
        give_ways_to_packages(root)
        yield root
    finally:
        if keep:
            say(f"kept: {root}")
        else:
            shutil.rmtree(root)


def timed(what: str, do: Callable[[], int]) -> int:
    """Do something, say how long it took, and give its exit code."""
    started = time.monotonic()
    code = do()
    say(f"{what}: {time.monotonic() - started:.1f} s, exit code {code}")
    return code


def make_debian(root: pathlib.Path) -> int:
    """Unpack a minimal Debian with python3 and nothing more.

    Raises: SystemExit when debootstrap fails.
    """
    mirror = next((uri for uri, suite in repositories() if suite == SUITE), None)
    if mirror is None:
        fail(f"apt on this machine has no repository for {SUITE}, so there is no mirror to ask.")
    command = ["debootstrap", "--variant=minbase", "--include=python3", SUITE, str(root), mirror]
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if made.returncode != 0:
        fail("debootstrap failed:\n" + made.stdout.decode("utf-8", "replace")[-2000:])
    return 0


def repositories() -> Iterator[tuple[str, str]]:
    """Give (address, suite) of every Debian repository that apt is set up with here."""
    form = "$(REPO_URI) $(RELEASE)"
    command = ["apt-get", "indextargets", "--format", form, "Created-By: Packages"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for line in dict.fromkeys(told.splitlines()):
        uri, suite = line.split()
        yield uri, suite


def clone(root: pathlib.Path) -> int:
    """Clone the last commit: what is not committed is not there for anybody else either."""
    command = ["git", "clone", "--quiet", "--depth", "1", f"file://{ROOT}", f"{root}{CLONE}"]
    if subprocess.call(command) != 0:
        fail(f"{ROOT} could not be cloned; what git said stands above.")
    return 0


def give_ways_to_packages(root: pathlib.Path) -> None:
    """Copy the settings by which this machine reaches its packages."""
    sources = [f"deb {uri} {suite} main\n" for uri, suite in repositories() if SUITE in suite]
    (root / "etc/apt/sources.list").write_text("".join(sources), encoding="utf-8")
    for setting in pathlib.Path("/etc/apt/apt.conf.d").iterdir():
        # What runs programs of this machine after an installation has no place in there.
        if not re.search(r"Invoke|Pre-Install|Cache-?Files", setting.read_text()):
            shutil.copy(setting, root / "etc/apt/apt.conf.d")
    home = pathlib.Path.home()
    for path in [*pip_files(home), pathlib.Path("/etc/resolv.conf"), pathlib.Path("/etc/hosts")]:
        if path.is_file():
            inner = path.relative_to(home) if path.is_relative_to(home) else None
            target = root / "root" / inner if inner else root / path.relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    # Under a name of its own: installing ca-certificates in there writes the usual one anew.
    certificates = next(filter(None, map(os.environ.get, CERTIFICATE_SETTINGS)), None)
    if certificates:
        shutil.copy(certificates, f"{root}{CERTIFICATES}")


def pip_files(home: pathlib.Path) -> list[pathlib.Path]:
    """Give the places where pip keeps its settings."""
    own = [home / ".config/pip/pip.conf", home / ".pip/pip.conf"]
    named = os.environ.get("PIP_CONFIG_FILE")
    return [pathlib.Path("/etc/pip.conf"), *own, *([pathlib.Path(named)] if named else [])]


def local_places() -> list[str]:
    """Give the folders of this machine from which pip takes packages.

    An index folder (…/simple) refers to files beside it, so its parent is given.
    """
    texts = [path.read_text() for path in pip_files(pathlib.Path.home()) if path.is_file()]
    texts += [value for name, value in os.environ.items() if name.startswith("PIP_")]
    found = re.findall(r"(?:file://|(?<![\w/.:]))(/[\w./-]+)", "\n".join(texts))
    folders = {pathlib.Path(place) for place in found if pathlib.Path(place).is_dir()}
    return sorted({str(f.parent if f.name == "simple" else f) for f in folders})


def run_inside(root: pathlib.Path, word: str) -> int:
    """Run one word of the starter in the bare Debian."""
    # Nobody is at this terminal to end the demonstration.
    ends = ["--once"] if word == "demo" else []
    command = inside(root, ["/usr/bin/python3", f"{CLONE}/ops/go.py", word, *ends])
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode


def inside(root: pathlib.Path, command: Sequence[str]) -> list[str]:
    """The command that runs another one in the bare Debian."""
    begun = ["unshare", "--mount", "sh", "-c", MOUNT_AND_RUN, "sh", str(root), *local_places()]
    return [*begun, "--", *around(root), *command]


def around(root: pathlib.Path) -> list[str]:
    """What stands before a command in there, so that it has nothing of this machine but the ways to
    packages.
    """
    places = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    settings = {"HOME": "/root", "LANG": "C.UTF-8", "PATH": places}
    settings |= {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
    if (root / CERTIFICATES.lstrip("/")).exists():
        settings |= dict.fromkeys(CERTIFICATE_SETTINGS, CERTIFICATES)
    return ["/usr/bin/env", "-i", *(f"{name}={value}" for name, value in settings.items())]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
