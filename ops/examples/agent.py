#!/usr/bin/env python3
"""An example of the library system's agent. It needs Python alone; copy it and change it.

    agent.py key KEY                               draw the agent's key into a new file
    agent.py token KEY < identifiers               each record's token, for whoever places holds
    agent.py ask KEY -- COMMAND < identifiers      print the records that may be purged
    agent.py retain-list KEY LIST < identifiers    print the records that a list retains

An identifier is whatever the library system calls a record, one a line. COMMAND asks the guard:

    disclosure-ledger --home HOME guard check --credential FILE -

The key stays here. The ledger never sees an identifier, and from a token nobody without the key
gets back to one. What every agent owes the library:

* It asks right before each purge. Whatever does not come back as `purge` is retained; where asking
  fails, everything is.
* It keeps no list of what was retained, and tells nobody. Some records are retained at all times
  for no reason, so that one that is retained proves nothing.

    token = HMAC-SHA256(key, identifier in UTF-8)        mark = first 8 bytes of the token mod marks
"""

from __future__ import annotations

import argparse
import hmac
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

KEY_BYTES = 32


class Refused(Exception):
    """Nothing may be purged; the text says why."""


def new_key(path: Path) -> None:
    """Draw a key into a new file that only its owner can read."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(os.urandom(KEY_BYTES).hex().encode() + b"\n")


def load_key(path: Path) -> bytes:
    """Read the key.

    Raises:
        Refused: others may read it, or it is none.
    """
    if path.stat().st_mode & 0o077:
        raise Refused("Others may read the key.")
    key = bytes.fromhex(path.read_text().strip())
    if len(key) != KEY_BYTES:
        raise Refused("This is no key.")
    return key


def token(key: bytes, identifier: str) -> str:
    """The token of a record, 64 hexadecimal digits."""
    return hmac.digest(key, identifier.encode(), "sha256").hex()


def ask(key: bytes, identifiers: Sequence[str], command: Sequence[str]) -> list[str]:
    """The records that may be purged, as the guard says now.

    Raises:
        Refused: it did not answer, or not about each.
    """
    asked = "".join(f"{token(key, one)}\n" for one in identifiers)
    # What it complains of goes to whoever runs this.
    done = subprocess.run(command, input=asked, stdout=subprocess.PIPE, text=True, check=False)
    answers = done.stdout.split()
    if done.returncode != 0 or len(answers) != len(identifiers):
        raise Refused("The guard did not answer: everything is retained.")
    pairs = zip(identifiers, answers, strict=True)
    return [one for one, answer in pairs if answer == "purge"]


def retained(key: bytes, identifiers: Sequence[str], listed: str) -> list[str]:
    """The records that a list retains; its first line says how many marks there are.

    Raises:
        Refused: it is no list.
    """
    marks, *standing = map(int, listed.split())
    if not standing:
        raise Refused("This is no list: everything is retained.")
    kept = frozenset(standing)
    return [one for one in identifiers if int(token(key, one)[:16], 16) % marks in kept]


def main(arguments: Sequence[str]) -> int:
    """Run one command; gives the exit code."""
    parser = argparse.ArgumentParser(prog="agent.py")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("key", "token", "ask", "retain-list"):
        commands.add_parser(name).add_argument("key", type=Path)
    commands.choices["ask"].add_argument("guard", nargs="+")
    commands.choices["retain-list"].add_argument("list", type=Path)
    told = parser.parse_args(arguments)
    try:
        if told.command == "key":
            new_key(told.key)
            return 0
        key, identifiers = load_key(told.key), sys.stdin.read().splitlines()
        if told.command == "token":
            lines = [token(key, one) for one in identifiers]
        elif told.command == "ask":
            lines = ask(key, identifiers, told.guard)
        else:
            lines = retained(key, identifiers, told.list.read_text())
    except (OSError, ValueError, Refused) as error:
        print(f"Nothing may be purged. {error}", file=sys.stderr)
        return 1
    print("".join(f"{line}\n" for line in lines), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
