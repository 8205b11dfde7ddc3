#!/usr/bin/env python3
"""Follow ops/README.md on a bare Debian 12: `python3 ops/operate.py [--keep]` (root, some minutes).

Makes the machine as `fresh.py` does, and runs every command of the text there as it stands, in its
order, at a terminal at which two people type their passphrases. Then it looks whether the pages
answer, the log grew, a backup lies there, and the doctor is content but for what one machine lacks.

1. In a folder no systemd runs. `systemctl` there is a program of this file: it reads the same units
   and starts their commands as their account, with their credentials. What hardening forbids is not
   tried by it; `systemd-analyze verify` and `security` look at that.
2. Everything that was started ends with the name space of processes that it runs in.

Not part of `test`: it wants root, network and minutes. Nothing imports it.
"""

from __future__ import annotations

import os
import pty
import re
import select
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial

from environments import ROOT
from fresh import CLONE, bare_debian, inside, timed

TEXT = ROOT / "ops" / "README.md"
COMMAND_SECONDS = 900
TYPED = b"a passphrase for a trial\n"
ASKED = re.compile(rb"(?:[Pp]assphrase[^\n]*|please): $")
SYSTEMCTL = "/usr/local/bin/systemctl"
FOLLOWED = "/usr/local/bin/follow"
# A visit, as another program at the desk's machine logs it.
LOGS = (
    "import urllib.request as web; assert web.urlopen(web.Request("
    '"http://localhost:8410/api/visits", b"{}", '
    '{"Content-Type": "application/json", "Idempotency-Key": "one"})).status == 201'
)
ANSWERS = "import sys, urllib.request as web; assert web.urlopen(sys.argv[1]).status == 200"
# What must be true at the end, each a shell command.
HOLDS = (
    f"python3 -c '{ANSWERS}' http://localhost:8410/readyz",
    f"python3 -c '{ANSWERS}' http://localhost:8411/readyz",
    f"python3 -c '{LOGS}'",
    "ledger store check > /dev/null",
    "ls -d /var/backups/ledger/*/keystore > /dev/null",
    "grep -q '^ledger_problem.* 0$' /run/ledger-metrics/ledger.prom",
    "! ls /var/lib/ledger/master.copy /run/recovery-sheets/*.txt 2>/dev/null",
    "! find /var/lib/ledger/library -type f -perm /077 -not -path '*/log/*' | grep -v /law/",
)
AS_SYSTEMD = '''#!/usr/bin/python3
"""Starts what a unit says, as its account and with its credentials; see ops/operate.py."""
import os, pathlib, subprocess, sys
units = pathlib.Path("/etc/systemd/system")
shared = (units / "ledger-.service.d/hardening.conf").read_text()
def said(text, name):
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith(name + "=")]
def start(unit):
    text = shared + (units / unit).read_text()
    user, folder = said(text, "User")[-1], pathlib.Path("/run/credentials") / unit
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["chmod", "711", "/run/credentials"], check=True)
    for one in said(text, "LoadCredential"):
        name, _, source = one.partition(":")
        subprocess.run(["install", "-m", "400", "-o", user, source, folder / name], check=True)
    subprocess.run(["chown", user, folder], check=True)
    for one in said(text, "RuntimeDirectory"):
        subprocess.run(["install", "-d", "-m", "755", "-o", user, f"/run/{one}"], check=True)
    settings = ["CREDENTIALS_DIRECTORY=" + str(folder), *said(text, "Environment")]
    for line in said(text, "ExecStart") + said(text, "ExecStartPost"):
        line = line.replace("%%", "%")
        command = ["runuser", "-u", user, "--", "env", *settings, "sh", "-c", line]
        place = said(text, "WorkingDirectory")[-1]
        if "oneshot" in said(text, "Type"):
            subprocess.run(command, cwd=place, check=True)
        else:
            log = open(f"/var/log/{unit}.log", "w")
            subprocess.Popen(command, cwd=place, stdout=log, stderr=log, start_new_session=True)
for unit in sys.argv[2:]:
    if unit.startswith("-"):
        continue
    start(unit.replace(".timer", ".service"))
'''


def main(arguments: Sequence[str]) -> int:
    """Make the machine, follow the text, look at what came of it."""
    with bare_debian(keep="--keep" in arguments) as root:
        program = root / SYSTEMCTL.lstrip("/")
        program.write_text(AS_SYSTEMD, encoding="utf-8")
        program.chmod(0o755)
        script = root / FOLLOWED.lstrip("/")
        script.write_text("\n".join(steps()), encoding="utf-8")
        command = inside(root, ["/bin/bash", FOLLOWED], pids=True)
        return timed("following ops/README.md", partial(at_a_terminal, command))


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
