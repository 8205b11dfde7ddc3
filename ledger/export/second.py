"""A second opinion on a pack, by a program that shares no code with our verifier.

It is the page of Go that every pack's README.txt shows, on the Go project's own packages for signed
notes and trees. It is taken from this program and never from the pack.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Final

from ledger.errors import EvidenceCorrupt, Unavailable

_PATIENCE_SECONDS: Final = 600
_PACKAGES: Final = "/usr/share/gocode"
"""Where Debian keeps golang.org/x/mod."""
MISSING: Final = (
    "The second check needs Go and golang.org/x/mod, and they are not here. On Debian install"
    " golang-go and golang-golang-x-mod-dev, then ask again."
)


def second_opinion(pack: Path, key: str) -> str:
    """Check the folder `pack` against the log's Ed25519 verifier key; gives the transcript.

    Of the pack it reads the checkpoint, the records shown with their openings, and the log where it
    is in it. Nobody's signature, no gap and no rule is judged.

    Raises:
        EvidenceCorrupt: it does not accept the pack.
        Unavailable: Go or its packages are not on this machine, or it found no end.
    """
    with tempfile.TemporaryDirectory(prefix="ledger-second-") as scratch:
        place = Path(scratch)
        source, program = place / "check.go", place / "check"
        source.write_text(files("ledger.export").joinpath("check.go").read_text("utf-8"), "utf-8")
        version = _run(place, place, "go", "version")
        built = _run(place, place, "go", "build", "-o", program, source)
        if version.returncode or built.returncode:
            raise Unavailable(MISSING)
        # Built apart and started in the pack, so that no file of a pack can become part of it.
        done = _run(pack, place, program, key)
    if done.returncode:
        raise EvidenceCorrupt(
            "No certificate was drawn up: the second verifier does not accept the pack."
        )
    command = f"go build -o check check.go\n$ ./check {key}"
    return f"{version.stdout}\nIn the folder of the pack:\n$ {command}\n{done.stdout}"


def _run(at: Path, scratch: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    cache = {} if {"HOME", "GOCACHE"} & os.environ.keys() else {"GOCACHE": f"{scratch}/cache"}
    # Nothing is fetched: no modules, no other tool chain.
    go = {"GO111MODULE": "off", "GOTOOLCHAIN": "local", "GOPATH": f"{scratch}:{_PACKAGES}"}
    try:
        return subprocess.run(
            words,
            cwd=at,
            env={**os.environ, **cache, **go},
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable("The second check did not end in ten minutes. Ask again.") from error
    except OSError as error:
        raise Unavailable(MISSING) from error
