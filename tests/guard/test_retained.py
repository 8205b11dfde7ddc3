"""The guard's list in clear: the union of holds, in one length."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from ledger.guard.retained import Pair, Retained, load

PLACES = 6
TOKENS = [bytes([n]) * 32 for n in range(9)]
FIRST, SECOND = b"1" * 32, b"2" * 32


def having(*holds: tuple[bytes, list[bytes]]) -> Retained:
    """A list of holds, by tag."""
    made = Retained()
    for tag, tokens in holds:
        made, _ = made.having(tag, tokens, PLACES)
    return made


def test_a_release_takes_its_own_tokens_and_no_others() -> None:
    """Two holds cover the second record; each goes alone, and the record with the last."""
    both = having((FIRST, TOKENS[:2]), (SECOND, TOKENS[1:3]))
    assert both.tokens == set(TOKENS[:3])
    left, _ = both.having(FIRST, (), PLACES)
    assert left == having((SECOND, TOKENS[1:3]))
    assert left.having(SECOND, (), PLACES)[0].tokens == frozenset()


def test_saying_it_again_changes_nothing() -> None:
    """The same holds in another order, twice, are the same list."""
    one = having((FIRST, TOKENS[:2]), (SECOND, TOKENS[1:3]))
    other = having((SECOND, [*TOKENS[1:3], TOKENS[1]]), (FIRST, TOKENS[:2]), (SECOND, TOKENS[1:3]))
    assert one == other


def test_a_full_list_says_what_it_has_no_place_for() -> None:
    """Five places are taken; of three more tokens one is kept, always the same one."""
    full = having((FIRST, TOKENS[:5]))
    made, lacking = full.having(SECOND, TOKENS[5:8], PLACES)
    assert lacking == tuple(TOKENS[6:8])
    assert made.tokens == set(TOKENS[:6])
    assert made.having(SECOND, TOKENS[5:8], PLACES) == (made, lacking)
    freed, _ = made.having(FIRST, (), PLACES)
    assert freed.having(SECOND, TOKENS[5:8], PLACES)[1] == ()


def test_a_pledge_ends_after_its_last_day_and_a_hold_does_not() -> None:
    """On its last day it stands; on the next it is gone."""
    pledged, _ = having((FIRST, TOKENS[:1])).having(SECOND, TOKENS[1:2], PLACES, 740_100)
    assert pledged.renewed(740_100).tokens == set(TOKENS[:2])
    assert pledged.renewed(740_101) == Retained((Pair(TOKENS[0], FIRST),), 740_101)


@given(st.lists(st.tuples(st.sampled_from([FIRST, SECOND]), st.lists(st.sampled_from(TOKENS)))))
def test_every_list_has_one_length_and_is_read_back(holds: list[tuple[bytes, list[bytes]]]) -> None:
    """Whatever is retained, by whichever holds."""
    made = having(*holds).renewed(740_000)
    assert load(made.dump(PLACES)) == made
    assert len(made.dump(PLACES)) == len(Retained().dump(PLACES)) == 6 + PLACES * 68
    assert all(one != other for one, other in combinations(made.pairs, 2))
