"""Webhooks and their letters: which feed goes where, how far, and what did not get there yet.

A letter is some entries of a feed on their way to a receiver. It is kept until the receiver took
it; its body is made from the feed each time that it is sent. Address and secret are ciphertext.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from ledger.stores.database import Batch, Database, IntegrityError


@dataclass(frozen=True, slots=True)
class Webhook:
    """A receiver: the feed it gets, the last position put into a letter for it, the last tick at
    which something was sent to it.
    """

    name: str
    feed: str
    sealed: bytes
    position: int
    tick: int


@dataclass(frozen=True, slots=True)
class Letter:
    """The entries `first` to `last`: how often they were sent in vain, the first tick at which they
    go again, and how the last try ended. Who is dead is not tried again by itself.
    """

    webhook: str
    first: int
    last: int
    tries: int = 0
    due: int = 0
    outcome: str = ""
    is_dead: bool = False


class WebhookRows:
    """The webhooks in one database (the open store's)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[Webhook, ...]:
        """Every webhook, by name."""
        found = self._database.ask(
            "SELECT name, feed, sealed, position, tick FROM webhooks ORDER BY name"
        )
        return tuple(Webhook(row[0], row[1], bytes(row[2]), row[3], row[4]) for row in found)

    def add(self, one: Webhook) -> bool:
        """Add a webhook; False when there is one of that name."""
        try:
            with self._database.writing() as cursor:
                cursor.execute(
                    "INSERT INTO webhooks (name, feed, sealed, position, tick) VALUES (?,?,?,?,?)",
                    (one.name, one.feed, one.sealed, one.position, one.tick),
                )
        except IntegrityError:
            return False
        return True

    def remove(self, name: str) -> bool:
        """Remove a webhook with its letters; False when there is none."""
        with self._database.writing() as cursor:
            cursor.execute("DELETE FROM webhook_letters WHERE webhook = ?", (name,))
            cursor.execute("DELETE FROM webhooks WHERE name = ?", (name,))
            return bool(cursor.rowcount)

    def claim(self, name: str, tick: int) -> bool:
        """Take it upon this program to send to a webhook at a tick; False when another one did."""
        with self._database.writing() as cursor:
            cursor.execute(
                "UPDATE webhooks SET tick = ? WHERE name = ? AND tick < ?", (tick, name, tick)
            )
            return bool(cursor.rowcount)

    def letters(self, name: str) -> tuple[Letter, ...]:
        """Every letter of a webhook, the first entries first."""
        found = self._database.ask(
            "SELECT first, last, tries, due, outcome, dead FROM webhook_letters"
            " WHERE webhook = ? ORDER BY first",
            (name,),
        )
        return tuple(
            Letter(name, first, last, tries, due, outcome, bool(dead))
            for first, last, tries, due, outcome, dead in found
        )

    def write(self, letters: Sequence[Letter]) -> None:
        """Add letters to one webhook, up to the end of the last of them, all or nothing; none where
        it was removed meanwhile.
        """
        if not letters:
            return
        values = [(one.webhook, one.first, one.last) for one in letters]
        moved = [(one.last, one.webhook, one.last) for one in letters]
        batches: list[Batch] = [
            (
                "INSERT INTO webhook_letters (webhook, first, last, tries, due, outcome,"
                " dead) VALUES (?,?,?,0,0,'',0) ON CONFLICT DO NOTHING",
                values,
            ),
            ("UPDATE webhooks SET position = ? WHERE name = ? AND position < ?", moved),
        ]
        # A letter belongs to a webhook, says the table: this one is there no more, and others wait.
        with suppress(IntegrityError), self._database.writing() as cursor:
            cursor.write(batches)

    def took(self, letters: Sequence[Letter]) -> None:
        """Forget letters that their receiver took."""
        if not letters:
            return
        with self._database.writing() as cursor:
            values = [(one.webhook, one.first) for one in letters]
            cursor.write([("DELETE FROM webhook_letters WHERE webhook = ? AND first = ?", values)])

    def keep(self, letter: Letter) -> None:
        """Keep how the last try of a letter ended."""
        with self._database.writing() as cursor:
            cursor.execute(
                "UPDATE webhook_letters SET tries = ?, due = ?, outcome = ?, dead = ?"
                " WHERE webhook = ? AND first = ?",
                (
                    *(letter.tries, letter.due, letter.outcome, int(letter.is_dead)),
                    *(letter.webhook, letter.first),
                ),
            )
