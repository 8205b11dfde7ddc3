"""Tokens of machines: which feed or projection each may read, for how long, and since when unused.

A token reads what stands in the open and nothing else, and acts in nothing: no scope names a
sealed matter, and what is read by one is read as the service reads (threats T-40).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

from keys.errors import KeyRefused
from keys.tokens import new_token, token_digest
from ledger.domain.calendar import local_date
from ledger.errors import BadRequest
from ledger.home import OpenHome
from ledger.projections.definitions import DEFINITIONS
from ledger.projections.feeds.log import FEEDS
from ledger.stores.tokens import TokenRow

LONGEST_DAYS = 90
SCOPES: tuple[str, ...] = (
    *(f"feed:{name}:read" for name in FEEDS),
    *(f"projection:{one.name}:read" for one in DEFINITIONS),
)
"""What a token can be for: one of these."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Tokens:
    """The tokens of one home."""

    def __init__(self, home: OpenHome, clock: Callable[[], datetime]) -> None:
        self._home = home
        self._clock = clock

    @property
    def _today(self) -> date:
        return local_date(self._clock(), self._home.config.zone)

    def add(self, name: str, scope: str, days: int) -> tuple[str, TokenRow]:
        """Make a token; gives it, which is kept nowhere, and what is kept.

        Raises:
            BadRequest: no such scope, too many days, or a name that is none or taken.
        """
        if not _NAME.fullmatch(name):
            raise BadRequest("A token's name is 1 to 40 small letters, digits and hyphens.")
        if scope not in SCOPES:
            raise BadRequest(f"A token is for one of: {', '.join(SCOPES)}")
        if not 1 <= days <= LONGEST_DAYS:
            raise BadRequest(f"A token is good for 1 to {LONGEST_DAYS} days.")
        until = self._today + timedelta(days=days)
        row = TokenRow(name, scope, self._today.isoformat(), until.isoformat(), None)
        token = new_token()
        if not self._home.tokens.add(row, token_digest(token)):
            raise BadRequest("There is a token of that name. Cut it first, or take another name.")
        return token, row

    def list(self) -> tuple[TokenRow, ...]:
        """Every token that was not cut."""
        return self._home.tokens.list()

    def cut(self, name: str) -> None:
        """Let a token open nothing any more. Raises: BadRequest, where there is none."""
        if not self._home.tokens.cut(name):
            raise BadRequest("There is no token of that name.")

    def find(self, token: str) -> TokenRow | None:
        """A token that is good today, which is noted as the day of its last use."""
        try:
            found = self._home.tokens.find(token_digest(token))
        except KeyRefused:
            return None
        today = self._today.isoformat()
        if found is None or today > found.until:
            return None
        if found.used != today:
            self._home.tokens.use(found.name, today)
        return found
