#!/usr/bin/env python3
"""An example of a program that follows a feed. It needs Python alone; copy it and change it.

    consumer.py STATE pull -- disclosure-ledger --as kim feed read cases     read what is new
    consumer.py STATE serve --port 8081 --secret-file FILE                   take webhooks
    consumer.py STATE show                                                   what is known

STATE is a file of SQLite. What every consumer owes the people whose cases it copies:

* An entry is known by its position. Reading again, twice, late or out of order changes nothing.
* What the feed has dropped is forgotten here too, at once, and a late letter brings nothing back.
* Digests and the chain are checked. A feed that tells another story than before is refused: the
  ledger was restored from a backup, or somebody rewrote it. Ask its director.

    digest = SHA-256(nonce || body)     chain = SHA-256("dl.feed.v1" || chain before || digest)

where the body is JSON without spaces and with sorted keys, and the chain begins with 32 zero bytes.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

SCHEMA = """
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS entries (position INTEGER PRIMARY KEY, digest BLOB NOT NULL,
    chain BLOB, kind TEXT, reference TEXT, body TEXT);
CREATE INDEX IF NOT EXISTS entries_reference ON entries (reference);
CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY CHECK (one = 1), origin TEXT,
    feed TEXT, position INTEGER NOT NULL, chain BLOB NOT NULL, cursor TEXT);
INSERT OR IGNORE INTO state VALUES (1, NULL, NULL, 0, zeroblob(32), NULL);
CREATE VIEW IF NOT EXISTS cases AS SELECT reference, COUNT(*) AS records,
    json_extract(body, '$.type') AS last_type, json_extract(body, '$.recorded_at') AS last_at,
    MAX(position) AS last_position
    FROM entries WHERE kind = 'record' GROUP BY reference;
"""
OLDEST_SECONDS = 300
"""How old a webhook may be, and how far ahead of our clock."""


class Refused(Exception):
    """What came is not of this feed, or tells another story than before."""


class Consumer:
    """What is known of one feed."""

    def __init__(self, path: Path) -> None:
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.executescript(SCHEMA)

    def state(self) -> tuple[int, bytes, str | None]:
        """The position up to which nothing is missing, the chain there, and a cursor to it."""
        statement = "SELECT position, chain, cursor FROM state"
        position, chain, cursor = self.database.execute(statement).fetchone()
        return position, chain, cursor

    def take(self, page: Mapping[str, Any]) -> None:
        """Take a page or the body of a webhook, whichever comes, in any order, all or nothing.

        Raises:
            Refused: a digest or the chain does not fit, or it is of another feed.
        """
        self.database.execute("BEGIN IMMEDIATE")
        try:
            self._check_feed(page)
            for entry in page["entries"]:
                self._take(entry)
            self._move_on(page)
        except BaseException:
            self.database.execute("ROLLBACK")
            raise
        self.database.execute("COMMIT")

    def digest(self) -> str:
        """What is known, as 64 hex: the same for all who know the same, however they came to it."""
        taken = hashlib.sha256(repr(self.state()[:2]).encode())
        for row in self.database.execute(
            "SELECT position, digest, body FROM entries ORDER BY position"
        ):
            taken.update(repr(row).encode())
        return taken.hexdigest()

    def _check_feed(self, page: Mapping[str, Any]) -> None:
        ours = self.database.execute("SELECT origin, feed FROM state").fetchone()
        theirs = (page["origin"], page["feed"])
        if ours not in ((None, None), theirs):
            raise Refused("This is of another ledger or another feed.")
        self.database.execute("UPDATE state SET origin = ?, feed = ?", theirs)

    def _take(self, entry: Mapping[str, Any]) -> None:
        position, digest = int(entry["position"]), bytes.fromhex(entry["digest"])
        body = None if entry.get("dropped") else entry["body"]
        if body is not None and _digest(bytes.fromhex(entry["nonce"]), body) != digest:
            raise Refused(f"Entry {position} is not what its digest says.")
        known = self.database.execute(
            "SELECT digest FROM entries WHERE position = ?", (position,)
        ).fetchone()
        if known is None:
            self.database.execute(
                "INSERT INTO entries (position, digest) VALUES (?, ?)", (position, digest)
            )
            if body is not None:
                self._keep(position, body)
        elif known[0] != digest:
            raise Refused(f"Entry {position} was another one before.")
        elif body is None:
            self._forget("position = ?", (position,))

    def _keep(self, position: int, body: Mapping[str, Any]) -> None:
        """Keep a body, unless a drop that came sooner forbids it; heed a drop that comes now."""
        kind, reference = body["kind"], body.get("reference")
        if kind == "dropped":
            where = "kind = 'record' AND reference = ? AND position < ?"
            self._forget(where, (reference, position))
        elif self.database.execute(
            "SELECT 1 FROM entries WHERE kind = 'dropped' AND reference = ? AND position > ?",
            (reference, position),
        ).fetchone():
            return
        self.database.execute(
            "UPDATE entries SET kind = ?, reference = ?, body = ? WHERE position = ?",
            (kind, reference, _spelt(body), position),
        )

    def _forget(self, where: str, values: Sequence[object]) -> None:
        self.database.execute(
            f"UPDATE entries SET kind = NULL, reference = NULL, body = NULL WHERE {where}",  # noqa: S608 - ours
            values,
        )

    def _move_on(self, page: Mapping[str, Any]) -> None:
        """Follow the chain as far as nothing is missing, and hold the page's own against it."""
        position, chain, cursor = self.state()
        for found, digest in self.database.execute(
            "SELECT position, digest FROM entries WHERE position > ? ORDER BY position", (position,)
        ).fetchall():
            if found != position + 1:
                break
            position, chain = found, hashlib.sha256(b"dl.feed.v1" + chain + digest).digest()
            where = "UPDATE entries SET chain = ? WHERE position = ?"
            self.database.execute(where, (chain, position))
        end = page["entries"][-1]["position"] if page["entries"] else 0
        if 0 < end <= position:
            statement = "SELECT chain FROM entries WHERE position = ?"
            if self.database.execute(statement, (end,)).fetchone()[0].hex() != page["chain"]:
                raise Refused("The chain of this feed is not the one that we have.")
        if end == position:
            cursor = page["next"]
        self.database.execute(
            "UPDATE state SET position = ?, chain = ?, cursor = ?", (position, chain, cursor)
        )


def pull(consumer: Consumer, command: Sequence[str]) -> int:
    """Read pages from a command until there is nothing new; gives how many.

    Raises:
        Refused: a page does not fit, or the command fails.
    """
    pages = 0
    while True:
        cursor = consumer.state()[2]
        given = [*command, *(["--after", cursor] if cursor else [])]
        asked = subprocess.run(given, capture_output=True, text=True, check=False)
        if asked.returncode:
            raise Refused(asked.stderr.strip())
        page = json.loads(asked.stdout)
        consumer.take(page)
        if not page["entries"]:
            return pages
        pages += 1


def verified(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether a webhook is signed with our secret and fresh (Standard Webhooks)."""
    given = {name.lower(): value for name, value in headers.items()}
    at = given.get("webhook-timestamp", "")
    if not at.isdecimal() or abs(now - int(at)) > OLDEST_SECONDS:
        return False
    key = base64.b64decode(secret.strip().removeprefix("whsec_"))
    signed = f"{given.get('webhook-id', '')}.{at}.".encode() + body
    ours = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    theirs = given.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(ours.encode(), one.encode()) for one in theirs)


def serve(path: Path, port: int, secret: str) -> HTTPServer:
    """A receiver of webhooks on this machine; `serve_forever` runs it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(self.taken(body))
            self.end_headers()

        def taken(self, body: bytes) -> int:
            """The status: anything but 2xx makes the ledger send it again."""
            if not verified(secret, dict(self.headers.items()), body, time.time()):
                return 401
            consumer = Consumer(path)
            with closing(consumer.database):
                try:
                    consumer.take(json.loads(body))
                except Refused as error:
                    print(error, file=sys.stderr)
                    return 409
            return 204

        def log_message(self, *_: Any) -> None:
            """Log nothing of what came."""

    return HTTPServer(("127.0.0.1", port), Handler)


def _spelt(body: Mapping[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _digest(nonce: bytes, body: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(nonce + _spelt(body).encode()).digest()


def main(arguments: Sequence[str]) -> int:
    """Run one command."""
    split = list(arguments).index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("state", type=Path)
    parser.add_argument("what", choices=("pull", "serve", "show"))
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--secret-file", type=Path)
    asked = parser.parse_args(arguments[:split])
    consumer = Consumer(asked.state)
    try:
        if asked.what == "pull":
            pull(consumer, arguments[split + 1 :])
        elif asked.what == "serve":
            serve(asked.state, asked.port, asked.secret_file.read_text()).serve_forever()
    except Refused as error:
        print(error, file=sys.stderr)
        return 1
    for row in consumer.database.execute("SELECT reference, records, last_type FROM cases"):
        print(*row)
    print(f"position {consumer.state()[0]}, digest {consumer.digest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
