"""How often somebody may try: per name and per address, counted before a passphrase is tried.

The counts know names as they were typed, so that they differ for nobody who exists, and by their
digests, so that nobody fills the memory with long ones. Who is one too many at an address is not
counted under a name.
"""

from __future__ import annotations

from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ledger.web.failures import TooMany

SIGN_IN = RateLimitItemPerMinute(10, 5)
"""Ten tries in five minutes for one name, and for one address (threats §4)."""
EVERYBODY = RateLimitItemPerMinute(1000, 5)


class Limits:
    """The counts of one program, in its memory."""

    def __init__(self) -> None:
        self._counted = MovingWindowRateLimiter(MemoryStorage())

    def check_sign_in(self, name: str, address: str) -> None:
        """Count one try to sign in.

        Raises:
            TooMany: there were too many of late.
        """
        self._count(SIGN_IN, "address", address)
        self._count(EVERYBODY, "sign-in")
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


def _house(word: str) -> str:
    """A word; of an address whose it is: a house has a whole network of IPv6, and counts once."""
    try:
        known = ip_address(word.partition("%")[0])
    except ValueError:
        return word
    if not isinstance(known, IPv6Address):
        return word
    return str(known.ipv4_mapped or known.exploded[:19])
