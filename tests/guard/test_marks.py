"""Marks and covers: what the agent is shown proves no hold."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from itertools import pairwise

from keys.guard import GuardKeys
from keys.master import MasterKey
from ledger.guard.marks import BEGINNING, cover, mark_of, marked
from ledger.guard.numbers import number, numbers

KEYS = GuardKeys(MasterKey(bytes(range(32))), "ledger.fern.example")
OTHER = GuardKeys(MasterKey(bytes(range(1, 33))), "ledger.fern.example")
AT = BEGINNING + timedelta(days=300, hours=5)
DAY = timedelta(days=1)


def tokens(count: int, name: str = "") -> list[bytes]:
    """Tokens of records of whom nothing is known."""
    return [sha256(f"{name}{n}".encode()).digest() for n in range(count)]


def test_as_many_marks_stand_whatever_is_held() -> None:
    """None, one and the most tokens: 1,024 marks, each held one among them."""
    for count in (0, 1, 40, number("places")):
        held = tokens(count, "held")
        standing = marked(KEYS, held, AT)
        assert len(standing) == len(set(standing)) == number("marked")
        assert list(standing) == sorted(standing)
        assert {mark_of(token) for token in held} <= set(standing)
        assert max(standing) < number("marks")


def test_a_cover_looks_like_a_hold() -> None:
    """With one hold placed, one mark came and one cover went, as both do every day."""
    before, after = (set(marked(KEYS, tokens(n, "held"), AT)) for n in (0, 1))
    tomorrow = set(marked(KEYS, (), AT + DAY))
    assert (len(after - before), len(before - after)) == (1, 1)
    assert 4 < len(tomorrow - before) == len(before - tomorrow) < 40


def test_two_of_a_hundred_records_are_covered() -> None:
    """Of 20,000 patrons of whom none is held, about 400 are retained; nobody else's covers are."""
    standing, others = set(marked(KEYS, (), AT)), set(marked(OTHER, (), AT))
    covered = sum(mark_of(token) in standing for token in tokens(20_000))
    assert 320 <= covered <= 480
    assert len(standing & others) < 60


def test_a_cover_lasts_whole_days_within_its_bounds() -> None:
    """From each change to the next, in some places: 7 to 120 days to the second, and of many
    lengths.
    """
    lengths = set()
    for place in range(3):
        ends = [end for day in range(400) if (end := _change(place, day)) is not None]
        spans = [b - a for a, b in pairwise(ends)]
        assert all(span % DAY.total_seconds() == 0 for span in spans)
        lengths |= {span // int(DAY.total_seconds()) for span in spans}
    assert len(lengths) > 8
    assert min(lengths) >= number("cover_least")
    assert max(lengths) <= number("cover_most")


def _change(place: int, day: int) -> int | None:
    """The second at which the cover of a place changed on a day; None where it did not."""
    low, high = day * 86_400, (day + 1) * 86_400
    first = _cover(place, low)
    if _cover(place, high) == first:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _cover(place, middle) == first else (low, middle)
    return high


def _cover(place: int, second: int) -> int:
    return cover(KEYS, place, BEGINNING + timedelta(seconds=second))


def test_covers_change_at_all_hours() -> None:
    """A change in the middle of a day tells of no hold: covers come and go then too."""
    halves = [
        set(marked(KEYS, (), AT.replace(hour=0) + timedelta(hours=12 * half))) for half in range(5)
    ]
    assert all(a != b for a, b in pairwise(halves))


def test_before_the_beginning_every_place_has_its_first_cover() -> None:
    """A clock that is wrong by years changes nothing that breaks the guard."""
    early = BEGINNING - timedelta(days=4_000)
    assert cover(KEYS, 3, early) == cover(KEYS, 3, BEGINNING - DAY)
    assert len(marked(KEYS, (), early)) == number("marked")


def test_every_number_says_where_it_comes_from() -> None:
    """None is anybody's law, and half of the marks at least are covers."""
    assert {one.source for one in numbers().values()} == {"product_default"}
    assert {one.confidence for one in numbers().values()} == {"unverified"}
    assert 2 * number("places") <= number("marked")
    assert number("marked") * 50 == number("marks")
