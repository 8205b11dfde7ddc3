"""The command.

`python -m verifier PATH --trust FILE [--openings PATH] [--receipt FILE]...
[--before PATH --before-trust FILE] --json`
"""

from __future__ import annotations

import argparse
import json
import os
import stat
import sys
from contextlib import ExitStack
from typing import Any, NoReturn

from .before import Earlier, check_v17
from .container import Container, Directory, Unreadable, list_directory
from .grammar import Bad
from .report import Report, Unusable
from .run import verify, verify_earlier
from .trust import Trust, parse_trust
from .zipform import open_zip

MOST_TRUST = 4 * 1024 * 1024
MOST_RECEIPT = 64 * 1024


class _Arguments(argparse.ArgumentParser):
    """Arguments that are unusable give an answer, not a text of help."""

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments."""
        raise Unusable(message)


def _file(path: str, most: int) -> bytes:
    """Read a small file that the receiver names. A link is refused."""
    directory, name = os.path.split(path)
    try:
        return Directory(directory or ".", {}).read(name, most)
    except Unreadable as exc:
        raise Unusable(f"cannot read {path}") from exc


def _kind(path: str) -> str:
    """Say whether a path is a directory or a file. Nothing else can be verified."""
    try:
        mode = os.lstat(path).st_mode
    except (OSError, ValueError) as exc:
        raise Unusable(f"cannot read {path}") from exc
    if stat.S_ISDIR(mode):
        return "directory"
    if stat.S_ISREG(mode):
        return "file"
    raise Unusable(f"{path} is neither a directory nor a file")


def _box(path: str, report: Report, stack: ExitStack) -> Container | None:
    """Open what is to be verified."""
    if _kind(path) == "directory":
        return list_directory(path, report)
    try:
        file = stack.enter_context(os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb"))
        return open_zip(file, os.fstat(file.fileno()).st_size)
    except OSError as exc:
        raise Unusable(f"cannot read {path}") from exc
    except (Bad, Unreadable):
        report.outcome("V1", "ran")
        report.find("V1.zip")
        return None


def _trust(path: str) -> Trust:
    """Read a trust file."""
    try:
        return parse_trust(_file(path, MOST_TRUST))
    except Bad as exc:
        raise Unusable(f"trust: {exc}") from exc


def _earlier(path: str | None, trust_path: str | None, stack: ExitStack) -> Earlier | None:
    """Verify the evidence of the ledger before, where it is brought."""
    if path is None and trust_path is None:
        return None
    if path is None or trust_path is None:
        raise Unusable("--before and --before-trust go together")
    trust, report = _trust(trust_path), Report()
    box = _box(path, report, stack)
    return Earlier(report, None) if box is None else verify_earlier(box, trust, report)


def answer_for(argv: list[str]) -> dict[str, Any]:
    """Verify as the arguments say, and return the answer."""
    report = Report()
    parser = _Arguments(prog="verifier", add_help=False, allow_abbrev=False)
    parser.add_argument("path")
    parser.add_argument("--trust", required=True)
    parser.add_argument("--openings")
    parser.add_argument("--receipt", action="append", default=[])
    parser.add_argument("--before")
    parser.add_argument("--before-trust")
    parser.add_argument("--json", action="store_true")
    with ExitStack() as stack:
        try:
            arguments = parser.parse_args(argv)
            trust = _trust(arguments.trust)
            receipts = [_file(path, MOST_RECEIPT) for path in arguments.receipt]
            brought = None
            if arguments.openings is not None:
                if _kind(arguments.openings) != "directory":
                    raise Unusable("openings are a directory")
                brought = list_directory(arguments.openings, report, "pack")
            earlier = _earlier(arguments.before, arguments.before_trust, stack)
            box = _box(arguments.path, report, stack)
        except Unusable as exc:
            return {**Report().answer(error=str(exc)), "exit": 2}
        if box is None:
            check_v17(report, None, earlier)
            return report.answer()
        return verify(box, trust, brought, receipts, report, earlier)


def _text(answer: dict[str, Any]) -> str:
    """Say the answer in lines."""
    lines = [f"{f['code']}  {f['place']}" for f in answer["findings"]]
    lines += [f"{c['check']}: {c['outcome']}" for c in answer["checks"]]
    return "\n".join([*lines, f"exit {answer['exit']}"])


def main() -> int:
    """Print the answer and return the exit."""
    try:
        answer = answer_for(sys.argv[1:])
    except Exception as exc:  # the last resort: a defect of this program, never a verdict of 0
        answer = {**Report().answer(error=f"internal: {type(exc).__name__}: {exc}"), "exit": 2}
    try:
        print(json.dumps(answer) if "--json" in sys.argv[1:] else _text(answer), flush=True)
    except (OSError, UnicodeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return int(answer["exit"])


if __name__ == "__main__":
    sys.exit(main())
