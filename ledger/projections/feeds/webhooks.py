"""Webhooks: at each tick every receiver gets what is new in its feed, or a message of a fixed size.

    at a tick ─► put what is new into letters ─► send, the oldest first ─► forget what was taken

Nothing is sent between ticks, whatever happens, so that when something came tells nothing. A letter
that was not taken goes again after 1, 2, 4, … ticks, and after `MOST_TRIES` it is dead: the status
shows it, and `redeliver` tries it again. Letters may arrive late, twice and out of order: each
entry has its position. Cites: Standard Webhooks.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from keys.errors import KeysError
from keys.feeds import FeedKeys
from keys.webhooks import load_secret, signature
from ledger.errors import BadRequest, EvidenceCorrupt
from ledger.projections.feeds import delivery
from ledger.projections.feeds.delivery import Ended, Message, Outcome, check_url, host_of
from ledger.projections.feeds.log import Feed, FeedLog
from ledger.projections.feeds.pages import up_to
from ledger.stores.webhooks import Letter, Webhook, WebhookRows

BATCH = 50
"""The most entries of one letter."""
MOST_LETTERS = 10
"""The most letters that one receiver gets at one tick."""
MOST_TRIES = 6
SMALLEST_BYTES = 4_096
"""The size of a message without entries; longer ones are twice, four times, … as long."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a webhook goes, and what it is signed with (`whsec_…`)."""

    url: str
    secret: str


class Webhooks:
    """Sends the feeds of one ledger."""

    def __init__(self, origin: str, rows: WebhookRows, log: FeedLog) -> None:
        self._origin = origin
        self._rows = rows
        self._log = log
        self._keys: FeedKeys = log.keys

    def add(self, name: str, feed: Feed, address: Address, tick: int) -> None:
        """Send a feed to an address from the tick after this one on, from its beginning.

        Raises:
            BadRequest: the address is none, or there is a webhook of that name.
            KeyRefused: the secret is none.
        """
        check_url(address.url)
        load_secret(address.secret)
        settings = json.dumps({"url": address.url, "secret": address.secret}).encode()
        sealed = self._keys.seal(name, settings)
        if not self._rows.add(Webhook(name, feed, sealed, 0, tick)):
            raise BadRequest("There is a webhook of that name. Remove it first.")

    def remove(self, name: str) -> None:
        """Send nothing there any more, and forget what waits.

        Raises:
            BadRequest: there is no webhook of that name.
        """
        if not self._rows.remove(name):
            raise BadRequest("There is no webhook of that name.")

    def redeliver(self, name: str) -> int:
        """Try dead letters again at the next tick; gives how many.

        Raises:
            BadRequest: there is no webhook of that name.
        """
        if name not in {one.name for one in self._rows.all()}:
            raise BadRequest("There is no webhook of that name.")
        dead = [one for one in self._rows.letters(name) if one.is_dead]
        for letter in dead:
            self._rows.keep(replace(letter, tries=0, due=0, is_dead=False))
        return len(dead)

    def status(self) -> list[dict[str, Any]]:
        """How each webhook stands; of its address no more than the host."""
        return [self._told(one) for one in self._rows.all()]

    def send(self, tick: int, now: datetime, seconds: float = delivery.SECONDS) -> int:
        """Send what is due at a tick, once for each receiver whoever asks; gives how many got all.

        Raises:
            EvidenceCorrupt: a feed or a webhook's settings cannot be read.
            Unavailable: the store cannot be read or written now.
        """
        # Everything is opened before anything is claimed: what fails here is sent when mended.
        due = [one for one in self._rows.all() if one.tick < tick]
        addresses = {one.name: self._address(one) for one in due}
        for feed in {one.feed for one in due}:
            self._log.catch_up(_feed(feed))
        posts = []
        for one in due:
            if self._rows.claim(one.name, tick):
                letters = self._letters(one, tick)
                messages = self._messages(one, addresses[one.name], letters, tick, now)
                posts.append((letters, messages))
        sent = delivery.send([messages for _, messages in posts], seconds)
        return sum(
            self._keep(letters, ended, tick)
            for (letters, _), ended in zip(posts, sent, strict=True)
        )

    # ---- one receiver ----

    def _letters(self, one: Webhook, tick: int) -> Sequence[Letter] | None:
        """The letters to send now, oldest first; None while a failed one waits for its tick."""
        end = self._log.rows.head(one.feed).position
        firsts = islice(range(one.position + 1, end + 1, BATCH), MOST_LETTERS)
        self._rows.write([Letter(one.name, n, min(n + BATCH - 1, end)) for n in firsts])
        waiting = [letter for letter in self._rows.letters(one.name) if not letter.is_dead]
        if waiting and waiting[0].due > tick:
            return None
        return waiting[:MOST_LETTERS]

    def _messages(
        self,
        one: Webhook,
        address: Address,
        letters: Sequence[Letter] | None,
        tick: int,
        now: datetime,
    ) -> Sequence[Message]:
        if letters is None:
            return ()
        if letters:
            spans = [(letter.first, letter.last, "letter") for letter in letters]
        else:
            # Whoever waits in vain learns that the receiver is still known, and nothing else.
            spans = [(one.position + 1, one.position, f"tick {tick}")]
        return [self._message(one, address, span, now) for span in spans]

    def _message(
        self, one: Webhook, address: Address, span: tuple[int, int, str], now: datetime
    ) -> Message:
        first, last, what = span
        feed = _feed(one.feed)
        told = up_to(self._keys, self._log.rows, feed, first - 1, last)
        body = padded(json.dumps(told.told(self._origin), sort_keys=True).encode())
        name = self._keys.name("webhook", f"{one.name} {one.feed} {first}-{last} {what}")
        at = int(now.timestamp())
        headers = {
            "content-type": "application/json",
            "webhook-id": f"msg_{name}",
            "webhook-timestamp": str(at),
            "webhook-signature": signature(load_secret(address.secret), f"msg_{name}", at, body),
        }
        return Message(address.url, headers, body)

    def _keep(self, letters: Sequence[Letter] | None, ended: Ended, tick: int) -> bool:
        """Keep how sending ended; says whether all was taken."""
        if letters is None:
            return False
        self._rows.took(letters[: ended.taken])
        if ended.failed is not None and letters:
            self._rows.keep(after(letters[ended.taken], ended.failed, tick))
        return ended.failed is None

    def _address(self, one: Webhook) -> Address:
        try:
            told = json.loads(self._keys.unseal(one.name, one.sealed))
        except KeysError as error:
            altered = f"The webhook {one.name} was altered. Remove it and add it again."
            raise EvidenceCorrupt(altered) from error
        return Address(told["url"], told["secret"])

    def _told(self, one: Webhook) -> dict[str, Any]:
        letters = self._rows.letters(one.name)
        waiting = [letter for letter in letters if not letter.is_dead]
        return {
            "name": one.name,
            "feed": one.feed,
            "host": host_of(self._address(one).url),
            "position": waiting[0].first - 1 if waiting else one.position,
            "behind": self._log.rows.head(one.feed).position
            - one.position
            + sum(letter.last - letter.first + 1 for letter in waiting),
            "failures": max((letter.tries for letter in waiting), default=0),
            "last_failure": next((one.outcome for one in waiting if one.outcome), None),
            "dead": [
                {"first": one.first, "last": one.last, "outcome": one.outcome}
                for one in letters
                if one.is_dead
            ],
        }


def after(letter: Letter, outcome: Outcome, tick: int) -> Letter:
    """A letter after one more try in vain: it waits 1, 2, 4, … ticks, or is dead. Pure."""
    tries = letter.tries + 1
    return replace(
        letter,
        tries=tries,
        due=tick + 2 ** (tries - 1),
        outcome=outcome,
        is_dead=tries >= MOST_TRIES,
    )


def padded(body: bytes) -> bytes:
    """A message with spaces behind it, 4,096 bytes long, or twice, four times, … that. Pure."""
    size = SMALLEST_BYTES
    while size < len(body):
        size *= 2
    return body.ljust(size)


def _feed(name: str) -> Feed:
    return "office" if name == "office" else "cases"
