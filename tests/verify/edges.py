"""Signatures at the edge of Ed25519, on which libraries are known to differ.

The twelve conditions are those of Chalkias, Garillot and Nikolaenko, "Taming the many EdDSAs" (SSR
2020), section 5; points and signatures are worked out here. Points are pairs (x, y) of integers.

Cites: RFC 8032 §5.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha512
from itertools import count
from typing import NamedTuple

Point = tuple[int, int]

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, P) % P
BASE: Point = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    4 * pow(5, -1, P) % P,
)
IDENTITY: Point = (0, 1)
ORDER_2: Point = (0, P - 1)
ORDER_8: Point = (
    14399317868200118260347934320527232580618823971194345261214217575416788799818,
    2707385501144840649318225287225658788936804267575313519463743609750303402022,
)
SECRET, NONCE = 3**150 % ORDER, 7**80 % ORDER


class Edge(NamedTuple):
    """A signature, and what the format says of it."""

    what: str
    public: bytes
    message: bytes
    signature: bytes
    fits: bool


def plus(one: Point, other: Point) -> Point:
    """Add two points."""
    (x1, y1), (x2, y2) = one, other
    both = _D * x1 * x2 * y1 * y2 % P
    return (
        (x1 * y2 + x2 * y1) * pow(1 + both, -1, P) % P,
        (y1 * y2 + x1 * x2) * pow(1 - both, -1, P) % P,
    )


def times(number: int, point: Point) -> Point:
    """Add a point to itself so many times."""
    total = IDENTITY
    while number:
        if number & 1:
            total = plus(total, point)
        point, number = plus(point, point), number >> 1
    return total


def spelled(point: Point, *, oddly: bool = False) -> bytes:
    """Write a point; `oddly` one with x = 0, with a sign that it has not."""
    x, y = point
    return (y | (x & 1 or oddly) << 255).to_bytes(32, "little")


def challenge(r: bytes, public: bytes, message: bytes) -> int:
    """Return the number by which the key is multiplied."""
    return int.from_bytes(sha512(r + public + message).digest(), "little") % ORDER


def found(
    r: bytes, public: bytes, fit: Callable[[int], bool], hashed: tuple[bytes, bytes] | None = None
) -> tuple[bytes, int]:
    """Find a message whose challenge fits.

    With `hashed`, other spellings of R and of the key, it fits under these only.
    """
    for number in count():
        message = b"%d" % number
        one = challenge(*(hashed or (r, public)), message)
        if fit(one) and not (hashed and fit(challenge(r, public, message))):
            return message, one
    raise AssertionError


def edges() -> Iterator[Edge]:
    """Give the twelve cases in their order, and a good signature after them."""
    key, r = times(SECRET, BASE), times(NONCE, BASE)
    mixed, mixed_r = plus(key, ORDER_8), plus(r, ORDER_8)

    def edge(
        what: str, public: bytes, r: bytes, nonce: int, secret: int, fit: Callable[[int], bool],
        *, fits: bool = False, more: int = 0, hashed: tuple[bytes, bytes] | None = None,
    ) -> Edge:  # fmt: skip
        message, h = found(r, public, fit, hashed)
        s = ((nonce + h * secret) % ORDER + more * ORDER).to_bytes(32, "little")
        return Edge(what, public, message, r + s, fits)

    a, b, small = spelled(key), spelled(mixed), spelled(ORDER_8)
    plain, bent, none = spelled(r), spelled(mixed_r), spelled(IDENTITY)
    odd, two, odd_two = (
        spelled(IDENTITY, oddly=True), spelled(ORDER_2), spelled(ORDER_2, oddly=True),
    )  # fmt: skip
    bent_two = spelled(plus(r, ORDER_2))

    def meets(rest: int, modulus: int = 8) -> Callable[[int], bool]:
        return lambda h: h % modulus == rest

    yield edge("key and R of small order, S = 0", small, small, 0, 0, meets(7))
    yield edge("key of small order", small, bent, NONCE, 0, meets(7))
    yield edge("mixed key, R of small order", b, none, 0, SECRET, meets(0), fits=True)
    yield edge("mixed key, mixed R", b, bent, NONCE, SECRET, meets(7), fits=True)
    yield edge("mixed, by the cofactor only", b, bent, NONCE, SECRET, meets(1))
    yield edge("mixed key, by the cofactor only", b, plain, NONCE, SECRET, meets(1))
    yield edge("S beyond the order", a, plain, NONCE, SECRET, meets(1), more=1)
    yield edge("S far beyond the order", a, plain, NONCE, SECRET, meets(1), more=14)
    yield edge("R spelled oddly", b, odd, 0, SECRET, meets(0))
    yield edge("R spelled oddly, hashed well", b, odd, 0, SECRET, meets(0), hashed=(none, b))
    yield edge("key spelled oddly", odd_two, bent_two, NONCE, 0, meets(1, 2))
    yield edge(
        "key spelled oddly, hashed well", odd_two, bent_two, NONCE, 0, meets(1, 2),
        hashed=(bent_two, two),
    )  # fmt: skip
    yield edge("as it should be", a, plain, NONCE, SECRET, meets(1), fits=True)
