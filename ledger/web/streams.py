"""Answers that go on: how they wait for more, and end when their program does."""

from __future__ import annotations

import anyio

from ledger.web.site import Site

LOOK_SECONDS = 0.2
"""So often a stream looks whether its program is to end: well within the time that it is given."""


async def goes_on(site: Site, seconds: float) -> bool:
    """Wait; gives whether the program goes on. False at once when it is to end."""
    until = anyio.current_time() + seconds
    while not site.ending.is_set():
        left = until - anyio.current_time()
        if left <= 0:
            return True
        await anyio.sleep(min(left, LOOK_SECONDS))
    return False
