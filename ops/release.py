#!/usr/bin/env python3
"""Make the release files: `python3 ops/release.py FOLDER` (maintainers, a second).

What a receiver of evidence needs beside it, never inside it, and from other hands:

* `verify.pyz`: the offline verifier as one file; needs python3 and `cryptography`.
* `verify.html`: a verifier for a browser as one page; needs no network and no server.
* `SHA256SUMS`: their digests, to be published where the ledger's operator cannot change them.

The same tree gives the same bytes on any machine: files sorted, stored, without times or owners.
What they check, and what the page leaves to the program, stands in ops/adr/0032.

Needs: Python >= 3.11 and nothing else. Nothing imports this but its tests.
"""

from __future__ import annotations

import base64
import hashlib
import io
import pathlib
import re
import sys
from collections import Counter

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "ops" / "verify-html"
sys.path.insert(0, str(ROOT))

from ledger.evidence.archive import write_zip  # noqa: E402 - found once the tree is on the path.

ROOMS = ("ledger/evidence", "ledger/verify")
STARTER = b"""\
import sys

from ledger.verify.__main__ import main

sys.exit(main(prog="verify.pyz"))
"""
SHEBANG = b"#!/usr/bin/env python3\n"
# `import {a, b} from "./name.js";` and `export ` are what makes a module of a file; in the page all
# of them are one script.
IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z-]+)\.js";\n', re.MULTILINE)
NAME = re.compile(r"^(?:async )?(?:function|const|class|let) (\w+)", re.MULTILINE)
EXPORT = re.compile(r"^export (?=async function |function |const |class )", re.MULTILINE)


def verifier() -> bytes:
    """The verifier's rooms without the rules (level 2) as a zip that Python runs."""
    files = {"__main__.py": STARTER, "ledger/__init__.py": b""}
    for room in ROOMS:
        for path in (ROOT / room).glob("*.py"):
            files[path.relative_to(ROOT).as_posix()] = path.read_bytes()
    archive = io.BytesIO()
    write_zip(archive, files)
    return SHEBANG + archive.getvalue()


def page() -> bytes:
    """The page with its script and its style inside, and a policy that allows these and nothing
    else: no network, no other script.
    """
    script, style = _joined("page"), (PAGE / "style.css").read_text("utf-8")
    allowed = {"script-src": script, "style-src": style}
    policy = "; ".join(
        ["default-src 'none'", "base-uri 'none'", "form-action 'none'"]
        + [f"{kind} '{_source(text)}'" for kind, text in allowed.items()]
    )
    parts = {"policy": policy, "style": style, "script": script}
    text = (PAGE / "page.html").read_text("utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], text).encode()


def _joined(first: str) -> str:
    """A module and all that it imports, each once and after what it stands on.

    Raises:
        ValueError: two of them use one name, which stands for one thing in the page.
    """
    order: list[str] = []

    def visit(name: str) -> None:
        if name not in order:
            text = (PAGE / f"{name}.js").read_text("utf-8")
            for needed in IMPORT.findall(text):
                visit(needed)
            order.append(name)

    visit(first)
    bodies = ((PAGE / f"{name}.js").read_text("utf-8") for name in order)
    script = "\n".join(EXPORT.sub("", IMPORT.sub("", body)) for body in bodies)
    twice = [name for name, times in Counter(NAME.findall(script)).items() if times > 1]
    if twice:
        raise ValueError(f"these names stand for two things: {', '.join(twice)}")
    return script


def _source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"sha256-{digest}"


def release() -> dict[str, bytes]:
    """Every release file by its name, the list of digests among them."""
    made = {"verify.html": page(), "verify.pyz": verifier()}
    sums = "".join(f"{hashlib.sha256(made[name]).hexdigest()}  {name}\n" for name in sorted(made))
    return {**made, "SHA256SUMS": sums.encode()}


def main(arguments: list[str]) -> int:
    """Write the files into a folder that is not there yet, or is empty."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python3 ops/release.py FOLDER", file=sys.stderr)
        return 2
    folder = pathlib.Path(arguments[0])
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        print(f"{folder} is not an empty folder. Name another one.", file=sys.stderr)
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    made = release()
    for name, data in made.items():
        (folder / name).write_bytes(data)
    print(made["SHA256SUMS"].decode(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
