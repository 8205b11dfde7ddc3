"""What consumers are sent and read is the same, whatever sealed matters there are."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from ledger.feeding import feed_log, webhooks
from ledger.projections.feeds.log import FEEDS
from ledger.projections.feeds.webhooks import SMALLEST_BYTES, Address
from tests.noninterference.observer import SEALED, Shown, differences
from tests.noninterference.play import Bases, bases
from tests.noninterference.steps import HIDDEN, OPEN
from tests.noninterference.worlds import Hidden, Step, Story, living, play
from tests.projections.feeds.receiver import Receiver, receiving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
STORY: Story = tuple(
    map(Step, ("call", "tick", "save", "open_visit", "disclose_matter", "tick", "tick", "erase"))
)
BUSY: Hidden = {
    0: (Step("visit", 0, 1), Step("seal", 0, 0), Step("burst", 0, 30)),
    2: (Step("visit", 1, 3),),
    5: (Step("burst", 0, 5), Step("visit", 2, 1)),
    6: (Step("lift", 0, 1), Step("agree", 0, 0)),
}


@pytest.fixture(scope="module")
def made() -> Iterator[Bases]:
    """The bases of this module."""
    with bases() as found:
        yield found


def received(made: Bases, base: str, hidden: Hidden, receiver: Receiver) -> Shown:
    """Everything that a receiver of both feeds is sent while the story is told, and what a reader
    of the feeds finds in the end.
    """
    world = made.fork(base, base)
    with living(world):
        sender = webhooks(world.home, world.register.reader(None))
        for feed in FEEDS:
            address = Address(f"{receiver.url}&{feed}", SECRET)
            sender.add(feed, feed, address, world.home.logbook.last_tick())
        play(world, STORY, hidden, OPEN, HIDDEN)
        log = feed_log(world.home, world.register.reader(None))
        rows = {
            feed: [(one.position, one.reference, one.body) for one in log.rows.entries(feed, 0, 99)]
            for feed in FEEDS
        }
    told = {f"feed {feed}": "\n".join(map(str, found)) for feed, found in rows.items()}
    for headers, body in receiver.came:
        text = SEALED.sub(r'"\1": "<>"', body.decode())
        feed, at = json.loads(body)["feed"], headers["webhook-timestamp"]
        told[f"letter {feed} {at} {headers['webhook-id']}"] = f"{len(body)} {text}"
    world.discard()
    return told


def test_letters_are_the_same_in_two_worlds(made: Bases) -> None:
    """How many come, when, how long they are, with which numbers, and what stands in them."""
    shown = []
    for base, hidden in (("many", BUSY), ("nothing", {})):
        with receiving() as receiver:
            shown.append(received(made, base, hidden, receiver))
            assert len(receiver.came) == 6
            sizes = [len(body) for _, body in receiver.came]
    assert SMALLEST_BYTES in sizes
    assert max(sizes) > SMALLEST_BYTES
    assert differences(*shown) == []
