#!/usr/bin/env python3
"""Follow ops/README.md on a bare Debian 12: `python3 ops/operate.py [--keep]` (root, some minutes).

Makes the machine as `fresh.py` does, boots it with its own systemd (`systemd-nspawn`), and runs
every command of the text there as it stands, in its order, at a terminal at which two people type
their passphrases. Then it looks whether each unit does its work within what hardening leaves it,
the pages answer, the log grew, a backup lies there, and the doctor is content but for what one
machine lacks.

1. The machine has its own processes, mounts and units; the network it shares with this one, because
   packages come from there. So the ports of the pages must be free here.
2. Everything that was started ends with the machine.

Not part of `test`: it wants root, network and minutes. Nothing imports it.
"""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from environments import ROOT, apt_install, fail
from fresh import CLONE, around, bare_debian, inside, local_places, timed

TEXT = ROOT / "ops" / "README.md"
COMMAND_SECONDS = 900
TYPED = b"a passphrase for a trial\n"
ASKED = re.compile(rb"(?:[Pp]assphrase[^\n]*|please): $")
FOLLOWED = "/usr/local/bin/follow"
BOOT_SECONDS = 60
# A visit, as another program at the desk's machine logs it.
LOGS = (
    "import urllib.request as web; assert web.urlopen(web.Request("
    '"http://localhost:8410/api/visits", b"{}", '
    '{"Content-Type": "application/json", "Idempotency-Key": "one"})).status == 201'
)
ANSWERS = "import sys, urllib.request as web; assert web.urlopen(sys.argv[1]).status == 200"
# Any real machine has it; the smallest that debootstrap makes has not.
SYSTEMD_COMES = (
    "apt-get update -qq && DEBIAN_FRONTEND=noninteractive"
    " apt-get install -qq --yes --no-install-recommends systemd systemd-sysv dbus"
)
# What must be true at the end, each a shell command.
HOLDS = (
    "! systemctl --failed --plain --no-legend | grep .",
    "systemctl is-active --quiet ledger-desk.service ledger-room.service",
    "systemctl kill --signal KILL ledger-desk.service ledger-room.service",
    "sleep 15",
    "systemctl start ledger-tick.service ledger-doctor.service",
    f"python3 -c '{ANSWERS}' http://localhost:8410/readyz",
    f"python3 -c '{ANSWERS}' http://localhost:8411/readyz",
    f"python3 -c '{LOGS}'",
    "ledger store check > /dev/null",
    "ls -d /var/backups/ledger/*/keystore > /dev/null",
    "grep -q '^ledger_problem.* 0$' /run/ledger-metrics/ledger.prom",
    "! ls /var/lib/ledger/master.copy /run/recovery-sheets/*.txt 2>/dev/null",
    "! find /var/lib/ledger/library -type f -perm /077 -not -path '*/log/*' | grep -v /law/",
)


def main(arguments: Sequence[str]) -> int:
    """Make the machine, follow the text, look at what came of it."""
    with bare_debian(keep="--keep" in arguments) as root:
        if subprocess.call(inside(root, ["/bin/sh", "-c", SYSTEMD_COMES])) != 0:
            fail("systemd could not be installed in the bare Debian; apt's words stand above.")
        script = root / FOLLOWED.lstrip("/")
        script.write_text("\n".join(steps()), encoding="utf-8")
        with booted(root) as init:
            command = ["nsenter", "--target", str(init), "--all", *around(root)]
            follow = partial(at_a_terminal, [*command, "/bin/bash", FOLLOWED])
            return timed("following ops/README.md", follow)


@contextmanager
def booted(root: Path) -> Iterator[int]:
    """The machine, running for the length of a block; gives the process of its systemd.

    Raises: SystemExit where it does not start.
    """
    if shutil.which("systemd-nspawn") is None:
        apt_install(["systemd-container"], "Booting a bare Debian")
    binds = [f"--bind-ro={place}" for place in local_places()]
    words = ["--quiet", "--boot", "--register=no", "--keep-unit", "--console=pipe", *binds]
    with subprocess.Popen(
        ["systemd-nspawn", "--directory", str(root), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as machine:
        try:
            yield first_process(machine)
        finally:
            # Asked once it halts the machine in order.
            machine.terminate()


def first_process(machine: subprocess.Popen[bytes]) -> int:
    """The process of a machine's systemd, once it says that the machine runs."""
    begun = Path(f"/proc/{machine.pid}/task/{machine.pid}/children")
    ends = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < ends and machine.poll() is None:
        for child in begun.read_text().split():
            asked = ["nsenter", "--target", child, "--all", "systemctl", "is-system-running"]
            told = subprocess.run(asked, capture_output=True, text=True, check=False)
            if told.stdout.strip() in ("running", "degraded"):
                return int(child)
        time.sleep(0.5)
    fail(f"The bare Debian did not boot within {BOOT_SECONDS} s.")


def steps() -> Iterator[str]:
    """The commands of the text, each said before it is run; then what must hold."""
    yield f"set -e\nexport LEDGER_SOURCE=file://{CLONE} DEBIAN_FRONTEND=noninteractive"
    yield "git config --global --add safe.directory '*' 2>/dev/null || true"
    for line in commands(TEXT.read_text(encoding="utf-8")):
        yield f"echo {quoted('# ' + line)}\n{line}"
    yield "sleep 8"
    for line in HOLDS:
        yield f"echo {quoted('holds: ' + line)}\n{line}"
    yield "echo 'The text was followed to its end.'"


def commands(text: str) -> list[str]:
    """The commands of a text: its indented lines, but for those of a unit."""
    blocks = re.findall(r"(?:^    .+\n)+", text, re.MULTILINE)
    lines = [
        line[4:] for block in blocks if "[Service]" not in block for line in block.splitlines()
    ]
    return [line.replace("apt-get install ", "apt-get install -qq ") for line in lines]


def quoted(text: str) -> str:
    """A text as one word of the shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def at_a_terminal(command: list[str]) -> int:
    """Run a command at a terminal of its own, and type the passphrase when one is asked for."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvp(command[0], command)  # noqa: S606 - no shell is the wish.
    ends, last = time.monotonic() + COMMAND_SECONDS, b""
    while time.monotonic() < ends:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            said = os.read(terminal, 65_536)
        except OSError:
            break
        sys.stdout.buffer.write(said)
        sys.stdout.flush()
        last = (last + said)[-400:]
        if ASKED.search(last):
            os.write(terminal, TYPED)
            last = b""
    else:
        os.kill(process, 9)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
