"""How the ledger of the first version was made: `python make.py ARCHIVE`, once, and never again.

A clone of this repository at the last commit whose files have the tables of version 0.1.0 as it
first was (`ledger.stores.schema.EARLIER`) plays one of its own stories, exports what it left as
evidence, and copies it: all by the programs of that commit. What is drawn is not drawn alike twice,
so another run gives another ledger, in which nothing is as old as in the one that is kept. It is
here to say where that one comes from.

Needs: git and the repository's history, and an interpreter with the packages of `ops/test.lock`.
"""

from __future__ import annotations

import lzma
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

COMMIT = "856d63d05b5581032cb8e6f260899dc69299b333"
STORY = "ops/scenarios/gag-from-seal-to-lift.toml"
CHANGED = {
    # Fewer ticks of the log, so that the archive stays small.
    "tick_days = 3": "tick_days = 10",
    # A library's own law, which says where it is; its policy adds a flag.
    'packs = "us"': 'packs = "us-co/lcld"',
    'zone = "America/New_York"': 'zone = "America/Denver"',
    "flags = [] }": 'flags = ["told-beyond-policy"] }',
    '["query-to-be-answered-again"]': '["query-to-be-answered-again", "told-beyond-policy"]',
}
"""What differs from the story as it was shipped."""
DIRECTOR = "helen"
ROOT = Path(__file__).resolve().parents[2]


def main(archive: Path) -> None:
    """Write the archive; it must not be there yet."""
    with tempfile.TemporaryDirectory() as place:
        tree, made = Path(place) / "tree", Path(place) / "made"
        _run("git", "clone", "--quiet", "--no-checkout", str(ROOT), str(tree))
        _run("git", "-C", str(tree), "checkout", "--quiet", COMMIT)
        story = tree / STORY
        told = story.read_text("utf-8")
        for shipped, ours in CHANGED.items():
            told = told.replace(shipped, ours)
        story.write_text(told, "utf-8")
        home = made / "home"
        _ledger(tree, "scenario", "run", "--keep", str(made), str(story))
        (made / story.stem).rename(home)
        export = ("--as", DIRECTOR, "export", "ledger", str(made / "pack"), "--reveal")
        _ledger(tree, "--home", str(home), *export)
        _ledger(tree, "--home", str(home), "backup", str(made / "backup"))
        with (
            lzma.open(archive, "xb", preset=9) as file,
            tarfile.open(fileobj=file, mode="w") as tar,
        ):
            for path in sorted(made.rglob("*")):
                tar.add(path, path.relative_to(made), recursive=False, filter=_nobody)


def _nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave owner and time of a file out: they say nothing of the ledger."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


def _ledger(tree: Path, *words: str) -> None:
    command = (sys.executable, "-m", "ledger.cli", *words)
    subprocess.run(command, check=True, cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)})


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
