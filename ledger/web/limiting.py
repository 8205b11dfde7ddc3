"""How often somebody may try: per name and per address, counted before a passphrase is tried.

Whoever tries somebody's name from elsewhere keeps that person out of no place from which they came
in before: there their name has a count of its own, which only somebody who knows the passphrase
could have opened. So it tells nobody else whether there is such a person (T-55).

The counts know names as they were typed, so that they differ for nobody who exists, and by their
digests, so that nobody fills the memory with long ones. Who is one too many at an address is not
counted under a name.
"""

from __future__ import annotations

from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from threading import Lock

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ledger.web.failures import TooMany

SIGN_IN = RateLimitItemPerMinute(10, 5)
"""Ten tries in five minutes for one name, and for one address (threats §4)."""
EVERYBODY = RateLimitItemPerMinute(1000, 5)
MOST_PLACES = 1000
"""Of so many places in which somebody came in the newest are remembered."""


class Limits:
    """The counts of one program, in its memory."""

    def __init__(self) -> None:
        self._counted = MovingWindowRateLimiter(MemoryStorage())
        self._known: dict[str, None] = {}
        self._lock = Lock()

    def came_in(self, name: str, address: str) -> None:
        """Remember that somebody knew their passphrase at an address."""
        place = _digest(name, address)
        with self._lock:
            self._known.pop(place, None)
            self._known[place] = None
            if len(self._known) > MOST_PLACES:
                del self._known[next(iter(self._known))]

    def check_sign_in(self, name: str, address: str) -> None:
        """Count one try to sign in.

        Raises:
            TooMany: there were too many of late.
        """
        self._count(SIGN_IN, "address", address)
        self._count(EVERYBODY, "sign-in")
        place = _digest(name, address)
        if place in self._known:
            self._count(SIGN_IN, "place", place)
        else:
            self._count(SIGN_IN, "name", name)

    def check_passkey(self, address: str) -> None:
        """Count one try to sign in by a passkey: nobody has said who they are. Raises: TooMany."""
        self._count(SIGN_IN, "address", address)
        self._count(EVERYBODY, "sign-in")

    def check(self, limit: RateLimitItem, *words: str) -> None:
        """Count one use of something else, named by words. Raises: TooMany."""
        self._count(limit, *words)

    def _count(self, limit: RateLimitItem, *words: str) -> None:
        digests = (sha256(one.encode()).hexdigest() for one in map(_house, words))
        if not self._counted.hit(limit, *digests):
            raise TooMany(limit.get_expiry())


def _digest(name: str, address: str) -> str:
    """A name at an address, of whatever length they are."""
    return sha256(f"{_house(address)} {name}".encode()).hexdigest()


def _house(word: str) -> str:
    """A word; of an address whose it is: a house has a whole network of IPv6, and counts once."""
    try:
        known = ip_address(word.partition("%")[0])
    except ValueError:
        return word
    if not isinstance(known, IPv6Address):
        return word
    return str(known.ipv4_mapped or known.exploded[:19])
